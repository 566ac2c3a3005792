"""What an elder's assessment asks of the register: where they live, the county's rules, who may assess. Reads only.

Who is kin or visits is told by number alone: the register has no kinship, and one person is staff, volunteer and
somebody's daughter under one phone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, or_, select

from adapters.database import reading
from adapters.sealing import Sealer
from adapters.sql_duty import away_on
from adapters.sql_placed import placed
from adapters.sql_policies import SliceOf, Slices, covers_none
from decisions import edition
from decisions.deadlines import months_after
from models.ability import AbilityScale
from models.assessment import AssessmentRules
from models.assessment_messages import AssessmentBriefing, AssessmentQuestion, AssessorFacts
from models.policy import PolicySlice
from models.tables import (
    AssessingBody,
    BodyAssessor,
    Elder,
    Pairing,
    Staff,
    VisitRow,
    Volunteer,
    table_of,
)

ELDERS, STAFF = table_of(Elder), table_of(Staff)
VOLUNTEERS, PAIRINGS, VISITS = table_of(Volunteer), table_of(Pairing), table_of(VisitRow)
BODIES, OF_BODY = table_of(AssessingBody), table_of(BodyAssessor)

VISITED_MONTHS = 12
"""Who has been at the door within so many months is the elder's visitor still."""


class SqlAssessing:
    def __init__(
        self,
        engine: Engine,
        sealer: Sealer,
        slice_of: SliceOf,
        rules_of: Callable[[str], AssessmentRules],
        scale: AbilityScale,
        civil_day: Callable[[datetime], date],
        covers: Callable[[str], Collection[str]] = covers_none,
    ) -> None:
        """`rules_of(pack content)`; `scale` as `policies.scales` loads it; the rest as for `sql_policies.Slices`."""
        self._engine = engine
        self._sealer = sealer
        self._slices = Slices(slice_of, covers)
        self._rules_of = rules_of
        self._scale = scale
        self._civil_day = civil_day
        self._rules: dict[str, AssessmentRules] = {}

    def brief(self, question: AssessmentQuestion) -> AssessmentBriefing:
        """Raises TanfangFault(POLICY_NOT_IN_STORE) when no pack is active; LookupError for an unknown elder."""
        day = self._civil_day(question.at)
        with reading(self._engine) as connection:
            of = placed(connection, question.elder_id)
            elder = of.elder
            policy, rules = self._law(connection, elder, question, day)
            return AssessmentBriefing(
                county_id=elder.county_id, township_id=elder.township_id, village_id=elder.village_id,
                has_case=of.has_case, gone=of.gone, policy=policy, rules=rules,
                scale=self._scale if question.scale else None,
                assessors=self._assessors(connection, elder, question.assessors, day), edition=edition.newest(),
            )  # fmt: skip

    def _law(
        self, connection: Connection, elder: Row[Any], question: AssessmentQuestion, day: date
    ) -> tuple[PolicySlice | None, AssessmentRules | None]:
        """Slice and rules of one pack; neither where the slice is known to who asks."""
        if not question.rules:
            return None, None
        hash_, policy = self._slices.unless_known(connection, elder, day, question.known_policy)
        if policy is None:
            return None, None
        if hash_ not in self._rules:
            self._rules[hash_] = self._rules_of(self._slices.content_of(connection, hash_))
        return policy, self._rules[hash_]

    # --- who may assess --------------------------------------------------------------------------------------------

    def _assessors(
        self, connection: Connection, elder: Row[Any], asked: Sequence[str], day: date
    ) -> tuple[AssessorFacts, ...]:
        """In the order asked; whoever the register does not have as staff is of no body."""
        if not asked:
            return ()
        query = select(STAFF.c.id, STAFF.c.phone_index).where(STAFF.c.id.in_(asked))
        phones = {row.id: row.phone_index for row in connection.execute(query)}
        bodies = _bodies(connection, elder.county_id, asked, day)
        kin, visitors = self._kin(connection, elder), _visitors(connection, elder.id, day)
        away = away_on(connection, day)
        return tuple(
            AssessorFacts(
                staff_id=who, body_id=bodies.get(who), kin=phones.get(who) in kin, visits=phones.get(who) in visitors,
                away=who in away,
            )
            for who in asked
        )  # fmt: skip

    def _kin(self, connection: Connection, elder: Row[Any]) -> set[str]:
        """The numbers of the household's elders, and of whom to call in an emergency, as blind indexes."""
        house = select(ELDERS.c.phone_index).where(
            ELDERS.c.household_id == elder.household_id, ELDERS.c.phone_index.is_not(None)
        )
        found = set(connection.execute(house).scalars())
        if elder.contact_enc is not None:  # a name, a number, or both in this order; the number as everywhere: E.164
            number = self._sealer.open(elder.contact_enc).rpartition(" ")[2]
            found.add(self._sealer.index("phone", number))
        return found


def _bodies(connection: Connection, county_id: str, asked: Sequence[str], day: date) -> dict[str, str]:
    """The body of the county that each assesses for that day. Of several: one that all of them are of, if there is."""
    query = select(OF_BODY.c.staff_id, OF_BODY.c.body_id).join(BODIES, BODIES.c.id == OF_BODY.c.body_id)
    held: dict[str, set[str]] = {}
    for row in connection.execute(
        query.where(
            OF_BODY.c.staff_id.in_(asked),
            BODIES.c.county_id == county_id,
            *(table.c.from_on <= day for table in (BODIES, OF_BODY)),
            *(or_(table.c.to_on.is_(None), table.c.to_on > day) for table in (BODIES, OF_BODY)),
        )
    ):
        held.setdefault(row.staff_id, set()).add(row.body_id)
    shared = set[str].intersection(*held.values()) if held else set[str]()
    return {who: min(shared or bodies) for who, bodies in held.items()}


def _visitors(connection: Connection, elder_id: str, day: date) -> set[str]:
    """The numbers of the volunteers who are paired with the elder that day, are asked for a visit, or have made one."""
    paired = select(PAIRINGS.c.volunteer_id).where(
        PAIRINGS.c.elder_id == elder_id, PAIRINGS.c.from_on <= day,
        or_(PAIRINGS.c.to_on.is_(None), PAIRINGS.c.to_on > day),
    )  # fmt: skip
    visited = select(VISITS.c.visitor_id).where(
        VISITS.c.elder_id == elder_id, VISITS.c.visited_on >= months_after(day, -VISITED_MONTHS)
    )
    asked = select(VISITS.c.volunteer_id).where(VISITS.c.elder_id == elder_id, VISITS.c.state == "open")
    known = or_(*(VOLUNTEERS.c.id.in_(them) for them in (paired, visited, asked)))
    return set(connection.execute(select(VOLUNTEERS.c.phone_index).where(known)).scalars())
