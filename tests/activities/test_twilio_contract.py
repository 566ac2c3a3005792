"""Our own Twilio is held against Twilio's published description: each request it takes, each answer it gives.

The description calls almost nothing required and allows what it does not name; here an answer must have every field it
names and no other, so that neither a field forgotten nor one invented passes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from adapters.texts import Outgoing
from tests.activities.twilio_town import NOW, PHONE, WORDS, Town
from tests.twilio_server import SID, Asked
from tools.contracts.bring import twilio

PATH = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.fixture(scope="session")
def published() -> dict[str, Any]:
    """Brought by npm on first use; without it these tests fail and say so."""
    return json.loads(twilio().read_text())


def opened(published: dict[str, Any], schema: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """As JSON Schema of today. `whole`: an object has every property that is named."""
    if "$ref" in schema:
        found: Any = published
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        return opened(published, found, whole=whole)
    made = {name: value for name, value in schema.items() if name not in ("nullable", "format", "items", "properties")}
    if "properties" in schema:
        held = {name: opened(published, one, whole=whole) for name, one in schema["properties"].items()}
        made |= {"properties": held, "additionalProperties": False}
        if whole:
            made["required"] = list(held)
    if "items" in schema:
        made["items"] = opened(published, schema["items"], whole=whole)
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") else made


def holds(published: dict[str, Any], asked: Asked) -> None:
    """Raises ValidationError where the request or its answer is not as published."""
    assert asked.path == PATH.format(AccountSid=SID)
    said = published["paths"][PATH][asked.method.lower()]
    if asked.method == "POST":
        taken = opened(published, said["requestBody"]["content"][FORM]["schema"], whole=False)
    else:
        named = {one["name"]: one["schema"] for one in said["parameters"] if one["in"] == "query"}
        numbers = {name: {} if one.get("type") == "integer" else one for name, one in named.items()}
        taken = opened(published, {"type": "object", "properties": numbers}, whole=False)
    Draft202012Validator(taken).validate(asked.sent)
    answers = said["responses"]
    assert str(asked.status) in answers
    answer = opened(published, answers[str(asked.status)]["content"][JSON]["schema"], whole=True)
    Draft202012Validator(answer).validate(asked.answer)


def all_ways(town: Town) -> None:
    """Everything the client asks of it, with messages in each state, over two pages."""
    town.send()
    town.server.says(town.server.sent()[0], "undelivered", 30003)
    for n in range(120):
        town.server.receives(PHONE, f"52{n}", NOW + timedelta(seconds=n))
    town.house.providers.twilio.look_up(Outgoing("D1", PHONE, WORDS, "task_one", NOW))
    assert len(town.house.providers.twilio.collect(NOW - timedelta(hours=1))) == 120
    providers = town.house.providers
    providers.twilio_account = providers.twilio_account._replace(service="MG" + "0c" * 16, number=None)
    del providers.__dict__["twilio"]
    providers.twilio.send(Outgoing("D9", PHONE, WORDS, "task_one", NOW))


def test_every_request_and_answer_is_as_published(town: Town, published: dict[str, Any]) -> None:
    all_ways(town)
    good = [asked for asked in town.server.asked if asked.status < 300]
    assert {asked.method for asked in good} == {"GET", "POST"} and len(good) >= 5
    for asked in good:
        holds(published, asked)


PLANTED: dict[str, dict[str, Any]] = {
    "a field that is not published": {"segments": "1"},
    "a number for a word": {"num_segments": 1},
    "a word for a number": {"error_code": "30003"},
    "a state there is not": {"status": "on its way"},
    "an id of another shape": {"sid": "SM1"},
}


@pytest.mark.parametrize("wrong", PLANTED)
def test_a_wrong_field_in_an_answer_is_found(town: Town, published: dict[str, Any], wrong: str) -> None:
    town.server.planted = PLANTED[wrong]
    town.house.providers.twilio.send(Outgoing("D1", PHONE, WORDS, "task_one", NOW))
    with pytest.raises(ValidationError):
        holds(published, town.server.asked[-1])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda asked: asked._replace(sent={**asked.sent, "Colour": "red"}),
        lambda asked: asked._replace(sent={k: v for k, v in asked.sent.items() if k != "To"}),
        lambda asked: asked._replace(answer={k: v for k, v in asked.answer.items() if k != "uri"}),
    ],
    ids=["a parameter there is not", "a parameter missing", "a field missing"],
)
def test_a_wrong_request_or_a_forgotten_field_is_found(
    town: Town, published: dict[str, Any], spoil: Callable[[Asked], Asked]
) -> None:
    town.send()
    with pytest.raises(ValidationError):
        holds(published, spoil(town.server.asked[-1]))
