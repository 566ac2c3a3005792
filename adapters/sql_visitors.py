"""Persons of the register as a step names them: who went, to whom a visit is given, to whom an escalation.

Names and phones are sealed, so whoever is looked for by name is found by opening those of all volunteers and staff.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from sqlalchemy import Engine, exists, func, or_, select

from adapters.database import reading
from adapters.sealing import Sealer
from models.errors import Unfit
from models.tables import CaseRow, Post, Reservation, Staff, Volunteer, VolunteerLeave, table_of
from models.values import CaseStatus, CloseReason

VOLUNTEERS, LEAVE = table_of(Volunteer), table_of(VolunteerLeave)
STAFF, POSTS = table_of(Staff), table_of(Post)
CASES, RESERVATIONS = table_of(CaseRow), table_of(Reservation)


# Of a volunteer who is an elder too: their own case says that they died, be it only reported yet.
DIED = exists().where(
    CASES.c.elder_id == VOLUNTEERS.c.elder_id,
    (CASES.c.status == CaseStatus.DEATH_REPORTED.value) | (CASES.c.close_reason == CloseReason.DEATH_CONFIRMED.value),
)


class SqlVisitors:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def as_visitor(self, person_id: str) -> Unfit | None:
        """Who is said to have gone: a volunteer who is not barred, or staff. None: they can have.

        Who gave up texts since, or is on leave, may have gone before.
        """
        with reading(self._engine) as connection:
            volunteer = connection.execute(select(VOLUNTEERS.c.barred).where(VOLUNTEERS.c.id == person_id)).first()
            if volunteer is not None:
                return Unfit.BARRED if volunteer.barred else None
            known = connection.execute(select(STAFF.c.id).where(STAFF.c.id == person_id)).first()
        return None if known is not None else Unfit.UNKNOWN

    def as_volunteer(self, volunteer_id: str, today: date) -> Unfit | None:
        """To whom a visit is to be given today. None: they can be asked."""
        with reading(self._engine) as connection:
            query = select(VOLUNTEERS, DIED.label("died")).where(VOLUNTEERS.c.id == volunteer_id)
            row = connection.execute(query).one_or_none()
            if row is None:
                return Unfit.UNKNOWN
            of_today = (LEAVE.c.volunteer_id == volunteer_id, LEAVE.c.from_on <= today, LEAVE.c.to_on >= today)
            away = connection.execute(select(LEAVE.c.id).where(*of_today)).first() is not None
            held = (RESERVATIONS.c.volunteer_id == volunteer_id, RESERVATIONS.c.released_at.is_(None))
            load = connection.execute(select(func.count()).where(*held)).scalar_one()
        reasons = {
            Unfit.BARRED: row.barred,
            Unfit.NO_CONSENT: row.consented_on is None,
            Unfit.OPTED_OUT: row.opted_out_at is not None,
            Unfit.DEAD: row.died,
            Unfit.ON_LEAVE: away,
            Unfit.FULL: load >= row.capacity,
        }
        return next((why for why, holds in reasons.items() if holds), None)

    def as_owner(self, staff_id: str) -> Unfit | None:
        """To whom an escalation is to be given: staff who hold a post or stand in for one. None: they can own it."""
        with reading(self._engine) as connection:
            if connection.execute(select(STAFF.c.id).where(STAFF.c.id == staff_id)).first() is None:
                return Unfit.UNKNOWN
            theirs = or_(POSTS.c.holder_id == staff_id, POSTS.c.deputy_id == staff_id)
            return None if connection.execute(select(POSTS.c.id).where(theirs)).first() else Unfit.NO_POST

    def named(self) -> dict[str, list[str]]:
        """Everybody by name, by name with the phone's last four, and by id. Several ids: the word is not enough.

        Who is volunteer and staff with one phone is one person, and goes as the volunteer.
        """
        persons: dict[tuple[str, str], str] = {}
        found: defaultdict[str, list[str]] = defaultdict(list)
        with reading(self._engine) as connection:
            for people in (VOLUNTEERS, STAFF):
                for row in connection.execute(select(people.c.id, people.c.name_enc, people.c.phone_enc)):
                    who = (self._sealer.open(row.name_enc), self._sealer.open(row.phone_enc))
                    persons.setdefault(who, row.id)
                    found[row.id].append(row.id)
        for (name, phone), id_ in persons.items():
            found[name].append(id_)
            found[name + phone[-4:]].append(id_)
        return dict(found)
