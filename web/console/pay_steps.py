"""Steps of a month's list: whoever decides types the hash and the sums as they have seen them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from decisions.as_typed import hash_of, month_of, sum_of
from decisions.words import LIST_STATES
from models import county_messages as m
from models.errors import Refusal
from models.ids import county_stream
from models.shown import PersonShown
from post.desk import Refused
from projections import read_payments
from web.console.ask import Ask, TurnedAway
from web.console.fields import Field, Kind, always, asks
from web.console.need import About
from web.console.steps import Handed, Path, Step, Wrong
from web.language import _

NOTE = Field("note", _("备注"), Kind.WORDS, help=_("存入登记簿，不进流程"))
WHY = NOTE._replace(label=_("理由"), required=True)
LIST = _("发放名单")


# --- whose list ------------------------------------------------------------------------------------------------------


def county_of(ask: Ask, action: str) -> tuple[str, Collection[str] | None]:
    """The county whose list it is, and within which of its areas they may see it; None: all of it.

    Whoever holds posts in several counties says which by `?county=`.
    """
    areas = ask.scope(action)
    counties = {area: place.county_id for area in areas for place in ask.doors.places.place_of_area(area)}
    wanted = ask.request.query_params.get("county", "")
    county = wanted or min(counties.values(), default="")
    if county not in counties.values():
        raise TurnedAway(404, "not_here")
    return county, None if county in areas else [area for area in areas if counties.get(area) == county]


def counties_of(ask: Ask, action: str) -> list[str]:
    """In which they may see lists; mostly it is one."""
    return sorted({at.county_id for area in ask.scope(action) for at in ask.doors.places.place_of_area(area)})


def address(ask: Ask, path: str, **query: str | int) -> str:
    """A page of the same county's lists: whoever said which county, has said it for what the page leads to."""
    wanted = ask.request.query_params.get("county", "")
    said = query | ({"county": wanted} if wanted else {})
    return f"{path}?{urlencode(said)}" if said else path


def month_in(text: str) -> date:
    """Raises TurnedAway for what is no month."""
    try:
        return month_of(text)
    except ValueError:
        raise TurnedAway(404, "not_here") from None


def told_of(ask: Ask, action: str, month: date) -> tuple[str, Collection[str] | None, dict[str, Any]]:
    """Raises Refused where there is no list of the month."""
    county, within = county_of(ask, action)
    words = ask.doors.benefits.pay_words(county)
    with ask.doors.reading() as connection:
        told = read_payments.told(connection, county, month, within, words.benefits)
    if told is None:
        raise Refused(Refusal.NO_SUCH_LIST)
    return county, within, told


def people_of(ask: Ask, told: Mapping[str, Any], *more: str) -> Mapping[str, PersonShown]:
    """Who checked and who decided, and these."""
    return ask.doors.people.names({id_ for id_ in (told["checked_by"], told["decided_by"], *more) if id_})


# --- the steps -------------------------------------------------------------------------------------------------------


def back(path: Path) -> str:
    return f"/pay/{path['month']}"


@asks("sha256", "total", "claw_back", NOTE)
def _seen_fields(ask: Ask, path: Path) -> Sequence[Field]:
    _county, _within, told = told_of(ask, "pay_show", month_in(path["month"]))
    typed = (
        Field("sha256", _("看过的名单的校验码"), required=True, help=_("至少照写前 8 位")),
        Field("total", _("看过的应发合计"), required=True, help=_("含补发，单位元，写到分，如 1200.00，不写逗号")),
    )
    taken = Field("claw_back", _("看过的追回合计"), required=True, help=_("单位元，写到分，不写负号"))
    return (*typed, *((taken,) if told["claw_back_fen"] else ()), NOTE)


def _typed(field: str, read: Any, text: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise Wrong(field, str(error)) from None


def _seen(kind: type[m.CheckList | m.ApproveList]) -> Any:
    def handed(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
        month, hash_ = month_in(path["month"]), _typed("sha256", hash_of, values["sha256"])
        county, _within = county_of(ask, kind.model_fields["kind"].default)
        said: dict[str, Any] = {"fen": _typed("total", sum_of, values["total"])}
        said["claw_back_fen"] = -_typed("claw_back", sum_of, values.get("claw_back") or "0.00")
        with ask.doors.reading() as connection:
            row = read_payments.list_of(connection, county, month)
        if row is None:
            raise Refused(Refusal.NO_SUCH_LIST)
        if not row.sha256.startswith(hash_):
            raise Wrong("sha256", _("与现在的名单不同，请重新查看"))
        said |= {"month": month, "sha256": row.sha256}
        return _handed(ask, county, kind, said, values["note"])

    return handed


def _plain(kind: type[m.ReturnList | m.DrawList]) -> Any:
    def handed(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
        county, _within = county_of(ask, kind.model_fields["kind"].default)
        return _handed(ask, county, kind, {"month": month_in(path["month"])}, values["note"])

    return handed


def _handed(
    ask: Ask,
    county: str,
    kind: type[m.CheckList | m.ApproveList | m.ReturnList | m.DrawList],
    said: Mapping[str, Any],
    note: str | None,
) -> Handed:
    """Under a role that is held in the county whose list it is."""
    by = ask.acting(kind.model_fields["kind"].default, county)
    return Handed(county_stream(county), kind, said, note, by=by)


def _shows(ask: Ask, path: Path) -> Mapping[str, Any]:
    """Sums are read: that is kept before they are shown."""
    ask.seen("pay_show", path["month"])
    _county, _within, told = told_of(ask, "pay_show", month_in(path["month"]))
    return {"list": told, "month": path["month"], "states": LIST_STATES, "people": people_of(ask, told)}


def _called(ask: Ask, _path: Path) -> str:
    return ask.say(LIST)


def _step(name: str, action: str, title: str, fields: Any, handed: Any, warns: str = "") -> Step:
    return Step(
        f"/pay/{{month}}/{name}", action, title, fields, handed, back, "pay_decide.html", _shows, warns,
        About.NOTHING, named=_called, query=("county",), along=("county",),
    )  # fmt: skip


CHECK = _step("check", "check_list", _("核对过了"), _seen_fields, _seen(m.CheckList), _("核对以后交另一人批准。"))
APPROVE = _step(
    "approve", "approve_list", _("批准名单"), _seen_fields, _seen(m.ApproveList),
    _("由您负责；核对的人不能批。满龄变更随名单生效，这个月从此不再改动。"),
)  # fmt: skip
RETURN = _step("return", "return_list", _("退回名单"), always(WHY), _plain(m.ReturnList), _("改好以后重新汇总。"))
DRAW = _step(
    "draw", "draw_list", _("重新汇总"), always(NOTE), _plain(m.DrawList), _("按现在登记的情况重新汇总退回的名单。")
)
STEPS: tuple[Step, ...] = (CHECK, APPROVE, RETURN, DRAW)
OFFERED: Mapping[str, tuple[Step, ...]] = {
    "checking": (CHECK, RETURN), "approving": (APPROVE, RETURN), "returned": (DRAW,),
}  # fmt: skip


def offered(ask: Ask, month: str, state: str, county: str) -> list[tuple[str, str]]:
    """By the role that is held in the county whose list it is."""
    return [
        (address(ask, step.path.replace("{month}", month)), step.title)
        for step in OFFERED.get(state, ())
        if ask.may_in(step.action, county)
    ]
