"""An assessment at the counter, from the request to an objection: each step as its person types it, and each slip."""

from __future__ import annotations

import asyncio
import json
import re
import tomllib
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from typer.testing import CliRunner

from adapters.database import reading, writing
from commands.assessment_sheet import read
from decisions.deadlines import civil_day
from models.policy import Category
from models.tables import ElderCategory, LedgerRow, LetterRow, Note, table_of
from models.typed_sheet import SheetWrong
from policies import scales
from starter import app
from tests.decisions.ability_cases import points
from tests.stories import test_steps
from tests.stories.assessing import level, rounds, settle_in
from tests.stories.test_steps import COUNTY_OFFICER, GRID, TOWNSHIP
from tests.stories.world import World, county

SECRETS = ("王示丁的女儿", "示例一村1组2号", "档案盒3第12页", "两人一起看老人吃饭", "女儿觉得偏轻", "示例报告7号")


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with county(tmp_path, elders=4) as made:
        monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
        monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", made.house.settings.temporal_address)
        settle_in(made)
        yield made


def filled_in(folder: Path, today: str, total: int, **changes: str) -> str:
    """The empty sheet as it is printed, filled in by hand. `changes`: path, its dots as __, to what stands there."""
    written = {
        "signed_on": today, "place.kind": '"home"', "place.where": '"示例一村1组2号"',
        "provider.relation": '"child"',
        "provider.person": '"王示丁的女儿 19200000077"', "provider.signed_on": today, "consent.by": '"elder"',
        "consent.how": '"fingerprint"', "consent.given_on": today, "consent.notice_version": '"2026-1"',
        "consent.document": '"档案盒3第12页"', "answers.assessed_on": today, "answers.coma": "false",
        "answers.diagnoses": "[]", "answers.events": "[]",
        **{f"answers.scores.{item}": str(n) for item, n in points(total).items()},
    }  # fmt: skip
    written |= {path.replace("__", "."): value for path, value in changes.items()}
    table, lines = "", list[str]()
    for line in CliRunner().invoke(app, ["assessment", "form"]).stdout.splitlines():
        table = f"{found[1]}." if (found := re.match(r"\[(.+?)\]", line)) else table
        key = re.match(r'"?([\w.]+)"? = ""', line)
        path = f"{table}{key[1]}" if key else ""
        lines.append(f"{line.partition('=')[0]}= {written[path]}" if path in written else line)
    file = folder / f"sheet-{len(list(folder.glob('sheet-*')))}.toml"
    file.write_text("\n".join(lines), "utf-8")
    return str(file)


class Counter(test_steps.Counter):
    """The counter, with a sheet to fill in. `step` answers what was recorded, or why not."""

    def __init__(self, world: World, folder: Path) -> None:
        super().__init__(world)
        self.folder = folder

    async def step(self, *words: str, staff: str) -> str:
        code, said = await self("assessment", *words, staff=staff)
        assert isinstance(said, dict), said
        assert code == {True: 0, False: 1}[said["accepted"]] or said["refusal"].startswith("sheet"), said
        return said["refusal"] or " ".join(said["recorded"])

    async def show(self, elder: str = "E1", staff: str = TOWNSHIP, *more: str) -> dict[str, Any]:
        code, said = await self("assessment", "show", elder, *more, staff=staff)
        assert code == 0, said
        return said

    async def told(self, *words: str, staff: str) -> str:
        result = await asyncio.to_thread(
            CliRunner().invoke, app, ["assessment", *words, "--as", staff], env={"COLUMNS": "300"}
        )
        assert result.exit_code == 0, result.output
        return result.output

    def sheet(self, total: int, **changes: str) -> str:
        return filled_in(self.folder, civil_day(self.world.clock).isoformat(), total, **changes)


async def test_an_assessment_with_a_dispute_a_return_and_an_objection(world: World, tmp_path: Path) -> None:
    do = Counter(world, tmp_path)
    assert await do.step("name", "E1", "A-1", "A-2", staff=TOWNSHIP) == "not_assessed"
    assert await do.step("submit", "E1", do.sheet(50), staff="A-1") == "not_assessed"
    assert await do.step("object", "E1", "--note", "偏轻", staff=GRID) == "not_assessed"
    assert (await do.show())["stage"] is None and "还没有人申请过评估" in await do.told("show", "E1", staff=GRID)
    assert (await do("assessment", "request", "E1", "--application", staff=GRID))[0] == 2
    assert "AssessmentRequested" in await do.step("request", "E1", "--application", "--note", "女儿申请", staff=GRID)
    assert await do.step("request", "E1", "--change", staff=GRID) == "TriggerNoted"

    # Two of one body, and nobody else.
    assert await do.step("name", "E1", "A-1", "A-2", staff=GRID) == "wrong_role"
    assert await do.step("name", "E1", "A-1", "A-1", staff=TOWNSHIP) == "same_person"
    assert await do.step("name", "E1", "A-1", GRID, staff=TOWNSHIP) == "no_body"
    assert await do.step("confirm", "E1", staff="A-2") == "not_this_step"
    assert await do.step("name", "E1", "A-1", "A-2", staff=TOWNSHIP) == "AssessorsNamed"
    held = (await do.show())["round"]
    assert (held["first"], held["second"], held["body"], held["trigger"]) == ("A-1", "A-2", "B1", "application")
    code, said = await do("assessment", "list", staff="A-2")
    assert (code, [row["elder_id"] for row in said["open"]], said["stages"]["assessing"]) == (0, ["E1"], 1)
    assert (await do("assessment", "list", staff="A-3"))[1]["open"] == []

    # The sheet: all that is wrong with it is told at once, with its line, and nothing is written.
    before = notes(world)
    half = do.sheet(50, answers__coma='""', **{"answers.scores.B.1.1": '""'})
    code, said = await do("assessment", "submit", "E1", half, staff="A-1")
    assert (code, said["refusal"], [at["at"] for at in said["found"]]) == (2, "sheet_incomplete", ["A.5.11", "B.1.1"])
    assert [lines_of(half)[at["line"] - 1].partition(" = ")[0] for at in said["found"]] == ["coma", '"B.1.1"']
    over = do.sheet(50, **{"answers.scores.B.2.4": "4", "answers.scores.B.3.7": "2"})
    _, said = await do("assessment", "submit", "E1", over, staff="A-1")
    assert [(at["at"], at["why"].split("：")[1]) for at in said["found"]] == [
        ("B.2.4", "4分超过最高3分"), ("B.3.7", "2分超过最高1分"),
    ]  # fmt: skip
    wrong = do.sheet(50, place__kind='"house"', consent__document='""', signed_on='"today"', answers__coma='"no"')
    _, said = await do("assessment", "submit", "E1", wrong, staff="A-1")
    why = {at["at"]: at["why"] for at in said["found"]}
    assert why.keys() == {"place.kind", "consent.document", "signed_on", "answers.coma"}
    assert "'home'" in why["place.kind"] and why["consent.document"] == "没有写" and "日期" in why["signed_on"]
    tomorrow = (civil_day(world.clock) + timedelta(days=1)).isoformat()
    early = do.sheet(50, answers__assessed_on=tomorrow, provider__person='""', consent__by='"guardian"')
    _, said = await do("assessment", "submit", "E1", early, staff="A-1")
    assert {at["at"] for at in said["found"]} == {"answers.assessed_on", "provider.person", "consent.person"}
    nothing = str(tmp_path / "none.toml")
    assert (await do("assessment", "submit", "E1", nothing, staff="A-1"))[1]["refusal"] == "unreadable"
    assert notes(world) == before
    good = do.sheet(46)
    assert await do.step("submit", "E1", good, staff="A-2") == "not_the_assessor"
    assert await do.step("submit", "E1", good, staff="A-1") == "SheetSubmitted"

    # The second signs all but one item, on which the two agree.
    told = await do.told("show", "E1", "--sheet", staff="A-2")
    for line in ("家中；信息提供者：子女", "本人同意（按手印），告知书 2026-1", "B.1.1 进食：4分", "A.4 疾病诊断：无"):
        assert line in told, (line, told)
    assert (await do("assessment", "show", "E1", "--sheet", staff="A-3"))[1]["refusal"] == "not_the_assessor"
    assert (await do("assessment", "confirm", "E1", "--disputed", "B.9.9=1", staff="A-2"))[0] == 2
    assert (await do("assessment", "confirm", "E1", "--disputed", "B.1.1", staff="A-2"))[0] == 2
    assert await do.step("confirm", "E1", "--disputed", "B.1.1=4", staff="A-2") == "not_disputed"
    assert await do.step("confirm", "E1", "--disputed", "B.1.1=3", staff="A-2") == "SheetConfirmed"
    assert (await do.show())["round"]["disputed"] == [{"item": "B.1.1", "first": 4, "second": 3}]
    assert (await do("assessment", "settle", "E1", "B.1.1=3", staff="A-1"))[0] == 2
    assert await do.step("settle", "E1", "B.1.2=3", "--reason", "看错", staff="A-1") == "not_disputed"
    settled = ("settle", "E1", "B.1.1=3", "--reason", "两人一起看老人吃饭")
    assert await do.step(*settled, staff="A-1") == "SheetSettled LevelProposed"
    held = (await do.show())["round"]
    assert (held["proposed"], held["scored"]["total"], held["checked"]) == ("severe", 45, "对照国标原文核对: 否")
    assert sum(section["score"] for section in held["scored"]["sections"]) == 45

    # Not confirmed, assessed again, and confirmed by another than who found it.
    assert await do.step("level", "E1", "moderate", staff=TOWNSHIP) == "other_level"
    assert (await do("assessment", "return", "E1", "--note", " ", staff=TOWNSHIP))[0] == 2
    assert await do.step("return", "E1", "--note", "没有看如厕", staff=TOWNSHIP) == "SheetReturned"
    again = do.sheet(60, answers__diagnoses='[{ code = "F00" }]')
    assert await do.step("submit", "E1", again, staff="A-1") == "SheetSubmitted"
    assert await do.step("confirm", "E1", staff="A-2") == "SheetConfirmed LevelProposed"
    assert await do.step("level", "E1", "severe", staff=TOWNSHIP) == "LevelConfirmed"
    told = await do.told("show", "E1", staff=GRID)
    for line in (
        "没有在办的评估", "等级：重度失能（第1次", "总分60，初步等级中度失能，等级重度失能", "（F00）：上调一级",
        "对照国标原文核对: 否", "用途：本县没有规定",
    ):  # fmt: skip
        assert line in told, (line, told)
    assert level(world).level == "severe"

    # The family objects: others assess, who were not there.
    assert await do.step("object", "E1", "--note", "女儿觉得偏轻", staff=GRID) == "LevelObjected AssessmentRequested"
    assert await do.step("name", "E1", "A-1", "A-3", staff=TOWNSHIP) == "assessed_before"
    assert "复评须换人，不能再由 A-1、A-2 评估" in await do.told("show", "E1", staff=TOWNSHIP)
    assert await do.step("name", "E1", "A-3", "A-4", staff=TOWNSHIP) == "AssessorsNamed"
    assert [row.trigger for row in rounds(world)] == ["application", "objection"]
    table = await do.told("list", staff=TOWNSHIP)
    assert "异议复评" in table and "待评估1件；过期0件" in table
    await world.days_pass(40)
    assert (await do("assessment", "list", staff=COUNTY_OFFICER))[1]["late"] == 1
    assert await do.step("object", "E1", "--note", "又觉得偏轻", staff=GRID) == "objection_too_late"
    nothing_in_words(world)


async def test_a_result_from_elsewhere_a_refusal_and_a_scan(world: World, tmp_path: Path) -> None:
    do, today = Counter(world, tmp_path), civil_day(world.clock).isoformat()

    def elsewhere(on: str = today, standard: str = "gbt42195-2022", more: tuple[str, ...] = ()) -> tuple[str, ...]:
        body, paper = ("--body", "52500236MJP000001A"), ("--document", "示例报告7号")
        return ("result", "E3", "--level", "moderate", "--standard", standard, "--on", on, *body, *paper, *more)

    assert await do.step(*elsewhere(standard="mzt039"), staff=TOWNSHIP) == "standard_not_taken"
    assert await do.step(*elsewhere("2024-06-30"), staff=TOWNSHIP) == "too_old"
    assert (await do("assessment", *elsewhere(standard="国标"), staff=TOWNSHIP))[0] == 2
    assert "LevelProposed" in await do.step(*elsewhere(more=("--total", "50")), staff=TOWNSHIP)
    assert await do.step("level", "E3", "moderate", staff=TOWNSHIP) == "same_person"
    assert await do.step("level", "E3", "moderate", staff=COUNTY_OFFICER) == "LevelConfirmed"
    assert "由 52500236MJP000001A 于" in await do.told("show", "E3", staff=GRID)

    assert "AssessmentRequested" in await do.step("request", "E2", staff=GRID)
    assert await do.step("refuse", "E2", "--note", "老人说不用", staff=GRID) == "AssessmentRefused"
    assert await do.step("refuse", "E2", "--note", "老人说不用", staff=GRID) == "not_this_step"

    # Three are newly listed; one has a level, one refused, and the fourth is asked for, once.
    with writing(world.house.engine) as connection:
        for elder in ("E2", "E3", "E4"):
            row = dict(elder_id=elder, category=Category.DESTITUTE.value, from_on=civil_day(world.clock), source="test")
            connection.execute(insert(table_of(ElderCategory)).values(row))
    assert (await do("assessment", "scan", staff=GRID))[1]["refusal"] == "wrong_role"
    found = {"elder_id": "E4", "trigger": "poor", "on": today}
    none = {"turned_80": 0, "poor": 1, "disabled": 0}
    code, said = await do("assessment", "scan", "--dry-run", staff=TOWNSHIP)
    counts = {"asked": 0, "later": 0, "refused": 0, "triggers": none}
    assert (code, said) == (0, {"dry_run": True, "found": [found]} | counts)
    assert rounds(world, "E4") == []
    code, said = await do("assessment", "scan", staff=TOWNSHIP)
    assert (code, said["found"], said["asked"]) == (0, [found], 1)
    assert (await do("assessment", "scan", staff=COUNTY_OFFICER))[1]["found"] == []
    assert [(row.trigger, row.stage) for row in rounds(world, "E4")] == [("poor", "naming")]
    assert "共0人（满80周岁0人，新列低保、特困0人，新列失能、失智0人）" in await do.told("scan", staff=TOWNSHIP)
    nothing_in_words(world)


def lines_of(file: str) -> list[str]:
    return Path(file).read_text("utf-8").splitlines()


def notes(world: World) -> int:
    with reading(world.house.engine) as connection:
        return len(connection.execute(select(table_of(Note).c.id)).all())


def nothing_in_words(world: World, secrets: tuple[str, ...] = SECRETS) -> None:
    """What was typed stands sealed as notes, and neither in the ledger nor in a letter."""
    seal = world.house.sealer
    with reading(world.house.engine) as connection:
        kept = "".join(seal.open(row.text_enc) for row in connection.execute(select(table_of(Note))))
        tables = [connection.execute(select(table_of(model))).all() for model in (LedgerRow, LetterRow)]
    bodies = [seal.open(row.body_enc) for rows in tables for row in rows]
    assert bodies and any(secret in kept for secret in secrets)
    assert not [body for body in bodies for secret in secrets if secret in body or json.dumps(secret)[1:-1] in body]


def test_the_empty_sheet_asks_for_each_item_and_presumes_no_answer() -> None:
    printed = CliRunner().invoke(app, ["assessment", "form"]).stdout
    read = tomllib.loads(printed)
    assert set(read["answers"]["scores"].values()) == {""} and len(read["answers"]["scores"]) == 26
    assert {read["answers"][field] for field in ("coma", "diagnoses", "events")} == {""}
    assert "对照国标原文核对: 否" in printed and "#   4  独立使用器具进食并咽下" in printed


def test_a_sheet_may_come_as_json_and_in_a_coma_without_points(tmp_path: Path) -> None:
    today = date(2026, 11, 27)
    blank = {f"answers.scores.{item}": '""' for item in points(0)}
    file = filled_in(
        tmp_path, today.isoformat(), 0, answers__coma="true", answers__diagnoses='""', answers__events='""', **blank
    )
    held, as_json = tomllib.loads("\n".join(lines_of(file))), tmp_path / "sheet.json"
    as_json.write_text(json.dumps(held, ensure_ascii=False, default=str), "utf-8")
    for given in (Path(file), as_json):
        sheet, comes_to = read(given, scales.load(), today)
        assert (sheet.provider.relation, comes_to.final, comes_to.total) == ("child", "complete", None)
    for text, at in (("[]", ""), ("{}", "signed_on"), ("{", "sheet.json")):
        as_json.write_text(text, "utf-8")
        with pytest.raises(SheetWrong) as wrong:
            read(as_json, scales.load(), today)
        assert (wrong.value.found[0].at, wrong.value.found[0].line) == (at, None)
