"""The demo from start to end: a synthetic county, real processes, scripted people, and a summary that can fail.

The county's month is `every` long. After the last period all is left to settle, the worker is stopped, and what stands
is examined at that instant.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import Connection, select
from temporalio.client import Client

from adapters import areas, database
from adapters.database import reading
from adapters.sample import write_sample
from audit.checks import failed
from audit.histories import collect
from audit.invariants import run_all
from audit.replay import Witness, replay
from audit.store import Store
from demo import assessors, board, logins, pay_lists, tamper
from demo.actors import Officers, Phones
from demo.processes import Processes
from demo.scenes import Scenes, until
from demo.script import LEAST_ELDERS, LEAST_VOLUNTEERS, Cast, cast
from models import ids
from models.roster import ImportRoster, RosterKind
from models.tables import CaseRow, Elder, Pairing, table_of
from models.values import Actor, ActorKind, CaseStatus, Role
from projections import read
from wiring import House
from workflows.options import CASES as QUEUE
from workflows.roster_import import RosterImportWorkflow

COUNTY = "demo"
MONTH = timedelta(seconds=40)
BEGUN = date(2020, 1, 1)
ELDERS_PER_MONTH = 150  # more elders than this lengthen the month: one machine carries so many
CASES, ELDERS, PAIRINGS = table_of(CaseRow), table_of(Elder), table_of(Pairing)
Say = Callable[[str], None]


@dataclass
class Plan:
    elders: int = 60
    volunteers: int = 8
    periods: int = 3
    seed: int = 1
    data_dir: Path | None = None
    console: Console | None = None  # the board is shown on it; None = headless

    def __post_init__(self) -> None:
        """Raises ValueError for a county in which not everybody's part has room."""
        for given, least, what in (
            (self.elders, LEAST_ELDERS, "位老人"),
            (self.volunteers, LEAST_VOLUNTEERS, "位志愿者"),
            (self.periods, 1, "期"),
        ):
            if given < least:
                raise ValueError(f"演示至少要有{least}{what}，现在是{given}{what}")

    @property
    def every(self) -> timedelta:
        return MONTH * max(1.0, self.elders / ELDERS_PER_MONTH)


LEAD = timedelta(seconds=12)  # before the first month begins, for the worker's start; a slow machine is given more
MOST = 0.8  # of a month: nobody who is enrolled in so much of its end is visited in it, by the demo's pack
ASKS_NOBODY = timedelta(seconds=8)  # the lead of the demo's pack: nobody is asked before


@dataclass
class Stage:
    """What the demo runs on."""

    plan: Plan
    processes: Processes
    house: House
    client: Client
    anchor_at: datetime
    hero: str = ""  # the elder the board follows
    phones: Phones | None = None
    officers: Officers | None = None


async def run(plan: Plan, say: Say) -> dict[str, Any]:
    """Play the whole demo and answer the summary. Everything started here is stopped here."""
    if plan.data_dir is not None:
        return await _in_folder(plan, plan.data_dir, say)
    with tempfile.TemporaryDirectory(prefix="tanfang-demo-") as folder:
        return await _in_folder(plan, Path(folder), say)


async def _in_folder(plan: Plan, folder: Path, say: Say) -> dict[str, Any]:
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    processes = Processes(folder, COUNTY, plan.every)
    try:
        say("启动本机流程引擎、办理程序和短信入口 …")
        stage = await begin(plan, processes, say)
        if plan.console is not None:
            logins.tell(stage.house, processes.web_url, plan.console)
        await play(stage, say)
        await settle(stage, say)
        processes.worker.stop()
        at = datetime.now(UTC)
        witnesses = await replay_all(stage, say)
        result = await summary(stage) | await examine(stage, witnesses, at, say)
        if plan.console is not None:
            await finale(stage, plan.console, witnesses, at)
        return result
    finally:
        processes.stop()


async def begin(plan: Plan, processes: Processes, say: Say) -> Stage:
    """A county with its people on running processes. The first month is set when only the worker is left to start: by
    how long all before it took, which tells how fast this machine is just now."""
    began = time.monotonic()
    house = House(processes.settings)
    database.migrate(house.settings.store_url)
    found_county(house)
    await processes.start()
    client = await house.connect()
    await import_county(plan, processes.folder, house, client, say)
    house.engine.dispose()
    took = timedelta(seconds=time.monotonic() - began)
    wanted = max(LEAD, 3 * took) + timedelta(seconds=plan.elders / 60)  # so many cases begin in a second
    lead = min(wanted, MOST * plan.every)
    anchor_at = datetime.now(UTC) + lead
    processes.start_worker(anchor_at)
    stage = Stage(plan, processes, House(processes.settings), client, anchor_at)
    await until_it_holds(lambda: _cases(stage.house) >= plan.elders)
    if datetime.now(UTC) > anchor_at + ASKS_NOBODY:
        raise RuntimeError("the cases were not open before the first month asks: the machine is too busy for the demo")
    say(f"{plan.elders}位老人已建档")
    return stage


def found_county(house: House) -> None:
    """The county, its townships, and its pack in force since the beginning of the year before."""
    house.register.found_county("示范县", areas.townships_of("fengjie"), BEGUN)
    house.activate_policy(COUNTY, BEGUN, "demo")


async def import_county(plan: Plan, folder: Path, house: House, client: Client, say: Say) -> None:
    """By the roster import, before any case can begin: the months do not wait for it, nor it for them."""
    write_sample(folder / "sample", plan.elders, plan.volunteers, plan.seed)
    by = Actor(id="demo", kind=ActorKind.STAFF, role=Role.ADMIN)
    with ThreadPoolExecutor(1) as threads:
        async with house.importer(client, threads):
            for kind in (RosterKind.STAFF, RosterKind.ELDERS, RosterKind.VOLUNTEERS):
                sha256 = house.rosters.keep((folder / "sample" / f"{kind.value}.csv").read_bytes())
                progress = await client.execute_workflow(
                    RosterImportWorkflow.run,
                    ImportRoster(sha256=sha256, kind=kind, by=by),
                    id=ids.roster_import_workflow(sha256),
                    task_queue=QUEUE,
                )
                say(f"导入{kind.value}：新增{progress.counts.created}，建档{progress.counts.cases}")
    assessors.settle_in(house, BEGUN)


def _cases(house: House) -> int:
    with reading(house.engine) as connection:
        return len(read.cases(connection))


async def play(stage: Stage, say: Say) -> None:
    """All periods, with everybody in their part."""
    plan, house = stage.plan, stage.house
    played = cast_of(house, plan)
    desk = house.desk(stage.client)
    phones = Phones(house, stage.processes.web_url, played.parts, stage.anchor_at, plan.every)
    officers = Officers(house, desk, played.parts, stage.anchor_at, plan.every)
    stage.hero, stage.phones, stage.officers = played.hero, phones, officers
    lives = [asyncio.create_task(phones.live()), asyncio.create_task(officers.live())]
    shown = board.Board(house, plan.console, played.hero) if plan.console else None
    if shown is not None:
        lives.append(asyncio.create_task(shown.live()))
    try:
        scenes = Scenes(house, desk, officers, played, stage.anchor_at, plan.every, plan.periods, say).begin()
        for period in range(plan.periods):
            await until(stage.anchor_at + period * plan.every)
            say(f"第{period + 1}期开始")
        await until(stage.anchor_at + plan.periods * plan.every)
        await asyncio.gather(*scenes)
        await _all_visits_settled(stage)
        await _resolve_the_rest(stage, officers)
    finally:
        phones.stopped = officers.stopped = True
        if shown is not None:
            shown.stopped = True
        await asyncio.gather(*lives)


def cast_of(house: House, plan: Plan) -> Cast:
    """Everybody's part, once all have a case."""
    with reading(house.engine) as connection:
        paired = set(connection.execute(select(PAIRINGS.c.elder_id)).scalars())
        return cast(_in_order(house, connection), paired, plan.periods, plan.seed)


def _in_order(house: House, connection: Connection) -> list[str]:
    """Whoever has a case, by ID number: our ids are other ones in every run."""
    query = select(ELDERS.c.id, ELDERS.c.id_number_enc).join(CASES, CASES.c.elder_id == ELDERS.c.id)
    numbers = {row.id: house.sealer.open(row.id_number_enc) for row in connection.execute(query)}
    return sorted(numbers, key=lambda elder: numbers[elder])


async def until_it_holds(holds: Callable[[], bool]) -> None:
    """Look again and again: other processes write what is looked at, so no event of ours can tell."""
    while True:
        if await asyncio.to_thread(holds):
            return
        await asyncio.sleep(0.2)


def periods_of(plan: Plan) -> list[str]:
    return [f"t{n}" for n in range(plan.periods)]


async def _all_visits_settled(stage: Stage) -> None:
    """No visit of the demo's periods is open any more."""

    def settled() -> bool:
        with reading(stage.house.engine) as connection:
            return not read.scheduled_by_state(connection, periods_of(stage.plan)).get("open")

    await until_it_holds(settled)


async def _resolve_the_rest(stage: Stage, officers: Officers) -> None:
    deadline = datetime.now(UTC) + stage.plan.every * 0.15
    while datetime.now(UTC) < deadline:
        with reading(stage.house.engine) as connection:
            if not read.open_escalations(connection):
                return
        await asyncio.sleep(0.2)


async def settle(stage: Stage, say: Say) -> None:
    """Until no letter is due, no text unread, nothing is waiting to be started; before the next period asks anybody."""
    say("等待在途的信件办完 …")
    await until_it_holds(lambda: not stage.house.letterbox.in_flight(datetime.now(UTC)))


async def replay_all(stage: Stage, say: Say) -> list[Witness]:
    """Every history of the engine, told again by the code."""
    house = stage.house
    say("核验：逐条重放流程历史，核对台账与各表 …")
    runs = await collect(stage.client, Store(house.engine, house.sealer))
    return await replay(runs, house.converter, plugins=[house.plugin])


async def examine(stage: Stage, witnesses: list[Witness], at: datetime, say: Say) -> dict[str, Any]:
    """Every promise, at the instant the worker has stopped; grace 0, because all was left to settle first."""
    store = Store(stage.house.engine, stage.house.sealer)
    checks = await asyncio.to_thread(run_all, store, witnesses, as_of=at)
    for check in failed(checks):
        say(f"不符 {check.name} {check.promise}：{'；'.join(check.offending[:3]) or '没有可查的'}")
    return {
        "replayed": sum(1 for witness in witnesses if witness.replayed),
        "invariants": {check.name: check.violations for check in checks},
        "examined": {check.name: check.examined for check in checks},
    }


async def finale(stage: Stage, console: Console, witnesses: list[Witness], at: datetime) -> None:
    """The month's rate, what was paid, one elder's story, a byte changed in a copy; then all stays up until Ctrl-C."""
    house = stage.house
    board.month_rates(house, console)
    board.payments(house, console)
    board.story(house, console, stage.hero)
    console.rule("改动台账副本中的一个字节")
    with tamper.copied(stage.processes.folder / "store.sqlite") as copy:
        stage.processes.worker.start()
        touched, found = await asyncio.to_thread(tamper.change_one_byte, copy, house.sealer, witnesses, at)
    console.print(f"改了 {touched}")
    for finding in found:
        console.print(f"[bold red]audit verify：{finding.told()}[/bold red]")
    logins.tell(house, stage.processes.web_url, console)
    console.rule(f"仍在运行，数据在 {stage.processes.folder}；按 Ctrl-C 结束")
    assert stage.phones is not None and stage.officers is not None
    await asyncio.gather(stage.phones.live_on(stage.hero), stage.officers.live_on(stage.hero))


async def summary(stage: Stage) -> dict[str, Any]:
    plan, house = stage.plan, stage.house
    with reading(house.engine) as connection:
        states = read.scheduled_by_state(connection, periods_of(plan))
        counts = {
            what: read.count_of(connection, what)
            for what in ("ad_hoc", "escalations", "resolved", "urgent", "sent", "received", "unclear", "assessed")
        }
        levels = read.levels(connection)
        money = pay_lists.money(connection, house.home)
        elders = len([row for row in read.cases(connection) if row.status != CaseStatus.CLOSED.value or row.closed_at])
    return {
        "elders": elders,
        "visits_opened": sum(states.values()),
        "visits_done": states.get("done", 0),
        "visits_late": states.get("late", 0),
        "visits_missed": states.get("missed", 0),
        "visits_cancelled": states.get("cancelled", 0),
        "visits_ad_hoc": counts["ad_hoc"],
        "escalations_opened": counts["escalations"],
        "escalations_resolved": counts["resolved"],
        "sms_sent": counts["sent"],
        "sms_received": counts["received"],
        "unclear_replies": counts["unclear"],
        "urgent": counts["urgent"],
        "assessments_confirmed": counts["assessed"],
        "levels": levels,
        **money._asdict(),
    }
