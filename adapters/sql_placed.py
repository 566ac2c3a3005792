"""An elder of the register with their case: where they live, whether a case can be told, whether they are gone."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from models.tables import CaseRow, Elder, table_of
from models.values import CaseStatus, CloseReason

ELDERS, CASES = table_of(Elder), table_of(CaseRow)
GONE = (CloseReason.DEATH_CONFIRMED, CloseReason.MOVED_OUT)


class Placed(NamedTuple):
    elder: Row[Any]
    case: Row[Any] | None

    @property
    def has_case(self) -> bool:
        return self.case is not None and self.case.status != CaseStatus.CLOSED.value

    @property
    def reported(self) -> bool:
        """A death is, and is neither confirmed nor undone."""
        return self.case is not None and self.case.status == CaseStatus.DEATH_REPORTED.value

    @property
    def gone(self) -> CloseReason | None:
        """A death that is only reported may be undone: until it is confirmed nobody is gone."""
        if self.case is None or self.has_case:
            return None
        return next((reason for reason in GONE if reason.value == self.case.close_reason), None)


def placed(connection: Connection, elder_id: str) -> Placed:
    """Raises LookupError for an unknown elder."""
    elder = connection.execute(select(ELDERS).where(ELDERS.c.id == elder_id)).one_or_none()
    if elder is None:
        raise LookupError(f"no elder {elder_id} in the register")
    return Placed(elder, connection.execute(select(CASES).where(CASES.c.elder_id == elder_id)).one_or_none())
