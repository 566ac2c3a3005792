"""Payment lists with their lines, months whose visits are closed, and of a change whether an age alone brought it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import day, flag, instant, number, text

revision: str = "0015"
down_revision: str | None = "0014"


def upgrade() -> None:
    op.create_table(
        "pay_line",
        text("sha256"),
        number("seq"),
        text("elder_id"),
        text("code"),
        number("n"),
        day("month"),
        text("kind"),
        number("fen"),
        number("due_fen"),
        text("row"),
        text("because"),
        text("township_id"),
        text("village_id"),
        flag("by_age"),
        sa.PrimaryKeyConstraint("sha256", "seq"),
    )
    op.create_index("ix_pay_line_elder_id", "pay_line", ["elder_id"])
    op.create_table(
        "pay_list",
        text("county_id"),
        day("month"),
        number("n"),
        text("state"),
        text("sha256"),
        number("lines"),
        number("fen"),
        number("back_pay_fen"),
        number("claw_back_fen"),
        number("held"),
        number("unstated"),
        instant("drawn_at"),
        text("checked_by", nullable=True),
        text("decided_by", nullable=True),
        instant("decided_at", nullable=True),
        sa.PrimaryKeyConstraint("county_id", "month", "n"),
    )
    op.create_index("ix_pay_list_sha256", "pay_list", ["sha256"])
    op.create_table(
        "frozen_rate",
        text("county_id"),
        day("month"),
        text("township_id"),
        number("listed"),
        number("seen"),
        number("excused"),
        instant("known_at"),
        sa.PrimaryKeyConstraint("county_id", "month", "township_id"),
    )
    with op.batch_alter_table("entitlement_row") as table:
        table.add_column(sa.Column("change_by_age", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("entitlement_row") as table:
        table.alter_column("change_by_age", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("entitlement_row") as table:
        table.drop_column("change_by_age")
    for table in ("frozen_rate", "pay_list", "pay_line"):
        op.drop_table(table)
