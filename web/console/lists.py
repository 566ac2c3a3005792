"""Who is in the register and no case, who cannot be decided, and against whose case a list speaks."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.responses import Response

from decisions.deadlines import civil_day
from decisions.register_words import LISTS, why
from models.policy import Category
from models.roster import RegisterList
from web.console.ask import Ask
from web.console.fields import Field, Kind
from web.console.need import Need
from web.console.router import Console
from web.console.steps import Path, Step, Wrong
from web.console.steps import add as add_step
from web.language import _

ON_A_PAGE = 60
NOT_THEIRS = _("那天没有在册的这个类别")
TO_COME = _("只能写今天或以前的日期")


def add(console: Console) -> None:
    @console.get("/lists", Need("roster_list"))
    def lists(ask: Ask) -> Response:
        asked, areas = ask.request.query_params, ask.scope("roster_list")
        said = asked.get("which")
        which = RegisterList(said) if said in set(RegisterList) else RegisterList.TO_DECIDE
        ask.seen("roster_list", which.value)
        rows = ask.doors.lists.page(which, areas, asked.get("after", ""), ON_A_PAGE + 1)
        return ask.page(
            "lists.html", which=which, words=LISTS, rows=[(row, why(row, ask.say)) for row in rows[:ON_A_PAGE]],
            more=len(rows) > ON_A_PAGE, counts={one: ask.doors.lists.count(one, areas) for one in RegisterList},
            done=asked.get("done"), to_decide=which is RegisterList.TO_DECIDE,
        )  # fmt: skip

    for step in STEPS:
        add_step(console, step)


def _past(ask: Ask, values: dict[str, Any], name: str) -> date:
    if values[name] > civil_day(ask.now):
        raise Wrong(name, TO_COME)
    return values[name]


async def _end_category(ask: Ask, path: Path, values: dict[str, Any]) -> None:
    to_on = _past(ask, values, "to_on")
    if not await ask.doors.people_steps.end_category(ask.staff_id, path["elder_id"], values["category"], to_on):
        raise Wrong("category", NOT_THEIRS)


async def _notice(ask: Ask, path: Path, values: dict[str, Any]) -> None:
    given_on = _past(ask, values, "on")
    await ask.doors.people_steps.notice(ask.staff_id, path["elder_id"], values["version"], given_on, values["by"])


def _held(ask: Ask, path: Path) -> tuple[Field, ...]:
    elder = ask.doors.people.elder(path["elder_id"])
    held = [one.category for one in elder.categories if one.to_on is None] if elder else []
    options = {category: category for category in held if category in set(Category)}
    return (
        Field("category", _("不再属于"), Kind.CHOICE, required=True, options=options),
        Field("to_on", _("从哪天起不再是"), Kind.DAY, required=True),
    )


def _of_notice(_ask: Ask, _path: Path) -> tuple[Field, ...]:
    return (
        Field("version", _("告知书版本"), required=True),
        Field("on", _("告知日期"), Kind.DAY, required=True),
        Field("by", _("告知人姓名"), required=True, help=_("封存在登记簿")),
    )


def _back(path: Path) -> str:
    return "/lists"


STEPS: tuple[Step, ...] = (
    Step(
        "/elders/{elder_id}/end-category", "end_category", _("止一个类别"), _held, None, _back, done=_end_category,
        warns=_("由人决定；个案不因此结案。"),
    ),
    Step("/elders/{elder_id}/notice", "notice", _("记一次告知"), _of_notice, None, _back, done=_notice),
)  # fmt: skip
