"""What township people change between lists, by whichever door: leave, pairs, posts, handovers, villages.

Each is checked wherever it reaches, changed in the register, and what moves because of it is handed in: a letter each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol, TypeVar

from decisions.deadlines import civil_day
from decisions.permits import HeldPost, Territory, gives_more
from models.errors import Refusal, Unfit
from models.ids import case_stream
from models.messages import Reassign, ReassignOwner, Reply
from models.roster import NoticeGiven
from models.values import Actor, AgreedHow, Channel, Role
from post.counter import Counter
from post.desk import LATER, Refused, Sort, Unknown

T = TypeVar("T")


class Came(NamedTuple):
    """`moved`: open visits or escalations that went over, `later`: those kept for later. `to_come`: its day has not.

    `asked`: open visits that are asked for once more, on another number.
    """

    moved: int = 0
    later: int = 0
    to_come: bool = False
    asked: int = 0


class Places(Protocol):
    def territory_of(self, elder_id: str) -> Territory | None: ...

    def places_of_volunteer(self, volunteer_id: str, *, and_open_visits: bool = False) -> tuple[Territory, ...]: ...

    def places_of_staff(self, staff_id: str, *, and_escalations: bool = False) -> tuple[Territory, ...]: ...

    def places_of_post(self, post_id: str) -> tuple[Territory, ...]: ...

    def place_of_area(self, area_id: str) -> tuple[Territory, ...]: ...

    def posts_of(self, staff_id: str, now: datetime) -> tuple[HeldPost, ...]: ...

    def roles_of_post(self, post_id: str) -> tuple[tuple[Role, Territory], ...]: ...

    def roles_of_staff(self, staff_id: str) -> tuple[tuple[Role, Territory], ...]: ...


class People(Protocol):
    """`adapters.sql_people.SqlPeople`. Each raises LookupError for an id that nobody has."""

    def volunteer_leave(self, volunteer_id: str, from_on: date, to_on: date, by: Actor, at: datetime) -> list[str]: ...

    def pair(self, volunteer_id: str, elder_id: str, from_on: date, by: Actor, at: datetime, *, end: bool) -> bool: ...

    def elders_asked(self, volunteer_id: str) -> list[str]: ...

    def end_category(self, elder_id: str, category: str, to_on: date, by: Actor, at: datetime) -> bool: ...

    def staff_leave(self, staff_id: str, from_on: date, to_on: date, by: Actor, at: datetime) -> int: ...

    def deputy(self, post_id: str, deputy_id: str | None, by: Actor, at: datetime) -> None: ...

    def holder(self, post_id: str, holder_id: str, by: Actor, at: datetime) -> bool: ...

    def handover(self, from_id: str, to_id: str, by: Actor, at: datetime) -> list[tuple[str, str]]: ...


class Volunteers(Protocol):
    """`adapters.sql_volunteers.SqlVolunteers`. Each raises LookupError for an id that nobody has."""

    def bar(self, volunteer_id: str, why: str, by: Actor, at: datetime) -> list[str] | Refusal: ...

    def lift(self, volunteer_id: str, why: str, by: Actor, at: datetime) -> Refusal | None: ...

    def consent(self, volunteer_id: str, given_on: date, how: AgreedHow, by: Actor, at: datetime) -> Refusal | None: ...

    def new_phone(self, volunteer_id: str, said: str, by: Actor, at: datetime) -> tuple[int, list[str]] | Refusal: ...


class Areas(Protocol):
    """`adapters.sql_areas.SqlAreas`. Raises LookupError, and ValueError for what is no pair of villages."""

    def rename(self, area_id: str, name: str, from_on: date, by: Actor, at: datetime) -> None: ...

    def merge(self, from_id: str, into_id: str, from_on: date, by: Actor, at: datetime) -> int: ...


class Notices(Protocol):
    def give_notice(self, elder_id: str, given: NoticeGiven, by: Actor, at: datetime) -> bool: ...


class PeopleSteps:
    """Each step raises Refused and Unknown before anything is written."""

    def __init__(
        self, counter: Counter, places: Places, people: People, areas: Areas, notices: Notices,
        now: Callable[[], datetime], volunteers: Volunteers,
    ) -> None:  # fmt: skip
        self._volunteers = volunteers
        self._notices = notices
        self._counter = counter
        self._places = places
        self._people = people
        self._areas = areas
        self._now = now

    # --- volunteers ------------------------------------------------------------------------------------------------

    async def volunteer_leave(self, staff: str, volunteer: str, from_on: date, to_on: date) -> Came:
        """Open visits are given to others at once, or on the day on which the leave begins."""
        now = self._now()
        at_once = from_on <= civil_day(now) <= to_on

        def entered() -> list[str]:
            by = self._over_volunteer(staff, "volunteer", volunteer, and_open_visits=at_once)
            return self._people.volunteer_leave(volunteer, from_on, to_on, by, now)

        came = await self._give_away(staff, volunteer, await asyncio.to_thread(entered), None, "on_leave")
        return came._replace(to_come=from_on > civil_day(now))

    async def reassign_all(self, staff: str, volunteer: str, to: str | None, unfit: Unfit | None = None) -> Came:
        """Everything open that they hold, to another (None: whom assignment chooses). Raises NotFit for who cannot."""

        def held() -> list[str]:
            self._over_volunteer(staff, "reassign", volunteer, and_open_visits=True)
            return self._people.elders_asked(volunteer)

        elders = await asyncio.to_thread(held)
        return await self._give_away(staff, volunteer, elders, to, "staff", unfit)

    async def bar(self, staff: str, volunteer: str, why: str) -> Came:
        """Nobody is asked of them any more, and their link opens nothing; what they hold goes to others at once."""

        def barred() -> list[str] | Refusal:
            by = self._over_volunteer(staff, "bar_volunteer", volunteer, and_open_visits=True)
            return self._volunteers.bar(volunteer, why, by, self._now())

        return await self._give_away(staff, volunteer, _taken(await asyncio.to_thread(barred)), None, "barred")

    async def lift_bar(self, staff: str, volunteer: str, why: str) -> None:
        def lifted() -> Refusal | None:
            by = self._over_volunteer(staff, "bar_volunteer", volunteer)
            return self._volunteers.lift(volunteer, why, by, self._now())

        _taken(await asyncio.to_thread(lifted))

    async def consent(self, staff: str, volunteer: str, given_on: date, how: AgreedHow) -> None:
        """They agree to be asked and texted: for the first time, or again after 退订."""

        def given() -> Refusal | None:
            by = self._over_volunteer(staff, "volunteer", volunteer)
            return self._volunteers.consent(volunteer, given_on, how, by, self._now())

        _taken(await asyncio.to_thread(given))

    async def new_phone(self, staff: str, volunteer: str, phone: str) -> Came:
        """Who has given up texts has given them up on any number, until they consent anew."""

        def entered() -> tuple[int, list[str]] | Refusal:
            by = self._over_volunteer(staff, "volunteer", volunteer, and_open_visits=True)
            return self._volunteers.new_phone(volunteer, phone, by, self._now())

        asked, away = _taken(await asyncio.to_thread(entered))
        return (await self._give_away(staff, volunteer, away, None, "opted_out"))._replace(asked=asked)

    async def _give_away(
        self, staff: str, volunteer: str, elders: Sequence[str], to: str | None, reason: str, unfit: Unfit | None = None
    ) -> Came:  # fmt: skip
        replies: list[Reply] = []
        for elder in elders:
            named = {to: unfit} if to else None
            head = await asyncio.to_thread(
                self._counter.head, staff, "reassign", elder, None, Channel.CONSOLE, None, named
            )
            why = {"reason": reason, "from_id": volunteer, "volunteer_id": to}
            replies.append(await self._counter.hand_in(case_stream(elder), elder, Reassign, **head, **why))
        return came_of(replies)

    def _over_volunteer(self, staff: str, action: str, volunteer: str, *, and_open_visits: bool = False) -> Actor:
        places = self._places.places_of_volunteer(volunteer, and_open_visits=and_open_visits)
        return self._counter.desk.actor_over(staff, action, volunteer, places, Unknown(Sort.VOLUNTEER, volunteer))

    async def pair(self, staff: str, volunteer: str, elder: str, from_on: date, *, end: bool) -> None:
        """Raises Refused: an older volunteer is not their own visitor."""

        def paired() -> None:
            home, place = self._places.places_of_volunteer(volunteer), self._places.territory_of(elder)
            both = (*home, place) if home and place else ()
            nobody = Unknown(Sort.ELDER, elder) if home else Unknown(Sort.VOLUNTEER, volunteer)
            by = self._counter.desk.actor_over(staff, "volunteer", volunteer, both, nobody)
            if not self._people.pair(volunteer, elder, from_on, by, self._now(), end=end):
                raise Refused(Refusal.OWN_VISITOR)

        await asyncio.to_thread(paired)

    # --- elders ---------------------------------------------------------------------------------------------------

    async def end_category(self, staff: str, elder: str, category: str, to_on: date) -> bool:
        """False: on that day it was not theirs."""

        def ended() -> bool:
            by = self._counter.desk.actor(staff, "end_category", elder)
            return self._people.end_category(elder, category, to_on, by, self._now())

        return await asyncio.to_thread(ended)

    async def notice(self, staff: str, elder: str, version: str, given_on: date, given_by: str) -> bool:
        """False: it is known already."""

        def told() -> bool:
            by = self._counter.desk.actor(staff, "notice", elder)
            given = NoticeGiven(version=version, given_on=given_on, given_by=given_by)
            return self._notices.give_notice(elder, given, by, self._now())

        return await asyncio.to_thread(told)

    # --- staff -----------------------------------------------------------------------------------------------------

    async def staff_leave(self, staff: str, person: str, from_on: date, to_on: date) -> None:
        def entered() -> None:
            places = self._places.places_of_staff(person)
            by = self._counter.desk.actor_over(staff, "staff", person, places, Unknown(Sort.STAFF, person))
            self._people.staff_leave(person, from_on, to_on, by, self._now())

        await asyncio.to_thread(entered)

    async def deputy(self, staff: str, post: str, to: str | None) -> None:
        """None: nobody stands in any more."""

        def named() -> None:
            by = self._over_post(staff, post, to)
            self._people.deputy(post, to, by, self._now())

        await asyncio.to_thread(named)

    async def holder(self, staff: str, post: str, to: str) -> None:
        """Whoever takes a vacant post. One that is held goes by a handover, with all that is open."""

        def named() -> bool:
            by = self._over_post(staff, post, to)
            return self._people.holder(post, to, by, self._now())

        if not await asyncio.to_thread(named):
            raise Refused(Refusal.POST_HELD)

    def _over_post(self, staff: str, post: str, to: str | None) -> Actor:
        places = self._places.places_of_post(post)
        by = self._counter.desk.actor_over(staff, "staff", post, places, Unknown(Sort.POST, post))
        if to is not None:
            self._colleague(to, places)
            self._not_more_for_themself(staff, to, self._places.roles_of_post(post))
        return by

    def _not_more_for_themself(self, staff: str, to: str, taken: Sequence[tuple[Role, Territory]]) -> None:
        """Raises Refused: who names themself takes no powers by it that they do not have there already."""
        posts = self._places.posts_of(staff, self._now())
        if staff == to and any(gives_more(role, posts, at) for role, at in taken):
            raise Refused(Refusal.NAMED_THEMSELF)

    async def handover(self, staff: str, person: str, to: str) -> Came:
        """B takes every post of A, and everything open of A moves, each with a fact."""

        def taken() -> list[tuple[str, str]]:
            places = self._places.places_of_staff(person, and_escalations=True)
            by = self._counter.desk.actor_over(staff, "staff", person, places, Unknown(Sort.STAFF, person))
            self._colleague(to, places)
            self._not_more_for_themself(staff, to, self._places.roles_of_staff(person))
            return self._people.handover(person, to, by, self._now())

        replies: list[Reply] = []
        for escalation, elder in await asyncio.to_thread(taken):
            head = await asyncio.to_thread(
                self._counter.head, staff, "reassign_owner", elder, None, Channel.CONSOLE
            )  # fmt: skip
            replies.append(await self._counter.hand_in(escalation, elder, ReassignOwner, **head, staff_id=to))
        return came_of(replies)

    def _colleague(self, staff_id: str, places: tuple[Territory, ...]) -> None:
        """Raises Unknown unless this is somebody on the staff of that county: no case is put in strange hands."""
        theirs = {place.county_id for place in self._places.places_of_staff(staff_id)}
        if not theirs & {place.county_id for place in places}:
            raise Unknown(Sort.STAFF, staff_id)

    # --- villages --------------------------------------------------------------------------------------------------

    async def rename(self, staff: str, area: str, name: str, from_on: date) -> Came:
        """Raises LookupError too, for a day on which it had a still earlier name."""

        def renamed() -> None:
            self._areas.rename(area, name, from_on, self._over_areas(staff, area), self._now())

        await asyncio.to_thread(renamed)
        return Came(to_come=from_on > civil_day(self._now()))

    async def merge(self, staff: str, area: str, into: str, from_on: date) -> Came:
        """`moved`: how many elders go over. Raises ValueError for what is no pair of villages as they are today."""

        def merged() -> int:
            return self._areas.merge(area, into, from_on, self._over_areas(staff, area, into), self._now())

        return Came(await asyncio.to_thread(merged), to_come=from_on > civil_day(self._now()))

    def _over_areas(self, staff: str, *areas: str) -> Actor:
        """An area that is none is the register's to refuse."""
        places = tuple(place for area in areas for place in self._places.place_of_area(area))
        if len(places) == len(areas):
            return self._counter.desk.actor_over(staff, "area", areas[0], places)
        return self._counter.desk.actor(staff, "area", None)


def _taken(answer: T | Refusal) -> T:
    """What came of it. Raises Refused."""
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answer


def came_of(replies: Sequence[Reply]) -> Came:
    """How many of the steps were taken, and how many are kept for later."""
    return Came(sum(reply.accepted for reply in replies), sum(reply.refusal == LATER for reply in replies))
