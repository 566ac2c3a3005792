"""`starter.py benefit notice`: the sheet to put up, where a notice is due or hangs."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from adapters.database import reading
from commands.acting import As, Counter, Json, day, run
from commands.benefit_show import Code, ElderId, claim_at
from decisions.benefit_trace import why
from decisions.deadlines import civil_day
from decisions.public_notice import hangs, notice_text
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
        days = hangs(state, claim, up_on or civil_day(counter.house.now()))
        if days is None:
            raise Refused(Refusal.CLAIM_NOT_THERE)
        with reading(counter.house.engine) as connection:
            row = read_benefits.posted_of(connection, elder)
        return notice_text(
            name=counter.house.sealer.open(row.name_enc), village=row.village, township=row.township,
            benefit=why(counter.house.packs, code, claim.proposed).benefit.name, from_on=days[0], until_on=days[1],
        )  # fmt: skip

    text = run(life, as_json=as_json)
    typer.echo(json.dumps({"text": text}, ensure_ascii=False) if as_json else text)
