"""`starter.py pay show`: where a month's payment list stands, what it comes to, and each of its lines."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from adapters.database import reading
from commands.acting import As, Counter, Json, pick, plain, run
from commands.benefit_steps import month_of
from decisions.closed_words import END_CAUSES
from decisions.permits import areas_where
from decisions.words import LIST_STATES
from models.errors import Refusal
from models.payments import LineKind, PayLine
from models.values import Actor
from policies.pack import Pack
from policies.telling_benefits import benefit_in_words
from post.desk import Refused
from projections import read_payments

MonthText = Annotated[str, typer.Argument(help="月份，如 2026-03")]
KINDS = {LineKind.PAY: "发放", LineKind.BACK_PAY: "补发", LineKind.CLAW_BACK: "追回"}
NOT_DUE = "不再应发"
BY_AGE = "满龄变更，随名单批准"
ROW = (
    "month", "n", "state", "sha256", "lines", "fen", "back_pay_fen", "claw_back_fen", "held", "unstated", "drawn_at",
    "checked_by", "decided_by", "decided_at",
)  # fmt: skip
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
    home = counter.house.home
    with reading(counter.house.engine) as connection:
        row = read_payments.list_of(connection, home, month)
        if row is None:
            raise Refused(Refusal.NO_SUCH_LIST)
        held = read_payments.lines_of(connection, row.sha256)
        due_at = read_payments.due_of(connection, home)
        lines = [line for line in held if areas is None or line.township_id in areas]
        names = read_payments.area_names(connection, {line.township_id for line in lines})
    words = Words(counter)
    told: dict[str, Any] = pick(row, ROW) | {
        "county": home, "due_at": due_at if row.state in ("checking", "approving", "returned") else None,
        "whole": areas is None, "by_age": sum(line.by_age for line in lines),
        "by_benefit": totals(lines, lambda line: line.code, words.benefits),
        "by_township": totals(lines, lambda line: line.township_id, names),
    }  # fmt: skip
    if areas is not None:
        told |= _sums(lines) | {"held": None, "unstated": None}  # of the whole county, which is not theirs to see
    return told | ({"each": [_line(line, words) for line in lines]} if with_lines else {})


def _sums(lines: Sequence[PayLine]) -> dict[str, int]:
    back = sum(line.fen for line in lines if line.kind is LineKind.BACK_PAY)
    taken = sum(line.fen for line in lines if line.kind is LineKind.CLAW_BACK)
    paid = sum(line.fen for line in lines if line.fen > 0)
    return {"lines": len(lines), "fen": paid, "back_pay_fen": back, "claw_back_fen": taken}


class Words:
    """What a line is called by the packs in force: its benefit, and why it stands there."""

    def __init__(self, counter: Counter) -> None:
        held = counter.house.pack_of(counter.house.settings.county)
        self.benefits = counter.house.benefit_names([counter.house.home])
        self._rows = _rows(held)

    def benefit(self, line: PayLine) -> str:
        return self.benefits.get(line.code, line.code)

    def why(self, line: PayLine) -> str:
        """The row it is given by; of what is taken back, why it has ended."""
        ends = {why.value: said for why, said in END_CAUSES.items()} | {"not_due": NOT_DUE}
        said = ends.get(line.because) or self._rows.get((line.code, line.because)) or line.because
        return f"{said}（{BY_AGE}）" if line.by_age else said


def _rows(held: Pack) -> dict[tuple[str, str], str]:
    return {(table.code, row.code): benefit_in_words(row) for table in held.file.benefits for row in table.rows}


def totals(
    lines: Sequence[PayLine], of: Callable[[PayLine], str], names: dict[str, str]
) -> list[dict[str, Any]]:  # fmt: skip
    """One for each, by id: what is paid, back pay, taken back, and the sum of these."""
    own: defaultdict[str, list[PayLine]] = defaultdict(list)
    for line in lines:
        own[of(line)].append(line)
    return [
        {"id": id_, "name": names.get(id_, id_), "lines": len(held), "fen": sum(line.fen for line in held)}
        | {f"{kind.value}_fen": sum(line.fen for line in held if line.kind is kind) for kind in LineKind}
        | {f"{kind.value}_lines": sum(line.kind is kind for line in held) for kind in LineKind}
        for id_, held in sorted(own.items())
    ]


def _line(line: PayLine, words: Words) -> dict[str, Any]:
    return line.model_dump(mode="json") | {"benefit": words.benefit(line), "why": words.why(line)}


# --- for people ------------------------------------------------------------------------------------------------------


def amount(fen: int) -> str:
    """As it is typed: 1200.00, -400.00."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


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
