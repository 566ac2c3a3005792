"""An importer killed by `kill -9` between two lines of its work and run again: the register of one never killed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from adapters.database import open_engine
from adapters.sample import write_sample
from adapters.sealing import Keyring, Sealer
from adapters.sql_register import SqlRegister
from bench.county import COUNTY
from bench.roster import as_workbook
from embedded import HOUSE
from models.tables import Elder
from settings import Settings
from tests.activities.counties import County, standing_of


def command(folder: Path, file: Path) -> list[str]:
    return [sys.executable, "-m", "bench.roster", "--into", str(folder), str(file)]


def brought(folder: Path, file: Path) -> dict[str, Any]:
    done = subprocess.run(command(folder, file), cwd=HOUSE, check=True, capture_output=True)
    return json.loads(done.stdout)


def register_of(folder: Path) -> County:
    settings = Settings(data_dir=folder)
    engine, sealer = open_engine(settings.store_url), Sealer(Keyring.load_or_create(settings.keyring))
    return County(engine, sealer, SqlRegister(engine, sealer, standing_of, COUNTY))


def test_killed_in_the_middle_and_run_again_the_register_is_the_same_row_by_row(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", elders=1200, volunteers=4)
    file = as_workbook(tmp_path / "sample" / "elders.csv", tmp_path / "elders.xlsx")
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    first = brought(whole, file)
    assert (first["created"], first["rows"]) == (1260, 1260)
    broken.mkdir()
    (broken / "county.key").write_bytes((whole / "county.key").read_bytes())
    with subprocess.Popen(command(broken, file), cwd=HOUSE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while process.stderr.readline().strip() != b"500":
            assert process.poll() is None
        process.kill()
    held = len(register_of(broken).rows(Elder))
    assert 1000 <= held < 1260
    assert held % 500 == 0
    again = brought(broken, file)
    assert (again["unchanged"], again["created"]) == (held, 1260 - held)
    assert register_of(broken).everything() == register_of(whole).everything()
    assert brought(broken, file)["unchanged"] == 1260
