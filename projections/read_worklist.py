"""What waits for whoever asks: escalations, work items, an assessor's sheets, versions of rules put forward, as one
list by deadline. Reads only; ids out, never names.

The rule of who sees what is `decisions.permits` (`shown_to`, `areas_shown`); here it is a predicate over the posts they
hold, so that a page costs as many queries whatever waits in the county.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy import cast as as_type
from sqlalchemy.sql import false

from decisions.permits import FOR_APPROVERS, FOR_THE_NEAREST, HeldPost, areas_shown, areas_where
from models.assessment import Stage
from models.ids import ASSESSMENT, county_code
from models.letters import Item
from models.tables import (
    Area,
    AssessmentRow,
    Elder,
    EscalationRow,
    Instant,
    PolicyProposal,
    WorkItemRow,
    table_of,
)
from models.values import Role, Urgency

ESCALATIONS, ITEMS, ROUNDS = table_of(EscalationRow), table_of(WorkItemRow), table_of(AssessmentRow)
PROPOSALS, ELDERS, AREAS = table_of(PolicyProposal), table_of(Elder), table_of(Area)
ESCALATION, PROPOSAL, CHECK, APPROVAL = "escalation", "policy_proposal", "check", "approval"
KINDS: Mapping[str, tuple[Item, ...]] = {
    ESCALATION: (),
    "call": ("call_by_phone", "follow_up"),
    "clarify": ("unclear_reply", "unknown_phone"),
    ASSESSMENT: ("name_assessors", "confirm_level"),
    CHECK: ("await_papers", "check_benefit", "post_notice", "recheck_benefit", "tell_decision", "review_benefit"),
    APPROVAL: ("confirm_suspension", "approve_benefit", "change_benefit"),
    "not_done": ("undeliverable", "dead_letter", "step_refused", "texts_held"),
    "register": ("off_list", "category_lost", "out_of_group", "closed_on_list"),
}
"""Under which heading a work item stands. `pay_list` is a check, until it waits for the approver; the sheets of an
assessor are assessments, a version put forward is an approval."""
MINE = "mine"
RESOLVED: ColumnElement[str] = literal_column("'resolved'")  # as the index of what is open has it
LAST = datetime(9999, 12, 31, tzinfo=UTC)
MORNING = "T00:00:00.000000Z"  # 08:00 of that day in Shanghai
SHEETS = (Stage.ASSESSING.value, Stage.SETTLING.value)


class Who(NamedTuple):
    """Who asks, and the posts they hold today."""

    staff_id: str
    posts: tuple[HeldPost, ...]


class Wanted(NamedTuple):
    """What of the list is asked for. `whose`: `MINE`, or a role. `area`: a village or a township."""

    kind: str = ""
    area: str = ""
    whose: str = ""
    overdue: bool = False
    urgent: bool = False


ALL = Wanted()


class Key(NamedTuple):
    """Where a row stands: urgent before all else, then by deadline; what has none is last."""

    turn: int
    due_at: datetime
    id: str


class Counts(NamedTuple):
    """How many there are: of each kind, and of all of them those that are urgent, and those past their deadline."""

    kinds: dict[str, int]
    urgent: int
    overdue: int

    @property
    def all(self) -> int:
        return sum(self.kinds.values())


def rows(
    connection: Connection, who: Who, now: datetime, wanted: Wanted = ALL, *, after: Key | None = None,
    before: Key | None = None, limit: int | None = None,
) -> Sequence[Row[Any]]:  # fmt: skip
    """By `Key`; after one, or the last ones before one. Each has its place, and its key as `turn`, `by`, `id`."""
    work = _work(who)
    turn, by = _turn(work), _by(work)
    here = tuple_(turn, by, work.c.id)
    query = select(work, turn.label("turn"), by.label("by")).where(*_asked(work, who, now, wanted))
    if after is not None:
        query = query.where(here > _at(after))
    if before is not None:
        query = query.where(here < _at(before))
        query = query.order_by(turn.desc(), by.desc(), work.c.id.desc())
    else:
        query = query.order_by(turn, by, work.c.id)
    found = connection.execute(query.limit(limit)).all()
    return found[::-1] if before is not None else found


def key_of(row: Row[Any]) -> Key:
    return Key(row.turn, row.by, row.id)


def counts(connection: Connection, who: Who, now: datetime, wanted: Wanted = ALL) -> Counts:
    """Over everything asked for, whatever its kind."""
    work = _work(who)
    query = select(
        work.c.kind,
        func.count().label("work"),
        func.sum(case((_is_urgent(work), 1), else_=0)).label("urgent"),
        func.sum(case((_is_overdue(work, now), 1), else_=0)).label("overdue"),
    ).where(*_asked(work, who, now, wanted._replace(kind="")))
    found = connection.execute(query.group_by(work.c.kind)).all()
    kinds = {row.kind: row.work for row in found}
    return Counts(kinds, sum(row.urgent for row in found), sum(row.overdue for row in found))


def among(connection: Connection, who: Who, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Of these, what is on their list, by id."""
    work = _work(who)
    return {row.id: row for row in connection.execute(select(work).where(work.c.id.in_(ids)))}


def places_below(connection: Connection, areas: Sequence[str], chosen: str = "") -> Sequence[Row[Any]]:
    """The areas that lie right in these, by name: what a list may be narrowed to; `chosen`: and those right in it, if
    it is one of these or lies right in one."""
    ours = AREAS.alias("ours")
    known = select(ours.c.id).where(ours.c.id == chosen, or_(ours.c.id.in_(areas), ours.c.parent_id.in_(areas)))
    query = select(AREAS).where(or_(AREAS.c.parent_id.in_(areas), AREAS.c.parent_id.in_(known)))
    return connection.execute(query.where(AREAS.c.merged_into.is_(None)).order_by(AREAS.c.name, AREAS.c.id)).all()


# --- what is asked for -----------------------------------------------------------------------------------------------


def _asked(work: FromClause, who: Who, now: datetime, wanted: Wanted) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if wanted.kind:
        asked.append(work.c.kind == wanted.kind)
    if wanted.area:
        asked.append(or_(work.c.village_id == wanted.area, work.c.township_id == wanted.area))
    if wanted.whose == MINE:
        asked.append(_is_mine(work, who))
    elif wanted.whose:
        asked.append(work.c.role == wanted.whose)
    if wanted.overdue:
        asked.append(_is_overdue(work, now))
    if wanted.urgent:
        asked.append(_is_urgent(work))
    return asked


def _is_mine(work: FromClause, who: Who) -> ColumnElement[bool]:
    """Theirs by name; or nobody's yet, and it asks for a role they hold."""
    roles = sorted({post.role.value for post in who.posts})
    return or_(work.c.owner_id == who.staff_id, and_(work.c.owner_id.is_(None), work.c.role.in_(roles)))


def _is_urgent(work: FromClause) -> ColumnElement[bool]:
    return work.c.urgency == Urgency.URGENT.value


def _is_overdue(work: FromClause, now: datetime) -> ColumnElement[bool]:
    return work.c.due_at < now


def _turn(work: FromClause) -> ColumnElement[int]:
    return case((_is_urgent(work), 0), else_=1)


def _by(work: FromClause) -> ColumnElement[datetime]:
    return type_coerce(func.coalesce(work.c.due_at, literal(LAST, Instant())), Instant())


def _at(key: Key) -> ColumnElement[Any]:
    return tuple_(literal(key.turn), literal(key.due_at, Instant()), literal(key.id))


# --- what there is ---------------------------------------------------------------------------------------------------


def _work(who: Who) -> FromClause:
    return union_all(_escalations(who), _items(who), _sheets(who), _proposals(who)).subquery("work")


def _escalations(who: Who) -> Select[Any]:
    """Shown to every caseworker of the place, and to whom it is given, wherever it lies."""
    of, own = ESCALATIONS.c, AREAS.alias("own")
    place = _place(own, village=of.village_id)
    shown = or_(of.owner_id == who.staff_id, _within(place, areas_shown(who.posts, None)))
    query = _columns(
        of.id, literal(ESCALATION), of.cause, of.elder_id, place, of.role, of.owner_id, of.climbs_at, of.urgency,
        of.state, literal(""),
    )  # fmt: skip
    return query.select_from(_lying(ESCALATIONS, own)).where(of.state != RESOLVED, shown)


def _items(who: Who) -> Select[Any]:
    of, own = ITEMS.c, AREAS.alias("own")
    place = _place(own, county=of.county_id)
    near = and_(of.elder_id.is_not(None), of.item.in_(FOR_THE_NEAREST))
    decides = of.item.in_(FOR_APPROVERS)
    by_role = (
        and_(of.role == role.value, _within(place, areas)) for role in Role if (areas := areas_shown(who.posts, role))
    )
    shown = or_(
        and_(near, _within(place, areas_shown(who.posts, None))),
        and_(decides, _within(place, areas_shown(who.posts, Role.COUNTY_APPROVER))),
        and_(not_(or_(near, decides)), or_(false(), *by_role)),
    )
    query = _columns(
        of.id, _kind(of.item, of.role), of.item, of.elder_id, place, of.role, of.owner_id, of.due_at,
        literal(Urgency.ORDINARY.value), literal("opened"), of.about,
    )  # fmt: skip
    return query.select_from(_lying(ITEMS, own)).where(of.closed_at.is_(None), shown)


def _kind(item: ColumnElement[str], role: ColumnElement[str]) -> ColumnElement[str]:
    approves = and_(item == "pay_list", role == Role.COUNTY_APPROVER.value)
    held = [(item.in_(items), literal(kind)) for kind, items in KINDS.items() if items]
    return case((approves, literal(APPROVAL)), *held, else_=literal(CHECK))


def _sheets(who: Who) -> Select[Any]:
    """Of the assessments they are named in, those that wait for a step of theirs: `assessment_time.waits_for`."""
    of = ROUNDS.c
    theirs = or_(
        and_(of.stage.in_(SHEETS), or_(of.first_id == who.staff_id, of.second_id == who.staff_id)),
        and_(of.stage == Stage.SIGNING.value, of.second_id == who.staff_id),
    )
    lives = (ELDERS.c.village_id, ELDERS.c.township_id, ELDERS.c.county_id)
    there = or_(*(column.in_(areas_where("submit_sheet", who.posts)) for column in lives))
    id_ = literal(f"{ASSESSMENT}/") + of.elder_id + "/" + as_type(of.round, String)
    query = _columns(
        id_, literal(ASSESSMENT), of.stage, of.elder_id, lives, literal(Role.ASSESSOR.value), literal(who.staff_id),
        of.due_at, literal(Urgency.ORDINARY.value), literal("opened"), literal(""),
    )  # fmt: skip
    query = query.select_from(ROUNDS.join(ELDERS, ELDERS.c.id == of.elder_id))
    return query.where(of.ended_at.is_(None), theirs, there)


def _proposals(who: Who) -> Select[Any]:
    """For whoever may put it in force: another than who put it forward. It is to be decided by the day it is for."""
    of = PROPOSALS.c
    counties = [county_code(area) for area in areas_where("policy_activate", who.posts)]
    place = (null(), null(), literal("county-") + of.county)
    due_at = type_coerce(as_type(of.active_from, String) + MORNING, Instant())
    query = _columns(
        of.id, literal(APPROVAL), literal(PROPOSAL), null(), place, literal(Role.COUNTY_APPROVER.value), null(),
        due_at, literal(Urgency.ORDINARY.value), literal("opened"), of.version,
    )  # fmt: skip
    return query.where(of.outcome.is_(None), of.county.in_(counties), of.proposed_by != who.staff_id)


# --- where it lies ---------------------------------------------------------------------------------------------------

Place = tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]
"""Village, township, county. All null: nobody knows where it lies."""
NOWHERE: ColumnElement[Any] = null()


def _lying(work: FromClause, own: FromClause) -> FromClause:
    """With its elder, and with the township that its row names."""
    joined = work.outerjoin(ELDERS, ELDERS.c.id == work.c.elder_id)
    return joined.outerjoin(own, and_(own.c.id == work.c.township_id, own.c.parent_id.is_not(None)))


def _place(own: FromClause, village: ColumnElement[Any] = NOWHERE, county: ColumnElement[Any] = NOWHERE) -> Place:
    """With its elder, as they live today; else where its row says."""
    lives, told = ELDERS.c.id.is_not(None), own.c.id.is_not(None)
    return (
        case((lives, ELDERS.c.village_id), (told, village), else_=null()),
        case((lives, ELDERS.c.township_id), (told, own.c.id), else_=null()),
        case((lives, ELDERS.c.county_id), (told, own.c.parent_id), else_=county),
    )


def _within(place: Place, areas: Sequence[str]) -> ColumnElement[bool]:
    """In one of these areas; or nowhere that is known, which is shown to whoever has any."""
    if not areas:
        return false()
    nowhere = and_(*(part.is_(None) for part in place))
    return or_(nowhere, *(part.in_(areas) for part in place))


def _columns(
    id_: ColumnElement[Any], kind: ColumnElement[Any], what: ColumnElement[Any], elder: ColumnElement[Any],
    place: tuple[ColumnElement[Any], ...], role: ColumnElement[Any], owner: ColumnElement[Any],
    due_at: ColumnElement[Any], urgency: ColumnElement[Any], state: ColumnElement[Any], about: ColumnElement[Any],
) -> Select[Any]:  # fmt: skip
    village, township, county = place
    named = {
        "id": id_, "kind": kind, "what": what, "elder_id": elder, "village_id": village, "township_id": township,
        "county_id": county, "role": role, "owner_id": owner, "due_at": due_at, "urgency": urgency, "state": state,
        "about": about,
    }  # fmt: skip
    return cast(Select[Any], select(*(column.label(name) for name, column in named.items())))
