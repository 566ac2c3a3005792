"""The promises of the design, one check each: I0–I9, I8 where something is given. Sound while work is in flight: what
is younger than the grace is counted apart. Histories are read before the store (`audit.replay`), so the store may be
ahead of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from audit.checks import Check, Tally
from audit.invariants_money import money_is_decided
from audit.invariants_post import inbound_once, nothing_missing, texts_once
from audit.invariants_visits import missed_are_owned, periods_are_whole
from audit.replay import Witness
from audit.store import CASES, ELDERS, LETTERS, STATES, Snapshot, Store, snapshot
from audit.verify import Name, Report, verify
from decisions import assessment, claims
from decisions.deadlines import instant
from models.ids import ASSESSMENT, BENEFIT, case_stream
from projections import streams

__all__ = ["Check", "run_all"]

# Streams that a message begins and that end when they rest: kind → what they are called.
BY_MESSAGE = {ASSESSMENT: "评估", BENEFIT: "待遇"}


def run_all(
    store: Store,
    witnesses: Sequence[Witness],
    *,
    as_of: datetime,
    grace: timedelta = timedelta(0),
    report: Report | None = None,
) -> list[Check]:
    """Every promise, in order. `as_of`: the moment before the histories were read. `report`: of `verify` on the same
    witnesses, if it has been made already.
    """
    told = report or verify(store, witnesses, as_of=as_of, grace=grace)
    limit = as_of - grace
    with snapshot(store) as held:
        money = money_is_decided(held, limit, told)
        return [
            one_execution(held, witnesses, as_of, limit),
            periods_are_whole(held, limit),
            missed_are_owned(held, as_of, limit),
            texts_once(held, limit),
            inbound_once(held, limit),
            _of_report(told, "I5", "每条台账链从头到尾可验", (Name.CHAIN,)),
            _of_report(told, "I6", "各表等于台账的汇总，台账等于流程历史", (Name.FOLD, Name.RECEIPTS, Name.REDERIVED)),
            _of_report(told, "I7", "每份历史都能在本版代码上重放", (Name.REPLAY,)),
            *([money] if money is not None else []),
            nothing_missing(held, limit),
        ]


def one_execution(held: Snapshot, witnesses: Sequence[Witness], at: datetime, limit: datetime) -> Check:
    """I0. Closed = by a fact, not by the engine: a case that ended without `CaseClosed` offends."""
    tally = Tally("I0", "每位建档老人恰有一个在运行的个案，没办完的评估、待遇和各县的月份也在运行", limit)
    running = Counter(witness.run.workflow_id for witness in witnesses if witness.run.open)
    cases = {row.elder_id: row for row in held.rows(CASES)}
    for elder in held.rows(ELDERS, ELDERS.c.standing == "case"):
        begins_at = instant(elder.start_on) if elder.start_on else elder.updated_at
        if begins_at > at:
            continue
        tally.see()
        case, open_ = cases.get(elder.id), running[case_stream(elder.id)]
        if case is not None and case.status == "closed":
            if open_:
                tally.offend(f"{elder.id}：已结案，流程还在运行", case.closed_at)
        elif open_ != 1:
            tally.offend(f"{elder.id}：在运行的个案有{open_}个", max(begins_at, elder.updated_at))
    for kind, called in BY_MESSAGE.items():
        for row in held.rows(STATES, STATES.c.stream.startswith(f"{kind}/")):
            since, rests = _rests(streams.load(row.stream, held.open(row.state_enc)))
            if not rests:
                tally.see()
                if running[row.stream] != 1:
                    tally.offend(f"{row.stream}：在运行的{called}有{running[row.stream]}个", since)
    for row in held.rows(LETTERS, LETTERS.c.kind == "start_county"):
        tally.see()
        if running[row.workflow_id] != 1:
            tally.offend(f"{row.workflow_id}：在运行的有{running[row.workflow_id]}个", row.created_at)
    return tally.close()


def _rests(state: streams.State) -> tuple[datetime | None, bool]:
    """Since when it waits for something, where the state says so, and whether it waits for nothing."""
    match state:
        case assessment.State():
            return state.round.since if state.round else None, assessment.rests(state)
        case claims.State():
            return max((step.since for _, step in state.steps()), default=None), claims.rests(state)
        case _:
            return None, True


def _of_report(report: Report, name: str, promise: str, checks: tuple[Name, ...]) -> Check:
    examined = [report.examined[check] for check in checks if check in report.examined]
    offending = [finding.told() for finding in report.of(*checks)]
    in_flight = report.in_flight if Name.RECEIPTS in checks else 0
    return Check(name, promise, min(examined, default=0), in_flight, tuple(offending))
