"""A volunteer who may not be asked any more, has another number, or agrees anew: at the counter of a running county."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from adapters.database import reading, writing
from decisions.deadlines import civil_day
from models.tables import DigestRow, RegisterChange, Volunteer, table_of
from tests.stories.test_steps import COUNTY_OFFICER, TOWNSHIP, Counter
from tests.stories.world import COUNTY, VOLUNTEER_PHONE, World, county

NEW_PHONE, OTHERS_PHONE = "+8619200000777", "+8619200000888"
VOLUNTEERS, CHANGES, DIGESTS = table_of(Volunteer), table_of(RegisterChange), table_of(DigestRow)


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Two elders, both asked of V-1 by text. V-2 lives there too, and wants no texts."""
    async with county(tmp_path, elders=2) as made:
        monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
        monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", made.house.settings.temporal_address)
        seal, index = made.house.sealer.seal, made.house.sealer.index
        with writing(made.house.engine) as connection:
            connection.execute(
                insert(VOLUNTEERS).values(
                    id="V-2", county_id=COUNTY, township_id="T1", village_id="W1", name_enc=seal("周测乙"), sex="M",
                    phone_enc=seal(OTHERS_PHONE), phone_index=index("phone", OTHERS_PHONE), capacity=9, standing="",
                    consented_on=civil_day(made.clock), opted_out_at=made.clock,
                )
            )  # fmt: skip
        while not any("61" in text for text in made.texts_to(VOLUNTEER_PHONE)):
            await made.days_pass(0.5)
        yield made


def holders(world: World) -> set[str | None]:
    return {visit.volunteer_id for elder in ("E1", "E2") for visit in world.visits(elder) if visit.state == "open"}


def changes(world: World) -> list[tuple[str, str | None]]:
    with reading(world.house.engine) as connection:
        rows = connection.execute(select(CHANGES).where(CHANGES.c.subject_id.like("V-%")).order_by(CHANGES.c.at)).all()
    return [(row.field, world.house.sealer.open(row.new_enc) if row.new_enc else None) for row in rows]


async def test_who_agrees_anew_is_asked_in_place_of_who_is_barred_until_the_bar_is_lifted(world: World) -> None:
    do, today = Counter(world), civil_day(world.clock)
    before = (today - timedelta(days=40)).isoformat()
    code, said = await do("volunteer", "consent", "V-2", "--on", before, "--how", "signed", staff=TOWNSHIP)
    assert (code, said["refusal"]) == (1, "consent_too_old")
    code, said = await do("volunteer", "consent", "V-2", "--on", str(today), "--how", "by_phone", staff=TOWNSHIP)
    assert (code, said["how"]) == (0, "by_phone")

    code, said = await do("volunteer", "bar", "V-1", "--reason", "多次谎报", staff=TOWNSHIP)
    assert (code, said["refusal"]) == (1, "wrong_role") and holders(world) == {"V-1"}
    [way, _] = world.house.visit_links.of_volunteer("V-1", world.clock)
    code, said = await do("volunteer", "bar", "V-1", "--reason", "多次谎报", staff=COUNTY_OFFICER)
    assert (code, said) == (0, {"reassigned": 2, "later": 0}) and holders(world) == {"V-2"}
    await world.days_pass(1)
    assert "您不用去了" in world.texts_to(VOLUNTEER_PHONE)[-1] and "王" in world.texts_to(OTHERS_PHONE)[-1]
    assert world.house.visit_links.task_of(way.path.removeprefix("/v/"), world.clock) is None
    code, said = await do("volunteer", "bar", "V-1", "--reason", "再次", staff=COUNTY_OFFICER)
    assert (code, said["refusal"]) == (1, "already_barred")
    _, said = await do("case", "reassign", "E1", "--to", "V-1", staff=TOWNSHIP)
    assert "已停用" in said

    code, said = await do("volunteer", "lift-bar", "V-1", "--reason", "查清不实", staff=COUNTY_OFFICER)
    assert code == 0
    code, said = await do("case", "reassign", "E1", "--to", "V-1", staff=TOWNSHIP)
    assert code == 0 and holders(world) == {"V-1", "V-2"}
    assert changes(world) == [("consent", f"{today}/by_phone"), ("barred", "多次谎报"), ("bar_lifted", "查清不实")]
    code, said = await do("volunteer", "lift-bar", "V-1", "--reason", "x", staff=COUNTY_OFFICER)
    assert said["refusal"] == "not_barred"


async def test_what_was_asked_is_asked_on_the_new_number_with_its_own_codes(world: World) -> None:
    do, told = Counter(world), len(world.texts_to(VOLUNTEER_PHONE))
    for number, refusal in ((VOLUNTEER_PHONE, "same_phone"), ("023-56551234", "not_a_mobile"), ("12", "not_a_mobile")):
        code, said = await do("volunteer", "phone", "V-1", number, staff=TOWNSHIP)
        assert (code, said["refusal"]) == (1, refusal)
    code, said = await do("volunteer", "phone", "V-1", "192 0000 0777", staff=TOWNSHIP)
    assert (code, said) == (0, {"asked": 2, "reassigned": 0, "later": 0})
    await world.days_pass(1)
    assert len(world.texts_to(VOLUNTEER_PHONE)) == told
    [asked] = [text for text in world.texts_to(NEW_PHONE) if "王" in text]
    assert "60" in asked and "61" in asked

    world.text(VOLUNTEER_PHONE, "601")  # whoever has the old number now
    await world.settle()
    assert [visit.state for visit in world.visits("E1")] == ["open"]
    world.text(NEW_PHONE, "601")
    await world.settle()
    assert sorted(visit.state for elder in ("E1", "E2") for visit in world.visits(elder)) == ["done", "open"]
    assert changes(world) == [("phone", NEW_PHONE)]


async def test_a_text_built_for_the_old_number_does_not_go_to_the_new_one(world: World) -> None:
    do = Counter(world)
    await do("case", "request-visit", "E1", staff=TOWNSHIP, settle=False)
    index = world.house.sealer.index("phone", VOLUNTEER_PHONE)
    with reading(world.house.engine) as connection:
        old = connection.execute(select(DIGESTS.c.id).where(DIGESTS.c.phone_index == index)).scalars().all()
    assert world.house.letterbox.judge(old[0], world.clock).word != "cancelled"
    await do("volunteer", "phone", "V-1", NEW_PHONE, staff=TOWNSHIP, settle=False)
    verdict = world.house.letterbox.judge(old[0], world.clock)
    assert verdict.word == "cancelled" and len(verdict.living) == 2


async def test_who_takes_a_number_that_has_opted_out_has_too(world: World) -> None:
    do = Counter(world)
    code, said = await do("volunteer", "phone", "V-1", OTHERS_PHONE, staff=TOWNSHIP)
    assert (code, said) == (0, {"asked": 0, "reassigned": 2, "later": 0}) and holders(world) == {None}
    assert world.texts_to(OTHERS_PHONE) == []
