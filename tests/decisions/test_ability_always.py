"""Ability for every total and every combination of changes, and what holds for whatever sheet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.ability import score
from models.ability import (
    AbilityAnswers,
    AbilityIncomplete,
    AbilityLevel,
    AbilityRefused,
    AbilityScored,
    CareEvent,
    CareRisk,
    Diagnosis,
)
from policies.scales import load
from tests.decisions.ability_cases import (
    DAY,
    LEVEL_OF_NUMBER,
    MAXIMA,
    NUMBER_OF_TOTAL,
    in_words,
    points,
    score_all,
)

SCALE = load()
MILDEST_FIRST = ["intact", "mild", "moderate", "severe", "complete"]

SCORES = st.fixed_dictionaries({code: st.integers(0, most) for code, most in MAXIMA.items()})
DIAGNOSES = st.builds(
    Diagnosis,
    code=st.sampled_from(["F00", "F03.9", "F00-F03", "F04", "F32.1", "F99", "I10", "G30", "E10-E14"]),
    by_psychiatrist=st.booleans(),
)
EVENTS = st.builds(
    CareEvent, kind=st.sampled_from(CareRisk), on=st.integers(0, 60).map(lambda days: DAY - timedelta(days=days))
)


@st.composite
def sheets(draw: st.DrawFn, coma: bool | None = None) -> AbilityAnswers:
    return AbilityAnswers(
        assessed_on=DAY,
        scores=dict(draw(SCORES)),
        coma=draw(st.booleans()) if coma is None else coma,
        diagnoses=tuple(draw(st.lists(DIAGNOSES, max_size=4))),
        events=tuple(draw(st.lists(EVENTS, max_size=5))),
    )


def scored(answers: AbilityAnswers) -> AbilityScored:
    got = score(SCALE, answers)
    assert isinstance(got, AbilityScored), got
    return got


def severity(level: AbilityLevel | None) -> int:
    assert level is not None
    return MILDEST_FIRST.index(level.value)


def test_every_total_with_every_combination_of_changes() -> None:
    count, differing = score_all()
    assert count == 91 * 2 * 2 * 3 * 21 * 2 == 45_864, in_words()
    assert differing == []


@pytest.mark.parametrize("backwards", [False, True])
def test_a_total_has_one_level_whichever_items_have_the_points(backwards: bool) -> None:
    for total, number in enumerate(NUMBER_OF_TOTAL):
        answers = AbilityAnswers(
            assessed_on=DAY, scores=dict(points(total, backwards)), coma=False, diagnoses=(), events=()
        )
        assert scored(answers).final is LEVEL_OF_NUMBER[number]


@given(answers=sheets())
def test_the_total_is_the_sum_and_so_is_each_section(answers: AbilityAnswers) -> None:
    got = scored(answers)
    assert got.total == sum(answers.scores.values())
    for section in got.sections:
        own = [given_ for code, given_ in answers.scores.items() if code.startswith(f"{section.code}.")]
        assert section.score == sum(own)
    assert got.preliminary is LEVEL_OF_NUMBER[NUMBER_OF_TOTAL[int(sum(answers.scores.values()))]]


@given(answers=sheets(), data=st.data())
def test_a_lower_item_never_gives_a_milder_level(answers: AbilityAnswers, data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(sorted(MAXIMA)))
    lower = data.draw(st.integers(0, int(answers.scores[code])))
    worse = scored(answers.model_copy(update={"scores": {**answers.scores, code: lower}}))
    was = scored(answers)
    assert severity(worse.final) >= severity(was.final)
    assert severity(worse.preliminary) >= severity(was.preliminary)


@given(answers=sheets(), more=DIAGNOSES, event=EVENTS)
def test_one_thing_more_never_gives_a_milder_level(answers: AbilityAnswers, more: Diagnosis, event: CareEvent) -> None:
    assert answers.diagnoses is not None and answers.events is not None
    was = severity(scored(answers).final)
    for changed in (
        {"diagnoses": (*answers.diagnoses, more)},
        {"events": (*answers.events, event)},
        {"coma": True},
    ):
        assert severity(scored(answers.model_copy(update=changed)).final) >= was


@given(answers=sheets(coma=False))
def test_a_level_goes_up_by_one_at_most_and_never_down(answers: AbilityAnswers) -> None:
    got = scored(answers)
    assert severity(got.final) - severity(got.preliminary) in (0, 1)


@given(answers=sheets(coma=True))
def test_a_coma_decides_alone(answers: AbilityAnswers) -> None:
    assert scored(answers).final is AbilityLevel.COMPLETE


@given(answers=sheets(), data=st.data())
def test_the_order_of_anything_never_matters(answers: AbilityAnswers, data: st.DataObject) -> None:
    other = AbilityAnswers(
        assessed_on=DAY,
        scores=dict(data.draw(st.permutations(list(answers.scores.items())))),
        coma=answers.coma,
        diagnoses=tuple(data.draw(st.permutations(answers.diagnoses or ()))),
        events=tuple(data.draw(st.permutations(answers.events or ()))),
    )
    assert score(SCALE, other) == score(SCALE, answers)


@given(answers=sheets(), kind=st.sampled_from(CareRisk), days=st.integers(31, 400))
def test_what_happened_more_than_30_days_before_changes_nothing(
    answers: AbilityAnswers, kind: CareRisk, days: int
) -> None:
    old = CareEvent(kind=kind, on=DAY - timedelta(days=days))
    assert scored(answers.model_copy(update={"events": (*(answers.events or ()), old)})) == scored(answers)


@given(answers=sheets(coma=False), gone=st.sets(st.sampled_from(sorted(MAXIMA)), min_size=1))
def test_whatever_is_missing_is_named_and_nothing_is_scored(answers: AbilityAnswers, gone: set[str]) -> None:
    left = {code: given_ for code, given_ in answers.scores.items() if code not in gone}
    got = score(SCALE, answers.model_copy(update={"scores": left}))
    assert isinstance(got, AbilityIncomplete)
    assert [one.at for one in got.missing] == [code for code in MAXIMA if code in gone]


@given(
    answers=sheets(),
    wrong=st.dictionaries(
        st.sampled_from([*MAXIMA, "B.1.9", "B.5.1", "grooming"]),
        st.one_of(st.integers(5, 99), st.integers(-9, -1), st.floats()),
        min_size=1,
    ),
)
def test_whatever_is_wrong_is_named_and_nothing_is_scored(answers: AbilityAnswers, wrong: dict[str, float]) -> None:
    got = score(SCALE, answers.model_copy(update={"scores": {**answers.scores, **wrong}}))
    assert isinstance(got, AbilityRefused)
    assert sorted(problem.at for problem in got.problems) == sorted(wrong)


@given(answers=sheets())
def test_answers_and_results_survive_the_wire(answers: AbilityAnswers) -> None:
    got = scored(answers)
    assert AbilityAnswers.model_validate_json(answers.model_dump_json()) == answers
    assert AbilityScored.model_validate_json(got.model_dump_json()) == got
