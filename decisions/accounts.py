"""Who signs in by what, how long a session lasts, how long one waits after errors, what a password may not be."""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from models.accounts import Outcome, Step, Why
from models.values import Role

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # a session's last sight is written down at most so often: a page is no write

CODE_DIGITS = 6
CODE_HOLDS = timedelta(minutes=5)
CODE_TRIES = 5
CODES_AN_HOUR = 3
RECOVERY_CODES = 10
WAY_HOLDS = timedelta(minutes=10)  # to the OpenID Connect provider and back

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200


class Proof(StrEnum):
    """What somebody must show at least."""

    PHONE_CODE = "phone_code"
    TWO_FACTORS = "two_factors"


PROOF: Mapping[Role, Proof] = {
    Role.GRID_WORKER: Proof.PHONE_CODE,
    Role.VILLAGE_ASSISTANT: Proof.PHONE_CODE,
    Role.TOWNSHIP_OFFICER: Proof.TWO_FACTORS,
    Role.COUNTY_OFFICER: Proof.TWO_FACTORS,
    Role.COUNTY_APPROVER: Proof.TWO_FACTORS,
    Role.ASSESSOR: Proof.TWO_FACTORS,
    Role.AUDITOR: Proof.TWO_FACTORS,
    Role.ADMIN: Proof.TWO_FACTORS,
}
"""By every role of staff that somebody holds or is deputy of. A volunteer has no account."""


def proof_asked(roles: Collection[Role]) -> Proof:
    """The strongest that one of their roles asks for; of who holds none, as of whoever may come to hold any."""
    weak = roles and all(PROOF.get(role) is Proof.PHONE_CODE for role in roles)
    return Proof.PHONE_CODE if weak else Proof.TWO_FACTORS


def next_step(roles: Collection[Role], *, must_change: bool, enrolled: bool) -> Step:
    """What whoever has shown the right password must still do. A second factor that is there is asked of anybody."""
    if must_change:
        return Step.MUST_CHANGE
    if enrolled:
        return Step.NEEDS_TOTP
    return Step.ENROL_TOTP if proof_asked(roles) is Proof.TWO_FACTORS else Step.FULL


def step_after_provider(*, strong: bool, enrolled: bool) -> Step:
    """What whoever the OpenID Connect provider names must still do: a second factor is shown there or here, by all."""
    if strong:
        return Step.FULL
    return Step.NEEDS_TOTP if enrolled else Step.ENROL_TOTP


# --- how long one waits ----------------------------------------------------------------------------------------------


class Throttle(NamedTuple):
    """After how many errors in a row one waits. An office has one address and many people."""

    free: int


OF_LOGIN, OF_ADDRESS = Throttle(free=4), Throttle(free=19)
OF_CODES = Throttle(free=299)  # of visits, from everywhere: a slip does not count, so these are guesses
FIRST_WAIT = timedelta(minutes=1)
MOST_WAIT = timedelta(minutes=15)
FORGOTTEN = timedelta(minutes=15)  # after so long without an error, beyond the wait, one begins anew
LOOK_BACK = timedelta(hours=12)  # errors before that change no wait: 24 in a row are never so far apart
ASKS_AN_HOUR = 30  # phone codes asked for from one address


class Try(NamedTuple):
    """A line in the record of tries. What is begun counts as an error until its own `RIGHT` or `IN` stands there."""

    attempt: str
    at: datetime
    outcome: Outcome


def errors(tries: Sequence[Try], *, forgiven: bool) -> list[datetime]:
    """When it was tried in vain, in order. `forgiven`: whoever got in wholly begins anew; an address never does."""
    right = {one.attempt for one in tries if one.outcome is not Outcome.TRIED}
    last_in = max((n for n, one in enumerate(tries) if one.outcome is Outcome.IN), default=-1) if forgiven else -1
    return [one.at for one in tries[last_in + 1 :] if one.attempt not in right]


def wait_after(count: int, throttle: Throttle) -> timedelta:
    """1, 2, 4, 8 minutes and then 15, from the first error that is not free."""
    over = count - throttle.free
    return timedelta() if over < 1 else min(MOST_WAIT, FIRST_WAIT * 2 ** min(over - 1, 10))


def waits_until(failed: Sequence[datetime], throttle: Throttle) -> datetime | None:
    """Till when nothing may be tried after these errors. None: as far as these go, one need not wait."""
    count, until = 0, None
    for at in failed:
        count = 1 if until is None or at - until > FORGOTTEN else count + 1
        until = at + wait_after(count, throttle)
    return until if wait_after(count, throttle) else None


def client_of(address: str) -> str:
    """What counts as one address: of IPv6 the network a household or office is given; what is none, as it stands."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


# --- passwords -------------------------------------------------------------------------------------------------------


def spelled(password: str) -> str:
    """One spelling for what looks alike: a full-width digit is typed as easily as a plain one."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())


def flaw(password: str, own: Collection[str]) -> Why | None:
    """Why this may not be their password. `own`: what others know of them, each of two characters or more."""
    said = spelled(password)
    if len(said) < SHORTEST_PASSWORD:
        return Why.TOO_SHORT
    if len(said) > LONGEST_PASSWORD:
        return Why.TOO_LONG
    folded = said.casefold()
    if any(len(word) > 1 and spelled(word).casefold() in folded for word in own):
        return Why.OWN_WORDS
    return None
