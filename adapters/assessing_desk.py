"""What whoever assesses, or names those who do, is given at a desk: the scale, a sheet read and tried, who is fit.

Nothing is decided here: sheets are read by `decisions.typed_sheet`, and who may be named is refused again where it is
recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, select

from adapters.database import reading
from adapters.sealing import Sealer
from adapters.sql_assessing import SqlAssessing
from adapters.sql_bodies import SqlBodies
from decisions import typed_sheet
from decisions.ability import checked_words
from decisions.assessment import State, may_come
from decisions.assessment_sheet import why_not_name
from models.ability import AbilityScale, AbilityScored, Standard
from models.assessment_messages import AssessmentQuestion
from models.shown import Candidate
from models.tables import AssessingBody, Elder, table_of
from models.typed_sheet import Trial, TypedSheet

BODIES, ELDERS = table_of(AssessingBody), table_of(Elder)


class AssessingDesk:
    def __init__(
        self, engine: Engine, sealer: Sealer, assessing: SqlAssessing, scale: AbilityScale,
        civil_day: Callable[[datetime], date],
    ) -> None:  # fmt: skip
        self._engine = engine
        self._bodies = SqlBodies(engine, sealer)
        self._assessing = assessing
        self._civil_day = civil_day
        self.scale = scale

    def checked(self, standard: Standard) -> str:
        return checked_words(standard)

    def read(self, raw: Mapping[str, Any], today: date) -> tuple[TypedSheet, AbilityScored]:
        """Raises SheetWrong."""
        return typed_sheet.read(raw, self.scale, today)

    def trial(self, answers: Mapping[str, Any], today: date) -> Trial:
        return typed_sheet.trial(answers, self.scale, today)

    def may_come(self, state: State | None, kind: str) -> bool:
        return may_come(state, kind)

    def candidates(self, elder_id: str, not_these: Collection[str], now: datetime) -> Sequence[Candidate]:
        """Who assesses in the elder's county today, body by body; each once."""
        with reading(self._engine) as connection:
            county = connection.execute(select(ELDERS.c.county_id).where(ELDERS.c.id == elder_id)).scalar_one()
        today = self._civil_day(now)
        bodies = [b for b in self._bodies.of_county(county, today) if b.to_on is None or b.to_on > today]
        people = {one.staff_id: (one, body) for body in bodies for one in body.assessors if body.from_on <= today}
        if not people:
            return ()
        asked = AssessmentQuestion(elder_id=elder_id, at=now, assessors=tuple(people))
        facts = {known.staff_id: known for known in self._assessing.brief(asked).assessors}
        return tuple(
            Candidate(
                staff_id=who, name=one.name, body_id=body.id, body=body.name,
                why_not=why_not_name(facts[who], not_these),
            )
            for who, (one, body) in people.items()
        )  # fmt: skip

    def body_names(self, bodies: Collection[str]) -> Mapping[str, str]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(BODIES.c.id, BODIES.c.name).where(BODIES.c.id.in_(sorted(bodies))))
            return {row.id: row.name for row in rows}
