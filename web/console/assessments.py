"""Assessments: which are under way, by term; and of one elder, where it stands and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.responses import Response

from decisions.assessment_words import STAGES
from decisions.closed_words import ASSESSED_BECAUSE, LEVELS
from decisions.permits import areas_where
from models.assessment import Stage
from models.events import LevelProposed, Recorded
from models.ids import assessment_stream
from models.values import Role
from projections import read_assessments
from web.console import assessing, assessment_steps, sheets
from web.console.ask import Ask, TurnedAway
from web.console.fields import moment
from web.console.need import About, Need
from web.console.router import Console
from web.language import _
from web.openapi import Takes

AT_ONCE = 50
OUTCOMES = {
    "confirmed": _("已确认"), "refused": _("老人不愿意评估"), "died": _("老人去世"), "moved_out": _("老人迁出"),
    "not_eligible": _("不再是探访对象"),
}  # fmt: skip
WORDS: dict[str, Any] = {"stages": STAGES, "because": ASSESSED_BECAUSE, "levels": LEVELS, "outcomes": OUTCOMES}


def add(console: Console) -> None:
    console.get("/assessments", Need(assessing.SHOW), Takes(query=("stage", "after")))(_list)
    console.get("/elders/{elder_id}/assessment", Need(assessing.SHOW, About.ELDER), Takes(query=("done",)))(_one)
    for step in assessment_steps.STEPS:
        assessment_steps.add(console, step)
    sheets.add(console)


# --- all that are under way ------------------------------------------------------------------------------------------


def _list(ask: Ask) -> Response:
    """An assessor sees those they are named in; whoever is something else as well, both."""
    ask.seen("assessment_list", "")
    areas = areas_where(assessing.SHOW, tuple(post for post in ask.posts if post.role is not Role.ASSESSOR))
    wanted = ask.request.query_params.get("stage")
    stage = wanted if wanted in STAGES else None
    with ask.doors.reading() as connection:
        counts = read_assessments.open_by_stage(connection, areas, ask.staff_id, ask.now)
        rows = read_assessments.open_rounds(
            connection, areas, ask.staff_id, stage=stage, after=_after(ask.request.query_params.get("after")),
            at_most=AT_ONCE + 1,
        )  # fmt: skip
    shown = rows[:AT_ONCE]
    more = f"{shown[-1].due_at.isoformat()}~{shown[-1].elder_id}" if len(rows) > AT_ONCE else None
    people = ask.doors.people.names(
        {who for row in shown for who in (row.elder_id, row.first_id, row.second_id) if who is not None}
    )
    return ask.page(
        "assessments.html", rows=shown, more=more, people=people, counts=counts, stage=stage, only_own=not areas,
        nexts={row.elder_id: _next(ask, row) for row in shown}, **WORDS,
    )  # fmt: skip


def _next(ask: Ask, row: Any) -> assessing.Next:
    return assessing.next_of(ask, Stage(row.stage), row.first_id, row.second_id)


def _after(said: str | None) -> tuple[datetime, str] | None:
    """The row that the page before ended with. What is none is the first page."""
    due_at, _tilde, elder_id = (said or "").partition("~")
    try:
        at = moment(due_at)
    except ValueError:
        return None
    return at, elder_id


# --- one elder -------------------------------------------------------------------------------------------------------


def _one(ask: Ask, elder_id: str) -> Response:
    state = assessing.of(ask, elder_id)
    ask.seen(assessing.SHOW, elder_id)
    elder = ask.doors.people.elder(elder_id)
    if elder is None:
        raise TurnedAway(404, "not_here")
    with ask.doors.reading() as connection:
        rounds = read_assessments.rounds_of(connection, elder_id)
        level = read_assessments.level_of(connection, elder_id)
    facts = tuple(ask.doors.recorded_in(assessment_stream(elder_id))) if state is not None else ()
    proposed = {each.event.round: each.event for each in facts if isinstance(each.event, LevelProposed)}
    held = state.round if state is not None else None
    named = {who for row in rounds for who in (row.first_id, row.second_id, row.confirmed_by) if who}
    bodies = {row.body_id for row in rounds if row.body_id}
    return ask.page(
        "assessment.html", elder=elder, state=state, held=held, level=level, rounds=rounds,
        because=_found(ask, proposed.get(held.n) if held is not None and held.proposed else None),
        level_because=_found(ask, proposed.get(level.round) if level is not None else None),
        people=ask.doors.people.names(named | set(held.not_these if held else ())),
        bodies=ask.doors.assessing.body_names(bodies), next=_own_next(ask, state),
        steps=assessment_steps.fitting(ask, state), done=ask.request.query_params.get("done"),
        receipts=_receipts(facts), has_sheet=_may_see_sheet(ask, state), words=WORDS,
    )  # fmt: skip


def _own_next(ask: Ask, state: Any) -> assessing.Next | None:
    if state is None or state.round is None:
        return None
    held = state.round
    independent = bool(state.law.independent)
    return assessing.next_of(ask, held.stage, held.first, held.second, independent=independent)


def _may_see_sheet(ask: Ask, state: Any) -> bool:
    return (
        state is not None
        and state.round is not None
        and state.round.sheet is not None
        and not state.is_blind(ask.staff_id)
    )


def _found(ask: Ask, proposed: LevelProposed | None) -> dict[str, Any] | None:
    """By which it was proposed: points and reasons by our scale, or another body's paper."""
    if proposed is None:
        return None
    scored = proposed.scored
    checked = ask.doors.assessing.checked(scored.standard) if scored else ""
    return {"scored": scored, "elsewhere": proposed.elsewhere, "checked": checked}


def _receipts(facts: tuple[Recorded, ...]) -> tuple[Recorded, ...]:
    return tuple(each for each in facts if each.event.kind == "LevelConfirmed")
