"""`starter.py pay show`: where a month's payment list stands, what it comes to, and each of its lines."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from adapters.database import reading
from commands.acting import As, Counter, Json, plain, run
from commands.benefit_steps import month_of
from decisions.as_typed import amount
from decisions.closed_words import LINE_KINDS as KINDS
from decisions.pay_told import PayWords
from decisions.permits import areas_where
from decisions.words import LIST_STATES
from models.errors import Refusal
from models.payments import LineKind, PayLine
from models.values import Actor
from post.desk import Refused
from projections import read_payments

MonthText = Annotated[str, typer.Argument(help="月份，如 2026-03")]
LINE_COLUMNS = ("老人", "待遇", "月份", "类别", "金额", "依据")


def show(
    staff: As,
    month: Annotated[str | None, typer.Argument(help="月份，如 2026-03；不写是最近的一份")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="逐笔列出（只有编号，姓名见 export）")] = False,
    as_json: Json = False,
) -> None:
    """一个月的发放名单：到了哪一步、谁核对谁批准、按待遇和按乡镇的合计、暂缓和金额未定的、校验码。"""
    of = month_of(month) if month else None

    async def life(counter: Counter) -> dict[str, Any]:
        store, home = counter.house.desk_store, counter.house.home
        theirs = tuple(place for place in store.places_of_staff(staff) if place.county_id == home)
        counter.seen(counter.desk.actor_among(staff, "pay_show", month or "", theirs), "pay_show", month or "last")
        areas = areas_where("pay_show", store.posts_of(staff, counter.house.now()))
        return seen_of(counter, of, None if home in areas else areas, with_lines=lines)

    found = run(life, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=plain))
    else:
        in_words(found)


# --- reading ---------------------------------------------------------------------------------------------------------


def of_county(counter: Counter, staff: str, action: str, month: str) -> Actor:
    """Who takes a step of the whole county. Raises Refused or Unknown."""
    places = counter.house.desk_store.place_of_area(counter.house.home)
    return counter.desk.actor_over(staff, action, month, places)


def seen_of(counter: Counter, month: date | None, areas: Collection[str] | None, *, with_lines: bool) -> dict[str, Any]:
    """A list as data. `areas`: of its lines only those of these townships. Raises Refused where there is none."""
    house, words = counter.house, counter.house.pay_words(counter.house.home)
    with reading(house.engine) as connection:
        told = read_payments.told(connection, house.home, month, areas, words.benefits)
        if told is None:
            raise Refused(Refusal.NO_SUCH_LIST)
        held = read_payments.lines_of(connection, told["sha256"]) if with_lines else ()
    lines = [_line(line, words) for line in held if areas is None or line.township_id in areas]
    return told | ({"each": lines} if with_lines else {})


def _line(line: PayLine, words: PayWords) -> dict[str, Any]:
    return line.model_dump(mode="json") | {"benefit": words.benefit(line), "why": words.why(line)}


# --- for people ------------------------------------------------------------------------------------------------------


def in_words(found: dict[str, Any]) -> None:
    month, state = f"{found['month']:%Y-%m}", LIST_STATES.get(found["state"], found["state"])
    due = f"，限 {plain(found['due_at'])}" if found["due_at"] else ""
    whose = "" if found["whole"] else "，以下只是本人辖区的"
    typer.echo(f"{month} 发放名单，第{found['n']}次汇总（{plain(found['drawn_at'])}）：{state}{due}{whose}")
    typer.echo(
        f"应发 {amount(found['fen'])} 元（其中补发 {amount(found['back_pay_fen'])}），"
        f"追回 {amount(found['claw_back_fen'])} 元，{found['lines']} 笔"
    )
    if found["whole"]:
        typer.echo(f"有去世报告而暂缓的 {found['held']} 项，金额未定而没有列入的 {found['unstated']} 项")
    typer.echo(f"满龄变更 {found['by_age']} 笔")
    who = {"核对": found["checked_by"], "批准": found["decided_by"] if found["state"] == "approved" else None}
    typer.echo("，".join(f"{what}：{by or '（还没有）'}" for what, by in who.items()))
    typer.echo(f"校验码 {found['sha256']}")
    for title, key in (("待遇", "by_benefit"), ("乡镇（街道）", "by_township")):
        _print_totals(title, found[key])
    if "each" in found:
        _print_lines(found["each"])


def _print_totals(title: str, rows: Sequence[dict[str, Any]]) -> None:
    table = Table(title, *(f"{said}（笔）" for said in KINDS.values()), "合计")
    for row in rows:
        cells = (f"{amount(row[f'{kind.value}_fen'])}（{row[f'{kind.value}_lines']}）" for kind in KINDS)
        table.add_row(row["name"], *cells, amount(row["fen"]))
    Console().print(table)


def _print_lines(rows: Sequence[dict[str, Any]]) -> None:
    table = Table(*LINE_COLUMNS)
    for row in rows:
        kind, month = KINDS[LineKind(row["kind"])], row["month"][:7]
        table.add_row(row["elder_id"], row["benefit"], month, kind, amount(row["fen"]), row["why"])
    Console().print(table)
