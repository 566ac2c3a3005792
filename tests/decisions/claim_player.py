"""Plays the benefits of one elder of the shipped example by the pure functions alone: the loop without a workflow.

`facts` is what is known of the elder, with the day each holds from; time moves by `until` and `days_pass`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from decisions import claims
from decisions.benefit_time import last_day
from decisions.claim_letters import letters_for_benefits
from decisions.claim_state import State
from models.benefits import BenefitRules, PublicNotice
from models.claim_messages import (
    ApproveBenefit,
    BenefitBriefing,
    BenefitMessage,
    BenefitQuestion,
    CheckBenefit,
    ConfirmChange,
    FactsChanged,
    HoldBenefits,
    ReleaseBenefits,
    RequestBenefit,
    TellDecision,
)
from models.claims import ClaimStage, ClaimTerms, ClaimTrigger, Heard, ToldHow
from models.events import Event, Recorded
from models.facts import FactSheet, FactValue, Known
from models.ids import benefit_stream
from models.letters import Letter
from models.messages import CaseStart, Tick
from models.policy import Delay, DelayUnit
from models.values import Actor, ActorKind, Channel, CloseReason, NoteRef, Role
from policies.benefits import rules_of
from policies.pack import load
from tests.decisions.case_player import OFFICER, SECOND, fengjie

BEGINS = datetime(2026, 3, 2, 1, tzinfo=UTC)  # a Monday, nine in the morning
NOTE = NoteRef(id="note-1", sha256="0" * 64)
CHECKER, COUNTY = OFFICER, SECOND
OTHER = Actor(id="S-3", kind=ActorKind.STAFF, role=Role.TOWNSHIP_OFFICER)
CARE, SEVERE, COUPON, OLD_AGE = "care_allowance", "severe_disability_care", "service_coupon", "old_age"


def workdays(amount: int) -> Delay:
    return Delay(amount=amount, unit=DelayUnit.WORKDAYS)


TERMS: dict[ClaimStage, Delay] = {
    ClaimStage.PAPERS: workdays(20), ClaimStage.CHECKING: workdays(15), ClaimStage.POSTING: workdays(3),
    ClaimStage.RECHECKING: workdays(15), ClaimStage.APPROVING: workdays(10), ClaimStage.TELLING: workdays(3),
    ClaimStage.CHANGING: workdays(5), ClaimStage.REVIEWING: workdays(15),
}  # fmt: skip


def poor_and_disabled(**more: FactValue) -> dict[str, tuple[FactValue, date]]:
    """低保, 79 until June, 肢体残疾一级, lives here; `more` or instead."""
    facts: dict[str, FactValue] = {
        "born_on": date(1946, 6, 15), "economic": "低保", "disability_kind": "肢体", "disability_grade": 1,
        "lives_here": True, **more,
    }  # fmt: skip
    return {code: (value, date(2025, 1, 1)) for code, value in facts.items()}


class ClaimPlayer:
    """`said`: every event with when it was recorded; `letters`: what each made others do."""

    def __init__(self, at: datetime = BEGINS, *, has_case: bool = True, **facts: FactValue) -> None:
        self.now = at
        self.has_case = has_case
        self.facts = poor_and_disabled(**facts)
        self.rules: Callable[[date], BenefitRules | None] = lambda month: rules_of(load("example-cq"), month)
        self.notice: PublicNotice | None = None
        self.documents: tuple[str, ...] = ("id_copy", "disability_card")
        self.gone: CloseReason | None = None
        self.reported = False
        self.lives_in: tuple[str, str] = ("T1", "W1")
        self.owners: dict[Role, str] = {Role.TOWNSHIP_OFFICER: CHECKER.id, Role.COUNTY_OFFICER: COUNTY.id}
        self.state: State = claims.initial(CaseStart(elder_id="E1", county_id="C1", township_id="T1"))
        self.said: list[tuple[Event, datetime]] = []
        self.letters: list[Letter] = []
        self._keys = 0
        self._tick()

    def tell(self, kind: type[Any], actor: Actor = CHECKER, **values: Any) -> list[str]:
        self._keys += 1
        head = {"key": f"m-{self._keys}", "actor": actor, "channel": Channel.CONSOLE, "received_at": self.now}
        return self.hand(kind.model_validate({**head, **values}))

    def hand(self, message: BenefitMessage) -> list[str]:
        before = len(self.said)
        if self.state.reply_to(message.key) is None:
            wanted = claims.wants(self.state, message, self.now)
            self._record(claims.decide(self.state, message, self.now, self._brief(wanted)))
        return self.kinds(before)

    def death(self, *, reported: bool) -> list[str]:
        """The case says so, and tells it."""
        self.reported = reported
        return self.tell(HoldBenefits if reported else ReleaseBenefits)

    def until(self, at: datetime) -> list[str]:
        before = len(self.said)
        while (wakeup := claims.next_wakeup(self.state)) is not None and wakeup <= at:
            self.now = max(self.now, wakeup)
            if not self._tick():
                raise AssertionError(f"woken at {wakeup} and nothing to do")
        self.now = at
        return self.kinds(before)

    def until_day(self, year: int, month: int, day: int) -> list[str]:
        """Nine in the morning."""
        return self.until(datetime(year, month, day, 1, tzinfo=UTC))

    def days_pass(self, number: float) -> list[str]:
        return self.until(self.now + timedelta(days=number))

    def knows(self, **facts: FactValue) -> list[str]:
        """From today on, and the stream hears of it."""
        self.facts |= {code: (value, self.today) for code, value in facts.items()}
        return self.tell(FactsChanged, heard=Heard.FACT)

    @property
    def today(self) -> date:
        return (self.now + timedelta(hours=8)).date()

    def kinds(self, since: int = 0) -> list[str]:
        return [told(event) for event, _ in self.said[since:]]

    def last(self, kind: type[Any]) -> Any:
        return next(event for event, _ in reversed(self.said) if isinstance(event, kind))

    # --- a claim as it should go --------------------------------------------------------------------------------------

    def asked(self, code: str, trigger: ClaimTrigger = ClaimTrigger.APPLICATION) -> list[str]:
        return self.tell(RequestBenefit, code=code, trigger=trigger)

    def checked(self, code: str) -> list[str]:
        if self.state.stage(code) is None:
            self.asked(code)
        return self.tell(CheckBenefit, code=code)

    def approved(self, code: str) -> list[str]:
        """Checked if it is not, and approved as it is proposed, by the county."""
        if self.state.stage(code) is not ClaimStage.APPROVING:
            self.checked(code)
        proposed = self.state.claim(code).proposed
        return self.tell(ApproveBenefit, COUNTY, code=code, row=proposed.row, fen=proposed.fen)

    def told(self, code: str) -> list[str]:
        return self.tell(TellDecision, code=code, told_on=self.today, how=ToldHow.HANDED)

    def given(self, code: str) -> None:
        """Approved, and the person knows."""
        self.approved(code)
        self.told(code)

    def confirmed(self, code: str, month: date | None = None) -> list[str]:
        change = self.state.holding(code).change
        assert change is not None
        return self.tell(ConfirmChange, COUNTY, code=code, row=change.row, fen=change.fen, month=month)

    # --- the loop ----------------------------------------------------------------------------------------------------

    def _tick(self) -> bool:
        tick = Tick(key=f"tick/{len(self.said)}")
        wanted = claims.wants(self.state, tick, self.now)
        events = claims.decide(self.state, tick, self.now, self._brief(wanted))
        self._record(events)
        return bool(events)

    def _record(self, events: tuple[Event, ...]) -> None:
        for event in events:
            self.said.append((event, self.now))
            self.state = claims.evolve(self.state, event, self.now)
            blank = "0" * 64
            recorded = Recorded.model_construct(
                stream=benefit_stream("E1"), seq=len(self.said), key=event.cause, at=self.now, prev=blank, salt="",
                body_hash=blank, hash=blank, event=event,
            )  # fmt: skip
            self.letters += letters_for_benefits(recorded, self.state)

    def _brief(self, asked: BenefitQuestion | None) -> BenefitBriefing | None:
        if asked is None:
            return None
        rules = self.rules(asked.month) if asked.month else None
        terms = {
            benefit.code: ClaimTerms(
                kind=benefit.kind, terms=TERMS, remind_days=1, review_months=12, appeal_days=60, notice=self.notice,
                documents=self.documents,
            )
            for benefit in (rules.benefits if rules else ())
        }  # fmt: skip
        return BenefitBriefing(
            county_id="C1", township_id=self.lives_in[0], village_id=self.lives_in[1], has_case=self.has_case,
            gone=self.gone, reported=self.reported,
            policy=fengjie() if asked.law and self.state.policy is None else None, rules=rules,
            terms=terms, sheet=self._sheet(asked.month) if asked.month else FactSheet(facts={}),
            owners={role: self.owners[role] for role in asked.remind if role in self.owners}, edition=2,
        )  # fmt: skip

    def _sheet(self, month: date) -> FactSheet:
        known = {
            code: Known(value=value, source="register", on=on)
            for code, (value, on) in self.facts.items()
            if code == "born_on" or on <= last_day(month)
        }
        return FactSheet(facts=known)


def told(event: Event) -> str:
    """The kind, and what there is to tell it by."""
    refusal = getattr(event, "refusal", None)
    about = refusal or getattr(event, "code", None)
    return f"{type(event).__name__} {about}" if about else type(event).__name__
