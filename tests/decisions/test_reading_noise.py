"""What stands around a reply, or in the middle of its words, makes no visit of it and hides no danger."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions.digest import digest
from decisions.reading import read
from models.reading import Reading
from models.values import VisitResult
from tests.decisions.sms_contexts import CONTEXTS, summary

_REPLIES = [
    (row["text"], row["context"])
    for row in csv.DictReader((Path(__file__).parent / "replies.csv").open(encoding="utf-8", newline=""))
]
_DANGERS = [(text, context) for text, context in _REPLIES if read(text, CONTEXTS[context]).urgent]
_SAME = settings(derandomize=True, max_examples=400)

_WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)} | {" ": "\u3000"})
_COURTESIES = (
    "谢谢", "谢谢您", "感谢关心", "辛苦了", "您辛苦了", "您好", "你好", "领导好", "大家好", "麻烦了", "麻烦您了",
    "打扰了", "不好意思", "请查收", "汇报一下", "早上好", "请放心",
)  # fmt: skip
_ACKS = ("收到", "好的", "知道了", "嗯")
_MARKS = ("…", "！！", "～", "。。", "👍", "🙏🙏", "😀", "\n", "  ", "、")
_GLUE = st.sampled_from(["", " ", "，", "。", "\n", "！", "👍"])
_APART = _GLUE.filter(bool)
_IN_A_WORD = st.sampled_from([" ", "  ", "\n", "\u3000", "👍", "\u200b"])
_OURS = digest(CONTEXTS["one"].open_tasks, date(2026, 12, 20), "奉节民政")[0].text
# Not after a numeral: there it ends a number.
_PLACE = re.compile(r"(?<=[一-鿿])(?<![一二三四五六七八九十两幺零])(?=[一-鿿])")
_WORD = re.compile(r"[一-鿿]{2,4}")


def visited(reading: Reading) -> set[int]:
    return {answer.code for answer in reading.answers if answer.result in (VisitResult.WELL, VisitResult.NEEDS_HELP)}


@st.composite
def around(draw: st.DrawFn, text: str) -> str:
    """With thanks, courtesies, marks, or our own text before and after; what says 收到 is written apart."""
    for before in draw(st.lists(st.booleans(), min_size=1, max_size=3)):
        kind = draw(st.sampled_from(["courtesy", "ack", "mark", "ours"]))
        if kind == "ours":
            said, glue = _OURS, draw(st.sampled_from(["\n", " "]))
        elif kind == "ack":
            said, glue = draw(st.sampled_from(_ACKS)), draw(_APART)
        else:
            said, glue = draw(st.sampled_from(_COURTESIES if kind == "courtesy" else _MARKS)), draw(_GLUE)
        text = f"{said}{glue}{text}" if before else f"{text}{glue}{said}"
    return text


@st.composite
def within(draw: st.DrawFn, text: str) -> str:
    """With something in the middle of a word, a word said twice or three times, or all of it in full width."""
    for kind in draw(st.lists(st.sampled_from(["mark", "again", "wide"]), min_size=1, max_size=3)):
        places = [found.start() for found in _PLACE.finditer(text)]
        words = list(_WORD.finditer(text))
        if kind == "wide":
            text = text.translate(_WIDE)
        elif kind == "mark" and places:
            place = draw(st.sampled_from(places))
            text = text[:place] + draw(_IN_A_WORD) + text[place:]
        elif kind == "again" and words:
            word = draw(st.sampled_from(words))
            text = text[: word.end()] + word.group() * draw(st.integers(1, 2)) + text[word.end() :]
    return text


Noise = Callable[[str], st.SearchStrategy[str]]
NOISE = pytest.mark.parametrize("noise", [around, within])


@NOISE
@_SAME
@given(data=st.data(), reply=st.sampled_from(_REPLIES))
def test_no_noise_makes_a_visit(noise: Noise, data: st.DataObject, reply: tuple[str, str]) -> None:
    text, context = reply
    noisy = data.draw(noise(text))
    said, plain = read(noisy, CONTEXTS[context]), read(text, CONTEXTS[context])
    assert visited(said) <= visited(plain), (noisy, summary(plain), summary(said))


@NOISE
@_SAME
@given(data=st.data(), reply=st.sampled_from(_DANGERS))
def test_no_noise_hides_a_danger(noise: Noise, data: st.DataObject, reply: tuple[str, str]) -> None:
    text, context = reply
    noisy = data.draw(noise(text))
    assert read(noisy, CONTEXTS[context]).urgent, noisy


@_SAME
@given(data=st.data())
def test_a_plain_answer_is_still_one_among_courtesies(data: st.DataObject) -> None:
    """A reader who asks back at every thank-you would keep all of the above."""
    text = data.draw(st.sampled_from(["521", "52 1", "52平安", "52①", "五十二 一", "521 老人平安", "521 看过了，都好"]))
    said = data.draw(st.sampled_from(_COURTESIES))
    glue = data.draw(st.sampled_from([" ", "，", "。", "\n", "！"]))
    for noisy in (f"{said}{glue}{text}", f"{text}{glue}{said}", f"{said}{glue}{text}{glue}{said}"):
        assert visited(read(noisy, CONTEXTS["two"])) == {52}, noisy
