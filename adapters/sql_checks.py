"""Checks of the audit as rows: asked, at work, ended. One of a subject is open at a time."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, case, literal, select, update

from adapters.database import patient, reading, writing
from adapters.sql_letters import insert_once
from models.checks import Check, CheckFailure, CheckPhase, CheckResult
from models.tables import AuditCheck, table_of

CHECKS = table_of(AuditCheck)
LOST_AFTER = timedelta(minutes=2)  # without a sign of life from its process


class SqlChecks:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @patient
    def begin(self, county_id: str, elder_id: str | None, by: str, now: datetime, alive_at: datetime) -> str | None:
        """Its id. None: one of the same subject is at work. `alive_at`: the wall's clock, as for `beat`."""
        id_, subject = f"check-{uuid.uuid4().hex}", elder_id or county_id
        row: dict[str, object] = {
            "id": id_, "subject_id": subject, "county_id": county_id, "elder_id": elder_id, "asked_by": by,
            "begun_at": now, "beat_at": alive_at, "phase": CheckPhase.BEGUN.value, "done": 0, "total": 0,
        }  # fmt: skip
        with writing(self._engine) as connection:
            lost = (CHECKS.c.subject_id == subject, CHECKS.c.ended_at.is_(None))
            lost = (*lost, CHECKS.c.beat_at < alive_at - LOST_AFTER)
            connection.execute(update(CHECKS).where(*lost).values(ended_at=now, failure=CheckFailure.LOST.value))
            return id_ if insert_once(connection, CHECKS, row) else None

    @patient
    def beat(self, id_: str, phase: CheckPhase, done: int, total: int, alive_at: datetime) -> None:
        """The later sign of life counts: a clock that is behind makes nobody lost."""
        now = literal(alive_at, CHECKS.c.beat_at.type)
        later = case((CHECKS.c.beat_at > now, CHECKS.c.beat_at), else_=now)
        with writing(self._engine) as connection:
            values = {"phase": phase.value, "done": done, "total": total, "beat_at": later}
            connection.execute(update(CHECKS).where(CHECKS.c.id == id_, CHECKS.c.ended_at.is_(None)).values(values))

    @patient
    def end(
        self, id_: str, now: datetime, failure: CheckFailure | None = None, clean: bool | None = None,
        result: CheckResult | None = None,
    ) -> None:  # fmt: skip
        values = {
            "ended_at": now, "failure": failure.value if failure else None, "clean": clean,
            "result": result.model_dump_json() if result else None,
        }  # fmt: skip
        with writing(self._engine) as connection:
            connection.execute(update(CHECKS).where(CHECKS.c.id == id_, CHECKS.c.ended_at.is_(None)).values(values))

    @patient
    def keep(
        self, county_id: str, elder_id: str | None, by: str, begun_at: datetime, ended_at: datetime,
        clean: bool, result: CheckResult,
    ) -> None:  # fmt: skip
        """One that was made elsewhere, whole."""
        row = {
            "id": f"check-{uuid.uuid4().hex}", "subject_id": elder_id or county_id, "county_id": county_id,
            "elder_id": elder_id, "asked_by": by, "begun_at": begun_at, "beat_at": ended_at,
            "phase": CheckPhase.COMPARE.value, "done": 0, "total": 0, "ended_at": ended_at, "clean": clean,
            "result": result.model_dump_json(),
        }  # fmt: skip
        with writing(self._engine) as connection:
            connection.execute(CHECKS.insert().values(row))

    def get(self, id_: str) -> Check | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(CHECKS).where(CHECKS.c.id == id_)).one_or_none()
        return None if row is None else _check(row)

    def last(self, subject_id: str, limit: int, alive_at: datetime) -> Sequence[Check]:
        """Of this elder, or of this county as a whole; the newest first. One whose process is gone is told as lost."""
        query = select(CHECKS).where(CHECKS.c.subject_id == subject_id)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(CHECKS.c.begun_at.desc(), CHECKS.c.id).limit(limit)).all()
        return [_unless_lost(_check(row), alive_at) for row in rows]


def _unless_lost(check: Check, alive_at: datetime) -> Check:
    """As `begin` will write it, who ends what is lost when the next is asked for."""
    if check.ended_at is not None or check.beat_at >= alive_at - LOST_AFTER:
        return check
    return check.model_copy(update={"ended_at": check.beat_at, "failure": CheckFailure.LOST})


def _check(row: Row[Any]) -> Check:
    given = {name: getattr(row, name) for name in Check.model_fields if name != "result"}
    result = CheckResult.model_validate_json(row.result) if row.result else None
    return Check.model_validate({**given, "result": result})
