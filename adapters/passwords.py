"""Passwords, hashed with argon2id: made and compared, a few at a time."""

from __future__ import annotations

import secrets
from threading import BoundedSemaphore

from pwdlib import PasswordHash

from decisions.accounts import LONGEST_PASSWORD, spelled

AT_ONCE = 4  # of 64 MB and four threads each
MOST_TYPED = 4 * LONGEST_PASSWORD  # beyond it nothing is read: no password is so long, however it is typed


class Passwords:
    """What is compared with nothing takes as long as what is compared with somebody's."""

    def __init__(self, hasher: PasswordHash | None = None) -> None:
        """`hasher`: a cheap one, for tests; else the parameters that pwdlib recommends."""
        self._hasher = hasher or PasswordHash.recommended()
        self._slots = BoundedSemaphore(AT_ONCE)
        self._nobodys = self._hasher.hash(secrets.token_hex())

    def made(self, password: str) -> str:
        with self._slots:
            return self._hasher.hash(spelled(password))

    def fits(self, password: str, held: str | None) -> tuple[bool, str | None]:
        """Whether it is the one, and its hash anew where hashes are made otherwise by now."""
        with self._slots:
            fits, anew = self._hasher.verify_and_update(spelled(password[:MOST_TYPED]), held or self._nobodys)
        return (fits, anew) if held is not None else (False, None)
