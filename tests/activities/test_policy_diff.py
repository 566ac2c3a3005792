"""`policy diff` over a register: the shipped example, and what comes of it when an amount, an age and a row change."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select
from typer.testing import CliRunner

import wiring
from adapters.database import reading, writing
from adapters.sql_known import VALUE
from adapters.sql_policy_diff import living
from commands.policy import app
from decisions.claim_state import Holding, State
from models import tables as t
from models.claims import Entitlement, FactSource
from models.facts import FactValue
from models.ids import benefit_stream
from models.policy import Category
from models.tables import table_of
from models.values import Role
from policies.pack import FOLDER, Pack, load
from settings import Settings
from tests.activities.register import NOW, TODAY
from wiring import House, stored

COUNTY, EXAMPLE = "county-example-cq", load("example-cq")
OFFICER, ADMIN, TOWN = "S-officer", "S-admin", "S-town"
POSTS = {OFFICER: (Role.COUNTY_OFFICER, COUNTY), ADMIN: (Role.ADMIN, COUNTY), TOWN: (Role.TOWNSHIP_OFFICER, "T1")}
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
HEALTHY: dict[str, FactValue] = {"disability_kind": "无", "bedridden": False}
SECOND: dict[str, FactValue] = {"disability_kind": "肢体", "disability_grade": 2}
FIRST: dict[str, FactValue] = {"disability_kind": "肢体", "disability_grade": 1}
# elder → township, born, 低保, what staff stated. By hand, in fen a month:
ELDERS: dict[str, tuple[str, str, bool, Mapping[str, FactValue]]] = {
    "E1": ("T1", "1944-01-01", False, {"economic": "其他", **HEALTHY}),  # 高龄津贴 2500 → 3000
    "E2": ("T1", "1949-01-01", True, HEALTHY),  # 养老服务补贴 0 → 20000: 77 counts as the second class now
    "E3": ("T2", "1960-01-01", False, {"economic": "其他", **SECOND}),  # 护理补贴 7000 → 0: its row is gone
    "E4": ("T2", "1944-01-01", False, {}),  # nothing can be said, before and after
    "E5": ("T2", "1955-01-01", True, FIRST),  # 养老服务补贴 20000 → 20000, and 护理补贴 gives way to it
    "E6": ("T1", "1944-01-01", False, {"economic": "其他"}),  # has died
    "E7": ("T1", "1950-01-01", True, {}),  # 养老服务补贴 cannot be said → 20000, whatever is missing
}
COLUMNS = {"COLUMNS": "240"}


@pytest.fixture
def house(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TANFANG_DATABASE_URL", url)
    monkeypatch.setenv("TANFANG_COUNTY", "example-cq")
    monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setattr(wiring, "now", lambda: NOW)
    made = House(Settings())
    made.activate_policy("example-cq", date(2026, 1, 1), "operator")
    with writing(made.engine) as connection:
        settle(made, connection)
    yield made
    made.engine.dispose()


def settle(house: House, connection: Any) -> None:
    seal = house.sealer.seal

    def has(model: Any, **row: Any) -> None:
        connection.execute(insert(table_of(model)).values(**row))

    for area, kind, parent in (
        (COUNTY, "county", None), ("T1", "township", COUNTY), ("T2", "township", COUNTY), ("W", "village", "T1"),
    ):  # fmt: skip
        has(t.Area, id=area, kind=kind, name=f"示例{area[-2:]}", parent_id=parent, from_on=date(2020, 1, 1))
    for staff, (role, area) in POSTS.items():
        has(t.Staff, id=staff, county_id=COUNTY, name_enc=b"x", phone_enc=b"x", phone_index=staff)
        has(t.Post, id=f"P-{staff}", role=role.value, area_id=area, holder_id=staff)
    for elder, (township, born, poor, facts) in ELDERS.items():
        has(
            t.Elder, id=elder, household_id=elder, name_enc=seal(f"王示{elder}"), id_number_enc=seal("0"),
            id_number_index=elder, phone_textable=False, born_on_enc=seal(born), sex="M", standing="case",
            standing_reason="special_difficulty", updated_at=NOW, county_id=COUNTY, township_id=township,
            village_id="W",
        )  # fmt: skip
        if poor:
            low = Category.MINIMUM_LIVING.value
            has(t.ElderCategory, elder_id=elder, category=low, from_on=date(2026, 1, 1), source="test")
        for n, (code, value) in enumerate(facts.items(), start=1):
            has(
                t.StatedFact, id=f"{elder}-{code}", elder_id=elder, n=n, code=code, on=date(2026, 1, 1),
                value_enc=seal(VALUE.dump_json(value)), source=FactSource.CERTIFICATE.value, taken_back=False,
                stated_by="S", stated_at=NOW,
            )  # fmt: skip
    has(
        t.CaseRow, elder_id="E6", county_id=COUNTY, township_id="T1", village_id="W", status="death_reported",
        opened_at=NOW, start_on=TODAY, policy_hash=EXAMPLE.hash,
    )  # fmt: skip
    given = Entitlement(row="class_1", fen=20000, from_month=MARCH, approved_by="S-2", review_on=date(2027, 3, 1))
    held = Holding(
        code="care_allowance", n=1, terms=wiring.benefit_terms_of(EXAMPLE.content)["care_allowance"],
        entitlement=given, first=MARCH,
    )  # fmt: skip
    state = State(elder_id="E5", county_id=COUNTY, township_id="T2", opened=True, holdings={"care_allowance": held})
    sealed = seal(state.model_dump_json())
    has(t.StreamState, stream=benefit_stream("E5"), seq=1, head="h", state_enc=sealed)


@pytest.fixture
def edited(tmp_path: Path) -> tuple[Path, Pack]:
    """高龄津贴 at 80 is 30 instead of 25, the second class begins at 75, and grade 2 is gone."""
    text = (FOLDER / "example-cq" / "policy.toml").read_text("utf-8")
    for old, new in (
        ("fen = { value = 2500, quote = \"80至89周岁每人每月25元，其中低保、特困对象每人每月100元\" }",
         "fen = { value = 3000, rule = \"示例〔2026〕9号\" }"),
        ('{ fact = "age", op = "<=", value = 79 }', '{ fact = "age", op = "<=", value = 74 }'),
        ('    { fact = "age", op = ">=", value = 80 },\n]\nfen = { value = 20000, quote = "补贴标准',
         '    { fact = "age", op = ">=", value = 75 },\n]\nfen = { value = 20000, quote = "补贴标准'),
        ('version = "2026.3"', 'version = "2026.4"'),
    ):  # fmt: skip
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    before, gone, after = text.partition('[[benefits.rows]]\ncode = "grade_2"')
    text = before + after[after.index("\n# Who gets it stands in no text") :]
    assert gone
    folder = tmp_path / "packs" / "example-cq"
    folder.mkdir(parents=True)
    (folder / "policy.toml").write_text(text, "utf-8")
    (folder / "source.txt").write_text((FOLDER / "example-cq" / "source.txt").read_text("utf-8"), "utf-8")
    return folder, load("example-cq", folder.parent)


def typed(*words: str) -> tuple[int, Any]:
    result = CliRunner().invoke(app, ["diff", *words, "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    try:
        return result.exit_code, json.loads(result.stdout)
    except ValueError:
        return result.exit_code, result.output


def counted(of: dict[str, Any]) -> tuple[int, int, int, int]:
    return of["a"]["given"], of["a"]["fen"], of["b"]["given"], of["b"]["fen"]


def test_who_gains_who_loses_and_what_a_month_costs(house: House, edited: tuple[Path, Pack], tmp_path: Path) -> None:
    folder, pack = edited
    assert house.versions.propose(stored(pack), APRIL, ADMIN, NOW) is None
    file = tmp_path / "diff.xlsx"
    code, said = typed(
        "example-cq", str(folder), "--register", "--month", "2026-03", "--as", OFFICER, "--names", "--file", str(file)
    )
    assert code == 0, said
    found = said["register"]
    assert (found["month"], found["elders"], found["more"], found["less"], found["other"]) == ("2026-03", 6, 3, 1, 0)
    assert counted(found["total"]) == (3, 29500, 4, 63000)
    assert found["total"]["change"] == {"fen": 33500, "ceiling_fen": 0}
    assert found["total"]["today"] == {"given": 1, "fen": 20000, "ceiling_fen": 0}
    assert {one["id"]: counted(one) for one in found["by_township"]} == {
        "T1": (1, 2500, 3, 43000), "T2": (2, 27000, 1, 20000),
    }  # fmt: skip
    by = {one["id"]: one for one in found["by_benefit"]}
    assert {code: counted(of) for code, of in by.items() if counted(of) != (0, 0, 0, 0)} == {
        "care_allowance": (1, 20000, 3, 60000), "old_age": (1, 2500, 1, 3000),
        "severe_disability_care": (1, 7000, 0, 0),
    }  # fmt: skip
    assert by["care_allowance"]["kinds"] == {"gains": 1, "decided": 1}
    each = {(one["elder_id"], one["code"]): one for one in found["each"]}
    assert {key: one["kind"] for key, one in each.items()} == {
        ("E1", "old_age"): "up", ("E2", "care_allowance"): "gains", ("E3", "severe_disability_care"): "loses",
        ("E7", "care_allowance"): "decided", ("E7", "severe_disability_care"): "decided",
    }  # fmt: skip
    assert each["E7", "severe_disability_care"]["b"]["gives_way_to"] == ["care_allowance"]
    assert each["E1", "old_age"]["name"] == "王示E1"

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    book = CalamineWorkbook.from_path(file)
    heading, *lines = book.get_sheet_by_name("名单").to_python()
    assert (heading[0], len(lines), lines[0][0], lines[0][5]) == ("老人编号", 5, "E1 王示E1", "30.00")
    *_, total = book.get_sheet_by_name("按待遇").to_python()
    assert total[:8] == ["合计", 3.0, 295.0, 4.0, 630.0, 335.0, 1.0, 200.0]
    assert len(book.get_sheet_by_name("规则").to_python()) == 1 + len(said["rules"])

    with reading(house.engine) as connection:
        steps = [(row.staff_id, row.action, row.answer) for row in connection.execute(select(table_of(t.CommandRow)))]
    assert steps == [(OFFICER, "policy_diff", "read"), (OFFICER, "policy_diff_names", "read")]


def test_what_is_put_forward_is_compared_by_its_hash_for_the_month_it_begins_with(
    house: House, edited: tuple[Path, Pack]
) -> None:
    _, pack = edited
    assert house.versions.propose(stored(pack), date(2026, 3, 20), ADMIN, NOW) is None
    code, said = typed("example-cq", pack.hash[:8], "--register", "--as", ADMIN)
    assert (code, said["b"]["active_from"], said["register"]["month"]) == (0, "2026-03-20", "2026-04")
    assert counted(said["register"]["total"]) == (3, 29500, 4, 63000)
    assert not [one for one in said["register"]["each"] if "name" in one]
    shown = CliRunner().invoke(
        app, ["diff", "example-cq", pack.hash[:8], "--register", "--as", OFFICER], env=COLUMNS
    ).stdout  # fmt: skip
    for words in (
        "2026-04，名册6人：每月合计增加的3人，减少的1人，",
        "E1  示例T1  高龄津贴  提高  25.00  30.00",
        "E3  示例T2  重度残疾人护理补贴  不再给  70.00  不给",
        "E7  示例T1  经济困难的高龄失能老年人养老服务补贴  由无法判定变为能判定  无法判定  200.00",
        "benefits.old_age.rows.from_80.fen：每月25.00元〔原文：80至89周岁每人每月25元",
        " → 每月30.00元〔依据：示例〔2026〕9号〕",
    ):
        assert words in shown, shown


def test_rules_alone_need_nobody_and_no_store(edited: tuple[Path, Pack]) -> None:
    folder, _ = edited
    code, said = typed("example-cq@draft", str(folder))
    assert (code, "register" in said) == (0, False)
    assert [one["where"] for one in said["rules"]] == [
        "version", "benefits.care_allowance.rows.class_1", "benefits.care_allowance.rows.class_2",
        "benefits.old_age.rows.from_80.fen", "benefits.severe_disability_care.rows.grade_2",
        "benefits.severe_disability_care.rows.grade_2.fen",
    ]  # fmt: skip


WRONG: dict[tuple[str, ...], tuple[int, str]] = {
    ("example-cq", "example-cq@draft", "--register"): (2, "--as"),
    ("example-cq", "example-cq@draft", "--month", "2026-03"): (2, "--register"),
    ("example-cq", "00000000"): (2, "没有哈希以"),
    ("litong", "example-cq"): (2, "litong@draft"),
    ("nowhere@draft", "example-cq"): (2, "读不了"),
    ("./nowhere", "example-cq"): (2, "读不了"),
    ("example-cq", "example-cq@draft", "--register", "--as", TOWN): (1, "wrong_role"),
    ("example-cq", "example-cq@draft", "--register", "--as", ADMIN, "--names"): (1, "wrong_role"),
    ("example-cq", "example-cq@draft", "--register", "--as", "S-nobody"): (2, "unknown"),
}


def test_what_names_nothing_and_who_may_not(house: House) -> None:
    told = {words: typed(*words) for words in WRONG}
    assert {words: (code, WRONG[words][1] in str(said)) for words, (code, said) in told.items()} == {
        words: (code, True) for words, (code, _) in WRONG.items()
    }, told


def test_a_pack_with_a_problem_is_compared_as_rules_and_never_over_a_register(
    house: House, edited: tuple[Path, Pack]
) -> None:
    folder, _ = edited
    file = folder / "policy.toml"
    file.write_text(file.read_text("utf-8").replace("value = 74 }", "value = 76 }"), "utf-8")  # two rows hit who is 75
    assert typed("example-cq", str(folder))[0] == 0
    code, said = typed("example-cq", str(folder), "--register", "--as", OFFICER)
    assert (code, "处问题" in said) == (2, True)


def test_a_pack_of_another_county_is_compared_and_said_to_be_one(house: House) -> None:
    code, said = typed("example-cq", "fengjie@draft", "--register", "--as", OFFICER)
    assert code == 0
    assert said["register"]["notes"] == [f"B 是 fengjie 的规则包，名册是 {COUNTY} 的"]
    assert counted(said["register"]["total"]) == (
        3,
        29500,
        1,
        0,
    )  # 奉节 gives the coupon too, whose ceiling is no money


def test_the_register_comes_some_at_a_time_and_each_elder_once(house: House) -> None:
    for at_once in (1, 2, 100):
        elders = list(living(house.engine, house.sealer, COUNTY, MARCH, {"born_on", "economic"}, at_once))
        assert [one.elder_id for one in elders] == ["E1", "E2", "E3", "E4", "E5", "E7"]
        assert [one.sheet.facts.keys() for one in elders][3] == {"born_on"}
        assert [one.elder_id for one in elders if one.state is not None] == ["E5"]


def test_what_a_level_gives_is_summed_as_a_ceiling(house: House, edited: tuple[Path, Pack]) -> None:
    folder, _ = edited
    with writing(house.engine) as connection:
        connection.execute(
            insert(table_of(t.LevelRow)).values(
                elder_id="E1", level="severe", round=1, assessed_on=date(2026, 2, 1), object_by=NOW, confirmed_by="S",
                confirmed_at=NOW, expired=False,
            )
        )  # fmt: skip
        connection.execute(
            insert(table_of(t.StatedFact)).values(
                id="E1-lives", elder_id="E1", n=9, code="lives_here", on=date(2026, 1, 1), taken_back=False,
                value_enc=house.sealer.seal(VALUE.dump_json(True)), source=FactSource.VISIT.value, stated_by="S",
                stated_at=NOW,
            )
        )  # fmt: skip
    code, said = typed("example-cq", str(folder), "--register", "--month", "2026-03", "--as", OFFICER)
    total = said["register"]["total"]
    assert (code, total["a"]["ceiling_fen"], total["b"]["ceiling_fen"]) == (0, 80000, 80000)
    assert (total["a"]["fen"], total["b"]["fen"]) == (29500, 63000)
    code, said = typed("example-cq", str(folder), "--register", "--month", "2027-01", "--as", OFFICER)
    total = said["register"]["total"]
    assert (total["a"]["ceiling_fen"], total["b"]["ceiling_fen"]) == (0, 0)  # the coupon's row ends with 2026
