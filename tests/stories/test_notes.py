"""What people type at the counter stands sealed in the register and nowhere else, and the timeline still tells it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from google.protobuf import json_format
from sqlalchemy import delete, select, update
from temporalio.api.common.v1 import Payload

from adapters.database import reading, writing
from audit.store import LETTERS, NOTES, Store
from audit.timeline import timeline
from decisions.deadlines import civil_day
from models.tables import Elder, LedgerRow, WorkItemRow, table_of
from tests.stories.test_steps import ASSISTANT, COUNTY_OFFICER, GRID, TOWNSHIP, Counter
from tests.stories.world import World, county

LEDGER, ITEMS, ELDERS = table_of(LedgerRow), table_of(WorkItemRow), table_of(Elder)
NAMES = "禾穗稻粟麦黍稷菽粱稞荞藜蓼蒿苇荻芦菅茅蕨"


class Planted:
    """Somebody's name and number, other ones for each step; `by_elder` says who was told of in whose case."""

    def __init__(self) -> None:
        self.by_elder: dict[str, dict[str, tuple[str, str]]] = {}
        self._left = iter(enumerate(NAMES))

    def __call__(self, elder: str, step: str) -> str:
        n, char = next(self._left)
        name, phone = f"庄示{char}", f"1391234{n:04d}"
        self.by_elder.setdefault(elder, {})[step] = (name, phone)
        return f"{name}说的，电话{phone}"

    def all(self) -> list[str]:
        return [word for told in self.by_elder.values() for pair in told.values() for word in pair]


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    (tmp_path / "data").mkdir()
    async with county(tmp_path / "data", elders=4) as made:
        monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
        monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", made.house.settings.temporal_address)
        yield made


async def test_what_is_typed_stands_in_the_register_alone_and_is_told(world: World, tmp_path: Path) -> None:
    typed = Planted()
    do = Counter(world)
    await _a_visit_and_its_ladder(world, do, typed)
    await _standing(world, do, typed)
    await _a_death_and_a_move(world, do, typed)
    item = await _follow_up(world, do, typed)
    await _paper(world, do, typed, tmp_path)
    await world.days_pass(0.1)
    planted = typed.all()
    assert len(planted) == 2 * 20

    letters, facts, engine = _letters(world), _facts(world), await _payloads(world)
    for where in (letters, facts, engine):
        assert "in_note" in where and '"note-' in where
        assert [word for word in planted if word in where] == []
    assert "DeathConfirmed" in facts and "EscalationExtended" in facts
    for kind in ("confirm_death", "close", "extend", "resolve", "report_visit"):
        assert f'"kind":"{kind}"' in letters and f'"kind":"{kind}"' in engine, kind
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert any(path.name.startswith("store.sqlite") for path in files)
    assert [(word, path.name) for path in files for word in planted if word.encode() in path.read_bytes()] == []

    store = Store(world.house.engine, world.house.sealer)
    for elder, told in typed.by_elder.items():
        lines = "\n".join(line.text for line in timeline(store, elder))
        missing = {step for step, (name, phone) in told.items() if name not in lines or phone not in lines}
        assert missing == ({"done --what"} if elder == "E1" else set()), elder
    with reading(world.house.engine) as connection:
        row = connection.execute(select(ITEMS).where(ITEMS.c.id == item)).one()
        note = connection.execute(select(NOTES).where(NOTES.c.id == row.close_reason)).one()
    assert typed.by_elder["E1"]["done --what"][0] in world.house.sealer.open(note.text_enc)


async def test_a_note_that_was_changed_or_taken_away_is_told_as_such(world: World) -> None:
    await Counter(world)("case", "request-visit", "E1", "--note", "老人侄女来电")
    store = Store(world.house.engine, world.house.sealer)
    assert any(line.text.endswith("（附言：老人侄女来电）") for line in timeline(store, "E1"))
    with writing(world.house.engine) as connection:
        connection.execute(update(NOTES).values(text_enc=world.house.sealer.seal("老人本人来电")))
    assert any(line.text.endswith("（附言：老人本人来电，与台账所记不符）") for line in timeline(store, "E1"))
    with writing(world.house.engine) as connection:
        connection.execute(delete(NOTES))
    assert any(line.text.endswith("（附言不在登记簿里）") for line in timeline(store, "E1"))


async def test_where_words_are_needed_the_counter_asks_for_them(world: World) -> None:
    do = Counter(world)
    today = civil_day(world.clock)
    await do("case", "death", "report", "E1")
    confirm = ("case", "death", "confirm", "E1", "--died-on", today.isoformat(), "--source")
    for source, asked in (("other", "--note"), ("侄女说的", "--source")):
        code, words = await do(*confirm, source, staff=TOWNSHIP)
        assert code == 2 and asked in str(words)
    code, words = await do("case", "close", "E2", "moved_out", "--note", "搬走了", staff=TOWNSHIP)
    assert code == 2 and "--place" in words
    long_ago = (today - timedelta(days=9)).isoformat()
    code, words = await do("visit", "record", "E2", "--on", long_ago, "--note", "补")
    assert code == 2 and "--reason" in words


# --- the steps -------------------------------------------------------------------------------------------------------


async def _a_visit_and_its_ladder(world: World, do: Counter, typed: Planted) -> None:
    await _done(do, "case", "request-visit", "E1", "--note", typed("E1", "request-visit"))
    await _done(do, "case", "reassign", "E1", "--note", typed("E1", "reassign"))
    await world.days_pass(0.05)
    (escalation,) = world.escalations()
    await _done(do, "escalation", "acknowledge", escalation, "--note", typed("E1", "acknowledge"), staff=GRID)
    soon = (civil_day(world.clock) + timedelta(days=1)).isoformat()
    extend = ("escalation", "extend", escalation, "--until", soon)
    await _done(do, *extend, "--reason", typed("E1", "extend --reason"), staff=GRID)
    give = ("escalation", "reassign", escalation, "--to", ASSISTANT)
    await _done(do, *give, "--note", typed("E1", "escalation reassign"), staff=TOWNSHIP)
    await _done(do, "escalation", "resolve", escalation, "other", "--text", typed("E1", "resolve --text"))


async def _standing(world: World, do: Counter, typed: Planted) -> None:
    today = civil_day(world.clock)
    record = ("visit", "record", "E1", "--on", (today - timedelta(days=9)).isoformat(), "--need", "daily_care")
    reason, note = typed("E1", "record --reason"), typed("E1", "record --note")
    await _done(do, *record, "--reason", reason, "--note", note)
    _, shown = await do("case", "show", "E1")
    seen = next(row["id"] for row in shown["visits"] if row["state"] in ("done", "late"))
    await _done(do, "visit", "correct", "E1", "--visit", seen, "--note", typed("E1", "correct"))
    await _done(do, "case", "change", "E1", "injured", "--note", typed("E1", "change"))
    await do("case", "refusal", "E1", "--note", typed("E1", "refusal"))  # refused or not: either way it is a fact
    suspend = ("case", "suspend", "E1", "hospital", "--review-on", (today + timedelta(days=30)).isoformat())
    await _done(do, *suspend, "--note", typed("E1", "suspend"), staff=TOWNSHIP)
    await _done(do, *suspend, "--confirm", "--note", typed("E1", "suspend --confirm"), staff=COUNTY_OFFICER)
    await _done(do, "case", "resume", "E1", "--note", typed("E1", "resume"), staff=TOWNSHIP)


async def _a_death_and_a_move(world: World, do: Counter, typed: Planted) -> None:
    await _done(do, "case", "death", "report", "E2", "--note", typed("E2", "death report"))
    await _done(do, "case", "death", "undo", "E2", "--note", typed("E2", "death undo"), staff=TOWNSHIP)
    await _done(do, "case", "death", "report", "E2")
    today = civil_day(world.clock).isoformat()
    confirm = ("case", "death", "confirm", "E2", "--died-on", today, "--source", "other")
    await _done(do, *confirm, "--note", typed("E2", "death confirm --note"), staff=TOWNSHIP)
    await _done(do, "case", "close", "E3", "moved_out", "--place", typed("E3", "close --place"), staff=TOWNSHIP)


async def _follow_up(world: World, do: Counter, typed: Planted) -> str:
    _, items = await do("worklist", staff=TOWNSHIP)
    item = next(found["id"] for found in items if found["cause"] == "follow_up")
    assert await do("done", item, "--what", typed("E1", "done --what"), staff=TOWNSHIP) == (0, {"closed": True})
    return item


async def _paper(world: World, do: Counter, typed: Planted, folder: Path) -> None:
    tail = world.house.sealer.index("elder_tail", "王示丁/0001")
    with writing(world.house.engine) as connection:
        connection.execute(update(ELDERS).where(ELDERS.c.id == "E4").values(tail_index=tail))
    sheet = folder / "forms.csv"
    today = civil_day(world.clock).isoformat()
    heading = "姓名,身份证后四位,探访日期,方式,结果,健康,备注"
    sheet.write_text(f"{heading}\n王示丁,0001,{today},上门,平安,好,{typed('E4', '备注')}\n", encoding="utf-8")
    _, said = await do("visit", "forms", str(sheet), "--refused", str(folder / "back.xlsx"))
    assert said == {"taken": 1, "later": 0, "refused": []}


async def _done(do: Counter, *words: str, staff: str = ASSISTANT) -> None:
    code, said = await do(*words, staff=staff)
    assert code == 0, (words[:3], said)


# --- looking everywhere ----------------------------------------------------------------------------------------------


def _letters(world: World) -> str:
    with reading(world.house.engine) as connection:
        rows = connection.execute(select(LETTERS)).all()
    return "\n".join(f"{row.id} {row.why} {row.reply} {world.house.sealer.open(row.body_enc)}" for row in rows)


def _facts(world: World) -> str:
    with reading(world.house.engine) as connection:
        rows = connection.execute(select(LEDGER.c.body_enc)).all()
    return "\n".join(world.house.sealer.open(row.body_enc) for row in rows)


async def _payloads(world: World) -> str:
    """Every payload of every history, opened."""
    codec = world.house.converter.payload_codec
    assert codec is not None
    opened: list[str] = []
    for workflow_id in (*(f"case/E{n}" for n in range(1, 5)), *world.escalations()):
        history = await world.client.get_workflow_handle(workflow_id).fetch_history()
        sealed = [json_format.ParseDict(one, Payload()) for one in _sealed(json.loads(history.to_json()))]
        opened += [payload.data.decode() for payload in await codec.decode(sealed)]
    return "\n".join(opened)


def _sealed(part: object) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        held = cast(dict[str, Any], part)
        if set(held) <= {"metadata", "data"} and "encoding" in held.get("metadata", {}):
            yield held
        else:
            for value in held.values():
                yield from _sealed(value)
    elif isinstance(part, list):
        for value in cast(list[object], part):
            yield from _sealed(value)
