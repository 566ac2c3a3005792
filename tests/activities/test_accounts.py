"""Signing in with a password and a second factor, and sessions, on both databases."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pwdlib import PasswordHash
from sqlalchemy import Engine

from adapters import sql_sessions
from adapters.database import reading
from adapters.passwords import Passwords
from adapters.second_factor import step_of
from adapters.sql_accounts import SqlAccounts
from models import tables as t
from models.accounts import Enrolled, Enrolment, How, SignedIn, Step, TurnedAway, Why
from models.values import Role
from tests.activities.office import (
    ADMIN,
    BY,
    CHEAP,
    ELSEWHERE,
    GOOD,
    GRID,
    HERE,
    NOW,
    OFFICER,
    TOWN,
    Office,
    signed_in,
    token_of,
)
from tests.activities.test_at_once import at_once

WRONG = TurnedAway(why=Why.WRONG)
OVER, NOT_NOW = TurnedAway(why=Why.OVER), TurnedAway(why=Why.NOT_NOW)
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890"
RFC_CODES = {
    59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037",
    20000000000: "65353130",
}  # fmt: skip


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return Office.at(engine, tmp_path)


# --- from the first password to a whole session ----------------------------------------------------------------------


def test_an_officer_changes_the_first_password_enrols_and_is_in(office: Office) -> None:
    first = signed_in(office.by_password(OFFICER, office.given(OFFICER)))
    assert (first.session.step, first.session.how, first.session.staff_id) == (Step.MUST_CHANGE, How.PASSWORD, OFFICER)
    second = signed_in(office.accounts.change_password(token_of(first), "", GOOD, HERE, office.now))
    assert second.session.step is Step.ENROL_TOTP
    shown = office.accounts.enrol(token_of(second), office.now)
    assert isinstance(shown, Enrolment) and shown.secret.get_secret_value() in shown.uri.get_secret_value()
    code = office.digits(shown.secret.get_secret_value())
    done = office.accounts.confirm_enrolment(token_of(second), code, HERE, office.now)
    assert isinstance(done, Enrolled) and len(set(done.recovery_codes)) == 10
    assert done.signed_in.session.step is Step.FULL
    tokens = [token_of(one) for one in (first, second, done.signed_in)]
    assert len(set(tokens)) == 3
    assert [office.session(token) is None for token in tokens] == [True, True, False]


def test_a_grid_worker_with_a_password_needs_no_second_factor_and_may_take_one(office: Office) -> None:
    made = office.with_password(GRID)
    assert made.session.step is Step.FULL
    shown = office.accounts.enrol(token_of(made), office.now)
    assert isinstance(shown, Enrolment)
    code = office.digits(shown.secret.get_secret_value())
    assert isinstance(office.accounts.confirm_enrolment(token_of(made), code, HERE, office.now), Enrolled)
    assert signed_in(office.by_password(GRID)).session.step is Step.NEEDS_TOTP


def test_a_deputy_needs_both_factors_though_the_holder_is_there(office: Office) -> None:
    office.post("P-x", Role.TOWNSHIP_OFFICER, TOWN, holder_id=OFFICER, deputy_id=GRID)
    assert office.with_password(GRID).session.step is Step.ENROL_TOTP


def test_until_it_is_whole_a_session_may_take_its_own_next_step_and_no_other(office: Office) -> None:
    """Each method that takes a token, in each half step."""
    accounts, now = office.accounts, office.now
    _, secret, _ = office.whole(ADMIN)
    half = {
        Step.MUST_CHANGE: token_of(office.by_password(OFFICER, office.given(OFFICER))),
        Step.NEEDS_TOTP: token_of(office.by_password(ADMIN)),
        Step.ENROL_TOTP: token_of(_enrolling(office, "S-three")),
    }
    office.later(minutes=1)
    own = {Step.MUST_CHANGE: {"change"}, Step.NEEDS_TOTP: {"second"}, Step.ENROL_TOTP: {"enrol", "confirm"}}
    asked: dict[str, Callable[[str], object]] = {
        "second": lambda token: accounts.second_factor(token, office.digits(secret), HERE, now),
        "enrol": lambda token: accounts.enrol(token, now),
        "confirm": lambda token: accounts.confirm_enrolment(token, "000000", HERE, now),
        "change": lambda token: accounts.change_password(token, GOOD, "another good one", HERE, now),
    }
    for step, token in half.items():
        found = office.session(token)
        assert found is not None and found.step is step
        assert accounts.own_sessions(token, now) == () and accounts.revoke_others(token, now) == 0
        assert accounts.revoke(token, found.id, now) is False
        answers = {name: ask(token) for name, ask in asked.items() if name not in own[step]}
        assert answers == dict.fromkeys(answers, NOT_NOW)
        assert len(answers) == 4 - len(own[step])


def _enrolling(office: Office, staff_id: str) -> SignedIn:
    office.person(staff_id, "+8619200000009")
    office.post(f"P-{staff_id}", Role.AUDITOR, TOWN, holder_id=staff_id)
    return office.with_password(staff_id)


# --- one answer for all that is not there ----------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["S-nobody", GRID, "", "a\x00b", "编号", "\ud800", "x" * 500, "S-admin' OR 1=1 --"])
def test_whoever_is_not_there_is_answered_as_whoever_errs(office: Office, login: str) -> None:
    office.with_password(ADMIN)
    assert office.by_password(login) == office.by_password(ADMIN, "wrong", ELSEWHERE) == WRONG


def test_an_unknown_login_is_compared_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str | None] = []

    def fits(_: Passwords, password: str, held: str | None) -> tuple[bool, str | None]:
        compared.append(held)
        return False, None

    monkeypatch.setattr(Passwords, "fits", fits)
    office.by_password("S-nobody")
    assert compared == [None]


def test_nothing_fits_what_is_not_there() -> None:
    passwords = Passwords(CHEAP)
    held = passwords.made(GOOD)
    assert passwords.fits(GOOD, held) == (True, None)
    assert passwords.fits("Ｃｏｒｒｅｃｔ".lower() + " horse battery", held)[
        0
    ]  # full width, as an input method leaves it
    assert passwords.fits(GOOD, None) == (False, None)
    for never in ("", "x" * 100_000, "\ud800"):
        assert passwords.fits(never, held) == passwords.fits(never, None) == (False, None)


def test_hashes_are_argon2id_as_recommended_and_made_anew_where_they_were_cheaper(office: Office) -> None:
    office.with_password(GRID)
    [cheap] = [row.password_hash for row in office.rows(t.Account)]
    dear = SqlAccounts(office.engine, office.sealer, Passwords())
    assert isinstance(dear.sign_in(GRID, GOOD, HERE, office.now), SignedIn)
    [anew] = [row.password_hash for row in office.rows(t.Account)]
    assert anew != cheap and anew.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PasswordHash.recommended().verify(GOOD, anew)


def test_disabled_is_wrong_and_out(office: Office) -> None:
    token = token_of(office.whole(OFFICER)[0])
    assert office.book.disable(OFFICER, BY, office.now) is None
    assert office.session(token) is None
    assert office.by_password(OFFICER) == WRONG


def test_a_session_of_whoever_is_disabled_is_none_by_that_alone(office: Office) -> None:
    token = token_of(office.with_password(GRID))
    office.change(t.Account, "staff_id", GRID, disabled_at=office.now)
    assert office.session(token) is None


def test_nobody_who_has_a_second_factor_enrols_another(office: Office) -> None:
    assert office.accounts.enrol(token_of(office.whole(OFFICER)[0]), office.now) == NOT_NOW


# --- the second factor -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("second", "code"), RFC_CODES.items())
def test_the_vectors_of_rfc_6238(second: int, code: str) -> None:
    at, step = datetime.fromtimestamp(second, UTC), second // 30
    assert step_of(RFC_SECRET, code[2:], at, None) == step
    assert step_of(RFC_SECRET, code[2:], at + timedelta(seconds=30), None) == step
    assert step_of(RFC_SECRET, code[2:], at + timedelta(seconds=60), None) is None
    assert step_of(RFC_SECRET, code[2:], at, step) is None
    assert step_of(RFC_SECRET, code[2:], at, step - 1) == step
    assert step_of(RFC_SECRET, code, at, None) is None


def test_a_code_is_taken_once(office: Office) -> None:
    _, secret, _ = office.whole(OFFICER)
    enrolled_with = office.digits(secret)
    token = token_of(office.by_password(OFFICER))
    assert office.accounts.second_factor(token, enrolled_with, HERE, office.now) == WRONG
    office.later(seconds=30)
    code = office.digits(secret)
    assert signed_in(office.accounts.second_factor(token, f"{code[:3]} {code[3:]}", HERE, office.now)).session.step is (
        Step.FULL
    )
    again = token_of(office.by_password(OFFICER))
    assert office.accounts.second_factor(again, code, HERE, office.now) == WRONG
    assert office.accounts.second_factor(again, enrolled_with, HERE, office.now) == WRONG  # nor an earlier one


def test_a_recovery_code_is_taken_once_however_it_is_typed(office: Office) -> None:
    _, _, codes = office.whole(OFFICER)
    assert len(codes) == 10
    token = token_of(office.by_password(OFFICER))
    typed = codes[0].upper().replace("-", " ")
    assert signed_in(office.accounts.second_factor(token, typed, HERE, office.now)).session.step is Step.FULL
    again = token_of(office.by_password(OFFICER))
    assert office.accounts.second_factor(again, codes[0], HERE, office.now) == WRONG
    assert isinstance(office.accounts.second_factor(again, codes[1], HERE, office.now), SignedIn)
    assert [row.code_hash for row in office.rows(t.AccountRecovery) if row.code_hash in codes] == []


def test_the_wrong_code_confirms_nothing(office: Office) -> None:
    token = token_of(office.with_password(OFFICER))
    assert office.accounts.confirm_enrolment(token, "000000", HERE, office.now) == NOT_NOW  # nothing was shown
    shown = office.accounts.enrol(token, office.now)
    assert isinstance(shown, Enrolment)
    code = office.digits(shown.secret.get_secret_value())
    another = office.accounts.enrol(token, office.now)
    assert isinstance(another, Enrolment)
    assert office.accounts.confirm_enrolment(token, code, HERE, office.now) == WRONG  # of the secret before
    assert signed_in(office.by_password(OFFICER)).session.step is Step.ENROL_TOTP


# --- the password ----------------------------------------------------------------------------------------------------


def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(office: Office) -> None:
    token = token_of(office.with_password(GRID))
    other = token_of(office.by_password(GRID))
    change = office.accounts.change_password
    assert change(token, "not it", "a better password", HERE, office.now) == WRONG
    assert change(token, GOOD, GOOD, HERE, office.now) == TurnedAway(why=Why.SAME_AGAIN)
    assert change(token, GOOD, "short", HERE, office.now) == TurnedAway(why=Why.TOO_SHORT)
    assert change(token, GOOD, "19200000003 is my number", HERE, office.now) == TurnedAway(why=Why.OWN_WORDS)
    changed = token_of(change(token, GOOD, "a better password", HERE, office.now))
    assert [office.session(one) is None for one in (token, other, changed)] == [True, True, False]
    assert office.by_password(GRID) == WRONG
    assert isinstance(office.by_password(GRID, "a better password"), SignedIn)


def test_the_first_password_is_not_kept(office: Office) -> None:
    first = office.given(GRID)
    token = token_of(office.by_password(GRID, first))
    assert office.accounts.change_password(token, "", first, HERE, office.now) == TurnedAway(why=Why.SAME_AGAIN)


# --- sessions --------------------------------------------------------------------------------------------------------


def test_a_session_ends_when_it_idles_and_at_its_longest(office: Office) -> None:
    token = token_of(office.with_password(GRID))
    office.later(minutes=29, seconds=59)
    assert office.session(token) is not None
    office.later(minutes=30)
    assert office.session(token) is None
    token = token_of(office.by_password(GRID))
    for _ in range(12 * 3 - 1):
        office.later(minutes=20)
        assert office.session(token) is not None
    office.later(minutes=20)
    assert office.session(token) is None


def test_a_look_is_written_down_once_a_minute(office: Office) -> None:
    token = token_of(office.with_password(GRID))
    seen: list[object] = []
    for seconds in (30, 29, 1, 59, 1):
        office.later(seconds=seconds)
        assert office.session(token) is not None
        [row] = [row for row in office.rows(t.SessionRow) if row.revoked_at is None]
        seen.append((row.seen_at - NOW).total_seconds())
    assert seen == [0, 0, 60, 60, 120]


def test_one_revokes_ones_own_and_nobody_elses(office: Office) -> None:
    mine, other, last = (
        token_of(one) for one in (office.with_password(GRID), *(office.by_password(GRID) for _ in "ab"))
    )
    theirs = token_of(office.whole(OFFICER)[0])
    listed = office.accounts.own_sessions(mine, office.now)
    assert len(listed) == 3 and {one.staff_id for one in listed} == {GRID}
    stranger, own = office.session(theirs), office.session(other)
    assert stranger is not None and own is not None
    assert office.accounts.revoke(mine, stranger.id, office.now) is False
    assert office.accounts.revoke(mine, own.id, office.now) is True
    assert office.accounts.revoke(mine, own.id, office.now) is False
    assert office.accounts.revoke_others(mine, office.now) == 1
    assert [office.session(token) is None for token in (mine, other, last, theirs)] == [False, True, True, False]
    office.accounts.sign_out(mine, office.now)
    assert office.session(mine) is None and office.accounts.own_sessions(mine, office.now) == ()


def test_whoever_comes_to_hold_a_post_that_asks_more_signs_in_anew(office: Office) -> None:
    token = token_of(office.with_password(GRID))
    office.post("P-more", Role.COUNTY_APPROVER, TOWN, deputy_id=GRID)
    assert office.session(token) is None
    assert signed_in(office.by_password(GRID)).session.step is Step.ENROL_TOTP


def test_ten_thousand_changed_tokens_open_nothing(office: Office, dialect: str) -> None:
    """On PostgreSQL, where each look is a round trip, a few hundred."""
    token = token_of(office.whole(OFFICER)[0])
    dice, letters = random.Random(1), string.ascii_letters + string.digits + "-_"
    changed: set[str] = {"", token[:-1], f"{token}=", f" {token}", token.upper(), token.swapcase(), token[::-1]}
    while len(changed) < (10_001 if dialect == "sqlite" else 301):
        at = dice.randrange(len(token))
        changed.add(token[:at] + dice.choice(letters) + token[at + 1 :])
        changed.add("".join(dice.choice(letters) for _ in token))
    changed.discard(token)
    with reading(office.engine) as connection:
        assert [one for one in changed if sql_sessions.found(connection, one, office.now) is not None] == []
        assert sql_sessions.found(connection, token, office.now) is not None
    assert not [row for row in office.rows(t.SessionRow) if row.token_hash == token]


# --- throttling ------------------------------------------------------------------------------------------------------


def test_after_the_fifth_error_one_waits_and_the_right_password_waits_too(office: Office) -> None:
    office.whole(OFFICER)
    for minutes in (0, 0, 0, 0, 1, 2, 4, 8, 15, 15):
        assert office.by_password(OFFICER, "wrong") == WRONG
        until = office.now + timedelta(minutes=minutes)
        if minutes:
            office.now = until - timedelta(seconds=1)
            assert office.by_password(OFFICER) == TurnedAway(why=Why.WAIT, until=until)
        office.now = until
    assert isinstance(office.by_password(OFFICER), SignedIn)


def test_errors_of_a_clock_that_was_wrong_lock_nobody_out(office: Office) -> None:
    office.whole(OFFICER)
    office.later(days=400)
    assert [office.by_password(OFFICER, "wrong") for _ in range(5)] == [WRONG] * 5
    office.later(days=-400)
    assert isinstance(office.by_password(OFFICER), SignedIn)


def test_nobody_waits_as_somebody_does(office: Office) -> None:
    for _ in range(5):
        assert office.by_password("S-nobody") == WRONG
    waits = office.by_password("S-nobody")
    assert waits == TurnedAway(why=Why.WAIT, until=office.now + timedelta(minutes=1))


def test_the_right_password_alone_forgives_no_wrong_codes(office: Office) -> None:
    _, secret, _ = office.whole(OFFICER)
    office.later(minutes=1)
    token = token_of(office.by_password(OFFICER))
    for _ in range(5):
        assert isinstance(office.by_password(OFFICER), SignedIn)
        assert office.accounts.second_factor(token, "000000", HERE, office.now) == WRONG
    assert office.by_password(OFFICER) == TurnedAway(why=Why.WAIT, until=office.now + timedelta(minutes=1))
    right = office.accounts.second_factor(token, office.digits(secret), HERE, office.now)
    assert right == TurnedAway(why=Why.WAIT, until=office.now + timedelta(minutes=1))
    office.later(minutes=1)
    token = token_of(office.by_password(OFFICER))
    assert isinstance(office.accounts.second_factor(token, office.digits(secret), HERE, office.now), SignedIn)
    assert [office.by_password(OFFICER, "wrong") for _ in range(4)] == [WRONG] * 4  # and begins anew


def test_one_account_that_gets_in_forgives_its_address_nothing(office: Office) -> None:
    office.with_password(GRID)
    for n in range(20):
        assert office.by_password(f"S-guessed-{n}") == WRONG
        if n < 19:
            assert isinstance(office.by_password(GRID), SignedIn)
    until = office.now + timedelta(minutes=1)
    assert office.by_password(GRID) == TurnedAway(why=Why.WAIT, until=until)
    assert isinstance(office.by_password(GRID, client=ELSEWHERE), SignedIn)
    office.later(minutes=1)
    assert isinstance(office.by_password(GRID), SignedIn)


def test_a_lock_out_ends_no_open_session(office: Office) -> None:
    token = token_of(office.with_password(GRID))
    for _ in range(5):
        office.by_password(GRID, "wrong", ELSEWHERE)
    assert isinstance(office.by_password(GRID), TurnedAway)
    assert office.session(token) is not None


def test_tries_name_neither_login_nor_address(office: Office) -> None:
    office.by_password(OFFICER, "wrong")
    kept = office.rows(t.SignInTry)
    assert kept
    for row in kept:
        assert not [value for value in row if isinstance(value, str) and (OFFICER in value or HERE in value)]


def test_guesses_at_once_are_as_few_as_guesses_in_turn(office: Office) -> None:
    office.whole(OFFICER)
    answers = at_once([lambda: office.by_password(OFFICER, "wrong") for _ in range(12)])
    assert (answers.count(WRONG), len(answers)) == (5, 12)


def test_one_code_for_two_at_once_lets_one_in(office: Office) -> None:
    _, secret, _ = office.whole(OFFICER)
    tokens = [token_of(office.by_password(OFFICER)) for _ in range(3)]
    office.later(seconds=30)
    code = office.digits(secret)
    answers = at_once(
        [lambda token=token: office.accounts.second_factor(token, code, HERE, office.now) for token in tokens]
    )
    assert sorted(isinstance(answer, SignedIn) for answer in answers) == [False, False, True]
