"""What can happen to a county's months: closed, listed, checked, approved. Import from `models.events`."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from models.case_events import Event
from models.payments import AgeChange, CountyRules, Drawn, MonthSnapshot
from models.policy import PolicySlice
from models.values import Id, Sha256, added

ListStage = Literal["checking", "approving", "returned"]


class CountyOpened(Event):
    """The stream begins. `first`: the first month that is listed."""

    kind: Literal["CountyOpened"] = "CountyOpened"
    county_id: Id
    first: date
    policy: PolicySlice
    rules: CountyRules
    edition: int = added(1)


class CountyRulesAdopted(Event):
    kind: Literal["CountyRulesAdopted"] = "CountyRulesAdopted"
    policy: PolicySlice
    rules: CountyRules


class MonthClosed(Event):
    """月探访率, frozen."""

    kind: Literal["MonthClosed"] = "MonthClosed"
    snapshot: MonthSnapshot


class ListDrawn(Event):
    """The `n`th drawing of the list of `month`. Its lines are kept under `drawn.sha256`."""

    kind: Literal["ListDrawn"] = "ListDrawn"
    month: date
    n: int
    drawn: Drawn
    due_at: AwareDatetime


class ListChecked(Event):
    kind: Literal["ListChecked"] = "ListChecked"
    month: date
    n: int
    sha256: Sha256
    due_at: AwareDatetime


class ListReturned(Event):
    kind: Literal["ListReturned"] = "ListReturned"
    month: date
    n: int
    sha256: Sha256
    due_at: AwareDatetime


class ListApproved(Event):
    """The actor, who is not who checked it, answers for it. `changes` by age take effect with it."""

    kind: Literal["ListApproved"] = "ListApproved"
    month: date
    n: int
    drawn: Drawn
    checked_by: Id
    changes: tuple[AgeChange, ...]


class ListReminded(Event):
    kind: Literal["ListReminded"] = "ListReminded"
    month: date
    stage: ListStage
    owner: Id | None
