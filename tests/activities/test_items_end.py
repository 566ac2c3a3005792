"""What waits for a person about one elder ends in the transaction that leaves nothing to do for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import pytest

from adapters.database import writing
from adapters.sql_letters import insert_letter
from models import messages as m
from models.letters import WorkItem
from models.tables import WorkItemRow
from models.values import Need
from tests.activities.ledgers import ENROLLED, Store, Writer
from tests.decisions.case_player import OFFICER, SECOND, CasePlayer

QUESTIONS = ("off_list", "category_lost", "out_of_group")


class Told:
    """A case whose facts are recorded as they are decided."""

    def __init__(self, store: Store) -> None:
        self.case = CasePlayer(ENROLLED, edition=2)
        self._store, self._writer, self._said = store, Writer(), 0
        self.case.until(ENROLLED + timedelta(minutes=1))

    def record(self) -> None:
        said, self._said = self.case.said[self._said :], len(self.case.said)
        for key, events in groupby(said, lambda one: one[0].cause):
            facts = list(events)
            request = self._writer.request(key, [event for event, _ in facts], facts[0][1])
            assert self._store.record(request).status == "appended"
            self._writer.stands_at(request)

    def items(self) -> dict[str, tuple[str | None, str | None]]:
        return {row.item: (row.closed_by, row.close_reason) for row in self._store.rows(WorkItemRow)}


@pytest.fixture
def told(store: Store) -> Told:
    return Told(store)


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    made = Store(url, tmp_path)
    yield made
    made.engine.dispose()


def put(store: Store, item: str, elder_id: str = "E1") -> None:
    letter = WorkItem.model_validate({"item": item, "elder_id": elder_id, "due_at": ENROLLED})
    with writing(store.engine) as connection:
        insert_letter(connection, store.sealer, f"{item}-{elder_id}", letter, ENROLLED)


def test_a_suspension_confirmed_ends_the_request_for_it(told: Told) -> None:
    told.case.tell(m.Suspend, reason="hospital", review_on=date(2026, 4, 10))
    told.record()
    assert told.items() == {"confirm_suspension": (None, None)}
    told.case.tell(m.ConfirmSuspension, SECOND)
    told.record()
    assert told.items() == {"confirm_suspension": (SECOND.id, "suspension_confirmed")}


def test_closing_ends_what_is_asked_about_the_elder_and_leaves_a_text_nobody_could_read(
    store: Store, told: Told
) -> None:
    told.case.report(needs=(Need.DAILY_CARE,))
    told.case.tell(m.Suspend, reason="hospital", review_on=date(2026, 4, 10))
    told.record()
    for item in (*QUESTIONS, "unclear_reply"):
        put(store, item)
    told.case.tell(m.CloseCase, reason="not_eligible")
    told.record()
    closed = dict.fromkeys(("follow_up", "confirm_suspension", *QUESTIONS), (OFFICER.id, "case_closed"))
    assert told.items() == closed | {"unclear_reply": (None, None)}


def test_closing_one_elder_s_case_ends_nothing_of_another_s(store: Store, told: Told) -> None:
    told.record()
    put(store, "off_list", "E2")
    told.case.tell(m.CloseCase, reason="not_eligible")
    told.record()
    assert told.items() == {"off_list": (None, None)}
