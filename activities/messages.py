"""Send one text, or find out what became of it."""

from __future__ import annotations

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.ports import Texts
from models.texts import SendOrder, SendOutcome


class MessageActivities:
    """Idempotent by digest id: a text already accepted is not sent again."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    @activity.defn
    def send(self, order: SendOrder) -> SendOutcome:
        return self._or_again(self._texts.send(order))

    @activity.defn
    def settle(self, order: SendOrder) -> SendOutcome:
        return self._or_again(self._texts.settle(order))

    def _or_again(self, outcome: SendOutcome) -> SendOutcome:
        if outcome.status == "retry":
            raise ApplicationError(outcome.why or "provider is away", type="provider_away")
        return outcome
