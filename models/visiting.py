"""One visit as whoever is asked to make it sees it on a page of its own, and what they tick there."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime

from models.values import Checks, Id, Method, Need, Value, VisitResult


class VisitTask(Value):
    """A visit and the volunteer it was asked of: what a link or a code stands for, and nothing else."""

    visit_id: Id
    volunteer_id: Id
    elder_id: Id
    ends_at: AwareDatetime


class TaskShown(Value):
    """`who` is what texts call the elder. `doors`: where they live, as on the volunteer's card.

    `result`, `visited_on`: what this volunteer has told of it. `attempts`: how often nobody was seen. `calls`: speaking
    by phone is a result.
    """

    task: VisitTask
    who: str
    village: str
    doors: tuple[str, ...]
    starts_at: AwareDatetime
    due_at: AwareDatetime
    attempts: int = 0
    result: VisitResult | None = None
    visited_on: date | None = None
    calls: bool = False


class Ticked(Value):
    """What was ticked on the page. `danger`: they say that the elder is in danger now."""

    result: VisitResult
    visited_on: date
    method: Method = Method.HOME
    checks: Checks = Checks()
    needs: tuple[Need, ...] = ()
    danger: bool = False


class Ways(Value):
    """How a volunteer gets to the page of one task: `path` of our own, or `code` typed in at `/v`."""

    task: VisitTask
    path: str
    code: str
