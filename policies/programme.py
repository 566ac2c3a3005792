"""What a county's document promises besides the visits themselves: by whom, which services, figures, money and duties.

Shape only, as in `schema`. By the rules of assessment assessments go (`policies.assessing`), by those of payment a
county's months (`policies.paying`); no case is decided by the rest yet: it is checked, stored with the pack and shown.
Codes are plain strings here, and the closed lists stand in `check_programme`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import Field

from models.policy import Delay
from models.values import Id, Value
from policies.sourced import Sourced, Val

# The closed lists that a person reads the words of.
UNITS = {
    "percent": "%", "places": "个", "beds": "张床", "people": "人", "person_times": "人次", "per_village": "每村",
    "per_1000_people": "每千人口", "per_1000_elders": "每千名老年人", "per_100_beds": "每百张床",
    "not_said": "原文无单位",
}  # fmt: skip
KINDS = {"person": "个人", "institution": "机构", "staff": "从业人员"}
PER = {"month": "每月", "year": "每年", "once": "一次性"}


class PerformerRow(Sourced):
    """Who visits or helps, `name` in the county's words."""

    code: str
    name: str


class ServiceRow(Sourced):
    """A kind of service the county names, in its words."""

    code: str
    name: str


class Dated(Value):
    """In force from `from_on` to `to_on`, both days included. Without one it is open at that end."""

    from_on: date | None = None
    to_on: date | None = None


class Target(Dated):
    """A figure to be reached: by `to_on`, where the county says a day. `op` as printed: = > >= < <=."""

    op: str
    value: Decimal


class KpiRow(Sourced):
    """An indicator and its targets, one after the other. `who`: the department that answers for it.

    `attribute`: 约束性 (binding) or 预期性 (expected), where the county says which. `counted_as`: the computation of
    ours that counts it, and who says that it does; bare, nobody has said. Without one its figures come from elsewhere.
    """

    code: Id
    name: str
    unit: str
    targets: tuple[Target, ...]
    attribute: str | None = None
    who: str | None = None
    counted_as: str | Val[str] | None = None

    @property
    def computation(self) -> str | None:
        return self.counted_as.value if isinstance(self.counted_as, Val) else self.counted_as


class Amount(Dated, Sourced):
    """Money, integer fen. `at_most`: the county gives a ceiling. `per`: month, year, or once."""

    fen: int
    per: str
    at_most: bool = False


class SubsidyRow(Sourced):
    """A subsidy the county names. Without an amount its amount is unknown, and stands there. Never a default."""

    code: Id
    name: str
    kind: str
    amounts: tuple[Amount, ...] = ()


class DutyRow(Sourced):
    """`who` (departments and bodies, never a person's name) must do `what`, by a day where one is given."""

    code: Id
    who: tuple[str, ...]
    what: str
    by_on: date | None = None


class ContactRow(Sourced):
    """Who stands on a rung of the ladder, as the county calls the post. Numbers and names are the register's."""

    role: str
    title: str


class AssessmentTable(Value):
    """What an ability assessment is for: 依据 (it decides) or 参考依据 (it informs a person who decides); how long it
    holds, and how long each step may take: `models.assessment.AssessmentRules`.

    `terms` by stage, all or none. `tiers`: in which tier of visits whoever has a level is at least. What is left out
    here is filled in by `policies.assessing`.
    """

    use: Val[str] | None = None
    standard: Val[str] | None = None
    valid_months: Val[int] | None = None
    endless: Val[tuple[str, ...]] | None = None
    terms: dict[str, Val[Delay]] = Field(default_factory=dict[str, Val[Delay]])
    remind_days: Val[int] | None = None
    object_within: Val[Delay] | None = None
    renew_days: Val[int] | None = None
    elsewhere: Val[tuple[str, ...]] | None = None
    elsewhere_from: Val[date] | None = None
    independent: Val[bool] | None = None
    tiers: dict[str, Val[str]] = Field(default_factory=dict[str, Val[str]])


class PaymentTable(Value):
    """On which day of a month the month before is closed and its list is drawn, and how long each of two people may
    take over it: `models.payments.CountyRules`. What is left out here is filled in by `policies.paying`.
    """

    day: Val[int] | None = None
    checking: Val[Delay] | None = None
    approving: Val[Delay] | None = None
    remind_days: Val[int] | None = None


class LocalHoliday(Sourced):
    """Days off of one year that only this place has. No days: they are not known, and the year stands under unknown."""

    name: str
    year: int
    days: tuple[date, ...] = ()
