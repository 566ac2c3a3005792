"""What pages and commands may ask of the rows of benefits. Reads only; ids out, and the names of places."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Integer,
    Row,
    Select,
    String,
    Subquery,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from models.claims import ClaimStage
from models.ids import benefit_stream
from models.tables import Area, ClaimRow, CouponUseRow, Elder, EntitlementRow, StreamState, table_of

AREAS, ELDERS, STREAMS = table_of(Area), table_of(Elder), table_of(StreamState)
CLAIMS, ENTITLEMENTS, COUPON_USES = table_of(ClaimRow), table_of(EntitlementRow), table_of(CouponUseRow)
STAGES = [stage.value for stage in ClaimStage]
NO_TERM = datetime(9999, 1, 1, tzinfo=UTC)
ENDED = "ended"  # as `projections.claims` writes that nothing is waited for


def sealed_state(connection: Connection, elder_id: str) -> bytes | None:
    """The fold of the elder's benefits. None: nobody has asked for one, and nothing was found to be due."""
    return connection.execute(select(STREAMS.c.state_enc).where(STREAMS.c.stream == benefit_stream(elder_id))).scalar()


def claims_of(connection: Connection, elder_id: str) -> Sequence[Row[Any]]:
    """By benefit, the last claim of each last."""
    query = select(CLAIMS).where(CLAIMS.c.elder_id == elder_id)
    return connection.execute(query.order_by(CLAIMS.c.code, CLAIMS.c.n)).all()


def claim(connection: Connection, elder_id: str, code: str, n: int | None = None) -> Row[Any] | None:
    """The last claim to a benefit, or the n-th."""
    nth = () if n is None else (CLAIMS.c.n == n,)
    query = select(CLAIMS).where(CLAIMS.c.elder_id == elder_id, CLAIMS.c.code == code, *nth)
    return connection.execute(query.order_by(CLAIMS.c.n.desc()).limit(1)).one_or_none()


def claims_by_state(connection: Connection) -> dict[str, int]:
    """How many have ended with which decision (`approved`, `refused`, …); of the others, wait in which stage."""
    return _counted(connection, func.coalesce(CLAIMS.c.decision, CLAIMS.c.stage))


def claims_by_trigger(connection: Connection) -> dict[str, int]:
    return _counted(connection, CLAIMS.c.trigger)


def _counted(connection: Connection, by: ColumnElement[str]) -> dict[str, int]:
    query = select(by.label("what"), func.count().label("claims")).group_by(by)
    return {row.what: row.claims for row in connection.execute(query)}


def open_claims(
    connection: Connection, areas: Collection[str], stages: Collection[ClaimStage] = tuple(ClaimStage)
) -> Sequence[Row[Any]]:
    """What waits in these stages, of whoever lives within these areas today; by term."""
    query = _with_village(CLAIMS.c.stage.in_([stage.value for stage in stages]), areas, select(CLAIMS), CLAIMS.c)
    return connection.execute(query.order_by(CLAIMS.c.due_at, CLAIMS.c.elder_id, CLAIMS.c.code)).all()


def waiting_entitlements(
    connection: Connection, areas: Collection[str], stages: Collection[ClaimStage] = tuple(ClaimStage)
) -> Sequence[Row[Any]]:
    """Of which a change or a stop is proposed, a review is due, or the person is to be told; as `open_claims`."""
    waits = ENTITLEMENTS.c.waits.in_([stage.value for stage in stages])
    query = _with_village(waits, areas, select(ENTITLEMENTS), ENTITLEMENTS.c)
    order = (ENTITLEMENTS.c.waits_until, ENTITLEMENTS.c.elder_id, ENTITLEMENTS.c.code)
    return connection.execute(query.order_by(*order)).all()


class Place(NamedTuple):
    """After which row a page goes on: the order of `waiting`."""

    due_at: datetime
    elder_id: str
    code: str
    what: str


def waiting(
    connection: Connection, areas: Collection[str], after: Place | None, most: int, **only: Any
) -> Sequence[Row[Any]]:
    """Claims and entitlements that wait, of whoever lives within these areas today; by term, `most` of them.

    `only`: see `_narrowed`.
    """
    found = _waiting(areas)
    order = (found.c.due_at, found.c.elder_id, found.c.code, found.c.what)
    query = select(found).where(*_narrowed(found, **only)).order_by(*order).limit(most)
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*(literal(v, c.type) for v, c in zip(after, order, strict=True))))
    return connection.execute(query).all()


def waiting_counts(connection: Connection, areas: Collection[str], **only: Any) -> dict[tuple[str, str], int]:
    """How many there are, by stage and township."""
    found = _waiting(areas)
    query = select(found.c.stage, found.c.township_id, func.count()).where(*_narrowed(found, **only))
    rows = connection.execute(query.group_by(found.c.stage, found.c.township_id))
    return {(stage, township): n for stage, township, n in rows}


def _narrowed(
    found: Any, *, stage: str = "", township: str = "", code: str = "", late_at: datetime | None = None
) -> Iterator[ColumnElement[bool]]:
    """`late_at`: only what is over by then."""
    yield from (column == value for column, value in (
        (found.c.stage, stage), (found.c.township_id, township), (found.c.code, code)) if value)  # fmt: skip
    if late_at is not None:
        yield found.c.due_at <= late_at


def _waiting(areas: Collection[str]) -> Subquery:
    """Claims and entitlements under the same columns. What has no term is last."""
    lives = (ELDERS.c.township_id, ELDERS.c.village_id)
    nothing, no_fen, no_month = (cast(null(), kind) for kind in (String(), Integer(), Date()))
    claims = select(
        literal("claim").label("what"), CLAIMS.c.elder_id, CLAIMS.c.code, CLAIMS.c.n, CLAIMS.c.stage,
        _term(CLAIMS.c.due_at), CLAIMS.c.outcome, CLAIMS.c.standing, CLAIMS.c.row, CLAIMS.c.fen, CLAIMS.c.decision,
        CLAIMS.c.escalation_id, nothing.label("change"), no_fen.label("change_fen"), no_month.label("change_month"),
        *lives,
    ).where(CLAIMS.c.stage.in_(STAGES))  # fmt: skip
    held = select(
        literal("entitlement").label("what"), ENTITLEMENTS.c.elder_id, ENTITLEMENTS.c.code, ENTITLEMENTS.c.n,
        ENTITLEMENTS.c.waits.label("stage"), _term(ENTITLEMENTS.c.waits_until), nothing.label("outcome"),
        nothing.label("standing"), ENTITLEMENTS.c.row, ENTITLEMENTS.c.fen, nothing.label("decision"),
        nothing.label("escalation_id"), ENTITLEMENTS.c.change, ENTITLEMENTS.c.change_fen, ENTITLEMENTS.c.change_month,
        *lives,
    ).where(ENTITLEMENTS.c.waits.in_(STAGES))  # fmt: skip
    within = _lives_within(areas)
    return union_all(
        claims.join(ELDERS, ELDERS.c.id == CLAIMS.c.elder_id).where(within),
        held.join(ELDERS, ELDERS.c.id == ENTITLEMENTS.c.elder_id).where(within),
    ).subquery("waiting")


def _term(due_at: ColumnElement[Any]) -> ColumnElement[Any]:
    kind = CLAIMS.c.due_at.type
    return func.coalesce(due_at, literal(NO_TERM, kind), type_=kind).label("due_at")


def notices_in(connection: Connection, areas: Collection[str], elder_id: str = "") -> Sequence[Row[Any]]:
    """Claims whose notice is to be put up, or hangs, of whoever lives within these areas; by village, elder."""
    lives = (ELDERS.c.village_id.label("lives_in"), ELDERS.c.township_id.label("of_township"))
    query = select(CLAIMS, *lives).join(ELDERS, ELDERS.c.id == CLAIMS.c.elder_id)
    query = query.where(CLAIMS.c.stage.in_([ClaimStage.POSTING.value, ClaimStage.POSTED.value]), _lives_within(areas))
    if elder_id:
        query = query.where(CLAIMS.c.elder_id == elder_id)
    return connection.execute(query.order_by(ELDERS.c.village_id, CLAIMS.c.elder_id, CLAIMS.c.code)).all()


def entitlements_of(connection: Connection, elder_id: str) -> Sequence[Row[Any]]:
    """By benefit, the amount of the latest months last."""
    query = select(ENTITLEMENTS).where(ENTITLEMENTS.c.elder_id == elder_id)
    return connection.execute(query.order_by(ENTITLEMENTS.c.code, ENTITLEMENTS.c.n, ENTITLEMENTS.c.from_month)).all()


def coupon_uses_of(connection: Connection, elder_id: str, since: date) -> Sequence[Row[Any]]:
    """The bills of this month and later ones, those taken back too; by day, as they came in."""
    query = select(COUPON_USES).where(COUPON_USES.c.elder_id == elder_id, COUPON_USES.c.month >= since)
    return connection.execute(query.order_by(COUPON_USES.c.on, COUPON_USES.c.seq)).all()


def posted_of(connection: Connection, elder_id: str) -> Row[Any, Any, Any]:
    """For a public notice: the sealed name, and the names of village and township."""
    village, township = AREAS.alias("village"), AREAS.alias("township")
    query = select(ELDERS.c.name_enc, village.c.name.label("village"), township.c.name.label("township"))
    query = query.join(village, village.c.id == ELDERS.c.village_id)
    query = query.join(township, township.c.id == ELDERS.c.township_id)
    return connection.execute(query.where(ELDERS.c.id == elder_id)).one()


def _with_village(waits: ColumnElement[bool], areas: Collection[str], query: Select[Any], of: Any) -> Select[Any]:
    query = query.add_columns(AREAS.c.name.label("village")).join(ELDERS, ELDERS.c.id == of.elder_id)
    return query.join(AREAS, AREAS.c.id == ELDERS.c.village_id).where(waits, _lives_within(areas))


def _lives_within(areas: Collection[str]) -> ColumnElement[bool]:
    return or_(
        *(column.in_(sorted(areas)) for column in (ELDERS.c.village_id, ELDERS.c.township_id, ELDERS.c.county_id))
    )
