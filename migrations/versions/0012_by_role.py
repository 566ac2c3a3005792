"""The role under which somebody changed the register: what follows from it later is a fact of that role."""

from __future__ import annotations

from alembic import op

from migrations.columns import text

revision: str = "0012"
down_revision: str | None = "0011"


def upgrade() -> None:
    op.add_column("register_change", text("by_role", nullable=True))


def downgrade() -> None:
    op.drop_column("register_change", "by_role")
