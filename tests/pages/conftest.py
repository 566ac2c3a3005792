"""The console over a store without an engine: pages, permissions, words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.pages.town import Town, found, founded


@pytest.fixture
def town(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    if dialect == "sqlite":
        made = founded(tmp_path)
    else:
        made = Town(tmp_path, request.getfixturevalue("url"))
        found(made.house)
    yield made
    made.house.engine.dispose()


class Statements(list[str]):
    """What was asked of the store since the last `clear()`, without what begins and ends a transaction."""


@pytest.fixture
def queries(town: Town) -> Iterator[Statements]:
    """Every statement the pages send, as it is sent."""
    seen = Statements()

    def sent(_c: object, _cursor: object, statement: str, _given: object, _context: object, _many: bool) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            seen.append(statement)

    event.listen(town.house.engine, "before_cursor_execute", sent)
    yield seen
    event.remove(town.house.engine, "before_cursor_execute", sent)
