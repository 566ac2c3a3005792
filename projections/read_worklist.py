"""What waits for whoever asks, as one list by deadline, and how much of it there is. Reads only; ids out, never names.

The rule of who sees what is `decisions.permits` (`shown_to`, `areas_shown`); in `worklist_kinds` it is a predicate over
the posts they hold, so that a page costs as many queries whatever waits in the county. Each kind of work is cut to a
page by itself, work items along their index of what is open, before all are put in one order. Statements are made once
for each shape of posts and filters, and held: making them took longer than answering them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Row,
    Select,
    String,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from models.tables import Instant
from models.values import Urgency
from projections.worklist_kinds import (
    AREA,
    AREAS,
    ELDERS,
    ESCALATION,
    KINDS,
    LAST,
    ME,
    MINE,
    NOW,
    ROLE,
    ROLES_HELD,
    Shape,
    Wanted,
    Who,
    is_own,
    shape_of,
    work_of,
)

__all__ = ("ESCALATION", "KINDS", "LAST", "MINE", "Wanted", "Who")
ALL = Wanted()


class Key(NamedTuple):
    """Where a row stands: urgent before all else, then by deadline; what has none is last."""

    turn: int
    due_at: datetime
    id: str


class Counts(NamedTuple):
    """How many there are: of each kind, and of all of them those that are urgent, and those past their deadline."""

    kinds: dict[str, int]
    urgent: int
    overdue: int

    @property
    def all(self) -> int:
        return sum(self.kinds.values())


def rows(
    connection: Connection, who: Who, now: datetime, wanted: Wanted = ALL, *, after: Key | None = None,
    before: Key | None = None, limit: int | None = None,
) -> Sequence[Row[Any]]:  # fmt: skip
    """By `Key`; after one, or the last ones before one. Each has its place, and its key as `turn`, `by`, `id`."""
    shape, given = shape_of(who)
    key, back = after or before, before is not None
    query = _listed(shape, _filters(wanted), key is not None, back, limit)
    found = connection.execute(query, given | _values(who, now, wanted) | (_at(key) if key else {})).all()
    return found[::-1] if back else found


def key_of(row: Row[Any]) -> Key:
    return Key(row.turn, row.by, row.id)


def counts(connection: Connection, who: Who, now: datetime, wanted: Wanted = ALL) -> Counts:
    """Over everything asked for, whatever its kind."""
    shape, given = shape_of(who)
    query = _counted(shape, _filters(wanted._replace(kind="")))
    found = connection.execute(query, given | _values(who, now, wanted)).all()
    kinds = {row.kind: row.work for row in found}
    return Counts(kinds, sum(row.urgent for row in found), sum(row.overdue for row in found))


def among(connection: Connection, who: Who, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Of these, what is on their list, by id."""
    shape, given = shape_of(who)
    found = connection.execute(_among(shape), given | {ME.key: who.staff_id, IDS.key: list(ids)})
    return {row.id: row for row in found}


def places_below(connection: Connection, areas: Sequence[str], chosen: str = "") -> Sequence[Row[Any]]:
    """The areas that lie right in these, by name: what a list may be narrowed to; `chosen`: and those right in it, if
    it is one of these or lies right in one."""
    ours = AREAS.alias("ours")
    known = select(ours.c.id).where(ours.c.id == chosen, or_(ours.c.id.in_(areas), ours.c.parent_id.in_(areas)))
    query = select(AREAS).where(or_(AREAS.c.parent_id.in_(areas), AREAS.c.parent_id.in_(known)))
    return connection.execute(query.where(AREAS.c.merged_into.is_(None)).order_by(AREAS.c.name, AREAS.c.id)).all()


# --- the statements --------------------------------------------------------------------------------------------------

IDS = bindparam("ids", expanding=True, type_=String())
TURN, BY, ID = bindparam("turn", type_=Integer()), bindparam("by", type_=Instant()), bindparam("id", type_=String())
HELD = 256  # statements of each kind


@lru_cache(HELD)
def _listed(shape: Shape, wanted: Wanted, keyed: bool, back: bool, limit: int | None) -> Select[Any]:
    def in_order(query: Select[Any], *by: ColumnElement[Any]) -> Select[Any]:
        return query.order_by(*(column.desc() if back else column for column in by)).limit(limit)

    parts = list[Select[Any]]()
    for work in work_of(shape):
        query = work.select().where(*work.asked(wanted))
        if keyed:
            here, there = tuple_(*work.key), tuple_(TURN, BY, ID)
            query = query.where(here < there if back else here > there)
        parts.append(query if limit is None else select(in_order(query, *work.order).subquery()))
    page = union_all(*parts).subquery("work")
    return in_order(_with_place(page), page.c.turn, page.c.by, page.c.id)


@lru_cache(HELD)
def _counted(shape: Shape, wanted: Wanted) -> Select[Any, int, Any, Any]:
    parts = [work.select("kind", "urgency", "due_at").where(*work.asked(wanted)) for work in work_of(shape)]
    each = union_all(*parts).subquery("work").c
    urgent = func.sum(case((each.urgency == Urgency.URGENT.value, 1), else_=0)).label("urgent")
    overdue = func.sum(case((each.due_at < NOW, 1), else_=0)).label("overdue")
    return select(each.kind, func.count().label("work"), urgent, overdue).group_by(each.kind)


@lru_cache(HELD)
def _among(shape: Shape) -> Select[Any]:
    parts = [work.select().where(work.columns["id"].in_(IDS)) for work in work_of(shape)]
    return _with_place(union_all(*parts).subquery("work"))


def _with_place(page: FromClause) -> Select[Any]:
    """Where each lies: with its elder, as they live today; else where its row says. All null: nobody knows."""
    of, own = page.c, AREAS.alias("own")
    lives, told = ELDERS.c.id.is_not(None), own.c.id.is_not(None)
    place = {
        "village_id": case((lives, ELDERS.c.village_id), (told, of.village_id), else_=null()),
        "township_id": case((lives, ELDERS.c.township_id), (told, own.c.id), else_=null()),
        "county_id": case((lives, ELDERS.c.county_id), (told, own.c.parent_id), else_=of.county_id),
    }  # fmt: skip
    columns = [place[column.key].label(column.key) if column.key in place else column for column in of]
    joined = page.outerjoin(ELDERS, ELDERS.c.id == of.elder_id)
    return select(*columns).select_from(joined.outerjoin(own, is_own(own, of.township_id)))


# --- what they are given --------------------------------------------------------------------------------------------


def _filters(wanted: Wanted) -> Wanted:
    """As statements differ by it: that an area is asked for, or a role, but not which."""
    whose = wanted.whose if wanted.whose in ("", MINE) else ROLE.key
    return wanted._replace(area=AREA.key if wanted.area else "", whose=whose)


def _values(who: Who, now: datetime, wanted: Wanted) -> dict[str, Any]:
    roles = sorted({post.role.value for post in who.posts})
    return {ME.key: who.staff_id, NOW.key: now, ROLES_HELD.key: roles, ROLE.key: wanted.whose, AREA.key: wanted.area}


def _at(key: Key) -> dict[str, Any]:
    return {TURN.key: key.turn, BY.key: key.due_at, ID.key: key.id}
