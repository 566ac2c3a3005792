"""A text keeps the parameters it was made from: some providers are given template and parameters, never words."""

from __future__ import annotations

from alembic import op

from migrations.columns import sealed

revision: str = "0009"
down_revision: str | None = "0008"


def upgrade() -> None:
    op.add_column("digest", sealed("params_enc", nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("digest") as table:
        table.drop_column("params_enc")
