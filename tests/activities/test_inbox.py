"""What the reading of a text is given to know: whose elders a phone's words may mean."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.sql.dml import UpdateBase

from adapters.database import reading, writing
from adapters.sql_codes import code_for
from adapters.sql_inbox import SqlInbox
from adapters.sql_items import SqlItems
from adapters.sql_letters import insert_letter
from bench import county
from bench.county import BenchHouse
from decisions.answering import letters_of
from decisions.asking import Asking
from decisions.reading import read
from models.letters import LETTER, AnyMessage, Letter, TextLetter, UpdateLetter, WorkItem
from models.messages import CorrectReport, Reassign, ReportVisit
from models.tables import (
    DigestRow,
    Elder,
    EscalationRow,
    LetterRow,
    Post,
    Staff,
    StaffLeave,
    TaskCode,
    VisitRow,
    Volunteer,
    WorkItemRow,
    table_of,
)
from models.values import ActorKind, Method, Role
from post.gather import gather
from post.inbox import Inbox
from post.ports import Opened
from settings import Settings

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)


def phone_of(n: int) -> str:
    return f"+861920000{n:04d}"


MINE, HERS, NEW, STRANGER = phone_of(0), phone_of(1), phone_of(7), phone_of(8)
BOTH = ("V-0", "V-1")
GRID, TOWNSHIP = phone_of(9000), phone_of(9002)
ELDERS, VISITS = table_of(Elder), table_of(VisitRow)
VOLUNTEERS, STAFF, POSTS = table_of(Volunteer), table_of(Staff), table_of(Post)
DIGESTS, LETTERS, ITEMS = table_of(DigestRow), table_of(LetterRow), table_of(WorkItemRow)


def index_of(house: BenchHouse, phone: str) -> str:
    return house.sealer.index("phone", phone)


@pytest.fixture
def house(url: str, tmp_path: Path) -> Iterator[BenchHouse]:
    """Two volunteers of one township with two elders each; E0003 is another's, and has a rare name."""
    made = BenchHouse(Settings(data_dir=tmp_path, database_url=url, county="demo"))
    county.found(made, elders=4, elders_each=2)
    with writing(made.engine) as connection:
        for n, phone in ((1, MINE), (2, MINE), (3, HERS), (4, HERS)):
            code_for(connection, made.sealer.index("phone", phone), f"E{n:04}", NOW, 50)
        named = {"name_enc": made.sealer.seal("阚示甲"), "sex": "M"}
        connection.execute(update(ELDERS).where(ELDERS.c.id == "E0003").values(**named))
    yield made
    made.engine.dispose()


def asked(house: BenchHouse, visit_id: str, volunteer: str = "V-0") -> None:
    """An open visit asked of this volunteer."""
    elder, period = visit_id.split(".", maxsplit=1)
    with writing(house.engine) as connection:
        connection.execute(
            insert(VISITS).values(
                id=visit_id, elder_id=elder, township_id="T1", village_id="W1", period_id=period, kind="scheduled",
                reason="cadence", state="open", volunteer_id=volunteer, opened_at=NOW, starts_at=NOW,
                due_at=NOW + timedelta(days=10), ends_at=NOW + timedelta(days=20), recorded_late=False, attempts=0,
            )
        )  # fmt: skip


@pytest.mark.parametrize(("body", "results"), [("50 1 51 4", ["well", "cannot_go"]), ("50 1 51 1", ["well"] * 2)])
def test_one_text_of_two_volunteers_with_one_phone_speaks_for_each(
    house: BenchHouse, body: str, results: list[str]
) -> None:
    shared(house)
    for visit_id, volunteer in (("E0001.2026-03", "V-0"), ("E0002.2026-03", "V-1")):
        asked(house, visit_id, volunteer)
    told = reports(house, body)
    assert [(m.actor.id, m.visitor_id, m.result) for m in told] == list(zip(BOTH, BOTH, results, strict=True))


def test_who_told_of_a_visit_is_who_tells_it_again_or_takes_it_back(house: BenchHouse) -> None:
    shared(house)
    asked(house, "E0002.2026-03", "V-1")
    with writing(house.engine) as connection:
        done = {"state": "done", "result": "well", "visitor_id": "V-1", "visited_on": NOW.date()}
        connection.execute(update(VISITS).values(**done))
    assert [(m.actor.id, m.visitor_id) for m in reports(house, "511")] == [("V-1", "V-1")]
    assert [m.actor.id for m in messages(house, "51错", "SM2") if isinstance(m, CorrectReport)] == ["V-1"]


def shared(house: BenchHouse) -> None:
    """V-1 has the phone of V-0."""
    mine = house.sealer.index("phone", MINE)
    with writing(house.engine) as connection:
        volunteers = table_of(Volunteer)
        connection.execute(update(volunteers).where(volunteers.c.id == "V-1").values(phone_index=mine))


def messages(house: BenchHouse, body: str, message_id: str = "SM1") -> list[AnyMessage]:
    inbox = SqlInbox(house.engine, house.sealer, house.home)
    inbox.store("sandbox", message_id, MINE, body, NOW)
    opened = next(one for one in inbox.open_unread(10)[0] if one.message_id == message_id)
    letters = letters_of(read(opened.body, opened.context), opened.context, opened.text, Asking())
    return [of.message for _, of in letters if isinstance(of, UpdateLetter)]


def reports(house: BenchHouse, body: str) -> list[ReportVisit]:
    return [message for message in messages(house, body) if isinstance(message, ReportVisit)]


@pytest.mark.parametrize("body", ["阚爷爷去世了", "阚爷爷要帮忙", "1 阚爷爷"])
def test_a_text_without_a_code_may_mean_another_phones_elder(house: BenchHouse, body: str) -> None:
    inbox = SqlInbox(house.engine, house.sealer, house.home)
    inbox.store("sandbox", "SM1", MINE, body, NOW)
    [opened], unopened = inbox.open_unread(10)
    assert unopened == []
    assert ("E0003", "阚爷爷") in {(other.elder_id, other.person) for other in opened.context.others_codes}
    meant = read(opened.body, opened.context)
    about = {answer.elder_id for answer in meant.answers} | {named.elder_id for named in meant.death_reported}
    assert not about & {"E0001", "E0002"}


def test_texts_of_one_pass_are_opened_oldest_first_and_read_once(house: BenchHouse) -> None:
    inbox = SqlInbox(house.engine, house.sealer, house.home)
    for n in (1, 2, 3):
        assert inbox.store("sandbox", f"SM{n}", MINE if n < 3 else HERS, "521", NOW.replace(minute=n))
    assert not inbox.store("sandbox", "SM1", MINE, "521", NOW)
    opened, _ = inbox.open_unread(2)
    assert [one.message_id for one in opened] == ["SM1", "SM2"]


def test_every_open_visit_of_who_opts_out_is_handed_on(house: BenchHouse) -> None:
    """Of one elder there may be two; one may be of an elder without a code yet."""
    mine = ["E0001.2026-03", "E0001.2026-03.x1", "E0002.2026-03"]
    for visit_id in (*mine, "E0003.2026-03"):
        asked(house, visit_id, "V-1" if visit_id.startswith("E0003") else "V-0")
    inbox = SqlInbox(house.engine, house.sealer, house.home)
    inbox.store("sandbox", "SM1", MINE, "退订", NOW)
    [opened], _ = inbox.open_unread(10)
    letters = letters_of(read(opened.body, opened.context), opened.context, opened.text, Asking())
    told = {id_: of.message for id_, of in letters if isinstance(of, UpdateLetter)}
    assert list(told) == [f"sms-SM1-stop-{visit_id}" for visit_id in mine]
    assert {message.visit_id for message in told.values() if isinstance(message, Reassign)} == set(mine)


@pytest.mark.parametrize(
    ("phone", "said"), [(GRID, "您岗位上的事还会发短信"), (STRANGER, None)], ids=["staff", "stranger"]
)
def test_who_cannot_opt_out_is_promised_nothing(house: BenchHouse, phone: str, said: str | None) -> None:
    """Staff are told what is still sent; a stranger, whose word is kept nowhere, is sent nothing."""
    house.inbox.accept("sandbox", "SM1", phone, "退订", NOW)
    house.inbox.read_all(NOW)
    assert gather(house.letterbox, NOW) == (said is not None)
    with reading(house.engine) as connection:
        texts = [house.sealer.open(sealed) for sealed in connection.execute(select(DIGESTS.c.body_enc)).scalars()]
        items = connection.execute(select(ITEMS).where(ITEMS.c.closed_at.is_(None)).order_by(ITEMS.c.due_at)).all()
    assert [said is not None and said in text for text in texts] == [True] * len(texts)
    assert [item.item for item in items] == ["undeliverable" if said else "unknown_phone"]


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize(("first", "body"), [(50, "5"), (50, "505"), (60, "5"), (60, "605")])
def test_five_is_a_result_where_the_texts_say_so_whatever_codes_a_phone_has(
    house: BenchHouse, counts: bool, first: int, body: str
) -> None:
    """A pack began to count calls, or ceased to, after the code was given: text and reader go by the pack alike."""
    rules = house.letterbox.text_rules(NOW, "V-1").model_copy(update={"counts_phone_calls": counts})
    change(house, delete(table_of(TaskCode)))
    with writing(house.engine) as connection:
        code_for(connection, index_of(house, HERS), "E0003", NOW, first)
    asked(house, "E0003.2026-03", "V-1")
    inbox = Inbox(SqlInbox(house.engine, house.sealer, house.home), lambda _at, _sender: rules)
    inbox.accept("sandbox", "SM1", HERS, body, NOW)
    inbox.read_all(NOW)
    with reading(house.engine) as connection:
        rows = connection.execute(select(LETTERS).where(LETTERS.c.id.like("sms-SM1-%"))).all()
    told = [LETTER.validate_json(house.sealer.open(row.body_enc)) for row in rows]
    methods = [m.method for of in told if isinstance(of, UpdateLetter) and isinstance(m := of.message, ReportVisit)]
    assert methods == ([Method.PHONE] if counts else [])
    assert len(told) == 1  # else asked back


def opened(house: BenchHouse, body: str, phone: str) -> Opened:
    inbox = SqlInbox(house.engine, house.sealer, house.home)
    inbox.store("sandbox", "SM9", phone, body, NOW)
    [found], unopened = inbox.open_unread(10)
    assert unopened == []
    return found


def letters_from(house: BenchHouse, body: str, phone: str) -> list[Letter]:
    found = opened(house, body, phone)
    meant = read(found.body, found.context)
    return [letter for _, letter in letters_of(meant, found.context, found.text, Asking())]


def change(house: BenchHouse, what: UpdateBase) -> None:
    with writing(house.engine) as connection:
        connection.execute(what)


@pytest.mark.parametrize(
    ("phone", "away", "told"),
    [
        (STRANGER, (), "S-county_officer"),
        (STRANGER, ("S-county_officer",), None),
        (GRID, (), "S-township_officer"),
        (GRID, ("S-township_officer",), "S-county_officer"),
        (TOWNSHIP, (), "S-county_officer"),  # not back to who wrote it
        (NEW, (), "S-township_officer"),
        (MINE, (), None),  # the cases of their elders are told
    ],
)
def test_a_danger_no_elder_is_known_for_is_told_to_who_is_on_duty(
    house: BenchHouse, phone: str, away: tuple[str, ...], told: str | None
) -> None:
    """A volunteer without codes too; the officer's holder or deputy, who is not on leave."""
    change(house, update(VOLUNTEERS).where(VOLUNTEERS.c.id == "V-1").values(phone_index=index_of(house, NEW)))
    for staff in away:
        leave = {"staff_id": staff, "from_on": NOW.date(), "to_on": NOW.date()}
        change(house, insert(table_of(StaffLeave)).values(**leave))
    letters = letters_from(house, "老人摔倒了", phone)
    to_staff = [of.recipient_id for of in letters if isinstance(of, TextLetter) and of.template == "danger_unnamed"]
    assert to_staff == ([told] if told else [])
    assert [of.template for of in letters if isinstance(of, TextLetter)].count("danger") == 1
    items = [of.township_id for of in letters if isinstance(of, WorkItem)]
    assert items == ([] if phone == MINE else [None] if phone == STRANGER else ["T1"])


def test_a_deputy_is_told_while_the_holder_is_away(house: BenchHouse) -> None:
    change(house, update(POSTS).where(POSTS.c.id == "P-township_officer").values(deputy_id="S-village_assistant"))
    leave = {"staff_id": "S-township_officer", "from_on": NOW.date(), "to_on": NOW.date()}
    change(house, insert(table_of(StaffLeave)).values(**leave))
    assert opened(house, "着火了", GRID).text.on_duty == "S-village_assistant"


def test_staff_with_a_volunteers_code_made_that_visit_themselves(house: BenchHouse) -> None:
    with writing(house.engine) as connection:
        code_for(connection, index_of(house, HERS), "E0001", NOW, 50)  # 52; 50 and 51 mean two elders each
    [report] = [of.message for of in letters_from(house, "521", GRID) if isinstance(of, UpdateLetter)]
    assert report.kind == "report_visit"
    assert isinstance(report, ReportVisit) and report.visitor_id == "S-grid_worker"
    assert (report.actor.kind, report.actor.role) == (ActorKind.STAFF, Role.GRID_WORKER)


def test_a_county_officer_has_no_township_of_their_own(house: BenchHouse) -> None:
    found = opened(house, "521", phone_of(9003))
    assert (found.text.township_id, found.context.others_codes) == (None, ())


def test_a_volunteers_phone_that_is_a_grid_workers_too_takes_an_escalation_on_as_staff(house: BenchHouse) -> None:
    change(house, update(STAFF).where(STAFF.c.id == "S-grid_worker").values(phone_index=index_of(house, MINE)))
    change(
        house,
        insert(table_of(EscalationRow)).values(
            id="escalation/E0001/2026-03", elder_id="E0001", cause="overdue", urgency="ordinary", state="asked",
            role="grid_worker", owner_id="S-grid_worker", rung=0, township_id="T1", village_id="W1", asked_at=NOW,
            climbs_at=NOW + timedelta(days=1),
        ),
    )  # fmt: skip
    [taken] = [of.message for of in letters_from(house, "50收到", MINE) if isinstance(of, UpdateLetter)]
    assert taken.actor.id == "S-grid_worker"


@pytest.mark.parametrize("answered", [False, True])
def test_an_item_of_a_text_whose_case_has_ended_shows_the_text(house: BenchHouse, answered: bool) -> None:
    """And what the case answered before, where the item is a fact's own."""
    asked(house, "E0001.2026-03")
    house.inbox.accept("sandbox", "SM1", MINE, "501", NOW)
    house.inbox.read_all(NOW)
    if answered:
        item = WorkItem(
            item="unclear_reply", elder_id="E0001", county_id=None, due_at=NOW, about="unknown_visit sms-sandbox-SM1"
        )  # fmt: skip
        say = TextLetter(recipient_id="V-0", recipient_kind="volunteer", template="menu", wait_for_slot=False)
        with writing(house.engine) as connection:
            insert_letter(connection, house.sealer, "case/E0001#4.0", say, NOW)
            insert_letter(connection, house.sealer, "case/E0001#4.1", item, NOW)
        assert gather(house.letterbox, NOW) == 1
    else:
        house.letterbox.tell_gone("sms-SM1-E0001", NOW, danger=False)
    with reading(house.engine) as connection:
        [row] = connection.execute(select(ITEMS).where(ITEMS.c.closed_at.is_(None)).order_by(ITEMS.c.due_at)).all()
    said = SqlItems(house.engine, house.sealer).said(row)
    assert [(one.way, one.phone) for one in said] == [("received", MINE)] + [("sent", MINE)] * answered
    assert said[0].words == "501"
