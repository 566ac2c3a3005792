"""Questions back: what each phone was asked about which task, and until when an answer is waited for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import instant, text

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    op.create_table(
        "asked_back",
        text("task_id"),
        text("phone_index"),
        text("elder_id", nullable=True),
        text("township_id", nullable=True),
        text("note_id"),
        instant("asked_at"),
        instant("answer_by"),
        text("phase"),
        text("item_id", nullable=True),
        sa.PrimaryKeyConstraint("task_id", "phone_index"),
        sa.CheckConstraint("phase IN ('waiting', 'answered', 'told')", name="ck_phase"),
    )
    op.create_index("ix_asked_back_due", "asked_back", ["phase", "answer_by"])
    op.create_index("ix_asked_back_elder_id", "asked_back", ["elder_id"])


def downgrade() -> None:
    op.drop_table("asked_back")
