"""One visit as whoever is asked to make it sees it on a page of its own, and what they tick there."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, Field, field_validator

from models.values import Checks, EnclosedRef, Id, Method, Need, Value, VisitResult

PLACES = 4  # of a degree


class VisitTask(Value):
    """A visit and the volunteer it was asked of: what a link or a code stands for, and nothing else."""

    visit_id: Id
    volunteer_id: Id
    elder_id: Id
    ends_at: AwareDatetime


class TaskShown(Value):
    """`who` is what texts call the elder. `doors`: where they live, as on the volunteer's card.

    `result`, `visited_on`: what this volunteer has told of it. `attempts`: how often nobody was seen. `calls`: speaking
    by phone is a result.
    """

    task: VisitTask
    who: str
    village: str
    doors: tuple[str, ...]
    starts_at: AwareDatetime
    due_at: AwareDatetime
    attempts: int = 0
    result: VisitResult | None = None
    visited_on: date | None = None
    calls: bool = False


class Ticked(Value):
    """What was ticked on the page. `danger`: they say that the elder is in danger now."""

    result: VisitResult
    visited_on: date
    method: Method = Method.HOME
    checks: Checks = Checks()
    needs: tuple[Need, ...] = ()
    danger: bool = False


class Position(Value):
    """Where the phone was, to four places of a degree (some 10 m): enough to know a door from the next village."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    accuracy_m: int = Field(ge=0, le=100_000)

    @field_validator("latitude", "longitude")
    @classmethod
    def _rounded(cls, degrees: float) -> float:
        return round(degrees, PLACES)


class Beside(NamedTuple):
    """What came with the form, as it came. `agreed`: the visitor says that the elder, asked now, agreed to it.

    `too_large`: there was a photo, and it was not read to its end.
    """

    agreed: bool = False
    photo: bytes = b""
    too_large: bool = False
    position: Position | None = None


NOTHING = Beside()


class Left(StrEnum):
    """Why what came with the form was not kept. The report is taken all the same."""

    NOT_AGREED = "not_agreed"
    NOT_SEEN = "not_seen"  # who did not meet the elder cannot have asked them
    TOO_LARGE = "too_large"
    HEIC = "heic"  # as some phones keep theirs; nothing of ours opens it
    NO_PHOTO = "no_photo"  # a file that is no picture of a kind we read, or one of too many points


class EnclosureKind(StrEnum):
    PHOTO = "photo"
    POSITION = "position"


class Enclosure(NamedTuple):
    """What is kept of one of them: a JPEG without anything but the picture, or a position as JSON."""

    kind: EnclosureKind
    ref: EnclosedRef
    content: bytes


class EnclosureShown(Value):
    """`photo`: as base64, for the page itself, so that nothing else has to be fetched."""

    kind: EnclosureKind
    kept_at: AwareDatetime
    photo: str = ""
    position: Position | None = None


class EnclosureErased(Value):
    """It was kept, and is not any more: `by` a member of staff, to whom the elder took their yes back."""

    kind: EnclosureKind
    at: AwareDatetime
    by: Id


class Ways(Value):
    """How a volunteer gets to the page of one task: `path` of our own, or `code` typed in at `/v`."""

    task: VisitTask
    path: str
    code: str
