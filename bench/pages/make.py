"""Makes the stores: some villages are lived, the rest are copies of them, the county's months are drawn from all."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import multiprocessing
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from datetime import time as hour
from multiprocessing.process import BaseProcess
from pathlib import Path

import structlog

from adapters.database import writing
from adapters.sealing import Keyring, Sealer
from bench.pages import cell, county
from bench.pages.cell import Cell, Year
from bench.pages.copies import Template, alike
from bench.pages.stores import Rows, Store, engine_of, serving
from decisions.deadlines import instant
from models.ids import county_area
from settings import Settings
from wiring import House

HOME = county_area(cell.COUNTY)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """`lived`: villages that are lived, each by its own die; every other is a copy of one of them."""

    elders: int = 100_000
    villages: int = 350
    townships: int = 33
    lived: int = 2
    seed: int = 1
    until: date = date(2026, 11, 27)
    months: int = 12

    @property
    def cells(self) -> list[Cell]:
        each = round(self.elders / self.villages)
        return [Cell(each, max(3, round(each / 10)), self.seed + n) for n in range(self.lived)]

    @property
    def year(self) -> Year:
        return Year(instant(self.until, hour(20)), self.months)

    def township_of(self, village: int) -> int:
        return village * self.townships // self.villages


def make(plan: Plan, folder: Path, dialects: tuple[str, ...], say: Say) -> dict[str, float]:
    """Seconds by what was done. Villages that were lived before by the same plan are taken as they are."""
    took: dict[str, float] = {}
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    _live(plan, folder, say)
    took["lived"] = time.monotonic() - began
    for dialect in dialects:
        began = time.monotonic()
        home = folder / dialect
        shutil.rmtree(home / "sample", ignore_errors=True)
        home.mkdir(exist_ok=True)
        shutil.copy(_ring(plan, folder), home / "county.key")
        with serving(dialect, home, anew=True) as store:
            rows = fill(plan, folder, store, say)
        took[dialect] = time.monotonic() - began
        made = {"plan": asdict(plan) | {"until": plan.until.isoformat()}, "rows": rows, "took": took}
        (home / "made.json").write_text(json.dumps(made, indent=1), encoding="utf-8")
    return took


def _ring(plan: Plan, folder: Path) -> Path:
    """One keyring for all, from the seed: ids are made with it, so they are the same each time."""
    path = folder / "county.key"
    key = base64.b64encode(hashlib.sha256(f"bench-{plan.seed}".encode()).digest()).decode()
    path.write_text(json.dumps({"current": "k1", "keys": {"k1": key}}), encoding="utf-8")
    path.chmod(0o600)
    return path


def _home_of(plan: Plan, folder: Path, one: Cell) -> Path:
    return folder / "lived" / f"{one.elders}-{one.volunteers}-{one.seed}-{plan.months}-{plan.until}"


def _live(plan: Plan, folder: Path, say: Say) -> None:
    """Side by side, in a process each."""
    ring = _ring(plan, folder)
    started: list[tuple[BaseProcess, Path]] = []
    for one in plan.cells:
        home = _home_of(plan, folder, one)
        if (home / "whole").exists():
            continue
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        shutil.copy(ring, home / "county.key")
        process = multiprocessing.get_context("spawn").Process(target=_one, args=(home, plan.year, one))
        process.start()
        started.append((process, home))
    for process, home in started:
        process.join()
        if process.exitcode != 0:
            raise RuntimeError(f"the village in {home} was not lived to its end")
        (home / "whole").touch()
    say("villages lived")


def _one(home: Path, year: Year, one: Cell) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(cell.live(home, year, one, lambda line: print(f"{home.name}: {line}", flush=True)))


def fill(plan: Plan, folder: Path, store: Store, say: Say) -> int:
    sealer = Sealer(Keyring.load(folder / "county.key"))
    homes = [_home_of(plan, folder, one) for one in plan.cells]
    first = Template(homes[0] / "store.sqlite", sealer, HOME)
    templates = [first]
    for home in homes[1:]:
        other = Template(home / "store.sqlite", sealer, HOME)
        templates.append(Template(home / "store.sqlite", sealer, HOME, alike(first, other)))
    townships = sorted({first.township, *first.townships})[: plan.townships]
    lines: list[tuple[str, dict[str, object]]] = []

    def rows() -> Iterator[Rows]:
        yield from first.of_the_county()
        for n in range(plan.villages):
            template, township = templates[n % len(templates)], plan.township_of(n)
            begins = n == 0 or plan.township_of(n - 1) != township
            village = template.village(n, townships[township], first_of_township=begins, seed=plan.seed)
            lines.extend(template.pay_lines(village))
            yield from template.rows(village)
            if n % 50 == 49:
                say(f"{n + 1} villages")

    written = store.fill(rows())
    say(f"{written:,} rows; now the county's months")
    house = House(Settings(data_dir=homes[0], county=cell.COUNTY))
    facts = county.lived(house.engine, sealer, HOME)
    house.engine.dispose()
    store.finish()
    engine = engine_of(store)
    with writing(engine) as connection:
        county.write(connection, sealer, HOME, facts, lines)
    engine.dispose()
    store.finish()
    return written
