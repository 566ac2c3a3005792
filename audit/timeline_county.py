"""The facts of a county's months as a person would say them, in Chinese."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from decisions.benefit_wording import yuan
from decisions.days_said import moment
from models.county_events import ListStage
from models.events import (
    AnyEvent,
    CountyOpened,
    CountyRulesAdopted,
    ListApproved,
    ListChecked,
    ListDrawn,
    ListReminded,
    ListReturned,
    MonthClosed,
)
from models.payments import Drawn, MonthSnapshot

STAGES: Mapping[ListStage, str] = {"checking": "核对", "approving": "批准", "returned": "重新汇总"}
Called = Callable[[str], str]


def say_county(event: AnyEvent, who: str, called: Called, year: int) -> str | None:
    """One sentence; None for any other fact. `who`: who did it, and through what."""
    match event:
        case CountyOpened():
            return f"开始逐月结算和发放，自{_month(event.first)}，执行{_rules(event)}"
        case CountyRulesAdopted():
            return f"改按{_rules(event)}"
        case MonthClosed():
            return f"{_month(event.snapshot.month)}的探访结算：{_seen(event.snapshot)}"
        case ListDrawn():
            by = f"{moment(event.due_at, year)}前核对"
            return f"汇总{_month(event.month)}的发放名单（第{event.n}次）：{_drawn(event.drawn)}，{by}"
        case ListChecked():
            return f"{who}核对{_month(event.month)}的名单，{moment(event.due_at, year)}前由另一人批准"
        case ListReturned():
            return f"{who}退回{_month(event.month)}的名单，{moment(event.due_at, year)}前重新汇总"
        case ListApproved():
            age = f"，满龄变更{len(event.changes)}项随之生效" if event.changes else ""
            return f"{who}批准{_month(event.month)}的名单（{called(event.checked_by)}核对）：{_drawn(event.drawn)}{age}"
        case ListReminded():
            to = f"提醒{called(event.owner)}：" if event.owner else "没有人可提醒："
            return f"{to}{_month(event.month)}的名单还在等{STAGES[event.stage]}"
        case _:
            return None


def _rules(of: CountyOpened | CountyRulesAdopted) -> str:
    policy = of.policy
    return f"{policy.county}规则{policy.version}版（{policy.hash[:8]}），每月{of.rules.day}日结算"


def _seen(snapshot: MonthSnapshot) -> str:
    listed, seen, excused = (
        sum(getattr(one, name) for one in snapshot.townships) for name in ("listed", "seen", "excused")
    )
    return f"应访{listed}人，见到{seen}人，有缘由{excused}人"


def _drawn(drawn: Drawn) -> str:
    """12笔，应发2,400.00元，其中补发200.00元，追回200.00元，暂停1项，金额未定1项（e3b0c442）"""
    said = [f"{drawn.lines}笔", f"应发{yuan(drawn.fen)}"]
    said += [f"其中补发{yuan(drawn.back_pay_fen)}"] if drawn.back_pay_fen else []
    said += [f"追回{yuan(-drawn.claw_back_fen)}"] if drawn.claw_back_fen else []
    said += [f"暂停{drawn.held}项"] if drawn.held else []
    said += [f"金额未定{drawn.unstated}项"] if drawn.unstated else []
    return f"{'，'.join(said)}（{drawn.sha256[:8]}）"


def _month(month: date) -> str:
    return f"{month.year}年{month.month}月"
