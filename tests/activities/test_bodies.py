"""Who assesses for which body, at the command line: the roster gives the post, the county officer the body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from adapters.areas import townships_of
from adapters.database import reading
from adapters.roster_files import read_roster
from decisions.deadlines import civil_day
from models.roster import RosterKind, StaffRow
from models.tables import BodyAssessor, Post, RegisterChange, Staff, table_of
from models.values import Actor, ActorKind, Role
from settings import Settings
from starter import app
from tests.activities.test_roster_files import STAFF, as_csv
from wiring import House

BY = Actor(id="S-clerk", kind=ActorKind.STAFF, role=Role.COUNTY_OFFICER)
OFFICER = {"姓名": "吴示丙", "岗位": "县级专干", "联系电话": "19200000090"}
TOWNSHIP = {"姓名": "吴示乙", "岗位": "乡镇专干", "乡镇/街道": "白帝镇", "联系电话": "19200000091"}
NUMBER = "52500236MJP000001A"


def assessor(n: int, **more: str) -> dict[str, str]:
    return {"姓名": "郑样" + "甲乙丙丁戊己"[n], "岗位": "评估员", "联系电话": f"1920000020{n}"} | more


@pytest.fixture
def house(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """奉节 with its staff: two officers, a grid worker, five assessors of the county and one of a township."""
    monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TANFANG_DATABASE_URL", url)
    monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
    monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", "127.0.0.1:1")
    made = House(Settings())
    made.register.found_county("奉节县", townships_of("fengjie"), date(2020, 1, 1))
    people = [OFFICER, TOWNSHIP, STAFF, *map(assessor, range(5)), assessor(5, **{"乡镇/街道": "白帝镇"})]
    bring(made, *people)
    yield made
    made.engine.dispose()


def bring(house: House, *people: dict[str, str]) -> None:
    file = as_csv(RosterKind.STAFF, list(people))
    roster = read_roster(file, RosterKind.STAFF, townships_of("fengjie"), civil_day(house.now()))
    assert roster.refused == ()
    rows = [row for row in roster.rows if isinstance(row, StaffRow)]
    house.register.import_rows(RosterKind.STAFF, rows, BY, house.now(), sha256="a" * 64)


def named(house: House) -> dict[str, str]:
    with reading(house.engine) as connection:
        rows = connection.execute(select(table_of(Staff))).all()
    return {house.sealer.open(row.name_enc): row.id for row in rows}


def typed(house: House, *words: str, staff: str = "吴示丙") -> tuple[int, Any]:
    result = CliRunner().invoke(app, [*words, "--as", named(house)[staff], "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    try:
        return result.exit_code, json.loads(result.stdout)
    except ValueError:
        return result.exit_code, result.output


def a_body(house: House, *assessors: str) -> str:
    code, said = typed(house, "body", "add", "示例评估中心", "--registered-as", NUMBER, "--from", "2026-01-01")
    assert code == 0, said
    for name in assessors:
        code, told = typed(house, "body", "assessor", said["body"], named(house)[name], "--from", "2026-01-01")
        assert (code, told["changed"]) == (0, True)
    return said["body"]


def days_on(house: House, days: int) -> str:
    return (civil_day(house.now()) + timedelta(days=days)).isoformat()


def test_many_assessors_hold_posts_in_one_county_and_one_in_a_township(house: House) -> None:
    bring(house, *map(assessor, range(5)))  # the list once more
    with reading(house.engine) as connection:
        posts = table_of(Post)
        held = connection.execute(select(posts).where(posts.c.role == Role.ASSESSOR.value)).all()
    areas = {post.holder_id: post.area_id for post in held}
    assert len(held) == len(areas) == 6
    assert [area for area in areas.values() if area == house.home] == [house.home] * 5
    assert areas[named(house)["郑样己"]] == house.register.township_id("白帝镇")


def test_the_same_assessor_twice_on_a_list_is_still_a_slip() -> None:
    twice = read_roster(
        as_csv(RosterKind.STAFF, [assessor(0), assessor(0)]),
        RosterKind.STAFF,
        townships_of("fengjie"),
        date(2026, 3, 2),
    )
    assert [row.reason for row in twice.refused] == ["同一岗位已有负责人（与第2行）"]


def test_a_body_with_fewer_than_five_is_marked_and_with_five_it_is_not(house: House) -> None:
    body = a_body(house, "郑样甲", "郑样乙", "郑样丙", "郑样己")
    [row] = typed(house, "body", "list", staff="吴示乙")[1]
    assert (row["id"], row["name"], row["registered_as"], row["enough"]) == (body, "示例评估中心", NUMBER, False)
    assert {one["name"] for one in row["assessors"]} == {"郑样甲", "郑样乙", "郑样丙", "郑样己"}
    table = CliRunner().invoke(app, ["body", "list", "--as", named(house)["吴示乙"]], env={"COLUMNS": "400"}).stdout
    assert "4人，不足5人" in table
    assert typed(house, "body", "assessor", body, named(house)["郑样丁"], "--from", days_on(house, 0))[0] == 0
    [row] = typed(house, "body", "list")[1]
    assert (len(row["assessors"]), row["enough"]) == (5, True)


def test_who_assesses_no_more_and_a_body_that_has_ended_stay_readable(house: House) -> None:
    body = a_body(house, "郑样甲", "郑样乙")
    first = named(house)["郑样甲"]
    assert typed(house, "body", "assessor", body, first, "--to", days_on(house, 0))[0] == 0
    [row] = typed(house, "body", "list")[1]
    assert [one["name"] for one in row["assessors"]] == ["郑样乙"]
    assert typed(house, "body", "assessor", body, first, "--from", days_on(house, 0))[1]["changed"]
    assert not typed(house, "body", "assessor", body, first, "--from", days_on(house, 3))[1]["changed"]
    assert typed(house, "body", "end", body, "--on", days_on(house, 0))[0] == 0
    [row] = typed(house, "body", "list")[1]
    assert (row["ended"], row["to_on"]) == (True, days_on(house, 0))
    with reading(house.engine) as connection:
        held = connection.execute(select(table_of(BodyAssessor))).all()
        changes = connection.execute(select(table_of(RegisterChange))).all()
    assert len(held) == 3
    kept = [(row.field, row.by_role) for row in changes if row.subject_id == body]
    assert kept == [(field, "county_officer") for field in ("registered_as", *["assessor"] * 4, "to_on")]


def test_the_same_number_is_the_same_body_under_its_new_name(house: House) -> None:
    body = a_body(house)
    again = typed(house, "body", "add", "示例能力评估中心", "--registered-as", f" {NUMBER.lower()}")
    assert again == (0, {"body": body})
    assert [row["name"] for row in typed(house, "body", "list")[1]] == ["示例能力评估中心"]


def test_bodies_are_the_county_officers_and_assessors_are_who_hold_the_post(house: House) -> None:
    body = a_body(house, "郑样甲")
    for words in (
        ("add", "示例", "--registered-as", "1"),
        ("end", body, "--on", "2027-01-01"),
        ("end", "B9", "--on", "2027-01-01"),
        ("assessor", body, named(house)["郑样乙"], "--from", "2027-01-01"),
    ):
        code, said = typed(house, "body", *words, staff="吴示乙")
        assert (code, said["refusal"]) == (1, "wrong_role"), words
    assert typed(house, "body", "list", staff="赵测安")[1]["refusal"] == "wrong_role"
    slips = {
        "没有评估员岗位": ("assessor", body, named(house)["赵测安"], "--from", "2026-01-01"),
        "没有 S9": ("assessor", body, "S9", "--from", "2026-01-01"),
        "没有 B9": ("end", "B9", "--on", "2026-01-01"),
        "日期早于起始日": ("assessor", body, named(house)["郑样乙"], "--from", "2025-12-31"),
        "现在不为这家机构评估": ("assessor", body, named(house)["郑样乙"], "--to", "2026-12-31"),
        "写一个": ("assessor", body, named(house)["郑样乙"]),
        "名称和登记号": ("add", " ", "--registered-as", "1"),
        "早于起始日": ("end", body, "--on", "2025-01-01"),
    }
    for why, words in slips.items():
        code, said = typed(house, "body", *words)
        assert code == 2 and why.replace(" ", "") in "".join(said.replace("│", "").split()), (words, said)
