"""A leave of staff ends on the day it begins or later, as a volunteer's already must. One that did not never held."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    op.execute(sa.text("DELETE FROM staff_leave WHERE to_on < from_on"))
    with op.batch_alter_table("staff_leave") as table:
        table.create_check_constraint("ck_staff_leave_order", "to_on >= from_on")


def downgrade() -> None:
    with op.batch_alter_table("staff_leave") as table:
        table.drop_constraint("ck_staff_leave_order", type_="check")
