"""The figures of the dashboard, but for the visit rate, as people read them: what each is called and what it counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from models.values import Role


class FigureWords(NamedTuple):
    """`columns`: the first is over the rows. `how`: what is counted. `empty`: what is said where there is no row."""

    title: str
    columns: tuple[str, ...]
    how: str
    empty: str = ""


FIGURES: Mapping[str, FigureWords] = {
    "on_time": FigureWords(
        "按时完成率",
        ("地方", "按时率", "按时完成", "应完成", "逾期完成", "漏访", "过期未访", "取消", "未到期"),
        "本月到期的本期探访。按时率＝按时完成÷应完成；应完成＝按时完成＋逾期完成＋漏访＋过期未访，取消的和未到期的不算。百分比只舍不入，0/0记作“-”。",
    ),
    "cancelled": FigureWords(
        "取消的探访",
        ("事由", "次数", "占取消的"),
        "本月到期而取消的本期探访，按取消时写明的事由。",
    ),
    "resolve_time": FigureWords(
        "督办办结用时",
        ("办结时的级别", "办结（件）", "中位用时（小时）", "九成用时（小时）", "仍未办结（件）"),
        "本月有人办结的督办，从提出到办结用的时间，按办结时所在的级别：一半在中位用时以内，九成在九成用时以内；事由自行消失的不算。仍未办结的是月底以前提出、到现在没有办结的，按现在的级别。",
    ),
    "causes": FigureWords(
        "督办的原因",
        ("原因", "新提出", "有人办结", "事由自行消失", "仍未办结"),
        "新提出和办结的是本月的；仍未办结的是月底以前提出、到现在没有办结的。",
    ),
    "load": FigureWords(
        "志愿者的探访量",
        ("地方", "志愿者（人）", "探访（次）", "最少", "中位数", "最多", "超过可探访户数（人）", "占志愿者的"),
        "本月到期的探访，额外探访也算：还没完成的归指派的人，完成了的归去的人。志愿者是现在可以派的，加上本月有探访的，没有探访的算0次。看望的老人数多于可探访户数的，算超过。",
    ),
    "texts": FigureWords(
        "短信的结果",
        ("结果", "短信（条）", "占全部"),
        "本月组成的短信，到现在的结果；给志愿者的算在志愿者所在的村，给工作人员的只算在全县。",
    ),
    "texts_lost": FigureWords(
        "短信没有到的原因",
        ("原因", "没有送达", "没有发出", "过时未发", "已取消"),
        "本月组成而没有到的短信，按记下的原因；没有译出的是短信通道自己的代码。",
    ),
    "replies": FigureWords(
        "收到的回复",
        ("读成", "短信（条）", "占全部"),
        "本月收到的短信，按号码的主人所在的村；陌生号码不知道是哪个县的，不算。",
    ),
    "levels_confirmed": FigureWords(
        "本月认定的能力等级",
        ("地方", "能力完好", "轻度失能", "中度失能", "重度失能", "完全失能", "不愿评估", "正在评估"),
        "本月认定的和本月记下不愿评估的，算在评估时老人所在的村；正在评估的是现在的。",
    ),
    "levels_valid": FigureWords(
        "现在有效的能力等级",
        ("地方", "能力完好", "轻度失能", "中度失能", "重度失能", "完全失能"),
        "等级现在有效的老人，算在现在所在的村。",
    ),
    "benefit_cost": FigureWords(
        "待遇支出",
        ("月份", "合计"),
        "已批准的发放名单，按名单的月份，最近十二个月；补发的加，追回的减，单位是元。没有批准名单的月份不列。",
        "这十二个月还没有批准的发放名单。",
    ),
    "indicators": FigureWords(
        "政策文件的指标",
        ("指标", "本月", "分子/分母", "目标", "到何时", "差距（百分点）", "怎么算", "性质", "责任部门"),
        "本县政策文件所列、本系统能计算的指标。目标是本月适用的，期限都已过的是最后一个；差距＝目标－本月。文件没有规定怎么算的，按系统默认的口径，并写明。",
        "本县的规则里没有本系统能计算的指标。规则包写上指标并启用以后，会列在这里。",
    ),
    "indicators_elsewhere": FigureWords(
        "政策文件的其他指标",
        ("指标", "本月", "目标", "到何时", "性质", "责任部门"),
        "本县政策文件所列、数字要从别处来的指标。目标是本月适用的，期限都已过的是最后一个。",
    ),
    "load_each": FigureWords(
        "各志愿者的探访量",
        ("志愿者", "村（社区）", "探访（次）", "还没完成", "已完成", "看望的老人", "可探访户数"),
        "本月到期的探访，额外探访也算，多的在前：还没完成的归指派的人，完成了的归去的人。",
    ),
}  # fmt: skip

_REGISTERED = "登记簿不记志愿者何时登记，按现在登记的人算；"
THEN: Mapping[str, str] = {
    "load": _REGISTERED
    + "可探访户数、所在的村和能不能派，按那时的；后来重新同意的志愿者，先前退订的时间没有留下，算作那时已退订。",
    "texts": "送达和没有送达的，按回执到的时间；其余的结局没有记下时间：没有发出的按最后一次交给通道的时间，"
    "过时未发的按发送期限，已取消的按组成的时间。",
    "texts_lost": "没有送达的，按回执到的时间；其余的结局没有记下时间：没有发出的按最后一次交给通道的时间，"
    "过时未发的按发送期限，已取消的按组成的时间。",
    "replies": _REGISTERED + "号码按那时的。",
    "levels_valid": "所在的村按那时登记的；合并村没有逐人记下的，按现在的村。",
}
"""What of a figure nobody can tell as it was known at an earlier moment, and what is counted instead. Else: all of it.

Places are called as they are registered now, in every figure."""

TEXT_STATES: Mapping[str, str] = {
    "delivered": "已送达", "accepted": "已发出，等回执", "undelivered": "没有送达", "failed": "没有发出",
    "unknown": "是否送出不明", "expired": "过时未发", "cancelled": "已取消", "built": "待发",
}  # fmt: skip
"""How a text ended (`models.tables.DigestRow.state`), as a whole it is in one of them."""

REPLIES: Mapping[str, str] = {
    "understood": "读懂了", "unclear": "没读懂，已追问或转人", "opted_out": "退订", "unread": "还没读",
}  # fmt: skip
URGENT_LEVELS: Mapping[str, str] = {
    Role.GRID_WORKER: "紧急：网格员", Role.VILLAGE_ASSISTANT: "紧急：养老助理", Role.TOWNSHIP_OFFICER: "紧急：乡镇专干",
    Role.COUNTY_OFFICER: "紧急：县民政专员", "": "紧急：还没有到人",
}  # fmt: skip
OTHERS: Mapping[str, str] = {
    "total": "合计", "nobody_yet": "还没有到人", "cannot": "本系统不能计算", "reached": "已达到",
    "binding": "约束性", "expected": "预期性",
    "no_reason": "没有写明", "times": "次", "hours": "小时", "cases": "件", "texts": "条", "people": "人", "yuan": "元",
}  # fmt: skip
COMPUTED: Mapping[str, str] = {
    "month_visit_rate": "本月至少有一次有效探访的老人÷本月任何一天在册的老人",
    "visit_scheme_coverage": "本月有本期探访派了人或有人去了的村÷本月有老人在册的村",
}
"""What an indicator may be counted as (`policies.check_programme.COUNTED`): what, over what."""

COMPUTED_OURS: Mapping[str, str] = {code: f"{how}（文件未规定·系统默认）" for code, how in COMPUTED.items()}
