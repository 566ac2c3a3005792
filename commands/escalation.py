"""`starter.py worklist`, `item`, `done` and `escalation …`: what is waiting for a person, and dealing with it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import Row

import wiring
from adapters.database import reading
from commands.acting import As, Counter, Json, NoteText, past_day, pick, run, show, tell
from decisions.deadlines import SHANGHAI
from decisions.words import OF_BENEFITS, in_words
from models import messages as m
from models.ids import elder_of
from models.values import Channel, Outcome
from post.desk import Sort, Unknown
from post.items import Closed
from projections import read, read_worklist
from projections.read_worklist import Who

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
    """本人辖区内待办：督办，要给老人打电话、跟进的事项，找本岗位及以下岗位的其他事项，以及等本人评估、审批、启用的；
    本岗位的在前，各按限期排列。
    """

    async def life(counter: Counter) -> tuple[list[dict[str, Any]], dict[str, str]]:
        counter.seen(counter.desk.actor(staff, "worklist", None), "worklist", "")
        now = counter.house.now()
        posts = counter.house.desk_store.posts_of(staff, now)
        with reading(counter.house.engine) as connection:
            found = read_worklist.rows(connection, Who(staff, posts), now)
        rows = [pick(row, (*COLUMNS, "about")) | {"cause": row.what} for row in found]
        mine = {post.role for post in posts}

        def turn(row: dict[str, Any]) -> tuple[bool, bool, Any]:
            own = row["owner_id"] == staff or row["role"] in mine
            return not own, row["due_at"] is None, row["due_at"]

        counties = {row.county_id for row in found if row.what in OF_BENEFITS and row.county_id}
        return sorted(rows, key=turn), counter.house.benefit_names(counties)

    rows, names = run(life, as_json=as_json)
    said = rows if as_json else [row | in_words(row, names) for row in rows]
    show(said, COLUMNS | {"about": "内容"}, as_json=as_json, title="待办")


@item_app.command("show")
def show_item(item: ItemId, staff: As, as_json: Json = False) -> None:
    """一件待办的原文：谁在何时发来什么，我方怎样回的；要打电话的，读给谁听、号码多少。待办里有的才能看。"""

    async def life(counter: Counter) -> list[dict[str, Any]]:
        _, said = counter.house.items.shown(counter, staff, item)
        shown = [{name: getattr(one, name) for name in SAID} for one in said]
        return shown if as_json else [one | {"way": WAYS[one["way"]]} for one in shown]

    show(run(life, as_json=as_json), SAID, as_json=as_json, title=item)


def done(
    item: ItemId, staff: As,
    what: Annotated[str, typer.Option("--what", help="怎样办的（存入登记簿）")],
    not_reached: Annotated[bool, typer.Option("--not-reached", help="代短信打的电话没有打通")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """办完一件其他事项（打电话、读不懂的短信、需求跟进）。督办用 escalation resolve。"""

    async def life(counter: Counter) -> Closed:
        return await counter.house.items.done(counter, staff, item, what, not_reached=not_reached)

    match run(life, as_json=as_json):
        case Closed.NO_CALL:
            raise typer.BadParameter("只有代短信打的电话才有没打通一说")
        case Closed.BY_STEP:
            raise typer.BadParameter("这一件要办了它要的那一步才算完，不能用 done 办完")
        case Closed.NOT_OPEN:
            raise typer.BadParameter(f"没有待办事项 {item}")
        case Closed.DONE:
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
