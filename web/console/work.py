"""How a row of the worklist is told: under which heading, what it is about, what to do next and on which page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from decisions.permits import BY_HAND
from decisions.register_words import FACTS, REASONS
from decisions.words import OF_BENEFITS, STEPS, in_words, word
from models.errors import REFUSAL_WORDS, Refusal
from models.ids import ESCALATION, county_code
from models.roster import Doubt
from models.shown import PersonShown
from projections.read_worklist import KINDS
from web.console.ask import Ask
from web.language import _

HEADINGS: Mapping[str, str] = {
    "escalation": _("督办"), "call": _("打电话和跟进"), "clarify": _("读不懂的短信"), "assessment": _("评估"),
    "check": _("核查与公示"), "approval": _("审批"), "not_done": _("送不到、办不成"), "register": _("名单疑问"),
}  # fmt: skip
NEXT: Mapping[str, str] = {
    "call_by_phone": _("去打电话"), "follow_up": _("去跟进"), "unclear_reply": _("看原话"),
    "unknown_phone": _("看原话"), "undeliverable": _("改用电话"), "dead_letter": _("看缘由"),
    "step_refused": _("看缘由"), "texts_held": _("看缘由"), "off_list": _("去核定"), "category_lost": _("去核定"),
    "out_of_group": _("去核定"), "closed_on_list": _("去核定"), "confirm_suspension": _("去确认"),
    "name_assessors": _("去指派"), "confirm_level": _("去确认"), "assessing": _("填评估表"), "signing": _("去签字"),
    "settling": _("去商定"), "await_papers": _("收材料"), "check_benefit": _("去核查"), "post_notice": _("去公示"),
    "recheck_benefit": _("去复核"), "approve_benefit": _("去审批"), "tell_decision": _("去告知"),
    "change_benefit": _("去决定"), "review_benefit": _("去复核"), "pay_list": _("看名单"),
    "policy_proposal": _("去启用"),
}  # fmt: skip
"""What to do next with a work item. Of an escalation: 去办理."""
WHYS: Mapping[str, str] = {
    "unknown_code": _("编号不对"), "no_code": _("没有写编号"), "no_result": _("没有写结果"),
    "contradiction": _("前后不一"), "which_day": _("哪天去的不清楚"), "correction": _("说记错了"),
    "uncertain": _("说法不确定"), "words_please": _("没有文字"), "danger": _("可能有危险"),
    "danger_unsure": _("也许有危险"), "closed": _("个案已结案"), "read out": _("代短信"),
}  # fmt: skip
"""Why a text waits for a person."""
OF_ASSESSMENT = (*KINDS["assessment"], "assessing", "signing", "settling")


class Line(NamedTuple):
    """A row as it is shown. `path` None: there is no page for it. `pick`: what may be done to several at once.

    `to_be_named`: an escalation of these seconds, whose first rung is being reached. `asked_at`: of an escalation, by
    which two of one elder are told apart.
    """

    id: str
    due_at: Any
    urgent: bool
    elder_id: str | None
    village: str
    cause: str
    about: Sequence[str]
    asked_at: datetime | None
    role: str | None
    owner_id: str | None
    does: str
    path: str | None
    pick: str | None
    to_be_named: bool


def lines(ask: Ask, rows: Sequence[Any]) -> tuple[list[Line], Mapping[str, PersonShown]]:
    """The rows of one page, and the people in them: as many queries however many rows."""
    doors = ask.doors
    people = doors.people.names({id_ for row in rows for id_ in (row.elder_id, row.owner_id) if id_})
    places = doors.people.areas({row.village_id or row.township_id for row in rows} - {None})
    benefits = doors.benefit_names({row.county_id for row in rows if row.what in OF_BENEFITS and row.county_id})
    return [_line(ask, row, places, benefits) for row in rows], people


def _line(ask: Ask, row: Any, places: Mapping[str, str], benefits: Mapping[str, str]) -> Line:
    cause = in_words({"cause": row.what, "about": row.about}, benefits)["cause"]
    return Line(
        row.id, row.due_at, row.urgency == "urgent", row.elder_id,
        places.get(row.village_id or row.township_id or "", ""), cause, about(row.what, row.about, benefits),
        row.asked_at, row.role, row.owner_id, NEXT.get(row.what, _("去办理")), path(row), _pick(ask, row),
        row.kind == ESCALATION and row.role is None,
    )  # fmt: skip


def about(what: str, said: str, benefits: Mapping[str, str]) -> Sequence[str]:
    """What it is about beside its cause, part by part, each a sentence of its own."""
    if what in OF_BENEFITS or what == "pay_list":
        return in_words({"cause": what, "about": said}, benefits)["about"].split(" ")
    if what in KINDS["register"]:
        return _doubt(Doubt.of(what, said))
    if what == "step_refused":
        step, refusal, *_rest = [*said.split(" "), ""]
        return STEPS.get(step, step), REFUSAL_WORDS[Refusal(refusal)] if refusal in Refusal else refusal
    if what == "follow_up":
        return (word(said),)
    if what == "policy_proposal":
        return (said,)
    if what not in (*KINDS["call"], *KINDS["clarify"], "undeliverable"):
        return ()
    why = said.rpartition(" ")[0]  # then comes the id of a text
    told = WHYS.get(why) or word(why)
    return (told,) if told != why else ()


def _doubt(doubt: Doubt) -> Sequence[str]:
    """The categories that a list states no longer, and by what reason it speaks against the case."""
    reason = doubt.reason
    if not reason:
        return doubt.lost
    if doubt.item == "closed_on_list":
        return (*doubt.lost, word(reason))
    missing = (_("无法判断，缺"), *(FACTS.get(fact, fact) for fact in reason.split(",")))
    return (*doubt.lost, *((REASONS[reason],) if reason in REASONS else missing))


def path(row: Any) -> str | None:
    """Where it is dealt with."""
    elder = f"/elders/{row.elder_id}"
    if row.kind == ESCALATION:
        return escalation_path(row.elder_id, row.id)
    if row.what == "pay_list":
        return f"/pay/{row.about.partition(' ')[0]}?county={row.county_id}"
    if row.what == "policy_proposal":
        return f"/policies/activate?county={county_code(row.county_id)}"
    return page_of(row.what, row.id, elder) or (elder if row.elder_id else None)


def escalation_path(elder_id: str, escalation_id: str) -> str:
    return f"/elders/{elder_id}/escalations/{quote(escalation_id.split('/', 2)[2], safe='')}"


def page_of(what: str, id_: str, elder: str) -> str | None:
    """The page of a work item, where that is another than the elder's own."""
    if what in BY_HAND:
        return item_path(id_)
    if what in OF_ASSESSMENT:
        return f"{elder}/assessment"
    return f"{elder}/benefits" if what in OF_BENEFITS else None


def item_path(item_id: str) -> str:
    return f"/items/{quote(item_id, safe='')}"


def _pick(ask: Ask, row: Any) -> str | None:
    if row.kind == ESCALATION and row.state == "opened" and ask.may("acknowledge"):
        return "acknowledge"
    return "told" if row.what == "call_by_phone" and ask.may("item_done") else None


def headings(kinds: Collection[str]) -> Mapping[str, str]:
    return {kind: said for kind, said in HEADINGS.items() if kind in kinds}
