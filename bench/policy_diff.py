"""How long `policy diff --register` takes over a county: `python -m bench.policy_diff [--elders N]`.

A register of synthetic elders on SQLite, of whom one fact in ten is missing; two versions of `example-cq`, the second
with higher amounts, another age and a row less. Beside it, in the same run, the evaluator alone over the same elders
held in memory: what is left is the register itself, read and opened some elders at a time.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from adapters import database
from adapters.sql_known import VALUE
from adapters.sql_policy_diff import living
from bench.benefits import elder
from decisions.fact_sheet import OF_THE_REGISTER, asked_by
from decisions.policy_diff import Lives, Tally, compare
from models.benefits import BenefitRules
from models.tables import Area, Elder, StatedFact, table_of
from policies.benefits import rules_of
from policies.pack import Pack, canonical, from_content, load
from settings import Settings
from wiring import House

COUNTY, TOWNSHIPS = "county-example-cq", 20
MONTH, NOW = date(2026, 3, 1), datetime(2026, 3, 2, 1, tzinfo=UTC)
AT_ONCE = 200


def edited(held: Pack) -> Pack:
    """Every stated amount of 高龄津贴 a tenth higher, 养老服务补贴 from 75 on, 残疾二级 without a row."""
    content: dict[str, Any] = json.loads(held.content)
    care, old_age, severe = content["policy"]["benefits"][:3]
    for row in old_age["rows"]:
        row["fen"]["value"] += row["fen"]["value"] // 10
    care["rows"][0]["when"][2]["value"], care["rows"][1]["when"][1]["value"] = 74, 75
    severe["rows"].pop()
    return from_content(canonical(content))


def settle(house: House, many: int) -> None:
    """Straight into the tables; how a list comes in is `bench.roster`'s."""
    die = random.Random(1)
    areas: list[dict[str, Any]] = [{"id": COUNTY, "kind": "county", "parent_id": None}]
    areas += [{"id": f"T{n}", "kind": "township", "parent_id": COUNTY} for n in range(TOWNSHIPS)]
    areas += [{"id": f"W{n}", "kind": "village", "parent_id": f"T{n}"} for n in range(TOWNSHIPS)]
    with database.writing(house.engine) as connection:
        for row in areas:
            connection.execute(insert(table_of(Area)).values(row | {"name": row["id"], "from_on": date(2020, 1, 1)}))
        for first in range(0, many, AT_ONCE):
            people: list[dict[str, Any]] = []
            facts: list[dict[str, Any]] = []
            for n in range(first, min(first + AT_ONCE, many)):
                person, stated = _one(house, die, n)
                people.append(person)
                facts += stated
            connection.execute(insert(table_of(Elder)), people)
            connection.execute(insert(table_of(StatedFact)), facts)


def _one(house: House, die: random.Random, n: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    id_, sheet, at, seal = f"E{n:07}", elder(die), n % TOWNSHIPS, house.sealer.seal
    born = sheet.facts["born_on"].value if "born_on" in sheet.facts else date(1940, 5, 1)
    person = {
        "id": id_, "county_id": COUNTY, "township_id": f"T{at}", "village_id": f"W{at}", "household_id": id_,
        "name_enc": seal("王示福"), "id_number_enc": seal("0"), "id_number_index": id_, "phone_textable": False,
        "born_on_enc": seal(str(born)), "sex": "M", "standing": "case", "standing_reason": "special_difficulty",
        "updated_at": NOW,
    }  # fmt: skip
    stated = [(code, known.value) for code, known in sheet.facts.items() if code not in OF_THE_REGISTER]
    return person, [
        {
            "id": f"{id_}-{code}", "elder_id": id_, "n": k, "code": code, "source": "certificate", "on": MONTH,
            "value_enc": seal(VALUE.dump_json(value)), "taken_back": False, "stated_by": "S", "stated_at": NOW,
        }
        for k, (code, value) in enumerate(stated, start=1)
    ]  # fmt: skip


def timed(a: BenefitRules, b: BenefitRules, elders: Iterator[Lives]) -> tuple[float, Tally, int]:
    tally, changed = Tally(), 0
    began = time.process_time()
    for one in compare(a, b, elders):
        tally.add(one)
        changed += len(one.changed)
    return time.process_time() - began, tally, changed


def main() -> None:
    wanted = argparse.ArgumentParser(prog="bench.policy_diff", description="Two versions over a register.")
    wanted.add_argument("--elders", type=int, default=10_000)
    said = wanted.parse_args()
    held = load("example-cq")
    a, b = rules_of(held, MONTH), rules_of(edited(held), MONTH)
    with tempfile.TemporaryDirectory(prefix="tanfang-bench-") as folder:
        house = House(Settings(data_dir=Path(folder), database_url=None))
        database.migrate(house.settings.store_url)
        settle(house, said.elders)
        before = peak()
        asked = asked_by(a) | asked_by(b)

        def from_the_register() -> Iterator[Lives]:
            return living(house.engine, house.sealer, COUNTY, MONTH, asked)

        began = time.perf_counter()
        whole, tally, changed = timed(a, b, from_the_register())
        wall = time.perf_counter() - began
        grown = peak() - before
        alone, _, _ = timed(a, b, iter(list(from_the_register())))
        house.engine.dispose()
    print(f"{tally.elders:,} elders: {wall:.1f} s, {tally.elders / wall:,.0f} elders/s; {grown:.0f} MB more")
    print(f"processor {whole:.1f} s, the evaluator alone {alone:.1f} s: {whole / alone:.1f} × it")
    kinds = ", ".join(f"{kind.value} {n:,}" for kind, n in sorted(tally.total.kinds.items()))
    print(f"{changed:,} changes: {kinds}")
    print(f"a month, in fen: {tally.total.a.fen:,} → {tally.total.b.fen:,}; more {tally.more:,}, less {tally.less:,}")


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
