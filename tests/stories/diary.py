"""A county by the minute: time moves to the next thing that is due, and all that was said and done is one page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import httpx
from sqlalchemy import func, select

from adapters import sms_sandbox
from adapters.database import reading
from decisions import care_case, escalation
from decisions.case_state import State
from decisions.deadlines import SHANGHAI
from models.tables import Inbound, LedgerRow, LetterRow, Note, SandboxText, StreamState, table_of
from projections.streams import load
from tests.stories.world import PHONES, VOLUNTEER_PHONE, World

LEDGER, LETTERS, STREAMS = table_of(LedgerRow), table_of(LetterRow), table_of(StreamState)
INBOUND, NOTES, PHONE_TEXTS = table_of(Inbound), table_of(Note), table_of(SandboxText)
WHOSE = {VOLUNTEER_PHONE: "volunteer", **{phone: role.value for role, phone in PHONES.items()}}
A_DAY, A_SECOND = timedelta(days=1), timedelta(seconds=1)
WEB = "http://tanfang.test"


class Line(NamedTuple):
    """`who`: the stream's kind and elder for a fact, `→ role` for a text to a phone, `← role` for one that came in."""

    hour: str
    who: str
    what: str


# --- time ------------------------------------------------------------------------------------------------------------


async def live(world: World, until: datetime) -> None:
    """As the county lives it: dispatch, which looks four times a second, has work only at these moments.

    What is carried makes others act: a second later it is looked again.
    """
    busy = 1
    while world.clock < until:
        due = world.clock if busy else min(next_moment(world), until)
        await world.env.sleep(max(due - world.clock, A_SECOND))
        busy = await world.settle()


def next_moment(world: World) -> datetime:
    """The first at which a letter is due, a case wakes or a ladder climbs; a day from now if nothing is."""
    with reading(world.house.engine) as connection:
        letters = connection.execute(select(LETTERS).where(LETTERS.c.state == "due")).all()
        streams = connection.execute(select(STREAMS)).all()
    moments = [max(row.send_not_before, row.next_try_at or row.send_not_before) for row in letters]
    for row in streams:
        state = load(row.stream, world.house.sealer.open(row.state_enc))
        wakes = care_case.next_wakeup(state) if isinstance(state, State) else escalation.next_wakeup(state)
        moments += [wakes] if wakes is not None else []
    return min([*moments, world.clock + A_DAY])


# --- the door --------------------------------------------------------------------------------------------------------


async def writes(world: World, phone: str, body: str, times: int = 1) -> None:
    """A text from a phone through the signed webhook, `times` times as one message; then all that follows at once."""
    url = WEB + sms_sandbox.INBOUND_PATH
    form = {"MessageSid": f"SM{texts_in(world) + 1:06d}", "From": phone, "To": "10690000", "Body": body}
    signed = {sms_sandbox.SIGNATURE_HEADER: sms_sandbox.sign(world.house.sms_secret, url, form)}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.house.web(world.client))) as http:
        for _ in range(times):
            assert (await http.post(url, data=form, headers=signed)).status_code == 204
    await world.settle()


def texts_in(world: World) -> int:
    with reading(world.house.engine) as connection:
        return connection.execute(select(func.count()).select_from(INBOUND)).scalar_one()


# --- reading ---------------------------------------------------------------------------------------------------------


def page(world: World, since: datetime) -> list[Line]:
    """Every fact of every stream and every text from `since` on, by the minute.

    Within a minute what came in stands first and what went out last. What cases or phones did beside each other stands
    in order of their names, since nothing says who was first.
    """
    open_ = world.house.sealer.open
    with reading(world.house.engine) as connection:
        facts = connection.execute(select(LEDGER)).all()
        sent = connection.execute(select(PHONE_TEXTS)).all()
        came = connection.execute(select(INBOUND, NOTES.c.text_enc).join(NOTES, NOTES.c.id == INBOUND.c.note_id)).all()
    lines: list[tuple[datetime, tuple[object, ...], str, str]] = []
    for row in came:
        whose = WHOSE[open_(row.phone_enc)]
        lines.append((row.received_at, (0, row.received_at), f"← {whose}", open_(row.text_enc)))
    for row in facts:
        stream, elder = row.stream.split("/")[:2]
        lines.append((row.at, (1, elder, row.at, row.stream, row.seq), f"{stream} {elder}", row.kind))
    for row in sent:
        whose, body = WHOSE[open_(row.phone_enc)], open_(row.body_enc)
        lines.append((row.sent_at, (2, whose, body), f"→ {whose}", body))
    lines.sort(key=lambda line: (hour(line[0]), line[1]))
    return [Line(hour(at), who, what) for at, _, who, what in lines if at >= since]


def hour(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
