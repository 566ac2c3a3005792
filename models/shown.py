"""People as a page shows them, to whoever may see them. Never recorded, never logged."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime

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


class Revealed(Value):
    """What a page shows masked, whole."""

    phone: str | None
    id_number: str
    contact: str | None


class CardLine(Value):
    """One elder on a volunteer's card. `code` None: not given yet. Ids of the places say who is on duty there."""

    code: int | None
    name: str
    village: str
    doors: tuple[str, ...]
    township_id: Id
    village_id: Id


class CardShown(Value):
    """For the volunteer's own eyes. `duty`: the numbers of whoever is on duty where their elders live."""

    lines: tuple[CardLine, ...]
    duty: tuple[str, ...]
    counts_calls: bool


class TextShown(Value):
    """A text as it was built. `state` is that of `models.tables.DigestRow`."""

    body: str
    state: str
    built_at: AwareDatetime
    why: str | None = None
