"""The assessment sheet at the bedside: filled in, tried against the scale as it grows, handed in once.

Who is to write it gets the form; whoever else may see it, the sheet as it was handed in.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

from starlette.responses import Response

from decisions.assessment_words import CONSENTS, HOW, PLACES, RELATIONS
from decisions.closed_words import LEVELS
from decisions.deadlines import civil_day
from models import assessment_messages as m
from models.assessment import AssessmentReason, Stage
from models.errors import REFUSAL_WORDS, Refusal
from models.ids import assessment_stream
from models.typed_sheet import SheetWrong, TypedSheet
from models.values import Channel
from post.desk import Refused
from projections import read_assessments
from web.console import assessing, sheet_form, sheet_shown
from web.console.ask import Ask
from web.console.need import About, Need
from web.console.router import Console
from web.console.steps import SAID_LATER, sent_before, told
from web.language import _

SHEET = "/elders/{elder_id}/assessment/sheet"
WRITES = Need("submit_sheet", About.ELDER, reason=True)
WORDS = {"places": PLACES, "relations": RELATIONS, "consents": CONSENTS, "how": HOW, "levels": LEVELS}
TO_MEND = _("评估表还没有交上：下面标出的各项要填或要改")
DRAFT_TAG = 16  # characters


def add(console: Console) -> None:
    console.get(SHEET, Need(assessing.SHOW, About.ELDER, reason=True))(_sheet)
    console.post(SHEET, WRITES, sheet_form.TAKES)(_hand_in)
    console.post(f"{SHEET}/score", WRITES, sheet_form.TAKES)(_score)


def _sheet(ask: Ask, elder_id: str) -> Response:
    state = assessing.of(ask, elder_id)
    if state is not None and _writes(state, ask.staff_id):
        return _page(ask, elder_id, state, sheet_form.blank(civil_day(ask.now).isoformat()), fresh=True)
    if state is None or state.round is None or state.round.sheet is None or state.is_blind(ask.staff_id):
        raise assessing.elsewhere(elder_id)
    ask.seen(assessing.SHOW, elder_id)
    elder = ask.doors.people.elder(elder_id)
    return ask.page("sheet_shown.html", elder=elder, **sheet_shown.values(ask, elder_id))


def _writes(state: Any, staff_id: str) -> bool:
    """The first where there is none yet; the second, of whom the county wants one too."""
    held = state.round
    if held is None:
        return False
    return (held.stage is Stage.ASSESSING and held.first == staff_id) or state.is_blind(staff_id)


def _score(ask: Ask, elder_id: str) -> Response:
    """What it comes to so far. htmx asks for that alone; without it the whole page comes back, as it was typed."""
    state = assessing.in_hand(ask, elder_id, Stage.ASSESSING, Stage.SIGNING)
    read = sheet_form.read(ask.form)
    if not ask.is_part:
        return _page(ask, elder_id, state, read.typed, wrong=read.wrong)
    trial = ask.doors.assessing.trial(read.raw["answers"], civil_day(ask.now))
    return ask.page("sheet_score.html", trial=trial, words=WORDS)


async def _hand_in(ask: Ask, elder_id: str) -> Response:
    again = await sent_before(ask)
    if again is not None:
        return ask.go(f"{assessing.page_of(elder_id)}?done={again}")
    state = await asyncio.to_thread(assessing.in_hand, ask, elder_id, Stage.ASSESSING, Stage.SIGNING)
    if not _writes(state, ask.staff_id):
        raise assessing.elsewhere(elder_id)
    form = sheet_form.read(ask.form)
    wrong, said = dict(form.wrong), ""
    try:
        sheet, _scored = ask.doors.assessing.read(form.raw, civil_day(ask.now))
    except SheetWrong as refused:
        wrong = sheet_form.beside(refused.found) | wrong
    else:
        if not wrong:
            said = await _kept(ask, elder_id, state, sheet) or ""
    if wrong:
        said = TO_MEND
    if said in ("", SAID_LATER):
        return ask.go(f"{assessing.page_of(elder_id)}?done={'later' if said else 'recorded'}")
    return await asyncio.to_thread(_page, ask, elder_id, state, form.typed, wrong=wrong, said=said, status=422)


async def _kept(ask: Ask, elder_id: str, state: Any, sheet: TypedSheet) -> str | None:
    """None: recorded. Else the sentence to show."""
    kind, name = (m.ConfirmSheet, "own") if state.round.stage is Stage.SIGNING else (m.SubmitSheet, "sheet")
    try:
        head, whole = await asyncio.to_thread(_made, ask, elder_id, state, sheet, kind)
        reply = await ask.doors.counter.hand_in(assessment_stream(elder_id), elder_id, kind, **head, **{name: whole})
    except Refused as refused:
        return REFUSAL_WORDS[refused.refusal]
    return told(ask, reply)


def _made(ask: Ask, elder_id: str, state: Any, sheet: TypedSheet, kind: Any) -> tuple[dict[str, Any], Any]:
    """Head and sheet of the message. Raises Refused before any note is kept."""
    held, counter = state.round, ask.doors.counter
    if held.first is None or held.second is None or held.body_id is None:
        raise Refused(Refusal.NOT_THIS_STEP)
    with ask.doors.reading() as connection:
        reason = AssessmentReason(read_assessments.round_of(connection, elder_id, held.n).reason)
    key = ask.key(ask.request.url.path)
    head = counter.head(ask.staff_id, kind.model_fields["kind"].default, elder_id, None, Channel.CONSOLE, key=key)
    whole = sheet.with_notes(counter.keep_note, reason, held.first, held.second, held.body_id, signs=ask.staff_id)
    return head, whole


def _page(
    ask: Ask, elder_id: str, state: Any, typed: dict[str, Any], *, wrong: dict[str, str] | None = None, said: str = "",
    fresh: bool = False, status: int = 200,
) -> Response:  # fmt: skip
    """`fresh`: nothing has been typed yet, so a draft on this machine may come back."""
    ask.seen(assessing.SHOW, elder_id)
    held, path = state.round, f"{assessing.page_of(elder_id)}/sheet"
    answers = sheet_form.answers_of(typed)
    trial = ask.doors.assessing.trial(answers, civil_day(ask.now))
    return ask.page(
        "sheet.html", status, elder=ask.doors.people.elder(elder_id), held=held, typed=typed, said=said, fresh=fresh,
        wrong={**sheet_form.beside(trial.wrong), **(wrong or {})}, trial=trial, scale=ask.doors.assessing.scale,
        checked=ask.doors.assessing.checked(ask.doors.assessing.scale.standard), words=WORDS, key=ask.new_key(path),
        people=ask.doors.people.names(held.assessors), back=assessing.page_of(elder_id), sheet_path=path,
        draft=_tag(ask.staff_id, elder_id, held.n), spare=sheet_form.SPARE_ROWS,
    )  # fmt: skip


def _tag(staff_id: str, elder_id: str, round_: int) -> str:
    """Whose draft of which round: on a shared tablet nobody is given another's. No id stands in it."""
    return hashlib.sha256(f"{staff_id} {elder_id} {round_}".encode()).hexdigest()[:DRAFT_TAG]
