"""A NUL is in no text that PostgreSQL keeps: it is refused at the door, wherever it stands."""

from __future__ import annotations

import httpx
import pytest

from adapters.sms_sandbox import SIGNATURE_HEADER, sign
from tests.pages.town import Town

URL = "http://console.test"
pytestmark = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)


@pytest.mark.parametrize(
    "path", ["/elders?q=%00", "/worklist?area=W1%00", "/elders/E1%00", "/v/a%00b", "/sign-in?next=/%00"]
)
async def test_no_address_holds_one(town: Town, path: str) -> None:
    assert (await town.as_("S-township_officer").get(path)).status_code == 404


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/elders/E1/request-visit", {"note": "a\x00"}),
        ("/elders/E1/notice", {"version": "1\x00", "given_on": "2026-12-08", "given_by": "王"}),
        ("/sign-in/phone", {"phone": "192\x00"}),
    ],
)
async def test_no_form_holds_one(town: Town, path: str, typed: dict[str, str]) -> None:
    assert (await town.as_("S-grid_worker").post(path, typed)).status_code == 400


async def test_nor_a_code_of_a_visit(town: Town) -> None:
    assert (await town.as_(None).post("/v", {"code": "AB\x00"})).status_code == 422


async def test_nor_what_a_provider_brings(town: Town) -> None:
    url, form = f"{URL}/sms/sandbox/inbound", {"MessageSid": "a\x00", "From": "+8619200000201", "Body": "521"}
    headers = {SIGNATURE_HEADER: sign(town.house.providers.sandbox_secret, url, form)}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(town.app), base_url=URL) as http:
        assert (await http.post(url, data=form, headers=headers)).status_code == 400
