"""`starter.py volunteer|staff|area|surge …`: what township people do between lists."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import typer

from adapters.sql_areas import NotMergeable, SqlAreas
from adapters.sql_people import NotFound, SqlPeople
from commands.acting import As, Counter, Json, day, run
from decisions.deadlines import civil_day
from decisions.permits import Territory
from models.ids import case_stream
from models.messages import Reassign, ReassignOwner, RequestVisit
from models.values import Channel
from post.desk import Refused

volunteer_app = typer.Typer(help="志愿者", no_args_is_help=True)
staff_app = typer.Typer(help="工作人员", no_args_is_help=True)
area_app = typer.Typer(help="村（社区）调整", no_args_is_help=True)
From = Annotated[str, typer.Option("--from", help="从哪天起")]
To = Annotated[str, typer.Option("--to", help="到哪天止")]


def _people(counter: Counter, staff: str, action: str, subject: str, places: tuple[Territory, ...]) -> SqlPeople:
    """The register's counter, after checking that this person may, wherever the step reaches. Raises Refused."""
    counter.desk.actor_over(staff, action, subject, places)
    return SqlPeople(counter.house.engine, counter.house.sealer)


def _areas(counter: Counter, staff: str) -> SqlAreas:
    """The same for villages. Raises Refused."""
    counter.desk.actor(staff, "area", None)
    return SqlAreas(counter.house.engine, counter.house.sealer)


def _said(words: str, as_json: bool, **values: Any) -> None:
    typer.echo(json.dumps(values, ensure_ascii=False) if as_json else words)


def _or_stop(life: Any) -> Any:
    try:
        return run(life)
    except NotFound as error:
        raise typer.BadParameter(f"没有 {error}") from None


@volunteer_app.command("leave")
def volunteer_leave(volunteer: str, staff: As, from_: From, to: To, as_json: Json = False) -> None:
    """请假：在办探访改派他人；日后才请的，到那天再改派。"""
    from_on = _day(from_)

    async def life(counter: Counter) -> tuple[int, bool]:
        now, to_on = counter.house.now(), _day(to)
        at_once = from_on <= civil_day(now) <= to_on
        places = counter.house.desk_store.places_of_volunteer(volunteer, and_open_visits=at_once)
        people = _people(counter, staff, "volunteer", volunteer, places)
        elders = people.volunteer_leave(volunteer, from_on, to_on, staff, now)
        for elder in elders:
            head = counter.head(staff, "reassign", elder, None, Channel.CONSOLE)
            await counter.hand_in(case_stream(elder), elder, Reassign, **head, reason="on_leave", from_id=volunteer)
        return len(elders), from_on > civil_day(now)

    moved, later = _or_stop(life)
    done = f"在办探访到{from_on}再改派" if later else f"{moved}次在办探访已改派"
    _said(f"已记请假，{done}", as_json, reassigned=moved, from_on=str(from_on))


@volunteer_app.command("pair")
def pair(
    volunteer: str, elder: str, staff: As, from_: From,
    end: Annotated[bool, typer.Option("--end", help="结束结对")] = False, as_json: Json = False,
) -> None:  # fmt: skip
    """结对，或结束结对。"""

    async def life(counter: Counter) -> None:
        store = counter.house.desk_store
        home, place = store.places_of_volunteer(volunteer), store.territory_of(elder)
        both = (*home, place) if home and place else ()
        people = _people(counter, staff, "volunteer", volunteer, both)
        people.pair(volunteer, elder, _day(from_), staff, counter.house.now(), end=end)

    _or_stop(life)
    _said("已结束结对" if end else "已结对", as_json, volunteer=volunteer, elder=elder, ended=end)


@volunteer_app.command("card")
def card(volunteer: str, staff: As, as_json: Json = False) -> None:
    """结对卡：编号、老人、村，和回复数字。"""

    async def life(counter: Counter) -> list[tuple[int | None, str, str]]:
        places = counter.house.desk_store.places_of_volunteer(volunteer)
        actor = counter.desk.actor_over(staff, "volunteer", volunteer, places)
        counter.seen(actor, "volunteer_card", volunteer)
        return SqlPeople(counter.house.engine, counter.house.sealer).card(volunteer)

    rows = _or_stop(life)
    if as_json:
        typer.echo(json.dumps([{"code": c, "elder": n, "village": v} for c, n, v in rows], ensure_ascii=False))
        return
    for code, name, village in rows:
        typer.echo(f"{code or '（首次派单后给编号）'}  {name}  {village}")
    typer.echo("回复：编号加数字。1平安 2没见到 3要帮忙 4去不了 5电话联系上。记错了回编号加“错”。")


@staff_app.command("leave")
def staff_leave(person: str, staff: As, from_: From, to: To, as_json: Json = False) -> None:
    """请假：期间由代理人负责。"""

    async def life(counter: Counter) -> None:
        places = counter.house.desk_store.places_of_staff(person)
        people = _people(counter, staff, "staff", person, places)
        people.staff_leave(person, _day(from_), _day(to), staff, counter.house.now())

    _or_stop(life)
    _said("已记请假", as_json, staff=person)


@staff_app.command("deputy")
def deputy(
    post: str, staff: As, to: Annotated[str | None, typer.Option("--to", help="代理人；不填则撤销")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """指定或撤销一个岗位的代理人。"""

    async def life(counter: Counter) -> None:
        people = _people(counter, staff, "staff", post, counter.house.desk_store.places_of_post(post))
        people.deputy(post, to, staff, counter.house.now())

    _or_stop(life)
    _said("已指定代理人" if to else "已撤销代理人", as_json, post=post, deputy=to)


@staff_app.command("handover")
def handover(person: str, to: str, staff: As, as_json: Json = False) -> None:
    """交接：岗位和全部在办督办由甲转给乙，每件各记一笔。"""

    async def life(counter: Counter) -> int:
        places = counter.house.desk_store.places_of_staff(person, and_escalations=True)
        people = _people(counter, staff, "staff", person, places)
        open_ = people.handover(person, to, staff, counter.house.now())
        for escalation, elder in open_:
            head = counter.head(staff, "reassign_owner", elder, None, Channel.CONSOLE)
            await counter.hand_in(escalation, elder, ReassignOwner, **head, staff_id=to)
        return len(open_)

    moved = _or_stop(life)
    _said(f"已交接，{moved}件督办转出", as_json, moved=moved)


@area_app.command("rename")
def rename(area: str, name: str, staff: As, from_: From, as_json: Json = False) -> None:
    """更名：从某天起；以前月份保留旧名。"""
    from_on = _day(from_)

    async def life(counter: Counter) -> bool:
        areas, now = _areas(counter, staff), counter.house.now()
        areas.rename(area, name, from_on, staff, now)
        return from_on > civil_day(now)

    later = _or_stop(life)
    _said(f"已记，{from_on}起用新名" if later else "已更名", as_json, area=area, from_on=str(from_on))


@area_app.command("merge")
def merge(area: str, into: str, staff: As, from_: From, as_json: Json = False) -> None:
    """合并村（社区）：人员、岗位和在办事项转入新村，以前月份仍按旧村。乡镇不能合并。"""
    from_on = _day(from_)

    async def life(counter: Counter) -> tuple[int, bool]:
        areas, now = _areas(counter, staff), counter.house.now()
        try:
            return areas.merge(area, into, from_on, staff, now), from_on > civil_day(now)
        except NotMergeable:
            raise typer.BadParameter("只能把一个村（社区）并入另一个没有并走的村（社区）；乡镇不能合并") from None

    moved, later = _or_stop(life)
    words = f"已记，{from_on}起合并，现有{moved}位老人届时转入" if later else f"已合并，{moved}位老人转入"
    _said(words, as_json, moved=moved, from_on=str(from_on))


def surge(township: str, staff: As, as_json: Json = False) -> None:
    """一个乡镇全员加访一次（节日、极端天气）。"""

    async def life(counter: Counter) -> tuple[int, int]:
        counter.desk.actor(staff, "surge", None)
        people = SqlPeople(counter.house.engine, counter.house.sealer)
        elders = await asyncio.to_thread(people.elders_of_township, township)
        asked = 0
        for elder in elders:
            try:
                head = counter.head(staff, "surge", elder, None, Channel.CONSOLE)
            except Refused:
                continue  # another territory: not theirs to ask
            reply = await counter.hand_in(case_stream(elder), elder, RequestVisit, **head, reason="surge")
            asked += reply.accepted
        return asked, len(elders)

    asked, all_ = _or_stop(life)
    _said(f"{all_}位老人中已安排{asked}次加访", as_json, asked=asked, elders=all_)


def _day(text: str) -> Any:
    found = day(text)
    if found is None:
        raise typer.BadParameter("须写日期")
    return found
