"""Opens the store, SQLite or PostgreSQL, with the transactions the rest of the system counts on.

SQLite: WAL, `synchronous=FULL`, foreign keys on, 2 s busy time-out; writers take the write lock at once
(`BEGIN IMMEDIATE`), readers see one snapshot (`BEGIN`). PostgreSQL (psycopg): writers SERIALIZABLE, readers REPEATABLE
READ and read-only. Two that got in each other's way there (no serial order, a deadlock, one key at once) are a busy
store and nobody's error: `patient` and `write_all` run the loser again, which then reads what the winner wrote. Errors
never show parameters, because messages of exceptions travel into Temporal's history.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial, wraps
from itertools import count
from pathlib import Path
from threading import Lock
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

HOUSE = Path(__file__).resolve().parent.parent
BUSY_TIMEOUT_MS = 2000  # a worker's: below the store calls' start_to_close of 4 s
PATIENT_TIMEOUT_MS = 10_000  # of commands and the web, which nobody calls again: below a provider's 15 s
# A PostgreSQL that does not answer, or a row that another holds, is an error before a store call's 4 s are over.
PATIENCE = {"connect_timeout": 3, "tcp_user_timeout": 4000, "options": "-c lock_timeout=3000"}
IN_EACH_OTHERS_WAY = ("40001", "40P01")  # serialization failure, deadlock
SAME_KEY = "23505"  # unique violation: perhaps only of a row the loser of a race could not see yet
TURNS = 12
TURNS_FOR_A_KEY = 4  # no race is lost so often; then the key is really taken
POOL_SIZE = 20
POOL_OVERFLOW = 60  # pool and overflow together hold every activity thread of a worker
WRITES = "tanfang_writes"
_TURNS: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()
_TURNS_LOCK = Lock()
P = ParamSpec("P")
T = TypeVar("T")

# recursive_triggers: without it INSERT OR REPLACE deletes a ledger row and no DELETE trigger is asked.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
)


def open_engine(url: str, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """An engine on `sqlite:///FILE` or `postgresql://…`. Opens no connection yet; ValueError for any other kind."""
    target = make_url(url)
    if target.get_backend_name() == "postgresql":
        target = target.set(drivername="postgresql+psycopg")
    elif target.get_backend_name() != "sqlite":
        raise ValueError(f"the store is SQLite or PostgreSQL, not {target.get_backend_name()}")
    far = target.get_backend_name() == "postgresql"  # a file needs no asking whether it is still there
    engine = create_engine(
        target, hide_parameters=True, pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW, pool_pre_ping=far,
        connect_args=PATIENCE if far else {},
    )  # fmt: skip
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", partial(_prepare_sqlite, busy_timeout_ms=busy_timeout_ms))
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def writing(engine: Engine) -> Generator[Connection]:
    """One write transaction: committed at the end of the block, rolled back if it raises.

    Whoever opens one is `patient`, or is run again by its caller.
    """
    options: dict[str, object] = {WRITES: True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "SERIALIZABLE"
    with _turn(engine), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def write_all(engine: Engine, jobs: Sequence[Callable[[Connection], T]]) -> list[T | Exception]:
    """Run each job as `writing` would, and answer its result or its own error.

    On SQLite they share one transaction and one commit; each stands or falls by itself (a savepoint). If the commit
    fails, all fail. On PostgreSQL each has its own.
    """
    if engine.dialect.name != "sqlite":
        return [_write_one(engine, job) for job in jobs]
    try:
        with writing(engine) as connection:
            return [_within(connection, job) for job in jobs]
    except Exception as error:  # noqa: BLE001 — nothing was committed: each caller hears it
        return [error for _ in jobs]


def patient(step: Callable[P, T]) -> Callable[P, T]:
    """For a function that is one write transaction and nothing besides: on a busy store it is run again, whole."""

    @wraps(step)
    def in_turn(*args: P.args, **named: P.kwargs) -> T:
        for turn in count(1):
            try:
                return step(*args, **named)
            except DBAPIError as error:
                if not _lost(error, turn):
                    raise
            time.sleep(random.uniform(0, 0.01 * turn))  # not in step with whoever else starts again
        raise AssertionError("unreachable")

    return in_turn


def _lost(error: DBAPIError, turn: int) -> bool:
    """Whether it is worth another turn. SQLite's writers wait before they begin, so there it never is."""
    state = getattr(error.orig, "sqlstate", None)
    return turn < TURNS_FOR_A_KEY if state == SAME_KEY else turn < TURNS and state in IN_EACH_OTHERS_WAY


def _write_one(engine: Engine, job: Callable[[Connection], T]) -> T | Exception:
    @patient
    def written() -> T:
        with writing(engine) as connection:
            return job(connection)

    try:
        return written()
    except Exception as error:  # noqa: BLE001 — it is the job's own
        return error


def _within(connection: Connection, job: Callable[[Connection], T]) -> T | Exception:
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        return job(connection)
    except Exception as error:  # noqa: BLE001 — it is the job's own
        connection.exec_driver_sql("ROLLBACK TO job")
        return error
    finally:
        connection.exec_driver_sql("RELEASE job")


def _turn(engine: Engine) -> AbstractContextManager[object]:
    """SQLite has one writer: a process's threads take turns here instead of starving each other there."""
    if engine.dialect.name != "sqlite":
        return nullcontext()
    with _TURNS_LOCK:
        return _TURNS.setdefault(engine, Lock())


@contextmanager
def reading(engine: Engine) -> Generator[Connection]:
    """One snapshot of the store, for reads only."""
    options: dict[str, object] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def migrate(url: str, revision: str = "head") -> None:
    """Brings the schema to `revision` (alembic); running it again changes nothing."""
    config = Config(str(HOUSE / "alembic.ini"))
    engine = open_engine(url)
    try:
        with writing(engine) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        engine.dispose()


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry, busy_timeout_ms: int) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; `_begin_sqlite` does
    for pragma in (f"PRAGMA busy_timeout = {busy_timeout_ms}", *SQLITE_PRAGMAS):
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
