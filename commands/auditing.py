"""What the console is told by audit. An entry point hands it over, so that no room below imports audit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from audit.store import Store
from audit.timeline import Line, timeline
from wiring import House


class Auditing:
    def __init__(self, house: House) -> None:
        self._house = house

    def timeline(self, elder_id: str, as_of: datetime | None) -> Sequence[Line]:
        return timeline(Store(self._house.engine, self._house.sealer), elder_id, as_of)
