"""What a page asks of whoever opens it, declared beside its path; `tests/pages/test_matrix.py` reads the same table."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from decisions.permits import Territory
from models.ids import county_area
from web.doors import Places


class About(StrEnum):
    """What the `{…}` of a path names, and so whose territory it lies in. The value is the parameter's name."""

    NOTHING = ""
    ELDER = "elder_id"
    VOLUNTEER = "volunteer_id"
    STAFF = "staff_id"
    AREA = "area_id"
    COUNTY = "county"
    ITEM = "item_id"
    PERSON = "person_id"
    POST = "post_id"
    BODY = "body_id"


class Need(NamedTuple):
    """`action` is one of `decisions.permits.MAY`; None: whoever is signed in. `about` names the path's parameter.

    `reason`: outside one's own work it is asked why, before anything is shown (`web.console.reasons`).
    """

    action: str | None
    about: About = About.NOTHING
    reason: bool = False


class Declared(NamedTuple):
    method: str
    path: str
    need: Need


LIES: dict[About, Callable[[Places, str], tuple[Territory, ...]]] = {
    About.ELDER: lambda places, id_: tuple(filter(None, [places.territory_of(id_)])),
    About.VOLUNTEER: lambda places, id_: places.places_of_volunteer(id_),
    About.STAFF: lambda places, id_: places.places_of_staff(id_),
    About.AREA: lambda places, id_: places.place_of_area(id_),
    About.COUNTY: lambda places, id_: places.place_of_area(county_area(id_)),
    About.ITEM: lambda places, id_: places.places_of_item_id(id_),
    About.PERSON: lambda places, id_: places.places_of_volunteer(id_) or places.places_of_staff(id_),
    About.POST: lambda places, id_: places.places_of_post(id_),
    About.BODY: lambda places, id_: places.places_of_body(id_),
}
"""Where each thing lies; nowhere: there is none of this id."""
