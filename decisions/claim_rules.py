"""What the rules of a month give one elder, benefit beside benefit; and what has become of an entitlement by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple, cast

from decisions.benefit import Ready, propose, ready
from decisions.benefit_time import month_before, next_month, paid_through, reached_in
from decisions.benefit_together import combine
from decisions.claim_state import Claim, Holding, State
from models.benefits import Benefit, BenefitRow, BenefitRules, Combined, How, Outcome, Standing, StopCause, Tested
from models.claim_messages import BenefitBriefing
from models.claims import Change, EndCause, Proposed
from models.facts import FactSheet, FactValue, Known
from models.values import Id

# A condition that fails → what has ended the entitlement; of any other it is simply not given any more.
CAUSE_OF: dict[str, EndCause] = {
    "gb_level": EndCause.LEVEL_CHANGED,
    "gb_score": EndCause.LEVEL_CHANGED,
    "self_care": EndCause.LEVEL_CHANGED,
    "insurance_level": EndCause.LEVEL_CHANGED,
    "lives_here": EndCause.MOVED_OUT,
    "registered": EndCause.MOVED_OUT,
    "held": EndCause.OTHER_BENEFIT,
}
IN_AN_INSTITUTION: dict[str, FactValue] = {"living": "养老机构", "support": "集中供养"}
NOT_WANTED = ("refused", "withdrawn")
TIMELESS = ("born_on",)
NOT_AGAIN = (EndCause.GIVEN_UP, EndCause.FALSE_PAPERS, EndCause.DEATH, EndCause.MOVED_OUT)


class Found(NamedTuple):
    """What is proposed of one benefit: whole, and as it is recorded."""

    combined: Combined
    proposed: Proposed
    benefit: Benefit

    @property
    def given(self) -> bool:
        """Somebody may approve it."""
        return self.proposed.outcome is Outcome.ELIGIBLE and self.proposed.standing is Standing.STANDS

    @property
    def may_be(self) -> bool:
        """It is given, or would be if the person chose it."""
        to_choose = self.proposed.standing is Standing.TO_CHOOSE
        return self.given or (self.proposed.outcome is Outcome.ELIGIBLE and to_choose)


def look(state: State, briefing: BenefitBriefing, claiming: str | None = None) -> dict[Id, Found]:
    """By code, in the pack's order. Empty where no pack is in force.

    `claiming`: what is asked for now, though it was refused or given up before.
    """
    rules = briefing.rules
    return {} if rules is None else found_by(rules, ready(rules), state, briefing.sheet, claiming)


def found_by(
    rules: BenefitRules, made: Sequence[Ready], state: State, sheet: FactSheet, claiming: str | None = None
) -> dict[Id, Found]:
    """The same with the rules made ready, once for many elders."""
    running = tuple(holding.code for holding in state.running)
    sheet, held, aside = _with_own(sheet, running), _held(state, rules, running), set_aside(state, claiming)
    combined = weighed(rules, made, sheet, held, aside)
    return {
        benefit.code: Found(found, _recorded(found, held, aside, sheet), benefit)
        for benefit in rules.benefits
        if (found := combined.get(benefit.code)) is not None
    }


def weighed(
    rules: BenefitRules, made: Sequence[Ready], sheet: FactSheet, held: Sequence[Id], aside: Sequence[Id]
) -> dict[Id, Combined]:
    """Each benefit beside the others, but those that are left `aside`: all that a `Proposed` keeps is enough for it."""
    proposals = [propose(each, sheet) for each in made]
    beside = combine([each for each in proposals if each.benefit not in aside], rules.exclusivity, held)
    alone = [combine([each], ())[0] for each in proposals if each.benefit in aside]
    return {each.proposal.benefit: each for each in (*beside, *alone)}


def _with_own(sheet: FactSheet, running: tuple[str, ...]) -> FactSheet:
    """What else is held counts with what is held here; where nothing is known of the first, the whole is not."""
    known = sheet.facts.get("held")
    if known is None or not running:
        return sheet
    codes = cast("tuple[str, ...]", known.value)
    more = tuple(code for code in running if code not in codes)
    return FactSheet(facts=sheet.facts | {"held": known.model_copy(update={"value": (*codes, *more)})})


def _held(state: State, rules: BenefitRules, running: tuple[str, ...]) -> tuple[str, ...]:
    """What runs, unless another was chosen over it; and what was chosen."""
    groups = [rule.between for rule in rules.exclusivity if rule.how is How.EXCLUSIVE]
    over = [code for group in groups if any(one in group for one in state.chosen) for code in group]
    return (*state.chosen, *(code for code in running if code not in over and code not in state.chosen))


def set_aside(state: State, claiming: str | None = None) -> tuple[str, ...]:
    """Refused, not wanted, given up or ended for good: until somebody asks for it again nothing gives way to it.

    Not what was refused because no rule could say.
    """
    return tuple(code for code, claim in state.claims.items() if code != claiming and _is_aside(state, claim))


def _is_aside(state: State, claim: Claim) -> bool:
    holding = state.holdings.get(claim.code)
    if claim.decision == "approved":
        return holding is not None and not holding.runs and (holding.ended in NOT_AGAIN or holding.against)
    undecided = claim.decision == "refused" and claim.proposed.outcome is Outcome.CANNOT_DECIDE
    return claim.decision in NOT_WANTED and not undecided


def _recorded(found: Combined, held: tuple[str, ...], aside: tuple[str, ...], sheet: FactSheet) -> Proposed:
    proposal = found.proposal
    return Proposed(
        month=proposal.month, version=proposal.version, hash=proposal.hash, outcome=proposal.outcome,
        standing=found.standing, row=proposal.row, fen=proposal.fen, missing=proposal.missing, open=proposal.open,
        by=found.by, to=found.to, held=held, aside=aside, sheet=sheet,
    )  # fmt: skip


def missing(found: Mapping[Id, Found], code: str) -> tuple[str, ...]:
    """The facts that would decide it, or the benefits it may have to give way to."""
    mine = found[code].proposed
    others = mine.to if mine.standing is Standing.CANNOT_DECIDE and mine.outcome is Outcome.ELIGIBLE else ()
    facts = (*mine.missing, *(fact for other in others if other in found for fact in found[other].proposed.missing))
    return tuple(dict.fromkeys(facts))


# --- what has become of an entitlement -------------------------------------------------------------------------------


def is_as_it_was(holding: Holding, found: Found) -> bool:
    """The same row for the same amount, since the same month, and nothing that runs takes its place."""
    return _same_row(holding, found) and _reached_otherwise(holding, found) is None


def _same_row(holding: Holding, found: Found) -> bool:
    entitlement, proposed = holding.entitlement, found.proposed
    same = (proposed.row, proposed.fen) == (entitlement.row, entitlement.fen)
    return proposed.outcome is Outcome.ELIGIBLE and same and proposed.standing is not Standing.GIVES_WAY


def change_of(state: State, holding: Holding, found: Found) -> Change | None:
    """What is to be proposed of it; None: nothing, or it cannot be said."""
    running = [each.code for each in state.running]
    proposed = found.proposed
    if _same_row(holding, found):
        return _reached_otherwise(holding, found)
    if proposed.standing is Standing.GIVES_WAY:
        month = None if state.gap else month_before(proposed.month)
        return _ends(EndCause.OTHER_BENEFIT, month, None) if any(code in running for code in proposed.to) else None
    if proposed.outcome is Outcome.NOT_ELIGIBLE:
        return _no_more(state, holding, found)
    if proposed.outcome is Outcome.ELIGIBLE and proposed.row is not None:
        month, by_age = _new_from(state, holding, found)
        return Change(ends=None, row=proposed.row, fen=proposed.fen, month=month, on=None, by_age=by_age)
    return None


def ended_with_its_rule(state: State, month: date) -> Change:
    """No rule of `month` speaks of it; since when, a person says where the months before were not looked at."""
    return _ends(EndCause.RULE_ENDED, None if state.gap else month_before(month), None)


def ended_by(benefit: Benefit | None, why: EndCause, on: date | None) -> Change:
    """Of a death, a move, or what a person found: until when the pack pays it then; no month where no day is known."""
    return _ends(why, None if on is None else _last_month(benefit, why, on), on)


def _ends(why: EndCause, month: date | None, on: date | None) -> Change:
    return Change(ends=why, row=None, fen=None, month=month, on=on)


def _last_month(benefit: Benefit | None, why: EndCause, on: date) -> date | None:
    """By the pack; None: it has no rule for this."""
    if benefit is None or why.value not in set(StopCause):
        return None
    return paid_through(benefit, StopCause(why.value), on)


def _no_more(state: State, holding: Holding, found: Found) -> Change:
    failed = _failed(holding, found)
    if failed is None:
        return ended_with_its_rule(state, found.proposed.month)
    causes = [(cause, each.on) for each in failed if (cause := _cause(each)) is not None]
    why = causes[0][0] if causes else EndCause.NOT_ELIGIBLE
    days = [on for cause, on in causes if cause is why and on is not None] or [each.on for each in failed if each.on]
    on = max(days, default=None)
    return _ends(why, None if on is None else _last_month(found.benefit, why, on), on)


def _cause(tested: Tested) -> EndCause | None:
    if tested.fact in IN_AN_INSTITUTION and tested.value == IN_AN_INSTITUTION[tested.fact]:
        return EndCause.INSTITUTION
    return CAUSE_OF.get(tested.fact)


def _failed(holding: Holding, found: Found) -> list[Tested] | None:
    """The conditions of the row it was given by that do not hold any more; None: the row is not in force."""
    trace = next((each for each in found.combined.proposal.rows if each.row == holding.entitlement.row), None)
    if trace is None:
        return None
    fulfilled = any(all(each.passed for each in option) for option in trace.any)
    either = () if fulfilled else (each for option in trace.any for each in option)
    return [each for each in (*trace.when, *either) if each.passed is False]


def _new_from(state: State, holding: Holding, found: Found) -> tuple[date | None, bool]:
    """The first month of another amount: that of the age, or by what changed; else of the rules that say it. True: of
    an age alone, and it is not less: what is less is for a person to decide.

    None where months went by that could not be looked at: a person says from which it holds.
    """
    proposed, failed, mine = found.proposed, _failed(holding, found), holding.entitlement
    if not failed:
        return None if state.gap else proposed.month, False
    if all(each.fact == "age" for each in failed):
        row = next(row for row in found.benefit.rows if row.code == proposed.row)
        reached = reached_by(row, found.benefit, proposed.sheet)
        return max(reached or proposed.month, mine.from_month), (proposed.fen or 0) >= (mine.fen or 0)
    why, on = next(((cause, each.on) for each in failed if (cause := _cause(each)) is not None), (None, None))
    last = None if why is None or on is None else _last_month(found.benefit, why, on)
    return (None if last is None else max(next_month(last), mine.from_month)), False


def _reached_otherwise(holding: Holding, found: Found) -> Change | None:
    """An age brought the amount in another month than it is reached by the birthday that is known now.

    Reached before: from then on. Later: until then it was the amount before.
    """
    mine = holding.entitlement
    row = next((row for row in found.benefit.rows if row.code == mine.row), None)
    reached = reached_by(row, found.benefit, found.proposed.sheet) if row is not None else None
    if not holding.rolled or not holding.past or reached is None:
        return None
    before = holding.past[-1]
    month = max(reached, before.from_month)
    if month < mine.from_month:
        return Change(ends=None, row=mine.row, fen=mine.fen, month=month, on=None, by_age=True)
    if month > mine.from_month:
        return Change(ends=None, row=before.row, fen=before.fen, month=mine.from_month, on=None)
    return None


def reached_by(row: BenefitRow, benefit: Benefit, sheet: FactSheet) -> date | None:
    """The month in which the row's least age is reached; None: it asks for none, or the birthday is not known."""
    least = [
        cast("int", each.wanted) + (each.op == ">")
        for each in row.when
        if each.fact == "age" and each.op in (">=", ">", "=")
    ]
    born: Known | None = sheet.facts.get("born_on")
    if not least or benefit.birthday is None or born is None or not isinstance(born.value, date):
        return None
    return reached_in(max(least), born.value, benefit.birthday)


# --- the first month -------------------------------------------------------------------------------------------------


def first_month(state: State, found: Found, rules: BenefitRules, ruled: date) -> date:
    """Not before what it is given by was so, nor before the end of what it may not stand beside.

    `ruled`: by the pack's `start`; who was stopped as dead and lives goes on where it was stopped. A month before the
    one decided with counts if it gives the same by what was so then.
    """
    first = max([_back(state, found) or ruled, *(next_month(through) for through in _ends_beside(state, found, rules))])
    month = found.proposed.month
    if first >= month:
        return first
    while first < month and _gives_the_same(found, rules, month_before(month)):
        month = month_before(month)
    return month


def _back(state: State, found: Found) -> date | None:
    of = state.holdings.get(found.benefit.code)
    through = of.entitlement.through if of is not None and of.ended is EndCause.DEATH else None
    return None if through is None else next_month(through)


def _gives_the_same(found: Found, rules: BenefitRules, month: date) -> bool:
    alone = {"month": month, "benefits": (found.benefit,), "exclusivity": ()}
    known = {
        code: fact
        for code, fact in found.proposed.sheet.facts.items()
        if code in TIMELESS or fact.on < next_month(month)
    }
    (made,) = ready(rules.model_copy(update=alone))
    then = propose(made, FactSheet(facts=known))
    return (then.outcome, then.row, then.fen) == (Outcome.ELIGIBLE, found.proposed.row, found.proposed.fen)


def rivals_of(code: str, rules: BenefitRules) -> tuple[str, ...]:
    """What the rules do not let stand beside it."""
    groups = [rule.between for rule in rules.exclusivity if rule.how is not How.COMBINABLE and code in rule.between]
    return tuple(other for group in groups for other in group if other != code)


def _ends_beside(state: State, found: Found, rules: BenefitRules) -> list[date]:
    """The last months of what was stopped: of itself, and of its rivals."""
    own = (found.benefit.code, *rivals_of(found.benefit.code, rules))
    ended = [holding.entitlement.through for code, holding in state.holdings.items() if code in own]
    return [through for through in ended if through is not None]
