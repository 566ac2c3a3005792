"""Accounts of staff, their sessions, what was tried, codes by phone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import append_only, flag, instant, number, sealed, text

revision: str = "0018"
down_revision: str | None = "0017"


def upgrade() -> None:
    op.create_table(
        "account",
        text("staff_id", sa.ForeignKey("staff.id")),
        text("password_hash", nullable=True),
        flag("must_change"),
        sealed("totp_enc", nullable=True),
        sealed("totp_pending_enc", nullable=True),
        number("totp_step", nullable=True),
        instant("disabled_at", nullable=True),
        instant("made_at"),
        text("made_by"),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    op.create_table(
        "account_recovery",
        text("staff_id", sa.ForeignKey("staff.id")),
        text("code_hash"),
        instant("used_at", nullable=True),
        sa.PrimaryKeyConstraint("staff_id", "code_hash"),
    )
    op.create_table(
        "session",
        text("token_hash"),
        text("staff_id", sa.ForeignKey("staff.id")),
        text("step"),
        text("how"),
        instant("made_at"),
        instant("seen_at"),
        instant("ends_at"),
        instant("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
        sa.CheckConstraint("step IN ('full', 'must_change', 'needs_totp', 'enrol_totp')", name="ck_step"),
        sa.CheckConstraint("how IN ('password', 'phone_code', 'oidc', 'link')", name="ck_how"),
    )
    op.create_index("ix_session_staff_id", "session", ["staff_id"])
    op.create_table(
        "sign_in_try",
        number("id"),
        text("attempt"),
        text("login_index"),
        text("address_index"),
        instant("at"),
        text("outcome"),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("outcome IN ('tried', 'right', 'in')", name="ck_outcome"),
    )
    op.create_index("ix_sign_in_try_login", "sign_in_try", ["login_index", "at"])
    op.create_index("ix_sign_in_try_address", "sign_in_try", ["address_index", "at"])
    append_only("sign_in_try")
    op.create_table(
        "phone_code",
        text("id"),
        text("phone_index"),
        text("address_index"),
        text("code_hash"),
        instant("made_at"),
        instant("ends_at"),
        number("tries"),
        instant("used_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_phone_code_phone", "phone_code", ["phone_index", "made_at"])
    op.create_index("ix_phone_code_address", "phone_code", ["address_index", "made_at"])


def downgrade() -> None:
    for table in ("phone_code", "sign_in_try", "session", "account_recovery", "account"):
        op.drop_table(table)
