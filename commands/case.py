"""`starter.py case …` and `starter.py visit …`: what a person may do with one elder's case, without the console."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

import wiring
from commands import case_show
from commands.acting import LONG_AGO, As, Counter, Json, NoteText, Reason, day, past_day, run, tell
from decisions.deadlines import civil_day, is_long_ago
from decisions.words import beside, word
from models import messages as m
from models.errors import Unfit
from models.ids import case_stream
from models.values import (
    Channel,
    Checks,
    CloseReason,
    DeathSource,
    Evidence,
    Finding,
    Method,
    Need,
    SuspendReason,
    VisitResult,
)

case_app = typer.Typer(help="个案", no_args_is_help=True)
visit_app = typer.Typer(help="探访", no_args_is_help=True)
death_app = typer.Typer(help="去世：报告、确认、撤销", no_args_is_help=True)
case_app.add_typer(death_app, name="death")
case_app.command("show")(case_show.show_case)

ElderId = Annotated[str, typer.Argument(help="老人编号")]
SOURCES = "；".join(f"{source.value} {word(source)}" for source in DeathSource)


def _long_ago(visited_on: date) -> bool:
    return is_long_ago(visited_on, civil_day(wiring.now()))


def step(elder: str, staff: str, kind: type[m.CaseMessage], note: str | None, as_json: bool, **values: Any) -> None:
    """One message to one case. Whom it names, and till when, is looked at before anything is written."""

    async def life(counter: Counter) -> m.Reply:
        action, channel = kind.model_fields["kind"].default, values.pop("channel", Channel.CONSOLE)
        if kind is m.Suspend:
            counter.desk.actor(staff, action, elder)
            must_review_in_time(counter, elder, values["review_on"])
        visitor, to = values.get("visitor_id"), values.get("volunteer_id")
        named: dict[str, Unfit | None] = {}
        if visitor is not None:
            named[visitor] = counter.visitors.as_visitor(visitor)
        if to is not None:
            named[to] = counter.visitors.as_volunteer(to, civil_day(counter.house.now()))
        head = counter.head(staff, action, elder, note, channel, visitor, named)
        return await counter.hand_in(case_stream(elder), elder, kind, **head, **values)

    tell(run(life, as_json=as_json), as_json=as_json)


def must_review_in_time(counter: Counter, elder: str, review_on: date) -> None:
    """As the case would say. Raises typer.BadParameter."""
    state = case_show.state_of(counter, elder)
    most = state.rules.suspend_max_days if state and state.policy else None
    days = (review_on - civil_day(counter.house.now())).days
    if days <= 0:
        raise typer.BadParameter(f"--review-on {review_on} 须晚于今天")
    if most is not None and days > most:
        raise typer.BadParameter(f"--review-on {review_on} 在{days}天以后，最多{most}天")


@case_app.command()
def suspend(
    elder: ElderId, reason: SuspendReason, staff: As,
    review_on: Annotated[str, typer.Option(help="复核日期：今天以后，不超过规定的最长天数")],
    confirm: Annotated[bool, typer.Option("--confirm", help="以第二人身份确认已提出的暂停")] = False,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """提出暂停（住院、外出、入住机构）；--confirm 由第二人确认。"""
    if confirm:
        step(elder, staff, m.ConfirmSuspension, note, as_json)
    else:
        step(elder, staff, m.Suspend, note, as_json, reason=reason, review_on=day(review_on))


@case_app.command()
def resume(elder: ElderId, staff: As, note: NoteText = None, as_json: Json = False) -> None:
    """恢复暂停的个案。"""
    step(elder, staff, m.Resume, note, as_json)


@case_app.command()
def refusal(elder: ElderId, staff: As, note: NoteText = None, as_json: Json = False) -> None:
    """老人本人拒绝本期探访（须由工作人员与老人谈过）。下一期照常。"""
    step(elder, staff, m.RecordRefusal, note, as_json)


@death_app.command("report")
def death_report(elder: ElderId, staff: As, note: NoteText = None, as_json: Json = False) -> None:
    """报告去世：短信立即停发，待核实。"""
    step(elder, staff, m.ReportDeath, note, as_json)


@death_app.command("confirm")
def death_confirm(
    elder: ElderId, staff: As, died_on: Annotated[str, typer.Option(help="去世日期")],
    source: Annotated[DeathSource, typer.Option(help=f"依据：{SOURCES}（须写 --note）")],
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """确认去世并结案。"""
    if source is DeathSource.OTHER and not note:
        raise typer.BadParameter("依据为 other 时须写 --note")
    step(elder, staff, m.ConfirmDeath, note, as_json, died_on=past_day(died_on), source=source)


@death_app.command("undo")
def death_undo(elder: ElderId, staff: As, note: NoteText = None, as_json: Json = False) -> None:
    """误报：撤销去世报告，一切照旧。"""
    step(elder, staff, m.UndoDeath, note, as_json)


@case_app.command()
def close(
    elder: ElderId, reason: CloseReason, staff: As,
    place: Annotated[str | None, typer.Option(help="迁出时的接收地（存入登记簿，不进流程）")] = None,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """结案（迁出、不再符合条件）。"""
    if reason is CloseReason.MOVED_OUT and not place:
        raise typer.BadParameter("迁出须写 --place")
    told = beside("接收地", place, note)
    step(elder, staff, m.CloseCase, told, as_json, reason=reason, receiving_place="in_note" if place else None)


@case_app.command()
def reopen(elder: ElderId, staff: As, note: NoteText = None, as_json: Json = False) -> None:
    """重开已结案的个案（迁回、误结案），当前周期已结的不补，从下一周期起探访。确认去世的不能重开。"""
    step(elder, staff, m.ReopenCase, note, as_json)


@case_app.command("report-danger")
def report_danger(elder: ElderId, staff: As, note: NoteText = None, as_json: Json = False) -> None:
    """报告危险：立即紧急督办，值班人员马上收到短信。先打120或110。"""
    step(elder, staff, m.ReportDanger, note, as_json)


@case_app.command("request-visit")
def request_visit(elder: ElderId, staff: As, note: NoteText = None, as_json: Json = False) -> None:
    """请求24小时内加一次探访。"""
    step(elder, staff, m.RequestVisit, note, as_json)


@case_app.command()
def change(
    elder: ElderId, what: m.Change, staff: As, note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """记录重大变化：24小时内探访一次。暂停的个案只记下；出院（discharged）则恢复并探访。"""
    step(elder, staff, m.ChangeCircumstances, note, as_json, change=what)


@case_app.command()
def reassign(
    elder: ElderId, staff: As,
    volunteer: Annotated[str | None, typer.Option("--to", help="指定志愿者；不填由系统另派")] = None,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """改派当前探访。"""
    step(elder, staff, m.Reassign, note, as_json, volunteer_id=volunteer)


@visit_app.command()
def record(
    elder: ElderId, staff: As,
    on: Annotated[str, typer.Option(help="探访日期")],
    result: Annotated[VisitResult, typer.Option()] = VisitResult.WELL,
    method: Annotated[Method, typer.Option()] = Method.HOME,
    visitor: Annotated[str | None, typer.Option(help="实际探访人编号；不填为经办人")] = None,
    concern: Annotated[
        list[str] | None, typer.Option(help="有问题的检查项：health economy family safety services")
    ] = None,
    fine: Annotated[list[str] | None, typer.Option(help="没有问题的检查项")] = None,
    need: Annotated[list[Need] | None, typer.Option(help="需求")] = None,
    risk: Annotated[bool, typer.Option("--risk", help="有风险，立即督办")] = False,
    paper: Annotated[bool, typer.Option("--paper", help="由纸质表补录")] = False,
    reason: Reason = None, note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """录入一次探访（电话、上门、纸质表）。"""
    visited_on = past_day(on)
    if _long_ago(visited_on) and not reason:
        raise typer.BadParameter(LONG_AGO)
    answers = dict.fromkeys(concern or [], Finding.CONCERN) | dict.fromkeys(fine or [], Finding.FINE)
    unknown = set(answers) - set(Checks.model_fields)
    if unknown:
        raise typer.BadParameter(f"没有检查项 {'、'.join(sorted(unknown))}")
    step(
        elder, staff, m.ReportVisit, beside("补录的原因", reason, note), as_json,
        channel=Channel.PAPER if paper else Channel.CONSOLE, visitor_id=visitor or staff, result=result,
        visited_on=visited_on, method=method,
        evidence=Evidence.PAPER_FORM if paper else Evidence.STAFF, checks=Checks.model_validate(answers),
        needs=tuple(need or ()), risk=risk,
    )  # fmt: skip


@visit_app.command()
def correct(
    elder: ElderId, staff: As,
    visit: Annotated[str, typer.Option(help="探访编号")],
    result: Annotated[VisitResult | None, typer.Option(help="改为；不填则撤回原报告")] = None,
    on: Annotated[str | None, typer.Option(help="正确的探访日期")] = None,
    reason: Reason = None, note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """更正一次探访的记录；原记录保留。"""
    visited_on = past_day(on) if on else None
    if visited_on is not None and _long_ago(visited_on) and not reason:
        raise typer.BadParameter(LONG_AGO)
    told = beside("更正的原因", reason, note)
    step(elder, staff, m.CorrectReport, told, as_json, visit_id=visit, result=result, visited_on=visited_on)
