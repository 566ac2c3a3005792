"""A volunteer has another number: what was asked of them is asked there once more, with the codes of that number."""

from __future__ import annotations

from datetime import datetime

from models.letters import TextLetter
from models.templates import TemplateId


def asked_again(elder_id: str, visit_id: str, volunteer_id: str, due_at: datetime, *, extra: bool) -> TextLetter:
    """At the slot, where a text that still waits says the same: then both are one. `extra`: due within a day."""
    return TextLetter(
        recipient_id=volunteer_id, recipient_kind="volunteer", template=TemplateId.TASK_ONE, elder_id=elder_id,
        cause_visit_id=visit_id, cause_volunteer_id=volunteer_id, send_by=due_at, in_burst=extra,
    )  # fmt: skip
