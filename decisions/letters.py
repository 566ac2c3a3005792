"""Event → letters: what each fact makes others do or read. Pure; written in the fact's own transaction.

A text letter carries ids and codes; words and names are filled in when the text is built.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from decisions import assessment_state, case_state, claim_state, county_state, escalation
from decisions.assessment_letters import letters_for_assessment
from decisions.case_benefits import told_to_benefits
from decisions.claim_letters import letters_for_benefits
from decisions.county_letters import letters_for_county
from decisions.deadlines import instant
from decisions.wording import OWNER_TEMPLATE
from decisions.wording import TemplateId as T
from models.assessment import Trigger
from models.assessment_messages import EndAssessment, RequestAssessment
from models.errors import Refusal
from models.events import (
    AssessmentDue,
    AttemptRecorded,
    CaseClosed,
    CaseReopened,
    CaseSuspended,
    CircumstancesChanged,
    DeathReported,
    DeathUndone,
    EscalationAcknowledged,
    EscalationOpened,
    EscalationResolved,
    EscalationWithdrawn,
    Event,
    MessageRefused,
    Recorded,
    ReportCorrected,
    RungReached,
    ServiceNeeded,
    SuspensionProposed,
    UndeliverableNoted,
    VisitCancelled,
    VisitOpened,
    VisitorReminded,
    VisitReassigned,
    VisitReported,
)
from models.ids import assessment_stream, benefit_stream, case_stream, elder_of, letter_of_event
from models.letters import EndItems, Letter, StartEscalation, TextClass, TextLetter, UpdateLetter, WorkItem
from models.messages import EscalationClosed, Withdraw
from models.policy import RungChannel
from models.values import (
    BY_VISITORS,
    ENGINE,
    CaseStatus,
    Channel,
    CloseReason,
    EscalationCause,
    Method,
    Outcome,
    Role,
    Urgency,
    VisitKind,
    VisitResult,
)

FOLLOW_UP_WITHIN = timedelta(days=3)
CALL_WITHIN = timedelta(hours=24)
# A text that nobody could read, or a call that was promised, is still somebody's to do.
ENDED_BY_CLOSING = ("confirm_suspension", "follow_up", "off_list", "category_lost", "out_of_group")

# Whose step it was that a ladder is about; of any other cause the case's.
ASKED_BY = {
    EscalationCause.ASSESSMENT_LATE: assessment_stream,
    EscalationCause.BENEFIT_LATE: benefit_stream,
}

State = case_state.State | escalation.State | assessment_state.State | claim_state.State | county_state.State


def letters_for(recorded: Recorded, state: State) -> tuple[Letter, ...]:
    """The letters of one recorded event; `state` is the stream's state after it."""
    event = recorded.event
    if isinstance(state, case_state.State):
        said = (
            *_visit_texts(event, state), *_asked_again(recorded, state), *_answers(event, state),
            *_case_effects(recorded, state),
        )  # fmt: skip
        return (*said, *told_to_benefits(recorded, len(said)))
    if isinstance(state, assessment_state.State):
        return letters_for_assessment(recorded, state)
    if isinstance(state, claim_state.State):
        return letters_for_benefits(recorded, state)
    if isinstance(state, county_state.State):
        return letters_for_county(recorded, state)
    return _escalation_letters(recorded, state)


def _text(to: str, template: T, elder_id: str, **more: object) -> TextLetter:
    return TextLetter.model_validate(
        {"recipient_id": to, "recipient_kind": "volunteer", "template": template, "elder_id": elder_id, **more}
    )


def _how(method: Method | None) -> dict[str, str]:
    return {"method": method.value} if method else {}


def _visit_texts(event: Event, state: case_state.State) -> tuple[Letter, ...]:
    """What a visitor is told of their visits."""
    elder = state.elder_id
    match event:
        case VisitOpened(volunteer_id=str(to), told=True):
            extra = event.visit_kind is VisitKind.AD_HOC  # due within a day: it does not wait for the slot
            return (
                _text(
                    to, T.TASK_ONE, elder, cause_visit_id=event.visit_id, cause_volunteer_id=to, in_burst=extra,
                    params=_how(event.method),
                ),
            )  # fmt: skip
        case VisitorReminded():
            visit = state.visit(event.visit_id)
            due = visit.period.due_at if visit else None
            return (
                _text(
                    event.volunteer_id, T.REMINDER_ONE, elder, cause_visit_id=event.visit_id,
                    cause_volunteer_id=event.volunteer_id, send_by=due, in_burst=True,
                    params=_how(visit.method if visit else None),
                ),
            )  # fmt: skip
        case VisitReassigned():
            gone = event.from_id if event.reason not in ("declined", "opted_out", "unreachable", "taken_back") else None
            if event.to_id is None:  # nobody else was asked, and it is not said
                return (_text(gone, T.CANCELLED_VISIT, elder, wait_for_slot=False),) if gone else ()
            away = (_text(gone, T.REASSIGNED_AWAY, elder),) if gone else ()
            visit = state.visit(event.visit_id)
            asked = _text(
                event.to_id, T.REASSIGNED_TO, elder, cause_visit_id=event.visit_id, cause_volunteer_id=event.to_id,
                params=_how(visit.method if visit else None),
            )  # fmt: skip
            return (*away, asked)
        case VisitCancelled(volunteer_id=str(to)):
            return (_text(to, T.CANCELLED_VISIT, elder, wait_for_slot=False),)
        case VisitReported():
            visit = state.visit(event.visit_id)
            asked = visit.volunteer_id if visit and visit.told else None
            if asked and asked != event.visitor_id:
                return (_text(asked, T.OTHER_VOLUNTEER_TOLD, elder),)
            return ()
        case _:
            return ()


def _asked_again(recorded: Recorded, state: case_state.State) -> tuple[Letter, ...]:
    """A death taken back: what was asked stands, and whoever was told not to go is asked again, until it is due.

    At the slot, where the first text may still wait: then both are one. After due the ladder owns the visit.
    """
    if not isinstance(recorded.event, DeathUndone) or state.status is not CaseStatus.OPEN:
        return ()
    return tuple(
        _text(
            visit.volunteer_id, T.TASK_ONE, state.elder_id, cause_visit_id=visit.visit_id,
            cause_volunteer_id=visit.volunteer_id, send_by=visit.period.due_at,
            in_burst=visit.kind is VisitKind.AD_HOC, params=_how(visit.method),
        )
        for visit in state.open_visits()
        if visit.volunteer_id is not None and visit.told and recorded.at < visit.period.due_at
    )  # fmt: skip


def _once_more(event: AttemptRecorded, elder: str) -> TextLetter:
    """Answers an attempt by asking for another: more than a confirmation, and of no use once the visit is done."""
    return _text(
        event.actor.id, T.TRY_ONCE_MORE, elder, recipient_kind=event.actor.kind.value, in_burst=True,
        cause_visit_id=event.visit_id,
    )  # fmt: skip


_REFUSED: dict[str, T] = {
    Refusal.ALREADY_REPORTED: T.ALREADY_RECORDED,
    Refusal.NOTHING_OPEN: T.NO_OPEN_TASK,
}
_OF_THE_DAY = (Refusal.TOO_FAR_BACK, Refusal.BEFORE_ENROLMENT, Refusal.IN_THE_FUTURE, Refusal.AFTER_DEATH)


def _refused(refusal: str, status: CaseStatus) -> T:
    """Only where nobody is to go is it said so: of an open case a day that cannot be is asked about."""
    if refusal in _REFUSED:
        return _REFUSED[refusal]
    if status is not CaseStatus.OPEN:
        return T.KEPT
    return T.ASK_BACK_WHICH_DAY if refusal in _OF_THE_DAY else T.NOT_RECORDED


def _answers(event: Event, state: case_state.State) -> tuple[Letter, ...]:
    """Every text is answered once, naming what was recorded; anything not by text is answered on the screen."""
    if event.channel is not Channel.SMS or event.actor is ENGINE:
        return ()
    to, elder = event.actor.id, state.elder_id
    kind = event.actor.kind.value
    match event:
        case VisitReported():
            template, result = T.CONFIRMED, event.result.value
        case AttemptRecorded(try_again=True):
            return (_once_more(event, elder),)
        case AttemptRecorded():
            template, result = T.CONFIRMED, event.result.value
        case VisitReassigned(reason="declined"):
            template, result = T.CONFIRMED, "cannot_go"
        case ReportCorrected(result=None):
            return ()  # what took it back is answered: the attempt, or 错 alone by the question what is right
        case ReportCorrected(result=VisitResult() as result_now):
            template, result = T.CORRECTED, result_now.value
        case DeathReported():
            template, result = T.DEATH_NOTED, ""
        case MessageRefused():
            visit = state.visit(event.visit_id)
            template = _refused(event.refusal, state.status)
            result = visit.result.value if visit and visit.result else ""
        case _:
            return ()
    params = {"result": result, "day": _day_recorded(event, state).isoformat()}
    return (
        _text(
            to, template, elder, params=params, recipient_kind=kind, wait_for_slot=False, is_confirmation=True
        ),
    )  # fmt: skip


def _day_recorded(event: Event, state: case_state.State) -> datetime:
    """The day the record has: what is told again or corrected on another day stays of its own."""
    visit = state.visit(event.visit_id) if isinstance(event, ReportCorrected | MessageRefused) else None
    return instant(visit.visited_on, time(12)) if visit and visit.visited_on else event.happened_at


def _case_effects(recorded: Recorded, state: case_state.State) -> tuple[Letter, ...]:
    """What a case makes other workflows and people do."""
    event, elder = recorded.event, state.elder_id
    match event:
        case EscalationOpened():
            start = StartEscalation(
                workflow_id=event.escalation_id, elder_id=elder, county_id=state.county_id, opened=event,
                policy=state.rules, edition=state.edition,
            )  # fmt: skip
            return (start,)
        case EscalationWithdrawn():
            message = Withdraw(
                key=_update_id(recorded), actor=event.actor, channel=event.channel, received_at=recorded.at,
                outcome=event.outcome, resolved_by=event.resolved_by,
            )  # fmt: skip
            return (UpdateLetter(workflow_id=event.escalation_id, elder_id=elder, message=message),)
        case AssessmentDue():
            return (_ask_assessment(recorded, elder, Trigger.VISIT, event.visit_id),)
        case CircumstancesChanged() | CaseReopened() if state.care_level is not None:
            return (_ask_assessment(recorded, elder, Trigger.CHANGE),)
        case ServiceNeeded():
            return (_item("follow_up", event.need.value, recorded.at + FOLLOW_UP_WITHIN, state),)
        case SuspensionProposed():
            return (_item("confirm_suspension", event.reason.value, recorded.at + CALL_WITHIN, state),)
        case CaseSuspended():
            return (_end_items(event, state, "suspension_confirmed", ("confirm_suspension",)),)
        case CaseClosed():
            return (*_end_assessment(recorded, elder), _end_items(event, state, "case_closed", ENDED_BY_CLOSING))
        case UndeliverableNoted():
            return (_item("call_by_phone", str(event.why), recorded.at + CALL_WITHIN, state),)
        case MessageRefused() if event.channel in BY_VISITORS and event.refusal not in (
            Refusal.ALREADY_REPORTED,
            Refusal.NOTHING_OPEN,
        ):
            about = event.refusal if event.note is None else f"{event.refusal} {event.note.id}"
            return (_item("unclear_reply", about[:120], recorded.at + CALL_WITHIN, state),)
        case _:
            return ()


def _ask_assessment(recorded: Recorded, elder: str, trigger: Trigger, visit_id: str | None = None) -> UpdateLetter:
    message = RequestAssessment.model_validate(_head(recorded) | {"trigger": trigger, "visit_id": visit_id})
    return UpdateLetter(workflow_id=assessment_stream(elder), elder_id=elder, message=message)


def _end_assessment(recorded: Recorded, elder: str) -> tuple[UpdateLetter, ...]:
    """Who has died or moved is not assessed; whether anything is under way, the assessments themselves know."""
    event = recorded.event
    if not isinstance(event, CaseClosed) or event.reason is CloseReason.NOT_ELIGIBLE:
        return ()
    message = EndAssessment.model_validate(_head(recorded) | {"reason": event.reason})
    return (UpdateLetter(workflow_id=assessment_stream(elder), elder_id=elder, message=message),)


def _head(recorded: Recorded) -> dict[str, object]:
    event = recorded.event
    return {
        "key": _update_id(recorded), "actor": event.actor, "channel": event.channel, "received_at": recorded.at,
        "note": event.note,
    }  # fmt: skip


def _end_items(event: Event, state: case_state.State, reason: str, items: tuple[str, ...]) -> EndItems:
    return EndItems.model_validate(
        {"elder_id": state.elder_id, "items": items, "closed_by": event.actor.id, "reason": reason}
    )


def _item(item: str, about: str, due_at: datetime, state: case_state.State) -> WorkItem:
    return WorkItem.model_validate(
        {
            "item": item,
            "elder_id": state.elder_id,
            "township_id": state.township_id,
            "county_id": state.county_id,
            "role": Role.TOWNSHIP_OFFICER,
            "due_at": due_at,
            "about": about,
        }
    )


def _escalation_letters(recorded: Recorded, state: escalation.State) -> tuple[Letter, ...]:
    event = recorded.event
    urgent = state.urgency is Urgency.URGENT
    text_class = TextClass.URGENT if urgent else TextClass.ORDINARY
    match event:
        case RungReached() if state.ladder[event.rung].channel is RungChannel.WORKLIST:
            return ()  # it stands on their worklist
        case RungReached():
            return (
                TextLetter(
                    recipient_id=event.staff_id, recipient_kind="staff",
                    template=T.URGENT if urgent else OWNER_TEMPLATE[state.cause_of], elder_id=state.elder_id,
                    params={"by": event.climbs_at.isoformat()}, text_class=text_class, wait_for_slot=False,
                    send_by=event.climbs_at, cause_escalation_id=state.escalation_id,
                ),
            )  # fmt: skip
        case EscalationAcknowledged(channel=Channel.SMS):
            return (
                TextLetter(
                    recipient_id=event.staff_id, recipient_kind="staff", template=T.ESCALATION_TAKEN,
                    elder_id=state.elder_id, params={"by": event.resolve_by.isoformat()}, text_class=text_class,
                    wait_for_slot=False, cause_escalation_id=state.escalation_id, is_confirmation=True,
                ),
            )  # fmt: skip
        case EscalationResolved(tell_case=True):
            message = EscalationClosed(
                key=_update_id(recorded), actor=event.actor, channel=event.channel, received_at=recorded.at,
                escalation_id=recorded.stream, visit_id=state.visit_id, outcome=event.outcome,
                visited_on=event.visited_on, visited_at=event.visited_at, resolved_by=event.resolved_by,
            )  # fmt: skip
            elder = elder_of(recorded.stream)
            asked_by = ASKED_BY.get(state.cause_of, case_stream)
            told = UpdateLetter(workflow_id=asked_by(elder), elder_id=elder, message=message)
            return (told, *_confirm_to_staff(event, state))
        case _:
            return ()


def _confirm_to_staff(event: EscalationResolved, state: escalation.State) -> tuple[Letter, ...]:
    if event.channel is not Channel.SMS:
        return ()
    result = "well" if event.outcome is Outcome.VISITED else event.outcome.value
    return (
        TextLetter(
            recipient_id=event.resolved_by.id, recipient_kind="staff", template=T.CONFIRMED, elder_id=state.elder_id,
            params={"result": result, "day": event.happened_at.isoformat()}, wait_for_slot=False, is_confirmation=True,
        ),
    )  # fmt: skip


def _update_id(recorded: Recorded) -> str:
    """An effect that is an update is the only one of its event to be: its letter is number 0."""
    return letter_of_event(recorded.stream, recorded.seq, 0)
