"""What came of a step that staff were told would be done later: a line in the log of commands, and, refused, a task."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter, insert_once
from decisions.permits import CASEWORKERS
from models.ids import outcome_of_step
from models.letters import WorkItem
from models.tables import CommandRow, Elder, table_of
from models.values import Role
from post.ports import SettledStep

COMMANDS, ELDERS = table_of(CommandRow), table_of(Elder)
DEAL_WITHIN = timedelta(hours=24)


def tell_step(connection: Connection, sealer: Sealer, step: SettledStep, now: datetime) -> None:
    """The log only grows, so the outcome is a line of its own beside `later`; twice is once."""
    message, workflow_id = step.letter.message, step.letter.workflow_id
    actor, role = message.actor, message.actor.role
    line = {
        "id": outcome_of_step(message.key), "staff_id": actor.id, "role": role.value if role else "",
        "action": message.kind, "subject_id": workflow_id, "at": now, "accepted": step.refusal is None,
        "answer": step.refusal or "recorded",
    }  # fmt: skip
    insert_once(connection, COMMANDS, line)
    if step.refusal is None:
        return
    lives = select(ELDERS.c.township_id, ELDERS.c.county_id).where(ELDERS.c.id == step.letter.elder_id)
    township, county = connection.execute(lives).one_or_none() or (None, None)
    item = WorkItem(
        item="step_refused", elder_id=step.letter.elder_id, township_id=township, county_id=county,
        role=role if role and role in CASEWORKERS else Role.TOWNSHIP_OFFICER, due_at=now + DEAL_WITHIN,
        about=f"{message.kind} {step.refusal} {actor.id}"[:120],
    )  # fmt: skip
    insert_letter(connection, sealer, f"refused-{message.key}", item, now)
