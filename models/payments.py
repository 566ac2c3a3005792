"""What is paid in a month: the lines of a county's payment list, what they come of, and a month that is closed.

Values only; money is integer fen. A month is the date of its first day. A coupon is no money and stands on no list.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, StrictInt

from models.benefits import BenefitKind
from models.policy import Delay
from models.values import Id, Sha256, Value, added


class NotAPayList(ValueError):
    """A file is no list that was exported here."""


class WrongCell(NamedTuple):
    """A cell of a sheet that is not as the list has it: on which sheet, in which line and column, and both values."""

    sheet: str
    line: int
    column: str
    ours: str
    theirs: str


class LineKind(StrEnum):
    PAY = "pay"  # of the list's own month
    BACK_PAY = "back_pay"  # 补发: of a month before, not listed or listed too low
    CLAW_BACK = "claw_back"  # 追回: listed, and not due by what is known now; below 0


class PayLine(Value):
    """`fen` of one benefit of one elder for `month`, of which `due_fen` is due in all by what was known.

    `because`: the row it is given by, or why it ended.
    `by_age`: an amount or a row that an age has brought and nobody has confirmed: whoever approves the list does.
    """

    elder_id: Id
    code: Id
    n: int
    month: date
    kind: LineKind
    fen: StrictInt
    due_fen: StrictInt
    row: Id
    because: Id
    township_id: Id
    village_id: Id
    by_age: bool = False


class Span(Value):
    """What an approved claim gives: `fen` a month from `from_month` to `through`; None: no end is known.

    `fen` None: nobody states the amount. `held`: a death is reported. `by_age`: proposed, and not confirmed.
    """

    elder_id: Id
    code: Id
    n: int
    kind: BenefitKind
    row: Id
    fen: StrictInt | None
    from_month: date
    through: date | None
    held: bool
    ended: Id | None
    township_id: Id
    village_id: Id
    by_age: bool = False


class Listed(Value):
    """What approved lists hold of one benefit of one elder for one month, summed."""

    elder_id: Id
    code: Id
    n: int
    month: date
    fen: StrictInt
    row: Id
    township_id: Id
    village_id: Id


class Drawn(Value):
    """A list as it was drawn: `sha256` is that of its lines. `fen`: PAY and BACK_PAY; `claw_back_fen` is below 0 or 0.

    `held`: entitlements left out because a death is reported; `unstated`: because nobody states how much.
    """

    sha256: Sha256
    lines: int
    fen: StrictInt
    back_pay_fen: StrictInt
    claw_back_fen: StrictInt
    held: int
    unstated: int


class TownshipRate(Value):
    """月探访率 of a township, as `projections.rates` counts it."""

    township_id: Id
    listed: int
    seen: int
    excused: int


class MonthSnapshot(Value):
    """A month of visits as it was known at `known_at`; what is entered later changes nothing of it."""

    month: date
    known_at: AwareDatetime
    townships: tuple[TownshipRate, ...]


class CountyRules(Value):
    """On `day` of a month the month before is closed and the list is drawn; then it is checked and approved in time.

    `since`: the first month that is listed; None: that in which the county begins.
    """

    day: int
    checking: Delay
    approving: Delay
    remind_days: int
    since: date | None = added(None)


class AgeChange(Value):
    """A change by age that stands on a list, from `month` on: approved with it."""

    elder_id: Id
    code: Id
    row: Id
    fen: StrictInt | None
    month: date
