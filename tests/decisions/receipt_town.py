"""The receipts of what players decided: their facts as a stream, and the shipped packs they were decided by."""

from __future__ import annotations

from collections.abc import Sequence

from decisions.receipt import Place, decisions_of, place_of
from decisions.receipt_benefit import benefit_receipt, ruling_of
from decisions.receipt_level import level_receipt, standard_at
from models.events import Event, LevelConfirmed, Recorded
from models.receipts import Names, Receipt
from policies.benefits import rules_of
from policies.citing import has_benefit, law_of
from policies.pack import Pack, load
from tests.decisions.assessment_player import AssessmentPlayer
from tests.decisions.claim_player import ClaimPlayer

NAMES = Names(elder="王示英", county="奉节县", township="永安街道", bodies={"B1": "示例评估机构"})
BLANK = "0" * 64
EXAMPLE = load("example-cq")
PACKS = {pack.hash: pack for pack in (EXAMPLE, load("fengjie"))}
REASON = "核实后不符合，王示英本人电话19200000001，身份证500236194606150011"


def recorded(stream: str, events: Sequence[Event]) -> tuple[Recorded, ...]:
    return tuple(
        Recorded.model_construct(
            stream=stream, seq=seq, key=event.cause, at=event.happened_at, prev=BLANK, salt="", body_hash=BLANK,
            hash=BLANK, event=event,
        )
        for seq, event in enumerate(events, start=1)
    )  # fmt: skip


def of_claims(play: ClaimPlayer) -> tuple[Recorded, ...]:
    """As under the example's pack throughout, by whose rules the player proposes."""
    by = {"policy_hash": EXAMPLE.hash, "policy_version": EXAMPLE.version}
    return recorded("benefit/E1", [event.model_copy(update=by) for event, _ in play.said])


def of_levels(play: AssessmentPlayer) -> tuple[Recorded, ...]:
    return recorded("assessment/E1", play.said)


def receipts(
    facts: Sequence[Recorded], packs: dict[str, Pack] = PACKS, levels: Sequence[Recorded] = ()
) -> list[Receipt]:
    """Of every decision among these facts."""
    return [receipt(facts, each.seq, packs, levels) for each in decisions_of(facts)]


def receipt(
    facts: Sequence[Recorded], seq: int, packs: dict[str, Pack] = PACKS, levels: Sequence[Recorded] = ()
) -> Receipt:
    place = place_of(facts, seq)
    assert place is not None
    if isinstance(place.recorded.event, LevelConfirmed):
        return level_receipt(place, law_of(packs[place.recorded.event.policy_hash]), NAMES)
    return _of_benefit(place, packs, levels)


def _of_benefit(place: Place, packs: dict[str, Pack], levels: Sequence[Recorded]) -> Receipt:
    ruling = ruling_of(place)
    pack = next(packs[each] for each in ruling.hashes if each in packs and has_benefit(packs[each], ruling.event.code))
    law, rules = law_of(pack, ruling.event.code), rules_of(pack, ruling.month)
    said = REASON if ruling.has_reason else None
    return benefit_receipt(ruling, rules, law, NAMES, said, standard_at(levels, place.recorded.at))
