"""`starter.py account …`: who of the staff can sign in. A one-time password is shown once, here, and never logged."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any, TextIO, TypeVar

import structlog
import typer
from sqlalchemy.exc import DBAPIError

from adapters.sql_account_book import FOUNDER, SqlAccountBook
from adapters.sql_people import NotFound
from adapters.sql_subjects import SqlSubjects
from commands.acting import As, Json, answered, show
from decisions.closed_words import ACCOUNT_STATES, ROLES
from models.accounts import OneTime
from models.errors import Refusal
from models.values import Actor, Role
from post.desk import Refused, Sort, Unknown
from settings import load
from wiring import House

T = TypeVar("T")
log = structlog.get_logger()
app = typer.Typer(help="登录账号", no_args_is_help=True)
ONCE = "一次性密码（只显示这一次，第一次登录须改）"
THERE_IS_ONE = "已有管理员账号，没有新建"
COLUMNS = {
    "staff_id": "编号", "name": "姓名", "roles": "岗位", "state": "账号", "made_at": "建立", "bound_at": "绑定统一认证",
    "seen_at": "上次登录",
}  # fmt: skip


@app.command("first")
def first(as_json: Json = False) -> None:
    """第一个管理员账号：本县还没有能登录的管理员时建立一个，密码只显示一次。"""
    house = House(load())
    with answered(as_json=as_json):
        try:
            made = _first(house)
        except NotFound:
            raise typer.BadParameter("本县还没有入册，请先 starter.py found") from None
    if made is None:
        typer.echo(json.dumps({"made": False}) if as_json else THERE_IS_ONE)
        return
    _tell(made, as_json)


@app.command("make")
def make(person: str, staff: As, as_json: Json = False) -> None:
    """建立账号，显示一次性密码。村级人员用手机验证码登录，不需要账号。"""
    _given("make", SqlAccountBook.make, person, staff, as_json)


@app.command("reset")
def reset(person: str, staff: As, as_json: Json = False) -> None:
    """重置：换一次性密码，解绑验证器，停用的恢复，所有登录立即失效。"""
    _given("reset", SqlAccountBook.reset, person, staff, as_json)


@app.command("disable")
def disable(person: str, staff: As, as_json: Json = False) -> None:
    """停用：密码和手机验证码都不能再登录，所有登录立即失效。恢复用 reset。"""
    house = House(load())
    with answered(as_json=as_json):
        by = _keeper(house, staff, person)
        _came_of(house, by, "account_disable", person, house.account_book.disable(person, by, house.now()))
    typer.echo(json.dumps({"staff": person, "disabled": True}) if as_json else f"{person} 已停用")


@app.command("bind")
def bind(person: str, subject: str, staff: As, as_json: Json = False) -> None:
    """绑定统一认证身份：SUBJECT 是统一认证里指明这个人的那一项（TANFANG_OIDC_CLAIM）。原来绑定的不再作数。"""
    house = House(load())
    with answered(as_json=as_json):
        by, subjects = _keeper(house, staff, person), _subjects(house)
        _came_of(house, by, "account_bind", person, subjects.bind(person, subject, by, house.now()))
    typer.echo(json.dumps({"staff": person, "bound": True}) if as_json else f"{person} 已绑定统一认证身份")


@app.command("unbind")
def unbind(person: str, staff: As, as_json: Json = False) -> None:
    """解除绑定：不能再用统一认证登录，那样登录的立即失效。"""
    house = House(load())
    with answered(as_json=as_json):
        by, subjects = _keeper(house, staff, person), _subjects(house)
        _came_of(house, by, "account_unbind", person, subjects.unbind(person, by, house.now()))
    typer.echo(json.dumps({"staff": person, "bound": False}) if as_json else f"{person} 已解除绑定")


@app.command("list")
def list_(staff: As, as_json: Json = False) -> None:
    """列出本县工作人员和他们的账号。"""
    house = House(load())
    with answered(as_json=as_json):
        county = next((place.county_id for place in house.desk_store.places_of_staff(staff)), house.home)
        places = house.desk_store.place_of_area(county)
        by = house.desk(None).actor_over(staff, "account", county, places)
        _log(house, by, "account_list", county, "read")
        lines = house.account_book.of_county(county)
    rows: list[dict[str, Any]] = [line.model_dump(mode="json" if as_json else "python") for line in lines]
    if not as_json:
        for row, line in zip(rows, lines, strict=True):
            row |= {"roles": "、".join(ROLES[role] for role in line.roles), "state": ACCOUNT_STATES[line.state]}
    show(rows, COLUMNS, as_json=as_json, title="账号")


def at_first_start(house: House, terminal: TextIO) -> None:
    """The first account, where whoever starts the web process sees what is printed; else the log says there is none.

    What goes into a file or a pipe is a log, and no password is logged.
    """
    try:
        if terminal.isatty():
            made = _first(house)
            if made is not None:
                terminal.write(f"{_words(made)}\n")
                terminal.flush()
        elif not house.account_book.has_keeper(house.home):
            log.warning("no_administrator_account")
    except (NotFound, DBAPIError) as error:
        log.warning("first_account_waits", error=type(error).__name__)


def _first(house: House) -> OneTime | None:
    made = house.account_book.first(house.home, house.now())
    if made is not None:
        _log(house, FOUNDER.model_copy(update={"role": Role.ADMIN}), "account_first", made.staff_id, "recorded")
    return made


def _subjects(house: House) -> SqlSubjects:
    if house.single_sign_on is None:
        raise typer.BadParameter("没有设置统一认证（TANFANG_OIDC_ISSUER）")
    return house.single_sign_on.subjects


def _given(step: str, taken: Callable[..., OneTime | Refusal], person: str, staff: str, as_json: bool) -> None:
    """A password of one time, shown once."""
    house = House(load())
    with answered(as_json=as_json):
        by = _keeper(house, staff, person)
        made = _came_of(house, by, f"account_{step}", person, taken(house.account_book, person, by, house.now()))
    _tell(made, as_json)


def _keeper(house: House, staff: str, person: str) -> Actor:
    """Raises Refused, Unknown."""
    places = house.desk_store.places_of_staff(person)
    return house.desk(None).actor_over(staff, "account", person, places, Unknown(Sort.STAFF, person))


def _came_of(house: House, by: Actor, action: str, person: str, answer: T | Refusal) -> T:
    """The step and what came of it, logged; never the password. Raises Refused."""
    refused = isinstance(answer, Refusal)
    _log(house, by, action, person, answer.value if refused else "recorded", accepted=not refused)
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answer


def _log(house: House, by: Actor, action: str, subject: str, answer: str, *, accepted: bool = True) -> None:
    role = by.role.value if by.role else ""
    step_id = f"account-{uuid.uuid4().hex}"
    house.desk_store.log_step(step_id, by.id, role, action, subject, accepted, answer, house.now())


def _tell(made: OneTime, as_json: bool) -> None:
    password = made.password.get_secret_value()
    typer.echo(json.dumps({"made": True, "staff": made.staff_id, "password": password}) if as_json else _words(made))


def _words(made: OneTime) -> str:
    return f"{made.staff_id} 的{ONCE}：{made.password.get_secret_value()}"
