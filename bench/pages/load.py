"""One web process as a county runs it, asked by `wrk` on loopback; and how many statements each page makes."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import current_thread
from typing import Any, NamedTuple

import httpx
from sqlalchemy import Connection, event

from bench.pages import asked as asking
from bench.pages import cell
from bench.pages.asked import Asked
from bench.pages.stores import serving
from bench.processes import HOUSE, cpu_seconds
from commands.auditing import Auditing
from console_doors import console_doors
from embedded import EmbeddedServer, free_port
from settings import Settings
from wiring import House

LUA = Path(__file__).resolve().parent / "paths.lua"
CONCURRENCY = (1, 4)
WARM = 1.0
COUNTED = 5  # paths of a page, for its statements
LARGE = 5000  # rows of a table that no page should read from end to end
BEHIND = "figures"  # the thread that counts behind the dashboard, whoever looks at it
Say = Callable[[str], None]


class Answered(NamedTuple):
    """What `wrk` says of one page under one concurrency. `cpu_ms`: of the web process, for each request."""

    requests: int
    rate: float
    p50_ms: float
    p95_ms: float
    bad: int
    cpu_ms: float
    first_ms: float  # of this process, before anything was warm


class Statements(NamedTuple):
    """Of one request, the most over the paths that were tried."""

    number: int
    sql_ms: float
    all: tuple[tuple[float, str, Any], ...]  # milliseconds, statement, parameters; the slowest first


@dataclass
class Measured:
    dialect: str
    made: dict[str, Any]
    began_at: datetime
    size: int
    load: float  # of the machine, just before
    pages: list[tuple[Asked, dict[int, Answered], Statements]] = field(default_factory=list)


def measure(folder: Path, dialect: str, seconds: float, say: Say, only: str = "", *, plans: bool = False) -> Measured:
    """Raises FileNotFoundError where there is no store of this kind, or no `wrk`."""
    home = folder / dialect
    made = json.loads((home / "made.json").read_text(encoding="utf-8"))
    if shutil.which("wrk") is None:
        raise FileNotFoundError("wrk is missing: sudo apt-get install -y wrk")
    with serving(dialect, home) as store:
        settings = Settings(data_dir=home, database_url=store.url, county=cell.COUNTY)
        house = House(settings)
        now = house.now()
        pages = asking.pages(house, now, made["plan"]["seed"])
        with web(settings, home) as (base, pid):
            asking.say_why(pages, base)
            pages += asking.menu_of(pages, base)
            if only:
                pages = [page for page in pages if only in page.name]
            first = [_first(page, base) for page in pages]
            result = Measured(dialect, made, datetime.now(UTC), store.size(), os.getloadavg()[0])
            answers: list[dict[int, Answered]] = []
            for page, first_ms in zip(pages, first, strict=True):
                answers.append({many: attack(base, pid, page, many, seconds, first_ms) for many in CONCURRENCY})
                say(f"{page.name}, {page.who}: " + ", ".join(
                    f"{many}: p50 {one.p50_ms:.0f} p95 {one.p95_ms:.0f} ms {one.rate:.0f}/s"
                    + (f" BAD {one.bad}" if one.bad else "") for many, one in answers[-1].items()
                ))  # fmt: skip
        statements = counted(house, pages)
        result.pages = list(zip(pages, answers, statements, strict=True))
        if plans:
            told = [f"{page.name}, {page.who}\n{explained(house, one)}" for page, _, one in result.pages]
            (home / "plans.txt").write_text("\n\n".join(told), encoding="utf-8")
        house.engine.dispose()
    return result


@contextmanager
def web(settings: Settings, home: Path) -> Iterator[tuple[str, int]]:
    """`starter.py web`, with an engine that runs no case: a page asks the store, a step is not taken here."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tanfang-pages-") as folder:
        engine = EmbeddedServer(Path(folder))
        asyncio.run(engine.start())
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TANFANG_")} | {
            "TANFANG_DATA_DIR": str(settings.data_dir), "TANFANG_DATABASE_URL": settings.store_url,
            "TANFANG_COUNTY": settings.county, "TANFANG_TEMPORAL_ADDRESS": engine.address,
            "TANFANG_WEB_PORT": str(port),
        }  # fmt: skip
        with (home / "web.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "starter.py", "web"], cwd=HOUSE, env=environment, stdout=log, stderr=log
            )
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(process, base, home)
            yield base, process.pid
        finally:
            process.terminate()
            process.wait(30)
            engine.stop()


def _wait(process: subprocess.Popen[bytes], base: str, home: Path) -> None:
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"the web process ended: see {home / 'web.log'}")
        try:
            if httpx.get(f"{base}/healthz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)


def _first(page: Asked, base: str) -> float:
    """The first search opens every name, the first dashboard counts what others are then shown: each of its months is
    asked for once, since by then it is held."""

    def ask(path: str) -> None:
        httpx.get(base + path, headers={"Cookie": f"{asking.COOKIE}={page.token}"}, timeout=300)

    began = time.monotonic()
    ask(page.paths[0])
    took = (time.monotonic() - began) * 1000
    if page.name.startswith("dashboard"):
        for path in page.paths[1:]:
            ask(path)
    return took


def attack(base: str, pid: int, page: Asked, many: int, seconds: float, first_ms: float) -> Answered:
    with tempfile.NamedTemporaryFile("w", suffix=".paths", encoding="utf-8") as file:
        file.write("\n".join([f"{asking.COOKIE}={page.token}", *page.paths]) + "\n")
        file.flush()
        _wrk(base, file.name, many, WARM)
        before = cpu_seconds(pid)
        said = _wrk(base, file.name, many, seconds)
        cpu = cpu_seconds(pid) - before
    requests = int(said["requests"])
    if not requests:
        raise RuntimeError(f"{page.name} was not answered once in {seconds:.0f} s: give it longer by --seconds")
    return Answered(
        requests, requests / said["seconds"], said["p50_ms"], said["p95_ms"], int(said["bad"]),
        cpu * 1000 / max(1, requests), first_ms,
    )  # fmt: skip


def _wrk(base: str, paths: str, many: int, seconds: float) -> dict[str, float]:
    command = [
        "wrk", "--threads=1", f"--connections={many}", f"--duration={max(1, round(seconds))}s", "--timeout=60s",
        f"--script={LUA}", base, "--", paths,
    ]  # fmt: skip
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(told.strip().splitlines()[-1])


# --- statements ------------------------------------------------------------------------------------------------------


def counted(house: House, pages: Sequence[Asked]) -> list[Statements]:
    """The same application in this process, so that the store's statements can be heard."""
    app = house.web(None, console_doors(house, None, Auditing(house, None)))
    return asyncio.run(_counted(house, app, pages))


async def _counted(house: House, app: Any, pages: Sequence[Asked]) -> list[Statements]:
    found: list[Statements] = []
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=120) as http:
        for page in pages:
            one = [await _one(house, http, page, path) for path in page.paths[:1] + page.paths[:COUNTED]][1:]
            found.append(max(one, key=lambda statements: (statements.number, statements.sql_ms)))
    return found


async def _one(house: House, http: httpx.AsyncClient, page: Asked, path: str) -> Statements:
    heard: list[tuple[float, str, Any]] = []

    def begins(connection: Connection, *_more: Any) -> None:
        connection.info["began"] = time.perf_counter()

    def ends(connection: Connection, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        took = time.perf_counter() - connection.info.get("began", 0.0)
        if not statement.startswith("BEGIN") and current_thread().name != BEHIND:
            heard.append((took * 1000, statement, parameters))

    event.listen(house.engine, "before_cursor_execute", begins)
    event.listen(house.engine, "after_cursor_execute", ends)
    try:
        await http.get(path, headers={"Cookie": f"{asking.COOKIE}={page.token}"})
    finally:
        event.remove(house.engine, "before_cursor_execute", begins)
        event.remove(house.engine, "after_cursor_execute", ends)
    heard.sort(key=lambda each: -each[0])
    return Statements(len(heard), sum(each[0] for each in heard), tuple(heard))


def explained(house: House, statements: Statements) -> str:
    """Of each statement of a page what large table it reads from end to end; of the slowest the whole plan."""
    told: list[str] = []
    look = _look_of_sqlite if house.engine.dialect.name == "sqlite" else _look_of_postgresql
    with house.engine.connect() as connection:
        for n, (took, statement, parameters) in enumerate(statements.all):
            if not statement.lstrip().upper().startswith(("SELECT", "WITH")):
                continue
            whole, plan = look(connection, statement, parameters)
            if n == 0 or whole:
                told += [f"{took:.1f} ms, reads whole: {', '.join(sorted(whole)) or '-'}", statement, plan]
    return "\n".join(told)


def _look_of_postgresql(connection: Connection, statement: str, parameters: Any) -> tuple[set[str], str]:
    sizes = dict(connection.exec_driver_sql("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'").all())
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    rows = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters)
    whole = {table for table in _read_whole(plan[0]["Plan"]) if sizes.get(table, 0) > LARGE}
    return whole, "\n".join(row[0] for row in rows)


def _look_of_sqlite(connection: Connection, statement: str, parameters: Any) -> tuple[set[str], str]:
    stat = connection.exec_driver_sql("SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl").all()
    sizes = dict(stat)
    rows = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    read = (row.split()[1] for row in rows if row.startswith("SCAN") and " INDEX ix_" not in row)
    return {table for table in read if sizes.get(table, 0) > LARGE}, "\n".join(rows)


def _read_whole(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"].endswith("Seq Scan"):
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from _read_whole(part)
