"""Which roles may ask what, and in whose territory. One table, read by every door a staff member can come through."""

from __future__ import annotations

from models.errors import Refusal
from models.values import Id, Role, Value

GRID, VILLAGE, TOWNSHIP, COUNTY = (
    Role.GRID_WORKER,
    Role.VILLAGE_ASSISTANT,
    Role.TOWNSHIP_OFFICER,
    Role.COUNTY_OFFICER,
)
ASSESSOR = Role.ASSESSOR
CASEWORKERS = (GRID, VILLAGE, TOWNSHIP, COUNTY)
OFFICERS = (TOWNSHIP, COUNTY)
APPROVERS = (COUNTY, Role.COUNTY_APPROVER)

# kind of message, or name of a step → who may ask it
MAY: dict[str, tuple[Role, ...]] = {
    "report_visit": CASEWORKERS,
    "report_danger": CASEWORKERS,
    "correct_report": CASEWORKERS,
    "request_visit": CASEWORKERS,
    "change_circumstances": CASEWORKERS,
    "record_refusal": CASEWORKERS,
    "report_death": CASEWORKERS,
    "suspend": (VILLAGE, TOWNSHIP, COUNTY),
    "confirm_suspension": OFFICERS,
    "resume": (VILLAGE, TOWNSHIP, COUNTY),
    "confirm_death": OFFICERS,
    "undo_death": OFFICERS,
    "close": OFFICERS,
    "reopen": OFFICERS,
    "reassign": (VILLAGE, TOWNSHIP, COUNTY),
    "acknowledge": CASEWORKERS,
    "resolve": CASEWORKERS,
    "extend": CASEWORKERS,
    "reassign_owner": OFFICERS,
    "request_assessment": CASEWORKERS,
    "refuse_assessment": CASEWORKERS,
    "object_level": CASEWORKERS,
    "name_assessors": OFFICERS,
    "submit_sheet": (ASSESSOR,),
    "confirm_sheet": (ASSESSOR,),
    "settle_sheet": (ASSESSOR,),
    "record_result": OFFICERS,
    "confirm_level": OFFICERS,
    "return_sheet": OFFICERS,
    "assessment_show": (*CASEWORKERS, ASSESSOR, Role.AUDITOR),
    "assessment_scan": OFFICERS,
    "body": (COUNTY,),
    "request_benefit": CASEWORKERS,
    "choose_benefit": CASEWORKERS,
    "withdraw_benefit": CASEWORKERS,
    "object_benefit": CASEWORKERS,
    "ask_papers": OFFICERS,
    "hand_in_papers": CASEWORKERS,
    "check_benefit": (TOWNSHIP,),
    "post_notice": (VILLAGE, TOWNSHIP),
    "decide_objection": OFFICERS,
    "approve_benefit": APPROVERS,
    "refuse_benefit": APPROVERS,
    "return_benefit": APPROVERS,
    "tell_decision": CASEWORKERS,
    "confirm_change": APPROVERS,
    "keep_benefit": APPROVERS,
    "stop_benefit": APPROVERS,
    "review_benefit": (TOWNSHIP,),
    "redeem_coupon": CASEWORKERS,
    "take_back_redemption": CASEWORKERS,
    "state_fact": (VILLAGE, TOWNSHIP, COUNTY),
    "benefit_show": (*CASEWORKERS, Role.COUNTY_APPROVER, Role.AUDITOR),
    "receipt": (*CASEWORKERS, Role.COUNTY_APPROVER, Role.AUDITOR),
    "benefit_scan": OFFICERS,
    "check_list": (COUNTY,),
    "approve_list": APPROVERS,
    "return_list": APPROVERS,
    "draw_list": (COUNTY,),
    "pay_show": (*OFFICERS, Role.COUNTY_APPROVER, Role.AUDITOR),
    "pay_export": (COUNTY, Role.COUNTY_APPROVER, Role.AUDITOR),
    "surge": OFFICERS,
    "worklist": (*CASEWORKERS, Role.COUNTY_APPROVER, ASSESSOR, Role.ADMIN),
    "item_show": CASEWORKERS,
    "item_done": CASEWORKERS,
    "find_elder": (*CASEWORKERS, Role.AUDITOR),
    "roster_list": CASEWORKERS,
    "roster_import": (COUNTY, Role.ADMIN),
    "roster_refused": (COUNTY,),
    "policy_show": (*OFFICERS, Role.COUNTY_APPROVER, Role.AUDITOR, Role.ADMIN),
    "policy_propose": (COUNTY, Role.ADMIN),
    "policy_activate": (*APPROVERS, Role.ADMIN),
    "policy_withdraw": (*APPROVERS, Role.ADMIN),
    "policy_diff": (*APPROVERS, Role.AUDITOR, Role.ADMIN),
    "policy_diff_names": (*APPROVERS, Role.AUDITOR),
    "end_category": OFFICERS,
    "notice": CASEWORKERS,
    "case_show": (*CASEWORKERS, Role.AUDITOR),
    "timeline": (*CASEWORKERS, Role.AUDITOR, Role.ADMIN),
    "export": (*CASEWORKERS, Role.AUDITOR, Role.ADMIN),
    "volunteer": (VILLAGE, TOWNSHIP, COUNTY),
    "staff": OFFICERS,
    "area": (COUNTY,),
    "account": (Role.ADMIN,),
    "kpi": (*OFFICERS, Role.AUDITOR, Role.ADMIN),
    "kpi_export": (*OFFICERS, Role.AUDITOR, Role.ADMIN),
    "visit_link": CASEWORKERS,
    "phones": (*OFFICERS, Role.ADMIN),
    # of an elder's page: saying why it is read, seeing numbers whole
    "reason": (*CASEWORKERS, Role.COUNTY_APPROVER, ASSESSOR, Role.AUDITOR, Role.ADMIN),
    "reveal": CASEWORKERS,
    # of the audit's pages; a county's officer answers for what is said of a case of theirs, and may have it looked at
    "audit": (Role.AUDITOR, Role.ADMIN),
    "audit_case": (COUNTY, Role.AUDITOR, Role.ADMIN),
    "access_log": (Role.AUDITOR, Role.ADMIN),
    "access_reasons": (Role.AUDITOR,),
    "messages": (*CASEWORKERS, Role.AUDITOR),
    # a photo or a position that came with a visit
    "enclosure_show": (*CASEWORKERS, Role.AUDITOR),
    # who takes their yes back says so to whoever is nearest
    "enclosure_erase": CASEWORKERS,
    # who may be asked at all is the county's to say
    "bar_volunteer": (COUNTY,),
}

# Work items about one elder that any caseworker of the place may deal with and close: whoever is nearest sees them too.
# A suspension is confirmed by officers, and a letter that cannot be carried is mended by the county: those stay theirs.
FOR_THE_NEAREST = ("call_by_phone", "unclear_reply", "undeliverable", "follow_up")
BY_HAND = (
    *FOR_THE_NEAREST, "unknown_phone", "dead_letter", "step_refused", "texts_held", "off_list", "category_lost",
    "out_of_group", "closed_on_list",
)  # fmt: skip
"""Work items that a person closes, in words. Each other is ended by the step that it asks for, and by nothing else."""
FOR_APPROVERS = ("approve_benefit", "change_benefit")
"""Of these the county's officers are reminded, and its approver, who may take them as well, sees them too."""


class HeldPost(Value):
    """A post somebody holds today, or stands in for as deputy."""

    role: Role
    area_id: Id


class Territory(Value):
    """Where a case, a person or a post lies: a township's post in no one village, a county's in no one township."""

    village_id: Id | None = None
    township_id: Id | None = None
    county_id: Id


def permit(action: str, posts: tuple[HeldPost, ...], at: Territory | None) -> Role | Refusal:
    """The role under which they act, or why they may not. `at` None: the step is not about one place."""
    allowed = [post for post in posts if post.role in MAY.get(action, ())]
    if not allowed:
        return Refusal.WRONG_ROLE
    if at is None:
        return allowed[0].role
    inside = [post for post in allowed if post.area_id in (at.village_id, at.township_id, at.county_id)]
    return inside[0].role if inside else Refusal.OTHER_TERRITORY


def permit_over(action: str, posts: tuple[HeldPost, ...], places: tuple[Territory, ...]) -> Role | Refusal:
    """The same over several places, each of which must be theirs. No place at all (nobody knows where) is nobody's."""
    anywhere = permit(action, posts, None)
    if isinstance(anywhere, Refusal):
        return anywhere
    answers = [permit(action, posts, at) for at in places]
    return Refusal.OTHER_TERRITORY if Refusal.OTHER_TERRITORY in answers or not answers else answers[0]


def gives_more(role: Role, posts: tuple[HeldPost, ...], at: Territory) -> bool:
    """Whether whoever holds these posts could do more there with one of this role."""
    theirs = [action for action, roles in MAY.items() if role in roles]
    return any(isinstance(permit(action, posts, at), Refusal) for action in theirs)


def areas_where(action: str, posts: tuple[HeldPost, ...]) -> tuple[Id, ...]:
    """The areas within which whoever holds these posts may ask it."""
    return tuple(sorted({post.area_id for post in posts if post.role in MAY.get(action, ())}))


def shown_to(item: str, elder_id: str | None, role: Role) -> Role | None:
    """The role that `waits_for` shows a work item to; None: to all caseworkers of the place."""
    if item in FOR_APPROVERS:
        return Role.COUNTY_APPROVER
    return None if elder_id is not None and item in FOR_THE_NEAREST else role


def who_sees(role: Role | None) -> tuple[Role, ...]:
    """The roles that what waits for this one is shown to: itself and those above. `role` None: every caseworker.

    What asks for somebody who is no caseworker is shown to the top of the ladder.
    """
    if role is Role.COUNTY_APPROVER:
        return APPROVERS
    return CASEWORKERS[0 if role is None else CASEWORKERS.index(role) if role in CASEWORKERS else -1 :]


def areas_shown(posts: tuple[HeldPost, ...], role: Role | None) -> tuple[Id, ...]:
    """The areas within which whoever holds these posts is shown what waits for this role."""
    return tuple(sorted({post.area_id for post in posts if post.role in who_sees(role)}))


def waits_for(posts: tuple[HeldPost, ...], at: Territory | None, role: Role | None) -> bool:
    """Whether it is shown to whoever holds these posts: it lies within one whose role is among `who_sees`.

    `at` None: nobody knows where it lies, and it is shown wherever the role is held.
    """
    areas = areas_shown(posts, role)
    return bool(areas) if at is None else not {at.village_id, at.township_id, at.county_id}.isdisjoint(areas)
