"""Scales stay separate: no word of one is a word of another, and nothing takes one and gives another."""

from __future__ import annotations

import importlib
import inspect
import typing
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from itertools import combinations, permutations, product
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from decisions.destitute import INDICATORS, WORDS, judge
from models.ability import AbilityBand, AbilityLevel, AbilityScored
from models.scales import (
    DestituteCare,
    DestituteIncomplete,
    DestituteJudged,
    DisabilityFact,
    DisabilityGrade,
    DisabilityKind,
    InsuranceFact,
    InsuranceLevel,
    SelfCare,
    SelfCareAnswers,
)

DAY = date(2026, 3, 31)
LEVELS: tuple[type[StrEnum], ...] = (AbilityLevel, DestituteCare, DisabilityGrade, InsuranceLevel)
MODULES = ("decisions.ability", "decisions.destitute", "models.ability", "models.scales", "policies.scales")


# --- 特困 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("met", list(product((True, False), repeat=6)))
def test_every_answer_to_the_six_indicators(met: tuple[bool, ...]) -> None:
    got = judge(SelfCareAnswers(assessed_on=DAY, met=dict(zip(SelfCare, met, strict=True))))
    assert isinstance(got, DestituteJudged)
    by_unmet = ("全自理", "半护理", "半护理", "半护理", "全护理", "全护理", "全护理")
    assert WORDS[got.care] == by_unmet[met.count(False)]
    assert got.words.startswith(f"6项中{met.count(False)}项不能") and got.words.endswith(WORDS[got.care])
    assert len(got.unmet) == met.count(False)


@pytest.mark.parametrize("left_out", SelfCare)
def test_an_indicator_not_asked_is_missing_and_never_met(left_out: SelfCare) -> None:
    met = {one: True for one in SelfCare if one is not left_out}
    assert judge(SelfCareAnswers(assessed_on=DAY, met=met)) == DestituteIncomplete(missing=(left_out,))


@pytest.mark.parametrize("answer", [1, "yes", None])
def test_what_is_neither_yes_nor_no_is_no_answer(answer: object) -> None:
    with pytest.raises(ValidationError):
        SelfCareAnswers.model_validate({"assessed_on": DAY, "met": {**dict.fromkeys(SelfCare, True), "bed": answer}})


def test_each_indicator_and_each_care_has_its_words() -> None:
    assert set(INDICATORS) == set(SelfCare) and set(WORDS) == set(DestituteCare)


# --- recorded facts --------------------------------------------------------------------------------------------------


def test_a_certificate_and_an_insurance_level_are_recorded_as_shown() -> None:
    held = DisabilityFact(kinds=(DisabilityKind.LIMB,), grade=DisabilityGrade.FIRST, certified_on=DAY)
    assert DisabilityFact.model_validate_json(held.model_dump_json()) == held
    level = InsuranceFact(level=InsuranceLevel.SEVERE_2, assessed_on=DAY)
    assert InsuranceFact.model_validate_json(level.model_dump_json()) == level
    with pytest.raises(ValidationError):
        DisabilityFact(kinds=(), grade=DisabilityGrade.FIRST, certified_on=DAY)


# --- separate --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other"), list(combinations(LEVELS, 2)))
def test_no_word_of_a_scale_is_a_word_of_another(one: type[StrEnum], other: type[StrEnum]) -> None:
    assert {level.value for level in one} & {level.value for level in other} == set()


@pytest.mark.parametrize(("one", "other"), list(permutations(LEVELS, 2)))
def test_no_level_can_be_taken_for_one_of_another_scale(one: type[StrEnum], other: type[StrEnum]) -> None:
    for level in one:
        with pytest.raises(ValueError, match="is not a valid"):
            other(level)


def test_a_field_of_one_scale_takes_no_level_of_another() -> None:
    with pytest.raises(ValidationError):
        InsuranceFact.model_validate({"level": AbilityLevel.MODERATE, "assessed_on": DAY})
    with pytest.raises(ValidationError):
        DisabilityFact.model_validate({"kinds": ["limb"], "grade": InsuranceLevel.MILD, "certified_on": DAY})


@pytest.mark.parametrize("module", MODULES)
def test_no_function_has_to_do_with_two_scales(module: str) -> None:
    held = functions(importlib.import_module(module))
    assert {name for name, function in held.items() if len(scales_of(function)) > 1} == set()


def test_the_functions_that_give_a_level_are_seen() -> None:
    given = {
        name: scales_of(function)
        for module in MODULES
        for name, function in functions(importlib.import_module(module)).items()
    }
    assert given["decisions.ability.score"] == {AbilityLevel}
    assert given["decisions.destitute.judge"] == {DestituteCare}


def test_a_conversion_would_be_seen() -> None:
    def by_fact(fact: DisabilityFact) -> dict[str, AbilityScored | None]:
        raise NotImplementedError(fact)

    def by_level(level: InsuranceLevel | None) -> tuple[AbilityBand, ...]:
        raise NotImplementedError(level)

    assert scales_of(by_fact) == {DisabilityGrade, AbilityLevel}
    assert scales_of(by_level) == {InsuranceLevel, AbilityLevel}


def functions(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """The functions that a module defines, those of its classes too."""
    name = module.__name__
    own = [held for held in vars(module).values() if getattr(held, "__module__", None) == name]
    found = [held for held in own if inspect.isfunction(held)]
    for held in own:
        if inspect.isclass(held):
            found += [each for each in vars(held).values() if inspect.isfunction(each) and each.__module__ == name]
    return {f"{name}.{function.__qualname__}": function for function in found}


def scales_of(function: Callable[..., Any]) -> set[type[StrEnum]]:
    """The scales whose levels a function takes or gives, however deep in what it takes or gives."""
    hints = typing.get_type_hints(function)
    found: set[type[StrEnum]] = set()
    seen: set[object] = set()
    for hint in hints.values():
        _walk(hint, found, seen)
    return found


def _walk(hint: Any, found: set[type[StrEnum]], seen: set[object]) -> None:
    if hint in LEVELS:
        found.add(hint)
    for inner in typing.get_args(hint):
        _walk(inner, found, seen)
    if inspect.isclass(hint) and issubclass(hint, BaseModel) and hint not in seen:
        seen.add(hint)
        for field in hint.model_fields.values():
            _walk(field.annotation, found, seen)
