"""The assessments of one elder, round by round: asked for, two named, one sheet, a level proposed, a person confirms.

Pure. State and fold: `assessment_state`. What is proposed: `ability.score`. Who may take which step is settled before
(`decisions.permits`); here what the round itself must refuse. A term that is over is put on the ladder of the county.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from decisions import assessment_sheet, deadlines
from decisions.assessment_state import Round, State, begin, evolve, initial
from decisions.deadlines import civil_day, instant
from decisions.draft import Draft
from decisions.hearing import heard
from models.ability import AbilityLevel
from models.assessment import REASON_OF, AssessmentReason, ResultElsewhere, Stage, Trigger
from models.assessment_messages import (
    AssessmentBriefing,
    AssessmentMessage,
    AssessmentQuestion,
    ConfirmLevel,
    ConfirmSheet,
    EndAssessment,
    NameAssessors,
    ObjectLevel,
    RecordResult,
    RefuseAssessment,
    RequestAssessment,
    ReturnSheet,
    SettleSheet,
    SubmitSheet,
)
from models.digests import policy_digest
from models.errors import Refusal, StateContradicted
from models.events import (
    AssessmentEnded,
    AssessmentOpened,
    AssessmentRefused,
    AssessmentRequested,
    AssessmentRulesAdopted,
    AssessorsNamed,
    EscalationEnded,
    EscalationOpened,
    EscalationWithdrawn,
    Event,
    LevelConfirmed,
    LevelExpired,
    LevelObjected,
    LevelProposed,
    SheetReturned,
    StageProlonged,
    StageReminded,
    TriggerNoted,
)
from models.ids import escalation_stream
from models.messages import EscalationClosed, Tick
from models.values import CloseReason, EscalationCause, Outcome, Role, Urgency

__all__ = ["State", "begin", "decide", "evolve", "initial", "next_wakeup", "rests", "wants"]

LOOKED_AFTER = timedelta(days=365)  # a ladder that stands so long: whom it waits for is told once more
BEFORE_THE_SHEET = (Stage.NAMING, Stage.ASSESSING)


# --- time ------------------------------------------------------------------------------------------------------------


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
    return remind_at if round_.looked_at is None and remind_at > round_.since else round_.due_at


def _level_moment(state: State) -> datetime | None:
    level = state.level
    if level is None or level.valid_to is None or level.expired or state.gone is not None:
        return None
    if not level.renewed:
        return instant(level.valid_to - timedelta(days=state.law.renew_days))
    return instant(level.valid_to + timedelta(days=1))


# --- look-ups --------------------------------------------------------------------------------------------------------


def wants(state: State, message: AssessmentMessage | Tick, now: datetime) -> AssessmentQuestion | None:
    """What must be looked up before `decide` can answer, or None."""
    asked = AssessmentQuestion(elder_id=state.elder_id, at=now, known_policy=policy_digest(state.policy))
    match message:
        case Tick() if not state.opened or _is_due(state, now):
            return asked.model_copy(update={"rules": True})
        case RequestAssessment() | RecordResult() | ObjectLevel():
            return asked.model_copy(update={"rules": True})
        case NameAssessors():
            return asked.model_copy(update={"assessors": (message.first, message.second)})
        case SubmitSheet() | ConfirmSheet() | SettleSheet():
            return asked.model_copy(update={"scale": True})
        case _:
            return None


def _is_due(state: State, now: datetime) -> bool:
    wakeup = next_wakeup(state)
    return wakeup is not None and wakeup <= now


# --- deciding --------------------------------------------------------------------------------------------------------


def decide(
    state: State, message: AssessmentMessage | Tick, now: datetime, briefing: AssessmentBriefing | None = None
) -> tuple[Event, ...]:
    """The facts that follow from `message` at `now`. Empty only for a tick with nothing due."""
    if not state.opened:
        return _open(state, message, now, briefing)
    message = heard(message, now, state.edition)
    draft = Draft(state, message, now, state.policy, evolve)
    match message:
        case Tick():
            _time(draft, briefing)
        case RequestAssessment():
            _request(draft, message, _of(briefing))
        case NameAssessors():
            _name(draft, message, _of(briefing))
        case SubmitSheet() | ConfirmSheet() | SettleSheet():
            _sheet(draft, message, _of(briefing))
        case RecordResult():
            _record(draft, message, _of(briefing))
        case ConfirmLevel():
            _confirm(draft, message)
        case ReturnSheet():
            _return(draft)
        case RefuseAssessment():
            _refuse(draft)
        case ObjectLevel():
            _object(draft, _of(briefing))
        case EndAssessment():
            _end(draft, message)
        case EscalationClosed():
            _ladder_ended(draft, message)
    return tuple(draft.events)


def _of(briefing: AssessmentBriefing | None) -> AssessmentBriefing:
    if briefing is None:
        raise StateContradicted("what this step needs was not looked up")
    return briefing


def _open(
    state: State, message: AssessmentMessage | Tick, now: datetime, briefing: AssessmentBriefing | None
) -> tuple[Event, ...]:
    known = _of(briefing)
    if known.policy is None or known.rules is None:
        raise StateContradicted(f"the assessments of {state.elder_id} cannot begin without rules")
    draft = Draft(state, message, now, known.policy, evolve)
    draft.add(
        AssessmentOpened, elder_id=state.elder_id, county_id=known.county_id, township_id=known.township_id,
        village_id=known.village_id, has_case=known.has_case, policy=known.policy, rules=known.rules,
        edition=known.edition,
    )  # fmt: skip
    return tuple(draft.events)


def _due(draft: Draft[State], stage: Stage) -> datetime:
    """The end of a stage's term that begins now."""
    calendar = draft.policy.calendar if draft.policy else None
    if calendar is None:
        raise StateContradicted("a term is counted by the county's calendar")
    return deadlines.after(draft.state.law.terms[stage], draft.now, calendar)


# --- a round begins --------------------------------------------------------------------------------------------------


def _request(draft: Draft[State], message: RequestAssessment, briefing: AssessmentBriefing) -> None:
    if briefing.gone is not None:
        draft.refuse(Refusal.ELDER_GONE)
    elif draft.state.round is not None:
        draft.add(TriggerNoted, round=draft.state.round.n, trigger=message.trigger, visit_id=message.visit_id)
    else:
        _begin(draft, message.trigger, briefing, visit_id=message.visit_id)


def _begin(
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
    first = AssessmentReason.FIRST if draft.state.level is None else AssessmentReason.ROUTINE
    draft.add(
        AssessmentRequested, round=draft.state.rounds + 1, trigger=trigger, reason=REASON_OF.get(trigger, first),
        visit_id=visit_id, township_id=briefing.township_id, village_id=briefing.village_id,
        has_case=briefing.has_case, not_these=not_these, due_at=_due(draft, Stage.NAMING) if by_hand else None,
    )  # fmt: skip


def _object(draft: Draft[State], briefing: AssessmentBriefing) -> None:
    """What was found is doubted: others assess. The level holds until another is confirmed."""
    level, round_ = draft.state.level, draft.state.round
    if level is None:
        draft.refuse(Refusal.NO_LEVEL)
    elif briefing.gone is not None:
        draft.refuse(Refusal.ELDER_GONE)
    elif draft.now >= level.object_by:
        draft.refuse(Refusal.OBJECTION_TOO_LATE)
    elif round_ is not None:
        draft.add(LevelObjected, round=level.round)
        draft.add(TriggerNoted, round=round_.n, trigger=Trigger.OBJECTION, visit_id=None)
    else:
        draft.add(LevelObjected, round=level.round)
        _begin(draft, Trigger.OBJECTION, briefing, not_these=level.assessors)


# --- two assessors and their sheet -----------------------------------------------------------------------------------


def _name(draft: Draft[State], message: NameAssessors, briefing: AssessmentBriefing) -> None:
    round_ = draft.state.round
    if round_ is None or round_.stage not in BEFORE_THE_SHEET:
        draft.refuse(Refusal.NOT_THIS_STEP)
        return
    refusal = assessment_sheet.why_not_these(message, briefing, round_)
    if refusal is not None:
        draft.refuse(refusal)
        return
    body = briefing.assessors[0].body_id
    again = round_.stage is Stage.ASSESSING and round_.due_at > draft.now  # handing on buys no time
    due_at = round_.due_at if again else _due(draft, Stage.ASSESSING)
    _in_time(draft)
    draft.add(
        AssessorsNamed, round=round_.n, first=message.first, second=message.second, body_id=body,
        instead_of=round_.assessors, due_at=due_at,
    )  # fmt: skip


def _sheet(
    draft: Draft[State], message: SubmitSheet | ConfirmSheet | SettleSheet, briefing: AssessmentBriefing
) -> None:
    """The sheet goes on, or what it says is proposed."""
    stage = {SubmitSheet: Stage.ASSESSING, ConfirmSheet: Stage.SIGNING, SettleSheet: Stage.SETTLING}[type(message)]
    if draft.state.stage is not stage:
        draft.refuse(Refusal.NOT_THIS_STEP)
        return
    if briefing.scale is None:
        raise StateContradicted("a sheet is scored by a scale")
    round_ = draft.state.in_hand
    refusal = assessment_sheet.why_not(message, round_, briefing.scale, civil_day(draft.now))
    if refusal is not None:
        draft.refuse(refusal)
        return
    _in_time(draft)
    fact, body, whole = assessment_sheet.step_of(message, round_)
    goes_to = {SubmitSheet: Stage.SIGNING, ConfirmSheet: Stage.SETTLING}.get(type(message))
    if goes_to is not None:
        body["due_at"] = None if whole else _due(draft, goes_to)
    draft.add(fact, round=round_.n, **body)
    if whole:
        scored = assessment_sheet.scored(draft.state.in_hand, briefing.scale)
        draft.add(
            LevelProposed, round=round_.n, level=scored.final, scored=scored, elsewhere=None,
            due_at=_due(draft, Stage.CONFIRMING),
        )  # fmt: skip


def _record(draft: Draft[State], message: RecordResult, briefing: AssessmentBriefing) -> None:
    """Another body's result instead of assessing again; never of an objection, which others must look into."""
    round_ = draft.state.round
    refusal = _why_not_elsewhere(draft, message.result)
    if briefing.gone is not None:
        draft.refuse(Refusal.ELDER_GONE)
    elif round_ is not None and (round_.stage not in BEFORE_THE_SHEET or round_.trigger is Trigger.OBJECTION):
        draft.refuse(Refusal.NOT_THIS_STEP)
    elif refusal is not None:
        draft.refuse(refusal)
    else:
        if round_ is None:
            _begin(draft, Trigger.STAFF, briefing, by_hand=False)
        _in_time(draft)
        draft.add(
            LevelProposed, round=draft.state.in_hand.n, level=message.result.level, scored=None,
            elsewhere=message.result, due_at=_due(draft, Stage.CONFIRMING),
        )  # fmt: skip


def _why_not_elsewhere(draft: Draft[State], result: ResultElsewhere) -> Refusal | None:
    rules, today = draft.state.law, civil_day(draft.now)
    if result.standard not in rules.elsewhere:
        return Refusal.STANDARD_NOT_TAKEN
    valid_to = _valid_to(draft.state, result.level, result.assessed_on)
    if result.assessed_on < rules.elsewhere_from or result.assessed_on > today or (valid_to and valid_to < today):
        return Refusal.TOO_OLD
    return None


# --- a person's word -------------------------------------------------------------------------------------------------


def _confirm(draft: Draft[State], message: ConfirmLevel) -> None:
    refusal = _why_not_judge(draft)
    if refusal is None and draft.state.in_hand.proposed is not message.level:
        refusal = Refusal.OTHER_LEVEL
    if refusal is not None:
        draft.refuse(refusal)
        return
    round_ = draft.state.in_hand
    assessed_on = round_.assessed_on or civil_day(draft.now)
    rules, calendar = draft.state.law, draft.policy.calendar if draft.policy else None
    if calendar is None:
        raise StateContradicted("an objection's term is counted by the county's calendar")
    _in_time(draft)
    draft.add(
        LevelConfirmed, round=round_.n, level=message.level, assessed_on=assessed_on,
        valid_to=_valid_to(draft.state, message.level, assessed_on),
        object_by=deadlines.after(rules.object_within, draft.now, calendar), use=rules.use,
    )  # fmt: skip


def _return(draft: Draft[State]) -> None:
    refusal = _why_not_judge(draft)
    if refusal is not None:
        draft.refuse(refusal)
        return
    round_ = draft.state.in_hand
    stage = Stage.ASSESSING if round_.sheet is not None else Stage.NAMING
    _in_time(draft)
    draft.add(SheetReturned, round=round_.n, stage=stage, due_at=_due(draft, stage))


def _why_not_judge(draft: Draft[State]) -> Refusal | None:
    """Whoever found or handed in a level is not the one who confirms it."""
    round_ = draft.state.round
    if round_ is None or round_.stage is not Stage.CONFIRMING:
        return Refusal.NOT_THIS_STEP
    return Refusal.SAME_PERSON if draft.actor.id in (*round_.assessors, round_.told_by) else None


def _valid_to(state: State, level: AbilityLevel, assessed_on: date) -> date | None:
    """Its last day; None: it holds until it is assessed anew."""
    return None if level in state.law.endless else deadlines.months_after(assessed_on, state.law.valid_months)


# --- another end -----------------------------------------------------------------------------------------------------


def _refuse(draft: Draft[State]) -> None:
    round_ = draft.state.round
    if round_ is None or round_.stage not in BEFORE_THE_SHEET:
        draft.refuse(Refusal.NOT_THIS_STEP)
        return
    _in_time(draft)
    draft.add(AssessmentRefused, round=round_.n, assessors=round_.assessors)


def _end(draft: Draft[State], message: EndAssessment) -> None:
    if draft.state.gone is not None:
        draft.refuse(Refusal.ALREADY_CLOSED)
        return
    _gone(draft, message.reason)


def _gone(draft: Draft[State], reason: CloseReason) -> None:
    _in_time(draft, Outcome.WITHDRAWN)
    round_ = draft.state.round
    draft.add(AssessmentEnded, reason=reason, assessors=round_.assessors if round_ else ())


# --- time and the ladder ---------------------------------------------------------------------------------------------


def _time(draft: Draft[State], briefing: AssessmentBriefing | None) -> None:
    if not _is_due(draft.state, draft.now):
        return
    known = _of(briefing)
    if known.gone is not None:
        _gone(draft, known.gone)
        return
    _level_time(draft, known)
    round_ = draft.state.round
    moment = _round_moment(draft.state)
    if round_ is None or moment is None or moment > draft.now:
        return
    if round_.escalation_id is None and round_.due_at <= draft.now:
        _escalate(draft, round_)
    else:
        draft.add(StageReminded, round=round_.n, stage=round_.stage, waits_for=_waits_for(round_))


def _level_time(draft: Draft[State], briefing: AssessmentBriefing) -> None:
    level, moment = draft.state.level, _level_moment(draft.state)
    if level is None or level.valid_to is None or moment is None or moment > draft.now:
        return
    if not level.renewed and draft.state.round is None:
        _begin(draft, Trigger.EXPIRY, briefing)
    if instant(level.valid_to + timedelta(days=1)) <= draft.now:
        draft.add(LevelExpired, round=level.round)


def _waits_for(round_: Round) -> tuple[str, ...]:
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


def _in_time(draft: Draft[State], outcome: Outcome = Outcome.DONE) -> None:
    """What the ladder was about has been done, or has gone: it ends."""
    round_ = draft.state.round
    if round_ is not None and round_.escalation_id is not None:
        draft.add(EscalationWithdrawn, escalation_id=round_.escalation_id, outcome=outcome, resolved_by=draft.actor)


def _ladder_ended(draft: Draft[State], message: EscalationClosed) -> None:
    """A named person has dealt with it. The step is still to be done: its term begins anew."""
    round_ = draft.state.round
    if round_ is None or round_.escalation_id != message.escalation_id:
        draft.refuse(Refusal.ALREADY_CLOSED)
        return
    draft.add(
        EscalationEnded, escalation_id=message.escalation_id, outcome=message.outcome, resolved_by=message.resolved_by
    )
    draft.add(StageProlonged, round=round_.n, stage=round_.stage, due_at=_due(draft, round_.stage))
