"""An index of PostgreSQL: the letters that a text became, whose ids begin with its own."""

from __future__ import annotations

from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":  # SQLite's keys are sorted by their bytes, and find beginnings
        op.create_index("ix_letter_id", "letter", ["id"], postgresql_ops={"id": "text_pattern_ops"})


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_letter_id", "letter")
