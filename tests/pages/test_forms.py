"""Forms: what was typed stays when something is wrong, what is sent twice counts once, words are plain."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from models.tables import (
    CommandRow,
    ElderCategory,
    PayListRow,
    RegisterChange,
    Staff,
    StaffLeave,
    VolunteerLeave,
    WorkItemRow,
    table_of,
)
from tests.pages.money_town import approving, gives, lists, plays
from tests.pages.peopled import cases
from tests.pages.test_pay_pages import MARCH
from tests.pages.town import COUNTY, Town, climbing

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
ITEMS, LOG, CHANGES = table_of(WorkItemRow), table_of(CommandRow), table_of(RegisterChange)
OFFICER = "S-township_officer"


def calls(town: Town) -> None:
    with writing(town.house.engine) as c:
        c.execute(update(ITEMS).values(item="call_by_phone", about="read out D-1"))


async def test_what_was_ticked_and_typed_stays_where_a_word_is_missing(town: Town) -> None:
    calls(town)
    page = (await town.as_(OFFICER).post("/worklist/told", {"pick": ["item-E1"], "what": " "})).text
    ticked = re.findall(r'name="pick" value="([^"]+)"[^>]*checked', page)
    assert ticked == ["item-E1"] and "请写一句怎样告知的" in page
    page = (await town.as_(OFFICER).post("/worklist/told", {"what": "电话告知了"})).text
    assert "还没有选" in page and 'value="电话告知了"' in page


async def test_enter_in_the_note_says_that_it_was_told(town: Town) -> None:
    """A browser takes the first button of the form for Enter."""
    calls(town)
    climbing(town.house, "E1", "ladder")
    form = (await town.as_(OFFICER).get("/worklist")).text.split('id="bulk"')[1]
    first = re.search(r"<button[^>]*>", form)
    assert first and "/worklist/told" in first[0]


async def test_a_button_that_none_of_what_was_ticked_is_for_says_so(town: Town) -> None:
    calls(town)
    answer = await town.as_(OFFICER).post("/worklist/acknowledge", {"pick": ["item-E1"]})
    assert answer.status_code == 422 and "还没有选" in answer.text


@pytest.mark.parametrize(
    ("path", "table"), [("/volunteers/V1/leave", VolunteerLeave), ("/staff/S-grid_worker/leave", StaffLeave)]
)
async def test_a_leave_sent_twice_is_one(town: Town, path: str, table: type) -> None:
    for _ in range(2):
        answer = await town.as_(OFFICER).post(path, {"from_on": "2026-12-20", "to_on": "2026-12-21"})
        assert answer.is_redirect
    with reading(town.house.engine) as connection:
        assert len(connection.execute(select(table_of(table))).all()) == 1
        assert len(connection.execute(select(CHANGES.c.subject_id).where(CHANGES.c.field == "leave")).all()) == 1


async def test_where_nothing_can_be_chosen_a_form_says_so(town: Town) -> None:
    with writing(town.house.engine) as c:
        c.execute(table_of(ElderCategory).delete())
    for path in ("/elders/E1/end-category", "/volunteers/V1/unpair"):
        page = (await town.as_(OFFICER).get(path)).text
        assert "现在没有可选的" in page, path


async def test_what_is_searched_for_stands_in_no_address(town: Town) -> None:
    cases(town)
    officer = town.as_("S-county_officer")
    form = (await officer.get("/elders")).text
    assert re.search(r'<form[^>]*method="post"[^>]*role="search"', form)
    answer = await officer.post("/elders", {"q": "王示福", "standing": "case"})
    to = answer.headers["location"]
    assert answer.status_code == 303 and quote("王示福") not in to and "王示福" not in to and "standing=case" in to
    page = (await officer.get(to)).text
    assert "/elders/E1" in page and "/elders/E3" not in page and 'value="王示福"' in page
    for link in re.findall(r'href="([^"]+)"', page):
        assert quote("王示福") not in link and "王示福" not in link
    assert (await officer.get("/elders?s=forged")).status_code == 200
    sealed = town.house.sealer.seal("王示福")  # of the store, not of an address
    import base64

    stolen = base64.urlsafe_b64encode(sealed).decode()
    assert "王示福" not in (await officer.get(f"/elders?s={stolen}&standing=register_only")).text


async def test_the_language_is_changed_where_one_is(town: Town) -> None:
    page = (await town.as_("S-grid_worker").get("/forms?village=W1&month=2026-11")).text
    back = re.search(r'name="back" value="([^"]*)"', page)
    assert back and back[1] == "/forms?village=W1&amp;month=2026-11"
    answer = await town.as_("S-grid_worker").post("/language", {"language": "en", "back": "/\\evil.example"})
    assert answer.headers["location"] == "/"


async def test_persons_are_called_by_their_names(town: Town) -> None:
    """Who checked and who approved: not a number of the register."""
    gives(town, "E1")
    lists(town, MARCH, "approved")
    plays(town, approving())  # checked by S-1
    with writing(town.house.engine) as c:
        c.execute(update(table_of(PayListRow)).values(checked_by="S-county_officer", decided_by="S-county_approver"))
        checker = {"name_enc": town.house.sealer.seal("吴示检"), "phone_enc": town.house.sealer.seal("")}
        c.execute(insert(table_of(Staff)).values(id="S-1", county_id=COUNTY, phone_index="S-1", **checker))
    for path in ("/pay/2026-03", "/elders/E1/benefits"):
        page = (await town.as_("S-county_officer").get(path)).text
        told = re.sub(r"<[^>]+>", " ", page)
        assert "吴示" in told and not re.search(r"\bS-[a-z_1]+\b", told), (path, re.findall(r"\bS-[a-z_1]+\b", told))


async def test_that_somebody_wrote_as_another_is_kept(town: Town) -> None:
    await town.as_("S-admin").post("/phones/V1", {"body": "521"})
    with reading(town.house.engine) as connection:
        rows = connection.execute(select(LOG.c.action, LOG.c.subject_id, LOG.c.answer)).all()
    assert ("phones", "V1", "written") in [tuple(row) for row in rows]
