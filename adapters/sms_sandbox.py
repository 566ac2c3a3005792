"""The sandbox provider: phones that live in a table. It accepts, delivers, signs its requests, and can be looked up.

Its requests to us carry `X-Sandbox-Signature`: HMAC-SHA256 over the exact URL and the sorted parameters.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, select

from adapters.database import patient, reading, writing
from adapters.sealing import Sealer
from adapters.sql_letters import insert_once
from adapters.texts import Outgoing
from models.tables import SandboxText, table_of

TEXTS = table_of(SandboxText)
SIGNATURE_HEADER = "X-Sandbox-Signature"
INBOUND_PATH = "/sms/sandbox/inbound"
RECEIPT_PATH = "/sms/sandbox/receipt"


def load_or_create_secret(path: Path) -> str:
    """The secret shared with the sandbox phones; made on first start, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def sign(secret: str, url: str, params: Mapping[str, str]) -> str:
    """As a provider signs: the URL, then each name and value in order of name."""
    said = url + "".join(name + params[name] for name in sorted(params))
    return hmac.new(secret.encode(), said.encode(), sha256).hexdigest()


def signed_by(secret: str, url: str, params: Mapping[str, str], signature: str) -> bool:
    return hmac.compare_digest(sign(secret, url, params).encode(), signature.encode())


class SandboxSms:
    """Fulfils `adapters.texts.Provider`."""

    name = "sandbox"

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    @patient
    def send(self, out: Outgoing) -> str:
        """Deliver to the phone's table row; answers the provider's message id. Sent twice, it is there once."""
        message_id = f"SB{sha256(out.client_ref.encode()).hexdigest()[:30]}"
        with writing(self._engine) as connection:
            insert_once(
                connection,
                TEXTS,
                {
                    "id": message_id, "client_ref": out.client_ref, "sent_at": out.at,
                    "phone_index": self._sealer.index("phone", out.phone), "phone_enc": self._sealer.seal(out.phone),
                    "body_enc": self._sealer.seal(out.text),
                },
            )  # fmt: skip
        return message_id

    def look_up(self, out: Outgoing) -> str | None:
        with reading(self._engine) as connection:
            return connection.execute(select(TEXTS.c.id).where(TEXTS.c.client_ref == out.client_ref)).scalar()

    def since(self, after: str) -> list[tuple[str, str, str]]:
        """What the phones hold, as (message id, phone, text) in order of arrival, after a message id ("" = all)."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(TEXTS).order_by(TEXTS.c.sent_at, TEXTS.c.id)).all()
        texts = [(row.id, self._sealer.open(row.phone_enc), self._sealer.open(row.body_enc)) for row in rows]
        if not after:
            return texts
        seen = [index for index, text in enumerate(texts) if text[0] == after]
        return texts[seen[0] + 1 :] if seen else texts
