"""`starter.py roster import|progress|refused`: brings a list in, says what was taken, and gives the rest back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Protocol

import typer
from pydantic import computed_field
from rich.console import Console
from rich.table import Table

from adapters.roster_files import NotARoster
from adapters.roster_refused import write_for_owner
from commands.acting import answered, day
from decisions.register_words import LISTS
from models.errors import REFUSAL_WORDS
from models.roster import CaseStarts, RefusedRow, RegisterList, RosterKind, RosterProgress
from models.values import Value
from post.desk import Refused, Unknown

SHOWN = 30
SEE = "starter.py roster list {} --as 经办人编号"
FETCH = "starter.py roster refused {} --kind {} --to 退回.xlsx --as 经办人编号"
LOOK = 1.0


class WouldBeListed(Value):
    """`why` in Chinese; never a name."""

    list: RegisterList
    elder_id: str
    why: str


class RosterReport(Value):
    """What became of a file. `refusals` are all of them; `progress.counts` with `dry_run` is what would happen, and
    `listed` who would stand on the lists then. `see`: the commands that show the lists. `notes`: cells of taken rows
    that were not used whole; `said`: about the file. `starts`: the cases of all lists, as far as they are.
    """

    file: str
    dry_run: bool
    progress: RosterProgress
    refusals: tuple[RefusedRow, ...] = ()
    listed: tuple[WouldBeListed, ...] = ()
    notes: tuple[RefusedRow, ...] = ()
    said: tuple[str, ...] = ()
    starts: CaseStarts = CaseStarts()
    refused_to: Path | None = None

    @computed_field
    @property
    def see(self) -> dict[RegisterList, str]:
        return (
            {which: SEE.format(which.value) for which in RegisterList}
            if self.progress.kind is RosterKind.ELDERS
            else {}
        )


Told = Callable[[RosterProgress, CaseStarts], None]


class RosterDesk(Protocol):
    """What the commands need: checks the file, keeps it sealed, runs the workflow (or tries it, with `dry_run`).

    `staff`: who imports; None only while the county has no staff yet, or to try. `told` is called with the progress as
    it goes. `refused_to`: a new file for the refused rows.
    """

    def import_file(
        self,
        file: Path,
        kind: RosterKind,
        staff: str | None,
        start_on: date | None,
        township: str | None,
        full: bool,
        dry_run: bool,
        told: Told,
        refused_to: Path | None = None,
    ) -> RosterReport: ...

    def starts(self) -> CaseStarts: ...

    def refused(self, sha256: str, kind: RosterKind, staff: str) -> tuple[int, bytes]:
        """How many rows, and their workbook. Raises Refused, Unknown, LookupError, NotARoster."""
        ...


def roster_app(wire: Callable[[], RosterDesk]) -> typer.Typer:
    """The sub-app, for `app.add_typer(…, name="roster")`. Exit code 1 if the file is unreadable."""
    app = typer.Typer(help="名单", no_args_is_help=True)

    @app.callback()
    def roster() -> None: ...

    @app.command("import")
    def import_(
        file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=".xlsx 或 .csv（UTF-8、GBK、GB18030）")],
        kind: Annotated[RosterKind, typer.Option(help="老人、志愿者或工作人员名单")],
        start_on: Annotated[str | None, typer.Option(help="个案从哪天开始，如 2026-12-01")] = None,
        township: Annotated[str | None, typer.Option(help="只在这个乡镇（街道）开始个案")] = None,
        full: Annotated[
            bool, typer.Option("--full", help="这是全县（或 --township 乡镇）的整份名单：列出不在其中的建档老人")
        ] = False,
        staff: Annotated[
            str | None, typer.Option("--as", help="经办人编号；只有本县还没有工作人员在册，或只检查时，可以不写")
        ] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")] = False,
        refused_to: Annotated[
            Path | None, typer.Option("--refused", help="退回的行连同原文写到哪个新的 .xlsx（只有本人可读）")
        ] = None,
        watch: Annotated[bool, typer.Option("--watch", help="名单入册后，看着个案全部开始")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象")] = False,
    ) -> None:
        """导入名单。同一份名单导入两次，不会改变任何东西。"""
        if refused_to is not None and refused_to.exists():
            raise typer.BadParameter(f"{refused_to} 已经在了，请换一个名字")
        begins_on = None if start_on is None else day(start_on)
        desk = wire()
        console = Console(quiet=as_json, stderr=False)
        with answered(as_json=as_json), console.status("读取名单…") as status:
            report = desk.import_file(
                file,
                kind,
                staff,
                begins_on,
                township,
                full,
                dry_run,
                lambda progress, starts: status.update(f"{_line(progress)}；{_started(starts)}"),
                refused_to,
            )
        if watch and not dry_run:
            report = report.model_copy(update={"starts": _watch(console, desk)})
        if as_json:
            print(report.model_dump_json())
        else:
            _show(console, report)
        if report.progress.shape is not None and report.progress.shape.unreadable is not None:
            raise typer.Exit(1)

    @app.command()
    def progress(
        watch: Annotated[bool, typer.Option("--watch", help="看着个案全部开始")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象")] = False,
    ) -> None:
        """名单上的个案开始了多少。由 worker 慢慢开始，每秒不超过 50 个。"""
        desk = wire()
        starts = _watch(Console(quiet=as_json), desk) if watch else desk.starts()
        print(starts.model_dump_json() if as_json else _started(starts))

    @app.command()
    def refused(
        sha256: Annotated[str, typer.Argument(min=8, help="名单的编号，或它的前几位（至少 8 位）")],
        kind: Annotated[RosterKind, typer.Option(help="老人、志愿者或工作人员名单")],
        staff: Annotated[str, typer.Option("--as", help="经办人编号（必填）")],
        to: Annotated[Path, typer.Option(help="写到哪个新的 .xlsx（只有本人可读）")] = Path("退回.xlsx"),
    ) -> None:
        """取回一份名单退回的行：行号、列、原因，旁边是原文。改好后这份表可以直接再导入。"""
        if to.exists():
            raise typer.BadParameter(f"{to} 已经在了，请换一个名字")
        try:
            count, content = wire().refused(sha256, kind, staff)
        except Refused as turned_away:
            print(f"不能办理：{REFUSAL_WORDS[turned_away.refusal]}")
            raise typer.Exit(1) from None
        except Unknown as unknown:
            raise typer.BadParameter(f"没有这个人员：{unknown.id}") from None
        except (LookupError, NotARoster) as error:
            raise typer.BadParameter(str(error)) from None
        write_for_owner(to, content)
        print(f"退回 {count} 行，见 {to}。内有个人信息，用完请删除")

    return app


def _watch(console: Console, desk: RosterDesk) -> CaseStarts:
    """Looks until no case that may begin waits any more. Stopping to look stops nothing else."""
    with console.status("个案…") as status:
        while (starts := desk.starts()).due:
            status.update(_started(starts))
            time.sleep(LOOK)
    return starts


def _started(starts: CaseStarts) -> str:
    dead = f"，开始不了 {starts.dead}（见待办）" if starts.dead else ""
    return f"个案已开始 {starts.started}，正在开始 {starts.due}，未到日期 {starts.later}{dead}"


def _line(progress: RosterProgress) -> str:
    return f"已导入 {progress.done}/{progress.shape.accepted if progress.shape else '…'} 行"


def _show(console: Console, report: RosterReport) -> None:
    shape, counts = report.progress.shape, report.progress.counts
    if shape is not None and shape.unreadable is not None:
        console.print(f"没有导入：{shape.unreadable}")
        return
    for line in report.said:
        console.print(line, soft_wrap=True)
    console.print("只检查，没有写入" if report.dry_run else _line(report.progress))
    console.print(
        f"新增 {counts.created}，更新 {counts.updated}，没有变化 {counts.unchanged}，退回 {len(_lines(report))} 行"
    )
    if report.progress.kind is RosterKind.ELDERS:
        console.print(f"建档探访 {counts.cases}（新开始 {counts.letters}，未开始 {counts.not_started}），", end="")
        console.print(f"只登记 {counts.register_only}，无法判断 {counts.cannot_decide}")
        console.print(
            f"原已建档、待人决定：类别有失或不再符合 {counts.to_decide}，不在整份名单 {counts.off_list}，", end=""
        )
        console.print(f"已结案而又在名单 {counts.closed_on_list}", end="")
        console.print(f"（新列待办 {counts.asked}，由本名单销去 {counts.ended}）")
        if shape is not None and shape.unknown:
            console.print(f"另有 {shape.unknown} 行身份号码读不出，不在名单的老人可能就在其中")
        console.print(_started(report.starts))
        _show_lists(console, report)
    if report.progress.kind is RosterKind.VOLUNTEERS:
        console.print(f"新结对 {counts.pairings}")
    if counts.new_villages:
        console.print(f"名单中新出现的村（社区）：{counts.new_villages} 个，已登记，请核对名称")
        new = [(str(one.line), one.township, one.name, one.near or "没有相近的") for one in counts.villages]
        _table(console, "新登记的村（社区）", ("行", "乡镇（街道）", "新登记", "册上最接近的"), new)
    _tell_refused(console, report)
    listed = [*report.refusals, *report.notes, *counts.notes]
    _table(console, "退回与未采用", ("行", "列", "原因"), [(str(r.line), r.column, r.reason) for r in listed])


def _tell_refused(console: Console, report: RosterReport) -> None:
    if report.refusals and report.refused_to is not None:
        console.print(f"退回的行连同原文：{report.refused_to}。内有个人信息，用完请删除", soft_wrap=True)
    elif report.refusals:
        beginning, kind = report.progress.sha256[:12], report.progress.kind.value
        console.print(f"取回退回的行连同原文：{FETCH.format(beginning, kind)}", soft_wrap=True)


def _show_lists(console: Console, report: RosterReport) -> None:
    rows = [(LISTS[row.list], row.elder_id, row.why) for row in report.listed]
    _table(console, "导入后的名单", ("名单", "老人", "原因"), rows)
    for which, command in report.see.items():
        console.print(f"{LISTS[which]}：{command}", soft_wrap=True)


def _table(console: Console, title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """The first rows, and how many more there are."""
    if rows:
        table = Table(*columns, title=title)
        for row in rows[:SHOWN]:
            table.add_row(*row)
        console.print(table)
    if len(rows) > SHOWN:
        console.print(f"另有 {len(rows) - SHOWN} 处，用 --json 全部列出")


def _lines(report: RosterReport) -> set[int]:
    return {row.line for row in report.refusals}
