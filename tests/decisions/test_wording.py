"""What is sent: the two example texts to the character, parts, names, and what no template may hold."""

from __future__ import annotations

import re
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.deadlines import instant
from decisions.digest import MOST_PARTS, Answer, OwnedTask, answer_texts, digest, gravest, lines, owner_texts
from decisions.wording import (
    ASK_BACK_TEMPLATE,
    OWNER_HEADING,
    OWNER_TEMPLATE,
    TEMPLATES,
    ElderName,
    Sex,
    TemplateId,
    parameters,
    persons,
    render,
    segments,
    title,
    units,
    violations,
)
from models.reading import AskBack, OpenTask
from models.values import EscalationCause
from post.gather import spoken
from tests.decisions.sms_contexts import CONTEXTS, open_task

_DUE = date(2026, 12, 20)
_WANG, _LI = CONTEXTS["two"].open_tasks


def many(count: int, village: str = "三河村", household: str | None = None) -> list[OpenTask]:
    return [open_task(50 + number, "王奶奶", village, household) for number in range(count)]


def test_one_task_to_the_character() -> None:
    (sent,) = digest([_WANG], _DUE, "奉节民政")
    assert sent.text == (
        "【奉节民政】请在12月20日(含)前看望三河村王奶奶,编号52。平安回521,没见到回522,要帮忙回523,去不了回524。"
    )
    assert len(sent.text) == 63 and segments(sent.text) == 1
    assert sent.template_id is TemplateId.TASK_ONE
    assert sent.params == {"by": "12月20日(含)", "who": "三河村王奶奶", "code": "52"}


def test_two_tasks_to_the_character() -> None:
    (sent,) = digest([_LI, _WANG], _DUE, "奉节民政")
    assert sent.text == (
        "【奉节民政】12月20日(含)前请看望:52三河村王奶奶;53东坪村李爷爷。回编号加数字:1平安2没见到3要帮忙4去不了,如521"
    )
    assert len(sent.text) == 65 and segments(sent.text) == 1


def test_a_due_time_shorter_than_a_day_is_used_as_it_stands() -> None:
    (sent,) = digest([_WANG], "今天10:40", "奉节民政")
    assert "请在今天10:40前看望" in sent.text


def test_no_tasks_no_text() -> None:
    assert digest([], _DUE, "奉节民政") == []


def test_one_household_is_one_line() -> None:
    couple = CONTEXTS["couple"].open_tasks
    assert lines(couple) == ("52三河村王奶奶和53赵爷爷",)
    (sent,) = digest(couple, _DUE, "奉节民政")
    assert sent.template_id is TemplateId.TASK_LIST and sent.params["list"] == "52三河村王奶奶和53赵爷爷"


def test_elders_without_a_household_are_not_put_together() -> None:
    assert len(lines(many(3))) == 3


def test_thirteen_elders_are_one_text_that_names_each() -> None:
    (sent,) = digest(many(13), _DUE, "奉节民政")
    assert sent.template_id is TemplateId.TASK_LIST and segments(sent.text) == 3
    assert all(f"{50 + number}三河村" in sent.text for number in range(13))


def test_what_does_not_fit_is_on_the_card() -> None:
    (sent,) = digest(many(20), _DUE, "奉节民政")
    assert sent.template_id is TemplateId.TASK_LIST_MORE and segments(sent.text) == 3
    assert "看望20位:50三河村王奶奶" in sent.text and ";其余编号见结对卡。" in sent.text
    one_more = sent.params | {"list": sent.params["list"] + ";99三河村王奶奶"}
    assert segments(render(sent.template_id, one_more, "奉节民政")) == 4


def test_where_calls_count_the_fifth_digit_is_told() -> None:
    (one,) = digest([open_task(62, "王奶奶")], _DUE, "奉节民政", counts_phone_calls=True)
    assert "电话联系上回625" in one.text
    (some,) = digest(
        [open_task(62, "王奶奶"), open_task(63, "李爷爷")], _DUE, "奉节民政", counts_phone_calls=True, reminder=True
    )
    assert "5电话联系上,如621" in some.text and some.text.startswith("【奉节民政】还没收到回复。")


@given(
    count=st.integers(min_value=1, max_value=40),
    village=st.sampled_from(["三河村", "东坪社区第三居民小组", "", "\U00020bb7村"]),
    shared=st.booleans(),
    reminder=st.booleans(),
    calls=st.booleans(),
)
def test_a_digest_never_passes_three_parts(count: int, village: str, shared: bool, reminder: bool, calls: bool) -> None:
    tasks = many(count, village, "h1" if shared and count < 10 else None)
    (sent,) = digest(tasks, _DUE, "奉节民政", reminder=reminder, counts_phone_calls=calls)
    assert segments(sent.text) <= MOST_PARTS
    assert sent.text == render(sent.template_id, sent.params, "奉节民政")
    assert violations(sent.text) == ()
    if sent.template_id.value.removesuffix("_calls").endswith("more"):
        assert sent.params["count"] == str(count)
    else:
        assert all(str(task.code) in sent.text for task in tasks)


PLEASE = "见到后请回编号加数字:1平安2没见到3要帮忙4去不了,如521"


@pytest.mark.parametrize("cause", EscalationCause)
def test_each_cause_has_words_of_its_own_that_fit_two_parts(cause: EscalationCause) -> None:
    (one,) = owner_texts([OwnedTask(_WANG, OWNER_TEMPLATE[cause])], "12月20日(含)", "奉节民政")
    assert one.made.template_id is OWNER_TEMPLATE[cause] and one.elders == {_WANG.elder_id}
    assert one.made.text.startswith("【奉节民政】三河村王奶奶") and "请您在12月20日(含)前" in one.made.text
    by_digits = not cause.endswith("_late")  # no answer about the elder ends that
    assert one.made.text.endswith("。接手请回:52收到。" + (PLEASE if by_digits else ""))
    assert segments(one.made.text) == (2 if by_digits else 1) and violations(one.made.text) == ()


def test_the_causes_are_told_apart_alone_and_in_a_list() -> None:
    assert set(OWNER_TEMPLATE) == set(EscalationCause) and set(OWNER_HEADING) == set(OWNER_TEMPLATE.values())
    assert len({TEMPLATES[template] for template in OWNER_TEMPLATE.values()}) == len(EscalationCause)
    assert len(set(OWNER_HEADING.values())) == len(EscalationCause)


@pytest.mark.parametrize("words", [*OWNER_HEADING.values(), *(TEMPLATES[t] for t in OWNER_HEADING)])
def test_no_word_to_an_owner_is_of_a_condition(words: str) -> None:
    assert violations(words) == ()
    assert re.search("死|去世|过世|病|伤|危|失能|失智|残|级|独居|摔", words) is None


def test_escalations_of_one_cause_are_one_text() -> None:
    owned = [OwnedTask(task, TemplateId.ESCALATION_OWNER) for task in (_LI, _WANG)]
    (two,) = owner_texts(owned, "12月20日(含)", "奉节民政")
    assert two.made.template_id is TemplateId.ESCALATION_OWNER_LIST and two.made.text == (
        "【奉节民政】请您在12月20日(含)前处理。还没有人见到:52三河村王奶奶;53东坪村李爷爷。"
        "接手请回编号加收到,如52收到。" + PLEASE
    )
    assert two.elders == {_WANG.elder_id, _LI.elder_id}


def test_escalations_of_several_causes_are_one_text_the_gravest_first() -> None:
    owned = [
        OwnedTask(_WANG, TemplateId.ESCALATION_OWNER),
        OwnedTask(open_task(54, "孙奶奶"), TemplateId.ESCALATION_OWNER),
        OwnedTask(_LI, TemplateId.ESCALATION_RISK),
    ]
    (three,) = owner_texts(owned, "12月20日(含)", "奉节民政")
    assert "前处理。请尽快去看看:53东坪村李爷爷。还没有人见到:52三河村王奶奶;54三河村孙奶奶。接手" in three.made.text


def test_of_two_causes_the_graver_is_said() -> None:
    assert gravest([TemplateId.ESCALATION_OWNER, TemplateId.ESCALATION_RISK]) is TemplateId.ESCALATION_RISK
    assert gravest([TemplateId.ESCALATION_NEED, TemplateId.ESCALATION_OWNER]) is TemplateId.ESCALATION_OWNER


@given(
    causes=st.lists(st.sampled_from(list(OWNER_HEADING)), min_size=1, max_size=49),
    village=st.sampled_from(["三河村", "东坪社区第三居民小组", "", "\U00020bb7村"]),
)
def test_an_owner_is_told_of_each_once_in_texts_of_three_parts(causes: list[TemplateId], village: str) -> None:
    tasks = many(len(causes), village)
    owned = [OwnedTask(task, cause) for task, cause in zip(tasks, causes, strict=True)]
    sent = owner_texts(owned, "12月20日09时05分", "奉节民政")
    told = [elder for text in sent for elder in text.elders]
    assert sorted(told) == sorted(task.elder_id for task in tasks)
    for text in sent:
        assert segments(text.made.text) <= MOST_PARTS and violations(text.made.text) == ()
    named = "".join(text.made.text for text in sent)
    assert all(named.count(f"{task.village}{task.person}") == len(causes) for task in tasks)
    assert len(sent) <= 1 + len(set(causes)) + len(causes) // 6


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("一", 1),
        ("一" * 70, 1),
        ("一" * 71, 2),
        ("一" * 134, 2),
        ("一" * 135, 3),
        ("a" * 70, 1),
        ("\U00020bb7" * 35, 1),
        ("\U00020bb7" * 36, 2),
        ("\U00020bb7" * 66, 2),
        ("\U00020bb7" * 67, 3),  # 33 whole characters a part: none is cut in half
    ],
)
def test_parts_are_counted_in_ucs2(text: str, parts: int) -> None:
    assert segments(text) == parts


def test_the_signature_counts() -> None:
    assert units(render(TemplateId.NO_OPEN_TASK, {}, "奉节民政")) == 6 + 9


@pytest.mark.parametrize("template_id", list(TemplateId))
def test_no_template_holds_what_a_provider_refuses(template_id: TemplateId) -> None:
    template = TEMPLATES[template_id]
    assert violations(template) == ()
    assert not template.endswith("}") and not template.isspace()


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ("请看 http://a.cn/x", "网址"),
        ("见www.example", "网址"),
        ("补贴50元", "金额"),
        ("发{n}元", "金额"),
        ("￥30", "符号"),
        ("★", "符号"),
        ("甲&乙", "符号"),
        ("[通知]", "符号"),
        ("{a}{b}", "相邻参数"),
        ("{a} {b}", "相邻参数"),
        ("养老服务", "敏感词"),
        ("医疗", "敏感词"),
        ("请评价", "敏感词"),
        ("保健养生", "敏感词"),
        ("问卷调查", "敏感词"),
        ("调解", "敏感词"),
        ("法律", "敏感词"),
        ("看" * 501, "过长"),
        ("\U00020bb7" * 251, "过长"),
        ("和".join(f"{{p{n}}}" for n in range(21)), "参数过多"),
        ("和".join(["{p}"] * 21), "参数过多"),  # one that stands twice is two to a provider
    ],
)
def test_a_violation_is_named(template: str, named: str) -> None:
    assert any(found.startswith(named + ":") for found in violations(template))


def test_as_much_as_a_provider_takes_is_no_violation() -> None:
    assert violations("看" * 500) == violations("和".join(["{p}"] * 20)) == ()


def test_a_day_and_its_hour_are_one_parameter_of_text() -> None:
    """Two are wanted only of one declared a time, which 12月20日(含) is not (`docs/sms.md`); a text holds 20."""
    said = [spoken(instant(date(2026, 12, 31), hour), instant(_DUE)) for hour in (time(0), time(23, 59))]
    assert said == ["12月30日(含)", "12月31日23时59分"] and max(map(len, said)) <= 20
    declared = {hole for template in TEMPLATES.values() for hole in parameters(template)}
    assert declared == {"by", "who", "code", "first", "second", "list", "count", "what", "digits"}


def test_short_answers_are_one_part() -> None:
    what = {"what": "52王奶奶12月18日平安", "code": "52"}
    for template_id in (TemplateId.CONFIRMED, TemplateId.ALREADY_RECORDED, TemplateId.CORRECTED):
        assert segments(render(template_id, what, "奉节民政")) == 1
    assert render(TemplateId.CONFIRMED, what, "奉节民政") == ("【奉节民政】已记:52王奶奶12月18日平安。记错了请回:52错")


_T = TemplateId
ANSWERS = {
    _T.CONFIRMED: {"what": "{code}王奶奶12月18日平安", "code": "{code}"},
    _T.ALREADY_RECORDED: {"what": "{code}王奶奶12月18日平安", "code": "{code}"},
    _T.CORRECTED: {"what": "{code}王奶奶12月18日没见到", "code": "{code}"},
    _T.KEPT: {"who": "{code}王奶奶"},
    _T.DEATH_NOTED: {"who": "{code}王奶奶"},
    _T.ASK_BACK_WHICH_DAY: {"who": "王奶奶", "code": "{code}"},
    _T.NO_OPEN_TASK: dict[str, str](),
}


def answers_of(kinds: list[TemplateId]) -> list[Answer]:
    return [
        Answer(
            f"L{code}", code, kind, {name: value.format(code=code) for name, value in ANSWERS[kind].items()}
        )
        for code, kind in enumerate(kinds, start=50)
    ]  # fmt: skip


def answered(kinds: list[TemplateId]) -> tuple[TemplateId, str]:
    [one] = answer_texts(answers_of(kinds), "奉节民政")
    return one.made.template_id, one.made.text.removeprefix("【奉节民政】")


def test_answers_together_are_grouped_by_kind_and_alone_have_their_own_words() -> None:
    what = "王奶奶12月18日平安"
    assert answered([_T.CONFIRMED, _T.CONFIRMED]) == (
        _T.CONFIRMED_LIST, f"已记:50{what};51{what}。记错了请回编号加错字,如:50错",
    )  # fmt: skip
    assert answered([_T.KEPT, _T.CORRECTED, _T.CONFIRMED, _T.CONFIRMED]) == (
        _T.ANSWERED_LIST,
        (
            f"回复收到了。已记:52{what};53{what}。已改为:51王奶奶12月18日没见到。50王奶奶的回复已收下,工作人员会看。"
            "现在不用再去。记错了请回编号加错字,如:51错"
        ),
    )
    assert answered([_T.KEPT, _T.NO_OPEN_TASK]) == (
        _T.NOTED_LIST, "回复收到了。50王奶奶的回复已收下,工作人员会看。现在不用再去。您现在没有待访任务。",
    )  # fmt: skip
    assert answered([_T.NO_OPEN_TASK, _T.NO_OPEN_TASK]) == (_T.NO_OPEN_TASK, "您现在没有待访任务")


@given(kinds=st.lists(st.sampled_from(list(ANSWERS)), min_size=1, max_size=45))
def test_each_answer_is_said_in_one_text_of_three_parts_at_most(kinds: list[TemplateId]) -> None:
    answers = answers_of(kinds)
    made = answer_texts(answers, "奉节民政")
    assert [of for text in made for of in text.answers] == [answer.of for answer in answers]
    assert all(segments(text.made.text) <= MOST_PARTS for text in made)
    said = {of: text.made.text for text in made for of in text.answers}
    assert all(answer.sentence in said[answer.of] for answer in answers)


def test_fixed_texts_are_what_was_agreed() -> None:
    assert render(TemplateId.DANGER, {}, "奉节民政") == "【奉节民政】有危险请先打120或110"
    assert render(TemplateId.CANCELLED_VISIT, {"who": "52王奶奶"}, "奉节民政") == "【奉节民政】52王奶奶家本次不用去了"
    assert render(TemplateId.NO_OPEN_TASK, {}, "奉节民政") == "【奉节民政】您现在没有待访任务"
    assert TEMPLATES[TemplateId.PLEASE_WRITE_WORDS].startswith("请回文字")
    assert parameters(TEMPLATES[TemplateId.UNKNOWN_PHONE]) == ()


def test_every_reason_to_ask_back_has_its_own_template() -> None:
    assert set(ASK_BACK_TEMPLATE) == set(AskBack)
    assert len(set(ASK_BACK_TEMPLATE.values())) == len(AskBack)


@pytest.mark.parametrize("params", [{}, {"who": "王奶奶", "code": "52"}])
def test_parameters_must_fit(params: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="cancelled_visit needs"):
        render(TemplateId.CANCELLED_VISIT, params, "奉节民政")


@pytest.mark.parametrize(("sex", "called"), [("female", "王奶奶"), ("male", "王爷爷")])
def test_title(sex: Sex, called: str) -> None:
    assert title(sex, "王") == called


def test_the_given_name_tells_two_apart_and_only_then() -> None:
    elders = [
        ElderName(elder_id="a", surname="王", given="秀芳", sex="female"),
        ElderName(elder_id="b", surname="王", given="桂兰", sex="female"),
        ElderName(elder_id="c", surname="王", given="建国", sex="male"),
        ElderName(elder_id="d", surname="欧阳", given="明", sex="male"),
    ]
    assert persons(elders) == ("王奶奶(芳)", "王奶奶(兰)", "王爷爷", "欧阳爷爷")
