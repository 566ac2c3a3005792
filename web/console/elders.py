"""An elder's page: who, where things stand, what may be done, and the whole story. Also as it was known on a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from starlette.responses import Response

from decisions import closed_words, words
from decisions.deadlines import civil_day, instant
from decisions.permits import shown_to, waits_for
from models.ids import case_stream
from models.shown import CaseShown, Revealed
from models.values import Role
from projections import read, read_assessments, read_benefits, read_elder
from web.console import case_steps, register_steps, steps, work
from web.console.ask import Ask, TurnedAway
from web.console.fields import day_of, moment_of
from web.console.need import About, Need
from web.console.router import Console
from web.console.steps import Step
from web.openapi import Takes

AT = "/elders/{elder_id}"
OF_A_PAGE = ("as_of", "all", "done")
SHORT = 12  # visits, before the rest is asked for
FEW = 6  # texts
STORY = 40  # lines
WORDS = {
    "status": words.STATUSES, "cadence": words.CADENCES, "visit": words.VISIT_KINDS, "ladder": words.LADDER_STATES,
    "level": closed_words.LEVELS, "living": closed_words.LIVING, "sex": closed_words.SEXES,
}  # fmt: skip
OF_TEXTS = ("digest ", "inbound ", "letter ")


class Found(NamedTuple):
    """What the tables hold of an elder. `state`: the fold of their case."""

    state: Any
    case: Any
    escalations: Any
    items: Any
    visits: Any
    level: Any
    benefits: Any
    paired: list[str]


def add(console: Console) -> None:
    @console.get(AT, Need("case_show", About.ELDER, reason=True), Takes(query=OF_A_PAGE))
    def elder(ask: Ask, elder_id: str) -> Response:
        return _page(ask, elder_id, None)

    @console.get(f"{AT}/reveal", Need("reveal", About.ELDER, reason=True))
    def asked_again(ask: Ask, elder_id: str) -> Response:
        """Nothing is revealed by a link."""
        return ask.go(f"/elders/{elder_id}")

    @console.post(f"{AT}/reveal", Need("reveal", About.ELDER, reason=True), Takes(query=OF_A_PAGE))
    def reveal(ask: Ask, elder_id: str) -> Response:
        ask.seen("reveal", elder_id)
        return _page(ask, elder_id, ask.doors.people.revealed(elder_id))

    for step in (*case_steps.STEPS, *register_steps.STEPS):
        steps.add(console, step)


def _page(ask: Ask, elder_id: str, revealed: Revealed | None) -> Response:
    ask.seen("case_show", elder_id)
    shown = ask.doors.people.elder(elder_id)
    if shown is None:
        raise TurnedAway(404, "not_here")
    said = ask.request.query_params.get("as_of", "").strip()
    at, wrong = moment_in(said, ask.now)
    found, on = _found(ask, elder_id, at), civil_day(at or ask.now)
    case = ask.doors.case_shown(found.state, at or ask.now, ask.staff_id) if found.state is not None else None
    lines = ask.doors.auditing.timeline(elder_id, at)[::-1]
    texts = [line for line in lines if line.evidence.startswith(OF_TEXTS)]
    wanted = ask.request.query_params.get("all", "")
    names = ask.doors.benefit_names([shown.county_id]) if found.items or found.benefits else dict[str, str]()
    return ask.page(
        "elder.html", status=422 if wrong else 200, elder=shown, revealed=revealed, case=case, found=found, on=on,
        items=[row | words.in_words(row, names) for row in _items(ask, elder_id, found)], level=found.level,
        names=names,
        benefits=_running(found.benefits, on), people=ask.doors.people.names(_named(found, case)),
        visits=found.visits[::-1] if wanted == "visits" else found.visits[::-1][:SHORT],
        lines=lines if wanted == "story" else lines[:STORY], told=len(lines),
        texts=texts if wanted == "texts" else texts[:FEW], written=len(texts), words=WORDS, as_of=at,
        now=at or ask.now, said=said,
        wrong=wrong, done=ask.request.query_params.get("done"), **_offered(ask, case, at),
    )  # fmt: skip


def moment_in(said: str, now: datetime) -> tuple[datetime | None, bool]:
    """The moment a page is to be as of, and whether what was said is none. A day is meant to its end."""
    if not said:
        return None, False
    try:
        at = instant(day_of(said) + timedelta(days=1))
    except ValueError:
        try:
            at = moment_of(said)
        except ValueError:
            return None, True
    return (at, False) if at < now else (None, False)


def _found(ask: Ask, elder_id: str, at: datetime | None) -> Found:
    """What the tables say now; `at`: what they said then, from the facts recorded by then."""
    stream, on = case_stream(elder_id), civil_day(at or ask.now)
    with ask.doors.reading() as now:
        items, paired = read_elder.items_of(now, elder_id, at), read_elder.paired_with(now, elder_id, on)
        if at is None:
            return _tables(now, elder_id, ask.doors.state_of(stream), items, paired)
    with ask.doors.auditing.known(elder_id, at) as known:
        return _tables(known.tables, elder_id, known.states.get(stream), items, paired)


def _tables(connection: Any, elder_id: str, state: Any, items: Any, paired: list[str]) -> Found:
    return Found(
        state, read.case(connection, elder_id), read.open_escalations_of(connection, elder_id), items,
        read.visits_of(connection, elder_id), read_assessments.level_of(connection, elder_id),
        read_benefits.entitlements_of(connection, elder_id), paired,
    )  # fmt: skip


def _items(ask: Ask, elder_id: str, found: Found) -> list[dict[str, Any]]:
    """`about` is shown where it is a benefit; elsewhere it is an id, or a word for the program. `path`: where it is
    dealt with, if that is theirs to do.
    """
    at, elder = next(iter(ask.places), None), f"/elders/{quote(elder_id, safe='')}"
    return [
        {
            "cause": row.item, "about": row.about if row.item in words.OF_BENEFITS else "", "row": row,
            "path": work.page_of(row.item, row.id, elder)
            if waits_for(ask.posts, at, shown_to(row.item, elder_id, Role(row.role))) else None,
        }
        for row in found.items
    ]  # fmt: skip


def _running(entitlements: Any, day: date) -> list[Any]:
    """What is given for the month, and what was approved for a later one."""
    month = day.replace(day=1)
    return [row for row in entitlements if row.through is None or row.through >= month]


def _named(found: Found, case: CaseShown | None) -> set[str]:
    ids = {row.owner_id for row in (*found.escalations, *found.items)} | set(found.paired)
    for visit in found.visits:
        ids |= {visit.volunteer_id, visit.visitor_id}
    if case is not None:
        ids |= {visit.volunteer_id for visit in case.waiting} | {case.death_reported_by}
        ids |= {held.proposed_by for held in (case.suspension, case.proposed) if held is not None}
    if found.level is not None:
        ids.add(found.level.confirmed_by)
    return {id_ for id_ in ids if id_}


def _offered(ask: Ask, case: CaseShown | None, at: datetime | None) -> dict[str, list[Step]]:
    """What may be done now, by the case and by whoever looks: in front, and the rest. As of a day, nothing."""
    if at is not None:
        return {"first": [], "more": []}
    offers = case.offers if case is not None else frozenset[str]()
    ours = [step for step in case_steps.STEPS if step.action in offers and ask.may_here(step.action)]
    first = [step for step in ours if step.action in case_steps.FIRST]
    rest = [step for step in ours if step not in first]
    return {"first": first, "more": rest + [step for step in register_steps.STEPS if ask.may_here(step.action)]}
