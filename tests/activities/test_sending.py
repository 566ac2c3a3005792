"""One text through a provider: intent, attempt and its word kept apart; unknown is looked up, never resent blind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select

from adapters.database import open_engine, reading, writing
from adapters.sealing import Keyring, Sealer
from adapters.sms_manual import ManualSms, message_of
from adapters.sms_sandbox import SandboxSms
from adapters.sql_causes import Verdict
from adapters.sql_letters import insert_letter
from adapters.texts import Outgoing, ProviderTexts
from audit.store import Store
from audit.timeline import timeline
from models.errors import Fault, TanfangFault
from models.letters import LETTER, TextLetter, UpdateLetter
from models.messages import MessageUndeliverable
from models.tables import (
    Area,
    DigestRow,
    Inbound,
    LetterRow,
    Post,
    SandboxText,
    SendAttempt,
    Staff,
    Volunteer,
    WorkItemRow,
    table_of,
)
from models.texts import SendOrder
from models.values import Undelivered

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
PHONE = "+8619200000001"
HOME = "county-home"
ORDER = SendOrder(digest_id="D1")
OUT = Outgoing("D1", PHONE, "请看望", "task_one", NOW)
ATTEMPTS, DIGESTS, ITEMS, LETTERS = (
    table_of(SendAttempt),
    table_of(DigestRow),
    table_of(WorkItemRow),
    table_of(LetterRow),
)


class Desk:
    """A store with one digest to one volunteer, and a provider that behaves as it is told."""

    name = "told"

    def __init__(self, url: str, folder: Path) -> None:
        self.engine = open_engine(url)
        self.sealer = Sealer(Keyring.load_or_create(folder / "key"))
        self.now = NOW
        self.sandbox = SandboxSms(self.engine, self.sealer)
        self.raises: list[Exception] = []
        self.verdict = "now"
        self.judging = timedelta()
        self.texts = ProviderTexts(self.engine, self.sealer, self, lambda: self.now, self.judge)
        since = date(2020, 1, 1)
        with writing(self.engine) as c:
            for id_, kind, parent in (("C", "county", None), ("T", "township", "C"), ("W", "village", "T")):
                c.execute(insert(table_of(Area)).values(id=id_, kind=kind, name=id_, parent_id=parent, from_on=since))
            index = self.sealer.index("phone", PHONE)
            c.execute(
                insert(table_of(Volunteer)).values(
                    id="V-1", county_id="C", township_id="T", village_id="W", name_enc=self.sealer.seal("示"), sex="F",
                    phone_enc=self.sealer.seal(PHONE), phone_index=index, capacity=5, standing="",
                )
            )  # fmt: skip
            c.execute(
                insert(DIGESTS).values(
                    id="D1", recipient_id="V-1", recipient_kind="volunteer", phone_index=index, text_class="ordinary",
                    template="task_one", body_enc=self.sealer.seal("请看望"), segments=1, body_index="b", state="built",
                    built_at=NOW, send_by=NOW + timedelta(hours=24),
                )
            )  # fmt: skip
            letter = TextLetter(
                recipient_id="V-1", recipient_kind="volunteer", template="task_one", elder_id="E1",
                cause_visit_id="E1.2026-03",
            )  # fmt: skip
            insert_letter(c, self.sealer, "case/E1#3.0", letter, NOW)
            c.execute(LETTERS.update().values(digest_id="D1", state="gathered"))

    def judge(self, _digest_id: str, _now: datetime) -> Verdict:
        self.now += self.judging
        return Verdict(self.verdict)

    # the provider

    def send(self, out: Outgoing) -> str:
        if self.raises:
            raise self.raises.pop(0)
        return self.sandbox.send(out)

    def look_up(self, out: Outgoing) -> str | None:
        return self.sandbox.look_up(out)

    # reading

    def steps(self) -> list[str]:
        with reading(self.engine) as c:
            return list(c.execute(select(ATTEMPTS.c.step).order_by(ATTEMPTS.c.id)).scalars())

    def state(self) -> str:
        with reading(self.engine) as c:
            return c.execute(select(DIGESTS.c.state)).scalar_one()

    def on_phone(self) -> int:
        with reading(self.engine) as c:
            return len(c.execute(select(table_of(SandboxText))).all())

    def items(self) -> list[str]:
        with reading(self.engine) as c:
            return list(c.execute(select(ITEMS.c.item).order_by(ITEMS.c.id)).scalars())

    def about(self) -> list[str | None]:
        with reading(self.engine) as c:
            return list(c.execute(select(ITEMS.c.elder_id)).scalars())

    def told_case(self) -> Undelivered:
        """Why the text did not arrive, as its case hears it."""
        with reading(self.engine) as c:
            body = c.execute(select(LETTERS.c.body_enc).where(LETTERS.c.kind == "update")).scalar_one()
        letter = LETTER.validate_json(self.sealer.open(body))
        assert isinstance(letter, UpdateLetter) and isinstance(letter.message, MessageUndeliverable)
        return letter.message.why

    def updates(self) -> list[str]:
        with reading(self.engine) as c:
            return list(c.execute(select(LETTERS.c.workflow_id).where(LETTERS.c.kind == "update")).scalars())


@pytest.fixture
def desk(url: str, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(url, tmp_path)
    yield made
    made.engine.dispose()


def test_a_text_is_sent_once_however_often_it_is_asked(desk: Desk) -> None:
    assert [desk.texts.send(ORDER).status for _ in range(3)] == ["accepted"] * 3
    assert (desk.steps(), desk.on_phone()) == (["intent", "accepted"], 1)


def test_dying_between_the_call_and_its_answer_is_looked_up_and_not_sent_again(desk: Desk) -> None:
    desk.sandbox.send(OUT)
    with writing(desk.engine) as c:
        c.execute(insert(ATTEMPTS).values(digest_id="D1", nth=1, step="intent", provider="told", at=NOW))
    assert desk.texts.send(ORDER).status == "accepted"
    assert (desk.steps(), desk.on_phone()) == (["intent", "accepted"], 1)


def test_dying_before_the_provider_heard_is_sent_once_more(desk: Desk) -> None:
    with writing(desk.engine) as c:
        c.execute(insert(ATTEMPTS).values(digest_id="D1", nth=1, step="intent", provider="told", at=NOW))
    assert desk.texts.send(ORDER).status == "accepted"
    assert (desk.steps(), desk.on_phone()) == (["intent", "intent", "accepted"], 1)


def test_a_text_whose_cause_has_gone_is_not_sent_once_more(desk: Desk) -> None:
    desk.raises = [RuntimeError("killed before it")]
    with pytest.raises(RuntimeError):
        desk.texts.send(ORDER)
    desk.verdict = "cancelled"
    assert desk.texts.settle(ORDER).status == "cancelled"
    assert (desk.on_phone(), desk.state(), desk.items()) == (0, "cancelled", [])


def test_a_provider_that_is_away_is_asked_again_and_nobody_is_told_yet(desk: Desk) -> None:
    desk.raises = [TanfangFault(Fault.PROVIDER_AWAY, "told")] * 3
    assert [desk.texts.send(ORDER).status for _ in range(4)] == ["retry", "retry", "retry", "accepted"]
    assert (desk.on_phone(), desk.items()) == (1, [])


def test_a_bad_number_ends_it_and_a_person_and_the_case_are_told(desk: Desk) -> None:
    desk.raises = [TanfangFault(Fault.BAD_NUMBER, "told")]
    assert desk.texts.send(ORDER).status == "failed"
    assert (desk.state(), desk.items(), desk.updates()) == ("failed", ["call_by_phone"], ["case/E1"])
    assert desk.told_case() is Undelivered.BAD_NUMBER
    assert desk.texts.send(ORDER).status == "failed"
    assert desk.on_phone() == 0


@pytest.mark.parametrize("died", [False, True])
def test_nothing_is_sent_after_its_time(desk: Desk, died: bool) -> None:
    if died:
        with writing(desk.engine) as c:
            c.execute(insert(ATTEMPTS).values(digest_id="D1", nth=1, step="intent", provider="told", at=NOW))
    desk.now = NOW + timedelta(hours=24)
    assert desk.texts.send(ORDER).status == "expired"
    assert desk.on_phone() == 0


@pytest.mark.parametrize("died", [False, True])
@pytest.mark.parametrize("waits", ["judging", "writing"])
def test_a_text_whose_time_runs_out_while_we_wait_for_the_store_is_not_handed_over(
    desk: Desk, waits: str, died: bool
) -> None:
    """It is one that nobody heard the end of, too: then the case hears that it may have arrived."""
    if died:
        with writing(desk.engine) as c:
            c.execute(insert(ATTEMPTS).values(digest_id="D1", nth=1, step="intent", provider="told", at=NOW))
    desk.now = in_time = NOW + timedelta(hours=23, minutes=59, seconds=58)

    def written(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO send_attempt"):
            desk.now = in_time + timedelta(seconds=4)

    if waits == "judging":
        desk.judging = timedelta(seconds=4)
    else:
        event.listen(desk.engine, "after_cursor_execute", written)
    assert desk.texts.send(ORDER).status == "expired"
    assert (desk.on_phone(), desk.state(), desk.items()) == (0, "expired", ["call_by_phone"])
    assert desk.steps() == [*["intent"] * died, "intent", "withheld"]
    with reading(desk.engine) as c:
        assert max(c.execute(select(ATTEMPTS.c.at).where(ATTEMPTS.c.step == "intent")).scalars()) == in_time
    assert desk.told_case() is (Undelivered.PERHAPS_TOO_LATE if died else Undelivered.TOO_LATE)


def test_a_receipt_is_kept_once_and_an_undelivered_one_reaches_the_case(desk: Desk) -> None:
    desk.texts.send(ORDER)
    message_id = desk.sandbox.look_up(OUT)
    assert message_id is not None
    for _ in range(3):
        assert desk.texts.receipt(message_id, "undelivered", "30005", NOW) == "D1"
    assert (desk.state(), desk.updates()) == ("undelivered", ["case/E1"])
    assert desk.texts.receipt("SB-unknown", "delivered", None, NOW) is None
    assert desk.told_case() == Undelivered.UNDELIVERED
    with reading(desk.engine) as c:
        assert c.execute(select(ITEMS.c.about)).scalar_one() == "undelivered D1"


def test_without_a_provider_a_text_is_a_call_on_the_worklist(desk: Desk) -> None:
    texts = ProviderTexts(desk.engine, desk.sealer, ManualSms(desk.engine, desk.sealer, HOME), lambda: desk.now)
    assert [texts.send(ORDER).status for _ in range(2)] == ["accepted", "accepted"]
    assert desk.items() == ["call_by_phone"]
    assert desk.about() == ["E1"]


def by_hand(desk: Desk) -> ProviderTexts:
    return ProviderTexts(desk.engine, desk.sealer, ManualSms(desk.engine, desk.sealer, HOME), lambda: desk.now)


@pytest.mark.parametrize(("text_class", "within"), [("urgent", timedelta()), ("ordinary", timedelta(hours=24))])
def test_an_urgent_call_is_due_at_once(desk: Desk, text_class: str, within: timedelta) -> None:
    with writing(desk.engine) as c:
        c.execute(DIGESTS.update().values(text_class=text_class))
    by_hand(desk).send(ORDER)
    with reading(desk.engine) as c:
        assert c.execute(select(ITEMS.c.due_at)).scalar_one() == NOW + within


@pytest.mark.parametrize(
    ("role", "area", "where"),
    [
        ("grid_worker", "W", ("T", "village_assistant")),
        ("township_officer", "T", ("T", "village_assistant")),
        ("county_officer", "C", (None, "county_officer")),
    ],
)
def test_a_call_to_staff_about_nobody_is_where_their_post_is(
    desk: Desk, role: str, area: str, where: tuple[str | None, str]
) -> None:
    with writing(desk.engine) as c:
        seal = desk.sealer.seal
        staff = {"id": "S-1", "county_id": "C", "name_enc": seal("示"), "phone_enc": seal(PHONE), "phone_index": "x"}
        c.execute(insert(table_of(Staff)).values(**staff))
        c.execute(insert(table_of(Post)).values(id="P-1", role=role, area_id=area, holder_id="S-1"))
        c.execute(LETTERS.delete())
        c.execute(DIGESTS.update().values(recipient_id="S-1", recipient_kind="staff"))
    by_hand(desk).send(ORDER)
    with reading(desk.engine) as c:
        assert tuple(c.execute(select(ITEMS.c.township_id, ITEMS.c.role)).one()) == where
        assert c.execute(select(ITEMS.c.county_id)).scalar_one() == "C"


def test_a_call_to_a_stranger_is_for_the_county_whose_counter_answers(desk: Desk) -> None:
    with writing(desk.engine) as c:
        c.execute(LETTERS.delete())
        phone = desk.sealer.index("phone", "+8619399999999")
        c.execute(
            insert(table_of(Inbound)).values(
                provider="told", provider_message_id="SM1", phone_index=phone, received_at=NOW, tries=0, note_id="n",
                phone_enc=desk.sealer.seal("+8619399999999"),
            )
        )  # fmt: skip
        stranger = {"recipient_id": f"phone:{phone}", "recipient_kind": "unknown", "phone_index": phone}
        c.execute(DIGESTS.update().values(stranger))
    by_hand(desk).send(ORDER)
    with reading(desk.engine) as c:
        assert c.execute(select(ITEMS.c.county_id)).scalar_one() == HOME


def told_of(desk: Desk) -> list[str]:
    return [line.text for line in timeline(Store(desk.engine, desk.sealer), "E1")]


@pytest.mark.parametrize(("word", "last"), [("delivered", "电话打通了，已告知"), ("undelivered", "电话没有打通")])
def test_a_call_is_told_of_as_made_only_by_who_made_it(desk: Desk, word: str, last: str) -> None:
    texts = by_hand(desk)
    texts.send(ORDER)
    assert told_of(desk) == ["已交人打电话，待告知示：「请看望」"]
    call = message_of("read-out-D1")
    assert call is not None and message_of("call-D1") is None
    for _ in range(2):
        assert texts.receipt(call, word, None, NOW) == "D1"
    with writing(desk.engine) as c:
        c.execute(ITEMS.update().where(ITEMS.c.id == "read-out-D1").values(closed_at=NOW, closed_by="S-7"))
    assert told_of(desk)[1:] == [f"S-7给示的{last}"]
    assert desk.state() == word
    assert desk.updates() == ([] if word == "delivered" else ["case/E1"])


@pytest.mark.parametrize(("others", "elders"), [((), ["E1"]), (("E1",), ["E1"]), (("E2",), [None])])
def test_a_call_is_where_the_one_elder_lives_that_the_text_was_about(
    desk: Desk, others: tuple[str, ...], elders: list[str | None]
) -> None:
    with writing(desk.engine) as c:
        for elder in others:
            letter = TextLetter(recipient_id="V-1", recipient_kind="volunteer", template="task_one", elder_id=elder)
            insert_letter(c, desk.sealer, f"case/{elder}#9.0", letter, NOW)
        c.execute(LETTERS.update().values(digest_id="D1", state="gathered"))
    desk.raises = [TanfangFault(Fault.BAD_NUMBER, "told")]
    desk.texts.send(ORDER)
    assert desk.about() == elders


def test_a_text_that_a_restored_store_has_not_is_not_sent_and_fails_nobody(desk: Desk) -> None:
    lost = SendOrder(digest_id="D-lost")
    assert {desk.texts.send(lost).status, desk.texts.settle(lost).status} == {"cancelled"}
    assert (desk.on_phone(), desk.steps(), desk.items()) == (0, [], [])
