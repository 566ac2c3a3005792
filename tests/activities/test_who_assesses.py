"""What an assessment is told of the register: place, case, rules, and of each assessor what may stand against them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from adapters.database import open_engine
from adapters.sealing import Keyring, Sealer
from adapters.sql_assessing import SqlAssessing
from decisions import edition
from decisions.deadlines import civil_day
from models import tables as t
from models.assessment import AssessmentRules
from models.assessment_messages import AssessmentBriefing, AssessmentQuestion, AssessorFacts
from models.digests import policy_digest
from models.errors import Fault, TanfangFault
from models.policy import PolicySlice
from models.values import CloseReason
from policies import scales
from tests.activities.register import DAY, NOW, PACK, TODAY, Register
from tests.decisions.assessment_player import RULES
from tests.decisions.case_player import fengjie

SCALE = scales.load()


class Asked(Register):
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        super().__init__(engine, sealer)
        self.read: list[str] = []
        self.looked_up = SqlAssessing(engine, sealer, self._slice_of, self._rules_of, SCALE, civil_day)

    def asked(self, *assessors: str, at: datetime = NOW, **asked: Any) -> AssessmentBriefing:
        return self.looked_up.brief(AssessmentQuestion(elder_id="E1", at=at, assessors=assessors, **asked))

    def facts(self, assessor: str = "A-1", at: datetime = NOW) -> AssessorFacts:
        [known] = self.asked(assessor, at=at).assessors
        return known

    def _slice_of(self, content: str, around: date, groups: str, level: str | None) -> PolicySlice:
        return fengjie()

    def _rules_of(self, content: str) -> AssessmentRules:
        self.read.append(content)
        return RULES.model_copy(update={"valid_months": 12 if content == PACK else 6})


@pytest.fixture
def register(url: str, tmp_path: Path) -> Iterator[Asked]:
    made = Asked(open_engine(url), Sealer(Keyring.load_or_create(tmp_path / "keys.json")))
    yield made
    made.engine.dispose()


# --- the elder -------------------------------------------------------------------------------------------------------


def test_where_an_elder_lives_and_nothing_that_was_not_asked(register: Asked) -> None:
    known = register.asked()
    assert (known.county_id, known.township_id, known.village_id) == ("county-fengjie", "T1", "W1")
    assert (known.has_case, known.gone, known.policy, known.rules, known.scale) == (False, None, None, None, None)
    assert known.assessors == () and known.edition == edition.newest()
    assert register.asked(scale=True).scale == SCALE
    with pytest.raises(LookupError):
        register.looked_up.brief(AssessmentQuestion(elder_id="E9", at=NOW))


@pytest.mark.parametrize(
    ("status", "reason", "has_case", "gone"),
    [
        ("open", None, True, None),
        ("suspended", None, True, None),
        ("death_reported", None, True, None),  # it may be undone
        ("closed", "death_confirmed", False, CloseReason.DEATH_CONFIRMED),
        ("closed", "moved_out", False, CloseReason.MOVED_OUT),
        ("closed", "not_eligible", False, None),
    ],
)
def test_who_is_gone_is_told_by_a_closed_case(
    register: Asked, status: str, reason: str | None, has_case: bool, gone: CloseReason | None
) -> None:
    register.case(status, reason)
    known = register.asked()
    assert (known.has_case, known.gone) == (has_case, gone)


# --- the rules -------------------------------------------------------------------------------------------------------


def test_rules_are_those_of_the_pack_in_force_that_day(register: Asked) -> None:
    with pytest.raises(TanfangFault) as none:
        register.asked(rules=True)
    assert none.value.fault is Fault.POLICY_NOT_IN_STORE
    register.activated(PACK, date(2026, 1, 1))
    register.activated("q" * 64, TODAY + DAY)
    known = register.asked(rules=True)
    assert known.policy == fengjie() and known.rules == RULES
    following = register.asked(rules=True, at=NOW + DAY).rules
    assert following is not None and following.valid_months == 6
    register.asked(rules=True)
    assert register.read == [PACK, "q" * 64]  # each pack is read once


def test_rules_that_are_known_are_not_told_again(register: Asked) -> None:
    register.activated(PACK, date(2026, 1, 1))
    known = register.asked(rules=True, known_policy=policy_digest(fengjie()))
    assert (known.policy, known.rules) == (None, None)


# --- who may assess --------------------------------------------------------------------------------------------------


def test_a_stranger_of_a_registered_body_has_nothing_against_them(register: Asked) -> None:
    clear: dict[str, Any] = dict(body_id="B1", kin=False, visits=False, away=False)
    told = register.asked("A-2", "A-1").assessors
    assert told == tuple(AssessorFacts(staff_id=who, **clear) for who in ("A-2", "A-1"))
    assert register.facts("nobody") == AssessorFacts(
        staff_id="nobody", body_id=None, kin=False, visits=False, away=False
    )


def test_a_body_counts_while_it_is_registered_in_the_county_and_they_work_for_it(register: Asked) -> None:
    register.change(t.BodyAssessor, "staff_id", of="A-1", to_on=TODAY + DAY)
    assert register.facts().body_id == "B1" and register.facts(at=NOW + DAY).body_id is None
    register.change(t.BodyAssessor, "staff_id", of="A-1", from_on=TODAY + DAY, to_on=None)
    assert register.facts().body_id is None and register.facts(at=NOW + DAY).body_id == "B1"
    register.change(t.AssessingBody, "id", of="B1", to_on=TODAY)
    assert register.facts("A-2").body_id is None
    register.staff("A-9", "+8619200001009", "B9")
    assert register.facts("A-9").body_id is None  # of another county's body


def test_who_works_for_two_bodies_is_there_for_the_one_they_share(register: Asked) -> None:
    register.staff("A-3", "+8619200001003", "B1", "B2")
    register.staff("A-4", "+8619200001004", "B2")
    assert [known.body_id for known in register.asked("A-3", "A-4").assessors] == ["B2", "B2"]
    assert [known.body_id for known in register.asked("A-3", "A-1").assessors] == ["B1", "B1"]
    assert [known.body_id for known in register.asked("A-4", "A-1").assessors] == ["B2", "B1"]


def test_kin_has_a_number_of_the_house(register: Asked) -> None:
    register.staff("daughter", "+8619200000001")
    register.staff("neighbour", "+8619200000003")
    register.staff("daughter-in-law", "+8619200000002")
    register.elder("E2", "H1", "+8619200000002")
    register.elder("E3", "H3", "+8619200000003")
    told = register.asked("daughter", "daughter-in-law", "neighbour").assessors
    assert [known.kin for known in told] == [True, True, False]


@pytest.mark.parametrize("contact", ["李例寿 +8619200001001", "+8619200001001"])
def test_whom_to_call_for_them_is_kin(register: Asked, contact: str) -> None:
    assert not register.facts().kin
    register.change(t.Elder, "id", of="E1", contact_enc=register.sealer.seal(contact))
    assert register.facts().kin and not register.facts("A-2").kin


def test_a_contact_without_a_number_is_nobodys_kin(register: Asked) -> None:
    register.change(t.Elder, "id", of="E1", contact_enc=register.sealer.seal("李例寿"))
    assert not register.facts().kin


def test_a_volunteer_paired_that_day_visits(register: Asked) -> None:
    register.volunteer("V1", "+8619200001001")
    assert not register.facts().visits
    register.has(t.Pairing, volunteer_id="V1", elder_id="E1", from_on=TODAY, to_on=TODAY + DAY)
    assert register.facts().visits and not register.facts("A-2").visits
    assert not register.facts(at=NOW - DAY).visits and not register.facts(at=NOW + DAY).visits


def test_who_was_at_the_door_within_a_year_visits(register: Asked) -> None:
    register.volunteer("V1", "+8619200001001")
    register.has(
        t.VisitRow, id="E1.x", elder_id="E1", township_id="T1", village_id="W1", period_id="x", kind="scheduled",
        state="done", reason="paired", volunteer_id="V-other", visitor_id="V1", opened_at=NOW, starts_at=NOW,
        due_at=NOW, ends_at=NOW, visited_on=date(2025, 3, 2), recorded_late=False, attempts=0,
    )  # fmt: skip
    assert register.facts().visits and not register.facts("A-2").visits
    assert not register.facts(at=NOW + DAY).visits


def test_who_is_on_leave_that_day_is_away(register: Asked) -> None:
    register.has(t.StaffLeave, staff_id="A-1", from_on=TODAY, to_on=TODAY)
    assert register.facts().away and not register.facts("A-2").away
    assert not register.facts(at=NOW + DAY).away and not register.facts(at=NOW - DAY).away
