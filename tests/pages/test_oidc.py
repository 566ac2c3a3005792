"""Signing in by way of an OpenID Connect provider: a real one on loopback, through the real pages, and when it lies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pyotp.totp import TOTP
from sqlalchemy import select
from structlog.testing import capture_logs
from typer.testing import CliRunner

from adapters.database import reading
from models.accounts import OneTime
from models.tables import Account, AccountSubject, OidcWay, RegisterChange, SessionRow, SignInTry, table_of
from models.values import Actor, ActorKind, Role
from settings import Settings
from tests.oidc_server import CLIENT, SECRET, OidcServer
from tests.pages.test_sign_in import Person, token_in
from tests.pages.town import NOW, Town, founded

ADMIN = Actor(id="S-admin", kind=ActorKind.STAFF, role=Role.ADMIN)
OFFICER, OTHER, SUBJECT = "S-township_officer", "S-county_officer", "u-1001"
ACCOUNTS, SESSIONS, TRIES = table_of(Account), table_of(SessionRow), table_of(SignInTry)


@pytest.fixture
def provider() -> Iterator[OidcServer]:
    with OidcServer(NOW, "http://console.test") as server:
        yield server


@pytest.fixture
def town(tmp_path: Path, provider: OidcServer) -> Iterator[Town]:
    made = Town(founded(tmp_path).house.settings.data_dir, **settings_of(provider))
    assert made.house.single_sign_on is not None
    assert made.house.single_sign_on.subjects.bind(OFFICER, SUBJECT, ADMIN, NOW) is None
    yield made
    made.house.engine.dispose()


def settings_of(provider: OidcServer, **more: Any) -> dict[str, Any]:
    return {
        "oidc_issuer": provider.url, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET,
        "public_url": "http://console.test", "oidc_second_factor": "mfa, urn:two-factors", "oidc_name": "县政务认证",
    } | more  # fmt: skip


class Visitor(Person):
    """Somebody at a browser that follows the provider's redirects too."""

    async def goes(self, wanted: str = "/worklist") -> httpx.Response:
        """There and back, as the browser is led."""
        return await self.arrives(await self.sent(wanted))

    async def sent(self, wanted: str = "/worklist") -> str:
        """To the provider; answers the address that it sends the browser back to."""
        page = await self.open(f"/sign-in?next={wanted}")
        link = re.search(r'href="(/sign-in/oidc\?next=[^"]+)"', page.text)
        assert link, page.text
        there = await self.http.get(link[1].replace("&amp;", "&"))
        assert there.status_code == 303, there.text
        async with httpx.AsyncClient() as http:
            return (await http.get(there.headers["location"])).headers["location"]

    async def arrives(self, address: str) -> httpx.Response:
        self.page = await self.http.get(address)
        if self.page.status_code == 303:
            self.page = await self.http.get(self.page.headers["location"], follow_redirects=True)
        return self.page

    @property
    def is_in(self) -> bool:
        return self.page.status_code == 200 and self.page.url.path == "/worklist"


def sessions(town: Town) -> list[Any]:
    with reading(town.house.engine) as connection:
        return list(connection.execute(select(SESSIONS)).all())


# --- as it should be -------------------------------------------------------------------------------------------------


async def test_somebody_bound_is_signed_in_with_the_providers_second_factor(town: Town, provider: OidcServer) -> None:
    provider.says = {"amr": ["pwd", "mfa"]}
    officer = Visitor(town)
    assert "用统一身份登录：县政务认证" in (await officer.open("/sign-in")).text
    await officer.goes()
    assert officer.is_in
    [session] = sessions(town)
    assert (session.staff_id, session.how, session.step) == (OFFICER, "oidc", "full")
    assert "tanfang_oidc" not in officer.http.cookies
    town.now += timedelta(minutes=31)  # as any session of ours
    assert (await officer.open("/worklist")).url.path == "/sign-in"


@pytest.mark.parametrize("says", [{"acr": "urn:two-factors"}, {"acr": "urn:one", "amr": ["mfa"]}])
async def test_what_counts_as_a_second_factor_there_is_in_the_settings(
    town: Town, provider: OidcServer, says: dict[str, Any]
) -> None:
    provider.says = says
    officer = Visitor(town)
    await officer.goes()
    assert officer.is_in


@pytest.mark.parametrize("says", [{}, {"amr": ["pwd"]}, {"acr": "mfa "}, {"amr": "mfa"}, {"amr": [["mfa"]]}])
async def test_without_one_ours_follows_and_then_nothing_opens(
    town: Town, provider: OidcServer, says: dict[str, Any]
) -> None:
    provider.says = says
    officer = Visitor(town)
    await officer.goes()
    assert not officer.is_in
    if says.get("amr") == "mfa":  # no list: the token is none
        assert officer.page.status_code == 422
        return
    assert officer.page.url.path == "/sign-in/enrol"
    assert (await officer.http.get("/worklist")).headers["location"] == "/sign-in/enrol"
    secret = re.search(r'class="secret">(\w+)<', officer.page.text)
    assert secret
    await officer.fill(code=TOTP(secret[1]).at(town.now))
    assert (await officer.open("/worklist")).url.path == "/worklist"
    await officer.http.post("/sign-out", data={"form_token": token_in(officer.page)})
    town.now += timedelta(minutes=2)
    provider.now = town.now
    again = Visitor(town)
    await again.goes()
    assert again.page.url.path == "/sign-in/code" and "next=/worklist" in str(again.page.url)
    await again.fill(code=TOTP(secret[1]).at(town.now))
    assert again.is_in


async def test_whoever_is_not_bound_gets_no_account(town: Town, provider: OidcServer) -> None:
    provider.person, provider.says = "u-2002", {"amr": ["mfa"]}
    stranger = Visitor(town)
    assert (await stranger.goes()).status_code == 422
    assert "还没有绑定这里的账号" in stranger.page.text
    with reading(town.house.engine) as connection:
        assert [row.staff_id for row in connection.execute(select(ACCOUNTS))] == [OFFICER]
    assert sessions(town) == []


async def test_a_disabled_account_is_opened_by_nothing(town: Town, provider: OidcServer) -> None:
    provider.says = {"amr": ["mfa"]}
    officer = Visitor(town)
    await officer.goes()
    assert officer.is_in
    town.house.account_book.disable(OFFICER, ADMIN, NOW)
    assert (await officer.open("/worklist")).url.path == "/sign-in"
    assert (await officer.goes()).status_code == 422


async def test_another_claim_may_name_people(tmp_path: Path, provider: OidcServer) -> None:
    folder = founded(tmp_path).house.settings.data_dir
    town = Town(folder, **settings_of(provider, oidc_claim="employee_number"))
    assert town.house.single_sign_on is not None
    assert town.house.single_sign_on.subjects.bind(OFFICER, "0042", ADMIN, NOW) is None
    provider.says, provider.posts_secret = {"employee_number": "0042", "amr": ["mfa"]}, True
    officer = Visitor(town)
    await officer.goes()
    assert officer.is_in
    provider.person, provider.says = "0042", {"amr": ["mfa"]}  # the same words, under another claim
    assert (await Visitor(town).goes()).status_code == 422
    town.house.engine.dispose()


@pytest.mark.parametrize(("claim", "value"), [("email", "li@county.example"), ("phone_number", "+8619200000999")])
async def test_an_address_that_nobody_has_verified_there_names_nobody(
    tmp_path: Path, provider: OidcServer, claim: str, value: str
) -> None:
    """At many a provider everybody writes any address into their own profile."""
    town = Town(founded(tmp_path).house.settings.data_dir, **settings_of(provider, oidc_claim=claim))
    assert town.house.single_sign_on is not None
    assert town.house.single_sign_on.subjects.bind(OFFICER, value, ADMIN, NOW) is None
    for verified, status in ((None, 422), (False, 422), ("true", 422), (True, 200)):
        provider.says = {"amr": ["mfa"], claim: value, f"{claim}_verified": verified}
        assert (await Visitor(town).goes()).status_code == status, verified
    town.house.engine.dispose()


async def test_a_new_key_of_the_provider_is_fetched(town: Town, provider: OidcServer) -> None:
    provider.says = {"amr": ["mfa"]}
    first, second = Visitor(town), Visitor(town)
    await first.goes()
    provider.signs = "new"
    await second.goes()
    assert first.is_in and second.is_in and provider.asked.count("/keys") == 2


# --- as it must not be -----------------------------------------------------------------------------------------------

LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"}, "another audience": {"aud": "somebody-else"},
    "no audience": {"aud": None}, "several, and not for us": {"aud": [CLIENT, "b"], "azp": "b"},
    "another nonce": {"nonce": "of-before"}, "no nonce": {"nonce": None}, "over": {"exp": NOW.timestamp() - 120},
    "no end": {"exp": None}, "not yet": {"nbf": NOW.timestamp() + 600}, "nobody": {"sub": None}, "no words": {"sub": 7},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "an end that is none": {"exp": "later"},
}  # fmt: skip


async def test_a_token_that_proves_nothing_opens_nothing(town: Town, provider: OidcServer) -> None:
    with capture_logs() as logs:
        for says in LIES.values():
            provider.says = {"amr": ["mfa"]} | says
            await _refused(town)
        for provider.signs in ("strange", "none", "shared"):
            provider.says = {"amr": ["mfa"]}
            await _refused(town)
    told = [one["event"] for one in logs if one["event"].startswith("oidc")]
    assert told == ["oidc_refused"] * (len(LIES) + 3)
    assert SUBJECT not in repr(logs) and "example.org" not in repr(logs)
    provider.signs = "own"
    officer = Visitor(town)
    await officer.goes()
    assert officer.is_in  # so that it was the lie each time


async def _refused(town: Town) -> None:
    officer = Visitor(town)
    assert (await officer.goes()).status_code == 422
    assert "统一认证没有通过" in officer.page.text and sessions(town) == []


async def test_who_declines_there_is_not_signed_in_here(town: Town, provider: OidcServer) -> None:
    provider.error = "access_denied"
    await _refused(town)


async def test_a_way_leads_back_once_and_only_in_its_own_browser(town: Town, provider: OidcServer) -> None:
    provider.says, provider.again = {"amr": ["mfa"]}, True
    officer, other = Visitor(town), Visitor(town)
    back = await officer.sent()
    way = officer.http.cookies["tanfang_oidc"]
    theirs = await other.sent()
    assert (await other.arrives(back)).status_code == 422  # another's way, in a browser that has its own
    await officer.arrives(back)
    assert officer.is_in
    thief = Visitor(town)
    assert (await thief.arrives(back)).status_code == 422  # without the cookie
    thief.http.cookies.set("tanfang_oidc", way, domain="console.test", path="/")
    assert (await thief.arrives(back)).status_code == 422  # with it, once more: the provider would say yes
    changed = back.replace(parse_qs(urlsplit(back).query)["state"][0], parse_qs(urlsplit(theirs).query)["state"][0])
    thief.http.cookies.set("tanfang_oidc", way, domain="console.test", path="/")
    assert (await thief.arrives(changed)).status_code == 422
    assert len(sessions(town)) == 1


async def test_a_way_that_took_too_long_is_over_and_gone(town: Town, provider: OidcServer) -> None:
    provider.says = {"amr": ["mfa"]}
    officer = Visitor(town)
    back = await officer.sent()
    town.now += timedelta(minutes=11)
    assert (await officer.arrives(back)).status_code == 422
    provider.now = town.now
    for _ in range(2):
        await Visitor(town).goes()
        town.now += timedelta(minutes=11)
        provider.now = town.now
    with reading(town.house.engine) as connection:
        assert len(connection.execute(select(table_of(OidcWay))).all()) == 1


@pytest.mark.parametrize("page", ["/.well-known/openid-configuration", "/keys", "/token"])
async def test_a_provider_that_is_away_is_said_to_be(town: Town, provider: OidcServer, page: str) -> None:
    provider.answers = {page: 503}
    officer = Visitor(town)
    await officer.open("/sign-in")
    if page == "/token":
        answer = await officer.goes()
    else:
        answer = await officer.http.get("/sign-in/oidc")
    assert answer.status_code == 503 and "统一认证暂时没有应答" in answer.text and 'name="password"' in answer.text


async def test_a_provider_that_names_itself_otherwise_is_not_asked(town: Town, provider: OidcServer) -> None:
    provider.says = {"issuer": "https://evil.example"}
    assert (await Visitor(town).http.get("/sign-in/oidc")).status_code == 503


async def test_nobody_is_led_elsewhere_by_way_of_the_provider(town: Town, provider: OidcServer) -> None:
    provider.says = {"amr": ["mfa"]}
    officer = Visitor(town)
    back = await officer.sent("//evil.test/")
    assert (await officer.http.get(back)).headers["location"] == "/"


async def test_many_ways_in_vain_make_an_address_wait(town: Town, provider: OidcServer) -> None:
    provider.error = "access_denied"
    officer = Visitor(town)
    statuses = [(await officer.goes()).status_code for _ in range(22)]
    assert statuses[0] == 422 and statuses[-1] == 429


# --- who is bound ----------------------------------------------------------------------------------------------------


async def test_an_administrator_binds_by_page_and_nothing_of_the_subject_is_kept(
    town: Town, provider: OidcServer
) -> None:
    admin = town.as_("S-admin")
    path = f"/accounts/{OTHER}"
    assert "没有绑定" in (await admin.get(path)).text
    taken = await admin.post(f"{path}/bind", {"subject": SUBJECT})
    assert taken.status_code == 422 and "已绑定别人的账号" in taken.text
    assert (await admin.post(f"{path}/bind", {"subject": " "})).status_code == 422
    assert (await admin.post(f"{path}/bind", {"subject": "u-3003"})).status_code == 303
    assert "已绑定 " in (await admin.get(path)).text
    assert (await admin.post("/accounts/S-admin/bind", {"subject": "u-4"})).status_code == 422  # one's own
    assert (await town.as_(OFFICER).post(f"{path}/bind", {"subject": "u-5"})).status_code == 403
    provider.person, provider.says = "u-3003", {"amr": ["mfa"]}
    officer = Visitor(town)
    await officer.goes()
    assert officer.is_in
    assert (await admin.post(f"{path}/unbind")).status_code == 303
    assert (await officer.open("/worklist")).url.path == "/sign-in"  # what was opened so has ended
    assert (await admin.post(f"{path}/unbind")).status_code == 422
    assert (await officer.goes()).status_code == 422
    with reading(town.house.engine) as connection:
        noted = connection.execute(select(table_of(RegisterChange))).all()
        bound = connection.execute(select(table_of(AccountSubject))).all()
        tries = connection.execute(select(TRIES)).all()
    assert {"account.bound", "account.unbound"} <= {row.field for row in noted}
    assert "u-3003" not in repr([noted, bound, tries]) and len(bound) == 1


def test_at_the_command_line_too(town: Town, provider: OidcServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from starter import app

    monkeypatch.setenv("TANFANG_DATA_DIR", str(town.house.settings.data_dir))
    cli = CliRunner()
    given = ["account", "bind", OTHER, "u-9", "--as", "S-admin"]
    assert cli.invoke(app, given).exit_code == 2  # nothing is set up
    for name, value in settings_of(provider).items():
        monkeypatch.setenv(f"TANFANG_{name.upper()}", value)
    said = cli.invoke(app, given)
    assert said.exit_code == 0 and "已绑定统一认证身份" in said.output, said.output
    assert cli.invoke(app, ["account", "bind", OTHER, SUBJECT, "--as", "S-admin"]).exit_code == 1
    assert cli.invoke(app, ["account", "bind", OTHER, "u-9", "--as", OFFICER]).exit_code == 1
    assert cli.invoke(app, ["account", "unbind", OTHER, "--as", "S-admin"]).exit_code == 0
    assert cli.invoke(app, ["account", "unbind", OTHER, "--as", "S-admin"]).exit_code == 1


async def test_a_password_goes_on_working_beside_it(town: Town) -> None:
    reset = town.house.account_book.reset(OFFICER, ADMIN, NOW)
    assert isinstance(reset, OneTime)
    officer = Visitor(town)
    await officer.open("/sign-in")
    await officer.fill(staff_id=OFFICER, password=reset.password.get_secret_value())
    assert officer.page.url.path == "/sign-in/password"


# --- where nobody has set it up --------------------------------------------------------------------------------------


async def test_without_settings_there_is_neither_button_nor_door(tmp_path: Path) -> None:
    town = founded(tmp_path)
    visitor = Visitor(town)
    assert "/sign-in/oidc" not in (await visitor.open("/sign-in")).text
    assert (await visitor.open("/sign-in/oidc")).status_code == 404
    assert "/bind" not in (await town.as_("S-admin").get(f"/accounts/{OFFICER}")).text
    town.house.engine.dispose()


@pytest.mark.parametrize(
    "given",
    [{"oidc_client_id": None}, {"oidc_client_secret": None}, {"public_url": None}, {"oidc_issuer": None},
     {"oidc_issuer": "http://county.example"}],
)  # fmt: skip
def test_half_a_provider_is_said_by_name(provider: OidcServer, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"TANFANG_\w+|oidc_issuer"):
        Settings(**settings_of(provider, **given))
