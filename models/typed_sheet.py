"""An assessment sheet as a person types it, into a file or a page: words in the clear, kept nowhere as such.

The message gets notes by reference instead (`TypedSheet.with_notes`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, NamedTuple

from pydantic import Field

from models.ability import AbilityAnswers, AbilityIncomplete, AbilityScored
from models.assessment import (
    AbilitySheet,
    AssessmentReason,
    Assessor,
    Consent,
    ConsentBy,
    ConsentHow,
    InformationProvider,
    Place,
    PlaceKind,
    Relation,
)
from models.values import Id, NoteRef, Value

Keep = Callable[[str], NoteRef]
Words = Annotated[str, Field(min_length=1)]


class Wrong(NamedTuple):
    """What is wrong with a sheet. `at`: the field as people call it, or the item; `where`: its place in what was typed.

    `line`: in a file. None: nothing of it is there, or it is no file.
    """

    at: str
    why: str
    where: str = ""
    line: int | None = None


class SheetWrong(Exception):
    """It is no sheet that can be handed in. `refusal`: what the assessment itself would answer."""

    def __init__(self, refusal: str, found: list[Wrong]) -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.found = found


class PlacePart(Value):
    kind: PlaceKind
    where: Words | None = None


class ProviderPart(Value):
    relation: Relation
    person: Words | None = None
    signed_on: date


class ConsentPart(Value):
    by: ConsentBy
    how: ConsentHow
    given_on: date
    notice_version: Id
    document: Words
    person: Words | None = None


class TypedSheet(Value):
    """As the assessor writes it. `signed_on`: when they signed."""

    signed_on: date
    place: PlacePart
    provider: ProviderPart
    consent: ConsentPart
    answers: AbilityAnswers

    def with_notes(
        self, keep: Keep, reason: AssessmentReason, first: str, second: str, body: str, *, signs: str
    ) -> AbilitySheet:
        """The sheet of these two, signed by one of them. What is words is kept, and named by reference."""

        def kept(text: str | None) -> NoteRef | None:
            return keep(text) if text else None

        def assessor(who: str) -> Assessor:
            return Assessor(staff_id=who, body_id=body, signed_on=self.signed_on if who == signs else None)

        consent = self.consent
        return AbilitySheet(
            reason=reason,
            place=Place(kind=self.place.kind, note=kept(self.place.where)),
            provider=InformationProvider(
                relation=self.provider.relation, person=kept(self.provider.person), signed_on=self.provider.signed_on
            ),
            consent=Consent(
                by=consent.by, how=consent.how, given_on=consent.given_on, notice_version=consent.notice_version,
                document=keep(consent.document), person=kept(consent.person),
            ),
            assessors=(assessor(first), assessor(second)),
            answers=self.answers,
        )  # fmt: skip


class SectionTrial(Value):
    """What has been answered of a section so far: `answered` of `items`, worth `score`."""

    code: Id
    name: str
    score: int
    max: int
    answered: int
    items: int


class Trial(Value):
    """What a half-written sheet comes to. `result` None: something is `wrong` with it. No level before it is whole."""

    sections: tuple[SectionTrial, ...]
    result: AbilityScored | AbilityIncomplete | None
    wrong: tuple[Wrong, ...] = ()
