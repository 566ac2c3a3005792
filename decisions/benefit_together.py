"""Several benefits of one elder beside each other: what stands, what gives way, what the person must choose.

The pack's exclusivity is applied in the order it stands in; what has given way no longer counts. A benefit that cannot
be decided holds another up only if it could change what becomes of it: 200 yuan stands whatever is missing for 80.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from models.benefits import Combined, Exclusivity, How, Outcome, Proposal, Standing

_AT_FIRST = {
    Outcome.ELIGIBLE: Standing.STANDS,
    Outcome.CANNOT_DECIDE: Standing.CANNOT_DECIDE,
    Outcome.NOT_ELIGIBLE: Standing.NOT_ELIGIBLE,
}
_RUNNING = (Standing.STANDS, Standing.CANNOT_DECIDE)


def combine(
    proposals: Sequence[Proposal], exclusivity: Sequence[Exclusivity], held: Collection[str] = ()
) -> tuple[Combined, ...]:
    """What becomes of each proposal, in their order. `held`: codes the elder is paid, or has chosen."""
    standing = {each.benefit: Combined(each, _AT_FIRST[each.outcome]) for each in proposals}
    for rule in exclusivity:
        group = [code for code in rule.between if code in standing and standing[code].standing in _RUNNING]
        if len(group) > 1 and rule.how is not How.COMBINABLE:
            apply = _higher if rule.how is How.TAKE_HIGHER else _one
            standing |= apply(rule, {code: standing[code] for code in group}, held)
    return tuple(standing[each.benefit] for each in proposals)


def _higher(rule: Exclusivity, group: Mapping[str, Combined], held: Collection[str]) -> dict[str, Combined]:
    """The higher amount; of equal ones the first named, whatever was held before."""
    order = {code: -n for n, code in enumerate(group)}
    found: dict[str, Combined] = {}
    for code, mine in group.items():
        others = [other for other in group if other != code]
        winner = next((other for other in others if _beats(group[other], mine, order)), None)
        if winner is not None:
            found[code] = mine._replace(standing=Standing.GIVES_WAY, by=rule.code, to=(winner,))
        elif not all(_beats(mine, group[other], order) for other in others):
            rivals = tuple(other for other in others if not _beats(mine, group[other], order))
            found[code] = mine._replace(standing=Standing.CANNOT_DECIDE, by=rule.code, to=rivals)
    return found


def _beats(mine: Combined, other: Combined, order: Mapping[str, int]) -> bool:
    """Whether it is higher for certain, whatever becomes of what is still open about the other."""
    if mine.standing is not Standing.STANDS or mine.proposal.fen is None:
        return False
    own = (mine.proposal.fen, order[mine.proposal.benefit])
    return all(fen is not None and own > (fen, order[other.proposal.benefit]) for fen in _amounts(other))


def _amounts(of: Combined) -> tuple[int | None, ...]:
    """What it may come to; None: nobody states it, or nobody has said who gets it."""
    if of.standing is Standing.STANDS:
        return (of.proposal.fen,)
    return tuple(chance.fen for chance in of.proposal.possible) or (None,)


def _one(rule: Exclusivity, group: Mapping[str, Combined], held: Collection[str]) -> dict[str, Combined]:
    """One only. What is held and stands stays; else the person chooses among all that stand or may yet."""
    keeps = [code for code, each in group.items() if code in held and each.standing is Standing.STANDS]
    if len(keeps) == 1:
        return {
            code: each._replace(standing=Standing.GIVES_WAY, by=rule.code, to=(keeps[0],))
            for code, each in group.items()
            if code != keeps[0]
        }
    return {
        code: each._replace(standing=Standing.TO_CHOOSE, by=rule.code, to=tuple(c for c in group if c != code))
        for code, each in group.items()
        if each.standing is Standing.STANDS
    }
