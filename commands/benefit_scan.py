"""`starter.py benefit scan` (主动发现): who would get what this month, though nobody has asked for it."""

from __future__ import annotations

import json
from collections import Counter as Tally
from datetime import date
from typing import Annotated, Any

import typer
from rich.console import Console

from commands.acting import As, Counter, Json, end_later, run
from decisions.benefit_scanning import ToOffer
from decisions.benefit_wording import STANDINGS, a_month, yuan
from decisions.claim_rules import Found
from models.benefits import Standing
from models.messages import Reply
from post.desk import LATER

SHOWN_EVERY = 20


def scan(
    staff: As,
    ask: Annotated[bool, typer.Option("--ask", help="让系统为列出的老人各开始办理；不写只列出")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """主动发现：本人辖区内，按本月规定和已知情况符合条件、而没有申请也没有享受的。

    缺一项情况就不能判定的不列。不予批准的、本人不要的不再列。同一天再做一次，不会重复。
    """

    async def life(counter: Counter) -> tuple[date, list[ToOffer], list[Reply]]:
        found = counter.scans.benefits(staff)
        replies: list[Reply] = []
        for n, one in enumerate(found if ask else [], start=1):
            replies.append(await counter.scans.ask_benefits(staff, one))
            if n % SHOWN_EVERY == 0:
                Console(stderr=True).print(f"已开始 {n}/{len(found)}")
        return counter.scans.month(), found, replies

    month, found, replies = run(life, as_json=as_json)
    later = sum(reply.refusal == LATER for reply in replies)
    told = _data(month, found) | {
        "ask": ask, "asked": sum(reply.accepted for reply in replies), "later": later,
        "refused": sum(not reply.accepted for reply in replies) - later,
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        _say(told, found)
    end_later(later)


def _data(month: date, found: list[ToOffer]) -> dict[str, Any]:
    """`fen`: what a month of it comes to in money, without what is still to be chosen or has no stated amount."""
    each = [benefit for one in found for benefit in one.found]
    return {
        "month": f"{month:%Y-%m}",
        "found": [{"elder_id": one.elder_id, "benefits": [_benefit(each) for each in one.found]} for one in found],
        "benefits": dict(Tally(benefit.benefit.code for benefit in each)),
        "fen": sum(
            benefit.proposed.fen or 0 for benefit in each if benefit.given and benefit.combined.proposal.payable
        ),
    }


def _benefit(found: Found) -> dict[str, Any]:
    by = found.proposed
    return {
        "code": found.benefit.code, "name": found.benefit.name, "row": by.row, "fen": by.fen,
        "standing": by.standing.value, "to": list(by.to),
    }  # fmt: skip


def _say(told: dict[str, Any], found: list[ToOffer]) -> None:
    names = {each.benefit.code: each.benefit.name for one in found for each in one.found}
    for one in found:
        typer.echo(f"{one.elder_id}  {'；'.join(_in_words(each) for each in one.found)}")
    by_benefit = "，".join(f"{names[code]}{n}人" for code, n in told["benefits"].items()) or "没有"
    done = f"已开始办理{told['asked']}人" if told["ask"] else "只列出，没有开始办理"
    done += f"，{told['later']}人稍后自动办理" if told["later"] else ""
    done += f"，{told['refused']}人没有办成" if told["refused"] else ""
    typer.echo(f"{told['month']} 共{len(found)}人（{by_benefit}），每月合计{yuan(told['fen'])}；{done}")


def _in_words(found: Found) -> str:
    chosen = f"（{STANDINGS[Standing.TO_CHOOSE]}）" if found.proposed.standing is Standing.TO_CHOOSE else ""
    return f"{found.benefit.name} {a_month(found.benefit.kind, found.proposed.fen)}{chosen}"
