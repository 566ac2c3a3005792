"""Assessments in the town: played by the pure functions and recorded as a workflow would, with two assessors named.

`A-1` to `A-4` assess for one registered body (`tests.stories.assessing`); `S-assessor` does too, for the matrix.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from adapters.database import writing
from decisions.deadlines import civil_day
from models.assessment import Trigger
from models.assessment_messages import NameAssessors
from models.events import Event
from models.tables import BodyAssessor, table_of
from models.values import Actor, ActorKind, Role
from tests.activities.ledgers import Writer
from tests.decisions.assessment_player import FIRST, OTHER, AssessmentPlayer, fit, sheet
from tests.pages.town import LIVES, Town
from tests.stories.assessing import SINCE, settle_in

MATRIX = Actor(id="S-assessor", kind=ActorKind.STAFF, role=Role.ASSESSOR)


class Played(AssessmentPlayer):
    """What is decided of one elder is recorded in the town's store at once."""

    def __init__(self, town: Town, elder: str = "E1", *, independent: bool = False) -> None:
        self._town = town
        self._writer = Writer(stream=f"assessment/{elder}")
        self._independent = independent
        super().__init__(town.now, elder=elder)

    def _record(self, events: tuple[Event, ...]) -> None:
        super()._record(events)
        if events:
            request = self._writer.request(events[0].cause, events, self.now)
            assert self._town.house.ledger.record(request).status == "appended"
            self._writer.stands_at(request)

    def _brief(self, asked: Any) -> Any:
        if self.rules is not None and self._independent:
            self.rules = self.rules.model_copy(update={"independent": True})
        return super()._brief(asked)

    @property
    def today(self) -> Any:
        return civil_day(self.now)

    def sheet(self, total: int = 50, **answers: Any) -> Any:
        return sheet(self.today, total, **answers)


def with_bodies(town: Town) -> None:
    settle_in(town)  # type: ignore[arg-type]
    with writing(town.house.engine) as connection:
        connection.execute(insert(table_of(BodyAssessor)).values(staff_id=MATRIX.id, body_id="B1", from_on=SINCE))


def named(town: Town, elder: str = "E1", first: Actor = FIRST, second: Actor = OTHER, **more: Any) -> Played:
    """Asked for, and these two named."""
    play = Played(town, elder, **more)
    village, township, _county = LIVES[elder]
    play.lives_in = (township, village)
    play.facts |= {who.id: fit(who.id) for who in (first, second)}
    play.asked(Trigger.STAFF)
    play.tell(NameAssessors, first=first.id, second=second.id)
    return play
