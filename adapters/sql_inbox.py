"""Texts received, by SQL: stored before anything else, read once, with what must be known about their sender.

Fulfils `post.ports.InboundStore`. A phone is not unique: who writes is told by the code, else by the open task.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from adapters import sql_opt_out
from adapters.database import patient, reading, writing
from adapters.sealing import Sealer
from adapters.sql_asked import questions_of, tell_unanswered, write_down
from adapters.sql_duty import on_duty, township_of_stranger, townships_of_posts
from adapters.sql_letters import insert_letter
from adapters.sql_recipients import county_of_phone
from adapters.sql_sender_codes import escalation_codes, known_code, labels_of, others_codes
from decisions import answering
from decisions.asking import Question
from decisions.deadlines import civil_day
from models.letters import UpdateLetter, WorkItem
from models.reading import CodeState, OpenTask, SenderContext, SenderKind
from models.tables import Inbound, Note, Post, Staff, TaskCode, VisitRow, Volunteer, table_of
from models.values import Actor, ActorKind, NoteRef, Role
from post.ports import Answered, Opened, Unopened

INBOUND, NOTES, CODES = table_of(Inbound), table_of(Note), table_of(TaskCode)
VISITS, VOLUNTEERS = table_of(VisitRow), table_of(Volunteer)
STAFF, POSTS = table_of(Staff), table_of(Post)


MARK_READ = update(INBOUND).where(
    INBOUND.c.provider == bindparam("by"),
    INBOUND.c.provider_message_id == bindparam("which"),
    INBOUND.c.read_at.is_(None),
)


class Sender(NamedTuple):
    """A phone: whose it is, what was asked of them, and what they were asked back."""

    context: SenderContext
    owners: dict[str, str]  # elder → the volunteer of this phone who holds the open visit
    holds: tuple[answering.HeldVisit, ...]
    volunteers: Sequence[Row[Any]]
    staff: Actor | None
    township_id: str | None
    county_id: str
    asked: dict[str, Question]
    on_duty: str | None


class SqlInbox:
    def __init__(self, engine: Engine, sealer: Sealer, home: str) -> None:
        """`home`: the county whose officers are told of what a phone nobody knows says."""
        self._engine = engine
        self._sealer = sealer
        self._home = home

    @patient
    def store(self, provider: str, message_id: str, phone: str, body: str, received_at: datetime) -> bool:
        """Keep it. False: this message was stored before (a provider may post twice). `phone` in E.164."""
        note_id = f"sms-{provider}-{message_id}"
        try:
            with writing(self._engine) as connection:
                connection.execute(
                    insert(INBOUND).values(
                        provider=provider, provider_message_id=message_id,
                        phone_index=self._sealer.index("phone", phone), phone_enc=self._sealer.seal(phone),
                        note_id=note_id, received_at=received_at, tries=0,
                    )
                )  # fmt: skip
                connection.execute(
                    insert(NOTES).values(
                        id=note_id, sha256=sha256(body.encode()).hexdigest(), text_enc=self._sealer.seal(body),
                        written_at=received_at,
                    )
                )  # fmt: skip
        except IntegrityError:
            return False
        return True

    def open_unread(self, limit: int) -> tuple[list[Opened], list[Unopened]]:
        """Texts not read yet, oldest first, from one snapshot; and those that do not open."""
        query = (
            select(INBOUND, NOTES.c.text_enc, NOTES.c.sha256)
            .join(NOTES, NOTES.c.id == INBOUND.c.note_id)
            .where(INBOUND.c.read_at.is_(None))
            .order_by(INBOUND.c.received_at)
            .limit(limit)
        )
        opened: list[Opened] = []
        unopened: list[Unopened] = []
        with reading(self._engine) as connection:
            senders: dict[str, Sender] = {}
            for row in connection.execute(query).all():
                try:
                    if row.phone_index not in senders:
                        senders[row.phone_index] = self._who(connection, row.phone_index, row.received_at)
                    opened.append(self._open(connection, row, senders[row.phone_index]))
                except (ValueError, LookupError, AssertionError, TypeError) as error:
                    unopened.append(Unopened(row.provider, row.provider_message_id, type(error).__name__))
        return opened, unopened

    def _open(self, connection: Connection, row: Row[Any], sender: Sender) -> Opened:
        body = self._sealer.open(row.text_enc)
        actor, township, county = self._sender(sender, body)
        duty = sender.on_duty
        if actor is None and (named := township_of_stranger(connection, row.phone_index, body)) is not None:
            township, county = named
            duty = on_duty(connection, township, county, row.phone_index, civil_day(row.received_at), self._home)
        text = answering.Inbound(
            message_id=row.provider_message_id, received_at=row.received_at,
            note=NoteRef(id=row.note_id, sha256=row.sha256), sender=actor,
            sender_role=actor.role if actor else None, township_id=township, county_id=county,
            phone_index=row.phone_index, asked=sender.asked, owners=sender.owners, holds=sender.holds,
            staff=sender.staff, on_duty=duty,
        )  # fmt: skip
        return Opened(row.provider, row.provider_message_id, body, text, sender.context)

    @patient
    def answered(self, texts: Sequence[Answered], now: datetime) -> None:
        """The readings, their letters and questions, in one transaction: each text is read exactly once."""
        if not texts:
            return

        with writing(self._engine) as connection:
            for text in texts:
                self._answered(connection, text, now)

    def tell_unanswered(self, now: datetime) -> int:
        return tell_unanswered(self._engine, self._sealer, now, self._home)

    def _answered(self, connection: Connection, text: Answered, now: datetime) -> None:
        if not self._mark_read(connection, text.provider, text.message_id, text.meant.model_dump_json(), now):
            return
        for letter_id, letter in text.letters:
            received = text.text.received_at if isinstance(letter, UpdateLetter) else None
            insert_letter(connection, self._sealer, letter_id, letter, now, received_at=received)
        of = text.text
        write_down(connection, of.phone_index, of.township_id, of.note.id, text.asking, now, text.answer_by)
        if text.meant.opted_out:
            sql_opt_out.mark(connection, of.phone_index, now)

    @patient
    def put_aside(self, provider: str, message_id: str, why: str, now: datetime) -> None:
        """A text we cannot read for a fault of ours: a person reads it, and the others go on."""
        with writing(self._engine) as connection:
            came = (INBOUND.c.provider == provider, INBOUND.c.provider_message_id == message_id)
            phone = connection.execute(select(INBOUND.c.phone_index).where(*came)).scalar()
            theirs = select(VOLUNTEERS.c.township_id).where(VOLUNTEERS.c.phone_index == phone)
            item = WorkItem(
                item="unclear_reply", role=Role.COUNTY_OFFICER, due_at=now + timedelta(hours=24),
                township_id=connection.execute(theirs.order_by(VOLUNTEERS.c.id)).scalar(),
                county_id=county_of_phone(connection, phone) or self._home,
                about=f"{why[:60]} sms-{provider}-{message_id}",
            )  # fmt: skip
            insert_letter(connection, self._sealer, f"aside-{provider}-{message_id}", item, now)
            self._mark_read(connection, provider, message_id, None, now)

    def _mark_read(
        self, connection: Connection, provider: str, message_id: str, meant: str | None, now: datetime
    ) -> bool:
        """False: it was read before."""
        row = {"by": provider, "which": message_id, "read_at": now, "reading": meant}
        return connection.execute(MARK_READ, row).rowcount == 1

    # --- who writes ------------------------------------------------------------------------------------------------

    def _who(self, connection: Connection, phone: str, at: datetime) -> Sender:
        """All that is known of a phone and of what its texts may mean: once for all its texts of a pass."""
        volunteers = connection.execute(
            select(VOLUNTEERS).where(VOLUNTEERS.c.phone_index == phone).order_by(VOLUNTEERS.c.id)
        ).all()
        staff = connection.execute(select(STAFF).where(STAFF.c.phone_index == phone).order_by(STAFF.c.id)).all()
        visits = sql_opt_out.open_visits(connection, [row.id for row in volunteers])
        holds = tuple(
            answering.HeldVisit(visit_id=row.id, elder_id=row.elder_id, volunteer_id=row.volunteer_id) for row in visits
        )
        townships = [volunteers[0].township_id] if volunteers else []
        if staff and not volunteers:
            townships = townships_of_posts(connection, staff[0].id)
        township = townships[0] if townships else None
        county = next((row.county_id for row in (*volunteers, *staff)), None)
        context, owners = self._context(connection, phone, volunteers, staff, visits, townships)
        closed = any(code.state is CodeState.CLOSED for code in context.known_codes)
        taken_up = not closed and (holds or context.known_codes)
        return Sender(
            context=context, owners=owners, holds=holds, volunteers=volunteers, staff=self._staff(connection, staff),
            township_id=township, county_id=county or self._home, asked=questions_of(connection, phone),
            on_duty=None if taken_up else on_duty(connection, township, county, phone, civil_day(at), self._home),
        )  # fmt: skip

    def _context(
        self,
        connection: Connection,
        phone: str,
        volunteers: Sequence[Row[Any]],
        staff: Sequence[Row[Any]],
        open_visits: Sequence[Row[Any]],
        townships: list[str],
    ) -> tuple[SenderContext, dict[str, str]]:
        """The sender's context, and which volunteer of this phone an elder's last visit is of: the open one, if any."""
        codes = {
            row.elder_id: row.code
            for row in connection.execute(select(CODES).where(CODES.c.phone_index == phone).order_by(CODES.c.code))
        }
        visits = list({row.elder_id: row for row in open_visits}.values())
        labels = labels_of(connection, self._sealer, list(codes))
        owners = self._last_went(connection, [row.id for row in volunteers], list(codes))
        owners |= {v.elder_id: v.volunteer_id for v in visits}
        tasks = tuple(
            OpenTask(
                code=codes[v.elder_id], elder_id=v.elder_id, person=labels[v.elder_id][0],
                village=labels[v.elder_id][1], household_id=labels[v.elder_id][2], visit_id=v.id,
            )
            for v in visits
            if v.elder_id in codes
        )  # fmt: skip
        open_elders = {task.elder_id for task in tasks}
        known = tuple(
            known_code(connection, code, elder_id, labels[elder_id])
            for elder_id, code in codes.items()
            if elder_id not in open_elders
        )
        kind = SenderKind.VOLUNTEER if volunteers else SenderKind.STAFF if staff else SenderKind.UNKNOWN
        context = SenderContext(
            sender_kind=kind,
            open_tasks=tasks,
            known_codes=known,
            others_codes=others_codes(connection, self._sealer, phone, townships),
            escalation_codes=escalation_codes(connection, [row.id for row in staff], codes, labels),
        )
        return context, owners

    def _last_went(self, connection: Connection, volunteer_ids: list[str], elder_ids: list[str]) -> dict[str, str]:
        """Whose of several volunteers a visit was that is over: what corrects it or says it again is theirs too."""
        if len(volunteer_ids) < 2:
            return {}
        last: dict[str, str] = {}
        query = select(VISITS.c.elder_id, VISITS.c.visitor_id, VISITS.c.volunteer_id)
        query = query.where(VISITS.c.elder_id.in_(elder_ids)).order_by(VISITS.c.opened_at, VISITS.c.id)
        for row in connection.execute(query):
            for volunteer_id in (row.volunteer_id, row.visitor_id):
                if volunteer_id in volunteer_ids:
                    last[row.elder_id] = volunteer_id
        return last

    def _staff(self, connection: Connection, staff: Sequence[Row[Any]]) -> Actor | None:
        if not staff:
            return None
        own = or_(POSTS.c.holder_id == staff[0].id, POSTS.c.deputy_id == staff[0].id)
        post = connection.execute(select(POSTS).where(own).order_by(POSTS.c.id)).first()
        return Actor(id=staff[0].id, kind=ActorKind.STAFF, role=Role(post.role) if post else None)

    def _sender(self, sender: Sender, body: str) -> tuple[Actor | None, str | None, str]:
        """Who writes, of which township and county.

        One phone, two volunteers: whose task the code names; else the one who has tasks; else the first.
        """
        if not sender.volunteers:
            return sender.staff, sender.township_id, sender.county_id
        named = [sender.owners[t.elder_id] for t in sender.context.open_tasks if str(t.code) in body]
        wanted = named[0] if named else next(iter(sender.owners.values()), sender.volunteers[0].id)
        row = next((v for v in sender.volunteers if v.id == wanted), sender.volunteers[0])
        return Actor(id=row.id, kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER), row.township_id, row.county_id
