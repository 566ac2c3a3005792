"""Every figure as it was known at a moment: of now it is what the dashboard says, of then without what came later."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select

from adapters.database import reading, writing
from adapters.sql_areas import SqlAreas
from adapters.sql_volunteers import SqlVolunteers
from audit.known_rows import figured_by
from audit.store import DIGESTS, ELDERS, INBOUND, VOLUNTEERS, Store
from commands.auditing import Auditing
from console_doors import console_doors
from decisions.deadlines import civil_day
from decisions.figure_words import THEN as UNTOLD
from models.figures import Cut, Figure
from models.tables import CommandRow, DigestRow, SendAttempt, SendReceipt, table_of
from models.values import AgreedHow, AreaKind
from tests.decisions.case_player import OFFICER
from tests.pages.known_town import MONTH, THEN, at, november
from tests.pages.test_dashboard import row_of
from tests.pages.town import COUNTY, Town

MAY = ("kpi", "pay_show", "volunteer")
CUTS = (Cut(), Cut(areas=frozenset({"T1"}), by=AreaKind.VILLAGE), Cut(areas=frozenset({"W1", "W3"})))
LOG = table_of(CommandRow)


@pytest.fixture
def lived(town: Town) -> Town:
    november(town)
    return town


async def then(town: Town, at: datetime, cut: Cut) -> Mapping[str, Figure]:
    """Waits until it is folded."""
    doors = console_doors(town.house, None, Auditing(town.house))
    for _ in range(2000):
        found = doors.figures_then.figures(COUNTY, MONTH, at, cut, MAY)
        assert not found.failed
        if found.figures is not None:
            return {one.code: one for one in found.figures}
        await asyncio.sleep(0.01)
    raise AssertionError("it does not end")


def live(town: Town, cut: Cut) -> Mapping[str, Figure]:
    doors = console_doors(town.house, None, Auditing(town.house), MONTH - MONTH)
    return {one.code: one for one in doors.figures.figures(COUNTY, MONTH, cut, MAY)}


def told(figure: Figure) -> dict[str, list[str]]:
    rows = (*figure.rows, *((figure.total,) if figure.total else ()))
    return {row.key: [cell.told for cell in row.cells] for row in rows}


async def test_as_known_now_every_figure_is_what_it_is(lived: Town) -> None:
    for cut in CUTS:
        now, known = live(lived, cut), await then(lived, lived.now, cut)
        assert now.keys() == known.keys() and len(now) >= 16
        for code, figure in now.items():
            assert told(known[code]) == told(figure), code
            assert all(cell.behind is None for row in known[code].rows for cell in row.cells)


LATER: dict[tuple[str, str], tuple[list[str], list[str]]] = {
    ("rate", "W1"): (["0.0%", "0", "1"], ["100.0%", "1", "1"]),  # a paper form came
    ("rate", "W3"): (["100.0%", "1", "1"], ["0.0%", "0", "1"]),  # a report was taken back
    ("on_time", "W1"): (["0.0%", "0", "1"], ["100.0%", "1", "1"]),
    ("on_time", "W3"): (["100.0%", "1", "1"], ["0.0%", "0", "1"]),
    ("causes", "overdue"): (["1", "0", "0", "4"], ["1", "0", "0", "3"]),
    ("load", "W3"): (["1", "1"], []),  # barred, and the visit taken back: nobody is left
    ("texts", "delivered"): (["1"], ["2"]),
    ("texts", "accepted"): (["1"], ["0"]),
    ("texts", "built"): (["1"], ["1"]),
    ("replies", "unread"): (["1"], ["0"]),
    ("replies", "understood"): (["0"], ["1"]),
    ("levels_confirmed", "total"): (["0", "0", "1", "0", "0", "0", "1"], ["0", "0", "1", "0", "0", "0", "0"]),
    ("levels_valid", "total"): (["0", "0", "1", "0", "0"], ["0", "1", "1", "0", "0"]),
    ("benefit_cost", "total"): (["0.00"], ["900.03", "900.03"]),
    ("rate_trend", "2026-11"): (["66.6%", "2", "3"], ["66.6%", "2", "3"]),
    ("indicators", "month_visit_rate"): (["66.6%", "2/3", "100%"], ["66.6%", "2/3", "100%"]),
}
"""Of each row of the figures by village how its cells begin: as known at the end of November, and now."""


async def test_what_was_recorded_later_is_in_no_figure_of_then(lived: Town) -> None:
    by_village = Cut(by=AreaKind.VILLAGE)
    known, now = await then(lived, THEN, by_village), live(lived, by_village)
    for (code, key), wanted in LATER.items():
        found = tuple(told(figures[code]).get(key, []) for figures in (known, now))
        assert tuple(cells[: len(want)] for cells, want in zip(found, wanted, strict=True)) == wanted, (code, key)
    for code, figure in known.items():
        assert figure.known_at == THEN and figure.then == UNTOLD.get(code, "")


async def test_the_resolved_escalation_is_open_then_and_resolved_in_its_month(lived: Town) -> None:
    known, now = await then(lived, THEN, Cut()), live(lived, Cut())
    still = [int(told(figures["resolve_time"])["total"][3]) for figures in (known, now)]
    assert still[0] == still[1] + 1


# --- rows that no fact writes ----------------------------------------------------------------------------------------


def rows_known(town: Town, at: datetime, table: Any) -> dict[str, Any]:
    with figured_by(Store(town.house.engine, town.house.sealer), COUNTY, MONTH, at) as known:
        return {row.id: row for row in known.execute(select(table))}


def test_what_was_changed_of_a_volunteer_later_is_taken_back(town: Town) -> None:
    volunteers = SqlVolunteers(town.house.engine, town.house.sealer)
    volunteers.bar("V1", "不去", OFFICER, at(11, 2))
    before = rows_known(town, at(11, 3), VOLUNTEERS)
    volunteers.lift("V1", "又去了", OFFICER, at(11, 4))
    volunteers.bar("V1", "又不去", OFFICER, at(11, 6))
    volunteers.new_phone("V2", "19200009999", OFFICER, at(11, 6))
    volunteers.consent("V3", at(11, 6).date(), AgreedHow.IN_PERSON, OFFICER, at(11, 6))
    for day, barred in ((1, False), (3, True), (5, False), (7, True)):
        found = rows_known(town, at(11, day), VOLUNTEERS)
        assert found["V1"].barred is barred, day
        assert (found["V2"].phone_index == before["V2"].phone_index) is (day < 6)
        assert (found["V3"].consented_on == civil_day(at(11, 6))) is (day > 6)
        assert "V9" not in found


def test_who_stopped_their_texts_later_took_them_then(town: Town) -> None:
    with writing(town.house.engine) as connection:
        connection.execute(VOLUNTEERS.update().where(VOLUNTEERS.c.id == "V1").values(opted_out_at=at(11, 6)))
    assert rows_known(town, at(11, 5), VOLUNTEERS)["V1"].opted_out_at is None
    assert rows_known(town, at(11, 7), VOLUNTEERS)["V1"].opted_out_at == at(11, 6)


def test_who_was_of_a_village_that_merged_later_lived_there(lived: Town) -> None:
    areas, day = SqlAreas(lived.house.engine, lived.house.sealer), civil_day(lived.now)
    areas.merge("W2", "W3", day, OFFICER, lived.now)
    later = lived.now + timedelta(hours=1)
    for table, one in ((ELDERS, "E2"), (VOLUNTEERS, "V2")):
        then_, now = (rows_known(lived, moment, table)[one] for moment in (THEN, later))
        assert (then_.village_id, then_.township_id) == ("W2", "T1")
        assert (now.village_id, now.township_id) == ("W3", "T2")


Steps = list[tuple[str, datetime]]
SENT: Steps = [("accepted", at(11, 5))]
ENDS: tuple[tuple[str, dict[str, Any], Steps, Steps, str, str], ...] = (
    ("delivered", {"accepted_at": at(11, 5), "delivered_at": at(11, 9)}, SENT, [], "accepted", "delivered"),
    (
        "undelivered", {"accepted_at": at(11, 5), "why": "30005"}, SENT, [("undelivered", at(11, 9))],
        "accepted", "undelivered",
    ),
    ("failed", {"why": "bad_number"}, [("intent", at(11, 9)), ("refused", at(11, 9))], [], "built", "failed"),
    ("failed", {"why": "no_number"}, [], [], "failed", "failed"),
    ("expired", {"send_by": at(11, 9), "why": "too_late"}, [], [], "built", "expired"),
    ("cancelled", {}, [], [], "cancelled", "cancelled"),
    ("built", {}, [], [], "built", "built"),
)  # fmt: skip
"""A text as it is, its attempts and receipts; its state as known on the 7th and on the 10th."""


@pytest.mark.parametrize(("state", "own", "steps", "receipts", "early", "late"), ENDS)
def test_a_text_had_ended_as_it_had_ended_then(
    town: Town, state: str, own: dict[str, Any], steps: Steps, receipts: Steps, early: str, late: str,
) -> None:  # fmt: skip
    blank = {"phone_index": "p", "text_class": "ordinary", "template": "t", "body_enc": b"x", "segments": 1}
    more = {"id": "D1", "recipient_id": "V1", "recipient_kind": "volunteer", "body_index": "b", "built_at": at(11, 5)}
    with writing(town.house.engine) as connection:
        connection.execute(insert(table_of(DigestRow)).values(**blank, **more, state=state, **own))
        for n, (step, when) in enumerate(steps):
            of = {"digest_id": "D1", "nth": n, "step": step, "provider": "sandbox", "at": when}
            connection.execute(insert(table_of(SendAttempt)).values(**of, provider_message_id="M1"))
        for status, when in receipts:
            receipt = {"provider_message_id": "M1", "status": status, "error": "30005", "at": when}
            connection.execute(insert(table_of(SendReceipt)).values(**receipt))
    known = [rows_known(town, moment, DIGESTS)["D1"] for moment in (at(11, 7), at(11, 10))]
    assert [row.state for row in known] == [early, late]
    assert known[1].why == own.get("why")
    assert rows_known(town, at(11, 4), DIGESTS) == {}


def test_nothing_that_is_sealed_leaves_the_store(lived: Town) -> None:
    with figured_by(Store(lived.house.engine, lived.house.sealer), COUNTY, MONTH, lived.now) as known:
        for table in (ELDERS, VOLUNTEERS, DIGESTS, INBOUND):
            for row in known.execute(select(table)).mappings():
                assert {value for name, value in row.items() if name.endswith("_enc")} <= {b"", None}


# --- on the page -----------------------------------------------------------------------------------------------------


async def folded(town: Town, path: str, staff: str = "S-county_officer") -> str:
    browser = town.as_(staff)
    for _ in range(2000):
        page = (await browser.get(path)).text
        if "正在从台账重新汇总" not in page:
            return page
        await asyncio.sleep(0.02)
    raise AssertionError("it does not end")


async def test_the_page_says_what_could_not_be_told_and_its_sheets_as_of_when(lived: Town) -> None:
    path = "month=2026-11&as_of=2026-11-30"
    page = await folded(lived, f"/dashboard?{path}")
    assert row_of(page, "texts", "已送达")[0] == "1" and row_of(page, "causes", "合计")[3] == "4"
    for sentence in UNTOLD.values():
        assert sentence in page
    assert "/dashboard/elders?" not in page and "/dashboard/volunteers?" not in page
    assert "/dashboard/texts.xlsx?month=2026-11&amp;county=county-fengjie&amp;as_of=2026-11-30" in page
    county = lived.as_("S-county_officer")
    sheet = await county.get(f"/dashboard/texts.xlsx?{path}")
    assert 'filename="texts-2026-11-as-of-2026-11-30.xlsx"' in sheet.headers["content-disposition"]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    said = [str(row[0]) for row in rows]
    assert "截至 2026-12-01 00:00 所知" in said and f"不能按那时算的：{UNTOLD['texts']}" in said
    paper = (await county.get(f"/dashboard/levels_valid/print?{path}")).text
    assert "截至 2026年11月30日 24:00 所知" in paper and UNTOLD["levels_valid"] in paper
    with reading(lived.house.engine) as connection:
        kept = connection.execute(select(LOG.c.answer).where(LOG.c.action == "kpi_export").order_by(LOG.c.at)).scalars()
        assert set(kept) == {
            f"export {what} {COUNTY} as of {THEN.isoformat()}" for what in ("texts xlsx", "levels_valid print")
        }


async def test_money_of_then_is_for_those_who_see_payment_lists(lived: Town) -> None:
    path = "/dashboard?month=2026-11&as_of=2026-12-06"
    assert row_of(await folded(lived, path), "benefit_cost", "合计") == ["900.03", "900.03"]
    assert "benefit_cost" not in await folded(lived, path, "S-admin")


async def test_a_sheet_of_what_is_still_being_folded_leads_to_its_page(lived: Town) -> None:
    answer = await lived.as_("S-county_officer").get("/dashboard/rate.xlsx?month=2026-11&as_of=2026-11-29")
    assert answer.is_redirect and answer.headers["location"].endswith("as_of=2026-11-29")
    answer = await lived.as_("S-county_officer").get("/dashboard/rate.xlsx?month=2026-11&as_of=yesterday")
    assert answer.status_code == 404
