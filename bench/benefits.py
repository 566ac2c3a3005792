"""How many proposals a second the rules of benefits give, each with its whole trace: `python -m bench.benefits`.

Processor time of one core. The pack of a county as it is (default `example-cq`); elders by a seeded die, of whom one
fact in ten is missing.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from datetime import date

from decisions.benefit import propose, ready
from decisions.benefit_together import combine
from models.facts import FACTS, FactSheet, FactType, Known
from policies.benefits import rules_of
from policies.pack import load

MONTH = date(2026, 3, 1)


def elder(die: random.Random, missing: float = 0.1) -> FactSheet:
    facts = {
        code: Known(value=_value(die, code), source="bench", on=MONTH) for code in FACTS if not FACTS[code].comes_of
    }
    return FactSheet(facts={code: known for code, known in facts.items() if die.random() >= missing})


def _value(die: random.Random, code: str) -> bool | int | str | date | tuple[str, ...]:
    fact = FACTS[code]
    match fact.type:
        case FactType.NUMBER:
            return die.randint(fact.least, fact.most)
        case FactType.YES_NO:
            return die.random() < 0.5
        case FactType.CODES:
            return ()
        case FactType.DAY:
            return date(2026 - die.randint(1, 3) if code == "bedridden_since" else die.randint(1920, 1966), 5, 1)
        case _:
            return die.choice(fact.options)


def main() -> None:
    wanted = argparse.ArgumentParser(prog="bench.benefits", description="Proposals a second, with trace.")
    wanted.add_argument("--county", default="example-cq")
    wanted.add_argument("--elders", type=int, default=20_000)
    said = wanted.parse_args()
    die = random.Random(1)
    rules = rules_of(load(said.county), MONTH)
    asked, elders = ready(rules), [elder(die) for _ in range(said.elders)]
    started = time.process_time()
    for sheet in elders:
        for each in asked:
            propose(each, sheet)
    spent = time.process_time() - started
    proposals = [[propose(each, sheet) for each in asked] for sheet in elders[:2000]]
    started = time.process_time()
    for each in proposals:
        combine(each, rules.exclusivity)
    combining = time.process_time() - started
    some = [proposal for each in proposals for proposal in each]
    tests = sum(len(row.when) + sum(map(len, row.any)) for proposal in some for row in proposal.rows)
    many = len(elders) * len(asked)
    print(f"{many:,} proposals, {tests / len(some):.1f} conditions in each: {many / spent:,.0f}/s")
    print(f"{len(proposals):,} elders combined: {len(proposals) / combining:,.0f}/s")
    outcomes = Counter(proposal.outcome.value for proposal in some)
    print(", ".join(f"{outcome} {times:,}" for outcome, times in sorted(outcomes.items())))


if __name__ == "__main__":
    main()
