"""DigestWorkflow — one text to one recipient, until its fate is known. Id `digest/<digest_id>`. Update: receipt.

Signal: look_again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.messages import MessageActivities
    from models.letters import StartDigest
    from models.texts import Receipt, SendOrder, SendOutcome
    from workflows import options
    from workflows.loop import never_fails


@workflow.defn
class DigestWorkflow:
    @workflow.init
    def __init__(self, start: StartDigest) -> None:
        self._order = SendOrder(digest_id=start.digest_id)
        self._receipt: Receipt | None = None
        self._due = True

    @workflow.run
    async def run(self, start: StartDigest) -> None:
        await never_fails(self._live)

    async def _live(self) -> None:
        while self._due:
            self._due, self._receipt = False, None
            outcome = await self._send()
            while outcome.status == "unknown":
                await self._wait_for_receipt(options.UNKNOWN_WAIT)
                outcome = await self._settle()
            if outcome.status == "accepted":
                await self._wait_for_receipt(options.RECEIPT_WAIT)

    async def _send(self) -> SendOutcome:
        return await self._until_done(MessageActivities.send, "send")

    async def _settle(self) -> SendOutcome:
        """The provider may or may not have it: look it up, resend once, then a person."""
        return await self._until_done(MessageActivities.settle, "settle")

    async def _until_done(
        self, method: Callable[[MessageActivities, SendOrder], SendOutcome], summary: str
    ) -> SendOutcome:
        """Tried without limit, also when an error calls itself final."""
        while True:
            try:
                return await workflow.execute_activity_method(
                    method,
                    self._order,
                    start_to_close_timeout=options.SEND_START_TO_CLOSE,
                    retry_policy=options.SEND_RETRY,
                    summary=summary,
                )
            except FailureError:
                await workflow.sleep(options.STORE_FINAL_WAIT)

    async def _wait_for_receipt(self, within: timedelta) -> None:
        """Or until `within` is over: what was accepted and never confirmed stays `accepted` in the table."""
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._due or self._receipt is not None, timeout=within, timeout_summary="receipt"
            )

    @workflow.update
    async def receipt(self, receipt: Receipt) -> None:
        self._receipt = receipt

    @workflow.signal
    def look_again(self) -> None:
        """The store wrote this text once more: one that it had already answers at once, one that it lost is sent."""
        self._due = True
