"""What a case tells the benefits of its elder: a death, reported, undone or confirmed; that they moved, or are back."""

from __future__ import annotations

from collections.abc import Iterable

from decisions.ladder_letters import head
from models.claim_messages import EndBenefits, FactsChanged, HoldBenefits, ReleaseBenefits
from models.claims import Heard
from models.events import CaseClosed, CaseReopened, DeathConfirmed, DeathReported, DeathUndone, Recorded
from models.ids import benefit_stream, elder_of
from models.letters import UpdateLetter
from models.values import CloseReason


def told_to_benefits(recorded: Recorded, index: int) -> Iterable[UpdateLetter]:
    """The letter number `index` of its event. Whether there are any benefits, they themselves know."""
    event, said = recorded.event, head(recorded, index)
    match event:
        case DeathReported():
            message = HoldBenefits(**said)
        case DeathUndone():
            message = ReleaseBenefits(**said)
        case DeathConfirmed():
            message = EndBenefits(**said, reason=CloseReason.DEATH_CONFIRMED, on=event.died_on)
        case CaseClosed(reason=CloseReason.MOVED_OUT):
            message = EndBenefits(**said, reason=CloseReason.MOVED_OUT, on=None)
        case CaseClosed(reason=CloseReason.NOT_ELIGIBLE):
            message = ReleaseBenefits(**said)  # a death that was only reported is not looked into any more
        case CaseReopened():
            message = FactsChanged(**said, heard=Heard.REGISTER)
        case _:
            return
    elder = elder_of(recorded.stream)
    yield UpdateLetter(workflow_id=benefit_stream(elder), elder_id=elder, message=message)
