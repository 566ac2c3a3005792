"""What a path does not name is looked at too: ids in forms and queries, whom a page tells of besides, roles held only
elsewhere."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from models.ids import county_stream
from models.letters import LETTER, UpdateLetter
from models.roster import RosterKind
from models.tables import (
    CommandRow,
    DigestRow,
    LetterRow,
    Pairing,
    Post,
    WorkItemRow,
    table_of,
)
from models.values import Role
from tests.activities.test_roster_files import GOOD, as_csv
from tests.pages.assessed import MATRIX, named, with_bodies
from tests.pages.peopled import cases, visit
from tests.pages.town import COUNTY, NOW, OTHER_COUNTY, SINCE, Town

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
LETTERS, ITEMS, LOG, POSTS = table_of(LetterRow), table_of(WorkItemRow), table_of(CommandRow), table_of(Post)
OFFICER, ASSISTANT = "S-township_officer", "S-village_assistant"


def post_for(town: Town, staff: str, role: Role, area: str) -> None:
    with writing(town.house.engine) as c:
        c.execute(insert(POSTS).values(id=f"P-more-{role}-{area}", role=role.value, area_id=area, holder_id=staff))


def handed_in(town: Town) -> list[UpdateLetter]:
    with reading(town.house.engine) as connection:
        bodies = connection.execute(select(LETTERS.c.body_enc).where(LETTERS.c.kind == "update")).scalars().all()
    letters = [LETTER.validate_json(town.house.sealer.open(body)) for body in bodies]
    return [letter for letter in letters if isinstance(letter, UpdateLetter)]


# --- ids in forms ----------------------------------------------------------------------------------------------------


async def test_a_visit_is_given_only_to_those_whom_the_page_offers(town: Town) -> None:
    cases(town)
    visit(town, "E1", "open", "V1", id="E1/0")
    for stranger in ("V9", "V3"):  # of another county, of another township
        page = await town.as_(OFFICER).post("/villages/W1/reassign", {"to-E1/0": stranger, "from-E1/0": "V1"})
        assert page.status_code == 422 and "不是可选的一项" in page.text
    assert handed_in(town) == []


async def test_a_visit_that_another_has_been_given_meanwhile_is_not_given_away_again(town: Town) -> None:
    cases(town)
    visit(town, "E1", "open", "V2", id="E1/0")  # V1's when the page was made
    page = await town.as_(OFFICER).post("/villages/W1/reassign", {"to-E1/0": "V1", "from-E1/0": "V1"})
    assert page.status_code == 422 and "已经改派" in page.text
    assert handed_in(town) == []
    assert 'name="from-E1/0" value="V2"' in (await town.as_(OFFICER).get("/villages/W1/reassign")).text


@pytest.mark.parametrize("went", ["V9", "S-grid_worker-X"])
async def test_nobody_of_another_county_has_gone_by_a_paper_form(town: Town, went: str) -> None:
    cases(town)
    form = {"village": "W1", "month": "2026-12", "on-E1": "7", "result-E1": "well", "visitor-E1": went}
    page = await town.as_("S-grid_worker").post("/forms", form)
    assert page.status_code == 422 and handed_in(town) == []
    form["visitor-E1"] = "V3"  # of the next township: may have come over
    assert (await town.as_("S-grid_worker").post("/forms", form)).status_code == 200


async def test_what_a_step_ends_is_not_closed_by_hand(town: Town) -> None:
    with writing(town.house.engine) as c:
        c.execute(update(ITEMS).where(ITEMS.c.id == "item-E1").values(item="confirm_suspension", about="hospital"))
    answer = await town.as_(OFFICER).post("/items/item-E1", {"what": "看过了"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/elders/E1")
    with reading(town.house.engine) as connection:
        assert connection.execute(select(ITEMS.c.closed_at).where(ITEMS.c.id == "item-E1")).scalar() is None


# --- whom a page tells of besides -------------------------------------------------------------------------------------


async def test_a_volunteers_page_and_card_name_no_elder_of_another_village(town: Town) -> None:
    cases(town)
    visit(town, "E3", "open", "V1")
    with writing(town.house.engine) as c:
        c.execute(insert(table_of(Pairing)).values(volunteer_id="V1", elder_id="E3", from_on=SINCE))
        for elder, words in (("E1", "51王爷爷"), ("E3", "61赵爷爷")):
            c.execute(
                insert(table_of(DigestRow)).values(
                    id=f"D-{elder}", recipient_id="V1", recipient_kind="volunteer", phone_index="x",
                    text_class="ordinary", template="ask", body_enc=town.house.sealer.seal(words), segments=1,
                    body_index="b", state="delivered", built_at=NOW,
                )
            )  # fmt: skip
            c.execute(
                insert(LETTERS).values(
                    id=f"L-{elder}", kind="text", elder_id=elder, body_enc=b"", state="gathered", created_at=NOW,
                    send_not_before=NOW, tries=0, digest_id=f"D-{elder}",
                )
            )  # fmt: skip
    assistant = town.as_(ASSISTANT)
    for path in ("/volunteers/V1", "/volunteers/V1/card", "/volunteers/V1/unpair"):
        page = (await assistant.get(path)).text
        assert "王示福" in page and "赵样康" not in page and "3组3号" not in page, path
    page = (await assistant.get("/volunteers/V1")).text
    assert "51王爷爷" in page and "61赵爷爷" not in page and "不在您的辖区" in page
    assert "不在您的辖区" in (await assistant.get("/volunteers/V1/card")).text
    county = (await town.as_("S-county_officer").get("/volunteers/V1")).text
    assert "赵样康" in county and "61赵爷爷" in county and "不在您的辖区" not in county
    assert "3组3号" in (await town.as_("S-county_officer").get("/volunteers/V1/card")).text


async def test_an_assessor_does_not_see_on_the_list_whom_they_may_not_open(town: Town) -> None:
    with_bodies(town)
    named(town, "E1", first=MATRIX)
    with writing(town.house.engine) as c:
        c.execute(update(POSTS).where(POSTS.c.id == "P-S-assessor").values(role="grid_worker", area_id="W3"))
    answer = await town.as_("S-assessor").get("/assessments")
    assert answer.status_code == 200 and "王示福" not in answer.text
    assert (await town.as_("S-assessor").get("/elders/E1/assessment")).status_code == 404


@pytest.mark.parametrize("path", ["/elders", "/worklist"])
async def test_a_filter_names_no_village_of_another_place(town: Town, path: str) -> None:
    officer = town.as_(OFFICER)
    assert "示例三村" not in (await officer.get(f"{path}?area=T2")).text
    assert "示例九村" not in (await officer.get(f"{path}?area=T9")).text
    assert "示例一村" in (await town.as_("S-county_officer").get(f"{path}?area=T1")).text


# --- a role held only elsewhere ---------------------------------------------------------------------------------------


async def test_rows_that_were_refused_are_given_back_to_the_county_whose_list_it_is(town: Town) -> None:
    content = as_csv(RosterKind.ELDERS, [GOOD, GOOD | {"公民身份号码": "110101195001011230"}])
    page = await town.as_("S-county_officer").upload("/roster", {"kind": "elders"}, file=("名单.csv", content))
    found = re.search(r'name="sha256" value="(\w+)"', page.text)
    assert found
    other = await town.as_("S-county_officer-X").get(f"/roster/files/{found[1]}/refused?kind=elders")
    assert other.status_code == 404


async def test_names_of_a_list_are_not_for_who_has_a_place_only_elsewhere(town: Town) -> None:
    """An administrator tries lists without seeing whose they are; a post in another county makes no difference."""
    file = ("名单.csv", as_csv(RosterKind.ELDERS, [GOOD]))
    whole = {"kind": "elders", "full": "1", "township": "白帝镇"}
    told = await town.as_("S-county_officer").upload("/roster", whole, file=file)
    assert "李例寿" in told.text  # has a case, and is not on the whole list
    post_for(town, "S-admin", Role.GRID_WORKER, "W9")
    told = await town.as_("S-admin").upload("/roster", whole, file=file)
    assert told.status_code == 200 and "李例寿" not in told.text


async def test_a_step_of_a_county_is_taken_under_a_role_that_is_held_there(town: Town) -> None:
    post_for(town, "S-county_approver", Role.COUNTY_OFFICER, OTHER_COUNTY)
    with writing(town.house.engine) as c:
        c.execute(update(POSTS).where(POSTS.c.id.like("P-more-%")).values(id="A-first"))
    await town.as_("S-county_approver").post(f"/pay/2026-11/return?county={COUNTY}", {"note": "不对"})
    [letter] = handed_in(town)
    assert letter.workflow_id == county_stream(COUNTY) and letter.message.actor.role is Role.COUNTY_APPROVER


async def test_only_what_may_be_done_here_is_offered(town: Town) -> None:
    """A grid worker of one village who is a township's officer elsewhere."""
    post_for(town, "S-grid_worker", Role.TOWNSHIP_OFFICER, "T2")
    page = (await town.as_("S-grid_worker").get("/elders/E1")).text
    assert "/elders/E1/notice" in page and "/elders/E1/end-category" not in page
    assert "/elders/E3/end-category" in (await town.as_("S-grid_worker").get("/elders/E3")).text


# --- readings ---------------------------------------------------------------------------------------------------------


def read_of(town: Town, staff: str) -> list[tuple[str, str, str]]:
    with reading(town.house.engine) as connection:
        rows = connection.execute(select(LOG).where(LOG.c.staff_id == staff, LOG.c.id.like("read-%"))).all()
    return [(row.action, row.subject_id, row.answer) for row in rows]


@pytest.mark.parametrize("path", ["assessment", "assessment/sheet", "visit-link"])
async def test_every_page_of_an_elder_asks_why_outside_ones_own_work(town: Town, path: str) -> None:
    with writing(town.house.engine) as c:
        c.execute(update(ITEMS).where(ITEMS.c.id == "item-E1").values(closed_at=NOW))
    answer = await town.as_(OFFICER, tells_why=False).get(f"/elders/E1/{path}")
    assert answer.status_code == 303 and "/elders/E1/reason?next=" in answer.headers["location"]


async def test_an_assessor_is_not_asked_why_of_whom_they_are_to_assess(town: Town) -> None:
    with_bodies(town)
    named(town, "E1", first=MATRIX)
    with writing(town.house.engine) as c:
        c.execute(update(ITEMS).where(ITEMS.c.id == "item-E1").values(closed_at=NOW))
    assessor = town.as_("S-assessor", tells_why=False)
    for path in ("/elders/E1/assessment", "/elders/E1/assessment/sheet"):
        assert (await assessor.get(path)).status_code == 200
    assert ("assessment_show", "E1", "own_work") in read_of(town, "S-assessor")


async def test_that_an_elders_name_was_read_beside_a_link_is_kept(town: Town) -> None:
    page = (await town.as_("S-grid_worker").get("/elders/E1/visit-link")).text
    assert "王示福" in page
    assert [row[:2] for row in read_of(town, "S-grid_worker")] == [("case_show", "E1")]


async def test_whom_a_form_names_is_read_of_too_right_or_wrong(town: Town) -> None:
    cases(town)
    assert "王示福" not in (await town.as_(OFFICER).get("/volunteers/V1/pair")).text  # paired with V1 already
    await town.as_(OFFICER).post("/elders/E1/close", {"why": "moved_out"})
    read = [row[:2] for row in read_of(town, OFFICER)]
    assert ("volunteer", "V1") in read and ("case_show", "E1") in read


async def test_numbers_shown_whole_for_a_call_are_kept_as_such(town: Town) -> None:
    with writing(town.house.engine) as c:
        c.execute(update(ITEMS).where(ITEMS.c.id == "item-E1").values(item="follow_up", about="needs_help"))
    assert "192 0000 0101" in (await town.as_("S-grid_worker").get("/items/item-E1")).text
    assert ("reveal", "E1", "follow_up") in read_of(town, "S-grid_worker")
