"""Benefits: of one elder whole, and all that waits for somebody, by term."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from decisions.benefit_told import change_in_words, waits_in_short
from decisions.closed_words import CLAIM_DECISIONS, CLAIM_STAGES, CLAIMED_BECAUSE, SERVICE_PLACES
from models.benefits import BenefitKind
from models.claims import Change, ClaimStage
from projections import read_benefits
from projections.read_benefits import NO_TERM, Place
from web.console import benefit_steps
from web.console.ask import Ask
from web.console.fields import moment
from web.console.need import About, Need
from web.console.router import Console
from web.console.steps import add as add_step
from web.openapi import Takes

A_PAGE = 50


class OfOne(NamedTuple):
    """One benefit of an elder: the claim in hand or the last, what is held, each amount there was, what may be done."""

    code: str
    name: str
    claim: dict[str, Any] | None
    held: dict[str, Any] | None
    amounts: Sequence[dict[str, Any]]
    change: str
    steps: Sequence[tuple[str, str]]


def add(console: Console) -> None:
    @console.get("/elders/{elder_id}/benefits", Need("benefit_show", About.ELDER, reason=True), Takes(query=("done",)))
    def of_elder(ask: Ask, elder_id: str) -> Response:
        ask.seen("benefit_show", elder_id)
        told = ask.doors.benefits.told(elder_id)
        return ask.page(
            "benefits.html", elder=ask.doors.people.elder(elder_id), told=told, names=_names(told),
            each=_each(ask, elder_id, told) if told else [], may_request=ask.may("request_benefit"),
            done=ask.request.query_params.get("done"), stages=CLAIM_STAGES, decisions=CLAIM_DECISIONS,
            triggers=CLAIMED_BECAUSE, places=SERVICE_PLACES,
        )  # fmt: skip

    @console.get("/benefits", Need("benefit_show"), Takes(query=("stage", "township", "code", "late", "after")))
    def waiting(ask: Ask) -> Response:
        ask.seen("benefit_list", "")
        return ask.page("benefits_waiting.html", **_waiting(ask))

    for step in benefit_steps.STEPS:
        add_step(console, step)


def _each(ask: Ask, elder_id: str, told: dict[str, Any]) -> list[OfOne]:
    claims = {claim["code"]: claim for claim in told["claims"]}
    held = {one["code"]: one for one in told["entitlements"]}
    found: list[OfOne] = []
    for code in dict.fromkeys((*claims, *held)):
        claim, holding = claims.get(code), held.get(code)
        name: str = (holding or claim or {"name": code})["name"]
        steps = benefit_steps.offered(ask, elder_id, code, claim, holding)
        amounts = [row for row in told["amounts"] if row["code"] == code]
        found.append(OfOne(code, name, claim, holding, amounts, _change(holding), steps))
    return found


def _names(told: dict[str, Any] | None) -> dict[str, str]:
    return {one["code"]: one["name"] for one in (*told["claims"], *told["entitlements"])} if told else {}


def _change(holding: dict[str, Any] | None) -> str:
    if holding is None or holding["change"] is None:
        return ""
    return change_in_words(Change.model_validate(holding["change"]), BenefitKind(holding["kind"]))


# --- all that waits --------------------------------------------------------------------------------------------------


def _waiting(ask: Ask) -> dict[str, Any]:
    said = ask.request.query_params
    only = {name: said.get(name, "") for name in ("stage", "township", "code")}
    late = bool(said.get("late"))
    narrowed: dict[str, Any] = only | {"late_at": ask.now if late else None}
    areas = ask.scope("benefit_show")
    with ask.doors.reading() as connection:
        rows = read_benefits.waiting(connection, areas, _after(said.get("after", "")), A_PAGE + 1, **narrowed)
        counts = read_benefits.waiting_counts(connection, areas)
        shown = read_benefits.waiting_counts(connection, areas, **narrowed)
        late_in_all = read_benefits.waiting_counts(connection, areas, late_at=ask.now)
    here = rows[:A_PAGE]
    townships = {township for _, township in counts}
    places = ask.doors.people.areas({*townships, *(row.village_id for row in here)})
    names = ask.doors.benefit_names(_counties(ask, townships))
    filters = {name: value for name, value in (*only.items(), ("late", "1" if late else "")) if value}
    return {
        "rows": [_row(row) for row in here], "people": ask.doors.people.names({row.elder_id for row in here}),
        "places": places, "names": names, "stages": CLAIM_STAGES, "only": only, "late": late,
        "by_stage": {stage: sum(n for (of, _), n in counts.items() if of == stage.value) for stage in ClaimStage},
        "townships": {id_: places.get(id_, id_) for id_ in sorted(townships)}, "all": sum(counts.values()),
        "shown": sum(shown.values()), "late_in_all": sum(late_in_all.values()),
        "more": f"?{urlencode(filters | {'after': _key(here[-1])})}" if len(rows) > A_PAGE else "",
    }  # fmt: skip


def _counties(ask: Ask, townships: set[str]) -> set[str]:
    return {place.county_id for id_ in sorted(townships)[:1] for place in ask.doors.places.place_of_area(id_)} | {
        place.county_id for id_ in ask.scope("benefit_show") for place in ask.doors.places.place_of_area(id_)
    }


def _row(row: Any) -> dict[str, Any]:
    told = dict(row._mapping)
    return told | {"due_at": None if row.due_at == NO_TERM else row.due_at, "proposed": waits_in_short(told)}


def _key(row: Any) -> str:
    return f"{row.due_at.isoformat()}~{row.elder_id}~{row.code}~{row.what}"


def _after(said: str) -> Place | None:
    """None for what is no such key: the list begins at its beginning."""
    try:
        due_at, elder_id, code, what = said.split("~")
        at = moment(due_at)
    except ValueError:
        return None
    return Place(at, elder_id, code, what)
