"""`starter.py volunteer|staff|area|surge …`: what township people do between lists."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.sql_areas import NotMergeable, SqlAreas
from adapters.sql_people import CardLine, NotFound, SqlPeople
from commands import card_page
from commands.acting import As, Counter, Json, day, end_later, from_to, run
from decisions.deadlines import civil_day
from decisions.permits import Territory
from models.ids import case_stream, county_code
from models.messages import OwnerQuestion, Reassign, ReassignOwner, Reply, RequestVisit
from models.values import Actor, Channel, Role
from post.desk import LATER, Refused, Sort, Unknown
from wiring import House

volunteer_app = typer.Typer(help="志愿者", no_args_is_help=True)
staff_app = typer.Typer(help="工作人员", no_args_is_help=True)
area_app = typer.Typer(help="村（社区）调整", no_args_is_help=True)
From = Annotated[str, typer.Option("--from", help="从哪天起")]
To = Annotated[str, typer.Option("--to", help="到哪天止")]


def _people(
    counter: Counter, staff: str, action: str, subject: str, places: tuple[Territory, ...], nobody: Unknown
) -> tuple[SqlPeople, Actor]:
    """The register's counter, and who acts there under which role, wherever the step reaches. Raises Refused."""
    by = counter.desk.actor_over(staff, action, subject, places, nobody)
    return SqlPeople(counter.house.engine, counter.house.sealer), by


def _areas(counter: Counter, staff: str, *areas: str) -> tuple[SqlAreas, Actor]:
    """The same for villages. Raises Refused; an area that is none is the register's to refuse."""
    places = tuple(place for area in areas for place in counter.house.desk_store.place_of_area(area))
    if len(places) == len(areas):
        by = counter.desk.actor_over(staff, "area", areas[0], places)
    else:
        by = counter.desk.actor(staff, "area", None)
    return SqlAreas(counter.house.engine, counter.house.sealer), by


def _colleague(counter: Counter, staff_id: str, places: tuple[Territory, ...]) -> None:
    """Raises Unknown unless this is somebody on the staff of that county: a case is never put in strange hands."""
    theirs = {place.county_id for place in counter.house.desk_store.places_of_staff(staff_id)}
    if not theirs & {place.county_id for place in places}:
        raise Unknown(Sort.STAFF, staff_id)


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

    async def life(counter: Counter) -> tuple[list[Reply], bool]:
        now = counter.house.now()
        at_once = from_on <= civil_day(now) <= to_on
        places = counter.house.desk_store.places_of_volunteer(volunteer, and_open_visits=at_once)
        people, by = _people(counter, staff, "volunteer", volunteer, places, Unknown(Sort.VOLUNTEER, volunteer))
        elders = people.volunteer_leave(volunteer, from_on, to_on, by, now)
        replies: list[Reply] = []
        for elder in elders:
            head = counter.head(staff, "reassign", elder, None, Channel.CONSOLE)
            stream, why = case_stream(elder), {"reason": "on_leave", "from_id": volunteer}
            replies.append(await counter.hand_in(stream, elder, Reassign, **head, **why))
        return replies, from_on > civil_day(now)

    replies, to_come = _or_stop(life, as_json)
    moved, later = _came_of(replies)
    done = f"在办探访到{from_on}再改派" if to_come else f"{moved}次在办探访已改派{_waiting(later)}"
    _said(f"已记请假，{done}", as_json, reassigned=moved, later=later, from_on=str(from_on))
    end_later(later)


@volunteer_app.command("pair")
def pair(
    volunteer: str, elder: str, staff: As, from_: From,
    end: Annotated[bool, typer.Option("--end", help="结束结对")] = False, as_json: Json = False,
) -> None:  # fmt: skip
    """结对，或结束结对。"""
    from_on = day(from_)

    async def life(counter: Counter) -> None:
        store = counter.house.desk_store
        home, place = store.places_of_volunteer(volunteer), store.territory_of(elder)
        both = (*home, place) if home and place else ()
        nobody = Unknown(Sort.ELDER, elder) if home else Unknown(Sort.VOLUNTEER, volunteer)
        people, by = _people(counter, staff, "volunteer", volunteer, both, nobody)
        people.pair(volunteer, elder, from_on, by, counter.house.now(), end=end)

    _or_stop(life, as_json)
    _said("已结束结对" if end else "已结对", as_json, volunteer=volunteer, elder=elder, ended=end)


@volunteer_app.command("card")
def card(
    volunteer: str, staff: As,
    page: Annotated[Path | None, typer.Option("--page", help="另写一张A5网页（.html），用浏览器打印")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """结对卡：编号、老人、村、门牌，回复数字和值班电话；设了网址时还有本次探访网页的编码和二维码。"""

    async def life(counter: Counter) -> tuple[list[CardLine], list[str], dict[str, str], bool, House]:
        house, now = counter.house, counter.house.now()
        places = house.desk_store.places_of_volunteer(volunteer)
        nobody = Unknown(Sort.VOLUNTEER, volunteer)
        actor = counter.desk.actor_over(staff, "volunteer", volunteer, places, nobody)
        counter.seen(actor, "volunteer_card", volunteer)
        people = SqlPeople(house.engine, house.sealer)
        lines = people.card(volunteer, civil_day(now))
        villages = {(line.township_id, line.village_id): None for line in lines}
        held = house.pack_of(county_code(places[0].county_id))
        roles = tuple(Role(rung.role) for rung in held.file.urgent_ladder)
        asked = [
            OwnerQuestion(township_id=township, village_id=village, roles=roles, rung=0, at=now)
            for township, village in villages
        ]
        duty = {owner.staff_id: None for owner in map(house.directory.owner, asked) if owner is not None}
        counts_calls = house.letterbox.text_rules(now, volunteer).counts_phone_calls
        ways = house.visit_links.of_volunteer(volunteer, now) if house.public_url else []
        codes = {way.task.elder_id: way.code for way in reversed(ways)}
        return lines, [people.phone_of(person) for person in duty], codes, counts_calls, house

    lines, duty, codes, counts_calls, house = _or_stop(life, as_json)
    if as_json:
        rows = [
            {
                "code": line.code, "elder": line.name, "village": line.village, "doors": line.doors,
                "page_code": codes.get(line.elder_id),
            }
            for line in lines
        ]  # fmt: skip
        typer.echo(json.dumps({"elders": rows, "duty": duty, "counts_calls": counts_calls}, ensure_ascii=False))
        return
    rows, foot = card_page.told(lines, duty, codes, counts_calls=counts_calls)
    if page is not None:
        page.write_text(house.card_html(rows, foot), encoding="utf-8")
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
        places = counter.house.desk_store.places_of_staff(person)
        people, by = _people(counter, staff, "staff", person, places, Unknown(Sort.STAFF, person))
        people.staff_leave(person, from_on, to_on, by, counter.house.now())

    _or_stop(life, as_json)
    _said("已记请假", as_json, staff=person)


@staff_app.command("deputy")
def deputy(
    post: str, staff: As, to: Annotated[str | None, typer.Option("--to", help="代理人；不填则撤销")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """指定或撤销一个岗位的代理人。"""

    async def life(counter: Counter) -> None:
        places = counter.house.desk_store.places_of_post(post)
        people, by = _people(counter, staff, "staff", post, places, Unknown(Sort.POST, post))
        if to is not None:
            _colleague(counter, to, places)
        people.deputy(post, to, by, counter.house.now())

    _or_stop(life, as_json)
    _said("已指定代理人" if to else "已撤销代理人", as_json, post=post, deputy=to)


@staff_app.command("handover")
def handover(person: str, to: str, staff: As, as_json: Json = False) -> None:
    """交接：岗位和全部在办督办由甲转给乙，每件各记一笔。"""

    async def life(counter: Counter) -> list[Reply]:
        places = counter.house.desk_store.places_of_staff(person, and_escalations=True)
        people, by = _people(counter, staff, "staff", person, places, Unknown(Sort.STAFF, person))
        _colleague(counter, to, places)
        replies: list[Reply] = []
        open_ = people.handover(person, to, by, counter.house.now())
        for escalation, elder in open_:
            head = counter.head(staff, "reassign_owner", elder, None, Channel.CONSOLE)
            replies.append(await counter.hand_in(escalation, elder, ReassignOwner, **head, staff_id=to))
        return replies

    moved, later = _came_of(_or_stop(life, as_json))
    _said(f"已交接，{moved}件督办转出{_waiting(later)}", as_json, moved=moved, later=later)
    end_later(later)


@area_app.command("rename")
def rename(area: str, name: str, staff: As, from_: From, as_json: Json = False) -> None:
    """更名：从某天起；以前月份保留旧名。"""
    from_on = day(from_)

    async def life(counter: Counter) -> bool:
        (areas, by), now = _areas(counter, staff, area), counter.house.now()
        areas.rename(area, name, from_on, by, now)
        return from_on > civil_day(now)

    later = _or_stop(life, as_json)
    _said(f"已记，{from_on}起用新名" if later else "已更名", as_json, area=area, from_on=str(from_on))


@area_app.command("merge")
def merge(area: str, into: str, staff: As, from_: From, as_json: Json = False) -> None:
    """合并村（社区）：人员、岗位和在办事项转入新村，以前月份仍按旧村。乡镇不能合并。"""
    from_on = day(from_)

    async def life(counter: Counter) -> tuple[int, bool]:
        (areas, by), now = _areas(counter, staff, area, into), counter.house.now()
        try:
            return areas.merge(area, into, from_on, by, now), from_on > civil_day(now)
        except NotMergeable:
            raise typer.BadParameter("只能把一个村（社区）并入另一个没有并走的村（社区）；乡镇不能合并") from None

    moved, later = _or_stop(life, as_json)
    words = f"已记，{from_on}起合并，现有{moved}位老人届时转入" if later else f"已合并，{moved}位老人转入"
    _said(words, as_json, moved=moved, from_on=str(from_on))


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
    asked, later = _came_of(replies)
    _said(f"{all_}位老人中已安排{asked}次加访{_waiting(later)}", as_json, asked=asked, later=later, elders=all_)
    end_later(later)


def _came_of(replies: Sequence[Reply]) -> tuple[int, int]:
    """How many of the steps were taken, and how many are kept for later."""
    return sum(reply.accepted for reply in replies), sum(reply.refusal == LATER for reply in replies)


def _waiting(later: int) -> str:
    return f"，{later}件稍后自动办理" if later else ""
