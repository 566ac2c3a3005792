"""A form is taken from our own pages, with the token of its session, and from nobody else."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import insert, update

from adapters.database import writing
from models.tables import Post, table_of
from models.values import Role
from tests.pages.town import STAFF_ROLES, Town, token_of
from web.page_policy import CONTENT_SECURITY_POLICY

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
PATH = "/elders/E1/request-visit"


async def test_headers_of_every_page(town: Town) -> None:
    for answer in (
        await town.as_("S-grid_worker").get("/worklist"),
        await town.as_("S-grid_worker").get("/nowhere"),
        await town.as_("S-auditor").get("/worklist"),
    ):
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["cache-control"] == "no-store"
        assert "unsafe" not in answer.headers["content-security-policy"]


async def test_a_step_from_our_page_is_kept(town: Town) -> None:
    answer = await town.as_("S-grid_worker").post(PATH, {"note": "老人来电"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/elders/E1?done=later")


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}],
)
async def test_a_form_from_elsewhere_is_not_taken(town: Town, headers: dict[str, str]) -> None:
    assert (await town.as_("S-grid_worker").post(PATH, None, **headers)).status_code == 400


@pytest.mark.parametrize(
    ("path", "kind", "content", "status", "says"),
    [
        (PATH, "multipart/form-data", b"--x", 400, "这张表不是从本页送来的"),
        (PATH, "application/x-www-form-urlencoded", b"&a=" * 2000, 400, "这张表不是从本页送来的"),
        ("/worklist", "application/x-www-form-urlencoded", b"a=b", 405, "没有这一页"),
        ("/v", "application/x-www-form-urlencoded", b"&a=" * 60, 413, "送来的内容太大"),
    ],
)
async def test_what_is_no_form_is_answered_by_a_page(
    town: Town, path: str, kind: str, content: bytes, status: int, says: str
) -> None:
    transport, cookies = httpx.ASGITransport(town.app), {"tanfang": token_of("S-grid_worker")}
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": kind}
    async with httpx.AsyncClient(transport=transport, base_url="http://console.test", cookies=cookies) as http:
        answer = await http.post(path, content=content, headers=headers)
    assert answer.status_code == status and says in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


async def test_a_fault_of_ours_is_a_page_too(town: Town) -> None:
    @town.app.get("/faulty")
    def faulty() -> None:
        raise RuntimeError("a secret")

    answer = await town.as_("S-grid_worker").get("/faulty")
    assert answer.status_code == 500 and "这里出了差错" in answer.text and "secret" not in answer.text


@pytest.mark.parametrize(
    ("staff_id", "lands"),
    [(f"S-{role.value}", "/worklist") for role in STAFF_ROLES if role not in (Role.AUDITOR, Role.ADMIN)]
    + [("S-auditor", "/audit"), ("S-admin", "/accounts")],
)
async def test_each_lands_where_their_work_begins(town: Town, staff_id: str, lands: str) -> None:
    assert (await town.as_(staff_id).get("/")).headers["location"] == lands


async def test_of_two_posts_the_one_that_has_a_list_counts(town: Town) -> None:
    with writing(town.house.engine) as c:
        post = {"id": "P-more", "role": Role.GRID_WORKER.value, "area_id": "W1", "holder_id": "S-auditor"}
        c.execute(insert(table_of(Post)).values(post))
    assert (await town.as_("S-auditor").get("/")).headers["location"] == "/worklist"


async def test_who_holds_no_post_is_told_so(town: Town) -> None:
    with writing(town.house.engine) as c:
        c.execute(update(table_of(Post)).where(table_of(Post).c.holder_id == "S-auditor").values(holder_id=None))
    assert (await town.as_("S-auditor").get("/")).status_code == 200


@pytest.mark.parametrize("form_token", ["", "0" * 64, "é"])
async def test_a_form_without_its_token_is_not_taken(town: Town, form_token: str) -> None:
    assert (await town.as_("S-grid_worker").post(PATH, {"form_token": form_token})).status_code == 400
