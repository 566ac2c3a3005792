"""Links and codes to the page of one visit, by SQL. Fulfils `post.visitor.VisitLinks`.

A link shows the door while the visit is still this volunteer's to make or to correct. Reassigned, cancelled, made by
somebody else, over, or of a case that does not run, it shows nothing, whatever its token says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from hashlib import sha256
from itertools import count
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, delete, or_, select

from adapters import sql_enclosures, sql_tries
from adapters.database import patient, reading, writing
from adapters.sealing import Sealer
from adapters.sql_desk import keep_at_counter
from adapters.sql_letters import insert_once
from adapters.sql_people import doors_of
from adapters.sql_sender_codes import labels_of
from adapters.visit_tokens import Token, code_of, opened_token, printed, sealed_token, typed
from models.accounts import Outcome, TurnedAway, Why
from models.letters import UpdateLetter
from models.messages import ReportVisit
from models.tables import CaseRow, Note, TaskCode, VisitCode, VisitRow, Volunteer, table_of
from models.values import CaseStatus, NoteRef, VisitResult
from models.visiting import Beside, Enclosure, TaskShown, VisitTask, Ways

VISITS, CASES, VOLUNTEERS = table_of(VisitRow), table_of(CaseRow), table_of(Volunteer)
CODES, PHONE_CODES, NOTES = table_of(VisitCode), table_of(TaskCode), table_of(Note)
PATH = "/v/"
ANYBODY = "anybody"  # all codes are one login: who guesses does not know whose


class SqlVisitLinks:
    def __init__(
        self, engine: Engine, sealer: Sealer, civil_day: Callable[[datetime], date],
        counts_calls: Callable[[datetime, str], bool],
    ) -> None:  # fmt: skip
        """`counts_calls(now, volunteer id)`: whether speaking by phone is a result in their county."""
        self._engine = engine
        self._sealer = sealer
        self._civil_day = civil_day
        self._counts_calls = counts_calls

    # --- opening ---------------------------------------------------------------------------------------------------

    def task_of(self, token: str, now: datetime) -> VisitTask | None:
        """What the token says, be it given to others since (`shown`). None: not of ours, or its time is over."""
        said = opened_token(self._sealer, token)
        if said is None or said.ends_at <= now:
            return None
        whose = select(VISITS.c.elder_id).where(VISITS.c.id == said.visit_id)
        known = select(VOLUNTEERS.c.id).where(VOLUNTEERS.c.id == said.volunteer_id, VOLUNTEERS.c.barred.is_(False))
        with reading(self._engine) as connection:
            elder_id = connection.execute(whose).scalar()
            if elder_id is None or connection.execute(known).first() is None:
                return None
        return VisitTask(
            visit_id=said.visit_id, volunteer_id=said.volunteer_id, elder_id=elder_id, ends_at=said.ends_at
        )  # fmt: skip

    @patient
    def by_code(self, said: str, client: str, now: datetime) -> VisitTask | TurnedAway:
        """A slip is told by its check character, without a look: it costs nobody a try."""
        code = typed(said)
        if code is None:
            return TurnedAway(why=Why.WRONG)
        with writing(self._engine) as connection:
            attempt = sql_tries.begin(connection, self._sealer, ANYBODY, client, now, sql_tries.VISIT_CODES)
            if isinstance(attempt, TurnedAway):
                return attempt
            held = connection.execute(select(CODES).where(CODES.c.code_hash == self._hash(code))).one_or_none()
            row = None if held is None else _standing(connection, held.visit_id, held.volunteer_id, now)
            if row is None:
                return TurnedAway(why=Why.WRONG)
            sql_tries.end(connection, attempt, Outcome.RIGHT, now)
            return _task(row)

    # --- what is shown ---------------------------------------------------------------------------------------------

    def shown(self, task: VisitTask, now: datetime) -> TaskShown | None:
        """None: it is not theirs any more."""
        with reading(self._engine) as connection:
            row = _standing(connection, task.visit_id, task.volunteer_id, now)
            if row is None:
                return None
            known = select(PHONE_CODES.c.elder_id).where(PHONE_CODES.c.phone_index == row.phone_index)
            elders = {*connection.execute(known).scalars(), task.elder_id}
            who, village, _ = labels_of(connection, self._sealer, list(elders))[task.elder_id]
            doors = doors_of(connection, self._sealer, task.elder_id, self._civil_day(now))
        return TaskShown(
            task=_task(row), who=who, village=village, doors=doors, starts_at=row.starts_at, due_at=row.due_at,
            attempts=row.attempts, result=VisitResult(row.result) if row.result and row.state != "open" else None,
            visited_on=row.visited_on, calls=self._counts_calls(now, task.volunteer_id),
        )  # fmt: skip

    def next_of(self, task: VisitTask, now: datetime) -> VisitTask | None:
        """The first other of theirs that is still to be made."""
        others = (VISITS.c.volunteer_id == task.volunteer_id) & (VISITS.c.id != task.visit_id)
        with reading(self._engine) as connection:
            row = connection.execute(_open(others, now).limit(1)).one_or_none()
        return None if row is None else _task(row)

    # --- making ----------------------------------------------------------------------------------------------------

    def path_of(self, task: VisitTask) -> str:
        return PATH + sealed_token(self._sealer, Token(task.visit_id, task.volunteer_id, task.ends_at))

    def of_elder(self, elder_id: str, now: datetime) -> list[Ways]:
        return self._ways(VISITS.c.elder_id == elder_id, now)

    def of_volunteer(self, volunteer_id: str, now: datetime) -> list[Ways]:
        return self._ways(VISITS.c.volunteer_id == volunteer_id, now)

    @patient
    def _ways(self, which: ColumnElement[bool], now: datetime) -> list[Ways]:
        """To each open visit among these that is somebody's."""
        with writing(self._engine) as connection:
            connection.execute(delete(CODES).where(CODES.c.ends_at <= now))
            tasks = [_task(row) for row in connection.execute(_open(which, now)).all()]
            return [Ways(task=task, path=self.path_of(task), code=self._code(connection, task)) for task in tasks]

    def _code(self, connection: Connection, task: VisitTask) -> str:
        """The task's code, the same whenever it is asked for: the first of its own that is no other task's."""
        for nth in count():
            code = code_of(self._sealer, task.visit_id, task.volunteer_id, nth)
            own = {"visit_id": task.visit_id, "volunteer_id": task.volunteer_id}
            row = own | {"code_hash": self._hash(code), "ends_at": task.ends_at}
            if insert_once(connection, CODES, row):
                return printed(code)
            held = connection.execute(select(CODES).where(CODES.c.code_hash == row["code_hash"])).one()
            if own == {"visit_id": held.visit_id, "volunteer_id": held.volunteer_id}:
                return printed(code)
        raise AssertionError("unreachable")

    def _hash(self, code: str) -> str:
        return self._sealer.index("visit_code_typed", code)

    # --- what is sent ----------------------------------------------------------------------------------------------

    def note_of(self, key: str, words: str) -> NoteRef:
        return NoteRef(id=f"note-{key}", sha256=sha256(words.encode()).hexdigest())

    def enclosures(self, key: str, beside: Beside) -> list[Enclosure]:
        return sql_enclosures.made(key, beside)

    @patient
    def keep(
        self, letter_id: str, letter: UpdateLetter, words: str, beside: Sequence[Enclosure], now: datetime
    ) -> None:  # fmt: skip
        """The letter with the words and the photo it refers to, or none of them. Kept twice it is there once."""
        with writing(self._engine) as connection:
            note = letter.message.note
            if note is not None:
                row = {"id": note.id, "sha256": note.sha256, "text_enc": self._sealer.seal(words), "written_at": now}
                insert_once(connection, NOTES, row)
            if isinstance(letter.message, ReportVisit) and letter.elder_id is not None:
                sql_enclosures.keep(connection, self._sealer, letter.elder_id, letter.message, beside, now)
            keep_at_counter(connection, self._sealer, letter_id, letter, now)


def _of_volunteers() -> Select[Any]:
    """Visits that are somebody's who may go, of cases that run."""
    return (
        select(VISITS, VOLUNTEERS.c.phone_index)
        .join(CASES, CASES.c.elder_id == VISITS.c.elder_id)
        .join(VOLUNTEERS, VOLUNTEERS.c.id == VISITS.c.volunteer_id)
        .where(CASES.c.status == CaseStatus.OPEN.value, VOLUNTEERS.c.barred.is_(False))
    )


def _open(which: ColumnElement[bool], now: datetime) -> Select[Any]:
    query = _of_volunteers().where(which, VISITS.c.state == "open", VISITS.c.ends_at > now)
    return query.order_by(VISITS.c.due_at, VISITS.c.opened_at, VISITS.c.id)


def _standing(connection: Connection, visit_id: str, volunteer_id: str, now: datetime) -> Row[Any] | None:
    """The visit, while it is theirs to make, or made by them and theirs to correct."""
    query = _of_volunteers().where(
        VISITS.c.id == visit_id, VISITS.c.volunteer_id == volunteer_id, VISITS.c.ends_at > now,
        or_(
            VISITS.c.state == "open",
            VISITS.c.state.in_(("done", "late")) & (VISITS.c.visitor_id == volunteer_id),
        ),
    )  # fmt: skip
    return connection.execute(query).one_or_none()


def _task(row: Row[Any]) -> VisitTask:
    return VisitTask(visit_id=row.id, volunteer_id=row.volunteer_id, elder_id=row.elder_id, ends_at=row.ends_at)
