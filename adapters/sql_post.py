"""Letters by SQL: claimed, settled, put off, gathered into digests. Fulfils `post.ports.Letterbox`."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, bindparam, func, insert, select, update

from adapters import sql_causes
from adapters.database import patient, reading, writing
from adapters.sealing import Sealer
from adapters.sql_causes import Verdict
from adapters.sql_claim import OTHER_KINDS, START_CASE, take_up
from adapters.sql_codes import code_for
from adapters.sql_in_flight import in_flight
from adapters.sql_letters import insert_letter
from adapters.sql_policies import InForce, covers_none
from adapters.sql_recipients import county_of, home_of, place_of_letter
from adapters.sql_sender_codes import labels_of
from adapters.sql_steps import tell_step
from models.letters import AT_ONCE, LETTER, Letter, StartDigest, TextClass, TextLetter, WorkItem
from models.policy import TextRules
from models.reading import OpenTask
from models.tables import Area, DigestRow, Elder, LetterRow, TaskCode, VisitRow, table_of
from models.values import Role
from post.ports import Built, Claimed, DueText, Recipient, Settled

LETTERS, DIGESTS, VISITS = table_of(LetterRow), table_of(DigestRow), table_of(VisitRow)
ELDERS, AREAS, CODES = table_of(Elder), table_of(Area), table_of(TaskCode)


class SqlPost:
    def __init__(
        self,
        engine: Engine,
        sealer: Sealer,
        rules_of: Callable[[str], TextRules],
        civil_midnight: Callable[[datetime], datetime],
        civil_day: Callable[[datetime], date],
        out_of_quiet: Callable[[datetime, TextRules], datetime],
        home: str,
        covers: Callable[[str], Collection[str]] = covers_none,
    ) -> None:
        """`rules_of(pack content)`; the civil day is given, because this room knows no zone.

        `home`: the county that answers a phone nobody knows. `covers(pack content)`: as for `sql_policies.InForce`.
        """
        self._engine = engine
        self._sealer = sealer
        self._rules_of = rules_of
        self._midnight = civil_midnight
        self._civil_day = civil_day
        self._out_of_quiet = out_of_quiet
        self._home = home
        self._in_force = InForce(covers)
        self._rules: dict[str, TextRules] = {}

    # --- letters to workflows --------------------------------------------------------------------------------------

    def claim(self, now: datetime, limit: int, owner: str, starts_a_second: int | None) -> list[Claimed]:
        """Lease due letters to workflows, oldest first. The starts of cases have a limit of their own, so that nothing
        else waits behind them: `starts_a_second` of all workers together, or, without it, as many as others.
        """
        rows = [
            *take_up(self._engine, now, limit, owner, START_CASE, starts_a_second),
            *take_up(self._engine, now, limit, owner, OTHER_KINDS),
        ]
        opened = [(row, self._open(row, now)) for row in rows]
        return [Claimed(row.id, letter, row.tries + 1) for row, letter in opened if letter is not None]

    def _open(self, row: Row[Any], now: datetime) -> Letter | None:
        """The letter, or None for one that does not open: it is buried, and the others go on."""
        try:
            return LETTER.validate_json(self._sealer.open(row.body_enc))
        except ValueError as error:
            self.bury(row.id, now, type(error).__name__)
            return None

    @patient
    def settle(self, letters: Sequence[Settled], now: datetime) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                update(LETTERS).where(LETTERS.c.id == bindparam("which")),
                [
                    {
                        "which": letter.id, "state": "delivered", "settled_at": now, "why": letter.why,
                        "reply": letter.reply, "lease_until": None,
                    }
                    for letter in letters
                ],
            )  # fmt: skip
            for step in (letter.step for letter in letters if letter.step is not None):
                tell_step(connection, self._sealer, step, now)

    @patient
    def try_again(self, letter_id: str, at: datetime, why: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                update(LETTERS)
                .where(LETTERS.c.id == letter_id, LETTERS.c.state == "due")
                .values(next_try_at=at, why=why, lease_until=None)
            )

    @patient
    def tell_stuck(self, letter_id: str, now: datetime, why: str) -> None:
        """A letter waits long for a case that does not answer: a person is told, once; the letter stays due."""
        with writing(self._engine) as connection:
            row = connection.execute(select(LETTERS).where(LETTERS.c.id == letter_id)).one()
            self._tell(connection, row, f"stuck-{letter_id}", why, now)

    @patient
    def tell_gone(self, letter_id: str, now: datetime, *, danger: bool) -> None:
        """Somebody wrote to a case that has ended: what they wrote is kept, and a person reads it; danger at once."""
        with writing(self._engine) as connection:
            row = connection.execute(select(LETTERS).where(LETTERS.c.id == letter_id)).one()
            township, county = place_of_letter(connection, row, self._home)
            item = WorkItem(
                item="call_by_phone" if danger else "unclear_reply", elder_id=row.elder_id,
                township_id=township, county_id=county, role=Role.TOWNSHIP_OFFICER,
                due_at=now + (timedelta(minutes=15) if danger else timedelta(hours=24)),
                about=f"closed {letter_id}"[:120],
            )  # fmt: skip
            insert_letter(connection, self._sealer, f"gone-{letter_id}", item, now)

    @patient
    def tell_unsent(self, letter_id: str, now: datetime, why: str, *, urgent: bool) -> None:
        """Whoever must know was not told: a person calls, once for each letter; at once, were it urgent."""
        with writing(self._engine) as connection:
            row = connection.execute(select(LETTERS).where(LETTERS.c.id == letter_id)).one()
            township, county = place_of_letter(connection, row, self._home)
            township = township or home_of(connection, row.recipient_id)
            item = WorkItem(
                item="call_by_phone", elder_id=row.elder_id, township_id=township, county_id=county,
                role=Role.TOWNSHIP_OFFICER if township else Role.COUNTY_OFFICER,
                due_at=now + (timedelta() if urgent else timedelta(hours=4)), about=f"{why} {letter_id}"[:120],
            )  # fmt: skip
            insert_letter(connection, self._sealer, f"lapsed-{letter_id}", item, now)

    @patient
    def bury(self, letter_id: str, now: datetime, why: str) -> None:
        """A poisoned letter fails alone: it is dead, and a person is told."""
        with writing(self._engine) as connection:
            row = connection.execute(select(LETTERS).where(LETTERS.c.id == letter_id)).one()
            buried = connection.execute(
                update(LETTERS)
                .where(LETTERS.c.id == letter_id, LETTERS.c.state == "due")
                .values(state="dead", settled_at=now, why=why, lease_until=None)
            )
            if buried.rowcount:
                self._tell(connection, row, f"dead-{letter_id}", why, now)

    def _tell(self, connection: Connection, row: Row[Any], item_id: str, why: str, now: datetime) -> None:
        township, county = place_of_letter(connection, row, self._home)
        item = WorkItem(
            item="dead_letter", elder_id=row.elder_id, township_id=township, county_id=county,
            role=Role.COUNTY_OFFICER, due_at=now + timedelta(hours=4), about=why[:120],
        )  # fmt: skip
        insert_letter(connection, self._sealer, item_id, item, now)

    # --- texts -----------------------------------------------------------------------------------------------------

    def text_rules(self, now: datetime, recipient_id: str | None) -> TextRules:
        """Those of the recipient's county. Raises LookupError while it has none in force."""
        with reading(self._engine) as connection:
            county_id = county_of(connection, recipient_id) or self._home
            hash_ = self._in_force.hash_of(connection, county_id, self._civil_day(now))
            if hash_ is None:
                raise LookupError(f"no pack is active in {county_id}")
            if hash_ not in self._rules:
                self._rules[hash_] = self._rules_of(self._in_force.content_of(connection, hash_))
        return self._rules[hash_]

    def recipients_due(self, now: datetime) -> list[str]:
        query = select(LETTERS.c.recipient_id).where(
            LETTERS.c.state == "due", LETTERS.c.kind == "text", LETTERS.c.send_not_before <= now
        )
        with reading(self._engine) as connection:
            return list(connection.execute(query.distinct().order_by(LETTERS.c.recipient_id)).scalars())

    def due_texts(self, recipient_id: str, now: datetime) -> list[DueText]:
        return self._texts_of(recipient_id, now, LETTERS.c.send_not_before <= now)

    def waiting_texts(self, recipient_id: str, now: datetime) -> list[DueText]:
        """Those that were put off to a later time than `now`."""
        return self._texts_of(recipient_id, now, LETTERS.c.send_not_before > now)

    def _texts_of(self, recipient_id: str, now: datetime, when: ColumnElement[bool]) -> list[DueText]:
        query = select(LETTERS).where(
            LETTERS.c.state == "due", LETTERS.c.kind == "text", LETTERS.c.recipient_id == recipient_id, when
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(LETTERS.c.created_at, LETTERS.c.id)).all()
        opened = [(row, self._open(row, now)) for row in rows]
        with reading(self._engine) as connection:
            return [sql_causes.due_text(connection, row, of) for row, of in opened if isinstance(of, TextLetter)]

    def recipient(self, recipient_id: str, now: datetime) -> Recipient | None:
        with reading(self._engine) as connection:
            phone, kind, textable = sql_causes.phone_of(connection, recipient_id)
            if phone is None:
                return None
            sent = connection.execute(
                select(func.count())
                .select_from(DIGESTS)
                .where(
                    DIGESTS.c.phone_index == phone,
                    DIGESTS.c.built_at >= self._midnight(now),
                    DIGESTS.c.text_class != TextClass.SIGN_IN.value,
                )
            ).scalar_one()
        return Recipient(recipient_id, kind, phone, textable, sent)

    def same_text_today(self, phone_index: str, text: str, now: datetime) -> int:
        with reading(self._engine) as connection:
            return connection.execute(
                select(func.count())
                .select_from(DIGESTS)
                .where(
                    DIGESTS.c.phone_index == phone_index,
                    DIGESTS.c.body_index == self._sealer.index("text", text),
                    DIGESTS.c.built_at >= self._midnight(now),
                )
            ).scalar_one()

    @patient
    def task_of(self, phone_index: str, elder_id: str, visit_id: str, now: datetime, first_code: int) -> OpenTask:
        """The task as this phone reads it; its code is given once and stays."""
        with writing(self._engine) as connection:
            code = code_for(connection, phone_index, elder_id, now, first_code)
            row = connection.execute(
                select(ELDERS.c.household_id, AREAS.c.name)
                .join(AREAS, AREAS.c.id == ELDERS.c.village_id)
                .where(ELDERS.c.id == elder_id)
            ).one()
        return OpenTask(
            code=code, elder_id=elder_id, person="老人", visit_id=visit_id, village=row.name,
            household_id=row.household_id,
        )  # fmt: skip

    def asked_of(self, recipient_id: str) -> list[str]:
        query = select(VISITS.c.elder_id).where(VISITS.c.volunteer_id == recipient_id, VISITS.c.state == "open")
        with reading(self._engine) as connection:
            return list(dict.fromkeys(connection.execute(query.order_by(VISITS.c.opened_at)).scalars()))

    def called(self, phone_index: str, elder_ids: list[str]) -> list[str]:
        """What this phone calls these elders, in every text the same: apart from all others it has a code of."""
        coded = select(CODES.c.elder_id).where(CODES.c.phone_index == phone_index)
        with reading(self._engine) as connection:
            known = connection.execute(coded).scalars()
            labels = labels_of(connection, self._sealer, list({*known, *elder_ids}))
        return [labels[elder_id][0] for elder_id in elder_ids]

    @patient
    def post_digest(self, recipient: Recipient, built: Built, now: datetime) -> None:
        """The digest, its letters marked as carried by it, and the letter that starts its sending: one transaction."""
        with writing(self._engine) as connection:
            done = connection.execute(select(DIGESTS.c.id).where(DIGESTS.c.id == built.digest_id)).first()
            if done is None:
                connection.execute(
                    insert(DIGESTS).values(
                        id=built.digest_id, recipient_id=recipient.id, recipient_kind=recipient.kind,
                        phone_index=recipient.phone_index, text_class=built.text_class.value, template=built.template,
                        params_enc=self._sealer.seal(json.dumps(dict(built.params), ensure_ascii=False)),
                        body_enc=self._sealer.seal(built.text), segments=built.segments,
                        body_index=self._sealer.index("text", built.text), state="built", built_at=now,
                        send_by=built.send_by,
                    )
                )  # fmt: skip
                start = StartDigest(digest_id=built.digest_id)
                insert_letter(connection, self._sealer, f"start-{built.digest_id}", start, now)
            taken = connection.execute(
                update(LETTERS)
                .where(LETTERS.c.id.in_(built.letter_ids), LETTERS.c.state == "due")
                .values(state="gathered", digest_id=built.digest_id, settled_at=now)
            )
            if done is None and taken.rowcount != len(built.letter_ids):
                connection.rollback()  # another process has one of these lines in a text already: build again

    def judge(self, digest_id: str, now: datetime) -> Verdict:
        """Words once built stay: with one line that is not true any more the text is cancelled, for the others too.

        Cancelled as well: its recipient has opted out since, or has another number, where codes are others: what is
        still so goes in a text of that number. Later: in quiet hours.
        """
        with reading(self._engine) as connection:
            digest = connection.execute(select(DIGESTS).where(DIGESTS.c.id == digest_id)).one()
            rows = connection.execute(select(LETTERS).where(LETTERS.c.digest_id == digest_id)).all()
        opened = [(row, self._open(row, now)) for row in rows]
        with reading(self._engine) as connection:
            lines = [sql_causes.due_text(connection, row, of) for row, of in opened if isinstance(of, TextLetter)]
            phone, _, textable = sql_causes.phone_of(connection, digest.recipient_id)
        if not textable:
            return Verdict("cancelled")
        if phone != digest.phone_index or not all(line.alive for line in lines):
            return Verdict("cancelled", tuple(line.id for line in lines if line.alive))
        at_once = TextClass(digest.text_class) in AT_ONCE
        may = at_once or self._out_of_quiet(now, self.text_rules(now, digest.recipient_id)) == now
        return Verdict("now" if may else "later")

    @patient
    def postpone(self, letter_ids: tuple[str, ...], until: datetime) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(LETTERS).where(LETTERS.c.id.in_(letter_ids)).values(send_not_before=until))

    @patient
    def drop(self, letter_ids: tuple[str, ...], state: str, why: str, now: datetime) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                update(LETTERS)
                .where(LETTERS.c.id.in_(letter_ids), LETTERS.c.state == "due")
                .values(state=state, why=why, settled_at=now)
            )

    def in_flight(self, now: datetime) -> int:
        """0 when all is settled."""
        with reading(self._engine) as connection:
            return in_flight(connection, now)
