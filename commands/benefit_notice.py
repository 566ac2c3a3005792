"""`starter.py benefit notice`: the sheet to put up, where a notice is due or hangs."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated

import typer

from adapters.database import reading
from commands.acting import As, Counter, Json, day, run
from commands.benefit_show import Code, ElderId, claim_at
from commands.benefit_trace import Packs
from decisions.claim_state import Claim, State
from decisions.claim_terms import notice_until
from decisions.deadlines import civil_day
from decisions.public_notice import notice_text
from models.claims import ClaimStage
from models.errors import Refusal
from post.desk import Refused
from projections import read_benefits


def notice(
    elder: ElderId, code: Code, staff: As,
    on: Annotated[str | None, typer.Option(help="哪天贴，默认今天")] = None, as_json: Json = False,
) -> None:  # fmt: skip
    """打印要贴的公示：只有姓名（遮住中间）、村、待遇、拟定结果、公示期和向谁提异议。没有公示依据的没有这张。"""
    up_on = day(on) if on else None

    async def life(counter: Counter) -> str:
        counter.seen(counter.desk.actor(staff, "post_notice", elder), "benefit_notice", elder)
        state, claim = claim_at(counter, elder, code, ClaimStage.POSTING, ClaimStage.POSTED)
        from_on, until_on = _hangs(state, claim, up_on or civil_day(counter.house.now()))
        with reading(counter.house.engine) as connection:
            row = read_benefits.posted_of(connection, elder)
        return notice_text(
            name=counter.house.sealer.open(row.name_enc), village=row.village, township=row.township,
            benefit=Packs(counter).derive(code, claim.proposed).benefit.name, from_on=from_on, until_on=until_on,
        )  # fmt: skip

    text = run(life, as_json=as_json)
    typer.echo(json.dumps({"text": text}, ensure_ascii=False) if as_json else text)


def _hangs(state: State, claim: Claim, up_on: date) -> tuple[date, date]:
    """As recorded, once it is up; before that, as it would be."""
    if state.stage(claim.code) is ClaimStage.POSTED and claim.posted_on and claim.until_on:
        return claim.posted_on, claim.until_on
    if claim.days is None or claim.unit is None or state.policy is None:
        raise Refused(Refusal.CLAIM_NOT_THERE)
    return up_on, notice_until(up_on, claim.days, claim.unit, state.policy.calendar)
