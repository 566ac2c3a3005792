"""Words once built stay: a line that is not so any more takes its text back, and the others go in another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from adapters.database import reading, writing
from adapters.sql_letters import insert_letter
from bench import county
from bench.county import BenchHouse
from models.letters import TextLetter
from models.tables import CaseRow, DigestRow, LetterRow, SandboxText, SendAttempt, WorkItemRow, table_of
from models.texts import SendOrder
from post.gather import gather
from settings import Settings

NOW = datetime(2026, 3, 21, 1, 0, tzinfo=UTC)  # nine in the morning
DIGESTS, LETTERS, ATTEMPTS = table_of(DigestRow), table_of(LetterRow), table_of(SendAttempt)


class Asked:
    """One volunteer asked for three elders in one text."""

    def __init__(self, house: BenchHouse) -> None:
        self.house = house
        for elder in ("E0001", "E0002", "E0003"):
            letter = TextLetter(recipient_id="V-0", recipient_kind="volunteer", template="task_one", elder_id=elder)
            with writing(house.engine) as connection:
                insert_letter(connection, house.sealer, f"case/{elder}#3.0", letter, NOW)
        self.first = SendOrder(digest_id=self.gathered()[0])

    def gathered(self) -> list[str]:
        """The texts that gathering builds now."""
        before = self.texts()
        gather(self.house.letterbox, NOW)
        return sorted(self.texts().keys() - before.keys())

    def died(self, *elders: str) -> None:
        with writing(self.house.engine) as connection:
            for elder in elders:
                connection.execute(
                    insert(table_of(CaseRow)).values(
                        elder_id=elder, county_id=county.COUNTY, township_id="T1", village_id="W1",
                        status="death_reported", opened_at=NOW, start_on=date(2020, 1, 1), policy_hash="h",
                    )
                )  # fmt: skip

    def tried(self, times: int) -> None:
        """Calls of the provider whose end nobody heard."""
        with writing(self.house.engine) as connection:
            for nth in range(1, times + 1):
                step = {"digest_id": self.first.digest_id, "nth": nth, "step": "intent", "provider": "sandbox"}
                connection.execute(insert(ATTEMPTS).values(**step, at=NOW - timedelta(minutes=1)))

    def texts(self) -> dict[str, tuple[str, str]]:
        with reading(self.house.engine) as connection:
            rows = connection.execute(select(DIGESTS)).all()
        return {row.id: (row.state, self.house.sealer.open(row.body_enc)) for row in rows}

    def lines(self) -> dict[str, tuple[str, str | None]]:
        with reading(self.house.engine) as connection:
            rows = connection.execute(select(LETTERS).where(LETTERS.c.kind == "text")).all()
        return {row.elder_id: (row.state, row.digest_id) for row in rows}

    def count(self, table: type[SandboxText | WorkItemRow]) -> int:
        with reading(self.house.engine) as connection:
            return len(connection.execute(select(table_of(table))).all())


@pytest.fixture
def asked(url: str, tmp_path: Path) -> Iterator[Asked]:
    house = BenchHouse(Settings(data_dir=tmp_path, database_url=url, county="demo"), now=lambda: NOW)
    county.found(house, elders=30, elders_each=10)
    yield Asked(house)
    house.engine.dispose()


def test_one_death_takes_the_text_back_and_the_others_go_in_another(asked: Asked) -> None:
    asked.died("E0001")
    assert asked.house.texts.send(asked.first).status == "cancelled"
    again = ("due", None)
    assert asked.lines() == {"E0001": ("gathered", asked.first.digest_id), "E0002": again, "E0003": again}
    [second] = asked.gathered()
    assert asked.house.texts.send(SendOrder(digest_id=second)).status == "accepted"
    state, words = asked.texts()[second]
    assert state == "accepted" and "61示例一村" in words and "62示例一村" in words and "60示例一村" not in words
    assert asked.house.texts.send(asked.first).status == "cancelled"
    assert (asked.gathered(), asked.count(SandboxText)) == ([], 1)


def test_a_text_of_which_nothing_is_so_any_more_leaves_nothing_due(asked: Asked) -> None:
    asked.died("E0001", "E0002", "E0003")
    assert asked.house.texts.send(asked.first).status == "cancelled"
    assert set(asked.lines().values()) == {("gathered", asked.first.digest_id)} and asked.gathered() == []


@pytest.mark.parametrize(("tries", "answer", "calls"), [(1, "cancelled", 0), (2, "failed", 1)])
def test_what_nobody_knows_to_have_come_goes_once_more_at_most(
    asked: Asked, tries: int, answer: str, calls: int
) -> None:
    asked.tried(tries)
    asked.died("E0001")
    assert asked.house.texts.settle(asked.first).status == answer
    assert (len(asked.gathered()), asked.count(WorkItemRow)) == (1 - calls, calls)
