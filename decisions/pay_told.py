"""A payment list in words and sums: what a line is called, and what lines come to by benefit or township."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from decisions.closed_words import END_CAUSES
from models.payments import LineKind, PayLine

NOT_DUE = "不再应发"
BY_AGE = "满龄变更，随名单批准"


class PayWords(NamedTuple):
    """By the packs in force: what each benefit is called, by code, and each row in words, by benefit and row."""

    benefits: Mapping[str, str]
    rows: Mapping[tuple[str, str], str]

    def benefit(self, line: PayLine) -> str:
        return self.benefits.get(line.code, line.code)

    def why(self, line: PayLine) -> str:
        """The row it is given by; of what is taken back, why it has ended."""
        ends = {why.value: said for why, said in END_CAUSES.items()} | {"not_due": NOT_DUE}
        said = ends.get(line.because) or self.rows.get((line.code, line.because)) or line.because
        return f"{said}（{BY_AGE}）" if line.by_age else said


class Summed(NamedTuple):
    """Lines of one township, benefit and kind, counted and summed; `by_age`: how many of them are so."""

    township_id: str
    code: str
    kind: str
    lines: int
    fen: int
    by_age: int


def totals(rows: Iterable[Summed], of: Callable[[Summed], str], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """One for each, by id: what is paid, back pay, taken back, and the sum of these."""
    own: defaultdict[str, list[Summed]] = defaultdict(list)
    for row in rows:
        own[of(row)].append(row)
    return [
        {"id": id_, "name": names.get(id_, id_), "lines": sum(row.lines for row in held)}
        | {"fen": sum(row.fen for row in held)}
        | {f"{kind.value}_fen": sum(row.fen for row in held if row.kind == kind) for kind in LineKind}
        | {f"{kind.value}_lines": sum(row.lines for row in held if row.kind == kind) for kind in LineKind}
        for id_, held in sorted(own.items())
    ]


def sums(rows: Iterable[Summed]) -> dict[str, int]:
    """As a list has them of all its lines: `fen` is what is paid, back pay in it; `claw_back_fen` apart."""
    held = list(rows)

    def of(*kinds: LineKind) -> int:
        return sum(row.fen for row in held if row.kind in kinds)

    return {
        "lines": sum(row.lines for row in held), "fen": of(LineKind.PAY, LineKind.BACK_PAY),
        "back_pay_fen": of(LineKind.BACK_PAY), "claw_back_fen": of(LineKind.CLAW_BACK),
    }  # fmt: skip
