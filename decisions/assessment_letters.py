"""Assessment event → letters: what assessors are told, what waits for an officer, what the case learns. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from decisions.assessment_state import State
from decisions.assessment_time import waits_for
from decisions.ladder_letters import CALL_WITHIN, head, letters_of_ladder
from decisions.wording import TemplateId as T
from models.assessment import Stage
from models.claim_messages import FactsChanged
from models.claims import Heard
from models.events import (
    AssessmentEnded,
    AssessmentRefused,
    AssessmentRequested,
    AssessorsNamed,
    LevelConfirmed,
    LevelExpired,
    LevelProposed,
    Recorded,
    SheetConfirmed,
    SheetReturned,
    SheetSubmitted,
    StageProlonged,
    StageReminded,
)
from models.ids import benefit_stream, case_stream
from models.letters import EndItems, Item, Letter, TextLetter, UpdateLetter, WorkItem
from models.messages import CareLevelDecided
from models.values import Role

ITEM_OF: dict[Stage, Item] = {Stage.NAMING: "name_assessors", Stage.CONFIRMING: "confirm_level"}
ITEMS = tuple(ITEM_OF.values())


def letters_for_assessment(recorded: Recorded, state: State) -> tuple[Letter, ...]:
    """`state` is the stream's state after the event. An update is first: its letter is number 0 of its event."""
    return (
        *letters_of_ladder(recorded, state), *_told(recorded, state), *_texts(recorded, state), *_work(recorded, state),
    )  # fmt: skip


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
        case _:
            return


def _item(item: Item, about: str, due_at: datetime, state: State) -> WorkItem:
    return WorkItem(
        item=item, elder_id=state.elder_id, township_id=state.township_id, county_id=state.county_id,
        role=Role.TOWNSHIP_OFFICER, due_at=due_at, about=about,
    )  # fmt: skip


def _done(recorded: Recorded, state: State) -> EndItems:
    return EndItems(elder_id=state.elder_id, items=ITEMS, closed_by=recorded.event.actor.id, reason="assessed")


def _told(recorded: Recorded, state: State) -> Iterable[Letter]:
    match recorded.event:
        case LevelConfirmed():
            yield from _level(recorded, recorded.event, state)
        case LevelExpired():
            yield _benefits(recorded, state, 0)
        case _:
            return


def _level(recorded: Recorded, event: LevelConfirmed, state: State) -> Iterable[Letter]:
    """To the case, where there is one, and to the benefits, of which there may be none yet."""
    if state.has_case:
        told = CareLevelDecided(
            **head(recorded, 0), level=event.level, assessed_on=event.assessed_on, valid_to=event.valid_to,
            confirmed_by=event.actor,
        )  # fmt: skip
        yield UpdateLetter(workflow_id=case_stream(state.elder_id), elder_id=state.elder_id, message=told)
    yield _benefits(recorded, state, 1 if state.has_case else 0)


def _benefits(recorded: Recorded, state: State, index: int) -> UpdateLetter:
    heard = FactsChanged(**head(recorded, index), heard=Heard.LEVEL)
    return UpdateLetter(workflow_id=benefit_stream(state.elder_id), elder_id=state.elder_id, message=heard)
