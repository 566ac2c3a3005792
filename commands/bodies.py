"""`starter.py body …`: the county's register of assessing bodies (评估机构) and of who assesses for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, TypeVar

import typer

from adapters.sql_bodies import Body, NoAssessor, NotThen
from adapters.sql_people import NotFound
from commands.acting import As, Counter, Json, day, run, show
from decisions.deadlines import civil_day
from post.bodies import number

T = TypeVar("T")
app = typer.Typer(help="评估机构和评估员", no_args_is_help=True)
BodyId = Annotated[str, typer.Argument(help="评估机构编号（body list 列出）")]
LEAST_ASSESSORS = 5  # 民政部答问（2025-07-23）; told, and no reason to refuse anything
COLUMNS = {
    "id": "编号", "name": "名称", "registered_as": "登记号", "from_on": "从", "to_on": "止", "people": "评估员",
    "mark": "人数",
}  # fmt: skip


def _or_stop(step: Callable[[Counter], T], as_json: bool) -> T:
    async def life(counter: Counter) -> T:
        return step(counter)

    try:
        return run(life, as_json=as_json)
    except NotFound as error:
        raise typer.BadParameter(f"没有 {error}") from None
    except NoAssessor as error:
        raise typer.BadParameter(f"{error} 在本县没有评估员岗位，请先写进工作人员名单（岗位：评估员）") from None
    except NotThen:
        raise typer.BadParameter("日期早于起始日，或机构那时已不在册") from None


def _said(words: str, as_json: bool, **values: Any) -> None:
    typer.echo(json.dumps(values, ensure_ascii=False) if as_json else words)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="机构名称")], staff: As,
    registered_as: Annotated[str, typer.Option("--registered-as", help="统一社会信用代码，或登记证号")],
    from_: Annotated[str | None, typer.Option("--from", help="从哪天起，默认今天")] = None, as_json: Json = False,
) -> None:  # fmt: skip
    """登记一家评估机构（依法登记的企事业单位或社会组织）。登记号相同的就是同一家，名称改用新的。"""
    if not number(registered_as) or not name.strip():
        raise typer.BadParameter("名称和登记号都须写")
    from_on = day(from_) if from_ else None

    def step(counter: Counter) -> str:
        return counter.bodies.add(staff, counter.house.home, name, registered_as, from_on)

    body_id = _or_stop(step, as_json)
    _said(f"已登记 {body_id}", as_json, body=body_id)


@app.command()
def end(
    body: BodyId, staff: As, on: Annotated[str, typer.Option(help="从哪天起不再评估")], as_json: Json = False
) -> None:
    """一家评估机构从某天起不再评估；以前的评估照旧有效。"""
    on_day = day(on)

    _or_stop(lambda counter: counter.bodies.end(staff, body, on_day), as_json)
    _said("已记", as_json, body=body, to_on=str(on_day))


@app.command()
def assessor(
    body: BodyId, person: Annotated[str, typer.Argument(help="评估员的人员编号")], staff: As,
    from_: Annotated[str | None, typer.Option("--from", help="从哪天起为这家机构评估")] = None,
    to: Annotated[str | None, typer.Option("--to", help="从哪天起不再为这家机构评估")] = None, as_json: Json = False,
) -> None:  # fmt: skip
    """一位评估员从某天起（--from）为一家机构评估，或从某天起（--to）不再评估。本人须有评估员岗位。"""
    if (from_ is None) == (to is None):
        raise typer.BadParameter("--from 和 --to 写一个")
    from_on, to_on = (day(text) if text else None for text in (from_, to))

    def step(counter: Counter) -> bool:
        if from_on is not None:
            return counter.bodies.take_on(staff, body, person, from_on)
        return to_on is not None and counter.bodies.let_go(staff, body, person, to_on)

    done = _or_stop(step, as_json)
    if not done and to_on is not None:
        raise typer.BadParameter(f"{person} 现在不为这家机构评估")
    _said("已记" if done else "已在册，没有变化", as_json, body=body, staff=person, changed=done)


@app.command("list")
def list_(staff: As, as_json: Json = False) -> None:
    """本县的评估机构和各家的评估员；不足5人的标出（民政部答问：至少5名）。"""

    def step(counter: Counter) -> list[dict[str, Any]]:
        today = civil_day(counter.house.now())
        return [_told(body, today) for body in counter.bodies.seen_by(staff)]

    rows = _or_stop(step, as_json)
    if not as_json:
        for row in rows:
            row["people"] = "、".join(f"{one['name']}（{one['staff_id']}）" for one in row["assessors"])
            row["mark"] = f"{len(row['assessors'])}人" + ("" if row["enough"] or row["ended"] else "，不足5人")
    show(rows, COLUMNS, as_json=as_json, title="评估机构")


def _told(body: Body, today: date) -> dict[str, Any]:
    ended = body.to_on is not None and body.to_on <= today
    return body.model_dump(mode="json") | {"enough": len(body.assessors) >= LEAST_ASSESSORS, "ended": ended}
