"""Event of a county's months → letters: on whose worklist a list stands, and the changes by age it brings. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from decisions.county import LIST_ROLE
from decisions.county_state import State
from decisions.ladder_letters import CALL_WITHIN, head
from decisions.wording import TemplateId as T
from models.claim_messages import ConfirmListed
from models.events import ListApproved, ListChecked, ListDrawn, ListReminded, ListReturned, Recorded
from models.ids import benefit_stream
from models.letters import EndItems, Letter, TextLetter, UpdateLetter, WorkItem


def letters_for_county(recorded: Recorded, state: State) -> tuple[Letter, ...]:
    """`state` is the stream's state after the event."""
    event = recorded.event
    match event:
        case ListDrawn() | ListChecked() | ListReturned():
            return tuple(_moved(recorded, state, event.month))
        case ListApproved():
            return (*_changes(recorded, event), _done(recorded, state))
        case ListReminded() if event.owner is not None and state.in_hand is not None:
            by = max(state.in_hand.due_at, recorded.at + CALL_WITHIN)
            text = TextLetter(
                recipient_id=event.owner, recipient_kind="staff", template=T.LIST_REMINDER,
                params={"by": by.isoformat()}, send_by=by, in_burst=True,
                cause_list=f"{state.county_id}/{event.month:%Y-%m}/{event.stage}",
            )  # fmt: skip
            return (text,)
        case _:
            return ()


def _changes(recorded: Recorded, event: ListApproved) -> Iterable[UpdateLetter]:
    """Whoever approved the list confirms them; each is the letter of its own number."""
    for index, change in enumerate(event.changes):
        said = {"code": change.code, "row": change.row, "fen": change.fen, "month": change.month}
        confirm = ConfirmListed.model_validate(head(recorded, index) | said | {"listed": event.month})
        yield UpdateLetter(workflow_id=benefit_stream(change.elder_id), elder_id=change.elder_id, message=confirm)


def _moved(recorded: Recorded, state: State, month: date) -> Iterable[Letter]:
    yield _done(recorded, state)
    mine = state.in_hand
    if mine is not None:
        yield WorkItem(
            item="pay_list", county_id=state.county_id, role=LIST_ROLE[mine.stage], due_at=mine.due_at,
            about=f"{month:%Y-%m} {mine.stage}",
        )  # fmt: skip


def _done(recorded: Recorded, state: State) -> EndItems:
    return EndItems(
        elder_id=None, county_id=state.county_id, items=("pay_list",), closed_by=recorded.event.actor.id,
        reason="decided",
    )  # fmt: skip
