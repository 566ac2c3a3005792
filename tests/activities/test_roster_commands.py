"""What the two commands print, and that they pass on what was asked. The desk is a fake by hand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from adapters.sample import write_sample
from adapters.sample_messy import write_messy
from commands.roster import RosterReport, Told, roster_app
from commands.sample import sample_command
from models.roster import CaseStarts, ChunkCounts, RefusedRow, RosterKind, RosterProgress, RosterShape

REFUSED = (RefusedRow(line=3, column="姓名", reason="不能为空"), RefusedRow(line=3, column="性别", reason="不能为空"))


class Desk:
    def __init__(self, shape: RosterShape) -> None:
        self.shape = shape
        self.asked: tuple[object, ...] = ()

    def import_file(
        self,
        file: Path,
        kind: RosterKind,
        staff: str | None,
        start_on: date | None,
        township: str | None,
        full: bool,
        dry_run: bool,
        told: Told,
        refused_to: Path | None = None,
    ) -> RosterReport:
        self.asked = (file.name, kind, staff, start_on, township, full, dry_run)
        counts = ChunkCounts(created=60, cases=57, letters=50, not_started=7, register_only=3, asked=2)
        progress = RosterProgress(kind=kind, sha256="a" * 64, shape=self.shape, done=60, counts=counts, finished=True)
        told(progress, self.starts())
        return RosterReport(file=file.name, dry_run=dry_run, progress=progress, refusals=REFUSED)

    def starts(self) -> CaseStarts:
        return CaseStarts(started=7, later=50)

    def refused(self, sha256: str, kind: RosterKind, staff: str) -> tuple[int, bytes]:
        self.asked = (sha256, kind, staff)
        return 1, b"PK"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "elders.csv"
    path.write_text("")
    return path


def test_an_import_says_what_was_taken_and_names_what_was_not(file: Path) -> None:
    desk = Desk(RosterShape(rows=61, accepted=60, refused=1))
    arguments = [
        "import",
        str(file),
        "--kind",
        "elders",
        "--start-on",
        "2026-04-01",
        "--township",
        "白帝镇",
        "--full",
        "--as",
        "S1",
    ]
    done = CliRunner().invoke(roster_app(lambda: desk), arguments)
    assert done.exit_code == 0
    assert desk.asked == ("elders.csv", RosterKind.ELDERS, "S1", date(2026, 4, 1), "白帝镇", True, False)
    for words in (
        "新增 60",
        "退回 1 行",
        "建档探访 57（新开始 50，未开始 7）",
        "只登记 3",
        "姓名",
        "不能为空",
        "新列待办 2",
        "starter.py roster list to-decide",
    ):
        assert words in done.stdout


def test_json_is_one_object_and_a_dry_run_is_passed_on(file: Path) -> None:
    desk = Desk(RosterShape(rows=61, accepted=60, refused=1))
    done = CliRunner().invoke(roster_app(lambda: desk), ["import", str(file), "--kind", "staff", "--dry-run", "--json"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["dry_run"], told["progress"]["counts"]["created"]) == (0, True, 60)
    assert desk.asked[1:] == (RosterKind.STAFF, None, None, None, False, True)
    assert (len(told["refusals"]), told["see"]) == (2, {})


def test_an_unreadable_file_ends_with_the_reason_and_exit_code_1(file: Path) -> None:
    desk = Desk(RosterShape(unreadable="缺少列：姓名"))
    done = CliRunner().invoke(roster_app(lambda: desk), ["import", str(file), "--kind", "elders"])
    assert (done.exit_code, "没有导入：缺少列：姓名" in done.stdout) == (1, True)


def test_the_sample_command_writes_three_files_and_says_they_are_synthetic(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command("sample")(sample_command(write_sample, write_messy))
    done = CliRunner().invoke(app, [str(tmp_path / "out"), "--elders", "10", "--volunteers", "3", "--townships", "2"])
    assert done.exit_code == 0
    assert "均为虚构" in done.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["elders.csv", "staff.csv", "volunteers.csv"]


def test_the_messy_sample_is_written_to_be_tried(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command("sample")(sample_command(write_sample, write_messy))
    done = CliRunner().invoke(app, [str(tmp_path), "--messy"])
    assert "均为虚构" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elders.xlsx", "staff.xlsx", "volunteers.xlsx"]


def test_the_refused_are_fetched_into_a_new_file_of_the_owner_only(tmp_path: Path) -> None:
    desk, to = Desk(RosterShape()), tmp_path / "back.xlsx"
    arguments = ["refused", "a" * 12, "--kind", "elders", "--as", "S1", "--to", str(to)]
    assert CliRunner().invoke(roster_app(lambda: desk), arguments).exit_code == 0
    assert (desk.asked, to.read_bytes(), to.stat().st_mode & 0o777) == (
        ("a" * 12, RosterKind.ELDERS, "S1"),
        b"PK",
        0o600,
    )
    assert CliRunner().invoke(roster_app(lambda: desk), arguments).exit_code == 2  # nothing is written over
    told = CliRunner().invoke(roster_app(lambda: desk), ["progress"])
    assert "个案已开始 7，正在开始 0，未到日期 50" in told.stdout
