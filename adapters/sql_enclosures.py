"""Photos and positions of visits, sealed, by SQL: kept once with the letter that names them, opened one at a time.

Fulfils `web.doors.Enclosures`.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, select

from adapters.database import patient, reading, writing
from adapters.photos import cleaned
from adapters.sealing import Sealer
from adapters.sql_letters import insert_once
from adapters.sql_people import changed
from models.messages import ReportVisit
from models.tables import RegisterChange, VisitEnclosure, table_of
from models.values import Actor, EnclosedRef
from models.visiting import Beside, Enclosure, EnclosureErased, EnclosureKind, EnclosureShown, Position

ENCLOSURES, CHANGES = table_of(VisitEnclosure), table_of(RegisterChange)
BETWEEN = "-"  # a kind and the letter's key
ERASED = "enclosure_erased"


def made(key: str, beside: Beside) -> list[Enclosure]:
    """What is to be kept of what came with the form of this key; a photo that is none is left out."""
    photo = cleaned(beside.photo) if beside.photo else None
    position = beside.position.model_dump_json().encode() if beside.position else None
    held = {EnclosureKind.PHOTO: photo, EnclosureKind.POSITION: position}
    return [
        Enclosure(kind, EnclosedRef(id=f"{kind.value}{BETWEEN}{key}", sha256=sha256(content).hexdigest()), content)
        for kind, content in held.items()
        if content is not None
    ]


def keep(
    connection: Connection, sealer: Sealer, elder_id: str, report: ReportVisit, beside: Sequence[Enclosure],
    now: datetime,
) -> None:  # fmt: skip
    if _erased(connection, [one.ref.id for one in beside]):
        return  # the elder took their yes back: the same form, sent once more, brings nothing back
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

    def shown(self, elder_id: str, id_: str) -> EnclosureShown | EnclosureErased | None:
        """None: this elder has none of this id, and had none."""
        query = select(ENCLOSURES).where(ENCLOSURES.c.id == id_, ENCLOSURES.c.elder_id == elder_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
            gone = None if row is not None else next(iter(_erased(connection, [id_])), None)
        if row is None:
            theirs = gone is not None and self._sealer.open(gone.old_enc) == elder_id
            return EnclosureErased(kind=_kind(id_), at=gone.at, by=gone.by) if theirs and gone else None
        content, kind = self._sealer.open_bytes(row.content_enc), EnclosureKind(row.kind)
        if kind is EnclosureKind.PHOTO:
            return EnclosureShown(kind=kind, kept_at=row.kept_at, photo=base64.b64encode(content).decode())
        return EnclosureShown(kind=kind, kept_at=row.kept_at, position=Position.model_validate_json(content))

    @patient
    def erase(self, elder_id: str, id_: str, why: str, by: Actor, at: datetime) -> bool:
        """All that came with that form, to which the elder said one yes. The facts that name it stay as they are.

        False: none of it is there. That it was, and who erased it, stands in the register of changes.
        """
        key = id_.partition(BETWEEN)[2]
        ids = [f"{kind.value}{BETWEEN}{key}" for kind in EnclosureKind]
        theirs = (ENCLOSURES.c.id.in_(ids), ENCLOSURES.c.elder_id == elder_id)
        with writing(self._engine) as connection:
            held = connection.execute(select(ENCLOSURES.c.id).where(*theirs).order_by(ENCLOSURES.c.id)).scalars().all()
            for one in held:
                changed(connection, self._sealer, one, ERASED, elder_id, why, by, at)
            connection.execute(delete(ENCLOSURES).where(*theirs))
        return bool(held)


def _kind(id_: str) -> EnclosureKind:
    return EnclosureKind(id_.partition(BETWEEN)[0])


def _erased(connection: Connection, ids: Collection[str]) -> Sequence[Row[Any]]:
    """The lines that say so, of these."""
    query = select(CHANGES).where(CHANGES.c.subject_id.in_(ids), CHANGES.c.field == ERASED)
    return connection.execute(query.order_by(CHANGES.c.id)).all()
