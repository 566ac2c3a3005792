"""A payment list at the counter: looked at, decided by what was seen, exported, and held against what is stored."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from adapters import pay_sheet
from adapters.pay_sheet import HEADINGS, NotAPayList, SheetLine, pay_workbook, read_back
from adapters.roster_guard import MOST_UNPACKED
from adapters.sql_county import SqlCounty
from decisions.deadlines import civil_day
from decisions.words import in_words
from models import tables as t
from models.county_messages import CountyQuestion
from models.letters import LETTER, UpdateLetter
from models.payments import Drawn
from models.values import Role
from starter import app
from tests.activities.register import NOW
from tests.activities.test_benefit_scan import COUNTY, GRID, TOWNSHIP, Desk, desk, typed
from tests.activities.test_pay_lists import APRIL, GIVEN, MARCH, RULES

__all__ = ["desk"]

CARE = "经济困难的高龄失能老年人养老服务补贴"
HOME, APPROVER = "county-fengjie", "S-approver"
NAMES = {"E1": "王示福", "E2": "=1+1王", "E3": "李例寿"}


class Office:
    """`E1` and `E2` live in T1, `E3` in T2."""

    def __init__(self, desk: Desk) -> None:
        self.house, self.engine, self.sealer = desk.house, desk.engine, desk.sealer
        self.has, self.change, self.rows, self.case = desk.has, desk.change, desk.rows, desk.case
        desk.staff(APPROVER, "+8619200004009")
        self.has(t.Post, id="P9", role=Role.COUNTY_APPROVER.value, area_id=HOME, holder_id=APPROVER)
        for elder, more in (("E2", {}), ("E3", {"township_id": "T2", "village_id": "W2"})):
            desk.elder(elder, f"H{elder}", None, **more)
        for elder, name in NAMES.items():
            self.change(t.Elder, "id", of=elder, name_enc=self.sealer.seal(name))
        self.gives("E1")
        self.gives("E2", held=True)
        self.gives("E3", township_id="T2", village_id="W2", fen=30050, row="class_2")
        self.gives("E3", township_id="T2", village_id="W2", code="old_age", row="from_80", fen=None)

    def gives(self, elder: str, **more: Any) -> None:
        self.has(t.EntitlementRow, elder_id=elder, **GIVEN | more)

    def lists(self, state: str, month: date = MARCH, n: int = 1, **more: Any) -> Drawn:
        """The list of the month, drawn from what is known now."""
        looked_up = SqlCounty(self.engine, self.house.slice_of, lambda _: RULES, civil_day)
        drawn = looked_up.brief(CountyQuestion(county_id=HOME, at=NOW, draw=month)).drawn
        assert drawn is not None
        self.has(
            t.PayListRow, county_id=HOME, month=month, n=n, state=state, drawn_at=NOW, **drawn.model_dump(), **more
        )  # fmt: skip
        return drawn

    def handed_in(self) -> list[Any]:
        made = [LETTER.validate_json(self.sealer.open(row.body_enc)) for row in self.rows(t.LetterRow)]
        letters = [letter for letter in made if isinstance(letter, UpdateLetter)]
        assert all((letter.workflow_id, letter.elder_id) == (f"county/{HOME}", None) for letter in letters)
        return [letter.message for letter in letters]

    def read(self) -> list[tuple[str, str, str]]:
        return [(row.staff_id, row.action, row.subject_id) for row in self.rows(t.CommandRow) if row.answer == "read"]


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


# --- looking ---------------------------------------------------------------------------------------------------------


def test_a_list_is_shown_with_its_totals_and_what_is_left_out(office: Office) -> None:
    drawn = office.lists("checking")
    code, found = typed("pay", "show", staff=COUNTY)
    assert code == 0 and found["sha256"] == drawn.sha256
    assert (found["month"], found["state"], found["n"], found["lines"]) == ("2026-03-01", "checking", 1, 2)
    assert (found["fen"], found["claw_back_fen"], found["held"], found["unstated"]) == (50050, 0, 1, 1)
    assert [(one["id"], one["pay_fen"]) for one in found["by_township"]] == [("T1", 20000), ("T2", 30050)]
    assert [(one["id"], one["name"], one["fen"]) for one in found["by_benefit"]] == [("care_allowance", CARE, 50050)]
    assert "each" not in found and office.read() == [(COUNTY, "pay_show", "last")]


def test_each_line_is_shown_by_number_and_never_by_name(office: Office) -> None:
    office.lists("checking")
    _, found = typed("pay", "show", "2026-03", "--lines", staff=COUNTY)
    assert [(line["elder_id"], line["fen"], line["kind"]) for line in found["each"]] == [
        ("E1", 20000, "pay"), ("E3", 30050, "pay"),
    ]  # fmt: skip
    shown = CliRunner().invoke(app, ["pay", "show", "2026-03", "--lines", "--as", COUNTY]).stdout
    assert "待核对" in shown and "应发 500.50 元" in shown and not any(name in shown for name in NAMES.values())


def test_a_township_sees_its_own_lines_of_it(office: Office) -> None:
    office.lists("checking")
    _, found = typed("pay", "show", "--lines", staff=TOWNSHIP)
    assert [line["elder_id"] for line in found["each"]] == ["E1"] and not found["whole"]
    assert [one["id"] for one in found["by_township"]] == ["T1"]


def test_no_list_and_nobody_who_may_see_it(office: Office) -> None:
    assert typed("pay", "show", "2026-03", staff=COUNTY)[1]["refusal"] == "no_such_list"
    assert typed("pay", "show", "2026-03", staff=GRID)[1]["refusal"] == "wrong_role"
    assert typed("pay", "export", "2026-03", "x.xlsx", staff=TOWNSHIP)[1]["refusal"] == "wrong_role"


# --- deciding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "state", "staff"), [("check", "checking", COUNTY), ("approve", "approving", APPROVER)]
)
def test_who_decides_is_shown_the_list_first_and_types_what_it_says(
    office: Office, step: str, state: str, staff: str
) -> None:
    drawn = office.lists(state)
    code, shown = typed("pay", step, "2026-03", staff=staff)
    assert (code, shown["refusal"]) == (2, "not_typed") and office.handed_in() == []
    assert shown["type"] == f"--sha256 {drawn.sha256[:8]} --amount 500.50"
    code, reply = typed("pay", step, "2026-03", *shown["type"].split(), staff=staff)
    assert (code, reply["refusal"]) == (3, "later")  # no engine answers here
    [message] = office.handed_in()
    assert (message.kind, message.month, message.sha256) == (f"{step}_list", MARCH, drawn.sha256)
    assert (message.fen, message.claw_back_fen, message.actor.id) == (50050, 0, staff)


def test_what_is_taken_back_is_typed_too(office: Office) -> None:
    office.lists("approved")
    office.change(t.EntitlementRow, "elder_id", of="E1", through=date(2026, 2, 1), end_cause="death")
    office.lists("checking", APRIL)
    _, shown = typed("pay", "check", "2026-04", staff=COUNTY)
    assert shown["type"].endswith("--amount 300.50 --claw-back 200.00")
    typed("pay", "check", "2026-04", *shown["type"].split(), staff=COUNTY)
    assert (office.handed_in()[0].fen, office.handed_in()[0].claw_back_fen) == (30050, -20000)


def test_another_lists_hash_is_refused_and_a_slip_of_the_pen_is_no_step(office: Office) -> None:
    drawn = office.lists("checking")
    other = "0" * 8 if not drawn.sha256.startswith("0") else "1" * 8
    assert typed("pay", "check", "2026-03", "--sha256", other, "--amount", "500.50", staff=COUNTY)[1]["refusal"] == (
        "other_list"
    )
    for slip in (
        ["--sha256", drawn.sha256[:7], "--amount", "500.50"], ["--sha256", drawn.sha256[:8]], ["--amount", "500.50"],
        ["--sha256", drawn.sha256[:8], "--amount", "500.5"], ["--sha256", drawn.sha256[:8], "--amount", "1,500.50"],
    ):  # fmt: skip
        assert typed("pay", "check", "2026-03", *slip, staff=COUNTY)[0] == 2
    assert typed("pay", "check", "March", "--sha256", drawn.sha256, "--amount", "500.50", staff=COUNTY)[0] == 2
    assert typed("pay", "check", "2026-03", staff=APPROVER)[1]["refusal"] == "wrong_role"
    assert office.handed_in() == []


def test_a_list_is_returned_with_a_reason_and_drawn_again(office: Office) -> None:
    office.lists("checking")
    assert typed("pay", "return", "2026-03", staff=APPROVER)[0] == 2
    assert typed("pay", "return", "2026-03", "--note", " ", staff=APPROVER)[0] == 2
    assert typed("pay", "return", "2026-03", "--note", "金额与文件不符", staff=APPROVER)[0] == 3
    assert typed("pay", "draw", "2026-03", staff=COUNTY)[0] == 3
    returned, drawn = office.handed_in()
    assert (returned.kind, drawn.kind) == ("return_list", "draw_list") and returned.note is not None


# --- as a sheet ------------------------------------------------------------------------------------------------------


def exported(office: Office, file: Path, staff: str = APPROVER) -> CalamineWorkbook:
    code, said = typed("pay", "export", "2026-03", str(file), staff=staff)
    assert code == 0, said
    return CalamineWorkbook.from_path(str(file))


def test_the_sheet_has_each_line_and_totals_that_are_their_sums(office: Office, tmp_path: Path) -> None:
    drawn = office.lists("approved", checked_by=COUNTY, decided_by=APPROVER, decided_at=NOW)
    book = exported(office, tmp_path / "march.xlsx")
    assert stat.S_IMODE(os.stat(tmp_path / "march.xlsx").st_mode) == 0o600
    heading, *rows = book.get_sheet_by_name("名单").to_python()
    assert tuple(heading) == HEADINGS
    assert [(row[0], row[1], row[3], row[4], row[5], row[6], row[7]) for row in rows] == [
        ("E1", "王示福", "W1", CARE, "2026-03", "发放", 200.0),
        ("E3", "李例寿", "W2", CARE, "2026-03", "发放", 300.5),
    ]
    assert book.get_sheet_by_name("按待遇").to_python()[-1] == ["合计", 500.5, 0, 0, 500.5, "2"]
    assert [row[:2] for row in book.get_sheet_by_name("按乡镇").to_python()[1:]] == [
        ["T1", 200.0], ["T2", 300.5], ["合计", 500.5],
    ]  # fmt: skip
    about = {row[0]: row[1] for row in book.get_sheet_by_name("说明").to_python()}
    assert (about["月份"], about["状态"], about["校验码"]) == ("2026-03", "已批准", drawn.sha256)
    assert (about["核对"], about["批准"]) == (COUNTY, f"{APPROVER}，2026-03-02 09:00")
    assert office.read() == [(APPROVER, "pay_export", "2026-03")]


def test_a_name_that_looks_like_a_formula_stays_text(office: Office, tmp_path: Path) -> None:
    office.change(t.EntitlementRow, "elder_id", of="E2", held=False)
    office.lists("checking")
    book = exported(office, tmp_path / "march.xlsx", COUNTY)
    assert [row[1] for row in book.get_sheet_by_name("名单").to_python()[1:]] == ["王示福", "=1+1王", "李例寿"]


def test_a_file_that_is_there_is_not_written_over(office: Office, tmp_path: Path) -> None:
    office.lists("checking")
    (tmp_path / "march.xlsx").write_text("mine")
    assert typed("pay", "export", "2026-03", str(tmp_path / "march.xlsx"), staff=COUNTY)[0] == 2
    assert (tmp_path / "march.xlsx").read_text() == "mine"


def test_a_sheet_is_held_against_what_is_stored_line_by_line(office: Office, tmp_path: Path) -> None:
    office.lists("approved")
    file = tmp_path / "march.xlsx"
    exported(office, file)
    assert typed("pay", "verify", str(file), staff=COUNTY) == (0, _verified(office, same=True, wrong=[]))
    seen = read_back(file.read_bytes())
    lines = map(SheetLine._make, seen.lines)
    other = [line if line.elder_id != "E3" else line._replace(fen=99900) for line in lines]
    sums = ["“按待遇”的合计与名单不同", "“按乡镇”的合计与名单不同"]
    (tmp_path / "other.xlsx").write_bytes(pay_workbook(seen.about.items(), other))
    code, found = typed("pay", "verify", str(tmp_path / "other.xlsx"), staff=COUNTY)
    assert (code, found["wrong"]) == (1, ["1 笔与名单不同，第一处在第 3 行“金额（元）”", *sums])
    (tmp_path / "short.xlsx").write_bytes(pay_workbook(seen.about.items(), other[:1]))
    assert typed("pay", "verify", str(tmp_path / "short.xlsx"), staff=COUNTY)[1]["wrong"] == [
        "文件有 1 笔，名单有 2 笔",
        *sums,
    ]


def _verified(office: Office, **said: Any) -> dict[str, Any]:
    [row] = office.rows(t.PayListRow)
    return {"month": "2026-03", "state": "approved", "sha256": row.sha256, **said}


def test_lines_that_were_changed_in_the_store_are_found(office: Office, tmp_path: Path) -> None:
    office.lists("approved")
    exported(office, tmp_path / "march.xlsx")
    office.change(t.PayLineRow, "elder_id", of="E1", fen=99900)
    code, found = typed("pay", "verify", str(tmp_path / "march.xlsx"), staff=COUNTY)
    assert code == 1 and found["wrong"][0] == "登记簿里存的名单与它的校验码不符，请报审计"


def test_a_list_that_was_drawn_again_is_another(office: Office, tmp_path: Path) -> None:
    office.lists("drawn_again")
    exported(office, tmp_path / "march.xlsx")
    office.change(t.EntitlementRow, "elder_id", of="E1", fen=21000)
    office.lists("checking", n=2)
    _, found = typed("pay", "verify", str(tmp_path / "march.xlsx"), staff=COUNTY)
    assert found["wrong"] == [
        "文件不是最近一次汇总的名单", "1 笔与名单不同，第一处在第 2 行“金额（元）”", "“按待遇”的合计与名单不同",
        "“按乡镇”的合计与名单不同", "说明里的“应发合计（元）”与名单不同",
    ]  # fmt: skip


def test_what_is_no_list_is_wrong_input(office: Office, tmp_path: Path) -> None:
    with pytest.raises(NotAPayList):
        read_back(b"no workbook")
    (tmp_path / "x.xlsx").write_bytes(b"no workbook")
    assert typed("pay", "verify", str(tmp_path / "x.xlsx"), staff=COUNTY)[0] == 2


def test_what_unpacks_without_end_is_not_unpacked() -> None:
    book = io.BytesIO(pay_workbook([], [SheetLine("E1", "", "", "", "", "2026-03", "发放", 1, "")]))
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet9.xml", bytes(MOST_UNPACKED))
    with pytest.raises(NotAPayList):
        read_back(book.getvalue())


def test_a_sheet_holds_no_more_lines_than_excel_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pay_sheet, "MOST_LINES", 1)
    line = SheetLine("E1", "", "", "", "", "2026-03", "发放", 1, "")
    assert read_back(pay_workbook([], [line])).lines == (line,)
    with pytest.raises(ValueError, match="holds 1 lines, not 2"):
        pay_workbook([], [line, line])


# --- in words, and a month that is closed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "said"),
    [("2026-03 checking", "2026-03 待核对"), ("2026-03 approving", "2026-03 待批准"),
     ("2026-03 returned", "2026-03 已退回，待重新汇总")],
)  # fmt: skip
def test_a_list_on_the_worklist_says_of_which_month_and_what_it_waits_for(about: str, said: str) -> None:
    assert in_words({"cause": "pay_list", "about": about}, {}) == {"cause": "发放名单", "about": said}


def test_a_closed_month_is_told_as_it_was_and_what_is_known_now_beside_it(office: Office) -> None:
    office.case("open")
    office.has(
        t.FrozenRateRow, county_id=HOME, month=MARCH, township_id="T1", listed=1, seen=0, excused=0, known_at=NOW
    )  # fmt: skip
    code, found = typed("kpi", "fengjie", "2026-03", "--frozen", staff=COUNTY)
    assert code == 0 and found["today"] is None
    assert (found["frozen"]["total"]["strict"], found["frozen"]["townships"][0]["seen"]) == ("0.0%", 0)
    office.change(t.FrozenRateRow, "township_id", of="T1", listed=4, seen=2, excused=1)
    _, found = typed("kpi", "fengjie", "2026-03", "--frozen", staff=COUNTY)
    assert (found["frozen"]["total"]["strict"], found["frozen"]["total"]["adjusted"]) == ("50.0%", "66.6%")
    assert found["today"]["total"]["strict"] == "0.0%"
    shown = CliRunner().invoke(app, ["kpi", "fengjie", "2026-03", "--frozen", "--as", COUNTY]).stdout
    assert "2/4" in shown and "0/1" in shown and "结算以后有补记" in shown


def test_a_month_that_is_not_closed_has_no_frozen_figure(office: Office) -> None:
    assert typed("kpi", "fengjie", "2026-03", "--frozen", staff=COUNTY)[0] == 2
    both = ["--frozen", "--as-of", "2026-03-31"]
    assert typed("kpi", "fengjie", "2026-03", *both, staff=COUNTY)[0] == 2
