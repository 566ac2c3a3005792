"""`audit restore` proposes what a store lacks, fact for fact as it was, and refuses whatever does not chain."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete, update

from audit.replay import Witness
from audit.restore import Gap, gaps
from decisions import ledger
from models.events import Recorded
from models.tables import Pairing, TaskCode, table_of
from tests.stories.audit_copy import ELDERS, ROWS, Copy
from tests.stories.audit_county import Kept, two_months_told

CASE, PAIRINGS, CODES = "case/E1", table_of(Pairing), table_of(TaskCode)
KEPT = 5
"""So many facts of the stream the older store has."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kept]:
    yield await two_months_told(tmp_path_factory.mktemp("story"))


@pytest.fixture
def copy(kept: Kept, tmp_path: Path) -> Iterator[Copy]:
    store = kept.copy(tmp_path / "copy")
    yield Copy(kept, store)
    kept.drop(store)


def facts(copy: Copy) -> Sequence[Any]:
    return copy.rows(ROWS, ROWS.c.stream == CASE)


def older(copy: Copy) -> Sequence[Any]:
    """The stream loses its tail, which is answered."""
    lost = facts(copy)[KEPT:]
    copy.do(delete(ROWS).where(ROWS.c.stream == CASE, ROWS.c.seq > KEPT))
    return lost


def only(copy: Copy, witnesses: Sequence[Witness] | None = None) -> Gap:
    [gap] = gaps(copy.store, copy.witnesses if witnesses is None else witnesses)
    return gap


def test_a_store_that_lacks_nothing_is_offered_nothing(copy: Copy) -> None:
    assert gaps(copy.store, copy.witnesses) == []


def test_what_is_lacking_is_offered_as_it_was_commit_by_commit(copy: Copy) -> None:
    lost = older(copy)
    gap = only(copy)
    assert (gap.stream, gap.seq, gap.to_seq, gap.refused) == (CASE, KEPT, KEPT + len(lost), None)
    offered = [fact for commit in gap.commits for fact in commit.events]
    assert [(fact.seq, fact.key, fact.at, fact.hash) for fact in offered] == [
        (row.seq, row.key, row.at, row.hash) for row in lost
    ]
    assert 1 < len(gap.commits) <= len(lost)
    assert [(commit.expected_seq, commit.expected_head) for commit in gap.commits] == [
        (commit.events[0].seq - 1, commit.events[0].prev) for commit in gap.commits
    ]


def told_otherwise(witness: Witness) -> Witness:
    """As code would that decides otherwise: its last fact chains, under another salt, and was never recorded."""
    last = witness.derived[-1]
    true = last.recorded
    linked = ledger.link(true.stream, true.seq - 1, true.prev, true.key, true.at, [true.event], lambda: "f" * 32)
    return replace(witness, derived=[*witness.derived[:-1], last._replace(recorded=Recorded.model_validate(linked[0]))])


def test_a_fact_that_is_not_the_one_the_receipt_names_is_refused(copy: Copy) -> None:
    older(copy)
    changed = [told_otherwise(one) if one.run.workflow_id == CASE else one for one in copy.witnesses]
    gap = only(copy, changed)
    assert gap.commits == () and gap.refused is not None and gap.refused.endswith("与流程历史里的回执不符")


def test_what_no_replay_derives_is_refused(copy: Copy) -> None:
    older(copy)
    read_only = [replace(witness, replayed=False, derived=()) for witness in copy.witnesses]
    assert only(copy, read_only).refused == f"第{KEPT + 1}条从流程历史推不出来"


def test_a_store_that_went_its_own_way_is_refused(copy: Copy) -> None:
    """Its last fact is sound, and not the one the engine knows: another store was in use meanwhile."""
    older(copy)
    row = facts(copy)[-1]
    head = ledger.link_hash(CASE, row.seq, row.kind, copy.kept.as_of, row.key, row.prev, row.body_hash)
    copy.do(update(ROWS).where(ROWS.c.stream == CASE, ROWS.c.seq == KEPT).values(at=copy.kept.as_of, hash=head))
    assert only(copy).refused == f"第{KEPT + 1}条与上一条不相接"


def test_a_store_whose_own_chain_is_broken_is_refused(copy: Copy) -> None:
    older(copy)
    copy.do(update(ROWS).where(ROWS.c.stream == CASE, ROWS.c.seq == 2).values(hash="0" * 64))
    assert only(copy).refused == "台账第2条本身不符"


def test_an_elder_whom_the_register_has_not_is_refused(copy: Copy) -> None:
    older(copy)
    copy.do(*(delete(table).where(table.c.elder_id == "E1") for table in (PAIRINGS, CODES)))
    copy.do(delete(ELDERS).where(ELDERS.c.id == "E1"))
    assert only(copy).refused == "登记簿里没有这位老人"
