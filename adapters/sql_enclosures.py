"""Photos and positions of visits, sealed, by SQL: kept once with the letter that names them, opened one at a time.

Fulfils `web.doors.Enclosures`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, Engine, select

from adapters.database import reading
from adapters.photos import cleaned
from adapters.sealing import Sealer
from adapters.sql_letters import insert_once
from models.messages import ReportVisit
from models.tables import VisitEnclosure, table_of
from models.values import EnclosedRef
from models.visiting import Beside, Enclosure, EnclosureKind, EnclosureShown, Position

ENCLOSURES = table_of(VisitEnclosure)


def made(key: str, beside: Beside) -> list[Enclosure]:
    """What is to be kept of what came with the form of this key; a photo that is none is left out."""
    photo = cleaned(beside.photo) if beside.photo else None
    position = beside.position.model_dump_json().encode() if beside.position else None
    held = {EnclosureKind.PHOTO: photo, EnclosureKind.POSITION: position}
    return [
        Enclosure(kind, EnclosedRef(id=f"{kind.value}-{key}", sha256=sha256(content).hexdigest()), content)
        for kind, content in held.items()
        if content is not None
    ]


def keep(
    connection: Connection, sealer: Sealer, elder_id: str, report: ReportVisit, beside: Iterable[Enclosure],
    now: datetime,
) -> None:  # fmt: skip
    for one in beside:
        row = {
            "id": one.ref.id, "kind": one.kind.value, "elder_id": elder_id, "visit_id": report.visit_id or "",
            "volunteer_id": report.visitor_id, "sha256": one.ref.sha256, "content_enc": sealer.seal(one.content),
            "kept_at": now,
        }  # fmt: skip
        insert_once(connection, ENCLOSURES, row)


class SqlEnclosures:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def shown(self, elder_id: str, id_: str) -> EnclosureShown | None:
        """None: this elder has none of this id, or its term is over."""
        query = select(ENCLOSURES).where(ENCLOSURES.c.id == id_, ENCLOSURES.c.elder_id == elder_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        content, kind = self._sealer.open_bytes(row.content_enc), EnclosureKind(row.kind)
        if kind is EnclosureKind.PHOTO:
            return EnclosureShown(kind=kind, kept_at=row.kept_at, photo=base64.b64encode(content).decode())
        return EnclosureShown(kind=kind, kept_at=row.kept_at, position=Position.model_validate_json(content))
