"""A work item's county, known even where elder and township are not: whose officers it is for.

Of the rows that are there it is their elder's or their township's; of the rest nobody knows, and they are shown to all.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import text

revision: str = "0010"
down_revision: str | None = "0009"

OF_THE_ELDER = "(SELECT elder.county_id FROM elder WHERE elder.id = work_item.elder_id)"
OF_THE_TOWNSHIP = "(SELECT area.parent_id FROM area WHERE area.id = work_item.township_id)"


def upgrade() -> None:
    op.add_column("work_item", text("county_id", nullable=True))
    op.execute(sa.text(f"UPDATE work_item SET county_id = COALESCE({OF_THE_ELDER}, {OF_THE_TOWNSHIP})"))


def downgrade() -> None:
    with op.batch_alter_table("work_item") as table:
        table.drop_column("county_id")
