"""A village's paper forms on one screen: who stands there, what is taken, what comes back and why."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from adapters.database import reading
from models.tables import LetterRow, table_of
from tests.pages.peopled import cases, counted, more_elders, visit
from tests.pages.town import Town

LETTERS = table_of(LetterRow)
WORKER = "S-grid_worker"
W1 = "/forms?village=W1&month=2026-12"


@pytest.fixture
def peopled(town: Town) -> Town:
    cases(town)
    return town


def letters(town: Town) -> list[str]:
    with reading(town.house.engine) as connection:
        query = select(LETTERS.c.id).where(LETTERS.c.kind == "update").order_by(LETTERS.c.id)
        return list(connection.execute(query).scalars())


def row_of(page: str, name: str) -> str:
    found = re.search(rf'<tr[^>]*>\s*<th scope="row">{name}</th>.*?</tr>', page, re.DOTALL)
    assert found, page
    return found[0]


async def test_a_village_has_a_row_for_each_case_with_code_and_who_is_paired(peopled: Town) -> None:
    page = (await peopled.as_("S-township_officer").get(W1)).text
    row = row_of(page, "王示福")
    assert "51" in row and 'value="吴示1"' in row
    assert "李例寿" not in page  # of the next village
    more_elders(peopled, 61)
    page = (await peopled.as_("S-township_officer").get(W1)).text
    assert len(re.findall('<th scope="row">', page)) == 60 and "after=E1-059" in page
    page = (await peopled.as_("S-township_officer").get(f"{W1}&after=E1-059")).text
    assert len(re.findall('<th scope="row">', page)) == 2


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_what_is_on_record_stands_beside_it(peopled: Town) -> None:
    visit(peopled, "E1", "done", "V1", visited_on=peopled.now.date(), visitor_id="V1", result="well")
    assert "8日 平安 吴示1" in row_of((await peopled.as_(WORKER).get(W1)).text, "王示福")
    assert "8日" not in row_of((await peopled.as_(WORKER).get("/forms?village=W1&month=2026-11")).text, "王示福")


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_nobody_opens_another_village(peopled: Town) -> None:
    worker = peopled.as_(WORKER)
    for village in ("W2", "W3", "W9", "T1", "nowhere"):
        assert (await worker.get(f"/forms?village={village}")).status_code == 404
        assert (await worker.post("/forms", {"village": village, "on-E2": "7"})).status_code == 404
    assert (await worker.get("/forms")).headers["location"] == "/forms?village=W1"  # they have one
    offered = (await peopled.as_("S-township_officer").get("/forms")).text
    assert set(re.findall(r'<option value="(\w+)"', offered)) == {"W1", "W2"}


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_each_row_is_answered_by_itself_and_nothing_is_lost(peopled: Town) -> None:
    """E1-001 is kept, the others come back as they were typed, each with why."""
    more_elders(peopled, 6)
    typed = {
        "village": "W1", "month": "2026-12", "reason": "",
        "on-E1-001": "7", "result-E1-001": "well", "visitor-E1-001": "吴示1", "health-E1-001": "fine",
        "on-E1-002": "32", "result-E1-002": "well", "visitor-E1-002": "吴示1",
        "on-E1-003": "9", "result-E1-003": "well", "visitor-E1-003": "吴示1",
        "on-E1-004": "2026-12-02", "result-E1-004": "not_seen", "visitor-E1-004": "吴示1",
        "on-E1-005": "7", "result-E1-005": "well", "visitor-E1-005": "谁也不是",
        "on-E1-006": "7", "result-E1-006": "", "visitor-E1-006": "吴示1",
    }  # fmt: skip
    answer = await peopled.as_(WORKER).post("/forms", typed)
    page = answer.text
    assert answer.status_code == 422 and "已录入 0；已收下、稍后自动办理 1；没有录入 5" in page
    assert "稍后自动办理" in row_of(page, "李示1") and 'value="7"' not in row_of(page, "李示1")
    for name, says, kept in (
        ("李示2", "不是这个月里的一天", "32"), ("李示3", "不能晚于今天", "9"),
        ("李示4", "三天以前的探访须写原因", "2026-12-02"),
        ("李示5", "登记簿里没有此人", "谁也不是"), ("李示6", "还没有选结果", "7"),
    ):  # fmt: skip
        row = row_of(page, name)
        assert says in row and f'value="{kept}"' in row and 'class="error"' in row and "aria-invalid" in row
    assert letters(peopled) == ["form-E1-001-2026-12-07-well-V1"]

    again = await peopled.as_(WORKER).post("/forms", typed | {"reason": "月底才交"})
    assert letters(peopled) == ["form-E1-001-2026-12-07-well-V1", "form-E1-004-2026-12-02-not_seen-V1"]
    assert 'value="月底才交"' in again.text
    with reading(peopled.house.engine) as connection:
        assert connection.execute(select(func.count()).select_from(LETTERS)).scalar_one() == 2


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_it_asks_the_store_as_often_for_many_as_for_few(peopled: Town) -> None:
    with counted(peopled.house.engine) as few:
        await peopled.as_("S-township_officer").get(W1)
    more_elders(peopled, 50)
    with counted(peopled.house.engine) as many:
        await peopled.as_("S-township_officer").get(W1)
    assert len(few) == len(many) <= 20, many
