"""What the register gives a reason for and nobody has asked: found within one's territory, and asked for one by one.

Each is asked under a key of what was found, so that a scan told again asks nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol

from decisions import benefit_scanning, scanning
from decisions.benefit_scanning import ToOffer
from decisions.benefit_time import month_of
from decisions.deadlines import civil_day
from decisions.permits import HeldPost, areas_where
from decisions.scanning import ToAsk
from models.assessment_messages import RequestAssessment
from models.benefits import BenefitRules
from models.claim_messages import FactsChanged
from models.claims import Heard
from models.ids import assessment_stream, benefit_stream
from models.messages import Reply
from models.values import Channel
from post.counter import Counter

BACK_DAYS = 31  # a scan a month misses nobody


class OfCounty(Protocol):
    @property
    def rules(self) -> BenefitRules: ...

    @property
    def elders(self) -> Iterable[benefit_scanning.Scanned]: ...


class Register(NamedTuple):
    """What the register says of whoever lives within these areas, on a day or for a month."""

    to_assess: Callable[[Collection[str], date], Iterable[scanning.Scanned]]
    to_give: Callable[[Collection[str], date], Sequence[OfCounty]]
    posts_of: Callable[[str, datetime], tuple[HeldPost, ...]]


class Scans:
    def __init__(self, counter: Counter, register: Register, now: Callable[[], datetime]) -> None:
        self._counter = counter
        self._register = register
        self._now = now

    def assessments(self, staff: str, on: date | None = None, days: int = BACK_DAYS) -> list[ToAsk]:
        """By elder; the reading is kept first. Raises Refused."""
        areas, day = self._areas(staff, "assessment_scan"), on or civil_day(self._now())
        return list(scanning.to_ask(self._register.to_assess(areas, day), day, days))

    async def ask_assessment(self, staff: str, one: ToAsk) -> Reply:
        head = await asyncio.to_thread(
            self._counter.head, staff, "request_assessment", one.elder_id, None, Channel.CONSOLE, key=one.key
        )
        stream = assessment_stream(one.elder_id)
        return await self._counter.hand_in(stream, one.elder_id, RequestAssessment, **head, trigger=one.trigger)

    def benefits(self, staff: str) -> list[ToOffer]:
        """By county, then elder, as of this month; the reading is kept first. Raises Refused."""
        areas = self._areas(staff, "benefit_scan")
        counties = self._register.to_give(areas, self.month())
        return [one for county in counties for one in benefit_scanning.to_offer(county.rules, county.elders)]

    async def ask_benefits(self, staff: str, one: ToOffer) -> Reply:
        key = benefit_scanning.key_of(one, civil_day(self._now()))
        head = await asyncio.to_thread(
            self._counter.head, staff, "benefit_scan", one.elder_id, None, Channel.CONSOLE, key=key
        )
        stream = benefit_stream(one.elder_id)
        return await self._counter.hand_in(stream, one.elder_id, FactsChanged, **head, heard=Heard.REGISTER)

    def month(self) -> date:
        return month_of(civil_day(self._now()))

    def _areas(self, staff: str, action: str) -> tuple[str, ...]:
        self._counter.seen(self._counter.desk.actor(staff, action, None), action, "")
        return areas_where(action, self._register.posts_of(staff, self._now()))
