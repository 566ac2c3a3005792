"""`starter.py benefit redeem|take-back`: the bills on which a service coupon was used."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from adapters.database import reading
from commands.acting import As, Counter, Json, NoteText, past_day, plain, run, tell
from commands.benefit_show import Code, ElderId
from commands.benefit_steps import Why, as_typed_here, fen_of, must_be_codes, must_say, step
from commands.coupon_show import paid_in_words
from decisions.as_typed import bill_of
from decisions.benefit_time import month_of
from decisions.benefit_told import use_data
from decisions.closed_words import SERVICE_PLACES as PLACES
from models import claim_messages as m
from models.ids import benefit_stream
from models.messages import Reply
from models.values import Channel
from projections import read_benefits

PLACES_SAID = "；".join(f"{code} {said}" for code, said in PLACES.items())

Bill = Annotated[str, typer.Option("--bill", help="账单（发票）号码")]


def redeem(
    elder: ElderId, code: Code, staff: As, bill: Bill,
    on: Annotated[str, typer.Option(help="账单日期")],
    at: Annotated[str, typer.Option(help=f"哪里的服务：{PLACES_SAID}")],
    amount: Annotated[str, typer.Option(help="账单上应由本人付的金额，单位元，写到分，如 300.00")],
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """登记服务券的一次使用：按账单那个月的规定抵扣，当月额度用完为止。一张账单只登记一次。"""
    must_be_codes(code, at)
    as_typed_here(bill_of, bill)
    fen, day = fen_of(amount), past_day(on)
    if not fen:
        raise typer.BadParameter("账单须有金额，如 300.00")
    said: dict[str, Any] = {"code": code, "bill": bill, "on": day, "at": at, "bill_fen": fen}

    async def life(counter: Counter) -> tuple[Reply, dict[str, Any] | None]:
        head = counter.head(staff, "redeem_coupon", elder, note, Channel.CONSOLE)
        reply = await counter.hand_in(benefit_stream(elder), elder, m.RedeemCoupon, **head, **said)
        if not reply.accepted:
            return reply, None
        with reading(counter.house.engine) as connection:
            rows = read_benefits.coupon_uses_of(connection, elder, month_of(day))
        mine = (row for row in rows if (row.code, row.bill, row.taken_back_at) == (code, bill, None))
        return reply, next(map(use_data, mine), None)

    reply, use = run(life, as_json=as_json)
    if use is None or not as_json:
        tell(reply, as_json=as_json)
    if use is not None:
        told = reply.model_dump(mode="json") | {"use": use}
        typer.echo(json.dumps(told, ensure_ascii=False, default=plain) if as_json else paid_in_words(use))


def take_back(elder: ElderId, code: Code, staff: As, bill: Bill, note: Why, as_json: Json = False) -> None:
    """撤销登记错的，或已退款的一张账单：那个月的额度随之还原。别的账单照原来抵扣的不变。"""
    as_typed_here(bill_of, bill)
    step(elder, code, staff, m.TakeBackRedemption, must_say(note), as_json, bill=bill)
