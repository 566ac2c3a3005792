"""What a request may carry, declared beside its path, and how OpenAPI says it: from the same rows as the form is made.

A form's values are text. What a choice offers is in the document where it is the same for everybody; where it depends
on what the page finds, the page says it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from web.console.fields import LONGEST_LINE, LONGEST_WORDS, Field, Kind

FORM, WITH_FILES, JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"
SESSION = "session"
PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
LINE: Mapping[str, Any] = {"type": "string", "maxLength": LONGEST_LINE}
KINDS: Mapping[Kind, Mapping[str, Any]] = {
    Kind.WORDS: {"type": "string", "maxLength": LONGEST_WORDS},
    Kind.DAY: {"type": "string", "format": "date"},
    Kind.MONTH: {"type": "string", "pattern": r"^[0-9]{4}-(0[1-9]|1[0-2])$"},
    Kind.NUMBER: {"type": "string", "pattern": r"^[0-9]{1,6}$"},
}
ANSWERS: Mapping[int, str] = {
    200: "The page", 204: "Nothing has changed", 303: "Go there", 400: "Not from a page of ours, or not a form",
    403: "Not by your post", 404: "Not in your territory, or not there", 409: "Not as things stand",
    413: "Too large", 422: "Something typed is wrong: it stands beside its field", 429: "Tried too often",
    503: "Kept; the engine does not answer",
}  # fmt: skip


class Takes(NamedTuple):
    """Besides the path. A field that is only named is a line. `rows`: how names begin that stand once in each row."""

    query: Sequence[str] = ()
    fields: Sequence[Field | str] = ()
    rows: Sequence[str] = ()
    files: Sequence[str] = ()


NOTHING = Takes()


def told(path: str, takes: Takes = NOTHING, *, form: bool = False, token: bool = True, session: bool = True) -> Any:
    """A route's part of the document. `form`: it is sent one; `token`: which carries the token of its page."""
    parameters = [
        *({"name": name, "in": "path", "required": True, "schema": LINE} for name in PARAMETER.findall(path)),
        *({"name": name, "in": "query", "required": False, "schema": LINE} for name in takes.query),
    ]
    said: dict[str, Any] = {"summary": path, "parameters": parameters, "security": [{SESSION: []}] if session else []}
    if form:
        kind = WITH_FILES if takes.files else FORM
        said["requestBody"] = {"required": True, "content": {kind: {"schema": _form(takes, token=token)}}}
    return said


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What it may be answered with; with none named, what any page may."""
    return {status: {"description": ANSWERS.get(status, HTTPStatus(status).phrase)} for status in statuses or ANSWERS}


def _form(takes: Takes, *, token: bool) -> dict[str, Any]:
    fields = [one if isinstance(one, Field) else Field(one, one) for one in takes.fields]
    required = [one.name for one in fields if one.required] + (["form_token"] if token else [])
    return {
        "type": "object",
        "properties": {
            **({"form_token": LINE} if token else {}),
            **{one.name: _value(one) for one in fields},
            **{name: {"type": "string", "format": "binary"} for name in takes.files},
        },
        **({"patternProperties": {f"^{re.escape(begins)}": LINE for begins in takes.rows}} if takes.rows else {}),
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _value(one: Field) -> dict[str, Any]:
    said = dict(KINDS.get(one.kind, LINE))
    if one.options:
        said = {"type": "string", "enum": [*one.options, *(() if one.required else ("",))]}
    if one.kind is Kind.CHOICES:
        return {"type": "array", "items": {"type": "string", **({"enum": [*one.options]} if one.options else {})}}
    return said if one.required or "maxLength" in said or one.options else {"anyOf": [said, {"const": ""}]}
