"""The record path alone: the run's own ledger, message by message, recorded once more in an empty store."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from shutil import copy

from sqlalchemy import select

from adapters import database
from adapters.database import reading
from adapters.sql_ledger import read_row
from bench import county
from bench.county import BenchHouse
from bench.measure import Plan
from decisions.ledger import GENESIS
from models.events import Recorded, RecordRequest
from models.ids import message_key
from models.tables import LedgerRow, table_of
from settings import Settings
from wiring import House

LEDGER = table_of(LedgerRow)


@dataclass
class RecordPath:
    events: int
    commits: int
    seconds: float


def record_alone(plan: Plan, folder: Path, again: Path) -> RecordPath:
    """One thread, one transaction for each message, events and projections and letters, `synchronous=FULL`."""
    source = BenchHouse(Settings(data_dir=folder, county="demo"))
    requests = _requests(source)
    source.engine.dispose()
    again.mkdir(parents=True)
    copy(source.settings.keyring, again / source.settings.keyring.name)
    house = BenchHouse(Settings(data_dir=again, county="demo"))
    database.migrate(house.settings.store_url)
    county.found(house, plan.elders, plan.elders_each)
    began = time.perf_counter()
    for request in requests:
        reply = house.ledger.record(request)
        if reply.status != "appended":
            raise AssertionError(f"{request.stream} {request.key}: {reply.status}")
    seconds = time.perf_counter() - began
    house.engine.dispose()
    return RecordPath(sum(len(request.events) for request in requests), len(requests), seconds)


def _requests(house: House) -> list[RecordRequest]:
    """Every message of the run in the order of its first event, with the chain position it was recorded at."""
    with reading(house.engine) as connection:
        rows = connection.execute(select(LEDGER).order_by(LEDGER.c.stream, LEDGER.c.seq)).all()
    recorded = [read_row(house.sealer, row) for row in rows]
    made: list[RecordRequest] = []
    for (stream, key), group in groupby(recorded, key=lambda one: (one.stream, message_key(one.key))):
        events: tuple[Recorded, ...] = tuple(group)
        seq, head = events[0].seq - 1, events[0].prev if events[0].seq > 1 else GENESIS
        made.append(RecordRequest(stream=stream, expected_seq=seq, expected_head=head, key=key, events=events))
    return sorted(made, key=lambda request: request.events[0].at)
