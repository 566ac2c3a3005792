"""Posts, villages, lists and accounts as pages: what is shown to whom, and what comes of their steps."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from adapters.database import reading, writing
from models.roster import RosterKind
from models.tables import Area, CommandRow, Elder, ElderCategory, Post, RegisterChange, WorkItemRow, table_of
from tests.activities.test_roster_files import GOOD, as_csv
from tests.pages.peopled import cases, counted
from tests.pages.town import NOW, Town

POSTS, ELDERS, AREAS, LOG = table_of(Post), table_of(Elder), table_of(Area), table_of(CommandRow)
CHANGES, CATEGORIES, ITEMS = table_of(RegisterChange), table_of(ElderCategory), table_of(WorkItemRow)
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def value(town: Town, table: object, column: str, id_: str) -> object:
    with reading(town.house.engine) as connection:
        return connection.execute(select(table.c[column]).where(table.c.id == id_)).scalar_one()  # pyright: ignore


# --- posts and villages ----------------------------------------------------------------------------------------------


async def test_posts_within_ones_territory_with_who_stands_in(town: Town) -> None:
    officer, county = town.as_("S-township_officer"), town.as_("S-county_officer")
    assert (
        await officer.post("/staff/S-grid_worker/leave", {"from_on": "2026-12-08", "to_on": "2026-12-20"})
    ).is_redirect
    page = (await officer.get("/staff")).text
    assert "请假到 2026年12月20日" in page and "无人代理" in page
    assert "示例三村" not in page and "示例三村" in (await county.get("/staff")).text
    assert (await officer.post("/posts/P-S-grid_worker/deputy", {"to": "S-village_assistant"})).is_redirect
    assert value(town, POSTS, "deputy_id", "P-S-grid_worker") == "S-village_assistant"
    assert "无人代理" not in (await officer.get("/staff")).text
    stranger = await officer.post("/posts/P-S-grid_worker/deputy", {"to": "S-grid_worker-X"})
    assert stranger.status_code == 422 and "不是可选的一项" in stranger.text


async def test_a_vacant_post_is_taken_and_a_held_one_handed_over(town: Town) -> None:
    officer = town.as_("S-township_officer")
    held = await officer.post("/posts/P-S-grid_worker/holder", {"to": "S-village_assistant"})
    assert held.status_code == 422 and "换人请办交接" in held.text
    with writing(town.house.engine) as c:
        c.execute(update(POSTS).where(POSTS.c.id == "P-S-grid_worker").values(holder_id=None))
    page = (await officer.get("/staff?vacant=1")).text
    assert page.count("空缺</span>") == 1 and "/posts/P-S-grid_worker/holder" in page
    assert (await officer.post("/posts/P-S-grid_worker/holder", {"to": "S-village_assistant"})).is_redirect
    assert (await officer.post("/staff/S-village_assistant/handover", {"to": "S-township_officer"})).is_redirect
    assert value(town, POSTS, "holder_id", "P-S-grid_worker") == "S-township_officer"


async def test_nobody_names_themself_to_what_they_may_not_do_yet(town: Town) -> None:
    """Whoever enters who stands in takes no more by it: not the accounts, not the audit, not a township's check."""
    officer = town.as_("S-county_officer")
    with writing(town.house.engine) as c:
        c.execute(update(POSTS).where(POSTS.c.id == "P-S-admin").values(holder_id=None))
    for path in (
        "/posts/P-S-auditor/deputy", "/posts/P-S-township_officer/deputy", "/posts/P-S-admin/holder",
        "/staff/S-auditor/handover",
    ):  # fmt: skip
        answer = await officer.post(path, {"to": "S-county_officer"})
        assert answer.status_code == 422 and "不能由您指定自己" in answer.text, path
    assert value(town, POSTS, "deputy_id", "P-S-auditor") is None
    assert value(town, POSTS, "holder_id", "P-S-admin") is None
    assert value(town, POSTS, "holder_id", "P-S-auditor") == "S-auditor"
    assert (await officer.post("/posts/P-S-county_approver/deputy", {"to": "S-county_officer"})).is_redirect
    assert (await officer.post("/posts/P-S-auditor/deputy", {"to": "S-grid_worker"})).is_redirect


async def test_a_village_is_renamed_and_merged_from_a_day(town: Town) -> None:
    county = town.as_("S-county_officer")
    assert (await county.post("/areas/W2/rename", {"name": "和平村", "from_on": "2027-01-01"})).is_redirect
    page = (await county.get("/areas")).text
    assert "2027年1月1日 起叫 和平村" in page and "示例九村" not in page
    itself = await county.post("/areas/W1/merge", {"into": "W1", "from_on": "2026-12-08"})
    assert itself.status_code == 422
    assert (await county.post("/areas/W1/merge", {"into": "W2", "from_on": "2026-12-08"})).is_redirect
    assert value(town, ELDERS, "village_id", "E1") == "W2"
    assert "并入 示例二村" in (await county.get("/areas")).text
    again = await county.post("/areas/W3/merge", {"into": "W1", "from_on": "2026-12-08"})
    assert again.status_code == 422 and "不是可选的一项" in again.text


# --- lists -----------------------------------------------------------------------------------------------------------


async def test_lists_are_counted_and_shown_within_ones_territory(town: Town) -> None:
    cases(town)
    with writing(town.house.engine) as c:
        c.execute(
            update(ELDERS).where(ELDERS.c.id.in_(("E1", "E3"))).values(standing="cannot_decide", standing_reason="poor")
        )
    page = (await town.as_("S-township_officer").get("/lists?which=cannot-decide")).text
    assert "无法判断 1" in page and "王示福" in page and "缺：低保特困" in page and "赵样康" not in page
    assert "无法判断 2" in (await town.as_("S-county_officer").get("/lists")).text
    with counted(town.house.engine) as asked:
        await town.as_("S-county_officer").get("/lists?which=cannot-decide")
    assert len(asked) <= 16, asked


async def test_a_category_is_ended_by_a_person(town: Town) -> None:
    officer = town.as_("S-township_officer")
    path = "/elders/E1/end-category"
    to_come = await officer.post(path, {"category": "独居", "to_on": "2026-12-09"})
    assert to_come.status_code == 422  # the town's elders have a category that no list names
    with writing(town.house.engine) as c:
        c.execute(update(CATEGORIES).where(CATEGORIES.c.elder_id == "E1").values(category="独居"))
    to_come = await officer.post(path, {"category": "独居", "to_on": "2026-12-09"})
    assert to_come.status_code == 422 and "不能晚于今天" in to_come.text
    assert (await officer.post(path, {"category": "独居", "to_on": "2026-12-08"})).is_redirect
    with reading(town.house.engine) as connection:
        ended = select(CATEGORIES.c.to_on).where(CATEGORIES.c.elder_id == "E1")
        assert connection.execute(ended).scalar_one().isoformat() == "2026-12-08"


# --- bringing a list in ----------------------------------------------------------------------------------------------


async def upload(town: Town, content: bytes, staff: str = "S-county_officer", **fields: str) -> httpx.Response:
    return await town.as_(staff).upload("/roster", {"kind": "elders"} | fields, file=("名单.csv", content))


async def test_a_list_is_tried_row_by_row_and_nothing_is_written(town: Town) -> None:
    content = as_csv(RosterKind.ELDERS, [GOOD, GOOD | {"公民身份号码": "110101195001011230"}])
    page = await upload(town, content)
    assert page.status_code == 200 and "可以导入的行 1，退回的行 1" in page.text, page.text
    assert "公民身份号码" in page.text and "校验" in page.text
    with reading(town.house.engine) as connection:
        assert len(connection.execute(select(ELDERS.c.id)).all()) == 4
    sha256 = re.search(r'name="sha256" value="(\w+)"', page.text)
    assert sha256
    back = await town.as_("S-county_officer").get(f"/roster/files/{sha256[1]}/refused?kind=elders")
    assert back.headers["content-disposition"].startswith("attachment")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(back.content)).get_sheet_by_index(0).to_python()
    assert len(rows) == 2 and rows[1][0] == "3"
    with reading(town.house.engine) as connection:
        read = connection.execute(select(LOG.c.staff_id).where(LOG.c.action == "roster_refused")).scalars().all()
    assert read == ["S-county_officer"]
    begun = await town.as_("S-county_officer").post("/roster/import", {"sha256": sha256[1], "kind": "elders"})
    assert begun.status_code == 503 and "名单还没有开始导入" in begun.text  # the engine is away


@pytest.mark.parametrize(
    ("content", "fields", "says"),
    [
        (b"", {}, "没有导入："), (b"%PDF-1.7 x", {}, "是 PDF，不是表格"), (b"x" * 20_000_001, {}, "文件超过 20 MB"),
        (b"a,b", {"kind": "nobody"}, "不是可选的一项"), (b"a,b", {"start_on": "soon"}, "不是日期"),
        (b"a,b", {"kind": "staff", "full": "1"}, "只有老人名单可以作为整份名单"),
    ],
)  # fmt: skip
async def test_what_is_no_list_says_why(town: Town, content: bytes, fields: dict[str, str], says: str) -> None:
    page = await upload(town, content, **fields)
    assert page.status_code == 422 and says in page.text
    assert not (town.house.settings.data_dir / "rosters").exists()


async def test_another_countys_officer_does_not_bring_lists_in_here(town: Town) -> None:
    assert (await town.as_("S-county_officer-X").get("/roster")).status_code == 404
    assert (await upload(town, b"a,b", "S-county_officer-X")).status_code == 404
    assert (
        await town.as_("S-county_officer").post("/roster/import", {"sha256": "../x", "kind": "elders"})
    ).status_code == 422


# --- accounts --------------------------------------------------------------------------------------------------------


async def test_a_one_time_password_is_shown_once(town: Town) -> None:
    admin = town.as_("S-admin")
    made = await admin.post("/accounts/S-auditor/make")
    password = re.search(r'class="once"><code>([^<]+)</code>', made.text)
    assert made.status_code == 200 and password and made.headers["cache-control"] == "no-store"
    for path in ("/accounts/S-auditor", "/accounts"):
        page = (await admin.get(path)).text
        assert password[1] not in page and "还没有改一次性密码" in page
    assert town.house.accounts.sign_in("S-auditor", password[1], "c", NOW + timedelta(minutes=1))
    twice = await admin.post("/accounts/S-auditor/make")
    assert twice.status_code == 422 and "已有账号" in twice.text
    assert (await admin.post("/accounts/S-auditor/disable")).is_redirect
    assert "已停用" in (await admin.get("/accounts/S-auditor")).text
    own = await admin.post("/accounts/S-admin/reset")
    assert own.status_code == 422 and "另一位管理员" in own.text
    with reading(town.house.engine) as connection:
        steps = select(LOG.c.action, LOG.c.accepted, LOG.c.answer).where(LOG.c.id.startswith("step-"))
        kept = {tuple(row) for row in connection.execute(steps)}
    assert kept == {
        ("account_make", True, "recorded"), ("account_make", False, "has_account"),
        ("account_disable", True, "recorded"), ("account_reset", False, "own_account"),
    }  # fmt: skip
