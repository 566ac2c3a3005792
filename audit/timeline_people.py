"""Who and what a story names, looked up all at once: a page's questions to the store are as few for a year as a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, cast

from sqlalchemy import Column, Row

from adapters.sealing import SealBroken
from audit.store import BODIES, ELDERS, POLICIES, STAFF, VOLUNTEERS, Snapshot
from models.errors import TanfangFault
from models.events import AnyEvent
from policies import pack

UNREADABLE = "（打不开）"
AT_A_TIME = 500  # values in one question
NAMING = {"id", "code", "on_behalf_of"}
NOT_PEOPLE = {"visit_id", "escalation_id", "county_id", "township_id", "village_id", "period_id"}


def by_column(held: Snapshot, column: Column[Any], values: Collection[Any]) -> dict[Any, list[Row[Any]]]:
    """The rows with these values in the column, by value, each in its table's order."""
    found: defaultdict[Any, list[Row[Any]]] = defaultdict(list)
    wanted = sorted(set(values))
    for n in range(0, len(wanted), AT_A_TIME):
        for row in held.rows(column.table, column.in_(wanted[n : n + AT_A_TIME])):
            found[getattr(row, column.name)].append(row)
    return found


def opened(held: Snapshot, sealed: bytes) -> str:
    """The text, or a word that says it cannot be read (another key, or changed)."""
    try:
        return held.open(sealed)
    except (SealBroken, TanfangFault):
        return UNREADABLE


class People:
    """Names by opaque id, opened once each. `packs`: the hashes of those that say what a benefit is called."""

    def __init__(self, held: Snapshot) -> None:
        self._held = held
        self.packs: set[str] = set()
        self._known: dict[str, str] = {"engine": "系统"}
        self._named: Mapping[str, str] | None = None

    def called(self, id_: str) -> str:
        """As `meet` found them; who was not met with is looked up alone."""
        if id_ not in self._known:
            self.meet([id_])
        return self._known[id_]

    def meet(self, ids: Iterable[str]) -> None:
        """Whoever these are, and what is no person goes by its own name, by the packs' word for it, or by its id."""
        new = set(ids) - self._known.keys()
        for table in (ELDERS, STAFF, VOLUNTEERS):  # who is two of these goes as the last
            for id_, rows in by_column(self._held, table.c.id, new).items():
                self._known[id_] = opened(self._held, rows[0].name_enc)
        left = new - self._known.keys()
        bodies = by_column(self._held, BODIES.c.id, left)
        for id_ in left:
            self._known[id_] = bodies[id_][0].name if id_ in bodies else self._in_packs().get(id_, id_)

    def _in_packs(self) -> Mapping[str, str]:
        """What the elder's packs call their benefits and the papers of these, by code; the later one's word holds."""
        if self._named is None or self.packs:
            named = self._held.rows(POLICIES, POLICIES.c.hash.in_(sorted(self.packs)))
            files = [pack.from_content(row.content).file for row in sorted(named, key=lambda row: row.active_from)]
            benefits = [benefit for file in files for benefit in file.benefits]
            papers = [paper for benefit in benefits for paper in benefit.documents]
            self._named = {**(self._named or {}), **{row.code: row.name for row in (*papers, *benefits)}}
            self.packs = set()
        return self._named


def ids_in(event: AnyEvent) -> Iterator[str]:
    """Whom a fact may name: what stands under a name of an id, wherever in it."""
    yield from _ids(event.model_dump(mode="json"))


def _ids(value: Any, name: str = "") -> Iterator[str]:
    match value:
        case dict():
            for key, held in cast("dict[str, Any]", value).items():
                yield from _ids(held, key)
        case list():
            for held in cast("list[Any]", value):
                yield from _ids(held, name)
        case str() if (name in NAMING or name.endswith(("_id", "_by"))) and name not in NOT_PEOPLE:
            yield value
        case _:
            pass
