"""What came of a step that staff were told would be done later: a line in the log of commands, and, refused, a task."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter, insert_once
from decisions.permits import CASEWORKERS
from models.ids import COUNTY, county_of, kind_of, outcome_of_step
from models.letters import UpdateLetter, WorkItem
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
    township, county = _place_of(connection, step.letter)
    item = WorkItem(
        item="step_refused", elder_id=step.letter.elder_id, township_id=township, county_id=county,
        role=_whose(role, township), due_at=now + DEAL_WITHIN,
        about=f"{message.kind} {step.refusal} {actor.id}"[:120],
    )  # fmt: skip
    insert_letter(connection, sealer, f"refused-{message.key}", item, now)


def _place_of(connection: Connection, letter: UpdateLetter) -> tuple[str | None, str | None]:
    """Township and county: of the elder it is about, else the county whose months it is for."""
    if kind_of(letter.workflow_id) == COUNTY:
        return None, county_of(letter.workflow_id)
    lives = select(ELDERS.c.township_id, ELDERS.c.county_id).where(ELDERS.c.id == letter.elder_id)
    row = connection.execute(lives).one_or_none()
    return (row.township_id, row.county_id) if row else (None, None)


def _whose(role: Role | None, township: str | None) -> Role:
    """Whoever took the step, if they have a worklist; else who answers for the place."""
    if role is not None and role in CASEWORKERS:
        return role
    return Role.TOWNSHIP_OFFICER if township else Role.COUNTY_OFFICER
