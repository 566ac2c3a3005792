"""Ability by GB/T 42195-2022, case by case: the bands' edges, what changes a level, what is refused or missing, and the
errors that public code makes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from decisions.ability import CAPPED, COMA, EVENTS, ONCE, checked_words, score
from models.ability import (
    AbilityAnswers,
    AbilityIncomplete,
    AbilityLevel,
    AbilityRefused,
    AbilityResult,
    AbilityScored,
    CareEvent,
    CareRisk,
    Diagnosis,
)
from policies.scales import load
from tests.decisions.ability_cases import DAY, MAXIMA, happened, points

SCALE = load()
INTACT, MILD, MODERATE, SEVERE, COMPLETE = AbilityLevel
F00 = Diagnosis(code="F00")
FALL, CHOKING = CareRisk.FALL, CareRisk.CHOKING


def sheet(total: int = 90, **changed: object) -> AbilityAnswers:
    """A whole sheet with so many points: no coma, no diagnosis, no event."""
    asked = {"assessed_on": DAY, "scores": points(total), "coma": False, "diagnoses": (), "events": ()}
    return AbilityAnswers.model_validate({**asked, **changed})


def scored(answers: AbilityAnswers) -> AbilityScored:
    got = score(SCALE, answers)
    assert isinstance(got, AbilityScored), got
    return got


def problems(got: AbilityResult) -> list[tuple[str, str]]:
    assert isinstance(got, AbilityRefused), got
    return [(problem.at, problem.why) for problem in got.problems]


def missing(got: AbilityResult) -> list[str]:
    assert isinstance(got, AbilityIncomplete), got
    return [one.at for one in got.missing]


# --- vectors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "changed", "final"),
    [
        (90, {}, INTACT), (89, {}, MILD), (66, {}, MILD), (65, {}, MODERATE), (46, {}, MODERATE),
        (45, {}, SEVERE), (30, {}, SEVERE), (29, {}, COMPLETE), (0, {}, COMPLETE),
        (90, {"diagnoses": (F00,)}, MILD),
        (50, {"diagnoses": (F00,), "events": happened((FALL, FALL, FALL), 3)}, SEVERE),
        (29, {"diagnoses": (F00,)}, COMPLETE),
        (70, {"coma": True}, COMPLETE),
        (90, {"events": happened((FALL, CHOKING), 0)}, MILD),
        (90, {"events": happened((FALL, CHOKING), 30)}, MILD),
        (90, {"events": happened((FALL,), 30) + happened((CHOKING,), 31)}, INTACT),
        (90, {"events": happened((FALL,), 1)}, INTACT),
    ],
)  # fmt: skip
def test_the_vectors(total: int, changed: dict[str, object], final: AbilityLevel) -> None:
    got = scored(sheet(total, **changed))
    assert (got.total, got.final) == (total, final)


@pytest.mark.parametrize(("code", "points_"), [("B.2.4", 4), ("B.3.7", 2)])
def test_more_than_an_item_has_is_refused_by_name(code: str, points_: int) -> None:
    ((at, why),) = problems(score(SCALE, sheet(scores={**MAXIMA, code: points_})))
    assert at == code
    assert f"{points_}分超过最高{MAXIMA[code]}分" in why


def test_a_sheet_without_an_item_is_incomplete_and_has_no_level() -> None:
    scores = {code: most for code, most in MAXIMA.items() if code != "B.4.5"}
    assert missing(score(SCALE, sheet(scores=scores))) == ["B.4.5"]


# --- what changes a level --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "by_psychiatrist", "raises"),
    [
        ("F00", None, True), ("F03", None, True), ("F00.9", None, True), ("F03.x00x001", None, True),
        ("F00-F03", None, True), ("F01-F02", False, True), ("F00.1*", None, True),
        ("F04", True, True), ("F99", True, True), ("F32.1", True, True), ("F04-F99", True, True),
        ("F04", False, False), ("F99", False, False), ("F04-F99", False, False),
        ("E99", None, False), ("G00", None, False), ("G30.1+", None, False), ("I10-I15", None, False),
    ],
)  # fmt: skip
def test_which_diagnosis_raises(code: str, by_psychiatrist: bool | None, raises: bool) -> None:
    got = scored(sheet(50, diagnoses=(Diagnosis(code=code, by_psychiatrist=by_psychiatrist),)))
    assert got.preliminary is MODERATE
    assert got.final is (SEVERE if raises else MODERATE)


def test_who_diagnosed_a_disorder_must_be_said() -> None:
    got = score(SCALE, sheet(diagnoses=(F00, Diagnosis(code="F32.1"))))
    assert missing(got) == ["A.4"]
    assert isinstance(got, AbilityIncomplete) and got.missing[0].name.startswith("F32.1 ")


@pytest.mark.parametrize(("code", "says"), [("F00-F99", "只有一部分"), ("E10-F01", "只有一部分"), ("F03-F00", "颠倒")])
def test_a_range_that_says_two_things_is_refused(code: str, says: str) -> None:
    ((at, why),) = problems(score(SCALE, sheet(diagnoses=(Diagnosis(code=code),))))
    assert at == "A.4" and why.startswith(f"{code} ") and says in why


@pytest.mark.parametrize("code", ["", "f00", "F0", "痴呆", "F00-", "F00,F01"])
def test_what_is_no_code_is_no_diagnosis(code: str) -> None:
    with pytest.raises(ValidationError):
        Diagnosis(code=code)


def test_an_event_after_the_assessment_is_refused() -> None:
    later = CareEvent(kind=FALL, on=DAY + timedelta(days=1))
    assert problems(score(SCALE, sheet(events=(later,)))) == [("A.2.14", "跌倒 2026-04-01 在评估基准日期之后")]


def test_two_events_of_one_day_are_two() -> None:
    assert scored(sheet(events=happened((FALL, FALL), 7))).final is MILD


def test_a_coma_needs_no_points_and_nothing_else() -> None:
    got = scored(AbilityAnswers(assessed_on=DAY, scores={}, coma=True))
    assert (got.final, got.preliminary, got.total, got.sections) == (COMPLETE, None, None, ())
    assert [reason.rule for reason in got.reasons] == [COMA]
    assert "重新评估" in got.reasons[0].words


def test_a_wrong_answer_is_refused_in_a_coma_too() -> None:
    assert problems(score(SCALE, AbilityAnswers(assessed_on=DAY, scores={"B.9.9": 1}, coma=True)))[0][0] == "B.9.9"


# --- reasons ---------------------------------------------------------------------------------------------------------


def test_every_reason_has_its_clause_and_its_words() -> None:
    disorder = Diagnosis(code="F32.1", by_psychiatrist=True)
    got = scored(sheet(20, diagnoses=(disorder, F00), events=happened((CHOKING, FALL, FALL), 2)))
    assert [(reason.rule, reason.clause, reason.words) for reason in got.reasons] == [
        ("band", "C.3", "总分20分（0至29分）：能力完全丧失（完全失能）"),
        ("dementia", "C.4", "确诊为痴呆（F00）：上调一级"),
        ("mental_disorder", "C.4", "精神科专科医生诊断的其他精神和行为障碍（F32.1）：上调一级"),
        (EVENTS, "C.4", "近30天照护风险事件3次（跌倒2次、噎食1次）：上调一级"),
        (ONCE, "C.4", "以上3项同时成立，只上调一级"),
        (CAPPED, "C.4", "初步等级已是最重一级，不再上调"),
    ]


def test_without_a_change_there_is_one_reason() -> None:
    assert [reason.words for reason in scored(sheet()).reasons] == ["总分90分（90分）：能力完好"]


def test_a_coma_is_told_after_the_points_it_overrules() -> None:
    assert [reason.rule for reason in scored(sheet(70, coma=True, diagnoses=(F00,))).reasons] == ["band", COMA]


def test_whatever_comes_of_it_says_that_nobody_has_checked_the_scale() -> None:
    for answers in (sheet(), sheet(coma=None), sheet(scores={"B.9.9": 1})):
        standard = score(SCALE, answers).standard
        assert (standard.number, standard.hash) == ("GB/T 42195-2022", SCALE.standard.hash)
        assert checked_words(standard) == "对照国标原文核对: 否"


# --- refused, missing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points_", "says"),
    [
        (5, "5分超过最高4分"), (10, "超过"), (-1, "低于0分"),
        (2.5, "不是2.5"), (3.0, "不是3.0"), (float("nan"), "不是nan"),
    ],
)  # fmt: skip
def test_points_that_cannot_be_are_refused_by_name(points_: float, says: str) -> None:
    ((at, why),) = problems(score(SCALE, sheet(scores={**MAXIMA, "B.1.1": points_})))
    assert at == "B.1.1" and why.startswith("进食：") and says in why


@pytest.mark.parametrize("points_", [True, "4", None])
def test_what_is_no_number_is_no_answer(points_: object) -> None:
    with pytest.raises(ValidationError, match=r"B\.1\.1"):
        sheet(scores={**MAXIMA, "B.1.1": points_})


def test_no_free_text_can_stand_where_an_item_is_named() -> None:
    with pytest.raises(ValidationError):
        sheet(scores={**MAXIMA, "王奶奶 进食": 4})


def test_everything_wrong_is_told_at_once_in_the_forms_order() -> None:
    scores = {"X": 1, "B.4.5": 5, "B.1.1": -1, "B.9": 0}
    assert [at for at, _ in problems(score(SCALE, sheet(scores=scores)))] == ["B.1.1", "B.4.5", "B.9", "X"]


def test_everything_missing_is_told_at_once_in_the_forms_order() -> None:
    got = score(SCALE, AbilityAnswers(assessed_on=DAY, scores={}))
    assert missing(got) == ["A.5.11", *MAXIMA, "A.4", "A.2.14"]


@pytest.mark.parametrize(("field", "at"), [("coma", "A.5.11"), ("diagnoses", "A.4"), ("events", "A.2.14")])
def test_what_was_not_asked_is_missing_and_never_no(field: str, at: str) -> None:
    assert missing(score(SCALE, sheet().model_copy(update={field: None}))) == [at]


# --- errors of public code, one each ---------------------------------------------------------------------------------


def test_the_best_sheet_has_28_points_of_mind_and_90_in_all() -> None:
    """Public code has 29 and 91."""
    got = scored(sheet(scores=dict(MAXIMA)))
    assert [(section.code, section.score, section.max) for section in got.sections] == [
        ("B.1", 32, 32), ("B.2", 15, 15), ("B.3", 28, 28), ("B.4", 15, 15),
    ]  # fmt: skip
    assert (got.total, got.final) == (90, INTACT)


def test_only_90_of_90_is_intact() -> None:
    """Public code has a total of 100 and takes 90 to 100 for intact."""
    assert SCALE.max == 90
    assert [scored(sheet(total)).final for total in (88, 89, 90)] == [MILD, MILD, INTACT]


@pytest.mark.parametrize("kind", CareRisk)
def test_events_are_counted_and_not_their_kinds(kind: CareRisk) -> None:
    """Public code counts kinds, so that two falls are one."""
    assert scored(sheet(events=happened((kind, kind), 5))).final is MILD


def test_an_item_of_another_scale_is_refused() -> None:
    """Public code has Barthel's items, of ten points, under this standard's name."""
    scores = {**MAXIMA, "B.1.1": 10, "grooming": 5}
    assert [at for at, _ in problems(score(SCALE, sheet(scores=scores)))] == ["B.1.1", "grooming"]


def test_twenty_two_items_are_incomplete() -> None:
    """Public code has 22 items under this standard's name."""
    scores = dict(list(MAXIMA.items())[:22])
    assert missing(score(SCALE, sheet(scores=scores))) == ["B.4.2", "B.4.3", "B.4.4", "B.4.5"]


def test_one_step_however_many_conditions_hold() -> None:
    """Public code adds a step for each."""
    disorder = Diagnosis(code="F20", by_psychiatrist=True)
    got = scored(sheet(diagnoses=(F00, disorder), events=happened((FALL, CHOKING), 1)))
    assert (got.preliminary, got.final) == (INTACT, MILD)


def test_no_points_for_consciousness_are_not_a_coma() -> None:
    """They may be a stupor (昏睡); public code takes them for a coma."""
    got = scored(sheet(scores={**MAXIMA, "B.3.9": 0}))
    assert (got.total, got.final) == (88, MILD)


def test_a_coma_is_the_worst_of_five_levels() -> None:
    """A public form's note says 重度, which was the worst of the standard of 2013."""
    assert scored(sheet(coma=True)).final is COMPLETE
    assert list(AbilityLevel)[-1] is COMPLETE and len(AbilityLevel) == 5
