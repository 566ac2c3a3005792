"""A provider that does not know us, and a recipient who opted out there: nothing further is tried, somebody is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from models.errors import TanfangFault
from tests.activities.twilio_town import ATTEMPTS, ITEMS, NOW, Town
from tests.twilio_server import CUT_AFTER, FAILS_BEFORE, TOO_MANY, Behaviour, refuses

HELD = ("texts_held", "twilio")


def test_not_known_no_further_text_is_tried_and_it_is_told_once(town: Town) -> None:
    town.digest("D2", "V-1", "volunteer", elder="E2")
    town.server.knows_us = False
    assert [town.send().status, town.send().status, town.send("D2").status] == ["retry"] * 3
    assert (town.items(), len(town.server.asked)) == ([HELD], 1)
    with reading(town.house.engine) as c:  # who may see it: whose account it is
        assert c.execute(select(ITEMS.c.county_id)).scalar_one() == town.house.home
    town.now = NOW + timedelta(hours=24)
    assert town.send().status == "expired"
    assert town.items()[0] == ("call_by_phone", "its time has passed before it was sent D1")
    assert len(town.server.asked) == 1


@pytest.mark.parametrize("first", [True, False])
def test_an_urgent_text_that_is_held_is_a_call_at_once(town: Town, first: bool) -> None:
    town.server.knows_us = False
    if not first:
        town.send()
    town.digest("D2", "S-1", "staff", elder="E1", text_class="urgent")
    for _ in range(2):
        assert town.send("D2").status == "retry"
    assert town.items() == [("call_by_phone", "failed D2"), HELD]


def test_an_urgent_text_that_cannot_go_is_a_call_soon(town: Town) -> None:
    town.digest("D2", "S-1", "staff", elder="E1", text_class="urgent")
    town.server.next = [TOO_MANY] * 3
    calls: list[int] = []
    for _ in range(3):
        town.send("D2")
        calls.append(len(town.items()))
    assert calls == [0, 0, 1]


SLOW = Behaviour(keeps=False, delay=0.4)  # the client of these tests waits 0.25 s


@pytest.mark.parametrize("fate", [FAILS_BEFORE, CUT_AFTER, SLOW], ids=["5xx", "cut", "slow"])
@pytest.mark.parametrize(("text_class", "calls"), [("urgent", [("call_by_phone", "failed D2")]), ("ordinary", [])])
def test_an_urgent_text_whose_fate_is_unknown_is_a_call_at_once(
    town: Town, fate: Behaviour, text_class: str, calls: list[tuple[str, str]]
) -> None:
    town.digest("D2", "S-1", "staff", elder="E1", text_class=text_class)
    town.server.next = [fate]
    assert town.send("D2").status == "unknown"
    assert town.items() == calls


def test_an_urgent_text_is_one_call_however_long_the_provider_is_down(town: Town) -> None:
    town.digest("D2", "S-1", "staff", elder="E1", text_class="urgent")
    town.server.down = True
    assert town.send("D2").status == "unknown"
    for minute in range(2, 14, 2):
        town.now = NOW + timedelta(minutes=minute)
        assert town.settle("D2").status == "retry"
    assert town.items() == [("call_by_phone", "failed D2")]


def test_an_urgent_text_we_died_over_is_a_call_when_it_cannot_be_looked_up(town: Town) -> None:
    town.digest("D2", "S-1", "staff", elder="E1", text_class="urgent")
    with writing(town.house.engine) as c:
        c.execute(insert(ATTEMPTS).values(digest_id="D2", nth=1, step="intent", provider="twilio", at=NOW))
    town.server.down = True
    assert (town.send("D2").status, town.items()) == ("retry", [("call_by_phone", "failed D2")])


def test_a_person_who_closes_the_item_lets_texts_go(town: Town) -> None:
    town.server.knows_us = False
    town.send()
    town.server.knows_us = True
    assert town.send().status == "retry"
    with writing(town.house.engine) as c:
        c.execute(update(ITEMS).values(closed_at=NOW, closed_by="S-7"))
    assert town.send().status == "accepted"


def test_a_slow_probe_lets_texts_go_and_the_same_trouble_is_the_same_item(town: Town) -> None:
    (poll,) = town.house.poll_backs
    town.server.knows_us = False
    town.send()
    with pytest.raises(TanfangFault, match="provider_shut"):
        poll.once()
    town.server.knows_us = True
    poll.once()
    assert town.items() == [HELD], "too soon after it was shut"
    town.now = NOW + timedelta(minutes=11)
    poll.once()
    assert town.items() == []
    town.server.knows_us = False
    assert town.send().status == "retry"
    with reading(town.house.engine) as c:
        assert len(c.execute(select(ITEMS).where(ITEMS.c.item == "texts_held")).all()) == 1
    town.server.knows_us = True
    town.now = NOW + timedelta(minutes=22)
    poll.once()
    assert (town.send().status, town.items()) == ("accepted", [])


def test_a_text_whose_fate_is_unknown_is_not_even_looked_up_while_texts_are_held(town: Town) -> None:
    town.digest("D2", "V-1", "volunteer", elder="E2")
    town.server.next = [FAILS_BEFORE]
    assert town.send().status == "unknown"
    town.server.knows_us = False
    town.send("D2")
    asked = len(town.server.asked)
    assert town.settle().status == "retry"
    assert len(town.server.asked) == asked
    town.now = NOW + timedelta(hours=24)
    assert town.settle().status == "expired"
    assert ("call_by_phone", "its time has passed before it was known to be sent D1") in town.items()


async def test_an_urgent_text_that_does_not_arrive_is_a_call_and_waits_for_no_workday(town: Town) -> None:
    town.digest("D2", "S-1", "staff", elder="E1", text_class="urgent")
    town.send("D2")
    await town.told("undelivered", 30003)
    assert (town.items(), town.again()) == ([("call_by_phone", "undelivered D2")], [])


async def test_metrics_say_that_texts_are_held_and_the_door_stays_open(town: Town) -> None:
    assert "tanfang_texts_held 0.0" in await town.get("/metrics")
    town.server.knows_us = False
    town.send()
    assert "tanfang_texts_held 1.0" in await town.get("/metrics")
    assert await town.get("/readyz") == '{"missing":["engine"]}'


# --- opted out -------------------------------------------------------------------------------------------------------


def test_who_opted_out_at_the_provider_is_never_texted_again(town: Town) -> None:
    town.digest("D2", "V-1", "volunteer", elder="E2")
    town.server.next = [refuses(21610)]
    town.send()
    assert town.send("D2").status == "cancelled"
    assert len(town.server.asked) == 1


def test_staff_who_opted_out_at_the_provider_are_called(town: Town) -> None:
    town.digest("D2", "S-1", "staff", elder="E1")
    town.server.next = [refuses(21610)]
    town.send("D2")
    assert (town.items(), town.opted_out()) == ([("call_by_phone", "recipient_opted_out D2")], False)
