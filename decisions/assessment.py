"""The assessments of one elder, round by round: asked for, two named, one sheet, a level proposed, a person confirms.

Pure. State and fold: `assessment_state`. Time and the ladder: `assessment_time`. The sheet: `assessment_sheet`, scored
by `ability`. Who may take which step is settled before (`decisions.permits`); here what the round itself must refuse.
"""

from __future__ import annotations

from datetime import date, datetime

from decisions import assessment_sheet, deadlines
from decisions.assessment_state import Round, State, begin, evolve, initial
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
    refused,
    rests,
)
from decisions.deadlines import civil_day
from decisions.draft import Draft
from decisions.hearing import heard
from decisions.placing import take_place
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
BEFORE_A_LEVEL = (*BEFORE_THE_SHEET, Stage.SIGNING, Stage.SETTLING)

# kind of message → when it may come. What stands not here may come at any time.
WHEN: dict[str, tuple[Stage, ...]] = {
    "name_assessors": BEFORE_A_LEVEL,
    "submit_sheet": (Stage.ASSESSING,),
    "confirm_sheet": (Stage.SIGNING,),
    "settle_sheet": (Stage.SETTLING,),
    "refuse_assessment": BEFORE_A_LEVEL,
    "return_sheet": (Stage.SIGNING, Stage.SETTLING, Stage.CONFIRMING),
    "confirm_level": (Stage.CONFIRMING,),
}


def may_come(state: State | None, kind: str) -> bool:
    """Whether such a step can be taken now, whoever takes it: what a page offers. `decide` has the last word."""
    stage = state.stage if state else Stage.RESTING
    if kind == "record_result":
        return state is None or _takes_a_result(state.round)
    if kind == "object_level":
        return state is not None and state.level is not None
    return kind not in WHEN or stage in WHEN[kind]


# --- look-ups --------------------------------------------------------------------------------------------------------


def wants(state: State, message: AssessmentMessage | Tick, now: datetime) -> AssessmentQuestion | None:
    """What must be looked up before `decide` can answer, or None."""
    asked = AssessmentQuestion(elder_id=state.elder_id, at=now, known_policy=policy_digest(state.policy))
    named = state.round.assessors if state.round else ()
    match message:
        case Tick() if not state.opened or is_due(state, now):
            return asked.model_copy(update={"rules": True})
        case RequestAssessment() | RecordResult() | ObjectLevel() | ConfirmLevel():
            return asked.model_copy(update={"rules": True})
        case NameAssessors():
            return asked.model_copy(update={"assessors": (message.first, message.second)})
        case SubmitSheet() | ConfirmSheet() | SettleSheet():
            return asked.model_copy(update={"scale": True, "assessors": named})
        case ReturnSheet() | RefuseAssessment() | EndAssessment():
            return asked
        case _:
            return None


# --- deciding --------------------------------------------------------------------------------------------------------


def decide(
    state: State, message: AssessmentMessage | Tick, now: datetime, briefing: AssessmentBriefing | None = None
) -> tuple[Event, ...]:
    """The facts that follow from `message` at `now`. Empty only for a tick with nothing due."""
    if not state.opened:
        return _open(state, message, now, looked_up(briefing))
    message = heard(message, now, state.edition)
    draft = Draft(state, message, now, state.policy, evolve)
    if isinstance(message, Tick):
        pass_time(draft, briefing)
    elif isinstance(message, EscalationClosed):
        ladder_ended(draft, message)
    elif message.kind in WHEN and state.stage not in WHEN[message.kind]:
        draft.refuse(Refusal.NOT_THIS_STEP)
    elif isinstance(message, EndAssessment):
        _end(draft, message, looked_up(briefing))
    elif looked_up(briefing).gone is not None:
        draft.refuse(Refusal.ELDER_GONE)
    else:
        _of_the_living(draft, message, looked_up(briefing))
    return tuple(draft.events)


def _of_the_living(draft: Draft[State], message: AssessmentMessage, briefing: AssessmentBriefing) -> None:
    match message:
        case RequestAssessment():
            _request(draft, message, briefing)
        case NameAssessors():
            _name(draft, message, briefing)
        case SubmitSheet() | ConfirmSheet() | SettleSheet():
            _sheet(draft, message, briefing)
        case RecordResult():
            _record(draft, message, briefing)
        case ConfirmLevel():
            _confirm(draft, message, briefing)
        case ReturnSheet():
            _return(draft, briefing)
        case RefuseAssessment():
            refused(draft)
        case ObjectLevel():
            _object(draft, message, briefing)
        case _:
            raise StateContradicted(f"no decision for {message.kind}")


def _open(
    state: State, message: AssessmentMessage | Tick, now: datetime, known: AssessmentBriefing
) -> tuple[Event, ...]:
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
    if draft.state.round is not None:
        draft.add(TriggerNoted, round=draft.state.round.n, trigger=message.trigger, visit_id=message.visit_id)
    else:
        begin_round(draft, message.trigger, briefing, visit_id=message.visit_id)


def _object(draft: Draft[State], message: ObjectLevel, briefing: AssessmentBriefing) -> None:
    """What was found is doubted: others assess. The level holds until another is confirmed.

    In a round that is under way two are named anew if these are barred now, or if a paper was to do.
    """
    level, round_ = draft.state.level, draft.state.round
    if level is None:
        draft.refuse(Refusal.NO_LEVEL)
    elif message.received_at >= level.object_by:
        draft.refuse(Refusal.OBJECTION_TOO_LATE)
    elif round_ is None:
        draft.add(LevelObjected, round=level.round, not_these=level.looked)
        begin_round(draft, Trigger.OBJECTION, briefing, not_these=level.looked)
    else:
        draft.add(LevelObjected, round=level.round, not_these=level.looked)
        if round_.told_by is not None or set(round_.assessors) & set(level.looked):
            in_time(draft)
            draft.add(
                SheetReturned, round=round_.n, stage=Stage.NAMING, assessors=round_.assessors,
                due_at=due(draft, Stage.NAMING),
            )  # fmt: skip


# --- two assessors and their sheet -----------------------------------------------------------------------------------


def _name(draft: Draft[State], message: NameAssessors, briefing: AssessmentBriefing) -> None:
    """Two others after the sheet begin anew. Before it, handing on buys no time."""
    round_ = draft.state.in_hand
    refusal = assessment_sheet.why_not_these(message, briefing, round_)
    if refusal is not None:
        draft.refuse(refusal)
        return
    take_place(draft, briefing)
    in_time(draft)
    handed_on = round_.stage is Stage.ASSESSING and round_.due_at > draft.now
    draft.add(
        AssessorsNamed, round=round_.n, first=message.first, second=message.second,
        body_id=briefing.assessors[0].body_id, instead_of=round_.assessors,
        due_at=round_.due_at if handed_on else due(draft, Stage.ASSESSING),
    )  # fmt: skip


def _sheet(
    draft: Draft[State], message: SubmitSheet | ConfirmSheet | SettleSheet, briefing: AssessmentBriefing
) -> None:
    """The sheet goes on, or what it says is proposed."""
    if briefing.scale is None:
        raise StateContradicted("a sheet is scored by a scale")
    round_ = draft.state.in_hand
    independent = draft.state.law.independent
    refusal = assessment_sheet.why_not(message, round_, briefing, briefing.scale, independent=independent)
    if refusal is not None:
        draft.refuse(refusal)
        return
    take_place(draft, briefing)
    in_time(draft)
    fact, body, next_stage = assessment_sheet.step_of(message, round_)
    due_at = due(draft, next_stage)
    if fact is not SheetSettled:
        body["due_at"] = None if next_stage is Stage.CONFIRMING else due_at
    draft.add(fact, round=round_.n, **body)
    if next_stage is Stage.CONFIRMING:
        scored = assessment_sheet.scored(draft.state.in_hand, briefing.scale)
        draft.add(
            LevelProposed, round=round_.n, level=scored.final, scored=scored, elsewhere=None, instead_of=(),
            due_at=due_at,
        )  # fmt: skip


def _record(draft: Draft[State], message: RecordResult, briefing: AssessmentBriefing) -> None:
    """Another body's result instead of assessing again; never of an objection, which others must look into."""
    round_ = draft.state.round
    if not _takes_a_result(round_):
        draft.refuse(Refusal.NOT_THIS_STEP)
        return
    refusal = _why_not_elsewhere(draft.state, message.result, civil_day(message.received_at))
    if refusal is not None:
        draft.refuse(refusal)
        return
    if round_ is None:
        begin_round(draft, Trigger.STAFF, briefing, by_hand=False)
    take_place(draft, briefing)
    in_time(draft)
    draft.add(
        LevelProposed, round=draft.state.in_hand.n, level=message.result.level, scored=None,
        elsewhere=message.result, instead_of=draft.state.in_hand.assessors, due_at=due(draft, Stage.CONFIRMING),
    )  # fmt: skip


def _takes_a_result(round_: Round | None) -> bool:
    return round_ is None or (round_.stage in BEFORE_THE_SHEET and not round_.objected)


def _why_not_elsewhere(state: State, result: ResultElsewhere, today: date) -> Refusal | None:
    """Of a standard that is taken, not of tomorrow, neither over nor older than the level that holds."""
    rules, level = state.law, state.level
    if result.standard not in rules.elsewhere:
        return Refusal.STANDARD_NOT_TAKEN
    earliest = max(rules.elsewhere_from, level.assessed_on if level else date.min)
    is_of_then = earliest <= result.assessed_on <= today
    return None if is_of_then and not _is_over(state, result.level, result.assessed_on, today) else Refusal.TOO_OLD


# --- a person's word -------------------------------------------------------------------------------------------------


def _confirm(draft: Draft[State], message: ConfirmLevel, briefing: AssessmentBriefing) -> None:
    round_ = draft.state.in_hand
    today = civil_day(draft.now)
    assessed_on = round_.assessed_on or today
    reasons = (
        (draft.actor.id in _found_by(round_), Refusal.SAME_PERSON),
        (round_.proposed is not message.level, Refusal.OTHER_LEVEL),
        (_is_over(draft.state, message.level, assessed_on, today), Refusal.TOO_OLD),
    )
    refusal = next((refusal for holds, refusal in reasons if holds), None)
    if refusal is not None:
        draft.refuse(refusal)
        return
    rules = draft.state.law
    take_place(draft, briefing)
    in_time(draft)
    draft.add(
        LevelConfirmed, round=round_.n, level=message.level, assessed_on=assessed_on,
        valid_to=_valid_to(draft.state, message.level, assessed_on),
        object_by=due(draft, rules.object_within), use=rules.use,
    )  # fmt: skip
    if round_.changed:
        begin_round(draft, Trigger.CHANGE, briefing)


def _return(draft: Draft[State], briefing: AssessmentBriefing) -> None:
    round_ = draft.state.in_hand
    if draft.actor.id in _found_by(round_):
        draft.refuse(Refusal.SAME_PERSON)
        return
    take_place(draft, briefing)
    in_time(draft)
    stage = Stage.NAMING if round_.told_by is not None else Stage.ASSESSING
    draft.add(SheetReturned, round=round_.n, stage=stage, assessors=round_.assessors, due_at=due(draft, stage))


def _found_by(round_: Round) -> tuple[str | None, ...]:
    """Whoever found or handed in a level is not the one who confirms it."""
    return (*round_.looked, *round_.assessors, round_.told_by)


def _valid_to(state: State, level: AbilityLevel, assessed_on: date) -> date | None:
    """Its last day; None: it holds until it is assessed anew."""
    return None if level in state.law.endless else deadlines.months_after(assessed_on, state.law.valid_months)


def _is_over(state: State, level: AbilityLevel, assessed_on: date, today: date) -> bool:
    valid_to = _valid_to(state, level, assessed_on)
    return valid_to is not None and valid_to < today


# --- another end -----------------------------------------------------------------------------------------------------


def _end(draft: Draft[State], message: EndAssessment, briefing: AssessmentBriefing) -> None:
    """Of a case that has been opened again since it ends nothing."""
    if draft.state.gone is not None:
        draft.refuse(Refusal.ALREADY_CLOSED)
    elif briefing.gone is None:
        draft.refuse(Refusal.NOT_CLOSED)
    else:
        gone(draft, message.reason)
