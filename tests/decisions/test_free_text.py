"""No message and no fact can hold words that a person typed; what old histories hold is still read, and unchanged."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any, cast, get_args

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from models import messages as m
from models.assessment_messages import AssessmentMessage
from models.claim_messages import BenefitMessage
from models.events import ANY_EVENT, AnyEvent
from models.letters import LETTER
from models.messages import CaseMessage, EscalationMessage
from models.values import DeathSource, Undelivered

AT = datetime(2026, 3, 10, tzinfo=UTC)
NOTE = {"id": "note-1", "sha256": "a" * 64}
WHO = {"id": "S-1", "kind": "staff", "role": "township_officer", "on_behalf_of": None}
HEAD: dict[str, Any] = {"key": "k-1", "actor": WHO, "channel": "console", "received_at": AT.isoformat(), "note": NOTE}
FACT: dict[str, Any] = {
    "happened_at": "2026-03-10T00:00:00Z", "actor": WHO, "channel": "console", "cause": "k-1",
    "policy_version": "1", "policy_hash": "b" * 64, "note": NOTE,
}  # fmt: skip
TYPED = ("庄示禾说的", "13912345678", "Zhuang Shihe", "in_note 庄示禾", "")

REPORT = {
    "kind": "report_visit", "visitor_id": "S-1", "result": "well", "visited_on": "2026-03-09", "evidence": "staff",
}  # fmt: skip
MESSAGES: dict[str, tuple[dict[str, Any], str, tuple[Any, ...]]] = {
    "report_visit": (REPORT, "reason", (None, "纸质登记表补录")),
    "resolve": ({"kind": "resolve", "outcome": "visited"}, "text", (None,)),
    "extend": ({"kind": "extend", "until": AT.isoformat()}, "reason", ("in_note", "见备注")),
    "confirm_death": ({"kind": "confirm_death", "died_on": "2026-03-09"}, "source", (*DeathSource, "村医证明")),
    "close": ({"kind": "close", "reason": "moved_out"}, "receiving_place", (None, "in_note")),
}
FACTS: dict[str, tuple[dict[str, Any], str, tuple[Any, ...]]] = {
    "EscalationExtended": ({"until": "2026-03-12T00:00:00Z"}, "reason", ("in_note", "见备注")),
    "EscalationResolved": (
        {
            "outcome": "visited", "visited_on": None, "visited_at": None, "resolved_by": WHO, "rung": 0,
            "tell_case": True,
        },
        "text", (None,),
    ),
    "DeathConfirmed": ({"died_on": "2026-03-09"}, "source", ("village_doctor", "村医证明")),
    "CaseClosed": ({"reason": "moved_out"}, "receiving_place", (None, "in_note")),
}  # fmt: skip
# Strings of facts that no message brings: names of rules, packs, places and causes, written by the code.
WRITTEN_BY_THE_CODE = {
    "policy_version", "assigned_because", "spread_key", "tags", "reason", "change", "message_kind", "refusal",
    "skipped", "unit",
}  # fmt: skip


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_with_words_in_it_is_refused(kind: str) -> None:
    body, field, known = MESSAGES[kind]
    for value in known:
        told = letter(kind, {**HEAD, **body, field: value})
        assert getattr(LETTER.validate_json(told), "message").kind == kind  # noqa: B009
    for typed in TYPED:
        with pytest.raises(ValidationError, match=field):
            LETTER.validate_json(letter(kind, {**HEAD, **body, field: typed}))


@pytest.mark.parametrize("kind", FACTS)
def test_a_fact_with_words_in_it_is_refused_and_an_old_one_is_the_same_to_the_letter(kind: str) -> None:
    """To the letter, because the chain of a stream is a hash of what its facts say."""
    body, field, known = FACTS[kind]
    for value in known:
        stored = {"kind": kind, **FACT, **body, field: value}
        assert ANY_EVENT.validate_python(stored).model_dump(mode="json") == stored
    for typed in TYPED:
        with pytest.raises(ValidationError, match=field):
            ANY_EVENT.validate_python({"kind": kind, **FACT, **body, field: typed})


@pytest.mark.parametrize("said", ["30005", "号码错误:庄示禾", "", *Undelivered])
def test_a_providers_words_do_not_reach_a_case(said: str) -> None:
    told = letter("message_undeliverable", {**HEAD, "recipient_id": "V-1", "why": said})
    message = getattr(LETTER.validate_json(told), "message")  # noqa: B009
    assert message.why is (said if isinstance(said, Undelivered) else Undelivered.OTHER)


@pytest.mark.parametrize("why", ["30005", *(why.value for why in Undelivered)])
def test_an_old_fact_about_a_text_that_did_not_arrive_is_the_same_to_the_letter(why: str) -> None:
    stored = {"kind": "UndeliverableNoted", **FACT, "recipient_id": "V-1", "visit_id": None, "why": why}
    assert ANY_EVENT.validate_python(stored).model_dump(mode="json") == stored


def test_a_fact_about_a_text_that_did_not_arrive_holds_no_words() -> None:
    with pytest.raises(ValidationError, match="why"):
        ANY_EVENT.validate_python(
            {"kind": "UndeliverableNoted", **FACT, "recipient_id": "V-1", "visit_id": None, "why": "庄示禾说的"}
        )


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (m.Extend, {"until": AT}),
        (m.Resolve, {"outcome": "other"}),
        (m.ConfirmDeath, {"died_on": date(2026, 3, 9), "source": "other"}),
        (m.CloseCase, {"reason": "moved_out", "receiving_place": "in_note"}),
    ],
)
def test_what_must_be_said_in_words_needs_a_note(kind: type[m.Message], said: dict[str, Any]) -> None:
    assert kind.model_validate({**HEAD, **said}).note is not None
    with pytest.raises(ValidationError, match="note is missing"):
        kind.model_validate({**HEAD, **said, "note": None})


def test_every_string_of_a_message_is_an_id_a_hash_a_time_or_of_a_closed_list() -> None:
    unions = (CaseMessage, EscalationMessage, AssessmentMessage, BenefitMessage)
    kinds = {kind for union in unions for kind in get_args(union)}
    assert len(kinds) == 57
    assert {found for kind in kinds for found in loose(kind)} == set()


def test_no_other_string_of_a_fact_is_free_than_those_the_code_writes() -> None:
    kinds = get_args(get_args(AnyEvent)[0])
    assert len(kinds) == 99
    free = {field for kind in kinds for owner, field in loose(kind) if owner == kind.__name__}
    assert free == WRITTEN_BY_THE_CODE


def letter(kind: str, message: dict[str, Any]) -> str:
    body = {"kind": "update", "workflow_id": "case/E1", "elder_id": "E1", "message": {**message, "kind": kind}}
    return json.dumps(body)


def loose(kind: type[BaseModel]) -> set[tuple[str, str]]:
    """(model, field) of every string in `kind`, and in what it holds, that may be anything."""
    schema = TypeAdapter(kind).json_schema()
    models = {kind.__name__: schema} | schema.get("$defs", {})
    return {
        (name, field)
        for name, model in models.items()
        for field, form in model.get("properties", {}).items()
        if _free(form)
    }


def _free(form: object) -> bool:
    if isinstance(form, list):
        return any(map(_free, cast(list[object], form)))
    if not isinstance(form, dict):
        return False
    held = cast(dict[str, object], form)
    if held.get("type") == "string" and not {"pattern", "enum", "const", "format"} & set(held):
        return True
    return any(_free(held.get(part)) for part in ("anyOf", "items", "prefixItems", "additionalProperties"))
