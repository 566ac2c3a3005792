"""Why a benefit was proposed, derived again by the rules of that month from what was known then. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from decisions.benefit import propose, ready
from decisions.benefit_wording import HOWS, OURS, STANDINGS
from models.benefits import Benefit, BenefitRules, Proposal, Standing
from models.claims import Proposed

GAVE_OTHERWISE = "按存档的规定重算，与记录的不同，请报审计"


class Derived(NamedTuple):
    """`same`: it gives today what was recorded."""

    rules: BenefitRules
    benefit: Benefit
    proposal: Proposal
    same: bool


def derive(rules: BenefitRules, code: str, proposed: Proposed) -> Derived:
    """`rules`: of the month and the pack that `proposed` names."""
    mine = next(each for each in ready(rules) if each.benefit.code == code)
    found = propose(mine, proposed.sheet)
    same = (found.outcome, found.row, found.fen) == (proposed.outcome, proposed.row, proposed.fen)
    return Derived(rules, mine.benefit, found, same)


def beside(rules: BenefitRules, proposed: Proposed) -> Iterator[str]:
    """What becomes of it beside the elder's other benefits."""
    if proposed.by is None:
        return
    names = {each.code: each.name for each in rules.benefits}
    rule = next(rule for rule in rules.exclusivity if rule.code == proposed.by)
    others = named(proposed.to, names)
    said = {
        Standing.GIVES_WAY: f"让位于{others}", Standing.TO_CHOOSE: f"与{others}只能选一项，请本人选择",
        Standing.CANNOT_DECIDE: f"与{others}哪一项在先，还无法判定",
    }.get(proposed.standing, STANDINGS[proposed.standing])  # fmt: skip
    yield f"与其他待遇：{said}；{HOWS[rule.how]}（{rule.source or OURS}）"


def named(codes: tuple[str, ...], names: Mapping[str, str]) -> str:
    return "、".join(names.get(code, code) for code in codes)
