"""A fact as a person would say it, in Chinese. Names come from `called`; everything else from the fact itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from audit.timeline_assessments import say_assessment
from audit.timeline_benefits import say_benefit, step
from audit.timeline_county import say_county
from audit.timeline_days import day, moment
from decisions.deadlines import civil_day
from models.errors import REFUSAL_WORDS, Refusal
from models.events import (
    AnyEvent,
    AssessmentDue,
    AttemptRecorded,
    CaseClosed,
    CaseMoved,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseSuspended,
    CircumstancesChanged,
    DeathConfirmed,
    DeathReported,
    DeathUndone,
    EditionAdopted,
    EscalationAcknowledged,
    EscalationEnded,
    EscalationExtended,
    EscalationOpened,
    EscalationResolved,
    EscalationStarted,
    EscalationWithdrawn,
    LadderHeld,
    MessageRefused,
    PeriodSkipped,
    PolicyAdopted,
    RefusalRecorded,
    ReportCorrected,
    RungReached,
    ServiceNeeded,
    SuspensionProposed,
    UndeliverableNoted,
    VisitCancelled,
    VisitMissed,
    VisitOpened,
    VisitorReminded,
    VisitOverdue,
    VisitReassigned,
    VisitReported,
)
from models.values import ActorKind, Channel, Outcome, Role, VisitKind

Called = Callable[[str], str]

ROLES: Mapping[str, str] = {
    Role.VOLUNTEER: "志愿者", Role.GRID_WORKER: "网格员", Role.VILLAGE_ASSISTANT: "养老助理",
    Role.TOWNSHIP_OFFICER: "乡镇专干", Role.COUNTY_OFFICER: "县民政专员", Role.COUNTY_APPROVER: "县审批人",
    Role.ASSESSOR: "评估员", Role.AUDITOR: "审计员", Role.ADMIN: "管理员",
}  # fmt: skip
CHANNELS: Mapping[str, str] = {
    Channel.SMS: "短信", Channel.CONSOLE: "工作台", Channel.PAPER: "纸质表", Channel.PHONE: "电话",
    Channel.IMPORT: "导入", Channel.ENGINE: "系统",
}  # fmt: skip
WORDS: Mapping[str, str] = {
    # what happened at the door, and how
    "well": "平安", "not_seen": "没见到", "needs_help": "要帮忙", "cannot_go": "去不了",
    "home": "上门", "video": "视频", "group": "小组", "phone": "电话",
    # what a visit is
    "done": "按时完成", "late": "逾期完成", "missed": "漏访", "open": "待访", "cancelled": "取消",
    # why
    "paired": "结对", "last_visitor": "上次去的人", "same_village": "同村", "lowest_load": "手上最少",
    "township": "同乡镇", "nobody": "无人可派", "unasked": "主动探访", "requested": "有人请求", "surge": "集中探访",
    "major_change": "情况有变", "declined": "志愿者去不了", "on_leave": "请假", "opted_out": "退订短信",
    "unreachable": "联系不上", "staff": "工作人员改派", "handover": "工作交接", "taken_back": "报告收回",
    "enrolled_late": "本周期建档太晚", "refused": "老人不愿意", "hospital": "住院", "away": "外出",
    "in_institution": "入住机构", "death_reported": "有去世报告", "death_confirmed": "已去世",
    "moved_out": "迁出", "not_eligible": "不再符合条件",
    "death_certificate": "死亡医学证明", "village_doctor": "村医证明", "cremation": "火化证明",
    "deregistered": "户口注销", "court": "法院宣告", "seen": "工作人员上门核实",
    "discharged": "出院", "bereaved": "丧偶", "injured": "受伤", "moved_home": "搬家",
    # the ladder
    "overdue": "到期没有人去", "no_volunteer": "没有志愿者", "risk": "有危险", "need": "有需要",
    "assessment_late": "评估没有按时办",
    "benefit_late": "待遇手续没有按时办",
    "death_to_confirm": "去世待核实", "visited": "已上门见到", "reached_by_phone": "电话联系上", "moved": "已搬走",
    "died": "去世", "emergency_called": "已打110/120", "reported_by_visitor": "探访人已报告", "withdrawn": "事由已消失",
    "opened": "刚开始督办", "not_acknowledged": "上一级没有接手", "not_resolved": "接手后没有办结",
    "reassigned": "改派", "extension_over": "延期已到",
    "review_day": "复核日到了", "death_undone": "去世报告撤销",
    # needs
    "unspecified": "需要待问清", "daily_care": "生活照料", "rehabilitation": "康复护理", "company": "精神慰藉",
    "home_adaptation": "适老化改造", "assessment": "能力评估", "other": "其他",
    # why a text was not sent (`post.gather`) or did not arrive (`Undelivered`)
    "its cause has gone": "事由已消失", "its time has passed": "时间已过", "day's cap": "当天条数已满",
    "no number to text": "没有可发的号码", "no number": "没有号码", "bad_number": "号码无效",
    "recipient_opted_out": "对方已退订", "its time has passed before it was sent": "没来得及发，时间已过",
    "its time has passed before it was known to be sent": "是否送出不明，时间已过",
    "unknown, and not found after a second try": "是否送出不明", "failed": "通道没有送出", "undelivered": "没有送达",
}  # fmt: skip


STEPS: Mapping[str, str] = {
    "report_visit": "探访报告", "report_danger": "危险报告", "correct_report": "更正", "request_visit": "加访请求",
    "change_circumstances": "情况变化", "suspend": "暂停", "confirm_suspension": "暂停的确认", "resume": "恢复",
    "record_refusal": "拒访记录", "report_death": "去世报告", "confirm_death": "去世核实",
    "undo_death": "去世报告的撤销",
    "close": "结案", "reopen": "重开", "place_changed": "搬迁的通知", "reassign": "改派",
    "escalation_closed": "督办了结的通知",
    "message_undeliverable": "短信送不到的通知", "acknowledge": "接手", "resolve": "办结", "extend": "延期",
    "reassign_owner": "转交", "withdraw": "督办的撤回",
    "request_assessment": "评估申请", "name_assessors": "评估员的指派", "submit_sheet": "评估表",
    "confirm_sheet": "评估表的签字", "settle_sheet": "争议项的商定", "record_result": "外来评估结果",
    "confirm_level": "等级的确认", "return_sheet": "退回", "refuse_assessment": "不愿评估的记录",
    "object_level": "异议", "end_assessment": "评估终止的通知", "care_level_decided": "能力等级的通知",
    "request_benefit": "待遇申请", "ask_papers": "补正材料的告知", "hand_in_papers": "补正材料",
    "check_benefit": "待遇的核查", "post_notice": "公示", "object_benefit": "对待遇的异议",
    "decide_objection": "异议的复核", "choose_benefit": "待遇的选择", "approve_benefit": "待遇的批准",
    "refuse_benefit": "不予批准", "return_benefit": "待遇的退回", "withdraw_benefit": "申请的撤回",
    "tell_decision": "决定的告知", "confirm_change": "变更的确认", "keep_benefit": "照旧发放的决定",
    "confirm_listed": "随名单批准的变更",
    "stop_benefit": "停发", "review_benefit": "待遇的复核", "facts_changed": "情况有变的通知",
    "hold_benefits": "暂停发放的通知", "release_benefits": "恢复发放的通知", "end_benefits": "待遇终止的通知",
    "check_list": "名单的核对", "approve_list": "名单的批准", "return_list": "名单的退回",
    "draw_list": "名单的重新汇总",
}  # fmt: skip


def word(code: str | None) -> str:
    return WORDS.get(code or "", code or "")


def by_whom(event: AnyEvent, called: Called) -> str:
    """Who did it and through what, for a fact a person brought about."""
    actor = event.actor
    if actor.kind is ActorKind.SYSTEM:
        return "系统"
    behalf = f"（代{called(actor.on_behalf_of)}）" if actor.on_behalf_of else ""
    return f"{ROLES.get(actor.role or '', '')}{called(actor.id)}{behalf}（{CHANNELS[event.channel]}）"


def say(event: AnyEvent, called: Called, recorded_at: datetime) -> str:
    """One sentence for one fact."""
    year = civil_day(recorded_at).year
    said = _visit(event, called, year) or _standing(event, called, year) or _ladder(event, called, year)
    who = by_whom(event, called)
    said = said or say_assessment(event, who, called, year) or say_benefit(event, who, called, year)
    return said or say_county(event, who, called, year) or event.kind


def _visit(event: AnyEvent, called: Called, year: int) -> str | None:
    who = by_whom(event, called)
    match event:
        case VisitOpened():
            kind = "本周期探访" if event.visit_kind is VisitKind.SCHEDULED else f"额外探访（{word(event.reason)}）"
            to = f"由{called(event.volunteer_id)}去" if event.volunteer_id else "没有人可派"
            how = f"，上一周期拒绝，先用{word(event.method)}" if event.method else ""
            return f"{kind}开始，{to}（{word(event.assigned_because)}）{how}，{moment(event.period.due_at, year)}前完成"
        case PeriodSkipped():
            return f"{event.period.id} 这一周期不探访：{word(event.reason)}（{called(event.given_by.id)}）"
        case VisitorReminded():
            return f"第{event.nth}次提醒{called(event.volunteer_id)}"
        case AttemptRecorded():
            after = "，请再去一次" if event.try_again else ""
            return f"{who}报告{word(event.result)}（第{event.nth}次，{word(event.method)}）{after}"
        case VisitReported():
            more = "，".join(filter(None, ["有危险" if event.risk else "", *(word(need) for need in event.needs)]))
            late = "，补录" if event.recorded_late else ""
            visit = (
                f"{called(event.visitor_id)}{day(event.visited_on, year)}{word(event.method)}探访，{word(event.result)}"
            )
            return f"{who}报告：{visit}{'（' + more + '）' if more else ''}。记为{word(event.state)}{late}"
        case ReportCorrected():
            said = f"改为{word(event.result)}" if event.result else "收回原来的报告"
            return f"{who}{said}，探访现为{word(event.state)}"
        case VisitOverdue():
            return "探访到期，还没有人去"
        case VisitMissed():
            return "周期结束仍没有探访，记为漏访"
        case VisitCancelled():
            return f"探访取消：{word(event.reason)}（{called(event.given_by.id)}）"
        case VisitReassigned():
            to = called(event.to_id) if event.to_id else "无人可派"
            return f"探访由{called(event.from_id) if event.from_id else '无人'}改派{to}（{word(event.reason)}）"
        case AssessmentDue() | ServiceNeeded():
            return f"记下需要：{word(event.need)}"
        case MessageRefused():
            words = REFUSAL_WORDS.get(Refusal(event.refusal), event.refusal)
            about = f"（{day(event.about_on, year)}）" if event.about_on else ""
            return f"{who}的{STEPS.get(event.message_kind, event.message_kind)}没有生效：{words}{about}"
        case UndeliverableNoted():
            return f"发给{called(event.recipient_id)}的短信送不到：{word(event.why)}"
        case _:
            return None


def _standing(event: AnyEvent, called: Called, year: int) -> str | None:
    who = by_whom(event, called)
    match event:
        case CaseOpened():
            tags = "、".join(event.tags)
            return f"建档，{day(event.start_on, year)}起探访{'，' + tags if tags else ''}"
        case PolicyAdopted():
            return f"执行{event.policy.county}规则{event.policy.version}版（{event.policy.hash[:8]}）"
        case EditionAdopted():
            return f"改按程序规则第{event.edition}版次办理"
        case CaseMoved():
            return f"所属改为{event.township_id}/{event.village_id}"
        case CircumstancesChanged():
            return f"{who}报告情况变化：{word(event.change)}"
        case SuspensionProposed():
            return f"{who}提出暂停探访：{word(event.reason)}，{day(event.review_on, year)}复核"
        case CaseSuspended():
            proposer = called(event.proposed_by.id)
            return f"{who}确认暂停：{word(event.reason)}，{day(event.review_on, year)}复核（{proposer}提出）"
        case CaseResumed():
            return f"恢复探访（{word(event.because)}）"
        case RefusalRecorded():
            return f"{who}记下：老人本周期不愿探访（{event.period_id}）"
        case DeathReported():
            return f"{who}报告老人去世，停发短信，待核实"
        case DeathConfirmed():
            return f"{who}核实老人{day(event.died_on, year)}去世（依据：{word(event.source)}）"
        case DeathUndone():
            return f"{who}撤销去世报告"
        case CaseClosed():
            place = "，接收地见附言" if event.receiving_place else ""
            return f"{who}结案：{word(event.reason)}{place}"
        case CaseReopened():
            return f"{who}重开个案，{day(civil_day(event.enrolled_at), year)}起探访"
        case _:
            return None


def _ladder(event: AnyEvent, called: Called, year: int) -> str | None:
    who = by_whom(event, called)
    match event:
        case EscalationOpened():
            urgent = "紧急" if event.urgency == "urgent" else ""
            about = f"（{step(event.about, called)}）" if event.about else ""
            return f"提请{urgent}督办：{word(event.cause_of)}{about}"
        case EscalationWithdrawn():
            return f"督办撤回：{_ended(event.outcome)}（{called(event.resolved_by.id)}）"
        case LadderHeld():
            return f"督办（{word(event.cause_of)}）等去世核实后再定"
        case EscalationEnded():
            return f"督办了结：{_ended(event.outcome)}（{called(event.resolved_by.id)}）"
        case EscalationStarted():
            return f"督办开始：{word(event.cause_of)}"
        case RungReached():
            skipped = "、".join(ROLES.get(role, role) for role in event.skipped)
            passed = f"，{skipped}无人在岗而跳过" if skipped else ""
            deputy = "（代理）" if event.as_deputy else ""
            owner = f"{ROLES.get(event.role, event.role)}{called(event.staff_id)}{deputy}"
            return f"由{owner}负责（{word(event.because)}{passed}），{moment(event.climbs_at, year)}前处理"
        case EscalationAcknowledged():
            return f"{who}接手，{moment(event.resolve_by, year)}前办结"
        case EscalationExtended():
            return f"{who}延期到{moment(event.until, year)}，原因见附言"
        case EscalationResolved():
            seen = f"，{day(event.visited_on, year)}" if event.visited_on else ""
            return f"{who}办结：{_ended(event.outcome)}{seen}（{called(event.resolved_by.id)}）"
        case _:
            return None


def _ended(outcome: Outcome) -> str:
    """How a ladder ended; `done` is a word of visits too, where it means another thing."""
    return "所等的已办" if outcome is Outcome.DONE else word(outcome)


def claimed(event: AnyEvent, recorded_at: datetime) -> str:
    """The day it is claimed to have happened, where that is not the day it was recorded."""
    on, told = civil_day(event.happened_at), civil_day(recorded_at)
    return "" if on == told or isinstance(event, VisitReported) else f"（{day(on, told.year)}的事）"
