"""What `policy diff` found, as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from adapters.pay_sheet import Count
from adapters.policy_diff_sheet import SUMS, list_of, sums, with_total
from decisions.as_typed import amount
from decisions.policy_diff import Kind
from decisions.policy_diff_told import ABOUT, COUPON, KINDS


def in_words(found: dict[str, Any]) -> None:
    for side in ("a", "b"):
        of = found[side]
        since = f"，自 {of['active_from']} 起" if of["active_from"] else ""
        typer.echo(f"{side.upper()} {of['county']} {of['version']} {of['hash'][:12]}{since}")
    typer.echo(f"规则{len(found['rules'])}处不同")
    for row in found["rules"]:
        typer.echo(f"  {row['where']}：{rule(row['old'])} → {rule(row['new'])}")
    if "register" in found:
        _register_in_words(found["register"])
    if "file" in found:
        typer.echo(f"已写 {found['file']}，用完请删")


def rule(told: dict[str, str] | None) -> str:
    if told is None:
        return "（没有）"
    return told["words"] + (f"〔{' '.join(told['source'].split())}〕" if told["source"] else "")


def _register_in_words(of: dict[str, Any]) -> None:
    same = of["elders"] - of["more"] - of["less"] - of["other"]
    moved = f"每月合计增加的{of['more']}人，减少的{of['less']}人，金额不变而别的有变的{of['other']}人"
    typer.echo(f"{of['month']}，名册{of['elders']}人：{moved}，没有变化的{same}人。{ABOUT}")
    for note in of["notes"]:
        typer.echo(f"注意：{note}")
    for title, key in (("待遇", "by_benefit"), ("乡镇（街道）", "by_township")):
        table = Table(title, *SUMS, "变化（项）", "无法判定")
        for row in with_total(of, key):
            cells = (amount(cell) if not isinstance(cell, Count) else str(cell) for cell in sums(row))
            cannot = f"{row['a']['cannot_decide']} → {row['b']['cannot_decide']}"
            table.add_row(row["name"], *cells, _kinds(row["kinds"]), cannot)
        Console().print(table)
    total = of["total"]
    ceilings = " → ".join(amount(total[side]["ceiling_fen"]) for side in ("a", "b"))
    typer.echo(f"服务券上限每月 {ceilings}（{COUPON}）")
    for cells in list_of(of["each"]):
        typer.echo("  ".join(cell for cell in cells if cell))


def _kinds(kinds: Mapping[str, int]) -> str:
    return "，".join(f"{KINDS[Kind(kind)]}{n}" for kind, n in kinds.items())
