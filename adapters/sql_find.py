"""Finds an elder of the register by name, phone or ID number, within what whoever asks may see."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, false, or_, select

from adapters.database import reading
from adapters.names_held import NamesHeld
from adapters.phones import chinese, e164
from adapters.sealing import SealBroken, Sealer
from adapters.sql_shown import masked
from models.errors import TanfangFault
from models.shown import ElderFound, EldersFound, FindElders
from models.tables import Area, CaseRow, Elder, ElderCategory, LevelRow, table_of
from models.values import AreaKind

ELDERS, AREAS, CASES = table_of(Elder), table_of(Area), table_of(CaseRow)
LEVELS, CATEGORIES = table_of(LevelRow), table_of(ElderCategory)
VILLAGES, TOWNSHIPS = AREAS.alias("village"), AREAS.alias("township")
COLUMNS: tuple[ColumnElement[Any], ...] = (
    ELDERS.c.id, ELDERS.c.village_id, ELDERS.c.name_enc, ELDERS.c.phone_enc, ELDERS.c.id_number_enc, ELDERS.c.sex,
    ELDERS.c.standing, VILLAGES.c.name.label("village"), TOWNSHIPS.c.name.label("township"), CASES.c.status,
    LEVELS.c.level,
)  # fmt: skip
LIVES = {
    AreaKind.VILLAGE.value: ELDERS.c.village_id, AreaKind.TOWNSHIP.value: ELDERS.c.township_id,
    AreaKind.COUNTY.value: ELDERS.c.county_id,
}  # fmt: skip
SEARCH = "search "  # nothing else that is sealed begins so
AT_ONCE = 1000
MOST = 10  # times that many of a name are looked at for one page; then it says that there may be more
ID_NUMBER = re.compile(r"\d{17}[\dX]")
NAME_AND_TAIL = re.compile(r"(\D+?)[\s/]*(\d{3}[\dX])")


class SqlFind:
    """`names`: shared, for it holds what it has opened."""

    def __init__(self, engine: Engine, sealer: Sealer, names: NamesHeld) -> None:
        self._engine = engine
        self._sealer = sealer
        self._names = names

    def mark(self, words: str) -> str:
        """What was searched for, as the log may keep it."""
        return self._sealer.index("search", words) if words else ""

    def hidden(self, words: str) -> str:
        """What is searched for, as an address may hold it: addresses stay in histories and logs."""
        return base64.urlsafe_b64encode(self._sealer.seal(SEARCH + words)).decode("ascii")

    def shown(self, hidden: str) -> str:
        """Empty: no address of ours has held it."""
        try:
            said = self._sealer.open(base64.urlsafe_b64decode(hidden))
        except (ValueError, SealBroken, TanfangFault):
            return ""
        return said.removeprefix(SEARCH) if said.startswith(SEARCH) else ""

    def find(self, asked: FindElders) -> EldersFound:
        words = asked.words.strip()
        with reading(self._engine) as connection:
            if not words:
                return self._page(connection, asked, self._query(connection, asked), by_id=False)
            exact = self._exact(words.upper().replace(" ", ""), words)
            if exact is not None:
                return self._page(connection, asked, self._query(connection, asked).where(exact), by_id=True)
            return self._by_name(connection, asked, re.sub(r"\s+", "", words))

    def _exact(self, digits: str, words: str) -> ColumnElement[bool] | None:
        """By a blind index, where what was typed is what one is made of. None: it is a name, or a part of one."""
        index = self._sealer.index
        if ID_NUMBER.fullmatch(digits):
            return ELDERS.c.id_number_index == index("id_number", digits)
        if (tail := NAME_AND_TAIL.fullmatch(words.upper())) is not None:
            return ELDERS.c.tail_index == index("elder_tail", f"{tail[1].strip()}/{tail[2]}")
        if (number := chinese(digits)) is not None:
            return ELDERS.c.phone_index == index("phone", e164(number))
        return None

    def _by_name(self, connection: Connection, asked: FindElders, part: str) -> EldersFound:
        """Of those with such a name some at a time, because most may live where whoever asks may not look."""
        ids = self._names.with_part(part)
        ids = [id_ for id_ in ids if asked.after is None or id_ > asked.after[1]]
        found: list[Row[Any]] = []
        looked = 0
        while looked < min(len(ids), MOST * AT_ONCE) and len(found) <= asked.limit:
            some = ids[looked : looked + AT_ONCE]
            looked += len(some)
            query = self._query(connection, asked).where(ELDERS.c.id.in_(some)).order_by(ELDERS.c.id)
            found += connection.execute(query.limit(asked.limit + 1 - len(found))).all()
        page, last = found[: asked.limit], ids[looked - 1] if looked < len(ids) else None
        last = page[-1].id if len(found) > asked.limit else last
        return self._shown(page, None if last is None else ("", last))

    def _page(self, connection: Connection, asked: FindElders, query: Select[Any], *, by_id: bool) -> EldersFound:
        after = asked.after
        if by_id:
            query = query.order_by(ELDERS.c.id)
            query = query if after is None else query.where(ELDERS.c.id > after[1])
        else:
            query = query.order_by(ELDERS.c.village_id, ELDERS.c.id)
            if after is not None:
                further = and_(ELDERS.c.village_id == after[0], ELDERS.c.id > after[1])
                query = query.where(or_(ELDERS.c.village_id > after[0], further))
        rows = connection.execute(query.limit(asked.limit + 1)).all()
        page = rows[: asked.limit]
        more = (page[-1].village_id, page[-1].id) if len(rows) > asked.limit else None
        return self._shown(page, more)

    def _query(self, connection: Connection, asked: FindElders) -> Select[*tuple[Any, ...]]:
        """Within their areas, and as narrowed: the one predicate of every search."""
        held = and_(LEVELS.c.elder_id == ELDERS.c.id, LEVELS.c.expired.is_(False))
        query = select(*COLUMNS).select_from(
            ELDERS.join(VILLAGES, VILLAGES.c.id == ELDERS.c.village_id)
            .join(TOWNSHIPS, TOWNSHIPS.c.id == ELDERS.c.township_id)
            .outerjoin(CASES, CASES.c.elder_id == ELDERS.c.id)
            .outerjoin(LEVELS, held)
        )
        query = query.where(_within(connection, asked.scope))
        if asked.area:
            query = query.where(or_(ELDERS.c.village_id == asked.area, ELDERS.c.township_id == asked.area))
        if asked.standing:
            query = query.where(ELDERS.c.standing == asked.standing)
        if asked.level:
            query = query.where(LEVELS.c.level == asked.level)
        if asked.category:
            of = and_(CATEGORIES.c.elder_id == ELDERS.c.id, CATEGORIES.c.category == asked.category)
            query = query.where(select(CATEGORIES.c.elder_id).where(of, CATEGORIES.c.to_on.is_(None)).exists())
        return query

    def _shown(self, rows: Sequence[Row[Any]], more: tuple[str, str] | None) -> EldersFound:
        return EldersFound(elders=tuple(map(self._one, rows)), more=more)

    def _one(self, row: Row[Any]) -> ElderFound:
        def opened(sealed: bytes | None) -> str | None:
            return None if sealed is None else self._sealer.open(sealed)

        return ElderFound(
            id=row.id, name=opened(row.name_enc) or "", sex=row.sex, village_id=row.village_id, village=row.village,
            township=row.township, phone=masked(opened(row.phone_enc)),
            id_number=masked(opened(row.id_number_enc)) or "", standing=row.standing, status=row.status,
            level=row.level,
        )  # fmt: skip


def _within(connection: Connection, scope: Sequence[str]) -> ColumnElement[bool]:
    """Each area is looked for in the column of its own kind, so that the index of that column serves."""
    held = connection.execute(select(AREAS.c.id, AREAS.c.kind).where(AREAS.c.id.in_(scope))).all()
    of_kind = {kind: [row.id for row in held if row.kind == kind] for kind in LIVES}
    return or_(false(), *(LIVES[kind].in_(ids) for kind, ids in of_kind.items() if ids))
