"""Letters as rows: written with the event that causes them, read by the dispatch loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Connection, Executable, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.sealing import Sealer
from models.events import Recorded
from models.ids import letter_of_event
from models.letters import (
    EndItems,
    Letter,
    StartAssessment,
    StartBenefits,
    StartCase,
    StartCounty,
    StartDigest,
    StartEscalation,
    TextLetter,
    UpdateLetter,
    WorkItem,
)
from models.tables import LetterRow, WorkItemRow, table_of

LETTERS = table_of(LetterRow)
ITEMS = table_of(WorkItemRow)


def insert_letters(connection: Connection, sealer: Sealer, recorded: Recorded, letters: Sequence[Letter]) -> None:
    """The letters of one event, each under the id its event gives it."""
    for index, letter in enumerate(letters):
        insert_letter(connection, sealer, letter_of_event(recorded.stream, recorded.seq, index), letter, recorded.at)


def insert_letter(
    connection: Connection,
    sealer: Sealer,
    letter_id: str,
    letter: Letter,
    at: datetime,
    *,
    not_before: datetime | None = None,
    received_at: datetime | None = None,
    leased: tuple[str | None, datetime | None] = (None, None),
) -> bool:
    """One letter. False: a letter with this id is there already, and nothing was written.

    `leased`: by whom it is being delivered already, and until when dispatch leaves it to them.
    """
    if isinstance(letter, WorkItem):
        item = {
            "id": letter_id, "item": letter.item, "elder_id": letter.elder_id, "township_id": letter.township_id,
            "county_id": letter.county_id, "role": letter.role.value, "about": letter.about, "opened_at": at,
            "due_at": letter.due_at,
        }  # fmt: skip
        return insert_once(connection, ITEMS, item)
    if isinstance(letter, EndItems):
        ended = dict(closed_at=at, closed_by=letter.closed_by, close_reason=letter.reason)
        return connection.execute(update(ITEMS).where(*_ended_by(letter)).values(ended)).rowcount > 0
    row = {
        "id": letter_id, "kind": letter.kind, "workflow_id": _workflow_id(letter), "elder_id": _elder_id(letter),
        "recipient_id": letter.recipient_id if isinstance(letter, TextLetter) else None,
        "body_enc": sealer.seal(letter.model_dump_json()), "state": "due", "send_not_before": not_before or at,
        "send_by": letter.send_by if isinstance(letter, TextLetter) else None, "received_at": received_at,
        "created_at": at, "tries": 0, "lease_owner": leased[0], "lease_until": leased[1],
    }  # fmt: skip
    return insert_once(connection, LETTERS, row)


def _ended_by(letter: EndItems) -> Iterator[ColumnElement[bool]]:
    """Those about this elder; about none, those of the county."""
    yield ITEMS.c.elder_id == letter.elder_id  # None: is null
    if letter.elder_id is None:
        yield ITEMS.c.county_id == letter.county_id
    yield ITEMS.c.item.in_(letter.items)
    yield ITEMS.c.closed_at.is_(None)
    if letter.about is not None:
        yield ITEMS.c.about == letter.about


def elder_of_digest(connection: Connection, digest_id: str) -> str | None:
    """The one elder a text is about; None when it is about several, or about none."""
    about = select(LETTERS.c.elder_id).where(LETTERS.c.digest_id == digest_id, LETTERS.c.elder_id.is_not(None))
    elders = connection.execute(about.distinct().limit(2)).scalars().all()
    return elders[0] if len(elders) == 1 else None


def due_again(connection: Connection, digest_id: str, letter_ids: Sequence[str]) -> None:
    """Lines of a text that does not go are gathered into another."""
    own = (LETTERS.c.digest_id == digest_id, LETTERS.c.id.in_(letter_ids))
    connection.execute(update(LETTERS).where(*own).values(state="due", digest_id=None, settled_at=None))


def insert_once(connection: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """False: a row of this key is there already."""
    # Without the option PostgreSQL's driver has forgotten the count of an insert when it is asked.
    counted = {"preserve_rowcount": True}
    return connection.execute(_once(table, connection.dialect.name), row, execution_options=counted).rowcount == 1


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Those whose key is not there yet."""
    if rows:
        connection.execute(_once(table, connection.dialect.name), rows)


@cache
def _once(table: Table, dialect: str) -> Executable:
    kind = postgresql if dialect == "postgresql" else sqlite
    return kind.insert(table).on_conflict_do_nothing()


def _workflow_id(letter: Letter) -> str | None:
    match letter:
        case UpdateLetter() | StartEscalation() | StartCase() | StartAssessment() | StartBenefits() | StartCounty():
            return letter.workflow_id
        case StartDigest():
            return f"digest/{letter.digest_id}"
        case _:
            return None


def _elder_id(letter: Letter) -> str | None:
    return None if isinstance(letter, StartDigest | StartCounty) else letter.elder_id
