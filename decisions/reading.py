"""What a volunteer's or a staff member's text says: danger, stop words, codes with digits, words, or a question back.

Pure: text and what is known of the sender in, a coded `Reading` out. Never a negation, an intention, a question or
hearsay as a visit done; what is not certain is asked back. Every rule is a row of `docs/sms.md`, which a test runs.
"""

from __future__ import annotations

import re

from decisions.reading_danger import Danger, find_danger
from decisions.reading_days import Day, take_days
from decisions.reading_names import Names, mask_names
from decisions.reading_numbers import Numbers, arabic, numbers, plain_text, without_amounts
from decisions.reading_parts import VISIT_DONE, Judged, judge_coded, judge_named, judge_plain, named_parts, weigh_plain
from decisions.reading_quotes import cut_own_text
from decisions.reading_sender import STANDING_RULE, Codes
from decisions.reading_signs import Sign
from decisions.reading_weigh import Verdict
from decisions.reading_words import find_signs
from models.reading import (
    Answer,
    AskBack,
    NamedDay,
    Reading,
    Rule,
    SenderContext,
    SenderKind,
    Standing,
)

_STOP = re.compile(
    r"(?<![不没未])退订(?:短信)?"
    r"|(?:请)?(?:不要|别|不用)再?(?:给我)?发(?![烧火愁现生病])(?:短信|信息|消息)?(?:给我)?了?"
)
_STOP_ALONE = re.compile(r"\W*(?:回复?)?\s*(?:td|t)\W*", re.IGNORECASE)
_STOP_ASKED = re.compile(r"(?:怎么|如何|咋|能不能|可以)退订")
_MENU = re.compile(r"(?:怎么|如何|咋|怎样)(?:个)?回(?:复|信|短信)?(?!事|去|来|家)|菜单")
_PICTURE = re.compile(
    r"[\[(<【]\s*(?:彩信|图片|照片|语音|视频|表情|动画表情|MMS|image|photo)\s*[\])>】]|彩信", re.IGNORECASE
)
# 取消取消; and what may stand in the middle of a word, 取 消. After a numeral it ends a number: 五十二 一 看过了.
_SAID_AGAIN = re.compile(r"([一-鿿]{2,4}?)\1+")
_IN_A_WORD = re.compile(
    r"(?<=[一-鿿])(?<![一二三四五六七八九十两幺零])(?:\s|[^\w\s!-/:-@\[-`{-~、。，…·—“”‘’《》〈〉])+(?=[一-鿿])"
)


def read(text: str, context: SenderContext) -> Reading:
    """Read one text. `context` is what is known of the sender; the text itself never leaves this function."""
    plain, quoted = cut_own_text(_PICTURE.sub(" ", plain_text(text)))
    reading = _read(plain, quoted, context)
    # What a broken word says counts too: it may take a visit back or tell of a danger, and makes neither less.
    joined = _read(_IN_A_WORD.sub("", plain), quoted, context)
    fewer = _visited(reading) - _visited(joined)
    return joined if joined.urgent > reading.urgent or (fewer and joined.urgent >= reading.urgent) else reading


def _visited(reading: Reading) -> set[int]:
    return {answer.code for answer in reading.answers if answer.result in VISIT_DONE}


def _read(plain: str, quoted: bool, context: SenderContext) -> Reading:
    """Expects plain text without ours; `quoted`: there was some."""
    danger = find_danger(_SAID_AGAIN.sub(r"\1", plain))
    rest, stopped = _take_stop_words(danger.rest)
    first = [Rule.QUOTE_CUT] * quoted + list(danger.rules) + [Rule.STOP] * stopped
    start = Reading(urgent=danger.urgent, danger_unsure=danger.unsure, opted_out=stopped, rules=tuple(first))
    if context.sender_kind is SenderKind.UNKNOWN:
        return _fired(start, Rule.UNKNOWN_PHONE)
    codes = Codes(context)
    if re.search(r"\w", rest) is None:
        return _wordless(start, codes, quoted, danger)
    if _MENU.search(rest) and not danger.urgent:
        return _fired(start.model_copy(update={"wants_menu": True}), Rule.MENU)
    reading = _read_content(start, rest, danger, codes)
    if reading.opted_out and reading.ask_back:
        return reading.model_copy(update={"ask_back": None, "ask_about": ()})
    return reading


def _take_stop_words(text: str) -> tuple[str, bool]:
    if _STOP_ALONE.fullmatch(text):
        return "", True
    if _STOP_ASKED.search(text):
        return text, False
    rest, times = _STOP.subn(" ", text)
    return rest, times > 0


def _wordless(start: Reading, codes: Codes, quoted: bool, danger: Danger) -> Reading:
    """Nothing to read is left: a picture, an emoji, our own text, or words already understood."""
    if start.opted_out or start.urgent:
        return _about(start, codes, ())
    if danger.unsure or quoted:
        return _fired(_about(start.model_copy(update={"ask_back": AskBack.UNCERTAIN}), codes, ()), Rule.UNCERTAIN)
    return _fired(start.model_copy(update={"ask_back": AskBack.WORDS_PLEASE}), Rule.NO_WORDS)


def _read_content(start: Reading, rest: str, danger: Danger, codes: Codes) -> Reading:
    names = mask_names(rest, codes.entries)
    marked, days = take_days(arabic(names.text))
    marked = without_amounts(marked, codes.numbers)
    digits = "12345" if codes.context.counts_phone_calls else "1234"
    found = numbers(marked, codes.numbers, digits)
    if found.mentions:
        judged = judge_coded(marked, found, names, days, danger.urgent)
        return _collect(start, judged, codes, named=True)
    named = named_parts(marked, names)
    if named is not None and not found.stray:
        judged = judge_named(marked, named, codes.numbers, digits, days, danger.urgent)
        return _fired(_collect(start, judged, codes, named=True), Rule.NAME_AS_CODE)
    return _read_unnamed(start, marked, found, names, days, danger, codes)


def _read_unnamed(
    start: Reading, marked: str, found: Numbers, names: Names, days: tuple[Day, ...], danger: Danger, codes: Codes
) -> Reading:
    """A text that names nobody for certain: it is about the one elder it can be about, or all of a household."""
    only = codes.only_one()
    open_tasks = codes.context.open_tasks
    if names.stranger and (open_tasks or only is not None):
        return _asked(_about(start, codes, ()), AskBack.UNCERTAIN, Rule.UNCERTAIN)
    verdict = weigh_plain(marked, found, danger=danger.urgent, coded=False)
    if verdict.acknowledged:
        return _acknowledged(start, verdict, marked, codes)
    if verdict.wrong and verdict.result is None and only is not None and not verdict.death:
        return _collect(start, [Judged(only, True, _wrong())], codes, named=False)
    if only is not None:
        judged = judge_plain(marked, only, found, days, danger.urgent, named=False)
        return _collect(start, [judged], codes, named=False)
    if not open_tasks and not codes.context.escalation_codes:
        return _nothing_open(start, verdict)
    if verdict.result and open_tasks and find_signs(marked).everyone:
        households = dict.fromkeys(task.household_id for task in open_tasks)
        if len(households) == 1 and open_tasks[0].household_id is not None:
            judged = [judge_plain(marked, task.code, found, days, danger.urgent, named=False) for task in open_tasks]
            return _fired(_collect(start, judged, codes, named=False), Rule.ALL_ONE_HOUSEHOLD)
        return _asked(start, AskBack.NO_CODE, Rule.ALL_SEVERAL_HOUSEHOLDS)
    if verdict.result or verdict.death or verdict.wrong:
        unsure = start.danger_unsure or verdict.death
        return _asked(start.model_copy(update={"danger_unsure": unsure}), AskBack.NO_CODE, Rule.NO_CODE)
    unsure = start.danger_unsure or verdict.doubt
    return _asked(start.model_copy(update={"danger_unsure": unsure}), verdict.ask or AskBack.UNCERTAIN, *verdict.rules)


def _nothing_open(start: Reading, verdict: Verdict) -> Reading:
    """They are told that nothing is open; what could not be read, or names a need, is asked about all the same."""
    reading = _fired(start.model_copy(update={"no_open_task": True}), Rule.NO_OPEN_TASK)
    if verdict.death or verdict.doubt:
        reading = reading.model_copy(update={"danger_unsure": True})
    if verdict.death or Rule.HELP_IS_NEED in verdict.rules:
        return _asked(reading, AskBack.NO_CODE, Rule.NO_CODE)
    if verdict.result is None and verdict.ask is AskBack.UNCERTAIN:
        return _asked(reading, AskBack.UNCERTAIN, *verdict.rules)
    return reading


def _collect(start: Reading, judged: list[Judged], codes: Codes, *, named: bool) -> Reading:
    """All that was judged, gathered: what is certain is recorded, the first thing that is not is asked."""
    doubt = start.danger_unsure or any(one.verdict.doubt for one in judged)
    reading = start.model_copy(update={"danger_unsure": doubt})
    reading = _about(reading, codes, [one.code for one in judged] if named else ())
    answers: list[Answer] = []
    rules: list[Rule] = []
    deaths: list[int] = []
    wrong: list[int] = []
    taken: list[int] = []
    ask: AskBack | None = None
    about: list[int] = []
    for one in judged:
        verdict = one.verdict
        rules += verdict.rules
        if verdict.death:
            deaths.append(one.code)
        if verdict.wrong and verdict.result is None and one.known and codes.recorded(one.code):
            wrong.append(one.code)
            verdict = verdict._replace(ask=AskBack.CORRECTION)
            rules.append(Rule.WRONG)
        elif verdict.ask is AskBack.CORRECTION:
            verdict = verdict._replace(ask=AskBack.NO_RESULT)
        if verdict.result:
            answer = _dated(codes.answer(one.code, verdict.result, verdict.rules[0], wrong=verdict.wrong), one)
            answer = answer.model_copy(update={"method": verdict.method})
            answers.append(answer)
            rules += [STANDING_RULE[answer.standing]] if answer.standing is not Standing.ASKED else []
        elif verdict.acknowledged:
            taken.append(one.code)
        if verdict.ask is AskBack.CORRECTION and ask is not AskBack.CORRECTION:
            ask, about = verdict.ask, []  # nothing else tells that a record was taken back
        elif ask is None:
            ask = verdict.ask
        if verdict.ask and ask is verdict.ask:
            about.append(one.code)
    if len(judged) > 1:
        rules.append(Rule.SEVERAL)
    if reading.urgent and ask in (AskBack.NO_RESULT, AskBack.UNCERTAIN):
        ask, about = None, []
    escalations = [codes.escalation(code) for code in taken]
    acknowledges = tuple(escalation for escalation in escalations if escalation)
    return _fired(
        reading.model_copy(
            update={
                "answers": tuple(answers),
                "acknowledged": bool(taken),
                "acknowledges": acknowledges,
                "death_reported": codes.named(deaths),
                "correction_of": codes.named(wrong),
                "ask_back": ask,
                "ask_about": codes.named(about),
            }
        ),
        *rules,
        *([Rule.ESCALATION_ACKNOWLEDGED] if acknowledges else []),
    )


def _acknowledged(start: Reading, verdict: Verdict, marked: str, codes: Codes) -> Reading:
    """收到. Of a staff member told of one escalation it takes that one on; of several, one must be named."""
    told = codes.context.escalation_codes
    reading = _fired(_about(start, codes, ()).model_copy(update={"acknowledged": True}), *verdict.rules)
    if len(told) == 0 or not find_signs(marked).has(Sign.ACK):
        return reading
    if len(told) != 1:
        return _asked(reading.model_copy(update={"acknowledged": False}), AskBack.NO_CODE, Rule.NO_CODE)
    return _fired(reading.model_copy(update={"acknowledges": (told[0].escalation_id,)}), Rule.ESCALATION_ACKNOWLEDGED)


def _dated(answer: Answer, judged: Judged) -> Answer:
    if isinstance(judged.day, NamedDay):
        return answer.model_copy(update={"visited_on": judged.day})
    return answer.model_copy(update={"visited_day_offset": judged.day})


def _wrong() -> Verdict:
    return Verdict(rules=(Rule.WRONG,), ask=AskBack.CORRECTION, wrong=True)


def _about(reading: Reading, codes: Codes, numbers_: list[int] | tuple[int, ...]) -> Reading:
    """Whom a danger is about: those written, else the one elder it can be."""
    if not (reading.urgent or reading.danger_unsure):
        return reading
    only = codes.only_one()
    whom = list(numbers_) or ([only] if only is not None else [])
    return reading.model_copy(update={"danger_about": codes.named(whom)})


def _asked(reading: Reading, ask: AskBack, *rules: Rule) -> Reading:
    return _fired(reading.model_copy(update={"ask_back": ask}), *rules)


def _fired(reading: Reading, *rules: Rule) -> Reading:
    return reading.model_copy(update={"rules": tuple(dict.fromkeys((*reading.rules, *rules)))})
