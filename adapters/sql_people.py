"""What township people change in the register between imports: leave, pairings, deputies, handovers.

Each change is one transaction, keeps the old value with its date, and answers what else must move because of it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, or_, select, update

from adapters.database import patient, reading, writing
from adapters.sealing import Sealer
from adapters.sql_away import hand_on
from decisions.deadlines import civil_day
from models.shown import CardLine
from models.tables import (
    Area,
    CaseRow,
    Elder,
    ElderAddress,
    ElderCategory,
    EscalationRow,
    Pairing,
    Post,
    RegisterChange,
    Staff,
    StaffLeave,
    TaskCode,
    VisitRow,
    Volunteer,
    VolunteerLeave,
    table_of,
)
from models.values import Actor, CaseStatus

VOLUNTEERS, VOLUNTEER_LEAVE, PAIRINGS = table_of(Volunteer), table_of(VolunteerLeave), table_of(Pairing)
STAFF, STAFF_LEAVE, POSTS = table_of(Staff), table_of(StaffLeave), table_of(Post)
AREAS, ELDERS, CATEGORIES = table_of(Area), table_of(Elder), table_of(ElderCategory)
ADDRESSES, CASES = table_of(ElderAddress), table_of(CaseRow)
VISITS, ESCALATIONS, CHANGES, CODES = (
    table_of(VisitRow),
    table_of(EscalationRow),
    table_of(RegisterChange),
    table_of(TaskCode),
)


class NotFound(LookupError):
    """No such person, post or area; the id is opaque and may be shown."""


class SqlPeople:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    # --- volunteers ------------------------------------------------------------------------------------------------

    @patient
    def volunteer_leave(self, volunteer_id: str, from_on: date, to_on: date, by: Actor, at: datetime) -> list[str]:
        """Enters the leave. Answers the elders whose open visits must be given to somebody else now.

        None of a leave that has not begun: `adapters.sql_days` gives those away on its first day.
        """
        with writing(self._engine) as connection:
            self._must(connection, VOLUNTEERS, volunteer_id)
            if _entered(connection, VOLUNTEER_LEAVE, volunteer_id=volunteer_id, from_on=from_on, to_on=to_on):
                self._changed(connection, volunteer_id, "leave", None, f"{from_on}/{to_on}", by, at)
            if not from_on <= civil_day(at) <= to_on:
                return []
            return _asked(connection, volunteer_id)

    @patient
    def pair(self, volunteer_id: str, elder_id: str, from_on: date, by: Actor, at: datetime, *, end: bool) -> bool:
        """Pairs them, or ends the pairing (`end`). False: they are one person, and nothing was paired."""
        with writing(self._engine) as connection:
            if self._must(connection, VOLUNTEERS, volunteer_id).elder_id == elder_id and not end:
                return False
            self._must(connection, ELDERS, elder_id)
            open_ = (
                PAIRINGS.c.volunteer_id == volunteer_id,
                PAIRINGS.c.elder_id == elder_id,
                PAIRINGS.c.to_on.is_(None),
            )
            held = connection.execute(select(PAIRINGS.c.id).where(*open_)).first()
            if end:
                connection.execute(update(PAIRINGS).where(*open_).values(to_on=from_on))
            elif held is None:
                connection.execute(
                    insert(PAIRINGS).values(volunteer_id=volunteer_id, elder_id=elder_id, from_on=from_on)
                )
            self._changed(connection, volunteer_id, "pairing", None, f"{'-' if end else '+'}{elder_id}", by, at)
            return True

    def elders_asked(self, volunteer_id: str) -> list[str]:
        """The elders whose open visits are theirs. Raises NotFound."""
        with reading(self._engine) as connection:
            self._must(connection, VOLUNTEERS, volunteer_id)
            return _asked(connection, volunteer_id)

    def card(self, volunteer_id: str, today: date) -> list[CardLine]:
        """The volunteer's card: a line for each elder they visit, no closed case. For the volunteer's own eyes."""
        with reading(self._engine) as connection:
            phone = self._must(connection, VOLUNTEERS, volunteer_id).phone_index
            rows = connection.execute(
                select(ELDERS, CODES.c.code, AREAS.c.name)
                .select_from(PAIRINGS)
                .join(ELDERS, ELDERS.c.id == PAIRINGS.c.elder_id)
                .join(AREAS, AREAS.c.id == ELDERS.c.village_id)
                .outerjoin(CODES, (CODES.c.elder_id == ELDERS.c.id) & (CODES.c.phone_index == phone))
                .outerjoin(CASES, CASES.c.elder_id == ELDERS.c.id)
                .where(
                    PAIRINGS.c.volunteer_id == volunteer_id,
                    PAIRINGS.c.to_on.is_(None),
                    CASES.c.status.is_distinct_from(CaseStatus.CLOSED.value),
                )
                .order_by(CODES.c.code, ELDERS.c.id)
            ).all()
            return [
                CardLine(
                    code=row.code, name=self._sealer.open(row.name_enc), village=row.name,
                    doors=doors_of(connection, self._sealer, row.id, today), township_id=row.township_id,
                    village_id=row.village_id, elder_id=row.id,
                )
                for row in rows
            ]  # fmt: skip

    def phone_of(self, staff_id: str) -> str:
        with reading(self._engine) as connection:
            return self._sealer.open(self._must(connection, STAFF, staff_id).phone_enc)

    # --- staff -----------------------------------------------------------------------------------------------------

    @patient
    def staff_leave(self, staff_id: str, from_on: date, to_on: date, by: Actor, at: datetime) -> int:
        """Enters the leave. Answers how many open escalations are handed on now; those of a leave to come, later."""
        with writing(self._engine) as connection:
            self._must(connection, STAFF, staff_id)
            if _entered(connection, STAFF_LEAVE, staff_id=staff_id, from_on=from_on, to_on=to_on):
                self._changed(connection, staff_id, "leave", None, f"{from_on}/{to_on}", by, at)
            return hand_on(connection, self._sealer, at) if from_on <= civil_day(at) <= to_on else 0

    @patient
    def deputy(self, post_id: str, deputy_id: str | None, by: Actor, at: datetime) -> None:
        with writing(self._engine) as connection:
            post = self._must(connection, POSTS, post_id)
            if deputy_id is not None:
                self._must(connection, STAFF, deputy_id)
            connection.execute(update(POSTS).where(POSTS.c.id == post_id).values(deputy_id=deputy_id))
            self._changed(connection, post_id, "deputy", post.deputy_id, deputy_id, by, at)

    @patient
    def holder(self, post_id: str, holder_id: str, by: Actor, at: datetime) -> bool:
        """Takes a vacant post. False: somebody holds it, and hands it over with what is open."""
        with writing(self._engine) as connection:
            post = self._must(connection, POSTS, post_id)
            self._must(connection, STAFF, holder_id)
            if post.holder_id is not None:
                return False
            connection.execute(update(POSTS).where(POSTS.c.id == post_id).values(holder_id=holder_id))
            self._changed(connection, post_id, "holder_id", None, holder_id, by, at)
        return True

    @patient
    def handover(self, from_id: str, to_id: str, by: Actor, at: datetime) -> list[tuple[str, str]]:
        """B takes every post of A. Answers A's open escalations as (escalation, elder), each moved with a fact."""
        with writing(self._engine) as connection:
            self._must(connection, STAFF, from_id)
            self._must(connection, STAFF, to_id)
            for column in ("holder_id", "deputy_id"):
                held = POSTS.c[column] == from_id
                for post in connection.execute(select(POSTS.c.id).where(held)).scalars().all():
                    self._changed(connection, post, column, from_id, to_id, by, at)
                connection.execute(update(POSTS).where(held).values({column: to_id}))
            query = select(ESCALATIONS.c.id, ESCALATIONS.c.elder_id).where(
                ESCALATIONS.c.owner_id == from_id, ESCALATIONS.c.state != "resolved"
            )
            return [(row.id, row.elder_id) for row in connection.execute(query.order_by(ESCALATIONS.c.id))]

    # --- elders ---------------------------------------------------------------------------------------------------

    def elder_by_tail(self, name: str, last_four: str) -> list[str]:
        """Elders of this name whose ID number ends so: one is the one meant; none or several is for a person."""
        index = self._sealer.index("elder_tail", f"{name}/{last_four}")
        with reading(self._engine) as connection:
            query = select(ELDERS.c.id).where(ELDERS.c.tail_index == index)
            return list(connection.execute(query.order_by(ELDERS.c.id)).scalars())

    @patient
    def end_category(self, elder_id: str, category: str, to_on: date, by: Actor, at: datetime) -> bool:
        """The category is theirs no more from a day. False: on that day it was not theirs."""
        held = (
            CATEGORIES.c.elder_id == elder_id,
            CATEGORIES.c.category == category,
            CATEGORIES.c.from_on <= to_on,
            CATEGORIES.c.to_on.is_(None),
        )
        with writing(self._engine) as connection:
            ended = connection.execute(update(CATEGORIES).where(*held).values(to_on=to_on)).rowcount > 0
            if ended:
                self._changed(connection, elder_id, "category", category, None, by, at)
        return ended

    def elders_of_township(self, township: str) -> list[str]:
        """Open cases of a township, by its id or name."""
        with reading(self._engine) as connection:
            area = connection.execute(
                select(AREAS.c.id).where(or_(AREAS.c.id == township, AREAS.c.name == township))
            ).scalar()
            if area is None:
                raise NotFound(township)
            query = select(ELDERS.c.id).where(ELDERS.c.township_id == area, ELDERS.c.standing == "case")
            return list(connection.execute(query.order_by(ELDERS.c.id)).scalars())

    # --- steps -----------------------------------------------------------------------------------------------------

    def _must(self, connection: Connection, table: Any, id_: str) -> Any:
        return must(connection, table, id_)

    def _changed(
        self, connection: Connection, subject: str, field: str, old: str | None, new: str | None, by: Actor,
        at: datetime,
    ) -> None:  # fmt: skip
        changed(connection, self._sealer, subject, field, old, new, by, at)


def doors_of(connection: Connection, sealer: Sealer, elder_id: str, today: date) -> tuple[str, ...]:
    """Where they live today, each home of several; where they are registered if the lists say no more."""
    held = connection.execute(
        select(ADDRESSES)
        .where(
            ADDRESSES.c.elder_id == elder_id,
            ADDRESSES.c.from_on <= today,
            or_(ADDRESSES.c.to_on.is_(None), ADDRESSES.c.to_on > today),
        )
        .order_by(ADDRESSES.c.from_on, ADDRESSES.c.id)
    ).all()
    homes = [row for row in held if row.kind == "residence"] or held
    return tuple(sealer.open(row.text_enc) for row in homes)


def _entered(connection: Connection, leave: Any, **values: Any) -> bool:
    """False: the same leave is there already."""
    same = (leave.c[name] == value for name, value in values.items())
    if connection.execute(select(leave.c.id).where(*same)).first() is not None:
        return False
    connection.execute(insert(leave).values(values))
    return True


def _asked(connection: Connection, volunteer_id: str) -> list[str]:
    query = select(VISITS.c.elder_id).where(VISITS.c.volunteer_id == volunteer_id, VISITS.c.state == "open")
    return list(connection.execute(query.distinct().order_by(VISITS.c.elder_id)).scalars())


def must(connection: Connection, table: Any, id_: str) -> Any:
    """The row of this id. Raises NotFound."""
    row = connection.execute(select(table).where(table.c.id == id_)).one_or_none()
    if row is None:
        raise NotFound(id_)
    return row


def changed(
    connection: Connection, sealer: Sealer, subject: str, field: str, old: str | None, new: str | None, by: Actor,
    at: datetime,
) -> None:  # fmt: skip
    """One line in the register of changes."""
    connection.execute(
        insert(CHANGES).values(
            subject_id=subject, field=field, old_enc=sealer.seal(old) if old else None,
            new_enc=sealer.seal(new) if new else None, by=by.id, by_role=by.role, at=at,
        )
    )  # fmt: skip
