"""Up to when a provider was asked for texts that it could not hand to us."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import instant, text

revision: str = "0008"
down_revision: str | None = "0006"


def upgrade() -> None:
    op.create_table("poll_back", text("provider"), instant("polled_until"), sa.PrimaryKeyConstraint("provider"))


def downgrade() -> None:
    op.drop_table("poll_back")
