"""A case as it went, month after month, put into the town's ledger without an engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from models.events import Event
from models.ids import case_stream
from tests.activities.ledgers import Writer
from tests.decisions.case_player import CasePlayer
from tests.pages.town import LIVES, NOW, Town


def lived(town: Town, elder_id: str, since: datetime, until: datetime = NOW) -> CasePlayer:
    """V1 was asked each month and never went. What follows is to be recorded by `goes_on`."""
    village, township, county = LIVES[elder_id]
    case = CasePlayer(since, volunteers=("V1",), elder=elder_id, township=township, county=county)
    case.lives_in = (township, village)
    case.until(until)
    goes_on(town, Writer(stream=case_stream(elder_id)), case.said)
    return case


def goes_on(town: Town, writer: Writer, said: list[tuple[Event, datetime]]) -> None:
    for at, events in _together(said):
        request = writer.request(events[0].cause, events, at)
        assert town.house.ledger.record(request).status == "appended"
        writer.stands_at(request)


def _together(said: list[tuple[Event, datetime]]) -> Iterator[tuple[datetime, list[Event]]]:
    for (at, _), rows in groupby(said, key=lambda row: (row[1], row[0].cause)):
        yield at, [event for event, _ in rows]
