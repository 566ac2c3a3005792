"""What commands may ask of the rows of assessments. Reads only; ids out, and the names of places."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from models.ids import assessment_stream
from models.tables import Area, AssessmentRow, Elder, LevelRow, StreamState, table_of

AREAS, ELDERS, STREAMS = table_of(Area), table_of(Elder), table_of(StreamState)
ROUNDS, LEVELS = table_of(AssessmentRow), table_of(LevelRow)


def sealed_state(connection: Connection, elder_id: str) -> bytes | None:
    """The fold of the elder's assessments. None: nobody has asked for one."""
    return connection.execute(
        select(STREAMS.c.state_enc).where(STREAMS.c.stream == assessment_stream(elder_id))
    ).scalar()


def round_of(connection: Connection, elder_id: str, n: int) -> Row[Any]:
    return connection.execute(select(ROUNDS).where(ROUNDS.c.elder_id == elder_id, ROUNDS.c.round == n)).one()


def level_of(connection: Connection, elder_id: str) -> Row[Any] | None:
    return connection.execute(select(LEVELS).where(LEVELS.c.elder_id == elder_id)).one_or_none()


def open_rounds(connection: Connection, areas: Collection[str], assessor_id: str) -> Sequence[Row[Any]]:
    """Under way, of whoever lives within these areas today, and those this assessor is named in; by term."""
    lives = (ELDERS.c.village_id, ELDERS.c.township_id, ELDERS.c.county_id)
    mine = or_(
        *(column.in_(sorted(areas)) for column in lives),
        *(column == assessor_id for column in (ROUNDS.c.first_id, ROUNDS.c.second_id)),
    )
    query = select(ROUNDS, AREAS.c.name.label("village")).join(ELDERS, ELDERS.c.id == ROUNDS.c.elder_id)
    query = query.join(AREAS, AREAS.c.id == ELDERS.c.village_id).where(ROUNDS.c.ended_at.is_(None), mine)
    return connection.execute(query.order_by(ROUNDS.c.due_at, ROUNDS.c.elder_id)).all()
