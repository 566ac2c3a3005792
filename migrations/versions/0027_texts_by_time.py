"""Indexes: texts by time, by recipient and by what became of them; lines that no text was built of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"

UNBUILT = "kind = 'text' AND state != 'gathered'"


def upgrade() -> None:
    op.create_index("ix_digest_built", "digest", ["built_at", "id"])
    op.create_index("ix_digest_to", "digest", ["recipient_id", "built_at", "id"])
    op.create_index("ix_digest_state", "digest", ["state", "built_at", "id", "recipient_id"])
    op.create_index("ix_inbound_received", "inbound", ["received_at", "note_id"])
    op.create_index("ix_inbound_from", "inbound", ["phone_index", "received_at", "note_id"])
    op.create_index("ix_inbound_note", "inbound", ["note_id"])
    op.create_index(
        "ix_letter_unbuilt", "letter", ["created_at", "id"], sqlite_where=sa.text(UNBUILT),
        postgresql_where=sa.text(UNBUILT),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_letter_unbuilt", "letter")
    for name in ("ix_inbound_note", "ix_inbound_from", "ix_inbound_received"):
        op.drop_index(name, "inbound")
    for name in ("ix_digest_state", "ix_digest_to", "ix_digest_built"):
        op.drop_index(name, "digest")
