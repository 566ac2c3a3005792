"""The labelled replies as one count."""

from __future__ import annotations

from tests.decisions.reading_table import table


def test_none_is_read_wrong_and_none_wrongly_as_done() -> None:
    found = table()
    assert found["replies"] == found["right"] >= 300
    assert (found["wrong"], found["wrong_done"]) == (0, 0) and 0 < found["asked_back"] < found["right"]
