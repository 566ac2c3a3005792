"""Digit and signs of one stretch of text weighed into a result, an acknowledgement, or a question.

A visit done (平安, 要帮忙) is recorded only when nothing in the text speaks against it.
"""

from __future__ import annotations

from typing import NamedTuple

from decisions.reading_signs import Sign
from decisions.reading_words import Found
from models.reading import AskBack, Rule
from models.values import Method, VisitResult

RESULTS = {
    1: VisitResult.WELL,
    2: VisitResult.NOT_SEEN,
    3: VisitResult.NEEDS_HELP,
    4: VisitResult.CANNOT_GO,
    5: VisitResult.WELL,
}
_WORDS_RULE = {
    VisitResult.WELL: Rule.WELL_WORDS,
    VisitResult.NOT_SEEN: Rule.NOT_SEEN_WORDS,
    VisitResult.NEEDS_HELP: Rule.HELP_IS_NEED,
    VisitResult.CANNOT_GO: Rule.CANNOT_GO_WORDS,
}


class Verdict(NamedTuple):
    """`rules`: what fired, the one that gave the result first. `doubt`: a death was written but is not reported."""

    result: VisitResult | None = None
    rules: tuple[Rule, ...] = ()
    ask: AskBack | None = None
    method: Method = Method.HOME
    acknowledged: bool = False
    death: bool = False
    doubt: bool = False
    wrong: bool = False


_S = Sign
_NOT_YET = ((_S.INTENTION, Rule.INTENTION), (_S.NOT_GONE, Rule.NEGATION))
_NOT_SURE = ((_S.HEARSAY, Rule.HEARSAY), (_S.HEDGE, Rule.UNCERTAIN), (_S.UNSURE, Rule.UNCERTAIN))
_NOBODY = tuple((sign, Rule.CONTRADICTION) for sign in (_S.NOT_SEEN, _S.MAYBE_NOT_SEEN, _S.SWAP, _S.CANNOT_GO))
_FINE = ((_S.WELL, Rule.CONTRADICTION), (_S.MAYBE_WELL, Rule.CONTRADICTION))
_SEEN = ((_S.MET, Rule.CONTRADICTION), (_S.NEED, Rule.CONTRADICTION))

# What speaks against each result, in the order it is told.
_AGAINST: dict[VisitResult, tuple[tuple[Sign, Rule], ...]] = {
    VisitResult.WELL: (
        *_NOBODY,
        (_S.NEED, Rule.CONTRADICTION),
        (_S.MAYBE_NEED, Rule.CONTRADICTION),
        (_S.TROUBLE, Rule.CONTRADICTION),
        (_S.LACK, Rule.CONTRADICTION),
        (_S.DEATH_DOUBT, Rule.UNCERTAIN),
        *_NOT_YET,
        *_NOT_SURE,
        (_S.NEGATION, Rule.NEGATION),
    ),
    VisitResult.NEEDS_HELP: (*_NOBODY, *_FINE, *_NOT_YET, *_NOT_SURE),
    VisitResult.NOT_SEEN: (
        *_FINE,
        *_SEEN,
        (_S.MAYBE_NEED, Rule.CONTRADICTION),
        (_S.SWAP, Rule.CONTRADICTION),
        (_S.CANNOT_GO, Rule.CONTRADICTION),
        (_S.NOT_GONE, Rule.CONTRADICTION),
    ),
    VisitResult.CANNOT_GO: (
        *_FINE,
        *_SEEN,
        (_S.WENT, Rule.CONTRADICTION),
        (_S.NOT_SEEN, Rule.CONTRADICTION),
        (_S.MAYBE_NOT_SEEN, Rule.CONTRADICTION),
        (_S.HEDGE, Rule.UNCERTAIN),
    ),
}


def weigh(found: Found, digit: int | None, *, danger: bool, coded: bool, lenient: bool) -> Verdict:
    """`digit`: the result written, None for words only. `coded`: the elder is named by code or name.

    `lenient`: the digit stands where only a result can stand, so words not known to us do not unsettle it.
    """
    wrong = found.has(_S.WRONG, _S.WITHDRAWN)
    verdict = _death(found, digit) if found.has(_S.DEATH) else _weigh(found, digit, danger, coded, lenient)
    if found.has(_S.DEATH_DOUBT):
        verdict = verdict._replace(doubt=True, rules=(*verdict.rules, Rule.DEATH_UNSURE))
    return verdict._replace(wrong=wrong)


def _weigh(found: Found, digit: int | None, danger: bool, coded: bool, lenient: bool) -> Verdict:
    if found.has(_S.QUESTION):
        return _ask(Rule.QUESTION)
    if found.has(_S.WITHDRAWN):
        return Verdict(rules=(Rule.WRONG,), ask=AskBack.CORRECTION)
    if digit is None:
        return _words(found, danger, coded)
    result = RESULTS[digit]
    objection = _objection(result, found, danger)
    if result is VisitResult.CANNOT_GO and found.has(_S.INTENTION) and not found.has(_S.CANNOT_GO, _S.SWAP):
        objection = objection or Rule.INTENTION
    if objection:
        return _ask(objection)
    if not lenient and not found.clean:
        return _ask(Rule.UNCERTAIN)
    return Verdict(result, (Rule.CODE_RESULT if coded else Rule.ONE_OPEN,), method=_method(found, digit))


def _death(found: Found, digit: int | None) -> Verdict:
    if digit in (1, 3, 5) or found.has(_S.WELL, _S.MAYBE_WELL, _S.NEED):
        return _ask(Rule.CONTRADICTION, Rule.DEATH_UNSURE)._replace(doubt=True)
    if found.has(_S.QUESTION):
        return _ask(Rule.QUESTION, Rule.DEATH_UNSURE)._replace(doubt=True)
    result = RESULTS[digit] if digit else None
    return Verdict(result, (Rule.CODE_RESULT, Rule.DEATH) if result else (Rule.DEATH,), death=True)


def _words(found: Found, danger: bool, coded: bool) -> Verdict:
    meant = _meant(found, coded)
    if len(meant) > 1:
        return _ask(Rule.CONTRADICTION)
    if not meant:
        return _nothing_meant(found, coded)
    result = meant[0]
    if result is VisitResult.WELL and found.has(_S.INTENTION) and not found.has(_S.WENT, _S.MET):
        return Verdict(rules=(Rule.INTENTION,), acknowledged=True)
    objection = _objection(result, found, danger)
    if result is VisitResult.CANNOT_GO and found.has(_S.INTENTION) and not found.has(_S.SWAP):
        objection = objection or Rule.INTENTION
    if objection:
        return _ask(objection)
    if not _plain_enough(result, found):
        return _ask(Rule.UNCERTAIN)
    hearsay = (Rule.HEARSAY,) if found.has(_S.HEARSAY) else ()
    return Verdict(result, (_WORDS_RULE[result], *hearsay), method=_method(found, None))


def _meant(found: Found, coded: bool) -> list[VisitResult]:
    """What the words claim at first hand: somebody else's word that all is well claims nothing."""
    well = found.has(_S.WELL) or (found.has(_S.MAYBE_WELL) and (coded or found.has(_S.WENT, _S.MET, _S.ELDER)))
    claims = (
        (VisitResult.WELL, well and not found.has(_S.HEARSAY)),
        (VisitResult.NOT_SEEN, found.has(_S.NOT_SEEN, _S.MAYBE_NOT_SEEN)),
        (VisitResult.NEEDS_HELP, found.has(_S.NEED, _S.MAYBE_NEED)),
        (VisitResult.CANNOT_GO, found.has(_S.SWAP, _S.CANNOT_GO)),
    )
    return [result for result, claimed in claims if claimed]


def _plain_enough(result: VisitResult, found: Found) -> bool:
    """Whether the rest of the words can be left unread."""
    match result:
        case VisitResult.WELL:
            return found.clean and not found.has(_S.KIN, _S.SAID)
        case VisitResult.NOT_SEEN:
            return (found.has(_S.NOT_SEEN) or found.clean) and not found.has(_S.HEDGE)
        case VisitResult.NEEDS_HELP:
            return (found.has(_S.NEED) or found.clean) and not found.has(_S.KIN)
        case VisitResult.CANNOT_GO:
            return not found.has(_S.KIN)


def _nothing_meant(found: Found, coded: bool) -> Verdict:
    if found.has(_S.HEARSAY):
        return _ask(Rule.HEARSAY)
    if found.has(_S.NEGATION, _S.TROUBLE):
        return _ask(Rule.NEGATION if found.has(_S.NEGATION) else Rule.UNCERTAIN)
    if found.has(_S.HEDGE, _S.UNSURE, _S.LACK, _S.DEATH_DOUBT):
        return _ask(Rule.UNCERTAIN)
    if found.has(_S.WENT, _S.MET, _S.PHONE, _S.VIDEO, _S.MAYBE_WELL):
        return Verdict(rules=(Rule.NO_RESULT,), ask=AskBack.NO_RESULT)
    if found.has(_S.INTENTION, _S.NOT_GONE):
        return Verdict(rules=(Rule.ACKNOWLEDGED, Rule.INTENTION), acknowledged=True)
    if found.has(_S.ACK) or (found.has(_S.GOOD) and not coded):
        return Verdict(rules=(Rule.ACKNOWLEDGED,), acknowledged=True)
    if coded and found.clean:
        return Verdict(rules=(Rule.NO_RESULT,), ask=AskBack.NO_RESULT)
    return _ask(Rule.UNCERTAIN)


def _objection(result: VisitResult, found: Found, danger: bool) -> Rule | None:
    if found.denied and result is VisitResult.NEEDS_HELP:
        return Rule.NEGATION
    if danger and result is VisitResult.WELL:
        return Rule.CONTRADICTION
    if result is VisitResult.WELL and found.has(_S.PHONE, _S.VIDEO) and found.has(_S.KIN):
        return Rule.HEARSAY
    heard = found.has(_S.HEARSAY) and result is VisitResult.NOT_SEEN
    against = (rule for sign, rule in _AGAINST[result] if found.has(sign) and not (heard and (sign, rule) in _FINE))
    return next(against, None)


def _method(found: Found, digit: int | None) -> Method:
    if digit == 5 or found.has(_S.PHONE):
        return Method.PHONE
    return Method.VIDEO if found.has(_S.VIDEO) else Method.HOME


def _ask(*rules: Rule) -> Verdict:
    return Verdict(rules=rules, ask=AskBack.CONTRADICTION if rules[0] is Rule.CONTRADICTION else AskBack.UNCERTAIN)
