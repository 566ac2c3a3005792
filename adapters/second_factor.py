"""The second factor: six digits of a secret and the hour (TOTP, RFC 6238). Words that are typed once."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

from pyotp import random_base32
from pyotp.totp import TOTP

ISSUER = "探访"
EITHER_WAY = 1  # steps of 30 seconds by which a clock may be wrong
PLAIN = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is read as something else


def new_secret() -> str:
    """160 bits, as an authenticator app takes them."""
    return random_base32()


def uri_of(secret: str, staff_id: str) -> str:
    """What the QR code holds."""
    return TOTP(secret).provisioning_uri(name=staff_id, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime, taken: int | None) -> int | None:
    """The step this code is of. None: of none near, or of one that is not later than the one `taken` last."""
    totp = TOTP(secret)
    at = totp.timecode(now)
    near = range(at - EITHER_WAY, at + EITHER_WAY + 1)
    fits = [step for step in near if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())]
    return next((step for step in fits if taken is None or step > taken), None)


def new_words(groups: int, of: int) -> str:
    """Random, for people to copy: abcd-efgh-2345."""
    return "-".join("".join(secrets.choice(PLAIN) for _ in range(of)) for _ in range(groups))


def plain_words(typed: str) -> str:
    """The same however it was typed: capitals, blanks and hyphens say nothing."""
    return "".join(letter for letter in typed.lower() if letter in PLAIN)
