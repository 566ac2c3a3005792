"""The facts of an elder's benefits as a person would say them, in Chinese. Of what is known of the elder no value is
told, only what is missing; amounts are, because a timeline is read by who may see the case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from decisions.benefit_wording import STANDINGS, yuan
from decisions.closed_words import CLAIMED_BECAUSE, END_CAUSES, TOLD_HOW
from decisions.closed_words import SERVICE_PLACES as PLACES
from decisions.days_said import day, moment
from models.benefits import Outcome
from models.claims import Change, ClaimStage, Heard, Proposed
from models.events import (
    AnyEvent,
    ApprovalDue,
    BenefitChosen,
    BenefitPolicyAdopted,
    BenefitsEnded,
    BenefitsLookedAt,
    BenefitsOpened,
    ChangeDropped,
    ChangeLapsed,
    ChangeListed,
    ChangeProposed,
    ClaimApproved,
    ClaimAsked,
    ClaimChecked,
    ClaimEnded,
    ClaimObjected,
    ClaimOpened,
    ClaimProlonged,
    ClaimRefused,
    ClaimReminded,
    ClaimReturned,
    ClaimWithdrawn,
    CouponRedeemed,
    DecisionTold,
    EntitlementChanged,
    EntitlementReviewed,
    EntitlementStopped,
    NoticeDue,
    NoticeEnded,
    NoticePosted,
    NoticeSkipped,
    ObjectionDecided,
    PapersAsked,
    PapersHandedIn,
    PaymentsHeld,
    PaymentsReleased,
    RedemptionTakenBack,
    ReviewDue,
)
from models.facts import FACTS
from models.values import CloseReason
from policies.benefit_tables import NOTICE_UNITS

STAGES: Mapping[ClaimStage, str] = {
    ClaimStage.PAPERS: "补正材料", ClaimStage.CHECKING: "核查", ClaimStage.POSTING: "张贴公示",
    ClaimStage.POSTED: "公示期满", ClaimStage.RECHECKING: "异议复核", ClaimStage.APPROVING: "审批",
    ClaimStage.TELLING: "告知", ClaimStage.CHANGING: "变更或停发的审批", ClaimStage.REVIEWING: "复核",
}  # fmt: skip
HEARD: Mapping[Heard | None, str] = {
    Heard.LEVEL: "能力等级有变", Heard.FACT: "登记的情况有变", Heard.REGISTER: "登记簿筛查", Heard.RULES: "规则换版",
    None: "月初",
}  # fmt: skip
GONE: Mapping[CloseReason, str] = {
    CloseReason.DEATH_CONFIRMED: "已去世", CloseReason.MOVED_OUT: "已迁出", CloseReason.NOT_ELIGIBLE: "不再符合条件",
}  # fmt: skip

Called = Callable[[str], str]


def say_benefit(event: AnyEvent, who: str, called: Called, year: int) -> str | None:
    """One sentence; None for any other fact. `who`: who did it, and through what."""
    said = _all_of_them(event, who, called, year) or _claim(event, who, called, year)
    return said or _notice(event, who, called, year) or _entitlement(event, who, called, year)


def step(about: str, called: Called) -> str:
    """The step a ladder is about."""
    code, _, stage = about.partition("/")
    return f"{called(code)}的{STAGES[ClaimStage(stage)]}"


def _all_of_them(event: AnyEvent, who: str, called: Called, year: int) -> str | None:
    match event:
        case BenefitsOpened():
            return f"开始办理待遇，执行{event.policy.county}规则{event.policy.version}版（{event.policy.hash[:8]}）"
        case BenefitPolicyAdopted():
            return f"待遇改按{event.policy.county}规则{event.policy.version}版（{event.policy.hash[:8]}）"
        case BenefitsLookedAt():
            return f"按{_month(event.month, year)}的规则看了一遍各项待遇（{HEARD[event.heard]}）"
        case BenefitChosen():
            over = f"，不要{_all(event.over, called)}" if event.over else ""
            return f"{who}记下：本人选{called(event.code)}{over}"
        case PaymentsHeld():
            return f"有去世报告，暂停发放{_all(event.codes, called)}"
        case PaymentsReleased():
            why = "老人已回来" if event.back else "没有待核实的去世报告了"
            return f"{why}，恢复发放{_all(event.codes, called)}"
        case BenefitsEnded():
            on = day(event.on, year) if event.on else ""
            return f"老人{on}{GONE[event.reason]}，不再办新的待遇"
        case ClaimReminded():
            to = f"提醒{called(event.owner)}：" if event.owner else "没有人可提醒："
            return f"{to}{called(event.code)}还在等{STAGES[event.stage]}"
        case ClaimProlonged():
            return f"{called(event.code)}的{STAGES[event.stage]}期限重新计算，{moment(event.due_at, year)}前完成"
        case _:
            return None


def _claim(event: AnyEvent, who: str, called: Called, year: int) -> str | None:
    match event:
        case ClaimOpened():
            by = f"{moment(event.due_at, year)}前由乡镇核查"
            found = _found(event.proposed, called)
            return f"{called(event.code)}第{event.n}次受理（{CLAIMED_BECAUSE[event.trigger]}），{found}，{by}"
        case ClaimAsked():
            return f"{who}再次提出{called(event.code)}（{CLAIMED_BECAUSE[event.trigger]}），并入第{event.n}次"
        case PapersAsked():
            papers = _all(event.documents, called) or "见附言"
            return f"{who}一次性告知{called(event.code)}须补正：{papers}，{moment(event.due_at, year)}前交来"
        case PapersHandedIn():
            return f"{who}收下{called(event.code)}的补正材料，{moment(event.due_at, year)}前核查"
        case ClaimChecked():
            return f"{who}核查{called(event.code)}：{_found(event.proposed, called)}"
        case ApprovalDue():
            return f"{called(event.code)}报县审批，{moment(event.due_at, year)}前决定"
        case ClaimReturned():
            return f"{who}退回{called(event.code)}，{moment(event.due_at, year)}前重新核查"
        case ClaimApproved():
            instead = f"，代替{_all(event.instead_of, called)}" if event.instead_of else ""
            gives = _gives(event.proposed.row, event.proposed.fen)
            from_on = f"{_month(event.from_month, year)}起"
            return f"{who}批准{called(event.code)}，{from_on}{gives}{instead}，{moment(event.due_at, year)}前告知本人"
        case ClaimRefused():
            why = _found(event.proposed, called)
            return f"{who}不予批准{called(event.code)}（{why}），{moment(event.due_at, year)}前书面告知本人"
        case ClaimWithdrawn():
            return f"{who}记下：本人撤回{called(event.code)}的申请"
        case ClaimEnded():
            return f"{called(event.code)}的办理终止：老人{GONE[event.reason]}"
        case DecisionTold():
            told = f"{day(event.told_on, year)}已告知{called(event.code)}的决定（{TOLD_HOW[event.how]}）"
            return f"{who}记下：{told}，{day(event.appeal_by, year)}前可申请行政复议"
        case _:
            return None


def _notice(event: AnyEvent, who: str, called: Called, year: int) -> str | None:
    match event:
        case NoticeDue():
            again = "再次公示" if event.again else "公示"
            lasts = f"{again}{event.days}{NOTICE_UNITS.get(event.unit, event.unit)}"
            return f"{called(event.code)}须{lasts}，{moment(event.due_at, year)}前张贴"
        case NoticeSkipped():
            return f"{called(event.code)}{event.why.value}"
        case NoticePosted():
            posted, until = day(event.posted_on, year), day(event.until_on, year)
            return f"{who}记下：{called(event.code)}{posted}张贴公示，至{until}"
        case NoticeEnded():
            return f"{called(event.code)}公示期满（{day(event.until_on, year)}）"
        case ClaimObjected():
            return f"{who}转达对{called(event.code)}的异议，{moment(event.due_at, year)}前复核"
        case ObjectionDecided():
            found = f"，{_found(event.proposed, called)}" if event.proposed else ""
            goes_on = "，公示继续" if event.hangs else ""
            return f"{who}复核：对{called(event.code)}的异议{'' if event.upheld else '不'}成立{found}{goes_on}"
        case _:
            return None


def _entitlement(event: AnyEvent, who: str, called: Called, year: int) -> str | None:
    match event:
        case ChangeProposed():
            return f"{called(event.code)}{_change(event.change, year)}，{moment(event.due_at, year)}前由县审批"
        case ChangeLapsed():
            return f"{called(event.code)}的变更不用办了，情况又与原来相同"
        case ChangeDropped():
            return f"{who}决定{called(event.code)}照旧，不作变更"
        case ChangeListed():
            said = f"{_month(event.month, year)}起的满龄变更列入{_month(event.listed, year)}的发放名单"
            return f"{called(event.code)}{said}，{who}已批准名单"
        case EntitlementChanged():
            return f"{who}确认{called(event.code)}{_month(event.from_month, year)}起{_gives(event.row, event.fen)}"
        case EntitlementStopped():
            last, by = _month(event.through, year), moment(event.due_at, year)
            return f"{who}停发{called(event.code)}（{END_CAUSES[event.why]}），发到{last}，{by}前告知本人或家属"
        case ReviewDue():
            missing = f"，{_missing(event.missing)}现在不清楚" if event.missing else ""
            return f"{called(event.code)}须复核{missing}，{moment(event.due_at, year)}前完成"
        case EntitlementReviewed():
            return f"{who}复核{called(event.code)}：照旧发放，{day(event.review_on, year)}再复核"
        case CouponRedeemed():
            where = PLACES.get(event.at, event.at)
            bill = f"{day(event.on, year)}的账单{event.bill}（{where}，{yuan(event.bill_fen)}）"
            paid = f"按{event.percent}%抵扣{yuan(event.paid_fen)}，当月还剩{yuan(event.left_fen)}"
            return f"{who}记下{called(event.code)}的使用：{bill}，{paid}"
        case RedemptionTakenBack():
            bill = f"{day(event.on, year)}的账单{event.bill}"
            return f"{who}撤销{called(event.code)}的一次使用：{bill}，抵扣的{yuan(event.paid_fen)}不算"
        case _:
            return None


def _found(proposed: Proposed, called: Called) -> str:
    """What the rules gave: the amount, or why not."""
    if proposed.missing:
        return f"还缺{_missing(proposed.missing)}"
    if proposed.outcome is not Outcome.ELIGIBLE or proposed.row is None:
        return "没有规定说清，无法判定" if proposed.outcome is Outcome.CANNOT_DECIDE else "按规定不符合"
    beside = f"（与{_all(proposed.to, called)}：{STANDINGS[proposed.standing]}）" if proposed.to else ""
    return f"按规定{_gives(proposed.row, proposed.fen)}{beside}"


def _change(change: Change, year: int) -> str:
    when = _month(change.month, year) if change.month else None
    if change.ends is not None:
        last = f"发到{when}" if when else "发到哪个月由审批人写明"
        return f"拟停发（{END_CAUSES[change.ends]}），{last}"
    return f"拟从{when or '审批人写明的月份'}起改为{_gives(change.row, change.fen)}"


def _gives(row: str | None, fen: int | None) -> str:
    """每月200.00元（class_1）"""
    amount = "金额待定" if fen is None else f"每月{fen // 100:,}.{fen % 100:02d}元"
    return f"{amount}（{row}）" if row else amount


def _missing(codes: Iterable[str]) -> str:
    return "、".join(FACTS[code].name if code in FACTS else code for code in codes)


def _month(month: date, year: int) -> str:
    return f"{month.month}月" if month.year == year else f"{month.year}年{month.month}月"


def _all(ids: Iterable[str], called: Called) -> str:
    return "、".join(called(id_) for id_ in ids)
