"""A village with its township's officer and its county, and a year behind them, by the real register, rules and post.

Nobody waits: the clock jumps to the next moment at which a case wakes, a letter is due or somebody acts, rounded up to
`STEP`, so that what comes within twenty minutes comes together.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import event, func, select

from adapters import areas, database, sample
from adapters.database import reading
from bench.pages.engine import Engine as Streams
from bench.pages.people import Deciders, Diary, Officers, Volunteers
from decisions.deadlines import civil_day, instant, months_after
from demo import assessors
from models.roster import CloseRoster, ImportChunk, OpenRoster, RosterKind
from models.tables import LetterRow, Volunteer, table_of
from models.values import Actor, ActorKind, Role
from post.desk import Desk
from post.dispatch import Dispatch
from settings import Settings
from wiring import House

LETTERS, VOLUNTEERS = table_of(LetterRow), table_of(Volunteer)
COUNTY = "example-cq"
TOWNSHIPS = "fengjie"  # whose names of townships are used: 33
BEGUN = date(2025, 1, 1)
STEP = timedelta(minutes=20)
DAY = timedelta(days=1)
ROWS = 500
Say = Callable[[str], None]


@dataclass(frozen=True)
class Year:
    """`until`: the hour at which the store stops; `since`: the day on which its elders were listed."""

    until: datetime
    months: int = 12

    @property
    def since(self) -> date:
        """So late in its month that the first visit is of the next."""
        return months_after(civil_day(self.until).replace(day=1), 1 - self.months) - timedelta(days=3)


class Here(ThreadPoolExecutor):
    """No thread: what would run in one runs at once. One store, one clock, nobody to wait for."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **named))
        except Exception as error:  # noqa: BLE001 — it is whoever waits for it who hears it
            done.set_exception(error)
        return done


@dataclass(frozen=True)
class Cell:
    """One village: its people, and the die by which its year falls."""

    elders: int
    volunteers: int
    seed: int


async def live(folder: Path, year: Year, cell: Cell, say: Say) -> None:
    """The village's year, in a store on SQLite in `folder`, whose keyring is there already."""
    asyncio.get_running_loop().set_default_executor(Here())
    clock = instant(year.since) + timedelta(hours=10)
    house = House(Settings(data_dir=folder, county=COUNTY, lists_since=year.since.replace(day=1)), lambda: clock)
    event.listen(house.engine, "connect", _in_haste)
    database.migrate(house.settings.store_url)
    chance = Random(cell.seed)
    _found(house, folder, cell)
    streams, diary = Streams(house, chance), Diary()
    desk = Desk(house.desk_store, streams, house.now)  # pyright: ignore[reportArgumentType]
    dispatch = Dispatch(house.letterbox, house.inbox, streams, house.now)  # pyright: ignore[reportArgumentType]
    people, officers = Volunteers(house, diary, chance, _phones(house)), Officers(house, desk, diary, chance)
    decide = Deciders(house, desk, diary, chance)
    planned = False
    next_look, next_pay, month = clock, clock + DAY, clock.month
    while True:
        busy = True
        while busy:
            busy = bool(streams.wake())
            busy |= bool(await dispatch.dispatch_due(clock))
            busy |= bool(people.look()) | bool(await diary.do(clock)) | bool(streams.send())
        if not planned:
            decide.plan(year.since, civil_day(year.until))
            planned = True
        if clock >= next_look:
            officers.look()
            next_look = clock + timedelta(hours=3)
        if clock >= next_pay:
            await decide.pay()
            next_pay = clock + DAY
            if clock.month != month:
                month = clock.month
                say(f"{clock:%Y-%m}")
            continue  # what was paid is told at once
        moments = [streams.next_wakeup(), diary.next(), _letters_due(house), next_look, next_pay]
        if streams.unsent:
            moments.append(clock + timedelta(minutes=30))
        after = min(moment for moment in moments if moment is not None)
        clock = max(clock + STEP, _round_up(after))
        if clock > year.until:
            house.engine.dispose()
            return


def _found(house: House, folder: Path, cell: Cell) -> None:
    """County and townships, the pack in force, and everybody by the roster import."""
    house.register.found_county("示范县", areas.townships_of(TOWNSHIPS), BEGUN)
    house.activate_policy(COUNTY, BEGUN, "bench")
    kept, sample.VILLAGES_PER_TOWNSHIP = sample.VILLAGES_PER_TOWNSHIP, 1
    try:
        sample.write_sample(folder / "sample", cell.elders, cell.volunteers, cell.seed, townships=1, county=TOWNSHIPS)
    finally:
        sample.VILLAGES_PER_TOWNSHIP = kept
    by, at = Actor(id="bench", kind=ActorKind.STAFF, role=Role.ADMIN), house.now()
    on = civil_day(at)
    for kind in (RosterKind.STAFF, RosterKind.ELDERS, RosterKind.VOLUNTEERS):
        sha256 = house.rosters.keep((folder / "sample" / f"{kind.value}.csv").read_bytes())
        shape = house.rosters.open_roster(OpenRoster(sha256=sha256, kind=kind, on=on), _beat)
        for offset in range(0, shape.accepted, ROWS):
            chunk = ImportChunk(sha256=sha256, kind=kind, offset=offset, limit=ROWS, by=by, at=at, on=on, start_on=on)
            house.rosters.import_chunk(chunk, _beat)
        house.rosters.close_roster(CloseRoster(sha256=sha256, kind=kind, by=by, at=at, shape=shape, unchanged=0))
    assessors.settle_in(house, BEGUN)


def _phones(house: House) -> frozenset[str]:
    with reading(house.engine) as connection:
        return frozenset(map(house.sealer.open, connection.execute(select(VOLUNTEERS.c.phone_enc)).scalars()))


def _letters_due(house: House) -> datetime | None:
    query = select(func.min(func.coalesce(LETTERS.c.next_try_at, LETTERS.c.send_not_before)))
    with reading(house.engine) as connection:
        return connection.execute(query.where(LETTERS.c.state == "due")).scalar()


def _round_up(at: datetime) -> datetime:
    return datetime.fromtimestamp(math.ceil(at.timestamp() / STEP.total_seconds()) * STEP.total_seconds(), UTC)


def _in_haste(connection: object, _entry: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")  # pyright: ignore[reportAttributeAccessIssue]  # nothing here must survive


def _beat(_line: int) -> None:
    return
