"""I3, its last part: a text whose cause was gone. The rule is the post's (`adapters/sql_causes.py`); what stood at the
time is folded again from the ledger, because the tables only know how things stand now.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import ValidationError

from adapters.sealing import SealBroken
from adapters.sql_causes import ALWAYS_SAID
from adapters.sql_ledger import LEDGER, read_row
from audit.checks import Tally
from audit.store import ESCALATIONS, LETTERS, Snapshot
from decisions.case_state import State
from models.errors import TanfangFault
from models.ids import case_stream
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


class Causes:
    """What stood when. Each case is folded once, when it is first asked for."""

    def __init__(self, held: Snapshot) -> None:
        self._held = held
        self._cases: dict[str, list[Standing]] = {}
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
        case = self._case(letter.elder_id) if letter.elder_id is not None else []
        moments = (since, *(standing.at for standing in case if since < standing.at < at), at)
        return not any(self._stood(letter, moment) for moment in moments)

    def _stood(self, letter: TextLetter, at: datetime) -> bool:
        if letter.cause_escalation_id is not None:
            resolved_at = self._resolved.get(letter.cause_escalation_id)
            return resolved_at is None or resolved_at > at
        if letter.template in ALWAYS_SAID or letter.elder_id is None or letter.recipient_kind == "staff":
            return True
        case = self._case_at(letter.elder_id, at)
        if case is None:
            return True  # not opened yet, or its ledger cannot be read: I5 says so
        visit = letter.cause_visit_id
        if visit is None:
            return case.status not in SAID_NO_MORE
        with_them = visit in case.asked and letter.cause_volunteer_id in (None, case.asked[visit])
        return case.status is CaseStatus.OPEN and with_them

    def _case_at(self, elder_id: str, at: datetime) -> Standing | None:
        past = self._case(elder_id)
        after = bisect_right(past, at, key=lambda standing: standing.at)
        return past[after - 1] if after else None

    def _case(self, elder_id: str) -> list[Standing]:
        if elder_id not in self._cases:
            self._cases[elder_id] = self._fold(elder_id)
        return self._cases[elder_id]

    def _fold(self, elder_id: str) -> list[Standing]:
        past: list[Standing] = []
        state: streams.State | None = None
        for row in self._held.rows(LEDGER, LEDGER.c.stream == case_stream(elder_id)):
            try:
                recorded = read_row(self._held.sealer, row)
                state = streams.evolve(state or streams.begin(row.stream, recorded.event), recorded.event, recorded.at)
            except (SealBroken, TanfangFault, ValueError, LookupError, AssertionError):
                return []
            if isinstance(state, State):
                asked = {visit.visit_id: visit.volunteer_id for visit in state.open_visits()}
                past.append(Standing(recorded.at, state.status, asked))
        return past
