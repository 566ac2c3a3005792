"""The assessment sheet as a form: what was typed, in tables as `decisions.typed_sheet` reads it, and shown again.

Fields are named by their place in the sheet (`consent.given_on`), so that what is wrong with one is put beside it.
What was not chosen is not there: never 0, never "none".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from starlette.datastructures import FormData

from models.typed_sheet import Wrong
from web.console.fields import Field, Kind
from web.language import _
from web.openapi import Takes

PLAIN = (
    "signed_on", "place.kind", "place.where", "provider.relation", "provider.person", "provider.signed_on",
    "consent.by", "consent.how", "consent.given_on", "consent.notice_version", "consent.document", "consent.person",
    "answers.assessed_on",
)  # fmt: skip
LONGEST = 200  # characters, as of every line of a form
MOST_ROWS, SPARE_ROWS = 20, 3
COMA, DIAGNOSES, EVENTS, SCORES = "answers.coma", "answers.diagnoses", "answers.events", "answers.scores."
ROWS = ("diagnosis.code", "diagnosis.by_psychiatrist", "event.kind", "event.on")
TAKES = Takes(
    fields=(
        "key", *PLAIN, COMA, DIAGNOSES, EVENTS,
        *(Field(name, name, Kind.CHOICES) for name in ROWS),
    ),
    rows=(SCORES,),
)  # fmt: skip
YES_NO: Mapping[str, bool] = {"true": True, "false": False}
BOTH = _("选了「没有」，又写了几项：请改其中一处")
TOO_LONG = _("太长了")


class Form(NamedTuple):
    """`raw`: the sheet's tables. `typed`: what stood in the form. `wrong`: what already the form says of itself."""

    raw: dict[str, Any]
    typed: dict[str, Any]
    wrong: dict[str, str]


def blank(today: str) -> dict[str, Any]:
    """An empty sheet of today, which is when most are written."""
    days = ("signed_on", "provider.signed_on", "consent.given_on", "answers.assessed_on")
    return {"diagnoses": [], "events": [], **dict.fromkeys(days, today)}


def read(form: FormData) -> Form:
    typed: dict[str, Any] = {name: _line(form, name) for name in (*PLAIN, COMA, DIAGNOSES, EVENTS)}
    typed |= {name: _line(form, name) for name in form if name.startswith(SCORES)}
    typed["diagnoses"] = _rows(form, *ROWS[:2])
    typed["events"] = _rows(form, *ROWS[2:])
    raw: dict[str, Any] = {"place": {}, "provider": {}, "consent": {}}
    for name in PLAIN:
        table, _dot, field = name.rpartition(".")
        (raw.setdefault(table, {}) if table else raw)[field] = typed[name]
    raw["answers"] = answers_of(typed)
    wrong = {name: TOO_LONG for name in PLAIN if len(typed[name]) > LONGEST}
    wrong |= {name: BOTH for name in (DIAGNOSES, EVENTS) if typed[name] == "none" and typed[_rows_of(name)]}
    return Form(raw, typed, wrong)


def answers_of(typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was answered of what stood in the form. Where it says both none and some, nothing was."""
    scores = {
        name.removeprefix(SCORES): _points(said) for name, said in typed.items() if name.startswith(SCORES) and said
    }
    answers: dict[str, Any] = {"assessed_on": typed["answers.assessed_on"], "scores": scores}
    if typed.get(COMA) in YES_NO:
        answers["coma"] = YES_NO[typed[COMA]]
    for name, made in ((DIAGNOSES, _diagnoses), (EVENTS, _events)):
        rows = list(made(typed[_rows_of(name)]))
        if typed.get(name) == ("some" if rows else "none"):
            answers[_rows_of(name)] = rows
    return answers


def _rows_of(name: str) -> str:
    return name.removeprefix("answers.")


def beside(found: Iterable[Wrong]) -> dict[str, str]:
    """Field → what is wrong with it; what is wrong with one of several rows stands by their group."""
    said: dict[str, str] = {}
    for at in found:
        group = next((name for name in (DIAGNOSES, EVENTS) if at.where.startswith(f"{name}.")), at.where)
        said.setdefault(group, at.why)
    return said


def _line(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _rows(form: FormData, first: str, second: str) -> list[tuple[str, str]]:
    """Rows of two fields, those that are not empty; the second alone is a row, so that what lacks is told."""
    firsts, seconds = (
        [value.strip() if isinstance(value, str) else "" for value in form.getlist(name)][:MOST_ROWS]
        for name in (first, second)
    )
    width = max(len(firsts), len(seconds))
    padded = zip(firsts + [""] * (width - len(firsts)), seconds + [""] * (width - len(seconds)), strict=True)
    return [row for row in padded if any(row)]


def _diagnoses(rows: Iterable[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for code, by in rows:
        yield {"code": code.upper()} | ({"by_psychiatrist": YES_NO[by]} if by in YES_NO else {})


def _events(rows: Iterable[tuple[str, str]]) -> Iterator[dict[str, str]]:
    for kind, on in rows:
        yield {"kind": kind, "on": on}


def _points(said: str) -> int | str:
    """A number as it was sent, so that the scorer can refuse it by name."""
    return int(said) if said.lstrip("-").isdecimal() and len(said) < 5 and said.isascii() else said
