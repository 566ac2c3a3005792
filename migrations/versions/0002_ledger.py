"""The ledger and its projections.

A frozen snapshot: it does not follow `models.tables`; a test says when the two differ.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import append_only, day, flag, instant, number, sealed, text

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    op.create_table(
        "case_row",
        text("elder_id"),
        text("county_id"),
        text("township_id"),
        text("village_id"),
        text("status"),
        instant("opened_at"),
        day("start_on"),
        instant("closed_at", nullable=True),
        text("close_reason", nullable=True),
        text("policy_hash"),
        sa.PrimaryKeyConstraint("elder_id"),
    )
    op.create_index("ix_case_row_township_id", "case_row", ["township_id"])
    op.create_index("ix_case_row_village_id", "case_row", ["village_id"])
    op.create_table(
        "escalation_row",
        text("id"),
        text("elder_id"),
        text("township_id"),
        text("village_id"),
        text("visit_id", nullable=True),
        text("cause"),
        text("urgency"),
        text("state"),
        number("rung"),
        text("role", nullable=True),
        text("owner_id", nullable=True),
        flag("as_deputy"),
        instant("asked_at"),
        instant("rung_at", nullable=True),
        instant("climbs_at", nullable=True),
        instant("acknowledged_at", nullable=True),
        number("extensions"),
        instant("resolved_at", nullable=True),
        text("resolved_by", nullable=True),
        text("outcome", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_escalation_row_elder_id", "escalation_row", ["elder_id"])
    op.create_index("ix_escalation_row_owner_id", "escalation_row", ["owner_id"])
    op.create_index("ix_escalation_row_state", "escalation_row", ["state"])
    op.create_index("ix_escalation_row_township_id", "escalation_row", ["township_id"])
    op.create_index("ix_escalation_row_visit_id", "escalation_row", ["visit_id"])
    op.create_table(
        "follow_up",
        text("id"),
        text("elder_id"),
        text("visit_id"),
        text("kind"),
        text("need"),
        instant("at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_follow_up_elder_id", "follow_up", ["elder_id"])
    op.create_table(
        "ledger",
        text("stream"),
        number("seq"),
        text("kind"),
        instant("at"),
        text("key"),
        text("prev"),
        text("body_hash"),
        text("hash"),
        sealed("body_enc"),
        sa.PrimaryKeyConstraint("stream", "seq"),
        sa.UniqueConstraint("stream", "key", name="uq_ledger_key"),
    )
    op.create_index("ix_ledger_at", "ledger", ["at"])
    op.create_table(
        "period_reason",
        text("elder_id"),
        text("period_id"),
        text("reason"),
        text("given_by"),
        instant("starts_at"),
        instant("ends_at"),
        sa.PrimaryKeyConstraint("elder_id", "period_id"),
    )
    op.create_table(
        "stream_state",
        text("stream"),
        number("seq"),
        text("head"),
        sealed("state_enc"),
        sa.PrimaryKeyConstraint("stream"),
    )
    op.create_table(
        "visit_row",
        text("id"),
        text("elder_id"),
        text("township_id"),
        text("village_id"),
        text("period_id"),
        text("kind"),
        text("reason"),
        text("state"),
        text("volunteer_id", nullable=True),
        instant("opened_at"),
        instant("starts_at"),
        instant("due_at"),
        instant("ends_at"),
        text("visitor_id", nullable=True),
        text("method", nullable=True),
        text("result", nullable=True),
        day("visited_on", nullable=True),
        instant("visited_at", nullable=True),
        instant("reported_at", nullable=True),
        flag("recorded_late"),
        number("attempts"),
        instant("overdue_at", nullable=True),
        text("cancel_reason", nullable=True),
        text("cancelled_by", nullable=True),
        text("escalation_id", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("state IN ('open', 'done', 'late', 'missed', 'cancelled')", name="ck_state"),
    )
    op.create_index("ix_visit_row_elder_id", "visit_row", ["elder_id"])
    op.create_index("ix_visit_row_period_id", "visit_row", ["period_id"])
    op.create_index("ix_visit_row_state", "visit_row", ["state"])
    op.create_index("ix_visit_row_township_id", "visit_row", ["township_id"])
    op.create_index("ix_visit_row_volunteer_id", "visit_row", ["volunteer_id"])
    op.create_table(
        "work_item",
        text("id"),
        text("item"),
        text("elder_id", nullable=True),
        text("township_id", nullable=True),
        text("role"),
        text("owner_id", nullable=True),
        text("about"),
        instant("opened_at"),
        instant("due_at"),
        instant("closed_at", nullable=True),
        text("closed_by", nullable=True),
        text("close_reason", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_work_item_township_id", "work_item", ["township_id"])
    append_only("ledger")


def downgrade() -> None:
    for table in (
        "work_item",
        "visit_row",
        "stream_state",
        "period_reason",
        "ledger",
        "follow_up",
        "escalation_row",
        "case_row",
    ):
        op.drop_table(table)
