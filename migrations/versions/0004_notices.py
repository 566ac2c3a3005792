"""Notices: the name of who gave one is sealed. Nothing wrote this table before, so no row is carried over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    with op.batch_alter_table("elder_notice") as table:
        table.drop_column("given_by")
        table.add_column(sa.Column("given_by_enc", sa.LargeBinary(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("elder_notice") as table:
        table.drop_column("given_by_enc")
        table.add_column(sa.Column("given_by", sa.String(), nullable=False))
