"""`starter.py benefit list`: which claims and proposed changes wait for a person, by term."""

from __future__ import annotations

import json
from collections import Counter as Tally
from typing import Any

import typer
from sqlalchemy import Row

from adapters.database import reading
from commands.acting import As, Counter, Json, plain, run, show
from decisions.benefit_told import waits_in_short
from decisions.closed_words import CLAIM_STAGES as STAGES
from decisions.permits import areas_where
from models.claims import ClaimStage
from projections import read_benefits

WAITING = {
    "elder_id": "老人", "village": "村（社区）", "code": "待遇", "stage": "现在", "due_at": "限期", "what": "拟定",
    "late": "过期",
}  # fmt: skip


def list_(staff: As, as_json: Json = False) -> None:
    """本人辖区内在办的申请和拟定的变更，按限期排列；各步几件，过期几件。"""

    async def life(counter: Counter) -> list[dict[str, Any]]:
        counter.seen(counter.desk.actor(staff, "benefit_show", None), "benefit_list", "")
        now = counter.house.now()
        areas = areas_where("benefit_show", counter.house.desk_store.posts_of(staff, now))
        with reading(counter.house.engine) as connection:
            claims = read_benefits.open_claims(connection, areas)
            waiting = read_benefits.waiting_entitlements(connection, areas)
        rows = [*map(_of_claim, claims), *map(_of_entitlement, waiting)]
        late = (row | {"late": row["due_at"] is not None and row["due_at"] <= now} for row in rows)
        return sorted(late, key=lambda row: (row["due_at"] is None, row["due_at"], row["elder_id"], row["code"]))

    rows = run(life, as_json=as_json)
    stages = Tally(row["stage"] for row in rows)
    late = sum(row["late"] for row in rows)
    if as_json:
        told = {"open": rows, "stages": {stage.value: stages[stage.value] for stage in STAGES}, "late": late}
        typer.echo(json.dumps(told, ensure_ascii=False, default=plain))
        return
    show([_line(row) for row in rows], WAITING, as_json=False, title="在办的待遇")
    counts = [f"{said}{stages[stage.value]}件" for stage, said in STAGES.items() if stages[stage.value]]
    typer.echo("；".join([*counts, f"过期{late}件"]))


def _of_claim(row: Row[Any]) -> dict[str, Any]:
    names = ("elder_id", "village", "code", "stage", "due_at", "outcome", "standing", "row", "fen", "decision")
    return {"what": "claim"} | {name: getattr(row, name) for name in names}


def _of_entitlement(row: Row[Any]) -> dict[str, Any]:
    names = ("elder_id", "village", "code", "row", "fen", "change", "change_fen", "change_month")
    told = {name: getattr(row, name) for name in names}
    return {"what": "entitlement", "stage": row.waits, "due_at": row.waits_until} | told


def _line(row: dict[str, Any]) -> dict[str, Any]:
    stage, late = STAGES[ClaimStage(row["stage"])], "过期" if row["late"] else ""
    return row | {"what": waits_in_short(row), "stage": stage, "late": late}
