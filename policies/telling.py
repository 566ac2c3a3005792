"""A row of a pack in one line, for `policy show`: what it says, without where it says it from."""

from __future__ import annotations

from typing import cast

from decisions.benefit_wording import yuan
from models.policy import Delay, DelayUnit, RungChannel
from policies.programme import (
    KINDS,
    PER,
    UNITS,
    Amount,
    ContactRow,
    Dated,
    DutyRow,
    KpiRow,
    LocalHoliday,
    PerformerRow,
    ServiceRow,
    SubsidyRow,
)
from policies.schema import RungRow
from policies.sourced import Sourced, Val
from policies.telling_benefits import benefit_in_words

DELAYS = {
    DelayUnit.SECONDS: "秒", DelayUnit.HOURS: "小时", DelayUnit.CALENDAR_DAYS: "天", DelayUnit.WORKDAYS: "个工作日",
}  # fmt: skip
CHANNELS = {RungChannel.SMS.value: "短信", RungChannel.WORKLIST.value: "只进待办，不发短信"}


def in_words(row: Sourced) -> str:
    """Empty for a row whose path says it all, as a reminder. Of a rung, how its owner is told."""
    match row:
        case Val():
            return said(cast("Val[object]", row).value)
        case RungRow():
            return CHANNELS.get(row.channel, row.channel)
        case PerformerRow() | ServiceRow():
            return row.name
        case ContactRow():
            return row.title
        case KpiRow():
            targets = "；".join(f"{_when(target)}{target.op}{target.value}" for target in row.targets)
            beside = "，".join(each for each in (UNITS.get(row.unit, row.unit), row.attribute, row.who) if each)
            return f"{row.name} {targets}（{beside}）"
        case SubsidyRow():
            return f"{row.name}（{KINDS.get(row.kind, row.kind)}）{'' if row.amounts else '：金额未知'}"
        case Amount():
            ceiling = "不高于" if row.at_most else ""
            return f"{_when(row)}{PER.get(row.per, row.per)}{ceiling}{yuan(row.fen)}"
        case DutyRow():
            return f"{'、'.join(row.who)}：{row.what}{f'（{row.by_on}前）' if row.by_on else ''}"
        case LocalHoliday():
            return "、".join(day.isoformat() for day in row.days) or "日期未知"
        case _:
            return benefit_in_words(row)


def said(value: object) -> str:
    match value:
        case Delay():
            cap = f"，最多{value.cap_days}天" if value.cap_days is not None else ""
            return f"{value.amount}{DELAYS[value.unit]}{cap}"
        case bool():
            return "是" if value else "否"
        case tuple():
            return "、".join(str(one) for one in cast("tuple[object, ...]", value)) or "无"
        case _:
            return str(value)


def _when(row: Dated) -> str:
    if row.from_on is None and row.to_on is None:
        return ""
    return f"{row.from_on or ''}至{row.to_on or ''} "
