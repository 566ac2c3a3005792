"""What township people do between lists, as forms: leave, pairs, deputies, handovers, villages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from decisions.deadlines import civil_day
from decisions.register_words import AGREED
from models.values import AgreedHow
from post.people import Came
from projections import read_people
from web.console.ask import Ask
from web.console.fields import Field, Kind, always, asks
from web.console.need import About
from web.console.steps import SAID_LATER, Path, Step, Wrong
from web.language import _

FROM, TO = _("从哪天起"), _("到哪天止（含）")
ENDS_FIRST = _("止日早于起日")
NOT_THEN = _("那天以前它已经有过更早的名字，日期要晚一些")
NOT_MERGEABLE = _("只能并入另一个没有并走的村（社区）")


def back_to(place: str) -> Callable[[Path], str]:
    return lambda path: place.format(**path)


def _name(parameter: str) -> Callable[[Ask, Path], str]:
    def named(ask: Ask, path: Path) -> str:
        found = ask.doors.people.names([path[parameter]])
        return found[path[parameter]].name if path[parameter] in found else path[parameter]

    return named


def _area_name(ask: Ask, path: Path) -> str:
    return ask.doors.people.areas([path["area_id"]]).get(path["area_id"], "")


def _post_name(ask: Ask, path: Path) -> str:
    with ask.doors.reading() as connection:
        row = read_people.post(connection, path["post_id"])
    return row.area if row is not None else ""


def _of_names(ask: Ask, ids: Iterable[str]) -> dict[str, str]:
    """Choices by name; the phone's last four tell who share one."""
    people = ask.doors.people.names(set(ids))
    return {id_: f"{one.name} {one.phone or ''}" for id_, one in sorted(people.items(), key=lambda item: item[1].name)}


def _came(came: Came) -> str | None:
    return SAID_LATER if came.later else None


def _span(values: dict[str, Any]) -> tuple[date, date]:
    if values["from_on"] > values["to_on"]:
        raise Wrong("to_on", ENDS_FIRST)
    return values["from_on"], values["to_on"]


SPAN = always(Field("from_on", FROM, Kind.DAY, required=True), Field("to_on", TO, Kind.DAY, required=True))


# --- volunteers ------------------------------------------------------------------------------------------------------


async def _volunteer_leave(ask: Ask, path: Path, values: dict[str, Any]) -> str | None:
    from_on, to_on = _span(values)
    return _came(await ask.doors.people_steps.volunteer_leave(ask.staff_id, path["volunteer_id"], from_on, to_on))


@asks("elder_id", "from_on")
def _to_pair(ask: Ask, path: Path) -> Sequence[Field]:
    village = ask.doors.places.places_of_volunteer(path["volunteer_id"])[0].village_id or ""
    with ask.doors.reading() as connection:
        paired = {row.elder_id for row in read_people.pairs_of(connection, path["volunteer_id"], civil_day(ask.now))}
        elders = read_people.elders_to_pair(connection, village)
    return (
        Field(
            "elder_id", _("老人"), Kind.CHOICE, required=True,
            options=_of_names(ask, [id_ for id_ in elders if id_ not in paired]),
            help=_("本村有个案的老人；别村的从老人的页面办"),
        ),
        _today(ask),
    )  # fmt: skip


@asks("elder_id", "from_on")
def _paired(ask: Ask, path: Path) -> Sequence[Field]:
    with ask.doors.reading() as connection:
        pairs = read_people.pairs_of(connection, path["volunteer_id"], civil_day(ask.now))
        ours = read_people.elders_within(connection, [row.elder_id for row in pairs], ask.scope("volunteer"))
    options = _of_names(ask, ours)
    return Field("elder_id", _("老人"), Kind.CHOICE, required=True, options=options), _today(ask)


def _today(ask: Ask) -> Field:
    return Field("from_on", FROM, Kind.DAY, required=True, first=civil_day(ask.now).isoformat())


def _pair(*, end: bool) -> Callable[[Ask, Path, dict[str, Any]], Any]:
    async def done(ask: Ask, path: Path, values: dict[str, Any]) -> None:
        await ask.doors.people_steps.pair(
            ask.staff_id, path["volunteer_id"], values["elder_id"], values["from_on"], end=end
        )

    return done


@asks("to")
def _to_whom(ask: Ask, path: Path) -> Sequence[Field]:
    place = ask.doors.places.places_of_volunteer(path["volunteer_id"])[0]
    with ask.doors.reading() as connection:
        others = read_people.volunteers_of_township(connection, place.township_id or "")
    options = _of_names(ask, [id_ for id_ in others if id_ != path["volunteer_id"]])
    return (Field("to", _("改派给"), Kind.CHOICE, options=options, help=_("不选则由系统按规则另派")),)


async def _reassign_all(ask: Ask, path: Path, values: dict[str, Any]) -> str | None:
    to = values["to"]
    unfit = await asyncio.to_thread(ask.doors.fitness.as_volunteer, to, civil_day(ask.now)) if to else None
    return _came(await ask.doors.people_steps.reassign_all(ask.staff_id, path["volunteer_id"], to, unfit))


WHY = always(Field("why", _("为什么"), Kind.WORDS, required=True, help=_("封存在登记簿的变更记录里")))


async def _bar(ask: Ask, path: Path, values: dict[str, Any]) -> str | None:
    return _came(await ask.doors.people_steps.bar(ask.staff_id, path["volunteer_id"], values["why"]))


async def _lift_bar(ask: Ask, path: Path, values: dict[str, Any]) -> None:
    await ask.doors.people_steps.lift_bar(ask.staff_id, path["volunteer_id"], values["why"])


async def _new_phone(ask: Ask, path: Path, values: dict[str, Any]) -> str | None:
    return _came(await ask.doors.people_steps.new_phone(ask.staff_id, path["volunteer_id"], values["phone"]))


@asks("on", "how")
def _agreed(ask: Ask, _path: Path) -> Sequence[Field]:
    return (
        Field("on", _("哪天同意的"), Kind.DAY, required=True, first=civil_day(ask.now).isoformat()),
        Field(
            "how",
            _("怎样同意的"),
            Kind.CHOICE,
            required=True,
            options={how.value: said for how, said in AGREED.items()},
        ),
    )


async def _consent(ask: Ask, path: Path, values: dict[str, Any]) -> None:
    how = AgreedHow(values["how"])
    await ask.doors.people_steps.consent(ask.staff_id, path["volunteer_id"], values["on"], how)


# --- staff -----------------------------------------------------------------------------------------------------------


async def _staff_leave(ask: Ask, path: Path, values: dict[str, Any]) -> None:
    await ask.doors.people_steps.staff_leave(ask.staff_id, path["staff_id"], *_span(values))


def _colleagues(ask: Ask, but: str) -> dict[str, str]:
    with ask.doors.reading() as connection:
        ids = read_people.colleagues(connection, ask.scope("staff"))
    return _of_names(ask, [id_ for id_ in ids if id_ != but])


@asks("to")
def _taker(ask: Ask, path: Path) -> Sequence[Field]:
    options = _colleagues(ask, path["staff_id"])
    return (Field("to", _("交给"), Kind.CHOICE, required=True, options=options),)


async def _handover(ask: Ask, path: Path, values: dict[str, Any]) -> str | None:
    return _came(await ask.doors.people_steps.handover(ask.staff_id, path["staff_id"], values["to"]))


@asks("to")
def _stands_in(ask: Ask, path: Path) -> Sequence[Field]:
    options = _colleagues(ask, "")
    return (Field("to", _("代理人"), Kind.CHOICE, options=options, help=_("不选则撤销代理人")),)


async def _deputy(ask: Ask, path: Path, values: dict[str, Any]) -> None:
    await ask.doors.people_steps.deputy(ask.staff_id, path["post_id"], values["to"])


@asks("to")
def _takes(ask: Ask, path: Path) -> Sequence[Field]:
    return (Field("to", _("到岗的人"), Kind.CHOICE, required=True, options=_colleagues(ask, "")),)


async def _holder(ask: Ask, path: Path, values: dict[str, Any]) -> None:
    await ask.doors.people_steps.holder(ask.staff_id, path["post_id"], values["to"])


# --- villages --------------------------------------------------------------------------------------------------------


@asks("name", "from_on")
def _new_name(ask: Ask, _path: Path) -> Sequence[Field]:
    return Field("name", _("新名"), required=True), _today(ask)


async def _rename(ask: Ask, path: Path, values: dict[str, Any]) -> None:
    try:
        await ask.doors.people_steps.rename(ask.staff_id, path["area_id"], values["name"], values["from_on"])
    except LookupError:
        raise Wrong("from_on", NOT_THEN) from None


@asks("into", "from_on")
def _into(ask: Ask, path: Path) -> Sequence[Field]:
    with ask.doors.reading() as connection:
        villages = read_people.villages(connection, ask.scope("area"), civil_day(ask.now))
    options = {row.id: f"{row.township} {row.name}" for row in villages if row.id != path["area_id"]}
    return Field("into", _("并入"), Kind.CHOICE, required=True, options=options), _today(ask)


async def _merge(ask: Ask, path: Path, values: dict[str, Any]) -> None:
    try:
        await ask.doors.people_steps.merge(ask.staff_id, path["area_id"], values["into"], values["from_on"])
    except (LookupError, ValueError):
        raise Wrong("into", NOT_MERGEABLE) from None


OF_VOLUNTEERS: tuple[Step, ...] = tuple(
    Step(
        f"/volunteers/{{volunteer_id}}/{path}", action, title, fields, None, back_to("/volunteers/{volunteer_id}"),
        warns=warns, about=About.VOLUNTEER, done=done, named=_name("volunteer_id"),
    )
    for path, action, title, fields, done, warns in (
        ("leave", "volunteer", _("请假"), SPAN, _volunteer_leave,
         _("请假期间在办的探访改派给别人，两边都会收到短信；日后才开始的，到那天改派。")),
        ("pair", "volunteer", _("结对"), _to_pair, _pair(end=False), ""),
        ("unpair", "volunteer", _("结束结对"), _paired, _pair(end=True), ""),
        ("reassign", "reassign", _("改派全部在办探访"), _to_whom, _reassign_all,
         _("这位志愿者手上所有在办的探访都会改派，两边都会收到短信。")),
        ("phone", "volunteer", _("换手机号"),
         always(Field("phone", _("新的手机号"), required=True)), _new_phone,
         _("没到限期的在办探访用新号码再发一次。编号跟着号码走，请另给一张结对卡。退订过的，要先记下重新同意。")),
        ("consent", "volunteer", _("记下本人同意"), _agreed, _consent,
         _("同意参加、同意收短信：头一次，或退订以后重新同意。")),
        ("bar", "bar_volunteer", _("停用志愿者"), WHY, _bar,
         _("不再派给他，他的网页链接失效，在办的探访改派给别人。结对不变，恢复后接着用。")),
        ("lift-bar", "bar_volunteer", _("恢复志愿者"), WHY, _lift_bar, _("从下一次派人起又可以派给他。")),
    )
)  # fmt: skip
OF_STAFF: tuple[Step, ...] = tuple(
    Step(
        f"/staff/{{staff_id}}/{path}", "staff", title, fields, None, back_to("/staff"), warns=warns,
        about=About.STAFF, done=done, named=_name("staff_id"),
    )
    for path, title, fields, done, warns in (
        ("leave", _("请假"), SPAN, _staff_leave, _("请假期间由代理人负责；没有代理人的，督办立即上报上一级。")),
        ("handover", _("交接"), _taker, _handover, _("全部岗位和在办督办都转给对方，每件各记一笔。")),
    )
)  # fmt: skip
OF_POSTS: tuple[Step, ...] = tuple(
    Step(
        f"/posts/{{post_id}}/{path}", "staff", title, fields, None, back_to("/staff"), about=About.POST, done=done,
        named=_post_name,
    )
    for path, title, fields, done in (
        ("deputy", _("指定代理人"), _stands_in, _deputy),
        ("holder", _("到岗"), _takes, _holder),
    )
)  # fmt: skip
OF_AREAS: tuple[Step, ...] = tuple(
    Step(
        f"/areas/{{area_id}}/{path}", "area", title, fields, None, back_to("/areas"), warns=warns, about=About.AREA,
        done=done, named=_area_name,
    )
    for path, title, fields, done, warns in (
        ("rename", _("更名"), _new_name, _rename, _("以前的月份保留旧名。")),
        ("merge", _("合并"), _into, _merge, _("人员、岗位和在办事项转入新村，以前的月份仍按旧村。合并以后不能撤回。")),
    )
)  # fmt: skip
