"""Codes by which a volunteer opens the page of one visit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import instant, text

revision: str = "0019"
down_revision: str | None = "0018"


def upgrade() -> None:
    op.create_table(
        "visit_code",
        text("code_hash"),
        text("visit_id"),
        text("volunteer_id"),
        instant("ends_at"),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_index("ix_visit_code_ends_at", "visit_code", ["ends_at"])


def downgrade() -> None:
    op.drop_table("visit_code")
