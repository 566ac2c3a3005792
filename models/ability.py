"""Ability by GB/T 42195-2022: the scale as loaded, what a sheet answers, and what comes of it.

The scale is data (`data/scales/gbt42195.toml`, read by `policies/scales.py`), so that a person can hold it against the
standard's text; scoring is `decisions/ability.py`. Other scales are `models/scales.py`: none is read as another.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictBool, StrictFloat, StrictInt

from models.values import Id, Sha256, Value

# As the national clinical editions print a code ("F00", "F32.1", "F03.x00x001"), or a range as on the form ("F00-F03").
_ICD = r"[A-Z][0-9]{2}(\.[0-9xX]{1,3}(x[0-9]{3})?)?"
IcdCode = Annotated[str, Field(pattern=rf"^{_ICD}[*+]?(-{_ICD})?$")]
IcdCategory = Annotated[str, Field(pattern=r"^[A-Z][0-9]{2}$")]


class AbilityLevel(StrEnum):
    """The five levels, mildest first: the standard's 0 to 4. Compare by place in this list, never as text."""

    INTACT = "intact"  # 能力完好
    MILD = "mild"  # 轻度失能
    MODERATE = "moderate"  # 中度失能
    SEVERE = "severe"  # 重度失能
    COMPLETE = "complete"  # 完全失能


class CareRisk(StrEnum):
    """Kinds of care-risk events on the form (A.2.14)."""

    FALL = "fall"  # 跌倒
    LOST = "lost"  # 走失
    CHOKING = "choking"  # 噎食
    SELF_HARM = "self_harm"  # 自杀、自伤
    OTHER = "other"  # 其他


# --- the scale -------------------------------------------------------------------------------------------------------


class AbilityItem(Value):
    """`options`: best first, so that the first is worth `max` and the last 0."""

    code: Id
    name: str
    max: int
    options: tuple[str, ...]


class AbilitySection(Value):
    code: Id
    name: str
    max: int
    items: tuple[AbilityItem, ...]


class AbilityBand(Value):
    """Totals from `low` to `high`, both included."""

    level: AbilityLevel
    name: str
    low: int
    high: int
    clause: str


class ComaRule(Value):
    """The form's field that decides alone, and to which level."""

    field: Id
    name: str
    to: AbilityLevel
    clause: str


class DiagnosisRange(Value):
    """Categories from `low` to `high`, both included. `by_psychiatrist`: only a psychiatrist's diagnosis counts."""

    code: Id
    name: str
    low: IcdCategory
    high: IcdCategory
    by_psychiatrist: bool


class DiagnosisRule(Value):
    field: Id
    name: str
    ranges: tuple[DiagnosisRange, ...]
    clause: str


class EventRule(Value):
    """So many events, of whatever kinds, on the day of the assessment or at most `within_days` before it."""

    field: Id
    name: str
    kinds: dict[CareRisk, str]
    at_least: int
    within_days: int
    clause: str


class ChangeRules(Value):
    """What makes the final level differ from the preliminary one. Diagnoses and events: one level, together too."""

    coma: ComaRule
    diagnosed: DiagnosisRule
    events: EventRule


class Standard(Value):
    """Which scale, exactly, for whatever is scored by it: `hash` is of its content without the header.

    `checked_on` None: nobody has held it against the standard. `official_words`: the options are the standard's own.
    """

    code: Id
    number: str
    title: str
    hash: Sha256
    checked_on: date | None
    official_words: bool


class AbilityScale(Value):
    """Whole and consistent: `policies/scales.py` refuses any other. Bands mildest first, one for each level.

    `checked_by`: a name, so it stays here and goes into nothing that is scored.
    """

    standard: Standard
    checked_by: str | None
    max: int
    sections: tuple[AbilitySection, ...]
    bands: tuple[AbilityBand, ...]
    changes: ChangeRules


# --- what a sheet answers --------------------------------------------------------------------------------------------


class Diagnosis(Value):
    """An established diagnosis, no suspicion. `by_psychiatrist` None: not said."""

    code: IcdCode
    by_psychiatrist: StrictBool | None = None


class CareEvent(Value):
    """One event. Two on one day are two."""

    kind: CareRisk
    on: date


class AbilityAnswers(Value):
    """What a sheet says. What was not asked is missing or None: never 0, never "no".

    `assessed_on`: 评估基准日期. `scores`: points by item code, whatever was written, so that the scorer can refuse it
    by name. Empty `diagnoses` and `events`: asked, there are none.
    """

    assessed_on: date
    scores: dict[Id, StrictInt | StrictFloat]
    coma: StrictBool | None = None
    diagnoses: tuple[Diagnosis, ...] | None = None
    events: tuple[CareEvent, ...] | None = None


# --- what comes of it ------------------------------------------------------------------------------------------------


class AbilityProblem(Value):
    """Why a sheet is refused. `at`: the item or field, as on the form; `why`: in Chinese, for who wrote it."""

    at: str
    why: str


class AbilityRefused(Value):
    standard: Standard
    problems: tuple[AbilityProblem, ...]


class Unanswered(Value):
    """An item or field of the form without an answer."""

    at: str
    name: str


class AbilityIncomplete(Value):
    standard: Standard
    missing: tuple[Unanswered, ...]


class SectionScore(Value):
    code: Id
    name: str
    score: int
    max: int


class AbilityReason(Value):
    """One step of the receipt: `rule` is ours, `clause` the form's, `words` in Chinese."""

    rule: Id
    clause: str
    words: str


class AbilityScored(Value):
    """A level by rule: proposed until a named person confirms it (PIPL art. 24).

    In a coma nothing needs scoring: `sections` may then be empty, `total` and `preliminary` None.
    """

    standard: Standard
    sections: tuple[SectionScore, ...]
    total: int | None
    preliminary: AbilityLevel | None
    final: AbilityLevel
    reasons: tuple[AbilityReason, ...]


AbilityResult = AbilityScored | AbilityIncomplete | AbilityRefused
