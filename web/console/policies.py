"""Rules of a county: which versions there are, one read as a person would, two side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from starlette.responses import Response

from decisions.deadlines import civil_day
from models.ids import county_code
from models.shown_policy import NotOnShelf, PacksCompared, PackShown
from web.console.ask import Ask, TurnedAway
from web.console.need import Need
from web.console.router import Console
from web.language import _
from web.openapi import Takes

DRAFT = "@draft"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = {
    "waits": _("待第二人启用"), "in_force": _("现在适用"), "to_come": _("到日适用"), "past": _("曾适用"),
    "withdrawn": _("已撤回"), "draft": _("写在文件夹里，还没有提出"),
}  # fmt: skip
SOURCES = {"quote": _("原文"), "rule": _("依据"), "default": _("文件未规定·系统默认"), "": ""}
STEPS_DONE = {
    "proposed": _("已提出，等另一人启用。在那以前什么都不照它办。"), "activated": _("已启用，到写明的那天起照它办。"),
    "withdrawn": _("已撤回，什么都没有变。"),
}  # fmt: skip
BOOK = _("待遇")
NOT_CHOSEN = _("请选两版来比较。")


class VersionLine(NamedTuple):
    """A version as the list has it. `named`: how a page's address names it."""

    named: str
    state: str
    version: str
    hash: str
    since: Any
    proposed_by: str | None
    proposed_at: Any
    activated_by: str | None
    activated_at: Any
    withdrawn_by: str | None
    county: str


def add(console: Console) -> None:
    @console.get("/policies", Need("policy_show"), Takes(("county", "done")))
    def policies(ask: Ask) -> Response:
        theirs = counties(ask, "policy_show")
        county = chosen(ask, theirs)
        lines = versions(ask, county)
        people = ask.doors.people.names({id_ for line in lines for id_ in _by(line) if id_})
        now = next((line for line in lines if line.state == "in_force"), None)
        return ask.page(
            "policies.html", lines=lines, people=people, states=STATES, county=county, counties=_named(ask, theirs),
            now_in_force=now, done=STEPS_DONE.get(ask.request.query_params.get("done", ""), ""),
        )  # fmt: skip

    @console.get("/policies/packs/{pack}", Need("policy_show"))
    def pack(ask: Ask, pack: str) -> Response:
        shown = shown_of(ask, pack)
        now = in_force_beside(ask, shown)
        return ask.page("policy_pack.html", pack=shown, named=pack, sources=SOURCES, beside=now)

    @console.get("/policies/packs/{pack}/sheet", Need("policy_show"))
    def sheet(ask: Ask, pack: str) -> Response:
        shown = shown_of(ask, pack)
        name = f"{shown.county}-{shown.version}-{ask.say(BOOK)}.xlsx"
        return download(name, ask.doors.policies.books.book(pack))

    @console.get("/policies/compare", Need("policy_show"), Takes(("a", "b")))
    def compare(ask: Ask) -> Response:
        theirs = counties(ask, "policy_show")
        choices = [line for county in theirs for line in versions(ask, county)]
        a, b = (ask.request.query_params.get(side, "") for side in ("a", "b"))
        found = compared(ask, a, b) if a and b else None
        return ask.page(
            "policy_compare.html", choices=choices, states=STATES, a=a, b=b, found=found, sources=SOURCES,
            chapters=_by_chapter(found), said="" if not (a or b) or found else NOT_CHOSEN,
        )  # fmt: skip


# --- whose rules -----------------------------------------------------------------------------------------------------


def counties(ask: Ask, action: str) -> list[str]:
    """The codes of the counties of whoever asks, then of those whose rules these go by (a city's)."""
    places = [place for area in ask.scope(action) for place in ask.doors.places.place_of_area(area)]
    own = sorted({county_code(place.county_id) for place in places})
    by = [each.county for code in own for each in ask.doors.policies.versions.of_county(code, ask.now) if each.in_force]
    return list(dict.fromkeys((*own, *by)))


def chosen(ask: Ask, theirs: Sequence[str]) -> str:
    """`?county=`, if it is theirs, else the first. Raises TurnedAway where there is none, or it is not theirs."""
    wanted = ask.request.query_params.get("county", "") or (theirs[0] if theirs else "")
    if wanted not in theirs:
        raise TurnedAway(404, "not_here")
    return wanted


def shown_of(ask: Ask, named: str) -> PackShown:
    """Raises TurnedAway for what names none, or one of a county that is not theirs."""
    try:
        shown = ask.doors.policies.shelf.shown(named)
    except NotOnShelf:
        raise TurnedAway(404, "not_here") from None
    if shown.county not in counties(ask, "policy_show"):
        raise TurnedAway(404, "not_here")
    return shown


def compared(ask: Ask, a: str, b: str) -> PacksCompared:
    """Raises TurnedAway as `shown_of`."""
    for named in (a, b):
        shown_of(ask, named)
    return ask.doors.policies.shelf.compared(a, b)


def versions(ask: Ask, county: str) -> list[VersionLine]:
    """What waits, what is in force and to come, the folder's pack where it is none of them, then what was."""
    held, today = ask.doors.policies.versions.of_county(county, ask.now), civil_day(ask.now)
    lines = [
        VersionLine(
            one.hash, _state(one, today), one.version, one.hash, one.active_from, one.proposed_by, one.proposed_at,
            one.activated_by, one.activated_at, one.withdrawn_by, one.county,
        )
        for one in held
    ]  # fmt: skip
    draft = ask.doors.policies.shelf.offered(county)
    if draft is not None and draft.hash not in {line.hash for line in lines if line.state != "withdrawn"}:
        nobody = (None, None, None, None, None)
        lines.append(VersionLine(f"{county}{DRAFT}", "draft", draft.version, draft.hash, None, *nobody, county))
    order = list(STATES)
    return sorted(lines, key=lambda line: order.index(line.state) if line.state != "draft" else 2.5)


def _state(one: Any, today: Any) -> str:
    if one.withdrawn_by:
        return "withdrawn"
    if one.waits:
        return "waits"
    return "in_force" if one.in_force else "to_come" if one.active_from > today else "past"


def _by(line: VersionLine) -> tuple[str | None, ...]:
    return line.proposed_by, line.activated_by, line.withdrawn_by


def _named(ask: Ask, codes: Sequence[str]) -> list[tuple[str, str]]:
    areas = ask.doors.people.areas([f"county-{code}" for code in codes])
    return [(code, areas.get(f"county-{code}", code)) for code in codes]


def in_force_beside(ask: Ask, shown: PackShown) -> str:
    """The hash of what is in force where this pack is not; empty where it is, or nothing is."""
    held = ask.doors.policies.versions.of_county(shown.county, ask.now)
    return next((one.hash for one in held if one.in_force and one.hash != shown.hash), "")


def _by_chapter(found: PacksCompared | None) -> list[tuple[str, list[Any]]]:
    chapters: dict[str, list[Any]] = {}
    for change in found.changes if found else ():
        chapters.setdefault(change.chapter, []).append(change)
    return list(chapters.items())


def download(name: str, content: bytes) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return Response(content, media_type=XLSX, headers=headers)
