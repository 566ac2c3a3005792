"""Indexes by month, for the dashboard: visits by when they are due, texts by when they were made or came."""

from __future__ import annotations

from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"

BY = {"visit_row": "due_at", "digest": "built_at", "inbound": "received_at"}


def upgrade() -> None:
    for table, column in BY.items():
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    for table, column in BY.items():
        op.drop_index(f"ix_{table}_{column}", table)
