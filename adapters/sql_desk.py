"""What the counter needs from the store. Fulfils `post.desk.DeskStore`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import Engine, or_, select, update

from adapters.database import reading, writing
from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter, insert_once
from decisions.permits import HeldPost, Territory
from models.letters import UpdateLetter
from models.tables import CommandRow, Elder, LetterRow, Post, StaffLeave, WorkItemRow, table_of
from models.values import Role

POSTS, LEAVE, ELDERS = table_of(Post), table_of(StaffLeave), table_of(Elder)
LETTERS, COMMANDS, ITEMS = table_of(LetterRow), table_of(CommandRow), table_of(WorkItemRow)


class SqlDesk:
    def __init__(self, engine: Engine, sealer: Sealer, civil_day: Callable[[datetime], date]) -> None:
        self._engine = engine
        self._sealer = sealer
        self._civil_day = civil_day

    def posts_of(self, staff_id: str, now: datetime) -> tuple[HeldPost, ...]:
        """The posts they hold today; as deputy only while the holder is away or the post has none."""
        day = self._civil_day(now)
        with reading(self._engine) as connection:
            away = set(
                connection.execute(
                    select(LEAVE.c.staff_id).where(LEAVE.c.from_on <= day, LEAVE.c.to_on >= day)
                ).scalars()
            )
            rows = connection.execute(
                select(POSTS)
                .where(or_(POSTS.c.holder_id == staff_id, POSTS.c.deputy_id == staff_id))
                .order_by(POSTS.c.id)
            ).all()
        held = [row for row in rows if row.holder_id == staff_id or row.holder_id is None or row.holder_id in away]
        return tuple(HeldPost(role=Role(row.role), area_id=row.area_id) for row in held)

    def territory_of(self, elder_id: str) -> Territory | None:
        query = select(ELDERS.c.village_id, ELDERS.c.township_id, ELDERS.c.county_id).where(ELDERS.c.id == elder_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return Territory(village_id=row.village_id, township_id=row.township_id, county_id=row.county_id)

    def hand_in(self, letter_id: str, letter: UpdateLetter, now: datetime) -> None:
        """Kept, and left to the caller to deliver first; dispatch takes it up if the caller does not come back."""
        with writing(self._engine) as connection:
            insert_letter(connection, self._sealer, letter_id, letter, now, received_at=letter.message.received_at)

    def settle(
        self, letter_id: str, now: datetime, state: str, why: str | None = None, reply: str | None = None
    ) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                update(LETTERS)
                .where(LETTERS.c.id == letter_id)
                .values(state=state, settled_at=now, why=why, reply=reply)
            )

    def close_item(self, item_id: str, staff_id: str, why: str, now: datetime) -> bool:
        """A person has dealt with a work item. False: there is none open of this id."""
        with writing(self._engine) as connection:
            closed = connection.execute(
                update(ITEMS)
                .where(ITEMS.c.id == item_id, ITEMS.c.closed_at.is_(None))
                .values(closed_at=now, closed_by=staff_id, close_reason=why)
            )
        return closed.rowcount == 1

    def log_step(
        self,
        step_id: str,
        staff_id: str,
        role: str,
        action: str,
        subject_id: str,
        accepted: bool,
        answer: str,
        now: datetime,
    ) -> None:
        with writing(self._engine) as connection:
            step = {
                "id": step_id, "staff_id": staff_id, "role": role, "action": action, "subject_id": subject_id,
                "at": now, "accepted": accepted, "answer": answer,
            }  # fmt: skip
            insert_once(connection, COMMANDS, step)
