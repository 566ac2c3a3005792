"""A month's escalations for the dashboard: how long they took by the level that ended them, and how many by cause.

The level is the last that an escalation reached. Where it lay is where it was when it was asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from math import ceil
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from decisions.benefit_time import last_day, next_month
from decisions.closed_words import ROLES
from decisions.deadlines import instant
from decisions.figure_words import OTHERS, URGENT_LEVELS
from decisions.words import LADDER_STATES, word
from models.figures import Asked, Behind, Cell, Chart, Counted, Cut, Figure, FigureRow, OneBehind
from models.tables import EscalationRow, table_of
from models.values import EscalationCause, Outcome, Role, Urgency
from projections import figure_cells as cells
from projections.figure_cells import NO_CODE, Opens, figure, part_of, titles, within
from projections.figures_visits import townships_of
from projections.rates import names_on

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
COUNTED = ("opened", "resolved", "withdrawn", "open")


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


def flags_of(first: date) -> dict[str, ColumnElement[bool]]:
    """What an escalation that was asked for before the month's end may be counted as, each by itself."""
    begins, ends = instant(first), instant(next_month(first))
    is_open = ESCALATIONS.c.state != RESOLVED
    ended = and_(~is_open, ESCALATIONS.c.resolved_at >= begins, ESCALATIONS.c.resolved_at < ends)
    by_itself = ESCALATIONS.c.outcome == WITHDRAWN
    return {
        "opened": ESCALATIONS.c.asked_at >= begins,
        "resolved": and_(ended, ~by_itself),
        "withdrawn": and_(ended, by_itself),
        "open": is_open,
    }


def of_county(county_id: str, first: date) -> ColumnElement[bool]:
    in_time = ESCALATIONS.c.asked_at < instant(next_month(first))
    return and_(in_time, ESCALATIONS.c.township_id.in_(townships_of(county_id)))


def escalations_ended(connection: Connection, county_id: str, first: date) -> Sequence[Took]:
    """Those whose cause went by itself are no work of anybody's, and are left out."""
    columns = (getattr(ESCALATIONS.c, name) for name in Took._fields)
    query = select(*columns).where(flags_of(first)["resolved"], of_county(county_id, first))
    return [Took(*row) for row in connection.execute(query)]


def escalation_counts(connection: Connection, county_id: str, first: date) -> Sequence[EscalationCount]:
    flags = flags_of(first)
    by = (ESCALATIONS.c.township_id, ESCALATIONS.c.village_id, ESCALATIONS.c.cause, ESCALATIONS.c.urgency)
    query = (
        select(*by, ESCALATIONS.c.role, *(func.sum(case((flags[name], 1), else_=0)) for name in COUNTED))
        .where(of_county(county_id, first), or_(*flags.values()))
        .group_by(*by, ESCALATIONS.c.role)
    )
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
    month, at, held = counted[-1].month, counted[-1].at, cast(LadderOfMonth, counted[-1].value)
    opens = Opens(NAME, month, cut)
    return (_resolve_time(at, held, cut, opens), _causes(at, held, cut, opens))


def _resolve_time(at: datetime, held: LadderOfMonth, cut: Cut, opens: Opens) -> Figure:
    times: defaultdict[tuple[str, str], list[timedelta]] = defaultdict(list)
    still = Counter[tuple[str, str]]()
    for one in within(held.ended, cut):
        times[one.urgency, one.role or ""].append(one.time)
    for one in within(held.counts, cut):
        still[one.urgency, one.role or ""] += one.open

    def told(took: Sequence[timedelta], waiting: int, level: str = "") -> tuple[Cell, ...]:
        """The list behind a time is of those that it is made of."""
        each = (cells.count(len(took)), cells.hours(at_rank(took, 5)), cells.hours(at_rank(took, 9)))
        return (*(opens(f"resolved{level}", cell, len(took)) for cell in each), opens.count(f"open{level}", waiting))

    rows: list[FigureRow] = []
    for (urgency, role), label in LEVELS.items():
        took, waiting = times[urgency, role], still[urgency, role]
        if urgency == Urgency.ORDINARY or took or waiting:
            key = f"{urgency}/{role or NO_CODE}"
            rows.append(FigureRow(key=key, label=label, cells=told(took, waiting, f":{key}")))
    total = told([time for each in times.values() for time in each], still.total())
    return figure("resolve_time", at, rows, total, chart=Chart.BARS, drawn=(1, 2), unit="hours")


def _causes(at: datetime, held: LadderOfMonth, cut: Cut, opens: Opens) -> Figure:
    of: defaultdict[str, list[EscalationCount]] = defaultdict(list)
    for one in within(held.counts, cut):
        of[one.cause].append(one)

    def told(each: Sequence[EscalationCount], cause: str = "") -> tuple[Cell, ...]:
        return tuple(opens.count(f"{name}{cause}", sum(getattr(one, name) for one in each)) for name in COUNTED)

    rows = [
        FigureRow(key=cause.value, label=word(cause.value), cells=told(of[cause.value], f":{cause.value}"))
        for cause in EscalationCause
    ]
    total = told([one for each in of.values() for one in each])
    return figure("causes", at, rows, total, chart=Chart.BARS, drawn=(0, 1, 3), unit="cases")


def behind(connection: Connection, asked: Asked) -> Behind | None:
    """A page of the escalations that a number counts: all of a column, those of a level, or those of a cause."""
    (column, row), of = part_of(asked), ESCALATIONS.c
    if column not in COUNTED:
        return None
    query = select(ESCALATIONS).where(of_county(asked.county_id, asked.month), flags_of(asked.month)[column])
    query = query.where(cells.within_cut(of.township_id, of.village_id, asked.cut), of.id > asked.after)
    urgency, of_level, role = row.partition("/")
    more: tuple[str, ...] = ()
    if of_level:
        level = (urgency, "" if role == NO_CODE else role)
        if level not in LEVELS:
            return None
        query = query.where(of.urgency == urgency, func.coalesce(of.role, "") == level[1])
        more = (LEVELS[level],)
    elif row:
        query, more = query.where(of.cause == row), (word(row),)
    names = names_on(connection, last_day(asked.month))
    return Behind(
        titles=titles("causes", 1 + COUNTED.index(column), *more),
        rows=tuple(
            OneBehind(
                key=one.id, elder_id=one.elder_id, place=names.get(one.village_id) or one.village_id,
                told=(word(one.cause), LADDER_STATES[one.state], LEVELS.get((one.urgency, one.role or ""), "")),
            )
            for one in connection.execute(query.order_by(of.id).limit(asked.limit))
        ),
    )  # fmt: skip
