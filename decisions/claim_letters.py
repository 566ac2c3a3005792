"""Event of an elder's benefits → letters: whose worklist it stands on, who is reminded, what the case learns. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from decisions.claim_state import Claim, Holding, State, about, waiting
from decisions.ladder_letters import CALL_WITHIN, letters_of_ladder
from decisions.wording import TemplateId as T
from models.claims import STAGE_ROLE, ClaimStage
from models.events import (
    ApprovalDue,
    ChangeDropped,
    ChangeLapsed,
    ChangeProposed,
    ClaimApproved,
    ClaimEnded,
    ClaimObjected,
    ClaimOpened,
    ClaimProlonged,
    ClaimRefused,
    ClaimReminded,
    ClaimReturned,
    ClaimWithdrawn,
    DecisionTold,
    EntitlementChanged,
    EntitlementReviewed,
    EntitlementStopped,
    NoticeDue,
    NoticePosted,
    ObjectionDecided,
    PapersAsked,
    PapersHandedIn,
    Recorded,
    ReviewDue,
)
from models.letters import EndItems, Item, Letter, TextLetter, WorkItem

ITEM_OF: dict[ClaimStage, Item] = {
    ClaimStage.PAPERS: "await_papers",
    ClaimStage.CHECKING: "check_benefit",
    ClaimStage.POSTING: "post_notice",
    ClaimStage.RECHECKING: "recheck_benefit",
    ClaimStage.APPROVING: "approve_benefit",
    ClaimStage.TELLING: "tell_decision",
    ClaimStage.CHANGING: "change_benefit",
    ClaimStage.REVIEWING: "review_benefit",
}
OF_A_CLAIM: tuple[Item, ...] = (
    "await_papers", "check_benefit", "post_notice", "recheck_benefit", "approve_benefit", "tell_decision",
)  # fmt: skip
OF_WHAT_IS_HELD: tuple[Item, ...] = ("change_benefit", "review_benefit")

# After these the claim, or the entitlement, waits for something else than before, or for nothing.
CLAIM_MOVES = (
    ClaimOpened, PapersAsked, PapersHandedIn, NoticeDue, NoticePosted, ClaimObjected, ApprovalDue, ClaimReturned,
    ClaimApproved, ClaimRefused, ClaimWithdrawn, ClaimEnded, DecisionTold,
)  # fmt: skip
HELD_MOVES = (ChangeProposed, ChangeLapsed, ChangeDropped, EntitlementChanged, ReviewDue, EntitlementReviewed)


def letters_for_benefits(recorded: Recorded, state: State) -> tuple[Letter, ...]:
    """`state` is the stream's state after the event. An update is first: its letter is number 0 of its event."""
    return (*letters_of_ladder(recorded, state), *_texts(recorded, state), *_work(recorded, state))


def _texts(recorded: Recorded, state: State) -> Iterable[TextLetter]:
    """An officer is told with what else comes in a burst; not once the step is done, nor a day after it was due."""
    event = recorded.event
    if not isinstance(event, ClaimReminded) or event.owner is None:
        return
    of = waiting(state, event.code, event.stage)
    if of is None or of.step is None:
        return
    by = max(of.step.due_at, recorded.at + CALL_WITHIN)
    yield TextLetter(
        recipient_id=event.owner, recipient_kind="staff", template=T.BENEFIT_REMINDER, elder_id=state.elder_id,
        params={"by": by.isoformat()}, send_by=by, in_burst=True, cause_claim=about(of, of.step),
    )  # fmt: skip


def _work(recorded: Recorded, state: State) -> Iterable[Letter]:
    event = recorded.event
    if isinstance(event, CLAIM_MOVES):
        yield from _moved(recorded, state, event.code, OF_A_CLAIM, state.claims.get(event.code))
    elif isinstance(event, HELD_MOVES):
        yield from _moved(recorded, state, event.code, OF_WHAT_IS_HELD, state.holdings.get(event.code))
    match event:
        case ObjectionDecided(hangs=True):
            yield from _moved(recorded, state, event.code, OF_A_CLAIM, state.claims.get(event.code))
        case EntitlementStopped():
            both = (*OF_A_CLAIM, *OF_WHAT_IS_HELD)
            yield from _moved(recorded, state, event.code, both, state.holdings.get(event.code))
        case ClaimProlonged():
            item, of = ITEM_OF[event.stage], waiting(state, event.code, event.stage)
            yield from _moved(recorded, state, event.code, (item,), of)
        case _:
            return


def _moved(
    recorded: Recorded, state: State, code: str, items: tuple[Item, ...], of: Claim | Holding | None
) -> Iterable[Letter]:
    """What was put before somebody about this benefit is done; what it waits for now is put before whose it is."""
    yield EndItems(
        elder_id=state.elder_id, items=items, closed_by=recorded.event.actor.id, reason="decided", about=code
    )  # fmt: skip
    step = of.step if of is not None else None
    if step is not None and step.stage in ITEM_OF:
        yield WorkItem(
            item=ITEM_OF[step.stage], elder_id=state.elder_id, township_id=state.township_id,
            county_id=state.county_id, role=STAGE_ROLE[step.stage], due_at=step.due_at, about=code,
        )  # fmt: skip
