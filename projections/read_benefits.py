"""What commands may ask of the rows of claims and entitlements. Reads only; ids out, and the names of places."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from models.ids import benefit_stream
from models.tables import Area, ClaimRow, Elder, EntitlementRow, StreamState, table_of

AREAS, ELDERS, STREAMS = table_of(Area), table_of(Elder), table_of(StreamState)
CLAIMS, ENTITLEMENTS = table_of(ClaimRow), table_of(EntitlementRow)
ENDED = "ended"  # the stage of a claim that waits for nothing


def sealed_state(connection: Connection, elder_id: str) -> bytes | None:
    """The fold of the elder's benefits. None: nobody has asked for one, and none was found."""
    return connection.execute(select(STREAMS.c.state_enc).where(STREAMS.c.stream == benefit_stream(elder_id))).scalar()


def claims_of(connection: Connection, elder_id: str) -> Sequence[Row[Any]]:
    query = select(CLAIMS).where(CLAIMS.c.elder_id == elder_id)
    return connection.execute(query.order_by(CLAIMS.c.code, CLAIMS.c.n)).all()


def entitlements_of(connection: Connection, elder_id: str) -> Sequence[Row[Any]]:
    query = select(ENTITLEMENTS).where(ENTITLEMENTS.c.elder_id == elder_id)
    by = (ENTITLEMENTS.c.code, ENTITLEMENTS.c.n, ENTITLEMENTS.c.from_month)
    return connection.execute(query.order_by(*by)).all()


def open_claims(connection: Connection, areas: Collection[str]) -> Sequence[Row[Any]]:
    """Under way, of whoever lives within these areas today; by term."""
    query = select(CLAIMS, AREAS.c.name.label("village")).join(ELDERS, ELDERS.c.id == CLAIMS.c.elder_id)
    query = query.join(AREAS, AREAS.c.id == ELDERS.c.village_id).where(CLAIMS.c.stage != ENDED, _within(areas))
    return connection.execute(query.order_by(CLAIMS.c.due_at, CLAIMS.c.elder_id, CLAIMS.c.code)).all()


def waiting_entitlements(connection: Connection, areas: Collection[str]) -> Sequence[Row[Any]]:
    """Of which something waits for a person: a change, a review, a stop to be told; by term."""
    query = select(ENTITLEMENTS, AREAS.c.name.label("village")).join(ELDERS, ELDERS.c.id == ENTITLEMENTS.c.elder_id)
    query = query.join(AREAS, AREAS.c.id == ELDERS.c.village_id)
    query = query.where(ENTITLEMENTS.c.waits.is_not(None), _within(areas))
    by = (ENTITLEMENTS.c.waits_until, ENTITLEMENTS.c.elder_id, ENTITLEMENTS.c.code)
    return connection.execute(query.order_by(*by)).all()


def posted_of(connection: Connection, elder_id: str) -> Row[Any, Any, Any]:
    """For a public notice: the sealed name, and the names of village and township."""
    village, township = AREAS.alias("village"), AREAS.alias("township")
    query = select(ELDERS.c.name_enc, village.c.name.label("village"), township.c.name.label("township"))
    query = query.join(village, village.c.id == ELDERS.c.village_id)
    query = query.join(township, township.c.id == ELDERS.c.township_id)
    return connection.execute(query.where(ELDERS.c.id == elder_id)).one()


def _within(areas: Collection[str]) -> ColumnElement[bool]:
    lives = (ELDERS.c.village_id, ELDERS.c.township_id, ELDERS.c.county_id)
    return or_(*(column.in_(sorted(areas)) for column in lives))
