"""What a proposal went by, in the words of people: each condition with its value, and what was wanting."""

from __future__ import annotations

from models.benefits import (
    Begins,
    BenefitKind,
    Ends,
    How,
    NearMiss,
    Outcome,
    Short,
    Standing,
    StopCause,
    Tested,
    Wanted,
)
from models.claims import FactSource
from models.facts import FACTS, HELD_ELSEWHERE, FactType, FactValue

KINDS = {
    BenefitKind.LIVING: "生活类", BenefitKind.NURSING: "护理类", BenefitKind.ALLOWANCE: "津贴",
    BenefitKind.COUPON: "服务券",
}  # fmt: skip
OUTCOMES = {Outcome.ELIGIBLE: "符合", Outcome.NOT_ELIGIBLE: "不符合", Outcome.CANNOT_DECIDE: "无法判定"}
STANDINGS = {
    Standing.STANDS: "保留", Standing.GIVES_WAY: "让位", Standing.TO_CHOOSE: "只能选一项，请本人选择",
    Standing.CANNOT_DECIDE: "无法判定", Standing.NOT_ELIGIBLE: "不符合",
}  # fmt: skip
BEGINS = {
    Begins.MONTH_OF_APPLICATION: "申请当月", Begins.MONTH_OF_APPROVAL: "批准当月",
    Begins.MONTH_AFTER_APPROVAL: "批准次月", Begins.MONTH_AGE_REACHED: "满龄当月",
}  # fmt: skip
CAUSES = {
    StopCause.DEATH: "去世", StopCause.MOVED_OUT: "迁出", StopCause.LEVEL_CHANGED: "能力等级变化",
    StopCause.INSTITUTION: "入住机构", StopCause.OTHER_BENEFIT: "享受其他待遇",
}  # fmt: skip
HOWS = {How.EXCLUSIVE: "只能享受一项", How.TAKE_HIGHER: "就高享受一项", How.COMBINABLE: "可以同时享受"}
OURS = "文件未规定·系统默认"  # of a value that no document gives: our default
ENDS = {Ends.SAME_MONTH: "当月停发", Ends.FOLLOWING_MONTH: "次月停发"}
SOURCES: dict[str, str] = {
    FactSource.REGISTER: "登记簿", FactSource.ASSESSMENT: "能力评估", FactSource.CERTIFICATE: "证件",
    FactSource.DEPARTMENT: "部门数据", FactSource.VISIT: "入户核查", FactSource.STATEMENT: "本人或代理人陈述",
}  # fmt: skip

_OPS = {
    "=": "为", ">": "高于", ">=": "不低于", "<": "低于", "<=": "不超过", "in": "属于", "not_in": "不属于",
    "any_of": "含有", "none_of": "不含",
}  # fmt: skip


def condition(code: str, op: str, wanted: Wanted) -> str:
    """周岁不低于80岁"""
    fact = FACTS[code]
    if fact.type is FactType.YES_NO:
        return f"{fact.name}{'：是' if wanted else '：否'}"
    return f"{fact.name}{_OPS[op]}{value(code, wanted)}"


def line(tested: Tested) -> str:
    """周岁不低于80岁：79岁，不通过（户籍登记，2026-01-05）"""
    if tested.value is None and tested.passed is None:
        return f"{condition(*tested[:3])}：缺少这一项"
    said = {True: "通过", False: "不通过", None: "说不准"}[tested.passed]
    met = "未知" if tested.value is None else value(tested.fact, tested.value)
    source = SOURCES.get(tested.source, tested.source)
    return f"{condition(*tested[:3])}：{met}，{said}{f'（{source}，{tested.on}）' if tested.on else ''}"


def yuan(fen: int | None) -> str:
    """200.00元; where nobody states the amount, that."""
    return "金额未定" if fen is None else f"{fen // 100:,}.{fen % 100:02d}元"


def a_month(kind: BenefitKind, fen: int | None) -> str:
    """What is given: of a coupon a ceiling, never money."""
    return f"{'每月最高抵扣' if kind is BenefitKind.COUPON else '每月'}{yuan(fen)}"


def near_miss(near: NearMiss) -> str:
    return "；".join(short(each) for each in near.shorts)


def short(wanting: Short) -> str:
    """还差2分到重度失能"""
    tested, fact = wanting.tested, FACTS[wanting.tested.fact]
    if wanting.by_score:
        return f"还差{wanting.gap}分到{tested.wanted}"
    if wanting.gap is None or tested.value is None:
        return f"须{condition(*tested[:3])}"
    unit = "级" if fact.type is FactType.ORDERED else fact.unit
    at, to = (value(tested.fact, each) for each in (tested.value, tested.wanted))
    return f"还差{wanting.gap}{unit}：{fact.name}{at}，须{_OPS[tested.op]}{to}"


def value(fact: str, of: FactValue) -> str:
    """A value of the fact, or several, as people write it."""
    if isinstance(of, tuple):
        return "、".join(HELD_ELSEWHERE.get(each, each) for each in of) or "无"
    if isinstance(of, bool):
        return "是" if of else "否"
    return f"{of}{FACTS[fact].unit}" if isinstance(of, int) else str(of)
