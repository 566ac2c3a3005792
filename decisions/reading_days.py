"""The day a text says a visit was made: 昨天, 三天前, 12月18日, 18号."""

from __future__ import annotations

import re

from decisions.reading_numbers import GAP
from models.reading import NamedDay

Day = int | NamedDay | None  # days before today (≤ 0), a date as written, or a day that cannot be told

_FIRST_DAY = 0xF000
_PART = r"(?:早上|早晨|上午|中午|下午|傍晚|晚上)?"
_UNCLEAR = (
    r"大大前[天日]|上+个?(?:周|星期|礼拜)[一二三四五六日天末]?|上个?月|前(?:几|些|两|阵|段)[天日子时]*|几天前"
    r"|(?:周|星期|礼拜)[一二三四五六日天末]|那天|上[次回]|月初|上旬|中旬|下旬|去年"
)
_DAY = re.compile(
    rf"(?P<three>大前[天日]{_PART})|(?P<unclear>{_UNCLEAR})|(?P<two>前[天日]{_PART})"
    rf"|(?P<one>昨[天日晚早儿夜]{_PART})|(?P<zero>今[天日早晨儿]{_PART})"
    r"|(?P<ago>[0-9一二两三四五六七八九十]{1,3})天(?:以|之)?前"
    r"|(?:\d{4}[年./-])?(?P<month>(?<!\d)\d{1,2})月(?P<day>\d{1,2})(?:[日号]|(?!\d))"
    r"|(?<!\d)(?:\d{4}[./-])?(?P<m>0?[1-9]|1[0-2])[./-](?P<d>0?[6-9]|[12]\d|3[01])(?![\d./-])"
    r"|(?<!\d)\d{1,2}月份?(?!\d)"
    r"|(?<![\d月])(?P<only>[12]?\d|3[01])[日号](?![\d楼院房门])"
)
_AGO = {"1": -1, "一": -1, "2": -2, "二": -2, "两": -2, "3": -3, "三": -3}


def take_days(text: str) -> tuple[str, tuple[Day, ...]]:
    """The text with each day replaced by one mark (`day_of` gives its number), and the days in order."""
    days: list[Day] = []

    def take(found: re.Match[str]) -> str:
        if len(days) == 256:
            return GAP
        days.append(_day(found))
        return chr(_FIRST_DAY + len(days) - 1)

    return _DAY.sub(take, text), tuple(days)


def days_in(marked: str, days: tuple[Day, ...]) -> tuple[Day, ...]:
    """The days whose marks stand in this stretch of the marked text, each once."""
    marks = [ord(character) - _FIRST_DAY for character in marked if 0 <= ord(character) - _FIRST_DAY < 256]
    return tuple(dict.fromkeys(days[mark] for mark in marks))


def _day(found: re.Match[str]) -> Day:
    part = found.groupdict()
    for name, offset in (("three", -3), ("two", -2), ("one", -1), ("zero", 0)):
        if part[name]:
            return offset
    if part["ago"]:
        return _AGO.get(part["ago"])
    day = int(part["day"] or part["d"] or part["only"] or 0)
    month = int(part["month"] or part["m"] or 0)
    if not 1 <= day <= 31 or month > 12 or (part["month"] and month == 0):
        return None
    return NamedDay(day=day, month=month or None)
