"""A version of a county's rules is two persons' and has a date: at the command line, on both stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from typer.testing import CliRunner

import wiring
from adapters.database import migrate, reading, writing
from adapters.sql_policies import InForce
from adapters.sql_versions import PackText
from commands.policy import app
from models import tables as t
from models.errors import Refusal
from models.tables import table_of
from models.values import Role
from policies.pack import load
from settings import Settings
from tests.activities.register import NOW, TODAY
from tests.decisions.planting import both, planted, put
from wiring import House, covers_of, stored

COUNTY, LITONG = "county-litong", load("litong")
OFFICER, APPROVER, ADMIN, TOWN = "S-officer", "S-approver", "S-admin", "S-town"
POSTS = {
    OFFICER: Role.COUNTY_OFFICER, APPROVER: Role.COUNTY_APPROVER, ADMIN: Role.ADMIN, TOWN: Role.TOWNSHIP_OFFICER,
}  # fmt: skip
SEEN, SINCE = ("--hash", LITONG.hash[:8]), ("--from", "2026-03-01")


@pytest.fixture
def house(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """利通 with an officer, an approver, an administrator, and one of a township; no rules yet."""
    monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TANFANG_DATABASE_URL", url)
    monkeypatch.setenv("TANFANG_COUNTY", "litong")
    monkeypatch.setattr(wiring, "now", lambda: NOW)
    made = House(Settings())
    has(made, t.Area, id=COUNTY, kind="county", name="利通区", from_on=date(2020, 1, 1))
    has(made, t.Area, id="T1", kind="township", name="T1", parent_id=COUNTY, from_on=date(2020, 1, 1))
    for n, (staff, role) in enumerate(POSTS.items()):
        has(made, t.Staff, id=staff, county_id=COUNTY, name_enc=b"x", phone_enc=b"x", phone_index=staff)
        area = "T1" if role is Role.TOWNSHIP_OFFICER else COUNTY
        has(made, t.Post, id=f"P{n}", role=role.value, area_id=area, holder_id=staff)
    yield made
    made.engine.dispose()


def has(house: House, model: Any, **row: Any) -> None:
    with writing(house.engine) as connection:
        connection.execute(insert(table_of(model)).values(**row))


def rows(house: House, model: Any) -> list[Any]:
    with reading(house.engine) as connection:
        return list(connection.execute(select(table_of(model))))


def typed(*words: str, by: str | None) -> tuple[int, Any]:
    result = CliRunner().invoke(app, [*words, *(("--as", by) if by else ()), "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    try:
        return result.exit_code, json.loads(result.stdout)
    except ValueError:
        return result.exit_code, result.output


def refused(*words: str, by: str) -> str:
    code, said = typed(*words, by=by)
    assert code == 1, said
    return said["refusal"]


def holds(house: House, day: date = TODAY) -> str | None:
    with reading(house.engine) as connection:
        return InForce(covers_of).hash_of(connection, COUNTY, day)


def steps(house: House) -> list[tuple[str, str, str, bool, str]]:
    return [
        (row.staff_id, row.role, row.action, row.accepted, row.answer)
        for row in rows(house, t.CommandRow)
    ]  # fmt: skip


def test_what_one_proposes_a_second_activates_as_seen_and_not_before(house: House) -> None:
    code, said = typed("propose", "litong", *SINCE, by=OFFICER)
    assert (code, said["hash"], said["active_from"]) == (0, LITONG.hash, "2026-03-01")
    assert (holds(house), rows(house, t.LetterRow)) == (None, [])
    assert refused("activate", "litong", *SINCE, *SEEN, by=OFFICER) == "same_person"
    assert refused("activate", "litong", *SINCE, "--hash", "0" * 8, by=APPROVER) == "other_version"
    assert refused("activate", "litong", "--from", "2026-03-02", *SEEN, by=APPROVER) == "other_version"
    assert refused("activate", "litong", *SINCE, *SEEN, by=TOWN) == "wrong_role"
    assert holds(house) is None
    code, said = typed("activate", "litong", *SINCE, *SEEN, by=APPROVER)
    assert (code, said["hash"], said["activated_by"]) == (0, LITONG.hash, APPROVER)
    assert holds(house) == LITONG.hash
    [version] = rows(house, t.PolicyVersion)
    assert (version.content, version.proposed_by, version.activated_by) == (LITONG.content, OFFICER, APPROVER)
    assert [letter.kind for letter in rows(house, t.LetterRow)] == ["start_county"]
    assert refused("activate", "litong", *SINCE, *SEEN, by=APPROVER) == "already_activated"
    assert refused("propose", "litong", *SINCE, by=OFFICER) == "already_activated"
    kept = [step for step in steps(house) if step[3]]
    assert kept == [
        (OFFICER, "county_officer", "policy_propose", True, LITONG.hash),
        (APPROVER, "county_approver", "policy_activate", True, LITONG.hash),
    ]
    assert [step[4] for step in steps(house) if not step[3]] == [
        "same_person", "other_version", "other_version", "wrong_role", "already_activated", "already_activated",
    ]  # fmt: skip


def test_who_types_nothing_sees_what_waits_and_decides_nothing(house: House) -> None:
    assert refused("activate", "litong", by=APPROVER) == "no_proposal"
    assert refused("activate", "litong", *SINCE, *SEEN, by=APPROVER) == "no_proposal"
    typed("propose", "litong", *SINCE, by=ADMIN)
    for some in ((), SEEN, SINCE):
        code, said = typed("activate", "litong", *some, by=APPROVER)
        assert (code, said["refusal"], said["shown"]["proposed_by"]) == (2, "not_typed", ADMIN)
        assert said["type"].startswith(f"starter.py policy activate litong --from 2026-03-01 --hash {LITONG.hash[:8]} ")
    assert typed("activate", "litong", *SINCE, "--hash", LITONG.hash[:7], by=APPROVER)[0] == 2
    assert typed("activate", "litong", *SINCE, *SEEN, by=None)[0] == 2  # there is staff: nobody begins any more
    assert holds(house) is None


def test_one_waits_at_a_time_until_it_is_withdrawn(house: House) -> None:
    typed("propose", "litong", "--from", "2026-04-01", by=OFFICER)
    assert refused("propose", "litong", *SINCE, by=ADMIN) == "already_proposed"
    assert refused("withdraw", "litong", "--hash", "0" * 8, by=ADMIN) == "other_version"
    assert refused("withdraw", "litong", *SEEN, by=TOWN) == "wrong_role"
    assert typed("withdraw", "litong", *SEEN, by=ADMIN)[0] == 0
    assert refused("withdraw", "litong", *SEEN, by=ADMIN) == "no_proposal"
    assert refused("activate", "litong", "--from", "2026-04-01", *SEEN, by=APPROVER) == "no_proposal"
    assert typed("propose", "litong", *SINCE, by=OFFICER)[0] == 0
    assert typed("activate", "litong", *SINCE, *SEEN, by=APPROVER)[0] == 0
    code, listed = typed("list", "litong", by=None)
    assert (code, [(one["state"], one["proposed_by"], one["withdrawn_by"]) for one in listed]) == (
        0, [("in_force", OFFICER, None), ("withdrawn", OFFICER, ADMIN)],
    )  # fmt: skip


def test_no_listed_month_is_ruled_anew_neither_when_it_is_proposed_nor_when_it_is_activated(house: House) -> None:
    old = PackText("litong", "0", "0" * 64, LITONG.content)
    house.versions.install(old, date(2020, 1, 1), "operator", NOW)
    assert refused("propose", "litong", "--from", "2026-02-28", by=OFFICER) == "month_listed"
    assert typed("propose", "litong", *SINCE, by=OFFICER)[0] == 0
    drawn = {"n": 1, "state": "checking", "sha256": "1" * 64, "drawn_at": NOW, "lines": 0, "fen": 0}
    none = dict.fromkeys(("back_pay_fen", "claw_back_fen", "held", "unstated"), 0)
    has(house, t.PayListRow, county_id=COUNTY, month=date(2026, 3, 1), **drawn, **none)
    assert refused("activate", "litong", *SINCE, *SEEN, by=APPROVER) == "month_listed"
    assert holds(house) == old.hash
    typed("withdraw", "litong", *SEEN, by=APPROVER)
    assert refused("propose", "litong", *SINCE, by=OFFICER) == "month_listed"
    assert typed("propose", "litong", "--from", "2026-03-03", by=OFFICER)[0] == 0
    assert typed("activate", "litong", "--from", "2026-03-03", *SEEN, by=APPROVER)[0] == 0
    assert (holds(house), holds(house, date(2026, 3, 3))) == (old.hash, LITONG.hash)
    _, listed = typed("list", "litong", by=None)
    assert [(one["state"], one["proposed_by"]) for one in listed] == [
        ("in_force", None), ("withdrawn", OFFICER), ("to_come", OFFICER),
    ]  # fmt: skip
    shown = CliRunner().invoke(app, ["list", "litong"], env={"COLUMNS": "240"}).stdout
    assert all(words in shown for words in ("建县时一人启用", "到日适用", LITONG.hash[:12], APPROVER))


def test_a_pack_that_a_later_check_refuses_is_not_activated(house: House) -> None:
    broken = LITONG.content.replace('"role":"county_officer"', '"role":"mayor"')
    assert broken != LITONG.content
    with writing(house.engine) as connection:
        held = {"id": "p", "proposed_by": OFFICER, "proposed_at": NOW, "active_from": date(2026, 3, 1)}
        row = stored(LITONG)._replace(content=broken)._asdict() | held
        connection.execute(insert(table_of(t.PolicyProposal)).values(row))
    assert refused("activate", "litong", *SINCE, *SEEN, by=APPROVER) == Refusal.NOT_CHECKED


def test_what_would_be_in_force_and_rule_no_month_is_not_proposed(house: House) -> None:
    later = planted(both(put("version", "2"), put("effective_from", "2026-02-01")), "litong")
    house.versions.install(stored(later), date(2026, 2, 1), "operator", NOW)
    code, said = typed("propose", "litong", *SINCE, by=OFFICER)
    assert (code, "effective_from" in said, rows(house, t.PolicyProposal)) == (2, True, [])


def test_of_many_who_propose_at_once_one_waits(house: House) -> None:
    packs = [PackText("litong", str(n), str(n) * 64, LITONG.content) for n in range(6)]
    with ThreadPoolExecutor(6) as threads:
        said = list(threads.map(lambda one: house.versions.propose(one, date(2026, 3, 1), OFFICER, NOW), packs))
    assert sorted(said, key=str) == [None, *[Refusal.ALREADY_PROPOSED] * 5]
    assert [row.hash for row in rows(house, t.PolicyProposal)] == [packs[said.index(None)].hash]


def test_a_store_of_before_has_versions_that_one_person_activated(empty_url: str) -> None:
    migrate(empty_url, "0015")
    house = House(Settings(database_url=empty_url))
    old = {"hash": "1" * 64, "county": "litong", "version": "1", "content": "-", "active_from": "2026-01-01"}
    with writing(house.engine) as connection:
        columns = ", ".join([*old, "activated_by", "at"])
        values = ", ".join(f"'{value}'" for value in [*old.values(), "S", "2026-01-01T00:00:00.000000Z"])
        connection.exec_driver_sql(f"INSERT INTO policy_version ({columns}) VALUES ({values})")
    migrate(empty_url)
    [row] = rows(house, t.PolicyVersion)
    house.engine.dispose()
    assert (row.activated_by, row.proposed_by) == ("S", None)
