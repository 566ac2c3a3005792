"""A receipt as plain text, for a screen or a printer that has nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from models.receipts import Cited, Condition, Part, Receipt

DECIDED, REASON, NEAR, LAW, OBJECT = "决定", "理由", "还差多少", "依据", "怎样申诉"


def receipt_text(receipt: Receipt) -> str:
    return "\n".join(_lines(receipt))


def _lines(receipt: Receipt) -> Iterator[str]:
    yield f"{receipt.county}  {receipt.title}"
    yield f"编号：{receipt.number}"
    yield f"姓名：{receipt.whom}"
    yield f"{DECIDED}：{receipt.decided}"
    yield f"      {receipt.given}"
    if receipt.reason:
        yield f"{REASON}：{receipt.reason}"
    yield from (f"{told.label}：{told.words}" for told in receipt.told)
    if receipt.near:
        yield f"{NEAR}：{receipt.near}"
    for part in receipt.parts:
        yield from _part(part)
    yield f"{LAW}：{receipt.document}，{receipt.version}版"
    yield from (f"  {_cited(cited)}" for cited in receipt.cited)
    yield f"{OBJECT}：{receipt.objection}"
    yield from receipt.marks
    yield f"规定校验码：{receipt.hash}"
    yield f"台账校验码：{receipt.chained}"


def _part(part: Part) -> Iterator[str]:
    yield f"{part.title}{f'：{part.verdict}' if part.verdict else ''}"
    yield from (f"  {_condition(each)}" for each in part.conditions)
    if part.source:
        yield f"  {LAW}：{part.source}"


def _condition(each: Condition) -> str:
    option = f"或者（{each.option}）" if each.option else ""
    source = f"（{each.source}）" if each.source else ""
    return f"{option}{each.words}：{each.value}{f'，{each.verdict}' if each.verdict else ''}{source}"


def _cited(cited: Cited) -> str:
    words = f"{cited.words}" if cited.words else ""
    return f"{cited.what}：{words}（{cited.source}）"
