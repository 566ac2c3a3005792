"""What there is on the worklist, kind by kind, and who is shown it: as predicates over one row, with where it lies.

Where something lies is asked of each row for itself (`_lies`): its elder's home today, else what its row says. A join
of all that is open with everybody on the register would read the register. What statements differ by for different
people is their `Shape`; whose areas they are, and who asks, are values they are given when they are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy import cast as as_type

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
from models.values import Id, Role, Urgency

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


ME, NOW = bindparam("me", type_=String()), bindparam("now", type_=Instant())
ROLES_HELD, ROLE = bindparam("roles", expanding=True, type_=String()), bindparam("role", type_=String())
AREA, COUNTIES = bindparam("area", type_=String()), bindparam("counties", expanding=True, type_=String())


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


class Shown(NamedTuple):
    """What of the work items lies open within the same areas: those for the nearest, those for approvers, and of all
    others those that ask for one of these roles."""

    near: bool
    decides: bool
    roles: tuple[str, ...]


class Shape(NamedTuple):
    """What statements differ by. `items`: for each set of areas; `escalations`, `sheets`: within which of the sets."""

    items: tuple[Shown | None, ...]
    escalations: int | None
    sheets: int | None
    proposals: bool


def shape_of(who: Who) -> tuple[Shape, dict[str, Any]]:
    """And the values that it is filled with: the sets of areas, and of which counties they may put rules in force."""
    sets: dict[tuple[Id, ...], int] = {}

    def number(areas: tuple[Id, ...]) -> int | None:
        return sets.setdefault(areas, len(sets)) if areas else None

    near = number(areas_shown(who.posts, None))
    decides = number(areas_shown(who.posts, Role.COUNTY_APPROVER))
    by_role = {role.value: number(areas_shown(who.posts, role)) for role in Role}
    sheets = number(areas_where("submit_sheet", who.posts))
    shown = tuple(
        Shown(near == n, decides == n, tuple(role for role, of in by_role.items() if of == n)) for n in sets.values()
    )
    items = tuple(one if any(one) else None for one in shown)
    counties = [county_code(area) for area in areas_where("policy_activate", who.posts)]
    given = {_areas(n).key: list(areas) for areas, n in sets.items()}
    return Shape(items, near, sheets, bool(counties)), given | ({COUNTIES.key: counties} if counties else {})


def _areas(number: int) -> BindParameter[Any]:
    return bindparam(f"areas_{number}", expanding=True, type_=String())


# --- kind by kind -----------------------------------------------------------------------------------------------------


class Work(NamedTuple):
    """One kind of work that is shown to whoever asks. Of `columns` the places are those that its row tells, and `turn`,
    `by` and `id` its key. `order`: what an index has in the order of the key."""

    columns: Mapping[str, ColumnElement[Any]]
    shown: tuple[ColumnElement[bool], ...]
    order: tuple[ColumnElement[Any], ...]

    @property
    def key(self) -> tuple[ColumnElement[Any], ...]:
        return self.columns["turn"], self.columns["by"], self.columns["id"]

    def select(self, *names: str) -> Select[Any]:
        """Of these columns; without names, of all."""
        chosen = [self.columns[name].label(name) for name in names or self.columns]
        return cast(Select[Any], select(*chosen)).where(*self.shown)

    def asked(self, wanted: Wanted) -> list[ColumnElement[bool]]:
        of, asked = self.columns, list[ColumnElement[bool]]()
        if wanted.kind:
            asked.append(of["kind"] == wanted.kind)
        if wanted.area:
            asked.append(_lies(of, lambda *place: or_(*(part == AREA for part in place[:2])), literal(0)))
        if wanted.whose == MINE:  # theirs by name; or nobody's yet, and it asks for a role they hold
            asked.append(or_(of["owner_id"] == ME, and_(of["owner_id"].is_(None), of["role"].in_(ROLES_HELD))))
        elif wanted.whose:
            asked.append(of["role"] == ROLE)
        if wanted.overdue:
            asked.append(of["due_at"] < NOW)
        if wanted.urgent:
            asked.append(of["urgency"] == Urgency.URGENT.value)
        return asked


def work_of(shape: Shape) -> list[Work]:
    found = [_escalations(shape.escalations)]
    if any(shape.items):
        found.append(_items(shape.items))
    if shape.sheets is not None:
        found.append(_sheets(shape.sheets))
    return [*found, _proposals()] if shape.proposals else found


def _escalations(areas: int | None) -> Work:
    """Shown to every caseworker of the place, and to whom it is given, wherever it lies."""
    of = ESCALATIONS.c
    columns = _columns(
        of.id, literal(ESCALATION), of.cause, of.elder_id, of.role, of.owner_id, of.climbs_at, state=of.state,
        urgency=of.urgency, village=of.village_id, township=of.township_id, asked_at=of.asked_at,
    )  # fmt: skip
    shown = of.owner_id == ME
    if areas is not None:
        shown = or_(shown, _within(columns, areas))
    return _kind_of_work(columns, of.state != RESOLVED, shown)


def _items(sets: Sequence[Shown | None]) -> Work:
    of = ITEMS.c
    columns = _columns(
        of.id, _kind(of.item, of.role), of.item, of.elder_id, of.role, of.owner_id, of.due_at, about=of.about,
        township=of.township_id, county=of.county_id,
    )  # fmt: skip
    columns["by"] = of.due_at  # each has a deadline, so the index has them in their order
    near = and_(of.elder_id.is_not(None), of.item.in_(FOR_THE_NEAREST))
    decides = of.item.in_(FOR_APPROVERS)

    def those(shown: Shown) -> ColumnElement[bool]:
        by_role = and_(not_(or_(near, decides)), of.role.in_(shown.roles))
        each = ((near, shown.near), (decides, shown.decides), (by_role, bool(shown.roles)))
        return or_(*(which for which, is_so in each if is_so))

    shown = or_(*(and_(those(one), _within(columns, number)) for number, one in enumerate(sets) if one is not None))
    return _kind_of_work(columns, of.closed_at.is_(None), shown)._replace(order=(of.due_at, of.id))


def _kind(item: ColumnElement[str], role: ColumnElement[str]) -> ColumnElement[str]:
    approves = and_(item == "pay_list", role == Role.COUNTY_APPROVER.value)
    held = [(item.in_(items), literal(kind)) for kind, items in KINDS.items() if items]
    return case((approves, literal(APPROVAL)), *held, else_=literal(CHECK))


def _sheets(areas: int) -> Work:
    """Of the assessments they are named in, those that wait for a step of theirs: `assessment_time.waits_for`."""
    of = ROUNDS.c
    theirs = or_(
        and_(of.stage.in_(SHEETS), or_(of.first_id == ME, of.second_id == ME)),
        and_(of.stage == Stage.SIGNING.value, of.second_id == ME),
    )
    id_ = literal(f"{ASSESSMENT}/") + of.elder_id + "/" + as_type(of.round, String)
    columns = _columns(id_, literal(ASSESSMENT), of.stage, of.elder_id, literal(Role.ASSESSOR.value), ME, of.due_at)
    there = _lies(columns, _in(areas), literal(0))
    return _kind_of_work(columns, of.ended_at.is_(None), theirs, there)


def _proposals() -> Work:
    """For whoever may put it in force: another than who put it forward. It is to be decided by the day it is for."""
    of = PROPOSALS.c
    due_at = type_coerce(as_type(of.active_from, String) + MORNING, Instant())
    columns = _columns(
        of.id, literal(APPROVAL), literal(PROPOSAL), null(), literal(Role.COUNTY_APPROVER.value), null(), due_at,
        about=of.version, county=literal("county-") + of.county,
    )  # fmt: skip
    return _kind_of_work(columns, of.outcome.is_(None), of.county.in_(COUNTIES), of.proposed_by != ME)


def _kind_of_work(columns: Mapping[str, ColumnElement[Any]], *shown: ColumnElement[bool]) -> Work:
    work = Work(columns, shown, ())
    return work._replace(order=work.key)


NONE: ColumnElement[Any] = null()
ORDINARY: ColumnElement[str] = literal(Urgency.ORDINARY.value)
OPENED: ColumnElement[str] = literal("opened")
NOTHING: ColumnElement[str] = literal("")
NEVER: ColumnElement[Any] = as_type(null(), Instant())


def _columns(
    id_: ColumnElement[Any], kind: ColumnElement[Any], what: ColumnElement[Any], elder: ColumnElement[Any],
    role: ColumnElement[Any], owner: ColumnElement[Any], due_at: ColumnElement[Any], *,
    state: ColumnElement[Any] = OPENED, urgency: ColumnElement[Any] = ORDINARY,
    about: ColumnElement[Any] = NOTHING, village: ColumnElement[Any] = NONE, township: ColumnElement[Any] = NONE,
    county: ColumnElement[Any] = NONE, asked_at: ColumnElement[Any] = NEVER,
) -> dict[str, ColumnElement[Any]]:  # fmt: skip
    turn = literal(1) if urgency is ORDINARY else case((urgency == Urgency.URGENT.value, 0), else_=1)
    by = type_coerce(func.coalesce(due_at, literal(LAST, Instant())), Instant())
    return {
        "id": id_, "kind": kind, "what": what, "elder_id": elder, "village_id": village, "township_id": township,
        "county_id": county, "role": role, "owner_id": owner, "due_at": due_at, "urgency": urgency, "state": state,
        "about": about, "asked_at": asked_at, "turn": turn, "by": by,
    }  # fmt: skip


# --- where it lies ---------------------------------------------------------------------------------------------------

Inside = Callable[..., ColumnElement[bool]]
"""Whether a village, a township, a county is one of those asked for."""


def _in(areas: int) -> Inside:
    return lambda *place: or_(*(part.in_(_areas(areas)) for part in place))


def _within(of: Mapping[str, ColumnElement[Any]], areas: int) -> ColumnElement[bool]:
    """In one of these areas; or nowhere that is known, which is shown to whoever has any."""
    county = of["county_id"]
    return _lies(of, _in(areas), case((or_(county.is_(None), county.in_(_areas(areas))), 1), else_=0))


def _lies(
    of: Mapping[str, ColumnElement[Any]], inside: Inside, of_the_county: ColumnElement[int]
) -> ColumnElement[bool]:
    """With its elder; else where its row says. `of_the_county`: whether it is so of what names neither. Asked of each
    row for itself: no database is led to read the whole register."""
    own = AREAS.alias("own")
    lives = _one(inside(ELDERS.c.village_id, ELDERS.c.township_id, ELDERS.c.county_id), ELDERS.c.id == of["elder_id"])
    told = _one(inside(of["village_id"], own.c.id, own.c.parent_id), is_own(own, of["township_id"]))
    return func.coalesce(lives, told, of_the_county) == 1


def _one(is_so: ColumnElement[bool], where: ColumnElement[bool]) -> ColumnElement[int | None]:
    """1 or 0; null: there is no such row."""
    return select(case((is_so, 1), else_=0)).where(where).scalar_subquery()


def is_own(own: FromClause, township_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """The township that a row names, where it is known."""
    return and_(own.c.id == township_id, own.c.parent_id.is_not(None))
