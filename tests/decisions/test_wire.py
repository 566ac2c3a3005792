"""A change of what travels between processes, or is kept for years, is seen in the diff of one page."""

from __future__ import annotations

from models.events import Event
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


def test_an_event_without_an_actor_is_refused() -> None:
    kinds = [kind for kind in subclasses(Event) if "kind" in kind.model_fields]
    assert len(kinds) > 30
    assert all(kind.model_fields["actor"].is_required() for kind in kinds)


def subclasses(kind: type[Event]) -> list[type[Event]]:
    return [one for sub in kind.__subclasses__() for one in (sub, *subclasses(sub))]
