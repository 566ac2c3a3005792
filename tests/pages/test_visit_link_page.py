"""Staff give the way to a visit's page: by console, by command, on the card. Each is recorded, each opens it."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from adapters.database import reading
from models.tables import CommandRow, Pairing, table_of
from starter import app
from tests.pages.town import Browser, Town, app_of
from tests.pages.visits import asked
from web.card import card_html
from wiring import House

SQLITE = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
COMMANDS, PAIRINGS = table_of(CommandRow), table_of(Pairing)
PATH = "/elders/E1/visit-link"
URL = "https://tanfang.example"


@pytest.fixture
def command(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The command line over the same store, with the address that people reach our pages by."""
    monkeypatch.setenv("TANFANG_DATA_DIR", str(town.house.settings.data_dir))
    monkeypatch.setenv("TANFANG_DATABASE_URL", town.house.settings.store_url)
    monkeypatch.setenv("TANFANG_PUBLIC_URL", f"{URL}/")
    monkeypatch.setattr("wiring.now", lambda: town.now)
    return town


def steps(town: Town) -> list[tuple[str, str, str]]:
    with reading(town.house.engine) as connection:
        return [(row.staff_id, row.action, row.subject_id) for row in connection.execute(select(COMMANDS)).all()]


@SQLITE
async def test_by_console(town: Town) -> None:
    asked(town, "E1", "V1")
    browser = town.as_("S-grid_worker")
    assert "/v/" not in (await browser.get(PATH)).text
    assert steps(town) == [("S-grid_worker", "case_show", "E1")]  # the elder is named
    page = (await browser.post(PATH)).text
    [path] = re.findall(r'href="http://console.test(/v/[^"]+)"', page)
    [code] = re.findall(r'class="code">([^<]+)<', page)
    assert steps(town)[1:] == [("S-grid_worker", "visit_link", "E1")]
    assert "看望王爷爷" in (await town.as_(None).get(path)).text
    assert (await town.as_(None).post("/v", {"code": code})).headers["location"] == path


@SQLITE
async def test_of_a_visit_that_is_nobodys_there_is_none(town: Town) -> None:
    asked(town, "E1", None)
    page = (await town.as_("S-grid_worker").post(PATH)).text
    assert "现在没有派给志愿者的在办探访" in page and "/v/" not in page


@SQLITE
def test_by_command(command: Town) -> None:
    asked(command, "E1", "V1")
    said = CliRunner().invoke(app, ["visit", "link", "E1", "--as", "S-grid_worker"])
    [way] = command.house.visit_links.of_elder("E1", command.now)
    assert said.exit_code == 0 and f"{URL}{way.path}" in said.stdout and way.code in said.stdout
    rows = json.loads(CliRunner().invoke(app, ["visit", "link", "E1", "--as", "S-grid_worker", "--json"]).stdout)
    assert rows["links"][0]["url"] == f"{URL}{way.path}" and rows["links"][0]["volunteer"] == "V1"
    assert steps(command) == [("S-grid_worker", "visit_link", "E1")] * 2
    for staff in ("S-grid_worker-T2", "S-auditor"):
        said = CliRunner().invoke(app, ["visit", "link", "E1", "--as", staff])
        assert said.exit_code != 0 and "/v/" not in said.stdout


@SQLITE
def test_on_the_card(command: Town) -> None:
    asked(command, "E1", "V1")
    with command.house.engine.begin() as connection:
        pairs = {"volunteer_id": "V1", "elder_id": "E1", "from_on": command.now.date()}
        connection.execute(PAIRINGS.insert().values(**pairs))
    page = command.house.settings.data_dir / "card.html"
    CliRunner().invoke(app, ["volunteer", "card", "V1", "--as", "S-township_officer", "--page", str(page)])
    printed = page.read_text(encoding="utf-8")
    [way] = command.house.visit_links.of_elder("E1", command.now)
    assert f"<td>{way.code}" in printed and f"{URL}/v" in printed and "<svg" in printed and way.path not in printed


@SQLITE
@pytest.mark.parametrize("url", ["http://tanfang.example", None])
async def test_on_the_card_by_console(town: Town, url: str | None) -> None:
    asked(town, "E1", "V1")
    with town.house.engine.begin() as connection:
        pairs = {"volunteer_id": "V1", "elder_id": "E1", "from_on": town.now.date()}
        connection.execute(PAIRINGS.insert().values(**pairs))
    house = House(town.house.settings.model_copy(update={"public_url": url}), now=lambda: town.now)
    page = (await Browser(app_of(house), "S-township_officer").get("/volunteers/V1/card")).text
    house.engine.dispose()
    [way] = town.house.visit_links.of_elder("E1", town.now)
    for shown in ("<svg", f"{url}/v", way.code, "网页编码"):
        assert (shown in page) is (url is not None), shown
    assert way.path not in page and "style=" not in page


@SQLITE
async def test_a_card_without_a_code_says_nothing_of_codes(town: Town) -> None:
    """Nothing is asked of her now: there is nothing to open."""
    asked(town, "E1", None)
    with town.house.engine.begin() as connection:
        pairs = {"volunteer_id": "V1", "elder_id": "E1", "from_on": town.now.date()}
        connection.execute(PAIRINGS.insert().values(**pairs))
    settings = town.house.settings.model_copy(update={"public_url": "http://tanfang.example"})
    house = House(settings, now=lambda: town.now)
    page = (await Browser(app_of(house), "S-township_officer").get("/volunteers/V1/card")).text
    house.engine.dispose()
    assert "王示福" in page and "1组1号" in page and "<svg" not in page and "最右一栏" not in page


def test_without_an_address_the_card_has_no_picture() -> None:
    page = card_html([["52", "王示福"]], ["<回复>"], None)
    assert "<svg" not in page and "<td>52<td>王示福" in page and "&lt;回复&gt;" in page
