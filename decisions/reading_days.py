"""The day a text says a visit was made: 昨天, 三天前, 12月18日, 18号."""

from __future__ import annotations

import re

from decisions.reading_numbers import GAP
from models.reading import NamedDay

Day = int | NamedDay | None  # days before today (≤ 0), a date as written, or a day that cannot be told

_FIRST_DAY = 0xF000
_PART = r"(?:早上|早晨|上午|中午|下午|傍晚|晚上)?"
_COUNT = r"[一二两三四五六七八九十几数半多来个把\d]"
_SAID_OF_IT = r"(?=节|期间|假|那|当|前|后|去|看|来|的|上门|$|[\s,.。、;:!])"
# A festival or a day of the moon: which date it was is not worked out here. 春节快乐 is only a greeting.
_FESTIVAL = (
    r"(?:(?:春节|除夕|大?年三十|三十夜|大年|过年|元旦|元宵|清明|端[午阳]|七夕|中秋|国庆|重阳|冬至|腊八|小年|劳动节|老人节)节?"
    rf"|(?:五一|十一|六一|七一|八一|三八){_SAID_OF_IT})(?!的?(?:快乐|愉快|安康|好|月饼|粽子|礼|慰问|物资))"
    r"|[正冬腊]月[二三]?[初十廿]?[一二三四五六七八九十]?|[农阴旧]历"
    r"|(?:大年)?初(?:10|[一二三四五六七八九十1-9])(?![中高级\d])"
    r"|(?<![一二三四五六七八九十百千第\d])(?:[二三]?十|廿)[一二三四五六七八九]?"
    r"(?![一二三四五六七八九十百千万\d岁元块斤多几余个人次分点年月日号天里米度袋桶瓶盒件楼层栋位趟口只把条床户全足]|来[个斤岁天人分])"
)
_UNCLEAR = (
    r"大大前[天日]|上+个?(?:周|星期|礼拜)[一二三四五六日天末]?|上个?月|前(?:几|些|两|阵|段)[天日子时]*|几天前"
    r"|(?:周|星期|礼拜)[一二三四五六日天末]|那天|上[次回]|(?:月|(?<!今)年)[初头](?![一次回])|上旬|中旬|下旬|去年|[上旧]年"
    r"|早(?:先|几天|就(?=去|看|来))|老早"
    rf"|(?<!\d){_COUNT}+(?:个)?(?:年|月|周|星期|礼拜|天|日)[多半]?(?:以|之)?前"
    r"|前?头(?:[几两些一二三]天|[天晚])|好(?:几天|久)(?:以|之)?[前了]|(?:有|隔|过)了?(?:几|好多|个把)(?:天|月|星期|礼拜)了"
    r"|(?:以|之|先|从)?(?<![目面跟眼门屋房村床饭午黑班提])前(?![天日面院门往来去后方台排])"
)
_YEAR = r"(?:\d{2}|\d{4}|[〇零一二三四五六七八九]{2,4})年|\d{4}[./-]"
_DAY = re.compile(
    rf"(?P<three>大前[天日]{_PART})"
    r"|(?P<ago>(?<![十几数\d])[0-9一二两三四五六七八九十]{1,3})天(?:以|之)?前"
    rf"|(?P<two>(?<!大)前[天日]{_PART})"
    rf"|(?P<one>昨[天日晚早儿夜]{_PART})|(?P<zero>今[天日早晨儿]{_PART})"
    rf"|(?P<year>{_YEAR})?(?P<month>(?<!\d)\d{{1,2}})月(?P<day>\d{{1,2}})(?:[日号]|(?!\d))"
    rf"|(?<!\d)(?P<y>{_YEAR})?(?P<m>0?[1-9]|1[0-2])[./-](?P<d>0?[6-9]|[12]\d|3[01])(?![\d./-])"
    rf"|(?P<unclear>{_UNCLEAR}|{_FESTIVAL})"
    r"|(?<!\d)\d{1,2}月份?(?!\d)"
    r"|(?<![\d月])(?P<only>[12]?\d|3[01])[日号](?![\d楼院房门])"
)
# The 29th of February is asked about too: most years have none.
_LONGEST = {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}
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
    if part["year"] or part["y"]:
        return None  # today's year is not known here, and an answer has no place for another
    if not 1 <= day <= _LONGEST.get(month, 31) or month > 12 or (part["month"] and month == 0):
        return None
    return NamedDay(day=day, month=month or None)
