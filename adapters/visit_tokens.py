"""The link to one visit's page: a token that only we can make, and that shows nothing of what it holds.

`<key version>.<base64url>`: when it ends, the visit's id and the volunteer's, sealed by AES-SIV (RFC 5297) under a
sub-key of its own. The same task has the same token, and no two tokens are taken for one: any other spelling of the
same bytes is refused. Nothing here asks whether the task is still theirs; `adapters.sql_visit_links` does.

And the code typed in where a link cannot be sent: seven characters and a check character.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from adapters.sealing import Sealer
from models.errors import TanfangFault

SIV_BYTES, ENDS_BYTES = 16, 4
BETWEEN = "\n"  # in no id
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31, a prime: with other weights at each place every slip of one character, or swap of two, is found."""
CODE_LETTERS = 7
CODES = len(LETTERS) ** CODE_LETTERS
DASHES = re.compile(r"[\s\-‐-―－_.。·]")


class Token(NamedTuple):
    visit_id: str
    volunteer_id: str
    ends_at: datetime


def sealed_token(sealer: Sealer, token: Token) -> str:
    """Cut to whole seconds."""
    version = sealer.current_version
    ends = int(token.ends_at.timestamp()).to_bytes(ENDS_BYTES, "big")
    held = ends + BETWEEN.join((token.visit_id, token.volunteer_id)).encode()
    return f"{version}.{_spelled(_cipher(sealer, version).encrypt(held, [version.encode()]))}"


def opened_token(sealer: Sealer, said: str) -> Token | None:
    """None: not made by us, or changed."""
    version, dot, body = said.partition(".")
    try:
        raw = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        if not dot or len(raw) < SIV_BYTES + ENDS_BYTES or _spelled(raw) != body:
            return None
        held = _cipher(sealer, version).decrypt(raw, [version.encode()])
    except (ValueError, InvalidTag, TanfangFault):
        return None
    visit_id, _, volunteer_id = held[ENDS_BYTES:].decode().partition(BETWEEN)
    return Token(visit_id, volunteer_id, datetime.fromtimestamp(int.from_bytes(held[:ENDS_BYTES], "big"), UTC))


def _cipher(sealer: Sealer, version: str) -> AESSIV:
    return AESSIV(sealer.link_key(version))


def _spelled(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def code_of(sealer: Sealer, visit_id: str, volunteer_id: str, nth: int) -> str:
    """The nth code of a task, as it is stored and typed, without its check character."""
    number = int(sealer.index("visit_code", f"{visit_id}{BETWEEN}{volunteer_id}{BETWEEN}{nth}"), 16) % CODES
    said = ""
    for _ in range(CODE_LETTERS):
        number, at = divmod(number, len(LETTERS))
        said += LETTERS[at]
    return said


def printed(code: str) -> str:
    """ABCD-EFGH, the last being the check."""
    whole = code + _check(code)
    return f"{whole[:4]}-{whole[4:]}"


def typed(said: str) -> str | None:
    """The code in what was typed, however spaced and spelled. None: a slip, or no code at all."""
    whole = DASHES.sub("", unicodedata.normalize("NFKC", said)).upper()
    code, check = whole[:CODE_LETTERS], whole[CODE_LETTERS:]
    ours = len(whole) == CODE_LETTERS + 1 and all(letter in LETTERS for letter in whole)
    return code if ours and _check(code) == check else None


def _check(code: str) -> str:
    total = sum(weight * LETTERS.index(letter) for weight, letter in enumerate(code, 2))
    return LETTERS[total % len(LETTERS)]
