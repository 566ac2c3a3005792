"""A volunteer's card: the lines of it, and the same as a page of A5 that any browser prints."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from adapters.sql_people import CardLine

PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<title>结对卡</title>
<style>
@page {{ size: A5; margin: 12mm }}
body {{ font: 13pt/1.6 sans-serif; margin: 0 }}
table {{ border-collapse: collapse; width: 100% }}
td {{ border-bottom: 1px solid #999; padding: 2mm 1mm; vertical-align: top }}
td:first-child {{ font-size: 18pt; font-weight: bold; white-space: nowrap }}
tr {{ break-inside: avoid }}
</style>
<table>
{rows}
</table>
{foot}
</html>
"""


def told(lines: Sequence[CardLine], duty: Sequence[str], *, counts_calls: bool) -> tuple[list[list[str]], list[str]]:
    """A row for each elder, and what stands below them: the digits of an answer, and whom to call."""
    rows = [
        [
            str(line.code) if line.code is not None else "（首次派单后给编号）",
            line.name, line.village, "；".join(line.doors) or "（名单没有写住址）",
        ]
        for line in lines
    ]  # fmt: skip
    call = " 5电话联系上" if counts_calls else ""
    return rows, [
        f"回复：编号加数字。1平安 2没见到 3要帮忙 4去不了{call}。记错了回编号加“错”。",
        f"值班电话：{'、'.join(duty) or '（岗位空缺）'}。有危险先打120或110。",
    ]


def html(rows: Sequence[Sequence[str]], foot: Sequence[str]) -> str:
    cells = ("".join(f"<td>{escape(cell)}" for cell in row) for row in rows)
    return PAGE.format(rows="\n".join(f"<tr>{row}" for row in cells), foot="\n".join(f"<p>{escape(f)}" for f in foot))
