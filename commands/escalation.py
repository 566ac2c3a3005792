"""`starter.py worklist`, `item`, `done` and `escalation …`: what is waiting for a person, and dealing with it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import Row

import wiring
from adapters.database import reading
from adapters.sms_manual import message_of
from adapters.sql_items import SqlItems
from commands.acting import As, Counter, Json, NoteText, past_day, pick, run, show, tell
from commands.worklist_words import benefit_names
from decisions.deadlines import SHANGHAI
from decisions.permits import HeldPost, Territory, shown_to, waits_for
from decisions.words import OF_BENEFITS, in_words
from models import messages as m
from models.errors import Refusal
from models.ids import elder_of
from models.values import Channel, Outcome, Role
from post.desk import Refused, Sort, Unknown
from projections import read

app = typer.Typer(help="督办", no_args_is_help=True)
item_app = typer.Typer(help="其他事项", no_args_is_help=True)
ItemId = Annotated[str, typer.Argument(help="事项编号")]
EscalationId = Annotated[str, typer.Argument(help="督办编号")]
COLUMNS = {
    "id": "编号", "elder_id": "老人", "cause": "事由", "urgency": "缓急", "role": "岗位", "owner_id": "责任人",
    "state": "状态", "due_at": "限期",
}  # fmt: skip
SAID = {"at": "时间", "way": "往来", "name": "姓名", "phone": "电话", "words": "原文"}
WAYS = {"received": "来信", "sent": "我方发出", "call": "请打电话告知"}


def worklist(staff: As, as_json: Json = False) -> None:
    """本人辖区内待办：督办，要给老人打电话、跟进的事项，和找本岗位及以下岗位的其他事项；本岗位的在前，各按限期排列。"""

    async def life(counter: Counter) -> tuple[list[dict[str, Any]], dict[str, str]]:
        counter.seen(counter.desk.actor(staff, "worklist", None), "worklist", "")
        posts = counter.house.desk_store.posts_of(staff, counter.house.now())
        places = counter.house.desk_store.places_of_open_work()
        with reading(counter.house.engine) as connection:
            rows = [
                pick(row, COLUMNS) | {"due_at": row.climbs_at}
                for row in read.open_escalations(connection)
                if row.owner_id == staff or waits_for(posts, places.get(row.id), None)
            ]
            rows += [
                pick(row, ("id", "elder_id", "role", "due_at", "about")) | {"cause": row.item}
                for row in read.open_items(connection)
                if _on_list(row, posts, places)
            ]
        mine = {post.role for post in posts}

        def turn(row: dict[str, Any]) -> tuple[bool, bool, Any]:
            own = row.get("owner_id") == staff or row["role"] in mine
            return not own, row["due_at"] is None, row["due_at"]

        counties = {places[row["id"]].county_id for row in rows if row["cause"] in OF_BENEFITS and row["id"] in places}
        return sorted(rows, key=turn), benefit_names(counter, counties)

    rows, names = run(life, as_json=as_json)
    said = rows if as_json else [row | in_words(row, names) for row in rows]
    show(said, COLUMNS | {"about": "内容"}, as_json=as_json, title="待办")


def _on_list(item: Row[Any], posts: tuple[HeldPost, ...], places: dict[str, Territory]) -> bool:
    return waits_for(posts, places.get(item.id), shown_to(item.item, item.elder_id, Role(item.role)))


@item_app.command("show")
def show_item(item: ItemId, staff: As, as_json: Json = False) -> None:
    """一件待办的原文：谁在何时发来什么，我方怎样回的；要打电话的，读给谁听、号码多少。待办里有的才能看。"""

    async def life(counter: Counter) -> list[dict[str, Any]]:
        store, now = counter.house.desk_store, counter.house.now()
        actor = counter.desk.actor(staff, "worklist", None)
        with reading(counter.house.engine) as connection:
            row = next((row for row in read.open_items(connection) if row.id == item), None)
        if row is None or not _on_list(row, store.posts_of(staff, now), store.places_of_open_work()):
            role = actor.role.value if actor.role else ""
            refused = Refusal.OTHER_TERRITORY
            store.log_step(f"read-{uuid.uuid4().hex}", staff, role, "item_show", f"item:{item}", False, refused, now)
            raise Refused(refused)
        counter.seen(actor, "item_show", f"item:{item}")
        said = SqlItems(counter.house.engine, counter.house.sealer).said(row)
        return [one._asdict() | {"way": one.way if as_json else WAYS[one.way]} for one in said]

    show(run(life, as_json=as_json), SAID, as_json=as_json, title=item)


def done(
    item: ItemId, staff: As,
    what: Annotated[str, typer.Option("--what", help="怎样办的（存入登记簿）")],
    not_reached: Annotated[bool, typer.Option("--not-reached", help="代短信打的电话没有打通")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """办完一件其他事项（打电话、读不懂的短信、需求跟进）。督办用 escalation resolve。"""
    call = message_of(item)
    if not_reached and call is None:
        raise typer.BadParameter("只有代短信打的电话才有没打通一说")

    async def life(counter: Counter) -> bool:
        store, now = counter.house.desk_store, counter.house.now()
        with reading(counter.house.engine) as connection:
            row = next((row for row in read.open_items(connection) if row.id == item), None)
        # The log names whom it is about. An item's id may begin like a case's stream, which says a fact was recorded.
        about = (row.elder_id or row.township_id or row.county_id) if row else None
        if row is None or about is None:
            actor = counter.desk.actor(staff, "worklist", None)
        else:
            actor = counter.desk.actor_over(staff, "worklist", about, store.places_of_item(row))
        note = counter.keep_note(what).id if row else "nothing_open"
        if row is not None and call is not None:  # first, and kept once: a closed item is not asked about again
            counter.house.texts.receipt(call, "undelivered" if not_reached else "delivered", None, now)
        closed = row is not None and store.close_item(item, staff, note, now)
        role = actor.role.value if actor.role else ""
        store.log_step(f"done-{item}", staff, role, "done", about or "", closed, note, now)
        return closed

    if not run(life, as_json=as_json):
        raise typer.BadParameter(f"没有待办事项 {item}")
    typer.echo('{"closed": true}' if as_json else "已办完")


def step(
    escalation: str, staff: str, kind: type[m.EscalationMessage], note: str | None, as_json: bool, **values: Any
) -> None:
    async def life(counter: Counter) -> m.Reply:
        elder = _elder(escalation)
        to = values.get("staff_id")
        named = {} if to is None else {to: counter.visitors.as_owner(to)}
        action = kind.model_fields["kind"].default
        counter.desk.actor(staff, action, elder)
        _must(counter, escalation)
        head = counter.head(staff, action, elder, note, Channel.CONSOLE, named=named)
        return await counter.hand_in(escalation, elder, kind, **head, **values)

    tell(run(life, as_json=as_json), as_json=as_json)


def _elder(escalation: str) -> str:
    try:
        return elder_of(escalation)
    except ValueError:
        raise typer.BadParameter(f"{escalation!r} 不是督办编号") from None


def _must(counter: Counter, escalation: str) -> Row[Any]:
    """The escalation's row. Raises Unknown: ask only after whoever asks may see its elder."""
    with reading(counter.house.engine) as connection:
        row = read.escalation(connection, escalation)
    if row is None:
        raise Unknown(Sort.ESCALATION, escalation)
    return row


@app.command("show")
def show_one(escalation: EscalationId, staff: As, as_json: Json = False) -> None:
    """一件督办现在到了哪一级、由谁负责、何时再升级。"""

    async def life(counter: Counter) -> list[dict[str, Any]]:
        elder = _elder(escalation)
        actor = counter.desk.actor(staff, "case_show", elder)
        row = _must(counter, escalation)
        counter.seen(actor, "escalation_show", elder)
        return [pick(row, (*COLUMNS, "outcome", "resolved_by")) | {"due_at": row.climbs_at}]

    columns = COLUMNS | {"outcome": "结果", "resolved_by": "办结人"}
    show(run(life, as_json=as_json), columns, as_json=as_json, title="督办")


@app.command()
def acknowledge(escalation: EscalationId, staff: As, note: NoteText = None, as_json: Json = False) -> None:
    """接手：写明责任人，到限期前不再升级。"""
    step(escalation, staff, m.Acknowledge, note, as_json)


@app.command()
def resolve(
    escalation: EscalationId, outcome: Outcome, staff: As,
    on: Annotated[str | None, typer.Option(help="见到老人的日期")] = None,
    text: Annotated[str | None, typer.Option(help="说明（存入登记簿，不进流程）；结果为 other 时必填")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """办结：须写结果。"""
    if outcome in (Outcome.REPORTED_BY_VISITOR, Outcome.WITHDRAWN):
        raise typer.BadParameter(f"{outcome.value} 由系统记录，不能人工填写")
    if outcome is Outcome.OTHER and not text:
        raise typer.BadParameter("结果为 other 时须写 --text")
    step(escalation, staff, m.Resolve, text, as_json, outcome=outcome, visited_on=past_day(on) if on else None)


@app.command()
def extend(
    escalation: EscalationId, staff: As,
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d %H:%M", "%Y-%m-%d"], help="延到何时")],
    reason: Annotated[str, typer.Option(help="原因（存入登记簿，不进流程）")], as_json: Json = False,
) -> None:  # fmt: skip
    """延期：最多两次，不超过本期结束后3天；紧急事项不能延期。"""
    if not reason:
        raise typer.BadParameter("须写 --reason")
    to = until.replace(tzinfo=SHANGHAI)
    if to <= wiring.now():
        raise typer.BadParameter("--until 须晚于现在")
    step(escalation, staff, m.Extend, reason, as_json, until=to)


@app.command()
def reassign(
    escalation: EscalationId, staff: As, to: Annotated[str, typer.Option(help="新的责任人编号")],
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """转交给另一位工作人员。"""
    step(escalation, staff, m.ReassignOwner, note, as_json, staff_id=to)
