"""Each value and row of a pack told whole, for whoever reads the pack: nothing of a row is left to its path alone.

`telling` says what is new to somebody at a terminal who sees the path beside it; here every field of a row is words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import cast

from decisions.closed_words import LEVELS, ROLES
from decisions.figure_words import COMPUTED
from decisions.words import CADENCES, WORDS
from models.policy import Delay
from policies.benefit_tables import BenefitRowTable, BenefitTable, NoticeTable, OpenTable
from policies.programme import KpiRow
from policies.schema import DayRow, GroupRow, ReminderRow, RungRow
from policies.sourced import Sourced, Val
from policies.telling import CHANNELS, in_words
from policies.telling import said as said_value
from policies.telling_benefits import conditions_in_words

STANDARDS = {"gbt42195-2022": "GB/T 42195-2022", "aligned-local": "与国家标准衔接的地方标准"}
BY_PATH: Mapping[str, Mapping[str, str]] = {
    "cadence": {**CADENCES}, "methods": WORDS, "after_refusal": WORDS,
    "first_role": {**ROLES}, "elsewhere": STANDARDS, "endless": {**LEVELS}, "quiet_from": {"off": "不限"},
    "quiet_to": {"off": "不限"}, "slot": {"off": "不等"}, "counted_as": COMPUTED,
}  # fmt: skip
"""Codes of a value by the key, or the table, it stands under: the word a person reads."""


def told(row: Sourced, key: str = "") -> str:
    """`key`: under which it stands, or the table of it."""
    match row:
        case Val():
            return said(cast("Val[object]", row).value, key)
        case RungRow():
            channel = CHANNELS.get(row.channel, row.channel)
            at_once = "（立即）" if row.after.amount == 0 else ""
            return f"上一级之后{said(row.after)}{at_once}，{said(row.resolve_by)}内办结；告知方式：{channel}"
        case ReminderRow():
            if row.before is not None:
                return f"到期前{length(row.before)}" + "".join(_beside(row))
            return f"到期前{row.days_before}天，{clock(row.at)}"
        case GroupRow():
            return "；".join(_group(row))
        case DayRow():
            return row.day.isoformat()
        case BenefitTable():
            over = f"；其中必有一条符合：{conditions_in_words(row.over)}" if row.over else ""
            return in_words(row) + over
        case BenefitRowTable():
            return f"{span(row.from_on, row.to_on)}{in_words(row)}"
        case NoticeTable():
            place = f"，贴在：{row.place}" if row.place is not None else ""
            unit = "" if row.again_days else "，异议成立后不再公示"
            return in_words(row) + unit + place
        case KpiRow():
            counted = f"；本系统统计：{said(row.computation, 'counted_as')}" if row.computation else ""
            return in_words(row) + counted
        case _:
            return in_words(row)


def opened(row: OpenTable) -> str:
    """Of whom no rule says whether they get it."""
    return f"没有规定：{conditions_in_words(row.when, row.any)}"


def said(value: object, key: str = "") -> str:
    words = BY_PATH.get(key, {})
    match value:
        case timedelta():
            return length(value)
        case datetime():
            return value.isoformat()
        case time():
            return clock(value)
        case tuple():
            rows = cast("tuple[object, ...]", value)
            return "、".join(said(one, key) for one in rows) or "无"
        case Delay():
            return said_value(value)
        case str():
            return words.get(value, value)
        case _:
            return said_value(value)


def length(of: timedelta) -> str:
    """3天, 20分钟, 1天12小时"""
    hours, rest = divmod(of.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((of.days, "天"), (hours, "小时"), (minutes, "分钟"), (seconds, "秒"))
    return "".join(f"{n}{unit}" for n, unit in parts if n) or "0分钟"


def clock(at: time | None) -> str:
    return "时刻未写" if at is None else f"{at:%H:%M}" + (f":{at:%S}" if at.second else "")


def span(from_on: date | None, to_on: date | None) -> str:
    if from_on is None and to_on is None:
        return ""
    return f"{from_on or ''}起{f'至{to_on}' if to_on else ''}："


def _beside(row: ReminderRow) -> list[str]:
    """A length and days before cannot both hold; what stands there all the same is told."""
    return [f"，{each}" for each in (row.days_before, row.at) if each is not None]


def _group(row: GroupRow) -> list[str]:
    yes_no = {True: "是", False: "否"}
    any_of = f"有下列之一：{'、'.join(row.any_of)}" if row.any_of else "不论有没有特殊困难类别"
    flags = (("农村老年人", row.rural), ("经济困难", row.poor))
    return [any_of, *(f"{name}：{yes_no[flag]}" for name, flag in flags if flag is not None), f"探访频次：{row.tier}"]
