"""Our own text quoted back is cut before anything is read: it holds all four digits and the number 120."""

from __future__ import annotations

import re
import unicodedata

from decisions.wording import TEMPLATES

_NUMBER_HOLES = ("code", "count")


def _whole(template: str) -> str:
    """A pattern for a template with anything short in its holes."""
    pattern = ""
    for index, piece in enumerate(re.split(r"\{(\w+)\}", template)):
        if index % 2 == 0:
            pattern += re.escape(unicodedata.normalize("NFKC", piece))
        else:
            pattern += r"\d{1,3}" if piece in _NUMBER_HOLES else r"[^【】\n]{1,160}?"
    return pattern


_LONGEST_FIRST = sorted(dict.fromkeys(TEMPLATES.values()), key=lambda template: (-len(template), template))
_WHOLE = re.compile(r"(?:【[^】\n]{1,30}】)?(?:" + "|".join(_whole(template) for template in _LONGEST_FIRST) + ")")
_PIECE = re.compile(
    r"(?:平安|没见到|要帮忙|去不了|联系上)回\d{2,3}|见到回\d{2,4}|回编号加|编号加数字|1平安2没见到|2没见到3要帮忙|3要帮忙4去不了"
    r"|编号见结对卡|前请看望|请在.{1,20}前看望|记错了请回|您这里有:|还没收到回复。|请先打120或110"
)


def cut_own_text(plain: str) -> tuple[str, bool]:
    """The text without ours, and whether any was there. Expects `plain_text`.

    Of a quote cut short, its whole line goes (what stands before our signature stays): half a sentence of ours
    ends in digits that nobody meant.
    """
    rest = _WHOLE.sub("\n", plain)
    kept: list[str] = []
    for line in rest.split("\n"):
        before, signature, _ = line.partition("【")
        if signature and _PIECE.search(before) is None:
            kept.append(before)
        elif _PIECE.search(line) is None:
            kept.append(line)
    left = "\n".join(kept)
    return left, left != plain
