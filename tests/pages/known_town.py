"""A November of the town in facts, and what was recorded of it only in December: something of all that is counted.

E1 was visited on the 18th, as a paper form says that was entered on the 3rd of December; E2 in time; E3 was reported
visited, which was taken back on the 2nd. E1's escalation of November was resolved on the 3rd. E2's level was confirmed
in November, E1's on the 4th; November's payment list was approved on the 5th. Of V1's texts one arrived at once, one on
the 2nd, one waits; a reply was read on the 1st. V3 was barred on the 2nd.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from adapters.sql_volunteers import SqlVolunteers
from decisions import county, escalation
from models.county_messages import ApproveList, CheckList, CountyStart
from models.events import EscalationOpened, Event
from models.ids import case_stream
from models.letters import StartEscalation
from models.messages import CorrectReport, Resolve
from models.reading import Reading
from models.tables import DigestRow, Inbound, PayLineRow, PolicyVersion, SendAttempt, table_of
from models.values import Actor, ActorKind, Channel, Outcome, Role
from tests.activities.ledgers import Writer
from tests.decisions.case_player import OFFICER, CasePlayer
from tests.decisions.test_county import APPROVER, CountyPlayer
from tests.decisions.test_escalation import LadderPlayer
from tests.pages.assessed import named, with_bodies
from tests.pages.lived import goes_on
from tests.pages.texted import built, person, received, sent
from tests.pages.town import COUNTY, LIVES, NOW, Town

MONTH = date(2026, 11, 1)
THEN = datetime(2026, 11, 30, 16, tzinfo=UTC)
"""The end of November."""
DIGESTS, INBOUND, ATTEMPTS = table_of(DigestRow), table_of(Inbound), table_of(SendAttempt)


def at(month: int, day: int, hour: int = 2) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def november(town: Town) -> None:
    e1, e2, e3 = (_case(elder) for elder in ("E1", "E2", "E3"))
    for player, day in ((e2, 9), (e3, 12)):
        player.until(at(11, day))
        player.report(actor=Actor(id=player.volunteers[0], kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER))
    e1.until(at(12, 3))
    e1.report(on=date(2026, 11, 18), actor=OFFICER, channel=Channel.PAPER)
    e3.until(at(12, 2))
    e3.tell(CorrectReport, OFFICER, visit_id="E3.2026-11")
    for elder, player in (("E1", e1), ("E2", e2), ("E3", e3)):
        player.until(NOW)
        goes_on(town, Writer(stream=case_stream(elder)), player.said)
    _climbed(town, e1)
    _assessed(town)
    _paid(town)
    _texted(town)
    with writing(town.house.engine) as connection:
        connection.execute(update(table_of(PolicyVersion)).values(at=at(10, 1)))
    town.now = at(12, 2)
    SqlVolunteers(town.house.engine, town.house.sealer).bar("V3", "不去", OFFICER, town.now)
    town.now = NOW


def _case(elder: str) -> CasePlayer:
    village, township, county = LIVES[elder]
    volunteer = elder.replace("E", "V")
    player = CasePlayer(at(10, 2), volunteers=(volunteer,), elder=elder, township=township, county=county)
    player.lives_in = (township, village)
    return player


class Climbs(LadderPlayer):
    """An escalation as a case asked for it."""

    def __init__(self, said: EscalationOpened, opened_at: datetime, policy: Any) -> None:
        self.now, self.vacant, self.said, self._keys = opened_at, (), list[tuple[Any, datetime]](), 0
        self.state = escalation.initial(
            StartEscalation(
                workflow_id=said.escalation_id, elder_id="E1", county_id=COUNTY, opened=said, policy=policy, edition=2
            ),
            said.escalation_id,
        )
        self._tick()


def _climbed(town: Town, player: CasePlayer) -> None:
    for said, opened_at in player.said:
        if isinstance(said, EscalationOpened) and at(11, 1) < opened_at < THEN:
            ladder = Climbs(said, opened_at, player.policy)
            ladder.until(at(12, 3))
            ladder.tell(Resolve, outcome=Outcome.REACHED_BY_PHONE)
            goes_on(town, Writer(stream=said.escalation_id), ladder.said)


def _assessed(town: Town) -> None:
    with_bodies(town)
    town.now = at(11, 10)
    named(town, "E2").confirmed(46)
    town.now = at(11, 20)
    later = named(town, "E1")
    later.until(at(12, 4))
    later.confirmed(70)


class Pays(CountyPlayer):
    """The county's months, each fact recorded at once."""

    def __init__(self, town: Town, since: datetime) -> None:
        self._town, self._writer = town, Writer(stream=f"county/{COUNTY}")
        super().__init__(since)

    def _tick(self) -> bool:
        if not self.said:
            self.state = county.initial(CountyStart(county_id=COUNTY))
        return super()._tick()

    def _record(self, events: tuple[Event, ...]) -> None:
        super()._record(events)
        if events:
            request = self._writer.request(events[0].cause, events, self.now)
            assert self._town.house.ledger.record(request).status == "appended"
            self._writer.stands_at(request)


def _paid(town: Town) -> None:
    """The list of November is drawn on the 10th, and approved on the 5th of December."""
    player = Pays(town, at(11, 2))
    player.until_day(2026, 11, 12)
    assert player.state.in_hand is not None
    assert player.of_list(CheckList) == ["ListChecked 2026-11"]
    player.until_day(2026, 12, 5)
    assert player.of_list(ApproveList, APPROVER) == ["ListApproved 2026-11"]
    with writing(town.house.engine) as connection:
        for seq, elder in enumerate(("E1", "E2", "E3")):
            village, township, _county = LIVES[elder]
            line = {
                "sha256": f"{1:064d}",
                "seq": seq,
                "elder_id": elder,
                "code": "care_allowance",
                "n": 1,
                "kind": "pay",
            }
            more = {"fen": 30000 + seq, "due_fen": 30000, "row": "r", "because": "r", "by_age": False, "month": MONTH}
            where = {"township_id": township, "village_id": village}
            connection.execute(insert(table_of(PayLineRow)).values(**line, **where, **more))


def person_phone(town: Town) -> str:
    return town.house.sealer.open(person(town, "V1").phone_enc)


def _texted(town: Town) -> None:
    ids: list[str] = []
    for day in (5, 6, 7):
        town.now = at(11, day)
        ids.append(built(town, "V1", f"第{day}条", "E1"))
        if day < 7:
            assert sent(town, ids[-1]) == "accepted"
    with reading(town.house.engine) as connection:
        query = select(ATTEMPTS.c.provider_message_id).where(ATTEMPTS.c.step == "accepted").order_by(ATTEMPTS.c.id)
        messages = list(connection.execute(query).scalars())
    for message, came in zip(messages, (at(11, 5, 4), at(12, 2)), strict=True):
        town.house.texts.receipt(message, "delivered", None, came)
    town.now = at(11, 29)
    received(town, person_phone(town), "好", "m-1")
    with writing(town.house.engine) as connection:
        meant = Reading(acknowledged=True).model_dump_json()
        connection.execute(update(INBOUND).values(read_at=at(12, 1), reading=meant))
