"""`starter.py pay export|verify`: a month's payment list as a sheet for whoever pays, and whether it is still that."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.database import reading
from adapters.pay_sheet import HEADINGS, MOST_LINES, NotAPayList, Seen, SheetLine, pay_workbook, read_back
from adapters.roster_refused import write_for_owner
from commands.acting import As, Counter, Ends, Json, plain, run
from commands.benefit_steps import month_of
from commands.pay_show import KINDS, MonthText, Words, amount, of_county
from decisions.pay_list import sha256_of
from decisions.words import LIST_STATES
from models.errors import REFUSAL_WORDS, Refusal
from models.payments import PayLine
from post.desk import Refused
from projections import read_payments

CHECK = "starter.py pay verify 本文件 --as 经办人编号：按登记簿里存的名单逐笔重算校验码，并与本文件逐笔比对"
TOLD = ("县", "月份", "笔数", "应发合计（元）", "其中补发（元）", "追回合计（元）")
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
        row, lines, book = _book(counter, of, staff)
        if sha256_of(lines) != row.sha256:
            raise Refused(Refusal.LIST_ALTERED)
        write_for_owner(file, book)
        return {"file": str(file), "month": month, "state": row.state, "sha256": row.sha256, "lines": len(lines)}

    found = run(life, as_json=as_json)
    typer.echo(
        json.dumps(found, ensure_ascii=False) if as_json
        else f"已写 {file}：{found['lines']} 笔，{LIST_STATES[found['state']]}；内有姓名，用完请删"
    )  # fmt: skip


def _book(counter: Counter, month: date, staff: str) -> tuple[Any, tuple[PayLine, ...], bytes]:
    """The list's row, its lines as they are kept, and the sheet they make. Raises Refused."""
    with reading(counter.house.engine) as connection:
        row = read_payments.list_of(connection, counter.house.home, month)
        if row is None:
            raise Refused(Refusal.NO_SUCH_LIST)
        lines = read_payments.lines_of(connection, row.sha256)
        if len(lines) > MOST_LINES:
            raise Refused(Refusal.LIST_TOO_LONG)
        areas = {line.township_id for line in lines} | {line.village_id for line in lines}
        places = read_payments.area_names(connection, areas | {counter.house.home})
        sealed = read_payments.sealed_names(connection, sorted({line.elder_id for line in lines}))
    called, words = {id_: counter.house.sealer.open(name) for id_, name in sealed.items()}, Words(counter)
    sheet = [_line(line, called, places, words) for line in lines]
    return row, lines, pay_workbook(_about(row, places[counter.house.home], staff, counter.house.now()), sheet)


def _line(line: PayLine, called: dict[str, str], places: dict[str, str], words: Words) -> SheetLine:
    return SheetLine(
        elder_id=line.elder_id, name=called[line.elder_id], township=places.get(line.township_id, line.township_id),
        village=places.get(line.village_id, line.village_id), benefit=words.benefit(line),
        month=f"{line.month:%Y-%m}", kind=KINDS[line.kind], fen=line.fen, words=words.why(line),
    )  # fmt: skip


def _about(row: Any, county: str, staff: str, now: datetime) -> list[tuple[str, str]]:
    approved = row.state == "approved"
    return [
        ("县", county), ("月份", f"{row.month:%Y-%m}"), ("状态", LIST_STATES[row.state]),
        ("汇总", f"系统，第{row.n}次，{plain(row.drawn_at)}"), ("核对", row.checked_by or "还没有"),
        ("批准", f"{row.decided_by}，{plain(row.decided_at)}" if approved else "还没有，不能据此发放"),
        ("导出", f"{staff}，{plain(now)}"), ("笔数", str(row.lines)), ("应发合计（元）", amount(row.fen)),
        ("其中补发（元）", amount(row.back_pay_fen)), ("追回合计（元）", amount(row.claw_back_fen)),
        ("暂缓（有去世报告）", str(row.held)), ("金额未定而未列入", str(row.unstated)), ("校验码", row.sha256),
        ("怎样核验", CHECK),
    ]  # fmt: skip


# --- is it still that ------------------------------------------------------------------------------------------------


def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="导出的 .xlsx")], staff: As,
    as_json: Json = False,
) -> None:  # fmt: skip
    """核验导出的名单：按登记簿里存的逐笔重算校验码，与文件逐笔比对。不符以 1 退出。"""
    try:
        seen = read_back(file.read_bytes())
        month = month_of(seen.about.get("月份", ""))
    except NotAPayList:
        raise typer.BadParameter(f"{file} 不是这里导出的名单") from None

    async def life(counter: Counter) -> dict[str, Any]:
        counter.seen(of_county(counter, staff, "pay_export", f"{month:%Y-%m}"), "pay_verify", f"{month:%Y-%m}")
        row, lines, book = _book(counter, month, staff)
        wrong = _wrong(seen, read_back(book))
        if sha256_of(lines) != row.sha256:
            wrong.insert(0, REFUSAL_WORDS[Refusal.LIST_ALTERED])
        return {"month": f"{month:%Y-%m}", "state": row.state, "sha256": row.sha256, "same": not wrong, "wrong": wrong}

    found = run(life, as_json=as_json)
    words = f"{SAME}（{LIST_STATES[found['state']]}）" if found["same"] else f"{OTHER}：{'；'.join(found['wrong'])}"
    typer.echo(json.dumps(found, ensure_ascii=False) if as_json else words)
    if not found["same"]:
        raise typer.Exit(Ends.REFUSED)


def _wrong(seen: Seen, ours: Seen) -> list[str]:
    """Each thing that is not so, none where all is: every cell of the lines and of their sums."""
    found = [] if seen.about.get("校验码") == ours.about["校验码"] else ["文件不是最近一次汇总的名单"]
    if len(seen.lines) != len(ours.lines):
        found.append(f"文件有 {len(seen.lines)} 笔，名单有 {len(ours.lines)} 笔")
    changed = [n for n, pair in enumerate(zip(ours.lines, seen.lines, strict=False), start=2) if pair[0] != pair[1]]
    if changed:
        first = zip(HEADINGS, ours.lines[changed[0] - 2], seen.lines[changed[0] - 2], strict=True)
        column = next(heading for heading, our, their in first if our != their)
        found.append(f"{len(changed)} 笔与名单不同，第一处在第 {changed[0]} 行“{column}”")
    found += [f"“{name}”的合计与名单不同" for name, rows in ours.totals.items() if seen.totals.get(name) != rows]
    found += [f"说明里的“{what}”与名单不同" for what in TOLD if seen.about.get(what) != ours.about[what]]
    return found
