"""Indexes: what is open, without all that was closed before; elders by village and where each lives; changed names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"

OPEN = {
    "work_item": ("ix_work_item_open", ["due_at", "id"], "closed_at IS NULL"),
    "escalation_row": ("ix_escalation_open", ["climbs_at", "id"], "state != 'resolved'"),
}


def upgrade() -> None:
    for table, (name, columns, where) in OPEN.items():
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index("ix_elder_by_village", "elder", ["village_id", "id"])
    op.create_index("ix_elder_lives", "elder", ["id", "village_id", "township_id", "county_id"])
    op.create_index("ix_elder_updated_at", "elder", ["updated_at"])


def downgrade() -> None:
    op.drop_index("ix_elder_updated_at", "elder")
    op.drop_index("ix_elder_lives", "elder")
    op.drop_index("ix_elder_by_village", "elder")
    for table, (name, *_) in OPEN.items():
        op.drop_index(name, table)
