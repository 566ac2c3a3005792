"""The register of assessing bodies (评估机构) and of who assesses for them, from a day and until one, by SQL.

A day on which something ends is the first on which it is so no more. Each change keeps who made it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Engine, insert, or_, select, update

from adapters.database import patient, reading, writing
from adapters.sealing import Sealer
from adapters.sql_people import changed, must
from models.tables import AssessingBody, BodyAssessor, Post, Staff, table_of
from models.values import Actor, Role, Value

BODIES, OF_BODY = table_of(AssessingBody), table_of(BodyAssessor)
STAFF, POSTS = table_of(Staff), table_of(Post)


class OfBody(Value):
    """Who assesses for a body on a day. `name` is for the eyes of whoever names assessors."""

    staff_id: str
    name: str
    from_on: date
    to_on: date | None


class Body(Value):
    id: str
    name: str
    registered_as: str
    from_on: date
    to_on: date | None
    assessors: tuple[OfBody, ...]


class NoAssessor(ValueError):
    """Who is to assess for a body is nobody who holds the post of an assessor in its county."""


class NotThen(ValueError):
    """It would end before it begins, or begin after the body has ended."""


class SqlBodies:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def county_of(self, body_id: str) -> str:
        """Raises NotFound."""
        with reading(self._engine) as connection:
            return must(connection, BODIES, body_id).county_id

    @patient
    def add(self, county_id: str, name: str, registered_as: str, from_on: date, by: Actor, at: datetime) -> str:
        """Its id goes by its number: the same one again is the same body, with the name it has now; one that has ended
        by then is there again, and whoever had not been let go assesses for it."""
        body_id = self._sealer.derive_id("B", f"{county_id}/{registered_as}")
        with writing(self._engine) as connection:
            held = connection.execute(select(BODIES).where(BODIES.c.id == body_id)).one_or_none()
            if held is None:
                connection.execute(
                    insert(BODIES).values(
                        id=body_id, county_id=county_id, name=name, registered_as=registered_as, from_on=from_on
                    )
                )
                self._changed(connection, body_id, "registered_as", None, f"{registered_as} {from_on}", by, at)
                return body_id
            own = update(BODIES).where(BODIES.c.id == body_id)
            if held.name != name:
                connection.execute(own.values(name=name))
                self._changed(connection, body_id, "name", held.name, name, by, at)
            if held.to_on is not None and held.to_on <= from_on:
                connection.execute(own.values(to_on=None))
                self._changed(connection, body_id, "to_on", str(held.to_on), f"{from_on}/", by, at)
        return body_id

    @patient
    def end(self, body_id: str, on: date, by: Actor, at: datetime) -> None:
        """From that day on nobody assesses for it. Raises NotFound, NotThen."""
        with writing(self._engine) as connection:
            body = must(connection, BODIES, body_id)
            if on < body.from_on:
                raise NotThen(body_id)
            connection.execute(update(BODIES).where(BODIES.c.id == body_id).values(to_on=on))
            self._changed(connection, body_id, "to_on", str(body.to_on) if body.to_on else None, str(on), by, at)

    @patient
    def take_on(self, body_id: str, staff_id: str, from_on: date, by: Actor, at: datetime) -> bool:
        """Assesses for it from a day. False: does so already. Raises NotFound, NoAssessor, NotThen."""
        with writing(self._engine) as connection:
            body = must(connection, BODIES, body_id)
            person = must(connection, STAFF, staff_id)
            if person.county_id != body.county_id or not _is_assessor(connection, staff_id):
                raise NoAssessor(staff_id)
            if from_on < body.from_on or (body.to_on is not None and from_on >= body.to_on):
                raise NotThen(body_id)
            mine = (OF_BODY.c.body_id == body_id, OF_BODY.c.staff_id == staff_id)
            if connection.execute(select(OF_BODY).where(*mine, _not_over(from_on))).first() is not None:
                return False
            again = update(OF_BODY).where(*mine, OF_BODY.c.from_on == from_on).values(to_on=None)
            if not connection.execute(again).rowcount:
                connection.execute(insert(OF_BODY).values(body_id=body_id, staff_id=staff_id, from_on=from_on))
            self._changed(connection, body_id, "assessor", None, f"{staff_id} {from_on}", by, at)
        return True

    @patient
    def let_go(self, body_id: str, staff_id: str, to_on: date, by: Actor, at: datetime) -> bool:
        """Assesses for it no more from a day. False: did not. Raises NotFound, NotThen."""
        with writing(self._engine) as connection:
            must(connection, BODIES, body_id)
            mine = (OF_BODY.c.body_id == body_id, OF_BODY.c.staff_id == staff_id, OF_BODY.c.to_on.is_(None))
            held = connection.execute(select(OF_BODY).where(*mine)).first()
            if held is None:
                return False
            if to_on < held.from_on:
                raise NotThen(body_id)
            connection.execute(update(OF_BODY).where(*mine).values(to_on=to_on))
            self._changed(connection, body_id, "assessor", f"{staff_id} {held.from_on}", f"{staff_id} /{to_on}", by, at)
        return True

    def of_county(self, county_id: str, day: date) -> list[Body]:
        """By name, those that have ended last; each with who assesses for it on that day and holds the post."""
        people: dict[str, list[OfBody]] = defaultdict(list)
        with reading(self._engine) as connection:
            bodies = connection.execute(select(BODIES).where(BODIES.c.county_id == county_id)).all()
            query = select(OF_BODY, STAFF.c.name_enc).join(STAFF, STAFF.c.id == OF_BODY.c.staff_id)
            held = OF_BODY.c.body_id.in_([body.id for body in bodies])
            for row in connection.execute(
                query.where(held, OF_BODY.c.from_on <= day, _not_over(day), OF_BODY.c.staff_id.in_(_ASSESSORS))
                .order_by(OF_BODY.c.from_on, OF_BODY.c.staff_id)
            ):  # fmt: skip
                name = self._sealer.open(row.name_enc)
                people[row.body_id].append(
                    OfBody(staff_id=row.staff_id, name=name, from_on=row.from_on, to_on=row.to_on)
                )
        made = [
            Body(
                id=row.id, name=row.name, registered_as=row.registered_as, from_on=row.from_on, to_on=row.to_on,
                assessors=tuple(people[row.id]),
            )
            for row in bodies
        ]  # fmt: skip
        return sorted(made, key=lambda body: (body.to_on is not None and body.to_on <= day, body.name, body.id))

    def _changed(
        self, connection: Connection, body_id: str, field: str, old: str | None, new: str, by: Actor, at: datetime
    ) -> None:
        changed(connection, self._sealer, body_id, field, old, new, by, at)


_ASSESSORS = select(POSTS.c.holder_id).where(POSTS.c.role == Role.ASSESSOR.value, POSTS.c.holder_id.is_not(None))


def _is_assessor(connection: Connection, staff_id: str) -> bool:
    return connection.execute(_ASSESSORS.where(POSTS.c.holder_id == staff_id)).first() is not None


def _not_over(day: date) -> ColumnElement[bool]:
    return or_(OF_BODY.c.to_on.is_(None), OF_BODY.c.to_on > day)
