"""A real case told as a person would, as it was known at a moment, and taken away in a bundle that proves itself."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
import pytest_asyncio
from sqlalchemy import delete, select

from adapters.database import reading, writing
from adapters.sql_ledger import read_row
from audit import bundle
from audit.store import Store
from audit.timeline import timeline
from audit.timeline_words import say
from decisions.days_said import day
from decisions.days_said import moment as end_of_day
from decisions.deadlines import SHANGHAI
from decisions.words import STEPS
from models import assessment_events
from models.assessment import Disputed
from models.assessment_messages import (
    AssessmentMessage,
    ConfirmSheet,
    EndAssessment,
    ObjectLevel,
    RefuseAssessment,
    ReturnSheet,
    SettleSheet,
    SubmitSheet,
)
from models.case_events import CaseOpened
from models.claim_messages import BenefitMessage
from models.county_messages import CountyMessage
from models.events import ANY_EVENT, AssessorsNamed, Event, Recorded
from models.messages import CaseMessage, EscalationClosed, EscalationMessage
from models.tables import LedgerRow, table_of
from models.values import CloseReason, Outcome
from tests.decisions.assessment_player import FIRST, NOTE, OTHER, RULES, AssessmentPlayer, sheet
from tests.decisions.case_player import SECOND
from tests.stories.audit_county import Kept, two_months_told

ROWS = table_of(LedgerRow)
MISSED = "case/E2"
ORDINARY = "case/E1"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kept]:
    yield await two_months_told(tmp_path_factory.mktemp("story"))


@pytest.fixture
def store(kept: Kept, tmp_path: Path) -> Iterator[Store]:
    """A copy to be harmed."""
    copied = kept.copy(tmp_path / "copy")
    yield copied
    copied.engine.dispose()


def facts(store: Store, stream: str = MISSED) -> list[Recorded]:
    with reading(store.engine) as connection:
        query = select(ROWS).where(ROWS.c.stream == stream).order_by(ROWS.c.seq)
        return [read_row(store.sealer, row) for row in connection.execute(query)]


# --- told, and taken away --------------------------------------------------------------------------------------------


def test_the_case_is_told_as_a_person_would_with_who_was_told(kept: Kept, store: Store) -> None:
    lines = timeline(store, "E2")
    told = "\n".join(line.text for line in lines)
    for said in (
        "建档",
        "由钱示二去（结对）",
        "短信告知钱示二",
        "提醒钱示二",
        "由网格员孙示三负责",
        "孙示三（工作台）接手",
    ):
        assert said in told
    assert "记为漏访" in told
    assert "电话联系上" in told
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert all(line.evidence for line in lines)
    answered = [line.text for line in timeline(store, "E1") if "inbound" in line.evidence]
    assert len(answered) == 2
    assert all(text.startswith("收到赵示一的短信：「") and text.endswith("1」") for text in answered)
    assert timeline(store, "E9") == []


def test_every_step_that_can_be_refused_has_a_word() -> None:
    told = (CaseMessage, EscalationMessage, AssessmentMessage, BenefitMessage, CountyMessage)
    steps = [step for one in told for step in get_args(one)]
    assert {step.model_fields["kind"].default for step in steps} == STEPS.keys()


def test_a_day_of_another_year_is_told_with_its_year() -> None:
    assert [day(date(2026, 12, 20), year) for year in (2026, 2027)] == ["12月20日", "2026年12月20日"]
    new_year = datetime(2027, 1, 1, tzinfo=SHANGHAI)
    assert [end_of_day(new_year, year) for year in (2026, 2027)] == ["12月31日24:00", "2026年12月31日24:00"]
    opened = CaseOpened.model_validate(
        {
            "happened_at": new_year, "actor": {"id": "engine", "kind": "system"}, "channel": "engine", "cause": "x",
            "elder_id": "E1", "county_id": "C1", "township_id": "T1", "village_id": "W1", "start_on": "2027-01-03",
            "enrolled_at": new_year, "spread_key": "x", "tags": [], "policy_version": "1",
            "policy_hash": "0" * 64,
        }
    )  # fmt: skip
    assert say(opened, str, new_year).startswith("建档，1月3日起探访")
    assert say(opened, str, new_year - timedelta(days=1)).startswith("建档，2027年1月3日起探访")


def test_as_known_at_a_moment_nothing_later_is_told(kept: Kept, store: Store) -> None:
    lines = timeline(store, "E2")
    for moment in (lines[3].at, lines[len(lines) // 2].at):
        known = timeline(store, "E2", moment)
        assert {line.evidence for line in known} <= {line.evidence for line in lines if line.at <= moment}
        assert [line for line in known if not line.text.startswith("写好")] == [
            line for line in lines if line.at <= moment
        ]


def test_a_bundle_proves_itself_without_a_store(kept: Kept, store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    manifest = bundle.export(store, "E2", folder, kept.witnesses)
    assert bundle.check_bundle(folder) == []
    assert manifest["heads"][MISSED]["head"] == facts(store)[-1].hash
    assert sum(name.startswith("histories/") for name in manifest["files"]) == 2
    assert sum(name.startswith("policies/") for name in manifest["files"]) == 1
    everything = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert "李例寿" not in everything
    with pytest.raises(FileExistsError):
        bundle.export(store, "E2", folder)
    with pytest.raises(LookupError):
        bundle.export(store, "E9", tmp_path / "nobody")


def test_a_changed_bundle_says_where(kept: Kept, store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    bundle.export(store, "E2", folder, kept.witnesses)
    path = folder / "ledger.jsonl"
    whole = path.read_text().splitlines()
    changed = json.loads(whole[4])
    changed["event"]["happened_at"] = "2020-01-01T00:00:00Z"
    for lines, seq in (
        ([*whole[:4], json.dumps(changed), *whole[5:]], 5),
        (whole[:4] + whole[5:], 5),
        (whole[: len(facts(store)) - 1] + whole[len(facts(store)) :], len(facts(store))),
    ):
        path.write_text("\n".join(lines) + "\n")
        found = bundle.check_bundle(folder)
        assert "ledger.jsonl" in {finding.stream for finding in found}
        assert (MISSED, seq) in {(finding.stream, finding.seq) for finding in found}
    (folder / "extra.txt").write_text("x")
    assert "extra.txt" in {finding.stream for finding in bundle.check_bundle(folder)}


def test_a_broken_case_is_not_exported_as_if_it_were_whole(kept: Kept, store: Store, tmp_path: Path) -> None:
    with writing(store.engine) as connection:
        connection.execute(delete(ROWS).where(ROWS.c.stream == MISSED, ROWS.c.seq == 6))
    with pytest.raises(bundle.BundleBroken) as told:
        bundle.export(store, "E2", tmp_path / "bundle")
    assert told.value.finding.seq == 6


def test_every_fact_of_an_assessment_is_told_in_a_sentence() -> None:
    lived = AssessmentPlayer()
    lived.asked()
    lived.has_case = False
    lived.asked()
    lived.days_pass(6)
    ladder = lived.state.in_hand.escalation_id
    lived.tell(EscalationClosed, SECOND, escalation_id=ladder, outcome=Outcome.OTHER, resolved_by=SECOND)
    lived.named()
    lived.days_pass(19)
    day = lived.now.date()
    lived.tell(SubmitSheet, FIRST, sheet=sheet(day))
    differs = Disputed(item="B.1.1", first=4, second=3)
    lived.tell(ConfirmSheet, OTHER, disputed=(differs,))
    lived.tell(SettleSheet, OTHER, settled=(differs.model_copy(update={"settled": 3, "reason": NOTE}),))
    lived.tell(ReturnSheet, SECOND, note=NOTE)
    lived.confirmed()
    lived.rules = RULES.model_copy(update={"remind_days": 3})
    lived.tell(ObjectLevel, note=NOTE)
    lived.tell(RefuseAssessment, note=NOTE)
    lived.confirmed()
    lived.days_pass(400)
    lived.gone = CloseReason.MOVED_OUT
    lived.tell(EndAssessment, reason=CloseReason.MOVED_OUT)
    told = {type(event): say(ANY_EVENT.validate_python(event), str, lived.now) for event in lived.said}
    facts = [kind for kind in vars(assessment_events).values() if isinstance(kind, type) and issubclass(kind, Event)]
    assert [kind.__name__ for kind in facts if kind is not Event and kind not in told] == []
    assert [kind.__name__ for kind, sentence in told.items() if sentence == kind.__name__] == []
    assert "A-1、A-2（B1）" in told[AssessorsNamed]
