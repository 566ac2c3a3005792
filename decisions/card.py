"""What stands on a volunteer's card: a row for each elder, the digits of an answer, whom to call."""

from __future__ import annotations

from decisions.words import dialled
from models.shown import CardShown


def told(card: CardShown) -> tuple[list[list[str]], list[str]]:
    """The rows, each with the code of its page where one may be opened, and what stands below them."""
    rows = [
        [
            str(line.code) if line.code is not None else "（首次派单后给编号）",
            line.name, line.village, "；".join(line.doors) or "（名单没有写住址）",
            *([card.codes[line.elder_id]] if line.elder_id in card.codes else []),
        ]
        for line in card.lines
    ]  # fmt: skip
    call = " 5电话联系上" if card.counts_calls else ""
    return rows, [
        f"回复：编号加数字。1平安 2没见到 3要帮忙 4去不了{call}。记错了回编号加“错”。",
        f"值班电话：{'、'.join(map(dialled, card.duty)) or '（岗位空缺）'}。有危险先打120或110。",
    ]
