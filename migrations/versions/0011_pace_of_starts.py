"""What workers have taken up of the starts of cases within the last second: the pace is that of all together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import instant, number

revision: str = "0011"
down_revision: str | None = "0010"


def upgrade() -> None:
    op.create_table("starts_taken", number("id"), number("starts"), instant("until"), sa.PrimaryKeyConstraint("id"))


def downgrade() -> None:
    op.drop_table("starts_taken")
