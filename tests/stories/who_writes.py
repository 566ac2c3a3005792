"""A month of a county in which every row of "Who writes" (`docs/sms.md`) happens, each to people of its own.

They write through the webhook. What became of it is read once, when the month is over.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import insert, select

from adapters.database import reading, writing
from adapters.sql_codes import code_for
from adapters.sql_letters import insert_letter
from decisions.deadlines import civil_day
from models import events as e
from models import ids
from models.letters import StartCase
from models.messages import CloseCase, ConfirmSuspension, StreamQuestion, Suspend
from models.tables import (
    Area,
    Elder,
    ElderCategory,
    Inbound,
    Note,
    Pairing,
    Post,
    Staff,
    Volunteer,
    WorkItemRow,
    table_of,
)
from models.values import Channel, CloseReason, Role, SuspendReason
from tests.decisions.case_player import at
from tests.stories.diary import PHONE_TEXTS, broken_promises, hour, writes
from tests.stories.world import COUNTY, PHONES, VOLUNTEER_PHONE, World, at_rest, working

SINCE = date(2020, 1, 1)
ITEMS, INBOUND, NOTES = table_of(WorkItemRow), table_of(Inbound), table_of(Note)


class Pair(NamedTuple):
    """A volunteer and one of their elders, with the code on the volunteer's card. Who lives alone is of high risk."""

    volunteer: str
    elder: str
    surname: str
    code: int
    village: str = "W1"
    alone: bool = False


PAIRS = (
    Pair("V-own", "E-own", "王", 60),
    Pair("V-other", "E-asked", "李", 71),
    Pair("V-other", "E-not-asked", "张", 72),
    Pair("V-early", "E-early", "刘", 60),
    Pair("V-lost", "E-lost-1", "陈", 60),
    Pair("V-lost", "E-lost-2", "杨", 61),
    Pair("V-same", "E-same", "赵", 60),
    Pair("V-more", "E-more", "黄", 60),
    Pair("V-less", "E-less", "周", 60),
    Pair("V-wrong", "E-wrong", "吴", 60),
    Pair("V-kept", "E-suspended", "徐", 60),
    Pair("V-kept", "E-closed", "孙", 61),
    Pair("V-wife", "E-wife", "朱", 60),
    Pair("V-husband", "E-husband", "胡", 61),
    Pair("V-away", "E-staff", "郭", 81),
    Pair("V-hills", "E-grid", "何", 60, "W2", alone=True),
    Pair("V-hills", "E-village", "林", 61, "W2", alone=True),
)
VOLUNTEERS = tuple(dict.fromkeys(pair.volunteer for pair in PAIRS))
STAFF = ("grid_worker", "village_assistant")  # of the second village
NUMBERS = {
    **{volunteer: f"+86192000002{n:02d}" for n, volunteer in enumerate(VOLUNTEERS)},
    "V-1": VOLUNTEER_PHONE,  # whom nobody was given to
    "stranger": "+8619200000301",
    "neighbour": "+8619200000302",
    "township_officer": PHONES[Role.TOWNSHIP_OFFICER],
    "grid_worker": "+8619200000311",
    "village_assistant": "+8619200000312",
}
NUMBERS["V-husband"] = NUMBERS["V-wife"]

# On the 1st nobody is asked yet, since the 15th two cases are no longer visited, on the 20th the visits are due.
WRITTEN = (
    ("03-01 10:00", "V-early", "601"),
    ("03-01 10:00", "V-own", "721"),
    ("03-01 10:00", "V-1", "1"),
    ("03-15 10:00", "V-hills", "612"),
    ("03-15 14:00", "grid_worker", "60看过了"),
    ("03-15 15:00", "grid_worker", "604"),
    ("03-16 10:00", "V-own", "711"),
    ("03-16 10:00", "V-lost", "991"),
    ("03-16 10:00", "V-same", "601昨天"),
    ("03-16 10:00", "V-more", "601"),
    ("03-16 10:00", "V-less", "601"),
    ("03-16 10:00", "V-wrong", "601"),
    ("03-16 10:00", "V-kept", "601"),
    ("03-16 10:00", "V-kept", "612"),
    ("03-16 10:00", "V-wife", "1"),
    ("03-16 10:00", "stranger", "521"),
    ("03-16 10:00", "neighbour", "示例二村何奶奶搬走了"),
    ("03-16 10:00", "township_officer", "811"),
    ("03-16 10:00", "V-hills", "602"),
    ("03-16 11:00", "V-same", "601昨天"),
    ("03-16 11:00", "V-less", "602"),
    ("03-16 11:00", "V-wrong", "60错"),
    ("03-16 11:00", "V-wife", "603"),
    ("03-16 11:00", "V-wife", "611"),
    ("03-16 11:00", "grid_worker", "61收到"),
    ("03-16 12:00", "V-wrong", "603"),
    ("03-16 14:00", "grid_worker", "611"),
    ("03-16 14:00", "village_assistant", "收到"),
    ("03-16 15:00", "village_assistant", "601"),
    ("03-17 10:30", "V-more", "603"),
)


class Item(NamedTuple):
    item: str
    elder: str | None
    township: str | None
    role: str
    about: str


class Lived(NamedTuple):
    """`facts`: by elder, what texts made of their case, and all of their escalations. `texts`: by person, with hours.

    `items`: by the words of the text they are about.
    """

    facts: dict[str, list[str]]
    texts: dict[str, list[str]]
    items: dict[str, list[Item]]
    broken: list[str]

    def told(self, who: str, day: str) -> list[str]:
        """What they were sent from this day on, without the signature."""
        return [text.replace("【奉节民政】", "") for text in self.texts[who] if text >= day]


async def lived(folder: Path, url: str) -> Lived:
    async with at_rest(folder, elders=0, opens_at=at("2037-02-26 10:00"), url=url) as world:
        _people(world)
        async with working(world):
            await _month(world)
            return Lived(_facts(world), _texts(world), _items(world), broken_promises(world))


async def _month(world: World) -> None:
    before = ""
    for when, who, body in WRITTEN:
        if before < "03-15" < when:
            await world.until(at("2037-03-15 08:00"))
            await _no_longer_visited(world)
        if when != before:
            await world.until(at(f"2037-{when}"))
        before = when
        await writes(world, NUMBERS[who], body)
    await world.until(at("2037-03-17 12:00"))


async def _no_longer_visited(world: World) -> None:
    review = civil_day(world.clock) + timedelta(days=30)
    first, second = (
        {"actor": world.actor(role), "channel": Channel.CONSOLE, "received_at": world.clock}
        for role in (Role.TOWNSHIP_OFFICER, Role.COUNTY_OFFICER)
    )
    for elder, message in (
        ("E-suspended", Suspend(key="step-1", reason=SuspendReason.HOSPITAL, review_on=review, **first)),
        ("E-suspended", ConfirmSuspension(key="step-2", **second)),
        ("E-closed", CloseCase(key="step-3", reason=CloseReason.NOT_ELIGIBLE, **first)),
    ):
        case = world.client.get_workflow_handle(ids.case_stream(elder))
        await case.execute_update(message.kind, message, id=message.key)


def _people(world: World) -> None:
    seal, index, now = world.house.sealer.seal, world.house.sealer.index, world.clock
    with writing(world.house.engine) as c:
        c.execute(
            insert(table_of(Area)).values(id="W2", kind="village", name="示例二村", parent_id="T1", from_on=SINCE)
        )
        for role in STAFF:
            person = f"S-{role}-2"
            c.execute(
                insert(table_of(Staff)).values(
                    id=person, county_id=COUNTY, name_enc=seal("吴示丙"), phone_enc=seal(NUMBERS[role]),
                    phone_index=index("phone", NUMBERS[role]),
                )
            )  # fmt: skip
            c.execute(insert(table_of(Post)).values(id=f"P-{role}-2", role=role, area_id="W2", holder_id=person))
        for volunteer in VOLUNTEERS:
            theirs = [pair for pair in PAIRS if pair.volunteer == volunteer]
            c.execute(
                insert(table_of(Volunteer)).values(
                    id=volunteer, county_id=COUNTY, township_id="T1", village_id=theirs[0].village,
                    name_enc=seal("周示丁"), sex="F", phone_enc=seal(NUMBERS[volunteer]),
                    phone_index=index("phone", NUMBERS[volunteer]), capacity=len(theirs), standing="",
                    consented_on=SINCE,
                )
            )  # fmt: skip
        for pair in PAIRS:
            elder = pair.elder
            c.execute(
                insert(table_of(Elder)).values(
                    id=elder, county_id=COUNTY, township_id="T1", village_id=pair.village, household_id=f"H-{elder}",
                    name_enc=seal(f"{pair.surname}示福"), id_number_enc=seal("0"), id_number_index=elder,
                    tail_index=elder, phone_textable=False, born_on_enc=seal("1940-01-01"), sex="F", standing="case",
                    standing_reason="special_difficulty", start_on=SINCE, updated_at=now,
                )
            )  # fmt: skip
            if pair.alone:
                alone = {"elder_id": elder, "category": "独居", "from_on": SINCE, "source": "test"}
                c.execute(insert(table_of(ElderCategory)).values(alone))
            c.execute(insert(table_of(Pairing)).values(volunteer_id=pair.volunteer, elder_id=elder, from_on=SINCE))
            given = code_for(c, index("phone", NUMBERS[pair.volunteer]), elder, now, pair.code)
            assert given == pair.code
            start = StartCase(workflow_id=ids.case_stream(elder), elder_id=elder, county_id=COUNTY, township_id="T1")
            insert_letter(c, world.house.sealer, f"start-{elder}", start, now)


# --- what became of it -----------------------------------------------------------------------------------------------


def _facts(world: World) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {pair.elder: [] for pair in PAIRS}
    streams = [*(ids.case_stream(pair.elder) for pair in PAIRS), *world.escalations()]
    for stream in streams:
        for recorded in world.house.ledger.events_after(StreamQuestion(stream=stream, after_seq=0)).events:
            if recorded.event.channel is Channel.SMS or not stream.startswith("case/"):
                found[ids.elder_of(stream)].append(f"{hour(recorded.at)} {_said(recorded.event)}")
    return found


def _said(event: e.Event) -> str:
    match event:
        case e.VisitOpened():
            said = event.reason
        case e.VisitReported():
            said = f"{event.result} on {event.visited_on:%m-%d} by {event.visitor_id}"
        case e.AttemptRecorded():
            said = f"{event.result} by {event.visitor_id}"
        case e.ReportCorrected():
            said = f"{event.result} on {event.visited_on:%m-%d}" if event.visited_on else "nothing"
        case e.MessageRefused():
            said = event.refusal
        case e.RungReached() | e.EscalationAcknowledged():
            said = f"by {event.staff_id}"
        case e.EscalationResolved() | e.EscalationEnded():
            said = f"{event.outcome} by {event.resolved_by.id}"
        case _:
            said = ""
    return f"{type(event).__name__} {said}".rstrip()


def _texts(world: World) -> dict[str, list[str]]:
    """Those of one minute in the order of their words: which of two cases is told first is promised to nobody."""
    open_ = world.house.sealer.open
    with reading(world.house.engine) as connection:
        rows = connection.execute(select(PHONE_TEXTS)).all()
    sent = sorted((hour(row.sent_at), open_(row.phone_enc), open_(row.body_enc)) for row in rows)
    return {who: [f"{when} {body}" for when, to, body in sent if to == phone] for who, phone in NUMBERS.items()}


def _items(world: World) -> dict[str, list[Item]]:
    words: dict[str, str] = {}
    with reading(world.house.engine) as connection:
        for row in connection.execute(select(INBOUND, NOTES.c.text_enc).join(NOTES, NOTES.c.id == INBOUND.c.note_id)):
            words[row.note_id] = world.house.sealer.open(row.text_enc)
        rows = connection.execute(select(ITEMS).order_by(ITEMS.c.elder_id)).all()
    found: dict[str, list[Item]] = {}
    for row in rows:
        why, _, note = row.about.rpartition(" ")
        about = words[note] if note in words else str(row.about)
        found.setdefault(about, []).append(Item(row.item, row.elder_id, row.township_id, row.role, why))
    return found
