"""Assessing bodies (评估机构) of the county and who assesses for them, as a list and its forms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import Response

from decisions.deadlines import civil_day
from projections import read_people
from web.console.ask import Ask
from web.console.fields import MISSING, Field, Kind, always, asks
from web.console.need import About, Need
from web.console.router import Console
from web.console.steps import Path, Step, Wrong
from web.console.steps import add as add_step
from web.language import _
from web.openapi import Takes

LEAST_ASSESSORS = 5  # 民政部答问（2025-07-23）; told, and no reason to refuse anything
NOT_THEN = _("日期早于起始日，或机构那时已不在册，或本人没有本县评估员岗位")
ALREADY = _("已经为这家机构评估")
DOES_NOT = _("现在不为这家机构评估")


def add(console: Console) -> None:
    @console.get("/bodies", Need("name_assessors"), Takes(("done",)))
    def bodies(ask: Ask) -> Response:
        held = ask.doors.bodies.seen_by(ask.staff_id)
        done = ask.request.query_params.get("done")
        return ask.page(
            "bodies.html", bodies=held, may_change=ask.may("body"), done=done, least=LEAST_ASSESSORS,
            today=civil_day(ask.now),
        )  # fmt: skip

    for step in STEPS:
        add_step(console, step)


def _back(_path: Path) -> str:
    return "/bodies"


def _name(ask: Ask, path: Path) -> str:
    return ask.doors.assessing.body_names([path["body_id"]]).get(path["body_id"], "") if path else _("评估机构")


_of_body = always(
    Field("name", _("机构名称"), required=True),
    Field("registered_as", _("统一社会信用代码，或登记证号"), required=True),
    Field("from_on", _("从哪天起"), Kind.DAY, help=_("不写就是今天")),
)


def _day(label: str) -> Callable[[Ask], Field]:
    return lambda ask: Field("on", label, Kind.DAY, required=True, first=civil_day(ask.now).isoformat())


FROM, UNTIL = _day(_("从哪天起为这家机构评估")), _day(_("从哪天起不再评估"))


@asks("staff_id", "on")
def _assessors(ask: Ask, path: Path) -> Sequence[Field]:
    place = ask.doors.places.places_of_body(path["body_id"])
    with ask.doors.reading() as connection:
        ids = read_people.assessors(connection, [one.county_id for one in place])
    return Field("staff_id", _("评估员"), Kind.CHOICE, required=True, options=_called(ask, ids)), FROM(ask)


@asks("staff_id", "on")
def _of_this(ask: Ask, path: Path) -> Sequence[Field]:
    held = [body for body in ask.doors.bodies.seen_by(ask.staff_id) if body.id == path["body_id"]]
    ids = [one.staff_id for body in held for one in body.assessors]
    return Field("staff_id", _("评估员"), Kind.CHOICE, required=True, options=_called(ask, ids)), UNTIL(ask)


def _called(ask: Ask, ids: Sequence[str]) -> dict[str, str]:
    people = ask.doors.people.names(ids)
    return {id_: f"{people[id_].name} {people[id_].phone or ''}" for id_ in ids if id_ in people}


@asks("on")
def _until(ask: Ask, _path: Path) -> Sequence[Field]:
    return (UNTIL(ask),)


async def _add(ask: Ask, _path: Path, values: dict[str, Any]) -> None:
    if not values["name"].strip():
        raise Wrong("name", MISSING)
    given = (values["name"], values["registered_as"], values["from_on"])
    await asyncio.to_thread(ask.doors.bodies.add, ask.staff_id, ask.doors.home, *given)


async def _end(ask: Ask, path: Path, values: dict[str, Any]) -> None:
    await _changed(ask.doors.bodies.end, ask.staff_id, path["body_id"], values["on"])


async def _take_on(ask: Ask, path: Path, values: dict[str, Any]) -> None:
    given = (ask.staff_id, path["body_id"], values["staff_id"], values["on"])
    if await _changed(ask.doors.bodies.take_on, *given) is False:
        raise Wrong("staff_id", ALREADY)


async def _let_go(ask: Ask, path: Path, values: dict[str, Any]) -> None:
    given = (ask.staff_id, path["body_id"], values["staff_id"], values["on"])
    if await _changed(ask.doors.bodies.let_go, *given) is False:
        raise Wrong("staff_id", DOES_NOT)


async def _changed(step: Callable[..., bool | None], *given: Any) -> bool | None:
    try:
        return await asyncio.to_thread(step, *given)
    except (LookupError, ValueError):
        raise Wrong("on", NOT_THEN) from None


AT = "/bodies/{body_id}"
STEPS: tuple[Step, ...] = tuple(
    Step(path, "body", title, fields, None, _back, about=about, done=done, named=_name, warns=warns)
    for path, title, fields, done, about, warns in (
        ("/bodies/add", _("登记评估机构"), _of_body, _add, About.NOTHING,
         _("依法登记的企事业单位或社会组织。登记号相同的就是同一家，名称改用新的。")),
        (f"{AT}/assessor", _("添评估员"), _assessors, _take_on, About.BODY, ""),
        (f"{AT}/let-go", _("评估员不再评估"), _of_this, _let_go, About.BODY, ""),
        (f"{AT}/end", _("机构不再评估"), _until, _end, About.BODY,
         _("以前的评估照旧有效。")),
    )
)  # fmt: skip
