"""A link and a code open the one visit they were made for, while it is theirs; nothing else opens anything."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.database import reading
from adapters.sealing import Keyring, Sealer
from adapters.visit_tokens import LETTERS, Token, opened_token, printed, sealed_token, typed
from models.accounts import TurnedAway, Why
from models.tables import SignInTry, VisitCode, Volunteer, table_of
from models.visiting import VisitTask, Ways
from tests.pages.town import NOW, Town
from tests.pages.visits import asked, case_is, changed

CODES, TRIES = table_of(VisitCode), table_of(SignInTry)
IN_TOKENS = string.ascii_letters + string.digits + "-_.=+/ "


def way_of(town: Town, elder: str = "E1") -> Ways:
    [way] = town.house.visit_links.of_elder(elder, town.now)
    return way


def token_of(way: Ways) -> str:
    return way.path.removeprefix("/v/")


def mutations(token: str, many: int) -> set[str]:
    """One or a few characters changed, put in, taken out, swapped, or in the other case."""
    dice, found = random.Random(1), set[str]()
    while len(found) < many:
        said = list(token)
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(said))
            match dice.randrange(5):
                case 0:
                    said[at] = dice.choice(IN_TOKENS)
                case 1:
                    said.insert(at, dice.choice(IN_TOKENS))
                case 2:
                    del said[at]
                case 3:
                    said[at], said[at - 1] = said[at - 1], said[at]
                case _:
                    said[at] = said[at].swapcase()
        found |= {"".join(said)} - {token}
    return found


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_of_ten_thousand_changed_links_none_is_taken(town: Town) -> None:
    asked(town, "E1", "V1")
    token = token_of(way_of(town))
    assert opened_token(town.house.sealer, token) is not None
    wrong = [said for said in mutations(token, 10_000) if opened_token(town.house.sealer, said) is not None]
    assert wrong == []


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_link_shows_nothing_and_is_the_same_whenever_it_is_made(town: Town) -> None:
    visit_id = asked(town, "E1", "V1")
    way = way_of(town)
    assert way == way_of(town) and len(way.path) < 120
    for word in (visit_id, "V1", "E1", "2026-12"):
        assert word not in way.path and word not in way.code


def test_a_link_of_before_opens_with_the_key_it_names(tmp_path_factory: pytest.TempPathFactory) -> None:
    ring = Keyring.load_or_create(tmp_path_factory.mktemp("keys") / "keys.json")
    old, token = Sealer(ring), Token("E1.2026-12", "V1", NOW)
    other = Keyring.load_or_create(tmp_path_factory.mktemp("keys") / "keys.json")
    newer = Sealer(Keyring(current="k2", keys={**ring.keys, "k2": other.keys["k1"]}))
    assert opened_token(newer, sealed_token(old, token)) == token
    assert opened_token(old, sealed_token(newer, token)) is None
    assert opened_token(newer, sealed_token(newer, token).replace("k2.", "k1.")) is None
    assert opened_token(Sealer(other), sealed_token(old, token)) is None


GONE: dict[str, Callable[[Town], None]] = {
    "given to others": lambda town: changed(town, "E1", volunteer_id="V2"),
    "given to nobody": lambda town: changed(town, "E1", volunteer_id=None),
    "made by others": lambda town: changed(town, "E1", state="done", visitor_id="V2", result="well"),
    "cancelled": lambda town: changed(town, "E1", state="cancelled"),
    "missed": lambda town: changed(town, "E1", state="missed"),
    "suspended": lambda town: case_is(town, "E1", "suspended"),
    "a death reported": lambda town: case_is(town, "E1", "death_reported"),
    "closed": lambda town: case_is(town, "E1", "closed"),
    "over": lambda town: town.days_pass(23),  # the last: time does not come back
}


def test_what_is_theirs_no_more_is_shown_by_no_link_and_no_code(town: Town) -> None:
    asked(town, "E1", "V1")
    links, way = town.house.visit_links, way_of(town)
    for why, gone in GONE.items():
        changed(town, "E1", volunteer_id="V1", state="open", visitor_id=None, result=None)
        case_is(town, "E1", "open")
        assert links.shown(way.task, town.now) is not None and links.task_of(token_of(way), town.now), why
        gone(town)
        task = links.task_of(token_of(way), town.now)
        assert task is None or links.shown(task, town.now) is None, why
        assert links.by_code(way.code, "10.0.0.1", town.now) == TurnedAway(why=Why.WRONG), why
        assert all(other.task.volunteer_id == "V2" for other in links.of_elder("E1", town.now)), why


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_who_made_it_may_still_correct_it(town: Town) -> None:
    asked(town, "E1", "V1")
    way = way_of(town)
    changed(town, "E1", state="done", visitor_id="V1", result="well", visited_on=NOW.date())
    task = town.house.visit_links.task_of(token_of(way), town.now)
    assert task is not None
    shown = town.house.visit_links.shown(task, town.now)
    assert shown is not None and shown.result == "well" and shown.who == "王爷爷"
    assert town.house.visit_links.by_code(way.code, "10.0.0.1", town.now) == way.task


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_barred_volunteer_has_no_link(town: Town) -> None:
    asked(town, "E1", "V1")
    way = way_of(town)
    with town.house.engine.begin() as connection:
        connection.execute(table_of(Volunteer).update().where(table_of(Volunteer).c.id == "V1").values(barred=True))
    assert town.house.visit_links.task_of(token_of(way), town.now) is None
    assert town.house.visit_links.of_elder("E1", town.now) == []


def test_a_code_is_for_one_visit_and_kept_as_a_hash(town: Town) -> None:
    asked(town, "E1", "V1")
    asked(town, "E2", "V1")
    links = town.house.visit_links
    ways = links.of_volunteer("V1", town.now)
    assert [way.task.elder_id for way in ways] == ["E1", "E2"] and len({way.code for way in ways}) == 2
    for way in ways:
        for said in (way.code, way.code.lower(), f" {way.code.replace('-', ' ')} ", way.code.replace("-", "—")):
            assert links.by_code(said, "10.0.0.1", town.now) == way.task
        assert links.next_of(way.task, town.now) != way.task
    with reading(town.house.engine) as connection:
        rows = connection.execute(select(CODES)).all()
    assert len(rows) == 2 and all(len(row.code_hash) == 64 for row in rows)
    assert not any(way.code.replace("-", "")[:7] in str(row) for way in ways for row in rows)


def test_every_slip_of_one_character_or_swap_of_two_is_found() -> None:
    code = printed("AB23XYZ").replace("-", "")
    assert typed(code) == "AB23XYZ"
    slips = [code[:at] + letter + code[at + 1 :] for at in range(8) for letter in LETTERS if letter != code[at]]
    swaps = [
        code[:a] + code[b] + code[a + 1 : b] + code[a] + code[b + 1 :] for a in range(8) for b in range(a + 1, 8)
    ]  # fmt: skip
    assert [said for said in (*slips, *swaps) if said != code and typed(said) is not None] == []
    assert typed("") is None and typed(code + "2") is None and typed("０" * 8) is None


def wrong_codes(town: Town, many: int) -> list[str]:
    real = {way.code for way in town.house.visit_links.of_elder("E1", town.now)}
    dice = random.Random(2)
    said = ("".join(dice.choices(LETTERS, k=7)) for _ in iter(int, 1))
    return [code for code in (printed(next(said)) for _ in range(many)) if code not in real]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_who_guesses_waits_and_nobody_else_does(town: Town) -> None:
    asked(town, "E1", "V1")
    links, way = town.house.visit_links, way_of(town)
    for code in wrong_codes(town, 20):
        assert links.by_code(code, "10.0.0.1", town.now) == TurnedAway(why=Why.WRONG)
    answer = links.by_code(way.code, "10.0.0.1", town.now)
    assert answer == TurnedAway(why=Why.WAIT, until=town.now + timedelta(minutes=1))
    assert isinstance(links.by_code(way.code, "10.0.0.2", town.now), VisitTask)
    town.days_pass(1 / 1440)
    assert isinstance(links.by_code(way.code, "10.0.0.1", town.now), VisitTask)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_from_however_many_addresses_they_guess_there_is_an_end(town: Town) -> None:
    asked(town, "E1", "V1")
    links = town.house.visit_links
    codes = wrong_codes(town, 300)
    for n, code in enumerate(codes):
        assert links.by_code(code, f"10.0.{n // 10}.1", town.now) == TurnedAway(why=Why.WRONG)
    answer = links.by_code(codes[0], "10.9.9.9", town.now)
    assert isinstance(answer, TurnedAway) and answer.why is Why.WAIT


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_slip_is_no_try(town: Town) -> None:
    asked(town, "E1", "V1")
    way = way_of(town)
    slip = way.code[:-1] + ("2" if way.code[-1] != "2" else "3")
    assert town.house.visit_links.by_code(slip, "10.0.0.1", town.now) == TurnedAway(why=Why.WRONG)
    with reading(town.house.engine) as connection:
        assert connection.execute(select(TRIES)).first() is None


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_codes_of_what_is_over_go(town: Town) -> None:
    asked(town, "E1", "V1")
    way_of(town)
    town.days_pass(23)
    assert town.house.visit_links.of_elder("E2", town.now) == []
    with reading(town.house.engine) as connection:
        assert connection.execute(select(CODES)).first() is None
