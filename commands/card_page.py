"""A volunteer's card: the lines of it, as they are printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.sql_people import CardLine


def told(
    lines: Sequence[CardLine], duty: Sequence[str], codes: Mapping[str, str], *, counts_calls: bool
) -> tuple[list[list[str]], list[str]]:
    """A row for each elder, and what stands below them: the digits of an answer, and whom to call.

    `codes`: by elder, what opens the page of the visit that is asked for now.
    """
    rows = [
        [
            str(line.code) if line.code is not None else "（首次派单后给编号）",
            line.name, line.village, "；".join(line.doors) or "（名单没有写住址）",
            *([codes[line.elder_id]] if line.elder_id in codes else []),
        ]
        for line in lines
    ]  # fmt: skip
    call = " 5电话联系上" if counts_calls else ""
    return rows, [
        f"回复：编号加数字。1平安 2没见到 3要帮忙 4去不了{call}。记错了回编号加“错”。",
        f"值班电话：{'、'.join(duty) or '（岗位空缺）'}。有危险先打120或110。",
    ]
