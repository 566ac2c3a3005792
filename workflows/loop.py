"""The pattern every case shares: receive → decide → record → evolve, with one writer.

The desk holds the state, its place in the ledger, and the inbox of updates waiting to be decided. The store is the
commit point and may be ahead of the workflow: then its events are adopted, not fought.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.ledger import LedgerActivities
    from decisions import edition, ledger
    from decisions.memory import Memory, tick_key
    from models.errors import Fault, TanfangFault
    from models.events import Event, MessageRefused, RecordRequest, StreamPage
    from models.ids import message_key
    from models.messages import Message, Reply, StreamQuestion, Tick
    from workflows import options

S = TypeVar("S", bound=Memory)
T = TypeVar("T")
Q = TypeVar("Q")


class Stuck(Exception):
    """A case never fails: what would end it fails the workflow task, is seen, tried again, mended by a deploy."""


async def never_fails(life: Callable[[], Awaitable[T]]) -> T:
    """Live through cancellation and through any failure an activity may raise."""
    task = asyncio.ensure_future(_plain(life))
    while True:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.done():
                raise Stuck("the life of this workflow was cancelled from inside") from None
            # Somebody asked to cancel: only closing ends a case.


async def _plain(life: Callable[[], Awaitable[T]]) -> T:
    try:
        return await life()
    except (FailureError, TimeoutError) as error:
        raise Stuck(f"{type(error).__name__}: {error}") from error


class Pending:
    """A message in the inbox, and the update waiting for its answer."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.reply: Reply | None = None


class Desk(Generic[S]):
    """One stream's writer. `state` is the fold of the ledger up to (`seq`, `head`).

    `decide` answers what follows from a message, or from time, and looks up before what it needs.
    """

    def __init__(
        self,
        stream: str,
        state: S,
        evolve: Callable[[S, Event, datetime], S],
        decide: Callable[[Any], Awaitable[Sequence[Event]]],
        seq: int = 0,
        head: str | None = None,
    ) -> None:
        self.stream = stream
        self.state = state
        self.seq = seq
        self.head = head or ledger.GENESIS
        self.inbox: list[Pending] = []
        self._evolve = evolve
        self._decide = decide
        self._not_before: datetime | None = None

    # --- receive -------------------------------------------------------------------------------------------------

    async def tell(self, message: Message) -> Reply:
        """Called by an update: put the message in the inbox and wait for what was recorded."""
        pending = Pending(message)
        self.inbox.append(pending)
        await workflow.wait_condition(lambda: pending.reply is not None)
        if pending.reply is None:
            raise Stuck("an update was woken without its answer")
        return pending.reply

    async def next(self, wakes_at: Callable[[S], datetime | None]) -> Pending | None:
        """The next message, or None when it is time to look again. Where `wakes_at` says nothing, that is at once."""
        edition.must_know(self.state.editions(), self.stream)
        wakeup = wakes_at(self.state) or workflow.now()
        if self._not_before is not None:
            wakeup = max(wakeup, self._not_before)
            self._not_before = None
        timeout = max(wakeup - workflow.now(), timedelta(0))
        if not self.inbox and timeout != timedelta(0):
            try:
                await workflow.wait_condition(lambda: bool(self.inbox), timeout=timeout)
            except TimeoutError:
                return None
        return self.inbox.pop(0) if self.inbox else None

    async def drain(self) -> None:
        """Before returning or continuing as new: no message is left unanswered."""
        while self.inbox or not workflow.all_handlers_finished():
            await workflow.wait_condition(lambda: bool(self.inbox) or workflow.all_handlers_finished())
            if self.inbox:
                await self.handle(self.inbox.pop(0))

    def rest(self) -> None:
        """Nothing could be decided now: look again a little later, or when somebody speaks."""
        self._not_before = workflow.now() + options.UNHEARD_WAIT

    # --- decide ---------------------------------------------------------------------------------------------------

    async def handle(self, pending: Pending | None) -> None:
        """A message until it is answered; None: time has come."""
        if pending is None:
            if not await self._decided(Tick(key=tick_key(self.seq))):
                self.rest()
            return
        message = pending.message
        while pending.reply is None:
            if self.seq == 0:
                await self.handle(None)  # a message may come before the stream has begun
                continue
            pending.reply = self.state.reply_to(message.key) or await self._decided(message)

    async def _decided(self, message: Message | Tick) -> Reply | None:
        """Decide, record, evolve. None: nothing was recorded yet, look again."""
        edition.must_know(self.state.editions(), self.stream)
        events = await self._decide(message)
        if not events and isinstance(message, Message):
            raise Stuck(f"nothing was decided about {message.key}")
        stood = await self.commit(message.key, events) if events else None
        return None if stood is None else answer(message.key, self.state.reply_to(message.key), stood)

    # --- record → evolve -----------------------------------------------------------------------------------------

    async def catch_up(self) -> None:
        """A first run folds its stream: enrolment, re-enrolment and a lost engine are the same door."""
        more = True
        while more:
            question = StreamQuestion(stream=self.stream, after_seq=self.seq)
            page = await store_call(LedgerActivities.events_after, question)
            self._adopt(page)
            more = page.more

    async def commit(self, key: str, events: Sequence[Event]) -> Sequence[Event] | None:
        """Record what was decided and answer what now stands under `key`. None: look at the state and decide again."""
        linked = ledger.link(self.stream, self.seq, self.head, key, workflow.now(), events, _salt)
        request = RecordRequest(
            stream=self.stream, expected_seq=self.seq, expected_head=self.head, key=key, events=linked
        )
        reply = await store_call(LedgerActivities.record, request)
        match reply.status:
            case "appended":
                if reply.head != linked[-1].hash:  # decided otherwise than when it was recorded: seen at once
                    raise TanfangFault(Fault.FORKED, self.stream)
                self._adopt(StreamPage(events=linked, more=False))
                return events
            case "adopted":
                self._adopt(StreamPage(events=reply.events, more=False))
                if reply.more:
                    await self.catch_up()
                return [r.event for r in reply.events if message_key(r.key) == key] or None
            case "known":
                return [r.event for r in reply.events]
            case "unheard":
                self.rest()
                return None
            case "forked":
                raise TanfangFault(Fault.FORKED, self.stream)
            case "behind":
                raise TanfangFault(Fault.LEDGER_BEHIND, self.stream)

    def _adopt(self, page: StreamPage) -> None:
        if ledger.first_break(self.head, self.seq, page.events) is not None:
            raise TanfangFault(Fault.FORKED, self.stream)
        for recorded in page.events:
            self.state = self._evolve(self.state, recorded.event, recorded.at)
            self.seq, self.head = recorded.seq, recorded.hash


def answer(key: str, known: Reply | None, events: Sequence[Event]) -> Reply:
    """What the sender hears: what the state remembers, else what the events say."""
    if known is not None:
        return known
    refused = next((event for event in events if isinstance(event, MessageRefused)), None)
    return Reply(key=key, accepted=refused is None, refusal=refused.refusal if refused else None)


async def store_call(method: Callable[[LedgerActivities, Q], Awaitable[T]], question: Q) -> T:
    """Ask the store: locally for a few seconds, then by an activity that waits, so that a store away costs little."""
    try:
        return await workflow.execute_local_activity_method(
            method,
            question,
            start_to_close_timeout=options.STORE_LOCAL_START_TO_CLOSE,
            schedule_to_close_timeout=options.STORE_LOCAL_TOTAL,
            retry_policy=options.STORE_LOCAL_RETRY,
        )
    except FailureError:
        return await _wait_for_the_store(method, question, options.STORE_WAITING_START_TO_CLOSE)


async def store_work(method: Callable[[LedgerActivities, Q], Awaitable[T]], question: Q) -> T:
    """The same of what takes the store long."""
    return await _wait_for_the_store(method, question, options.STORE_WORK_START_TO_CLOSE)


async def _wait_for_the_store(
    method: Callable[[LedgerActivities, Q], Awaitable[T]], question: Q, start_to_close: timedelta
) -> T:
    """Tried without limit. An error that calls itself final is tried again by no retry policy, so we do."""
    while True:
        try:
            return await workflow.execute_activity_method(
                method,
                question,
                task_queue=options.LEDGER,
                start_to_close_timeout=start_to_close,
                retry_policy=options.STORE_WAITING_RETRY,
            )
        except FailureError:
            await workflow.sleep(options.STORE_FINAL_WAIT)


def _salt() -> str:
    return workflow.random().getrandbits(128).to_bytes(16, "big").hex()
