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


class PhoneText(Value):
    """A text on a sandbox phone. `mine`: written there; else it came."""

    at: AwareDatetime
    body: str
    mine: bool


class PhoneShown(Value):
    """A sandbox phone, by the person who has it. `number`: masked, unless it can be nobody's."""

    person_id: Id
    name: str
    volunteer: bool
    number: str
    last: PhoneText | None = None


class PhonesShown(Value):
    """`after`: from where the next page goes on; None: there is none."""

    phones: tuple[PhoneShown, ...]
    after: str | None


class Thread(Value):
    """`after`: to be said back, to be told only of what came since."""

    texts: tuple[PhoneText, ...]
    after: str


class SignedText(Value):
    """A text as a provider posts it to us."""

    url: str
    params: dict[str, str]
    headers: dict[str, str]
