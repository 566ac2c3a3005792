"""Facts about elders as staff state them; claims to benefits, and what the approved ones give month by month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import day, flag, instant, number, sealed, text

revision: str = "0014"
down_revision: str | None = "0013"


def upgrade() -> None:
    op.create_table(
        "stated_fact",
        text("id"),
        text("elder_id"),
        number("n"),
        text("code"),
        sealed("value_enc"),
        text("source"),
        text("document_note_id", nullable=True),
        day("on"),
        flag("taken_back"),
        text("stated_by"),
        instant("stated_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_stated_fact_elder_id", "stated_fact", ["elder_id"])
    op.create_table(
        "claim_row",
        text("elder_id"),
        text("code"),
        number("n"),
        text("township_id"),
        text("village_id"),
        text("stage"),
        text("trigger"),
        day("asked_on"),
        instant("opened_at"),
        instant("due_at", nullable=True),
        text("outcome"),
        text("standing"),
        text("row", nullable=True),
        number("fen", nullable=True),
        day("month"),
        text("policy_version"),
        text("policy_hash"),
        text("checked_by", nullable=True),
        text("notice", nullable=True),
        day("posted_on", nullable=True),
        day("until_on", nullable=True),
        text("escalation_id", nullable=True),
        text("decision", nullable=True),
        text("decided_by", nullable=True),
        instant("decided_at", nullable=True),
        day("told_on", nullable=True),
        day("appeal_by", nullable=True),
        sa.PrimaryKeyConstraint("elder_id", "code", "n"),
    )
    for column in ("township_id", "stage", "decision"):
        op.create_index(f"ix_claim_row_{column}", "claim_row", [column])
    op.create_table(
        "entitlement_row",
        text("elder_id"),
        text("code"),
        number("n"),
        day("from_month"),
        text("township_id"),
        text("village_id"),
        text("kind"),
        text("row"),
        number("fen", nullable=True),
        day("through", nullable=True),
        text("policy_version"),
        text("policy_hash"),
        text("approved_by"),
        instant("approved_at"),
        flag("held"),
        day("review_on"),
        text("waits", nullable=True),
        instant("waits_until", nullable=True),
        text("change", nullable=True),
        number("change_fen", nullable=True),
        day("change_month", nullable=True),
        text("end_cause", nullable=True),
        text("ended_by", nullable=True),
        sa.PrimaryKeyConstraint("elder_id", "code", "n", "from_month"),
    )
    op.create_index("ix_entitlement_row_township_id", "entitlement_row", ["township_id"])


def downgrade() -> None:
    for table in ("entitlement_row", "claim_row", "stated_fact"):
        op.drop_table(table)
