"""Workflows without an engine: decisions, look-ups and ledger of every stream, one message after the other, in here.

What a worker and a server would do in a year of days is done in minutes; what is recorded is decided by the same rules
and written by the same ledger. It stands where `post.gateway.Gateway` does, so dispatch and counter do not know.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, cast

from decisions import assessment, care_case, claims, county, county_state, escalation, ledger
from decisions.memory import tick_key
from models import ids
from models.county_messages import CountyStart
from models.digests import policy_digest
from models.events import Event, RecordRequest
from models.letters import StartCounty, StartDigest, StartEscalation, UpdateLetter
from models.messages import BriefingQuestion, CaseStart, Message, OwnerQuestion, Reply, Tick
from models.texts import SendOrder
from post.gateway import BEGINS, Delivered, Fate
from projections import streams
from wiring import House
from workflows.loop import answer
from workflows.options import UNHEARD_WAIT

MOST_ROUNDS = 40  # of one stream at one hour: more is a rule that never comes to rest


@dataclass
class Writer:
    stream: str
    state: Any
    seq: int = 0
    head: str = ledger.GENESIS
    not_before: datetime | None = None

    @property
    def kind(self) -> str:
        return ids.kind_of(self.stream)


@dataclass
class Engine:
    """`unsent`: digests that may not go yet. Nothing here is kept: what is recorded is."""

    house: House
    chance: Random
    writers: dict[str, Writer] = field(default_factory=dict)
    unsent: list[str] = field(default_factory=list)
    _wakes: list[tuple[datetime, str]] = field(default_factory=list)

    # --- as the gateway -----------------------------------------------------------------------------------------------

    async def deliver(self, letter: UpdateLetter) -> Delivered:
        stream = letter.workflow_id
        if (writer := self.writers.get(stream)) is None or _over(writer):
            known = self.house.ledger.reply_under(stream, letter.message.key)
            if known is not None:
                return Delivered(Fate.ANSWERED, known)
            if (writer is None and (writer := self._begun_by(letter)) is None) or _over(writer):
                return Delivered(Fate.GONE)
        reply = self._handle(writer, cast(Message, letter.message))
        self._sleep(writer)
        return Delivered(Fate.NOT_YET, why="unheard") if reply is None else Delivered(Fate.ANSWERED, reply)

    def _begun_by(self, letter: UpdateLetter) -> Writer | None:
        sleeping = self.house.ledger.sleeping(letter.workflow_id)
        begins = BEGINS.get(ids.kind_of(letter.workflow_id), ())
        if sleeping is None or not isinstance(letter.message, begins):
            return None
        return self._new(letter.workflow_id, sleeping.start)

    async def start_stream(self, letter: Any) -> None:
        if letter.workflow_id in self.writers:
            return
        start = (
            CountyStart(county_id=letter.county_id) if isinstance(letter, StartCounty)
            else CaseStart(elder_id=letter.elder_id, county_id=letter.county_id, township_id=letter.township_id)
        )  # fmt: skip
        self._begin(self._new(letter.workflow_id, start))

    async def start_escalation(self, letter: StartEscalation) -> None:
        if letter.workflow_id not in self.writers:
            self._begin(self._new(letter.workflow_id, letter))

    async def start_digest(self, letter: StartDigest) -> None:
        self.unsent.append(letter.digest_id)
        self.send()

    def send(self) -> int:
        """Whatever may go now. Answers how many have gone, or ended."""
        waiting, self.unsent = self.unsent, []
        for digest_id in waiting:
            if self.house.texts.send(SendOrder(digest_id=digest_id)).status == "retry":
                self.unsent.append(digest_id)
        return len(waiting) - len(self.unsent)

    # --- time ---------------------------------------------------------------------------------------------------------

    def next_wakeup(self) -> datetime | None:
        return self._wakes[0][0] if self._wakes else None

    def wake(self) -> int:
        """Every stream whose time has come."""
        now, woken = self.house.now(), 0
        while self._wakes and self._wakes[0][0] <= now:
            _, stream = heapq.heappop(self._wakes)
            writer = self.writers[stream]
            due = _wakes_at(writer)
            if due is None or due > now:
                continue  # it has been told something since, and stands in line with another hour
            self._begin(writer)
            woken += 1
        return woken

    def _begin(self, writer: Writer) -> None:
        """Let time pass for it until it rests."""
        now = self.house.now()
        for _ in range(MOST_ROUNDS):
            due = now if writer.seq == 0 else _wakes_at(writer)
            if due is None or due > now:
                break
            if self._decided(writer, Tick(key=tick_key(writer.seq))) is None:
                writer.not_before = now + UNHEARD_WAIT
                break
        else:
            raise RuntimeError(f"{writer.stream} does not come to rest")
        self._sleep(writer)

    def _sleep(self, writer: Writer) -> None:
        if (due := _wakes_at(writer)) is not None:
            heapq.heappush(self._wakes, (due, writer.stream))

    # --- receive → decide → record → evolve ------------------------------------------------------------------------

    def _new(self, stream: str, start: Any) -> Writer:
        match ids.kind_of(stream):
            case ids.CASE:
                state: Any = care_case.State(
                    elder_id=start.elder_id, county_id=start.county_id, township_id=start.township_id
                )
            case ids.ESCALATION:
                state = escalation.initial(start, stream)
            case ids.ASSESSMENT:
                state = assessment.initial(start)
            case ids.BENEFIT:
                state = claims.initial(start)
            case _:
                state = county_state.initial(start)
        writer = self.writers[stream] = Writer(stream, state)
        return writer

    def _handle(self, writer: Writer, message: Message) -> Reply | None:
        if writer.seq == 0:
            self._begin(writer)
        return writer.state.reply_to(message.key) or self._decided(writer, message)

    def _decided(self, writer: Writer, message: Message | Tick) -> Reply | None:
        """None: nothing was recorded."""
        now = self.house.now()
        events = self._decide(writer, message, now)
        if not events:
            return None
        linked = ledger.link(writer.stream, writer.seq, writer.head, message.key, now, events, self._salt)
        request = RecordRequest(
            stream=writer.stream, expected_seq=writer.seq, expected_head=writer.head, key=message.key, events=linked
        )
        recorded = self.house.ledger.record(request)
        if recorded.status == "unheard":
            return None
        if recorded.status != "appended":
            raise RuntimeError(f"{writer.stream} {message.key}: {recorded.status}")
        for each in linked:
            writer.state = streams.evolve(writer.state, each.event, each.at)
        writer.seq, writer.head, writer.not_before = linked[-1].seq, linked[-1].hash, None
        return answer(message.key, writer.state.reply_to(message.key), events)

    def _decide(self, writer: Writer, message: Any, now: datetime) -> Sequence[Event]:
        """As the workflow of this kind does."""
        house, state = self.house, writer.state
        match writer.kind:
            case ids.CASE:
                wanted = care_case.wants(state, message, now)
                question = wanted and BriefingQuestion(
                    elder_id=state.elder_id, at=now, known_policy=policy_digest(state.policy), wanted=wanted
                )
                return care_case.decide(state, message, now, question and house.directory.brief(question))
            case ids.ESCALATION:
                return escalation.decide(state, self._with_owner(state, message, now), now)
            case ids.ASSESSMENT:
                asked = assessment.wants(state, message, now)
                return assessment.decide(state, message, now, asked and house.assessing.brief(asked))
            case ids.BENEFIT:
                asked = claims.wants(state, message, now)
                return claims.decide(state, message, now, asked and house.benefits.brief(asked))
            case _:
                asked = county.wants(state, message, now)
                return county.decide(state, message, now, asked and house.county.brief(asked))

    def _with_owner(self, state: escalation.State, message: Any, now: datetime) -> Any:
        rung = escalation.wanted_rung(state, now) if isinstance(message, Tick) else None
        if rung is None:
            return message
        question = OwnerQuestion(
            township_id=state.township_id, village_id=state.village_id,
            roles=tuple(level.role for level in state.ladder), rung=rung, at=now,
        )  # fmt: skip
        return message.model_copy(update={"owner": self.house.directory.owner(question)})

    def _salt(self) -> str:
        return self.chance.getrandbits(128).to_bytes(16, "big").hex()


WAKEUPS = {
    ids.CASE: care_case.next_wakeup, ids.ESCALATION: escalation.next_wakeup, ids.ASSESSMENT: assessment.next_wakeup,
    ids.BENEFIT: claims.next_wakeup, ids.COUNTY: county.next_wakeup,
}  # fmt: skip


def _wakes_at(writer: Writer) -> datetime | None:
    if _over(writer):
        return None
    due = cast("datetime | None", WAKEUPS[writer.kind](writer.state))
    return due if due is None or writer.not_before is None else max(due, writer.not_before)


def _over(writer: Writer) -> bool:
    """It takes no message any more; assessments and benefits only rest, and are woken by one."""
    return writer.kind == ids.ESCALATION and writer.state.ended
