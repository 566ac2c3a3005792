"""A paper form at the counter: who can have gone, and when; then one report, under an id the same form has again."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from decisions.deadlines import is_long_ago
from models.errors import REFUSAL_WORDS, UNFIT_WORDS, Refusal, Unfit
from models.ids import case_stream
from models.messages import Reply, ReportVisit
from models.values import Channel, Checks, Evidence, Method, Need, VisitResult
from post.counter import Counter

WHY_SO_LATE = "三天以前的探访须写原因"


class PaperForm(NamedTuple):
    """`names_visitor`: the sheet itself says who went, so that each person's visit is one of its own."""

    elder_id: str
    visited_on: date
    result: VisitResult
    visitor_id: str
    method: Method = Method.HOME
    checks: Checks = Checks()
    needs: tuple[Need, ...] = ()
    names_visitor: bool = True

    @property
    def key(self) -> str:
        """The same sheet twice is one visit."""
        went = f"-{self.visitor_id}" if self.names_visitor else ""
        return f"form-{self.elder_id}-{self.visited_on}-{self.result.value}{went}"


def why_not(visited_on: date, today: date, unfit: Unfit | None, told: str | None) -> tuple[str, str] | None:
    """The field and why, unless the day has come and that person can have gone; `told`: why so late."""
    if visited_on > today:
        return "visited_on", REFUSAL_WORDS[Refusal.IN_THE_FUTURE]
    if is_long_ago(visited_on, today) and not told:
        return "reason", WHY_SO_LATE
    return None if unfit is None else ("visitor", UNFIT_WORDS[unfit])


def begun(counter: Counter, staff: str, form: PaperForm, note: str | None) -> ReportVisit:
    """The report, by whoever enters it on behalf of whoever went. Raises Refused, Unknown."""
    head = counter.head(staff, "report_visit", form.elder_id, note, Channel.PAPER, form.visitor_id)
    return ReportVisit.model_validate(
        head | {
            "key": form.key, "visitor_id": form.visitor_id, "result": form.result, "visited_on": form.visited_on,
            "method": form.method, "evidence": Evidence.PAPER_FORM, "checks": form.checks, "needs": form.needs,
        }
    )  # fmt: skip


async def hand_in(counter: Counter, report: ReportVisit, elder_id: str) -> Reply:
    return await counter.desk.hand_in(case_stream(elder_id), elder_id, report)
