"""The levels of the kept histories are scored again from their facts alone."""

from __future__ import annotations

from audit.rescored import rescored
from models.events import LevelProposed
from policies import scales
from tests.replay.test_receipts import facts_of

OBJECTED = "objected--assessment+E1"


async def test_each_level_is_what_its_sheet_gives_by_its_scale() -> None:
    facts = await facts_of(OBJECTED)
    proposed = [fact.seq for fact in facts if isinstance(fact.event, LevelProposed)]
    assert len(proposed) == 2
    assert list(rescored(facts, scales.load())) == [(seq, None) for seq in proposed]


async def test_a_scale_that_says_something_else_is_seen_and_another_scale_is_not_asked() -> None:
    facts, scale = await facts_of(OBJECTED), scales.load()
    moved = tuple(band.model_copy(update={"low": band.low - 10, "high": band.high - 10}) for band in scale.bands)
    told = [what for _, what in rescored(facts, scale.model_copy(update={"bands": moved}))]
    assert len(told) == 2 and all(what is not None and "按当时的量表重算是" in what for what in told)
    another = scale.standard.model_copy(update={"hash": "0" * 64})
    assert list(rescored(facts, scale.model_copy(update={"standard": another}))) == []
