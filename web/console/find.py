"""Elders: found by name, phone or ID number, or listed village by village; each page of them a reading that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from decisions.closed_words import LEVELS
from models.policy import Category
from models.shown import EldersFound, FindElders
from projections import read_worklist
from web.console.ask import Ask
from web.console.need import Need
from web.console.router import Console
from web.language import _
from web.openapi import Takes

STANDINGS = {"case": _("探访对象"), "register_only": _("只登记"), "cannot_decide": _("无法判断")}
FILTERS = ("area", "standing", "category", "level")
LONGEST = 60
MOST_IN_LOG = 50


def add(console: Console) -> None:
    @console.post("/elders", Need("find_elder"), Takes(fields=("q", *FILTERS)))
    def search(ask: Ask) -> Response:
        """To the page of what was found, whose address does not tell whom somebody looked for."""
        said = {name: str(ask.form.get(name, "")) for name in FILTERS}
        words = str(ask.form.get("q", "")).strip()[:LONGEST]
        return ask.go(_address(said | {"s": ask.doors.find.hidden(words) if words else ""}))

    @console.get("/elders", Need("find_elder"), Takes(query=("q", "s", *FILTERS, "after")))
    def elders(ask: Ask) -> Response:
        asked = _asked(ask)
        found = ask.doors.find.find(asked)
        _kept(ask, asked, found)
        said: dict[str, str] = {name: getattr(asked, name) for name in FILTERS}
        said["s"] = ask.doors.find.hidden(asked.words) if asked.words else ""
        with ask.doors.reading() as connection:
            areas = read_worklist.places_below(connection, asked.scope, asked.area)
        later = _address(said | {"after": "~".join(found.more)}) if found.more else None
        return ask.page(
            "elders.html", asked=asked, found=found.elders, later=later, areas=areas, standings=STANDINGS,
            levels=LEVELS, categories=[one.value for one in Category], may_open=ask.may("case_show"),
            narrowed=any(said.values()), first=asked.after is None, begin=_address(said),
        )  # fmt: skip


def _address(said: Mapping[str, str]) -> str:
    given = {name: value for name, value in said.items() if value}
    return f"/elders?{urlencode(given)}" if given else "/elders"


def _asked(ask: Ask) -> FindElders:
    """What the address asks for. A word that is none of a list is not heard."""
    said = ask.request.query_params

    def one_of(name: str, allowed: Any) -> str:
        value = said.get(name, "")
        return value if value in allowed else ""

    words = said.get("q") or ask.doors.find.shown(said.get("s", ""))
    village, tilde, id_ = said.get("after", "").partition("~")
    return FindElders(
        words=words.strip()[:LONGEST], scope=ask.scope("find_elder"), area=said.get("area", ""),
        standing=one_of("standing", STANDINGS), category=one_of("category", [one.value for one in Category]),
        level=one_of("level", [level.value for level in LEVELS]), after=(village, id_) if tilde else None,
    )  # fmt: skip


def _kept(ask: Ask, asked: FindElders, found: EldersFound) -> None:
    """Who was shown, and what was searched for without its words."""
    shown = " ".join(elder.id for elder in found.elders[:MOST_IN_LOG])
    ask.seen("find_elder", ask.doors.find.mark(asked.words), f"read {shown}".strip())
