"""People as a page shows them, to whoever may see them. Never recorded, never logged."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, NamedTuple

from models.errors import Refusal
from models.values import Id, Value


class PersonShown(Value):
    """`phone` is masked to its last four digits."""

    id: Id
    name: str
    phone: str | None = None


class CategoryShown(Value):
    category: str
    source: str
    from_on: date
    to_on: date | None = None


class ElderShown(Value):
    """An elder of the register. Phone and ID number are masked; `models.shown.Revealed` has them whole."""

    id: Id
    name: str
    sex: str
    age: int
    village_id: Id
    village: str
    township_id: Id
    township: str
    county_id: Id
    phone: str | None
    id_number: str
    contact: str | None
    addresses: tuple[str, ...]
    living: str | None
    household_id: Id
    categories: tuple[CategoryShown, ...]


class Candidate(Value):
    """Somebody who assesses for a registered body. `why_not`: why not this elder, or not today."""

    staff_id: Id
    name: str
    body_id: Id
    body: str
    why_not: Refusal | None = None


class Revealed(Value):
    """What a page shows masked, whole."""

    phone: str | None
    id_number: str
    contact: str | None


class Said(NamedTuple):
    """One text. `way`: received from this person, sent to them, or to be told them by phone.

    `person_id`: whoever of the register wrote it or was to read it, where that is known.
    """

    at: datetime
    way: Literal["received", "sent", "call"]
    name: str
    phone: str
    words: str
    person_id: str | None = None


class ElderFound(Value):
    """One elder of a search. Phone and ID number are masked. `status`: of the case, None where there is none."""

    id: Id
    name: str
    sex: str
    village_id: Id
    village: str
    township: str
    phone: str | None
    id_number: str
    standing: str
    status: str | None
    level: str | None


class FindElders(Value):
    """What is looked for: a name or a part of one, a phone, an ID number or its last four with the name; or nothing,
    for all within `scope`, village by village. `after`: village and id of the last one shown.
    """

    words: str
    scope: tuple[Id, ...]
    area: str = ""
    standing: str = ""
    category: str = ""
    level: str = ""
    after: tuple[str, str] | None = None
    limit: int = 50


class EldersFound(Value):
    """`more`: where a further page begins; None: that was all."""

    elders: tuple[ElderFound, ...]
    more: tuple[str, str] | None
