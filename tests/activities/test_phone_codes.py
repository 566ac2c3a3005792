"""Signing in by a code sent to a phone, from asking to the text and the session, on both databases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.sms_manual import ManualSms
from adapters.sms_sandbox import SandboxSms
from adapters.texts import Outgoing, Provider, ProviderTexts
from models import tables as t
from models.accounts import Choose, How, SignedIn, Step, TurnedAway, Why
from models.errors import Fault, TanfangFault
from models.texts import SendOrder
from models.values import Role
from post.gather import gather
from settings import Settings
from tests.activities.office import (
    ADMIN,
    BOTH,
    BY,
    COUNTY,
    ELSEWHERE,
    GRID,
    HERE,
    OFFICER,
    PEOPLE,
    TOWN,
    VILLAGE,
    Office,
    signed_in,
    token_of,
)
from tests.activities.test_at_once import at_once
from wiring import House

WRONG = TurnedAway(why=Why.WRONG)
PHONE = {staff_id: phone for staff_id, (phone, _, _) in PEOPLE.items()}
NOBODYS = "+8619200000099"
MIDNIGHT = datetime(2026, 3, 2, 16, tzinfo=UTC)


class Village:
    """The office with a post that sends texts by the sandbox, under 奉节's rules."""

    def __init__(self, url: str, folder: Path) -> None:
        house = House(Settings(data_dir=folder, database_url=url, county="fengjie"), now=lambda: self.office.now)
        self.office = Office(house.engine, house.sealer)
        self.house = house
        house.activate_policy("fengjie", date(2020, 1, 1), "test")

    def ask(self, phone: str, client: str = HERE) -> TurnedAway | None:
        return self.office.codes.ask(phone, client, self.office.now)

    def texts(self, provider: Provider | None = None) -> ProviderTexts:
        house = self.house
        sandbox = SandboxSms(house.engine, house.sealer)
        return ProviderTexts(
            house.engine, house.sealer, provider or sandbox, lambda: self.office.now, house.letterbox.judge
        )

    def sent(self) -> list[tuple[str, str]]:
        """What is due goes; phones and words of all that has gone, in order."""
        gather(self.house.letterbox, self.office.now)
        for row in self.office.rows(t.DigestRow):
            self.texts().send(SendOrder(digest_id=row.id))
        return [(phone, words) for _, phone, words in SandboxSms(self.house.engine, self.house.sealer).since("")]

    def code_for(self, phone: str, client: str = HERE) -> str:
        assert self.ask(phone, client) is None
        to, words = self.sent()[-1]
        assert to == phone
        return digits_in(words)

    def sign_in(self, phone: str, code: str, client: str = HERE, staff_id: str | None = None) -> Any:
        return self.office.codes.sign_in(phone, code, client, self.office.now, staff_id)


def digits_in(words: str) -> str:
    found = re.search(r"验证码(\d{6}),", words)
    assert found is not None, words
    return found.group(1)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.fixture
def village(url: str, tmp_path: Path) -> Iterator[Village]:
    made = Village(url, tmp_path)
    yield made
    made.house.engine.dispose()


# --- a code and a session --------------------------------------------------------------------------------------------


def test_a_grid_worker_signs_in_by_the_code_on_their_phone(village: Village) -> None:
    code = village.code_for(PHONE[GRID])
    made = signed_in(village.sign_in("192 0000 0003", f" {code[:3]} {code[3:]}"))
    assert (made.session.staff_id, made.session.step, made.session.how) == (GRID, Step.FULL, How.PHONE_CODE)
    assert village.office.session(token_of(made)) == made.session
    assert village.sign_in(PHONE[GRID], code) == WRONG  # once


def test_whose_number_it_is_not_is_answered_the_same_and_no_text_goes(village: Village) -> None:
    office = village.office
    office.person("S-idle", "+8619200000005")
    office.person("S-gone", "+8619200000006")
    office.post("P-gone", Role.GRID_WORKER, VILLAGE, deputy_id="S-gone")
    assert office.book.disable("S-gone", BY, office.now) is None
    phones = [PHONE[OFFICER], PHONE[ADMIN], NOBODYS, "+8619200000005", "+8619200000006"]
    assert [village.ask(phone, ELSEWHERE) for phone in [*phones, PHONE[GRID]]] == [None] * 6
    assert [phone for phone, _ in village.sent()] == [PHONE[GRID]]
    assert len(office.rows(t.PhoneCode)) == 6
    guessed = [village.sign_in(phone, "000000", ELSEWHERE) for phone in phones]
    assert guessed == [WRONG] * 5


def test_a_code_of_nobodys_phone_opens_nothing(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.sql_phone_codes.secrets.randbelow", lambda _below: 123456)
    assert village.ask(NOBODYS) is None
    assert village.sign_in(NOBODYS, "123456") == WRONG
    assert village.ask(PHONE[GRID]) is None
    assert isinstance(village.sign_in(PHONE[GRID], "123456"), SignedIn)


@pytest.mark.parametrize(
    "phone", ["", "12345", "编号", "02356560000", "+1 202 555 0101", "x" * 300, "1\x002", "\ud800"]
)
def test_what_is_no_mobile_number_is_said_to_be_none(village: Village, phone: str) -> None:
    none = TurnedAway(why=Why.NO_NUMBER)
    assert village.ask(phone) == village.sign_in(phone, "123456") == none


def test_who_holds_more_than_the_village_is_not_let_in_by_a_code(village: Village) -> None:
    code = village.code_for(PHONE[GRID])
    village.office.post("P-more", Role.TOWNSHIP_OFFICER, TOWN, deputy_id=GRID)
    assert village.sign_in(PHONE[GRID], code) == WRONG


def test_a_session_by_code_ends_when_its_holder_comes_to_hold_more(village: Village) -> None:
    token = token_of(village.sign_in(PHONE[GRID], village.code_for(PHONE[GRID])))
    assert village.office.session(token) is not None
    village.office.post("P-more", Role.TOWNSHIP_OFFICER, TOWN, holder_id=GRID)
    assert village.office.session(token) is None


def test_a_second_factor_that_was_not_shown_does_not_keep_it_open(village: Village) -> None:
    village.office.whole(GRID)
    token = token_of(village.sign_in(PHONE[GRID], village.code_for(PHONE[GRID])))
    village.office.post("P-more", Role.TOWNSHIP_OFFICER, TOWN, holder_id=GRID)
    assert village.office.session(token) is None


def test_a_session_by_code_has_no_password_to_change_and_nothing_to_enrol(village: Village) -> None:
    office = village.office
    token = token_of(village.sign_in(PHONE[GRID], village.code_for(PHONE[GRID])))
    not_now = TurnedAway(why=Why.NOT_NOW)
    assert office.accounts.change_password(token, "", "a better password", HERE, office.now) == not_now
    assert office.accounts.enrol(token, office.now) == not_now


def test_two_on_one_phone_are_both_offered(village: Village) -> None:
    office, phone = village.office, PHONE[BOTH]
    office.person("S-spouse", phone, "李例寿")
    office.post("P-spouse", Role.GRID_WORKER, VILLAGE, holder_id="S-spouse")
    office.person("S-boss", phone)
    office.post("P-boss", Role.TOWNSHIP_OFFICER, TOWN, holder_id="S-boss")
    code = village.code_for(phone)
    assert village.sign_in(phone, another(code)) == WRONG
    offered = village.sign_in(phone, code)
    assert isinstance(offered, Choose)
    assert [(one.staff_id, one.name) for one in offered.people] == [(BOTH, "王示福"), ("S-spouse", "李例寿")]
    assert village.sign_in(phone, code, staff_id="S-boss") == WRONG
    assert signed_in(village.sign_in(phone, code, staff_id="S-spouse")).session.staff_id == "S-spouse"
    assert village.sign_in(phone, code, staff_id=BOTH) == WRONG  # it is used up


# --- how long, how often ---------------------------------------------------------------------------------------------


def test_a_code_holds_five_minutes(village: Village) -> None:
    code = village.code_for(PHONE[GRID])
    village.office.later(minutes=4, seconds=59)
    first = village.office.now
    village.office.later(seconds=1)
    assert village.sign_in(PHONE[GRID], code) == WRONG
    village.office.now = first
    assert isinstance(village.sign_in(PHONE[GRID], code), SignedIn)


def test_only_the_newest_code_counts(village: Village) -> None:
    before = village.code_for(PHONE[GRID])
    village.office.later(seconds=1)
    after = village.code_for(PHONE[GRID])
    assert before != after and village.sign_in(PHONE[GRID], before) == WRONG
    assert isinstance(village.sign_in(PHONE[GRID], after), SignedIn)


def test_after_five_wrong_tries_the_right_code_is_none(village: Village) -> None:
    code = village.code_for(PHONE[GRID])
    assert [village.sign_in(PHONE[GRID], another(code)) for _ in range(5)] == [WRONG] * 5
    village.office.later(minutes=1)
    assert village.sign_in(PHONE[GRID], code) == WRONG


@pytest.mark.parametrize("phone", [PHONE[GRID], NOBODYS])
def test_three_codes_an_hour(village: Village, phone: str) -> None:
    began = village.office.now
    for _ in range(3):
        assert village.ask(phone) is None
        village.office.later(minutes=10)
    assert village.ask(phone) == TurnedAway(why=Why.WAIT, until=began + timedelta(hours=1))
    village.office.now = began + timedelta(hours=1)
    assert village.ask(phone) is None


def test_one_address_asks_for_thirty_an_hour(village: Village) -> None:
    assert [village.ask(f"+86192000001{n:02}") for n in range(30)] == [None] * 30
    assert village.ask(PHONE[GRID]) == TurnedAway(why=Why.WAIT, until=village.office.now + timedelta(hours=1))
    assert village.ask(PHONE[GRID], ELSEWHERE) is None


def test_one_code_used_by_many_at_once_counts_once(village: Village) -> None:
    code = village.code_for(PHONE[GRID])
    answers = at_once([lambda: village.sign_in(PHONE[GRID], code) for _ in range(4)])
    assert sorted(isinstance(answer, SignedIn) for answer in answers) == [False, False, False, True]
    assert len(village.office.rows(t.SessionRow)) == 1


# --- its text --------------------------------------------------------------------------------------------------------


def test_the_text_goes_at_midnight_past_the_cap_and_takes_nobodys_place(village: Village) -> None:
    office = village.office
    office.now = MIDNIGHT - timedelta(minutes=1)
    codes = [village.code_for(PHONE[GRID])]
    for _ in range(2):
        office.later(seconds=20)
        codes.append(village.code_for(PHONE[GRID]))
    assert len(set(codes)) == 3
    recipient = village.house.letterbox.recipient(GRID, office.now)
    assert recipient is not None and recipient.sent_today == 0


def test_a_text_that_could_not_go_in_time_goes_no_more_and_nobody_calls(village: Village) -> None:
    """Neither before it is built nor after, and whatever the provider says of it."""
    office = village.office
    assert village.ask(PHONE[GRID]) is None
    office.later(minutes=5)
    assert village.sent() == []
    assert [row.state for row in office.rows(t.LetterRow) if row.kind == "text"] == ["expired"]
    office.later(minutes=1)
    assert village.ask(PHONE[GRID]) is None
    gather(village.house.letterbox, office.now)
    office.later(minutes=5)
    assert village.sent() == []
    assert [row.state for row in office.rows(t.DigestRow)] == ["expired"]
    assert office.rows(t.WorkItemRow) == []


class Refusing:
    name = "told"

    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def send(self, out: Outgoing) -> str:
        raise TanfangFault(self._fault, "told")

    def look_up(self, out: Outgoing) -> str | None:
        return None


@pytest.mark.parametrize(
    ("fault", "items"),
    [
        (Fault.BAD_NUMBER, []), (Fault.TEXT_REFUSED, []), (Fault.RECIPIENT_UNREACHABLE, []),
        (Fault.RECIPIENT_OPTED_OUT, []), (Fault.NO_TEMPLATE, []), (Fault.SEND_UNKNOWN, []),
        (Fault.PROVIDER_SHUT, ["texts_held"]),  # the channel's own, not this text's
    ],
)  # fmt: skip
def test_whatever_a_provider_says_of_it_nobody_calls(village: Village, fault: Fault, items: list[str]) -> None:
    assert village.ask(PHONE[GRID]) is None
    gather(village.house.letterbox, village.office.now)
    [digest] = village.office.rows(t.DigestRow)
    texts = village.texts(Refusing(fault))
    for _ in range(4):
        texts.send(SendOrder(digest_id=digest.id))
        village.office.later(minutes=2)
    assert [row.item for row in village.office.rows(t.WorkItemRow)] == items


def test_by_hand_no_code_is_read_out(village: Village) -> None:
    assert village.ask(PHONE[GRID]) is None
    gather(village.house.letterbox, village.office.now)
    [digest] = village.office.rows(t.DigestRow)
    manual = ManualSms(village.house.engine, village.house.sealer, COUNTY)
    assert village.texts(manual).send(SendOrder(digest_id=digest.id)).status == "failed"
    assert village.office.rows(t.WorkItemRow) == []


def test_an_older_code_that_has_not_gone_yet_is_taken_back(village: Village) -> None:
    assert village.ask(PHONE[GRID]) is None
    village.office.later(seconds=5)
    assert village.ask(PHONE[GRID]) is None
    assert len(village.sent()) == 1
    states = [row.state for row in village.office.rows(t.LetterRow) if row.kind == "text"]
    assert sorted(states) == ["cancelled", "gathered"]


@pytest.mark.parametrize("fate", ["accepted", "failed", "unknown"])
def test_once_it_is_handed_over_no_row_of_ours_opens_to_the_code(village: Village, fate: str) -> None:
    """Before that letter and text do, sealed; how often it is tried or found does not matter."""
    office, opened = village.office, village.house.sealer.open
    assert village.ask(PHONE[GRID]) is None
    [letter] = [row for row in office.rows(t.LetterRow) if row.kind == "text"]
    code = json.loads(opened(letter.body_enc))["params"]["digits"]
    gather(village.house.letterbox, office.now)
    [digest] = office.rows(t.DigestRow)
    assert code in opened(digest.body_enc) and code in opened(digest.params_enc)
    order = SendOrder(digest_id=digest.id)
    if fate == "accepted":
        village.texts().send(order)
    elif fate == "failed":
        village.texts(Refusing(Fault.BAD_NUMBER)).send(order)
    else:
        village.texts(Refusing(Fault.SEND_UNKNOWN)).send(order)
        assert code in opened(office.rows(t.DigestRow)[0].body_enc)  # it may have to go once more
        village.texts().receipt("M-1", "delivered", None, office.now, client_ref=digest.id)
    [digest] = office.rows(t.DigestRow)
    sealed = [digest.body_enc, digest.params_enc, *(row.body_enc for row in office.rows(t.LetterRow))]
    assert [words for words in map(opened, sealed) if code in words] == []
    assert "登录验证码******,5分钟内有效" in opened(digest.body_enc)
    if fate == "accepted":
        assert isinstance(village.sign_in(PHONE[GRID], code), SignedIn)


def test_the_code_is_kept_as_a_keyed_hash(village: Village) -> None:
    code = village.code_for(PHONE[GRID])
    [row] = village.office.rows(t.PhoneCode)
    assert not [value for value in row if isinstance(value, str) and (code in value or PHONE[GRID] in value)]
    assert row.code_hash == village.house.sealer.index("phone_code", f"{row.id}/{code}")
