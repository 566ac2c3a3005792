"""A list's sheet with its names and words, and whether a sheet that comes back is still that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice, zip_longest
from typing import Any, Protocol

from adapters.pay_sheet import ABOUT, HEADINGS, LINES, MOST_LINES, Seen, SheetLine, pay_workbook, read_back
from decisions.as_typed import amount, month_of
from decisions.closed_words import LINE_KINDS
from decisions.deadlines import SHANGHAI
from decisions.pay_list import sha256_of
from decisions.pay_told import PayWords
from decisions.words import LIST_STATES
from models.errors import REFUSAL_WORDS, Refusal
from models.payments import NotAPayList, PayLine, WrongCell
from models.shown import PersonShown

CHECK = "starter.py pay verify 本文件 --as 经办人编号：按登记簿里存的名单逐笔重算校验码，并与本文件逐笔比对"
TOLD = ("县", "月份", "笔数", "应发合计（元）", "其中补发（元）", "追回合计（元）")
MOST_CELLS = 50  # that are named of a sheet
Row = Any  # of `pay_list`


class People(Protocol):
    def names(self, ids: Collection[str]) -> Mapping[str, PersonShown]: ...

    def areas(self, ids: Collection[str]) -> Mapping[str, str]: ...


class PaySheets:
    """`words(county id)`: what its lines are called."""

    def __init__(self, people: People, words: Callable[[str], PayWords]) -> None:
        self._people = people
        self._words = words

    def cannot(self, row: Row, lines: Sequence[PayLine]) -> Refusal | None:
        """Why no sheet is made of them."""
        if len(lines) > MOST_LINES:
            return Refusal.LIST_TOO_LONG
        return Refusal.LIST_ALTERED if sha256_of(lines) != row.sha256 else None

    def book(self, row: Row, lines: Sequence[PayLine], by: str, at: datetime) -> bytes:
        areas = {line.township_id for line in lines} | {line.village_id for line in lines} | {row.county_id}
        places, words = self._people.areas(areas), self._words(row.county_id)
        called = {id_: one.name for id_, one in self._people.names({line.elder_id for line in lines}).items()}
        sheet = [_line(line, called, places, words) for line in lines]
        return pay_workbook(_about(row, places[row.county_id], by, at), sheet)

    @staticmethod
    def month_in(content: bytes) -> date:
        """Of which month a sheet says it is. Raises NotAPayList."""
        try:
            return month_of(read_back(content).about.get("月份", ""))
        except ValueError as error:
            raise NotAPayList("no month") from error

    def wrong_cells(self, content: bytes, row: Row, lines: Sequence[PayLine]) -> list[WrongCell]:
        """The first of them, cell by cell, with what should stand there. Raises NotAPayList."""
        ours = read_back(self.book(row, lines, "", row.drawn_at))
        return list(islice(_cells(read_back(content), ours), MOST_CELLS))

    def wrong(self, content: bytes, row: Row, lines: Sequence[PayLine]) -> list[str]:
        """Each thing that is not so, none where all is: every cell of the lines and of their sums."""
        wrong = _wrong(read_back(content), read_back(self.book(row, lines, "", row.drawn_at)))
        return [REFUSAL_WORDS[Refusal.LIST_ALTERED], *wrong] if sha256_of(lines) != row.sha256 else wrong


def _cells(seen: Seen, ours: Seen) -> Iterator[WrongCell]:
    nothing: tuple[str | int, ...] = ()
    for n, (mine, theirs) in enumerate(zip_longest(ours.lines, seen.lines, fillvalue=nothing), start=2):
        for column, (a, b) in zip(HEADINGS, zip_longest(mine, theirs, fillvalue=""), strict=False):
            if a != b:
                yield WrongCell(LINES, n, column, _shown(a), _shown(b))
    for name, rows in ours.totals.items():
        heading, blank = [str(cell) for cell in rows[0]], list[Any]()
        for n, (mine, theirs) in enumerate(zip_longest(rows, seen.totals.get(name, []), fillvalue=blank), start=1):
            for column, (a, b) in zip(heading, zip_longest(mine, theirs, fillvalue=""), strict=False):
                if a != b:
                    yield WrongCell(name, n, column, str(a), str(b))
    for what in (*TOLD, "校验码"):
        if seen.about.get(what) != ours.about[what]:
            yield WrongCell(ABOUT, [*ours.about].index(what) + 1, what, ours.about[what], seen.about.get(what, ""))


def _shown(cell: str | int) -> str:
    return amount(cell) if isinstance(cell, int) else cell


def _line(line: PayLine, called: Mapping[str, str], places: Mapping[str, str], words: PayWords) -> SheetLine:
    return SheetLine(
        elder_id=line.elder_id, name=called[line.elder_id], township=places.get(line.township_id, line.township_id),
        village=places.get(line.village_id, line.village_id), benefit=words.benefit(line),
        month=f"{line.month:%Y-%m}", kind=LINE_KINDS[line.kind], fen=line.fen, words=words.why(line),
    )  # fmt: skip


def _about(row: Row, county: str, staff: str, now: datetime) -> list[tuple[str, str]]:
    approved = row.state == "approved"
    return [
        ("县", county), ("月份", f"{row.month:%Y-%m}"), ("状态", LIST_STATES[row.state]),
        ("汇总", f"系统，第{row.n}次，{_moment(row.drawn_at)}"), ("核对", row.checked_by or "还没有"),
        ("批准", f"{row.decided_by}，{_moment(row.decided_at)}" if approved else "还没有，不能据此发放"),
        ("导出", f"{staff}，{_moment(now)}"), ("笔数", str(row.lines)), ("应发合计（元）", amount(row.fen)),
        ("其中补发（元）", amount(row.back_pay_fen)), ("追回合计（元）", amount(row.claw_back_fen)),
        ("暂缓（有去世报告）", str(row.held)), ("金额未定而未列入", str(row.unstated)), ("校验码", row.sha256),
        ("怎样核验", CHECK),
    ]  # fmt: skip


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _wrong(seen: Seen, ours: Seen) -> list[str]:
    found = [] if seen.about.get("校验码") == ours.about["校验码"] else ["文件不是最近一次汇总的名单"]
    if len(seen.lines) != len(ours.lines):
        found.append(f"文件有 {len(seen.lines)} 笔，名单有 {len(ours.lines)} 笔")
    changed = [n for n, pair in enumerate(zip(ours.lines, seen.lines, strict=False), start=2) if pair[0] != pair[1]]
    if changed:
        first = zip(HEADINGS, ours.lines[changed[0] - 2], seen.lines[changed[0] - 2], strict=True)
        column = next(heading for heading, our, their in first if our != their)
        found.append(f"{len(changed)} 笔与名单不同，第一处在第 {changed[0]} 行“{column}”")
    found += [f"“{name}”的合计与名单不同" for name, rows in ours.totals.items() if seen.totals.get(name) != rows]
    found += [f"说明里的“{what}”与名单不同" for what in TOLD if seen.about.get(what) != ours.about[what]]
    return found
