"""A row of a benefit in one line, for `policy show`; the rest of a pack is `telling`'s."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from decisions.benefit_wording import BEGINS, CAUSES, ENDS, HOWS, KINDS, condition, yuan
from decisions.closed_words import SERVICE_PLACES as PLACES
from models.benefits import OPS
from models.facts import ASKED
from policies.benefit_tables import (
    NOTICE_UNITS,
    STEPS,
    Alternatives,
    BenefitRowTable,
    BenefitTable,
    BirthdayTable,
    ConditionRow,
    DeadlineTable,
    DocumentTable,
    ExclusivityTable,
    Fen,
    NoticeTable,
    OffsetTable,
    StartTable,
    StopTable,
)
from policies.sourced import Sourced

K = TypeVar("K", bound=str)

_COUNTS = {"month_reached": "满龄当月起算", "first_day": "满龄后的整月起算"}
_LEAP = {"02-28": "2月28日", "03-01": "3月1日"}


def benefit_in_words(row: Sourced) -> str:
    """Empty for what is no row of a benefit. A word that is none is shown as it stands."""
    match row:
        case BenefitTable():
            return f"{row.name}（{_word(KINDS, row.kind)}）{'' if row.rows else '：发给谁未知'}"
        case BenefitRowTable():
            asked = conditions_in_words(row.when, row.any)
            return asked if row.fen else f"{asked}：金额未知"
        case Fen():
            return f"每月{yuan(row.value)}"
        case BirthdayTable():
            return f"{_word(_COUNTS, row.counts)}；2月29日出生的平年{_word(_LEAP, row.leap)}满岁"
        case StartTable():
            late = f"；迟申请的自{_word(BEGINS, row.if_late)}" if row.if_late else ""
            return _word(BEGINS, row.begins) + late
        case StopTable():
            return f"{_word(CAUSES, row.code)}：{_word(ENDS, row.ends)}"
        case NoticeTable():
            again = f"，异议成立后再公示{row.again_days}{_word(NOTICE_UNITS, row.unit)}" if row.again_days else ""
            return f"公示{row.days}{_word(NOTICE_UNITS, row.unit)}{again}"
        case _:
            return _smaller(row)


def _smaller(row: Sourced) -> str:
    match row:
        case DeadlineTable():
            return f"{_word(STEPS, row.code)}：{row.workdays}个工作日内"
        case DocumentTable():
            return row.name
        case OffsetTable():
            return f"{_word(PLACES, row.code)}：抵扣{row.percent}%"
        case ExclusivityTable():
            return f"{'、'.join(row.between)}：{_word(HOWS, row.how)}"
        case _:
            return ""


def conditions_in_words(when: Iterable[ConditionRow], any_of: Alternatives = ()) -> str:
    """All of `when` hold, and all of one of the alternatives."""
    either = "，或者".join(_all(each, "且") for each in any_of)
    return "；".join(part for part in (_all(when, "；"), either) if part)


def _all(rows: Iterable[ConditionRow], between: str) -> str:
    return between.join(
        condition(row.fact, row.op, row.value)
        if row.fact in ASKED and row.op in OPS[ASKED[row.fact].type]
        else f"{row.fact} {row.op} {row.value}"
        for row in rows
    )


def _word(words: Mapping[K, str], code: str) -> str:
    return next((word for known, word in words.items() if known == code), code)
