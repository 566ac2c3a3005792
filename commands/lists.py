"""`starter.py roster list|end-category|notice`: who is no case and why, what a list puts in doubt, and what follows."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from adapters.sql_lists import Listed, SqlLists
from adapters.sql_people import SqlPeople
from commands.acting import As, Counter, Json, day, run, show
from commands.roster import LISTS
from decisions.deadlines import civil_day
from decisions.permits import areas_where
from decisions.words import doubt_in_words, standing_in_words
from models.policy import Category
from models.roster import Doubt, NoticeGiven, RegisterList

COLUMNS = {"elder_id": "老人", "name": "姓名", "village": "村（社区）", "why": "原因"}
TO_DECIDE = {"item_id": "事项", **COLUMNS, "role": "岗位", "listed_at": "列出", "due_at": "限期"}


def why(row: Listed) -> str:
    """The reason in Chinese."""
    return standing_in_words(row.why) if row.item_id is None else doubt_in_words(Doubt.of(row.why, row.about))


def list_(
    which: Annotated[RegisterList, typer.Argument(help="没有个案、无法判断、或已建档而名单不符")], staff: As,
    as_json: Json = False,
) -> None:  # fmt: skip
    """本人辖区内：在册但没有个案的，无法判断的（缺什么），已建档而名单不符、待人决定的。"""

    async def life(counter: Counter) -> list[dict[str, Any]]:
        counter.seen(counter.desk.actor(staff, "roster_list", None), "roster_list", which.value)
        areas = areas_where("roster_list", counter.house.desk_store.posts_of(staff, counter.house.now()))
        rows = SqlLists(counter.house.engine, counter.house.sealer).of(which, areas)
        columns = TO_DECIDE if which is RegisterList.TO_DECIDE else COLUMNS
        return [row.model_dump(include=set(columns)) | {"why": why(row)} for row in rows]

    rows = run(life, as_json=as_json)
    show(rows, TO_DECIDE if which is RegisterList.TO_DECIDE else COLUMNS, as_json=as_json, title=LISTS[which])


def end_category(
    elder: str, category: Annotated[Category, typer.Argument(help="人员类别")], staff: As,
    from_: Annotated[str, typer.Option("--from", help="从哪天起不再是，不晚于今天")], as_json: Json = False,
) -> None:  # fmt: skip
    """从某天起不再属于一个人员类别：由人决定，名单从不取消类别。个案不因此结案。"""
    to_on = day(from_)

    async def life(counter: Counter) -> bool:
        by = counter.desk.actor(staff, "end_category", elder)
        now = counter.house.now()
        if to_on > civil_day(now):
            raise typer.BadParameter("只能写今天或以前的日期")
        people = SqlPeople(counter.house.engine, counter.house.sealer)
        return people.end_category(elder, category, to_on, by, now)

    if not run(life, as_json=as_json):
        raise typer.BadParameter(f"老人 {elder} 在那天没有在册的类别 {category.value}")
    typer.echo('{"ended": true}' if as_json else "类别已止")


def notice(
    elder: str, staff: As, version: Annotated[str, typer.Option(help="告知书版本")],
    on: Annotated[str, typer.Option("--on", help="告知日期，不晚于今天")],
    by: Annotated[str, typer.Option("--by", help="告知人姓名（封存）")], as_json: Json = False,
) -> None:  # fmt: skip
    """记一次告知：哪一版、哪天、谁告知的。名单里的告知书各列也这样入册。"""
    given_on = day(on)

    async def life(counter: Counter) -> bool:
        actor = counter.desk.actor(staff, "notice", elder)
        now = counter.house.now()
        if given_on > civil_day(now):
            raise typer.BadParameter("只能写今天或以前的日期")
        given = NoticeGiven(version=version, given_on=given_on, given_by=by)
        return counter.house.register.give_notice(elder, given, actor, now)

    new = run(life, as_json=as_json)
    typer.echo(f'{{"changed": {"true" if new else "false"}}}' if as_json else "告知已记" if new else "已在册，没有变化")
