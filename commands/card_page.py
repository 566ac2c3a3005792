"""A volunteer's card as a page of A5 that any browser prints."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

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


def html(rows: Sequence[Sequence[str]], foot: Sequence[str]) -> str:
    cells = ("".join(f"<td>{escape(cell)}" for cell in row) for row in rows)
    return PAGE.format(rows="\n".join(f"<tr>{row}" for row in cells), foot="\n".join(f"<p>{escape(f)}" for f in foot))
