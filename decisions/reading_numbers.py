"""The digits of a text: made Arabic, told apart from dates and amounts, and cut into codes and results.

A code is 50–99 or three digits, a result is one digit after it; no code begins with a result digit, so a run of
digits has at most one reading unless a three-digit code hides a shorter one, and then none is taken.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

NAMES = "\ue000-\uefff"  # a known person or village, put there by `reading_names`
DAYS = "\uf000-\uf0ff"  # a day, put there by `reading_days`
GAP = "\uf8ff"  # something understood and taken out; keeps its neighbours apart
SEPARATORS = r"[\s\-_.,。、:;/#*+~=()!…—·<>《》“”\"'^]"

_DROPPED = ("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me")
_CJK_DIGIT = "零〇一二三四五六七八九"
_NUMERAL = dict(zip(f"{_CJK_DIGIT}幺两", "0012345678912", strict=True))
_RESULT_WORD = r"平安|都好|没见|没人|不在|要帮|去不了|错"
_CALENDAR = re.compile(rf"(?<![{_CJK_DIGIT}十百])([一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])(?=[月日号])")
_TENS = re.compile(
    rf"(?<![{_CJK_DIGIT}十百千万])([五六七八九])十([一二三四五六七八九])?"
    r"(?![岁元块斤多来年分个天次度里几百千万])"
)
_SPELLED = re.compile(rf"(?<![{_CJK_DIGIT}幺十百千万])[{_CJK_DIGIT}幺]{{3,}}(?![十百千万年])")
_SPELLED_CODE = re.compile(rf"([五六七八九])([{_CJK_DIGIT}])(?={SEPARATORS}+[一二三四五幺](?:{SEPARATORS}|$))")
_RESULT_AFTER_CODE = re.compile(
    rf"((?<!\d)\d{{2,3}}(?:{SEPARATORS}|[{NAMES}号家])*)"
    rf"([一二三四五幺])(?={SEPARATORS}|$|[{NAMES}]|{_RESULT_WORD})"
)
_RESULT_ALONE = re.compile(
    rf"^((?:{SEPARATORS})*)([一二三四五])(?=(?:{SEPARATORS})*(?:{_RESULT_WORD})?(?:{SEPARATORS})*$)"
)
_LOOKALIKE = re.compile(r"(?<![A-Za-z0-9])(?=[oOlI|]*\d)[0-9oOlI|]{2,}(?![A-Za-z0-9])")
_LOOKALIKE_RESULT = re.compile(rf"((?<!\d)\d{{2,3}}{SEPARATORS}+)[lI|](?![A-Za-z0-9|])")

MEASURED = re.compile(
    r"(?:血压|高压|低压|血糖|体重|心率|心跳|体温|气温|年龄)[是为有约大概:\s]*\d+(?:[./-]\d+)?(?:度|斤)?"
)
_CLOCK = re.compile(r"(?<!\d)(?:[01]?\d|2[0-3])(?::[0-5]\d(?!\d)|点(?:\d{1,2}分?|半|钟|多|左右)?)")
_LETTER_BEFORE = re.compile(r"[A-Za-z]$(?<!ok)", re.IGNORECASE)
_LETTER_AFTER = re.compile(r"(?!ok)[A-Za-z]", re.IGNORECASE)
_UNIT = r"岁|元|块|斤|公里|里路|米|度|%|分钟|小时"
_LOOSE_UNIT = r"个|人|次|天(?!气|冷|热|黑|晴)|年(?!纪|龄)|点|分|多(?!谢|亏|半)|袋|桶|瓶|盒|件|楼|层|单元|栋|位|趟|口|里"
_AMOUNT = re.compile(rf"(?<!\d)(\d+(?:\.\d+)?)(?:({_UNIT})|{_LOOSE_UNIT})")


def plain_text(text: str) -> str:
    """One spelling for each character: full width, ① and keycaps become ASCII, invisible characters go."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(
        "\n" if character in "\n\r" else " " if character == "\t" else character
        for character in folded
        if character in "\n\r\t" or unicodedata.category(character) not in _DROPPED
    )


def _tens(found: re.Match[str]) -> str:
    return _NUMERAL[found.group(1)] + _NUMERAL.get(found.group(2) or "", "0")


def _spelled(found: re.Match[str]) -> str:
    return "".join(_NUMERAL[character] for character in found.group())


def _calendar(found: re.Match[str]) -> str:
    tens, ten, ones = found.group(1).rpartition("十")
    if not ten:
        return _NUMERAL[ones]
    return str(10 * int(_NUMERAL.get(tens, "1")) + int(_NUMERAL.get(ones, "0")))


def arabic(text: str) -> str:
    """Chinese numerals where a code or a result stands (五十二 一, 五二一), and o/O/l/I inside digits.

    Numerals inside words (一个人, 一切) stay. Names must be masked before: 三河村 is not a number.
    """
    text = _CALENDAR.sub(_calendar, text)
    text = _TENS.sub(_tens, text)
    text = _SPELLED.sub(_spelled, text)
    text = _SPELLED_CODE.sub(lambda found: _NUMERAL[found.group(1)] + _NUMERAL[found.group(2)], text)
    text = _LOOKALIKE.sub(lambda found: found.group().translate(str.maketrans("oOlI|", "00111")), text)
    text = _LOOKALIKE_RESULT.sub(r"\g<1>1", text)
    text = _RESULT_AFTER_CODE.sub(lambda found: found.group(1) + _NUMERAL[found.group(2)], text)
    return _RESULT_ALONE.sub(lambda found: found.group(1) + _NUMERAL[found.group(2)], text)


class Mention(NamedTuple):
    """A code in the text. `digit`: the result written on to it; 0 when that digit is no result in use."""

    start: int
    end: int
    code: int
    digit: int | None
    known: bool


class Bare(NamedTuple):
    """A single digit standing apart."""

    start: int
    end: int
    digit: int


class Numbers(NamedTuple):
    """`stray`: digits that are neither, such as 11, 1234 or a telephone number. `in_use`: the result digits."""

    mentions: tuple[Mention, ...]
    bare: tuple[Bare, ...]
    stray: bool
    in_use: str


def without_amounts(text: str, codes: frozenset[int]) -> str:
    """Clock times, ages, money, measurements and counts taken out; what reads as a code keeps all but plain units."""
    text = _CLOCK.sub(GAP, MEASURED.sub(GAP, text))

    def amount(found: re.Match[str]) -> str:
        number = found.group(1)
        is_code = number.isdecimal() and _readings(number, codes, "12345") != ()
        return found.group() if is_code and found.group(2) is None else GAP

    return _AMOUNT.sub(amount, text)


def numbers(text: str, codes: frozenset[int], digits: str) -> Numbers:
    """Every run of digits read as codes and results. `digits`: the results in use, "1234" or "12345"."""
    mentions: list[Mention] = []
    bare: list[Bare] = []
    stray = False
    for run in re.finditer(r"[0-9]+", text):
        written, start = run.group(), run.start()
        readings = _readings(written, codes, digits)
        if _LETTER_BEFORE.search(text[:start]) or _LETTER_AFTER.match(text, run.end()):
            stray = True
        elif len(written) == 1:
            bare.append(Bare(start, run.end(), int(written)))
        elif len(readings) == 1:
            for offset, length, code, digit in readings[0]:
                mentions.append(Mention(start + offset, start + offset + length, code, digit, known=True))
        elif not readings and (other := _unreadable_code(written, codes)) is not None:
            mentions.append(Mention(start, run.end(), *other))
        else:
            stray = True
    return Numbers(tuple(mentions), tuple(bare), stray, digits)


_Pair = tuple[int, int, int, int | None]  # offset, length, code, digit


def _readings(written: str, codes: frozenset[int], digits: str) -> tuple[tuple[_Pair, ...], ...]:
    """Every way to read the whole run as known codes each with its result, or as one known code alone."""
    if len(written) > 30:
        return ()
    alone: tuple[tuple[_Pair, ...], ...] = ()
    if len(written) in (2, 3) and int(written) in codes:
        alone = (((0, len(written), int(written), None),),)
    return alone + _pairs(written, 0, codes, digits)


def _pairs(written: str, offset: int, codes: frozenset[int], digits: str) -> tuple[tuple[_Pair, ...], ...]:
    found: list[tuple[_Pair, ...]] = []
    for width in (2, 3):
        end = offset + width
        if end < len(written) and int(written[offset:end]) in codes and written[end] in digits:
            first: _Pair = (offset, width + 1, int(written[offset:end]), int(written[end]))
            if end + 1 == len(written):
                found.append((first,))
            else:
                found.extend((first, *rest) for rest in _pairs(written, end + 1, codes, digits))
    return tuple(found)


def _unreadable_code(written: str, codes: frozenset[int]) -> tuple[int, int | None, bool] | None:
    """Code, digit, known: a known code with a digit not in use, or the shape of a code nobody here has."""
    if written[0] not in "56789" or len(written) not in (2, 3, 4):
        return None
    if len(written) == 2:
        return int(written), None, False
    code = int(written[:-1])
    if code in codes:
        return code, 0, True
    return (code, int(written[-1]), False) if written[-1] in "12345" or len(written) == 3 else None
