"""BareMonth — the least a durable month can be: one signal, continue-as-new. Nine events. Signal: told."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from bench import notice


@workflow.defn
class BareMonth:
    @workflow.init
    def __init__(self, elder: str) -> None:
        self._told = False

    @workflow.run
    async def run(self, elder: str) -> None:
        if not workflow.unsafe.is_replaying():
            with workflow.unsafe.sandbox_unrestricted():
                notice.say("bare", elder, "waits")
        await workflow.wait_condition(lambda: self._told)
        workflow.continue_as_new(elder)

    @workflow.signal
    def told(self) -> None:
        self._told = True
