"""Who visits: the filters, the order of preference, and the reason that is recorded."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.assignment import Candidate, choose


def person(id_: str, **facts: Any) -> Candidate:
    ordinary = {
        "paired": False, "last_visitor": False, "same_village": False, "same_township": True, "load": 0, "free": 3,
        "available": True,
    }  # fmt: skip
    return Candidate.model_validate({"volunteer_id": id_, **ordinary, **facts})


PAIRED = person("V-paired", paired=True, load=9, free=1)
LAST = person("V-last", last_visitor=True)
VILLAGE = person("V-village", same_village=True)
FREE = person("V-free", load=0)
BUSY = person("V-busy", load=4)


@pytest.mark.parametrize(
    ("people", "chosen", "reason"),
    [
        ([FREE, VILLAGE, LAST, PAIRED], "V-paired", "paired"),
        ([FREE, VILLAGE, LAST], "V-last", "last_visitor"),
        ([FREE, VILLAGE], "V-village", "same_village"),
        ([BUSY, FREE], "V-free", "lowest_load"),
        ([BUSY], "V-busy", "township"),
        ([BUSY, person("V-near", same_township=False, load=3)], "V-near", "lowest_load"),
        ([person("V-far", same_township=False, load=4), BUSY], "V-busy", "township"),
        ([], None, "nobody"),
        ([person("V-full", paired=True, free=0), BUSY], "V-busy", "township"),
        ([person("V-away", paired=True, available=False)], None, "nobody"),
    ],
)
def test_the_first_who_can_go_in_the_counties_order(people: list[Candidate], chosen: str | None, reason: str) -> None:
    found = choose("E1.2026-03", "E1", people)
    assert (found.volunteer_id, found.reason, found.visit_id) == (chosen, reason, "E1.2026-03")


def test_who_gave_it_back_is_not_asked_again() -> None:
    assert choose("v", "E1", [PAIRED, FREE], not_these=["V-paired"]).volunteer_id == "V-free"


def test_whom_staff_name_goes_or_nobody_else_does() -> None:
    assert choose("v", "E1", [PAIRED, FREE], prefer="V-free").volunteer_id == "V-free"
    full = choose("v", "E1", [PAIRED, person("V-x", free=0)], prefer="V-x")
    assert (full.volunteer_id, full.reason) == (None, "not_free")


@given(st.permutations([PAIRED, LAST, VILLAGE, FREE, BUSY]))
def test_the_order_they_are_listed_in_changes_nothing(people: list[Candidate]) -> None:
    assert choose("v", "E1", people) == choose("v", "E1", [PAIRED, LAST, VILLAGE, FREE, BUSY])
