"""The lines of a month's payment list: what is due by what is known now, less what approved lists hold. Pure.

So a frozen month is never written again: what became known late comes onto the next list, as 补发 or 追回.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from decisions.benefit_time import next_month, whole_months
from decisions.deadlines import months_after
from models.benefits import BenefitKind
from models.payments import Drawn, LineKind, Listed, PayLine, Span

Key = tuple[str, str]  # elder, code


class Drawing(NamedTuple):
    """`held`, `unstated`: entitlements that would have a line."""

    lines: tuple[PayLine, ...]
    held: int
    unstated: int


def draw(month: date, spans: Iterable[Span], listed: Iterable[Listed]) -> Drawing:
    """The list of `month`, by elder, benefit and month. `listed`: all that approved lists hold, of any month."""
    given: defaultdict[Key, list[Span]] = defaultdict(list)
    for span in spans:
        if span.kind is not BenefitKind.COUPON:
            given[span.elder_id, span.code].append(span)
    before: defaultdict[Key, dict[date, list[Listed]]] = defaultdict(dict)
    for each in listed:
        before[each.elder_id, each.code].setdefault(each.month, []).append(each)
    lines: list[PayLine] = []
    held = unstated = 0
    for key in sorted({*given, *before}):
        own = given.get(key, [])
        if any(span.held for span in own):
            held += 1
            continue
        unstated += any(span.fen is None and _covers(span, month) for span in own)
        lines += _lines(month, own, before.get(key, {}))
    return Drawing(tuple(lines), held, unstated)


class Paid(NamedTuple):
    """What approved lists hold of one benefit of one elder, in short: `months` with an amount, each month's summed."""

    first: date
    last: date
    months: int
    least_fen: int
    most_fen: int


def unsettled(spans: Sequence[Span], paid: Paid, month: date) -> tuple[Span, ...] | None:
    """What is left of the spans of one benefit of one elder to draw `month` from, with nothing listed before. None: it
    is not that plain, and what is listed must be looked at.

    Plain is one amount, listed to the fen for each month until the one before, or until it ended. That is nearly all.
    """
    [span, *others] = spans or (None,)
    if span is None or others or span.fen is None or span.held:
        return None
    before = months_after(month, -1)
    until = before if span.through is None else min(span.through, before)
    owed = Paid(span.from_month, until, whole_months(span.from_month, until) + 1, span.fen, span.fen)
    if paid != owed:
        return None
    return () if until < before else (span.model_copy(update={"from_month": month}),)


def _lines(month: date, spans: Sequence[Span], before: dict[date, list[Listed]]) -> Iterator[PayLine]:
    first = min((span.from_month for span in spans), default=month)
    months = {*_months(first, month), *(each for each in before if each <= month)}
    for each in sorted(months):
        span = next((span for span in reversed(spans) if _covers(span, each)), None)
        paid = before.get(each, [])
        owed = (span.fen or 0) if span else 0
        if span is not None and span.fen is None:
            continue  # nobody states how much: nothing is paid for it, and nothing is taken back
        missing = owed - sum(one.fen for one in paid)
        if missing:
            yield _line(month, each, missing, owed, span, spans, paid)


def _line(
    month: date, of: date, fen: int, owed: int, span: Span | None, spans: Sequence[Span], paid: Sequence[Listed]
) -> PayLine:
    kind = LineKind.CLAW_BACK if fen < 0 else LineKind.PAY if of == month else LineKind.BACK_PAY
    at = span or (spans[-1] if spans else paid[-1])
    ended = next((each.ended for each in reversed(spans) if each.ended), None)
    return PayLine(
        elder_id=at.elder_id, code=at.code, n=at.n, month=of, kind=kind, fen=fen, due_fen=owed, row=at.row,
        because=at.row if span else ended or "not_due", township_id=at.township_id, village_id=at.village_id,
        by_age=span is not None and span.by_age,
    )  # fmt: skip


def _covers(span: Span, month: date) -> bool:
    return span.from_month <= month and (span.through is None or month <= span.through)


def _months(first: date, last: date) -> Iterator[date]:
    month = first
    while month <= last:
        yield month
        month = next_month(month)


def drawn(drawing: Drawing) -> Drawn:
    """What is recorded of it: totals, and the hash of its lines in their order."""
    lines = drawing.lines
    return Drawn(
        sha256=sha256_of(lines), lines=len(lines),
        fen=sum(line.fen for line in lines if line.fen > 0),
        back_pay_fen=sum(line.fen for line in lines if line.kind is LineKind.BACK_PAY),
        claw_back_fen=sum(line.fen for line in lines if line.kind is LineKind.CLAW_BACK),
        held=drawing.held, unstated=drawing.unstated,
    )  # fmt: skip


def sha256_of(lines: Iterable[PayLine]) -> str:
    """Of the lines as canonical JSON, one a row."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(json.dumps(line.model_dump(mode="json"), ensure_ascii=False, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()


def unlike(lines: Iterable[PayLine], today: Iterable[PayLine]) -> int:
    """How many lines of a list would not be drawn so by what is known today. What would be added is on the next."""
    now = {(line.elder_id, line.code, line.month): line.fen for line in today}
    return sum(now.get((line.elder_id, line.code, line.month), 0) != line.fen for line in lines)
