"""Both databases for every speed, and how many tests were really on which: counted where a transaction begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Connection, Engine, event

from adapters.database import open_engine
from tests.databases import DIALECTS, SERVERS, Databases

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_MET: set[str] = set()

settings.register_profile("untimed", parent=settings(), deadline=None)  # no property is judged by how long it takes
settings.load_profile("untimed")


@pytest.fixture(scope="session", params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Whoever asks for this, by whatever way, runs once on each."""
    return request.param


@pytest.fixture(scope="session")
def databases(dialect: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = SERVERS[dialect](tmp_path_factory.mktemp(dialect))
    yield made
    made.stop()


@pytest.fixture
def another(databases: Databases, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """The address of one more migrated database."""
    given: list[str] = []

    def give() -> str:
        given.append(databases.migrated(tmp_path))
        return given[-1]

    yield give
    for url in given:
        databases.drop(url)


@pytest.fixture
def url(another: Callable[[], str]) -> str:
    """The address of a migrated database without a row."""
    return another()


@pytest.fixture
def empty_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a schema."""
    given = databases.empty(tmp_path)
    yield given
    databases.drop(given)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


# --- what is printed at the end --------------------------------------------------------------------------------------


@event.listens_for(Engine, "begin")
def _met(connection: Connection) -> None:
    _MET.add(connection.dialect.name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test is on a database when it, or what was set up for it, began a transaction there."""
    if call.when == "call":
        item.user_properties += [("database", name) for name in sorted(_MET)]
    if call.when == "teardown":
        _MET.clear()
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed: list[pytest.TestReport] = terminalreporter.stats.get("passed", [])
    counts = Counter(value for report in passed for name, value in report.user_properties if name == "database")
    if counts:
        told = ", ".join(f"{counts[name]} on {NAMES[name]}" for name in DIALECTS)
        terminalreporter.write_line(f"tests passed with a store: {told}")
