"""Replies as people write them, and what no reply may ever become."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.digest import digest
from decisions.reading import read
from decisions.wording import TEMPLATES, parameters, render
from models.reading import AskBack, Reading, Rule, SenderKind, Standing
from models.values import Method, VisitResult
from tests.decisions.sms_contexts import CONTEXTS, summary

_REPLIES = list(csv.DictReader((Path(__file__).parent / "replies.csv").open(encoding="utf-8", newline="")))
_DONE = (VisitResult.WELL, VisitResult.NEEDS_HELP)
_ASKED = sorted(name for name, context in CONTEXTS.items() if context.sender_kind is not SenderKind.UNKNOWN)


def done(reading: Reading) -> list[int]:
    return [answer.code for answer in reading.answers if answer.result in _DONE]


@pytest.mark.parametrize("row", _REPLIES, ids=lambda row: f"{row['context']}-{row['text'][:20]}")
def test_a_reply_is_read_as_labelled(row: dict[str, str]) -> None:
    assert summary(read(row["text"], CONTEXTS[row["context"]])) == row["expected"]


def test_there_are_enough_labelled_replies() -> None:
    assert len(_REPLIES) >= 300
    assert len({(row["text"], row["context"]) for row in _REPLIES}) == len(_REPLIES)
    sure = [row for row in _REPLIES if "well" in row["expected"] and "ask" not in row["expected"]]
    assert len(sure) >= 100, "asking back what is plain is a fault too"


@given(text=st.text(max_size=80), context=st.sampled_from(sorted(CONTEXTS)))
def test_no_text_breaks_the_reader(text: str, context: str) -> None:
    reading = read(text, CONTEXTS[context])
    assert read(text, CONTEXTS[context]) == reading
    assert reading.rules or summary(reading) == "nothing"


def _words(spaced: str) -> st.SearchStrategy[str]:
    return st.sampled_from(spaced.split())


_WORDS = _words(
    "平安 都好 没见到 不在家 要帮忙 去不了 看过了 王奶奶 李爷爷 老人 昨天 明天 应该 吗 ？ 没 不 说 女儿 收到"
    " 好的 走了 摔 52 53 1 2 521 533 错 ， 。 120 退订 电话 五十二 一 12月18日 我 去 都 和 【 】 平安回521"
)


@given(pieces=st.lists(_WORDS, max_size=9), context=st.sampled_from(sorted(CONTEXTS)), glue=st.sampled_from(["", " "]))
def test_whatever_is_said_is_answered_or_asked_back(pieces: list[str], context: str, glue: str) -> None:
    sender = CONTEXTS[context]
    reading = read(glue.join(pieces), sender)
    codes = [answer.code for answer in reading.answers]
    assert len(codes) == len(set(codes))
    said_something = reading.model_copy(update={"rules": (), "danger_about": ()}) != Reading()
    assert said_something or sender.sender_kind is SenderKind.UNKNOWN


_DOUBT = (
    "没有 没不 不 没 还没 没去 不是 不用 未 尚未 未必 明天 后天 下周 准备 打算 要是 如果 万一 等会 待会 马上"
    " 在路上 吗 ？ ? 是不是 有没有 谁 怎么样 几点去 女儿说 邻居说 村长讲 她爸说"
    " 听说 据说 他儿子说 应该 可能 大概 好像 估计 也许 兴许 说不定 希望"
    " 现在去哈 后头去哈 还没克 等哈儿去 二天去 走到半路 快拢了 去成都了 放牛去了 住女儿家 我猜的 多半 八成 我想是 怕是"
    " 提前报 先交差 乱按的 别当真 网格员去的 小王去的 喊我儿去看的 邻居帮我看的"
)
_NOBODY = " 我没见到 去不了 没人 没看 不在家 扑空了 白跑一趟 撞到锁 门锁起的 莫得人 打了电话没接"
_MARKERS = _words(_DOUBT + _NOBODY)
_GOOD = _words(
    "521 52平安 52,1 平安 都好 1 1平安 老人平安 王奶奶平安 看过了都好 五十二一 ５２１ 52① 523 3 要帮忙 52要帮忙"
)


@given(marker=_MARKERS, good=_GOOD, after=st.booleans(), glue=st.sampled_from(["", " ", "，", "。", "\n"]))
def test_a_negation_intention_question_or_hearsay_is_never_a_visit_done(
    marker: str, good: str, after: bool, glue: str
) -> None:
    text = f"{good}{glue}{marker}" if after else f"{marker}{glue}{good}"
    for context in ("one", "two", "couple", "retry"):
        assert done(read(text, CONTEXTS[context])) == [], (text, context)


_FIRST = _words("531 53,1 53平安 533 李爷爷平安 53要帮忙")
_SECOND = _words("521 52,1 52平安 523 王奶奶平安 52要帮忙")
_FIRST_NOT_DONE = _words("532 53没见到 53 李爷爷没见到 534 李爷爷")
_GLUE = st.sampled_from(["", " ", "，", "。", "、", "…", "\n"])
_OF_ALL = _words("都没去 都是听说的 刚才都说错了 都不是 都应该 两个都没去 都是网格员去的")


@given(marker=_MARKERS, first=_FIRST, second=_SECOND, place=st.integers(0, 2), glue=st.tuples(_GLUE, _GLUE))
def test_a_doubt_in_a_text_of_two_elders_leaves_neither_visited(
    marker: str, first: str, second: str, place: int, glue: tuple[str, str]
) -> None:
    pieces = [first, second]
    pieces.insert(place, marker)
    text = f"{pieces[0]}{glue[0]}{pieces[1]}{glue[1]}{pieces[2]}"
    assert done(read(text, CONTEXTS["two"])) == [], text


@given(marker=_OF_ALL, first=_FIRST, second=_SECOND, glue=st.tuples(_GLUE, _GLUE))
def test_a_doubt_said_of_all_at_the_end_leaves_none_visited(
    marker: str, first: str, second: str, glue: tuple[str, str]
) -> None:
    text = f"{first}{glue[0]}{second}{glue[1]}{marker}"
    assert done(read(text, CONTEXTS["two"])) == [], text


@given(marker=_words(_DOUBT), first=_FIRST_NOT_DONE, second=_SECOND, before=st.booleans(), glue=st.tuples(_GLUE, _GLUE))
def test_a_doubt_before_the_second_elder_is_not_the_first_one_s(
    marker: str, first: str, second: str, before: bool, glue: tuple[str, str]
) -> None:
    text = glue[0].join([marker, first] if before else [first, marker]) + glue[1] + second
    assert done(read(text, CONTEXTS["two"])) == [], text


_LONG_AGO = st.builds(
    "{}{}{}前".format,
    _words("一 两 三 半 几 十 20 2 十几 好几 个把"),
    _words("个月 星期 个星期 年 周 个礼拜 多月"),
    _words("以 之 多").map(lambda word: word.replace("多", "")),
)
_NO_DATE = _words(
    "国庆 春节 中秋 端午 元旦 五一 除夕 过年 腊月二十 正月初三 初五 十五 廿三 农历十六 前晚 头两天 前几天 上周"
    " 去年 那天 月初 2月30日 4月31日 6.31 2025年12月18日 2025-12-18 25年12月18日 好久以前 早先"
)


@given(
    day=st.one_of(_LONG_AGO, _NO_DATE),
    went=_words("去的 看的 x").map(lambda word: word.strip("x")),
    after=st.booleans(),
)
def test_a_day_that_cannot_be_told_is_never_today(day: str, went: str, after: bool) -> None:
    text = f"521 {day}{went}" if after or day[0] in "26" else f"{day}{went or '去的'}，521"
    assert done(read(text, CONTEXTS["one"])) == [], text


_VISITED = _words("看望 看 去 见到 看到人 到她家 上门看 看望王奶奶 探访")
_PLANNED = _words("后回 之后回 后我再回 了就回 就回 了我就回 过了会回 完才回 了回 过回 后就发")


@given(
    visited=_VISITED,
    planned=_PLANNED,
    before=_words("x 我 明白， 知道了， 好的。 先"),
    code=_words("521 52平安 1 平安"),
)
def test_an_answer_planned_or_said_back_is_never_a_visit_done(
    visited: str, planned: str, before: str, code: str
) -> None:
    text = f"{before.strip('x')}{visited}{planned}{code}"
    for context in ("one", "two", "retry"):
        assert done(read(text, CONTEXTS[context])) == [], (text, context)


@given(good=_GOOD, taken_back=_words("取消 取消了 撤销 撤回 作废"), after=st.booleans(), glue=_words("x ， 。"))
def test_an_answer_taken_back_is_never_a_visit_done(good: str, taken_back: str, after: bool, glue: str) -> None:
    joined = glue.strip("x")
    text = f"{good}{joined}{taken_back}" if after else f"{taken_back}{joined}{good}"
    for context in ("one", "two", "couple", "retry"):
        assert done(read(text, CONTEXTS[context])) == [], (text, context)


@given(number=st.integers(min_value=0, max_value=10**12), context=st.sampled_from(_ASKED))
def test_digits_that_match_nothing_are_never_guessed(number: int, context: str) -> None:
    sender = CONTEXTS[context]
    written = str(number)
    groups = (sender.open_tasks, sender.known_codes, sender.others_codes, sender.escalation_codes)
    codes = [str(entry.code) for group in groups for entry in group]
    answers = read(written, sender).answers
    if answers:
        spelled = "".join(f"{answer.code}{_digit(answer.method, answer.result)}" for answer in answers)
        assert spelled == written or (len(written) == 1 and len(answers) == 1)
    elif len(written) > 1 and any(written == code + "1" for code in codes) and context != "hidden_code":
        raise AssertionError(f"{written} is a code and a result and was not read")


def _digit(method: Method, result: VisitResult) -> str:
    if method is Method.PHONE:
        return "5"
    return str(list(VisitResult).index(result) + 1)


@given(code=st.integers(min_value=50, max_value=99), digit=st.integers(min_value=1, max_value=4))
def test_an_unknown_code_is_asked_back(code: int, digit: int) -> None:
    if code in (52, 53, 71):
        return
    reading = read(f"{code}{digit}", CONTEXTS["two"])
    assert reading.answers == () and reading.ask_back is AskBack.UNKNOWN_CODE


@pytest.mark.parametrize("template_id", list(TEMPLATES))
@pytest.mark.parametrize("answer", ["", "522", " 522", "\n522"])
def test_our_own_text_quoted_back_says_nothing_by_itself(template_id: str, answer: str) -> None:
    template = next(each for each in TEMPLATES if each == template_id)
    params = {name: "52" if name in ("code", "count") else "12月20日(含)" for name in parameters(TEMPLATES[template])}
    params |= {name: "52三河村王奶奶" for name in params if name in ("who", "first", "what", "list")}
    params |= {"second": "53东坪村李爷爷"} if "second" in params else {}
    reading = read(render(template, params, "奉节民政") + answer, CONTEXTS["two"])
    assert Rule.QUOTE_CUT in reading.rules and not reading.urgent and not reading.opted_out
    assert [(one.code, one.result) for one in reading.answers] == ([(52, VisitResult.NOT_SEEN)] if answer else [])


@given(cut=st.integers(min_value=1, max_value=62), start=st.integers(min_value=0, max_value=61))
def test_half_of_our_own_text_records_no_visit(cut: int, start: int) -> None:
    tasks = CONTEXTS["two"].open_tasks
    whole = digest(tasks, date(2026, 12, 20), "奉节民政")[0].text + "\n" + digest(tasks[:1], "20日", "奉节民政")[0].text
    head = whole[:cut]
    assert read(head, CONTEXTS["two"]).answers == ()
    lone = digest(tasks[:1], date(2026, 12, 20), "奉节民政")[0].text
    tail = lone[start:]
    read_tail = read(tail, CONTEXTS["two"])
    assert read_tail.answers == () or len(tail) < 8


@given(noise=st.text(alphabet="啊呀哈～… 　。，！👍辛苦了谢谢", max_size=6), digit=st.sampled_from("1234"))
def test_politeness_and_punctuation_change_nothing(noise: str, digit: str) -> None:
    plain = read(f"52{digit}", CONTEXTS["two"])
    assert read(f"52{digit}。{noise}", CONTEXTS["two"]).answers == plain.answers


def test_an_answer_knows_its_visit_and_its_standing() -> None:
    answer = read("53平安", CONTEXTS["mixed"]).answers[0]
    assert (answer.visit_id, answer.elder_id, answer.standing) == ("visit-53", "elder-53", Standing.ASKED)
    assert answer.by_rule is Rule.WELL_WORDS and not answer.correction
    changed = read("522", CONTEXTS["mixed"]).answers[0]
    assert changed.correction and changed.visit_id == "visit-52"
    taken = read("61 1", CONTEXTS["grid"]).answers[0]
    assert taken.escalation_id == "escalation-61"


def test_a_reading_holds_no_word_of_the_text() -> None:
    reading = read("王奶奶家在三河村，女儿叫小芳，521", CONTEXTS["one"])
    dumped = reading.model_dump_json()
    assert not any("一" <= character <= "鿿" for character in dumped)
