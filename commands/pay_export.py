"""`starter.py pay export|verify`: a month's payment list as a sheet for whoever pays, and whether it is still that."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.database import reading
from adapters.pay_sheets import PaySheets
from adapters.roster_refused import write_for_owner
from commands.acting import As, Counter, Ends, Json, run
from commands.benefit_steps import month_of
from commands.pay_show import MonthText, of_county
from decisions.words import LIST_STATES
from models.errors import Refusal
from models.payments import NotAPayList, PayLine
from post.desk import Refused
from projections import read_payments

SAME, OTHER = "相符：与登记簿里的名单逐笔一致，校验码一致", "不符"


def export(
    month: MonthText, file: Annotated[Path, typer.Argument(help="写到哪个 .xlsx，不能已有")], staff: As,
    as_json: Json = False,
) -> None:  # fmt: skip
    """导出成 Excel：名单（有姓名）、按待遇、按乡镇、说明。只有导出的人自己能读这个文件。"""
    of = month_of(month)
    if file.exists():
        raise typer.BadParameter(f"已有 {file}，没有改动")

    async def life(counter: Counter) -> dict[str, Any]:
        counter.seen(of_county(counter, staff, "pay_export", month), "pay_export", month)
        row, lines = _kept(counter, of)
        cannot = counter.house.pay_sheets.cannot(row, lines)
        if cannot is not None:
            raise Refused(cannot)
        write_for_owner(file, counter.house.pay_sheets.book(row, lines, staff, counter.house.now()))
        return {"file": str(file), "month": month, "state": row.state, "sha256": row.sha256, "lines": len(lines)}

    found = run(life, as_json=as_json)
    typer.echo(
        json.dumps(found, ensure_ascii=False) if as_json
        else f"已写 {file}：{found['lines']} 笔，{LIST_STATES[found['state']]}；内有姓名，用完请删"
    )  # fmt: skip


def _kept(counter: Counter, month: date) -> tuple[Any, tuple[PayLine, ...]]:
    """The list's row, and its lines as they are kept. Raises Refused."""
    with reading(counter.house.engine) as connection:
        row = read_payments.list_of(connection, counter.house.home, month)
        if row is None:
            raise Refused(Refusal.NO_SUCH_LIST)
        return row, read_payments.lines_of(connection, row.sha256)


# --- is it still that ------------------------------------------------------------------------------------------------


def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="导出的 .xlsx")], staff: As,
    as_json: Json = False,
) -> None:  # fmt: skip
    """核验导出的名单：按登记簿里存的逐笔重算校验码，与文件逐笔比对。不符以 1 退出。"""
    try:
        content = file.read_bytes()
        month = PaySheets.month_in(content)
    except NotAPayList:
        raise typer.BadParameter(f"{file} 不是这里导出的名单") from None

    async def life(counter: Counter) -> dict[str, Any]:
        counter.seen(of_county(counter, staff, "pay_export", f"{month:%Y-%m}"), "pay_verify", f"{month:%Y-%m}")
        row, lines = _kept(counter, month)
        wrong = counter.house.pay_sheets.wrong(content, row, lines)
        return {"month": f"{month:%Y-%m}", "state": row.state, "sha256": row.sha256, "same": not wrong, "wrong": wrong}

    found = run(life, as_json=as_json)
    words = f"{SAME}（{LIST_STATES[found['state']]}）" if found["same"] else f"{OTHER}：{'；'.join(found['wrong'])}"
    typer.echo(json.dumps(found, ensure_ascii=False) if as_json else words)
    if not found["same"]:
        raise typer.Exit(Ends.REFUSED)
