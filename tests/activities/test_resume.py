"""`cases resume`: what the ledger says is open is due to be started again, what is closed is not; again is the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from adapters.sql_letters import insert_letter
from adapters.sql_resume import Resumed, resume
from bench import county
from bench.county import BenchHouse
from models import ids
from models.letters import StartCase, StartCounty, StartDigest
from models.tables import (
    AssessmentRow,
    CaseRow,
    ClaimRow,
    DigestRow,
    EntitlementRow,
    EscalationRow,
    LetterRow,
    LevelRow,
    table_of,
)
from settings import Settings
from tests.activities.test_gather import NOW

LETTERS, CASES = table_of(LetterRow), table_of(CaseRow)
ESCALATIONS, DIGESTS = table_of(EscalationRow), table_of(DigestRow)
ROUNDS, LEVELS = table_of(AssessmentRow), table_of(LevelRow)
CLAIMS, ENTITLEMENTS = table_of(ClaimRow), table_of(EntitlementRow)


@pytest.fixture
def house(url: str, tmp_path: Path) -> Iterator[BenchHouse]:
    """E0001 is open, E0002 closed, E0003 started without a fact; one ladder and one text are open.

    E0001 is being assessed, E0002 has a level that ends, E0003 one that does not. A benefit of E0001 is claimed, E0002
    is paid one, E0003 knows that theirs was stopped.
    """
    made = BenchHouse(Settings(data_dir=tmp_path, database_url=url, county="demo"))
    county.found(made, elders=3, elders_each=3)
    with writing(made.engine) as c:
        c.execute(LETTERS.delete())
        for elder, status in (("E0001", "open"), ("E0002", "closed")):
            c.execute(
                insert(CASES).values(
                    elder_id=elder, county_id="C", township_id="T1", village_id="W1", status=status, opened_at=NOW,
                    start_on=NOW.date(), policy_hash="0" * 64,
                )
            )  # fmt: skip
        for elder in ("E0001", "E0002", "E0003"):
            start = StartCase(workflow_id=ids.case_stream(elder), elder_id=elder, county_id="C", township_id="T1")
            insert_letter(c, made.sealer, f"start-{elder}", start, NOW)
        for name, state in (("E0001/x", "acknowledged"), ("E0001/y", "resolved")):
            c.execute(
                insert(ESCALATIONS).values(
                    id=f"escalation/{name}", elder_id="E0001", township_id="T1", village_id="W1", cause="danger",
                    urgency="urgent", state=state, rung=0, as_deputy=False, extensions=0, asked_at=NOW,
                )
            )  # fmt: skip
            row = dict(kind="start_escalation", workflow_id=f"escalation/{name}", elder_id="E0001", body_enc=b"")
            c.execute(insert(LETTERS).values(id=name, state="due", send_not_before=NOW, created_at=NOW, tries=0, **row))
        for digest, state in (("D1", "built"), ("D2", "accepted")):
            c.execute(
                insert(DIGESTS).values(
                    id=digest, recipient_id="V-0", recipient_kind="volunteer", phone_index="p", text_class="ordinary",
                    template="task_one", body_enc=b"", segments=1, body_index=digest, state=state, built_at=NOW,
                )
            )  # fmt: skip
            insert_letter(c, made.sealer, f"start-{digest}", StartDigest(digest_id=digest), NOW)
        for elder, ended in (("E0001", None), ("E0002", NOW), ("E0003", NOW)):
            c.execute(
                insert(ROUNDS).values(
                    elder_id=elder, round=1, township_id="T1", village_id="W1", stage="naming", trigger="staff",
                    reason="first", requested_at=NOW, ended_at=ended,
                )
            )  # fmt: skip
        for elder, last in (("E0002", NOW.date()), ("E0003", None)):
            c.execute(
                insert(LEVELS).values(
                    elder_id=elder, level="severe", round=1, assessed_on=NOW.date(), valid_to=last, object_by=NOW,
                    confirmed_by="S", confirmed_at=NOW, expired=False,
                )
            )  # fmt: skip
        rules = dict(policy_version="1", policy_hash="0" * 64, township_id="T1", village_id="W1")
        for elder, due_at, through in (("E0001", NOW, None), ("E0002", None, None), ("E0003", None, NOW.date())):
            c.execute(
                insert(CLAIMS).values(
                    elder_id=elder, code="old_age", n=1, stage="ended" if due_at is None else "checking",
                    trigger="staff", asked_on=NOW.date(), opened_at=NOW, due_at=due_at, outcome="eligible",
                    standing="stands", month=NOW.date(), **rules,
                )
            )  # fmt: skip
            if due_at is None:
                c.execute(
                    insert(ENTITLEMENTS).values(
                        elder_id=elder, code="old_age", n=1, from_month=NOW.date(), through=through, kind="allowance",
                        row="from_80", approved_by="S", approved_at=NOW, held=False, review_on=NOW.date(), **rules,
                    )
                )  # fmt: skip
        start = StartCounty(workflow_id="county/county-demo", county_id="county-demo")
        insert_letter(c, made.sealer, "start-county-demo", start, NOW)
        c.execute(update(LETTERS).values(state="delivered", settled_at=NOW, tries=3))
    yield made
    made.engine.dispose()


def due(house: BenchHouse) -> list[str]:
    with reading(house.engine) as connection:
        return list(
            connection.execute(select(LETTERS.c.id).where(LETTERS.c.state == "due").order_by(LETTERS.c.id)).scalars()
        )


def test_what_is_open_is_due_again(house: BenchHouse) -> None:
    assert resume(house.engine, house.sealer, NOW) == Resumed(
        cases=2, escalations=1, assessments=2, benefits=2, counties=1, texts=1
    )
    assessed = ["start-assessment-E0001", "start-assessment-E0002"]
    paid = ["start-benefits-E0001", "start-benefits-E0002"]
    assert due(house) == ["E0001/x", "start-D1", "start-E0001", "start-E0003", *assessed, *paid, "start-county-demo"]
    assert resume(house.engine, house.sealer, NOW) == Resumed(0, 0, 0, 0, 0, 0)  # they wait already


def test_what_was_resumed_once_is_resumed_again_while_it_waits_for_something(house: BenchHouse) -> None:
    resume(house.engine, house.sealer, NOW)
    with writing(house.engine) as c:
        c.execute(update(LETTERS).values(state="delivered"))
        c.execute(update(LEVELS).where(LEVELS.c.elder_id == "E0002").values(expired=True))
        c.execute(update(ENTITLEMENTS).where(ENTITLEMENTS.c.elder_id == "E0002").values(through=NOW.date()))
    again = resume(house.engine, house.sealer, NOW)
    assert (again.assessments, again.benefits) == (1, 1)
    assert {"start-assessment-E0002", "start-benefits-E0002"}.isdisjoint(due(house))
    with writing(house.engine) as c:
        c.execute(update(LETTERS).values(state="delivered"))
        c.execute(update(ENTITLEMENTS).where(ENTITLEMENTS.c.elder_id == "E0002").values(waits="telling"))
    assert resume(house.engine, house.sealer, NOW).benefits == 2
