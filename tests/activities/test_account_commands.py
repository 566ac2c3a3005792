"""Accounts at the command line: the first one, and those that administrators make, reset, disable and list."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import wiring
from adapters.passwords import Passwords
from commands import accounts
from models import tables as t
from models.accounts import Step, TurnedAway, Why
from models.values import Role
from settings import Settings
from starter import app
from tests.activities.office import ADMIN, CHEAP, COUNTY, GRID, HERE, NOW, OFFICER, Office, signed_in, token_of
from tests.activities.test_at_once import at_once
from tests.activities.test_bodies import bring
from wiring import House

OTHER = "S-other"


@pytest.fixture
def house(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A store in which nothing is yet."""
    for name, value in {"DATA_DIR": str(tmp_path), "DATABASE_URL": url, "COUNTY": "fengjie"}.items():
        monkeypatch.setenv(f"TANFANG_{name}", value)
    monkeypatch.setattr(wiring, "now", lambda: NOW)
    monkeypatch.setattr(House, "passwords", Passwords(CHEAP))
    made = House(Settings())
    yield made
    made.engine.dispose()


@pytest.fixture
def office(house: House) -> Office:
    """With two administrators."""
    made = Office(house.engine, house.sealer)
    made.person(OTHER, "+8619200000008", "李例寿")
    made.post("P-other", Role.ADMIN, COUNTY, holder_id=OTHER)
    return made


def typed(*words: str, by: str | None = None) -> tuple[int, Any]:
    result = CliRunner().invoke(app, ["account", *words, *(("--as", by) if by else ()), "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    try:
        return result.exit_code, json.loads(result.stdout)
    except ValueError:
        return result.exit_code, result.output


def steps(office: Office) -> list[tuple[str, str, str, str, bool, str]]:
    return [
        (row.staff_id, row.role, row.action, row.subject_id, row.accepted, row.answer)
        for row in office.rows(t.CommandRow)
    ]


def founded(house: House) -> None:
    house.register.found_county("奉节县", ("白帝镇",), date(2020, 1, 1))


# --- the first -------------------------------------------------------------------------------------------------------


def test_before_the_county_is_there_nobody_gets_an_account(house: House) -> None:
    code, said = typed("first")
    assert code == 2 and "found" in said


def test_where_nobody_is_in_the_register_somebody_is_made_for_it(house: House) -> None:
    founded(house)
    code, said = typed("first")
    assert (code, said["made"]) == (0, True)
    first = signed_in(house.accounts.sign_in(said["staff"], said["password"], HERE, NOW))
    assert first.session.step is Step.MUST_CHANGE
    changed = signed_in(house.accounts.change_password(token_of(first), "", "a good password", HERE, NOW))
    assert changed.session.step is Step.ENROL_TOTP
    assert house.desk_store.posts_of(said["staff"], NOW)[0].role is Role.ADMIN
    assert house.desk(None).actor(said["staff"], "roster_import", None).role is Role.ADMIN


def test_twice_is_once_and_shows_no_password(house: House) -> None:
    founded(house)
    assert typed("first")[1]["made"] is True
    assert typed("first") == (0, {"made": False})
    assert CliRunner().invoke(app, ["account", "first"]).stdout == "已有管理员账号，没有新建\n"


def test_two_first_starts_at_once_make_one(house: House) -> None:
    founded(house)
    made = at_once([lambda: house.account_book.first(house.home, NOW) for _ in range(3)])
    assert sum(one is not None for one in made) == 1


def test_whoever_holds_the_post_is_the_first(office: Office) -> None:
    code, said = typed("first")
    assert (code, said["staff"]) == (0, ADMIN)
    assert typed("first") == (0, {"made": False})
    assert len(office.rows(t.Staff)) == 5


def test_accounts_of_others_do_not_stand_in_for_an_administrators(office: Office) -> None:
    office.given(OFFICER)
    assert typed("first")[1]["staff"] == ADMIN
    for person, by in ((ADMIN, OTHER), (OTHER, ADMIN)):
        assert typed("disable", person, by=by)[0] == 0
    code, said = typed("first")  # nobody else could make one
    assert code == 0 and said["staff"] not in (ADMIN, OTHER)


def test_a_list_takes_no_post_from_the_first(house: House) -> None:
    founded(house)
    first = typed("first")[1]["staff"]
    bring(house, {"姓名": "吴示丙", "岗位": "管理员", "联系电话": "19200000090"})
    assert house.desk(None).actor(first, "account", None).role is Role.ADMIN


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_web_process_shows_the_first_password_at_a_terminal_only(house: House) -> None:
    screen, pipe = Terminal(), io.StringIO()
    accounts.at_first_start(house, screen)  # no county yet
    founded(house)
    accounts.at_first_start(house, pipe)
    assert (screen.getvalue(), pipe.getvalue()) == ("", "") and not house.account_book.has_keeper(house.home)
    accounts.at_first_start(house, screen)
    accounts.at_first_start(house, screen)
    [line] = screen.getvalue().splitlines()
    staff, password = line.split(" ")[0], line.split("：")[-1]
    assert signed_in(house.accounts.sign_in(staff, password, HERE, NOW)).session.staff_id == staff


def test_without_a_store_the_web_process_starts_all_the_same(tmp_path: Path) -> None:
    house = House(Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'empty.sqlite'}"))
    accounts.at_first_start(house, Terminal())
    house.engine.dispose()


# --- the others ------------------------------------------------------------------------------------------------------


def test_an_administrator_makes_resets_and_disables(office: Office, house: House) -> None:
    code, made = typed("make", OFFICER, by=ADMIN)
    assert (code, made["staff"]) == (0, OFFICER)
    token = token_of(house.accounts.sign_in(OFFICER, made["password"], HERE, NOW))
    code, again = typed("reset", OFFICER, by=ADMIN)
    assert code == 0 and again["password"] != made["password"]
    assert house.accounts.session_of(token, NOW) is None
    assert typed("disable", OFFICER, by=ADMIN) == (0, {"staff": OFFICER, "disabled": True})
    assert house.accounts.sign_in(OFFICER, again["password"], HERE, NOW) == TurnedAway(why=Why.WRONG)
    code, back = typed("reset", OFFICER, by=ADMIN)
    assert signed_in(house.accounts.sign_in(OFFICER, back["password"], HERE, NOW)).session.step is Step.MUST_CHANGE
    kept = steps(office)
    assert [(by, role, action, subject, accepted) for by, role, action, subject, accepted, _ in kept] == [
        (ADMIN, "admin", action, OFFICER, True)
        for action in ("account_make", "account_reset", "account_disable", "account_reset")
    ]
    told = json.dumps(kept)
    assert not [said for said in (made, again, back) if said["password"] in told]


def test_a_reset_takes_second_factor_and_recovery_codes_away(office: Office) -> None:
    _, _, codes = office.whole(OFFICER)
    assert len(codes) == 10
    password = typed("reset", OFFICER, by=ADMIN)[1]["password"]
    assert office.rows(t.AccountRecovery) == []
    token = token_of(office.accounts.sign_in(OFFICER, password, HERE, office.now))
    changed = signed_in(office.accounts.change_password(token, "", "another password", HERE, office.now))
    assert changed.session.step is Step.ENROL_TOTP


@pytest.mark.parametrize(
    ("words", "by", "refusal"),
    [
        (("make", ADMIN), ADMIN, "own_account"),
        (("reset", ADMIN), ADMIN, "own_account"),
        (("disable", ADMIN), ADMIN, "own_account"),
        (("reset", OFFICER), ADMIN, "no_account"),
        (("make", GRID), ADMIN, "has_account"),
        (("make", OFFICER), OFFICER, "wrong_role"),
        (("make", OFFICER), "S-wushan", "other_territory"),
        (("list",), OFFICER, "wrong_role"),
    ],
)
def test_what_is_refused_is_logged_and_makes_nothing(
    office: Office, words: tuple[str, ...], by: str, refusal: str
) -> None:
    office.given(GRID)
    office.has(t.Area, id="county-wushan", kind="county", name="巫山县", from_on=date(2020, 1, 1))
    office.person("S-wushan", "+8619200000010")
    office.post("P-wushan", Role.ADMIN, "county-wushan", holder_id="S-wushan")
    before = office.rows(t.Account)
    code, said = typed(*words, by=by)
    assert (code, said["refusal"]) == (1, refusal)
    assert office.rows(t.Account) == before
    [(_, _, _, _, accepted, answer)] = steps(office)
    assert (accepted, answer) == (False, refusal)


def test_nobody_of_the_register_is_a_slip(office: Office) -> None:
    assert [typed(word, "S-nobody", by=ADMIN)[0] for word in ("make", "reset", "disable")] == [2, 2, 2]


def test_the_list_says_how_far_each_has_got(office: Office) -> None:
    office.whole(ADMIN)
    office.given(OFFICER)
    assert typed("disable", GRID, by=ADMIN)[0] == 0
    code, lines = typed("list", by=ADMIN)
    assert code == 0
    assert {line["staff_id"]: (line["state"], line["roles"]) for line in lines} == {
        ADMIN: ("ready", ["admin"]),
        OFFICER: ("first_password", ["township_officer"]),
        GRID: ("disabled", ["grid_worker"]),
        "S-both": ("none", ["village_assistant"]),
        OTHER: ("none", ["admin"]),
    }
    table = CliRunner().invoke(app, ["account", "list", "--as", ADMIN], env={"COLUMNS": "300"}).stdout
    assert "可以登录" in table and "还没有改一次性密码" in table and "李例寿" in table
