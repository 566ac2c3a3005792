"""Who may open what: every declared route × every role and nobody × own place, another township, another county."""

from __future__ import annotations

import pytest

from decisions.permits import MAY
from models.values import Role
from tests.pages.assessed import MATRIX as ASSESSOR
from tests.pages.assessed import named, with_bodies
from tests.pages.texted import built
from tests.pages.town import OF_TOWNSHIPS, OF_VILLAGES, STAFF_ROLES, Town, climbing
from web.console.need import About, Declared
from web.console.pages import Undeclared, check_declared
from web.console.router import Console

PLACES = ("own", "other township", "other county")
NAMED: dict[str, tuple[str, str, str]] = {
    "elder_id": ("E1", "E3", "E9"),
    "volunteer_id": ("V1", "V3", "V9"),
    "staff_id": ("S-grid_worker", "S-grid_worker-T2", "S-grid_worker-X"),
    "area_id": ("W1", "W3", "W9"),
    "post_id": ("P-S-grid_worker", "P-S-grid_worker-T2", "P-S-grid_worker-X"),
    "sha256": ("0" * 64, "0" * 64, "0" * 64),
    "session_id": ("0" * 64, "0" * 64, "0" * 64),
    "person_id": ("V1", "V3", "V9"),
    "county": ("fengjie", "fengjie", "guangyuan"),
    "item_id:path": ("item-E1", "item-E3", "item-E9"),
    "cause_id": ("ladder", "ladder", "ladder"),
    "code": ("care_allowance", "care_allowance", "care_allowance"),
    "of": ("benefit", "benefit", "benefit"),
    "seq": ("12", "12", "12"),
    "body_id": ("B1", "B1", "B9"),
    "month": ("2026-12", "2026-12", "2026-12"),
    "figure": ("rate", "rate", "rate"),
    "pack": ("fengjie@draft", "fengjie@draft", "fengjie@draft"),
    "text_id:path": ("sent~D-E1", "sent~D-E1", "sent~D-E1"),
    "run": ("0" * 32, "0" * 32, "0" * 32),
}
"""What a parameter of a path is filled with, by place."""


def path_in(one: Declared, place: int) -> str:
    path = one.path
    for name, ids in NAMED.items():
        path = path.replace(f"{{{name}}}", ids[place])
    return path


def expected(one: Declared, role: Role, place: int) -> str:
    """By the permits and the map alone: `may`, `not this role`, `not there`."""
    if one.need.action is not None and role not in MAY[one.need.action]:
        return "not this role"
    if one.need.about is About.NOTHING or place == 0:
        return "may"
    whole_county = role not in (*OF_VILLAGES, *OF_TOWNSHIPS)
    return "may" if place == 1 and whole_county else "not there"


def prepared(town: Town) -> None:
    """An assessor sees an elder only while they are named: in each place they may go to, they are. Each elder has an
    escalation that has ended. One text has gone to V1."""
    with_bodies(town)
    for elder in ("E1", "E3"):
        named(town, elder, first=ASSESSOR)
    for elder in NAMED["elder_id"]:
        climbing(town.house, elder, "ladder", state="resolved")
    built(town, "V1", "请看望", "E1", digest_id="D-E1")


SAYS = {403: "not this role", 404: "not there"}


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_every_cell(town: Town) -> None:
    console: Console = town.app.state.console
    prepared(town)
    wrong: list[str] = []
    cells = 0
    for one in console.declared:
        nobody = town.as_(None)
        for place in range(len(PLACES)):
            path = path_in(one, place)
            assert "{" not in path, f"{one.path}: NAMED has nothing for a parameter of it"
            answer = await (nobody.get(path) if one.method == "GET" else nobody.post(path))
            cells += 1
            if answer.status_code != 303 or not answer.headers["location"].startswith("/sign-in"):
                wrong.append(f"{one.method} {path} for nobody: {answer.status_code}")
            for role in STAFF_ROLES:
                browser = town.as_(f"S-{role.value}")
                answer = await (browser.get(path) if one.method == "GET" else browser.post(path))
                cells += 1
                said = SAYS.get(answer.status_code, "may" if answer.status_code < 500 else str(answer.status_code))
                if said != expected(one, role, place):
                    wrong.append(f"{one.method} {path} as {role.value}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert cells == len(console.declared) * len(PLACES) * (len(STAFF_ROLES) + 1)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_route_without_a_permission_is_not_served(town: Town) -> None:
    @town.app.get("/forgotten")
    def forgotten() -> None: ...

    with pytest.raises(Undeclared, match="GET /forgotten"):
        check_declared(town.app, town.app.state.console)
