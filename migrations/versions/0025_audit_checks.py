"""Checks that were asked for and what they found; the log of commands by when, by whom and by what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import instant, text

revision: str = "0025"
down_revision: str | None = "0024"

LOG = {
    "ix_command_at": ["at", "id"],
    "ix_command_staff": ["staff_id", "at"],
    "ix_command_action": ["action", "at"],
}


def upgrade() -> None:
    op.create_table(
        "audit_check",
        text("id"),
        text("subject_id"),
        text("county_id"),
        text("elder_id", nullable=True),
        text("asked_by"),
        instant("begun_at"),
        instant("beat_at"),
        text("phase"),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        instant("ended_at", nullable=True),
        text("failure", nullable=True),
        sa.Column("clean", sa.Boolean(), nullable=True),
        text("result", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_audit_check_open", "audit_check", ["subject_id"], unique=True,
        sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL"),
    )  # fmt: skip
    op.create_index("ix_audit_check_begun", "audit_check", ["subject_id", "begun_at"])
    for name, columns in LOG.items():
        op.create_index(name, "command", columns)


def downgrade() -> None:
    for name in LOG:
        op.drop_index(name, "command")
    op.drop_table("audit_check")
