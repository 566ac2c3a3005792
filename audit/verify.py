"""`audit verify`: the chain, the tables against the ledger, the ledger against the histories, the code against both,
and every decision about a benefit against the rules it was made by.

Histories are read first and the store second, so the store may be ahead by what was in flight, and never behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from audit.chain import Walked, walk
from audit.fold import compare, refolding
from audit.heads import Ours, anybody
from audit.histories import is_of
from audit.redecided import Redeciding, proposal_of
from audit.replay import Witness
from audit.rescored import rescored
from audit.store import Store, before, snapshot
from models.ability import AbilityScale
from models.ids import ASSESSMENT, STREAMS, kind_of
from policies import scales


class Name(StrEnum):
    """The checks; of two findings about one fact the earlier here is told."""

    CHAIN = "chain"  # every row follows from the one before
    REPLAY = "replay"  # every history fits today's code
    REDERIVED = "rederived"  # what the code derives from the history = the rows
    RECEIPTS = "receipts"  # what the history was told was written = the rows
    FOLD = "fold"  # the tables = the fold of the ledger
    REDECIDED = "redecided"  # each proposal, by the rules or the scale it names = what it holds


WORDS: Mapping[Name, str] = {
    Name.CHAIN: "链条",
    Name.REPLAY: "重放",
    Name.REDERIVED: "重演",
    Name.RECEIPTS: "回执",
    Name.FOLD: "汇总",
    Name.REDECIDED: "重算",
}


class Finding(NamedTuple):
    """The first difference of a stream. `event_id`: where its history says so."""

    check: Name
    stream: str
    seq: int | None
    what: str
    event_id: int | None = None
    run_id: str | None = None

    def told(self) -> str:
        place = self.stream if self.seq is None else f"{self.stream}#{self.seq}"
        at = f"（流程历史第{self.event_id}条，运行 {self.run_id}）" if self.event_id is not None else ""
        return f"{WORDS[self.check]}：{place} {self.what}{at}"


@dataclass(frozen=True)
class Report:
    """`findings`: all that differs, in order. `examined`: how much each check that ran has looked at."""

    findings: tuple[Finding, ...]
    examined: Mapping[Name, int]
    in_flight: int = 0

    @property
    def unexamined(self) -> tuple[Name, ...]:
        return tuple(name for name, count in self.examined.items() if count == 0)

    @property
    def clean(self) -> bool:
        return not self.findings and not self.unexamined

    def first(self) -> dict[str, Finding]:
        """The first differing fact of each stream."""
        return {finding.stream: finding for finding in reversed(self.findings)}

    def of(self, *names: Name) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.check in names)


@dataclass
class _Desk:
    findings: list[Finding] = field(default_factory=list[Finding])
    examined: Counter[Name] = field(default_factory=Counter[Name])
    in_flight: int = 0

    def report(self) -> Report:
        order = list(Name)
        firsts: dict[tuple[str, Name], Finding] = {}
        for finding in sorted(self.findings, key=_place):
            firsts.setdefault((finding.stream, finding.check), finding)
        ranked = sorted(firsts.values(), key=lambda f: (f.stream, *_place(f), order.index(f.check)))
        examined = {name: self.examined[name] for name in order if name in self.examined}
        return Report(tuple(ranked), examined, self.in_flight)


def _place(finding: Finding) -> tuple[bool, int, int]:
    return (finding.seq is None, finding.seq or 0, finding.event_id or 0)


def verify(
    store: Store,
    witnesses: Sequence[Witness],
    case: str | None = None,
    *,
    as_of: datetime,
    grace: timedelta = timedelta(0),
    ours: Ours = anybody,
) -> Report:
    """Every difference, the first of each stream by each check. `case` is an elder's id; None = all.

    `as_of` is the moment before the histories were read: what is younger than `grace` before it is in flight.
    With witnesses that were read but not replayed, only the cheap checks run. `ours`: the streams that are looked at.
    """
    limit = as_of - grace
    desk = _Desk()
    desk.examined.update({Name.CHAIN: 0, Name.RECEIPTS: 0, Name.FOLD: 0})
    if any(witness.replayed for witness in witnesses):
        desk.examined.update({Name.REPLAY: 0, Name.REDERIVED: 0})
    by_stream: dict[str, list[Witness]] = {}
    for witness in witnesses:
        if (case is None or is_of(witness.run.workflow_id, case)) and ours(witness.run.workflow_id):
            by_stream.setdefault(witness.run.workflow_id, []).append(witness)
    with snapshot(store) as held, refolding() as refolded:
        redeciding = Redeciding(held)
        for stream in filter(lambda stream: ours(stream.name), held.streams(case)):
            walked = walk(held, stream)
            _chain(desk, walked)
            refolded.add(walked.events)
            _redecide(desk, walked, redeciding)
            _histories(desk, walked, by_stream.pop(walked.name, []), limit)
        for name, silent in by_stream.items():
            _histories(desk, Walked(name, {}, [], None), silent, limit)
        broken = frozenset(finding.stream for finding in desk.findings if finding.check is Name.CHAIN)
        examined, differences = compare(held, refolded, case, broken, ours)
        desk.examined[Name.FOLD] += examined
        desk.findings += [Finding(Name.FOLD, *difference) for difference in differences]
    return desk.report()


def _chain(desk: _Desk, walked: Walked) -> None:
    desk.examined[Name.CHAIN] += len(walked.rows)
    if walked.broken is not None:
        desk.findings.append(Finding(Name.CHAIN, walked.name, *walked.broken))


def _redecide(desk: _Desk, walked: Walked, redeciding: Redeciding) -> None:
    if kind_of(walked.name) == ASSESSMENT:
        for seq, what in rescored(walked.events, _scale()):
            desk.examined[Name.REDECIDED] += 1
            if what is not None:
                desk.findings.append(Finding(Name.REDECIDED, walked.name, seq, what))
    for recorded in walked.events:
        if proposal_of(recorded.event) is not None:
            desk.examined[Name.REDECIDED] += 1
            what = redeciding.unlike(recorded.event)
            if what is not None:
                desk.findings.append(Finding(Name.REDECIDED, walked.name, recorded.seq, what))


@cache
def _scale() -> AbilityScale:
    return scales.load()


def _histories(desk: _Desk, walked: Walked, witnesses: Sequence[Witness], limit: datetime) -> None:
    for witness in witnesses:
        desk.findings += _receipts(desk, walked, witness)
        if witness.replayed:
            desk.examined[Name.REPLAY] += 1
            desk.examined[Name.REDERIVED] += len(witness.derived)
            desk.findings += rederived(walked, witness)
    desk.findings += _unknown(desk, walked, witnesses, limit)


def _receipts(desk: _Desk, walked: Walked, witness: Witness) -> Iterable[Finding]:
    """Each receipt of the history against the row it names. Never is the store behind its history."""
    last = max(walked.rows, default=0)
    run_id = witness.run.run_id
    for position in witness.positions:
        desk.examined[Name.RECEIPTS] += 1
        row = walked.rows.get(position.seq)
        if row is not None and row.hash == position.hash:
            continue
        if position.seq > last:
            what = f"流程记到第{position.seq}条，台账只到第{last}条：末尾少了"
            return [Finding(Name.RECEIPTS, walked.name, last + 1, what, position.event_id, run_id)]
        if row is None:
            return [Finding(Name.RECEIPTS, walked.name, position.seq, "这一条不在了", position.event_id, run_id)]
        several = f"第{position.from_seq}至{position.seq}条中有一条" if position.from_seq < position.seq else "这一条"
        what = f"{several}不是当时写下的"
        return [Finding(Name.RECEIPTS, walked.name, position.from_seq, what, position.event_id, run_id)]
    return []


def rederived(walked: Walked, witness: Witness) -> Iterable[Finding]:
    """What today's code derives from the history against the rows; and whether it fits the history at all."""
    run_id = witness.run.run_id
    found: list[Finding] = []
    told = {position.seq: position.hash for position in witness.positions}
    for event_id, recorded in witness.derived:
        row = walked.rows.get(recorded.seq)
        if row is None or row.hash == recorded.hash:
            continue  # a row that is not there is the chain's or the receipts' finding
        commit = [d.recorded for d in witness.derived if d.event_id == event_id]
        same_code = told.get(commit[-1].seq) == commit[-1].hash
        why = "这一条被改写过" if same_code else "现在的代码得出的与当时记下的不同"
        what = f"{why}：{recorded.event.kind}"
        found.append(Finding(Name.REDERIVED, walked.name, recorded.seq, what, event_id, run_id))
        break
    if witness.failure is not None:
        known = [p.seq for p in witness.positions if witness.failed_at is None or p.event_id <= witness.failed_at]
        seq = max(known, default=0) + 1 if kind_of(walked.name) in STREAMS else None
        what = f"流程历史与现在的代码不合：{witness.failure.splitlines()[0][:200]}"
        found.append(Finding(Name.REPLAY, walked.name, seq, what, witness.failed_at, run_id))
    return found


def _unknown(desk: _Desk, walked: Walked, witnesses: Sequence[Witness], limit: datetime) -> Iterable[Finding]:
    """Facts that no history knows: in flight while young, else put there by somebody else, or the history is lost."""
    known = max((position.seq for witness in witnesses for position in witness.positions), default=0)
    ahead = [row for seq, row in sorted(walked.rows.items()) if seq > known]
    old = [row for row in ahead if before(row.at, limit)]
    desk.in_flight += len(ahead) - len(old)
    if not old:
        return []
    what = "流程不知道这一条" if witnesses else "没有流程历史可对：没有归档，或已过保留期"
    return [Finding(Name.RECEIPTS, walked.name, old[0].seq, what)]
