"""`starter.py roster import`: brings a list in, and prints what was taken and every row that was not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Protocol

import typer
from pydantic import computed_field
from rich.console import Console
from rich.table import Table

from models.roster import RefusedRow, RegisterList, RosterKind, RosterProgress
from models.values import Value

SHOWN = 30
SEE = "starter.py roster list {} --as 经办人编号"
LISTS = {
    RegisterList.NO_CASE: "在册但没有个案",
    RegisterList.CANNOT_DECIDE: "无法判断",
    RegisterList.TO_DECIDE: "已建档、待人决定",
}


class WouldBeListed(Value):
    """`why` in Chinese; never a name."""

    list: RegisterList
    elder_id: str
    why: str


class RosterReport(Value):
    """What became of a file. `refusals` are all of them; `progress.counts` with `dry_run` is what would happen, and
    `listed` who would stand on the lists then. `see`: the commands that show the lists.
    """

    file: str
    dry_run: bool
    progress: RosterProgress
    refusals: tuple[RefusedRow, ...] = ()
    listed: tuple[WouldBeListed, ...] = ()

    @computed_field
    @property
    def see(self) -> dict[RegisterList, str]:
        return (
            {which: SEE.format(which.value) for which in RegisterList}
            if self.progress.kind is RosterKind.ELDERS
            else {}
        )


class RosterDesk(Protocol):
    """What the command needs: checks the file, keeps it sealed, runs the workflow (or tries it, with `dry_run`).

    `staff`: who imports; `told` is called with the progress as it goes.
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
        told: Callable[[RosterProgress], None],
    ) -> RosterReport: ...


def roster_app(wire: Callable[[], RosterDesk]) -> typer.Typer:
    """The sub-app, for `app.add_typer(…, name="roster")`. Exit code 1 if the file is unreadable."""
    app = typer.Typer(help="名单", no_args_is_help=True)

    @app.callback()
    def roster() -> None: ...

    @app.command("import")
    def import_(
        file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=".xlsx 或 UTF-8 的 .csv")],
        kind: Annotated[RosterKind, typer.Option(help="老人、志愿者或工作人员名单")],
        start_on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="个案从哪天开始")] = None,
        township: Annotated[str | None, typer.Option(help="只在这个乡镇（街道）开始个案")] = None,
        full: Annotated[
            bool, typer.Option("--full", help="这是全县（或 --township 乡镇）的整份名单：列出不在其中的建档老人")
        ] = False,
        staff: Annotated[str | None, typer.Option("--as", help="经办人编号")] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象")] = False,
    ) -> None:
        """导入名单。同一份名单导入两次，不会改变任何东西。"""
        console = Console(quiet=as_json, stderr=False)
        with console.status("读取名单…") as status:
            report = wire().import_file(
                file,
                kind,
                staff,
                None if start_on is None else start_on.date(),
                township,
                full,
                dry_run,
                lambda progress: status.update(_line(progress)),
            )
        if as_json:
            print(report.model_dump_json())
        else:
            _show(console, report)
        if report.progress.shape is not None and report.progress.shape.unreadable is not None:
            raise typer.Exit(1)

    return app


def _line(progress: RosterProgress) -> str:
    return f"已导入 {progress.done}/{progress.shape.accepted if progress.shape else '…'} 行"


def _show(console: Console, report: RosterReport) -> None:
    shape, counts = report.progress.shape, report.progress.counts
    if shape is not None and shape.unreadable is not None:
        console.print(f"没有导入：{shape.unreadable}")
        return
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
        _show_lists(console, report)
    if report.progress.kind is RosterKind.VOLUNTEERS:
        console.print(f"新结对 {counts.pairings}")
    if counts.new_villages:
        console.print(f"名单中新出现的村（社区）：{counts.new_villages} 个，已登记，请核对名称")
    listed = [*report.refusals, *counts.notes]
    _table(console, "退回与未采用", ("行", "列", "原因"), [(str(r.line), r.column, r.reason) for r in listed])


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
