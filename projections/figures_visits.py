"""A month's visits for the dashboard, counted by village: how they ended, and what each volunteer has of them.

A visit is of the month in which it is due, where it was when it was opened. What is due at a month's last instant is
of that month.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from decisions.benefit_time import last_day, next_month
from decisions.deadlines import instant
from decisions.figure_words import OTHERS
from decisions.words import word
from models.figures import Cell, Chart, Counted, Cut, Figure, FigureRow
from models.tables import Area, VisitRow, Volunteer, table_of
from models.values import AreaKind, VisitKind, VisitState
from projections import figure_cells as cells
from projections.figure_cells import by_place, figure, rows_of_places, within
from projections.rates import names_on

AREAS, VISITS, VOLUNTEERS = table_of(Area), table_of(VisitRow), table_of(Volunteer)
OVERDUE, TO_COME = "overdue", "to_come"  # open: its due time is over, or not
MADE = (VisitState.DONE.value, VisitState.LATE.value)
NAME, NAME_OF_EACH, ACTION_OF_EACH = "visits", "load_each", "volunteer"
BEHIND = ("/dashboard/volunteers", ACTION_OF_EACH)


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


def visit_counts(connection: Connection, county_id: str, first: date, now: datetime) -> Sequence[VisitCount]:
    is_open = VISITS.c.state == VisitState.OPEN.value
    ended = case((is_open & (VISITS.c.due_at <= now), OVERDUE), (is_open, TO_COME), else_=VISITS.c.state)
    given = or_(VISITS.c.volunteer_id.is_not(None), VISITS.c.visitor_id.is_not(None))
    of_month = (
        select(
            VISITS.c.township_id, VISITS.c.village_id, ended.label("ended"), given.label("given"),
            VISITS.c.cancel_reason.label("reason"),
        )
        .where(due_in(first), VISITS.c.kind == VisitKind.SCHEDULED.value)
        .where(VISITS.c.township_id.in_(townships_of(county_id)))
        .subquery()
    )  # fmt: skip
    by = (of_month.c.township_id, of_month.c.village_id, of_month.c.ended, of_month.c.reason, of_month.c.given)
    rows = connection.execute(select(*by, func.count().label("visits")).group_by(*by))
    return [
        VisitCount(
            row.township_id, row.village_id, row.ended,
            row.reason if row.ended == VisitState.CANCELLED.value else None, bool(row.given), row.visits,
        )
        for row in rows
    ]  # fmt: skip


def loads(connection: Connection, county_id: str, first: date) -> Sequence[Load]:
    """Of each volunteer of the county who may be given visits today, or had one in the month; by place and id."""
    is_open = VISITS.c.state == VisitState.OPEN.value
    whose = case((is_open, VISITS.c.volunteer_id), else_=VISITS.c.visitor_id)
    theirs = (
        select(whose.label("who"), VISITS.c.elder_id, is_open.label("is_open"))
        .where(due_in(first), or_(is_open, VISITS.c.state.in_(MADE)))
        .subquery()
    )
    summed = (
        select(
            theirs.c.who,
            func.sum(case((theirs.c.is_open, 1), else_=0)).label("open"),
            func.sum(case((theirs.c.is_open, 0), else_=1)).label("made"),
            func.count(theirs.c.elder_id.distinct()).label("elders"),
        )
        .where(theirs.c.who.is_not(None))
        .group_by(theirs.c.who)
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
    at, held = counted[-1].at, cast(VisitsOfMonth, counted[-1].value)
    return (_on_time(at, held, cut), _cancelled(at, held, cut), _load(at, held, cut))


def _on_time(at: datetime, held: VisitsOfMonth, cut: Cut) -> Figure:
    rows = rows_of_places(by_place(held.visits, cut), held.names, _ended)
    total = _ended(within(held.visits, cut))
    return figure("on_time", at, rows, total, chart=Chart.STACKED, drawn=(1, 3, 4, 5), unit="times", cut=cut)


def _ended(counts: Sequence[VisitCount]) -> tuple[Cell, ...]:
    of = Counter[str]()
    for one in counts:
        of[one.ended] += one.visits
    done, late, missed = (of[state.value] for state in (VisitState.DONE, VisitState.LATE, VisitState.MISSED))
    expected = done + late + missed + of[OVERDUE]
    told = (done, expected, late, missed, of[OVERDUE], of[VisitState.CANCELLED.value], of[TO_COME])
    return (cells.share(done, expected), *(cells.count(number) for number in told))


def _cancelled(at: datetime, held: VisitsOfMonth, cut: Cut) -> Figure:
    of = Counter[str]()
    for one in within(held.visits, cut):
        if one.ended == VisitState.CANCELLED.value:
            of[one.reason or ""] += one.visits
    whole = of.total()
    rows = [
        FigureRow(
            key=reason or "-", label=word(reason) or OTHERS["no_reason"],
            cells=(cells.count(number), cells.share(number, whole)),
        )
        for reason, number in sorted(of.items(), key=lambda one: (-one[1], one[0]))
    ]  # fmt: skip
    total = (cells.count(whole), cells.share(whole, whole))
    return figure("cancelled", at, rows, total, chart=Chart.BARS, drawn=(0,), unit="times")


def _load(at: datetime, held: VisitsOfMonth, cut: Cut) -> Figure:
    rows = rows_of_places(by_place(held.loads, cut), held.names, _spread)
    total = _spread(within(held.loads, cut))
    return figure("load", at, rows, total, chart=Chart.BARS, drawn=(2, 3, 4), unit="times", cut=cut, behind=BEHIND)


def _spread(each: Sequence[Load]) -> tuple[Cell, ...]:
    """The median is what one of them really has: of an even number the lesser of the two in the middle."""
    visits, over = sorted(one.visits for one in each), sum(one.over for one in each)
    told = (visits[0], visits[(len(visits) - 1) // 2], visits[-1]) if visits else ()
    spread = [cells.count(number) for number in told] or [cells.NOTHING] * 3
    return (
        cells.count(len(each)), cells.count(sum(visits)), *spread, cells.count(over), cells.share(over, len(each)),
    )  # fmt: skip


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
