"""The scales beside GB/T 42195: 特困 self-care, disability, long-term-care insurance. None is read as another.

Each has words of its own, so that a level of one is no value of another. Who gets what by which of them is a county's
rule, never a conversion. Ability: `models/ability.py`.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field, StrictBool

from models.values import Value


class SelfCare(StrEnum):
    """The six indicators by which a 特困 person's self-care is judged (豫民〔2021〕7号, as a mirror prints it)."""

    EATING = "eating"  # 自主吃饭
    DRESSING = "dressing"  # 自主穿衣
    BED = "bed"  # 自主上下床
    TOILET = "toilet"  # 自主如厕
    WALKING = "walking"  # 室内自主行走
    BATHING = "bathing"  # 自主洗澡


class DestituteCare(StrEnum):
    """What care a 特困 person needs, least first."""

    SELF_RELIANT = "self_reliant"  # 全自理
    HALF_CARE = "half_care"  # 半护理
    FULL_CARE = "full_care"  # 全护理


class SelfCareAnswers(Value):
    """`met`: whether the person can do it alone. What was not asked is missing, never "no"."""

    assessed_on: date
    met: dict[SelfCare, StrictBool]


class DestituteJudged(Value):
    """By rule: proposed until a named person confirms it. `words`: in Chinese."""

    care: DestituteCare
    unmet: tuple[SelfCare, ...]
    words: str


class DestituteIncomplete(Value):
    missing: tuple[SelfCare, ...]


DestituteResult = DestituteJudged | DestituteIncomplete


class DisabilityKind(StrEnum):
    """As the certificate says (残疾人保障法, art. 2)."""

    SIGHT = "sight"  # 视力
    HEARING = "hearing"  # 听力
    SPEECH = "speech"  # 言语
    LIMB = "limb"  # 肢体
    INTELLECT = "intellect"  # 智力
    MENTAL = "mental"  # 精神
    MULTIPLE = "multiple"  # 多重


class DisabilityGrade(StrEnum):
    """The certificate's grade, heaviest first: 一级 to 四级."""

    FIRST = "disability_1"
    SECOND = "disability_2"
    THIRD = "disability_3"
    FOURTH = "disability_4"


class DisabilityFact(Value):
    """A disability certificate (残疾人证), as shown. Recorded, never computed."""

    kinds: tuple[DisabilityKind, ...] = Field(min_length=1)
    grade: DisabilityGrade
    certified_on: date


class InsuranceLevel(StrEnum):
    """Levels of the long-term-care insurance (长期护理失能等级, 医保办发〔2021〕37号), mildest first."""

    NORMAL = "ltci_0"  # 基本正常
    MILD = "ltci_1"  # 轻度失能
    MODERATE = "ltci_2"  # 中度失能
    SEVERE_1 = "ltci_3"  # 重度失能Ⅰ级
    SEVERE_2 = "ltci_4"  # 重度失能Ⅱ级
    SEVERE_3 = "ltci_5"  # 重度失能Ⅲ级


class InsuranceFact(Value):
    """A level that the insurance's own assessors found. Recorded, never computed: its 17 items are not ours."""

    level: InsuranceLevel
    assessed_on: date
