"""The county of `world` with the example's benefits in its pack, of which one is posted and has a paper, and the coupon
does not end with its year; and whoever is needed to decide one: an approver beside the county officer.
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from adapters.sql_known import VALUE
from models.claims import FactSource
from models.facts import FactValue
from models.policy import Category
from models.tables import (
    ClaimRow,
    Elder,
    ElderCategory,
    EntitlementRow,
    PolicyVersion,
    Post,
    Staff,
    StatedFact,
    table_of,
)
from models.values import Role
from policies.pack import Pack, load
from tests.decisions.planting import both, planted, put
from tests.stories.world import COUNTY, World

CARE, AGE, CARD, DESTITUTE = "care_allowance", "old_age", "severe_disability_care", "destitute_care"
COUPON = "service_coupon"
APPROVER = f"S-{Role.COUNTY_APPROVER.value}"
SINCE = date(2021, 1, 1)
BORN = date(1958, 1, 10)  # 80 in the second month of the stories
NOTICE = {"days": 7, "unit": "calendar_days", "again_days": 3, "rule": "示例规定第三条"}
FORM = {"code": "application_form", "name": "申请表", "rule": "示例规定第二条"}


@cache
def pack() -> Pack:
    example: dict[str, Any] = json.loads(load("example-cq").content)["policy"]
    benefits: list[dict[str, Any]] = example["benefits"]
    (care,) = (benefit for benefit in benefits if benefit["code"] == CARE)
    care |= {"notice": NOTICE, "documents": [FORM]}
    (coupon,) = (benefit for benefit in benefits if benefit["code"] == COUPON)
    for row in coupon["rows"]:
        del row["to_on"]
    questions = {path: why for path, why in example["unknown"].items() if path.startswith("benefits.")}
    unknown = [put(f"unknown.{path}", why) for path, why in questions.items()]
    together = put("exclusivity", example["exclusivity"])
    return planted(both(put("version", "benefits"), put("benefits", benefits), together, *unknown))


def settle_in(world: World) -> None:
    """The pack is in force, E1 is a poor elder of 79, and the approver is at their post."""
    seal, index = world.house.sealer.seal, world.house.sealer.index
    phone, held = "+8619200000088", pack()
    with writing(world.house.engine) as c:
        version = {"hash": held.hash, "county": "fengjie", "version": held.version, "content": held.content}
        c.execute(
            insert(table_of(PolicyVersion)).values(
                **version, active_from=SINCE, activated_by="test", at=world.clock
            )
        )  # fmt: skip
        c.execute(update(table_of(Elder)).values(born_on_enc=seal(BORN.isoformat())))
        c.execute(
            insert(table_of(ElderCategory)).values(
                elder_id="E1", category=Category.MINIMUM_LIVING.value, from_on=SINCE, source="test"
            )
        )
        c.execute(
            insert(table_of(Staff)).values(
                id=APPROVER, county_id=COUNTY, name_enc=seal("孙示己"), phone_enc=seal(phone),
                phone_index=index("phone", phone),
            )
        )  # fmt: skip
        post = {"id": "P-approver", "role": Role.COUNTY_APPROVER.value, "area_id": COUNTY, "holder_id": APPROVER}
        c.execute(insert(table_of(Post)).values(post))


def state_facts(world: World, elder: str, on: date, **facts: FactValue) -> None:
    """As staff have stated them first of all, by a certificate; nobody is told of it."""
    table, seal = table_of(StatedFact), world.house.sealer.seal
    with writing(world.house.engine) as c:
        for n, (code, value) in enumerate(facts.items(), start=1):
            c.execute(
                insert(table).values(
                    id=f"fact-{elder}-{code}-{on}", elder_id=elder, n=n, code=code,
                    value_enc=seal(VALUE.dump_json(value)), source=FactSource.CERTIFICATE.value, on=on,
                    taken_back=False, stated_by="test", stated_at=world.clock,
                )
            )  # fmt: skip


def claims(world: World, elder: str = "E1") -> dict[str, Any]:
    """The last claim to each benefit."""
    rows = table_of(ClaimRow)
    with reading(world.house.engine) as c:
        return {row.code: row for row in c.execute(select(rows).where(rows.c.elder_id == elder).order_by(rows.c.n))}


def amounts(world: World, elder: str = "E1") -> list[tuple[Any, ...]]:
    """(code, row, fen, from month, through) of all that was approved, in the order of its months."""
    rows = table_of(EntitlementRow)
    columns = (rows.c.code, rows.c.row, rows.c.fen, rows.c.from_month, rows.c.through)
    query = select(*columns).where(rows.c.elder_id == elder).order_by(rows.c.code, rows.c.from_month)
    with reading(world.house.engine) as c:
        return [tuple(row) for row in c.execute(query)]
