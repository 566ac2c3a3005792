"""Who must show what to sign in, how long one waits after errors, what a password may not be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.accounts import (
    FORGOTTEN,
    LOOK_BACK,
    MOST_WAIT,
    OF_ADDRESS,
    OF_LOGIN,
    PROOF,
    Proof,
    Throttle,
    Try,
    client_of,
    errors,
    flaw,
    next_step,
    proof_asked,
    wait_after,
    waits_until,
)
from models.accounts import WHY_WORDS, Outcome, Step, Why
from models.values import Role

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TRIED, RIGHT, IN = Outcome.TRIED, Outcome.RIGHT, Outcome.IN


def test_every_role_of_staff_has_a_row_and_from_the_township_upward_it_is_two_factors() -> None:
    assert set(PROOF) == set(Role) - {Role.VOLUNTEER}
    weak = {role for role, proof in PROOF.items() if proof is Proof.PHONE_CODE}
    assert weak == {Role.GRID_WORKER, Role.VILLAGE_ASSISTANT}


@pytest.mark.parametrize(
    ("roles", "asked"),
    [
        ({Role.GRID_WORKER}, Proof.PHONE_CODE),
        ({Role.GRID_WORKER, Role.VILLAGE_ASSISTANT}, Proof.PHONE_CODE),
        ({Role.GRID_WORKER, Role.ASSESSOR}, Proof.TWO_FACTORS),
        ({Role.VOLUNTEER}, Proof.TWO_FACTORS),
        (set(), Proof.TWO_FACTORS),
    ],
)
def test_the_strongest_of_their_roles_decides(roles: set[Role], asked: Proof) -> None:
    assert proof_asked(roles) is asked


@pytest.mark.parametrize(
    ("role", "must_change", "enrolled", "step"),
    [
        (Role.ADMIN, True, True, Step.MUST_CHANGE),
        (Role.ADMIN, True, False, Step.MUST_CHANGE),
        (Role.ADMIN, False, True, Step.NEEDS_TOTP),
        (Role.ADMIN, False, False, Step.ENROL_TOTP),
        (Role.GRID_WORKER, True, False, Step.MUST_CHANGE),
        (Role.GRID_WORKER, False, True, Step.NEEDS_TOTP),  # who has one is asked for it
        (Role.GRID_WORKER, False, False, Step.FULL),
    ],
)
def test_after_the_password_comes(role: Role, must_change: bool, enrolled: bool, step: Step) -> None:
    assert next_step({role}, must_change=must_change, enrolled=enrolled) is step


@pytest.mark.parametrize(
    ("throttle", "count", "minutes"),
    [
        *((OF_LOGIN, n, wait) for n, wait in enumerate((0, 0, 0, 0, 0, 1, 2, 4, 8, 15, 15))),
        (OF_LOGIN, 1000, 15),
        (OF_ADDRESS, 19, 0),
        (OF_ADDRESS, 20, 1),
        (OF_ADDRESS, 24, 15),
    ],
)
def test_the_wait_doubles(throttle: Throttle, count: int, minutes: int) -> None:
    assert wait_after(count, throttle) == minutes * MINUTE


def test_errors_far_apart_are_no_series() -> None:
    apart = [NOW + n * (FORGOTTEN + MINUTE) for n in range(9)]
    assert waits_until(apart, OF_LOGIN) is None
    near = [NOW + n * MINUTE for n in range(5)]
    assert waits_until(near[:4], OF_LOGIN) is None
    assert waits_until(near, OF_LOGIN) == near[-1] + MINUTE
    after = [*near, near[-1] + MINUTE + FORGOTTEN + MINUTE]
    assert waits_until(after, OF_LOGIN) is None


def test_whoever_guesses_without_end_waits_the_longest_each_time() -> None:
    failed: list[datetime] = []
    at = NOW
    while at < NOW + timedelta(hours=24):
        seen = [one for one in failed if one > at - LOOK_BACK]
        at = max(at, waits_until(seen, OF_LOGIN) or at)
        failed.append(at)
        at += timedelta(seconds=1)
    late = failed[len(failed) // 2 :]
    assert all(then - before >= MOST_WAIT for before, then in pairwise(late))
    assert len(failed) < 105


@given(st.lists(st.sampled_from((TRIED, RIGHT, IN)), max_size=12))
def test_what_came_right_is_no_error(outcomes: list[Outcome]) -> None:
    tries = [Try("mine", NOW, TRIED), *(Try(f"{n}", NOW + n * MINUTE, one) for n, one in enumerate(outcomes, 1))]
    for forgiven in (True, False):
        assert (NOW in errors([*tries, Try("mine", NOW + MINUTE * 30, RIGHT)], forgiven=forgiven)) is False
    assert NOW in errors(tries, forgiven=False)
    assert (NOW in errors(tries, forgiven=True)) is (IN not in outcomes)


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_what_counts_as_one_address(address: str, client: str) -> None:
    assert client_of(address) == client


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("elevenchars", Why.TOO_SHORT),
        ("twelve chars", None),
        ("十二个字的密码也可以的呀", None),
        ("ｆｉｖｅ", Why.TOO_SHORT),
        ("x" * 200, None),
        ("x" * 201, Why.TOO_LONG),
        ("my S-OFFICER secret", Why.OWN_WORDS),
        ("王示福的密码不告诉别人呀", Why.OWN_WORDS),
        ("tel １９２００００００02", Why.OWN_WORDS),
    ],
)
def test_what_a_password_may_not_be(password: str, why: Why | None) -> None:
    assert flaw(password, ("S-officer", "王示福", "19200000002", "")) is why


def test_every_reason_has_words() -> None:
    assert set(WHY_WORDS) == set(Why)
