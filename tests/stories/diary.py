"""A county by the minute: texts come in through the webhook, and all that was said and done is one page."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import httpx
from sqlalchemy import func, select

from adapters import sms_sandbox
from adapters.database import reading
from audit.invariants_post import inbound_once, nothing_missing, texts_once
from audit.store import Store, snapshot
from decisions.deadlines import SHANGHAI
from models.tables import Inbound, LedgerRow, Note, SandboxText, table_of
from tests.stories.world import PHONES, VOLUNTEER_PHONE, World

LEDGER, INBOUND, NOTES, PHONE_TEXTS = table_of(LedgerRow), table_of(Inbound), table_of(Note), table_of(SandboxText)
WHOSE = {VOLUNTEER_PHONE: "volunteer", **{phone: role.value for role, phone in PHONES.items()}}
WEB = "http://tanfang.test"


class Line(NamedTuple):
    """`who`: the stream's kind and elder for a fact, `→ role` for a text to a phone, `← role` for one that came in."""

    hour: str
    who: str
    what: str


# --- the door --------------------------------------------------------------------------------------------------------


async def writes(world: World, phone: str, body: str, times: int = 1) -> None:
    """A text from a phone through the signed webhook, `times` times as one message; then all that follows at once."""
    url = WEB + sms_sandbox.INBOUND_PATH
    form = {"MessageSid": f"SM{texts_in(world) + 1:06d}", "From": phone, "To": "10690000", "Body": body}
    signed = {sms_sandbox.SIGNATURE_HEADER: sms_sandbox.sign(world.house.providers.sandbox_secret, url, form)}
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


def broken_promises(world: World) -> list[str]:
    """What the auditor finds in the store: a text sent twice, late or untrue, a reply with two effects or none."""
    with snapshot(Store(world.house.engine, world.house.sealer)) as held:
        checks = [promise(held, world.clock) for promise in (texts_once, inbound_once, nothing_missing)]
    assert all(check.examined for check in checks)
    return [offence for check in checks for offence in check.offending]


def hour(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
