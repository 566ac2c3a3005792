"""A town in which something is in every state that a page may meet, for requests that nobody would make."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pyotp.totp import TOTP

from models.accounts import Enrolment, OneTime, SignedIn
from models.values import Actor, ActorKind, Role
from tests.pages import money_town, visits
from tests.pages.assessed import MATRIX, named, with_bodies
from tests.pages.lived import lived
from tests.pages.peopled import set_volunteer
from tests.pages.town import KEY, NOW, STAFF_ROLES, STORE, Town, climbing, founded
from tests.twilio_server import OUR_NUMBER, SID, TOKEN

ALIYUN_KEY = "0123456789abcdef0123456789abcdef"
DOORS: dict[str, Any] = {
    "sms_provider": "sandbox", "public_url": "http://console.test", "twilio_account_sid": SID,
    "twilio_auth_token": TOKEN, "twilio_from": OUR_NUMBER, "aliyun_access_key_id": "id",
    "oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "tanfang", "oidc_client_secret": "kept from all",
    "aliyun_access_key_secret": "secret", "aliyun_callback_key": ALIYUN_KEY,
}  # fmt: skip
"""Every door that can be open is."""
ADMIN = Actor(id="S-admin", kind=ActorKind.STAFF, role=Role.ADMIN)
ASSESSORS = ("A-1", "A-2", "S-assessor")
EVERYBODY = (*(f"S-{role.value}" for role in STAFF_ROLES), *ASSESSORS, "S-township_officer-T2", "S-county_officer-X")
NEW_PASSWORD = "correct horse 12"


def made(folder: Path) -> None:
    """Its key and store, to be copied."""
    town = founded(folder)
    fill(town)
    town.house.engine.dispose()


def fill(town: Town) -> None:
    """A founded town with something in every state."""
    lived(town, "E1", NOW - timedelta(days=330))
    visits.asked(town, "E2", "V2")
    visits.asked(town, "E3", "V3")
    with_bodies(town)
    named(town, "E1")
    named(town, "E3", first=MATRIX)
    money_town.plays(town, money_town.approving())
    for elder in ("E2", "E3"):
        money_town.gives(town, elder)
    money_town.lists(town, date(2026, 3, 1), "checking")
    money_town.lists(town, date(2026, 4, 1), "approving")
    for elder, state in (("E1", "opened"), ("E2", "acknowledged"), ("E3", "resolved"), ("E9", "opened")):
        climbing(town.house, elder, "ladder", state=state)
    set_volunteer(town, "V2", capacity=0)


def copied(folder: Path, own: Path) -> Town:
    own.mkdir()
    for name in (KEY, STORE):
        (own / name).write_bytes((folder / name).read_bytes())
    return Town(own, **DOORS)


def half_signed_in(town: Town) -> dict[str, str]:
    """A session at each step before the last, each of somebody else: its path and token."""
    accounts, found = town.house.accounts, dict[str, str]()

    def signed(answer: object) -> str:
        assert isinstance(answer, SignedIn)
        return answer.token.get_secret_value()

    for staff_id, path in zip(EVERYBODY[2:5], ("/sign-in/password", "/sign-in/enrol", "/sign-in/code"), strict=True):
        first = town.house.account_book.make(staff_id, ADMIN, NOW)
        assert isinstance(first, OneTime)
        token = signed(accounts.sign_in(staff_id, first.password.get_secret_value(), "10.0.0.1", NOW))
        if path != "/sign-in/password":
            token = signed(accounts.change_password(token, "", NEW_PASSWORD, "10.0.0.1", NOW))
        if path == "/sign-in/code":
            made = accounts.enrol(token, NOW)
            assert isinstance(made, Enrolment)
            accounts.confirm_enrolment(token, TOTP(made.secret.get_secret_value()).at(NOW), "10.0.0.1", NOW)
            token = signed(accounts.sign_in(staff_id, NEW_PASSWORD, "10.0.0.1", NOW))
        found[path] = token
    return found


def links(town: Town) -> tuple[str, ...]:
    """What opens a visit's page today."""
    ways = [way for elder in ("E1", "E2", "E3") for way in town.house.visit_links.of_elder(elder, NOW)]
    return (*(way.path.removeprefix("/v/") for way in ways), *(way.code for way in ways))
