"""The loop that carries letters: reads what came in, delivers to workflows, gathers texts. Woken by commit and clock.

Leases make it safe to run in many processes. A poisoned letter fails alone; nothing here is in a hurry but urgent.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from models.errors import Refusal
from models.ids import ASSESSMENT, BENEFIT, COUNTY, ESCALATION, is_step, kind_of
from models.letters import (
    Letter,
    StartAssessment,
    StartBenefits,
    StartCase,
    StartCounty,
    StartDigest,
    StartEscalation,
    UpdateLetter,
)
from models.messages import ReportDanger
from models.values import BY_VISITORS
from post.gateway import Delivered, EngineAway, Fate, Gateway
from post.gather import gather
from post.inbox import Inbox
from post.ports import Claimed, Letterbox, Settled, SettledStep

log = structlog.get_logger()
AT_ONCE = 60
PULSE = 0.25  # seconds between looks at the clock, and at what other processes have written
MOST_TRIES = 40
ENDED = {
    ESCALATION: Refusal.ALREADY_CLOSED, ASSESSMENT: Refusal.NOT_ASSESSED, BENEFIT: Refusal.NO_BENEFITS,
    COUNTY: Refusal.NO_SUCH_LIST,
}  # fmt: skip
STARTS_A_SECOND = 50  # cases begun behind a list, by all workers together: the engine and everybody's texts go on


class Dispatch:
    def __init__(
        self, box: Letterbox, inbox: Inbox, gateway: Gateway, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._box = box
        self._inbox = inbox
        self._gateway = gateway
        self._now = now
        self._owner = f"{os.uname().nodename}-{os.getpid()}"
        self._woken = asyncio.Event()
        self._also_woken = asyncio.Event()
        self._stopping = False
        self._arrived: list[Settled] = []
        self._writing_down = asyncio.Lock()

    def wake(self) -> None:
        """Something was committed: look now. Call from the loop's own thread."""
        self._woken.set()
        self._also_woken.set()

    async def run(self) -> None:
        """Until `stop`. Two loops: what came in and texts never wait for a case that does not answer."""
        await asyncio.gather(self._loop(self._listen, self._woken), self._loop(self._deliver_in_pace, self._also_woken))

    async def _loop(self, once: Callable[[datetime], Awaitable[int]], woken: asyncio.Event) -> None:
        while not self._stopping:
            try:
                busy = await once(self._now())
            except Exception as error:  # noqa: BLE001 — the store or the engine is away: look again, lose nothing
                log.warning("dispatch_waits", error=type(error).__name__, where=place(error))
                busy = 0
            if not busy:
                woken.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), PULSE)

    def stop(self) -> None:
        self._stopping = True
        self.wake()

    async def dispatch_due(self, now: datetime | None = None) -> int:
        """One pass over all that is due, for tests. Answers how much was done; 0 = nothing more is due now."""
        at = now or self._now()
        return await self._listen(at) + await self._deliver(at)

    async def _listen(self, at: datetime) -> int:
        """Read what came in, tell of what was asked and never answered, gather what may go out."""
        done = await asyncio.to_thread(self._inbox.read_all, at)
        done += await asyncio.to_thread(self._inbox.tell_unanswered, at)
        return done + await asyncio.to_thread(gather, self._box, at)

    async def _deliver_in_pace(self, at: datetime) -> int:
        return await self._deliver(at, STARTS_A_SECOND)

    async def _deliver(self, at: datetime, starts_a_second: int | None = None) -> int:
        """Without a pace (tests, whose clock stands still) as many cases begin as are due."""
        claimed = await asyncio.to_thread(self._box.claim, at, AT_ONCE, self._owner, starts_a_second)
        if claimed:
            await asyncio.gather(*(self._carry(letter, at) for letter in claimed))
        return len(claimed)

    async def _carry(self, claimed: Claimed, now: datetime) -> None:
        try:
            await self._carry_one(claimed, now)
        except EngineAway as away:  # no letter's fault, so none is buried for it
            await self._again(claimed, now, away.why, bury=False)
        except Exception as error:  # noqa: BLE001 — one poisoned letter must not stop the others
            log.error(
                "letter_failed",
                letter_id=claimed.id,
                tries=claimed.tries,
                error=type(error).__name__,
                where=place(error),
            )
            await self._again(claimed, now, type(error).__name__)

    async def _carry_one(self, claimed: Claimed, now: datetime) -> None:
        match claimed.letter:
            case UpdateLetter() as letter:
                await self._settle(claimed, await self._gateway.deliver(letter), now)
                return
            case StartCase() | StartAssessment() | StartBenefits() | StartCounty() as letter:
                await self._gateway.start_stream(letter)
            case StartEscalation() as letter:
                await self._gateway.start_escalation(letter)
            case StartDigest() as letter:
                await self._gateway.start_digest(letter)
            case _:
                raise ValueError(f"{claimed.letter.kind} is not carried to a workflow")
        await self._settled(Settled(claimed.id), now)

    async def _settle(self, claimed: Claimed, delivered: Delivered, now: datetime) -> None:
        match delivered.fate:
            case Fate.ANSWERED:
                reply = delivered.reply.model_dump_json() if delivered.reply else None
                step = _step(claimed, delivered.reply.refusal if delivered.reply else None)
                await self._settled(Settled(claimed.id, reply=reply, step=step), now)
            case Fate.GONE:
                # The person first: settled, it would never be claimed again. Told twice is one item.
                if isinstance(claimed.letter, UpdateLetter) and claimed.letter.message.channel in BY_VISITORS:
                    danger = isinstance(claimed.letter.message, ReportDanger)
                    await asyncio.to_thread(self._box.tell_gone, claimed.id, now, danger=danger)
                why = ended(claimed.letter)
                await self._settled(Settled(claimed.id, why=why, step=_step(claimed, why)), now)
            case Fate.NOT_YET:
                await self._again(claimed, now, delivered.why or "not yet", bury=False)
            case Fate.REFUSED:
                await asyncio.to_thread(self._box.bury, claimed.id, now, delivered.why or "refused")

    async def _settled(self, letter: Settled, now: datetime) -> None:
        """Write down that it has arrived. Letters that arrive while others are being written down go together."""
        self._arrived.append(letter)
        async with self._writing_down:
            letters, self._arrived = self._arrived, []
            if not letters:
                return
            try:
                await asyncio.to_thread(self._box.settle, letters, now)
            except Exception:
                self._arrived[:0] = letters  # they go with the next ones
                raise

    async def _again(self, claimed: Claimed, now: datetime, why: str, *, bury: bool = True) -> None:
        if bury and claimed.tries >= MOST_TRIES:
            await asyncio.to_thread(self._box.bury, claimed.id, now, why)
            return
        if claimed.tries == MOST_TRIES:  # not the letter's fault: it goes on being tried, and a person is told
            await asyncio.to_thread(self._box.tell_stuck, claimed.id, now, why)
        wait = timedelta(seconds=min(0.5 * 2 ** min(claimed.tries, 7), 60))
        await asyncio.to_thread(self._box.try_again, claimed.id, now + wait, why)


def ended(letter: Letter) -> Refusal:
    """What a message is answered whose workflow has ended; of assessments, benefits, a county: has never begun."""
    kind = kind_of(letter.workflow_id) if isinstance(letter, UpdateLetter) else ""
    return ENDED.get(kind, Refusal.CASE_CLOSED)


def _step(claimed: Claimed, refusal: str | None) -> SettledStep | None:
    """A step of staff that comes this way was answered `later`, so they do not know yet what came of it."""
    if not isinstance(claimed.letter, UpdateLetter) or not is_step(claimed.id):
        return None
    return SettledStep(claimed.letter, refusal)


def place(error: BaseException) -> str:
    """Where it was raised, as file:line: enough to find it, and never what the values were."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
