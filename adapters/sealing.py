"""Seals personal data with versioned keys, and makes the keyed values by which it can be found again.

The keyring is one JSON file, `{"current": "k1", "keys": {"k1": "<base64 of 32 bytes>"}}`, readable by its owner only.
New text is sealed with `current`; old text opens with the version it names. From each key four sub-keys are derived by
HKDF-SHA256 (RFC 5869): for sealing, for indexing, for the payload codec, for links. Indexes and derived ids always use
the *first* key of the file, so adding a newer key does not lose the rows already written; the first key is never
removed.

Errors: `TanfangFault(KEY_UNKNOWN)` for a key version that is not in the ring; `SealBroken` for bytes that are not ours
or were changed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from models.errors import Fault, TanfangFault

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
ID_CHARS = 16  # 80 bits


class SealBroken(ValueError):
    """Sealed bytes do not open: cut short, changed, or never sealed by us. Carries no content."""


class Keyring(BaseModel):
    """The county's keys by version. `repr` shows no key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    current: str = Field(pattern=r"^[A-Za-z0-9_-]{1,20}$")
    keys: dict[str, SecretStr]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads the file. Raises FileNotFoundError, or ValueError if it is not a keyring."""
        ring = cls.model_validate_json(path.read_bytes())
        for version in ring.keys:
            ring.key(version)
        ring.key(ring.current)
        return ring

    @classmethod
    def load_or_create(cls, path: Path) -> Self:
        """Reads the file, or makes one with a fresh key (mode 0600). Two starters at once end with the same ring."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            content = {"current": "k1", "keys": {"k1": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}}
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".keyring-")  # mkstemp gives mode 0600
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(content, file)
                    file.flush()
                    os.fsync(file.fileno())
                os.link(temporary, path)  # refuses to replace a ring that another starter has just made
            except FileExistsError:
                pass
            finally:
                os.unlink(temporary)
        return cls.load(path)

    @property
    def first(self) -> str:
        """The version that indexes and derived ids are made with."""
        return next(iter(self.keys))

    def key(self, version: str) -> bytes:
        """The 32 bytes of a version. Raises TanfangFault(KEY_UNKNOWN)."""
        held = self.keys.get(version)
        if held is None:
            raise TanfangFault(Fault.KEY_UNKNOWN, version)
        raw = base64.b64decode(held.get_secret_value(), validate=True)
        if len(raw) != KEY_BYTES:
            raise ValueError(f"key {version} is not {KEY_BYTES} bytes long")
        return raw


class Sealer:
    """Seals, opens, indexes. Sealed form: length of the version (1 byte), version, nonce (12), ciphertext and tag."""

    def __init__(self, keyring: Keyring) -> None:
        self._ring = keyring
        self._ciphers: dict[str, AESGCM] = {}
        self._index_key = _sub_key(keyring.key(keyring.first), "index")

    @property
    def current_version(self) -> str:
        return self._ring.current

    def seal(self, text: str | bytes) -> bytes:
        """AES-256-GCM under the current key with a random nonce; the version is authenticated too."""
        plain = text.encode() if isinstance(text, str) else text
        version = self._ring.current.encode("ascii")
        head = bytes([len(version)]) + version
        nonce = os.urandom(NONCE_BYTES)
        return head + nonce + self._cipher(self._ring.current).encrypt(nonce, plain, head)

    def open(self, sealed: bytes) -> str:
        """The text. Raises SealBroken, TanfangFault(KEY_UNKNOWN)."""
        return self.open_bytes(sealed).decode()

    def open_bytes(self, sealed: bytes) -> bytes:
        """The bytes. Raises SealBroken, TanfangFault(KEY_UNKNOWN)."""
        start = 1 + sealed[0] if sealed else 0
        if len(sealed) < start + NONCE_BYTES + TAG_BYTES or start < 2:
            raise SealBroken("sealed bytes are cut short")
        head, nonce, body = sealed[:start], sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
        try:
            return self._cipher(head[1:].decode("ascii")).decrypt(nonce, body, head)
        except (InvalidTag, UnicodeDecodeError):
            raise SealBroken("sealed bytes were changed") from None

    def index(self, kind: str, value: str) -> str:
        """Blind index: HMAC-SHA256 as 64 hex digits. Equal values of one kind meet; of two kinds they do not.

        The caller normalises `value` first (a phone in E.164, an ID number in capitals).
        """
        return self._mac(f"index:{kind}", value).hex()

    def derive_id(self, prefix: str, value: str) -> str:
        """Opaque id: `prefix` and 16 lower-case base32 characters; the same value always gives the same id."""
        return prefix + base64.b32encode(self._mac(f"id:{prefix}", value)).decode("ascii")[:ID_CHARS].lower()

    def payload_key(self, version: str | None = None) -> bytes:
        """32 bytes for the payload codec: of the current key, or of the version a stored payload names."""
        return _sub_key(self._ring.key(version or self._ring.current), "payload")

    def link_key(self, version: str) -> bytes:
        """32 bytes for links to pages (`adapters.visit_tokens`). Raises TanfangFault(KEY_UNKNOWN)."""
        return _sub_key(self._ring.key(version), "link")

    def _mac(self, label: str, value: str) -> bytes:
        return hmac.new(self._index_key, f"{label}\x00{value}".encode(), hashlib.sha256).digest()

    def _cipher(self, version: str) -> AESGCM:
        if version not in self._ciphers:
            self._ciphers[version] = AESGCM(_sub_key(self._ring.key(version), "seal"))
        return self._ciphers[version]


def _sub_key(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"tanfang/{purpose}".encode()).derive(key)
