"""The store goes away under a step that staff hand in: kept or refused, never an error once it is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Row, select
from sqlalchemy.exc import OperationalError

from adapters.database import open_engine, reading
from adapters.sql_desk import SqlDesk
from adapters.sql_ledger import SqlLedger
from decisions.deadlines import civil_day
from models.ids import case_stream
from models.letters import UpdateLetter
from models.messages import CloseCase, Reply
from models.tables import CommandRow, LetterRow, table_of
from models.values import CloseReason, Role
from post.desk import Desk
from post.gateway import Delivered, Gateway
from tests.faults.town import Town, actor, report, said, town, until
from wiring import House

SOON_MS = 200  # how long the counter waits for the lock
CASE = case_stream("E1")
LETTERS, COMMANDS = table_of(LetterRow), table_of(CommandRow)


class Lock:
    """The store's write lock in another's hand, as a long copy or a stuck process has it."""

    def __init__(self, folder: Path) -> None:
        self._holder = sqlite3.connect(folder / "store.sqlite", isolation_level=None, check_same_thread=False)

    def take(self) -> None:
        self._holder.execute("BEGIN IMMEDIATE")

    def give(self) -> None:
        if self._holder.in_transaction:
            self._holder.execute("ROLLBACK")

    def close(self) -> None:
        self._holder.close()


class Postman(Gateway):
    """The real one, after whose round something happens."""

    after: Callable[[], None]

    async def deliver(self, letter: UpdateLetter) -> Delivered:
        delivered = await super().deliver(letter)
        self.after()
        return delivered


class Shelf(SqlDesk):
    """The real one; something happens once a letter on it is settled."""

    after: Callable[[], None] = staticmethod(lambda: None)

    def settle(
        self, letter_id: str, now: datetime, state: str, why: str | None = None, reply: str | None = None
    ) -> None:
        super().settle(letter_id, now, state, why, reply)
        self.after()


class Scene:
    def __init__(self, there: Town, folder: Path) -> None:
        self.town = there
        self.house = House(there.settings, busy_timeout_ms=SOON_MS)
        self.lock = Lock(folder)
        self.shelf = Shelf(self.house.engine, self.house.sealer, civil_day)
        self.postman = Postman(there.client, self.house.ledger.reply_under)
        self.postman.after = lambda: None
        self.desk = Desk(self.shelf, self.postman, lambda: datetime.now(UTC))

    def letter(self, key: str) -> Row[tuple[object, ...]] | None:
        with reading(self.house.engine) as connection:
            return connection.execute(select(LETTERS).where(LETTERS.c.id == key)).one_or_none()

    def command(self, key: str) -> Row[tuple[object, ...]] | None:
        with reading(self.house.engine) as connection:
            return connection.execute(select(COMMANDS).where(COMMANDS.c.id == key)).one_or_none()

    def settled(self, key: str) -> bool:
        letter = self.letter(key)
        return letter is not None and letter.state == "delivered"

    def close(self) -> None:
        self.lock.close()
        self.house.engine.dispose()


@pytest_asyncio.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with town(tmp_path, "E1") as there, there.working():
        await until(lambda: there.recorded(CASE), "the case has opened")
        made = Scene(there, tmp_path)
        yield made
        made.lock.give()
        made.close()
        await there.settled()
        await there.keeps_every_promise()


async def test_an_answer_that_cannot_be_settled_is_later_and_dispatch_settles_it(scene: Scene) -> None:
    scene.postman.after = scene.lock.take
    reply = await scene.desk.hand_in(CASE, "E1", report("step-1"))
    assert reply == Reply(key="step-1", accepted=False, refusal="later")
    assert scene.town.kinds(CASE).count("VisitReported") == 1
    scene.lock.give()
    await until(lambda: scene.settled("step-1"), "dispatch has settled the letter")
    assert scene.town.kinds(CASE).count("VisitReported") == 1


async def test_a_line_that_cannot_be_logged_does_not_lose_the_answer(scene: Scene) -> None:
    scene.shelf.after = scene.lock.take
    reply = await scene.desk.hand_in(CASE, "E1", report("step-1"))
    assert (reply.accepted, reply.recorded[0]) == (True, "VisitReported")
    assert scene.command("step-1") is None
    scene.lock.give()
    scene.shelf.after = lambda: None
    assert (await scene.desk.hand_in(CASE, "E1", report("step-2"))).refusal is not None
    assert scene.command("step-2") is not None


async def test_a_ledger_that_cannot_be_read_is_later(scene: Scene) -> None:
    """The case has ended, so the answer is looked up in the ledger, whose disk is not there."""
    head = said("step-close") | {"actor": actor(Role.COUNTY_OFFICER), "reason": CloseReason.NOT_ELIGIBLE}
    closing = CloseCase.model_validate(head)
    await scene.town.ask(CASE, closing)
    away = open_engine(f"sqlite:///{scene.town.folder / 'not-mounted' / 'store.sqlite'}")
    postman = Gateway(scene.town.client, SqlLedger(away, scene.house.sealer, lambda: None).reply_under)
    desk = Desk(scene.shelf, postman, lambda: datetime.now(UTC))
    reply = await desk.hand_in(CASE, "E1", report("step-1"))
    assert reply == Reply(key="step-1", accepted=False, refusal="later")
    away.dispose()
    await until(lambda: scene.settled("step-1"), "dispatch has settled the letter")


async def test_a_step_that_was_not_kept_is_an_error(scene: Scene) -> None:
    scene.lock.take()
    with pytest.raises(OperationalError):
        await scene.desk.hand_in(CASE, "E1", report("step-1"))
    scene.lock.give()
    assert scene.letter("step-1") is None
