"""The engine is lost: whatever the ledger says is open is started again, by the letters that started it once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, and_, literal, or_, select, update

from adapters.database import patient, writing
from models.ids import DIGEST
from models.tables import CaseRow, DigestRow, EscalationRow, LetterRow, table_of
from models.values import CaseStatus

LETTERS, CASES = table_of(LetterRow), table_of(CaseRow)
ESCALATIONS, DIGESTS = table_of(EscalationRow), table_of(DigestRow)

CLOSED = select(CASES.c.elder_id).where(CASES.c.status == CaseStatus.CLOSED.value)
OPEN_ESCALATIONS = select(ESCALATIONS.c.id).where(ESCALATIONS.c.state != "resolved")
OPEN_TEXTS = select(literal(f"{DIGEST}/").concat(DIGESTS.c.id)).where(DIGESTS.c.state == "built")
OPEN = or_(
    and_(LETTERS.c.kind == "start_case", LETTERS.c.elder_id.not_in(CLOSED)),
    and_(LETTERS.c.kind == "start_escalation", LETTERS.c.workflow_id.in_(OPEN_ESCALATIONS)),
    and_(LETTERS.c.kind == "start_digest", LETTERS.c.workflow_id.in_(OPEN_TEXTS)),
)


class Resumed(NamedTuple):
    """How many are to be started. One that runs is left as it runs."""

    cases: int
    escalations: int
    texts: int


@patient
def resume(engine: Engine, now: datetime) -> Resumed:
    """Their start letters are due again; dispatch carries them at its own pace. Twice is once: a start is by its id."""
    delivered = and_(LETTERS.c.state == "delivered", OPEN)
    again = dict(
        state="due", send_not_before=now, settled_at=None, next_try_at=None, lease_owner=None, lease_until=None, tries=0
    )
    with writing(engine) as connection:
        started = connection.execute(select(LETTERS.c.kind, LETTERS.c.workflow_id).where(delivered).distinct()).all()
        connection.execute(update(LETTERS).where(delivered).values(again))
    counts = Counter(row.kind for row in started)
    return Resumed(counts["start_case"], counts["start_escalation"], counts["start_digest"])
