"""Texts received, by SQL: stored before anything else, read once, with what must be known about their sender.

Fulfils `post.ports.InboundStore`. A phone is not unique: who writes is told by the code, else by the open task.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from adapters.database import reading, writing
from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter
from adapters.sql_post import elder_name
from decisions import answering
from decisions.wording import persons
from models.letters import Letter, UpdateLetter, WorkItem
from models.reading import (
    CodeState,
    EscalationCode,
    KnownCode,
    OpenTask,
    OtherCode,
    Reading,
    SenderContext,
    SenderKind,
)
from models.tables import (
    Area,
    CaseRow,
    Elder,
    EscalationRow,
    Inbound,
    Note,
    Post,
    Staff,
    TaskCode,
    VisitRow,
    Volunteer,
    table_of,
)
from models.values import Actor, ActorKind, NoteRef, Role, VisitResult

INBOUND, NOTES, CODES = table_of(Inbound), table_of(Note), table_of(TaskCode)
VISITS, CASES, ELDERS, AREAS = table_of(VisitRow), table_of(CaseRow), table_of(Elder), table_of(Area)
VOLUNTEERS, STAFF, POSTS = table_of(Volunteer), table_of(Staff), table_of(Post)
ESCALATIONS = table_of(EscalationRow)


class SqlInbox:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

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

    def unread(self, limit: int) -> list[tuple[str, str]]:
        query = select(INBOUND.c.provider, INBOUND.c.provider_message_id).where(INBOUND.c.read_at.is_(None))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(INBOUND.c.received_at).limit(limit)).all()
        return [(row.provider, row.provider_message_id) for row in rows]

    def open(self, provider: str, message_id: str) -> tuple[str, answering.Inbound, SenderContext] | None:
        """The text, what is known of it, and its sender's context. None: read already."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(INBOUND, NOTES.c.text_enc, NOTES.c.sha256)
                .join(NOTES, NOTES.c.id == INBOUND.c.note_id)
                .where(INBOUND.c.provider == provider, INBOUND.c.provider_message_id == message_id)
            ).one()
            if row.read_at is not None:
                return None
            body = self._sealer.open(row.text_enc)
            context, owners = self._context(connection, row.phone_index)
            actor, township = self._sender(connection, row.phone_index, context, owners, body)
            asked = connection.execute(
                select(INBOUND.c.reading)
                .where(INBOUND.c.phone_index == row.phone_index, INBOUND.c.read_at.is_not(None))
                .order_by(INBOUND.c.read_at.desc())
                .limit(1)
            ).scalar()
        before = asked is not None and Reading.model_validate_json(asked).ask_back is not None
        text = answering.Inbound(
            message_id=message_id, received_at=row.received_at, note=NoteRef(id=row.note_id, sha256=row.sha256),
            sender=actor, sender_role=actor.role if actor else None, township_id=township,
            phone_index=row.phone_index, unclear_before=before, owners=owners,
        )  # fmt: skip
        return body, text, context

    def answered(
        self, provider: str, message_id: str, meant: Reading, letters: list[tuple[str, Letter]], now: datetime
    ) -> None:
        """The reading and its letters, in one transaction: the text is read exactly once."""
        with writing(self._engine) as connection:
            row = connection.execute(
                select(INBOUND.c.read_at, INBOUND.c.received_at, INBOUND.c.phone_index).where(
                    INBOUND.c.provider == provider, INBOUND.c.provider_message_id == message_id
                )
            ).one()
            if row.read_at is not None:
                return
            for letter_id, letter in letters:
                received = row.received_at if isinstance(letter, UpdateLetter) else None
                insert_letter(connection, self._sealer, letter_id, letter, now, received_at=received)
            if meant.opted_out:
                connection.execute(
                    update(VOLUNTEERS).where(VOLUNTEERS.c.phone_index == row.phone_index).values(opted_out_at=now)
                )
            self._mark_read(connection, provider, message_id, meant.model_dump_json(), now)

    def put_aside(self, provider: str, message_id: str, why: str, now: datetime) -> None:
        """A text we cannot read for a fault of ours: a person reads it, and the others go on."""
        with writing(self._engine) as connection:
            item = WorkItem(
                item="unclear_reply", role=Role.COUNTY_OFFICER, due_at=now + timedelta(hours=24),
                about=f"{why[:60]} sms-{provider}-{message_id}",
            )  # fmt: skip
            insert_letter(connection, self._sealer, f"aside-{provider}-{message_id}", item, now)
            self._mark_read(connection, provider, message_id, None, now)

    def _mark_read(
        self, connection: Connection, provider: str, message_id: str, meant: str | None, now: datetime
    ) -> None:
        connection.execute(
            update(INBOUND)
            .where(INBOUND.c.provider == provider, INBOUND.c.provider_message_id == message_id)
            .values(read_at=now, reading=meant)
        )

    # --- who writes ------------------------------------------------------------------------------------------------

    def _context(self, connection: Connection, phone: str) -> tuple[SenderContext, dict[str, str]]:
        """The sender's context, and which volunteer of this phone holds each open task's visit."""
        volunteers = list(
            connection.execute(select(VOLUNTEERS).where(VOLUNTEERS.c.phone_index == phone).order_by(VOLUNTEERS.c.id))
        )
        staff = list(connection.execute(select(STAFF).where(STAFF.c.phone_index == phone)))
        ids = [row.id for row in volunteers]
        codes = {
            row.elder_id: row.code
            for row in connection.execute(select(CODES).where(CODES.c.phone_index == phone).order_by(CODES.c.code))
        }
        visits = self._open_visits(connection, ids)
        labels = self._labels(connection, list(codes))
        owners = {v.elder_id: v.volunteer_id for v in visits}
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
            self._known(connection, code, elder_id, labels[elder_id])
            for elder_id, code in codes.items()
            if elder_id not in open_elders
        )
        kind = SenderKind.VOLUNTEER if volunteers else SenderKind.STAFF if staff else SenderKind.UNKNOWN
        township = volunteers[0].township_id if volunteers else None
        context = SenderContext(
            sender_kind=kind,
            open_tasks=tasks,
            known_codes=known,
            others_codes=self._others(connection, phone, township),
            escalation_codes=self._escalations(connection, [row.id for row in staff], codes, labels),
            counts_phone_calls=min(codes.values(), default=60) >= 60,
        )
        return context, owners

    def _open_visits(self, connection: Connection, volunteer_ids: list[str]) -> list[Row[Any]]:
        query = select(VISITS).where(VISITS.c.volunteer_id.in_(volunteer_ids), VISITS.c.state == "open")
        rows = connection.execute(query.order_by(VISITS.c.opened_at, VISITS.c.id)).all()
        return list({row.elder_id: row for row in rows}.values())

    def _labels(self, connection: Connection, elder_ids: list[str]) -> dict[str, tuple[str, str, str]]:
        rows = connection.execute(
            select(ELDERS.c.id, ELDERS.c.name_enc, ELDERS.c.sex, ELDERS.c.household_id, AREAS.c.name)
            .join(AREAS, AREAS.c.id == ELDERS.c.village_id)
            .where(ELDERS.c.id.in_(elder_ids))
            .order_by(ELDERS.c.id)
        ).all()
        called = persons([elder_name(row.id, self._sealer.open(row.name_enc), row.sex) for row in rows])
        return {row.id: (who, row.name, row.household_id) for row, who in zip(rows, called, strict=True)}

    def _known(self, connection: Connection, code: int, elder_id: str, label: tuple[str, str, str]) -> KnownCode:
        status = connection.execute(select(CASES.c.status).where(CASES.c.elder_id == elder_id)).scalar()
        last = connection.execute(
            select(VISITS.c.id, VISITS.c.state, VISITS.c.result)
            .where(VISITS.c.elder_id == elder_id)
            .order_by(VISITS.c.opened_at.desc())
            .limit(1)
        ).first()
        reported = last is not None and last.state in ("done", "late")
        if status in ("closed", "death_reported"):
            state = CodeState.CLOSED
        elif status == "suspended":
            state = CodeState.SUSPENDED
        else:
            state = CodeState.REPORTED if reported else CodeState.IDLE
        return KnownCode(
            code=code, elder_id=elder_id, person=label[0], village=label[1], household_id=label[2], state=state,
            visit_id=last.id if reported and last else None,
            last_result=VisitResult(last.result) if reported and last and last.result else None,
        )  # fmt: skip

    def _others(self, connection: Connection, phone: str, township: str | None) -> tuple[OtherCode, ...]:
        if township is None:
            return ()
        rows = connection.execute(
            select(CODES.c.code, CODES.c.elder_id, CODES.c.phone_index)
            .join(ELDERS, ELDERS.c.id == CODES.c.elder_id)
            .where(ELDERS.c.township_id == township, CODES.c.phone_index != phone)
            .order_by(CODES.c.code)
        ).all()
        by_code: dict[int, set[str]] = {}
        for row in rows:
            by_code.setdefault(row.code, set()).add(row.elder_id)
        single = {code: next(iter(elders)) for code, elders in by_code.items() if len(elders) == 1}
        labels = self._labels(connection, list(single.values()))
        return tuple(
            OtherCode(code=code, elder_id=elder_id, person=labels[elder_id][0]) for code, elder_id in single.items()
        )

    def _escalations(
        self,
        connection: Connection,
        staff_ids: list[str],
        codes: dict[str, int],
        labels: dict[str, tuple[str, str, str]],
    ) -> tuple[EscalationCode, ...]:
        """Open escalations this phone was told of: whoever was asked on any rung may still take it on or end it."""
        if not staff_ids:
            return ()
        query = select(ESCALATIONS).where(ESCALATIONS.c.elder_id.in_(codes), ESCALATIONS.c.state != "resolved")
        return tuple(
            EscalationCode(
                code=codes[row.elder_id], elder_id=row.elder_id, person=labels[row.elder_id][0],
                escalation_id=row.id, visit_id=row.visit_id,
            )
            for row in connection.execute(query.order_by(ESCALATIONS.c.asked_at))
        )  # fmt: skip

    def _sender(
        self, connection: Connection, phone: str, context: SenderContext, owners: dict[str, str], body: str
    ) -> tuple[Actor | None, str | None]:
        """One phone, two volunteers: whose task the code names; else the one who has tasks; else the first."""
        volunteers = list(
            connection.execute(select(VOLUNTEERS).where(VOLUNTEERS.c.phone_index == phone).order_by(VOLUNTEERS.c.id))
        )
        if volunteers:
            named = [owners[t.elder_id] for t in context.open_tasks if str(t.code) in body]
            wanted = named[0] if named else next(iter(owners.values()), volunteers[0].id)
            row = next((v for v in volunteers if v.id == wanted), volunteers[0])
            return Actor(id=row.id, kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER), row.township_id
        staff = connection.execute(select(STAFF).where(STAFF.c.phone_index == phone).order_by(STAFF.c.id)).first()
        if staff is None:
            return None, None
        post = connection.execute(
            select(POSTS).where(or_(POSTS.c.holder_id == staff.id, POSTS.c.deputy_id == staff.id)).order_by(POSTS.c.id)
        ).first()
        role = Role(post.role) if post else None
        return Actor(id=staff.id, kind=ActorKind.STAFF, role=role), None
