"""What of the assessments is asked of a store of either kind: the list, its counts and pages, what was answered."""

from __future__ import annotations

import re

import pytest

from models.assessment_messages import SubmitSheet
from models.tables import LetterRow
from tests.decisions.assessment_player import FIRST
from tests.pages.assessed import Played, named, with_bodies
from tests.pages.test_assessments import OFFICER, PAGE, key_in, rows
from tests.pages.town import Town


@pytest.fixture
def play(town: Town) -> Played:
    with_bodies(town)
    return named(town)


async def test_the_list_and_its_counts_are_those_of_the_scope(town: Town, play: Played) -> None:
    named(town, "E2").tell(SubmitSheet, FIRST, sheet=play.sheet())
    named(town, "E3")
    for staff, names in ((OFFICER, {"王示福", "李例寿"}), ("S-county_officer", {"王示福", "李例寿", "赵样康"})):
        answer = (await town.as_(staff).get("/assessments")).text
        assert {name for name in ("王示福", "李例寿", "赵样康", "孙示宁") if name in answer} == names
        assert f'<span class="count">{len(names)}</span>' in answer
        assert re.search(rf"待评估 {len(names) - 1}\b", answer) and re.search(r"待第二名评估员核对 1\b", answer)
    only = (await town.as_(OFFICER).get("/assessments?stage=signing")).text
    assert "李例寿" in only and "王示福" not in only
    assert "孙示宁" not in (await town.as_("S-county_officer-X").get("/assessments")).text


async def test_pages_of_the_list_follow_each_other(town: Town, play: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.console.assessments.AT_ONCE", 2)
    for elder in ("E2", "E3"):
        named(town, elder)
    browser = town.as_("S-county_officer")
    first = (await browser.get("/assessments")).text
    more = re.search(r'href="(/assessments\?after=[^"]+)"', first)
    assert more
    second = (await browser.get(more[1])).text
    assert [("王示福" in page, "李例寿" in page, "赵样康" in page) for page in (first, second)] == [
        (True, True, False), (False, False, True),
    ]  # fmt: skip
    assert 'href="/assessments?after=' not in second


async def test_a_step_of_the_engine_sent_twice_is_one_too(town: Town, play: Played) -> None:
    browser, path = town.as_(OFFICER), f"{PAGE}/request"
    form = {"trigger": "change", "key": await key_in(browser, path)}
    for _ in range(2):
        assert (await browser.post(path, form)).headers["location"] == f"{PAGE}?done=later"
    assert rows(town, LetterRow, "update") == 1
