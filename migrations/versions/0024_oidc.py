"""Who of the staff a person at the OpenID Connect provider is, and the ways there and back that have been taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import instant, text

revision: str = "0024"
down_revision: str | None = "0023"


def upgrade() -> None:
    op.create_table(
        "account_subject",
        text("subject_index"),
        text("staff_id", sa.ForeignKey("staff.id")),
        instant("bound_at"),
        text("bound_by"),
        sa.PrimaryKeyConstraint("subject_index"),
        sa.UniqueConstraint("staff_id"),
    )
    op.create_table("oidc_way", text("state_index"), instant("ends_at"), sa.PrimaryKeyConstraint("state_index"))
    op.create_index("ix_oidc_way_ends_at", "oidc_way", ["ends_at"])


def downgrade() -> None:
    op.drop_table("oidc_way")
    op.drop_table("account_subject")
