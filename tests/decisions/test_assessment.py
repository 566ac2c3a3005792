"""The sheet of an assessment: whole, and without a place where a name or free text could stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from models.ability import AbilityAnswers
from models.assessment import (
    AbilitySheet,
    AssessmentReason,
    Assessor,
    Consent,
    ConsentBy,
    ConsentHow,
    Disputed,
    InformationProvider,
    Place,
    PlaceKind,
    Relation,
    ResultElsewhere,
)
from models.values import NoteRef, Value
from tests.decisions.ability_cases import DAY, points

NOTE = NoteRef(id="note-1", sha256="0" * 64)
SHEET = AbilitySheet(
    reason=AssessmentReason.FIRST,
    place=Place(kind=PlaceKind.HOME),
    provider=InformationProvider(relation=Relation.CHILD, person=NOTE, signed_on=DAY),
    consent=Consent(
        by=ConsentBy.ELDER, how=ConsentHow.FINGERPRINT, given_on=DAY, notice_version="2026-1", document=NOTE
    ),
    assessors=(Assessor(staff_id="S1", body_id="B1", signed_on=DAY), Assessor(staff_id="S2", body_id="B1")),
    answers=AbilityAnswers(assessed_on=DAY, scores=dict(points(71)), coma=False, diagnoses=(), events=()),
    disputed=(Disputed(item="B.1.1", first=3, second=4, settled=3, reason=NOTE),),
)


def free(schema: Any, where: str = "") -> Iterator[str]:
    """Where in a JSON schema any text may stand: a value or a key that is neither listed, dated nor of a shape."""
    if isinstance(schema, dict):
        if schema.get("type") == "string" and not schema.keys() & {"pattern", "enum", "const", "format"}:
            yield where
        if "additionalProperties" in schema and schema["additionalProperties"] is not False:
            keys = schema.get("propertyNames", {}) | schema.get("patternProperties", {})
            if not keys:
                yield f"{where} (key)"
        for key, below in schema.items():
            yield from free(below, f"{where}.{key}")
    elif isinstance(schema, list):
        for n, below in enumerate(schema):
            yield from free(below, f"{where}.{n}")


@pytest.mark.parametrize("model", [AbilitySheet, ResultElsewhere])
def test_no_name_or_free_text_can_stand_in_it(model: type[Value]) -> None:
    assert list(free(model.model_json_schema())) == []


def test_free_text_would_be_seen() -> None:
    class Loose(Value):
        remark: str | None = None
        told: dict[str, int]

    assert len(list(free(Loose.model_json_schema()))) == 2


def test_a_sheet_survives_the_wire() -> None:
    assert AbilitySheet.model_validate_json(SHEET.model_dump_json()) == SHEET


@pytest.mark.parametrize("field", ["place", "provider", "consent", "assessors", "answers"])
def test_a_sheet_without_one_of_its_parts_is_none(field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        AbilitySheet.model_validate(SHEET.model_dump(exclude={field}))


def test_one_assessor_is_no_sheet() -> None:
    with pytest.raises(ValidationError, match="assessors"):
        AbilitySheet.model_validate({**SHEET.model_dump(), "assessors": [{"staff_id": "S1", "body_id": "B1"}]})


def test_half_a_point_settles_nothing() -> None:
    with pytest.raises(ValidationError, match="settled"):
        Disputed.model_validate({"item": "B.1.1", "first": 3, "second": 4, "settled": 3.5})
