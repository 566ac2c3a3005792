"""A county's register in either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from adapters.areas import townships_of
from adapters.roster_files import read_roster
from adapters.sample import write_sample
from models.roster import (
    AnyRow,
    RosterKind,
)
from tests.activities.counties import AT, County, a_county
from tests.activities.twilio_town import NOW, Town
from tests.twilio_server import TwilioServer


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
