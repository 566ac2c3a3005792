"""The store was restored older than the engine: what the engine's histories know, and the ledger has not, is appended.

A replay derives each fact again, with its salt and its hash, and the history holds the receipt for it. Nothing is
appended to a stream unless all that is missing there chains from its head, fact by fact, to what the receipts say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from audit.chain import broken_link, walk
from audit.replay import Witness
from audit.store import ELDERS, Store, snapshot
from decisions.ledger import GENESIS
from models.events import Recorded, RecordReply, RecordRequest
from models.ids import ESCALATION, OF_ELDERS, elder_of, kind_of, message_key


class Gap(NamedTuple):
    """What one stream lacks after `seq`, to the last fact the engine knows. `refused`: why nothing is appended."""

    stream: str
    seq: int
    to_seq: int
    commits: tuple[RecordRequest, ...] = ()
    refused: str | None = None


class _Known(NamedTuple):
    """A stream as the engine knows it: its facts, and the hash that each receipt names."""

    facts: dict[int, Recorded]
    receipts: dict[int, str]


def gaps(store: Store, witnesses: Sequence[Witness], case: str | None = None) -> list[Gap]:
    """Every stream that is shorter than the histories say. `witnesses` replayed; `case` is an elder's id."""
    known = _known(witnesses)
    found: list[Gap] = []
    with snapshot(store) as held:
        elders = {row.id for row in held.rows(ELDERS)}
        stored = {stream.name: walk(held, stream) for stream in held.streams(case) if stream.name in known}
    for name in sorted(known):
        last = max([*known[name].facts, *known[name].receipts], default=0)
        walked = stored.get(name)
        seq = len(walked.rows) if walked else 0
        if last <= seq:
            continue
        if walked is not None and walked.broken is not None:
            found.append(Gap(name, seq, last, refused=f"台账第{walked.broken[0]}条本身不符"))
        elif kind_of(name) in OF_ELDERS and elder_of(name) not in elders:
            found.append(Gap(name, seq, last, refused="登记簿里没有这位老人"))
        else:
            head = walked.events[-1].hash if walked and walked.events else GENESIS
            found.append(_gap(name, seq, head, last, known[name]))
    return found


def append(gaps_: Iterable[Gap], restore: Callable[[RecordRequest], RecordReply]) -> int:
    """Commit by commit as they were made, in the order of their time: escalations after who asked. How many facts."""
    commits = [commit for gap in gaps_ if gap.refused is None for commit in gap.commits]
    commits.sort(key=lambda commit: (commit.events[0].at, kind_of(commit.stream) == ESCALATION, commit.expected_seq))
    done = 0
    for commit in commits:
        done += len(commit.events) if restore(commit).status == "appended" else 0
    return done


def _known(witnesses: Sequence[Witness]) -> dict[str, _Known]:
    known: defaultdict[str, _Known] = defaultdict(lambda: _Known({}, {}))
    for witness in witnesses:
        told = [recorded for call in witness.calls for recorded in call.answer.events]
        for recorded in (*told, *(derived.recorded for derived in witness.derived)):
            known[recorded.stream].facts.setdefault(recorded.seq, recorded)
        for position in witness.positions:
            known[witness.run.workflow_id].receipts[position.seq] = position.hash
    return dict(known)


def _gap(stream: str, seq: int, head: str, last: int, known: _Known) -> Gap:
    missing: list[Recorded] = []
    for n in range(seq + 1, last + 1):
        fact = known.facts.get(n)
        if fact is None:
            return Gap(stream, seq, last, refused=f"第{n}条从流程历史推不出来")
        why = broken_link(fact, fact.event.kind, head)
        if why is None and known.receipts.get(n, fact.hash) != fact.hash:
            why = "与流程历史里的回执不符"
        if why is not None:
            return Gap(stream, seq, last, refused=f"第{n}条{why}")
        missing.append(fact)
        head = fact.hash
    return Gap(stream, seq, last, tuple(_commits(stream, missing)))


def _commits(stream: str, missing: Sequence[Recorded]) -> Iterable[RecordRequest]:
    for key, facts in groupby(missing, key=lambda fact: message_key(fact.key)):
        events = tuple(facts)
        yield RecordRequest(
            stream=stream, expected_seq=events[0].seq - 1, expected_head=events[0].prev, key=key, events=events
        )
