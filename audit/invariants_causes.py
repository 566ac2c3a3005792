"""I3, its last part: a text whose cause was gone. The rule is the post's (`adapters/sql_causes.py`); what stood at the
time is folded again from the ledger, because the tables only know how things stand now.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from adapters.sealing import SealBroken
from adapters.sql_causes import ALWAYS_SAID
from adapters.sql_ledger import LEDGER, read_row
from audit.checks import Tally
from audit.store import ESCALATIONS, LETTERS, Snapshot
from decisions.assessment_state import State as AssessmentState
from decisions.case_state import State as CaseState
from decisions.claim_state import State as BenefitState
from decisions.claim_state import about
from models.errors import TanfangFault
from models.ids import assessment_stream, benefit_stream, case_stream
from models.letters import LETTER, TextLetter
from models.values import CaseStatus
from projections import streams

DATED = timedelta(seconds=30)
"""A fact is dated when it is decided and stands a little later, longer when its store call has to wait."""

SAID_NO_MORE = (CaseStatus.DEATH_REPORTED, CaseStatus.CLOSED)


class Line(NamedTuple):
    """One letter in a text."""

    id: str
    letter: TextLetter


class Standing(NamedTuple):
    """A case from `at` on: its status, and who is asked for each open visit."""

    at: datetime
    status: CaseStatus
    asked: dict[str, str | None]


class Asking(NamedTuple):
    """An elder's assessments from `at` on: the round in hand with its stage, and who assesses in it."""

    at: datetime
    stage: str | None
    assessors: tuple[str, ...]


class Awaited(NamedTuple):
    """An elder's benefits from `at` on: every `<code>/<stage>` that is waited for."""

    at: datetime
    steps: frozenset[str]


T = TypeVar("T")
D = TypeVar("D", Standing, Asking, Awaited)


class Causes:
    """What stood when. Each stream is folded once, when it is first asked for."""

    def __init__(self, held: Snapshot) -> None:
        self._held = held
        self._cases: dict[str, list[Standing]] = {}
        self._assessments: dict[str, list[Asking]] = {}
        self._benefits: dict[str, list[Awaited]] = {}
        self._resolved = {row.id: row.resolved_at for row in held.rows(ESCALATIONS, ESCALATIONS.c.state == "resolved")}

    def lines(self, tally: Tally) -> dict[str, list[Line]]:
        """The letters of each text; one that does not open offends."""
        found: defaultdict[str, list[Line]] = defaultdict(list)
        for row in self._held.rows(LETTERS, LETTERS.c.kind == "text", LETTERS.c.digest_id.is_not(None)):
            try:
                letter = LETTER.validate_json(self._held.open(row.body_enc))
            except (SealBroken, TanfangFault, ValidationError) as error:
                tally.offend(f"{row.id}：信打不开（{type(error).__name__}）")
                continue
            if isinstance(letter, TextLetter):
                found[row.digest_id].append(Line(row.id, letter))
        return found

    def gone(self, letter: TextLetter, at: datetime) -> bool:
        """Whether what the line says had not been so for `DATED` before `at`, nor for a moment of it."""
        since = at - DATED
        elder = letter.elder_id
        changes = [standing.at for standing in self._case(elder)] if elder is not None else []
        if elder is not None and letter.cause_stage is not None:
            changes += [asking.at for asking in self._assessment(elder)]
        if elder is not None and letter.cause_claim is not None:
            changes += [awaited.at for awaited in self._benefit(elder)]
        moments = (since, *(change for change in changes if since < change < at), at)
        return not any(self._stood(letter, moment) for moment in moments)

    def _stood(self, letter: TextLetter, at: datetime) -> bool:
        if letter.cause_escalation_id is not None:
            resolved_at = self._resolved.get(letter.cause_escalation_id)
            return resolved_at is None or resolved_at > at
        if letter.cause_stage is not None and letter.elder_id is not None:
            return self._is_asked(letter, letter.elder_id, at)
        if letter.cause_claim is not None and letter.elder_id is not None:
            awaited = _standing_at(self._benefit(letter.elder_id), at)
            return awaited is None or letter.cause_claim in awaited.steps  # None: cannot be read, I5 says so
        if letter.template in ALWAYS_SAID or letter.elder_id is None or letter.recipient_kind == "staff":
            return True
        case = _standing_at(self._case(letter.elder_id), at)
        if case is None:
            return True  # not opened yet, or its ledger cannot be read: I5 says so
        visit = letter.cause_visit_id
        if visit is None:
            return case.status not in SAID_NO_MORE
        with_them = visit in case.asked and letter.cause_volunteer_id in (None, case.asked[visit])
        return case.status is CaseStatus.OPEN and with_them

    def _is_asked(self, letter: TextLetter, elder_id: str, at: datetime) -> bool:
        """Of an assessor: the round was at this stage then, and theirs, and no death was reported."""
        asking, case = _standing_at(self._assessment(elder_id), at), _standing_at(self._case(elder_id), at)
        if asking is None:
            return True  # its ledger cannot be read: I5 says so
        reported = case is not None and case.status is CaseStatus.DEATH_REPORTED
        return not reported and asking.stage == letter.cause_stage and letter.recipient_id in asking.assessors

    def _case(self, elder_id: str) -> list[Standing]:
        if elder_id not in self._cases:
            self._cases[elder_id] = self._fold(case_stream(elder_id), _of_case)
        return self._cases[elder_id]

    def _assessment(self, elder_id: str) -> list[Asking]:
        if elder_id not in self._assessments:
            self._assessments[elder_id] = self._fold(assessment_stream(elder_id), _of_assessment)
        return self._assessments[elder_id]

    def _benefit(self, elder_id: str) -> list[Awaited]:
        if elder_id not in self._benefits:
            self._benefits[elder_id] = self._fold(benefit_stream(elder_id), _of_benefits)
        return self._benefits[elder_id]

    def _fold(self, stream: str, seen: Callable[[datetime, streams.State], T]) -> list[T]:
        """What is seen after each fact; nothing of a stream that cannot be read."""
        past: list[T] = []
        state: streams.State | None = None
        for row in self._held.rows(LEDGER, LEDGER.c.stream == stream):
            try:
                recorded = read_row(self._held.sealer, row)
                state = streams.evolve(state or streams.begin(row.stream, recorded.event), recorded.event, recorded.at)
                past.append(seen(recorded.at, state))
            except (SealBroken, TanfangFault, ValueError, LookupError, AssertionError):
                return []
        return past


def _of_case(at: datetime, state: streams.State) -> Standing:
    assert isinstance(state, CaseState)
    return Standing(at, state.status, {visit.visit_id: visit.volunteer_id for visit in state.open_visits()})


def _of_assessment(at: datetime, state: streams.State) -> Asking:
    assert isinstance(state, AssessmentState)
    round_ = state.round
    return Asking(at, f"{round_.n}/{round_.stage.value}", round_.assessors) if round_ else Asking(at, None, ())


def _of_benefits(at: datetime, state: streams.State) -> Awaited:
    assert isinstance(state, BenefitState)
    return Awaited(at, frozenset(about(of, step) for of, step in state.steps()))


def _standing_at(past: Sequence[D], at: datetime) -> D | None:
    after = bisect_right(past, at, key=lambda standing: standing.at)
    return past[after - 1] if after else None
