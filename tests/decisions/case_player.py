"""Plays one case by its pure functions alone: the workflow's loop without a workflow. Time moves by `until`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from decisions import care_case
from decisions.case_state import State
from models.events import Event
from models.messages import Assignment, CaseMessage, PeriodBriefing, Tick, Wanted
from models.policy import PolicySlice
from models.values import Actor, ActorKind, Channel, Evidence, Role, VisitResult
from policies import pack

VOLUNTEER = Actor(id="V-1", kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER)
OFFICER = Actor(id="S-1", kind=ActorKind.STAFF, role=Role.TOWNSHIP_OFFICER)
SECOND = Actor(id="S-2", kind=ActorKind.STAFF, role=Role.COUNTY_OFFICER)


def fengjie(year: int = 2026) -> PolicySlice:
    held = pack.load("fengjie")
    return pack.slice_of(held, next(iter(held.file.tiers)), date(year, 1, 1))


class CasePlayer:
    """`said` is every event with when it was recorded; `volunteers` are offered in turn, [] = nobody is left."""

    def __init__(
        self, enrolled_at: datetime, policy: PolicySlice | None = None, volunteers: tuple[str, ...] = ("V-1",),
        tags: tuple[str, ...] = (), edition: int = 1, elder: str = "E1", township: str = "T1",
        start_on: date = date(2020, 1, 1), county: str = "C1",
    ) -> None:  # fmt: skip
        self.now = enrolled_at
        self.policy = policy or fengjie(enrolled_at.year)
        self.volunteers = list(volunteers)
        self.tags = tags
        self.edition = edition
        self.start_on = start_on
        self.lives_in: tuple[str, str] = (township, "W1")
        self.state = State(elder_id=elder, county_id=county, township_id=township)
        self.said: list[tuple[Event, datetime]] = []
        self._keys = 0
        self._tick()

    # --- the loop ----------------------------------------------------------------------------------------------------

    def until(self, at: datetime) -> list[str]:
        """Let time pass to `at`; answers the kinds of what was recorded on the way."""
        before = len(self.said)
        while (wakeup := care_case.next_wakeup(self.state)) is not None and wakeup <= at:
            self.now = max(self.now, wakeup)
            if not self._tick():
                raise AssertionError(f"woken at {wakeup} and nothing to do")
        self.now = at
        return self.kinds(before)

    def tell(
        self, kind: type[Any], actor: Actor = OFFICER, channel: Channel = Channel.CONSOLE, **values: Any
    ) -> list[str]:
        self._keys += 1
        head = {"key": f"m-{self._keys}", "actor": actor, "channel": channel, "received_at": self.now}
        return self.hand(kind.model_validate({**head, **values}))

    def hand(self, message: CaseMessage) -> list[str]:
        before = len(self.said)
        if self.state.reply_to(message.key) is None:
            wanted = care_case.wants(self.state, message, self.now)
            self._record(care_case.decide(self.state, message, self.now, self._brief(wanted)))
        return self.kinds(before)

    def _tick(self) -> bool:
        tick = Tick(key=f"tick/{len(self.said)}")
        wanted = care_case.wants(self.state, tick, self.now)
        events = care_case.decide(self.state, tick, self.now, self._brief(wanted))
        self._record(events)
        return bool(events)

    def _record(self, events: tuple[Event, ...]) -> None:
        for event in events:
            self.state = care_case.evolve(self.state, event, self.now)
            self.said.append((event, self.now))

    def _brief(self, wanted: Wanted | None) -> PeriodBriefing | None:
        if wanted is None:
            return None
        assignment = None
        if wanted.visit_id is not None:
            able = [v for v in self.volunteers if v not in wanted.not_these]
            chosen = able[0] if able else None
            assignment = Assignment(
                visit_id=wanted.visit_id, volunteer_id=chosen, reason="paired" if chosen else "nobody"
            )
        return PeriodBriefing(
            start_on=self.start_on, policy=self.policy if self.policy != self.state.policy else None,
            assignment=assignment, village_id=self.lives_in[1], township_id=self.lives_in[0], spread_key="V-1",
            tags=self.tags, edition=self.edition,
        )  # fmt: skip

    # --- reading -----------------------------------------------------------------------------------------------------

    def kinds(self, since: int = 0) -> list[str]:
        return [type(event).__name__ for event, _ in self.said[since:]]

    def last(self, kind: type[Any]) -> Any:
        return next(event for event, _ in reversed(self.said) if isinstance(event, kind))

    def visit(self, period: str) -> Any:
        return self.state.visit(f"{self.state.elder_id}.{period}")

    # --- people ------------------------------------------------------------------------------------------------------

    def report(
        self, result: VisitResult = VisitResult.WELL, on: date | None = None, actor: Actor = VOLUNTEER,
        channel: Channel = Channel.SMS, **more: Any,
    ) -> list[str]:  # fmt: skip
        from models.messages import ReportVisit

        evidence = Evidence.SMS_DIGIT if channel is Channel.SMS else Evidence.STAFF
        today = (self.now + timedelta(hours=8)).date()
        return self.tell(
            ReportVisit, actor, channel,
            **{"visitor_id": actor.id, "result": result, "visited_on": on or today, "evidence": evidence, **more},
        )  # fmt: skip


def at(text: str) -> datetime:
    """An instant from Asia/Shanghai civil time, `2026-03-10 09:00`."""
    return (datetime.fromisoformat(text) - timedelta(hours=8)).replace(tzinfo=UTC)
