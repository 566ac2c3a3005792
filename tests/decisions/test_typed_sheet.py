"""What a half-written sheet comes to: points so far, what is missing by name, and no level before it is whole."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from decisions.typed_sheet import trial
from models.ability import AbilityIncomplete, AbilityScored
from policies import scales
from tests.decisions.ability_cases import points

SCALE = scales.load()
TODAY = date(2026, 12, 8)


def answers(total: int = 90, **more: Any) -> dict[str, Any]:
    return {"coma": False, "diagnoses": [], "events": [], "scores": dict(points(total)), **more}


def test_a_whole_sheet_has_a_level_and_its_sections_are_those_of_the_scorer() -> None:
    tried = trial(answers(46), SCALE, TODAY)
    assert isinstance(tried.result, AbilityScored) and tried.result.total == 46 and not tried.wrong
    assert [(one.code, one.score) for one in tried.sections] == [
        (one.code, one.score) for one in tried.result.sections
    ]  # fmt: skip


def test_nothing_answered_is_nothing_and_not_0() -> None:
    tried = trial({"scores": {}}, SCALE, TODAY)
    assert isinstance(tried.result, AbilityIncomplete) and len(tried.result.missing) == 29
    assert [(one.answered, one.items) for one in tried.sections] == [(0, 8), (0, 4), (0, 9), (0, 5)]


@pytest.mark.parametrize(
    ("scores", "wrong"),
    [({"B.2.4": 4}, "上下楼梯：4分超过最高3分"), ({"B.1.1": -1}, "进食：-1分低于0分"), ({"B.1.1": "two"}, "须是整数")],
)
def test_what_is_impossible_is_told_and_counts_for_nothing(scores: dict[str, Any], wrong: str) -> None:
    tried = trial(answers(scores=scores), SCALE, TODAY)
    assert tried.result is None and [at.why for at in tried.wrong] == [wrong]
    assert [at.where for at in tried.wrong] == [f"answers.scores.{item}" for item in scores]
    assert sum(one.score for one in tried.sections) == sum(one.answered for one in tried.sections) == 0


def test_a_day_that_was_not_written_is_today() -> None:
    fell = [{"kind": "fall", "on": "2026-12-08"}, {"kind": "fall", "on": "2026-11-08"}]
    tried = trial(answers(events=fell, assessed_on=""), SCALE, TODAY)
    assert isinstance(tried.result, AbilityScored) and tried.result.final == "mild"
    late = trial(answers(events=fell, assessed_on="2026-12-07"), SCALE, TODAY)
    assert [at.where for at in late.wrong] == ["answers.events"]
