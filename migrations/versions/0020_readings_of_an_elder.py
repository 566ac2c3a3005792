"""The log of commands by what each is about: why somebody reads of an elder is looked up with each of their pages."""

from __future__ import annotations

from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"


def upgrade() -> None:
    op.create_index("ix_command_subject", "command", ["subject_id", "at"])


def downgrade() -> None:
    op.drop_index("ix_command_subject", "command")
