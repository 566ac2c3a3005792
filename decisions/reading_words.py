"""The words of a reply as signs: a table of phrases, tried in order, each taking out what it matched.

Order is meaning: 不在了 before 不在, 没事 before a lone 没. What no phrase takes out is left over, and a negation left
over is a sign of its own, because nobody can say what it denies.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from decisions.reading_numbers import DAYS, GAP, NAMES
from decisions.reading_phrases import TABLE
from decisions.reading_signs import Sign

_LEXICON = tuple((sign, re.compile(phrase)) for sign, phrase in TABLE)
_NEGATION = re.compile(r"[没不未无莫勿甭否]|(?<!特)别(?!的)|非(?!常)")
# Words that neither say nor unsay anything about the visit.
_FILLER = re.compile(
    r"屋头|一起|一切|一个人|独自|自己|目前|现在|刚才|刚刚|已经|这个?月|本月|这次|本次|上午|下午|中午|早上|晚上|早晨"
    r"|情况|状况|状态|生活|吃饭|睡觉|做饭|休息|聊天|说话|晒太阳|看电视|干活|报告|汇报|回复|领导|同志|老师|主任|书记|特此"
    r"|任务|编号|代码|结果|两个|两位|三个|三位|全部|天气|放心|家里|家中|村里|社区|比较|非常|特别|水果|牛奶|东西|衣服"
    r"|门口|院子|有的|我们|咱们|你们|他们|她们|原文|转发"
    r"|[呢我俺咱您你她他它了的着啊呀哈嘛啦哟吖哦噢呵嘿这那边里家村院屋门人在也都还很挺蛮已今刚正与和跟及"
    r"是有来到上下吃饭好全均每各两二俩三请给带送陪号选回再次把去看敲喊叫但就又才会能所]"
)
_SAID = re.compile(r"[说讲](?![话笑])")
_MARKS = re.compile(rf"[{NAMES}{DAYS}{GAP}]")
_LETTER = re.compile(r"\w")
_ALL = re.compile(r"都|全|均|俩|老两口|二老|两[位个人]")


class Found(NamedTuple):
    """`signs` is asked by membership only. `clean`: nothing was left over but filler.

    `denied`: a negation with nothing it could be about but the answer itself. `everyone`: 都, 两位 and the like.
    """

    signs: frozenset[Sign]
    clean: bool
    denied: bool
    everyone: bool

    def has(self, *signs: Sign) -> bool:
        return any(sign in self.signs for sign in signs)


def find_signs(text: str) -> Found:
    """Expects plain text with names and days masked and digits taken out."""
    found: list[Sign] = []
    rest = text
    for sign, phrase in _LEXICON:
        rest, times = phrase.subn(GAP, rest)
        if times:
            found.append(sign)
    if re.search("电话|关机|停机|空号", text):
        found.append(Sign.PHONE)
    if _SAID.search(rest):
        found.append(Sign.HEARSAY)
    left = _MARKS.sub("", _FILLER.sub("", rest))
    clean = _LETTER.search(left) is None
    denied = False
    if _NEGATION.search(rest):
        found.append(Sign.NEGATION)
        denied = _LETTER.search(re.sub("[用要该尚]", "", _NEGATION.sub("", left))) is None
    return Found(frozenset(found), clean, denied, _ALL.search(text) is not None)
