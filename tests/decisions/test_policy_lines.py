"""A problem is told with its file and line; a sixth county begins with questions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policies import pack
from policies.check import check
from policies.drafting import BLANK, scaffold, still_to_do
from policies.locate import line_of
from policies.pack import counties, load
from policies.schema import sourced, unsaid
from starter import app
from tests.decisions.planting import in_a_folder, line_after

TEXT = '''# a remark with county = "x" in it
county = "fengjie"
high_risk = { value = ["独居", "a ] b"], default = """not = here
[nor.here]""" }

[document]
title = 'kept = "as it is"'

[[groups]]
code = "rural_elder" # [[groups]]
quote = "q"

[[groups]]
code = "other"
any_of = [
    "独居", # first
    "失能",
]

[tiers.general]
reminders = [
    { days_before = 5, at = 09:00:00, default = "d" },
    { days_before = 1, default = "d" },
]
due.after = { value = "P3D", rule = "r" }

[tiers.general.ask]
at = { value = 08:30:00, default = "d" }

[[tiers.general.ladder]]
role = "grid_worker"
after = { amount = 0, unit = "hours" }

[[tiers.general.ladder]]
role = "county_officer"

[tiers.general.ladder.after]
amount = 2

[[calendar.local]]
name = "开斋节"
year = 2026

[[subsidies]]
code = "old_age"
amounts = [{ fen = 1, per = "month", quote = "q" },
    { fen = 2, per = "year", quote = "q" }]

[unknown]
"texts.slot" = "?"
"tiers.general.ask.at" = "?"
'''
PLACES = {
    "county": 'county = "fengjie"',
    "high_risk": "high_risk = ",
    "document": "[document]",
    "document.title": "title = ",
    "document.number": "[document]",
    "groups": "[[groups]]",
    "groups.rural_elder.quote": 'quote = "q"',
    "groups.other.any_of": "any_of = [",
    "tiers.general": "[tiers.general]",
    "tiers.general.reminders": "reminders = [",
    "tiers.general.reminders.2": "    { days_before = 1, default",
    "tiers.general.due.after": "due.after = ",
    "tiers.general.ask.at": "at = { value = 08:30",
    "tiers.general.ladder.grid_worker.after": "after = { amount = 0",
    "tiers.general.ladder.county_officer.after": "[tiers.general.ladder.after]",
    "tiers.general.ladder.county_officer.after.amount": "amount = 2",
    "calendar.local.开斋节.2026": "[[calendar.local]]",
    "calendar.local.开斋节.2026.days": "[[calendar.local]]",
    "subsidies.old_age.amounts.1": "amounts = [{ fen = 1",
    "subsidies.old_age.amounts.2.per": "    { fen = 2, per",
    "unknown.texts.slot": '"texts.slot" = ',
    "unknown.tiers.general.ask.at": '"tiers.general.ask.at" = ',
    "unknown.texts.slots": "[unknown]",
}


@pytest.mark.parametrize("where", PLACES)
def test_the_line_of_a_dotted_path(where: str) -> None:
    line = line_of(TEXT, where)
    assert line is not None
    assert TEXT.splitlines()[line - 1].startswith(PLACES[where])


def test_the_second_row_of_a_list_is_the_second_row() -> None:
    lines = TEXT.splitlines()
    second = [n for n, line in enumerate(lines, start=1) if line == "[[groups]]"][1]
    assert line_of(TEXT, "groups.other") == line_of(TEXT, "groups.1", first=0) == line_of(TEXT, "groups.2") == second
    first, second = (n for n, line in enumerate(lines, start=1) if line == "[[tiers.general.ladder]]")
    assert line_of(TEXT, "tiers.general.ladder.0", first=0) == first
    assert line_of(TEXT, "tiers.general.ladder.2") == second


def test_what_stands_nowhere_has_no_line() -> None:
    assert line_of(TEXT, "money.allowance_fen") is None


@pytest.mark.parametrize("county", counties())
def test_every_value_of_every_pack_is_found_where_its_source_stands(county: str) -> None:
    text = pack.file_of(county).read_text("utf-8")
    lines = text.splitlines()
    for where, row in sourced(load(county).file):
        key = "quote" if row.quote else "rule" if row.rule else "default"
        line = line_of(text, f"{where}.{key}")
        assert line is not None and re.search(rf"\b{key} = ", lines[line - 1]), (where, line)


# --- the command -----------------------------------------------------------------------------------------------------

PLANTED = {
    "a false quote": (
        'quote = "到2025年，特殊困难老年人关爱制度进一步健全"',
        'quote = "到2025年，每位老年人每周探访一次"',
        "duties.visits：the quote",
    ),
    "a gap": (
        'targets = [{ to_on = 2025-12-31, op = "=", value = 3 }]',
        'targets = [{ to_on = 2023-12-31, op = "=", value = 1 }, { from_on = 2024-02-01, op = "=", value = 3 }]',
        "kpis.community_complexes.targets.2：gap: nothing holds from 2024-01-01 to 2024-01-31",
    ),
    "a ladder to nowhere": (
        '[[contacts]]\nrole = "county_officer"',
        '[[contacts]]\nrole = "auditor"',
        "contacts.auditor：the role 'auditor' is not a rung of a ladder",
    ),
    "a rung that leads to nobody": (
        '[[ladder]]\nrole = "township_officer"',
        '[[ladder]]\nrole = "auditor"',
        "ladder.auditor：leads to nobody",
    ),
    "a shape that is none": (
        'min_age = { value = 60, rule = "《中华人民共和国老年人权益保障法》第二条" }',
        'min_age = { value = 60 }',
        "min_age：",
    ),
    "a second row of the wrong shape": ('code = "family_planning"', 'kode = "family_planning"', "groups.1.kode：Extra"),
}  # fmt: skip


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    return in_a_folder("qingshen", tmp_path, monkeypatch)


@pytest.mark.parametrize("name", PLANTED)
def test_the_check_names_file_and_line(name: str, plant: Callable[[str, str], Path]) -> None:
    old, new, told = PLANTED[name]
    made = plant(old, new)
    answer = CliRunner().invoke(app, ["policy", "check", "qingshen"])
    assert answer.exit_code == 1
    assert f"{made}:{line_after(made, new)}: {told}" in answer.stdout


def test_the_check_says_what_is_left_to_do_in_a_pack_that_is_clean() -> None:
    answer = CliRunner().invoke(app, ["policy", "check", "qingshen"])
    assert answer.exit_code == 0
    assert "qingshen：0处问题" in answer.stdout
    assert re.search(r"有\d+个值文件未规定、用的是系统默认", answer.stdout)


# --- a sixth county --------------------------------------------------------------------------------------------------


def test_a_new_county_is_a_pack_full_of_questions(plant: Callable[[str, str], Path], tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert run(app, ["policy", "new", "kaizhou"]).exit_code == 0
    assert (tmp_path / "kaizhou" / "source.txt").read_bytes() == b""
    draft = load("kaizhou", tmp_path)
    assert [row.quote for _, row in sourced(draft.file) if row.quote] == []
    assert {where for where, row in sourced(draft.file) if row.default} | set(unsaid(draft.file)) == {
        where for where in draft.file.unknown if not where.startswith("silent.")
    }
    assert {problem.where for problem in check(draft)} == {"document", "document.title", "texts.sender"}
    answer = run(app, ["policy", "check", "kaizhou"])
    assert answer.exit_code == 1
    assert "  1. 把文件原文逐字存入 source.txt" in answer.stdout
    for step in still_to_do(draft):
        assert step in answer.stdout


def test_a_county_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    made = scaffold("kaizhou", tmp_path)
    (made / "policy.toml").write_text("mine", "utf-8")
    with pytest.raises(ValueError, match="没有改动"):
        scaffold("kaizhou", tmp_path)
    assert (made / "policy.toml").read_text("utf-8") == "mine"
    for name in ("Kaizhou", "../kaizhou", ""):
        with pytest.raises(ValueError, match="小写字母"):
            scaffold(name, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kaizhou"]


def test_the_blank_asks_all_that_a_county_that_is_in_use_was_asked() -> None:
    """But what a county's own benefits leave open."""
    asked = {where for where, row in sourced(load("fengjie").file) if row.default and not where.startswith("benefits.")}
    assert asked <= tomllib.loads(BLANK.read_text("utf-8"))["unknown"].keys()


def test_a_county_is_not_founded_on_the_townships_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TANFANG_COUNTY", "qingshen")
    answer = CliRunner().invoke(app, ["found", "青神县"])
    assert answer.exit_code == 2
    assert "qingshen_townships.csv" in answer.output.replace("\n", "").replace(" ", "").replace("│", "")
