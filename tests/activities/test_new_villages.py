"""A village the register did not have is added, and the nearest name of its township is said: it may be a slip."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from commands.roster import roster_app
from models.roster import ChunkCounts, ElderRow, NewVillage, RosterShape, Welfare
from models.tables import Area
from tests.activities.counties import LATER, LI, NOBODY, WANG, County
from tests.activities.test_roster_commands import Desk

KUIMEN = "夔门街道"


def at(row: ElderRow, village: str, township: str = WANG.township) -> ElderRow:
    return row.model_copy(update={"township": township, "village": village})


def villages(county: County) -> list[str]:
    return sorted(row["name"] for row in county.rows(Area) if row["kind"] == "village")


def test_the_nearest_known_name_of_its_township_is_said_or_that_there_is_none(county: County) -> None:
    county.bring(at(WANG, "三河村"))
    counts = county.bring(at(LI, "三合村"), at(NOBODY, "龙洞社区"), at=LATER)
    assert counts.villages == (
        NewVillage(line=3, township="白帝镇", name="三合村", near="三河村"),
        NewVillage(line=4, township="白帝镇", name="龙洞社区", near=None),
    )
    assert (counts.new_villages, villages(county)) == (2, ["三合村", "三河村", "龙洞社区"])


def test_a_name_of_another_township_is_not_near(county: County) -> None:
    county.bring(at(WANG, "三河村"))
    assert [one.near for one in county.bring(at(LI, "三合村", KUIMEN), at=LATER).villages] == [None]


def test_a_village_that_is_known_by_now_is_no_news(county: County) -> None:
    county.bring(at(WANG, "三河村"))
    county.bring(at(LI, "三合村"), at=LATER)
    again = county.bring(at(LI, "三合村").model_copy(update={"welfare": Welfare.NONE}), at=LATER)
    assert (again.villages, again.new_villages, villages(county)) == ((), 0, ["三合村", "三河村"])


def test_the_import_says_both_names_side_by_side(tmp_path: Path) -> None:
    file = tmp_path / "elders.csv"
    file.write_text("")
    desk = Desk(RosterShape(rows=2, accepted=2, refused=0))
    named = (("三合村", "三河村"), ("龙洞社区", None))
    new = tuple(NewVillage(line=n, township="白帝镇", name=name, near=near) for n, (name, near) in enumerate(named, 3))
    desk.counts = ChunkCounts(new_villages=2, villages=new)
    lines = CliRunner().invoke(roster_app(lambda: desk), ["import", str(file), "--kind", "elders"]).stdout.splitlines()
    for name, near in named:
        assert any(name in line and (near or "没有相近的") in line for line in lines), lines
