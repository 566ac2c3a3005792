"""One assessment of ability as the form has it around its answers: why, where, who told, who consented, who assessed.

Values only: who may assess, what is asked again and by when is decided elsewhere. No name, phone or free text stands
here: people are ids, or notes sealed in the register. Answers and score: `models/ability.py`.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import StrictInt

from models.ability import AbilityAnswers, AbilityLevel
from models.policy import Delay
from models.values import Id, NoteRef, Value, added


class AssessmentReason(StrEnum):
    """Why it is done (A.1)."""

    FIRST = "first"  # 首次评估
    ROUTINE = "routine"  # 常规评估
    IMMEDIATE = "immediate"  # 即时评估
    DOUBT = "doubt"  # 因对评估结果有疑问进行的复评
    OTHER = "other"  # 其他


class Trigger(StrEnum):
    """What made somebody ask for it."""

    VISIT = "visit"  # a visit's finding
    STAFF = "staff"  # a caseworker asks
    APPLICATION = "application"  # 本人或代理人申请
    TURNED_80 = "turned_80"  # 主动响应: the register says so, nobody applied
    POOR = "poor"  # 主动响应: 低保 or 特困 since
    DISABLED = "disabled"  # 主动响应: 失能 since
    EXPIRY = "expiry"  # the last level is about to lose its validity
    CHANGE = "change"  # circumstances changed (即时评估)
    OBJECTION = "objection"  # 复评, by other assessors


REASON_OF: dict[Trigger, AssessmentReason] = {
    Trigger.EXPIRY: AssessmentReason.ROUTINE,
    Trigger.CHANGE: AssessmentReason.IMMEDIATE,
    Trigger.OBJECTION: AssessmentReason.DOUBT,
}
"""The form's reason (A.1) by what made somebody ask; of any other: the first, or a routine one after it."""


class Stage(StrEnum):
    """What an assessment waits for. Each stage has its own term, and its own ladder when that is over."""

    NAMING = "naming"  # two assessors
    ASSESSING = "assessing"  # their sheet
    SIGNING = "signing"  # the second assessor's word on it
    SETTLING = "settling"  # the items on which they differ
    CONFIRMING = "confirming"  # a caseworker's word on the proposed level
    RESTING = "resting"  # nothing: a level holds, or none does


class ResultUse(StrEnum):
    """What a county takes a level for."""

    BASIS = "依据"  # it decides
    REFERENCE = "参考依据"  # it informs a person who decides


class AssessmentRules(Value):
    """A county's rules of assessment as its pack has them (`[assessment]`).

    `use` None: the county has not said. A level holds for `valid_months`, one of `endless` until it is assessed anew.
    `terms`: of each stage but `RESTING`; assessors it waits for are told once more `remind_days` before its end. An
    objection is heard until `object_within` after the confirmation. `renew_days` before a level's last day it is asked
    for again. `elsewhere`: the standards by which another body's result may be recorded, from `elsewhere_from` on.
    `independent`: each of the two writes a sheet without seeing the other's; else they write one.
    """

    use: ResultUse | None = None
    valid_months: int
    endless: tuple[AbilityLevel, ...] = ()
    terms: dict[Stage, Delay]
    remind_days: int
    object_within: Delay
    renew_days: int
    elsewhere: tuple[Id, ...]
    elsewhere_from: date
    independent: bool = added(False)


class PlaceKind(StrEnum):
    HOME = "home"  # 家中
    INSTITUTION = "institution"  # 养老机构
    HOSPITAL = "hospital"  # 医疗机构
    COMMUNITY = "community"  # 社区场所
    OTHER = "other"


class Place(Value):
    """`note`: where exactly."""

    kind: PlaceKind
    note: NoteRef | None = None


class Relation(StrEnum):
    """Who told about the elder (A.3)."""

    SELF = "self"  # 本人
    SPOUSE = "spouse"  # 配偶
    CHILD = "child"  # 子女
    OTHER_KIN = "other_kin"  # 其他亲属
    PAID_CARER = "paid_carer"  # 雇佣照顾者
    VILLAGE = "village"  # 村（居）民委员会工作人员
    OTHER = "other"  # 其他


class InformationProvider(Value):
    """信息提供者. `person`: name and phone; None for the elder. `signed_on` None: has not signed (yet)."""

    relation: Relation
    person: NoteRef | None = None
    signed_on: date | None = None


class ConsentBy(StrEnum):
    ELDER = "elder"  # 本人
    GUARDIAN = "guardian"  # 监护人


class ConsentHow(StrEnum):
    SIGNED = "signed"  # 签字
    FINGERPRINT = "fingerprint"  # 按手印
    SPOKEN = "spoken"  # 口头，有录音


class Consent(Value):
    """The separate consent that health data needs (PIPL art. 29), apart from the notice at enrolment.

    `notice_version`: what they were told. `document`: the paper or the recording; `person`: a guardian's name.
    """

    by: ConsentBy
    how: ConsentHow
    given_on: date
    notice_version: Id
    document: NoteRef
    person: NoteRef | None = None


class Assessor(Value):
    """One of two, for a registered body. `signed_on` None: has not confirmed the sheet yet."""

    staff_id: Id
    body_id: Id
    signed_on: date | None = None


class Disputed(Value):
    """An item on which the two differ: points of the first and of the second; settled with a reason, or not yet."""

    item: Id
    first: StrictInt
    second: StrictInt
    settled: StrictInt | None = None
    reason: NoteRef | None = None


class AbilitySheet(Value):
    """One sheet for both assessors, who are there together. That they are two is the form's two signature lines.

    Where a county wants two sheets, the second has the same two, signed by the second alone.
    """

    reason: AssessmentReason
    place: Place
    provider: InformationProvider
    consent: Consent
    assessors: tuple[Assessor, Assessor]
    answers: AbilityAnswers
    disputed: tuple[Disputed, ...] = ()


class ResultElsewhere(Value):
    """A level that another body found, by this standard or one aligned to it: recorded instead of assessing again.

    `standard`: our code of it. `total` where the paper says it.
    """

    body_id: Id
    standard: Id
    assessed_on: date
    level: AbilityLevel
    document: NoteRef
    total: StrictInt | None = None
