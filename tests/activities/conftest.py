"""A county's register in either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.areas import townships_of
from adapters.roster_files import read_roster
from adapters.sample import write_sample
from models.roster import (
    AnyRow,
    RosterKind,
)
from tests.activities.counties import AT, County, a_county


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
