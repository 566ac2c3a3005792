"""Villages renamed and merged from a day (村级建制调整): a day to come is kept, and takes effect when it has come.

Past months keep what was so then: names in `area_name`, places in the rows of past visits.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, delete, func, insert, select, update

from adapters.database import patient, writing
from adapters.sealing import Sealer
from adapters.sql_away import who_changed
from adapters.sql_moved import tell_moved
from adapters.sql_people import NotFound, changed, must
from decisions.deadlines import civil_day
from models.tables import Area, AreaName, Elder, Post, RegisterChange, Volunteer, table_of
from models.values import ENGINE, Actor, AreaKind, Channel

AREAS, NAMES, ELDERS = table_of(Area), table_of(AreaName), table_of(Elder)
VOLUNTEERS, POSTS, CHANGES = table_of(Volunteer), table_of(Post), table_of(RegisterChange)
MERGED, IN_EFFECT = "merged_into", "merger_in_effect"


class NotMergeable(ValueError):
    """Only one village may be merged into another: no township, no village into itself or one already merged."""


class SqlAreas:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    @patient
    def rename(self, area_id: str, name: str, from_on: date, by: Actor, at: datetime) -> None:
        """A new name from a day. Raises NotFound, also for a day on which it had a still earlier name."""
        with writing(self._engine) as connection:
            area = must(connection, AREAS, area_id)
            mine = NAMES.c.area_id == area_id
            query = select(func.max(NAMES.c.from_on)).where(mine, NAMES.c.from_on < area.from_on)
            former = connection.execute(query).scalar()
            if from_on <= (former or date.min):
                raise NotFound(f"{area_id} {from_on}")
            changed(connection, self._sealer, area_id, "name", area.name, name, by, at)
            if from_on <= area.from_on:  # the present name never counted: until then it had its former one
                if former is None:  # or, where we knew it by no other, the present one
                    before = from_on - timedelta(days=1)
                    connection.execute(insert(NAMES).values(area_id=area_id, from_on=before, name=area.name))
                connection.execute(update(AREAS).where(AREAS.c.id == area_id).values(name=name, from_on=from_on))
                return
            connection.execute(delete(NAMES).where(mine, NAMES.c.from_on == from_on))
            connection.execute(insert(NAMES).values(area_id=area_id, from_on=from_on, name=name))
            self._rename_due(connection, civil_day(at))

    @patient
    def merge(self, from_id: str, into_id: str, from_on: date, by: Actor, at: datetime) -> int:
        """One village into another from a day: people, pairs and posts move, past visits keep the old village.

        Answers how many elders move; their cases are told (`CaseMoved`). Raises NotFound, and NotMergeable for what
        is no pair of villages as they are today.
        """
        with writing(self._engine) as connection:
            old, new = must(connection, AREAS, from_id), must(connection, AREAS, into_id)
            villages = old.kind == new.kind == AreaKind.VILLAGE.value
            if not villages or from_id == into_id or old.merged_into is not None or new.merged_into is not None:
                raise NotMergeable(f"{from_id} {into_id}")
            connection.execute(update(AREAS).where(AREAS.c.id == from_id).values(to_on=from_on, merged_into=into_id))
            changed(connection, self._sealer, from_id, MERGED, None, into_id, by, at)
            moving = len(connection.execute(select(ELDERS.c.id).where(ELDERS.c.village_id == from_id)).all())
            self._merge_due(connection, at)
        return moving

    def take_effect(self, connection: Connection, now: datetime) -> int:
        """Whatever was entered for a day that has come by `now`. Answers how much that was; again, nothing."""
        return self._rename_due(connection, civil_day(now)) + self._merge_due(connection, now)

    # --- names -----------------------------------------------------------------------------------------------------

    def _rename_due(self, connection: Connection, today: date) -> int:
        """A name kept for a day that has come changes places with the present one, which past months keep."""
        query = (
            select(AREAS.c.id, NAMES.c.from_on, NAMES.c.name)
            .join(NAMES, NAMES.c.area_id == AREAS.c.id)
            .where(NAMES.c.from_on > AREAS.c.from_on, NAMES.c.from_on <= today)
        )
        due = connection.execute(query.order_by(NAMES.c.from_on)).all()
        for row in due:
            area = must(connection, AREAS, row.id)
            mine = NAMES.c.area_id == row.id
            connection.execute(delete(NAMES).where(mine, NAMES.c.from_on.in_((row.from_on, area.from_on))))
            connection.execute(insert(NAMES).values(area_id=row.id, from_on=area.from_on, name=area.name))
            connection.execute(update(AREAS).where(AREAS.c.id == row.id).values(name=row.name, from_on=row.from_on))
        return len(due)

    # --- mergers ---------------------------------------------------------------------------------------------------

    def _merge_due(self, connection: Connection, now: datetime) -> int:
        done = select(CHANGES.c.subject_id).where(CHANGES.c.field == IN_EFFECT)
        query = select(AREAS).where(
            AREAS.c.merged_into.is_not(None), AREAS.c.to_on <= civil_day(now), AREAS.c.id.not_in(done)
        )
        due = connection.execute(query.order_by(AREAS.c.to_on, AREAS.c.id)).all()
        for old in due:
            self._move(connection, old, now)
        return len(due)

    def _move(self, connection: Connection, old: Row[Any], now: datetime) -> None:
        into = must(connection, AREAS, old.merged_into)
        while into.merged_into is not None and into.to_on <= civil_day(now):  # itself merged since it was written down
            into = must(connection, AREAS, into.merged_into)
        moved = connection.execute(select(ELDERS.c.id).where(ELDERS.c.village_id == old.id)).scalars().all()
        entered = connection.execute(
            select(CHANGES)
            .where(CHANGES.c.subject_id == old.id, CHANGES.c.field == MERGED)
            .order_by(CHANGES.c.id.desc())
            .limit(1)
        ).first()
        who = who_changed(entered) if entered else ENGINE
        for people in (ELDERS, VOLUNTEERS):
            self._people(connection, people, old, into, who, now)
        for post in connection.execute(select(POSTS).where(POSTS.c.area_id == old.id).order_by(POSTS.c.id)).all():
            self._cover(connection, post, into.id, who, now)
        changed(connection, self._sealer, old.id, IN_EFFECT, None, into.id, who, now)
        tell_moved(connection, self._sealer, moved, who, Channel.CONSOLE, now)

    def _people(
        self, connection: Connection, people: Table, old: Row[Any], into: Row[Any], by: Actor, now: datetime
    ) -> None:  # fmt: skip
        """Each keeps where they lived, so that it can be told as it was known before."""
        mine = people.c.village_id == old.id
        for one in connection.execute(select(people.c.id, people.c.township_id).where(mine)).all():
            changed(connection, self._sealer, one.id, "village_id", old.id, into.id, by, now)
            if one.township_id != into.parent_id:
                changed(connection, self._sealer, one.id, "township_id", one.township_id, into.parent_id, by, now)
        connection.execute(update(people).where(mine).values(village_id=into.id, township_id=into.parent_id))

    def _cover(self, connection: Connection, post: Row[Any], into_id: str, by: Actor, now: datetime) -> None:
        """Whoever held this post in the old village answers in the new one too: first, where its own post is vacant.

        The old post stays: what was open in the old village keeps its owner until the cases have moved.
        """
        query = select(POSTS).where(POSTS.c.area_id == into_id, POSTS.c.role == post.role)
        there = connection.execute(query.order_by(POSTS.c.id)).all()
        people = {"holder_id": post.holder_id, "deputy_id": post.deputy_id}
        vacant = next((held for held in there if held.holder_id is None and held.deputy_id is None), None)
        if post.holder_id is None and post.deputy_id is None:
            return
        if post.holder_id is not None and any(post.holder_id in (held.holder_id, held.deputy_id) for held in there):
            return
        if vacant is not None:
            connection.execute(update(POSTS).where(POSTS.c.id == vacant.id).values(people))
            made = vacant.id
        else:
            # As an import names it; a second post of a role is named after the first, so that it stands behind it.
            made = f"{there[0].id}+{post.id}" if there else self._sealer.derive_id("P", f"{into_id}/{post.role}")
            connection.execute(insert(POSTS).values(id=made, role=post.role, area_id=into_id, **people))
        changed(connection, self._sealer, made, "holder_id", None, post.holder_id, by, now)
