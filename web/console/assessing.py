"""An elder's assessments as whoever asks may see them: the round in hand, who is to do what next."""

from __future__ import annotations

from typing import Any, NamedTuple

from decisions.permits import permit
from models.assessment import Stage
from models.errors import Refusal
from models.ids import assessment_stream
from models.values import Role
from web.console.ask import Ask, TurnedAway
from web.language import _

SHOW = "assessment_show"


class Next(NamedTuple):
    """What is to be done next, and the end of its path. `path` "": not by whoever asks."""

    says: str
    path: str = ""


FILL, SIGN, SETTLE = (
    Next(_("填写评估表"), "sheet"),
    Next(_("核对签字"), "signing"),
    Next(_("定下有争议的项"), "settle"),
)
OF_OFFICERS: dict[Stage, tuple[str, Next]] = {
    Stage.NAMING: ("name_assessors", Next(_("指派评估员"), "name")),
    Stage.CONFIRMING: ("confirm_level", Next(_("确认等级"), "level")),
}
OWN = Next(_("填写自己的一张"), "sheet")
WAITS: dict[Stage, Next] = {
    Stage.NAMING: Next(_("等指派评估员")), Stage.ASSESSING: Next(_("等第一名评估员交表")),
    Stage.SIGNING: Next(_("等第二名评估员")), Stage.SETTLING: Next(_("等两人定下有争议的项")),
    Stage.CONFIRMING: Next(_("等工作人员确认")), Stage.RESTING: Next(""),
}  # fmt: skip


def page_of(elder_id: str) -> str:
    return f"/elders/{elder_id}/assessment"


def is_assessor_only(ask: Ask, elder_id: str) -> bool:
    """They may see it as an assessor and as nobody else: then it is theirs only while they are named."""
    others = tuple(post for post in ask.posts if post.role is not Role.ASSESSOR)
    return isinstance(permit(SHOW, others, ask.doors.places.territory_of(elder_id)), Refusal)


def of(ask: Ask, elder_id: str) -> Any:
    """What the elder's assessments know; None before any was asked for. Raises TurnedAway: not theirs to see."""
    state = ask.doors.state_of(assessment_stream(elder_id))
    named = state is not None and state.round is not None and ask.staff_id in state.round.assessors
    if not named and is_assessor_only(ask, elder_id):
        raise TurnedAway(404, "not_here")
    return state


def in_hand(ask: Ask, elder_id: str, *stages: Stage) -> Any:
    """The same, where a round stands in one of these stages. Raises TurnedAway, back to where it stands."""
    state = of(ask, elder_id)
    if state is None or state.round is None or state.stage not in stages:
        raise elsewhere(elder_id)
    return state


def elsewhere(elder_id: str) -> TurnedAway:
    return TurnedAway(409, "not_this_step", page_of(elder_id))


def next_of(ask: Ask, stage: Stage, first: str | None, second: str | None, *, independent: bool = False) -> Next:
    """What whoever asks has to do in this stage, as one of the two or as an officer; else for whom it waits."""
    staff_id = ask.staff_id
    action, step = OF_OFFICERS.get(stage, ("", WAITS[stage]))
    if (ask.may_here if ask.places else ask.may)(action):
        return step
    if stage is Stage.ASSESSING and staff_id == first:
        return FILL
    if stage is Stage.SIGNING and staff_id == second:
        return OWN if independent else SIGN
    if stage is Stage.SETTLING and staff_id in (first, second):
        return SETTLE
    return WAITS[stage]
