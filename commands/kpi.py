"""`starter.py kpi COUNTY YYYY-MM --as STAFF`: the month's visit rate by township, both numbers beside the percent.

As known now, or by a moment; or as it was frozen when the month was closed, and beside it what is known now. With
`--levels` the levels of ability: confirmed in the month, and valid now.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from adapters.database import reading
from audit.known import known_by
from audit.store import Store
from commands.acting import As, Counter, Json, run
from decisions.closed_words import LEVELS
from decisions.deadlines import SHANGHAI
from models.ability import AbilityLevel
from models.ids import county_area
from projections import rates
from projections.read_levels import MonthLevels, month_levels

MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")
LEVEL_COLUMNS = ("乡镇（街道）", "当月认定", "不愿评估", "正在评估", "现在有效")
MEANS = (
    "严格口径＝当月至少有一次有效探访的人数÷当月任何一天在册的人数；扣除口径的分母再减去有事由而没有探访的人，一人只算最后一个事由；"
    "访到了的不扣，漏访的不扣。百分比只舍不入，0/0记作“-”。"
)


def known_until(said: str) -> datetime:
    """A day is known to its end, a minute to itself."""
    for form, more in (("%Y-%m-%d %H:%M", timedelta(0)), ("%Y-%m-%d", timedelta(days=1))):
        try:
            return datetime.strptime(said, form).replace(tzinfo=SHANGHAI) + more
        except ValueError:
            continue
    raise typer.BadParameter(f'{said!r} 不是时间，应写成 2026-12-01 或 "2026-12-01 09:30"')


def kpi(
    county: Annotated[str, typer.Argument(help="县")],
    month: Annotated[str, typer.Argument(help="月份，如 2026-11")],
    staff: As,
    as_of: Annotated[str | None, typer.Option(help="截至何时所知：一天（到当天结束）或一分钟")] = None,
    frozen: Annotated[bool, typer.Option("--frozen", help="结算时的数；以后有补记的，今天所知的另列在旁")] = False,
    levels: Annotated[bool, typer.Option("--levels", help="能力等级：当月认定的和现在有效的")] = False,
    as_json: Json = False,
) -> None:
    """月探访率：严格口径和扣除口径，分子、分母都写出，扣除的人按事由列出；或者能力等级。"""
    if sum((frozen, levels, as_of is not None)) > 1:
        raise typer.BadParameter("--frozen、--as-of 和 --levels 只能写一个")
    found = MONTH.match(month)
    if found is None:
        raise typer.BadParameter(f"{month!r} 不是月份，应写成 2026-11")
    first = date(int(found[1]), int(found[2]), 1)
    until = known_until(as_of) if as_of else None

    if levels:
        show_levels(run(lambda counter: levels_of(counter, county, staff, first), as_json=as_json), as_json=as_json)
        return

    async def life(counter: Counter) -> tuple[rates.MonthRate, rates.FrozenMonth | None]:
        area = may_see(counter, county, staff, month)
        with reading(counter.house.engine) as connection:
            closed = rates.frozen_month(connection, area, first) if frozen else None
        if frozen and closed is None:
            raise typer.BadParameter(f"{month} 还没有结算")
        return rate(counter, area, first, until), closed

    found, closed = run(life, as_json=as_json)
    if closed is None:
        show(found, as_json=as_json)
    else:
        show_frozen(closed, found, as_json=as_json)


def may_see(counter: Counter, county: str, staff: str, month: str) -> str:
    """The county's area. The reading is kept."""
    store, area = counter.house.desk_store, county_area(county)
    if not store.place_of_area(area):
        raise typer.BadParameter(f"本系统没有 {county}")
    theirs = tuple(place for place in store.places_of_staff(staff) if place.county_id == area)
    counter.seen(counter.desk.actor_among(staff, "kpi", month, theirs), "kpi", month)
    return area


async def levels_of(counter: Counter, county: str, staff: str, first: date) -> MonthLevels:
    area = may_see(counter, county, staff, f"{first:%Y-%m}")
    with reading(counter.house.engine) as connection:
        return month_levels(connection, area, first)


def rate(counter: Counter, county_id: str, first: date, until: datetime | None) -> rates.MonthRate:
    """As known now, or at an earlier moment; what is still to come is known now as well as it can be."""
    house = counter.house
    now = house.now()
    with reading(house.engine) as register:
        if until is None or until >= now:
            return rates.month_visit_rate(register, register, county_id, first, now)
        typer.echo("从台账重新汇总当时所知，人多时要几分钟 …", err=True)
        with known_by(Store(house.engine, house.sealer), until) as known:
            return rates.month_visit_rate(register, known, county_id, first, until)


def show(found: rates.MonthRate, *, as_json: bool) -> None:
    if as_json:
        typer.echo(found.model_dump_json())
        return
    known = f"{found.known_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    table = Table(*rates.COLUMNS, title=f"{found.month} 月探访率（截至 {known} 所知）", caption=MEANS)
    for row in (*found.townships, found.total):
        table.add_row(*row.told(), end_section=row is found.townships[-1] if found.townships else False)
    Console().print(table)


def show_levels(found: MonthLevels, *, as_json: bool) -> None:
    if as_json:
        typer.echo(found.model_dump_json())
        return
    columns = (Column(name, overflow="fold") for name in LEVEL_COLUMNS)
    table = Table(*columns, title=f"{found.month} 能力等级（没有的乡镇不列）")
    for row in (*(one for one in found.townships if one.any_of_it), found.total):
        counts = (_by_level(row.confirmed), str(row.refused), str(row.under_way), _by_level(row.valid))
        table.add_row(row.name, *counts)
    Console().print(table)


def _by_level(counts: Mapping[AbilityLevel, int]) -> str:
    said = "、".join(f"{LEVELS[level]}{number}" for level, number in counts.items() if number)
    return f"{sum(counts.values())}（{said}）" if said else "0"


def show_frozen(closed: rates.FrozenMonth, today: rates.MonthRate, *, as_json: bool) -> None:
    """The figure of today only where it is another one."""
    beside = None if closed.is_still(today) else today
    if as_json:
        told = {"frozen": closed.model_dump(mode="json"), "today": beside and beside.model_dump(mode="json")}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    known = f"{closed.known_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    table = Table(*rates.COLUMNS[:-1], title=f"{closed.month} 月探访率（{known} 结算，不再改动）")
    for row in (*closed.townships, closed.total):
        table.add_row(*row.told(), end_section=row is closed.townships[-1])
    Console().print(table)
    if beside is None:
        typer.echo("今天所知与结算时相同")
        return
    typer.echo("结算以后有补记，今天所知的是：")
    show(beside, as_json=False)
