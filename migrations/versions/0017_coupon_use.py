"""The bills on which a service coupon was used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import day, instant, number, text

revision: str = "0017"
down_revision: str | None = "0016"


def upgrade() -> None:
    op.create_table(
        "coupon_use",
        text("elder_id"),
        number("seq"),
        text("code"),
        text("bill"),
        day("month"),
        day("on"),
        text("place"),
        number("percent"),
        number("bill_fen"),
        number("paid_fen"),
        number("left_fen"),
        text("recorded_by"),
        instant("recorded_at"),
        text("taken_back_by", nullable=True),
        instant("taken_back_at", nullable=True),
        sa.PrimaryKeyConstraint("elder_id", "seq"),
    )


def downgrade() -> None:
    op.drop_table("coupon_use")
