"""A receipt at the counter, of decisions in a real ledger: listed, read, written as PDF, by whom it may be."""

from __future__ import annotations

import stat
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters import receipt_pdf
from decisions.receipt import decisions_of
from models import tables as t
from models.events import Event, Recorded
from models.receipts import Receipt
from models.values import NoteRef, Role
from policies.pack import from_content, load
from starter import app
from tests.activities.ledgers import Writer
from tests.activities.register import NOW
from tests.activities.test_benefit_scan import COUNTY, GRID, TOWNSHIP, Desk, desk, typed
from tests.decisions.assessment_player import AssessmentPlayer
from tests.decisions.planting import both, planted, put
from tests.decisions.receipt_town import of_levels
from tests.decisions.test_receipts import FALLS, a_life

__all__ = ["desk"]

APPROVER, REASON = "S-approver", "邻居和村医都说不是；联系电话 13800001111"
NOTE = NoteRef(id="note-1", sha256=sha256(REASON.encode()).hexdigest())
HOME: dict[str, Any] = {"county_id": "county-fengjie", "township_id": "T1"}


class Office:
    """`E1` has a life of decisions about benefits, and a level."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.house = desk, desk.house
        self.desk.staff(APPROVER, "+8619200004009")
        desk.has(t.Post, id="P9", role=Role.COUNTY_APPROVER.value, area_id="county-fengjie", holder_id=APPROVER)
        desk.has(t.Note, id=NOTE.id, sha256=NOTE.sha256, text_enc=desk.sealer.seal(REASON), written_at=NOW)
        desk.activated(load("fengjie").hash, date(2025, 1, 1), load("fengjie").content)
        desk.change(t.Elder, "id", of="E1", name_enc=desk.sealer.seal("王示英"))
        desk.change(t.Area, "id", of="county-fengjie", name="奉节县")
        play = AssessmentPlayer()
        play.confirmed(46, events=FALLS)
        self.records(a_life())
        self.records(of_levels(play))

    def records(self, facts: tuple[Recorded, ...]) -> None:
        writer = Writer(stream=facts[0].stream)
        for n, fact in enumerate(facts):
            request = writer.request(f"k-{n}", [_at_home(fact.event)], fact.at)
            assert self.house.ledger.record(request).status == "appended"
            writer.stands_at(request)

    def read(self) -> list[tuple[str, str, str]]:
        rows = self.desk.rows(t.CommandRow)
        return [(row.staff_id, row.action, row.subject_id) for row in rows if row.answer == "read"]


def _at_home(event: Event) -> Event:
    lives = {name: value for name, value in HOME.items() if name in type(event).model_fields}
    return event.model_copy(update=lives | ({"note": NOTE} if event.note else {}))


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


def told(*words: str, staff: str = TOWNSHIP, code: int = 0) -> str:
    result = CliRunner().invoke(app, [*words, "--as", staff], env={"COLUMNS": "300"})
    assert result.exit_code == code, result.output
    return result.output


def number_of(title: str) -> str:
    """The first of the elder's decisions that is called so."""
    _, listed = typed("receipt", "E1", staff=COUNTY)
    return next(each["number"] for each in listed if each["title"] == title)


def test_what_was_decided_is_listed_by_the_names_it_is_asked_by(office: Office) -> None:
    _, listed = typed("receipt", "E1", staff=TOWNSHIP)
    assert "assessment/E1#7" in [each["number"] for each in listed]
    assert len(listed) == len(decisions_of(a_life())) + 1 and listed == sorted(listed, key=lambda each: each["at"])
    assert office.read() == [(TOWNSHIP, "receipt_list", "E1")]
    refused = number_of("待遇不予批准告知书")
    assert refused in told("benefit", "show", "E1") and "assessment/E1#7" in told("assessment", "show", "E1")
    assert f"待遇不予批准告知书（service_coupon） {refused}：由 S-2 于" in told("receipt", "E1")


def test_a_refusal_and_a_level_are_read_as_text_and_as_data(office: Office) -> None:
    number = number_of("待遇不予批准告知书")
    said = told("receipt", number)
    assert "奉节县  待遇不予批准告知书" in said and "姓名：王*英" in said and "还差多少：还差2分到中度失能" in said
    assert "邻居和村医都说不是；联系电话 （号码略）" in said and "13800001111" not in said and "王示英" not in said
    assert "可以向奉节县人民政府申请行政复议" in said
    code, data = typed("receipt", number, staff=APPROVER)
    assert code == 0 and Receipt.model_validate(data).number == number
    chained = next(
        row.hash for row in office.desk.rows(t.LedgerRow) if (row.stream, row.seq) == ("benefit/E1", int(number[-1]))
    )
    assert data["chained"] == chained and (APPROVER, "receipt", "E1") in office.read()
    said = told("receipt", "assessment/E1#7")
    assert "评估员 A-1、A-2（B1）" in said and "可以向T1提出异议" in said and "对照国标原文核对: 否" in said


def test_it_is_written_as_a_pdf_once_for_its_owner_alone_and_not_without_a_font(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "r.pdf"
    assert "待遇批准告知书" in told("receipt", number_of("待遇批准告知书"), "--pdf", str(file))
    written = file.read_bytes()
    assert written.startswith(b"%PDF-") and stat.S_IMODE(file.stat().st_mode) == 0o600
    told("receipt", "assessment/E1#7", "--pdf", str(file), code=2)
    assert file.read_bytes() == written
    monkeypatch.setattr(receipt_pdf, "FAMILIES", ("No Such Font",))
    said = told("receipt", "assessment/E1#7", "--pdf", str(tmp_path / "s.pdf"), code=1)
    assert "sudo apt-get install -y fonts-wqy-zenhei" in said and not (tmp_path / "s.pdf").exists()


def test_it_stays_the_same_after_pack_and_facts_have_changed_and_says_if_its_reason_has(office: Office) -> None:
    number = number_of("待遇批准告知书")
    before = typed("receipt", number, staff=COUNTY)
    newer = from_content(planted(both(put("version", "2027.1"))).content)
    office.desk.activated(newer.hash, date(2026, 2, 1), newer.content)
    office.desk.change(t.Elder, "id", of="E1", born_on_enc=office.desk.sealer.seal("1950-05-05"))
    assert typed("receipt", number, staff=COUNTY) == before

    office.desk.change(t.Note, "id", of=NOTE.id, text_enc=office.desk.sealer.seal("另一个理由"))
    said = told("receipt", number_of("待遇不予批准告知书"))
    assert "与台账所记不符" in said and "另一个理由" not in said


def test_what_decides_nothing_has_none_and_who_may_not_see_the_elder_reads_none(office: Office) -> None:
    for name, why in (
        ("benefit/E1#2", "办理中的一步"), ("assessment/E1#6", "只是拟定"), ("benefit/E1#999", "台账里没有这一条"),
        ("benefit/E1", "不是决定的编号"), ("case/E1#1", "不是决定的编号"),
    ):  # fmt: skip
        assert why in told("receipt", name, code=2), name

    office.desk.elder("E2", "H2", None, township_id="T2", village_id="W2")
    assert typed("receipt", "benefit/E2#1", staff=GRID)[1]["refusal"] == "other_territory"
    assert typed("receipt", "assessment/E1#7", staff="A-1")[1]["refusal"] == "wrong_role"
    assert typed("receipt", "E2", staff=COUNTY) == (0, [])
    assert typed("receipt", "benefit/E9#1", staff=COUNTY)[0] == 2
