"""Lists about elders, and a file tried before anything of it is kept, as whoever may see them is shown."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime

from models.roster import RefusedRow, RegisterList, RosterKind, RosterProgress
from models.values import Value


class Listed(Value):
    """One elder on a list. `why`: a word of the group rule, the facts that are missing, or `Doubt.item`; `about` its
    rest. `name` and `village` are for the eyes of whoever may see them. `item_id` … `due_at`: of `TO_DECIDE` only.
    """

    elder_id: str
    name: str
    village: str
    why: str
    about: str = ""
    item_id: str | None = None
    role: str | None = None
    listed_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None


class Wanted(Value):
    """As which list a file is brought in: `full` and `township` as in `OpenRoster`, `start_on` as in `ImportChunk`."""

    kind: RosterKind
    full: bool = False
    township: str | None = None
    start_on: date | None = None


class Tried(Value):
    """What a file would do. `refusals` are all of them; `notes`: cells of taken rows that were not used whole.

    `said`: about the file. `listed`: who would stand on the lists then.
    """

    progress: RosterProgress
    refusals: tuple[RefusedRow, ...] = ()
    notes: tuple[RefusedRow, ...] = ()
    said: tuple[str, ...] = ()
    listed: tuple[tuple[RegisterList, Listed], ...] = ()

    @property
    def unreadable(self) -> str | None:
        return self.progress.shape.unreadable if self.progress.shape is not None else None
