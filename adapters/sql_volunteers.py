"""Whether a volunteer may be asked and texted, and on which number: barred, the bar lifted, consent, a new number.

Each change is one transaction and one line in the register of changes. Fulfils `post.people.Volunteers`.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, Engine, select, update

from adapters import phones
from adapters.database import patient, writing
from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter
from adapters.sql_opt_out import open_visits
from adapters.sql_people import changed, must
from decisions.deadlines import civil_day
from decisions.new_number import asked_again
from models.errors import Refusal
from models.tables import Volunteer, table_of
from models.values import Actor, AgreedHow, VisitKind

VOLUNTEERS = table_of(Volunteer)


class SqlVolunteers:
    """Each raises `sql_people.NotFound` for an id that nobody has."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    @patient
    def bar(self, volunteer_id: str, why: str, by: Actor, at: datetime) -> list[str] | Refusal:
        """Answers the elders whose open visits must be given to somebody else now. Pairs stand, for when it ends."""
        with writing(self._engine) as connection:
            if must(connection, VOLUNTEERS, volunteer_id).barred:
                return Refusal.ALREADY_BARRED
            self._set(connection, volunteer_id, barred=True)
            changed(connection, self._sealer, volunteer_id, "barred", None, why, by, at)
            return [visit.elder_id for visit in open_visits(connection, [volunteer_id])]

    @patient
    def lift(self, volunteer_id: str, why: str, by: Actor, at: datetime) -> Refusal | None:
        with writing(self._engine) as connection:
            if not must(connection, VOLUNTEERS, volunteer_id).barred:
                return Refusal.NOT_BARRED
            self._set(connection, volunteer_id, barred=False)
            changed(connection, self._sealer, volunteer_id, "bar_lifted", None, why, by, at)
        return None

    @patient
    def consent(self, volunteer_id: str, given_on: date, how: AgreedHow, by: Actor, at: datetime) -> Refusal | None:
        """They agree to be asked and texted, anew after 退订. One of before that proves nothing."""
        with writing(self._engine) as connection:
            row = must(connection, VOLUNTEERS, volunteer_id)
            if given_on > civil_day(at):
                return Refusal.IN_THE_FUTURE
            if row.opted_out_at is not None and given_on < civil_day(row.opted_out_at):
                return Refusal.CONSENT_TOO_OLD
            before = f"{row.consented_on or ''}/{'opted_out' if row.opted_out_at else ''}"
            self._set(connection, volunteer_id, consented_on=given_on, opted_out_at=None)
            changed(connection, self._sealer, volunteer_id, "consent", before, f"{given_on}/{how.value}", by, at)
        return None

    @patient
    def new_phone(self, volunteer_id: str, said: str, by: Actor, at: datetime) -> tuple[int, list[str]] | Refusal:
        """How many open visits are asked for anew on it, or the elders whose visits must go to others.

        A number is what opts out: who takes over one that has, has too. Codes belong to the number; those of the old
        one end by themselves (`sql_codes`), and a text built with them is built anew (`sql_post.judge`).
        """
        phone = phones.mobile(said)
        if phone is None:
            return Refusal.NOT_A_MOBILE
        index = self._sealer.index("phone", phone)
        with writing(self._engine) as connection:
            row = must(connection, VOLUNTEERS, volunteer_id)
            if row.phone_index == index:
                return Refusal.SAME_PHONE
            stopped = (VOLUNTEERS.c.phone_index == index, VOLUNTEERS.c.opted_out_at.is_not(None))
            query = select(VOLUNTEERS.c.opted_out_at).where(*stopped).order_by(VOLUNTEERS.c.opted_out_at.desc())
            opted_out_at = connection.execute(query.limit(1)).scalar() or row.opted_out_at
            old = self._sealer.open(row.phone_enc)
            self._set(
                connection, volunteer_id, phone_enc=self._sealer.seal(phone), phone_index=index,
                opted_out_at=opted_out_at,
            )  # fmt: skip
            changed(connection, self._sealer, volunteer_id, "phone", old, phone, by, at)
            visits = open_visits(connection, [volunteer_id])
            if opted_out_at is not None:
                return 0, [visit.elder_id for visit in visits]
            waiting = [visit for visit in visits if visit.due_at > at]
            for visit in waiting:
                extra = visit.kind == VisitKind.AD_HOC.value
                letter = asked_again(visit.elder_id, visit.id, volunteer_id, visit.due_at, extra=extra)
                insert_letter(connection, self._sealer, f"number-{visit.id}-{int(at.timestamp())}", letter, at)
            return len(waiting), []

    def _set(self, connection: Connection, volunteer_id: str, **values: object) -> None:
        connection.execute(update(VOLUNTEERS).where(VOLUNTEERS.c.id == volunteer_id).values(values))
