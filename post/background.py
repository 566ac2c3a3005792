"""Work that takes seconds, done beside the requests of a web process; its results are kept as long as the process is.

One piece at a time. Only whoever began one is told of it, and the oldest make room for new ones.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import structlog

log = structlog.get_logger()
MOST_KEPT = 12
Told = Callable[[int], None]


class Piece:
    """`about`: what was asked for. `done` of `total`; `found` once it is finished, `failed` if it could not be."""

    def __init__(self, staff_id: str, about: Mapping[str, str], total: int) -> None:
        self.id = uuid.uuid4().hex
        self.staff_id = staff_id
        self.about = about
        self.total = total
        self.done = 0
        self.found: Any = None
        self.failed = False

    @property
    def going(self) -> bool:
        return self.found is None and not self.failed


class Background:
    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: dict[str, Piece] = {}
        self._lock = Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="background")

    def begin(self, staff_id: str, about: Mapping[str, str], total: int, work: Callable[[Told], Any]) -> Piece:
        """`work(told)` answers what was found. Asked for once more while it goes on, it is the same piece."""
        with self._lock:
            for one in self._kept.values():
                if one.going and (one.staff_id, one.about) == (staff_id, about):
                    return one
            piece = Piece(staff_id, about, total)
            self._kept[piece.id] = piece
            ended = [id_ for id_, one in self._kept.items() if not one.going]
            for id_ in ended[: max(0, len(self._kept) - self._most)]:
                del self._kept[id_]
        self._thread.submit(_do, piece, work)
        return piece

    def of(self, piece_id: str, staff_id: str) -> Piece | None:
        """None: there is none of theirs, or it was of an earlier process."""
        piece = self._kept.get(piece_id)
        return piece if piece is not None and piece.staff_id == staff_id else None


def _do(piece: Piece, work: Callable[[Told], Any]) -> None:
    def told(done: int) -> None:
        piece.done = done

    try:
        piece.found = work(told)
    except Exception as error:  # noqa: BLE001 — whoever waits is told that it failed; nobody else can be
        log.error("background_failed", error=type(error).__name__)
        piece.failed = True
