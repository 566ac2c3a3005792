"""Questions back by SQL: put, answered, or told to a person, each once. Used by `sql_inbox`.

The clock is the dispatch loop's: nothing is kept in memory, so a restart loses no question and tells nobody twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, delete, exists, insert, or_, select, update

from adapters.database import patient, reading, writing
from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter
from decisions import asking
from decisions.asking import Asking, Phase, Question
from models.ids import case_stream, letter_of_question
from models.tables import (
    AskedBack,
    Elder,
    EscalationRow,
    Inbound,
    LedgerRow,
    LetterRow,
    VisitRow,
    WorkItemRow,
    table_of,
)

ASKED, ITEMS, INBOUND, LETTERS = table_of(AskedBack), table_of(WorkItemRow), table_of(Inbound), table_of(LetterRow)
VISITS, ESCALATIONS, LEDGER, ELDERS = (
    table_of(VisitRow),
    table_of(EscalationRow),
    table_of(LedgerRow),
    table_of(Elder),
)
WAITING, ANSWERED, TOLD = "waiting", "answered", "told"
AT_ONCE = 50
# Facts that say of an elder what was asked; one from a text is known as such when the text is read.
REPORTS = ("VisitReported", "AttemptRecorded", "ReportCorrected", "DeathReported")


def questions_of(connection: Connection, phone: str) -> dict[str, Question]:
    """By task, what this phone was asked back; a person has it as long as their item is open."""
    query = select(ASKED, ITEMS.c.id.label("open_item")).outerjoin(
        ITEMS, and_(ITEMS.c.id == ASKED.c.item_id, ITEMS.c.closed_at.is_(None))
    )
    rows = connection.execute(query.where(ASKED.c.phone_index == phone).order_by(ASKED.c.task_id)).all()
    return {
        row.task_id: Question(phase=_phase(row), note_id=row.note_id, elder_id=row.elder_id) for row in rows
    }  # fmt: skip


def _phase(row: Row[Any]) -> Phase:
    if row.phase == WAITING:
        return Phase.WAITING
    return Phase.TOLD if row.open_item is not None else Phase.OVER


def still_asked(connection: Connection, phone: str, elder_ids: list[str]) -> bool:
    """Whether any of what this phone is asked back about these elders still waits; so too what stands nowhere."""
    query = select(ASKED.c.phase).where(ASKED.c.phone_index == phone, ASKED.c.elder_id.in_(elder_ids))
    phases = connection.execute(query).scalars().all()
    return not phases or WAITING in phases


def write_down(
    connection: Connection, phone: str, township_id: str | None, note_id: str, asked: Asking, now: datetime,
    answer_by: datetime,
) -> None:  # fmt: skip
    """What one text did. A certain answer about an elder ends what any phone was asked about them."""
    if asked.certain:
        nobodys = and_(ASKED.c.elder_id.is_(None), ASKED.c.phone_index == phone)
        theirs = or_(ASKED.c.elder_id.in_(asked.certain), nobodys)
        connection.execute(update(ASKED).where(ASKED.c.phase == WAITING, theirs).values(phase=ANSWERED))
    for task in asked.put:
        connection.execute(delete(ASKED).where(ASKED.c.task_id == task.id, ASKED.c.phone_index == phone))
        connection.execute(
            insert(ASKED).values(
                task_id=task.id, phone_index=phone, elder_id=task.elder_id, township_id=township_id, note_id=note_id,
                asked_at=now, answer_by=answer_by, phase=WAITING,
            )
        )  # fmt: skip
    for task, first in asked.told:
        told = {"phase": TOLD, "item_id": letter_of_question(first, task.id)}
        connection.execute(
            update(ASKED).where(ASKED.c.task_id == task.id, ASKED.c.phone_index == phone).values(**told)
        )  # fmt: skip


@patient
def tell_unanswered(engine: Engine, sealer: Sealer, now: datetime) -> int:
    """Each question that has waited too long: to a person, unless what was asked is known by now. Answers how many.

    Not while an answer that reached us in time is still to be read, or on its way to its case.
    """
    unread = exists().where(
        INBOUND.c.phone_index == ASKED.c.phone_index, INBOUND.c.read_at.is_(None),
        INBOUND.c.received_at <= ASKED.c.answer_by,
    )  # fmt: skip
    on_its_way = exists().where(
        LETTERS.c.elder_id == ASKED.c.elder_id, LETTERS.c.kind == "update", LETTERS.c.state == "due",
        LETTERS.c.received_at <= ASKED.c.answer_by,
    )  # fmt: skip
    overdue = (ASKED.c.phase == WAITING, ASKED.c.answer_by <= now)
    query = select(ASKED).where(*overdue, ~unread, ~on_its_way).order_by(ASKED.c.answer_by).limit(AT_ONCE)
    with reading(engine) as connection:  # most looks find nothing, and need not wait for the write lock
        if connection.execute(select(ASKED.c.task_id).where(*overdue).limit(1)).first() is None:
            return 0
    with writing(engine) as connection:
        return sum(_settle(connection, sealer, row, now) for row in connection.execute(query).all())


def _settle(connection: Connection, sealer: Sealer, row: Row[Any], now: datetime) -> bool:
    """False: nobody needs to be told."""
    known = row.elder_id is not None and _known_by_now(connection, row)
    item_id = None if known else letter_of_question(row.note_id, row.task_id)
    own = (ASKED.c.task_id == row.task_id, ASKED.c.phone_index == row.phone_index, ASKED.c.phase == WAITING)
    moved = connection.execute(update(ASKED).where(*own).values(phase=ANSWERED if known else TOLD, item_id=item_id))
    if not moved.rowcount or item_id is None:
        return False
    township = connection.execute(select(ELDERS.c.township_id).where(ELDERS.c.id == row.elder_id)).scalar()
    item = asking.item(row.elder_id, township or row.township_id, asking.UNANSWERED, row.note_id, now)
    return insert_letter(connection, sealer, item_id, item, now)


def _known_by_now(connection: Connection, question: Row[Any]) -> bool:
    """Reported by staff since, not expected any more, or taken on by who was asked."""
    reported = exists().where(
        LEDGER.c.stream == case_stream(question.elder_id), LEDGER.c.kind.in_(REPORTS), LEDGER.c.at > question.asked_at,
        ~LEDGER.c.key.startswith("sms-"),
    )  # fmt: skip
    cancelled = exists().where(VISITS.c.id == question.task_id, VISITS.c.state == "cancelled")
    taken = exists().where(
        ESCALATIONS.c.id == question.task_id, ESCALATIONS.c.state.in_(("acknowledged", "resolved"))
    )  # fmt: skip
    return bool(connection.execute(select(or_(reported, cancelled, taken))).scalar())
