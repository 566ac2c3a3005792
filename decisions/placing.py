"""Where an elder lives, as a stream about them knows it: told anew when the register says otherwise."""

from __future__ import annotations

from typing import Protocol, TypeVar

from decisions.draft import Draft
from models.events import ElderPlaced


class Placed(Protocol):
    @property
    def township_id(self) -> str: ...
    @property
    def village_id(self) -> str: ...
    @property
    def has_case(self) -> bool: ...


S = TypeVar("S", bound=Placed)


def take_place(draft: Draft[S], known: Placed) -> None:
    """The elder has moved, or has become a case, since the stream heard of it."""
    state = draft.state
    if (state.township_id, state.village_id, state.has_case) != (known.township_id, known.village_id, known.has_case):
        draft.add(
            ElderPlaced, township_id=known.township_id, village_id=known.village_id, has_case=known.has_case
        )  # fmt: skip
