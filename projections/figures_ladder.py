"""A month's escalations for the dashboard: how long they took by the level that ended them, and how many by cause.

The level is the last that an escalation reached. Where it lay is where it was when it was asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from math import ceil
from typing import NamedTuple, cast

from sqlalchemy import Connection, and_, case, func, or_, select

from decisions.benefit_time import next_month
from decisions.closed_words import ROLES
from decisions.deadlines import instant
from decisions.figure_words import OTHERS, URGENT_LEVELS
from decisions.words import word
from models.figures import Cell, Chart, Counted, Cut, Figure, FigureRow
from models.tables import EscalationRow, table_of
from models.values import EscalationCause, Outcome, Role, Urgency
from projections import figure_cells as cells
from projections.figure_cells import figure, within
from projections.figures_visits import townships_of

ESCALATIONS = table_of(EscalationRow)
RESOLVED, WITHDRAWN = "resolved", Outcome.WITHDRAWN.value
LADDER = (Role.GRID_WORKER, Role.VILLAGE_ASSISTANT, Role.TOWNSHIP_OFFICER, Role.COUNTY_OFFICER)
LEVELS: Mapping[tuple[str, str], str] = {
    **{(Urgency.ORDINARY.value, role.value): ROLES[role] for role in LADDER},
    (Urgency.ORDINARY.value, ""): OTHERS["nobody_yet"],
    **{(Urgency.URGENT.value, role): label for role, label in URGENT_LEVELS.items()},
}
"""Urgency and role → what the level is called, from the nearest to the elder."""
NAME = "ladder"


class Took(NamedTuple):
    """One escalation that somebody ended in the month. `role`: None, it had reached nobody."""

    township_id: str
    village_id: str
    urgency: str
    role: str | None
    asked_at: datetime
    resolved_at: datetime

    @property
    def time(self) -> timedelta:
        return self.resolved_at - self.asked_at


class EscalationCount(NamedTuple):
    """Escalations of one village, cause and level alike. `opened`: asked for in the month; `ended`: in the month,
    `withdrawn` of itself; `open`: asked for by the month's end, and not ended today."""

    township_id: str
    village_id: str
    cause: str
    urgency: str
    role: str | None
    opened: int
    resolved: int
    withdrawn: int
    open: int


def escalations_ended(connection: Connection, county_id: str, first: date) -> Sequence[Took]:
    """Those whose cause went by itself are no work of anybody's, and are left out."""
    columns = (getattr(ESCALATIONS.c, name) for name in Took._fields)
    query = select(*columns).where(
        ESCALATIONS.c.state == RESOLVED, ESCALATIONS.c.outcome != WITHDRAWN,
        ESCALATIONS.c.resolved_at >= instant(first), ESCALATIONS.c.resolved_at < instant(next_month(first)),
        ESCALATIONS.c.township_id.in_(townships_of(county_id)),
    )  # fmt: skip
    return [Took(*row) for row in connection.execute(query)]


def escalation_counts(connection: Connection, county_id: str, first: date) -> Sequence[EscalationCount]:
    begins, ends = instant(first), instant(next_month(first))
    is_open = ESCALATIONS.c.state != RESOLVED
    opened = ESCALATIONS.c.asked_at >= begins
    ended = and_(~is_open, ESCALATIONS.c.resolved_at >= begins, ESCALATIONS.c.resolved_at < ends)
    by_itself = ESCALATIONS.c.outcome == WITHDRAWN
    by = (ESCALATIONS.c.township_id, ESCALATIONS.c.village_id, ESCALATIONS.c.cause, ESCALATIONS.c.urgency)
    query = (
        select(
            *by, ESCALATIONS.c.role,
            *(
                func.sum(case((which, 1), else_=0))
                for which in (opened, and_(ended, ~by_itself), and_(ended, by_itself), is_open)
            ),
        )
        .where(ESCALATIONS.c.asked_at < ends, or_(is_open, opened, ended))
        .where(ESCALATIONS.c.township_id.in_(townships_of(county_id)))
        .group_by(*by, ESCALATIONS.c.role)
    )  # fmt: skip
    return [
        EscalationCount(
            row.township_id, row.village_id, row.cause, row.urgency, row.role, *(int(number) for number in row[5:])
        )
        for row in connection.execute(query)
    ]


def at_rank(times: Sequence[timedelta], tenths: int) -> timedelta | None:
    """The time within which so many tenths of them were over: one that really occurred, never one in between."""
    return sorted(times)[ceil(len(times) * tenths / 10) - 1] if times else None


# --- as figures ------------------------------------------------------------------------------------------------------


class LadderOfMonth(NamedTuple):
    ended: Sequence[Took]
    counts: Sequence[EscalationCount]


def count(connection: Connection, county_id: str, first: date, now: datetime) -> LadderOfMonth:
    return LadderOfMonth(
        escalations_ended(connection, county_id, first), escalation_counts(connection, county_id, first)
    )


def figures(counted: Sequence[Counted], cut: Cut) -> Sequence[Figure]:
    at, held = counted[-1].at, cast(LadderOfMonth, counted[-1].value)
    return (_resolve_time(at, held, cut), _causes(at, held, cut))


def _resolve_time(at: datetime, held: LadderOfMonth, cut: Cut) -> Figure:
    times: defaultdict[tuple[str, str], list[timedelta]] = defaultdict(list)
    still = Counter[tuple[str, str]]()
    for one in within(held.ended, cut):
        times[one.urgency, one.role or ""].append(one.time)
    for one in within(held.counts, cut):
        still[one.urgency, one.role or ""] += one.open
    rows = [
        FigureRow(key=f"{urgency}/{role or '-'}", label=label, cells=_times(times[urgency, role], still[urgency, role]))
        for (urgency, role), label in LEVELS.items()
        if urgency == Urgency.ORDINARY or times[urgency, role] or still[urgency, role]
    ]
    total = _times([time for each in times.values() for time in each], still.total())
    return figure("resolve_time", at, rows, total, chart=Chart.BARS, drawn=(1, 2), unit="hours")


def _times(times: Sequence[timedelta], still: int) -> tuple[Cell, ...]:
    return (
        cells.count(len(times)), cells.hours(at_rank(times, 5)), cells.hours(at_rank(times, 9)), cells.count(still),
    )  # fmt: skip


def _causes(at: datetime, held: LadderOfMonth, cut: Cut) -> Figure:
    of: defaultdict[str, list[EscalationCount]] = defaultdict(list)
    for one in within(held.counts, cut):
        of[one.cause].append(one)
    rows = [
        FigureRow(key=cause.value, label=word(cause.value), cells=_counts(of[cause.value])) for cause in EscalationCause
    ]
    total = _counts([one for each in of.values() for one in each])
    return figure("causes", at, rows, total, chart=Chart.BARS, drawn=(0, 1, 3), unit="cases")


def _counts(each: Sequence[EscalationCount]) -> tuple[Cell, ...]:
    return tuple(
        cells.count(sum(getattr(one, name) for one in each)) for name in ("opened", "resolved", "withdrawn", "open")
    )
