"""Every text we send, as a template with parameters: some providers send nothing else.

A template is Chinese text with `{parameter}` holes; the signature 【sender】 is put before it and counts as text.
What a template may not hold, and how much of anything, is `_FORBIDDEN` and the two limits, checked by `violations`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from models.reading import AskBack
from models.templates import TemplateId
from models.values import EscalationCause, Id, Method, Value

Sex = Literal["female", "male"]

ONE_PART = 70  # UTF-16 units of a text sent alone
EACH_PART = 67  # of each part of a longer one
LONGEST = 500  # of a template, as providers take it
MOST_HOLES = 20


_DIGITS = "1平安2没见到3要帮忙4去不了"
_DIGITS_CALLS = _DIGITS + "5电话联系上"
_ANSWER_ONE = "平安回{code}1,没见到回{code}2,要帮忙回{code}3,去不了回{code}4"
_ANSWER_ONE_CALLS = _ANSWER_ONE + ",电话联系上回{code}5"
_T = TemplateId


def _asking(kind: str, opening: str, calls: bool) -> dict[TemplateId, str]:
    """Four shapes of asking for visits: one task, two tasks, a list, a list that does not hold all."""
    one, digits, suffix = (_ANSWER_ONE_CALLS, _DIGITS_CALLS, "_calls") if calls else (_ANSWER_ONE, _DIGITS, "")
    answer = f"回编号加数字:{digits},如{{code}}1"
    return {
        TemplateId(f"{kind}_one{suffix}"): f"{opening}请在{{by}}前看望{{who}},编号{{code}}。{one}。",
        TemplateId(f"{kind}_two{suffix}"): f"{opening}{{by}}前请看望:{{first}};{{second}}。{answer}",
        TemplateId(f"{kind}_list{suffix}"): f"{opening}{{by}}前请看望:{{list}}。{answer}",
        TemplateId(f"{kind}_list_more{suffix}"): (
            f"{opening}{{by}}前请看望{{count}}位:{{list}};其余编号见结对卡。{answer}"
        ),
    }


_PLEASE = f"请回编号加数字:{_DIGITS},如{{code}}1"
_TAKE = "接手请回:{code}收到。见到后" + _PLEASE

TEMPLATES: Mapping[TemplateId, str] = {
    **_asking("task", "", calls=False),
    **_asking("task", "", calls=True),
    **_asking("reminder", "还没收到回复。", calls=False),
    **_asking("reminder", "还没收到回复。", calls=True),
    _T.REASSIGNED_TO: "请您接着看望{who},编号{code},{by}前去一次。" + _ANSWER_ONE + "。",
    _T.REASSIGNED_AWAY: "{who}家这次已请别人去看望,您不用去了。谢谢您。",
    _T.CANCELLED_VISIT: "{who}家本次不用去了",
    _T.TRY_ONCE_MORE: "{who}这次没见到。请打个电话,问问邻居,明天再去一次。见到平安请回{code}1,还是没见到请回{code}2",
    _T.OTHER_VOLUNTEER_TOLD: "{who}已有人去看望过,这次您可以不去。想去也欢迎,去后照常回短信。",
    _T.CONFIRMED: "已记:{what}。记错了请回:{code}错",
    _T.CONFIRMED_LIST: "已记:{list}。记错了请回编号加错字,如:{code}错",
    _T.ANSWERED_LIST: "回复收到了。{list}。记错了请回编号加错字,如:{code}错",
    _T.NOTED_LIST: "回复收到了。{list}。",
    _T.ALREADY_RECORDED: "已记过:{what}。记错了请回:{code}错",
    _T.CORRECTED: "已改为:{what}。再改请回:{code}错",
    _T.ACKNOWLEDGED: "知道了,还没有记为看望。看望后" + _PLEASE,
    _T.KEPT: "{who}的回复已收下,工作人员会看。现在不用再去。",
    _T.NOT_RECORDED: "{who}的回复没有记上,工作人员会和您联系。",
    _T.DEATH_NOTED: "{who}的消息已转告工作人员,由他们上门核实。您不用再去。",
    _T.NO_OPEN_TASK: "您现在没有待访任务",
    _T.UNKNOWN_PHONE: "这个号码没有登记,短信已转给值班人员。",
    _T.OPTED_OUT_STAFF: "不再请您做志愿看望。您岗位上的事还会发短信,工作人员会和您联系。",
    _T.MENU: "看望后" + _PLEASE + "。记错了请回编号加错字。",
    _T.DANGER: "有危险请先打120或110",
    _T.DANGER_UNNAMED: "紧急:有人发短信说有危险,不知道是哪位老人。请马上看待办,打电话问清。",
    _T.PLEASE_WRITE_WORDS: "请回文字。" + _PLEASE,
    _T.ASK_BACK_UNKNOWN_CODE: "没有找到您写的编号,还没有记。您这里有:{list}。" + _PLEASE,
    _T.ASK_BACK_NO_CODE: "不知道您说的是哪一位,还没有记。您这里有:{list}。" + _PLEASE,
    _T.ASK_BACK_NO_RESULT: "还没有记{who}的结果。" + _ANSWER_ONE + "。",
    _T.ASK_BACK_CONTRADICTION: "您的回复有两种意思,还没有记。您这里有:{list}。" + _PLEASE,
    _T.ASK_BACK_WHICH_DAY: "{who}是哪天看望的?请回编号、数字和日子,如{code}1昨天",
    _T.ASK_BACK_CORRECTION: "{who}原来记的是什么不对?请重新回:" + _ANSWER_ONE + "。",
    _T.ASK_BACK_UNCERTAIN: "没有看懂您的回复,还没有记。您这里有:{list}。" + _PLEASE,
    _T.PERSON_WILL_CALL: "您的回复还是没有看懂,还没有记。工作人员会和您联系。",
    _T.URGENT: "紧急:{who}可能有危险,请马上联系并上门。接手请回:{code}收到",
    _T.ESCALATION_OWNER: "{who}本次还没有人见到,请您在{by}前处理。" + _TAKE,
    _T.ESCALATION_NO_VOLUNTEER: "{who}本次没有人可派,请您在{by}前安排人去或自己去。" + _TAKE,
    _T.ESCALATION_NOT_SEEN: "{who}有人去了没见到,请您在{by}前上门查看。" + _TAKE,
    _T.ESCALATION_RISK: "{who}需要有人尽快去看看,请您在{by}前上门。" + _TAKE,
    _T.ESCALATION_NEED: "{who}有事要帮忙,请您在{by}前问清并处理。" + _TAKE,
    _T.ESCALATION_TO_CONFIRM: "{who}有消息要核实,请您在{by}前上门核实。" + _TAKE,
    _T.ESCALATION_ASSESSMENT: "{who}的评估过期没有办,请您在{by}前处理。接手请回:{code}收到。",
    _T.ESCALATION_BENEFIT: "{who}的手续过期没有办,请您在{by}前处理。接手请回:{code}收到。",
    _T.ESCALATION_OWNER_LIST: "请您在{by}前处理。{list}。接手请回编号加收到,如{code}收到。见到后" + _PLEASE,
    _T.ESCALATION_TAKEN: "已记:{who}由您处理,请在{by}前办完。",
    _T.ASSESSMENT_ASKED: "请两位评估员在{by}前一起到{who}家评估,编号{code}。",
    _T.ASSESSMENT_TO_SIGN: "{who}的评估表请您在{by}前核对签字,有不同意见的项请标出。",
    _T.ASSESSMENT_TO_SETTLE: "{who}的评估表有几项两人意见不同,请在{by}前一起定下并写明理由。",
    _T.ASSESSMENT_RETURNED: "{who}的评估结果退回了,原因请问工作人员。请两位评估员在{by}前重新评估。",
    _T.ASSESSMENT_REMINDER: "{who}的评估还没有办完,请在{by}前办。",
    _T.ASSESSMENT_NOT_NEEDED: "{who}的评估不用您去了。",
    _T.BENEFIT_REMINDER: "{who}的手续还没有办完,请在{by}前办。",
    _T.LIST_REMINDER: "本月的名单要在{by}前办完,请看待办。",
    _T.SIGN_IN_CODE: "登录验证码{digits},5分钟内有效,请勿告诉他人。",
}

ASK_BACK_TEMPLATE: Mapping[AskBack, TemplateId] = {
    AskBack.UNKNOWN_CODE: _T.ASK_BACK_UNKNOWN_CODE,
    AskBack.NO_CODE: _T.ASK_BACK_NO_CODE,
    AskBack.NO_RESULT: _T.ASK_BACK_NO_RESULT,
    AskBack.CONTRADICTION: _T.ASK_BACK_CONTRADICTION,
    AskBack.WHICH_DAY: _T.ASK_BACK_WHICH_DAY,
    AskBack.CORRECTION: _T.ASK_BACK_CORRECTION,
    AskBack.UNCERTAIN: _T.ASK_BACK_UNCERTAIN,
    AskBack.WORDS_PLEASE: _T.PLEASE_WRITE_WORDS,
}

OWNER_TEMPLATE: Mapping[EscalationCause, TemplateId] = {
    EscalationCause.OVERDUE: _T.ESCALATION_OWNER,
    EscalationCause.NO_VOLUNTEER: _T.ESCALATION_NO_VOLUNTEER,
    EscalationCause.NOT_SEEN: _T.ESCALATION_NOT_SEEN,
    EscalationCause.RISK: _T.ESCALATION_RISK,
    EscalationCause.NEED: _T.ESCALATION_NEED,
    EscalationCause.DEATH_TO_CONFIRM: _T.ESCALATION_TO_CONFIRM,
    EscalationCause.ASSESSMENT_LATE: _T.ESCALATION_ASSESSMENT,
    EscalationCause.BENEFIT_LATE: _T.ESCALATION_BENEFIT,
}

# The same in a list, the gravest first: it comes first, and of an elder with two causes it is the one that is said.
OWNER_HEADING: Mapping[TemplateId, str] = {
    _T.ESCALATION_TO_CONFIRM: "请上门核实",
    _T.ESCALATION_RISK: "请尽快去看看",
    _T.ESCALATION_NOT_SEEN: "有人去了没见到",
    _T.ESCALATION_NO_VOLUNTEER: "没有人可派",
    _T.ESCALATION_OWNER: "还没有人见到",
    _T.ESCALATION_NEED: "有事要帮忙",
    _T.ESCALATION_ASSESSMENT: "评估过期没有办",
    _T.ESCALATION_BENEFIT: "手续过期没有办",
}

# Answers to what somebody wrote, and the news that they need not go: said whatever has become of the case.
ALWAYS_SAID: frozenset[str] = frozenset(
    {
        _T.CANCELLED_VISIT, _T.DEATH_NOTED, _T.CONFIRMED, _T.ALREADY_RECORDED, _T.CORRECTED, _T.KEPT, _T.NOT_RECORDED,
        _T.DANGER, _T.ASSESSMENT_NOT_NEEDED,
    }
)  # fmt: skip

# What an answer says of a record, in a list of answers; in this order. Any other answer keeps its own sentence there.
RECORDED_HEADING: Mapping[TemplateId, str] = {
    _T.CONFIRMED: "已记",
    _T.ALREADY_RECORDED: "已记过",
    _T.CORRECTED: "已改为",
}

# Beside the name of an elder who is to be met so first: their last period was refused.
FIRST_BY: Mapping[Method, str] = {
    Method.HOME: "",
    Method.PHONE: "(先打电话)",
    Method.VIDEO: "(先打视频)",
    Method.GROUP: "(先请来活动)",
}

_HOLE = re.compile(r"\{(\w+)\}")


def parameters(template: str) -> tuple[str, ...]:
    """The names of a template's holes, each once, in order."""
    return tuple(dict.fromkeys(_HOLE.findall(template)))


def to_approve(template_id: TemplateId) -> str:
    """The template as a provider approves it: its parameters written ${name}, without the signature."""
    return _HOLE.sub(r"${\1}", TEMPLATES[template_id])


def render(template_id: TemplateId, params: Mapping[str, str], sender: str) -> str:
    """The text as it arrives. `sender` is the signature without brackets. ValueError unless params fit exactly."""
    template = TEMPLATES[template_id]
    needed = parameters(template)
    if sorted(needed) != sorted(params):
        raise ValueError(f"{template_id} needs {sorted(needed)}, was given {sorted(params)}")
    return f"【{sender}】" + filled(template_id, params)


def filled(template_id: TemplateId, params: Mapping[str, str]) -> str:
    """The words without the signature."""
    return _HOLE.sub(lambda hole: params[hole.group(1)], TEMPLATES[template_id])


def units(text: str) -> int:
    """UTF-16 units: a rare character or an emoji takes two."""
    return len(text.encode("utf-16-le")) // 2


def segments(text: str) -> int:
    """Parts a text is billed and sent as (UCS-2). A character of two units is never cut in half."""
    if units(text) <= ONE_PART:
        return 1 if text else 0
    parts, room = 1, EACH_PART
    for character in text:
        width = units(character)
        if width > room:
            parts, room = parts + 1, EACH_PART
        room -= width
    return parts


class ElderName(Value):
    """A name from the register, on its way to becoming what one phone reads."""

    elder_id: Id
    surname: str
    given: str
    sex: Sex


def title(sex: Sex, surname: str) -> str:
    """王奶奶, 李爷爷."""
    return surname + ("奶奶" if sex == "female" else "爷爷")


def persons(elders: Sequence[ElderName]) -> tuple[str, ...]:
    """What one phone calls these elders, in their order; the given name's last character only to tell two apart."""
    titles = [title(elder.sex, elder.surname) for elder in elders]
    times = Counter(titles)
    return tuple(
        f"{called}({elder.given[-1]})" if times[called] > 1 and elder.given else called
        for called, elder in zip(titles, elders, strict=True)
    )


_FORBIDDEN: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("网址", re.compile(r"https?:|www\.|://|\.(com|cn|net|org|gov|top)\b", re.IGNORECASE)),
    ("金额", re.compile(r"[0-9}一二三四五六七八九十百千万]\s*[元块]|人民币")),
    ("符号", re.compile(r"[￥¥★&√※\[\]]")),
    ("相邻参数", re.compile(r"\}\s*\{")),
    ("敏感词", re.compile(r"养老|保健|养生|医疗|评价|问卷|调查|调解|法律")),
)


def violations(template: str) -> tuple[str, ...]:
    """What a provider would refuse in this template, text or signature, e.g. `敏感词:养老`; empty if nothing."""
    held = (f"{name}:{found.group()}" for name, pattern in _FORBIDDEN for found in pattern.finditer(template))
    size = (("过长", units(template), LONGEST), ("参数过多", len(_HOLE.findall(template)), MOST_HOLES))
    return (*held, *(f"{name}:{count}" for name, count, most in size if count > most))
