"""What every step at the command line does: find the house, check who acts, hand the step in, say what came of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import IntEnum
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError
from temporalio.client import Client
from temporalio.service import RPCError

import post.counter
import post.policies
import wiring
from adapters.sql_visitors import SqlVisitors
from commands.recorded import KINDS
from decisions.deadlines import SHANGHAI, civil_day
from decisions.permits import Territory
from models.errors import REFUSAL_WORDS, UNFIT_WORDS, Refusal, Unfit
from models.events import Recorded
from models.messages import Reply
from models.values import Actor, ActorKind, Role
from post.counter import NotFit
from post.desk import LATER, Refused, Sort, Unknown
from settings import load
from wiring import House

T = TypeVar("T")
As = Annotated[str, typer.Option("--as", help="经办人编号（必填）")]
FirstOrAs = Annotated[
    str | None, typer.Option("--as", help="经办人编号；只有本县还没有工作人员在册时可以不写，写了也无从核对")
]
Json = Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象")]
Reason = Annotated[str | None, typer.Option(help="为什么现在才记（存入登记簿，不进流程）")]
NoteText = Annotated[str | None, typer.Option("--note", help="备注（存入登记簿，不进流程）")]
LONG_AGO = "三天以前的探访须写 --reason"
STORE_AWAY = "登记簿暂时用不了，这一步没有办成，请稍后再做一次"
SAID_LATER = "已收下，流程引擎暂时没有应答，稍后自动办理；办不成会列入待办"
OPERATOR = "operator"
NOBODY = {
    Sort.STAFF: "没有这个人员", Sort.ELDER: "没有这位老人", Sort.VOLUNTEER: "没有这个志愿者", Sort.POST: "没有这个岗位",
    Sort.ESCALATION: "没有这件督办",
}  # fmt: skip


class Ends(IntEnum):
    """How a command ends that does not end well, as its exit code. Typer's own for a wrong option is 2."""

    REFUSED = 1
    WRONG_INPUT = 2
    LATER = 3


class Counter(post.counter.Counter):
    """The counter, for one command: `house`, and the engine's client if it answers."""

    def __init__(self, house: House, client: Client | None) -> None:
        self.house = house
        self.client = client
        super().__init__(house.desk(client), house.desk_store, house.now)
        self.visitors = SqlVisitors(house.engine, house.sealer)
        self.people = house.people_steps(self)
        self.scans = house.scans(self)
        self.bodies = house.bodies(self)

    def recorded_in(self, stream: str) -> Iterator[Recorded]:
        """All that was recorded in a stream, from its beginning, each with its place."""
        return self.house.recorded_in(stream)


def of_the_county(house: House, staff: str | None, action: str, counties: Iterable[str]) -> Actor:
    """Who sets a county up or changes what holds in all of it: one of these counties' own, by role and territory.

    While none of them has staff in the register nobody can be checked, and whoever begins is taken at their word.
    Raises Refused, Unknown; typer.BadParameter when nobody is named who could be.
    """
    places = with_staff(house, counties)
    if not places:
        return Actor(id=staff or OPERATOR, kind=ActorKind.STAFF, role=Role.ADMIN)
    if staff is None:
        raise typer.BadParameter("本县已有工作人员在册，须写 --as 经办人编号")
    return house.desk(None).actor_among(staff, action, places[0].county_id, places)


def with_staff(house: House, counties: Iterable[str]) -> tuple[Territory, ...]:
    """Those of these counties that have staff in the register; none while they are being set up."""
    return post.policies.with_staff(house.desk_store, tuple(counties))


def must_be_fit(person_id: str, unfit: Unfit | None) -> None:
    """Raises NotFit, which ends the command with a sentence that says why this person cannot be the one."""
    if unfit is not None:
        raise NotFit(person_id, unfit)


def run(life: Callable[[Counter], Coroutine[Any, Any, T]], *, as_json: bool = False) -> T:
    """Open the house, try the engine, live, close. A refusal ends with its sentence and an exit code."""

    async def inside() -> T:
        house = House(load())
        try:
            client = await house.connect()
        except (RPCError, RuntimeError):
            client = None
        else:
            house.clock.compare(await house.gateway(client).engine_at())
        try:
            return await life(Counter(house, client))
        finally:
            house.engine.dispose()

    with answered(as_json=as_json):
        return asyncio.run(inside())


@contextmanager
def answered(*, as_json: bool = False) -> Generator[None]:
    """Whoever may not, or names what is not there, hears it as a sentence and an exit code."""
    try:
        yield
    except Refused as refused:
        words = REFUSAL_WORDS[refused.refusal]
        _turn_away(refused.refusal, words, f"不能办理：{words}", as_json)
        raise typer.Exit(Ends.REFUSED) from None
    except Unknown as unknown:
        words = f"{NOBODY[unknown.sort]}：{unknown.id}"
        _turn_away("unknown", words, words, as_json)
        raise typer.Exit(Ends.WRONG_INPUT) from None
    except NotFit as wrong:
        raise typer.BadParameter(f"{wrong.person_id}：{UNFIT_WORDS[wrong.unfit]}") from None
    except DBAPIError:
        _turn_away("store_away", STORE_AWAY, STORE_AWAY, as_json)
        raise typer.Exit(Ends.REFUSED) from None


def _turn_away(code: str, words: str, line: str, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"accepted": False, "refusal": code, "said": words}, ensure_ascii=False))
    else:
        typer.echo(line, err=True)


def tell(reply: Reply, *, as_json: bool) -> None:
    """What came of a step. Ends with an exit code when it was refused, and when it is kept for later."""
    later = reply.refusal == LATER
    if reply.accepted:
        words = "；".join(KINDS.get(kind, kind) for kind in reply.recorded) or "已记"
        typer.echo(reply.model_dump_json() if as_json else words)
        return
    about = f"（{reply.about_on.month}月{reply.about_on.day}日）" if reply.about_on else ""
    words = SAID_LATER if later else f"{REFUSAL_WORDS[Refusal(reply.refusal)]}{about}"
    if as_json:
        typer.echo(json.dumps(reply.model_dump(mode="json") | {"said": words}, ensure_ascii=False))
    else:
        typer.echo(words if later else f"不能办理：{words}", err=not later)
    raise typer.Exit(Ends.LATER if later else Ends.REFUSED)


def end_later(count: int) -> None:
    """A step that is many ends so when some of them are kept for later."""
    if count:
        raise typer.Exit(Ends.LATER)


def pick(row: Row[Any], columns: Iterable[str]) -> dict[str, Any]:
    """These columns of a row, those it has."""
    return {name: getattr(row, name) for name in columns if hasattr(row, name)}


def show(rows: list[dict[str, Any]], columns: dict[str, str], *, as_json: bool, title: str) -> None:
    """A list for people, or the same as JSON. `columns`: key → heading."""
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, default=plain))
        return
    table = Table(*columns.values(), title=f"{title}（{len(rows)}）")
    for row in rows:
        table.add_row(*(plain(row.get(key)) for key in columns))
    Console().print(table)


def plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)


def day(text: str) -> date:
    """A civil day. Raises typer.BadParameter that says what was read."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} 不是日期，应写成 2026-12-18") from error


def past_day(text: str) -> date:
    """A day that has come. Raises typer.BadParameter before anything is written."""
    found = day(text)
    if found > civil_day(wiring.now()):
        raise typer.BadParameter(f"{text} 还没有到，不能晚于今天")
    return found


def from_to(from_: str, to: str) -> tuple[date, date]:
    """A span of days. Raises typer.BadParameter when it ends before it begins."""
    from_on, to_on = day(from_), day(to)
    if from_on > to_on:
        raise typer.BadParameter(f"--from {from_on} 晚于 --to {to_on}")
    return from_on, to_on
