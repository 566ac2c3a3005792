"""Assessment event → letters: what assessors are told, what waits for an officer, what the case learns. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from decisions.assessment_state import State
from decisions.assessment_time import waits_for
from decisions.wording import TemplateId as T
from models.assessment import Stage
from models.events import (
    AssessmentEnded,
    AssessmentRefused,
    AssessmentRequested,
    AssessorsNamed,
    EscalationEnded,
    EscalationOpened,
    EscalationWithdrawn,
    LevelConfirmed,
    LevelProposed,
    Recorded,
    SheetConfirmed,
    SheetReturned,
    SheetSubmitted,
    StageProlonged,
    StageReminded,
)
from models.ids import case_stream, letter_of_event
from models.letters import EndItems, Item, Letter, StartEscalation, TextLetter, UpdateLetter, WorkItem
from models.messages import CareLevelDecided, ReportDeath, Withdraw
from models.values import Outcome, Role

ITEM_OF: dict[Stage, Item] = {Stage.NAMING: "name_assessors", Stage.CONFIRMING: "confirm_level"}
ITEMS = tuple(ITEM_OF.values())
CALL_WITHIN = timedelta(hours=24)


def letters_for_assessment(recorded: Recorded, state: State) -> tuple[Letter, ...]:
    """`state` is the stream's state after the event. An update is first: its letter is number 0 of its event."""
    return (*_to_workflows(recorded, state), *_texts(recorded, state), *_work(recorded, state))


def _texts(recorded: Recorded, state: State) -> Iterable[TextLetter]:
    event, round_ = recorded.event, state.round
    match event:
        case AssessorsNamed():
            stay = (event.first, event.second)
            gone = [who for who in event.instead_of if who not in stay]
            swapped = set(stay) == set(event.instead_of)  # who enters the sheet is another now
            new = [who for who in stay if swapped or who not in event.instead_of]
            yield from (_text(who, T.ASSESSMENT_NOT_NEEDED, state) for who in gone)
            yield from (_text(who, T.ASSESSMENT_ASKED, state, event.due_at) for who in new)
        case SheetSubmitted():
            yield _text(event.sheet.assessors[1].staff_id, T.ASSESSMENT_TO_SIGN, state, event.due_at)
        case SheetConfirmed(due_at=datetime() as due_at) if round_ is not None:
            yield from (_text(who, T.ASSESSMENT_TO_SETTLE, state, due_at) for who in round_.assessors)
        case SheetReturned(stage=Stage.ASSESSING):
            yield from (_text(who, T.ASSESSMENT_RETURNED, state, event.due_at) for who in event.assessors)
        case StageReminded() if round_ is not None:
            by = max(round_.due_at, recorded.at + CALL_WITHIN)
            yield from (_text(who, T.ASSESSMENT_REMINDER, state, by) for who in event.waits_for)
        case StageProlonged() if round_ is not None:
            yield from (_text(who, T.ASSESSMENT_REMINDER, state, event.due_at) for who in waits_for(round_))
        case AssessmentRefused() | AssessmentEnded() | SheetReturned():
            yield from (_text(who, T.ASSESSMENT_NOT_NEEDED, state) for who in event.assessors)
        case LevelProposed():
            yield from (_text(who, T.ASSESSMENT_NOT_NEEDED, state) for who in event.instead_of)
        case _:
            return


def _text(to: str, template: T, state: State, by: datetime | None = None) -> TextLetter:
    """Not at the slot, but with what else comes in a burst: an assessor gets few, each is work. With `by` it is asked
    for, and no longer so once the stage is over.
    """
    stage = f"{state.round.n}/{state.stage.value}" if by and state.round else None
    return TextLetter(
        recipient_id=to, recipient_kind="staff", template=template, elder_id=state.elder_id,
        params={"by": by.isoformat()} if by else {}, send_by=by, in_burst=True, cause_stage=stage,
    )  # fmt: skip


def _work(recorded: Recorded, state: State) -> Iterable[Letter]:
    """What no assessor can do stands on the worklist of the township, until it is done or not asked any more."""
    event = recorded.event
    match event:
        case AssessmentRequested(due_at=datetime() as due_at):
            yield _item("name_assessors", event.trigger.value, due_at, state)
        case AssessorsNamed() | AssessmentRefused() | AssessmentEnded() | LevelConfirmed():
            yield _done(recorded, state)
        case LevelProposed():
            yield _done(recorded, state)
            yield _item("confirm_level", str(event.round), event.due_at, state)
        case SheetReturned():
            yield _done(recorded, state)
            if event.stage is Stage.NAMING:
                yield _item("name_assessors", "returned", event.due_at, state)
        case StageProlonged() if event.stage in ITEM_OF:
            yield _done(recorded, state)
            yield _item(ITEM_OF[event.stage], str(event.round), event.due_at, state)
        case EscalationEnded(outcome=Outcome.MOVED):
            yield _item("follow_up", event.outcome.value, recorded.at + CALL_WITHIN, state)
        case EscalationEnded(outcome=Outcome.DIED) if not state.has_case:
            yield _item("follow_up", event.outcome.value, recorded.at + CALL_WITHIN, state)
        case _:
            return


def _item(item: Item, about: str, due_at: datetime, state: State) -> WorkItem:
    return WorkItem(
        item=item, elder_id=state.elder_id, township_id=state.township_id, county_id=state.county_id,
        role=Role.TOWNSHIP_OFFICER, due_at=due_at, about=about,
    )  # fmt: skip


def _done(recorded: Recorded, state: State) -> EndItems:
    return EndItems(elder_id=state.elder_id, items=ITEMS, closed_by=recorded.event.actor.id, reason="assessed")


def _to_workflows(recorded: Recorded, state: State) -> Iterable[Letter]:
    event, elder = recorded.event, state.elder_id
    head = {
        "key": letter_of_event(recorded.stream, recorded.seq, 0), "actor": event.actor, "channel": event.channel,
        "received_at": recorded.at,
    }  # fmt: skip
    match event:
        case EscalationOpened() if state.policy is not None:
            yield StartEscalation(
                workflow_id=event.escalation_id, elder_id=elder, county_id=state.county_id, opened=event,
                policy=state.policy, edition=state.edition,
            )  # fmt: skip
        case EscalationWithdrawn():
            told = Withdraw.model_validate({**head, "outcome": event.outcome, "resolved_by": event.resolved_by})
            yield UpdateLetter(workflow_id=event.escalation_id, elder_id=elder, message=told)
        case EscalationEnded(outcome=Outcome.DIED) if state.has_case:
            yield UpdateLetter(workflow_id=case_stream(elder), elder_id=elder, message=ReportDeath.model_validate(head))
        case LevelConfirmed() if state.has_case:
            level = {
                "level": event.level, "assessed_on": event.assessed_on, "valid_to": event.valid_to,
                "confirmed_by": event.actor,
            }  # fmt: skip
            decided = CareLevelDecided.model_validate({**head, **level})
            yield UpdateLetter(workflow_id=case_stream(elder), elder_id=elder, message=decided)
        case _:
            return
