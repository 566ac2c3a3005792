"""People as a page shows them, to whoever may see them. Never recorded, never logged."""

from __future__ import annotations

from datetime import date

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
