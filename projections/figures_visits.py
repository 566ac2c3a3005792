"""A month's visits for the dashboard, counted by village: how they ended, and what each volunteer has of them.

A visit is of the month in which it is due, where it was when it was opened. What is due at a month's last instant is
of that month.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, case, func, or_, select

from decisions.benefit_time import last_day, next_month
from decisions.deadlines import civil_day, instant
from decisions.figure_words import FIGURES, OTHERS
from decisions.words import word
from models.figures import Asked, Behind, Cell, Chart, Counted, Cut, Figure, FigureRow, OneBehind
from models.tables import Area, VisitRow, Volunteer, table_of
from models.values import AreaKind, VisitKind, VisitState
from projections import figure_cells as cells
from projections.figure_cells import NO_CODE, Opens, by_place, figure, part_of, rows_of_places, titles, within
from projections.rates import names_on

AREAS, VISITS, VOLUNTEERS = table_of(Area), table_of(VisitRow), table_of(Volunteer)
OVERDUE, TO_COME = "overdue", "to_come"  # open: its due time is over, or not
MADE = (VisitState.DONE.value, VisitState.LATE.value)
NAME, NAME_OF_EACH, ACTION_OF_EACH = "visits", "load_each", "volunteer"
BEHIND = ("/dashboard/volunteers", ACTION_OF_EACH)
EXPECTED, LOAD = "expected", "load"
COLUMNS: Mapping[str, int] = {
    VisitState.DONE.value: 2, EXPECTED: 3, VisitState.LATE.value: 4, VisitState.MISSED.value: 5, OVERDUE: 6,
    VisitState.CANCELLED.value: 7, TO_COME: 8,
}  # fmt: skip
"""What a visit is counted as → the column of its figure, whose words say it."""


class VisitCount(NamedTuple):
    """Scheduled visits of one village. `ended`: a state, or of open ones `overdue`, `to_come`. `given`: somebody was
    to go, or went. `reason`: of cancelled ones."""

    township_id: str
    village_id: str
    ended: str
    reason: str | None
    given: bool
    visits: int


class Load(NamedTuple):
    """One volunteer's visits of the month, extra ones too: those still open, and those they made. `elders`: to how many
    different elders. `fit`: consented, not barred, takes texts today."""

    volunteer_id: str
    township_id: str
    village_id: str
    capacity: int
    fit: bool
    open: int
    made: int
    elders: int

    @property
    def visits(self) -> int:
        return self.open + self.made

    @property
    def over(self) -> bool:
        return self.elders > self.capacity


def townships_of(county_id: str) -> Select[tuple[str]]:
    return select(AREAS.c.id).where(AREAS.c.parent_id == county_id, AREAS.c.kind == AreaKind.TOWNSHIP.value)


def due_in(first: date) -> ColumnElement[bool]:
    return and_(VISITS.c.due_at > instant(first), VISITS.c.due_at <= instant(next_month(first)))


def of_month(county_id: str, first: date, now: datetime) -> Subquery:
    """A row for each scheduled visit of the month, with what it is counted as."""
    is_open = VISITS.c.state == VisitState.OPEN.value
    ended = case((is_open & (VISITS.c.due_at <= now), OVERDUE), (is_open, TO_COME), else_=VISITS.c.state)
    given = or_(VISITS.c.volunteer_id.is_not(None), VISITS.c.visitor_id.is_not(None))
    reason = case((VISITS.c.state == VisitState.CANCELLED.value, VISITS.c.cancel_reason))
    return (
        select(
            VISITS.c.id, VISITS.c.elder_id, VISITS.c.due_at, VISITS.c.township_id, VISITS.c.village_id,
            ended.label("ended"), given.label("given"), reason.label("reason"),
        )
        .where(due_in(first), VISITS.c.kind == VisitKind.SCHEDULED.value)
        .where(VISITS.c.township_id.in_(townships_of(county_id)))
        .subquery()
    )  # fmt: skip


def visit_counts(connection: Connection, county_id: str, first: date, now: datetime) -> Sequence[VisitCount]:
    of = of_month(county_id, first, now).c
    by = (of.township_id, of.village_id, of.ended, of.reason, of.given)
    rows = connection.execute(select(*by, func.count().label("visits")).group_by(*by))
    return [
        VisitCount(row.township_id, row.village_id, row.ended, row.reason, bool(row.given), row.visits) for row in rows
    ]


def theirs(first: date) -> Subquery:
    """A row for each visit of the month that somebody has to make or made, extra ones too, with whose it is."""
    is_open = VISITS.c.state == VisitState.OPEN.value
    whose = case((is_open, VISITS.c.volunteer_id), else_=VISITS.c.visitor_id)
    named = (VISITS.c.id, VISITS.c.elder_id, VISITS.c.village_id, VISITS.c.due_at)
    return (
        select(*named, whose.label("who"), is_open.label("is_open"))
        .where(due_in(first), or_(is_open, VISITS.c.state.in_(MADE)), whose.is_not(None))
        .subquery()
    )


def loads(connection: Connection, county_id: str, first: date) -> Sequence[Load]:
    """Of each volunteer of the county who may be given visits today, or had one in the month; by place and id."""
    of = theirs(first).c
    summed = (
        select(
            of.who,
            func.sum(case((of.is_open, 1), else_=0)).label("open"),
            func.sum(case((of.is_open, 0), else_=1)).label("made"),
            func.count(of.elder_id.distinct()).label("elders"),
        )
        .group_by(of.who)
        .subquery()
    )
    fit = and_(
        VOLUNTEERS.c.barred.is_(False), VOLUNTEERS.c.consented_on.is_not(None), VOLUNTEERS.c.opted_out_at.is_(None)
    )
    query = (
        select(
            VOLUNTEERS.c.id, VOLUNTEERS.c.township_id, VOLUNTEERS.c.village_id, VOLUNTEERS.c.capacity,
            fit.label("fit"), summed.c.open, summed.c.made, summed.c.elders,
        )
        .outerjoin(summed, summed.c.who == VOLUNTEERS.c.id)
        .where(VOLUNTEERS.c.county_id == county_id, or_(fit, summed.c.who.is_not(None)))
        .order_by(VOLUNTEERS.c.township_id, VOLUNTEERS.c.village_id, VOLUNTEERS.c.id)
    )  # fmt: skip
    return [
        Load(
            row.id, row.township_id, row.village_id, row.capacity, bool(row.fit), int(row.open or 0),
            int(row.made or 0), int(row.elders or 0),
        )
        for row in connection.execute(query)
    ]  # fmt: skip


# --- as figures ------------------------------------------------------------------------------------------------------


class VisitsOfMonth(NamedTuple):
    """`names`: of areas, as they were called in the month."""

    names: Mapping[str, str]
    visits: Sequence[VisitCount]
    loads: Sequence[Load]


def count(connection: Connection, county_id: str, first: date, now: datetime) -> VisitsOfMonth:
    names = names_on(connection, last_day(first))
    return VisitsOfMonth(names, visit_counts(connection, county_id, first, now), loads(connection, county_id, first))


def figures(counted: Sequence[Counted], cut: Cut) -> Sequence[Figure]:
    month, at, held = counted[-1].month, counted[-1].at, cast(VisitsOfMonth, counted[-1].value)
    return (_on_time(month, at, held, cut), _cancelled(month, at, held, cut), _load(month, at, held, cut))


def _on_time(month: date, at: datetime, held: VisitsOfMonth, cut: Cut) -> Figure:
    def cells_of(rows: Sequence[VisitCount], area: str | None = None) -> tuple[Cell, ...]:
        return _ended(rows, Opens(NAME, month, cut, area))

    rows = rows_of_places(by_place(held.visits, cut), held.names, cells_of)
    total = cells_of(within(held.visits, cut))
    return figure("on_time", at, rows, total, chart=Chart.STACKED, drawn=(1, 3, 4, 5), unit="times", cut=cut)


def _ended(counts: Sequence[VisitCount], opens: Opens) -> tuple[Cell, ...]:
    of = Counter[str]()
    for one in counts:
        of[one.ended] += one.visits
    done, late, missed = (of[state.value] for state in (VisitState.DONE, VisitState.LATE, VisitState.MISSED))
    of[EXPECTED] = expected = done + late + missed + of[OVERDUE]
    return (cells.share(done, expected), *(opens.count(which, of[which]) for which in COLUMNS))


def _cancelled(month: date, at: datetime, held: VisitsOfMonth, cut: Cut) -> Figure:
    of, opens = Counter[str](), Opens(NAME, month, cut)
    for one in within(held.visits, cut):
        if one.ended == VisitState.CANCELLED.value:
            of[one.reason or ""] += one.visits
    whole = of.total()
    rows = [
        FigureRow(
            key=reason or NO_CODE, label=word(reason) or OTHERS["no_reason"],
            cells=(opens.count(f"cancelled:{reason or NO_CODE}", number), cells.share(number, whole)),
        )
        for reason, number in sorted(of.items(), key=lambda one: (-one[1], one[0]))
    ]  # fmt: skip
    total = (opens.count("cancelled", whole), cells.share(whole, whole))
    return figure("cancelled", at, rows, total, chart=Chart.BARS, drawn=(0,), unit="times")


def _load(month: date, at: datetime, held: VisitsOfMonth, cut: Cut) -> Figure:
    def cells_of(rows: Sequence[Load], area: str | None = None) -> tuple[Cell, ...]:
        return _spread(rows, Opens(NAME, month, cut, area))

    rows = rows_of_places(by_place(held.loads, cut), held.names, cells_of)
    total = cells_of(within(held.loads, cut))
    return figure("load", at, rows, total, chart=Chart.BARS, drawn=(2, 3, 4), unit="times", cut=cut, behind=BEHIND)


def _spread(each: Sequence[Load], opens: Opens) -> tuple[Cell, ...]:
    """The median is what one of them really has: of an even number the lesser of the two in the middle."""
    visits, over = sorted(one.visits for one in each), sum(one.over for one in each)
    told = (visits[0], visits[(len(visits) - 1) // 2], visits[-1]) if visits else ()
    spread = [opens.count(LOAD, number) for number in told] or [cells.NOTHING] * 3
    return (
        opens.volunteers(len(each)), opens.count(LOAD, sum(visits)), *spread, opens.volunteers(over, over="1"),
        cells.share(over, len(each)),
    )  # fmt: skip


# --- the lists behind ------------------------------------------------------------------------------------------------


def behind(connection: Connection, asked: Asked) -> Behind | None:
    """A page of the visits that a number counts; those of a load by where the volunteer lives."""
    if asked.which == LOAD:
        return _behind_load(connection, asked)
    each, (column, reason) = of_month(asked.county_id, asked.month, asked.now), part_of(asked)
    of, said = each.c, FIGURES["on_time"].columns
    if column not in COLUMNS or (reason and column != VisitState.CANCELLED.value):
        return None
    ends = (*MADE, VisitState.MISSED.value, OVERDUE) if column == EXPECTED else (column,)
    query = select(each).where(of.ended.in_(ends), cells.within_cut(of.township_id, of.village_id, asked.cut))
    if reason:
        query = query.where(func.coalesce(of.reason, "") == ("" if reason == NO_CODE else reason))
    names = names_on(connection, last_day(asked.month))
    more = (word("" if reason == NO_CODE else reason) or OTHERS["no_reason"],) if reason else ()
    return Behind(
        titles=titles("on_time", COLUMNS[column], *more),
        rows=tuple(
            OneBehind(
                key=row.id, elder_id=row.elder_id, place=names.get(row.village_id) or row.village_id,
                told=(said[COLUMNS[row.ended]], *([word(row.reason)] if row.reason else [])), due=_day(row.due_at),
            )
            for row in connection.execute(query.where(of.id > asked.after).order_by(of.id).limit(asked.limit))
        ),
    )  # fmt: skip


def _behind_load(connection: Connection, asked: Asked) -> Behind:
    each = theirs(asked.month)
    of, said = each.c, FIGURES["load_each"].columns
    lives = (VOLUNTEERS.c.township_id, VOLUNTEERS.c.village_id)
    query = select(each).join(VOLUNTEERS, VOLUNTEERS.c.id == of.who).where(VOLUNTEERS.c.county_id == asked.county_id)
    query = query.where(cells.within_cut(*lives, asked.cut), of.id > asked.after)
    names = names_on(connection, last_day(asked.month))
    return Behind(
        titles=titles("load", 2),
        rows=tuple(
            OneBehind(
                key=row.id, elder_id=row.elder_id, place=names.get(row.village_id) or row.village_id,
                told=(said[3] if row.is_open else said[4],), due=_day(row.due_at),
            )
            for row in connection.execute(query.order_by(of.id).limit(asked.limit))
        ),
    )  # fmt: skip


def _day(at: datetime) -> str:
    """The last day on which it is still on time: a due instant is the end of one."""
    return civil_day(at - timedelta(microseconds=1)).isoformat()


# --- each volunteer --------------------------------------------------------------------------------------------------


def nothing(connection: Connection, county_id: str, first: date, now: datetime) -> None:
    """What is counted already."""


def each(counted: Sequence[Counted], cut: Cut) -> Sequence[Figure]:
    """Everybody who is counted in the load, by id and village: who has most is first."""
    held = cast(VisitsOfMonth, counted[0].value)
    rows = [
        FigureRow(
            key=one.volunteer_id, label=one.volunteer_id,
            cells=(
                cells.words(held.names.get(one.village_id) or one.village_id),
                *(cells.count(number) for number in (one.visits, one.open, one.made, one.elders, one.capacity)),
            ),
        )
        for one in sorted(within(held.loads, cut), key=lambda one: (-one.visits, one.volunteer_id))
    ]  # fmt: skip
    return (figure(NAME_OF_EACH, counted[0].at, rows, worded=(0,)),)
