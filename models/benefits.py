"""The rules of a county's benefits for one month, and what deciding by them gives: proposals, never decisions.

The rules are cut from a pack (`policies/benefits.py`) and carry its version and hash. What an evaluation gives is made
of plain tuples with names: a county is decided for in one go, and each proposal names every condition it went by.
Money is integer fen for a month. A month is the date of its first day.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from pydantic import StrictBool, StrictInt

from models.facts import FactType, FactValue
from models.values import Id, Sha256, Value

Wanted = StrictBool | StrictInt | str | tuple[str, ...]

COMPARED = ("=", ">", ">=", "<", "<=")
OPS = {
    FactType.NUMBER: COMPARED,
    FactType.ORDERED: (*COMPARED, "in", "not_in"),
    FactType.CHOICE: ("=", "in", "not_in"),
    FactType.YES_NO: ("=",),
    FactType.CODES: ("any_of", "none_of"),
}


class BenefitKind(StrEnum):
    LIVING = "living"  # 生活类
    NURSING = "nursing"  # 护理类
    ALLOWANCE = "allowance"  # 津贴
    COUPON = "coupon"  # 服务券: `fen` is a month's ceiling, never money on a payment list


class Begins(StrEnum):
    MONTH_OF_APPLICATION = "month_of_application"
    MONTH_OF_APPROVAL = "month_of_approval"
    MONTH_AFTER_APPROVAL = "month_after_approval"
    MONTH_AGE_REACHED = "month_age_reached"


class StopCause(StrEnum):
    DEATH = "death"
    MOVED_OUT = "moved_out"
    LEVEL_CHANGED = "level_changed"
    INSTITUTION = "institution"
    OTHER_BENEFIT = "other_benefit"


class Ends(StrEnum):
    SAME_MONTH = "same_month"  # the month it happens in is not paid
    FOLLOWING_MONTH = "following_month"  # it is, and the next one is not


class AgeCounts(StrEnum):
    MONTH_REACHED = "month_reached"  # a birthday counts for the whole month it falls in
    FIRST_DAY = "first_day"  # it counts from the first month that begins on it or after it


class LeapBirthday(StrEnum):
    """When who was born on 29 February is a year older, in a year without one."""

    FEBRUARY_28 = "02-28"
    MARCH_1 = "03-01"


class How(StrEnum):
    EXCLUSIVE = "exclusive"  # one only: the person chooses, what is held stays
    TAKE_HIGHER = "take_higher"  # the higher amount; of equal ones the first named
    COMBINABLE = "combinable"


class Condition(Value):
    """`fact` of the catalogue, `op` and `wanted` as `OPS` allows them for its type."""

    fact: str
    op: str
    wanted: Wanted


class Conditions(Value):
    """Holds if all of `when` do and, where `any` is given, all of at least one of its lists."""

    code: Id
    when: tuple[Condition, ...] = ()
    any: tuple[tuple[Condition, ...], ...] = ()


class BenefitRow(Conditions):
    """Gives `fen` a month to whom it hits; None: nobody states the amount, so it is proposed and never paid.

    `source`: the phrase or rule the conditions are by, `fen_source` the amount.
    """

    fen: int | None
    source: str
    fen_source: str = ""


class OpenCase(Conditions):
    """Elders of whom no rule says whether they get it: cannot decide. `question` is for the county."""

    question: str


class Birthday(Value):
    counts: AgeCounts
    leap: LeapBirthday


class Start(Value):
    """`if_late`: for who asks after the month the age is reached; only with MONTH_AGE_REACHED."""

    begins: Begins
    if_late: Begins | None = None


class Stop(Value):
    cause: StopCause
    ends: Ends


class PublicNotice(Value):
    """公示. `again_days`: when it is posted once more after an upheld objection, in the same unit."""

    days: int
    unit: str
    again_days: int | None = None
    place: str | None = None


class Offset(Value):
    """How much of a bill a coupon pays, in percent."""

    place: str
    percent: int


class Benefit(Value):
    """One benefit as it stands in a month. Deadlines are in workdays.

    `unsaid`: nobody has said who gets it; only then `start` may be missing.
    """

    code: Id
    name: str
    kind: BenefitKind
    rows: tuple[BenefitRow, ...]
    unsaid: bool = False
    open: tuple[OpenCase, ...] = ()
    birthday: Birthday | None = None
    start: Start | None
    stops: tuple[Stop, ...]
    notice: PublicNotice | None = None
    deadlines: tuple[tuple[str, int], ...] = ()
    documents: tuple[str, ...] = ()
    offsets: tuple[Offset, ...] = ()


class Exclusivity(Value):
    code: Id
    between: tuple[Id, ...]
    how: How
    source: str


class BenefitRules(Value):
    """What is in force for `month` in a county, by which version of its pack."""

    county: Id
    version: Id
    hash: Sha256
    month: date
    benefits: tuple[Benefit, ...]
    exclusivity: tuple[Exclusivity, ...] = ()


# --- what an evaluation gives ----------------------------------------------------------------------------------------


class Outcome(StrEnum):
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    CANNOT_DECIDE = "cannot_decide"


class Tested(NamedTuple):
    """One condition, the value it met with source and day, and whether it passed; None: it cannot be said."""

    fact: str
    op: str
    wanted: Wanted
    value: FactValue | None
    source: str
    on: date | None
    passed: bool | None


class RowTrace(NamedTuple):
    row: str
    passed: bool | None
    when: tuple[Tested, ...]
    any: tuple[tuple[Tested, ...], ...]


class Short(NamedTuple):
    """A condition that failed. `gap`: by how many units of the fact, or, if `by_score`, points of the ability score."""

    tested: Tested
    gap: int | None
    by_score: bool = False


class NearMiss(NamedTuple):
    row: str
    shorts: tuple[Short, ...]


class Chance(NamedTuple):
    """A row that may yet hit."""

    row: str
    fen: int | None


class Proposal(NamedTuple):
    """What the rules of `month` say of one benefit for one elder, by which version. A named person decides.

    `missing`: the facts that would decide it; `open`: cases no rule speaks of; `possible`: what may yet come of it.
    """

    benefit: str
    kind: BenefitKind
    month: date
    version: str
    hash: str
    outcome: Outcome
    row: str | None
    fen: int | None
    missing: tuple[str, ...]
    open: tuple[str, ...]
    possible: tuple[Chance, ...]
    near: NearMiss | None
    rows: tuple[RowTrace, ...]
    open_rows: tuple[RowTrace, ...]

    @property
    def payable(self) -> bool:
        """Whether it may stand on a payment list: eligible, for an amount somebody states, in money."""
        return self.outcome is Outcome.ELIGIBLE and self.fen is not None and self.kind is not BenefitKind.COUPON


class Standing(StrEnum):
    """What becomes of a benefit beside the others of the same elder."""

    STANDS = "stands"
    GIVES_WAY = "gives_way"
    TO_CHOOSE = "to_choose"  # one only, and nothing says which: the person chooses
    CANNOT_DECIDE = "cannot_decide"
    NOT_ELIGIBLE = "not_eligible"


class Combined(NamedTuple):
    """`by`: the exclusivity that decided; `to`: what it gives way to, or may have to be chosen against."""

    proposal: Proposal
    standing: Standing
    by: str | None = None
    to: tuple[str, ...] = ()
