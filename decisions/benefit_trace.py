"""Why a benefit is proposed, told: the stored pack of its hash is asked with the facts that were recorded.

Nothing of a trace is stored. What is told here is what the rules of that month say of what was known then, whatever
either says today; that they still give what was recorded is said beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol, cast

from decisions.benefit import NO_ROWS
from decisions.benefit_wording import KINDS, OUTCOMES, a_month, line, near_miss, yuan
from decisions.derived import GAVE_OTHERWISE, Derived, beside, derive, named
from decisions.receipt_rows import rows_of
from models.benefits import Benefit, BenefitRules, Proposal, RowTrace
from models.claims import Proposed
from models.facts import FACTS
from models.receipts import Part

NOBODY_SAID = "没有一份文件写明发给谁"


class Packs(Protocol):
    """The stored packs by hash, whatever is in force today."""

    def rules(self, hash_: str, month: date) -> BenefitRules: ...

    def documents(self, code: str, hash_: str) -> Mapping[str, str]:
        """The papers that may be asked for, by code."""
        ...

    def places(self, code: str, hash_: str) -> Sequence[str]:
        """Where a service may be for a coupon to pay of its bill."""
        ...


def why(packs: Packs, code: str, proposed: Proposed) -> Derived:
    return derive(packs.rules(proposed.hash, proposed.month), code, proposed)


# --- as data ---------------------------------------------------------------------------------------------------------


def as_data(derived: Derived, proposed: Proposed) -> dict[str, Any]:
    """The proposal with its whole trace."""
    recorded = proposed.model_dump(mode="json", exclude={"sheet", "missing", "open"})
    return recorded | _named(derived.proposal) | {"same": derived.same}


def every_row(derived: Derived) -> tuple[Part, ...]:
    """All rows with each condition, given or not, as a page has them."""
    return tuple(rows_of(derived, derived.proposal.rows, derived.proposal.open_rows))


def _named(value: object) -> Any:
    """Tuples with names as mappings, however deep they lie."""
    if isinstance(value, tuple):
        held = cast("tuple[object, ...]", value)
        names = cast("tuple[str, ...]", getattr(held, "_fields", ()))
        told = [_named(each) for each in held]
        return dict(zip(names, told, strict=True)) if names else told
    return value


# --- in words --------------------------------------------------------------------------------------------------------


def in_words(derived: Derived, proposed: Proposed) -> Iterator[str]:
    yield from in_short(derived, proposed)
    yield from _trace(derived.benefit, derived.proposal)
    if not derived.same:
        yield GAVE_OTHERWISE


def in_short(derived: Derived, proposed: Proposed) -> Iterator[str]:
    """Without its conditions."""
    rules, benefit, proposal, _ = derived
    names = {each.code: each.name for each in rules.benefits}
    month = f"{proposed.month:%Y-%m}"
    yield f"按{month}的规定（{rules.county} {proposed.version}版，{proposed.hash[:8]}）：{OUTCOMES[proposed.outcome]}"
    if proposed.row is not None:
        alone = "拟定" if proposed.by is None else "单看这一项"
        yield f"{alone}：{KINDS[benefit.kind]}，{proposed.row} 档，{a_month(benefit.kind, proposed.fen)}"
    yield from beside(rules, proposed)
    if proposed.aside:
        yield f"已不予批准、撤回或停发，没有算进来：{named(proposed.aside, names)}"
    if proposal.near is not None:
        yield f"差在哪里（{proposal.near.row} 档）：{near_miss(proposal.near)}"
    if proposed.missing:
        yield f"缺少：{'、'.join(FACTS[code].name for code in proposed.missing)}"
    questions = {case.code: case.question for case in benefit.open} | {NO_ROWS: NOBODY_SAID}
    for code in proposed.open:
        yield f"没有规定（{code}）：{questions.get(code, code)}"
    for chance in proposal.possible:
        yield f"查实以后可能：{chance.row} 档，{a_month(benefit.kind, chance.fen)}"


def _trace(benefit: Benefit, proposal: Proposal) -> Iterator[str]:
    rows = {row.code: row for row in benefit.rows}
    for trace in proposal.rows:
        row = rows[trace.row]
        yield f"{trace.row} 档（{yuan(row.fen)}）：{_passed(trace)}"
        yield from _tested(trace)
        money = f"；金额依据：{row.fen_source}" if row.fen_source and row.fen_source != row.source else ""
        yield f"    依据：{row.source}{money}"
    for trace in proposal.open_rows:
        yield f"没有规定的情形 {trace.row}：{_passed(trace)}"
        yield from _tested(trace)


def _tested(trace: RowTrace) -> Iterator[str]:
    for tested in trace.when:
        yield f"    {line(tested)}"
    for n, each in enumerate(trace.any, start=1):
        for tested in each:
            yield f"    或者（{n}）{line(tested)}"


def _passed(trace: RowTrace) -> str:
    return {True: "符合", False: "不符合", None: "说不准"}[trace.passed]
