"""Packs that were put forward and wait for a second person; of a version in force, who put it forward."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import day, instant, text

revision: str = "0016"
down_revision: str | None = "0015"


def upgrade() -> None:
    op.create_table(
        "policy_proposal",
        text("id"),
        text("county"),
        text("hash"),
        text("version"),
        text("content"),
        day("active_from"),
        text("proposed_by"),
        instant("proposed_at"),
        text("outcome", nullable=True),
        text("ended_by", nullable=True),
        instant("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_policy_proposal_county", "policy_proposal", ["county"])
    with op.batch_alter_table("policy_version") as table:
        table.add_column(text("proposed_by", nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("policy_version") as table:
        table.drop_column("proposed_by")
    op.drop_table("policy_proposal")
