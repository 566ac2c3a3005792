"""Who read or did what, of whom, when and why: the log of commands, for whoever audits. Reading it stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from decisions.deadlines import instant
from decisions.logged_words import LOGGED
from decisions.words import STEPS
from models.errors import REFUSAL_WORDS, Refusal
from models.ids import COUNTY, OF_ELDERS, county_of, elder_of, kind_of
from models.shown import FindElders
from projections import read_access
from projections.read_access import Wanted
from web.console import searched
from web.console.ask import Ask
from web.console.fields import day_of, key_moment
from web.console.need import Need
from web.console.reasons import OWN_WORK, WHY
from web.console.router import Console
from web.language import _
from web.openapi import Takes

PATH = "/audit/log"
SHOWN = 50
LONGEST = 60
FILTERS = ("staff", "elder", "action", "from", "to")
WORDS = ("staff", "elder")
ANSWERS: Mapping[str, str] = {
    OWN_WORK: _("自己的待办"), "read": _("查阅"), "recorded": _("已记下"), "later": _("已收下，稍后办"),
    "phone": _("看号码"), "tried": _("试读"), "asked": _("已提交"), "engine_away": _("流程引擎没有应答"),
    "at_work": _("同样的正在进行"), "begun": _("已开始"), "nothing_open": _("没有要办的"), **WHY,
}  # fmt: skip
SEALED = _("写明了，封存")
NOBODY_LISTED = _("没有找到人")


class Line(NamedTuple):
    """`why` None: the word that the log holds says nothing to a person, and is shown as it is. `listed`: of a list."""

    row: Any
    action: str
    subject: str
    why: str | None
    note: str | None
    listed: tuple[str, ...]


def add(console: Console) -> None:
    @console.get(PATH, Need("access_log"), Takes((*FILTERS, "after")))
    def access_log(ask: Ask) -> Response:
        return _page(ask)

    @console.post(PATH, Need("access_log"), Takes(fields=FILTERS))
    def search(ask: Ask) -> Response:
        """To the page of what was found, whose address does not tell whom somebody looked for."""
        return ask.go(_address(ask, {name: str(ask.form.get(name, "")).strip()[:LONGEST] for name in FILTERS}))


def _page(ask: Ask) -> Response:
    said = {name: ask.request.query_params.get(name, "").strip() for name in FILTERS}
    said = {name: (searched.said(ask, value) if name in WORDS else value)[:LONGEST] for name, value in said.items()}
    wanted, wrong, too_many = _wanted(ask, said)
    ask.seen("access_log", _one(wanted.elders), f"read {_one(wanted.staff)}".strip())
    with ask.doors.reading() as connection:
        rows = read_access.lines(connection, wanted, _key(ask.request.query_params.get("after", "")), SHOWN + 1)
        number = read_access.count(connection, wanted)
        subjects = {_subject(row) for row in rows}
        elders = read_access.elders_among(connection, subjects, wanted.counties)
        named = read_access.elders_among(connection, elders, ask.scope("case_show"))
    rows, more = rows[:SHOWN], len(rows) > SHOWN
    notes = _opened(ask, rows)
    lines = [_line(row, notes) for row in rows]
    people, places = (
        ask.doors.people.names({line.row.staff_id for line in lines} | subjects - (elders - named)),
        ask.doors.people.areas(subjects),
    )
    later = _address(ask, said, after=f"{rows[-1].at.isoformat()}~{rows[-1].id}") if more else None
    return ask.page(
        "access_log.html", 422 if wrong else 200, lines=lines, number=number, people=people, places=places, said=said,
        wrong=wrong, too_many=too_many, later=later, first="after" not in ask.request.query_params,
        begin=_address(ask, said), narrowed=any(said.values()), elders=elders, readings=LOGGED, steps=STEPS,
        only=partial(_address, ask, said),
    )  # fmt: skip


def _address(ask: Ask, said: Mapping[str, str], **more: str) -> str:
    """Of the list that is narrowed so, and by something more."""
    words = {**said, **more}
    kept = {name: searched.held(ask, value) if name in WORDS else value for name, value in words.items() if value}
    return f"{PATH}?{urlencode(kept)}" if kept else PATH


def _wanted(ask: Ask, said: Mapping[str, str]) -> tuple[Wanted, bool, bool]:
    """What the address asks for; whether a day in it is none; whether more elders go by that name than are looked at.

    Whoever is not found has done nothing.
    """
    scope = ask.scope("access_log")
    since, bad = _day(said["from"])
    until, worse = _day(said["to"])
    action = said["action"] if said["action"] in LOGGED or said["action"] in STEPS else ""
    elders, too_many = _elders(ask, said["elder"])
    wanted = Wanted(
        counties=scope, staff=_staff(ask, said["staff"], scope), elders=elders, action=action, since=since,
        until=until + timedelta(days=1) if until else None,
    )  # fmt: skip
    return wanted, bad or worse, too_many


def _day(said: str) -> tuple[datetime | None, bool]:
    if not said:
        return None, False
    try:
        return instant(day_of(said)), False
    except ValueError:
        return None, True


def _staff(ask: Ask, said: str, scope: tuple[str, ...]) -> tuple[str, ...] | None:
    """By id; else those of this name."""
    if not said:
        return None
    with ask.doors.reading() as connection:
        ids = read_access.staff_of(connection, scope)
    if said in ids:
        return (said,)
    people = ask.doors.people.names(ids)
    return tuple(id_ for id_ in ids if id_ in people and said in people[id_].name) or (said,)


def _elders(ask: Ask, said: str) -> tuple[tuple[str, ...] | None, bool]:
    """By id; else whom this name or number finds, for whoever may find anybody by one; and whether there are more."""
    if not said:
        return None, False
    if ask.doors.places.territory_of(said) is not None:
        return (said,), False
    found = ask.doors.find.find(FindElders(words=said, scope=ask.scope("find_elder")))
    return tuple(elder.id for elder in found.elders), found.more is not None


def _key(said: str) -> tuple[datetime, str] | None:
    at, _tilde, id_ = said.partition("~")
    moment = key_moment(at)
    return (moment, id_) if moment is not None and id_ else None


def _one(ids: tuple[str, ...] | None) -> str:
    return ids[0] if ids is not None and len(ids) == 1 else ""


def _is_note(row: Any) -> bool:
    """A reading for which a reason was typed, or the typing of it."""
    return row.answer.startswith("note-") and (row.id.startswith("read-"))


def _opened(ask: Ask, rows: Any) -> Mapping[str, str]:
    """Reasons that were typed, for those who may read them; and that they did."""
    notes = {row.answer for row in rows if _is_note(row)}
    if not notes or not ask.may("access_reasons"):
        return {}
    ask.seen("access_reasons", "", f"read {len(notes)}")
    return ask.doors.auditing.words_of(notes)


def _subject(row: Any) -> str:
    """Whom or what it was about: of a case's stream the elder, of a county's the county; of a search nothing."""
    if row.action == read_access.LISTED:
        return ""
    if "/" in row.subject_id and kind_of(row.subject_id) in OF_ELDERS:
        return elder_of(row.subject_id)
    return county_of(row.subject_id) if row.subject_id.startswith(f"{COUNTY}/") else row.subject_id


def _line(row: Any, notes: Mapping[str, str]) -> Line:
    why = ANSWERS.get(row.answer)
    if why is None and row.answer in {one.value for one in Refusal}:
        why = REFUSAL_WORDS[Refusal(row.answer)]
    if why is None and row.answer.startswith("note-"):
        why = SEALED
    action = LOGGED.get(row.action) or STEPS.get(row.action) or row.action
    listed = tuple(row.answer.split()[1:]) if row.action == read_access.LISTED else ()
    if row.action == read_access.LISTED and not listed:
        why = NOBODY_LISTED
    return Line(row, action, _subject(row), why, notes.get(row.answer), listed)
