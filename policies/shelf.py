"""Packs as a person names them, for whoever reads, compares or puts one forward.

A version is `fengjie` (what is in force there today), `fengjie@draft` (what is written in the folder), or the first
digits of a hash in the store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple, Protocol

from models.ids import county_area
from models.shown_policy import Finding, NotOnShelf, PackOffered, PacksCompared, PackShown, SheetRead
from policies import reading
from policies.check import check
from policies.locate import found
from policies.pack import COUNTY, FOLDER, Pack, file_of, from_content, load
from policies.schema import PackUnreadable
from policies.sheet_cells import Line
from policies.sheet_changes import changes
from policies.sheet_in import numbered, read
from policies.sheet_out import Sheet, sheets_of
from policies.sourced import Problem

DRAFT = "@draft"
LEAST_OF_HASH = 8
Sheets = Sequence[tuple[str, Sequence[Line]]]


class Stored(Protocol):
    @property
    def county(self) -> str: ...

    @property
    def content(self) -> str: ...


class Named(NamedTuple):
    """A version as it was asked for. `since`: from when it is in force, or put forward for; None: nobody has said."""

    pack: Pack
    since: date | None


class Shelf:
    def __init__(
        self, named: Callable[[str], Sequence[tuple[Stored, date]]], in_force: Callable[[str], Stored | None],
        folder: Path = FOLDER,
    ) -> None:  # fmt: skip
        """`named(prefix)`: each pack of the store whose hash begins so, and from when; `in_force(county)`: today."""
        self._named = named
        self._in_force = in_force
        self._folder = folder

    def of(self, text: str) -> Named:
        """Raises NotOnShelf."""
        if text.endswith(DRAFT):
            return Named(self._draft(text), None)
        if re.fullmatch(rf"[0-9a-f]{{{LEAST_OF_HASH},64}}", text):
            named = self._named(text)
            if len(named) != 1:
                raise NotOnShelf(f"登记簿里{'没有' if not named else '不止一个'}哈希以 {text} 开头的规则包")
            [(held, since)] = named
            return Named(from_content(held.content, held.county), since)
        held = self._in_force(text) if re.fullmatch(COUNTY, text) else None
        if held is None:
            raise NotOnShelf(f"{text} 现在没有适用的规则包；要看文件夹里的，写 {text}{DRAFT}")
        return Named(from_content(held.content, text), None)

    def _draft(self, text: str) -> Pack:
        try:
            return load(text.removesuffix(DRAFT), self._folder)
        except PackUnreadable as error:
            raise NotOnShelf(f"{text} 读不了：{error}") from None

    # --- to read -----------------------------------------------------------------------------------------------------

    def shown(self, text: str) -> PackShown:
        """Raises NotOnShelf."""
        return reading.read(*self.of(text))

    def compared(self, a: str, b: str) -> PacksCompared:
        """Raises NotOnShelf."""
        old, new = self.of(a), self.of(b)
        return reading.compared(old.pack, new.pack, (old.since, new.since))

    # --- to put forward ----------------------------------------------------------------------------------------------

    def offered(self, county: str) -> PackOffered | None:
        """The pack of the folder, checked; None: there is none. One that cannot be read is all findings."""
        file = file_of(county, self._folder)
        if not re.fullmatch(COUNTY, county) or not file.is_file():
            return None
        try:
            return checked(load(county, self._folder), file)
        except PackUnreadable as error:
            return PackOffered(
                county=county, version="", hash="", content="", effective_from=date.max,
                findings=_findings(file, error.problems, 0),
            )  # fmt: skip

    def book(self, text: str) -> list[Sheet]:
        """The benefits of a pack as sheets. Raises NotOnShelf."""
        return sheets_of(self.of(text).pack)

    def read_book(self, text: str, sheets: Sheets, version: str) -> SheetRead:
        """The named pack with the benefits of these sheets, under another version. Raises NotOnShelf."""
        held = self.of(text).pack
        came = read(sheets, held)
        if came.pack is None:
            cells = [Finding(at=each.at.words, where="", what=each.what) for each in came.misfits]
            beside = [Finding(at="", where=each.where, what=each.what) for each in came.others]
            return SheetRead(offered=None, findings=(*cells, *beside))
        told = tuple(changes(held, came.pack))
        try:
            made = numbered(came.pack, version)
        except PackUnreadable:
            says = f"{version!r} 不能作版本号，请写成 2026.7 这样"
            return SheetRead(offered=None, changes=told, findings=(Finding(at="", where="version", what=says),))
        return SheetRead(offered=checked(made), changes=told)


class OfferedPacks:
    """What `post.policies` asks of packs. `in_force(county)`: what it goes by today, else what is written for it."""

    def __init__(self, shelf: Shelf, in_force: Callable[[str], Pack]) -> None:
        self._shelf = shelf
        self._in_force = in_force

    def covers(self, content: str) -> tuple[str, ...]:
        return from_content(content).file.covers

    def in_folder(self, county: str) -> PackOffered | None:
        return self._shelf.offered(county)

    def checked(self, content: str, county: str) -> PackOffered:
        return checked(from_content(content, county))

    def effective_from(self, county: str) -> tuple[str, date] | None:
        """Of what a county goes by: the county it is named after, and since when it says. None: there is none."""
        try:
            held = self._in_force(county)
        except PackUnreadable:
            return None
        return held.county, held.file.effective_from


def checked(of: Pack, file: Path | None = None) -> PackOffered:
    """`file`: where it is written, to name the lines."""
    problems = check(of)
    return PackOffered(
        county=of.county, version=of.version, hash=of.hash, content=of.content,
        effective_from=of.file.effective_from,
        findings=_findings(file, problems) if file else tuple(
            Finding(at="", where=at.where, what=at.what) for at in problems
        ),
    )  # fmt: skip


def _findings(file: Path, problems: Sequence[Problem], first: int = 1) -> tuple[Finding, ...]:
    return tuple(
        Finding(at=f"{file.parent.name}/{file.name}:{at.line or 1}", where=at.where, what=at.what)
        for at in found(file, problems, first)
    )


def notes(home: str, month: date, old: Pack, new: Pack) -> list[str]:
    """What whoever reads figures over the register of `home` must know of the two packs."""
    said: list[str] = []
    for side, file in (("A", old.file), ("B", new.file)):
        if home not in {county_area(each) for each in (file.county, *file.covers)}:
            said.append(f"{side} 是 {file.county} 的规则包，名册是 {home} 的")
        if not file.effective_from <= month <= (file.effective_to or date.max):
            until = f"至 {file.effective_to}" if file.effective_to else "起"
            said.append(f"{side} 写明的施行期（{file.effective_from}{until}）不含 {month:%Y-%m}")
    return said
