"""Who would gain and who would lose by another version, over the register of a county: worked out beside the requests.

It is no decision, and nobody's benefit changes by it. The result is kept for whoever asked, as long as the process is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from decisions.policy_diff_told import GIVEN, KINDS
from models.facts import FACTS
from models.ids import county_area
from models.shown_policy import NotOnShelf
from post.background import Piece
from web.console.ask import Ask, TurnedAway
from web.console.fields import Field, Kind, blank, read
from web.console.need import Need
from web.console.policies import STATES, chosen, counties, download, shown_of, versions
from web.console.router import Console
from web.language import _
from web.openapi import Takes

A_PAGE = 100
NAMES_AT_ONCE = 1000
MONTH = Field("month", _("按哪个月算"), Kind.MONTH, help=_("不填，就是新的一版最先管到的月份"))
FILE, TOTAL = _("两版规则的增减"), _("合计")
UNSOUND = _("这一版的规则包有问题，不能照它核算。请先改好。")
NOT_CHOSEN = _("请选两版来核算。")


def add(console: Console) -> None:
    @console.get("/policies/gains", Need("policy_diff"), Takes(("a", "b", "county")))
    def gains(ask: Ask) -> Response:
        return _form(ask, "", 200)

    @console.post("/policies/gains", Need("policy_diff"), Takes(("county",), ("a", "b", MONTH)))
    def begun(ask: Ask) -> Response:
        return _begin(ask)

    @console.get("/policies/gains/{run}", Need("policy_diff"))
    def result(ask: Ask, run: str) -> Response:
        piece = ask.doors.policies.background.of(run, ask.staff_id)
        if piece is None:
            return _gone(ask)
        return ask.page("policy_progress.html", piece=piece) if piece.found is None else _result(ask, piece)

    @console.get("/policies/gains/{run}/sheet", Need("policy_diff"))
    def sheet(ask: Ask, run: str) -> Response:
        piece = ask.doors.policies.background.of(run, ask.staff_id)
        if piece is None or piece.found is None:
            return _gone(ask)
        return _sheet(ask, piece)


def _gone(ask: Ask) -> Response:
    """With the process that worked it out. A page that waits for it by a script is loaded anew, and says so."""
    page = ask.page("policy_gains_gone.html", 410)
    page.headers["HX-Refresh"] = "true"
    return page


# --- to begin --------------------------------------------------------------------------------------------------------


def _form(ask: Ask, said: str, status: int) -> Response:
    theirs = counties(ask, "policy_diff")
    county = chosen(ask, theirs)
    choices = [line for each in theirs for line in versions(ask, each)]
    given = ask.form if ask.request.method == "POST" else ask.request.query_params
    a, b = (str(given.get(side, "")) for side in ("a", "b"))
    now = next((line.named for line in choices if line.state == "in_force"), "")
    return ask.page(
        "policy_gains.html", status, county=county, choices=choices, states=STATES, a=a or now, b=b, month=MONTH,
        filled=read((MONTH,), ask.form) if status != 200 else blank((MONTH,)), said=said,
    )  # fmt: skip


def _begin(ask: Ask) -> Response:
    filled, policies = read((MONTH,), ask.form), ask.doors.policies
    county = chosen(ask, counties(ask, "policy_diff"))
    area = county_area(county)
    if area not in ask.scope("policy_diff"):
        raise TurnedAway(404, "not_here")
    a, b = (str(ask.form.get(side, "")) for side in ("a", "b"))
    if not (a and b) or filled.wrong:
        return _form(ask, "" if a and b else NOT_CHOSEN, 422)
    packs = [shown_of(ask, named) for named in (a, b)]
    try:
        sound = all(policies.gains.sound(named) for named in (a, b))
    except NotOnShelf:
        sound = False
    if not sound:
        return _form(ask, UNSOUND, 422)
    month: date | None = filled.values["month"]
    about = {"a": packs[0].hash, "b": packs[1].hash, "county": area, "month": f"{month or ''}"}
    names = {"a_version": packs[0].version, "b_version": packs[1].version}
    ask.seen("policy_diff", _subject(about))
    piece = policies.background.begin(
        ask.staff_id, about | names, policies.gains.how_many(area),
        lambda told: policies.gains.told(a, b, area, month, told),
    )  # fmt: skip
    return ask.go(f"/policies/gains/{piece.id}")


def _subject(about: Mapping[str, str]) -> str:
    return f"{about['a'][:8]}-{about['b'][:8]}"


# --- what was found --------------------------------------------------------------------------------------------------


def _result(ask: Ask, piece: Piece) -> Response:
    asked = {name: ask.request.query_params.get(name, "") for name in ("kind", "code", "township")}
    found: Mapping[str, Any] = piece.found
    rows = [row for row in found["each"] if _fits(row, asked)]
    begin = _number(ask.request.query_params.get("from", ""))
    page = rows[begin : begin + A_PAGE]
    names = bool(ask.request.query_params.get("names")) and _may_name(ask, piece)
    if names:
        ask.seen("policy_diff_names", _subject(piece.about))
    people = ask.doors.people.names({row["elder_id"] for row in page} if names else ())

    def address(**more: str) -> str:
        kept = {**asked, "names": "1" if names else ""} | more
        return f"/policies/gains/{piece.id}?{urlencode({name: value for name, value in kept.items() if value})}"

    return ask.page(
        "policy_gains_found.html", piece=piece, found=found, rows=page, count=len(rows), people=people, kinds=KINDS,
        asked=asked, given=GIVEN, names=names, facts={code: fact.name for code, fact in FACTS.items()},
        benefits={row["id"]: row["name"] for row in found["by_benefit"]},
        by_benefit=[*found["by_benefit"], {"name": ask.say(TOTAL)} | found["total"]],
        may_name=_may_name(ask, piece), address=address,
        earlier=address(**{"from": str(max(0, begin - A_PAGE))}) if begin else "",
        later=address(**{"from": str(begin + A_PAGE)}) if len(rows) > begin + A_PAGE else "",
    )  # fmt: skip


def _sheet(ask: Ask, piece: Piece) -> Response:
    found: dict[str, Any] = dict(piece.found)
    if ask.request.query_params.get("names") and _may_name(ask, piece):
        ask.seen("policy_diff_names", _subject(piece.about))
        called = _called(ask, [row["elder_id"] for row in found["each"]])
        found["each"] = [
            row | ({"name": called[row["elder_id"]]} if row["elder_id"] in called else {}) for row in found["each"]
        ]
    else:
        ask.seen("policy_diff", _subject(piece.about))
    return download(f"{ask.say(FILE)}-{found['month']}.xlsx", ask.doors.policies.gains.sheet(found))


def _called(ask: Ask, ids: Sequence[str]) -> dict[str, str]:
    wanted, found = sorted(set(ids)), dict[str, str]()
    for first in range(0, len(wanted), NAMES_AT_ONCE):
        people = ask.doors.people.names(wanted[first : first + NAMES_AT_ONCE])
        found |= {id_: person.name for id_, person in people.items()}
    return found


def _may_name(ask: Ask, piece: Piece) -> bool:
    return piece.about["county"] in ask.scope("policy_diff_names")


def _fits(row: Mapping[str, Any], asked: Mapping[str, str]) -> bool:
    pairs = (("kind", row["kind"]), ("code", row["code"]), ("township", row["township_id"]))
    return all(asked[name] in ("", str(value)) for name, value in pairs)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0
