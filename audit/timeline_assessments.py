"""The facts of an elder's assessments as a person would say them, in Chinese. Of health only the level is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from decisions.closed_words import ASSESSED_BECAUSE, LEVELS
from decisions.days_said import day, moment
from models.assessment import AssessmentReason, Stage
from models.events import (
    AnyEvent,
    AssessmentEnded,
    AssessmentOpened,
    AssessmentRefused,
    AssessmentRequested,
    AssessmentRulesAdopted,
    AssessorsNamed,
    CareLevelNoted,
    ElderPlaced,
    LevelConfirmed,
    LevelExpired,
    LevelObjected,
    LevelProposed,
    SheetConfirmed,
    SheetReturned,
    SheetSettled,
    SheetSubmitted,
    StageProlonged,
    StageReminded,
    TriggerNoted,
)
from models.values import CloseReason

REASONS: Mapping[AssessmentReason, str] = {
    AssessmentReason.FIRST: "首次评估", AssessmentReason.ROUTINE: "常规评估", AssessmentReason.IMMEDIATE: "即时评估",
    AssessmentReason.DOUBT: "复评", AssessmentReason.OTHER: "其他评估",
}  # fmt: skip
STAGES: Mapping[Stage, str] = {
    Stage.NAMING: "指派评估员", Stage.ASSESSING: "上门评估", Stage.SIGNING: "第二位评估员签字",
    Stage.SETTLING: "商定争议项", Stage.CONFIRMING: "确认等级", Stage.RESTING: "没有要办的",
}  # fmt: skip
ENDS: Mapping[CloseReason, str] = {
    CloseReason.DEATH_CONFIRMED: "已去世", CloseReason.MOVED_OUT: "已迁出", CloseReason.NOT_ELIGIBLE: "不再符合条件",
}  # fmt: skip

Called = Callable[[str], str]


def say_assessment(event: AnyEvent, who: str, called: Called, year: int) -> str | None:
    """One sentence; None for any other fact. `who`: who did it, and through what."""
    return _round(event, who, called, year) or _sheet(event, who, called, year) or _level(event, who, called, year)


def _round(event: AnyEvent, who: str, called: Called, year: int) -> str | None:
    match event:
        case AssessmentOpened():
            return f"开始办理能力评估，执行{event.policy.county}规则{event.policy.version}版（{event.policy.hash[:8]}）"
        case AssessmentRulesAdopted():
            return f"评估改按{event.policy.county}规则{event.policy.version}版（{event.policy.hash[:8]}）"
        case AssessmentRequested():
            by = f"，{moment(event.due_at, year)}前指派评估员" if event.due_at else ""
            barred = f"，须换人（原评估员{_all(event.not_these, called)}）" if event.not_these else ""
            why = f"{REASONS[event.reason]}，{ASSESSED_BECAUSE[event.trigger]}"
            return f"第{event.round}次评估（{why}）由{who}提起{by}{barred}"
        case ElderPlaced():
            case = "有在办的探访个案" if event.has_case else "没有在办的探访个案"
            return f"老人现属{event.township_id}/{event.village_id}，{case}"
        case TriggerNoted():
            return f"{who}再次提出评估（{ASSESSED_BECAUSE[event.trigger]}），并入第{event.round}次"
        case StageReminded():
            to = f"{_all(event.waits_for, called)}：" if event.waits_for else ""
            return f"提醒{to}第{event.round}次评估还在等{STAGES[event.stage]}"
        case StageProlonged():
            return f"{STAGES[event.stage]}的期限重新计算，{moment(event.due_at, year)}前完成"
        case AssessmentRefused():
            return f"{who}记下：老人不愿评估，第{event.round}次评估结束"
        case AssessmentEnded():
            return f"评估终止：老人{ENDS[event.reason]}"
        case _:
            return None


def _sheet(event: AnyEvent, who: str, called: Called, year: int) -> str | None:
    match event:
        case AssessorsNamed():
            instead = f"（原为{_all(event.instead_of, called)}）" if event.instead_of else ""
            two = _all((event.first, event.second), called)
            return f"{who}指派评估员{two}（{called(event.body_id)}）{instead}，{moment(event.due_at, year)}前交评估表"
        case SheetSubmitted():
            assessed = day(event.sheet.answers.assessed_on, year)
            return f"{who}交来{assessed}的评估表，{moment(event.due_at, year)}前由第二位评估员签字"
        case SheetConfirmed(due_at=None):
            return f"{who}签字确认评估表"
        case SheetConfirmed():
            assert event.due_at is not None
            return f"{who}签字，{len(event.disputed)}项有争议，{moment(event.due_at, year)}前商定"
        case SheetSettled():
            return f"{who}记下：{len(event.settled)}项争议已商定"
        case SheetReturned():
            return f"{who}退回，重新{STAGES[event.stage]}，{moment(event.due_at, year)}前完成"
        case _:
            return None


def _level(event: AnyEvent, who: str, called: Called, year: int) -> str | None:
    match event:
        case LevelProposed():
            by = f"按{called(event.elsewhere.body_id)}的结果" if event.elsewhere else "按评估表"
            return f"{by}拟定为{LEVELS[event.level]}，{moment(event.due_at, year)}前由工作人员确认"
        case LevelConfirmed():
            holds = f"有效至{day(event.valid_to, year)}" if event.valid_to else "有效至下次评估"
            object_by = moment(event.object_by, year)
            return f"{who}确认{LEVELS[event.level]}，{holds}，{object_by}前可提异议"
        case LevelObjected():
            return f"{who}转达对第{event.round}次评估结果的异议"
        case LevelExpired():
            return f"第{event.round}次评估的等级到期"
        case CareLevelNoted():
            by = called(event.confirmed_by.id)
            return f"能力等级记为{LEVELS[event.level]}（{day(event.assessed_on, year)}评估，{by}确认）"
        case _:
            return None


def _all(ids: tuple[str, ...], called: Called) -> str:
    return "、".join(called(id_) for id_ in ids)
