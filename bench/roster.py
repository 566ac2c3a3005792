"""How long a long list takes into the register, and how much memory: `python -m bench.roster [--elders N]`.

The import runs in a process of its own, chunk by chunk as the workflow asks for it, on SQLite with `synchronous=FULL`;
the engine's part (one short activity a chunk) and the cases behind it are not in the figure.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import xlsxwriter

from adapters import database
from adapters.areas import townships_of
from adapters.sample import write_sample
from models.roster import ChunkCounts, ImportChunk, OpenRoster, RosterKind
from models.values import Actor, ActorKind, Role
from settings import Settings
from wiring import House
from workflows.options import ROSTER_CHUNK_ROWS

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
BY = Actor(id="S-bench", kind=ActorKind.STAFF, role=Role.ADMIN)


def bring_in(folder: Path, file: Path) -> dict[str, float]:
    """Everything a worker does for one list. Again, or after a kill, it brings what is not there yet."""
    house = House(Settings(data_dir=folder))
    folder.mkdir(parents=True, exist_ok=True)
    database.migrate(house.settings.store_url)
    house.register.found_county("奉节县", townships_of("fengjie"), date(2020, 1, 1))
    began = time.perf_counter()
    sha256, kind = house.rosters.keep(file.read_bytes()), RosterKind.ELDERS
    shape = house.rosters.open_roster(OpenRoster(sha256=sha256, kind=kind, on=AT.date()), lambda _: None)
    counts = ChunkCounts()
    for offset in range(0, shape.accepted, ROSTER_CHUNK_ROWS):
        chunk = ImportChunk(
            sha256=sha256, kind=kind, offset=offset, limit=ROSTER_CHUNK_ROWS, by=BY, at=AT, on=AT.date()
        )
        counts = counts.plus(house.rosters.import_chunk(chunk, lambda _: None))
        print(offset, file=sys.stderr, flush=True)
    seconds = time.perf_counter() - began
    house.engine.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "rows": shape.accepted, "created": counts.created, "updated": counts.updated, "unchanged": counts.unchanged,
        "seconds": round(seconds, 1), "peak_mb": round(peak),
    }  # fmt: skip


def as_workbook(source: Path, to: Path) -> Path:
    book = xlsxwriter.Workbook(to)
    sheet = book.add_worksheet("名单")
    with source.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file)):
            sheet.write_row(number, 0, row)
    book.close()
    return to


def main() -> None:
    wanted = argparse.ArgumentParser(prog="bench.roster", description=__doc__)
    wanted.add_argument("--elders", type=int, default=19_048)  # and a twentieth besides, in no group: 20,000 rows
    wanted.add_argument("--into", type=Path, help="only bring FILE into this folder")
    wanted.add_argument("file", type=Path, nargs="?")
    said = wanted.parse_args()
    if said.into and said.file:
        print(json.dumps(bring_in(said.into, said.file)))
        return
    with tempfile.TemporaryDirectory(prefix="tanfang-bench-") as folder:
        write_sample(Path(folder) / "sample", elders=said.elders, volunteers=4)
        file = as_workbook(Path(folder) / "sample" / "elders.csv", Path(folder) / "elders.xlsx")
        for which in ("first", "again"):
            command = [sys.executable, "-m", "bench.roster", "--into", str(Path(folder) / "data"), str(file)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            print(which, done.stdout.decode().strip(), flush=True)


if __name__ == "__main__":
    main()
