"""What pages, commands and the demo may ask of the projections. Reads only; ids out, never names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from models.tables import (
    AssessmentRow,
    CaseRow,
    DigestRow,
    EscalationRow,
    Inbound,
    LevelRow,
    TaskCode,
    VisitRow,
    WorkItemRow,
    table_of,
)

ROUNDS, LEVELS = table_of(AssessmentRow), table_of(LevelRow)
CASES, VISITS, ESCALATIONS = table_of(CaseRow), table_of(VisitRow), table_of(EscalationRow)
ITEMS, DIGESTS, INBOUND, CODES = table_of(WorkItemRow), table_of(DigestRow), table_of(Inbound), table_of(TaskCode)


def cases(connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(select(CASES).order_by(CASES.c.elder_id)).all()


def case(connection: Connection, elder_id: str) -> Row[Any] | None:
    return connection.execute(select(CASES).where(CASES.c.elder_id == elder_id)).one_or_none()


def visits_of(connection: Connection, elder_id: str) -> Sequence[Row[Any]]:
    """One elder's visits, oldest first."""
    return connection.execute(select(VISITS).where(VISITS.c.elder_id == elder_id).order_by(VISITS.c.opened_at)).all()


def open_escalations(connection: Connection) -> Sequence[Row[Any]]:
    """Not resolved, by the time the ladder climbs."""
    query = select(ESCALATIONS).where(ESCALATIONS.c.state != "resolved")
    return connection.execute(query.order_by(ESCALATIONS.c.climbs_at, ESCALATIONS.c.id)).all()


def open_escalations_of(connection: Connection, elder_id: str) -> Sequence[Row[Any]]:
    query = select(ESCALATIONS).where(ESCALATIONS.c.elder_id == elder_id, ESCALATIONS.c.state != "resolved")
    return connection.execute(query.order_by(ESCALATIONS.c.asked_at, ESCALATIONS.c.id)).all()


def escalation(connection: Connection, escalation_id: str) -> Row[Any] | None:
    return connection.execute(select(ESCALATIONS).where(ESCALATIONS.c.id == escalation_id)).one_or_none()


def periods(connection: Connection) -> list[str]:
    """The periods that have scheduled visits, oldest first."""
    query = select(VISITS.c.period_id, func.min(VISITS.c.starts_at)).where(VISITS.c.kind == "scheduled")
    return [
        row[0] for row in connection.execute(query.group_by(VISITS.c.period_id).order_by(func.min(VISITS.c.starts_at)))
    ]


def scheduled_by_state(connection: Connection, periods: Sequence[str]) -> dict[str, int]:
    """How many scheduled visits of these periods stand in each state."""
    query = (
        select(VISITS.c.state, func.count().label("visits"))
        .where(VISITS.c.kind == "scheduled", VISITS.c.period_id.in_(periods))
        .group_by(VISITS.c.state)
    )
    return {row.state: row.visits for row in connection.execute(query)}


def count_of(connection: Connection, what: str) -> int:
    """One number: `ad_hoc`, `escalations`, `resolved`, `urgent`, `sent`, `received`, `unclear`, `assessed`."""
    queries = {
        "ad_hoc": select(func.count()).select_from(VISITS).where(VISITS.c.kind == "ad_hoc"),
        "escalations": select(func.count()).select_from(ESCALATIONS),
        "resolved": select(func.count()).select_from(ESCALATIONS).where(ESCALATIONS.c.state == "resolved"),
        "urgent": select(func.count()).select_from(ESCALATIONS).where(ESCALATIONS.c.urgency == "urgent"),
        "sent": select(func.count()).select_from(DIGESTS).where(DIGESTS.c.accepted_at.is_not(None)),
        "received": select(func.count()).select_from(INBOUND),
        "assessed": select(func.count()).select_from(ROUNDS).where(ROUNDS.c.outcome == "confirmed"),
        "unclear": select(func.count()).select_from(INBOUND).where(INBOUND.c.reading.contains('"ask_back":"')),
    }
    return connection.execute(queries[what]).scalar_one()


def levels(connection: Connection) -> dict[str, int]:
    """How many elders have which confirmed level."""
    query = (
        select(LEVELS.c.level, func.count().label("elders")).where(LEVELS.c.expired.is_(False)).group_by(LEVELS.c.level)
    )
    return {row.level: row.elders for row in connection.execute(query.order_by(LEVELS.c.level))}


def elder_of_code(connection: Connection, phone_index: str, code: int) -> str | None:
    query = select(CODES.c.elder_id).where(CODES.c.phone_index == phone_index, CODES.c.code == code)
    return connection.execute(query).scalar()


def open_visit(connection: Connection, elder_id: str) -> Row[Any] | None:
    query = select(VISITS).where(VISITS.c.elder_id == elder_id, VISITS.c.state == "open")
    return connection.execute(query.order_by(VISITS.c.opened_at.desc()).limit(1)).one_or_none()
