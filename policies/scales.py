"""The scale of GB/T 42195-2022 as `data/scales` holds it: read whole, checked, and refused with file and line.

What is checked is that the file agrees with itself: points, options, bands, sources. Whether it agrees with the
standard, a named person says in its header: `docs/ability.md`.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError

from models.ability import (
    AbilityBand,
    AbilityItem,
    AbilityLevel,
    AbilityScale,
    AbilitySection,
    CareRisk,
    ChangeRules,
    ComaRule,
    DiagnosisRule,
    EventRule,
    Standard,
)
from models.values import Id, Sha256, Value
from policies.locate import found
from policies.pack import canonical
from policies.sourced import Problem

GBT42195 = Path(__file__).parent.parent / "data" / "scales" / "gbt42195.toml"
HEADER = "header"
V = TypeVar("V", bound=Value)


class ScaleUnreadable(Exception):
    """The file is no scale, or does not agree with itself. `found`: every problem, with its line."""

    def __init__(self, file: Path, problems: list[Problem]) -> None:
        self.found = found(file, problems, first=0)
        super().__init__("; ".join(f"{at.file}:{at.line or 1}: {at.where}: {at.what}" for at in self.found))


class Cited(Value):
    """`from` names entries of [sources]."""

    sources: tuple[str, ...] = Field(alias="from", min_length=1)


class HeaderTable(Value):
    against: Literal["是", "否"] = Field(alias="对照国标原文核对")
    by: str | None = Field(default=None, alias="核对人")
    on: date | None = Field(default=None, alias="核对日期")
    content: Sha256 | None = Field(default=None, alias="核对内容")
    words: Literal["缩写", "原文"] = Field(alias="选项文字")


class ItemRow(Value):
    """`options`: the words, best first, or the name of a list under [options]."""

    code: Id
    name: str
    max: int
    options: str | tuple[str, ...]


class SectionRow(Cited):
    code: Id
    name: str
    max: int
    items: tuple[ItemRow, ...]


class BandRow(AbilityBand, Cited):
    pass


class ComaRow(ComaRule, Cited):
    pass


class DiagnosedRow(DiagnosisRule, Cited):
    pass


class EventsRow(EventRule, Cited):
    pass


class ChangesTable(Value):
    coma: ComaRow
    diagnosed: DiagnosedRow
    events: EventsRow


class ScaleFile(Value):
    """The file as written. `items` and `max` are what the standard is said to have, held against what is there."""

    code: Id
    number: str
    title: str
    items: int
    max: int
    header: HeaderTable
    sources: dict[str, str]
    options: dict[str, tuple[str, ...]]
    sections: tuple[SectionRow, ...]
    bands: tuple[BandRow, ...]
    changes: ChangesTable

    def options_of(self, item: ItemRow) -> tuple[str, ...] | None:
        return self.options.get(item.options) if isinstance(item.options, str) else item.options


def load(file: Path = GBT42195) -> AbilityScale:
    """Raises ScaleUnreadable with every problem at once."""
    try:
        raw = tomllib.loads(file.read_text("utf-8"))
        held = ScaleFile.model_validate_json(canonical(raw), strict=True)
    except ValidationError as error:
        problems = [Problem(".".join(str(at) for at in row["loc"]), row["msg"]) for row in error.errors()]
        raise ScaleUnreadable(file, problems) from error
    except (OSError, ValueError, TypeError) as error:
        raise ScaleUnreadable(file, [Problem(file.name, str(error))]) from error
    content = {key: value for key, value in raw.items() if key != HEADER}
    hash_ = hashlib.sha256(canonical(content).encode()).hexdigest()
    problems = [problem for rule in RULES for problem in rule(held)] + list(_header(held.header, hash_))
    if problems:
        raise ScaleUnreadable(file, problems)
    return _scale(held, hash_)


def _scale(held: ScaleFile, hash_: str) -> AbilityScale:
    header, changes = held.header, held.changes
    return AbilityScale(
        standard=Standard(
            code=held.code,
            number=held.number,
            title=held.title,
            hash=hash_,
            checked_on=header.on,
            official_words=header.words == "原文",
        ),
        checked_by=header.by,
        max=held.max,
        sections=tuple(_section(held, row) for row in held.sections),
        bands=tuple(_plain(AbilityBand, row) for row in held.bands),
        changes=ChangeRules(
            coma=_plain(ComaRule, changes.coma),
            diagnosed=_plain(DiagnosisRule, changes.diagnosed),
            events=_plain(EventRule, changes.events),
        ),
    )


def _section(held: ScaleFile, row: SectionRow) -> AbilitySection:
    items = tuple(
        AbilityItem(code=item.code, name=item.name, max=item.max, options=held.options_of(item) or ())
        for item in row.items
    )
    return AbilitySection(code=row.code, name=row.name, max=row.max, items=items)


def _plain(kind: type[V], row: Cited) -> V:
    """The row without where it is from."""
    return kind.model_validate(row.model_dump(exclude={"sources"}))


# --- what is refused -------------------------------------------------------------------------------------------------


def _sums(held: ScaleFile) -> Iterator[Problem]:
    for section in held.sections:
        if (total := sum(item.max for item in section.items)) != section.max:
            yield Problem(f"sections.{section.code}", f"says {section.max} points, its items have {total}", "max")
    items = [item for section in held.sections for item in section.items]
    if len(items) != held.items:
        yield Problem("items", f"says {held.items} items, there are {len(items)}")
    if (total := sum(item.max for item in items)) != held.max:
        yield Problem("max", f"says {held.max} points, the items have {total}")


def _items(held: ScaleFile) -> Iterator[Problem]:
    seen = Counter(row.code for section in held.sections for row in (section, *section.items))
    for code in sorted(code for code, times in seen.items() if times > 1):
        yield Problem("sections", f"the code {code} is there {seen[code]} times")
    for section in held.sections:
        for item in section.items:
            where = f"sections.{section.code}.items.{item.code}"
            if not item.code.startswith(f"{section.code}."):
                yield Problem(where, f"is no code of section {section.code}", "code")
            if item.max < 1:
                yield Problem(where, "is worth no point", "max")
            words = held.options_of(item)
            if words is None:
                yield Problem(where, f"there is no list [options] {item.options}", "options")
            elif len(words) != item.max + 1:
                yield Problem(where, f"{len(words)} options for {item.max} to 0 points", "options")
            elif not all(word.strip() for word in words):
                yield Problem(where, "an option is blank", "options")


def _bands(held: ScaleFile) -> Iterator[Problem]:
    if [row.level for row in held.bands] != list(AbilityLevel):
        levels = ", ".join(AbilityLevel)
        yield Problem("bands", f"each level has one band, in this order: {levels}")
        return
    highest = held.max
    for row in held.bands:
        if row.high != highest:
            yield Problem(f"bands.{row.level}", f"ends at {row.high}, not at {highest}: a gap or an overlap", "high")
        if row.low > row.high:
            yield Problem(f"bands.{row.level}", f"begins at {row.low}, above its end", "low")
        highest = row.low - 1
    if highest != -1:
        yield Problem(f"bands.{held.bands[-1].level}", "does not begin at 0", "low")


def _changes(held: ScaleFile) -> Iterator[Problem]:
    rows = held.changes.diagnosed.ranges
    for n, row in enumerate(rows):
        where = f"changes.diagnosed.ranges.{row.code}"
        if row.low > row.high:
            yield Problem(where, f"{row.low} comes after {row.high}", "low")
        for other in rows[:n]:
            if other.code == row.code or (other.low <= row.high and row.low <= other.high):
                yield Problem(where, f"is {other.code} too", "low")
    events = held.changes.events
    for kind in CareRisk:
        if kind not in events.kinds:
            yield Problem("changes.events", f"{kind} has no name", "kinds")
    if events.at_least < 1 or events.within_days < 0:
        yield Problem("changes.events", "counts no event, or no day", "at_least")


def _cited(held: ScaleFile) -> Iterator[Problem]:
    changes = held.changes
    rows: list[tuple[str, Cited]] = [(f"sections.{row.code}", row) for row in held.sections]
    rows += [(f"bands.{row.level}", row) for row in held.bands]
    rows += [(f"changes.{name}", row) for name, row in changes if isinstance(row, Cited)]
    for where, row in rows:
        for source in row.sources:
            if not held.sources.get(source, "").strip():
                yield Problem(where, f"{source} is no entry of [sources]", "from")


def _header(header: HeaderTable, hash_: str) -> Iterator[Problem]:
    named = header.by is not None and header.by.strip() and header.on is not None
    if header.against == "否":
        if header.by is not None or header.on is not None or header.content is not None:
            yield Problem(HEADER, "写了核对人、日期或内容，却是否", "对照国标原文核对")
    elif not named:
        yield Problem(HEADER, "是 要有核对人和核对日期", "对照国标原文核对")
    elif header.content != hash_:
        yield Problem(HEADER, f"核对的不是这一份：核对内容应为 {hash_}", "核对内容")


RULES: tuple[Callable[[ScaleFile], Iterator[Problem]], ...] = (_sums, _items, _bands, _changes, _cited)
