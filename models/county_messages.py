"""What a county's month can be told. Each is the one argument of an update of the same name.

`sha256`, `fen` and `claw_back_fen` are of the list that whoever decides has seen.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import AwareDatetime, StrictInt, model_validator

from models.messages import Message
from models.payments import AgeChange, CountyRules, Drawn, MonthSnapshot
from models.policy import PolicySlice
from models.values import Id, Role, Sha256, Value


class OfList(Message):
    """About the list of `month`."""

    month: date


class SeenList(OfList):
    sha256: Sha256
    fen: StrictInt
    claw_back_fen: StrictInt


class CheckList(SeenList):
    """A county officer has gone through it."""

    kind: Literal["check_list"] = "check_list"


class ApproveList(SeenList):
    """A second person answers for it: not who checked it. The month is frozen."""

    kind: Literal["approve_list"] = "approve_list"


class ReturnList(OfList):
    """It is not to be paid so; why is in the note. Drawn again when that is mended."""

    kind: Literal["return_list"] = "return_list"

    @model_validator(mode="after")
    def _why_is_told(self) -> Self:
        return self._in_the_note()


class DrawList(OfList):
    """What was returned is drawn again, from what is known now."""

    kind: Literal["draw_list"] = "draw_list"


CountyMessage = CheckList | ApproveList | ReturnList | DrawList


class CountyStart(Value):
    county_id: Id
    carried: str | None = None
    seq: int = 0
    head: Sha256 | None = None


# --- what a look-up brings in ----------------------------------------------------------------------------------------


class CountyQuestion(Value):
    """`law`: pack and rules, unless it is `known_policy`. `close`: the snapshot of this month's visits. `draw`: the
    list of this month, drawn from what is known now and kept under its hash. `stands`: whether the list with these
    lines, of `of_month`, is still what is due, and its changes by age. `remind`: who holds this post today.
    """

    county_id: Id
    at: AwareDatetime
    law: bool = False
    known_policy: Sha256 | None = None
    close: date | None = None
    draw: date | None = None
    stands: Sha256 | None = None
    of_month: date | None = None
    remind: Role | None = None


class CountyBriefing(Value):
    """`policy` is a slice of the pack for its version and calendar: that of the tier whose visits are closest."""

    policy: PolicySlice | None = None
    rules: CountyRules | None = None
    snapshot: MonthSnapshot | None = None
    drawn: Drawn | None = None
    changes: tuple[AgeChange, ...] = ()
    unlike: int = 0  # lines that would not be drawn so today
    owner: Id | None = None
    edition: int = 1
