"""Photos and positions that came with a visit, each by the elder's consent: sealed, in a table of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import instant, sealed, text

revision: str = "0023"
down_revision: str | None = "0022"


def upgrade() -> None:
    op.create_table(
        "visit_enclosure",
        text("id"),
        text("kind"),
        text("elder_id"),
        text("visit_id"),
        text("volunteer_id"),
        text("sha256"),
        sealed("content_enc"),
        instant("kept_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_visit_enclosure_elder_id", "visit_enclosure", ["elder_id"])
    op.create_index("ix_visit_enclosure_kept_at", "visit_enclosure", ["kept_at"])


def downgrade() -> None:
    op.drop_table("visit_enclosure")
