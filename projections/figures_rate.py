"""月探访率 as figures: by place with both denominators, by reason, and month after month. For the dashboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, or_, select

from models.figures import Asked, Behind, Cell, Chart, Counted, Cut, Figure, FigureRow, OneBehind
from models.values import AreaKind, Id
from projections.rates import (
    ELDERS_OF_MONTH,
    TOTAL,
    WORDS,
    FrozenMonth,
    FrozenRate,
    MonthRate,
    Rate,
    Reason,
    frozen_month,
    month_of,
    month_visit_rate,
    names_on,
    over,
    percent,
    summed,
)

NAME = "rate"
MONTHS = 12
PLACES = {AreaKind.TOWNSHIP: "乡镇（街道）", AreaKind.VILLAGE: "村（社区）"}
COLUMNS = ("严格口径", "已访", "在册", "扣除口径", "应访", "应访未访", "扣除")
WHOLE, BY_REASON, MONTHLY, BY_MONTH, CLOSED = "rate", "left_out", "rate_trend", "rate_months", "rate_frozen"
TITLES = {
    WHOLE: "月探访率", BY_REASON: "扣除的人，按事由", MONTHLY: "各月探访率", BY_MONTH: "探访率，按地方和月份",
    CLOSED: "结算时的月探访率",
}  # fmt: skip
HOW = {
    WHOLE: "严格口径＝当月至少有一次有效探访的人数÷当月任何一天在册的人数；扣除口径的分母再减去有事由而没有探访的人。"
    "百分比只舍不入，0/0记作“-”。",
    BY_REASON: "当月在册、没有探访到而有事由的人，一人只算最后一个事由；访到了的不扣，漏访的不扣。",
    MONTHLY: "各月两种口径的探访率，各月按现在所知的算。",
    BY_MONTH: "各月严格口径的探访率，按老人当月所在的地方算；每格可打开当月没有探访到的人。",
    CLOSED: "结算时的数，按乡镇存下，不再改动；以后补记的只算进今天所知的数。",
}
SEEN, NOT_SEEN = "已访", "未访"
LISTS: Mapping[str, tuple[str, tuple[ColumnElement[bool], ...]]] = {
    "listed": ("当月在册的人", ()),
    "seen": ("当月探访到的人", (ELDERS_OF_MONTH.c.seen == 1,)),
    "not_seen": ("当月没有探访到的人", (ELDERS_OF_MONTH.c.seen == 0,)),
    "expected": ("当月应访的人", (ELDERS_OF_MONTH.c.reason.is_(None),)),
    "missed": ("应访而没有探访到的人", (ELDERS_OF_MONTH.c.reason.is_(None), ELDERS_OF_MONTH.c.seen == 0)),
    "excused": ("有事由而扣除的人", (ELDERS_OF_MONTH.c.reason.is_not(None),)),
    **{reason.value: (f"扣除的人：{WORDS[reason]}", (ELDERS_OF_MONTH.c.reason == reason.value,)) for reason in Reason},
}
"""The lists behind the numbers: who each is of, and which rows of the view."""
SENTENCES = (
    *TITLES.values(), *HOW.values(), *PLACES.values(), *COLUMNS, *WORDS.values(), SEEN, NOT_SEEN, TOTAL, "月份", "人",
    *(title for title, _ in LISTS.values()),
)  # fmt: skip
"""All that is said in these figures, for the catalogs."""
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


def behind(connection: Connection, asked: Asked) -> Behind | None:
    """A page of those whom a number of these figures counts. None: there is no such number."""
    if asked.which not in LISTS:
        return None
    title, is_one = LISTS[asked.which]
    of, areas = ELDERS_OF_MONTH.c, asked.cut.areas
    query = select(ELDERS_OF_MONTH).where(of.elder_id > asked.after, *is_one)
    if areas is not None:
        query = query.where(or_(of.township_id.in_(areas), of.village_id.in_(areas)))
    names = names_on(connection, over(asked.month) - timedelta(days=1))
    rows = tuple(
        OneBehind(
            key=row.elder_id, elder_id=row.elder_id, place=names.get(row.village_id) or row.village_id,
            told=(SEEN if row.seen else WORDS[Reason(row.reason)] if row.reason else NOT_SEEN,),
        )
        for row in connection.execute(
            query.order_by(of.elder_id).limit(asked.limit), month_of(asked.county_id, asked.month)
        )
    )  # fmt: skip
    return Behind(titles=(title,), rows=rows)


def _by_place(month: date, at: datetime, rate: MonthRate, cut: Cut) -> Figure:
    rows = rows_of(rate, cut)
    return Figure(
        code=WHOLE, title=TITLES[WHOLE], columns=(PLACES[cut.by], *COLUMNS), how=HOW[WHOLE], known_at=at,
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
        code=BY_REASON, title=TITLES[BY_REASON], columns=(PLACES[cut.by], *(WORDS[reason] for reason in Reason)),
        how=HOW[BY_REASON], known_at=at, rows=tuple(row(one, area) for area, one in rows.items()),
        total=row(_all(rows), _whole(cut)), chart=Chart.STACKED, drawn=tuple(range(len(Reason))), unit="人",
    )  # fmt: skip


def _frozen(frozen: FrozenMonth, cut: Cut) -> Figure | None:
    """None: it was closed by township, and the cut is of villages."""
    inside = [one for one in frozen.townships if one.township_id and cut.row_of(one.township_id, one.township_id)]
    if not inside:
        return None
    sums = {name: sum(getattr(one, name) for one in inside) for name in ("listed", "seen", "excused")}
    return Figure(
        code=CLOSED, title=TITLES[CLOSED], columns=(PLACES[AreaKind.TOWNSHIP], *COLUMNS), how=HOW[CLOSED],
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
        code=MONTHLY, title=TITLES[MONTHLY], columns=("月份", *COLUMNS), how=HOW[MONTHLY], known_at=at, rows=rows,
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
        code=BY_MONTH, title=TITLES[BY_MONTH], how=HOW[BY_MONTH], known_at=at, rows=rows, unit="%",
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
