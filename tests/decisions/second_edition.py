"""Edition 2 as the tests bring it, by hand: nobody is reminded, and a rung of the ladder lasts a day longer."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from decisions import case_time, edition, escalation
from decisions.case_state import State, Visit
from decisions.edition import Edition, under
from models.values import Period

BOTH = (Edition(1, date(2026, 11, 22), "最初的规则"), Edition(2, date(2026, 12, 1), "不提醒，每级多等一天"))

wakeup_1, climbs_1 = case_time._visit_wakeup, escalation.climbs_at


def wakeup_2(state: State, visit: Visit) -> datetime:
    return wakeup_1(state, visit.model_copy(update={"period": _without_reminders(visit.period)}))


def _without_reminders(period: Period) -> Period:
    return period.model_copy(update={"remind_at": ()})


def climbs_2(state: escalation.State, rung: int, now: datetime) -> datetime:
    return climbs_1(state, rung, now) + timedelta(days=1)


def bring(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deploy of code that knows both editions: the old rule stays beside the new one."""

    def wakeup(state: State, visit: Visit) -> datetime:
        return under(visit.edition, {1: wakeup_1, 2: wakeup_2})(state, visit)

    def climbs_at(state: escalation.State, rung: int, now: datetime) -> datetime:
        return under(state.edition, {1: climbs_1, 2: climbs_2})(state, rung, now)

    monkeypatch.setattr(edition, "EDITIONS", BOTH)
    monkeypatch.setattr(case_time, "_visit_wakeup", wakeup)
    monkeypatch.setattr(escalation, "climbs_at", climbs_at)


def change_without_an_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    """What must not be deployed: the old rule is gone, and running cases are of the old one."""
    monkeypatch.setattr(case_time, "_visit_wakeup", wakeup_2)
    monkeypatch.setattr(escalation, "climbs_at", climbs_2)
