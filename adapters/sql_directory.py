"""Who is who on a day: an elder's briefing, a visitor reserved, the holder of a post. Reads the register by SQL.

The rules it serves (who may visit, in which order; how a pack becomes a slice) are given to it, not written here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Row, func, insert, or_, select, update

from adapters.database import reading, writing
from models.digests import policy_digest
from models.errors import Fault, TanfangFault
from models.messages import Assignment, BriefingQuestion, Owner, OwnerQuestion, PeriodBriefing, Wanted
from models.policy import PolicySlice
from models.tables import (
    Area,
    Elder,
    ElderCategory,
    Pairing,
    PolicyVersion,
    Post,
    Reservation,
    StaffLeave,
    VisitRow,
    Volunteer,
    VolunteerLeave,
    table_of,
)
from models.values import Role

ELDERS, CATEGORIES, PAIRINGS = table_of(Elder), table_of(ElderCategory), table_of(Pairing)
VOLUNTEERS, VOLUNTEER_LEAVE, RESERVATIONS = table_of(Volunteer), table_of(VolunteerLeave), table_of(Reservation)
POSTS, STAFF_LEAVE, AREAS = table_of(Post), table_of(StaffLeave), table_of(Area)
VISITS, POLICIES = table_of(VisitRow), table_of(PolicyVersion)

# Where a role's post is looked for: its own village, township, or the county.
VILLAGE_ROLES = (Role.GRID_WORKER, Role.VILLAGE_ASSISTANT)


class Chooser(Protocol):
    def __call__(
        self, visit_id: str, elder_id: str, candidates: Sequence[Any], not_these: Sequence[str], prefer: str | None
    ) -> Assignment: ...


def _stands(held: Row[Any], wanted: Wanted) -> bool:
    """Whether a reservation is in force and its holder still may and should come."""
    if held.released_at is not None or held.volunteer_id is None:
        return False
    return held.volunteer_id not in wanted.not_these and wanted.prefer in (None, held.volunteer_id)


class SqlDirectory:
    """Fulfils `activities.ports.Directory`."""

    def __init__(
        self,
        engine: Engine,
        slice_of: Callable[[str, date], PolicySlice],
        choose: Chooser,
        candidate: Callable[..., Any],
        civil_day: Callable[[datetime], date],
    ) -> None:
        """`slice_of(pack content, first day of the year)`; `choose` and `candidate` from `decisions.assignment`."""
        self._engine = engine
        self._slice_of = slice_of
        self._choose = choose
        self._candidate = candidate
        self._civil_day = civil_day
        self._slices: dict[tuple[str, date], PolicySlice] = {}

    # --- briefing --------------------------------------------------------------------------------------------------

    def brief(self, question: BriefingQuestion) -> PeriodBriefing:
        """Raises TanfangFault(POLICY_NOT_IN_STORE) when no pack is active; LookupError for an unknown elder."""
        wanted, day = question.wanted, self._civil_day(question.at)
        with reading(self._engine) as connection:
            elder = connection.execute(select(ELDERS).where(ELDERS.c.id == question.elder_id)).one_or_none()
            if elder is None:
                raise LookupError(f"no elder {question.elder_id} in the register")
            policy = self._policy(connection, day)
            tags = self._tags(connection, elder.id, day)
            paired = self._paired(connection, elder.id, day)
        changed = policy_digest(policy) != question.known_policy
        return PeriodBriefing(
            policy=policy if changed else None,
            assignment=self._assign(elder, wanted.visit_id, question, day) if wanted.visit_id else None,
            village_id=elder.village_id,
            township_id=elder.township_id,
            spread_key=paired or elder.village_id,
            tags=tags,
            start_on=elder.start_on or day,
        )

    def _policy(self, connection: Connection, day: date) -> PolicySlice:
        query = select(POLICIES.c.hash, POLICIES.c.content).where(POLICIES.c.active_from <= day)
        row = connection.execute(query.order_by(POLICIES.c.active_from.desc(), POLICIES.c.at.desc()).limit(1)).first()
        if row is None:
            raise TanfangFault(Fault.POLICY_NOT_IN_STORE, f"none is active on {day}")
        key = (row.hash, date(day.year, 1, 1))
        if key not in self._slices:
            self._slices[key] = self._slice_of(row.content, key[1])
        return self._slices[key]

    def _tags(self, connection: Connection, elder_id: str, day: date) -> tuple[str, ...]:
        query = select(CATEGORIES.c.category).where(
            CATEGORIES.c.elder_id == elder_id, or_(CATEGORIES.c.to_on.is_(None), CATEGORIES.c.to_on > day)
        )
        return tuple(sorted(set(connection.execute(query).scalars())))

    def _paired(self, connection: Connection, elder_id: str, day: date) -> str | None:
        query = select(PAIRINGS.c.volunteer_id).where(
            PAIRINGS.c.elder_id == elder_id, or_(PAIRINGS.c.to_on.is_(None), PAIRINGS.c.to_on > day)
        )
        return connection.execute(query.order_by(PAIRINGS.c.id)).scalars().first()

    # --- assignment ------------------------------------------------------------------------------------------------

    def _assign(self, elder: Row[Any], visit_id: str, question: BriefingQuestion, day: date) -> Assignment:
        """Reserve a visitor in a transaction of its own, keyed by visit; asked again, it answers the same.

        Capacity is counted under the write lock. A reservation held by one of `not_these` is given to another.
        """
        wanted = question.wanted
        with writing(self._engine) as connection:
            held = connection.execute(select(RESERVATIONS).where(RESERVATIONS.c.visit_id == visit_id)).one_or_none()
            if held is not None and _stands(held, wanted):
                return Assignment(visit_id=held.visit_id, volunteer_id=held.volunteer_id, reason=held.reason)
            candidates = self._candidates(connection, elder, day)
            found = self._choose(visit_id, elder.id, candidates, wanted.not_these, wanted.prefer)
            values = {
                "volunteer_id": found.volunteer_id, "elder_id": elder.id, "reason": found.reason,
                "ends_at": question.at, "released_at": None,
            }  # fmt: skip
            if held is None:
                connection.execute(insert(RESERVATIONS).values(visit_id=visit_id, **values))
            else:
                connection.execute(update(RESERVATIONS).where(RESERVATIONS.c.visit_id == visit_id).values(**values))
        return found

    def _candidates(self, connection: Connection, elder: Row[Any], day: date) -> list[Any]:
        """Volunteers of the elder's township, and whoever is paired with the elder or visited last."""
        paired = set(
            connection.execute(
                select(PAIRINGS.c.volunteer_id).where(
                    PAIRINGS.c.elder_id == elder.id, or_(PAIRINGS.c.to_on.is_(None), PAIRINGS.c.to_on > day)
                )
            ).scalars()
        )
        last = connection.execute(
            select(VISITS.c.visitor_id)
            .where(VISITS.c.elder_id == elder.id, VISITS.c.visitor_id.is_not(None))
            .order_by(VISITS.c.reported_at.desc())
            .limit(1)
        ).scalar()
        loads = (
            select(RESERVATIONS.c.volunteer_id, func.count().label("load"))
            .where(RESERVATIONS.c.released_at.is_(None), RESERVATIONS.c.volunteer_id.is_not(None))
            .group_by(RESERVATIONS.c.volunteer_id)
            .subquery()
        )
        away = select(VOLUNTEER_LEAVE.c.volunteer_id).where(
            VOLUNTEER_LEAVE.c.from_on <= day, VOLUNTEER_LEAVE.c.to_on >= day
        )
        query = (
            select(VOLUNTEERS, func.coalesce(loads.c.load, 0).label("load"), VOLUNTEERS.c.id.in_(away).label("away"))
            .outerjoin(loads, loads.c.volunteer_id == VOLUNTEERS.c.id)
            .where(or_(VOLUNTEERS.c.township_id == elder.township_id, VOLUNTEERS.c.id.in_([*paired, last or ""])))
            .order_by(VOLUNTEERS.c.id)
        )
        return [
            self._candidate(
                volunteer_id=row.id,
                paired=row.id in paired,
                last_visitor=row.id == last,
                same_village=row.village_id == elder.village_id,
                same_township=row.township_id == elder.township_id,
                load=row.load,
                free=row.capacity - row.load,
                available=(
                    row.consented_on is not None
                    and row.opted_out_at is None
                    and not row.barred
                    and not row.away
                    and row.elder_id != elder.id
                ),
            )
            for row in connection.execute(query)
        ]

    # --- posts -----------------------------------------------------------------------------------------------------

    def owner(self, question: OwnerQuestion) -> Owner | None:
        """The first post at or above `rung` that somebody can answer for that day; below it if none above can."""
        day = self._civil_day(question.at)
        with reading(self._engine) as connection:
            away = set(
                connection.execute(
                    select(STAFF_LEAVE.c.staff_id).where(STAFF_LEAVE.c.from_on <= day, STAFF_LEAVE.c.to_on >= day)
                ).scalars()
            )
            skipped: list[str] = []
            upward = range(question.rung, len(question.roles))
            downward = range(question.rung - 1, -1, -1)
            for rung in (*upward, *downward):
                role = question.roles[rung]
                for post in self._posts(connection, role, question):
                    for person, as_deputy in ((post.holder_id, False), (post.deputy_id, True)):
                        if person is not None and person not in away:
                            return Owner(
                                rung=rung, role=role, staff_id=person, as_deputy=as_deputy, skipped=tuple(skipped)
                            )
                skipped.append(role.value)
        return None

    def _posts(self, connection: Connection, role: Role, question: OwnerQuestion) -> Sequence[Row[Any]]:
        if role in VILLAGE_ROLES:
            area_id: str | None = question.village_id
        elif role is Role.TOWNSHIP_OFFICER:
            area_id = question.township_id
        else:
            area_id = connection.execute(select(AREAS.c.parent_id).where(AREAS.c.id == question.township_id)).scalar()
        query = select(POSTS).where(POSTS.c.role == role.value, POSTS.c.area_id == area_id).order_by(POSTS.c.id)
        return connection.execute(query).all()
