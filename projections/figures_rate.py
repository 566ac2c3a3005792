"""月探访率 as figures: by place with both denominators, by reason, and month after month. For the dashboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy import Connection

from models.figures import Cell, Chart, Counted, Cut, Figure, FigureRow
from models.values import AreaKind, Id
from projections.rates import (
    TOTAL,
    WORDS,
    FrozenMonth,
    FrozenRate,
    MonthRate,
    Rate,
    Reason,
    frozen_month,
    month_visit_rate,
    percent,
    summed,
)

NAME = "rate"
MONTHS = 12
PLACES = {AreaKind.TOWNSHIP: "乡镇（街道）", AreaKind.VILLAGE: "村（社区）"}
COLUMNS = ("严格口径", "已访", "在册", "扣除口径", "应访", "应访未访", "扣除")
HOW = (
    "严格口径＝当月至少有一次有效探访的人数÷当月任何一天在册的人数；扣除口径的分母再减去有事由而没有探访的人，一人只算最后一个事由。"
    "百分比只舍不入，0/0记作“-”。"
)
HOW_FROZEN = "结算时的数，按乡镇存下，不再改动；以后补记的只算进今天所知的数。"
HOW_LEFT_OUT = "当月在册、没有探访到而有事由的人，一人只算最后一个事由；访到了的不扣，漏访的不扣。"
HOW_MONTHS = "各月严格口径的探访率，按老人当月所在的地方算；每格可打开当月没有探访到的人。"
HOW_TREND = "各月两种口径的探访率，各月按现在所知的算。"


Series = Sequence[tuple[date, Mapping[Id, Rate]]]
"""Of each month the rates by area."""


class MonthCounted(NamedTuple):
    rate: MonthRate
    frozen: FrozenMonth | None


def count(connection: Connection, county_id: Id, first: date, now: datetime) -> MonthCounted:
    rate = month_visit_rate(connection, connection, county_id, first, now)
    return MonthCounted(rate, frozen_month(connection, county_id, first))


def figures(counted: Sequence[Counted], cut: Cut) -> list[Figure]:
    month, at, value = counted[-1]
    made = [_by_place(month, at, value.rate, cut), _left_out(month, at, value.rate, cut)]
    if value.frozen is not None and (frozen := _frozen(value.frozen, cut)) is not None:
        made.insert(0, frozen)
    series = [(one.month, rows_of(one.value.rate, cut)) for one in counted]
    lived = [(month, rows) for month, rows in series if rows]
    if len(lived) > 1:
        oldest = min(one.at for one in counted)
        made += [_trend(lived, oldest, cut), _months(lived, oldest, cut)]
    return made


def rows_of(rate: MonthRate, cut: Cut) -> dict[Id, Rate]:
    """By area: its villages, or its townships, each with no more than the cut holds of it."""
    inside: dict[Id, list[Rate]] = {}
    for village in rate.villages:
        assert village.township_id is not None and village.village_id is not None
        key = cut.row_of(village.township_id, village.village_id)
        if key is not None:
            inside.setdefault(key, []).append(village)
    named = rate.villages if cut.by is AreaKind.VILLAGE else rate.townships
    names = {one.village_id or one.township_id: one.name for one in named}
    return {id_: summed(names[id_], inside[id_]) for id_ in sorted(inside)}


def _by_place(month: date, at: datetime, rate: MonthRate, cut: Cut) -> Figure:
    rows = rows_of(rate, cut)
    return Figure(
        code="rate", title="月探访率", columns=(PLACES[cut.by], *COLUMNS), how=HOW, known_at=at,
        rows=tuple(_row(one, area, month) for area, one in rows.items()),
        total=_row(_all(rows), _whole(cut), month), chart=Chart.BARS, drawn=(0, 3), unit="%",
    )  # fmt: skip


def _row(rate: Rate, area: Id | None, month: date) -> FigureRow:
    behind = _behind(area, month)
    cells = (
        _percent(rate.seen, rate.listed), behind("seen", rate.seen), behind("listed", rate.listed),
        _percent(rate.seen, rate.expected), behind("expected", rate.expected),
        behind("missed", rate.expected - rate.seen), behind("excused", rate.excused),
    )  # fmt: skip
    return FigureRow(key=area or "", label=rate.name, cells=cells)


def _left_out(month: date, at: datetime, rate: MonthRate, cut: Cut) -> Figure:
    def row(one: Rate, area: Id | None) -> FigureRow:
        behind = _behind(area, month)
        cells = tuple(behind(left_out.reason.value, left_out.elders) for left_out in one.reasons)
        return FigureRow(key=area or "", label=one.name, cells=cells)

    rows = rows_of(rate, cut)
    return Figure(
        code="left_out", title="扣除的人，按事由", columns=(PLACES[cut.by], *(WORDS[reason] for reason in Reason)),
        how=HOW_LEFT_OUT, known_at=at, rows=tuple(row(one, area) for area, one in rows.items()),
        total=row(_all(rows), _whole(cut)), chart=Chart.STACKED, drawn=tuple(range(len(Reason))), unit="人",
    )  # fmt: skip


def _frozen(frozen: FrozenMonth, cut: Cut) -> Figure | None:
    """None: it was closed by township, and the cut is of villages."""
    inside = [one for one in frozen.townships if one.township_id and cut.row_of(one.township_id, one.township_id)]
    if not inside:
        return None
    sums = {name: sum(getattr(one, name) for one in inside) for name in ("listed", "seen", "excused")}
    return Figure(
        code="rate_frozen", title="结算时的月探访率", columns=(PLACES[AreaKind.TOWNSHIP], *COLUMNS), how=HOW_FROZEN,
        rows=tuple(map(_frozen_row, inside)), total=_frozen_row(FrozenRate(township_id=None, name=TOTAL, **sums)),
        chart=Chart.BARS, drawn=(0, 3), unit="%", known_at=frozen.known_at, frozen=True,
    )  # fmt: skip


def _frozen_row(rate: FrozenRate) -> FigureRow:
    expected = rate.listed - rate.excused
    counts = [
        Cell(told=str(n), number=n) for n in (rate.seen, rate.listed, expected, expected - rate.seen, rate.excused)
    ]
    cells = (_percent(rate.seen, rate.listed), *counts[:2], _percent(rate.seen, expected), *counts[2:])
    return FigureRow(key=rate.township_id or "", label=rate.name, cells=cells)


def _trend(series: Series, at: datetime, cut: Cut) -> Figure:
    rows = tuple(
        _row(_all(rates), _whole(cut), month).model_copy(update={"key": said, "label": said})
        for month, rates in series
        for said in [f"{month:%Y-%m}"]
    )
    return Figure(
        code="rate_trend", title="各月探访率", columns=("月份", *COLUMNS), how=HOW_TREND, known_at=at, rows=rows,
        chart=Chart.LINES, drawn=(0, 3), unit="%",
    )  # fmt: skip


def _months(series: Series, at: datetime, cut: Cut) -> Figure:
    """A row for each place that had anybody in any of the months, under the last name it had in them."""
    names = {area: rate.name for _, rates in series for area, rate in rates.items()}
    rows = tuple(
        FigureRow(
            key=area, label=names[area], cells=tuple(_heat(rates.get(area), area, month) for month, rates in series)
        )
        for area in sorted(names)
    )
    totals = tuple(_heat(_all(rates), _whole(cut), month) for month, rates in series)
    return Figure(
        code="rate_months", title="探访率，按地方和月份", how=HOW_MONTHS, known_at=at, rows=rows, unit="%",
        total=FigureRow(key="", label=TOTAL, cells=totals), chart=Chart.HEAT, drawn=tuple(range(len(series))),
        columns=(PLACES[cut.by], *(f"{month:%Y-%m}" for month, _ in series)),
    )  # fmt: skip


def _heat(rate: Rate | None, area: Id | None, month: date) -> Cell:
    if rate is None:
        return Cell(told="-")
    not_seen = _behind(area, month)("not_seen", rate.listed - rate.seen)
    return _percent(rate.seen, rate.listed).model_copy(update={"behind": not_seen.behind})


def _percent(part: int, whole: int) -> Cell:
    return Cell(told=percent(part, whole), number=part * 1000 // whole / 10 if whole > 0 else None)


def _behind(area: Id | None, month: date) -> Callable[[str, int], Cell]:
    """A number of elders, which opens the list of them. `area` None: all of what whoever looks may see."""

    def cell(which: str, elders: int) -> Cell:
        asked = {"of": NAME, "which": which, "month": f"{month:%Y-%m}"} | ({"area": area} if area else {})
        return Cell(told=str(elders), number=elders, behind=urlencode(asked) if elders else None)

    return cell


def _all(rates: Mapping[Id, Rate]) -> Rate:
    return summed(TOTAL, [*rates.values()])


def _whole(cut: Cut) -> Id | None:
    """The one area that all of a cut is."""
    return next(iter(cut.areas)) if cut.areas is not None and len(cut.areas) == 1 else None
