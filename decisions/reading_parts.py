"""One text cut into what it says about each elder, and each part weighed.

A part begins at a code (or, where no code is written, at a name only one elder has) and ends before the next. What
stands between two codes may be meant of either, so a doubt there leaves neither of them visited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from decisions.reading_days import Day, days_in
from decisions.reading_names import Names
from decisions.reading_numbers import DAYS, GAP, NAMES, SEPARATORS, Numbers, numbers
from decisions.reading_signs import Sign
from decisions.reading_weigh import Verdict, weigh
from decisions.reading_words import Found, find_signs
from models.reading import AskBack, Rule
from models.values import VisitResult

_BETWEEN = re.compile(
    rf"(?:{SEPARATORS}|[{NAMES}{DAYS}{GAP}]|编号|代码|结果|[是为回选号家的村都全均]"
    r"|(?:[记写发打回搞弄填选看报])?错(?:了|啦|字)?(?:应该|应)?(?:是|为|改[为成]?)?)*"
)
_JOINED = re.compile(rf"(?:[\s、&和跟与及,]|[{NAMES}]|号|家)*")
_TIGHTLY_JOINED = re.compile(rf"\s*(?:[{NAMES}]|号|家)?\s*[、&和跟与及]\s*")
_CLASS_SIGNS = (
    Sign.WELL,
    Sign.MAYBE_WELL,
    Sign.NOT_SEEN,
    Sign.MAYBE_NOT_SEEN,
    Sign.NEED,
    Sign.MAYBE_NEED,
    Sign.SWAP,
    Sign.CANNOT_GO,
    Sign.DEATH,
    Sign.WRONG,
)
VISIT_DONE = (VisitResult.WELL, VisitResult.NEEDS_HELP)
_NOT_VISITED = (VisitResult.NOT_SEEN, VisitResult.CANNOT_GO)
_NOBODY = (Sign.NOT_SEEN, Sign.MAYBE_NOT_SEEN, Sign.SWAP, Sign.CANNOT_GO)
# What unsettles every visit a text of several elders tells of, in the order it is told.
_DOUBTS = (
    (Sign.QUESTION, Rule.QUESTION),
    (Sign.HEARSAY, Rule.HEARSAY),
    (Sign.INTENTION, Rule.INTENTION),
    (Sign.NOT_GONE, Rule.NEGATION),
    (Sign.HEDGE, Rule.UNCERTAIN),
    (Sign.UNSURE, Rule.UNCERTAIN),
    (Sign.NEGATION, Rule.NEGATION),
)
_EXPLAINED = (Sign.HEARSAY, Sign.INTENTION, Sign.NOT_GONE, Sign.NEGATION)


class Judged(NamedTuple):
    """One elder's code, what was understood, and the day it is said to have been."""

    code: int
    known: bool
    verdict: Verdict
    day: Day = None


class _Part(NamedTuple):
    code: int
    known: bool
    attached: int | None
    text: str


def judge_coded(marked: str, numbers: Numbers, names: Names, days: tuple[Day, ...], danger: bool) -> list[Judged]:
    """A text that writes at least one code: one judgement for each code, in order."""
    ends = [mention.start for mention in numbers.mentions[1:]] + [len(marked)]
    parts = [
        _Part(mention.code, mention.known, mention.digit, marked[mention.end : end])
        for mention, end in zip(numbers.mentions, ends, strict=True)
    ]
    prefix = marked[: numbers.mentions[0].start]
    if numbers.stray or re.search(r"\d", prefix):
        return _all(parts, Verdict(rules=(Rule.NO_SUCH_NUMBER,), ask=AskBack.UNKNOWN_CODE))
    if names.stranger:
        return _all(parts, Verdict(rules=(Rule.UNCERTAIN,), ask=AskBack.UNCERTAIN))
    many = len(dict.fromkeys(part.code for part in parts)) > 1
    said_days = days_in(prefix, days)
    if many and days_in(marked[len(prefix) :], days):
        return _all(parts, _which_day(), only_done=_weighed(prefix, parts, numbers.in_use, names, danger, many))
    judged = _weighed(prefix, parts, numbers.in_use, names, danger, many)
    if not many:
        said_days = days_in(marked, days)
    return [_on_day(one, said_days) for one in _merged(judged)]


def judge_named(
    marked: str,
    named: Sequence[tuple[int, str]],
    codes: frozenset[int],
    digits: str,
    days: tuple[Day, ...],
    danger: bool,
) -> list[Judged]:
    """A text without codes that names whom it is about (`named_parts`)."""
    judged = [
        judge_plain(piece, code, numbers(piece, codes, digits), days, danger, named=True) for code, piece in named
    ]
    if len(named) == 1:
        return judged
    prefix = marked[: len(marked) - sum(len(piece) for _, piece in named)]
    return list(_merged(_settled(prefix, [piece for _, piece in named], judged)))


def judge_plain(marked: str, code: int, numbers: Numbers, days: tuple[Day, ...], danger: bool, named: bool) -> Judged:
    """A text, or a stretch of one, that can only be about this elder."""
    verdict = weigh_plain(marked, numbers, danger=danger, coded=named)
    return _on_day(Judged(code, True, verdict), days_in(marked, days))


def weigh_plain(marked: str, numbers: Numbers, *, danger: bool, coded: bool) -> Verdict:
    """A text without codes: at most one digit, and that one a result."""
    if numbers.stray or numbers.mentions or len(numbers.bare) > 1:
        return Verdict(rules=(Rule.NO_SUCH_NUMBER,), ask=AskBack.UNKNOWN_CODE)
    digit = numbers.bare[0].digit if numbers.bare else None
    if digit is not None and str(digit) not in numbers.in_use:
        return Verdict(rules=(Rule.NO_SUCH_NUMBER,), ask=AskBack.UNKNOWN_CODE)
    lenient = False
    if numbers.bare:
        bare = numbers.bare[0]
        alone_first = re.fullmatch(rf"(?:{SEPARATORS}|[{NAMES}])*", marked[: bare.start]) is not None
        lenient = alone_first and re.match(rf"{SEPARATORS}|$", marked[bare.end :]) is not None
        marked = marked[: bare.start] + GAP + marked[bare.end :]
    verdict = weigh(find_signs(marked), digit, danger=danger, coded=coded, lenient=lenient)
    if coded and verdict.rules[:1] == (Rule.ONE_OPEN,):
        verdict = verdict._replace(rules=(Rule.CODE_RESULT, *verdict.rules[1:]))
    return verdict


def named_parts(marked: str, names: Names) -> list[tuple[int, str]] | None:
    """(code, text) for each name in the text; None when a name fits two elders or none is written.

    One name takes the whole text, whichever side of it the words stand.
    """
    found = [(match.start(), names.named_in(match.group())) for match in re.finditer(f"[{NAMES}]", marked)]
    places = [(start, codes[0]) for start, codes in found if codes]
    if not places or any(len(codes) != 1 for _, codes in places):
        return None
    codes = [each[0] for _, each in places]
    if len(dict.fromkeys(codes)) == 1:
        return [(codes[0], marked)]
    starts = [start for start, _ in places]
    if find_signs(marked[: starts[0]]).has(*_CLASS_SIGNS) or re.search(r"\d", marked[: starts[0]]):
        return None
    pieces = [marked[start:end] for start, end in zip(starts, [*starts[1:], len(marked)], strict=True)]
    return list(zip(codes, pieces, strict=True))


def _weighed(prefix: str, parts: Sequence[_Part], in_use: str, names: Names, danger: bool, many: bool) -> list[Judged]:
    before = find_signs(prefix)
    if many and before.has(*_CLASS_SIGNS) and not _prefix_fits(parts):
        return _all(parts, Verdict(rules=(Rule.CONTRADICTION,), ask=AskBack.CONTRADICTION))
    judged: list[Judged] = []
    following: tuple[_Part, Verdict] | None = None
    for part in reversed(parts):
        if following and (_withdrawn(part, following[0]) or (part.attached is None and _shares(part, *following))):
            verdict = following[1]
        else:
            verdict = _weigh_part(prefix, part, in_use, names, danger, many)
            following = (part, verdict)
        judged.insert(0, Judged(part.code, part.known, verdict))
    return _settled(prefix, [part.text for part in parts], judged) if many else judged


def _settled(prefix: str, texts: Sequence[str], judged: Sequence[Judged]) -> list[Judged]:
    """What several parts say, without the visits when a doubt stands anywhere that is not surely of somebody else."""
    last = len(texts) - 1
    doubts = [_doubt(text if n == last else text + GAP, judged[n], last=n == last) for n, text in enumerate(texts)]
    rule = next((rule for rule in (_first_doubt(find_signs(prefix + GAP)), *doubts) if rule), None)
    if rule is None:
        return list(judged)
    if rule is Rule.WRONG:
        doubtful = Verdict(rules=(rule,), ask=AskBack.CORRECTION, wrong=True)
    else:
        ask = AskBack.CONTRADICTION if rule is Rule.CONTRADICTION else AskBack.UNCERTAIN
        doubtful = Verdict(rules=(rule,), ask=ask)
    return [
        one._replace(verdict=doubtful._replace(doubt=one.verdict.doubt)) if one.verdict.result in VISIT_DONE else one
        for one in judged
    ]


def _doubt(text: str, one: Judged, *, last: bool) -> Rule | None:
    """The doubt a part holds for the whole text, if any."""
    said = re.sub(r"\d", GAP, text)
    found = find_signs(said)
    written_on = re.match(rf"(?:{SEPARATORS}|[{NAMES}])*\d\w|[{NAMES}]*\w", text) is not None
    if found.has(Sign.WRONG, Sign.WITHDRAWN) and (found.everyone or (last and not written_on)):
        return Rule.WRONG
    verdict = one.verdict
    if found.has(*_NOBODY) and verdict.result not in _NOT_VISITED:
        return Rule.CONTRADICTION
    put_off = verdict.acknowledged and not found.has(Sign.WELL, Sign.MAYBE_WELL)
    unvisited = verdict.result in _NOT_VISITED or put_off
    if last and unvisited and not found.everyone and (written_on or found.has(*_NOBODY)):
        found = found._replace(signs=found.signs - set(_EXPLAINED))
    return _first_doubt(found)


def _first_doubt(found: Found) -> Rule | None:
    return next((rule for sign, rule in _DOUBTS if found.has(sign)), None)


def _prefix_fits(parts: Sequence[_Part]) -> bool:
    """平安 before several codes is meant for all only where each has its digit, or none has anything."""
    return all(part.attached for part in parts) or all(
        part.attached is None and _JOINED.fullmatch(part.text.rstrip(" 。.!")) for part in parts
    )


def _shares(part: _Part, following: _Part, verdict: Verdict) -> bool:
    """52、53都平安: a code followed by nothing but "and" shares what follows."""
    if following.attached is not None or verdict.result is None or re.search(r"\d", following.text):
        return False
    if _TIGHTLY_JOINED.fullmatch(part.text):
        return True
    return _JOINED.fullmatch(part.text) is not None and find_signs(following.text).everyone


def _withdrawn(part: _Part, following: _Part) -> bool:
    """521 531取消: both are taken back."""
    return _JOINED.fullmatch(part.text) is not None and find_signs(following.text).has(Sign.WITHDRAWN)


def _weigh_part(prefix: str, part: _Part, in_use: str, names: Names, danger: bool, many: bool) -> Verdict:
    if not part.known:
        return Verdict(rules=(Rule.UNKNOWN_CODE,), ask=AskBack.UNKNOWN_CODE)
    if part.attached == 0:
        return Verdict(rules=(Rule.NO_RESULT,), ask=AskBack.NO_RESULT)
    named = names.named_in(part.text if many else prefix + part.text)
    if any(codes and part.code not in codes for codes in named):
        return Verdict(rules=(Rule.CONTRADICTION,), ask=AskBack.CONTRADICTION)
    loose = list(re.finditer(r"\d", part.text))
    said = re.sub(r"\d", GAP, part.text)
    found = find_signs(prefix + GAP + said)
    digit, problem = _digit(part, loose, in_use)
    if problem:
        return problem
    if digit is None and find_signs(said).has(Sign.WRONG) and not found.has(*_CLASS_SIGNS[:-1]):
        return Verdict(rules=(Rule.WRONG,), ask=AskBack.CORRECTION, wrong=True)
    return weigh(found, digit, danger=danger, coded=True, lenient=True)


def _digit(part: _Part, loose: Sequence[re.Match[str]], in_use: str) -> tuple[int | None, Verdict | None]:
    """The result digit of a part: written on to its code, or standing after it with nothing between."""
    attached = part.attached
    if attached is not None and "错" in part.text and find_signs(part.text).has(Sign.WRONG):
        attached = None  # 521错 repeats what is wrong
    if len(loose) + (attached is not None) > 1:
        return None, Verdict(rules=(Rule.CONTRADICTION,), ask=AskBack.CONTRADICTION)
    if not loose:
        return attached, None
    if _BETWEEN.fullmatch(part.text[: loose[0].start()]) is None or loose[0].group() not in in_use:
        return None, Verdict(rules=(Rule.NO_SUCH_NUMBER,), ask=AskBack.UNKNOWN_CODE)
    return int(loose[0].group()), None


def _merged(judged: Sequence[Judged]) -> Iterator[Judged]:
    """One judgement for each code; two results for one code are a contradiction unless the first is called wrong."""
    for code in dict.fromkeys(one.code for one in judged):
        same = [one for one in judged if one.code == code]
        wrong = any(one.verdict.wrong for one in same)
        results = [one for one in same if not (one.verdict.wrong and one.verdict.result is None)] or same[:1]
        if len(dict.fromkeys(one.verdict.result for one in results)) > 1:
            yield same[0]._replace(verdict=Verdict(rules=(Rule.CONTRADICTION,), ask=AskBack.CONTRADICTION))
        else:
            yield results[0]._replace(verdict=results[0].verdict._replace(wrong=wrong))


def _on_day(judged: Judged, days: tuple[Day, ...]) -> Judged:
    verdict = judged.verdict
    if verdict.result is None or not days:
        return judged
    day = days[0] if len(days) == 1 else None
    if day is not None:
        return judged._replace(day=day, verdict=verdict._replace(rules=(*verdict.rules, Rule.DAY_SAID)))
    return judged._replace(verdict=_which_day()) if verdict.result in VISIT_DONE else judged


def _which_day() -> Verdict:
    return Verdict(rules=(Rule.DAY_UNCLEAR,), ask=AskBack.WHICH_DAY)


def _all(parts: Sequence[_Part], verdict: Verdict, only_done: Sequence[Judged] | None = None) -> list[Judged]:
    """The same verdict for every part; with `only_done`, for those that would record a visit."""
    if only_done is not None:
        return [one._replace(verdict=verdict) if one.verdict.result in VISIT_DONE else one for one in only_done]
    return [Judged(code, True, verdict) for code in dict.fromkeys(part.code for part in parts)]
