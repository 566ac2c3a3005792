"""`starter.py policy export|import COUNTY FILE.xlsx`: a county's benefits as a sheet that a clerk reads and edits.

What is imported passes the checks of a pack; then policy.toml holds it, with all beside the benefits as it was. It is
used once the new version is activated, as after any edit by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from adapters.policy_sheet import read_workbook, workbook
from adapters.roster_guard import NotARoster
from commands.acting import Ends, Json
from policies import pack
from policies.check import check
from policies.locate import found
from policies.pack import Pack
from policies.rewriting import NotEditable, rewritten
from policies.schema import PackUnreadable
from policies.sheet_cells import letters
from policies.sheet_changes import changes
from policies.sheet_in import Read, numbered, read
from policies.sheet_out import sheets_of

County = Annotated[str, typer.Argument(help="县，如 fengjie")]
Xlsx = Annotated[Path, typer.Argument(help="表格文件，.xlsx", dir_okay=False)]


def export(county: County, file: Xlsx) -> None:
    """待遇导出成表格：一项待遇一张表，一条规定一行，供阅读和修改。已有的文件不覆盖。"""
    held = _held(county)
    if file.suffix.lower() != ".xlsx":
        raise typer.BadParameter("文件名以 .xlsx 结尾")
    if problems := check(held):
        raise typer.BadParameter(f"{county} 的规则包有{len(problems)}处问题，先用 policy check 查看")
    sheets = sheets_of(held)
    try:
        with file.open("xb") as out:
            out.write(workbook(sheets))
    except FileExistsError:
        raise typer.BadParameter(f"已有 {file}，没有改动") from None
    typer.echo(f"{county} {held.version}：{len(held.file.benefits)}项待遇已导出到 {file}，改好后用 policy import 导入")


def import_(
    county: County,
    file: Annotated[Path, typer.Argument(help="改好的表格", exists=True, dir_okay=False)],
    check_only: Annotated[bool, typer.Option("--check", help="只看会改什么，不写")] = False,
    version: Annotated[str | None, typer.Option(help="改动后的版本号，如 2026.7")] = None,
    as_json: Json = False,
) -> None:
    """导入改好的表格：与 policy check 同样检查，有一处问题就什么也不写，退出码为1；没有问题就写入 policy.toml。"""
    held, to = _held(county), pack.file_of(county)
    try:
        came = read(read_workbook(file), held)
    except NotARoster as error:
        raise typer.BadParameter(str(error)) from None
    if came.pack is None:
        _refused(held, came, as_json)
        raise typer.Exit(Ends.REFUSED)
    told, new_pack = changes(held, came.pack), came.pack
    if told and version is not None:
        new_pack = _numbered(new_pack, version)
    if told and not check_only:
        text = to.read_bytes().decode("utf-8")
        old, new = (json.loads(each.content)["policy"] for each in (held, new_pack))
        fresh = to.with_name(f"{to.name}.new")  # beside it, so that nobody ever reads half a pack
        try:
            fresh.write_bytes(rewritten(text, old, new).encode())
        except NotEditable:
            raise typer.BadParameter(f"{to} 的写法与规则包的惯例不同（[[benefits]]），只能手工改") from None
        fresh.replace(to)
    if as_json:
        said = {"county": county, "changes": told, "written": bool(told) and not check_only, "hash": new_pack.hash}
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    for line in told:
        typer.echo(line)
    if not told:
        typer.echo("没有变化")
    elif check_only:
        typer.echo(f"共{len(told)}处变化，检查没有问题，还没有写入")
    else:
        raised = "" if new_pack.version != held.version else "，启用前请提高"
        typer.echo(f"共{len(told)}处变化，已写入 {to}，版本 {new_pack.version}{raised}")


def _held(county: str) -> Pack:
    try:
        return pack.load(county)
    except PackUnreadable:
        if not pack.file_of(county).is_file():
            raise typer.BadParameter(f"没有 {county} 的规则包；现有：{'、'.join(pack.counties())}") from None
        raise typer.BadParameter(f"{county} 的规则包读不了，先用 policy check 查看") from None


def _numbered(new: Pack, version: str) -> Pack:
    try:
        return numbered(new, version)
    except PackUnreadable:
        raise typer.BadParameter(f"{version!r} 不能作版本号，请写成 2026.7 这样") from None


def _refused(held: Pack, came: Read, as_json: bool) -> None:
    beside = found(pack.file_of(held.county), came.others)
    if as_json:
        cells = [each.at._asdict() | {"column": letters(each.at.column), "what": each.what} for each in came.misfits]
        lines = [{"file": str(at.file), "line": at.line, "what": at.what} for at in beside]
        typer.echo(json.dumps([*cells, *lines], ensure_ascii=False))
        return
    for each in came.misfits:
        typer.echo(each.words)
    for at in beside:
        typer.echo(f"{at.file}:{at.line or 1}: {at.where}：{at.what}")
    typer.echo(f"{held.county}：{len(came.misfits) + len(beside)}处问题，没有导入")
