"""Texts through Alibaba Cloud: the real client, against a server of ours that checks signatures and keeps its state."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter

from adapters.database import reading, writing
from adapters.provider_codes import ALIYUN
from adapters.sms_aliyun import Account, AliyunSms
from adapters.texts import Outgoing, ProviderTexts
from decisions.deadlines import civil_day
from decisions.digest import worded
from decisions.wording import TemplateId, to_approve
from embedded import free_port
from models.errors import Fault, TanfangFault
from models.policy import TextRules
from tests.activities.test_sending import ATTEMPTS, DIGESTS, NOW, ORDER, PHONE, Desk
from tests.aliyun_server import KEY_ID, KEY_SECRET, AliyunServer, Trouble

BARE = PHONE.removeprefix("+86")
MADE = worded(TemplateId.TASK_ONE, {"by": "3月20日(含)", "who": "三河村王奶奶", "code": "52"}, "示范民政")
RULES = TextRules(sender="示范民政", templates={"task_one": "SMS_101"})
OUT = Outgoing("D1", PHONE, MADE.text, MADE.template_id, NOW, MADE.params)
READ_MS = 250


class Line:
    """Their client and their server, and no store."""

    def __init__(self) -> None:
        self.now = NOW
        self.rules = RULES
        self.server = AliyunServer({"SMS_101": to_approve(TemplateId.TASK_ONE)}, {"示范民政"}, lambda: self.now)
        self.provider = self.connected(Account(KEY_ID, KEY_SECRET, self.server.url, READ_MS))

    def connected(self, account: Account) -> AliyunSms:
        return AliyunSms(account, lambda _at, _to: self.rules, lambda: self.now, civil_day)


class AliyunDesk(Desk):
    """The desk of a county that sends through Alibaba Cloud."""

    def __init__(self, url: str, folder: Path, line: Line) -> None:
        super().__init__(url, folder)
        self.line, self.server = line, line.server
        self.texts = ProviderTexts(self.engine, self.sealer, line.provider, lambda: line.now)
        params = self.sealer.seal(json.dumps(MADE.params))
        with writing(self.engine) as c:
            c.execute(DIGESTS.update().values(body_enc=self.sealer.seal(MADE.text), params_enc=params))

    def on_phones(self) -> list[tuple[str, str]]:
        return [(one.phone, one.text) for one in self.server.sent]

    def errors(self) -> list[str | None]:
        """What each refused try is kept with."""
        with reading(self.engine) as c:
            return list(c.execute(select(ATTEMPTS.c.error).where(ATTEMPTS.c.step == "refused")).scalars())


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.server.close()


@pytest.fixture
def desk(url: str, tmp_path: Path, line: Line) -> Iterator[AliyunDesk]:
    made = AliyunDesk(url, tmp_path, line)
    yield made
    made.engine.dispose()


def test_their_template_and_our_parameters_make_the_words_we_wrote(desk: AliyunDesk) -> None:
    assert [desk.texts.send(ORDER).status for _ in range(2)] == ["accepted", "accepted"]
    assert desk.on_phones() == [(BARE, MADE.text)] and desk.server.calls == ["SendSms"]
    with reading(desk.engine) as c:
        ids = list(c.execute(select(ATTEMPTS.c.provider_message_id).where(ATTEMPTS.c.step == "accepted")).scalars())
    assert ids == [desk.server.sent[0].out_id] == ["D1"]


@pytest.mark.parametrize(
    ("code", "status", "fault"),
    [
        ("isv.NEVER_SEEN", 200, Fault.TEXT_REFUSED),
        ("isp.NEVER_SEEN", 200, Fault.SEND_UNKNOWN),
        ("NeverSeen", 503, Fault.SEND_UNKNOWN),
        ("Throttling.NeverSeen", 400, Fault.PROVIDER_AWAY),
    ],
)
def test_a_code_without_a_row_is_never_sent_again_blindly(line: Line, code: str, status: int, fault: Fault) -> None:
    line.server.troubles = [Trouble(code, status)]
    with pytest.raises(TanfangFault) as told:
        line.provider.send(OUT)
    assert told.value.fault is fault and line.server.calls == ["SendSms"]


def test_a_code_means_the_same_whichever_way_it_is_said(line: Line) -> None:
    for code, row in ALIYUN.items():
        for status in (200, 400):
            line.server.troubles = [Trouble(code, status)]
            with pytest.raises(TanfangFault, match=f"{row.fault.value}: aliyun {code}"):
                line.provider.send(OUT)
    assert line.server.sent == []


def test_a_look_up_that_fails_is_never_a_send_of_unknown_fate(line: Line) -> None:
    for trouble in (Trouble("isp.SYSTEM_ERROR"), Trouble("InternalError", 500), Trouble(raw=b"<html>")):
        line.server.troubles = [trouble]
        with pytest.raises(TanfangFault, match="provider_away"):
            line.provider.look_up(OUT)


@pytest.mark.parametrize(("key_id", "secret"), [(KEY_ID, "another"), ("LTAI-other", KEY_SECRET)])
def test_the_server_refuses_what_is_not_signed_with_our_key(line: Line, key_id: str, secret: str) -> None:
    wrong = line.connected(Account(key_id, secret, line.server.url))
    for asked in (lambda: wrong.send(OUT), lambda: wrong.look_up(OUT), lambda: wrong.collect(NOW)):
        with pytest.raises(TanfangFault, match="provider_shut"):
            asked()
    assert line.server.sent == []


def test_a_time_out_after_they_took_it_is_looked_up_and_not_sent_again(desk: AliyunDesk) -> None:
    desk.server.troubles = [Trouble(accepts=True, late=True)]
    assert desk.texts.send(ORDER).status == "unknown"
    assert desk.texts.settle(ORDER).status == "accepted"
    assert desk.server.calls == ["SendSms", "QuerySendDetails"] and desk.on_phones() == [(BARE, MADE.text)]


def test_what_stays_unknown_is_sent_once_more_and_then_a_person_calls(desk: AliyunDesk) -> None:
    desk.server.troubles = [Trouble(late=True), Trouble(status=502, raw=b"<html>"), None, Trouble(late=True)]
    assert desk.texts.send(ORDER).status == "unknown"
    assert desk.texts.settle(ORDER).why == "provider_away"  # the look-up fails: nothing is sent on a guess
    assert [desk.texts.settle(ORDER).status for _ in range(2)] == ["unknown", "failed"]
    assert desk.server.calls.count("SendSms") == 2 and desk.on_phones() == []
    assert desk.items() == ["call_by_phone"]


@pytest.mark.parametrize("raw", [b"", b"<html>", b"null", b"[]", b'{"Code":{"a":1}}', b"\xff\xfe"])
@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_that_is_none_is_unknown_and_their_client_does_not_try_again_itself(
    desk: AliyunDesk, raw: bytes, status: int
) -> None:
    desk.server.troubles = [Trouble(status=status, raw=raw or b" ", accepts=True)]
    assert desk.texts.send(ORDER).status == "unknown"
    assert desk.server.calls == ["SendSms"] and len(desk.server.sent) == 1


def test_no_connection_is_no_text_and_is_tried_again(desk: AliyunDesk) -> None:
    nobody = desk.line.connected(Account(KEY_ID, KEY_SECRET, f"http://127.0.0.1:{free_port()}"))
    texts = ProviderTexts(desk.engine, desk.sealer, nobody, lambda: desk.line.now)
    assert texts.send(ORDER).why == "provider_away" and desk.steps() == ["intent", "refused"]
    assert desk.texts.send(ORDER).status == "accepted"


@pytest.mark.parametrize("given", [{}, {"task_one": " "}, {"task_two": "SMS_102"}])
def test_a_text_that_has_no_template_there_is_a_call_and_nothing_is_sent(
    desk: AliyunDesk, given: dict[str, str]
) -> None:
    desk.line.rules = RULES.model_copy(update={"templates": given})
    outcome = desk.texts.send(ORDER)
    assert (outcome.status, outcome.why, desk.server.calls) == ("failed", "failed", [])
    assert (desk.items(), desk.updates()) == (["call_by_phone"], ["case/E1"])
    assert desk.errors() == ["aliyun no template task_one"]


def test_sender_and_templates_are_those_of_the_recipients_county(desk: AliyunDesk) -> None:
    others = TextRules(sender="别县民政", templates={"task_one": "SMS_202"})
    account = Account(KEY_ID, KEY_SECRET, desk.server.url, READ_MS)
    provider = AliyunSms(account, lambda _at, to: RULES if to == "V-1" else others, lambda: NOW, civil_day)
    texts = ProviderTexts(desk.engine, desk.sealer, provider, lambda: NOW)
    assert texts.send(ORDER).status == "accepted" and desk.on_phones() == [(BARE, MADE.text)]


def test_nor_is_one_whose_parameters_were_not_kept(desk: AliyunDesk) -> None:
    with writing(desk.engine) as c:
        c.execute(DIGESTS.update().values(params_enc=None))
    assert (desk.texts.send(ORDER).status, desk.server.calls) == ("failed", [])
    assert desk.errors() == ["aliyun no template task_one"]


def test_it_is_found_on_any_page_of_any_day_since_it_was_handed_over(line: Line) -> None:
    line.now = NOW.replace(hour=15, minute=59)  # a minute before midnight in Shanghai
    tried = OUT._replace(at=line.now)
    for n in range(51):
        line.provider.send(tried._replace(client_ref=f"D{n + 2}"))
    line.now += timedelta(minutes=2)
    assert line.provider.look_up(tried) is None
    line.provider.send(OUT)
    assert line.provider.look_up(tried) == "D1"
    assert line.provider.look_up(tried._replace(client_ref="D52")) == "D52"


TROUBLES = {
    "refused": [Trouble("isv.MOBILE_NUMBER_ILLEGAL")],
    "refused by status": [Trouble("Throttling.User", 400)],
    "theirs": [Trouble("InternalError", 500)],
    "late": [Trouble(late=True)],
    "no JSON": [Trouble(raw=b"<html>19200000001")],
}


@pytest.mark.parametrize("trouble", [*TROUBLES, "nobody there"])
@pytest.mark.parametrize("look_up", [False, True])
def test_a_number_and_a_name_are_nowhere_but_in_the_call(
    line: Line,
    trouble: str,
    look_up: bool,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEBUG", "sdk")  # their client then prints every request
    caplog.set_level(logging.DEBUG)
    line.server.troubles = list(TROUBLES.get(trouble, []))
    at = line.server.url if trouble in TROUBLES else f"http://127.0.0.1:{free_port()}"
    provider = line.connected(Account(KEY_ID, KEY_SECRET, at, READ_MS))
    with pytest.raises(TanfangFault) as told:
        (provider.look_up if look_up else provider.send)(OUT)
    failure = Failure()
    converter = DataConverter.default
    converter.failure_converter.to_failure(told.value, converter.payload_converter, failure)
    printed = capfd.readouterr()
    said = (
        "".join(traceback.format_exception(told.value)), repr(told.value.__context__), repr(vars(told.value)),
        str(failure), caplog.text, printed.out, printed.err,
    )  # fmt: skip
    assert "urllib3.connectionpool" in caplog.text or trouble == "nobody there"
    for planted in (BARE, "王奶奶", "%E7%8E%8B", "\\u738b", "\\347\\216\\213", KEY_SECRET):
        assert [text for text in said if planted in text] == []
