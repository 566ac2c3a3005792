"""Danger words: urgent at once unless their own sentence denies them, puts them in the past, or only fears them.

Where a sentence can be read both ways it is urgent: a call too many costs less than one too few.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from decisions.reading_numbers import GAP, MEASURED
from models.reading import Rule

# Compounds that hold a danger word and no danger.
_HARMLESS = re.compile(
    r"[高降量测]?血[压糖脂型常管色站]+|[献抽验采补]血|心血|晕[车船]|没气[味色质候]|[打颠潦倾反]倒(?!在|地|了?水)|快来(?:了|不及)"
    r"|倒(?:了?[一两]?[杯碗盆]?(?:水|茶|酒|垃圾)|垃圾|是|也|还|挺|很|蛮|不错|闭|计时|春寒|霉|贴)"
)
# Things that break or run out, and the gas stove as an object: no danger by itself, but a person looks.
_THING = re.compile(
    r"(?:手机|电话|碗|杯子?|眼镜|热水瓶)[被给又也都]?摔[坏碎烂]|摔[坏碎烂]了?(?:手机|电话|碗|杯子?|眼镜)"
    r"|(?:手机|车|电视|电灯|灯|信号|电池|网|冰箱|收音机|洗衣机)(?:都|也|又|已经?)?(?:不行了|没气了?)|[车轮]胎没气"
    r"|煤气(?:费|灶|卡|表|公司|本|罐(?!漏|爆|炸))|[换买送充]了?煤气"
)
_WORD = re.compile(
    r"摔|跌倒|倒|晕|昏(?![暗黄])|血|没气|断气|(?:没|没有)呼吸|不行了|[叫喊]不[醒应]|不省人事|煤气|[着起]火|中毒|触电|农药|自杀|快来|救命|报警|[打拨报]了?11[09]"
    r"|(?<!\d)120(?![\d./]|\s*[元块斤岁米度多个平])"
)
_FEARABLE = re.compile(r"摔|跌倒|倒|晕|昏|煤气|[着起]火|中毒|触电|120")
_DENIED = re.compile(
    r"(?:(?<![有是])没有?|没得|从未|从没|(?<!会)不会|(?<!是)不是|不曾|并未|未|(?<!用)不用|(?<!需)不需要|(?<!要)不要|不必|没发现|没听说)"
    r"(?:再|又|被|有|发生|出现|什么|她|他|老人|流|出|打|叫|喊|用|要|需要|过|任何)*$"
)
_DOES_NOT = re.compile(r"(?<![要摔晕倒])不(?:再|流|出|会)*$")  # 不晕了, but not 要不120
_DENIED_TWICE = re.compile(r"(?:不是|并非|不可能|难道)没有?\w{0,4}$")
_PAST_BEFORE = re.compile(
    r"上+个?(?:月|周|星期|礼拜)|去年|前年|以前|之前|从前|上[次回]|前几天|前些天|前阵子|年轻时|年前|月前|曾经?|过去"
)
_PAST_AFTER = re.compile(r"[倒伤跤]?过(?!去)")
_NOW = re.compile(r"刚|今[天早晚]|昨[天晚夜]|现在|还在|正在|又|一直|躺|起不来|动不了")
_FEARED = re.compile(
    r"(?:(?<!不)小心|(?<![不没])注意|怕(?!是)|(?<!个)别(?!人)|防止?|以免|免得|避免|(?<!不)容易|差点儿?|险些|要是|如果|万一|担心|当心)\w{0,4}$"
)
_SENTENCE = re.compile(r"[^,.。!?;:、~…\s]+")


class Danger(NamedTuple):
    """`rest`: the text with what was denied, past or feared taken out, so that its 没 is not read again."""

    urgent: bool
    unsure: bool
    rules: tuple[Rule, ...]
    rest: str


def find_danger(text: str) -> Danger:
    """Look at each danger word in its own clause. Expects plain text without ours."""
    fired: list[Rule] = []

    def clause(found: re.Match[str]) -> str:
        rest, rules = _clause(found.group())
        fired.extend(rules)
        return rest

    rest = _SENTENCE.sub(clause, MEASURED.sub(GAP, text))
    rules = tuple(dict.fromkeys(fired))
    urgent = Rule.DANGER in rules
    return Danger(urgent, any(rule is not Rule.DANGER for rule in rules), rules, rest)


def _clause(clause: str) -> tuple[str, tuple[Rule, ...]]:
    clause = _HARMLESS.sub(lambda found: found.group() if found.group().startswith("快来") else GAP, clause)
    rules: list[Rule] = [Rule.DANGER_FEARED] if _THING.search(clause) else []
    clause = _THING.sub(GAP, clause)
    position = 0
    while (word := _WORD.search(clause, position)) is not None:
        if word.group() == "快来" and re.match(r"了|不及", clause[word.end() :]):
            position = word.end()
            continue
        before, after = clause[: word.start()], clause[word.end() :]
        rule, start, end = _weigh(word.group(), before, after)
        rules.append(rule)
        if rule is Rule.DANGER:
            # 120 is a number to call, not a code to look up
            clause = f"{before}{GAP * 3}{after}" if word.group()[-1].isdigit() else clause
            position = word.end()
        else:
            clause = clause[:start] + GAP + clause[word.end() + end :]
            position = start + 1
    return clause, tuple(rules)


def _weigh(word: str, before: str, after: str) -> tuple[Rule, int, int]:
    """The rule, where what it says starts in `before`, and how much of `after` belongs to it."""
    tail = re.match(r"[倒跤伤]?(?:过|着|到)?(?:去)?了?", after)
    rest_of_word = tail.end() if tail else 0
    denied = _DENIED.search(before) or (_DOES_NOT.search(before) if word in ("摔", "倒", "晕", "昏", "血") else None)
    if denied and not _DENIED_TWICE.search(before):
        return Rule.DANGER_DENIED, denied.start(), rest_of_word
    past = _PAST_BEFORE.search(before)
    if (past or (word not in ("120", "快来", "救命") and _PAST_AFTER.match(after))) and not _NOW.search(before + after):
        return Rule.DANGER_PAST, past.start() if past else len(before), rest_of_word
    feared = _FEARED.search(before)
    if feared and _FEARABLE.fullmatch(word):
        return Rule.DANGER_FEARED, feared.start(), rest_of_word
    return Rule.DANGER, len(before), 0
