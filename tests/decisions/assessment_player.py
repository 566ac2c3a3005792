"""Plays one elder's assessments by the pure functions alone: the workflow's loop without a workflow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from decisions import assessment
from decisions.assessment_letters import letters_for_assessment
from decisions.assessment_state import State
from models.ability import AbilityAnswers, AbilityLevel
from models.assessment import (
    AbilitySheet,
    AssessmentReason,
    AssessmentRules,
    Assessor,
    Consent,
    ConsentBy,
    ConsentHow,
    InformationProvider,
    Place,
    PlaceKind,
    Relation,
    ResultUse,
    Stage,
    Trigger,
)
from models.assessment_messages import (
    AssessmentBriefing,
    AssessmentMessage,
    AssessmentQuestion,
    AssessorFacts,
    ConfirmLevel,
    ConfirmSheet,
    NameAssessors,
    RequestAssessment,
    SubmitSheet,
)
from models.events import Event, LevelProposed, Recorded
from models.letters import Letter
from models.messages import CaseStart, Tick
from models.policy import Delay, DelayUnit
from models.values import Actor, ActorKind, Channel, CloseReason, NoteRef, Role
from policies import scales
from tests.decisions.ability_cases import points
from tests.decisions.case_player import OFFICER, SECOND, fengjie

BEGINS = datetime(2026, 3, 2, 1, tzinfo=UTC)  # a Monday, nine in the morning
NOTE = NoteRef(id="note-1", sha256="0" * 64)
FIRST, OTHER, THIRD, FOURTH = (Actor(id=f"A-{n}", kind=ActorKind.STAFF, role=Role.ASSESSOR) for n in range(1, 5))
ENGINE_SCALE = scales.load()


def days(amount: int) -> Delay:
    return Delay(amount=amount, unit=DelayUnit.CALENDAR_DAYS)


RULES = AssessmentRules(
    use=ResultUse.BASIS, valid_months=12, endless=(AbilityLevel.COMPLETE,),
    terms={
        Stage.NAMING: days(5), Stage.ASSESSING: days(20), Stage.SIGNING: days(3), Stage.SETTLING: days(3),
        Stage.CONFIRMING: days(5),
    },
    remind_days=2, object_within=days(30), renew_days=30, elsewhere=("GB/T-42195-2022",),
    elsewhere_from=date(2024, 7, 1),
)  # fmt: skip


def sheet(day: date, total: int = 50, **answers: Any) -> AbilitySheet:
    """Signed by the first, not yet by the second."""
    given = {"coma": False, "diagnoses": (), "events": (), **answers}
    return AbilitySheet(
        reason=AssessmentReason.FIRST,
        place=Place(kind=PlaceKind.HOME),
        provider=InformationProvider(relation=Relation.CHILD, person=NOTE, signed_on=day),
        consent=Consent(
            by=ConsentBy.ELDER, how=ConsentHow.FINGERPRINT, given_on=day, notice_version="2026-1", document=NOTE
        ),
        assessors=(
            Assessor(staff_id=FIRST.id, body_id="B1", signed_on=day), Assessor(staff_id=OTHER.id, body_id="B1")
        ),
        answers=AbilityAnswers(assessed_on=day, scores=dict(points(total)), **given),
    )  # fmt: skip


class AssessmentPlayer:
    """`facts` and `gone` are what the register answers; `said`: every event; `letters`: what each made others do."""

    def __init__(self, at: datetime = BEGINS, *, has_case: bool = True, elder: str = "E1") -> None:
        self.now = at
        self.has_case = has_case
        self.rules: AssessmentRules | None = RULES
        self.gone: CloseReason | None = None
        self.lives_in: tuple[str, str] = ("T1", "W1")
        self.edition = 2
        self.facts = {who.id: fit(who.id) for who in (FIRST, OTHER, THIRD, FOURTH)}
        self.state: State = assessment.initial(CaseStart(elder_id=elder, county_id="C1", township_id="T1"))
        self.said: list[Event] = []
        self.letters: list[Letter] = []
        self._keys = 0
        self._tick()

    def tell(self, kind: type[Any], actor: Actor = OFFICER, **values: Any) -> list[str]:
        self._keys += 1
        head = {"key": f"m-{self._keys}", "actor": actor, "channel": Channel.CONSOLE, "received_at": self.now}
        return self.hand(kind.model_validate({**head, **values}))

    def hand(self, message: AssessmentMessage) -> list[str]:
        before = len(self.said)
        wanted = assessment.wants(self.state, message, self.now)
        self._record(assessment.decide(self.state, message, self.now, self._brief(wanted)))
        return self.kinds(before)

    def until(self, at: datetime) -> list[str]:
        before = len(self.said)
        while (wakeup := assessment.next_wakeup(self.state)) is not None and wakeup <= at:
            self.now = max(self.now, wakeup)
            if not self._tick():
                raise AssertionError(f"woken at {wakeup} and nothing to do")
        self.now = at
        return self.kinds(before)

    def days_pass(self, number: float) -> list[str]:
        return self.until(self.now + timedelta(days=number))

    def kinds(self, since: int = 0) -> list[str]:
        return [said(event) for event in self.said[since:]]

    def texts(self) -> list[tuple[str, str]]:
        return [(letter.recipient_id, letter.template) for letter in self.letters if letter.kind == "text"]

    # --- a round as it should go --------------------------------------------------------------------------------------

    def asked(self, trigger: Trigger = Trigger.STAFF) -> list[str]:
        return self.tell(RequestAssessment, trigger=trigger)

    def named(self, first: Actor = FIRST, second: Actor = OTHER) -> list[str]:
        return self.tell(NameAssessors, first=first.id, second=second.id)

    def proposed(self, total: int = 50, **answers: Any) -> LevelProposed:
        """Asked for if it is not, assessed today, and signed by both."""
        if self.state.round is None:
            self.asked()
        if self.state.stage is Stage.NAMING:
            self.named()
        self.tell(SubmitSheet, FIRST, sheet=sheet((self.now + timedelta(hours=8)).date(), total, **answers))
        self.tell(ConfirmSheet, OTHER)
        last = self.said[-1]
        assert isinstance(last, LevelProposed)
        return last

    def confirmed(self, total: int = 50, **answers: Any) -> AbilityLevel:
        level = self.proposed(total, **answers).level
        assert self.tell(ConfirmLevel, SECOND, level=level)[-1].startswith("LevelConfirmed")
        return level

    # --- the loop ----------------------------------------------------------------------------------------------------

    def _tick(self) -> bool:
        tick = Tick(key=f"tick/{len(self.said)}")
        wanted = assessment.wants(self.state, tick, self.now)
        events = assessment.decide(self.state, tick, self.now, self._brief(wanted))
        self._record(events)
        return bool(events)

    def _record(self, events: tuple[Event, ...]) -> None:
        for event in events:
            self.said.append(event)
            self.state = assessment.evolve(self.state, event, self.now)
            blank = "0" * 64
            recorded = Recorded.model_construct(
                stream="assessment/E1", seq=len(self.said), key=event.cause, at=self.now, prev=blank, salt="",
                body_hash=blank, hash=blank, event=event,
            )  # fmt: skip
            self.letters += letters_for_assessment(recorded, self.state)

    def _brief(self, asked: AssessmentQuestion | None) -> AssessmentBriefing | None:
        if asked is None:
            return None
        fresh = asked.rules and (self.state.policy is None or self.state.rules != self.rules)
        return AssessmentBriefing(
            county_id="C1", township_id=self.lives_in[0], village_id=self.lives_in[1], has_case=self.has_case,
            gone=self.gone,
            policy=fengjie() if fresh else None, rules=self.rules if fresh else None,
            scale=ENGINE_SCALE if asked.scale else None,
            assessors=tuple(self.facts[who] for who in asked.assessors if who in self.facts), edition=self.edition,
        )  # fmt: skip


def fit(staff_id: str, **facts: Any) -> AssessorFacts:
    known = {"body_id": "B1", "kin": False, "visits": False, "away": False, **facts}
    return AssessorFacts(staff_id=staff_id, **known)


def said(event: Event) -> str:
    """The kind, and what there is to tell it by."""
    told = getattr(event, "refusal", None) or getattr(event, "trigger", None) or getattr(event, "level", None)
    return f"{type(event).__name__} {told}" if told else type(event).__name__
