"""`starter.py assessment scan` (主动响应): whoever the register gives a reason to assess is asked for by us."""

from __future__ import annotations

import json
from collections import Counter as Tally
from typing import Annotated, Any

import typer
from rich.console import Console

from commands.acting import As, Counter, Json, end_later, past_day, run
from commands.assessment_show import TRIGGERS
from decisions.scanning import ToAsk
from models.assessment import Trigger
from models.messages import Reply
from post.desk import LATER
from post.scans import BACK_DAYS

SHOWN_EVERY = 20


def scan(
    staff: As,
    on: Annotated[str | None, typer.Option(help="按哪一天的登记簿，默认今天")] = None,
    days: Annotated[int, typer.Option(min=0, help="往前看几天")] = BACK_DAYS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只列出，不申请")] = False, as_json: Json = False,
) -> None:  # fmt: skip
    """主动响应：本人辖区内新满80周岁、新列低保或特困、新列失能或失智，而没有有效等级的，各申请一次评估。

    正在办理的、12个月内表示不愿意的不再申请；同样再做一次，不会重复。
    """
    on_day = past_day(on) if on else None

    async def life(counter: Counter) -> tuple[list[ToAsk], list[Reply]]:
        found = counter.scans.assessments(staff, on_day, days)
        replies: list[Reply] = []
        for n, one in enumerate([] if dry_run else found, start=1):
            replies.append(await counter.scans.ask_assessment(staff, one))
            if n % SHOWN_EVERY == 0:
                Console(stderr=True).print(f"已申请 {n}/{len(found)}")
        return found, replies

    found, replies = run(life, as_json=as_json)
    later = sum(reply.refusal == LATER for reply in replies)
    _tell(found, replies, later, dry_run=dry_run, as_json=as_json)
    end_later(later)


def _tell(found: list[ToAsk], replies: list[Reply], later: int, *, dry_run: bool, as_json: bool) -> None:
    asked = sum(reply.accepted for reply in replies)
    refused = len(replies) - asked - later
    by_trigger = Tally(one.trigger for one in found)
    counts = {trigger: by_trigger[trigger] for trigger in (Trigger.TURNED_80, Trigger.POOR, Trigger.DISABLED)}
    if as_json:
        told: dict[str, Any] = {
            "dry_run": dry_run, "found": [one.model_dump(mode="json") for one in found], "asked": asked, "later": later,
            "refused": refused, "triggers": {trigger.value: n for trigger, n in counts.items()},
        }  # fmt: skip
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for one in found:
        typer.echo(f"{one.elder_id}  {TRIGGERS[one.trigger]}  {one.on}")
    summary = "，".join(f"{TRIGGERS[trigger]}{n}人" for trigger, n in counts.items())
    done = "只列出，没有申请" if dry_run else f"已申请{asked}件" + (f"，{later}件稍后自动办理" if later else "")
    done += f"，{refused}件没有办成" if refused else ""
    typer.echo(f"共{len(found)}人（{summary}）；{done}")
