"""The real Twilio client against our own Twilio: each code and each kind of trouble, and the action that follows."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from temporalio.converter import DefaultFailureConverter, DefaultPayloadConverter

from adapters.logs import Masked
from adapters.provider_codes import TWILIO
from adapters.sms_twilio import TIMEOUT
from adapters.texts import Outgoing
from models.errors import Fault, TanfangFault
from models.tables import Inbound, table_of
from post.gather import gather
from settings import Settings
from tests.activities.twilio_town import NEXT_SLOT, NOW, PHONE, PUBLIC_URL, WORDS, Town, settings
from tests.twilio_server import (
    CUT_AFTER,
    FAILS_AFTER,
    FAILS_BEFORE,
    OUR_NUMBER,
    TOO_MANY,
    Behaviour,
    refuses,
)
from workflows import options

INBOUND = table_of(Inbound)


@dataclass(frozen=True)
class Action:
    """What is seen after a code: items of the worklist, what cases are told, when lines go again."""

    state: str = "failed"
    items: tuple[tuple[str, str], ...] = ()
    cases: tuple[tuple[str, str], ...] = ()
    again: tuple[datetime, ...] = ()
    opted_out: bool = False


def call(why: str) -> tuple[str, str]:
    return ("call_by_phone", f"{why} D1")


OPTED_OUT = Action(
    items=(("undeliverable", "opted_out D1"),),
    cases=(("E1", "reassign opted_out"), ("E2", "reassign opted_out")),
    opted_out=True,
)
HELD = ("texts_held", "twilio")
AT_SEND = {
    Fault.PROVIDER_AWAY: Action(state="built"),
    Fault.PROVIDER_SHUT: Action(state="built", items=(HELD,)),
    Fault.BAD_NUMBER: Action(items=(call("bad_number"),), cases=(("E1", "message_undeliverable bad_number"),)),
    Fault.RECIPIENT_OPTED_OUT: OPTED_OUT,
    Fault.RECIPIENT_UNREACHABLE: Action(again=(NEXT_SLOT,)),
    Fault.TEXT_REFUSED: Action(items=(call("failed"),), cases=(("E1", "message_undeliverable failed"),)),
}
LOST = Action(state="undelivered", items=(call("undelivered"),), cases=(("E1", "message_undeliverable undelivered"),))
IN_A_RECEIPT = {
    Fault.PROVIDER_AWAY: LOST,
    Fault.PROVIDER_SHUT: Action(state="undelivered", items=(call("undelivered"), HELD), cases=LOST.cases),
    Fault.BAD_NUMBER: Action("undelivered", (call("bad_number"),), (("E1", "message_undeliverable bad_number"),)),
    Fault.RECIPIENT_OPTED_OUT: Action("undelivered", OPTED_OUT.items, OPTED_OUT.cases, opted_out=True),
    Fault.RECIPIENT_UNREACHABLE: Action(state="undelivered", again=(NEXT_SLOT,)),
    Fault.TEXT_REFUSED: LOST,
}


def seen(town: Town) -> Action:
    return Action(town.state(), tuple(town.items()), tuple(town.told_cases()), tuple(town.again()), town.opted_out())


# --- the table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", TWILIO)
def test_a_code_that_answers_a_send_is_followed_by_its_action(town: Town, code: str) -> None:
    town.server.next = [refuses(int(code))]
    town.send()
    assert seen(town) == AT_SEND[TWILIO[code].fault]
    assert town.server.sent() == []


@pytest.mark.parametrize("code", TWILIO)
async def test_a_code_in_a_receipt_is_followed_by_its_action(town: Town, code: str) -> None:
    assert town.send().status == "accepted"
    for _ in range(2):
        assert await town.told("undelivered", int(code)) == 204
    assert seen(town) == IN_A_RECEIPT[TWILIO[code].fault]


def test_a_code_in_no_row_is_a_text_refused(town: Town) -> None:
    town.server.next = [refuses(21999)]
    town.send()
    assert seen(town) == AT_SEND[Fault.TEXT_REFUSED]


async def test_a_text_goes_out_with_our_receipt_address_and_is_delivered(town: Town) -> None:
    assert [town.send().status for _ in range(2)] == ["accepted", "accepted"]
    (asked,) = town.server.asked
    assert asked.sent == {
        "To": PHONE, "From": OUR_NUMBER, "Body": WORDS,
        "StatusCallback": f"{PUBLIC_URL}/sms/twilio/receipt?ref=D1",
    }  # fmt: skip
    for word, state in (("sent", "accepted"), ("delivered", "delivered"), ("sent", "delivered")):
        assert await town.told(word) == 204
        assert town.state() == state


async def test_a_phone_out_of_reach_is_tried_once_more_and_then_a_person_calls(town: Town) -> None:
    town.send()
    await town.told("undelivered", 30003)
    assert (town.items(), town.again()) == ([], [NEXT_SLOT])
    town.now = NEXT_SLOT
    assert gather(town.house.letterbox, town.now) == 1
    (second,) = town.built()
    assert town.send(second).status == "accepted"
    await town.told("undelivered", 30008)
    assert town.items() == [("call_by_phone", f"undelivered {second}")]
    assert (town.again(), town.told_cases()) == ([], [("E1", "message_undeliverable undelivered")])


# --- trouble ---------------------------------------------------------------------------------------------------------


def test_too_many_requests_is_tried_again_and_sent_once(town: Town) -> None:
    town.server.next = [TOO_MANY, TOO_MANY]
    assert [town.send().status for _ in range(3)] == ["retry", "retry", "accepted"]
    assert (len(town.server.sent()), town.steps()) == (1, ["intent", "refused"] * 2 + ["intent", "accepted"])


TAKEN = {"a 500 after it": FAILS_AFTER, "cut off": CUT_AFTER, "a time-out": Behaviour(delay=0.6)}


@pytest.mark.parametrize("trouble", TAKEN)
def test_a_send_that_was_heard_without_an_answer_is_looked_up_and_not_sent_again(town: Town, trouble: str) -> None:
    town.server.next = [TAKEN[trouble]]
    assert town.send().status == "unknown"
    assert (town.state(), town.steps()) == ("built", ["intent"])
    assert town.settle().status == "accepted"
    assert (len(town.server.sent()), town.steps(), town.items()) == (1, ["intent", "accepted"], [])


@pytest.mark.parametrize("trouble", TAKEN)
async def test_its_receipt_settles_it_without_a_look_up(town: Town, trouble: str) -> None:
    town.server.next = [TAKEN[trouble]]
    assert town.send().status == "unknown"
    assert await town.told("delivered") == 204
    assert (town.state(), town.steps()) == ("delivered", ["intent", "accepted"])
    assert town.settle().status == "accepted"
    assert "GET" not in [asked.method for asked in town.server.asked]


def test_a_send_that_was_not_heard_is_sent_once_more_and_then_a_person_calls(town: Town) -> None:
    town.server.next = [FAILS_BEFORE, FAILS_BEFORE]
    assert [town.send().status, town.settle().status, town.settle().status] == ["unknown", "unknown", "failed"]
    assert (town.server.sent(), town.items()) == ([], [call("unknown, and not found after a second try")])
    assert town.steps() == ["intent", "intent"]


def test_a_send_that_was_not_heard_is_sent_when_it_is_settled(town: Town) -> None:
    town.server.next = [FAILS_BEFORE]
    assert [town.send().status, town.settle().status] == ["unknown", "accepted"]
    assert len(town.server.sent()) == 1


def test_what_another_text_was_accepted_as_is_not_this_one(town: Town) -> None:
    town.digest("D2", "V-1", "volunteer", elder="E2")
    town.send("D2")
    town.server.next = [FAILS_BEFORE]
    assert [town.send().status, town.settle().status] == ["unknown", "accepted"]
    assert len(town.server.sent()) == 2


def test_a_slow_answer_is_an_answer(town: Town) -> None:
    town.server.next = [Behaviour(delay=0.1)]
    assert town.send().status == "accepted"


def test_nobody_there_is_asked_again_and_nothing_is_in_doubt(town: Town) -> None:
    town.house.providers.twilio_account = town.house.providers.twilio_account._replace(api_base="http://127.0.0.1:9")
    del town.house.providers.__dict__["twilio"]
    assert town.send().status == "retry"
    assert town.steps() == ["intent", "refused"]


def test_half_an_hour_down_nothing_is_lost_and_nothing_goes_out_late(town: Town) -> None:
    town.server.down = True
    assert town.send().status == "unknown"
    assert [town.settle().status for _ in range(3)] == ["retry"] * 3
    town.now = NOW + timedelta(hours=24)
    assert town.settle().status == "expired"
    assert town.items() == [call("its time has passed before it was known to be sent")]


def test_a_call_and_its_look_up_fit_one_activity() -> None:
    assert timedelta(seconds=2 * TIMEOUT) < options.SEND_START_TO_CLOSE


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left_out", "named"),
    [
        ("twilio_account_sid", "TANFANG_TWILIO_ACCOUNT_SID"), ("twilio_auth_token", "TANFANG_TWILIO_AUTH_TOKEN"),
        ("public_url", "TANFANG_PUBLIC_URL"), ("twilio_from", "TANFANG_TWILIO_FROM"),
    ],
)  # fmt: skip
def test_a_setting_that_is_missing_is_named_and_no_secret_shown(tmp_path: Path, left_out: str, named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(tmp_path, "http://127.0.0.1:9", **{left_out: None})
    assert named in str(refused.value)
    assert "0123456789abcdef" not in str(refused.value)


def test_nothing_real_is_sent_unless_settings_say_so(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).sms_provider == "sandbox"


# --- privacy ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble", [refuses(21211), refuses(20003), FAILS_AFTER, CUT_AFTER, Behaviour(delay=0.6)]
)  # fmt: skip
def test_no_number_reaches_a_log_line_or_a_failure(
    town: Town, caplog: pytest.LogCaptureFixture, trouble: Behaviour
) -> None:
    caplog.set_level(logging.DEBUG)
    out = Outgoing("D1", PHONE, WORDS, "task_one", NOW)
    town.server.next = [trouble]
    with pytest.raises(TanfangFault) as raised:
        town.house.providers.twilio.send(out)
    town.house.providers.twilio.look_up(out)
    assert raised.value.__cause__ is None and raised.value.__context__ is None
    from temporalio.api.failure.v1 import Failure

    failure = Failure()
    DefaultFailureConverter().to_failure(raised.value, DefaultPayloadConverter(), failure)
    assert PHONE[3:] not in str(failure) and OUR_NUMBER[1:] not in str(failure)
    lines = [json.loads(Masked().format(record)) for record in caplog.records]
    assert lines, "urllib3 says something at this level"
    for line in lines:
        assert PHONE[3:] not in json.dumps(line)
    assert not [record for record in caplog.records if record.name.startswith("twilio")]
