"""Who is who on a day: an elder's briefing, a visitor reserved, the holder of a post. Reads the register by SQL.

The rules it serves (who may visit, in which order; how a pack becomes a slice) are given to it, not written here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Row, Select, bindparam, func, insert, or_, select, update

from adapters.database import reading, write_all
from adapters.sql_duty import area_of, at_post, away_on
from adapters.sql_policies import SliceOf, Slices, covers_none
from adapters.sql_visitors import DIED
from decisions import edition
from models.messages import Assignment, BriefingQuestion, Owner, OwnerQuestion, PeriodBriefing, Wanted
from models.tables import (
    Elder,
    ElderCategory,
    LevelRow,
    Pairing,
    Reservation,
    VisitRow,
    Volunteer,
    VolunteerLeave,
    table_of,
)

ELDERS, CATEGORIES, PAIRINGS = table_of(Elder), table_of(ElderCategory), table_of(Pairing)
VOLUNTEERS, VOLUNTEER_LEAVE, RESERVATIONS = table_of(Volunteer), table_of(VolunteerLeave), table_of(Reservation)
VISITS, LEVELS = table_of(VisitRow), table_of(LevelRow)

# What a briefing asks, built once: a thousand cases may wake together. `which`: the elder; `day`: the civil day.
ELDER_WHERE = (
    select(
        ELDERS.c.id, ELDERS.c.village_id, ELDERS.c.township_id, ELDERS.c.county_id, ELDERS.c.start_on,
        ELDERS.c.standing_reason, LEVELS.c.level,
    )
    .outerjoin(LEVELS, (LEVELS.c.elder_id == ELDERS.c.id) & LEVELS.c.expired.is_(False))
    .where(ELDERS.c.id == bindparam("which"))
)  # fmt: skip
TAGS = select(CATEGORIES.c.category).where(
    CATEGORIES.c.elder_id == bindparam("which"),
    or_(CATEGORIES.c.to_on.is_(None), CATEGORIES.c.to_on > bindparam("day")),
)
PAIRED = (
    select(PAIRINGS.c.volunteer_id)
    .where(
        PAIRINGS.c.elder_id == bindparam("which"), PAIRINGS.c.from_on <= bindparam("day"),
        or_(PAIRINGS.c.to_on.is_(None), PAIRINGS.c.to_on > bindparam("day")),
    )
    .order_by(PAIRINGS.c.id)
)  # fmt: skip
HELD = select(RESERVATIONS).where(RESERVATIONS.c.visit_id == bindparam("visit"))
RESERVE = insert(RESERVATIONS)
LAST_VISITOR = (
    select(VISITS.c.visitor_id)
    .where(VISITS.c.elder_id == bindparam("which"), VISITS.c.visitor_id.is_not(None))
    .order_by(VISITS.c.reported_at.desc())
    .limit(1)
)
LOAD = (
    select(func.count())
    .where(RESERVATIONS.c.released_at.is_(None), RESERVATIONS.c.volunteer_id == VOLUNTEERS.c.id)
    .scalar_subquery()
)
AWAY = select(VOLUNTEER_LEAVE.c.volunteer_id).where(
    VOLUNTEER_LEAVE.c.from_on <= bindparam("day"), VOLUNTEER_LEAVE.c.to_on >= bindparam("day")
)
CANDIDATES = select(
    VOLUNTEERS, LOAD.label("load"), or_(VOLUNTEERS.c.id.in_(AWAY), DIED).label("out")
).order_by(VOLUNTEERS.c.id)  # fmt: skip
ONE_CANDIDATE = CANDIDATES.where(VOLUNTEERS.c.id == bindparam("who"))
SOME_CANDIDATES = CANDIDATES.where(VOLUNTEERS.c.id.in_(bindparam("who", expanding=True)))
ALL_CANDIDATES = CANDIDATES.where(
    or_(VOLUNTEERS.c.township_id == bindparam("township"), VOLUNTEERS.c.id.in_(bindparam("who", expanding=True)))
)


Rules = dict[tuple[str, date], str]  # the pack in force in a county on a day, looked up once for all asked together


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
    """The register as cases see it, by SQL."""

    def __init__(
        self,
        engine: Engine,
        slice_of: SliceOf,
        choose: Chooser,
        candidate: Callable[..., Any],
        civil_day: Callable[[datetime], date],
        covers: Callable[[str], Collection[str]] = covers_none,
    ) -> None:
        """`slice_of`, `covers`: as for `sql_policies.Slices`; `choose`, `candidate` from `decisions.assignment`.

        An elder's groups are the codes that made them a case, as the register has them.
        """
        self._engine = engine
        self.one_writer = engine.dialect.name == "sqlite"
        self._choose = choose
        self._candidate = candidate
        self._civil_day = civil_day
        self._slices = Slices(slice_of, covers)

    # --- briefing --------------------------------------------------------------------------------------------------

    def brief(self, question: BriefingQuestion) -> PeriodBriefing:
        """Raises TanfangFault(POLICY_NOT_IN_STORE) when no pack is active; LookupError for an unknown elder."""
        briefing = self.brief_all([question])[0]
        if isinstance(briefing, Exception):
            raise briefing
        return briefing

    def brief_all(self, questions: Sequence[BriefingQuestion]) -> list[PeriodBriefing | Exception]:
        """Each is answered by itself; visitors are reserved under one write lock where the store has one writer."""
        rules: Rules = {}
        return write_all(self._engine, [partial(self._brief, question=question, rules=rules) for question in questions])

    def _brief(self, connection: Connection, question: BriefingQuestion, rules: Rules) -> PeriodBriefing:
        wanted, day = question.wanted, self._civil_day(question.at)
        elder = connection.execute(ELDER_WHERE, {"which": question.elder_id}).one_or_none()
        if elder is None:
            raise LookupError(f"no elder {question.elder_id} in the register")
        county = (elder.county_id, day)
        if county not in rules:
            rules[county] = self._slices.pack_of(connection, *county)
        groups, level = elder.standing_reason, elder.level
        policy, digest = self._slices.of(connection, rules[county], day.year, groups, level)
        paired = self._paired(connection, elder.id, day)
        assignment = None
        if wanted.visit_id is not None:
            assignment = self._assign(connection, elder, paired, wanted.visit_id, question, day)
        return PeriodBriefing(
            policy=policy if digest != question.known_policy else None,
            assignment=assignment,
            village_id=elder.village_id,
            township_id=elder.township_id,
            spread_key=paired[0] if paired else elder.village_id,
            tags=self._tags(connection, elder.id, day),
            start_on=elder.start_on or day,
            edition=edition.newest(),
        )

    def _tags(self, connection: Connection, elder_id: str, day: date) -> tuple[str, ...]:
        return tuple(sorted(set(connection.execute(TAGS, {"which": elder_id, "day": day}).scalars())))

    def _paired(self, connection: Connection, elder_id: str, day: date) -> list[str]:
        """Whom the elder is paired with that day, oldest pairing first."""
        return list(connection.execute(PAIRED, {"which": elder_id, "day": day}).scalars())

    # --- assignment ------------------------------------------------------------------------------------------------

    def _assign(
        self,
        connection: Connection,
        elder: Any,
        paired: list[str],
        visit_id: str,
        question: BriefingQuestion,
        day: date,
    ) -> Assignment:
        """Reserve a visitor, keyed by visit; asked again, it answers the same.

        Capacity is counted under the write lock. A reservation held by one of `not_these` is given to another.
        """
        wanted = question.wanted
        held = connection.execute(HELD, {"visit": visit_id}).one_or_none()
        if held is not None and _stands(held, wanted):
            return Assignment(visit_id=held.visit_id, volunteer_id=held.volunteer_id, reason=held.reason)
        found = self._found(connection, elder, paired, visit_id, wanted, day)
        if found.reason == "not_free":
            return found  # it stays with whoever has it
        values = {
            "volunteer_id": found.volunteer_id, "elder_id": elder.id, "reason": found.reason,
            "ends_at": question.at, "released_at": None,
        }  # fmt: skip
        if held is None:
            connection.execute(RESERVE, {"visit_id": visit_id} | values)
        else:
            connection.execute(update(RESERVATIONS).where(RESERVATIONS.c.visit_id == visit_id).values(**values))
        return found

    def _found(
        self, connection: Connection, elder: Any, paired: list[str], visit_id: str, wanted: Wanted, day: date
    ) -> Assignment:
        """Those who know the elder come before all others, so the township is looked through only without them."""

        def among(query: Select[Any], last: str | None, **asked: object) -> Assignment:
            rows = connection.execute(query, {"day": day, **asked})
            candidates = self._candidates(rows, elder, paired, last)
            return self._choose(visit_id, elder.id, candidates, wanted.not_these, wanted.prefer)

        if len(paired) == 1 and wanted.prefer in (None, *paired):
            found = among(ONE_CANDIDATE, None, who=paired[0])
            if found.volunteer_id is not None:
                return found
        last = connection.execute(LAST_VISITOR, {"which": elder.id}).scalar()
        known = [id_ for id_ in (*paired, last) if id_ is not None]
        if known and wanted.prefer in (None, *known):
            found = among(SOME_CANDIDATES, last, who=known)
            if found.volunteer_id is not None:
                return found
        if wanted.prefer is not None:
            return among(ONE_CANDIDATE, last, who=wanted.prefer)
        return among(ALL_CANDIDATES, last, township=elder.township_id, who=known)

    def _candidates(self, rows: Iterable[Row[Any]], elder: Any, paired: list[str], last: str | None) -> list[Any]:
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
                    and not row.out
                    and row.elder_id != elder.id
                    and row.county_id == elder.county_id
                ),
            )
            for row in rows
        ]

    # --- posts -----------------------------------------------------------------------------------------------------

    def owner(self, question: OwnerQuestion) -> Owner | None:
        """The first post at or above `rung` that somebody can answer for that day; below it if none above can."""
        day = self._civil_day(question.at)
        with reading(self._engine) as connection:
            away = away_on(connection, day)
            skipped: list[str] = []
            upward = range(question.rung, len(question.roles))
            downward = range(question.rung - 1, -1, -1)
            for rung in (*upward, *downward):
                role = question.roles[rung]
                area = area_of(connection, role, question.village_id, question.township_id)
                stands = at_post(connection, role, area, away)
                if stands is not None:
                    return Owner(
                        rung=rung, role=role, staff_id=stands.staff_id, as_deputy=stands.as_deputy,
                        skipped=tuple(skipped),
                    )  # fmt: skip
                skipped.append(role.value)
        return None
