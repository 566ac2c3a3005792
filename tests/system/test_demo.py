"""`make demo` as a user runs it: headless, every kind of thing happens and it ends; on screen, the story is told."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from adapters.database import reading
from audit.chain import walk
from audit.store import Store, snapshot
from decisions.deadlines import civil_day
from models.ids import county_area
from models.tables import (
    DigestRow,
    EntitlementRow,
    EscalationRow,
    Inbound,
    LedgerRow,
    PayLineRow,
    PayListRow,
    VisitRow,
    Volunteer,
    table_of,
)
from projections import rates
from settings import Settings
from tests.faults.town import until
from tests.processes import command, descendants, runs
from tests.system.headless import Headless
from wiring import House

HOUSE = Path(__file__).resolve().parent.parent.parent
DEMO = [sys.executable, "starter.py", "demo"]
GUARD = 400  # seconds; no assertion: a demo that never ends its story ends here
VISITS, VOLUNTEERS, DIGESTS, INBOUND = map(table_of, (VisitRow, Volunteer, DigestRow, Inbound))
ESCALATIONS = table_of(EscalationRow)
LINES, LISTS, ENTITLEMENTS, LEDGER = map(table_of, (PayLineRow, PayListRow, EntitlementRow, LedgerRow))

STEPS = (
    "本周期探访开始，由", "短信告知", "第1次提醒", "探访到期，还没有人去", "【督办】督办开始：到期没有人去",
    "【督办】由网格员", "【督办】由养老助理", "【督办】由乡镇专干", "办结：已上门见到", "督办了结：已上门见到",
)  # fmt: skip
"""The followed elder's: asked, silence, reminded, overdue, up the ladder rung by rung, resolved."""

BENEFIT_STEPS = {
    "ClaimOpened", "PapersAsked", "PapersHandedIn", "ClaimChecked", "NoticePosted", "ClaimObjected",
    "ObjectionDecided", "ClaimReturned", "ClaimApproved", "ClaimRefused", "DecisionTold", "EntitlementChanged",
    "PaymentsHeld", "EntitlementStopped", "MonthClosed",
}  # fmt: skip
"""Kinds of facts that the scripted people leave about benefits."""

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
FRAME = re.compile(r"[\s│─╭╮╰╯]")


async def test_the_demo_on_screen_tells_the_whole_story_and_ends_with_ctrl_c(
    tmp_path: Path, headless_plays: asyncio.Task[Headless]
) -> None:
    """The other demo plays beside it; both mostly wait."""
    assert not headless_plays.cancelled()
    terminal = Terminal([*DEMO, "--elders", "12", "--volunteers", "3", "--periods", "1", "--data-dir", str(tmp_path)])
    demo = terminal.process
    try:
        await until(lambda: "按 Ctrl-C 结束" in terminal.said or demo.poll() is not None, "its end", within=GUARD)
        said = terminal.said
        assert demo.poll() is None, said[-2000:]
        it_is_told(said, House(Settings(data_dir=tmp_path, county="demo")))

        started = descendants(demo.pid)
        web = re.search(r"工作台：http://127\.0\.0\.1:(\d+)", said)
        engine = re.search(r" --port (\d+)", " ".join(map(command, started)))
        assert web is not None and engine is not None
        ports = int(web[1]), int(engine[1])
        assert all(map(listens, ports))
        assert len(started) >= 3
        demo.send_signal(signal.SIGINT)
        await until(lambda: demo.poll() is not None, "the demo's end after Ctrl-C")
        assert demo.returncode == 0, terminal.said[-2000:]
        for pid in started:
            await until(lambda pid=pid: not runs(pid), "the end of what the demo started")
        assert not any(map(listens, ports))
    finally:
        terminal.close()


def test_the_headless_demo_keeps_every_promise(headless: Headless) -> None:
    """`headless` looked at it while it played, and planted what is left out here where one is enough."""
    assert headless.code == 0, headless.err[-2000:]
    said = json.loads(headless.out.splitlines()[-1])
    assert said["elders"] == 24
    settled = [said[f"visits_{state}"] for state in ("done", "late", "missed", "cancelled")]
    assert said["visits_opened"] == sum(settled) == 48
    with reading(House(Settings(data_dir=headless.folder, county="demo")).engine) as connection:
        planted = planted_with(connection, headless.elder)
        assert forms_entered_late(connection) >= 1
        assert texted_on_a_shared_phone(connection) >= 2
        it_is_paid(connection, said)
    kinds = ("visits_done", "visits_late", "visits_missed", "visits_cancelled", "unclear_replies", "urgent")
    for kind in (*kinds, "escalations_resolved", "assessments_confirmed", "replayed"):
        assert said[kind] >= 1 + planted.get(kind, 0), kind
    assert sum(said["levels"].values()) == said["assessments_confirmed"] - 1  # one of them was objected to
    the_money_is_one(said)
    assert set(said["invariants"].values()) == {0}
    assert all(count > 0 for count in said["examined"].values())
    assert (headless.folder / "store.sqlite").exists() and (headless.folder / "temporal.sqlite").exists()


def planted_with(connection: Connection, elder: str) -> dict[str, int]:
    """What of the summary is theirs with whom persons were planted, or came in with a planted text."""
    planted = {f"visits_{row.state}": row.number for row in connection.execute(
        select(VISITS.c.state, func.count().label("number")).where(VISITS.c.elder_id == elder).group_by(VISITS.c.state)
    )}  # fmt: skip
    escalations = select(func.count()).where(ESCALATIONS.c.elder_id == elder)
    texts = select(func.count()).where(INBOUND.c.provider_message_id.startswith("SMplanted"))
    return planted | {
        "urgent": connection.execute(escalations.where(ESCALATIONS.c.urgency == "urgent")).scalar_one(),
        "escalations_resolved": connection.execute(escalations.where(ESCALATIONS.c.state == "resolved")).scalar_one(),
        "unclear_replies": connection.execute(texts.where(INBOUND.c.reading.contains('"ask_back":"'))).scalar_one(),
    }


def the_money_is_one(said: dict[str, Any]) -> None:
    """What is due = what is listed + adjustments, to the fen; and none of these is nothing."""
    for kind in ("benefits_approved", "benefits_refused", "entitlement_fen", "payment_list_fen", "back_pay_fen"):
        assert said[kind] > 0, kind
    assert said["claw_back_fen"] < 0
    adjustments = said["back_pay_fen"] + said["claw_back_fen"]
    assert said["entitlement_fen"] == said["payment_list_fen"] + adjustments
    assert said["entitlements_held"] == 0  # whoever has died is stopped by a person's word


def it_is_paid(connection: Connection, said: dict[str, Any]) -> None:
    """By the lines themselves: what was said is their sum. And each thing that people do with a claim was done."""
    listed = select(func.sum(LINES.c.fen)).join(LISTS, LISTS.c.sha256 == LINES.c.sha256)
    assert connection.execute(listed.where(LISTS.c.state == "approved")).scalar_one() == said["entitlement_fen"]
    drawings = select(LISTS.c.state, func.count().label("drawn")).group_by(LISTS.c.state)
    states = {row.state: row.drawn for row in connection.execute(drawings)}
    assert states["drawn_again"] == 2  # the first and the last were returned
    assert states["approved"] >= 2  # three, but for the small hours of the 1st
    done = set(connection.execute(select(LEDGER.c.kind).distinct()).scalars())
    assert done >= BENEFIT_STEPS, BENEFIT_STEPS - done
    kinds = set(connection.execute(select(ENTITLEMENTS.c.kind).distinct()).scalars())
    assert kinds >= {"allowance", "nursing"}


def forms_entered_late(connection: Connection) -> int:
    """Visits by hand of staff, on a day within their period, that were written down after it had ended."""
    late = select(func.count()).where(VISITS.c.recorded_late, VISITS.c.visited_at < VISITS.c.ends_at)
    return connection.execute(late.where(VISITS.c.reported_at > VISITS.c.ends_at)).scalar_one()


def texted_on_a_shared_phone(connection: Connection) -> int:
    """Volunteers who were asked on a phone that is another's too, and on which somebody answered."""
    shared = select(VOLUNTEERS.c.phone_index).group_by(VOLUNTEERS.c.phone_index).having(func.count() > 1)
    asked = select(func.count(func.distinct(DIGESTS.c.recipient_id))).where(
        DIGESTS.c.phone_index.in_(shared),
        DIGESTS.c.phone_index.in_(select(INBOUND.c.phone_index)),
        DIGESTS.c.recipient_kind == "volunteer",
        DIGESTS.c.accepted_at.is_not(None),
    )
    return connection.execute(asked).scalar_one()


class Terminal:
    """A command in a pseudo-terminal of its own, wide enough for the board; `said` is all that came on it so far."""

    def __init__(self, words: list[str]) -> None:
        self._ours, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "200", "LINES": "80"}
        self.process = subprocess.Popen(
            words, cwd=HOUSE, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self._bytes = bytearray()
        self._reads = threading.Thread(target=self._read)
        self._reads.start()

    def _read(self) -> None:
        try:
            while said := os.read(self._ours, 65536):
                self._bytes += said
        except OSError:  # how a terminal says that nobody writes to it any more
            pass

    @property
    def said(self) -> str:
        """Without colours and the moving of the cursor."""
        return CONTROL.sub("", bytes(self._bytes).decode(errors="replace"))

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self._reads.join()
        os.close(self._ours)


def listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def plain(said: str) -> str:
    """Without the frame, and without where a line was broken."""
    return FRAME.sub("", said)


def out_of_turn(words: tuple[str, ...], said: str) -> str | None:
    """The first of the words that does not come after the one before it."""
    at = 0
    for word in words:
        found = said.find(plain(word), at)
        if found < 0:
            return word
        at = found + len(word)
    return None


def untold(story: str) -> list[str]:
    """Who had the case on a rung, and of whose text nothing stands after it: that it went, or that it was
    not sent any more: a rung lasts two seconds."""
    rungs = list(re.finditer(r"【督办】由(?:网格员|养老助理|乡镇专干)(.+?)负责", story))
    assert len(rungs) >= 3
    return [rung[1] for rung in rungs if not re.search(f"短信告知{rung[1]}|发给{rung[1]}的短信", story[rung.end() :])]


def it_is_told(said: str, house: House) -> None:
    """The board followed one elder, the rates, the story of that elder, and the event of which a byte was changed."""
    board, _, rest = said.partition("月探访率")
    month, _, rest = rest.partition("的全过程")
    story, _, tampered = rest.partition("改动台账副本中的一个字节")
    hero = month.split()[-1]
    assert f"跟着看：{hero}" in board
    assert out_of_turn(STEPS, plain(board)) is None
    assert out_of_turn(STEPS, plain(story)) is None
    assert untold(plain(story)) == []

    now = datetime.now(UTC)
    with reading(house.engine) as connection:
        counted = rates.month_visit_rate(
            connection, connection, county_area("demo"), civil_day(now).replace(day=1), now
        )
    assert counted.total.listed == 12 and 0 < counted.total.seen <= counted.total.expected < 12
    for row in (*counted.townships, counted.total):
        assert plain("".join(row.told())) in plain(month)

    lists = re.findall(r"(\d{4}-\d\d)[^\n]*已批准", month)
    assert len(lists) >= 2 and "应发合计" in month and "＝名单发放" in month

    changed = re.search(r"改了 (\S+)#(\d+)", tampered)
    assert changed is not None
    assert f"audit verify：链条：{changed[0].removeprefix('改了 ')} " in tampered
    with snapshot(Store(house.engine, house.sealer)) as held:  # a copy was touched, not the ledger
        (walked,) = [walk(held, stream) for stream in held.streams() if stream.name == changed[1]]
    assert walked.broken is None and len(walked.events) >= int(changed[2])
