"""What an elder's benefits are told of the store: place, the month's rules and terms, what is known; and facts kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.database import open_engine, reading
from adapters.sealing import Keyring, Sealer
from adapters.sql_benefits import SqlBenefits
from adapters.sql_facts import SqlFacts
from decisions import edition
from decisions.deadlines import civil_day
from decisions.fact_sheet import Stated
from models import tables as t
from models.benefits import BenefitRules
from models.claim_messages import BenefitBriefing, BenefitQuestion, FactsChanged
from models.claims import ClaimTerms, FactSource, Heard
from models.digests import policy_digest
from models.errors import Fault, TanfangFault
from models.facts import FactValue, Known
from models.ids import benefit_stream
from models.letters import LETTER, UpdateLetter
from models.policy import Category
from models.tables import table_of
from models.values import Actor, ActorKind, Channel, CloseReason, Role
from policies.pack import Pack
from tests.activities.register import DAY, NOW, PACK, TODAY, Register
from tests.decisions.case_player import fengjie
from tests.decisions.planting import planted, put
from wiring import benefit_rules_of, benefit_terms_of

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
OFFICER = Actor(id="S-1", kind=ActorKind.STAFF, role=Role.TOWNSHIP_OFFICER)


def version(n: str, effective_from: str = "2025-01-01") -> Pack:
    def say(toml: Any) -> None:
        put("version", n)(toml)
        put("effective_from", effective_from)(toml)

    return planted(say, "example-cq")


class Benefits(Register):
    """Rules and terms are read by the real reader, and counted."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(open_engine(url), Sealer(Keyring.load_or_create(folder / "keys.json")))
        self.read: list[tuple[int, date]] = []
        self.terms_read = 0
        self.facts = SqlFacts(self.engine, self.sealer)
        self.looked_up = SqlBenefits(
            self.engine, self.sealer, lambda *_: fengjie(), self._rules_of, self._terms_of, civil_day,
        )  # fmt: skip

    def asked(self, at: datetime = NOW, **asked: Any) -> BenefitBriefing:
        return self.looked_up.brief(BenefitQuestion(elder_id="E1", at=at, **asked))

    def active(self, since: date, pack: Pack) -> Pack:
        self.activated(pack.hash, since, pack.content)
        return pack

    def state(self, code: str, value: FactValue | None, on: date, *, key: str = "", at: datetime = NOW) -> str:
        key = key or f"fact-{code}-{on}-{at.timestamp()}"
        message = FactsChanged(
            key=key, actor=OFFICER, channel=Channel.CONSOLE, received_at=at, note=None, heard=Heard.FACT
        )
        letter = UpdateLetter(workflow_id=benefit_stream("E1"), elder_id="E1", message=message)
        self.facts.keep(Stated(code, value, FactSource.VISIT, on), "note-1", key, letter, at)
        return key

    def known(self, month: date = MARCH) -> dict[str, Known]:
        return self.asked(month=month).sheet.facts

    def rows(self, model: Any) -> Sequence[Any]:
        with reading(self.engine) as connection:
            return connection.execute(select(table_of(model))).all()

    def _rules_of(self, contents: Sequence[str], month: date) -> BenefitRules | None:
        self.read.append((len(contents), month))
        return benefit_rules_of(contents, month)

    def _terms_of(self, content: str) -> dict[str, ClaimTerms]:
        self.terms_read += 1
        return benefit_terms_of(content)


@pytest.fixture
def register(url: str, tmp_path: Path) -> Iterator[Benefits]:
    made = Benefits(url, tmp_path)
    yield made
    made.engine.dispose()


# --- the elder -------------------------------------------------------------------------------------------------------


def test_where_an_elder_lives_and_nothing_that_was_not_asked(register: Benefits) -> None:
    known = register.asked()
    assert (known.county_id, known.township_id, known.village_id) == ("county-fengjie", "T1", "W1")
    assert (known.has_case, known.gone, known.policy, known.rules, known.terms) == (False, None, None, None, {})
    assert (known.sheet.facts, known.owners, known.edition) == ({}, {}, edition.newest())
    with pytest.raises(LookupError):
        register.looked_up.brief(BenefitQuestion(elder_id="E9", at=NOW, month=MARCH))


@pytest.mark.parametrize(
    ("status", "reason", "has_case", "gone"),
    [
        ("open", None, True, None),
        ("death_reported", None, True, None),  # it may be undone
        ("closed", "death_confirmed", False, CloseReason.DEATH_CONFIRMED),
        ("closed", "moved_out", False, CloseReason.MOVED_OUT),
        ("closed", "not_eligible", False, None),
    ],
)
def test_who_is_gone_is_told_by_a_closed_case(
    register: Benefits, status: str, reason: str | None, has_case: bool, gone: CloseReason | None
) -> None:
    register.case(status, reason)
    known = register.asked()
    assert (known.has_case, known.gone) == (has_case, gone)


def test_the_pack_in_force_is_told_unless_it_is_known(register: Benefits) -> None:
    with pytest.raises(TanfangFault) as none:
        register.asked(law=True)
    assert none.value.fault is Fault.POLICY_NOT_IN_STORE
    register.activated(PACK, date(2026, 1, 1))
    assert register.asked(law=True).policy == fengjie()
    assert register.asked(law=True, known_policy=policy_digest(fengjie())).policy is None


def test_who_holds_a_post_that_day_or_stands_in_is_told(register: Benefits) -> None:
    asked = (Role.TOWNSHIP_OFFICER, Role.COUNTY_OFFICER, Role.VILLAGE_ASSISTANT)
    for staff in ("S-1", "S-2", "S-3"):
        register.staff(staff, f"+8619200003{staff[-1]}00")
    for post, role, area, holder, deputy in (
        ("P1", Role.TOWNSHIP_OFFICER, "T1", "S-1", "S-2"), ("P2", Role.COUNTY_OFFICER, "county-fengjie", "S-3", None),
        ("P3", Role.COUNTY_OFFICER, "county-wushan", "S-1", None),
    ):  # fmt: skip
        register.has(t.Post, id=post, role=role.value, area_id=area, holder_id=holder, deputy_id=deputy)
    assert register.asked(remind=asked).owners == {Role.TOWNSHIP_OFFICER: "S-1", Role.COUNTY_OFFICER: "S-3"}
    for staff in ("S-1", "S-3"):
        register.has(t.StaffLeave, staff_id=staff, from_on=TODAY, to_on=TODAY)
    assert register.asked(remind=asked).owners == {Role.TOWNSHIP_OFFICER: "S-2"}
    assert register.asked(remind=asked, at=NOW + DAY).owners[Role.COUNTY_OFFICER] == "S-3"


# --- the month -------------------------------------------------------------------------------------------------------


def test_a_month_goes_by_the_version_in_force_on_its_first_day(register: Benefits) -> None:
    assert register.asked(month=MARCH).rules is None
    old = register.active(date(2026, 1, 1), version("1"))
    new = register.active(MARCH + DAY, version("2", "2026-03-01"))  # activated too late for March
    told = {month: register.asked(month=month).rules for month in (date(2025, 12, 1), MARCH, APRIL)}
    assert {month: rules and rules.hash for month, rules in told.items()} == {
        date(2025, 12, 1): None, MARCH: old.hash, APRIL: new.hash,
    }  # fmt: skip
    assert [rules.month for rules in told.values() if rules] == [MARCH, APRIL]
    assert set(register.asked(month=MARCH).terms) == {benefit.code for benefit in told[MARCH].benefits}  # pyright: ignore[reportOptionalMemberAccess]


def test_a_county_that_begins_within_a_month_goes_by_what_it_begins_with(register: Benefits) -> None:
    first = register.active(MARCH + 4 * DAY, version("1"))
    then = register.active(MARCH + 9 * DAY, version("2"))
    hashes = [rules.hash for month in (MARCH, APRIL) if (rules := register.asked(month=month).rules)]
    assert hashes == [first.hash, then.hash]


def test_a_version_activated_early_holds_from_its_own_day_on(register: Benefits) -> None:
    old = register.active(date(2026, 1, 1), version("1"))
    new = register.active(date(2026, 2, 1), version("2", "2026-04-01"))
    hashes = [rules.hash for month in (MARCH, APRIL) if (rules := register.asked(month=month).rules)]
    assert hashes == [old.hash, new.hash]


def test_another_county_s_rules_are_never_ours_but_the_city_s_are(register: Benefits) -> None:
    register.activated(version("1").hash, date(2026, 1, 1), version("1").content, county="wushan")
    assert register.asked(month=MARCH).rules is None
    covering = SqlBenefits(
        register.engine, register.sealer, lambda *_: fengjie(), benefit_rules_of, benefit_terms_of, civil_day,
        lambda _: ("fengjie",),
    )  # fmt: skip
    assert covering.brief(BenefitQuestion(elder_id="E1", at=NOW, month=MARCH)).rules is not None


def test_the_rules_of_a_month_are_read_once_and_again_with_a_new_version(register: Benefits) -> None:
    register.active(date(2026, 1, 1), version("1"))
    for _ in range(3):
        register.asked(month=MARCH)
    assert (register.read, register.terms_read) == ([(1, MARCH)], 1)
    register.active(date(2026, 2, 1), version("2"))
    assert register.asked(month=MARCH).rules == benefit_rules_of((version("2").content,), MARCH)
    assert register.read == [(1, MARCH), (2, MARCH)]


# --- what is known ---------------------------------------------------------------------------------------------------


def test_the_sheet_holds_the_register_the_level_and_what_was_stated(register: Benefits) -> None:
    register.active(date(2026, 1, 1), version("1"))
    for category, since in ((Category.MINIMUM_LIVING, date(2026, 2, 3)), (Category.LIVING_ALONE, date(2026, 2, 3))):
        register.has(t.ElderCategory, elder_id="E1", category=category.value, from_on=since, source="test")
    register.has(
        t.AssessmentRow, elder_id="E1", round=2, township_id="T1", village_id="W1", stage="resting", trigger="staff",
        reason="first", requested_at=NOW, total=41,
    )  # fmt: skip
    register.has(
        t.LevelRow, elder_id="E1", level="severe", round=2, assessed_on=date(2026, 2, 20), object_by=NOW,
        confirmed_by="S", confirmed_at=NOW, valid_to=date(2027, 2, 19),
    )  # fmt: skip
    register.state("disability_grade", 2, TODAY)
    register.state("rural", True, TODAY)  # no rule of the example asks for it
    born = date(1940, 1, 1)
    assert register.known() == {
        "born_on": Known(value=born, source="register", on=born),
        "disability_grade": Known(value=2, source="visit", on=TODAY),
        "economic": Known(value="低保", source="register", on=date(2026, 2, 3)),
        "gb_level": Known(value="重度失能", source="assessment", on=date(2026, 2, 20)),
        "gb_score": Known(value=41, source="assessment", on=date(2026, 2, 20)),
    }
    assert register.known(date(2026, 2, 1)).keys() == {"born_on", "economic", "gb_level", "gb_score"}


def test_of_one_day_the_last_statement_counts_and_a_taken_back_one_is_missing(register: Benefits) -> None:
    register.active(date(2026, 1, 1), version("1"))
    for n, grade in enumerate((3, 1, 4, 2)):  # all in one instant
        register.state("disability_grade", grade, TODAY, key=f"fact-{9 - n}")
        assert register.known()["disability_grade"].value == grade
    register.state("disability_grade", None, TODAY)
    assert "disability_grade" not in register.known()


def test_another_s_facts_are_never_mine(register: Benefits) -> None:
    register.active(date(2026, 1, 1), version("1"))
    register.elder("E2", "H2", None)
    register.has(t.ElderCategory, elder_id="E2", category="低保", from_on=TODAY, source="test")
    register.state("lives_here", True, TODAY)
    assert register.known().keys() == {"born_on", "lives_here"}
    other = register.looked_up.brief(BenefitQuestion(elder_id="E2", at=NOW, month=MARCH)).sheet
    assert other.facts.keys() == {"born_on", "economic"}


# --- stating ---------------------------------------------------------------------------------------------------------


def test_a_fact_and_the_word_of_it_are_kept_together_once_and_sealed(register: Benefits) -> None:
    key = register.state("economic", "低保", TODAY, key="fact-1")
    register.state("economic", "低保", TODAY, key=key)
    [row], [letter] = register.rows(t.StatedFact), register.rows(t.LetterRow)
    assert (row.id, letter.id, letter.workflow_id) == (key, key, "benefit/E1")
    assert (row.stated_by, row.source, row.taken_back, row.document_note_id) == ("S-1", "visit", False, "note-1")
    assert b"\xe4\xbd\x8e" not in row.value_enc and register.sealer.open(row.value_enc) == '"低保"'
    told = LETTER.validate_json(register.sealer.open(letter.body_enc))
    assert isinstance(told, UpdateLetter) and isinstance(told.message, FactsChanged)
    assert "低保" not in told.model_dump_json() and told.message.heard is Heard.FACT
    [kept] = register.facts.of("E1")
    assert kept.stated == Stated("economic", "低保", FactSource.VISIT, TODAY)
    assert (kept.id, kept.stated_at) == ("fact-1", NOW) and register.facts.of("E2") == []


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("held", ("work_injury_care",)), ("held", ()), ("bedridden_since", date(2025, 9, 1)), ("rural", False),
        ("disability_grade", 1),
    ],
)  # fmt: skip
def test_a_value_comes_back_as_it_was_stated(register: Benefits, code: str, value: FactValue) -> None:
    register.state(code, value, TODAY)
    [kept] = register.facts.of("E1")
    assert kept.stated.value == value and type(kept.stated.value) is type(value)


def test_neither_is_kept_when_either_cannot_be(register: Benefits) -> None:
    for code, value in (("gb_level", "重度失能"), ("born_on", TODAY), ("economic", "富裕")):
        with pytest.raises(ValueError, match=code):
            register.state(code, value, TODAY)
    sealer = _FailsAtTheLetter(register.sealer)
    register.facts = SqlFacts(register.engine, sealer)  # pyright: ignore[reportArgumentType]
    with pytest.raises(RuntimeError, match="the letter"):
        register.state("economic", "低保", TODAY)
    assert (register.rows(t.StatedFact), register.rows(t.LetterRow)) == ([], [])


class _FailsAtTheLetter:
    def __init__(self, sealer: Sealer) -> None:
        self.open, self.open_bytes = sealer.open, sealer.open_bytes
        self._seal = sealer.seal

    def seal(self, text: str | bytes) -> bytes:
        if b"facts_changed" in (text if isinstance(text, bytes) else text.encode()):
            raise RuntimeError("the letter cannot be sealed")
        return self._seal(text)
