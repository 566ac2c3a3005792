"""What the checks of a pack find, in the words of who edits a sheet. What is not here is told as it is."""

from __future__ import annotations

import re

from models.facts import ASKED
from policies.sheet_words import OPS

_FACTS = re.compile(rf"\b({'|'.join(sorted(ASKED, key=len, reverse=True))})\b")

# The check's sentence, and ours; what is in brackets is taken over.
_SENTENCES: tuple[tuple[str, str], ...] = (
    (r"the operator '(.*)' is full-width or holds a blank; write '(.*)'", "“{0}”是全角符号或中间有空格，请写 {1}"),
    (r"unknown operator '(.*)' for (\w+); known: (.*)", "{1}不能用“{0}”；可用：{2}"),
    (r"'(.*)' is text; (\w+) is a whole number", "“{0}”是文字；{1}要填整数"),
    (r"'(.*)' is followed by a list, not by .*", "“{0}”后面写几个值，用“、”隔开"),
    (r"'(.*)' is followed by one value, not by .*", "“{0}”后面写一个值"),
    (r"(.*) is outside (.*) to (.*)", "{0}不在 {1} 到 {2} 之间"),
    (r"(.*) is neither true nor false", "{0} 不是“是”或“否”"),
    (r"an empty list tells nobody apart", "后面没有写值"),
    (r"unknown (?:value|code|benefit) '(.*)'; known: (.*)", "不认识“{0}”；可用：{1}"),
    (r"holds for everybody", "人人都满足，等于没有条件"),
    (r"holds for nobody", "没有人能满足"),
    (r"asks nothing: a row has at least one condition", "一个条件也没有"),
    (r"an alternative has at least one condition", "“或者”下面有一行没有条件"),
    (r"overlap: '(.*)' and '(.*)' both hit (.*)", "与另一行重叠：{2} 同时落在“{0}”和“{1}”"),
    (r"gap: nothing hits (.*), though below and above it does", "有空档：{0} 哪一行也不落，上下都有"),
    (r"gap: nothing hits (.*), which is inside `over`", "有空档：{0} 在“范围”里，哪一行也不落"),
    (r"hits nobody: its conditions exclude each other", "没有人会落在这一行：条件互相排斥"),
    (r"asks too much at once to be checked: .*", "条件太多，没有办法逐一检查"),
    (r"the quote '(.*)' is not in source\.txt", "原文（source.txt）里没有“{0}”"),
    (r"a quote of (\d+) characters proves nothing", "原文只写了{0}个字，不足为据"),
    (r"no default is ever given for money", "发给谁、发多少、能否同享，不能用系统默认"),
    (r"nothing is shown to the village without a rule that says so", "没有文件规定就不公示，不能用系统默认"),
    (r"an amount is above zero; one that is not known is left out", "金额要大于零；还不知道的留空"),
    (r"a deadline is at least a workday", "时限至少1个工作日"),
    (r"a public notice stands at least a day", "公示至少1天"),
    (r"it is looked at again after a month at least", "复核至少隔1个月"),
    (r"a reminder comes before the end of a term, not after it", "提醒不能在到期以后"),
    (r"a month is paid whole: (.*) is no first day of one", "按整月发：{0} 不是某月1日"),
    (r"a month is paid whole: (.*) is no last day of one", "按整月发：{0} 不是某月最后一日"),
    (r"ends on (.*), before it begins on (.*)", "截止日 {0} 早于起始日 {1}"),
    (r"`birthday` stands where a row asks for an age, and only there", "条件里有周岁的要有“满岁”一行，没有的不写"),
    (r"begins with an age that no row asks for", "起发是满龄当月，可是没有一行问周岁"),
    (r"`if_late` stands with month_age_reached, and only there", "起发是满龄当月的要有“迟申请”一行，别的不写"),
    (r"does not say from which month it is paid: `start` is missing", "没有“起发”这一行"),
    (r"does not say when it ends by death", "没有“停发”“去世”这一行"),
    (r"a coupon says how much of a bill it pays, and nothing else does", "服务券要有“抵扣”，别的待遇不写"),
    (r"(\d+) is no percent of a bill", "{0} 不是百分之几（1 到 100）"),
    (r"holds between two benefits or more, each named once", "要写两项以上待遇，每项一次"),
    (r"a coupon is no money: it is not higher or lower than any", "服务券不是钱，不能就高"),
    (r"(\S+) and (\S+) stand in '(.*)' already", "{0} 与 {1} 在“{2}”里已经写过"),
    (r"Field required", "还缺一项"),
    (r"String should match pattern .*", "代号只用字母、数字和 . _ : / # + -"),
    (r"String should have at most .*", "太长"),
)  # fmt: skip
_TABLE = tuple((re.compile(pattern, re.DOTALL), ours) for pattern, ours in _SENTENCES)


def in_chinese(what: str) -> str:
    for pattern, ours in _TABLE:
        if (found := pattern.fullmatch(what)) is not None:
            return ours.format(*map(_words, found.groups()))
    return what


def _words(text: str) -> str:
    """Names of facts and signs as the sheet has them: age 90 to 91 → 周岁 90 到 91."""
    named = _FACTS.sub(lambda found: ASKED[found[1]].name, OPS.get(text, text))
    return named.replace(" to ", " 到 ").replace(", ", "，")
