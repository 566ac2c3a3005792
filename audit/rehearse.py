"""Before a deploy: would the runs of today go on under this code, and which editions of the rules do they still need?

`verify` without the checks of the store, and a table. A run needs an edition when a decision of its history was made
under it, because a replay makes that decision again, or when something it holds is still decided under it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from audit.chain import Walked, walk
from audit.replay import Witness
from audit.store import Store, snapshot
from audit.verify import Finding, Name, rederived
from decisions import edition
from models.events import Recorded, RecordReply
from models.ids import ASSESSMENT, BENEFIT, CASE, COUNTY, ESCALATION, kind_of, message_key
from projections import streams

ENDED = "ended"


class Need(NamedTuple):
    """One edition and how many runs need it. `changed` None: this code does not know it."""

    number: int
    changed: str | None
    cases: int
    escalations: int
    assessments: int
    benefits: int
    counties: int
    ended: int

    @property
    def by_open_runs(self) -> bool:
        return self.cases + self.escalations + self.assessments + self.benefits + self.counties > 0


@dataclass(frozen=True)
class Rehearsal:
    """`findings`: the runs that would stop. A rehearsal without a run proves nothing; `whole`: of every open run."""

    replayed: int
    whole: bool
    needs: tuple[Need, ...]
    findings: tuple[Finding, ...]

    @property
    def fits(self) -> bool:
        return self.replayed > 0 and not self.findings

    @property
    def removable(self) -> tuple[int, ...]:
        """Known editions but the newest whose branches no open run needs. One case alone cannot say so."""
        known = [need for need in self.needs if need.changed is not None and need.number != edition.newest()]
        return tuple(need.number for need in known if self.whole and not need.by_open_runs)


def rehearse(store: Store, witnesses: Sequence[Witness], case: str | None = None) -> Rehearsal:
    """What `witnesses`, replayed on this code, say about a deploy of it. `case` is an elder's id; None = all."""
    counts: Counter[tuple[int, str]] = Counter()
    findings: list[Finding] = []
    by_stream: dict[str, list[Witness]] = {}
    for witness in witnesses:
        by_stream.setdefault(witness.run.workflow_id, []).append(witness)
    with snapshot(store) as held:
        for stream in held.streams(case):
            walked = walk(held, stream)
            for witness in by_stream.pop(walked.name, []):
                needed = editions_of(walked.events, witness)
                findings += _unknown(witness, needed) or rederived(walked, witness)
                who = kind_of(walked.name) if witness.run.open else ENDED
                counts.update((number, who) for number in needed)
    for name, left in by_stream.items():
        findings += [finding for witness in left for finding in rederived(Walked(name, {}, [], None), witness)]
    return Rehearsal(len(witnesses), case is None, _needs(counts), tuple(findings))


def editions_of(events: Sequence[Recorded], witness: Witness) -> frozenset[int]:
    """Of the state each decision of the run was made on, from its first one, and of the state it is in."""
    answers = [call.answer for call in witness.calls]
    decided = (answer.from_seq - 1 for answer in answers if isinstance(answer, RecordReply) and answer.from_seq > 0)
    first = min(next(decided, len(events)), len(events))
    found: set[int] = set()
    state: streams.State | None = None
    for recorded, following in zip_longest(events, events[1:]):
        state = streams.evolve(state or streams.begin(recorded.stream, recorded.event), recorded.event, recorded.at)
        in_commit = following is not None and message_key(following.key) == message_key(recorded.key)
        if recorded.seq >= first and not in_commit:
            found.update(state.editions())
    return frozenset(found)


def _unknown(witness: Witness, needed: frozenset[int]) -> list[Finding]:
    """Why a replay failed where the code does not know an edition; the failure's own words are sealed."""
    unknown = needed - {one.number for one in edition.EDITIONS}
    if witness.failure is None or not unknown:
        return []
    what = f"本版程序不认识规则第{'、'.join(map(str, sorted(unknown)))}版次"
    return [Finding(Name.REPLAY, witness.run.workflow_id, None, what, witness.failed_at, witness.run.run_id)]


def _needs(counts: Counter[tuple[int, str]]) -> tuple[Need, ...]:
    changed = {one.number: one.changed for one in edition.EDITIONS}
    return tuple(
        Need(
            number, changed.get(number), counts[number, CASE], counts[number, ESCALATION], counts[number, ASSESSMENT],
            counts[number, BENEFIT], counts[number, COUNTY], counts[number, ENDED],
        )
        for number in sorted(changed.keys() | {number for number, _ in counts})
    )  # fmt: skip
