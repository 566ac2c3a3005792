"""A change of what travels between processes, or is kept for years, is seen in the diff of one page."""

from __future__ import annotations

from tests.decisions.make_wire import PAGE, wire


def test_what_travels_is_what_the_page_says() -> None:
    assert wire().splitlines() == PAGE.read_text(encoding="utf-8").splitlines(), (
        "something that travels or is kept has changed: a field may be added with `models.values.added`, none may be"
        " taken away or renamed, for what was written before must still be read; if that holds, run"
        " `.venv/bin/python -m tests.decisions.make_wire` and commit the page"
    )


def test_the_page_has_the_facts_and_the_messages() -> None:
    page = wire()
    assert "case_events.VisitReported\n" in page and "messages.ReportVisit\n" in page and "letters.TextLetter\n" in page
    assert "values.Role: volunteer grid_worker" in page
    assert "only while it is not its default" in page
