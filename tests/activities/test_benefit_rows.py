"""The rows of an elder's benefits are what their stream says, as it is recorded and when it is folded again.

What may follow what is the decisions' affair: here each fact is told to the store as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from adapters.database import reading, writing
from adapters.sql_causes import due_text
from adapters.sql_letters import insert_letter
from audit.chain import walk
from audit.fold import compare, refolding
from audit.store import Store as Audited
from audit.store import snapshot
from decisions import claim_fold, claim_state
from decisions.claim_state import State
from models import events as e
from models.benefits import BenefitKind, Outcome, Standing
from models.claim_messages import CheckBenefit
from models.claims import Change, ClaimStage, ClaimTerms, ClaimTrigger, EndCause, NoNotice, Proposed, ToldHow
from models.facts import FactSheet, Known
from models.letters import EndItems, TextLetter, UpdateLetter, WorkItem
from models.messages import StreamQuestion
from models.policy import Delay, DelayUnit
from models.tables import (
    Area,
    ClaimRow,
    CouponUseRow,
    Elder,
    EntitlementRow,
    EscalationRow,
    LetterRow,
    WorkItemRow,
    table_of,
)
from models.values import Actor, ActorKind, Channel, CloseReason, EscalationCause, NoteRef, Role, Urgency
from projections import read_benefits, streams
from tests.activities.ledgers import Store, Writer
from tests.decisions.slices import policy

STREAM = "benefit/E1"
CARE, AGE, COUPON = "care_allowance", "old_age", "service_coupon"
LETTERS, CLAIMS, ENTITLEMENTS = table_of(LetterRow), table_of(ClaimRow), table_of(EntitlementRow)
COUPON_USES = table_of(CouponUseRow)
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
TOWNSHIP = Actor(id="S-1", kind=ActorKind.STAFF, role=Role.TOWNSHIP_OFFICER)
COUNTY = Actor(id="S-9", kind=ActorKind.STAFF, role=Role.COUNTY_OFFICER)
MARCH, APRIL, JUNE, AUGUST = (date(2026, month, 1) for month in (3, 4, 6, 8))
REVIEW, NEXT_REVIEW = date(2027, 3, 2), date(2028, 3, 2)
A_DAY = timedelta(days=1)
KNOWN = FactSheet(
    facts={
        "born_on": Known(value=date(1946, 5, 1), source="register", on=MARCH),
        "rural": Known(value=True, source="register", on=MARCH),
    }
)
TERMS = ClaimTerms(
    kind=BenefitKind.NURSING,
    terms={stage: Delay(amount=5, unit=DelayUnit.CALENDAR_DAYS) for stage in ClaimStage if stage != ClaimStage.POSTED},
    remind_days=1, review_months=12, appeal_days=60,
)  # fmt: skip


def proposed(row: str | None = "class_1", fen: int | None = 20000, month: date = MARCH) -> Proposed:
    gives = row is not None
    return Proposed(
        month=month, version="7", hash="7" * 64, outcome=Outcome.ELIGIBLE if gives else Outcome.NOT_ELIGIBLE,
        standing=Standing.STANDS if gives else Standing.NOT_ELIGIBLE, row=row, fen=fen, sheet=KNOWN,
    )  # fmt: skip


class Kept:
    """One elder's benefits, begun; each `tell` is a fact of its own, recorded as the workflow would."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = AT
        self.state: State | None = None
        self._writer = Writer(stream=STREAM)
        self.tell(
            e.BenefitsOpened, elder_id="E1", county_id="C1", township_id="T1", village_id="W1", has_case=True,
            policy=policy(),
        )  # fmt: skip

    @property
    def due_at(self) -> datetime:
        return self.now + 5 * A_DAY

    def tell(self, kind: type[Any], actor: Actor = TOWNSHIP, **values: Any) -> None:
        request = self.request(kind, actor, **values)
        assert self.store.record(request).status == "appended"
        self._writer.stands_at(request)
        [fact] = request.events
        self.state = claim_fold.evolve(self.state or claim_state.begin(fact.event), fact.event, fact.at)  # type: ignore[arg-type]

    def request(self, kind: type[Any], actor: Actor = TOWNSHIP, **values: Any) -> e.RecordRequest:
        key = f"m-{self._writer.seq}"
        due = {"due_at": self.due_at} if "due_at" in kind.model_fields else {}
        head = {
            "happened_at": self.now, "actor": actor, "channel": Channel.CONSOLE, "cause": key, "policy_version": "1",
            "policy_hash": "0" * 64,
        }  # fmt: skip
        return self._writer.request(key, [kind.model_validate({**head, **due, **values})], self.now)

    # --- steps ---

    def opened(self, code: str = CARE, n: int = 1, **more: Any) -> None:
        said = {"trigger": ClaimTrigger.APPLICATION, "asked_on": AT.date(), "terms": TERMS, "proposed": proposed()}
        self.tell(e.ClaimOpened, code=code, n=n, **{**said, **more})

    def approved(self, code: str = CARE, n: int = 1, found: Proposed | None = None, from_month: date = MARCH) -> None:
        self.tell(
            e.ClaimApproved, COUNTY, code=code, n=n, proposed=found or proposed(), from_month=from_month,
            review_on=REVIEW, instead_of=(),
        )  # fmt: skip

    def told(self, code: str = CARE, n: int = 1) -> None:
        appeal = self.now.date() + 60 * A_DAY
        told_on = self.now.date()
        self.tell(e.DecisionTold, code=code, n=n, told_on=told_on, how=ToldHow.HANDED, appeal_by=appeal)

    def ladder(self, about: str) -> str:
        id_ = f"escalation/E1/benefit-{about.replace('/', '-')}"
        self.tell(
            e.EscalationOpened, escalation_id=id_, cause_of=EscalationCause.BENEFIT_LATE, urgency=Urgency.ORDINARY,
            visit_id=None, first_role=TOWNSHIP.role, ends_at=None, township_id="T1", village_id="W1", about=about,
        )  # fmt: skip
        return id_

    def coupon(self) -> None:
        """800 元 a month from March on."""
        terms = TERMS.model_copy(update={"kind": BenefitKind.COUPON})
        self.opened(COUPON, terms=terms, proposed=proposed("moderate_or_worse", 80_000))
        self.approved(COUPON, found=proposed("moderate_or_worse", 80_000))

    def uses(self, bill: str, on: date, paid: int, left: int) -> None:
        said = {"at": "home_community", "percent": 50, "bill_fen": 2 * paid, "paid_fen": paid, "left_fen": left}
        self.tell(e.CouponRedeemed, code=COUPON, bill=bill, on=on, **said)

    # --- rows ---

    def claim(self, n: int = 1, code: str = CARE) -> Any:
        [row] = [row for row in self.store.rows(ClaimRow) if (row.code, row.n) == (code, n)]
        return row

    def gives(self, code: str = CARE) -> list[tuple[date, date | None, int | None]]:
        return [(row.from_month, row.through, row.fen) for row in self.rows(code)]

    def rows(self, code: str = CARE) -> list[Any]:
        return [row for row in self.store.rows(EntitlementRow) if row.code == code]


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    made = Store(url, tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def kept(store: Store) -> Kept:
    return Kept(store)


# --- a claim ---------------------------------------------------------------------------------------------------------


def test_each_step_is_seen_in_the_row_of_its_claim(kept: Kept) -> None:
    kept.opened()
    row = kept.claim()
    assert (row.stage, row.trigger, row.township_id, row.village_id) == ("checking", "application", "T1", "W1")
    assert (row.asked_on, row.opened_at, row.due_at) == (AT.date(), AT, AT + 5 * A_DAY)
    assert (row.outcome, row.standing, row.row, row.fen) == ("eligible", "stands", "class_1", 20000)
    assert (row.month, row.policy_version, row.policy_hash) == (MARCH, "7", "7" * 64)
    kept.now += A_DAY
    kept.tell(e.PapersAsked, code=CARE, n=1, documents=("id_card",))
    assert (kept.claim().stage, kept.claim().due_at) == ("papers", kept.due_at)
    kept.tell(e.PapersHandedIn, code=CARE, n=1)
    kept.tell(e.ClaimChecked, code=CARE, n=1, proposed=proposed("class_2", 10000, APRIL))
    row = kept.claim()
    assert (row.checked_by, row.row, row.fen, row.month) == (TOWNSHIP.id, "class_2", 10000, APRIL)
    kept.tell(e.NoticeDue, code=CARE, n=1, days=7, unit="calendar_days", again=False)
    assert (kept.claim().stage, kept.claim().notice) == ("posting", None)
    until = kept.now.date() + 7 * A_DAY
    proof = NoteRef(id="note-1", sha256="0" * 64)
    kept.tell(e.NoticePosted, code=CARE, n=1, posted_on=kept.now.date(), until_on=until, proof=proof)
    row = kept.claim()
    assert (row.stage, row.notice, row.posted_on, row.until_on) == ("posted", "posted", kept.now.date(), until)
    kept.tell(e.ClaimObjected, code=CARE, n=1)
    assert kept.claim().stage == "rechecking"
    kept.tell(e.ObjectionDecided, COUNTY, code=CARE, n=1, upheld=True, proposed=proposed(None, None), hangs=False)
    kept.tell(e.NoticeSkipped, code=CARE, n=1, why=NoNotice.NOT_PROPOSED)
    kept.tell(e.ApprovalDue, code=CARE, n=1)
    row = kept.claim()
    assert (row.stage, row.outcome, row.fen, row.notice) == (
        "approving", "not_eligible", None, "拟不予批准，不公示",
    )  # fmt: skip
    kept.tell(e.ClaimReturned, COUNTY, code=CARE, n=1)
    assert (kept.claim().stage, kept.claim().checked_by) == ("checking", TOWNSHIP.id)


def test_a_refusal_is_decided_by_somebody_and_told_once(kept: Kept) -> None:
    kept.opened(proposed=proposed(None, None))
    kept.tell(e.ClaimRefused, COUNTY, code=CARE, n=1, proposed=proposed(None, None))
    row = kept.claim()
    assert (row.stage, row.decision, row.decided_by, row.decided_at) == ("telling", "refused", COUNTY.id, AT)
    kept.now += A_DAY
    kept.told()
    row = kept.claim()
    assert (row.stage, row.due_at, row.told_on, row.appeal_by) == (
        "ended", None, kept.now.date(), kept.now.date() + 60 * A_DAY,
    )  # fmt: skip
    kept.opened(n=2, trigger=ClaimTrigger.STAFF)
    kept.tell(e.ClaimWithdrawn, code=CARE, n=2)
    assert (kept.claim(2).decision, kept.claim(2).decided_by, kept.claim(2).stage) == (
        "withdrawn", TOWNSHIP.id, "ended",
    )  # fmt: skip
    assert kept.claim(1).decision == "refused" and kept.rows() == []


def test_a_ladder_stands_in_the_row_of_the_step_it_is_about(kept: Kept, store: Store) -> None:
    kept.opened()
    kept.opened(AGE)
    id_ = kept.ladder(f"{CARE}/checking")
    assert (kept.claim().escalation_id, kept.claim(code=AGE).escalation_id) == (id_, None)
    [row] = store.rows(EscalationRow)
    assert (row.id, row.cause, row.state, row.elder_id) == (id_, "benefit_late", "asked", "E1")
    by = {"escalation_id": id_, "outcome": "done", "resolved_by": COUNTY}
    kept.tell(e.EscalationEnded, **by)
    kept.tell(e.ClaimProlonged, code=CARE, stage=ClaimStage.CHECKING, due_at=kept.now + 9 * A_DAY)
    assert (kept.claim().escalation_id, kept.claim().due_at) == (None, kept.now + 9 * A_DAY)


# --- an entitlement --------------------------------------------------------------------------------------------------


def test_an_approved_claim_gives_from_its_month_on(kept: Kept) -> None:
    kept.opened()
    kept.approved()
    [row] = kept.rows()
    assert (row.n, row.from_month, row.through, row.row, row.fen) == (1, MARCH, None, "class_1", 20000)
    assert (row.kind, row.approved_by, row.approved_at, row.review_on) == ("nursing", COUNTY.id, AT, REVIEW)
    assert (row.policy_version, row.held, row.waits, row.township_id) == ("7", False, None, "T1")
    claim = kept.claim()
    assert (claim.stage, claim.decision, claim.decided_by) == ("telling", "approved", COUNTY.id)


def test_another_amount_is_another_row_and_the_old_one_ends_the_month_before(kept: Kept) -> None:
    kept.opened()
    kept.approved()
    change = Change(ends=None, row="class_2", fen=10000, month=JUNE, on=None)
    kept.tell(e.ChangeProposed, code=CARE, change=change, proposed=proposed("class_2", 10000, JUNE))
    [row] = kept.rows()
    assert (row.waits, row.waits_until, row.change, row.change_fen, row.change_month) == (
        "changing", kept.due_at, "class_2", 10000, JUNE,
    )  # fmt: skip
    kept.now += A_DAY
    found = proposed("class_2", 10000, JUNE)
    kept.tell(e.EntitlementChanged, COUNTY, code=CARE, row="class_2", fen=10000, from_month=JUNE, proposed=found)
    assert kept.gives() == [(MARCH, date(2026, 5, 1), 20000), (JUNE, None, 10000)]
    old, new = kept.rows()
    assert (new.change, new.waits, new.approved_by, new.approved_at) == (None, None, COUNTY.id, kept.now)
    assert (old.approved_at, old.change, old.waits, old.waits_until) == (AT, None, None, None)

    # A correction from an earlier month takes the place of both from there on.
    found = proposed("class_1", 30000, APRIL)
    kept.tell(e.EntitlementChanged, COUNTY, code=CARE, row="class_1", fen=30000, from_month=APRIL, proposed=found)
    assert kept.gives() == [(MARCH, MARCH, 20000), (APRIL, None, 30000)]
    found = proposed("class_1", 40000, APRIL)
    kept.tell(e.EntitlementChanged, COUNTY, code=CARE, row="class_1", fen=40000, from_month=APRIL, proposed=found)
    assert kept.gives() == [(MARCH, MARCH, 20000), (APRIL, None, 40000)]


def test_a_death_holds_and_a_stop_cuts_what_was_to_come(kept: Kept) -> None:
    kept.opened()
    kept.approved()
    kept.told()
    first = kept.claim().told_on
    kept.tell(
        e.EntitlementChanged, COUNTY, code=CARE, row="class_2", fen=10000, from_month=AUGUST,
        proposed=proposed("class_2", 10000, AUGUST),
    )  # fmt: skip
    kept.tell(e.PaymentsHeld, codes=(CARE,))
    assert [row.held for row in kept.rows()] == [False, True]
    kept.tell(e.PaymentsReleased, codes=(CARE,), back=False)
    assert [row.held for row in kept.rows()] == [False, False]
    kept.tell(e.PaymentsHeld, codes=(CARE,))
    change = Change(ends=EndCause.DEATH, row=None, fen=None, month=JUNE, on=date(2026, 6, 9))
    kept.tell(e.ChangeProposed, code=CARE, change=change, proposed=None)
    assert [(row.change, row.change_month) for row in kept.rows()] == [(None, None), ("death", JUNE)]
    kept.now += A_DAY
    kept.tell(
        e.EntitlementStopped, COUNTY, code=CARE, why=EndCause.DEATH, on=date(2026, 6, 9), through=JUNE, proposed=None
    )
    assert kept.gives() == [(MARCH, JUNE, 20000), (AUGUST, JUNE, 10000)]
    last = kept.rows()[-1]
    assert (last.end_cause, last.ended_by, last.waits, last.held) == ("death", COUNTY.id, "telling", False)
    with reading(kept.store.engine) as connection:
        assert read_benefits.entitlements_of(connection, "E1") == kept.rows()
    kept.told()
    assert (kept.rows()[-1].waits, kept.claim().told_on) == (None, first)


def test_whoever_moves_takes_along_what_is_open(kept: Kept) -> None:
    kept.opened()
    kept.tell(e.ClaimWithdrawn, code=CARE, n=1)
    kept.opened(n=2)
    kept.approved(n=2)
    kept.tell(e.ElderPlaced, township_id="T2", village_id="W2", has_case=True)
    assert [(row.n, row.township_id) for row in kept.store.rows(ClaimRow)] == [(1, "T1"), (2, "T2")]
    assert [(row.township_id, row.village_id) for row in kept.rows()] == [("T2", "W2")]
    kept.opened(AGE)
    assert kept.claim(code=AGE).township_id == "T2"


def test_a_review_is_waited_for_and_sets_the_next(kept: Kept) -> None:
    kept.opened()
    kept.approved()
    kept.told()
    kept.tell(e.ReviewDue, code=CARE, missing=("gb_level",))
    assert (kept.rows()[0].waits, kept.rows()[0].waits_until) == ("reviewing", kept.due_at)
    kept.tell(e.EntitlementReviewed, code=CARE, proposed=proposed(), review_on=NEXT_REVIEW)
    assert (kept.rows()[0].waits, kept.rows()[0].review_on) == (None, NEXT_REVIEW)


# --- a coupon --------------------------------------------------------------------------------------------------------


def test_each_bill_is_a_row_and_one_that_was_taken_back_may_come_again(kept: Kept) -> None:
    kept.coupon()
    kept.uses("B-1", date(2026, 3, 31), 30_000, 50_000)
    [row] = kept.store.rows(CouponUseRow)
    assert (row.elder_id, row.code, row.bill, row.month, row.on) == ("E1", COUPON, "B-1", MARCH, date(2026, 3, 31))
    assert (row.place, row.percent, row.bill_fen, row.paid_fen, row.left_fen) == (
        "home_community", 50, 60_000, 30_000, 50_000,
    )  # fmt: skip
    assert (row.recorded_by, row.recorded_at, row.taken_back_by, row.taken_back_at) == (TOWNSHIP.id, AT, None, None)
    kept.now += A_DAY
    kept.uses("B-2", APRIL, 100, 79_900)
    kept.tell(e.RedemptionTakenBack, COUNTY, code=COUPON, bill="B-1", on=date(2026, 3, 31), paid_fen=30_000)
    kept.uses("B-1", date(2026, 3, 30), 80_000, 0)
    back = [(row.bill, row.paid_fen, row.taken_back_by, row.taken_back_at) for row in kept.store.rows(CouponUseRow)]
    assert back == [
        ("B-1", 30_000, COUNTY.id, kept.now), ("B-2", 100, None, None), ("B-1", 80_000, None, None),
    ]  # fmt: skip
    with reading(kept.store.engine) as connection:
        assert [row.bill for row in read_benefits.coupon_uses_of(connection, "E1", APRIL)] == ["B-2"]
        in_order = [(row.on.day, row.bill) for row in read_benefits.coupon_uses_of(connection, "E1", MARCH)]
        assert in_order == [(30, "B-1"), (31, "B-1"), (1, "B-2")]
        assert read_benefits.coupon_uses_of(connection, "E2", MARCH) == []
    assert kept.gives(COUPON) == [(MARCH, None, 80_000)], "nothing becomes of what it gives"


# --- what may be asked -----------------------------------------------------------------------------------------------


def test_what_waits_is_asked_for_by_place_and_stage_and_what_runs_by_month(kept: Kept) -> None:
    live_in(kept.store)
    kept.opened()
    kept.now += A_DAY
    kept.opened(AGE)
    kept.approved(AGE, found=proposed("from_80", 2500), from_month=APRIL)
    with reading(kept.store.engine) as connection:

        def waiting(areas: set[str], *stages: ClaimStage) -> list[str]:
            found = read_benefits.open_claims(connection, areas, stages or tuple(ClaimStage))
            return [f"{row.code}@{row.village}" for row in found]

        assert waiting({"W1"}) == [f"{CARE}@示例一村", f"{AGE}@示例一村"]
        assert waiting({"C1"}, ClaimStage.TELLING) == [f"{AGE}@示例一村"]
        assert waiting({"T2"}) == [] == waiting({"T1"}, ClaimStage.PAPERS)
        last = read_benefits.claim(connection, "E1", AGE)
        assert last is not None and last.decision == "approved"
        assert [row.code for row in read_benefits.claims_of(connection, "E1")] == [CARE, AGE]
        assert read_benefits.sealed_state(connection, "E1") and not read_benefits.sealed_state(connection, "E2")
        assert read_benefits.waiting_entitlements(connection, {"T1"}) == []
    kept.tell(e.ReviewDue, code=AGE, missing=())
    with reading(kept.store.engine) as connection:
        assert [row.code for row in read_benefits.waiting_entitlements(connection, {"T1"})] == [AGE]
        assert read_benefits.waiting_entitlements(connection, {"T1"}, (ClaimStage.CHANGING,)) == []


def live_in(store: Store) -> None:
    with writing(store.engine) as c:
        for id_, kind, name, parent in (
            ("C1", "county", "奉节县", None), ("T1", "township", "白帝镇", "C1"), ("W1", "village", "示例一村", "T1"),
        ):  # fmt: skip
            c.execute(insert(table_of(Area)).values(id=id_, kind=kind, name=name, parent_id=parent, from_on=MARCH))
        seal = store.sealer.seal
        c.execute(
            insert(table_of(Elder)).values(
                id="E1", county_id="C1", township_id="T1", village_id="W1", household_id="H1", name_enc=seal("王示一"),
                id_number_enc=seal("0"), id_number_index="x", tail_index="x", phone_textable=False,
                born_on_enc=seal("1940-01-01"), sex="F", standing="case", standing_reason="x", updated_at=AT,
            )
        )  # fmt: skip


# --- letters ---------------------------------------------------------------------------------------------------------


def test_a_text_about_a_step_is_so_until_the_step_is_over(kept: Kept) -> None:
    kept.opened()
    about = TextLetter(
        recipient_id="S-1", recipient_kind="staff", template="benefit_reminder", elder_id="E1",
        cause_claim=f"{CARE}/checking",
    )  # fmt: skip
    stands = Alive(kept.store)
    assert stands(about) and not stands(about.model_copy(update={"cause_claim": f"{AGE}/checking"}))
    kept.tell(e.ApprovalDue, code=CARE, n=1)
    assert not stands(about)
    assert stands(about.model_copy(update={"cause_claim": f"{CARE}/approving"}))
    kept.approved()
    kept.told()
    kept.tell(e.ReviewDue, code=CARE, missing=())
    assert stands(about.model_copy(update={"cause_claim": f"{CARE}/reviewing"}))


class Alive:
    """Whether dispatch would let a text go."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._n = 0

    def __call__(self, letter: TextLetter) -> bool:
        self._n += 1
        with writing(self._store.engine) as connection:
            insert_letter(connection, self._store.sealer, f"text-{self._n}", letter, AT)
            row = connection.execute(LETTERS.select().where(LETTERS.c.id == f"text-{self._n}")).one()
            return due_text(connection, row, letter).alive


def test_items_end_for_the_benefit_they_are_about(store: Store) -> None:
    item = WorkItem(item="check_benefit", elder_id="E1", county_id="C1", due_at=AT, about=CARE)
    done = EndItems(elder_id="E1", items=("check_benefit",), closed_by="S-1", reason="decided", about=CARE)
    with writing(store.engine) as connection:
        for id_, about in (("a", CARE), ("b", AGE), ("c", f"{CARE}_2")):
            insert_letter(connection, store.sealer, id_, item.model_copy(update={"about": about}), AT)
        assert insert_letter(connection, store.sealer, "d", done, AT)
    assert [row.id for row in store.rows(WorkItemRow) if row.closed_at] == ["a"]
    with writing(store.engine) as connection:
        assert insert_letter(connection, store.sealer, "e", done.model_copy(update={"about": None}), AT)
    assert all(row.closed_at for row in store.rows(WorkItemRow))


def test_a_step_that_was_handed_in_is_heard_before_its_ladder_begins(kept: Kept, store: Store) -> None:
    """As after an outage: time and the step wait for the worker together."""
    kept.opened()
    kept.now = kept.due_at
    message = CheckBenefit(key="step-1", actor=TOWNSHIP, channel=Channel.CONSOLE, received_at=kept.now, code=CARE)
    letter = UpdateLetter(workflow_id=STREAM, elder_id="E1", message=message)
    with writing(store.engine) as connection:
        insert_letter(connection, store.sealer, "step-1", letter, kept.now, received_at=kept.now)
    opened = kept.request(
        e.EscalationOpened, escalation_id="escalation/E1/x", cause_of=EscalationCause.BENEFIT_LATE,
        urgency=Urgency.ORDINARY, visit_id=None, first_role=TOWNSHIP.role, ends_at=None, township_id="T1",
        village_id="W1", about=f"{CARE}/checking",
    )  # fmt: skip
    assert store.record(opened).status == "unheard"
    store.write(update(LETTERS).values(state="delivered"))
    assert store.record(opened).status == "appended"


# --- folded again ----------------------------------------------------------------------------------------------------


def lived(kept: Kept) -> None:
    """Late, approved, changed, held and stopped; another claim ended by the death."""
    kept.opened()
    kept.ladder(f"{CARE}/checking")
    kept.tell(e.ClaimChecked, code=CARE, n=1, proposed=proposed())
    kept.tell(e.NoticeSkipped, code=CARE, n=1, why=NoNotice.NO_BASIS)
    kept.tell(e.ApprovalDue, code=CARE, n=1)
    kept.approved()
    kept.told()
    kept.tell(
        e.EntitlementChanged, COUNTY, code=CARE, row="class_2", fen=10000, from_month=JUNE,
        proposed=proposed("class_2", 10000, JUNE),
    )  # fmt: skip
    kept.opened(AGE)
    kept.coupon()
    kept.uses("B-1", MARCH, 30_000, 50_000)
    kept.uses("B-2", MARCH, 100, 49_900)
    kept.tell(e.RedemptionTakenBack, code=COUPON, bill="B-1", on=MARCH, paid_fen=30_000)
    kept.tell(e.ElderPlaced, township_id="T2", village_id="W2", has_case=False)
    kept.tell(e.PaymentsHeld, codes=(CARE,))
    kept.tell(e.ClaimEnded, code=AGE, n=1, reason=CloseReason.DEATH_CONFIRMED)
    kept.tell(e.BenefitsEnded, reason=CloseReason.DEATH_CONFIRMED, on=date(2026, 7, 1))
    kept.tell(e.EntitlementStopped, COUNTY, code=CARE, why=EndCause.DEATH, on=None, through=AUGUST, proposed=None)
    kept.told()


def test_the_fold_of_the_ledger_is_the_tables_and_a_changed_row_is_named(kept: Kept, store: Store) -> None:
    lived(kept)
    assert [row.decision for row in store.rows(ClaimRow)] == ["approved", "ended", "approved"]
    assert kept.gives() == [(MARCH, date(2026, 5, 1), 20000), (JUNE, AUGUST, 10000)]
    assert differences(store) == []
    store.write(update(CLAIMS).where(CLAIMS.c.code == CARE).values(fen=99))
    store.write(update(ENTITLEMENTS).where(ENTITLEMENTS.c.fen == 10000).values(fen=20000))
    store.write(update(COUPON_USES).where(COUPON_USES.c.bill == "B-2").values(paid_fen=99))
    told = differences(store)
    assert [stream for stream, _ in told] == [STREAM, STREAM, STREAM]
    assert f"claim_row E1/{CARE}/1：fen 表里是 99，台账折出 20000" in told[0][1]
    assert f"entitlement_row E1/{CARE}/1/2026-06-01：fen 表里是 20000，台账折出 10000" in told[1][1]
    assert "paid_fen 表里是 99，台账折出 100" in told[2][1]


def test_the_state_is_what_the_workflow_holds(kept: Kept, store: Store) -> None:
    lived(kept)
    page = store.ledger.events_after(StreamQuestion(stream=STREAM, after_seq=0))
    state: streams.State = streams.begin(STREAM, page.events[0].event)
    for recorded in page.events:
        state = streams.evolve(state, recorded.event, recorded.at)
    assert isinstance(state, State) and state == kept.state
    assert streams.load(STREAM, state.model_dump_json()) == state


def differences(store: Store) -> list[tuple[str, str]]:
    with snapshot(Audited(store.engine, store.sealer)) as held, refolding() as refolded:
        for stream in held.streams("E1"):
            walked = walk(held, stream)
            assert walked.broken is None
            refolded.add(walked.events)
        examined, found = compare(held, refolded, "E1", frozenset())
    assert examined > 4
    return [(one.stream, one.what) for one in found]
