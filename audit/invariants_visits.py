"""I1 and I2: no period without a visit or a reason, no missed visit without somebody who answers for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Row

from audit.checks import Check, Tally
from audit.store import AREAS, CASES, ESCALATIONS, POSTS, REASONS, STAFF_LEAVE, STATES, VISITS, Snapshot, before
from decisions import cadence, case_time
from decisions.case_state import LADDER_CAUSES, State
from decisions.deadlines import civil_day, instant
from models.ids import case_stream
from models.policy import CadenceUnit
from projections import streams

STANDING_OWNERS = ("grid_worker", "village_assistant", "township_officer", "county_officer")
RESOLVED = "resolved"
BY_VISITOR = "reported_by_visitor"
BY_CASE = (BY_VISITOR, "withdrawn")  # ended by the case: the person hears it a moment later


class _Slot(NamedTuple):
    """A period as the tables have it: by a scheduled visit, or by the reason why there is none."""

    period_id: str
    starts_at: datetime
    ends_at: datetime


# --- I1 --------------------------------------------------------------------------------------------------------------


def periods_are_whole(held: Snapshot, limit: datetime) -> Check:
    """I1. A case's periods tile the time from its enrolment to now; each is there once, settled once it is over."""
    tally = Tally("I1", "每个周期恰有一次应访或一条缘由，每个月有探访、督办或缘由", limit)
    visits, reasons, escalations = _by_elder(held, VISITS), _by_elder(held, REASONS), _by_elder(held, ESCALATIONS)
    for case in held.rows(CASES):
        state = _state(held, case.elder_id)
        if state is None or state.policy is None:
            tally.see()
            tally.offend(f"{case.elder_id}：个案没有状态", case.opened_at)
            continue
        mine, why = visits[case.elder_id], reasons[case.elder_id]
        _tiles(tally, case, state, mine, why)
        _states(tally, mine)
        if state.policy.cadence.unit is not CadenceUnit.EVERY:
            _months(tally, case, mine, why, escalations[case.elder_id])
    return tally.close()


def _by_elder(held: Snapshot, table: Any) -> defaultdict[str, list[Row[Any]]]:
    grouped: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in held.rows(table):
        grouped[row.elder_id].append(row)
    return grouped


def _state(held: Snapshot, elder_id: str) -> State | None:
    stream = case_stream(elder_id)
    for row in held.rows(STATES, STATES.c.stream == stream):
        state = streams.load(stream, held.open(row.state_enc))
        return state if isinstance(state, State) else None
    return None


def _tiles(tally: Tally, case: Row[Any], state: State, visits: Sequence[Row[Any]], reasons: Sequence[Row[Any]]) -> None:
    slots = [_Slot(v.period_id, v.starts_at, v.ends_at) for v in visits if v.kind == "scheduled"]
    slots = sorted(slots + [_Slot(r.period_id, r.starts_at, r.ends_at) for r in reasons], key=lambda s: s.starts_at)
    for period_id in {slot.period_id for slot in slots if [s.period_id for s in slots].count(slot.period_id) > 1}:
        tally.offend(f"{case.elder_id} {period_id}：一个周期里不止一次应访或缘由")
    ends_at: datetime | None = None
    for slot in slots:
        tally.see()
        if ends_at is not None and slot.starts_at > ends_at:
            tally.offend(f"{case.elder_id} {_named(state, ends_at)}：没有应访，也没有缘由")
        ends_at = max(ends_at or slot.ends_at, slot.ends_at)
    enrolled = state.enrolled_at or case.opened_at
    if slots and not slots[0].starts_at <= enrolled:
        tally.offend(f"{case.elder_id} {_named(state, enrolled)}：建档的周期没有应访，也没有缘由")
    if case.status != "closed":
        _goes_on(tally, case, state, ends_at)


def _goes_on(tally: Tally, case: Row[Any], state: State, ends_at: datetime | None) -> None:
    """The period after the last one has not been asked for yet."""
    following, skipped = case_time.next_period(state)
    if ends_at is not None and following.starts_at != ends_at:
        tally.offend(f"{case.elder_id} {_named(state, ends_at)}：个案已经越过，表里没有")
    opens = case_time.opens_at(state, following)
    if skipped or opens <= tally.limit:
        tally.see()
        tally.offend(f"{case.elder_id} {following.id}：没有应访，也没有缘由", opens)


def _named(state: State, at: datetime) -> str:
    return cadence.period_at(state.rules, at, state.spread_key, state.elder_id).id


def _states(tally: Tally, visits: Sequence[Row[Any]]) -> None:
    """Exactly one state: whose time is over is not open any more; a settled one says who was seen and when."""
    for visit in visits:
        if visit.state == "open" and visit.ends_at <= tally.limit:
            tally.offend(f"{visit.id}：周期已过仍未了结")
        elif visit.state in ("done", "late") and visit.visited_on is None:
            tally.offend(f"{visit.id}：记为已访，没有日期")
        elif visit.state == "cancelled" and not (visit.cancel_reason and visit.cancelled_by):
            tally.offend(f"{visit.id}：取消而没有缘由")


def _months(
    tally: Tally, case: Row[Any], visits: Sequence[Row[Any]], reasons: Sequence[Row[Any]], asked: Sequence[Row[Any]]
) -> None:
    """Every calendar month that is over, from enrolment to the month before closing.

    A visit that was due in the month and was made late, in the same week but in the next month, answers for it: where
    the engine was away over due and heard of it first, nobody was to be sent there any more.
    """
    over = tally.limit if case.closed_at is None else min(tally.limit, case.closed_at)
    by_id = {visit.id: visit for visit in visits}
    for first, after in _whole_months(civil_day(case.opened_at), civil_day(over)):
        starts_at, ends_at = instant(first), instant(after)
        tally.see()
        seen = any(v.state in ("done", "late") and first <= v.visited_on < after for v in visits if v.visited_on)
        late = any(v.state == "late" and starts_at < v.due_at <= ends_at for v in visits)
        excused = [*reasons, *(v for v in visits if v.state == "cancelled")]
        told = any(row.starts_at < ends_at and row.ends_at > starts_at for row in excused)
        owned = any(_stood(row, by_id.get(row.visit_id or ""), starts_at, ends_at) for row in asked)
        if not (seen or late or told or owned):
            tally.offend(f"{case.elder_id} {first:%Y-%m}：没有探访、督办或缘由")


def _stood(row: Row[Any], visit: Row[Any] | None, starts_at: datetime, ends_at: datetime) -> bool:
    about = visit is not None and visit.starts_at < ends_at and visit.ends_at > starts_at
    return about or (row.asked_at < ends_at and (row.resolved_at is None or row.resolved_at > starts_at))


def _whole_months(first: date, over: date) -> Iterator[tuple[date, date]]:
    month = first.replace(day=1)
    while (after := (month + timedelta(days=32)).replace(day=1)) <= over:
        yield month, after
        month = after


# --- I2 --------------------------------------------------------------------------------------------------------------


def missed_are_owned(held: Snapshot, at: datetime, limit: datetime) -> Check:
    """I2. One escalation stands for a missed visit; each open one has an owner who can act, and has climbed in time."""
    tally = Tally("I2", "每次漏访恰有一个督办，督办都有责任人，到时即升级", limit)
    rows = held.rows(ESCALATIONS)
    by_visit: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        if row.visit_id is not None and row.cause in LADDER_CAUSES:
            by_visit[row.visit_id].append(row)
    visits = _by_elder(held, VISITS)
    for visit in held.rows(VISITS, VISITS.c.state == "missed"):
        tally.see()
        _one_stands(tally, visit, by_visit[visit.id], visits[visit.elder_id], at)
    owners = _Owners(held, civil_day(at))
    for row in rows:
        if row.state != RESOLVED:
            tally.see()
            _answered_for(tally, row, owners)
    return tally.close()


def _one_stands(
    tally: Tally, visit: Row[Any], asked: Sequence[Row[Any]], visits: Sequence[Row[Any]], at: datetime
) -> None:
    named = next((row for row in asked if row.id == visit.escalation_id), None)
    if named is None:
        tally.offend(f"{visit.id}：漏访而没有督办")
        return
    if named.state == RESOLVED and named.outcome == BY_VISITOR and not any(_answers(v, visit, named) for v in visits):
        tally.offend(f"{visit.id}：督办因有人报告而撤，而没有后来的探访")
    stood = sorted((row for row in asked if row.outcome not in BY_CASE), key=lambda row: row.asked_at)
    for earlier, later in pairwise(stood):
        # A later one may follow when a report or a death is taken back; two at a time are two people sent to one door.
        if (earlier.resolved_at or at) > later.asked_at:
            tally.offend(f"{visit.id}：同时有两个督办 {earlier.id} {later.id}")


def _answers(seen: Row[Any], missed: Row[Any], named: Row[Any]) -> bool:
    """A valid visit since the missed one's period began, told of after its escalation was asked or its time was over.

    After an outage the escalation may be recorded later than the report was received.
    """
    return (
        seen.state in ("done", "late")
        and seen.visited_on is not None
        and seen.visited_on >= civil_day(missed.starts_at)
        and seen.reported_at is not None
        and seen.reported_at >= min(named.asked_at, missed.ends_at)
    )


def _answered_for(tally: Tally, row: Row[Any], owners: _Owners) -> None:
    if row.state == "asked" or row.owner_id is None:
        tally.offend(f"{row.id}：没有责任人", row.asked_at)
    elif not owners.can_act(row.owner_id, row.village_id, row.township_id):
        tally.offend(f"{row.id}：责任人 {row.owner_id} 今天不在岗", row.rung_at)
    if row.climbs_at is not None and before(row.climbs_at, tally.limit):
        tally.offend(f"{row.id}：到时没有升级")
    elif row.climbs_at is None and row.state != "asked":
        tally.offend(f"{row.id}：没有办结时限")


class _Owners:
    """Who can act where today: a holder or a deputy of a post of the ladder over that village, and not on leave."""

    def __init__(self, held: Snapshot, today: date) -> None:
        leave = held.rows(STAFF_LEAVE, STAFF_LEAVE.c.from_on <= today, STAFF_LEAVE.c.to_on >= today)
        self._away = {row.staff_id for row in leave}
        self._parents: Mapping[str, str | None] = {row.id: row.parent_id for row in held.rows(AREAS)}
        self._posts: defaultdict[str, set[str]] = defaultdict(set)
        for post in held.rows(POSTS, POSTS.c.role.in_(STANDING_OWNERS)):
            self._posts[post.area_id] |= {who for who in (post.holder_id, post.deputy_id) if who is not None}

    def can_act(self, staff_id: str, village_id: str, township_id: str) -> bool:
        over = {village_id, township_id, self._parents.get(township_id) or ""}
        return staff_id not in self._away and any(staff_id in self._posts[area] for area in over)
