"""Indexes for pages over years: the texts that a story came from, an elder's items, the cases that lists begin."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"

BEGINNINGS = {"ix_ledger_stream": "ledger", "ix_stream_state_stream": "stream_state"}
STARTS = "kind = 'start_case'"


def upgrade() -> None:
    op.create_index("ix_elder_standing", "elder", ["standing", "start_on"])
    op.create_index("ix_inbound_note_id", "inbound", ["note_id"])
    op.create_index("ix_work_item_elder_id", "work_item", ["elder_id"])
    op.create_index(
        "ix_letter_start_case", "letter", ["state", "send_not_before"], sqlite_where=sa.text(STARTS),
        postgresql_where=sa.text(STARTS),
    )  # fmt: skip
    if op.get_bind().dialect.name == "postgresql":  # SQLite's keys are sorted by their bytes, and find beginnings
        for name, table in BEGINNINGS.items():
            op.create_index(name, table, ["stream"], postgresql_ops={"stream": "text_pattern_ops"})


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name, table in BEGINNINGS.items():
            op.drop_index(name, table)
    op.drop_index("ix_letter_start_case", "letter")
    op.drop_index("ix_work_item_elder_id", "work_item")
    op.drop_index("ix_inbound_note_id", "inbound")
    op.drop_index("ix_elder_standing", "elder")
