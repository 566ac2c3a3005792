"""`starter.py policy check|show COUNTY`: read a county's pack as a person would, and find what is wrong with it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Literal

import typer

from commands.acting import Json
from decisions.wording import to_approve
from policies import pack
from policies.check import check as problems_of
from policies.check import without_template
from policies.schema import PackUnreadable, Problem, sourced
from settings import Settings
from wiring import House, rules_of

app = typer.Typer(help="规则包", no_args_is_help=True)
Provider = Literal["aliyun"]  # those that send templates, not words
County = Annotated[str, typer.Argument(help="县，如 fengjie")]


@app.command()
def check(
    county: County,
    as_json: Json = False,
    provider: Annotated[Provider | None, typer.Option(help="还要检查每条短信在这家通道都有模板")] = None,
) -> None:
    """检查：引文是否在原文中、默认值是否列明、督办阶梯是否到得了顶。有问题退出码为1。"""
    try:
        held = pack.load(county)
        problems = problems_of(held)
        if provider is not None:
            problems += [
                Problem(f"texts.templates.{one.value}", f"has no id at the provider; to be approved: {to_approve(one)}")
                for one in without_template(rules_of(held.content))
            ]
    except PackUnreadable as error:
        problems = list(error.problems)
    except FileNotFoundError:
        raise typer.BadParameter(f"没有 {county} 的规则包；现有：{'、'.join(pack.counties())}") from None
    if as_json:
        typer.echo(json.dumps([problem._asdict() for problem in problems], ensure_ascii=False))
    else:
        for problem in problems:
            typer.echo(f"{problem.where}：{problem.what}")
        typer.echo(f"{county}：{len(problems)}处问题")
    if problems:
        raise typer.Exit(1)


@app.command()
def show(county: County) -> None:
    """列出每个值和它的出处；系统默认的标明。"""
    held = pack.load(county)
    typer.echo(f"{county} {held.version} {held.hash}")
    for where, row in sourced(held.file):
        source = f"原文：{row.quote}" if row.quote else f"依据：{row.rule}" if row.rule else "文件未规定·系统默认"
        value = getattr(row, "value", None)
        typer.echo(f"{where}{'' if value is None else f' = {value}'}  〔{source}〕")
    typer.echo("文件没有规定的：")
    for where, why in held.file.unknown.items():
        typer.echo(f"  {where}：{why}")


@app.command()
def activate(
    county: County,
    from_: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="从哪天起生效")],
    staff: Annotated[str, typer.Option("--as", help="经办人编号")],
) -> None:
    """启用：规则包整个存入数据库，从某天起新开的周期适用。"""
    problems = problems_of(pack.load(county))
    if problems:
        raise typer.BadParameter(f"{county} 的规则包有{len(problems)}处问题，先用 policy check 查看")
    stored = House(Settings()).activate_policy(county, from_.date(), staff)
    typer.echo(f"{county} 自 {from_.date()} 起启用 {stored}")
