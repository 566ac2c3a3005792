"""Every decision of the kept histories has its receipt, by the pack it names: `packs/`, as the store held them then."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from adapters.codec import data_converter
from adapters.sealing import Keyring, Sealer
from audit.histories import run_of
from audit.replay import replay
from models.events import BenefitsOpened, Recorded
from policies.pack import Pack, from_content, slice_of
from tests.decisions.receipt_town import BLANK, receipts
from tests.replay.commands import HISTORIES, KEYRING, history_of

PACKS: dict[str, Pack] = {
    file.stem: from_content(file.read_text("utf-8")) for file in Path(__file__).with_name("packs").glob("*.json")
}


async def facts_of(name: str) -> tuple[Recorded, ...]:
    """As today's code derives them from the history."""
    history = history_of(HISTORIES / f"{name}.json")
    run = run_of(history.workflow_id, "kept", history.events)
    (witness,) = await replay([run], data_converter(Sealer(Keyring.load(KEYRING))))
    return tuple(each.recorded for each in witness.derived)


def test_the_packs_are_what_their_hashes_name() -> None:
    assert PACKS and all(pack.hash == hash_ for hash_, pack in PACKS.items())


async def test_two_levels_the_second_after_an_objection() -> None:
    first, second = receipts(await facts_of("objected--assessment+E1"), PACKS)
    assert (first.decided, second.decided) == ("重度失能", "中度失能")
    assert (first.near, second.near) == ("总分再低16分，为完全失能", "总分再低5分，为重度失能")
    assert [each.words for each in second.told if each.label == "缘由"] == ["对结果有异议（第2次评估）"]
    for each in (first, second):
        assert each.version == "2026.4" and "对照国标原文核对: 否" in each.marks  # not today's version of that pack
        assert "由另外两名评估员复评" in each.objection and each.object_by is not None


async def test_an_objection_an_approval_and_a_stop_by_a_death() -> None:
    later = await facts_of("paid_until_death--benefit+E1")
    objection, approved, stopped = receipts((opening(later[0]), *later), PACKS)
    assert objection.decided.startswith("异议不成立") and objection.reason is None  # it may name who objected
    assert approved.given == "自2037年12月起，每月200.00元" and approved.object_by is not None
    assert "登记簿" in str(approved.parts) and approved.cited[0].source == "补贴标准为每人每月200元"
    assert stopped.given.startswith("发到2038年") and "老人去世" in stopped.given
    assert [each.what for each in stopped.cited] == ["发到哪个月", "申诉"] and stopped.parts == ()


def opening(first: Recorded) -> Recorded:
    """That of the run before, whose history is not kept."""
    fact, pack = first.event, PACKS[first.event.policy_hash]
    envelope = fact.model_dump(include=set(type(fact).model_fields) & set(BenefitsOpened.model_fields) - {"kind"})
    policy = slice_of(pack, next(iter(pack.file.tiers)), date(2038, 1, 1))
    opened = BenefitsOpened(
        **envelope, elder_id="E1", county_id="C1", township_id="T1", village_id="W1", has_case=True, policy=policy
    )
    return Recorded.model_construct(
        stream=first.stream, seq=1, key=fact.cause, at=first.at, prev=BLANK, salt="", body_hash=BLANK, hash=BLANK,
        event=opened,
    )  # fmt: skip
