"""The register by import: once, twice, killed in the middle, only looked at; who becomes a case, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from adapters.areas import townships_of
from adapters.register_work import UnknownArea
from adapters.roster_files import read_roster
from adapters.roster_store import RosterStore
from adapters.sample import write_sample
from adapters.sql_register import SqlRegister
from models.letters import LETTER, StartCase
from models.roster import (
    AnyRow,
    ChunkCounts,
    CloseRoster,
    ElderFacts,
    ImportChunk,
    OpenRoster,
    RegisterList,
    RosterKind,
    RosterShape,
    Standing,
)
from models.tables import (
    Elder,
    ElderAddress,
    LetterRow,
    Pairing,
    Post,
    RosterFile,
    Volunteer,
)
from tests.activities.counties import AT, BY, LATER, LI, NOBODY, WANG, County, a_county, sha256_of, standing_of


def bring_all(county: County, sample: dict[RosterKind, tuple[AnyRow, ...]], at: datetime = AT) -> list[ChunkCounts]:
    return [
        county.register.import_rows(kind, sample[kind], BY, at, sha256=sha256_of(sample[kind])) for kind in RosterKind
    ]


def test_the_same_lists_twice_change_nothing(county: County, sample: dict[RosterKind, tuple[AnyRow, ...]]) -> None:
    elders, volunteers, staff = bring_all(county, sample)
    assert (elders.created, elders.cases, elders.register_only, elders.letters) == (63, 60, 3, 60)
    assert (volunteers.created, volunteers.notes, staff.created) == (8, (), 23)
    assert volunteers.pairings == len(county.rows(Pairing)) > 10
    before = county.everything()
    again = bring_all(county, sample, LATER)
    assert [counts.unchanged for counts in again] == [63, 8, 23]
    assert [counts.created + counts.updated + counts.letters + counts.pairings for counts in again] == [0, 0, 0]
    assert county.everything() == before
    assert before["register_change"] == []


def test_the_sample_has_couples_an_elder_volunteer_and_an_officer_with_two_posts(
    county: County, sample: dict[RosterKind, tuple[AnyRow, ...]]
) -> None:
    bring_all(county, sample)
    households = [row["household_id"] for row in county.rows(Elder)]
    assert {households.count(one) for one in households} == {1, 2}
    assert sum(row["elder_id"] is not None for row in county.rows(Volunteer)) == 1
    holders = [row["holder_id"] for row in county.rows(Post)]
    assert len(set(holders)) == len(holders) - 1
    homes = [(row["elder_id"], row["kind"]) for row in county.rows(ElderAddress)]
    assert any(homes.count(home) == 2 for home in homes)


def test_killed_in_the_middle_and_run_again_is_as_if_never_killed(another: Callable[[], str], tmp_path: Path) -> None:
    write_sample(tmp_path, elders=1200, volunteers=40)
    content = (tmp_path / "elders.csv").read_bytes()
    rows = read_roster(content, RosterKind.ELDERS, townships_of("fengjie"), AT.date()).rows
    whole = a_county(another(), tmp_path / "keys.json")
    whole.bring(*rows)
    asked = 0

    def dies(facts: ElderFacts) -> tuple[Standing, str]:
        nonlocal asked
        asked += 1
        if asked > 800:
            raise KeyboardInterrupt
        return standing_of(facts)

    broken = a_county(another(), tmp_path / "keys.json")
    dying = SqlRegister(broken.engine, broken.sealer, dies, "fengjie")
    with pytest.raises(KeyboardInterrupt):
        dying.import_rows(RosterKind.ELDERS, rows, BY, AT, sha256=sha256_of(rows))
    assert len(broken.rows(Elder)) == len(broken.rows(LetterRow)) == 500  # whole chunks, each with its letters
    counts = broken.bring(*rows)
    assert (counts.unchanged, counts.created) == (500, len(rows) - 500)
    assert broken.everything() == whole.everything()
    for made in (whole, broken):
        made.engine.dispose()


def test_who_is_a_case_gets_one_letter_that_waits_for_the_start(county: County) -> None:
    none = WANG.model_copy(update=dict(line=4, id_number="50023619520203904X", categories=(), phone=None))
    unknown = none.model_copy(update=dict(line=5, id_number="500236195302039050", categories_stated=False))
    counts = county.bring(WANG, none, unknown, start_on=date(2026, 4, 1))
    assert (counts.cases, counts.register_only, counts.cannot_decide, counts.letters) == (1, 1, 1, 1)
    [letter] = county.rows(LetterRow)
    elder = next(row for row in county.rows(Elder) if row["name_enc"] == "王示福" and row["standing"] == "case")
    assert (letter["id"], letter["state"], letter["kind"]) == (f"start-{elder['id']}", "due", "start_case")
    assert letter["send_not_before"] == datetime(2026, 3, 31, 16, tzinfo=UTC)  # midnight in Asia/Shanghai
    assert elder["start_on"] == date(2026, 4, 1)
    body = LETTER.validate_json(letter["body_enc"])
    assert isinstance(body, StartCase)
    assert (body.elder_id, body.workflow_id) == (elder["id"], f"case/{elder['id']}")
    assert body.township_id == county.register.township_id("白帝镇") == elder["township_id"]
    assert {r["standing"]: r["standing_reason"] for r in county.rows(Elder)} == {
        "case": "special",
        "register_only": "in_no_group",
        "cannot_decide": "categories",
    }
    county.bring(WANG, at=LATER, start_on=date(2026, 9, 1))  # a start already given does not move
    assert county.rows(LetterRow) == [letter]


def test_a_start_in_the_past_waits_for_nothing(county: County) -> None:
    county.bring(WANG, start_on=date(2026, 1, 1))
    assert county.rows(LetterRow)[0]["send_not_before"] == AT


def test_cases_start_only_in_the_township_that_is_named(county: County) -> None:
    elsewhere = LI.model_copy(update=dict(township="夔门街道", village="示例一社区"))
    assert county.bring(WANG, elsewhere, township="白帝镇").letters == 1
    assert {r["name_enc"]: r["start_on"] for r in county.rows(Elder)} == {"王示福": AT.date(), "李例寿": None}
    then = county.bring(WANG, elsewhere, at=LATER, township="夔门街道")
    assert (then.letters, then.updated, then.unchanged) == (1, 1, 1)
    with pytest.raises(UnknownArea):
        county.bring(WANG, township="外县镇")


def test_a_dry_run_counts_and_keeps_nothing(county: County) -> None:
    before = county.everything()
    counts, lists = county.register.rehearse(RosterKind.ELDERS, (WANG, LI, NOBODY), BY, AT, sha256="a" * 64)
    assert [row.why for row in lists[RegisterList.NO_CASE]] == ["in_no_group"]
    assert (counts.created, counts.letters, counts.new_villages) == (3, 2, 1)
    assert county.everything() == before


def test_a_file_is_kept_sealed_and_read_chunk_by_chunk(county: County, tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", elders=60, volunteers=8)
    content = (tmp_path / "sample" / "elders.csv").read_bytes()
    store = RosterStore(tmp_path / "rosters", county.sealer, lambda _: county.register, "fengjie")
    sha256 = store.keep(content + b"x,y\n")
    assert store.keep(content + b"x,y\n") == sha256
    [path] = (tmp_path / "rosters").iterdir()
    assert "示例".encode() not in path.read_bytes()
    wanted = OpenRoster(sha256=sha256, kind=RosterKind.ELDERS, on=AT.date())
    shape = store.open_roster(wanted, lambda _: None)
    assert (shape.rows, shape.accepted, shape.refused, shape.refusals[0].line) == (64, 63, 1, 65)
    chunk = ImportChunk(sha256=sha256, kind=RosterKind.ELDERS, offset=0, limit=40, by=BY, at=AT, on=AT.date())
    fresh = RosterStore(tmp_path / "rosters", county.sealer, lambda _: county.register, "fengjie")
    first = fresh.import_chunk(chunk, lambda _: None)
    rest = fresh.import_chunk(chunk.model_copy(update=dict(offset=40)), lambda _: None)
    assert (first.created, rest.created, first.plus(rest).cases) == (40, 23, 60)
    assert fresh.import_chunk(chunk, lambda _: None).unchanged == 40
    for unchanged in (0, 63):
        fresh.close_roster(
            CloseRoster(sha256=sha256, kind=RosterKind.ELDERS, by=BY, at=AT, shape=shape, unchanged=unchanged)
        )
    assert [(row["rows"], row["unchanged"]) for row in county.rows(RosterFile)] == [(64, 0)]


def test_what_cannot_be_imported_is_an_answer_not_a_fault(county: County, tmp_path: Path) -> None:
    store = RosterStore(tmp_path / "rosters", county.sealer, lambda _: county.register, "fengjie")
    wanted = OpenRoster(sha256=store.keep("姓名\n".encode()), kind=RosterKind.STAFF, on=AT.date())
    assert "缺少列" in str(store.open_roster(wanted, lambda _: None).unreadable)
    elsewhere = wanted.model_copy(update=dict(township="外县镇"))
    assert store.open_roster(elsewhere, lambda _: None) == RosterShape(unreadable="本县没有这个乡镇（街道）")
