"""Where two could act at once, one does: many threads at the same gate, on both databases, and no error comes out.

What holds is the write lock on SQLite, SERIALIZABLE and `patient` on PostgreSQL; without them these fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.database import patient, reading, writing
from adapters.sql_desk import SqlDesk
from adapters.sql_letters import insert_letter
from adapters.sql_people import SqlPeople
from bench import county
from bench.county import SINCE, BenchHouse, elder_ids
from decisions.deadlines import civil_day
from models import tables as t
from models.letters import TextClass, TextLetter, UpdateLetter, WorkItem
from models.messages import BriefingQuestion, Resume, Wanted
from models.tables import table_of
from models.values import ENGINE, Actor, ActorKind, Channel, Role
from post.ports import Built, Recipient
from settings import Settings
from tests.activities.ledgers import ENROLLED, Store, Writer, begun, refused

MANY = 8
NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)
PHONE = "a" * 64
STAFF = Actor(id="S-1", kind=ActorKind.STAFF, role=Role.TOWNSHIP_OFFICER)
R = TypeVar("R")


def at_once(steps: Sequence[Callable[[], R]]) -> list[R]:
    """All go when all are there. Raises what any of them raises."""
    gate = Barrier(len(steps))

    def go(step: Callable[[], R]) -> R:
        gate.wait()
        return step()

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(go, steps))


def rows(engine: Engine, model: Any) -> Sequence[Any]:
    with reading(engine) as connection:
        return connection.execute(select(table_of(model)).order_by(*table_of(model).primary_key.columns)).all()


@pytest.fixture
def house(url: str, tmp_path: Path) -> Iterator[BenchHouse]:
    """One volunteer, and as many elders as there are threads."""
    made = BenchHouse(Settings(data_dir=tmp_path, database_url=url, county="demo"))
    county.found(made, elders=MANY, elders_each=MANY)
    yield made
    made.engine.dispose()


def test_the_last_place_of_a_volunteer_is_given_once(house: BenchHouse) -> None:
    with writing(house.engine) as connection:
        connection.execute(update(table_of(t.Volunteer)).values(capacity=1))

    def ask(elder: str) -> Callable[[], str | None]:
        wanted = Wanted(visit_id=f"{elder}.2026-03")
        question = BriefingQuestion(elder_id=elder, at=NOW, known_policy=None, wanted=wanted)

        def step() -> str | None:
            found = house.directory.brief(question).assignment
            return found.volunteer_id if found else None

        return step

    given = at_once([ask(elder) for elder in elder_ids(MANY)])
    assert sorted(one is not None for one in given) == [False] * (MANY - 1) + [True]
    assert [row.volunteer_id for row in rows(house.engine, t.Reservation) if row.volunteer_id] == ["V-0"]


def test_of_many_that_append_at_one_place_one_does_and_the_others_adopt_it(url: str, tmp_path: Path) -> None:
    store = Store(url, tmp_path)
    writer = begun(store)

    def append(n: int) -> Callable[[], str]:
        other = Writer(salt=1000 * (n + 1))
        other.seq, other.head = writer.seq, writer.head
        request = other.request(f"m-{n}", refused(f"m-{n}"), ENROLLED)
        return lambda: store.record(request).status

    assert sorted(at_once([append(n) for n in range(MANY)])) == ["adopted"] * (MANY - 1) + ["appended"]
    assert [row.seq for row in store.rows()] == [1, 2, 3, 4]
    store.engine.dispose()


def letters_due(house: BenchHouse, count: int) -> list[str]:
    names = [f"m-{n:02}" for n in range(count)]
    with writing(house.engine) as connection:
        for n, name in enumerate(names):
            message = Resume(key=name, actor=STAFF, channel=Channel.CONSOLE, received_at=NOW)
            letter = UpdateLetter(workflow_id="case/E0001", elder_id="E0001", message=message)
            insert_letter(connection, house.sealer, name, letter, NOW - timedelta(minutes=count - n))
    return names


def test_each_letter_is_leased_by_one_of_many_dispatchers(house: BenchHouse) -> None:
    names = letters_due(house, 40)

    def carry(owner: str) -> Callable[[], list[str]]:
        def step() -> list[str]:
            mine: list[str] = []
            while claimed := house.letterbox.claim(NOW, 5, owner, 0):
                mine += [letter.id for letter in claimed]
            return mine

        return step

    taken = at_once([carry(f"dispatcher-{n}") for n in range(4)])
    assert sorted(name for mine in taken for name in mine) == names
    assert {row.tries for row in rows(house.engine, t.LetterRow) if row.id in names} == {1}


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True, scope="session")
def test_a_dispatcher_passes_by_what_another_is_just_leasing(house: BenchHouse) -> None:
    """SKIP LOCKED: there are many writers there, and none waits for a letter that another has in hand."""
    names, letters = letters_due(house, 6), table_of(t.LetterRow)
    with house.engine.connect() as another, another.begin():
        another.execute(select(letters).where(letters.c.id.in_(names[:3])).with_for_update()).all()
        assert [letter.id for letter in house.letterbox.claim(NOW, 10, "dispatcher", 0)] == names[3:]


def test_codes_of_one_phone_given_at_once_are_all_different(house: BenchHouse) -> None:
    def code(elder: str) -> Callable[[], int | None]:
        return lambda: house.letterbox.task_of(PHONE, elder, f"{elder}.2026-03", NOW, 50).code

    codes = at_once([code(elder) for elder in elder_ids(MANY)])
    assert sorted(code or 0 for code in codes) == list(range(50, 50 + MANY))


def test_one_pair_asked_for_many_times_at_once_has_one_code(house: BenchHouse) -> None:
    codes = at_once([lambda: house.letterbox.task_of(PHONE, "E0001", "E0001.2026-03", NOW, 50).code] * MANY)
    assert codes == [50] * MANY


def test_a_work_item_is_closed_by_one_of_many(house: BenchHouse) -> None:
    with writing(house.engine) as connection:
        insert_letter(
            connection,
            house.sealer,
            "item",
            WorkItem(item="off_list", elder_id="E0001", county_id=None, due_at=NOW),
            NOW,
        )
    desk = SqlDesk(house.engine, house.sealer, civil_day)

    def close(who: str) -> Callable[[], bool]:
        return lambda: desk.close_item("item", who, "已办", NOW)

    closed = at_once([close(f"S-{n}") for n in range(MANY)])
    assert sum(closed) == 1
    [item] = rows(house.engine, t.WorkItemRow)
    assert item.closed_by == f"S-{closed.index(True)}"


def test_a_text_posted_many_times_at_once_is_kept_once(house: BenchHouse) -> None:
    kept = at_once([lambda: house.inbox.accept("sandbox", "SM1", "+8619200000001", "501", NOW)] * MANY)
    assert len(kept) == MANY
    assert len(rows(house.engine, t.Inbound)) == len(rows(house.engine, t.Note)) == 1


def test_texts_read_by_many_processes_at_once_are_answered_once(house: BenchHouse) -> None:
    for n in range(4):
        house.inbox.accept("sandbox", f"SM{n}", f"+86192000010{n:02}", "您好", NOW)
    at_once([lambda: house.inbox.read_all(NOW)] * MANY)
    assert all(row.read_at is not None for row in rows(house.engine, t.Inbound))
    told = [row.id for row in rows(house.engine, t.LetterRow) if row.kind == "text"]
    items = [row.id for row in rows(house.engine, t.WorkItemRow)]
    assert len(told) == len(set(told)) == 4 and len(items) == len(set(items))


def test_a_line_stands_in_one_text_though_many_gather_it(house: BenchHouse) -> None:
    letter = TextLetter(recipient_id="V-0", recipient_kind="volunteer", template="task_one", elder_id="E0001")
    with writing(house.engine) as connection:
        insert_letter(connection, house.sealer, "line", letter, NOW)
    recipient = Recipient("V-0", "volunteer", PHONE, True, 0)

    def post(n: int) -> Callable[[], None]:
        built = Built(
            f"D{n}", "task_one", {}, f"请看望{n}", 1, TextClass.ORDINARY, NOW + timedelta(hours=24), ("line",)
        )
        return lambda: house.letterbox.post_digest(recipient, built, NOW)

    at_once([post(n) for n in range(MANY)])
    [digest] = rows(house.engine, t.DigestRow)
    [line] = [row for row in rows(house.engine, t.LetterRow) if row.id == "line"]
    assert (line.state, line.digest_id) == ("gathered", digest.id)


def test_a_pair_made_twice_at_once_is_one_pairing(house: BenchHouse) -> None:
    people = SqlPeople(house.engine, house.sealer)
    with writing(house.engine) as connection:
        connection.execute(table_of(t.Pairing).delete())
    at_once([lambda: people.pair("V-0", "E0001", civil_day(NOW), ENGINE, NOW, end=False)] * MANY)
    assert len(rows(house.engine, t.Pairing)) == 1


def test_a_key_that_is_really_taken_is_an_error_still(house: BenchHouse) -> None:
    """`patient` gives a race another turn, and does not hide what is wrong."""
    turns: list[int] = []

    @patient
    def twice() -> None:
        turns.append(1)
        with writing(house.engine) as connection:
            connection.execute(insert(table_of(t.Area)).values(id="T1", kind="township", name="x", from_on=SINCE))

    with pytest.raises(IntegrityError):
        twice()
    assert len(turns) == (1 if house.engine.dialect.name == "sqlite" else 4)
