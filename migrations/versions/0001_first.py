"""The register.

A frozen snapshot: it does not follow `models.tables`; a test says when the two differ.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import append_only, day, flag, instant, number, sealed, text

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "area",
        text("id"),
        text("kind"),
        text("name"),
        text("parent_id", sa.ForeignKey("area.id"), nullable=True),
        day("from_on"),
        day("to_on", nullable=True),
        text("merged_into", sa.ForeignKey("area.id"), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("kind IN ('city', 'county', 'township', 'village')", name="ck_kind"),
    )
    op.create_index("ix_area_parent", "area", ["parent_id"])
    op.create_table(
        "note",
        text("id"),
        text("sha256"),
        sealed("text_enc"),
        instant("written_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "policy_version",
        text("hash"),
        text("county"),
        text("version"),
        text("content"),
        day("active_from"),
        text("activated_by"),
        instant("at"),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "register_change",
        number("id"),
        text("subject_id"),
        text("field"),
        sealed("old_enc", nullable=True),
        sealed("new_enc", nullable=True),
        text("by"),
        instant("at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_register_change_subject_id", "register_change", ["subject_id"])
    op.create_table(
        "roster_file",
        text("sha256"),
        text("kind"),
        number("rows"),
        number("accepted"),
        number("refused"),
        number("unchanged"),
        text("imported_by"),
        instant("at"),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "area_name",
        text("area_id", sa.ForeignKey("area.id")),
        day("from_on"),
        text("name"),
        sa.PrimaryKeyConstraint("area_id", "from_on"),
    )
    op.create_table(
        "elder",
        text("id"),
        text("county_id", sa.ForeignKey("area.id")),
        text("township_id", sa.ForeignKey("area.id")),
        text("village_id", sa.ForeignKey("area.id")),
        text("household_id"),
        sealed("name_enc"),
        sealed("id_number_enc"),
        text("id_number_index"),
        sealed("phone_enc", nullable=True),
        text("phone_index", nullable=True),
        flag("phone_textable"),
        text("tail_index", nullable=True),
        sealed("contact_enc", nullable=True),
        sealed("born_on_enc"),
        text("sex"),
        text("living", nullable=True),
        text("ability", nullable=True),
        number("disability", nullable=True),
        text("welfare", nullable=True),
        text("standing"),
        text("standing_reason"),
        day("start_on", nullable=True),
        sealed("remark_enc", nullable=True),
        instant("updated_at"),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("sex IN ('F', 'M')", name="ck_sex"),
        sa.CheckConstraint("standing IN ('case', 'register_only', 'cannot_decide')", name="ck_standing"),
        sa.UniqueConstraint("id_number_index"),
    )
    op.create_index("ix_elder_household_id", "elder", ["household_id"])
    op.create_index("ix_elder_phone_index", "elder", ["phone_index"])
    op.create_index("ix_elder_tail_index", "elder", ["tail_index"])
    op.create_index("ix_elder_township_id", "elder", ["township_id"])
    op.create_index("ix_elder_village_id", "elder", ["village_id"])
    op.create_table(
        "staff",
        text("id"),
        text("county_id", sa.ForeignKey("area.id")),
        sealed("name_enc"),
        sealed("phone_enc"),
        text("phone_index"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_staff_phone_index", "staff", ["phone_index"])
    op.create_table(
        "elder_address",
        number("id"),
        text("elder_id", sa.ForeignKey("elder.id")),
        text("kind"),
        sealed("text_enc"),
        text("text_index"),
        day("from_on"),
        day("to_on", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("kind IN ('registered', 'residence')", name="ck_kind"),
        sa.UniqueConstraint("elder_id", "kind", "text_index", "from_on"),
    )
    op.create_index("ix_elder_address_elder_id", "elder_address", ["elder_id"])
    op.create_table(
        "elder_category",
        text("elder_id", sa.ForeignKey("elder.id")),
        text("category"),
        day("from_on"),
        text("source"),
        day("to_on", nullable=True),
        sa.PrimaryKeyConstraint("elder_id", "category", "from_on"),
    )
    op.create_table(
        "elder_notice",
        text("elder_id", sa.ForeignKey("elder.id")),
        text("version"),
        day("given_on"),
        text("given_by"),
        sa.PrimaryKeyConstraint("elder_id", "version"),
    )
    op.create_table(
        "post",
        text("id"),
        text("role"),
        text("area_id", sa.ForeignKey("area.id")),
        text("holder_id", sa.ForeignKey("staff.id"), nullable=True),
        text("deputy_id", sa.ForeignKey("staff.id"), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint(
            "role IN ('volunteer', 'grid_worker', 'village_assistant', 'township_officer', "
            "'county_officer', 'county_approver', 'assessor', 'auditor', 'admin')",
            name="ck_role",
        ),
    )
    op.create_index("ix_post_area_role", "post", ["area_id", "role"])
    op.create_table(
        "staff_leave",
        number("id"),
        text("staff_id", sa.ForeignKey("staff.id")),
        day("from_on"),
        day("to_on"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_staff_leave_staff_id", "staff_leave", ["staff_id"])
    op.create_table(
        "task_code",
        text("phone_index"),
        text("elder_id", sa.ForeignKey("elder.id")),
        number("code"),
        instant("given_at"),
        instant("last_used_at"),
        sa.PrimaryKeyConstraint("phone_index", "elder_id"),
        sa.UniqueConstraint("phone_index", "code"),
    )
    op.create_table(
        "volunteer",
        text("id"),
        text("county_id", sa.ForeignKey("area.id")),
        text("township_id", sa.ForeignKey("area.id")),
        text("village_id", sa.ForeignKey("area.id")),
        sealed("name_enc"),
        sealed("phone_enc"),
        text("phone_index"),
        text("sex"),
        text("standing"),
        number("capacity"),
        day("consented_on", nullable=True),
        instant("opted_out_at", nullable=True),
        flag("barred"),
        text("elder_id", sa.ForeignKey("elder.id"), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("capacity >= 0", name="ck_capacity"),
    )
    op.create_index("ix_volunteer_phone_index", "volunteer", ["phone_index"])
    op.create_index("ix_volunteer_township_id", "volunteer", ["township_id"])
    op.create_table(
        "pairing",
        number("id"),
        text("volunteer_id", sa.ForeignKey("volunteer.id")),
        text("elder_id", sa.ForeignKey("elder.id")),
        day("from_on"),
        day("to_on", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_pairing_elder_id", "pairing", ["elder_id"])
    op.create_index("ix_pairing_volunteer_id", "pairing", ["volunteer_id"])
    op.create_table(
        "volunteer_leave",
        number("id"),
        text("volunteer_id", sa.ForeignKey("volunteer.id")),
        day("from_on"),
        day("to_on"),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("to_on >= from_on", name="ck_leave_order"),
    )
    op.create_index("ix_volunteer_leave_volunteer_id", "volunteer_leave", ["volunteer_id"])
    append_only("register_change")


def downgrade() -> None:
    for table in (
        "volunteer_leave",
        "pairing",
        "volunteer",
        "task_code",
        "staff_leave",
        "post",
        "elder_notice",
        "elder_category",
        "elder_address",
        "staff",
        "elder",
        "area_name",
        "roster_file",
        "register_change",
        "policy_version",
        "note",
        "area",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
