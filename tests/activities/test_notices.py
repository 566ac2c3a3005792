"""告知书: who was told what is done with their data, which version, when and by whom; kept with the elder."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from adapters.database import reading
from adapters.roster_files import Roster, read_roster
from models.roster import ElderRow, NoticeGiven, RosterKind
from models.tables import ElderNotice, RegisterChange, table_of
from tests.activities.counties import LATER, WANG, County
from tests.activities.test_roster_files import GOOD, ON, TOWNSHIPS, as_csv

COLUMNS = ("告知书版本", "告知日期", "告知人")
FIRST = NoticeGiven(version="第1版", given_on=date(2026, 1, 5), given_by="吴示知")


def read(*cells: str) -> Roster:
    row = GOOD | dict(zip(COLUMNS, cells, strict=True))
    return read_roster(as_csv(RosterKind.ELDERS, [row], COLUMNS), RosterKind.ELDERS, TOWNSHIPS, ON)


def held(county: County) -> dict[str, tuple[Any, str]]:
    rows = county.rows(ElderNotice)
    return {r["version"]: (r["given_on"], r["given_by_enc"]) for r in rows}


@pytest.mark.parametrize("written", ["2026-01-05", "2026/1/5", "2026年1月5日", "2026-01-05 00:00:00"])
def test_the_three_cells_are_read_together(written: str) -> None:
    [row] = read("第1版", written, "吴示知").rows
    assert isinstance(row, ElderRow)
    assert row.notice == FIRST


def test_blank_cells_and_missing_columns_say_nothing() -> None:
    plain = read_roster(as_csv(RosterKind.ELDERS, [GOOD]), RosterKind.ELDERS, TOWNSHIPS, ON)
    for roster in (read("", "", ""), plain):
        [row] = roster.rows
        assert isinstance(row, ElderRow)
        assert row.notice is None


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        (("第1版", "", "吴示知"), "告知日期", "告知书版本、告知日期、告知人须一起填"),
        (("", "2026-01-05", "吴示知"), "告知书版本", "告知书版本、告知日期、告知人须一起填"),
        (("第1版", "上个月", "吴示知"), "告知日期", "应写日期，如 2026-03-02"),
        (("第1版", "2026-02-30", "吴示知"), "告知日期", "应写日期，如 2026-03-02"),
        (("第1版", "2026-03-03", "吴示知"), "告知日期", "不能晚于今天"),
    ],
)
def test_what_cannot_be_is_refused_by_name(cells: tuple[str, str, str], column: str, reason: str) -> None:
    roster = read(*cells)
    assert (roster.rows, [(r.column, r.reason) for r in roster.refused]) == ((), [(column, reason)])


def test_each_version_is_kept_with_its_day_and_the_same_list_twice_changes_nothing(county: County) -> None:
    told = WANG.model_copy(update=dict(notice=FIRST))
    county.bring(told)
    assert county.bring(told, at=LATER).unchanged == 1
    assert county.bring(WANG, at=LATER).unchanged == 1  # a list that does not say takes nothing away
    second = NoticeGiven(version="第2版", given_on=date(2026, 3, 20), given_by="郑例闻")
    assert county.bring(WANG.model_copy(update=dict(notice=second)), at=LATER).updated == 1
    assert held(county) == {"第1版": (date(2026, 1, 5), "吴示知"), "第2版": (date(2026, 3, 20), "郑例闻")}
    assert county.rows(RegisterChange) == []


def test_a_version_said_otherwise_keeps_what_was_said_before(county: County) -> None:
    county.bring(WANG.model_copy(update=dict(notice=FIRST)))
    other = FIRST.model_copy(update=dict(given_on=date(2026, 1, 6)))
    assert county.bring(WANG.model_copy(update=dict(notice=other)), at=LATER).updated == 1
    assert held(county) == {"第1版": (date(2026, 1, 6), "吴示知")}
    [change] = county.rows(RegisterChange)
    assert (change["field"], change["old_enc"], change["at"]) == ("notice", "第1版 2026-01-05 吴示知", LATER)
    with reading(county.engine) as connection:
        [stored] = connection.execute(select(table_of(ElderNotice).c.given_by_enc)).scalars()
    assert "吴示知".encode() not in stored
