"""A county's months begin where a pack is in force, once; what is about them, and about no elder, is its county's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from adapters.database import migrate, reading, writing
from adapters.sql_days import SqlDays
from adapters.sql_letters import insert_letter
from models.county_messages import DrawList
from models.ids import county_stream
from models.letters import EndItems, UpdateLetter, WorkItem
from models.tables import Area, LetterRow, WorkItemRow, table_of
from models.values import Actor, ActorKind, Channel, Role
from post.ports import Settled, SettledStep
from settings import Settings
from wiring import House

NOW = datetime(2026, 3, 5, 1, tzinfo=UTC)
LONG_AGO, TO_COME = date(2020, 1, 1), date(2026, 4, 1)
LETTERS, ITEMS = table_of(LetterRow), table_of(WorkItemRow)


@pytest.fixture
def house(tmp_path: Path, url: str) -> Iterator[House]:
    made = House(Settings(data_dir=tmp_path, database_url=url, county="fengjie"), now=lambda: NOW)
    migrate(made.settings.store_url)
    yield made
    made.engine.dispose()


def found(house: House, *codes: str) -> None:
    with writing(house.engine) as connection:
        for code in codes:
            area = {"id": f"county-{code}", "kind": "county", "name": code, "parent_id": None, "from_on": LONG_AGO}
            connection.execute(insert(table_of(Area)).values(area))


def starts(house: House) -> dict[str, str]:
    """Workflow id → state of the letter."""
    with reading(house.engine) as connection:
        rows = connection.execute(select(LETTERS).where(LETTERS.c.kind == "start_county")).all()
    return {row.workflow_id: row.state for row in rows}


def items(house: House) -> Sequence[Any]:
    with reading(house.engine) as connection:
        return connection.execute(select(ITEMS).order_by(ITEMS.c.id)).all()


def test_a_county_begins_when_its_pack_is_activated_and_only_once(house: House) -> None:
    found(house, "fengjie", "litong")
    house.activate_policy("fengjie", LONG_AGO, "test")
    assert starts(house) == {"county/county-fengjie": "due"}
    house.activate_policy("fengjie", LONG_AGO, "test")
    assert house.counties.begin(NOW) == 0
    assert starts(house) == {"county/county-fengjie": "due"}


def test_what_a_citys_pack_covers_begins_too(house: House) -> None:
    found(house, "cangxi", "guangyuan")
    house.activate_policy("guangyuan", LONG_AGO, "test")
    assert starts(house).keys() == {"county/county-cangxi", "county/county-guangyuan"}


def test_a_pack_of_a_day_to_come_begins_on_its_day(house: House) -> None:
    found(house, "fengjie")
    house.activate_policy("fengjie", TO_COME, "test")
    days = SqlDays(house.engine, house.sealer, house.counties)
    assert (days.take_effect(NOW), starts(house)) == (0, {})
    assert days.take_effect(NOW + timedelta(days=27)) == 1
    assert starts(house) == {"county/county-fengjie": "due"}


def test_a_county_that_had_its_pack_before_begins_with_the_worker_and_is_started_again_by_it(house: House) -> None:
    house.activate_policy("fengjie", LONG_AGO, "test")
    found(house, "fengjie")
    assert house.counties.begin(NOW, again=True) == 1
    with writing(house.engine) as connection:
        connection.execute(update(LETTERS).values(state="delivered", settled_at=NOW))
    assert house.counties.begin(NOW) == 0
    assert starts(house) == {"county/county-fengjie": "delivered"}
    assert house.counties.begin(NOW, again=True) == 0
    assert starts(house) == {"county/county-fengjie": "due"}
    [claimed] = house.letterbox.claim(NOW, 10, "test", None)
    assert claimed.letter.kind == "start_county"


def step(house: House) -> UpdateLetter:
    """Handed in by an approver, kept, and to be delivered."""
    approver = Actor(id="S-9", kind=ActorKind.STAFF, role=Role.COUNTY_APPROVER)
    message = DrawList(
        key="step-1", actor=approver, channel=Channel.CONSOLE, received_at=NOW, month=date(2026, 3, 1)
    )  # fmt: skip
    letter = UpdateLetter(workflow_id=county_stream("county-litong"), elder_id=None, message=message)
    with writing(house.engine) as connection:
        insert_letter(connection, house.sealer, message.key, letter, NOW, received_at=NOW)
    return letter


def test_a_letter_to_a_county_that_cannot_be_carried_is_that_countys(house: House) -> None:
    step(house)
    house.letterbox.bury("step-1", NOW, "RPCError")
    [item] = items(house)
    assert (item.item, item.county_id, item.township_id, item.elder_id) == ("dead_letter", "county-litong", None, None)


def test_a_step_that_a_county_refuses_later_is_told_to_its_officers(house: House) -> None:
    letter = step(house)
    house.letterbox.settle([Settled("step-1", step=SettledStep(letter, "no_such_list"))], NOW)
    [item] = items(house)
    assert (item.item, item.county_id, item.township_id) == ("step_refused", "county-litong", None)
    assert item.role == Role.COUNTY_OFFICER.value


def test_what_ends_in_one_county_ends_in_no_other_and_about_no_elder(house: House) -> None:
    of = {"role": Role.COUNTY_OFFICER, "due_at": NOW}
    put = {
        "ours": WorkItem(item="pay_list", county_id="county-fengjie", **of),
        "theirs": WorkItem(item="pay_list", county_id="county-litong", **of),
        "other": WorkItem(item="dead_letter", county_id="county-fengjie", **of),
        "elders": WorkItem(item="pay_list", county_id="county-fengjie", elder_id="E1", **of),
    }
    end = EndItems(elder_id=None, county_id="county-fengjie", items=("pay_list",), closed_by="S-9", reason="decided")
    with writing(house.engine) as connection:
        for id_, letter in put.items():
            insert_letter(connection, house.sealer, id_, letter, NOW)
        assert insert_letter(connection, house.sealer, "end", end, NOW)
    assert {item.id for item in items(house) if item.closed_at is not None} == {"ours"}
