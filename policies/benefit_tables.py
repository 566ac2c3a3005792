"""The shape of a benefit in a pack: who gets it as rows of conditions, how much, from when, until when, shown to whom.

Shape only, as in `schema`: that facts, operators and values are of the catalogue, and that rows neither overlap nor
leave a gap, is `check_benefits`' and `check_rows`'. What a rule may ask about: `models/facts.py`.
"""

from __future__ import annotations

from datetime import date

from pydantic import StrictInt

from models.benefits import Wanted
from models.values import Id, Value
from policies.programme import Dated
from policies.sourced import Sourced, Val

# The closed lists that a person reads the words of.
NOTICE_UNITS = {"calendar_days": "天", "workdays": "个工作日"}
STEPS = {
    "accept": "受理", "papers": "补正材料", "check": "核查", "post": "公示", "check_again": "异议复核",
    "approve": "审批", "refuse": "不予批准告知", "tell": "告知本人", "pay": "发放",
    "level_reported": "等级变化重新评估", "change": "变更、停发审批", "review": "复核",
}  # fmt: skip


class CodedRow(Sourced):
    """A row that is told apart by its code."""

    code: Id


class ConditionRow(Value):
    """One condition. `op` is written in half-width signs: = > >= < <= in not_in any_of none_of."""

    fact: str
    op: str
    value: Wanted


Alternatives = tuple[tuple[ConditionRow, ...], ...]


class Fen(Sourced):
    """Integer fen a month, with a source of its own: the county may state it later, in another document."""

    value: StrictInt


class BenefitRowTable(Dated, CodedRow):
    """Who gets how much: all of `when` hold, and all of one list of `any`. In force for whole months.

    Without `fen` nobody states the amount, and it stands under unknown.
    """

    when: tuple[ConditionRow, ...] = ()
    any: Alternatives = ()
    fen: Fen | None = None


class OpenTable(Value):
    """Elders of whom no rule says whether they get it. The question stands under unknown."""

    code: Id
    when: tuple[ConditionRow, ...] = ()
    any: Alternatives = ()


class BirthdayTable(Sourced):
    """Which month an age counts from, and when who was born on 29 February is a year older in other years."""

    counts: str
    leap: str


class StartTable(Sourced):
    begins: str
    if_late: str | None = None


class StopTable(CodedRow):
    """`code`: what it stops by. `ends`: the same month is not paid any more, or the following one."""

    ends: str


class NoticeTable(Sourced):
    """公示. `again_days`: after an upheld objection."""

    days: int
    unit: str
    again_days: int | None = None
    place: str | None = None


class DeadlineTable(CodedRow):
    """`code`: the step that is done within so many workdays."""

    workdays: int


class DocumentTable(CodedRow):
    """A paper that is asked for."""

    name: str


class OffsetTable(CodedRow):
    """`code`: where the bill is from; the coupon pays so many percent of it."""

    percent: int


class BenefitTable(CodedRow):
    """A benefit to a person. `over`: inside these conditions exactly one row hits, whoever the elder is.

    Without rows nobody has said who gets it, which stands under unknown; only then `start` may be missing. Of
    `deadlines`, `review_months` (after the approval) and `remind_days` what is left out is `policies.benefit_terms`'.
    """

    name: str
    kind: str
    over: tuple[ConditionRow, ...] = ()
    rows: tuple[BenefitRowTable, ...] = ()
    open: tuple[OpenTable, ...] = ()
    birthday: BirthdayTable | None = None
    start: StartTable | None = None
    stops: tuple[StopTable, ...] = ()
    notice: NoticeTable | None = None
    deadlines: tuple[DeadlineTable, ...] = ()
    review_months: Val[int] | None = None
    remind_days: Val[int] | None = None
    documents: tuple[DocumentTable, ...] = ()
    offsets: tuple[OffsetTable, ...] = ()


class ExclusivityTable(CodedRow):
    """What holds `between` benefits: exclusive, take_higher (of equal ones the first named) or combinable."""

    between: tuple[Id, ...]
    how: str


def in_force(row: Dated, month: date) -> bool:
    return (row.from_on or date.min) <= month <= (row.to_on or date.max)
