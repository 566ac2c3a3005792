"""When an elder's assessments are looked at again, and what is due then: a reminder, the ladder, a level that ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from decisions import deadlines
from decisions.assessment_state import Round, State
from decisions.deadlines import instant
from decisions.draft import Draft
from decisions.placing import take_place
from models.assessment import REASON_OF, AssessmentReason, Stage, Trigger
from models.assessment_messages import AssessmentBriefing
from models.errors import Refusal, StateContradicted
from models.events import (
    AssessmentEnded,
    AssessmentRefused,
    AssessmentRequested,
    AssessmentRulesAdopted,
    EditionAdopted,
    EscalationEnded,
    EscalationOpened,
    EscalationWithdrawn,
    LevelExpired,
    StageProlonged,
    StageReminded,
    TriggerNoted,
)
from models.ids import escalation_stream
from models.messages import EscalationClosed
from models.policy import Delay
from models.values import CloseReason, EscalationCause, Outcome, Role, Urgency

LOOKED_AFTER = timedelta(days=365)  # a ladder that stands so long: whom it waits for is told once more


# --- when to look again ----------------------------------------------------------------------------------------------


def rests(state: State) -> bool:
    """Nothing is under way and no validity ends: the run may end, and begins again with the next message."""
    return state.opened and state.round is None and _level_moment(state) is None


def next_wakeup(state: State) -> datetime | None:
    """When to look again. None: at once, before anything has been recorded; or never, where it rests."""
    moments = [moment for moment in (_round_moment(state), _level_moment(state)) if moment is not None]
    return min(moments) if moments else None


def _round_moment(state: State) -> datetime | None:
    round_ = state.round
    if round_ is None:
        return None
    if round_.escalation_id is not None:
        return max(round_.due_at, round_.looked_at or round_.due_at) + LOOKED_AFTER
    remind_at = round_.due_at - timedelta(days=state.law.remind_days)
    reminds = waits_for(round_) and round_.looked_at is None and remind_at > round_.since
    return remind_at if reminds else round_.due_at


def _level_moment(state: State) -> datetime | None:
    """Who is gone has no level renewed, but it ends."""
    level = state.level
    if level is None or level.valid_to is None or level.expired:
        return None
    if level.renewed or state.gone is not None:
        return instant(level.valid_to + timedelta(days=1))
    return instant(level.valid_to - timedelta(days=state.law.renew_days))


def is_due(state: State, now: datetime) -> bool:
    wakeup = next_wakeup(state)
    return wakeup is not None and wakeup <= now


# --- what time and a person may begin or end -------------------------------------------------------------------------


def looked_up(briefing: AssessmentBriefing | None) -> AssessmentBriefing:
    if briefing is None:
        raise StateContradicted("what this step needs was not looked up")
    return briefing


def due(draft: Draft[State], term: Stage | Delay) -> datetime:
    """The end of a stage's term, or of another, that begins now."""
    if draft.policy is None:
        raise StateContradicted("a term is counted by the county's calendar")
    delay = draft.state.law.terms[term] if isinstance(term, Stage) else term
    return deadlines.after(delay, draft.now, draft.policy.calendar)


def begin_round(
    draft: Draft[State],
    trigger: Trigger,
    briefing: AssessmentBriefing,
    *,
    visit_id: str | None = None,
    not_these: tuple[str, ...] = (),
    by_hand: bool = True,
) -> None:
    """Under the rules in force now. Not `by_hand`: its result is here already, and nobody has to be named."""
    if briefing.policy is not None and briefing.rules is not None:
        draft.policy = briefing.policy
        draft.add(AssessmentRulesAdopted, policy=briefing.policy, rules=briefing.rules)
    if briefing.edition != draft.state.edition:
        draft.add(EditionAdopted, edition=briefing.edition)
    first = AssessmentReason.FIRST if draft.state.level is None else AssessmentReason.ROUTINE
    draft.add(
        AssessmentRequested, round=draft.state.rounds + 1, trigger=trigger, reason=REASON_OF.get(trigger, first),
        visit_id=visit_id, township_id=briefing.township_id, village_id=briefing.village_id,
        has_case=briefing.has_case, not_these=not_these, due_at=due(draft, Stage.NAMING) if by_hand else None,
    )  # fmt: skip


def refused(draft: Draft[State]) -> None:
    """The elder does not want it."""
    round_ = draft.state.in_hand
    in_time(draft)
    draft.add(AssessmentRefused, round=round_.n, assessors=round_.assessors)


def gone(draft: Draft[State], reason: CloseReason) -> None:
    in_time(draft, Outcome.WITHDRAWN)
    round_ = draft.state.round
    draft.add(AssessmentEnded, reason=reason, assessors=round_.assessors if round_ else ())


# --- when it is due --------------------------------------------------------------------------------------------------


def pass_time(draft: Draft[State], briefing: AssessmentBriefing | None) -> None:
    if not is_due(draft.state, draft.now):
        return
    known = looked_up(briefing)
    if known.gone is not None and draft.state.gone is None:
        gone(draft, known.gone)
    else:
        take_place(draft, known)
    _level_time(draft, known)
    round_ = draft.state.round
    moment = _round_moment(draft.state)
    if round_ is None or moment is None or moment > draft.now:
        return
    if round_.escalation_id is None and round_.due_at <= draft.now:
        _escalate(draft, round_)
    else:
        draft.add(StageReminded, round=round_.n, stage=round_.stage, waits_for=waits_for(round_))


def _level_time(draft: Draft[State], briefing: AssessmentBriefing) -> None:
    level, moment = draft.state.level, _level_moment(draft.state)
    if level is None or level.valid_to is None or moment is None or moment > draft.now:
        return
    if instant(level.valid_to + timedelta(days=1)) <= draft.now:
        draft.add(LevelExpired, round=level.round)
    if level.renewed or draft.state.gone is not None:
        return
    if draft.state.round is None:
        begin_round(draft, Trigger.EXPIRY, briefing)
    else:
        draft.add(TriggerNoted, round=draft.state.round.n, trigger=Trigger.EXPIRY, visit_id=None)


def waits_for(round_: Round) -> tuple[str, ...]:
    """The assessors whose step it is; of officers the worklist knows."""
    match round_.stage:
        case Stage.SIGNING:
            return round_.assessors[1:]
        case Stage.ASSESSING | Stage.SETTLING:
            return round_.assessors
        case _:
            return ()


def _escalate(draft: Draft[State], round_: Round) -> None:
    state = draft.state
    cause = EscalationCause.ASSESSMENT_LATE
    roles = draft.policy.first_role if draft.policy else {}
    nth = f"-{round_.ladders + 1}" if round_.ladders else ""
    draft.add(
        EscalationOpened,
        escalation_id=escalation_stream(state.elder_id, f"assessment-{round_.n}-{round_.stage.value}{nth}"),
        cause_of=cause, urgency=Urgency.ORDINARY, visit_id=None, first_role=roles.get(cause, Role.TOWNSHIP_OFFICER),
        ends_at=None, township_id=state.township_id, village_id=state.village_id,
    )  # fmt: skip


def in_time(draft: Draft[State], outcome: Outcome = Outcome.DONE) -> None:
    """What the ladder was about has been done, or has gone: it ends."""
    round_ = draft.state.round
    if round_ is not None and round_.escalation_id is not None:
        draft.add(EscalationWithdrawn, escalation_id=round_.escalation_id, outcome=outcome, resolved_by=draft.actor)


def ladder_ended(draft: Draft[State], message: EscalationClosed) -> None:
    """A named person has dealt with it. Unless the elder does not want it, the step is still to be done, in a new term.

    Of a ladder that was withdrawn meanwhile only what was found counts.
    """
    round_ = draft.state.round
    mine = round_ is not None and round_.escalation_id == message.escalation_id
    if not mine and message.outcome not in (Outcome.DIED, Outcome.MOVED):
        draft.refuse(Refusal.ALREADY_CLOSED)
        return
    draft.add(
        EscalationEnded, escalation_id=message.escalation_id, outcome=message.outcome, resolved_by=message.resolved_by
    )
    if round_ is None or not mine:
        return
    if message.outcome is Outcome.REFUSED and round_.stage is not Stage.CONFIRMING:
        refused(draft)
    else:
        draft.add(StageProlonged, round=round_.n, stage=round_.stage, due_at=due(draft, round_.stage))
