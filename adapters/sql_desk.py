"""What the counter needs from the store. Fulfils `post.desk.DeskStore`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, insert, or_, select, update

from adapters.database import patient, reading, writing
from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter, insert_once
from decisions.permits import HeldPost, Territory
from models.letters import UpdateLetter
from models.messages import Reply
from models.tables import (
    Area,
    AssessingBody,
    CommandRow,
    Elder,
    EscalationRow,
    LetterRow,
    Note,
    Post,
    Staff,
    StaffLeave,
    VisitRow,
    Volunteer,
    WorkItemRow,
    table_of,
)
from models.values import AreaKind, NoteRef, Role
from post.ports import LATER

POSTS, LEAVE, ELDERS = table_of(Post), table_of(StaffLeave), table_of(Elder)
AREAS, VOLUNTEERS, STAFF = table_of(Area), table_of(Volunteer), table_of(Staff)
VISITS, ESCALATIONS = table_of(VisitRow), table_of(EscalationRow)
LETTERS, COMMANDS, ITEMS = table_of(LetterRow), table_of(CommandRow), table_of(WorkItemRow)
BODIES = table_of(AssessingBody)
COUNTER = "counter"
COUNTER_TIME = timedelta(seconds=20)  # longer than the counter waits for an answer


class SqlDesk:
    def __init__(self, engine: Engine, sealer: Sealer, civil_day: Callable[[datetime], date]) -> None:
        self._engine = engine
        self._sealer = sealer
        self._civil_day = civil_day

    def posts_of(self, staff_id: str, now: datetime) -> tuple[HeldPost, ...]:
        """The posts they hold today; as deputy only while the holder is away or the post has none."""
        day = self._civil_day(now)
        with reading(self._engine) as connection:
            away = set(
                connection.execute(
                    select(LEAVE.c.staff_id).where(LEAVE.c.from_on <= day, LEAVE.c.to_on >= day)
                ).scalars()
            )
            rows = connection.execute(
                select(POSTS)
                .where(or_(POSTS.c.holder_id == staff_id, POSTS.c.deputy_id == staff_id))
                .order_by(POSTS.c.id)
            ).all()
        held = [row for row in rows if row.holder_id == staff_id or row.holder_id is None or row.holder_id in away]
        return tuple(HeldPost(role=Role(row.role), area_id=row.area_id) for row in held)

    def knows_staff(self, staff_id: str) -> bool:
        with reading(self._engine) as connection:
            return connection.execute(select(STAFF.c.id).where(STAFF.c.id == staff_id)).first() is not None

    def has_staff(self, county_id: str) -> bool:
        """Whether anybody is in its register who could be asked for."""
        with reading(self._engine) as connection:
            return connection.execute(select(STAFF.c.id).where(STAFF.c.county_id == county_id)).first() is not None

    def is_person(self, staff_id: str) -> bool:
        """Whether somebody of the register, by name and number, is meant: not the administrator of the first start."""
        with reading(self._engine) as connection:
            index = connection.execute(select(STAFF.c.phone_index).where(STAFF.c.id == staff_id)).scalar()
        return index is not None and index != self._sealer.index("phone", staff_id)  # as `sql_account_book` has it

    def territory_of(self, elder_id: str) -> Territory | None:
        with reading(self._engine) as connection:
            return next(iter(_living(connection, ELDERS, ELDERS.c.id == elder_id)), None)

    def places_of_volunteer(self, volunteer_id: str, *, and_open_visits: bool = False) -> tuple[Territory, ...]:
        """Where they live, and where the elders live whose open visits are theirs. Empty: nobody of this id."""
        with reading(self._engine) as connection:
            home = _living(connection, VOLUNTEERS, VOLUNTEERS.c.id == volunteer_id)
            if not home or not and_open_visits:
                return home
            mine = select(VISITS.c.elder_id).where(VISITS.c.volunteer_id == volunteer_id, VISITS.c.state == "open")
            return home + _living(connection, ELDERS, ELDERS.c.id.in_(mine))

    def places_of_staff(self, staff_id: str, *, and_escalations: bool = False) -> tuple[Territory, ...]:
        """Where their posts lie, held or as deputy, and the elders of their open escalations.

        Without any it is their county: only who has all of it may. Empty: nobody of this id.
        """
        with reading(self._engine) as connection:
            county = connection.execute(select(STAFF.c.county_id).where(STAFF.c.id == staff_id)).scalar()
            if county is None:
                return ()
            theirs = or_(POSTS.c.holder_id == staff_id, POSTS.c.deputy_id == staff_id)
            areas = connection.execute(select(POSTS.c.area_id).where(theirs).distinct()).scalars().all()
            places = [_lying(connection, area) or Territory(county_id=county) for area in sorted(areas)]
            if and_escalations:
                open_ = select(ESCALATIONS.c.elder_id).where(
                    ESCALATIONS.c.owner_id == staff_id, ESCALATIONS.c.state != "resolved"
                )
                places += _living(connection, ELDERS, ELDERS.c.id.in_(open_))
        return tuple(places) or (Territory(county_id=county),)

    def places_of_post(self, post_id: str) -> tuple[Territory, ...]:
        """Where it lies. Empty: no post of this id."""
        with reading(self._engine) as connection:
            area = connection.execute(select(POSTS.c.area_id).where(POSTS.c.id == post_id)).scalar()
            place = _lying(connection, area) if area else None
        return (place,) if place else ()

    def roles_of_post(self, post_id: str) -> tuple[tuple[Role, Territory], ...]:
        """Its role, and where it lies. Empty: no post of this id, or one that lies in no county."""
        with reading(self._engine) as connection:
            return _roles(connection, POSTS.c.id == post_id)

    def roles_of_staff(self, staff_id: str) -> tuple[tuple[Role, Territory], ...]:
        """The same of every post that they hold or are deputy of, be the holder away or not."""
        with reading(self._engine) as connection:
            return _roles(connection, or_(POSTS.c.holder_id == staff_id, POSTS.c.deputy_id == staff_id))

    def places_of_body(self, body_id: str) -> tuple[Territory, ...]:
        """The county in whose register it is. Empty: no body of this id."""
        with reading(self._engine) as connection:
            county = connection.execute(select(BODIES.c.county_id).where(BODIES.c.id == body_id)).scalar()
        return (Territory(county_id=county),) if county else ()

    def place_of_area(self, area_id: str) -> tuple[Territory, ...]:
        """Where it lies. Empty: no area of this id, or none of a county."""
        with reading(self._engine) as connection:
            place = _lying(connection, area_id)
        return (place,) if place else ()

    def item(self, item_id: str) -> Row[Any] | None:
        """A work item, open or closed."""
        with reading(self._engine) as connection:
            return connection.execute(select(ITEMS).where(ITEMS.c.id == item_id)).one_or_none()

    def places_of_item(self, item: Row[Any]) -> tuple[Territory, ...]:
        """Where a work item lies: with its elder, in its township, or in its county. Empty: in none we know."""
        place = self.territory_of(item.elder_id) if item.elder_id else None
        for area in (item.township_id, item.county_id):
            if place is None and area is not None:
                with reading(self._engine) as connection:
                    place = _lying(connection, area)
        return (place,) if place else ()

    def places_of_item_id(self, item_id: str) -> tuple[Territory, ...]:
        """The same by its id."""
        row = self.item(item_id)
        return self.places_of_item(row) if row is not None else ()

    @patient
    def hand_in(self, letter_id: str, letter: UpdateLetter, now: datetime) -> None:
        """Kept, and left to the caller to deliver first; dispatch takes it up if the caller does not come back."""
        with writing(self._engine) as connection:
            keep_at_counter(connection, self._sealer, letter_id, letter, now)

    def answer_to(self, letter_id: str) -> Reply | None:
        """What a step that was handed in was answered; `later` while nobody has. None: nothing of this id."""
        with reading(self._engine) as connection:
            row = connection.execute(select(LETTERS).where(LETTERS.c.id == letter_id)).one_or_none()
        if row is None:
            return None
        if row.reply is not None:
            return Reply.model_validate_json(row.reply)
        settled = row.state == "delivered"  # by dispatch, which keeps only why not
        refusal = row.why if settled else LATER
        return Reply(key=letter_id, accepted=refusal is None, refusal=refusal)

    @patient
    def leave(self, letter_id: str) -> None:
        """The caller has not been answered, and leaves it to dispatch."""
        with writing(self._engine) as connection:
            connection.execute(
                update(LETTERS)
                .where(LETTERS.c.id == letter_id, LETTERS.c.lease_owner == COUNTER)
                .values(lease_until=None)
            )

    @patient
    def settle(
        self, letter_id: str, now: datetime, state: str, why: str | None = None, reply: str | None = None
    ) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                update(LETTERS)
                .where(LETTERS.c.id == letter_id)
                .values(state=state, settled_at=now, why=why, reply=reply)
            )

    @patient
    def close_item(self, item_id: str, staff_id: str, why: str, now: datetime) -> bool:
        """A person has dealt with a work item. False: there is none open of this id."""
        with writing(self._engine) as connection:
            closed = connection.execute(
                update(ITEMS)
                .where(ITEMS.c.id == item_id, ITEMS.c.closed_at.is_(None))
                .values(closed_at=now, closed_by=staff_id, close_reason=why)
            )
        return closed.rowcount == 1

    @patient
    def keep_note(self, text: str, now: datetime) -> NoteRef:
        """What somebody typed, sealed; facts hold its id and hash."""
        ref = NoteRef(id=f"note-{uuid.uuid4().hex}", sha256=sha256(text.encode()).hexdigest())
        with writing(self._engine) as connection:
            row = {"id": ref.id, "sha256": ref.sha256, "text_enc": self._sealer.seal(text), "written_at": now}
            connection.execute(insert(table_of(Note)).values(row))
        return ref

    @patient
    def log_step(
        self,
        step_id: str,
        staff_id: str,
        role: str,
        action: str,
        subject_id: str,
        accepted: bool,
        answer: str,
        now: datetime,
    ) -> None:
        with writing(self._engine) as connection:
            step = {
                "id": step_id, "staff_id": staff_id, "role": role, "action": action, "subject_id": subject_id,
                "at": now, "accepted": accepted, "answer": answer,
            }  # fmt: skip
            insert_once(connection, COMMANDS, step)


def keep_at_counter(
    connection: Connection, sealer: Sealer, letter_id: str, letter: UpdateLetter, now: datetime
) -> None:  # fmt: skip
    """A step's letter, left to who hands it in to deliver first."""
    insert_letter(
        connection, sealer, letter_id, letter, now, received_at=letter.message.received_at,
        leased=(COUNTER, now + COUNTER_TIME),
    )  # fmt: skip


def _living(connection: Connection, people: Table, which: ColumnElement[bool]) -> tuple[Territory, ...]:
    """Where these elders or volunteers live, each place once."""
    query = select(people.c.village_id, people.c.township_id, people.c.county_id).where(which).distinct()
    rows = connection.execute(query.order_by(people.c.village_id)).all()
    return tuple(Territory(village_id=r.village_id, township_id=r.township_id, county_id=r.county_id) for r in rows)


def _roles(connection: Connection, which: ColumnElement[bool]) -> tuple[tuple[Role, Territory], ...]:
    rows = connection.execute(select(POSTS.c.role, POSTS.c.area_id).where(which).order_by(POSTS.c.id)).all()
    places = [(Role(row.role), _lying(connection, row.area_id)) for row in rows]
    return tuple((role, at) for role, at in places if at is not None)


def _lying(connection: Connection, area_id: str) -> Territory | None:
    """An area with the areas it lies in. None: it lies in no county we know."""
    within: dict[str, str] = {}
    above: str | None = area_id
    while above is not None:
        area = connection.execute(select(AREAS.c.kind, AREAS.c.parent_id).where(AREAS.c.id == above)).one_or_none()
        if area is None or area.kind in within:
            break
        within[area.kind], above = above, area.parent_id
    county = within.get(AreaKind.COUNTY)
    if county is None:
        return None
    village, township = within.get(AreaKind.VILLAGE), within.get(AreaKind.TOWNSHIP)
    return Territory(village_id=village, township_id=township, county_id=county)
