"""The assessments of one elder, round by round: asked for, two named, one sheet, a level proposed, a person confirms.

Pure. State and fold: `assessment_state`. Time and the ladder: `assessment_time`. The sheet: `assessment_sheet`, scored
by `ability`. Who may take which step is settled before (`decisions.permits`); here what the round itself must refuse.
"""

from __future__ import annotations

from datetime import date, datetime

from decisions import assessment_sheet, deadlines
from decisions.assessment_state import State, begin, evolve, initial
from decisions.assessment_time import (
    begin_round,
    due,
    gone,
    in_time,
    is_due,
    ladder_ended,
    looked_up,
    next_wakeup,
    pass_time,
    rests,
)
from decisions.deadlines import civil_day
from decisions.draft import Draft
from decisions.hearing import heard
from models.ability import AbilityLevel
from models.assessment import ResultElsewhere, Stage, Trigger
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
    AssessmentOpened,
    AssessmentRefused,
    AssessorsNamed,
    Event,
    LevelConfirmed,
    LevelObjected,
    LevelProposed,
    SheetReturned,
    SheetSettled,
    TriggerNoted,
)
from models.messages import EscalationClosed, Tick

__all__ = ["State", "begin", "decide", "evolve", "initial", "next_wakeup", "rests", "wants"]

BEFORE_THE_SHEET = (Stage.NAMING, Stage.ASSESSING)


# --- look-ups --------------------------------------------------------------------------------------------------------


def wants(state: State, message: AssessmentMessage | Tick, now: datetime) -> AssessmentQuestion | None:
    """What must be looked up before `decide` can answer, or None."""
    asked = AssessmentQuestion(elder_id=state.elder_id, at=now, known_policy=policy_digest(state.policy))
    match message:
        case Tick() if not state.opened or is_due(state, now):
            return asked.model_copy(update={"rules": True})
        case RequestAssessment() | RecordResult() | ObjectLevel():
            return asked.model_copy(update={"rules": True})
        case NameAssessors():
            return asked.model_copy(update={"assessors": (message.first, message.second)})
        case SubmitSheet() | ConfirmSheet() | SettleSheet():
            return asked.model_copy(update={"scale": True})
        case _:
            return None


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
            pass_time(draft, briefing)
        case RequestAssessment():
            _request(draft, message, looked_up(briefing))
        case NameAssessors():
            _name(draft, message, looked_up(briefing))
        case SubmitSheet() | ConfirmSheet() | SettleSheet():
            _sheet(draft, message, looked_up(briefing))
        case RecordResult():
            _record(draft, message, looked_up(briefing))
        case ConfirmLevel():
            _confirm(draft, message)
        case ReturnSheet():
            _return(draft)
        case RefuseAssessment():
            _refuse(draft)
        case ObjectLevel():
            _object(draft, looked_up(briefing))
        case EndAssessment():
            _end(draft, message)
        case EscalationClosed():
            ladder_ended(draft, message)
    return tuple(draft.events)


def _open(
    state: State, message: AssessmentMessage | Tick, now: datetime, briefing: AssessmentBriefing | None
) -> tuple[Event, ...]:
    known = looked_up(briefing)
    if known.policy is None or known.rules is None:
        raise StateContradicted(f"the assessments of {state.elder_id} cannot begin without rules")
    draft = Draft(state, message, now, known.policy, evolve)
    draft.add(
        AssessmentOpened, elder_id=state.elder_id, county_id=known.county_id, township_id=known.township_id,
        village_id=known.village_id, has_case=known.has_case, policy=known.policy, rules=known.rules,
        edition=known.edition,
    )  # fmt: skip
    return tuple(draft.events)


# --- a round begins --------------------------------------------------------------------------------------------------


def _request(draft: Draft[State], message: RequestAssessment, briefing: AssessmentBriefing) -> None:
    if briefing.gone is not None:
        draft.refuse(Refusal.ELDER_GONE)
    elif draft.state.round is not None:
        draft.add(TriggerNoted, round=draft.state.round.n, trigger=message.trigger, visit_id=message.visit_id)
    else:
        begin_round(draft, message.trigger, briefing, visit_id=message.visit_id)


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
        begin_round(draft, Trigger.OBJECTION, briefing, not_these=level.assessors)


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
    due_at = round_.due_at if again else due(draft, Stage.ASSESSING)
    in_time(draft)
    draft.add(
        AssessorsNamed, round=round_.n, first=message.first, second=message.second, body_id=body,
        instead_of=round_.assessors, due_at=due_at,
    )  # fmt: skip


def _sheet(
    draft: Draft[State], message: SubmitSheet | ConfirmSheet | SettleSheet, briefing: AssessmentBriefing
) -> None:
    """The sheet goes on, or what it says is proposed."""
    if draft.state.stage is not assessment_sheet.STAGE_OF[message.kind]:
        draft.refuse(Refusal.NOT_THIS_STEP)
        return
    if briefing.scale is None:
        raise StateContradicted("a sheet is scored by a scale")
    round_ = draft.state.in_hand
    refusal = assessment_sheet.why_not(message, round_, briefing.scale, civil_day(draft.now))
    if refusal is not None:
        draft.refuse(refusal)
        return
    in_time(draft)
    fact, body, next_stage = assessment_sheet.step_of(message)
    due_at = due(draft, next_stage)
    if fact is not SheetSettled:
        body["due_at"] = None if next_stage is Stage.CONFIRMING else due_at
    draft.add(fact, round=round_.n, **body)
    if next_stage is Stage.CONFIRMING:
        scored = assessment_sheet.scored(draft.state.in_hand, briefing.scale)
        draft.add(
            LevelProposed, round=round_.n, level=scored.final, scored=scored, elsewhere=None, due_at=due_at,
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
            begin_round(draft, Trigger.STAFF, briefing, by_hand=False)
        in_time(draft)
        draft.add(
            LevelProposed, round=draft.state.in_hand.n, level=message.result.level, scored=None,
            elsewhere=message.result, due_at=due(draft, Stage.CONFIRMING),
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
    rules = draft.state.law
    in_time(draft)
    draft.add(
        LevelConfirmed, round=round_.n, level=message.level, assessed_on=assessed_on,
        valid_to=_valid_to(draft.state, message.level, assessed_on),
        object_by=due(draft, rules.object_within), use=rules.use,
    )  # fmt: skip


def _return(draft: Draft[State]) -> None:
    refusal = _why_not_judge(draft)
    if refusal is not None:
        draft.refuse(refusal)
        return
    round_ = draft.state.in_hand
    stage = Stage.ASSESSING if round_.sheet is not None else Stage.NAMING
    in_time(draft)
    draft.add(SheetReturned, round=round_.n, stage=stage, due_at=due(draft, stage))


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
    in_time(draft)
    draft.add(AssessmentRefused, round=round_.n, assessors=round_.assessors)


def _end(draft: Draft[State], message: EndAssessment) -> None:
    if draft.state.gone is not None:
        draft.refuse(Refusal.ALREADY_CLOSED)
        return
    gone(draft, message.reason)
