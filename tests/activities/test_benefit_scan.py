"""主动发现 over a register, and facts as staff type them: at the command line, while the engine is away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner

import wiring
from adapters.database import reading
from adapters.sql_benefit_scan import SqlBenefitScan
from commands import benefit_scan, facts
from decisions.benefit_scanning import ToOffer, to_offer
from decisions.claim_state import Claim, State, Step
from decisions.fact_sheet import not_stated
from models import tables as t
from models.benefits import Outcome, Standing
from models.claims import ClaimStage, ClaimTrigger, FactSource, Proposed
from models.facts import FACTS, FactSheet, FactType
from models.ids import benefit_stream
from models.letters import LETTER, UpdateLetter
from models.policy import Category
from models.tables import table_of
from models.values import Role
from policies.pack import load
from settings import Settings
from starter import app
from tests.activities.register import NOW, TODAY, Register
from wiring import House

MARCH = date(2026, 3, 1)
EXAMPLE = load("example-cq")
COUNTY, TOWNSHIP, VILLAGE, GRID = "S-county", "S-township", "S-village", "S-grid"
BOTH = {"care_allowance": 20000, "old_age": 10000}  # what a poor elder of 86 gets by the example
DISABILITY = "残疾人证 示例0001"


class Desk(Register):
    def __init__(self, house: House) -> None:
        super().__init__(house.engine, house.sealer)
        self.house = house
        self.has(t.Area, id="T2", kind="township", name="T2", parent_id="county-fengjie", from_on=date(2020, 1, 1))
        self.has(t.Area, id="W2", kind="village", name="W2", parent_id="T2", from_on=date(2020, 1, 1))
        for n, (staff, role, area) in enumerate([
            (COUNTY, Role.COUNTY_OFFICER, "county-fengjie"), (TOWNSHIP, Role.TOWNSHIP_OFFICER, "T1"),
            (VILLAGE, Role.VILLAGE_ASSISTANT, "W1"), (GRID, Role.GRID_WORKER, "W1"),
        ]):  # fmt: skip
            self.staff(staff, f"+861920000400{n}")
            self.has(t.Post, id=f"P{n}", role=role.value, area_id=area, holder_id=staff)
        self.activated(EXAMPLE.hash, date(2026, 1, 1), EXAMPLE.content)

    def poor(self, *elders: str) -> None:
        for elder in elders:
            self.has(
                t.ElderCategory, elder_id=elder, category=Category.MINIMUM_LIVING.value, from_on=TODAY, source="test"
            )

    def told(self, elder: str, **of: Any) -> None:
        """The elder's benefits as they stand."""
        state = State(elder_id=elder, county_id="county-fengjie", township_id="T1", opened=True, **of)
        sealed = self.sealer.seal(state.model_dump_json())
        self.has(t.StreamState, stream=benefit_stream(elder), seq=1, head="h", state_enc=sealed)

    def scanned(self, *areas: str) -> dict[str, dict[str, int | None]]:
        scan = SqlBenefitScan(self.engine, self.sealer, self.house.benefits.months)
        found: list[ToOffer] = []
        for county in scan.counties(areas, MARCH):
            found += to_offer(county.rules, county.elders)
        return {one.elder_id: {each.benefit.code: each.proposed.fen for each in one.found} for one in found}

    def rows(self, model: Any) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(table_of(model))))

    def letters(self) -> dict[str, UpdateLetter]:
        made = {row.id: LETTER.validate_json(self.sealer.open(row.body_enc)) for row in self.rows(t.LetterRow)}
        return {id_: letter for id_, letter in made.items() if isinstance(letter, UpdateLetter)}


@pytest.fixture
def desk(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """奉节 with four of its staff under the rules of the example; no engine answers."""
    monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TANFANG_DATABASE_URL", url)
    monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
    monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setattr(wiring, "now", lambda: NOW)
    house = House(Settings())
    yield Desk(house)
    house.engine.dispose()


def typed(*words: str, staff: str, to: typer.Typer = app) -> tuple[int, Any]:
    result = CliRunner().invoke(to, [*words, "--as", staff, "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    try:
        return result.exit_code, json.loads(result.stdout)
    except ValueError:
        return result.exit_code, result.output


# --- who is found ----------------------------------------------------------------------------------------------------


def claim(code: str, **more: Any) -> dict[str, Claim]:
    proposed = Proposed(
        month=MARCH, version="1", hash="0" * 64, outcome=Outcome.ELIGIBLE, standing=Standing.STANDS, row="r", fen=1,
        sheet=FactSheet(facts={}),
    )  # fmt: skip
    terms = wiring.benefit_terms_of(EXAMPLE.content)[code]
    of: dict[str, Any] = {"step": None, "n": 1, "trigger": ClaimTrigger.STAFF, "asked_on": TODAY} | more
    return {code: Claim(code=code, terms=terms, proposed=proposed, **of)}


def test_who_is_given_something_nobody_asked_for_is_found_and_who_cannot_be_decided_is_not(desk: Desk) -> None:
    assert desk.scanned("county-fengjie") == {}  # nobody has said whether E1 is poor
    desk.elder("E2", "H2", None, born="1960-01-01")
    desk.poor("E1", "E2")  # whether E2 is disabled, nobody has said
    assert desk.scanned("county-fengjie") == {"E1": BOTH}


def test_what_is_claimed_held_or_was_refused_is_not_found_again(desk: Desk) -> None:
    for elder in ("E2", "E3", "E4", "E5"):
        desk.elder(elder, elder, None)
    desk.poor("E1", "E2", "E3", "E4", "E5")
    waits = Step(stage=ClaimStage.CHECKING, since=NOW, due_at=NOW)
    desk.told("E2", claims=claim("old_age", step=waits))
    desk.told("E3", claims=claim("old_age", decision="refused"))
    desk.told("E4", held=True)
    desk.told("E5", claims=claim("old_age", decision="ended"))
    care = {"care_allowance": 20000}
    assert desk.scanned("county-fengjie") == {"E1": BOTH, "E2": care, "E3": care, "E5": BOTH}


def test_a_scan_ends_at_the_territory_and_leaves_out_the_dead_and_the_gone(desk: Desk) -> None:
    for elder in ("E2", "E3", "E4"):
        desk.elder(elder, elder, None)
    desk.elder("E5", "H5", None, township_id="T2", village_id="W2")
    desk.elder("E6", "H6", None, county_id="county-wushan")
    desk.poor("E1", "E2", "E3", "E4", "E5", "E6")
    desk.case("closed", "death_confirmed", "E2")
    desk.case("death_reported", elder="E3")
    desk.case("closed", "moved_out", "E4")
    assert set(desk.scanned("T1")) == {"E1"}
    assert set(desk.scanned("county-fengjie")) == {"E1", "E5"}
    assert desk.scanned("county-wushan") == {}  # no pack is in force there


scans = typer.Typer()
scans.command("scan")(benefit_scan.scan)
scans.command("other")(lambda: None)


def test_a_scan_lists_and_only_asks_when_it_is_told_to_and_once_a_day(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.elder("E2", "H2", None, township_id="T2", village_id="W2")
    desk.poor("E1", "E2")
    assert typed("scan", staff=GRID, to=scans)[1]["refusal"] == "wrong_role"
    code, said = typed("scan", staff=TOWNSHIP, to=scans)
    [one] = said["found"]
    assert (code, one["elder_id"], [each["code"] for each in one["benefits"]]) == (0, "E1", list(BOTH))
    assert (said["benefits"], said["fen"], said["month"]) == ({"care_allowance": 1, "old_age": 1}, 30000, "2026-03")
    assert (said["ask"], said["asked"], desk.letters()) == (False, 0, {})
    for _ in range(2):
        code, said = typed("scan", "--ask", staff=COUNTY, to=scans)
        assert (code, said["later"], said["refused"]) == (3, 2, 0)  # the engine is away: they are kept
    keys = sorted(desk.letters())
    assert [key.rpartition("-")[0] for key in keys] == [f"benefit-scan-{elder}-2026-03-02" for elder in ("E1", "E2")]
    assert {letter.message.kind for letter in desk.letters().values()} == {"facts_changed"}
    monkeypatch.setattr(wiring, "now", lambda: NOW + timedelta(days=1))
    typed("scan", "--ask", staff=TOWNSHIP, to=scans)
    assert len(desk.letters()) == 3
    told = CliRunner().invoke(scans, ["scan", "--as", TOWNSHIP], env={"COLUMNS": "200"}).stdout.splitlines()
    assert told == [
        "E1  经济困难的高龄失能老年人养老服务补贴 每月200.00元；高龄津贴 每月100.00元",
        "2026-03 共1人（经济困难的高龄失能老年人养老服务补贴1人，高龄津贴1人），每月合计300.00元；只列出，没有开始办理",
    ]


# --- facts, as they are typed ----------------------------------------------------------------------------------------


def state(code: str, said: str, *more: str, staff: str = VILLAGE, on: str = "2026-02-01") -> tuple[int, Any]:
    return typed("fact", "state", "E1", code, said, "--source", "certificate", "--on", on, *more, staff=staff)


def listed(staff: str = VILLAGE) -> list[tuple[str, Any, bool]]:
    code, rows = typed("fact", "list", "E1", staff=staff)
    assert code == 0, rows
    return [(row["code"], row["value"], row["holds"]) for row in rows]


def test_a_fact_is_stated_taken_back_and_listed_and_its_benefits_are_told_each_time(desk: Desk) -> None:
    code, said = state("disability_grade", "2", "--document", DISABILITY)
    assert (code, said["benefits"]["refusal"], said["said"]) == (3, "later", "情况已登记；待遇稍后自动重新核算")
    state("disability_grade", "1", on="2026-03-01")
    assert listed() == [("disability_grade", 2, False), ("disability_grade", 1, True)]
    [first, _] = desk.rows(t.StatedFact)
    [note] = desk.rows(t.Note)
    assert (first.id, first.document_note_id, first.source) == (said["fact"], note.id, FactSource.CERTIFICATE.value)
    assert desk.sealer.open(note.text_enc) == DISABILITY
    assert typed("fact", "take-back", "E1", "disability_grade", "--note", "看错", staff=VILLAGE)[0] == 3
    assert listed() == [
        ("disability_grade", 2, False), ("disability_grade", 1, False), ("disability_grade", None, False),
    ]  # fmt: skip
    assert typed("fact", "take-back", "E1", "disability_grade", staff=VILLAGE)[0] == 2
    code, _ = typed("fact", "take-back", "E1", "disability_grade", "--on", "2026-02-10", staff=VILLAGE)
    assert code == 3  # of that day the second grade held
    assert len(desk.letters()) == 4 == len(desk.rows(t.StatedFact))
    assert {letter.workflow_id for letter in desk.letters().values()} == {"benefit/E1"}
    shown = CliRunner().invoke(app, ["fact", "list", "E1", "--as", VILLAGE], env={"COLUMNS": "200"}).stdout
    assert all(words in shown for words in ("残疾等级", "2级", "收回", "证件", "2026-02-10"))


def test_who_may_state_and_who_may_read(desk: Desk) -> None:
    assert state("rural", "是", staff=GRID)[1]["refusal"] == "wrong_role"
    assert typed("fact", "list", "E1", staff="A-1")[1]["refusal"] == "wrong_role"
    assert listed(GRID) == []
    assert state("rural", "是", staff="S-nobody")[1]["refusal"] == "unknown"
    desk.elder("E9", "H9", None, township_id="T2", village_id="W2")
    code, said = typed(
        "fact", "state", "E9", "rural", "是", "--source", "visit", "--on", "2026-02-01", staff=TOWNSHIP
    )  # fmt: skip
    assert (code, said["refusal"]) == (1, "other_territory")
    assert desk.rows(t.StatedFact) == []


@pytest.mark.parametrize(
    ("code", "said", "on"),
    [
        ("economic", "富裕", "2026-02-01"), ("rural", "yes", "2026-02-01"), ("disability_grade", "5", "2026-02-01"),
        ("disability_grade", "一级", "2026-02-01"), ("held", "lottery", "2026-02-01"), ("held", "", "2026-02-01"),
        ("bedridden_since", "去年", "2026-02-01"), ("bedridden_since", "2026-03-03", "2026-02-01"),
        ("rural", "是", "2026-03-03"), ("gb_level", "重度失能", "2026-02-01"), ("born_on", "1940-01-01", "2026-02-01"),
        ("age", "86", "2026-02-01"),
    ],
)  # fmt: skip
def test_what_is_no_such_value_is_refused_before_anything_is_written(desk: Desk, code: str, said: str, on: str) -> None:
    assert state(code, said, "--document", DISABILITY, on=on)[0] == 2
    assert (desk.rows(t.StatedFact), desk.rows(t.LetterRow), desk.rows(t.Note)) == ([], [], [])


@pytest.mark.parametrize(
    ("code", "said", "value"),
    [
        ("rural", "否", False), ("held", "无", []), ("living", "养老机构", "养老机构"), ("disability_grade", "3", 3),
        ("held", "work_injury_care，old_age", ["work_injury_care", "old_age"]),
        ("bedridden_since", "2025-09-01", "2025-09-01"),
    ],
)  # fmt: skip
def test_a_value_is_kept_as_it_is_typed(desk: Desk, code: str, said: str, value: object) -> None:
    assert state(code, said)[0] == 3
    assert listed() == [(code, value, True)]


def test_the_closed_list_of_the_command_is_what_can_be_stated() -> None:
    assert {"born_on", "gb_level", "gb_score", "age", "bedridden_months"} == set(FACTS) - set(get_args(facts.Code))
    a_value = {
        FactType.YES_NO: True, FactType.CODES: (), FactType.DAY: TODAY, FactType.NUMBER: 1,
    }  # fmt: skip
    for code in get_args(facts.Code):
        fact = FACTS[code]
        assert not_stated(code, a_value.get(fact.type) if fact.type in a_value else fact.options[0]) == ""  # pyright: ignore[reportArgumentType]
    assert {FactSource(source) for source in get_args(facts.Source)} == set(FactSource) - {
        FactSource.REGISTER, FactSource.ASSESSMENT,
    }  # fmt: skip
