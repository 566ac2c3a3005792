"""Letters and texts that cannot be read or taken: each fails alone, a person is told, and the others go on."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select

from adapters.database import reading, writing
from adapters.sql_letters import insert_letter
from models.ids import case_stream
from models.letters import UpdateLetter
from models.messages import Acknowledge
from models.tables import Inbound, LetterRow, Note, WorkItemRow, table_of
from tests.faults.scale import figure
from tests.faults.test_kills import asked
from tests.faults.town import VOLUNTEER_PHONE, Town, said, town, until

ELDERS = ("E1", "E2", "E3")
INBOUND, NOTES, LETTERS, ITEMS = map(table_of, (Inbound, Note, LetterRow, WorkItemRow))
POISONED = ("no-seal", "no-such-update")


def poison(there: Town) -> None:
    """A letter whose seal does not open, one that asks a case for what it does not know, a text that does not open."""
    now, seal = datetime.now(UTC), there.house.sealer
    strange = UpdateLetter(workflow_id=case_stream("E1"), elder_id="E1", message=Acknowledge(**said("no-such-update")))
    with writing(there.house.engine) as c:
        c.execute(
            insert(LETTERS).values(
                id="no-seal", kind="update", workflow_id=case_stream("E1"), elder_id="E1", body_enc=b"\x00",
                state="due", send_not_before=now, created_at=now, tries=0,
            )
        )  # fmt: skip
        insert_letter(c, seal, "no-such-update", strange, now)
        c.execute(
            insert(INBOUND).values(
                provider="sandbox", provider_message_id="SMx", phone_index=seal.index("phone", VOLUNTEER_PHONE),
                phone_enc=seal.seal(VOLUNTEER_PHONE), note_id="sms-sandbox-SMx", received_at=now, tries=0,
            )
        )  # fmt: skip
        c.execute(insert(NOTES).values(id="sms-sandbox-SMx", sha256="0" * 64, text_enc=b"\x00", written_at=now))


async def test_what_is_poisoned_fails_alone(tmp_path: Path) -> None:
    async with town(tmp_path, *ELDERS) as there, there.working():
        codes = await asked(there, len(ELDERS))
        poison(there)
        for n, (phone, code) in enumerate(codes.values()):
            there.house.inbox.accept("sandbox", f"SM{n}", phone, f"{code}1", datetime.now(UTC))
        await until(lambda: len(there.effects()) == len(ELDERS), "the effects of the others")
        drained = await there.settled()
        with reading(there.house.engine) as connection:
            dead = connection.execute(select(LETTERS.c.id).where(LETTERS.c.state == "dead")).scalars().all()
            told = connection.execute(select(ITEMS.c.id)).scalars().all()
        assert sorted(dead) == sorted(POISONED)
        assert {*(f"dead-{id_}" for id_ in POISONED), "aside-sandbox-SMx"} <= set(told)
        effects = there.effects()
        figure("two poisoned letters and a poisoned text", f"{len(ELDERS)} other texts", len(ELDERS) - len(effects),
               drained)  # fmt: skip
        assert effects == Counter(f"SM{n}" for n in range(len(ELDERS)))
        await there.keeps_every_promise()
