"""`starter.py policy check|show|new COUNTY`: read a county's pack as a person would, find what is wrong, begin one.

`policy scale`: the same for the scale of ability.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from commands import policy_diff, policy_sheet, policy_versions
from commands.acting import Json
from decisions.ability import checked_words
from decisions.benefit_wording import OURS
from decisions.wording import to_approve
from models.ability import CareRisk
from policies import assessing, benefit_terms, pack, paying, scales
from policies.check import check as problems_of
from policies.check import without_template
from policies.drafting import scaffold, still_to_do
from policies.locate import Found, found
from policies.schema import PackUnreadable, sourced
from policies.sourced import Problem
from policies.telling import in_words
from wiring import rules_of

app = typer.Typer(help="规则包", no_args_is_help=True)
Provider = Literal["aliyun"]  # those that send templates, not words
County = Annotated[str, typer.Argument(help="县，如 fengjie")]
app.command("export")(policy_sheet.export)
app.command("import")(policy_sheet.import_)


@app.command()
def check(
    county: County,
    as_json: Json = False,
    provider: Annotated[Provider | None, typer.Option(help="还要检查每条短信在这家通道都有模板")] = None,
) -> None:
    """检查：引文是否在原文中、默认值是否列明、督办阶梯是否到得了顶。有问题退出码为1。"""
    problems, left = _problems(county, provider)
    if as_json:
        told = [{"where": at.where, "what": at.what, "file": str(at.file), "line": at.line} for at in problems]
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        for at in problems:
            typer.echo(f"{at.file}:{at.line or 1}: {at.where}：{at.what}")
        typer.echo(f"{county}：{len(problems)}处问题")
        if left:
            typer.echo("还要做：")
        for n, step in enumerate(left, start=1):
            typer.echo(f"  {n}. {step}")
    if problems:
        raise typer.Exit(1)


def _problems(county: str, provider: Provider | None) -> tuple[list[Found], list[str]]:
    """What is wrong, each with its line, and what a person still has to do. A county without a pack is wrong input."""
    try:
        held = pack.load(county)
    except PackUnreadable as error:
        if not pack.file_of(county).is_file():
            raise typer.BadParameter(f"没有 {county} 的规则包；现有：{'、'.join(pack.counties())}") from None
        return found(pack.file_of(county), error.problems, first=0), []
    problems = problems_of(held)
    if provider is not None:
        problems += [
            Problem(f"texts.templates.{one.value}", f"has no id at the provider; to be approved: {to_approve(one)}")
            for one in without_template(rules_of(held.content))
        ]
    return found(pack.file_of(county), problems), still_to_do(held)


@app.command()
def show(county: County) -> None:
    """列出每个值和它的出处；系统默认的标明。"""
    held = pack.load(county)
    typer.echo(f"{county} {held.version} {held.hash}")
    if held.file.covers:
        typer.echo(f"同样适用于（自己有规则包的除外）：{'、'.join(held.file.covers)}")
    ours = (*assessing.filled_in(held), *benefit_terms.filled_in(held), *paying.filled_in(held))
    for where, row in (*sourced(held.file), *ours):
        source = f"原文：{row.quote}" if row.quote else f"依据：{row.rule}" if row.rule else OURS
        said = in_words(row)
        typer.echo(f"{where}{f' = {said}' if said else ''}  〔{' '.join(source.split())}〕")
    typer.echo("文件没有规定的：")
    for where, why in (assessing.asked(held) | benefit_terms.asked(held) | paying.asked(held)).items():
        typer.echo(f"  {where}：{why}")


@app.command()
def new(county: Annotated[str, typer.Argument(help="新的县，小写字母，如 kaizhou")]) -> None:
    """起草一个县的规则包：一份全是问题的 policy.toml 和一份空的 source.txt。已有的不动。"""
    try:
        made = scaffold(county)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    typer.echo(f"已建 {made}，接着：把文件原文存入 {made / 'source.txt'}，再看 policy check {county}")


app.command("propose")(policy_versions.propose)
app.command("activate")(policy_versions.activate)
app.command("withdraw")(policy_versions.withdraw)
app.command("list")(policy_versions.list_)
app.command("diff")(policy_diff.diff)


@app.command()
def scale(file: Annotated[Path, typer.Argument(help="量表文件")] = scales.GBT42195) -> None:
    """列出能力评估量表的每项、每个选项的分值、等级和变更规则，供对照国标原文。有问题退出码为1。"""
    try:
        held = scales.load(file)
    except scales.ScaleUnreadable as error:
        for at in error.found:
            typer.echo(f"{at.file}:{at.line or 1}: {at.where}：{at.what}")
        raise typer.Exit(1) from None
    standard, changes = held.standard, held.changes
    typer.echo(f"{standard.number} {standard.title}  {checked_words(standard, held.checked_by)}")
    typer.echo(f"选项文字：{'原文' if standard.official_words else '缩写'}  核对内容：{standard.hash}")
    for section in held.sections:
        typer.echo(f"{section.code} {section.name}，满分{section.max}")
        for item in section.items:
            typer.echo(f"  {item.code} {item.name}")
            for points, words in zip(range(item.max, -1, -1), item.options, strict=True):
                typer.echo(f"    {points}分：{words}")
    typer.echo(f"总分{held.max}")
    names = {band.level: band.name for band in held.bands}
    for band in held.bands:
        typer.echo(f"  {band.low}–{band.high}分：{band.name}〔{band.clause}〕")
    typer.echo(f"等级变更〔{changes.coma.clause}〕")
    typer.echo(f"  {changes.coma.field} {changes.coma.name}：直接评定为{names[changes.coma.to]}")
    for row in changes.diagnosed.ranges:
        typer.echo(f"  {changes.diagnosed.field} {row.name}（{row.low}-{row.high}）：上调一级")
    events = changes.events
    kinds = "、".join(events.kinds[kind] for kind in CareRisk)
    typer.echo(f"  {events.field} {events.within_days}天内{events.at_least}次及以上（{kinds}）：上调一级")
