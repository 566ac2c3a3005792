"""Assessing bodies and who assesses for them; the rounds of each elder's assessment, and the level that holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import day, flag, instant, number, text

revision: str = "0013"
down_revision: str | None = "0012"


def upgrade() -> None:
    op.create_table(
        "assessing_body",
        text("id"),
        text("county_id", sa.ForeignKey("area.id")),
        text("name"),
        text("registered_as"),
        day("from_on"),
        day("to_on", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_assessing_body_county_id", "assessing_body", ["county_id"])
    op.create_table(
        "body_assessor",
        text("staff_id", sa.ForeignKey("staff.id")),
        text("body_id", sa.ForeignKey("assessing_body.id")),
        day("from_on"),
        day("to_on", nullable=True),
        sa.PrimaryKeyConstraint("staff_id", "body_id", "from_on"),
    )
    op.create_table(
        "assessment_row",
        text("elder_id"),
        number("round"),
        text("township_id"),
        text("village_id"),
        text("stage"),
        text("trigger"),
        text("reason"),
        instant("requested_at"),
        instant("due_at", nullable=True),
        text("first_id", nullable=True),
        text("second_id", nullable=True),
        text("body_id", nullable=True),
        text("proposed", nullable=True),
        number("total", nullable=True),
        text("level", nullable=True),
        day("assessed_on", nullable=True),
        text("confirmed_by", nullable=True),
        text("escalation_id", nullable=True),
        instant("ended_at", nullable=True),
        text("outcome", nullable=True),
        sa.PrimaryKeyConstraint("elder_id", "round"),
    )
    for column in ("township_id", "stage", "first_id", "second_id"):
        op.create_index(f"ix_assessment_row_{column}", "assessment_row", [column])
    op.create_table(
        "level_row",
        text("elder_id"),
        text("level"),
        number("round"),
        day("assessed_on"),
        day("valid_to", nullable=True),
        instant("object_by"),
        text("confirmed_by"),
        instant("confirmed_at"),
        flag("expired"),
        sa.PrimaryKeyConstraint("elder_id"),
    )
    op.create_index("ix_level_row_level", "level_row", ["level"])


def downgrade() -> None:
    for table in ("level_row", "assessment_row", "body_assessor", "assessing_body"):
        op.drop_table(table)
