"""The engine is lost: whatever the ledger says is open is started again, by the letters that started it once.

Assessments and benefits were started by a message, which was answered; they get a letter for this.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, and_, literal, or_, select, union, update

from adapters.database import patient, writing
from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter
from models.ids import DIGEST, assessment_stream, benefit_stream
from models.letters import StartAssessment, StartBenefits
from models.tables import (
    AssessmentRow,
    CaseRow,
    ClaimRow,
    DigestRow,
    Elder,
    EntitlementRow,
    EscalationRow,
    LetterRow,
    LevelRow,
    table_of,
)
from models.values import CaseStatus

LETTERS, CASES = table_of(LetterRow), table_of(CaseRow)
ESCALATIONS, DIGESTS = table_of(EscalationRow), table_of(DigestRow)
ELDERS, ROUNDS, LEVELS = table_of(Elder), table_of(AssessmentRow), table_of(LevelRow)
CLAIMS, ENTITLEMENTS = table_of(ClaimRow), table_of(EntitlementRow)

CLOSED = select(CASES.c.elder_id).where(CASES.c.status == CaseStatus.CLOSED.value)
OPEN_ESCALATIONS = select(ESCALATIONS.c.id).where(ESCALATIONS.c.state != "resolved")
OPEN_TEXTS = select(literal(f"{DIGEST}/").concat(DIGESTS.c.id)).where(DIGESTS.c.state == "built")
WAITED_FOR = union(
    select(ROUNDS.c.elder_id).where(ROUNDS.c.ended_at.is_(None)),
    select(LEVELS.c.elder_id).where(LEVELS.c.valid_to.is_not(None), LEVELS.c.expired.is_(False)),
)
BENEFITS_WAITED_FOR = union(
    select(CLAIMS.c.elder_id).where(CLAIMS.c.due_at.is_not(None)),
    select(ENTITLEMENTS.c.elder_id).where(or_(ENTITLEMENTS.c.through.is_(None), ENTITLEMENTS.c.waits.is_not(None))),
)
OPEN = or_(
    and_(LETTERS.c.kind == "start_case", LETTERS.c.elder_id.not_in(CLOSED)),
    and_(LETTERS.c.kind == "start_escalation", LETTERS.c.workflow_id.in_(OPEN_ESCALATIONS)),
    and_(LETTERS.c.kind == "start_assessment", LETTERS.c.elder_id.in_(WAITED_FOR)),
    and_(LETTERS.c.kind == "start_benefits", LETTERS.c.elder_id.in_(BENEFITS_WAITED_FOR)),
    LETTERS.c.kind == "start_county",
    and_(LETTERS.c.kind == "start_digest", LETTERS.c.workflow_id.in_(OPEN_TEXTS)),
)

# kind of letter → what it starts, and for whom
BY_MESSAGE = {
    "start_assessment": (StartAssessment, assessment_stream, WAITED_FOR),
    "start_benefits": (StartBenefits, benefit_stream, BENEFITS_WAITED_FOR),
}


class Resumed(NamedTuple):
    """How many are to be started. One that runs is left as it runs."""

    cases: int
    escalations: int
    assessments: int
    benefits: int
    counties: int
    texts: int


@patient
def resume(engine: Engine, sealer: Sealer, now: datetime) -> Resumed:
    """Their start letters are due again; dispatch carries them at its own pace. Twice is once: a start is by its id."""
    delivered = and_(LETTERS.c.state == "delivered", OPEN)
    again = dict(
        state="due", send_not_before=now, settled_at=None, next_try_at=None, lease_owner=None, lease_until=None, tries=0
    )
    with writing(engine) as connection:
        new = {kind: _begin(connection, sealer, now, kind) for kind in BY_MESSAGE}
        started = connection.execute(select(LETTERS.c.kind, LETTERS.c.workflow_id).where(delivered).distinct()).all()
        connection.execute(update(LETTERS).where(delivered).values(again))
    counts = Counter(row.kind for row in started)
    counts.update(new)
    return Resumed(
        counts["start_case"], counts["start_escalation"], counts["start_assessment"], counts["start_benefits"],
        counts["start_county"], counts["start_digest"],
    )  # fmt: skip


def _begin(connection: Connection, sealer: Sealer, now: datetime, kind: str) -> int:
    """A letter for each elder who has none of this kind yet. Answers how many."""
    start, stream, waited_for = BY_MESSAGE[kind]
    query = select(ELDERS.c.id, ELDERS.c.county_id, ELDERS.c.township_id).where(ELDERS.c.id.in_(waited_for))
    new = 0
    for row in connection.execute(query.order_by(ELDERS.c.id)).all():
        letter = start(
            workflow_id=stream(row.id), elder_id=row.id, county_id=row.county_id, township_id=row.township_id
        )
        new += insert_letter(connection, sealer, f"{kind.replace('_', '-')}-{row.id}", letter, now)
    return new
