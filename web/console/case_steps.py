"""What a person may do with an elder's case, as forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, get_args

from decisions.deadlines import civil_day, is_long_ago
from decisions.words import beside, word
from models import messages as m
from models.errors import REFUSAL_WORDS, Refusal
from models.ids import case_stream
from models.shown import CaseShown
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
from web.console import persons
from web.console.ask import Ask
from web.console.fields import MISSING, Field, Kind, always, asks
from web.console.steps import Handed, Path, Step, Wrong
from web.language import _

NOTE = Field("note", _("备注"), Kind.WORDS, help=_("存入登记簿，不进流程"))
DANGER = Field("note", _("看到或听到了什么"), Kind.WORDS, required=True, help=_("存入登记簿，不进短信"))
WHY_NOW = Field("reason", _("为什么现在才记"), Kind.WORDS, help=_("三天以前的探访必须写"))
LONG_AGO = _("三天以前的探访要写原因")
TAKE_BACK = "take_back"

CHECKED: Mapping[str, str] = {
    "health": _("身体健康"), "economy": _("经济状况"), "family": _("家人照料"), "safety": _("居住安全"),
    "services": _("服务需求"),
}  # fmt: skip
FINDINGS: Mapping[str, str] = {
    Finding.NOT_ASKED: _("没有问到"), Finding.FINE: _("没有问题"), Finding.CONCERN: _("有问题"),
}  # fmt: skip


def back(path: Path) -> str:
    return f"/elders/{path['elder_id']}"


def today(ask: Ask) -> date:
    return civil_day(ask.now)


def case_of(ask: Ask, elder_id: str) -> CaseShown | None:
    """Where the case stands now. None: it has not begun."""
    state = ask.doors.state_of(case_stream(elder_id))
    return ask.doors.case_shown(state, ask.now, ask.staff_id) if state is not None else None


def words(codes: Any) -> dict[str, str]:
    return {code: word(code) for code in codes}


def _of_case(kind: type[m.CaseMessage], *names: str) -> Callable[[Ask, Path, dict[str, Any]], Handed]:
    def handed(_ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
        return Handed(case_stream(path["elder_id"]), kind, {name: values[name] for name in names}, values["note"])

    return handed


def past(ask: Ask, name: str, day: date | None) -> None:
    """Raises Wrong: it has not come yet."""
    if day is not None and day > today(ask):
        raise Wrong(name, REFUSAL_WORDS[Refusal.IN_THE_FUTURE] if name == "visited_on" else NOT_YET)


NOT_YET = _("不能晚于今天")

# --- visits ----------------------------------------------------------------------------------------------------------


@asks("visited_on", "visitor", "method", "result", *CHECKED, Field("needs", "needs", Kind.CHOICES), "risk", "paper",
      WHY_NOW, NOTE)  # fmt: skip
def _record_fields(ask: Ask, path: Path) -> tuple[Field, ...]:
    return (
        Field("visited_on", _("哪天去的"), Kind.DAY, required=True, first=today(ask).isoformat()),
        Field("visitor", _("谁去的"), Kind.CHOICE, required=True, first=ask.staff_id,
              options=persons.visitors(ask, path["elder_id"])),
        Field("method", _("怎样探访的"), Kind.CHOICE, required=True, first=Method.HOME, options=words(Method)),
        Field("result", _("结果"), Kind.CHOICE, required=True, options=words(VisitResult)),
        *(Field(name, said, Kind.CHOICE, first=Finding.NOT_ASKED, options=FINDINGS) for name, said in CHECKED.items()),
        Field("needs", _("需要什么"), Kind.CHOICES, options=words(Need)),
        Field("risk", _("有危险，立即督办"), Kind.FLAG),
        Field("paper", _("由纸质表补录"), Kind.FLAG),
        WHY_NOW,
        NOTE,
    )  # fmt: skip


def _recorded(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    visited_on, visitor = values["visited_on"], values["visitor"]
    past(ask, "visited_on", visited_on)
    if is_long_ago(visited_on, today(ask)) and not values["reason"]:
        raise Wrong("reason", LONG_AGO)
    paper = values["paper"]
    message = {
        "visitor_id": visitor, "result": values["result"], "visited_on": visited_on, "method": values["method"],
        "evidence": Evidence.PAPER_FORM if paper else Evidence.STAFF,
        "checks": Checks.model_validate({name: values[name] or Finding.NOT_ASKED for name in CHECKED}),
        "needs": values["needs"], "risk": values["risk"],
    }  # fmt: skip
    note = beside(_("补录的原因"), values["reason"], values["note"])
    return Handed(
        case_stream(path["elder_id"]), m.ReportVisit, message, note,
        Channel.PAPER if paper else Channel.CONSOLE, visitor, {visitor: ask.doors.fitness.as_visitor(visitor)},
    )  # fmt: skip


@asks("visit_id", "result", "visited_on", "reason", NOTE)
def _correct_fields(ask: Ask, path: Path) -> tuple[Field, ...]:
    case = case_of(ask, path["elder_id"])
    told = {one.id: f"{one.visited_on or ''} {ask.say(word(one.result))}" for one in case.told[::-1]} if case else {}
    results = words((VisitResult.WELL, VisitResult.NEEDS_HELP, VisitResult.NOT_SEEN))
    return (
        Field("visit_id", _("哪一次探访"), Kind.CHOICE, required=True, options=told, first=next(iter(told), "")),
        Field("result", _("改为"), Kind.CHOICE, required=True, options=results | {TAKE_BACK: _("收回原来的报告")}),
        Field("visited_on", _("正确的探访日期"), Kind.DAY, help=_("日期没有错就不用写")),
        Field("reason", _("更正的原因"), Kind.WORDS, help=_("三天以前的探访必须写")),
        NOTE,
    )


def _corrected(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    visited_on = values["visited_on"]
    past(ask, "visited_on", visited_on)
    if visited_on is not None and is_long_ago(visited_on, today(ask)) and not values["reason"]:
        raise Wrong("reason", LONG_AGO)
    result = None if values["result"] == TAKE_BACK else values["result"]
    message = {"visit_id": values["visit_id"], "result": result, "visited_on": visited_on}
    note = beside(_("更正的原因"), values["reason"], values["note"])
    return Handed(case_stream(path["elder_id"]), m.CorrectReport, message, note)


@asks("volunteer_id", NOTE)
def _reassign_fields(ask: Ask, path: Path) -> tuple[Field, ...]:
    near = persons.volunteers(ask, path["elder_id"])
    to = Field("volunteer_id", _("改派给谁"), Kind.CHOICE, options=near, help=_("不选就由系统另派"))
    return to, NOTE


def _reassigned(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    to = values["volunteer_id"]
    named = {to: ask.doors.fitness.as_volunteer(to, today(ask))} if to else {}
    message = {"volunteer_id": to}
    return Handed(case_stream(path["elder_id"]), m.Reassign, message, values["note"], named=named)


# --- standing --------------------------------------------------------------------------------------------------------


@asks("why", "review_on", NOTE)
def _suspend_fields(ask: Ask, path: Path) -> tuple[Field, ...]:
    return (
        Field("why", _("为什么暂停"), Kind.CHOICE, required=True, options=words(SuspendReason)),
        Field("review_on", _("复核日期"), Kind.DAY, required=True, help=_("到那天自动恢复；不超过规定的最长天数")),
        NOTE,
    )


def _suspended(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    case, review_on = case_of(ask, path["elder_id"]), values["review_on"]
    days = (review_on - today(ask)).days
    if days <= 0:
        raise Wrong("review_on", _("要晚于今天"))
    if case is not None and case.suspend_max_days is not None and days > case.suspend_max_days:
        raise Wrong("review_on", f"{ask.say(REFUSAL_WORDS[Refusal.REVIEW_TOO_LATE])}：{case.suspend_max_days}")
    message = {"reason": values["why"], "review_on": review_on}
    return Handed(case_stream(path["elder_id"]), m.Suspend, message, values["note"])


@asks("died_on", "source", NOTE)
def _death_fields(ask: Ask, _path: Path) -> tuple[Field, ...]:
    return (
        Field("died_on", _("去世日期"), Kind.DAY, required=True, first=today(ask).isoformat()),
        Field("source", _("依据"), Kind.CHOICE, required=True, options=words(DeathSource)),
        Field("note", _("备注"), Kind.WORDS, help=_("依据是“其他”时必须写；存入登记簿，不进流程")),
    )


def _death_confirmed(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    past(ask, "died_on", values["died_on"])
    if values["source"] == DeathSource.OTHER and not values["note"]:
        raise Wrong("note", MISSING)
    message = {"died_on": values["died_on"], "source": values["source"]}
    return Handed(case_stream(path["elder_id"]), m.ConfirmDeath, message, values["note"])


CLOSES = words((CloseReason.MOVED_OUT, CloseReason.NOT_ELIGIBLE))


def _closed(_ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    place = values["place"]
    if values["why"] == CloseReason.MOVED_OUT and not place:
        raise Wrong("place", REFUSAL_WORDS[Refusal.NO_RECEIVING_PLACE])
    message = {"reason": values["why"], "receiving_place": "in_note" if place else None}
    return Handed(case_stream(path["elder_id"]), m.CloseCase, message, beside(_("接收地"), place, values["note"]))


AT = "/elders/{elder_id}"
STEPS: tuple[Step, ...] = (
    Step(f"{AT}/record-visit", "report_visit", _("记一次探访"), _record_fields, _recorded, back),
    Step(f"{AT}/report-danger", "report_danger", _("报告危险"), always(DANGER), _of_case(m.ReportDanger), back,
         warns=_("有危险请先打120或110。送出以后立即紧急督办：值班人员马上收到短信，没有人接手就逐级上报，夜里和节假日也一样。")),
    Step(f"{AT}/confirm-suspension", "confirm_suspension", _("确认暂停"), always(NOTE), _of_case(m.ConfirmSuspension),
         back, warns=_("您以第二人身份确认。确认以后，现在的探访取消，短信停发。")),
    Step(f"{AT}/resume", "resume", _("恢复探访"), always(NOTE), _of_case(m.Resume), back),
    Step(f"{AT}/confirm-death", "confirm_death", _("核实去世"), _death_fields, _death_confirmed, back,
         warns=_("核实以后个案结案，不能重开。")),
    Step(f"{AT}/undo-death", "undo_death", _("撤销去世报告"), always(NOTE), _of_case(m.UndoDeath), back),
    Step(f"{AT}/reopen", "reopen", _("重开个案"), always(NOTE), _of_case(m.ReopenCase), back,
         warns=_("当前周期已结的不补，从下一周期起探访。")),
    Step(f"{AT}/request-visit", "request_visit", _("请求加访"), always(NOTE), _of_case(m.RequestVisit), back,
         warns=_("24小时以内去一次，不算本期的探访。")),
    Step(f"{AT}/reassign", "reassign", _("改派"), _reassign_fields, _reassigned, back),
    Step(f"{AT}/correct-visit", "correct_report", _("更正探访记录"), _correct_fields, _corrected, back),
    Step(f"{AT}/change", "change_circumstances", _("记录重大变化"),
         always(Field("change", _("什么变化"), Kind.CHOICE, required=True, options=words(get_args(m.Change))), NOTE),
         _of_case(m.ChangeCircumstances, "change"), back,
         warns=_("24小时以内去一次；暂停的个案只记下，出院则恢复探访。")),
    Step(f"{AT}/suspend", "suspend", _("暂停探访"), _suspend_fields, _suspended, back,
         warns=_("要另一位工作人员确认以后才暂停。")),
    Step(f"{AT}/refusal", "record_refusal", _("老人不愿意探访"), always(NOTE), _of_case(m.RecordRefusal), back,
         warns=_("只在工作人员与老人本人谈过以后记。只免去本期，下一期照常。")),
    Step(f"{AT}/report-death", "report_death", _("报告去世"), always(NOTE), _of_case(m.ReportDeath), back,
         warns=_("短信立即停发，待核实。")),
    Step(f"{AT}/close", "close", _("结案"),
         always(Field("why", _("为什么结案"), Kind.CHOICE, required=True, options=CLOSES),
                Field("place", _("迁到哪里"), help=_("迁出时必须写；存入登记簿，不进流程")), NOTE),
         _closed, back, warns=_("现在的探访取消，不再问志愿者。去世的请用“报告去世”。")),
)  # fmt: skip
FIRST = (
    "report_visit",
    "report_danger",
    "confirm_suspension",
    "resume",
    "confirm_death",
    "undo_death",
    "reopen",
    "request_visit",
)
"""What stands in front where it may be done; the rest is under 更多."""
