"""Pages of assessments: what each sees, what a sheet comes to, what is refused by name, and a form that counts once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, select, update

from adapters.database import reading, writing
from models.assessment import Disputed
from models.assessment_messages import ConfirmSheet, SubmitSheet
from models.events import LevelConfirmed
from models.tables import CommandRow, Elder, LetterRow, Note, Staff, table_of
from tests.decisions.ability_cases import points
from tests.decisions.assessment_player import FIRST, OTHER
from tests.pages.assessed import Played, named, with_bodies
from tests.pages.town import Browser, Town

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
PAGE = "/elders/E1/assessment"
SHEET = f"{PAGE}/sheet"
OFFICER = "S-township_officer"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def play(town: Town) -> Played:
    with_bodies(town)
    return named(town)


def typed(total: int = 50, **more: Any) -> dict[str, Any]:
    """A sheet with nothing missing. `more`: name, its dots as __, to what is typed instead."""
    said: dict[str, Any] = {
        "signed_on": "2026-12-08", "place.kind": "home", "place.where": "示例一村1组2号", "provider.relation": "child",
        "provider.person": "王示丁的女儿 19200000077", "provider.signed_on": "2026-12-08", "consent.by": "elder",
        "consent.how": "fingerprint", "consent.given_on": "2026-12-08", "consent.notice_version": "2026-1",
        "consent.document": "档案盒3第12页", "answers.assessed_on": "2026-12-08", "answers.coma": "false",
        "answers.diagnoses": "none", "answers.events": "none",
        **{f"answers.scores.{item}": str(n) for item, n in points(total).items()},
    }  # fmt: skip
    return said | {name.replace("__", "."): value for name, value in more.items()}


async def key_in(browser: Browser, path: str = SHEET) -> str:
    found = re.search(r'name="key" value="([^"]+)"', (await browser.get(path)).text)
    assert found
    return found[1]


def rows(town: Town, model: Any, kind: str | None = None) -> int:
    with reading(town.house.engine) as connection:
        query = select(table_of(model))
        return len(connection.execute(query if kind is None else query.where(table_of(model).c.kind == kind)).all())


# --- who sees what ---------------------------------------------------------------------------------------------------


async def test_an_assessor_sees_their_own_with_what_is_to_be_done_and_no_other(town: Town, play: Played) -> None:
    named(town, "E3")
    first = await town.as_("A-1").get("/assessments")
    assert "我的评估" in first.text and first.text.count("填写评估表") == 2
    assert "等第一名评估员交表" in (await town.as_("A-2").get("/assessments")).text
    other = await town.as_("A-3").get("/assessments")
    assert "没有指派给您的评估" in other.text and "王示福" not in other.text
    for path in (PAGE, SHEET):
        assert (await town.as_("A-3").get(path)).status_code == 404
        assert (await town.as_("A-1").get(path)).status_code == 200
    for path in (SHEET, f"{SHEET}/score"):
        assert (await town.as_("A-3").post(path, typed())).status_code == 404
    assert (await town.as_(OFFICER).post(SHEET, typed())).status_code == 403


async def test_reading_a_sheet_is_kept(town: Town, play: Played) -> None:
    await town.as_("A-1").get(SHEET)
    with reading(town.house.engine) as connection:
        commands = table_of(CommandRow)
        [row] = connection.execute(select(commands).where(commands.c.staff_id == "A-1")).all()
    assert (row.action, row.subject_id) == ("assessment_show", "E1")


@pytest.fixture
def asked(town: Town) -> Iterator[list[str]]:
    """Every statement that is put to the store."""
    said: list[str] = []

    def put(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    event.listen(town.house.engine, "before_cursor_execute", put)
    yield said
    event.remove(town.house.engine, "before_cursor_execute", put)


async def test_the_list_asks_as_much_for_three_as_for_one(town: Town, play: Played, asked: list[str]) -> None:
    browser, counts = town.as_("S-county_officer"), list[int]()
    for elder in (None, "E2", "E3"):
        if elder:
            named(town, elder)
        asked.clear()
        await browser.get("/assessments")
        counts.append(len(asked))
    assert counts[0] == counts[1] == counts[2] and counts[0] <= 16, counts


# --- what it comes to ------------------------------------------------------------------------------------------------


async def test_the_score_is_the_scorers_and_what_is_missing_is_named(town: Town, play: Played) -> None:
    browser = town.as_("A-1")
    whole = await browser.post(f"{SHEET}/score", typed(46), **HTMX)
    assert whole.status_code == 200 and "<html" not in whole.text
    assert re.search(
        r"总分 <strong>46</strong> · 初步等级 <strong>中度失能</strong> · 等级 <strong>中度失能", whole.text
    )
    raised = typed(46, answers__diagnoses="some") | {"diagnosis.code": "f00", "diagnosis.by_psychiatrist": ""}
    assert "等级 <strong>重度失能" in (await browser.post(f"{SHEET}/score", raised, **HTMX)).text
    part = typed(46, answers__coma="")
    del part["answers.scores.B.1.1"]
    said = (await browser.post(f"{SHEET}/score", part, **HTMX)).text
    assert "还缺 <strong>2</strong>" in said and "#i-B.1.1" in said and "#i-A.5.11" in said and "总分" not in said
    assert re.search(r"B\.1 自理能力</span> \d+ / 32 <small>已填 7 / 8</small>", said)


async def test_without_a_script_the_whole_form_comes_back_as_it_was_typed(town: Town, play: Played) -> None:
    answer = await town.as_("A-1").post(f"{SHEET}/score", typed(46, provider__person="王示丁的女儿"))
    assert (
        "<html" in answer.text and "总分 <strong>46</strong>" in answer.text and 'value="王示丁的女儿"' in answer.text
    )
    assert len(re.findall(r'name="answers\.scores\.[^"]+" value="\d" checked', answer.text)) == 26


async def test_points_over_the_maximum_are_refused_by_name_and_nothing_is_written(town: Town, play: Played) -> None:
    notes = rows(town, Note)
    answer = await town.as_("A-1").post(SHEET, typed() | {"answers.scores.B.2.4": "4"})
    assert answer.status_code == 422 and "上下楼梯：4分超过最高3分" in answer.text
    assert (rows(town, Note), rows(town, LetterRow, "update")) == (notes, 0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answers__coma": ""}, "昏迷：没有填"),
        ({"place__kind": ""}, "没有写"),
        ({"consent__document": ""}, "没有写"),
        ({"signed_on": "2026-12-09"}, "这一天还没有到"),
        ({"provider__person": ""}, "信息提供者不是本人的，须写姓名和电话"),
        ({"consent__by": "guardian"}, "由监护人同意的，须写监护人姓名"),
        ({"answers__diagnoses": "none", "diagnosis__code": "F00"}, "又写了几项"),
        ({"answers__events": "some", "event__kind": "fall", "event__on": ""}, "日期写成"),
        ({"consent__notice_version": "第一版"}, "只能写字母、数字"),
        ({"place__where": "长" * 201}, "太长了"),
    ],
)  # fmt: skip
async def test_what_is_missing_or_wrong_stands_beside_its_field(
    town: Town, play: Played, change: dict[str, Any], says: str
) -> None:
    answer = await town.as_("A-1").post(SHEET, typed(**change))
    assert answer.status_code == 422 and re.search(rf'class="error"[^>]*>[^<]*{says}', answer.text), answer.text
    assert rows(town, LetterRow, "update") == 0


# --- handed in once --------------------------------------------------------------------------------------------------


async def test_the_same_form_sent_twice_is_one_step(town: Town, play: Played) -> None:
    browser = town.as_("A-1")
    form = typed() | {"key": await key_in(browser)}
    for _ in range(2):
        answer = await browser.post(SHEET, form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=later")
    assert rows(town, LetterRow, "update") == 1
    again = await browser.post(SHEET, typed() | {"key": await key_in(browser)})
    assert again.status_code == 303 and rows(town, LetterRow, "update") == 2


async def test_a_key_that_we_did_not_give_to_this_form_is_not_taken(town: Town, play: Played) -> None:
    browser, other = town.as_("A-1"), town.as_("A-2")
    key = await key_in(browser)
    for said in (key.partition(".")[0], f"{key[:-1]}{'0' if key[-1] != '0' else '1'}", "step-1." + "0" * 64, "."):
        assert (await browser.post(SHEET, typed() | {"key": said})).status_code == 400
    assert (await other.post(SHEET, typed() | {"key": key})).status_code == 400
    assert (await town.as_(OFFICER).post(f"{PAGE}/request", {"trigger": "staff", "key": key})).status_code == 400
    assert rows(town, LetterRow, "update") == 0


# --- two assessors ---------------------------------------------------------------------------------------------------


async def test_the_second_sees_the_firsts_and_only_they_sign(town: Town, play: Played) -> None:
    play.tell(SubmitSheet, FIRST, sheet=play.sheet(90))
    page = (await town.as_("A-2").get(f"{PAGE}/signing")).text
    assert len(re.findall(r'name="B\.\d\.\d" value="\d" checked', page)) == 26
    for who in ("A-1", OFFICER):
        assert (await town.as_(who).get(f"{PAGE}/signing")).status_code in (303, 403)
    assert (await town.as_("A-1").post(f"{PAGE}/signing", {})).status_code == 409
    assert "4</strong>" in (await town.as_("A-1").get(SHEET)).text


async def test_where_each_writes_a_sheet_the_second_sees_nothing_of_the_firsts(town: Town) -> None:
    with_bodies(town)
    play = named(town, independent=True)
    play.tell(SubmitSheet, FIRST, sheet=play.sheet(90))
    second = town.as_("A-2")
    own = (await second.get(SHEET)).text
    assert 'id="sheet"' in own and "checked" not in own
    standing = (await second.get(PAGE)).text
    assert "看评估表" not in standing and "填写自己的一张" in standing
    assert (await second.get(f"{PAGE}/signing")).headers["location"] == PAGE
    assert "看评估表" in (await town.as_("A-1").get(PAGE)).text
    assert (await second.post(SHEET, typed(90))).headers["location"] == f"{PAGE}?done=later"

    play.tell(ConfirmSheet, OTHER, own=_signed_by_second(play, 89))
    assert play.state.stage == "settling"
    side_by_side = (await second.get(SHEET)).text
    assert "有争议" in side_by_side and "相同" in side_by_side


def _signed_by_second(play: Played, total: int) -> Any:
    sheet = play.sheet(total)
    first, second = sheet.assessors
    by = (first.model_copy(update={"signed_on": None}), second.model_copy(update={"signed_on": first.signed_on}))
    return sheet.model_copy(update={"assessors": by})


async def test_disputed_items_are_settled_each_with_a_reason(town: Town, play: Played) -> None:
    play.tell(SubmitSheet, FIRST, sheet=play.sheet(90))
    play.tell(ConfirmSheet, OTHER, disputed=(Disputed(item="B.1.1", first=4, second=3),))
    browser = town.as_("A-1")
    assert "B.1.1：4 / 3" in (await browser.get(PAGE)).text
    answer = await browser.post(f"{PAGE}/settle", {"B.1.1": "3"})
    assert answer.status_code == 422 and "这一项必须填写" in answer.text
    done = await browser.post(f"{PAGE}/settle", {"B.1.1": "3", "why.B.1.1": "两人一起看老人吃饭"})
    assert done.headers["location"] == f"{PAGE}?done=later"


# --- officers --------------------------------------------------------------------------------------------------------


async def test_who_may_be_named_is_offered_and_who_may_not_stands_with_the_reason(town: Town, play: Played) -> None:
    answer = (await town.as_(OFFICER).get(f"{PAGE}/name")).text
    assert {f"A-{n}" for n in range(1, 5)} <= set(re.findall(r'name="first" value="([^"]+)"', answer))
    staff, elders = table_of(Staff), table_of(Elder)
    with writing(town.house.engine) as connection:
        index = town.house.sealer.index("phone", "+8619200000199")
        connection.execute(update(staff).where(staff.c.id == "A-3").values(phone_index=index))
        connection.execute(update(elders).where(elders.c.id == "E1").values(phone_index=index))
    answer = (await town.as_(OFFICER).get(f"{PAGE}/name")).text
    assert "A-3" not in re.findall(r'name="first" value="([^"]+)"', answer) and "评估员不能是老人的家人" in answer


async def test_the_confirming_officer_reads_the_sheet_the_points_and_why(town: Town, play: Played) -> None:
    browser = town.as_(OFFICER)
    assert (await browser.get(f"{PAGE}/level")).headers["location"] == PAGE
    play.proposed(46)
    page = (await browser.get(f"{PAGE}/level")).text
    assert "拟定的等级：中度失能" in page and "对照国标原文核对: 否" in page and "总分46分（46至65分）" in page
    assert "评估表" in page and "checked" not in page
    assert (await browser.post(f"{PAGE}/level", {"level": "moderate"})).headers["location"] == f"{PAGE}?done=later"
    assert (await browser.post(f"{PAGE}/return", {"note": " "})).status_code == 422


async def test_where_it_stands_is_told_and_the_level_that_holds(town: Town, play: Played) -> None:
    play.confirmed(46)
    play.asked()
    page = (await town.as_(OFFICER).get(PAGE)).text
    [seq] = re.findall(r'href="/elders/E1/receipts/assessment/(\d+)"', page)
    assert isinstance(play.said[int(seq) - 1], LevelConfirmed)
    for said in ("待指派评估员", "中度失能", "对照国标原文核对: 否", "历次评估", "已确认", "对等级有异议"):
        assert said in page, said
    nothing = (await town.as_(OFFICER).get("/elders/E2/assessment")).text
    assert "还没有人为这位老人申请过评估" in nothing and "对等级有异议" not in nothing
