"""Alibaba Cloud's codes and receipts lead to the same actions as Twilio's: one table, one circuit, one slow probe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest

from adapters.provider_codes import ALIYUN
from decisions.wording import TemplateId, to_approve
from models.errors import Fault, TanfangFault
from tests.activities.aliyun_town import BARE, MADE, AliyunTown
from tests.activities.test_twilio import AT_SEND, LOST, Action, call, seen
from tests.activities.twilio_town import NOW
from tests.aliyun_server import KEY_SECRET, AliyunServer, Trouble

HELD = ("texts_held", "aliyun")
EXPECTED = AT_SEND | {
    Fault.PROVIDER_SHUT: Action(state="built", items=(HELD,)),
    Fault.SEND_UNKNOWN: Action(state="built"),
}


@pytest.fixture
def town(founded: Path, tmp_path: Path) -> Iterator[AliyunTown]:
    theirs = AliyunServer({"SMS_101": to_approve(TemplateId.TASK_ONE)}, {"奉节民政"}, lambda: made.now)
    made = AliyunTown(copytree(founded, tmp_path / "town"), theirs)
    made.written()
    yield made
    theirs.close()
    made.house.engine.dispose()


@pytest.mark.parametrize("code", ALIYUN)
def test_a_code_that_answers_a_send_is_followed_by_its_action(town: AliyunTown, code: str) -> None:
    town.theirs.troubles = [Trouble(code)]
    town.send()
    assert (seen(town), town.theirs.sent) == (EXPECTED[ALIYUN[code].fault], [])


async def test_a_text_goes_out_under_our_reference_and_is_delivered(town: AliyunTown) -> None:
    assert [town.send().status for _ in range(2)] == ["accepted", "accepted"]
    (sent,) = town.theirs.sent
    assert (sent.out_id, sent.phone, sent.text) == ("D1", BARE, MADE.text)
    assert [await town.reported(sent) for _ in range(2)] == [200, 200]
    assert (town.state(), town.steps()) == ("delivered", ["intent", "accepted"])


async def test_a_code_of_the_carrier_in_a_receipt_is_a_call(town: AliyunTown) -> None:
    town.send()
    for _ in range(2):
        assert await town.reported(town.theirs.sent[0], "MOBILE_NOT_ON_SERVICE") == 200
    assert seen(town) == LOST


async def test_its_receipt_settles_an_unknown_text_without_a_look_up(town: AliyunTown) -> None:
    town.theirs.troubles = [Trouble(accepts=True, late=True)]
    assert town.send().status == "unknown"
    assert await town.reported(town.theirs.sent[0]) == 200
    assert (town.state(), town.steps()) == ("delivered", ["intent", "accepted"])
    assert town.settle().status == "accepted" and town.theirs.calls == ["SendSms"]


def test_without_a_known_key_texts_are_held_until_the_probe_is_answered(town: AliyunTown) -> None:
    town.know("another secret")
    assert [town.send().status for _ in range(2)] == ["retry", "retry"]
    assert (town.items(), town.theirs.calls) == ([HELD], ["SendSms"])
    (poll,) = town.house.poll_backs
    with pytest.raises(TanfangFault, match="provider_shut: aliyun SignatureDoesNotMatch"):
        poll.once()
    town.know(KEY_SECRET)
    (poll,) = town.house.poll_backs
    poll.once()
    assert town.items() == [HELD], "too soon after it was shut"
    assert town.send().status == "retry"
    town.now = NOW + timedelta(minutes=11)
    assert poll.once() == 0
    assert (town.items(), town.send().status) == ([], "accepted")


def test_an_unknown_text_is_not_looked_up_while_texts_are_held(town: AliyunTown) -> None:
    town.digest("D2", "V-1", "volunteer", elder="E2")
    town.written()
    town.theirs.troubles = [Trouble(status=502, raw=b"<html>")]
    assert town.send().status == "unknown"
    town.know("another secret")
    town.send("D2")
    asked = list(town.theirs.calls)
    assert town.settle().status == "retry" and town.theirs.calls == asked
    town.now = NOW + timedelta(hours=24)
    assert town.settle().status == "expired"
    assert call("its time has passed before it was known to be sent") in town.items()


def test_half_an_hour_down_nothing_is_lost_and_nothing_goes_out_late(town: AliyunTown) -> None:
    down = Trouble(status=503, raw=b"<html>")
    town.theirs.troubles = [down] * 4
    assert town.send().status == "unknown"
    assert [town.settle().status for _ in range(3)] == ["retry"] * 3
    assert town.theirs.calls == ["SendSms"] + ["QuerySendDetails"] * 3
    town.now = NOW + timedelta(hours=24)
    assert town.settle().status == "expired"
    assert town.items() == [call("its time has passed before it was known to be sent")]
