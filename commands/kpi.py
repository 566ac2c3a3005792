"""`starter.py kpi COUNTY YYYY-MM --as STAFF`: the month's visit rate by township, both numbers beside the percent."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from adapters.database import reading
from commands.acting import As, Counter, Json, run
from decisions.deadlines import instant
from projections import rates

MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")


def kpi(
    county: Annotated[str, typer.Argument(help="县")],
    month: Annotated[str, typer.Argument(help="月份，如 2026-11")],
    staff: As,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截至哪天所知")] = None,
    as_json: Json = False,
) -> None:
    """月探访率：严格口径和扣除口径，分子、分母都写出。"""
    found = MONTH.match(month)
    if found is None:
        raise typer.BadParameter(f"{month!r} 不是月份，应写成 2026-11")
    first = date(int(found[1]), int(found[2]), 1)
    until = instant(as_of.date() + timedelta(days=1)) if as_of else None

    async def life(counter: Counter) -> list[rates.Rate]:
        if county != counter.house.settings.county:
            raise typer.BadParameter(f"本系统是 {counter.house.settings.county}，不是 {county}")
        counter.seen(counter.desk.actor(staff, "kpi", None), "kpi", month)
        with reading(counter.house.engine) as connection:
            return rates.month_visit_rate(connection, first, until or counter.house.now())

    show(run(life), month, as_json=as_json)


def show(rows: list[rates.Rate], month: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([row.model_dump() for row in rows], ensure_ascii=False))
        return
    table = Table("乡镇（街道）", "严格口径", "分子/分母", "扣除口径", "分子/分母", "扣除", title=f"{month} 月探访率")
    for row in rows:
        table.add_row(
            row.name, rates.percent(row.seen, row.listed), f"{row.seen}/{row.listed}",
            rates.percent(row.seen, row.listed - row.excused), f"{row.seen}/{row.listed - row.excused}",
            str(row.excused),
        )  # fmt: skip
    Console().print(table)
