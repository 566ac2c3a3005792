"""What no store and no calendar holds, as `make fuzz` found: said beside its field, or not heard; never a fault."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from starlette.datastructures import FormData

from tests.pages.money_town import gives, lists
from tests.pages.town import NOW, Town
from web.console.fields import READS, Field, Kind, read

MANY = "9" * 30


@pytest.mark.parametrize(
    ("kind", "typed"),
    [(Kind.DAY, "0001-01-01"), (Kind.DAY, "9999-12-31"), (Kind.MONTH, "0001-01"), (Kind.MOMENT, "0001-01-01 00:00"),
     (Kind.NUMBER, MANY)],
)  # fmt: skip
def test_it_is_said_beside_its_field(kind: Kind, typed: str) -> None:
    assert read([Field("one", "one", kind)], FormData({"one": typed})).wrong == {"one": READS[kind]}


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("path", "status"),
    [(f"/pay/2026-03?after={MANY}", 200), (f"/worklist/part?mark={MANY * 200}.x", 200), ("/worklist?after=0~x", 200),
     ("/worklist?after=0~0001-01-01T00:00:00~x", 200), ("/benefits?after=0001-01-01T00:00:00~a~b~c", 200),
     ("/elders/E1?as_of=0001-01-01 00:00", 422), ("/forms?village=W1&month=0001-01", 200)],
)  # fmt: skip
async def test_in_an_address_it_is_not_heard(town: Town, path: str, status: int) -> None:
    gives(town, "E1")
    lists(town, date(2026, 3, 1), "checking")
    assert (await town.as_("S-township_officer").get(path)).status_code == status


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_the_key_of_what_has_no_term_goes_on_being_read(town: Town) -> None:
    """The next page of a list ends with what stands last in it: a year that no form would take."""
    last = (NOW + timedelta(days=9)).replace(year=9999).isoformat().replace("+", "%2B")
    page = (await town.as_("S-township_officer").get(f"/worklist?after=1~{last}~x")).text
    assert "item-E1" not in page


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("typed", [{"asked": "None"}, {"later": MANY}, {"after": "村" * 300}])
async def test_what_a_page_counts_on_is_no_fault_where_it_is_none(town: Town, typed: dict[str, str]) -> None:
    assert (await town.as_("S-county_officer").post("/scans/benefits", typed)).status_code == 200
