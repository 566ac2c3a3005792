"""A fact as a person would say it, in Chinese. Names come from `called`; everything else from the fact itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from audit.timeline_assessments import say_assessment
from audit.timeline_benefits import say_benefit, step
from audit.timeline_county import say_county
from decisions.closed_words import ROLES
from decisions.days_said import day, moment
from decisions.deadlines import civil_day
from decisions.words import CHANNELS, STEPS, word
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
from models.values import ActorKind, Enclosed, Outcome, VisitKind

Called = Callable[[str], str]


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
    said = said or say_county(event, who, called, year) or event.kind
    return said + _beside(getattr(event, "enclosed", None))


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


def _beside(enclosed: Enclosed | None) -> str:
    held = {"照片": enclosed.photo, "位置": enclosed.position} if enclosed else {}
    said = "和".join(name for name, ref in held.items() if ref is not None)
    return f"，附{said}" if said else ""


def _ended(outcome: Outcome) -> str:
    """How a ladder ended; `done` is a word of visits too, where it means another thing."""
    return "所等的已办" if outcome is Outcome.DONE else word(outcome)


def claimed(event: AnyEvent, recorded_at: datetime) -> str:
    """The day it is claimed to have happened, where that is not the day it was recorded."""
    on, told = civil_day(event.happened_at), civil_day(recorded_at)
    return "" if on == told or isinstance(event, VisitReported) else f"（{day(on, told.year)}的事）"
