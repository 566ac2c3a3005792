"""`starter.py visit link`: the way to the page of a visit, told to its volunteer by staff. Each is recorded."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from commands.acting import As, Counter, Json, run
from decisions.days_said import moment
from models.visiting import Ways

NO_URL = "（没有设 TANFANG_PUBLIC_URL，只有路径）"


def link(
    elder: Annotated[str, typer.Argument(help="老人编号")], staff: As, as_json: Json = False
) -> None:  # fmt: skip
    """探访网页的链接和编码：告诉在办探访的志愿者，这次看望结束就不能用。短信不能带链接，请当面、电话或微信告知。"""

    async def life(counter: Counter) -> tuple[list[Ways], str | None, int]:
        house, now = counter.house, counter.house.now()
        actor = counter.desk.actor(staff, "visit_link", elder)
        counter.seen(actor, "visit_link", elder)
        return house.visit_links.of_elder(elder, now), house.public_url, now.year

    ways, public_url, year = run(life, as_json=as_json)
    if as_json:
        rows = [
            {
                "visit": way.task.visit_id, "volunteer": way.task.volunteer_id, "url": f"{public_url or ''}{way.path}",
                "code": way.code, "ends_at": way.task.ends_at.isoformat(),
            }
            for way in ways
        ]  # fmt: skip
        typer.echo(json.dumps({"links": rows}, ensure_ascii=False))
        return
    if not ways:
        typer.echo("现在没有派给志愿者的在办探访")
    for way in ways:
        typer.echo(f"志愿者 {way.task.volunteer_id}，{moment(way.task.ends_at, year)}前有效")
        typer.echo(f"  链接：{public_url or ''}{way.path}{'' if public_url else NO_URL}")
        typer.echo(f"  编码：{way.code}，在 {public_url or ''}/v 输入")
