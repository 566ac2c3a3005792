"""Opens the store, SQLite or PostgreSQL, with the transactions the rest of the system counts on.

SQLite: WAL, `synchronous=FULL`, foreign keys on, 2 s busy time-out; writers take the write lock at once
(`BEGIN IMMEDIATE`), readers see one snapshot (`BEGIN`). PostgreSQL (psycopg): writers SERIALIZABLE, readers REPEATABLE
READ and read-only; `write_all` runs again what failed to serialize, elsewhere it surfaces as
`sqlalchemy.exc.OperationalError` and the whole call is made again. Errors never show parameters, because messages of
exceptions travel into Temporal's history.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TypeVar
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
TURNS = 12
POOL_SIZE = 20
POOL_OVERFLOW = 60  # pool and overflow together hold every activity thread of a worker
WRITES = "tanfang_writes"
_TURNS: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()
_TURNS_LOCK = Lock()
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
    """One write transaction: committed at the end of the block, rolled back if it raises."""
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


def _write_one(engine: Engine, job: Callable[[Connection], T]) -> T | Exception:
    """Two that got in each other's way are run again: what the second reads is then what the first wrote."""
    for turn in count(1):
        try:
            with writing(engine) as connection:
                return job(connection)
        except DBAPIError as error:
            if turn == TURNS or getattr(error.orig, "sqlstate", None) not in IN_EACH_OTHERS_WAY:
                return error
            time.sleep(random.uniform(0, 0.01 * turn))  # not in step with whoever else starts again
        except Exception as error:  # noqa: BLE001 — it is the job's own
            return error
    raise AssertionError("unreachable")


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
