"""What two versions of a county's rules would give the elders of its register in one month, side by side.

Both are asked of the same facts, with what each elder holds and has chosen. It tells what the rules give; it is no
decision, and says nothing of what is paid today but beside it. What was refused, or is not wanted, costs nothing until
somebody asks for it again: it is told apart (`Kind.ASIDE`). A coupon's ceiling is no money and is summed apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from decisions.benefit import Ready, ready
from decisions.claim_rules import of_one
from decisions.claim_state import State
from models.benefits import BenefitKind, BenefitRules, Combined, Standing
from models.facts import FactSheet
from models.values import Id


class Given(StrEnum):
    """What rules say of one benefit for one elder."""

    GIVEN = "given"
    UNSTATED = "unstated"  # given, and nobody states how much
    TO_CHOOSE = "to_choose"  # one of several, and the person chooses: no amount is certain
    CANNOT = "cannot_decide"
    NOT = "not_given"  # not eligible, gives way, or there is no such benefit


class Kind(StrEnum):
    GAINS = "gains"
    LOSES = "loses"
    UP = "up"
    DOWN = "down"
    AMOUNT = "amount"  # it is given by both, and one of them states no amount
    CHOICE = "choice"  # the person has to choose by one of them only
    NEWLY_CANNOT = "newly_cannot"
    DECIDED = "decided"  # it could not be decided before
    ASIDE = "aside"  # it was refused or not wanted, and would be given if it were asked for again


_KINDS: dict[tuple[Given, Given], Kind] = {
    (Given.NOT, Given.GIVEN): Kind.GAINS,
    (Given.NOT, Given.UNSTATED): Kind.GAINS,
    (Given.GIVEN, Given.NOT): Kind.LOSES,
    (Given.UNSTATED, Given.NOT): Kind.LOSES,
    (Given.GIVEN, Given.UNSTATED): Kind.AMOUNT,
    (Given.UNSTATED, Given.GIVEN): Kind.AMOUNT,
}
_GIVES = (Given.GIVEN, Given.UNSTATED, Given.TO_CHOOSE)


class Says(NamedTuple):
    """`missing`: the facts, or the cases without a rule, that keep it open; `to`: what it gives way to."""

    given: Given
    row: str | None = None
    fen: int | None = None
    missing: tuple[str, ...] = ()
    to: tuple[str, ...] = ()


NOTHING = Says(Given.NOT)


class Lives(NamedTuple):
    """One elder of the register. `sheet`: what either version asks for; `state`: of their benefits, if any was told."""

    elder_id: Id
    township_id: Id
    sheet: FactSheet
    state: State | None = None


class Line(NamedTuple):
    """One benefit of one elder. `kind` None: nothing changes. `paid`: what is given today; None: it is not."""

    code: Id
    is_coupon: bool
    a: Says
    b: Says
    kind: Kind | None
    aside: bool
    is_paid: bool
    paid: int | None


class Judged(NamedTuple):
    """One elder. `a_fen`, `b_fen`: of a month, in money for certain."""

    elder_id: Id
    township_id: Id
    lines: tuple[Line, ...]
    a_fen: int
    b_fen: int

    @property
    def changed(self) -> list[Line]:
        return [line for line in self.lines if line.kind is not None]


def compare(a: BenefitRules, b: BenefitRules, elders: Iterable[Lives]) -> Iterator[Judged]:
    """Each elder, in the order they come in. Both rules are of one month."""
    sides = [(rules, ready(rules)) for rules in (a, b)]
    coupons = frozenset(
        each.code for rules in (a, b) for each in rules.benefits if each.kind is BenefitKind.COUPON
    )  # fmt: skip
    codes = tuple(dict.fromkeys(each.code for rules in (a, b) for each in rules.benefits))
    for elder in elders:
        yield _judged(elder, sides, codes, coupons, a.month)


def _judged(
    elder: Lives,
    sides: list[tuple[BenefitRules, tuple[Ready, ...]]],
    codes: tuple[Id, ...],
    coupons: frozenset[Id],
    month: date,
) -> Judged:
    state = elder.state or State(elder_id=elder.elder_id, county_id=sides[0][0].county, township_id=elder.township_id)
    of_a, of_b = (of_one(rules, made, state, elder.sheet) for rules, made in sides)
    paid = _paid(state, month)
    lines: list[Line] = []
    for code in dict.fromkeys((*codes, *paid)):
        before, after = _says(of_a.combined, code), _says(of_b.combined, code)
        aside = code in of_a.aside
        kind = _aside(before, after) if aside else kind_of(before, after)
        lines.append(Line(code, code in coupons, before, after, kind, aside, code in paid, paid.get(code)))
    a_fen = sum(certain(line.a, line) for line in lines if not line.is_coupon)
    b_fen = sum(certain(line.b, line) for line in lines if not line.is_coupon)
    return Judged(elder.elder_id, elder.township_id, tuple(lines), a_fen, b_fen)


def kind_of(before: Says, after: Says) -> Kind | None:
    a, b = before.given, after.given
    if a is b:
        if a is not Given.GIVEN or before.fen == after.fen:
            return None
        return Kind.UP if (after.fen or 0) > (before.fen or 0) else Kind.DOWN
    if b is Given.CANNOT:
        return Kind.NEWLY_CANNOT
    if a is Given.CANNOT:
        return Kind.DECIDED
    return _KINDS.get((a, b), Kind.CHOICE)


def certain(says: Says, of: Line) -> int:
    """What a month of it comes to: of a coupon a ceiling."""
    return says.fen or 0 if says.given is Given.GIVEN and not of.aside else 0


def _aside(before: Says, after: Says) -> Kind | None:
    return Kind.ASIDE if after.given in _GIVES and before.given not in _GIVES else None


def _says(combined: Mapping[Id, Combined], code: Id) -> Says:
    found = combined.get(code)
    if found is None:
        return NOTHING
    proposal = found.proposal
    match found.standing:
        case Standing.STANDS:
            given = Given.UNSTATED if proposal.fen is None else Given.GIVEN
            return Says(given, proposal.row, proposal.fen)
        case Standing.TO_CHOOSE:
            return Says(Given.TO_CHOOSE, proposal.row, proposal.fen, to=found.to)
        case Standing.CANNOT_DECIDE:
            rivals = [combined[other].proposal for other in found.to if other in combined]
            missing = dict.fromkeys(fact for each in (proposal, *rivals) for fact in (*each.missing, *each.open))
            return Says(Given.CANNOT, missing=tuple(missing), to=found.to)
        case Standing.GIVES_WAY:
            return Says(Given.NOT, proposal.row, proposal.fen, to=found.to)
        case Standing.NOT_ELIGIBLE:
            return NOTHING


def _paid(state: State, month: date) -> dict[Id, int | None]:
    """What was approved for the month and is not held back."""
    return {
        code: holding.entitlement.fen
        for code, holding in state.holdings.items()
        if not holding.held
        and holding.entitlement.from_month <= month <= (holding.entitlement.through or date.max)
    }  # fmt: skip


# --- sums ------------------------------------------------------------------------------------------------------------


@dataclass
class Side:
    """By one version: how many are given, what it comes to, and of how many it cannot be said."""

    given: int = 0
    fen: int = 0
    ceiling_fen: int = 0
    unstated: int = 0
    to_choose: int = 0
    cannot: int = 0

    def add(self, says: Says, line: Line) -> None:
        if line.aside:
            return
        self.given += says.given in (Given.GIVEN, Given.UNSTATED)
        self.unstated += says.given is Given.UNSTATED
        self.to_choose += says.given is Given.TO_CHOOSE
        self.cannot += says.given is Given.CANNOT
        if line.is_coupon:
            self.ceiling_fen += certain(says, line)
        else:
            self.fen += certain(says, line)


@dataclass
class Sum:
    """Of a benefit, a township, or all. Counts are of benefits of elders: who gains two is counted twice."""

    a: Side = field(default_factory=Side)
    b: Side = field(default_factory=Side)
    kinds: Counter[Kind] = field(default_factory=Counter[Kind])
    paid: int = 0
    paid_fen: int = 0
    paid_ceiling_fen: int = 0

    def add(self, line: Line) -> None:
        self.a.add(line.a, line)
        self.b.add(line.b, line)
        if line.kind is not None:
            self.kinds[line.kind] += 1
        self.paid += line.is_paid
        if line.is_coupon:
            self.paid_ceiling_fen += line.paid or 0
        else:
            self.paid_fen += line.paid or 0


@dataclass
class Tally:
    """All elders. `more`, `less`: whose month comes to another sum; `other`: to the same, though something changes."""

    elders: int = 0
    more: int = 0
    less: int = 0
    other: int = 0
    total: Sum = field(default_factory=Sum)
    by_benefit: defaultdict[Id, Sum] = field(default_factory=lambda: defaultdict[Id, Sum](Sum))
    by_township: defaultdict[Id, Sum] = field(default_factory=lambda: defaultdict[Id, Sum](Sum))

    def add(self, one: Judged) -> None:
        self.elders += 1
        self.more += one.b_fen > one.a_fen
        self.less += one.b_fen < one.a_fen
        self.other += one.b_fen == one.a_fen and bool(one.changed)
        for line in one.lines:
            for sums in (self.total, self.by_benefit[line.code], self.by_township[one.township_id]):
                sums.add(line)
