"""`starter.py volunteer|staff|area|surge …`: what township people do between lists."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.sql_areas import NotMergeable
from adapters.sql_people import NotFound, SqlPeople
from commands.acting import As, Counter, Json, day, end_later, from_to, past_day, run
from decisions.card import told
from models.ids import case_stream
from models.messages import Reply, RequestVisit
from models.shown import CardShown
from models.values import AgreedHow, Channel
from post.desk import Refused, Sort, Unknown
from post.people import Came, came_of
from wiring import House

volunteer_app = typer.Typer(help="志愿者", no_args_is_help=True)
staff_app = typer.Typer(help="工作人员", no_args_is_help=True)
area_app = typer.Typer(help="村（社区）调整", no_args_is_help=True)
From = Annotated[str, typer.Option("--from", help="从哪天起")]
To = Annotated[str, typer.Option("--to", help="到哪天止")]


def _said(words: str, as_json: bool, **values: Any) -> None:
    typer.echo(json.dumps(values, ensure_ascii=False) if as_json else words)


def _or_stop(life: Any, as_json: bool) -> Any:
    try:
        return run(life, as_json=as_json)
    except NotFound as error:
        raise typer.BadParameter(f"没有 {error}") from None


@volunteer_app.command("leave")
def volunteer_leave(volunteer: str, staff: As, from_: From, to: To, as_json: Json = False) -> None:
    """请假：在办探访改派他人；日后才请的，到那天再改派。"""
    from_on, to_on = from_to(from_, to)

    async def life(counter: Counter) -> Came:
        return await counter.people.volunteer_leave(staff, volunteer, from_on, to_on)

    came = _or_stop(life, as_json)
    done = f"在办探访到{from_on}再改派" if came.to_come else f"{came.moved}次在办探访已改派{_waiting(came.later)}"
    _said(f"已记请假，{done}", as_json, reassigned=came.moved, later=came.later, from_on=str(from_on))
    end_later(came.later)


Why = Annotated[str, typer.Option("--reason", help="为什么；封存在登记簿的变更记录里")]


@volunteer_app.command("bar")
def bar(volunteer: str, staff: As, why: Why, as_json: Json = False) -> None:
    """停用：不再派给他，网页链接失效，在办探访改派他人。结对不变，恢复后接着用。"""

    async def life(counter: Counter) -> Came:
        return await counter.people.bar(staff, volunteer, why)

    came = _or_stop(life, as_json)
    _said(
        f"已停用，{came.moved}次在办探访已改派{_waiting(came.later)}", as_json, reassigned=came.moved, later=came.later
    )
    end_later(came.later)


@volunteer_app.command("lift-bar")
def lift_bar(volunteer: str, staff: As, why: Why, as_json: Json = False) -> None:
    """恢复：从下一次派人起又可以派给他。"""

    async def life(counter: Counter) -> None:
        await counter.people.lift_bar(staff, volunteer, why)

    _or_stop(life, as_json)
    _said("已恢复", as_json, volunteer=volunteer)


@volunteer_app.command("consent")
def consent(
    volunteer: str, staff: As, on: Annotated[str, typer.Option("--on", help="哪天同意的")],
    how: Annotated[AgreedHow, typer.Option("--how", help="怎样同意的")], as_json: Json = False,
) -> None:  # fmt: skip
    """同意参加、同意收短信：头一次，或退订以后重新同意。在通道退订的（twilio、aliyun），还须本人按通道的规定恢复。"""
    given_on = past_day(on)

    async def life(counter: Counter) -> None:
        await counter.people.consent(staff, volunteer, given_on, how)

    _or_stop(life, as_json)
    _said("已记同意", as_json, volunteer=volunteer, given_on=str(given_on), how=how.value)


@volunteer_app.command("phone")
def phone(volunteer: str, number: str, staff: As, as_json: Json = False) -> None:
    """换号：没到限期的在办探访用新号码再发一次；编号跟着号码走，请另给一张结对卡。退订过的，先用 consent。"""

    async def life(counter: Counter) -> Came:
        return await counter.people.new_phone(staff, volunteer, number)

    came = _or_stop(life, as_json)
    if came.moved or came.later:
        words = f"已换号；这个号码或这个人已退订短信，{came.moved}次在办探访已改派{_waiting(came.later)}"
    else:
        words = f"已换号，{came.asked}次在办探访用新号码再发一次"
    _said(words, as_json, asked=came.asked, reassigned=came.moved, later=came.later)
    end_later(came.later)


@volunteer_app.command("pair")
def pair(
    volunteer: str, elder: str, staff: As, from_: From,
    end: Annotated[bool, typer.Option("--end", help="结束结对")] = False, as_json: Json = False,
) -> None:  # fmt: skip
    """结对，或结束结对。"""
    from_on = day(from_)

    async def life(counter: Counter) -> None:
        await counter.people.pair(staff, volunteer, elder, from_on, end=end)

    _or_stop(life, as_json)
    _said("已结束结对" if end else "已结对", as_json, volunteer=volunteer, elder=elder, ended=end)


@volunteer_app.command("card")
def card(
    volunteer: str, staff: As,
    page: Annotated[Path | None, typer.Option("--page", help="另写一张A5网页（.html），用浏览器打印")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """结对卡：编号、老人、村、门牌，回复数字和值班电话；设了网址时还有本次探访网页的编码和二维码。"""

    async def life(counter: Counter) -> tuple[CardShown, House]:
        places = counter.house.desk_store.places_of_volunteer(volunteer)
        nobody = Unknown(Sort.VOLUNTEER, volunteer)
        actor = counter.desk.actor_over(staff, "volunteer", volunteer, places, nobody)
        counter.seen(actor, "volunteer_card", volunteer)
        return counter.house.card(volunteer), counter.house

    held, house = _or_stop(life, as_json)
    if as_json:
        rows = [
            {
                "code": line.code, "elder": line.name, "village": line.village, "doors": line.doors,
                "page_code": held.codes.get(line.elder_id),
            }
            for line in held.lines
        ]  # fmt: skip
        typer.echo(
            json.dumps({"elders": rows, "duty": held.duty, "counts_calls": held.counts_calls}, ensure_ascii=False)
        )
        return
    rows, foot = told(held)
    if page is not None:
        page.write_text(house.card_html(rows, foot, with_codes=bool(held.codes)), encoding="utf-8")
        typer.echo(f"已写到 {page}，可用浏览器打印（A5）")
        return
    for row in rows:
        typer.echo("  ".join(row))
    for line in foot:
        typer.echo(line)


@staff_app.command("leave")
def staff_leave(person: str, staff: As, from_: From, to: To, as_json: Json = False) -> None:
    """请假：期间由代理人负责。"""
    from_on, to_on = from_to(from_, to)

    async def life(counter: Counter) -> None:
        await counter.people.staff_leave(staff, person, from_on, to_on)

    _or_stop(life, as_json)
    _said("已记请假", as_json, staff=person)


@staff_app.command("deputy")
def deputy(
    post: str, staff: As, to: Annotated[str | None, typer.Option("--to", help="代理人；不填则撤销")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """指定或撤销一个岗位的代理人。"""

    async def life(counter: Counter) -> None:
        await counter.people.deputy(staff, post, to)

    _or_stop(life, as_json)
    _said("已指定代理人" if to else "已撤销代理人", as_json, post=post, deputy=to)


@staff_app.command("holder")
def holder(
    post: str, staff: As, to: Annotated[str, typer.Option("--to", help="到岗的人")], as_json: Json = False
) -> None:
    """一个空缺的岗位由谁接任；有人的岗位换人用 handover。"""

    async def life(counter: Counter) -> None:
        await counter.people.holder(staff, post, to)

    _or_stop(life, as_json)
    _said("已到岗", as_json, post=post, holder=to)


@staff_app.command("handover")
def handover(person: str, to: str, staff: As, as_json: Json = False) -> None:
    """交接：岗位和全部在办督办由甲转给乙，每件各记一笔。"""

    async def life(counter: Counter) -> Came:
        return await counter.people.handover(staff, person, to)

    came = _or_stop(life, as_json)
    _said(f"已交接，{came.moved}件督办转出{_waiting(came.later)}", as_json, moved=came.moved, later=came.later)
    end_later(came.later)


@area_app.command("rename")
def rename(area: str, name: str, staff: As, from_: From, as_json: Json = False) -> None:
    """更名：从某天起；以前月份保留旧名。"""
    from_on = day(from_)

    async def life(counter: Counter) -> Came:
        return await counter.people.rename(staff, area, name, from_on)

    later = _or_stop(life, as_json).to_come
    _said(f"已记，{from_on}起用新名" if later else "已更名", as_json, area=area, from_on=str(from_on))


@area_app.command("merge")
def merge(area: str, into: str, staff: As, from_: From, as_json: Json = False) -> None:
    """合并村（社区）：人员、岗位和在办事项转入新村，以前月份仍按旧村。乡镇不能合并。"""
    from_on = day(from_)

    async def life(counter: Counter) -> Came:
        try:
            return await counter.people.merge(staff, area, into, from_on)
        except NotMergeable:
            raise typer.BadParameter("只能把一个村（社区）并入另一个没有并走的村（社区）；乡镇不能合并") from None

    came = _or_stop(life, as_json)
    words = (
        f"已记，{from_on}起合并，现有{came.moved}位老人届时转入" if came.to_come else f"已合并，{came.moved}位老人转入"
    )
    _said(words, as_json, moved=came.moved, from_on=str(from_on))


def surge(township: str, staff: As, as_json: Json = False) -> None:
    """一个乡镇全员加访一次（节日、极端天气）。"""

    async def life(counter: Counter) -> tuple[list[Reply], int]:
        counter.desk.actor(staff, "surge", None)
        people = SqlPeople(counter.house.engine, counter.house.sealer)
        elders = await asyncio.to_thread(people.elders_of_township, township)
        replies: list[Reply] = []
        for elder in elders:
            try:
                head = counter.head(staff, "surge", elder, None, Channel.CONSOLE)
            except Refused:
                continue  # another territory: not theirs to ask
            replies.append(await counter.hand_in(case_stream(elder), elder, RequestVisit, **head, reason="surge"))
        return replies, len(elders)

    replies, all_ = _or_stop(life, as_json)
    came = came_of(replies)
    words = f"{all_}位老人中已安排{came.moved}次加访{_waiting(came.later)}"
    _said(words, as_json, asked=came.moved, later=came.later, elders=all_)
    end_later(came.later)


def _waiting(later: int) -> str:
    return f"，{later}件稍后自动办理" if later else ""
