"""The post: letters, digests, texts, commands.

A frozen snapshot: it does not follow `models.tables`; a test says when the two differ.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import append_only, flag, instant, number, sealed, text

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    op.create_table(
        "archived_run",
        text("workflow_id"),
        text("run_id"),
        text("workflow_type"),
        number("events"),
        sealed("history_enc"),
        instant("archived_at"),
        sa.PrimaryKeyConstraint("workflow_id", "run_id"),
    )
    op.create_table(
        "command",
        text("id"),
        text("staff_id"),
        text("role"),
        text("action"),
        text("subject_id"),
        instant("at"),
        flag("accepted"),
        text("answer"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "digest",
        text("id"),
        text("recipient_id"),
        text("recipient_kind"),
        text("phone_index"),
        text("text_class"),
        text("template"),
        sealed("body_enc"),
        number("segments"),
        text("body_index"),
        text("state"),
        instant("built_at"),
        instant("send_by", nullable=True),
        instant("accepted_at", nullable=True),
        instant("delivered_at", nullable=True),
        text("why", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint(
            "state IN ('built', 'accepted', 'delivered', 'undelivered', 'failed', 'unknown', 'expired', 'cancelled')",
            name="ck_state",
        ),
    )
    op.create_index("ix_digest_phone_index", "digest", ["phone_index"])
    op.create_index("ix_digest_recipient_id", "digest", ["recipient_id"])
    op.create_table(
        "inbound",
        text("provider"),
        text("provider_message_id"),
        text("phone_index"),
        sealed("phone_enc"),
        text("note_id"),
        instant("received_at"),
        instant("read_at", nullable=True),
        text("sender_id", nullable=True),
        text("reading", nullable=True),
        number("tries"),
        sa.PrimaryKeyConstraint("provider", "provider_message_id"),
    )
    op.create_index("ix_inbound_phone_index", "inbound", ["phone_index"])
    op.create_index("ix_inbound_read_at", "inbound", ["read_at"])
    op.create_table(
        "letter",
        text("id"),
        text("kind"),
        text("workflow_id", nullable=True),
        text("elder_id", nullable=True),
        text("recipient_id", nullable=True),
        sealed("body_enc"),
        text("state"),
        instant("send_not_before"),
        instant("send_by", nullable=True),
        instant("received_at", nullable=True),
        instant("created_at"),
        instant("settled_at", nullable=True),
        text("lease_owner", nullable=True),
        instant("lease_until", nullable=True),
        number("tries"),
        instant("next_try_at", nullable=True),
        text("why", nullable=True),
        text("reply", nullable=True),
        text("digest_id", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint(
            "state IN ('due', 'gathered', 'delivered', 'cancelled', 'expired', 'dead')", name="ck_state"
        ),
    )
    op.create_index("ix_letter_digest_id", "letter", ["digest_id"])
    op.create_index("ix_letter_due", "letter", ["state", "send_not_before"])
    op.create_index("ix_letter_elder_id", "letter", ["elder_id"])
    op.create_index("ix_letter_recipient", "letter", ["recipient_id", "state"])
    op.create_index("ix_letter_workflow_id", "letter", ["workflow_id"])
    op.create_table(
        "reservation",
        text("visit_id"),
        text("volunteer_id", nullable=True),
        text("elder_id"),
        text("reason"),
        instant("ends_at"),
        instant("released_at", nullable=True),
        sa.PrimaryKeyConstraint("visit_id"),
    )
    op.create_index("ix_reservation_volunteer_id", "reservation", ["volunteer_id"])
    op.create_table(
        "sandbox_text",
        text("id"),
        text("client_ref"),
        text("phone_index"),
        sealed("phone_enc"),
        sealed("body_enc"),
        instant("sent_at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("client_ref"),
    )
    op.create_index("ix_sandbox_text_phone_index", "sandbox_text", ["phone_index"])
    op.create_table(
        "send_attempt",
        number("id"),
        text("digest_id"),
        number("nth"),
        text("step"),
        text("provider"),
        text("provider_message_id", nullable=True),
        text("error", nullable=True),
        instant("at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_send_attempt_digest_id", "send_attempt", ["digest_id"])
    op.create_index("ix_send_attempt_provider_message_id", "send_attempt", ["provider_message_id"])
    op.create_table(
        "send_receipt",
        text("provider_message_id"),
        text("status"),
        text("error", nullable=True),
        instant("at"),
        sa.PrimaryKeyConstraint("provider_message_id", "status"),
    )
    append_only("send_attempt")
    append_only("send_receipt")
    append_only("command")


def downgrade() -> None:
    for table in (
        "send_receipt",
        "send_attempt",
        "sandbox_text",
        "reservation",
        "letter",
        "inbound",
        "digest",
        "command",
        "archived_run",
    ):
        op.drop_table(table)
