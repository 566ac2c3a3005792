"""NaiveMonth — a month as one would first write it: ask by activities, wait, record, sleep, continue as new.

Thirty-four events: three activities of six, a reply with its time-out of six, the month's timer of five, and the five
of beginning and ending a run. Signal: told.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from bench import notice
    from models.values import Value

REPLY_WAIT = timedelta(hours=1)
ACTIVITY = timedelta(seconds=30)


class Month(Value):
    elder: str
    ends_at: datetime
    every: timedelta


@activity.defn
def choose_visitor(elder: str) -> str:
    return f"V-{elder}"


@activity.defn
def ask_visitor(visitor: str) -> str:
    return visitor


@activity.defn
def keep_report(elder: str) -> str:
    return elder


@workflow.defn
class NaiveMonth:
    @workflow.init
    def __init__(self, month: Month) -> None:
        self._told = False

    @workflow.run
    async def run(self, month: Month) -> None:
        visitor = await workflow.execute_activity(choose_visitor, month.elder, start_to_close_timeout=ACTIVITY)
        await workflow.execute_activity(ask_visitor, visitor, start_to_close_timeout=ACTIVITY)
        self._say(month, "waits")
        await workflow.wait_condition(lambda: self._told, timeout=REPLY_WAIT)
        await workflow.execute_activity(keep_report, month.elder, start_to_close_timeout=ACTIVITY)
        self._say(month, "done")
        left = month.ends_at - workflow.now()
        await asyncio.sleep(max(left.total_seconds(), 0.001))
        workflow.continue_as_new(month.model_copy(update={"ends_at": month.ends_at + month.every}))

    @workflow.signal
    def told(self) -> None:
        self._told = True

    def _say(self, month: Month, what: str) -> None:
        if not workflow.unsafe.is_replaying():
            with workflow.unsafe.sandbox_unrestricted():
                notice.say("naive", month.elder, what)
