"""Signing in as people do: by page, with the real accounts, and what a half signed-in session may open."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from pyotp.totp import TOTP

from models.accounts import OneTime
from models.values import Actor, ActorKind, Role
from tests.pages.town import NOW, Town

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
ADMIN = Actor(id="S-admin", kind=ActorKind.STAFF, role=Role.ADMIN)
OFFICER = "S-township_officer"
OWN = "correct horse 12"


class Person:
    """Somebody at a browser: keeps cookies, fills in the form of the page they see."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(town.app), base_url="http://console.test",
            headers={"Sec-Fetch-Site": "same-origin"},
        )  # fmt: skip
        self.page = httpx.Response(200)

    async def open(self, path: str) -> httpx.Response:
        self.page = await self.http.get(path, follow_redirects=True)
        return self.page

    async def fill(self, **typed: str) -> httpx.Response:
        """Into the first form of the page, with its hidden fields."""
        sheet = r"<form method=\"post\"(?: action=\"([^\"]*)\")? class=\"sheet\">(.*?)</form>"
        form = re.search(sheet, self.page.text, re.DOTALL)
        assert form, self.page.text
        hidden = dict(re.findall(r"<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\">", form[2]))
        hidden = {name: value.replace("&amp;", "&") for name, value in hidden.items()}
        self.page = await self.http.post(form[1] or str(self.page.url), data=hidden | typed, follow_redirects=True)
        return self.page


async def test_from_a_first_password_to_two_factors(town: Town) -> None:
    first = town.house.account_book.make(OFFICER, ADMIN, NOW)
    assert isinstance(first, OneTime)
    officer = Person(town)
    await officer.open("/worklist")
    assert "登录" in officer.page.text and officer.page.url.path == "/sign-in"
    await officer.fill(staff_id=OFFICER, password=first.password.get_secret_value())
    assert officer.page.url.path == "/sign-in/password"
    assert (await officer.fill(new="short", again="short")).status_code == 422
    assert "密码至少12个字符" in officer.page.text
    await officer.fill(new=OWN, again=OWN)
    assert officer.page.url.path == "/sign-in/enrol"
    secret = re.search(r'class="secret">(\w+)<', officer.page.text)
    assert secret and "data:image/svg+xml" in officer.page.text
    assert (await officer.fill(code="000000")).status_code == 422 and secret[1] in officer.page.text
    await officer.fill(code=TOTP(secret[1]).at(town.now))
    codes = re.findall(r"<li><code>([\w-]+)</code></li>", officer.page.text)
    assert len(codes) == 10 and 'href="/worklist"' in officer.page.text
    assert (await officer.open("/worklist")).url.path == "/worklist"

    town.now += timedelta(hours=1)  # longer than a session rests
    assert (await officer.open("/worklist")).url.path == "/sign-in"
    await officer.fill(staff_id=OFFICER, password=OWN)
    assert officer.page.url.path == "/sign-in/code"
    assert (await officer.http.get("/worklist")).headers["location"] == "/sign-in/code"  # half signed in
    assert (await officer.http.post("/account/sign-out-others", data={})).status_code == 403
    await officer.fill(code=codes[0])
    assert officer.page.url.path == "/worklist"
    out = await officer.http.post("/sign-out", data={"form_token": token_in(officer.page)})
    assert out.headers["location"] == "/sign-in?out=1"
    assert "已退出登录。" in (await officer.open(out.headers["location"])).text
    assert (await officer.open("/worklist")).url.path == "/sign-in"
    await officer.fill(staff_id=OFFICER, password=OWN)
    assert (await officer.fill(code=codes[0])).status_code == 422  # each opens once


async def test_whoever_is_there_and_whoever_is_not_hear_the_same(town: Town) -> None:
    town.house.account_book.make(OFFICER, ADMIN, NOW)
    told: set[str] = set()
    for login in (OFFICER, "S-nobody"):
        person = Person(town)
        await person.open("/sign-in")
        await person.fill(staff_id=login, password="not it at all")
        told |= set(re.findall(r"role=\"alert\">([^<]+)<", person.page.text))
    assert told == {"编号、密码或验证码不对"}


async def test_many_errors_make_one_wait_and_the_page_says_until_when(town: Town) -> None:
    town.house.account_book.make(OFFICER, ADMIN, NOW)
    person = Person(town)
    await person.open("/sign-in")
    statuses = [(await person.fill(staff_id=OFFICER, password="wrong wrong 1")).status_code for _ in range(8)]
    assert statuses[0] == 422 and statuses[-1] == 429
    assert "可以再试的时间：2026年12月8日" in person.page.text


async def test_a_village_worker_signs_in_by_the_code_on_their_phone(town: Town) -> None:
    worker = Person(town)
    phone = town.phone_of("S-grid_worker")
    await worker.open("/sign-in/phone")
    await worker.fill(phone=phone)
    assert "验证码已经发出" in worker.page.text
    code = town.code_sent_to(phone)
    assert code is not None
    assert (await worker.fill(code="000000" if code != "000000" else "111111")).status_code == 422
    await worker.fill(code=code)
    assert worker.page.url.path == "/worklist"


async def test_a_stranger_hears_the_same_and_gets_no_code(town: Town) -> None:
    stranger = Person(town)
    await stranger.open("/sign-in/phone")
    await stranger.fill(phone="19200009999")
    assert "验证码已经发出" in stranger.page.text
    assert town.code_sent_to("+8619200009999") is None


async def test_a_link_opens_once(town: Town) -> None:
    token = town.house.sign_in_links.make("S-county_approver", NOW).get_secret_value()
    town.now += timedelta(hours=2)  # it waits longer than a session rests
    first, second = Person(town), Person(town)
    for person in (first, second):
        await person.open(f"/sign-in/link?token={token}")
        await person.fill()
    assert first.page.status_code == 200 and "县审批人" in first.page.text
    assert second.page.status_code == 422 and "登录已过期" in second.page.text


@pytest.mark.parametrize("wanted", ["//evil.test/", "https://evil.test/", "/\\evil.test", "/sign-in/code", "evil"])
async def test_nobody_is_led_elsewhere(town: Town, wanted: str) -> None:
    token = town.house.sign_in_links.make("S-county_officer", NOW).get_secret_value()
    person = Person(town)
    await person.open("/sign-in/link")
    answer = await person.http.post(
        f"/sign-in/link?next={wanted}", data={"token": token, "form_token": token_in(person.page)}
    )
    assert answer.status_code == 303 and answer.headers["location"] == "/"


async def test_no_changed_session_opens_anything(town: Town) -> None:
    token = town.house.sign_in_links.make("S-county_officer", NOW).get_secret_value()
    letters = "ABCxyz019-_"
    for n in range(400):
        at = n % len(token)
        changed = token[:at] + letters[(letters.find(token[at]) + 1 + n) % len(letters)] + token[at + 1 :]
        if changed != token:
            assert town.house.accounts.session_of(changed, NOW) is None


def token_in(page: httpx.Response) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', page.text)
    assert found
    return found[1]
