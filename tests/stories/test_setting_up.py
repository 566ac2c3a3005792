"""What holds in a whole county: lists and rules. Whoever begins is not asked; then role and territory decide."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from typer.testing import CliRunner

from adapters.database import reading, writing
from models import tables as t
from models.values import Role
from starter import app
from tests.stories.test_territory import COUNTYS, MINE, house, steps
from wiring import House

THEIRS = "S-theirs"
ACTIVATE = ("--from", "2026-01-01")
__all__ = ["house"]


def types(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def two(house: House) -> House:
    """And 青神 with one officer; 利通 has nobody yet."""
    seal = house.sealer.seal
    with writing(house.engine) as c:
        for code in ("qingshen", "litong"):
            area = {"id": f"county-{code}", "kind": "county", "name": code, "from_on": date(2020, 1, 1)}
            c.execute(insert(t.table_of(t.Area)).values(area))
        person = {"name_enc": seal("吴示乙"), "phone_enc": seal("1"), "phone_index": "theirs"}
        c.execute(insert(t.table_of(t.Staff)).values(id=THEIRS, county_id="county-qingshen", **person))
        post = {"id": "P-theirs", "role": Role.COUNTY_OFFICER.value, "area_id": "county-qingshen", "holder_id": THEIRS}
        c.execute(insert(t.table_of(t.Post)).values(post))
    return house


def activated(made: House, county: str) -> list[str]:
    packs = t.table_of(t.PolicyVersion)
    with reading(made.engine) as c:
        return list(c.execute(select(packs.c.activated_by).where(packs.c.county == county)).scalars())


@pytest.mark.parametrize(("named", "kept"), [((), "operator"), (("--as", "S-first"), "S-first")])
def test_a_county_without_staff_is_set_up_by_whoever_begins(two: House, named: tuple[str, ...], kept: str) -> None:
    assert types("policy", "activate", "litong", *ACTIVATE, *named).exit_code == 0
    assert activated(two, "litong") == [kept]
    assert [step[:4] for step in steps(two)] == [(kept, "policy_install", "litong", True)]
    again = types("policy", "activate", "litong", *ACTIVATE, *named)
    assert (again.exit_code, "已经启用过" in again.output, activated(two, "litong")) == (1, True, [kept])


@pytest.mark.parametrize(
    ("named", "ends", "said"),
    [
        ((), 2, "须写"), (("--as", "S-nobody"), 2, "没有这个人员"), (("--as", MINE), 1, "岗位无此权限"),
        (("--as", COUNTYS), 1, "不在您的辖区"), (("--as", THEIRS), 1, "没有提出"),
    ],
)  # fmt: skip
def test_from_the_first_member_of_staff_on_rules_are_for_the_countys_own(
    two: House, named: tuple[str, ...], ends: int, said: str
) -> None:
    result = types("policy", "activate", "qingshen", *ACTIVATE, "--hash", "0" * 8, *named)
    assert (result.exit_code, said in result.output) == (ends, True), result.output
    assert activated(two, "qingshen") == []


@pytest.mark.parametrize(
    ("named", "ends", "said"),
    [((), 2, "须写"), (("--as", MINE), 1, "岗位无此权限"), (("--as", THEIRS), 1, "不在您的辖区")],
)
def test_so_are_its_lists(two: House, tmp_path: Path, named: tuple[str, ...], ends: int, said: str) -> None:
    file = tmp_path / "staff.csv"
    file.write_text("姓名\n", encoding="utf-8")
    result = types("roster", "import", str(file), "--kind", "staff", *named)
    assert (result.exit_code, said in result.output) == (ends, True), result.output
    assert not list(tmp_path.glob("rosters/*"))


@pytest.mark.parametrize(
    ("county", "named", "by"), [("fengjie", ("--as", COUNTYS), COUNTYS), ("litong", (), "operator")]
)
def test_who_may_is_written_down_with_the_list_and_the_engine_is_asked(
    two: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, county: str, named: tuple[str, ...], by: str
) -> None:
    monkeypatch.setenv("TANFANG_COUNTY", county)
    file = tmp_path / "staff.csv"
    file.write_text("姓名,岗位,乡镇/街道,村/社区,联系电话,代理人\n吴示丙,县级专干,,,19200000013,\n", encoding="utf-8")
    result = types("roster", "import", str(file), "--kind", "staff", *named)
    assert isinstance(result.exception, RuntimeError), result.output  # no engine is there
    (kept,) = tmp_path.glob("rosters/*.roster")
    assert steps(two) == [(by, "roster_import", kept.stem, True, "asked")]
