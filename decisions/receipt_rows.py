"""The rows of a benefit as a receipt tells them: each condition with its value, its source, and pass or fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from decisions.benefit_wording import SOURCES, a_month, condition, near_miss, value
from decisions.derived import Derived
from decisions.receipt import day, verdict
from models.benefits import Outcome, RowTrace, Tested
from models.receipts import Condition, Part


def parts(derived: Derived) -> Iterator[Part]:
    """Of what is given the row it is given by, of what is not every row."""
    unsettled = (trace for trace in derived.proposal.open_rows if trace.passed is not False)
    return rows_of(derived, shown(derived), unsettled)


def rows_of(derived: Derived, traces: Iterable[RowTrace], unsaid: Iterable[RowTrace]) -> Iterator[Part]:
    """These of its rows, and of the cases no rule speaks of."""
    rows, kind = {row.code: row for row in derived.benefit.rows}, derived.benefit.kind
    for trace in traces:
        row = rows[trace.row]
        yield _part(f"{_called(derived, row.code)}（{row.code}），{a_month(kind, row.fen)}", row.source, trace)
    for trace in unsaid:
        yield _part("没有规定的情形", "", trace)


def _called(derived: Derived, code: str) -> str:
    """A row by its place: a pack has codes for them and no names."""
    codes = [row.code for row in derived.benefit.rows]
    return f"规定的第{codes.index(code) + 1}种情形" if len(codes) > 1 else "规定的情形"


def near(derived: Derived) -> str | None:
    missed = derived.proposal.near
    if missed is None:
        return None
    of = f"（{_called(derived, missed.row)}）" if len(derived.benefit.rows) > 1 else ""
    return f"{near_miss(missed)}{of}"


def shown(derived: Derived) -> tuple[RowTrace, ...]:
    hit = derived.proposal.outcome is Outcome.ELIGIBLE
    return tuple(trace for trace in derived.proposal.rows if trace.passed or not hit)


def asked(trace: RowTrace) -> tuple[str, ...]:
    return tuple(each.fact for option in (trace.when, *trace.any) for each in option)


def _part(title: str, source: str, trace: RowTrace) -> Part:
    options = enumerate(trace.any, start=1)
    either = (_condition(each, n) for n, option in options for each in option)
    return Part(
        title=title, passed=trace.passed, verdict=verdict(trace.passed), source=source,
        conditions=(*(_condition(each) for each in trace.when), *either),
    )  # fmt: skip


def _condition(tested: Tested, option: int = 0) -> Condition:
    met = "不知道" if tested.value is None else value(tested.fact, tested.value)
    source = SOURCES.get(tested.source, tested.source)
    return Condition(
        words=condition(tested.fact, tested.op, tested.wanted).replace("：", "须为"), value=met,
        source=f"{source}，{day(tested.on)}" if tested.on else "", passed=tested.passed,
        verdict=verdict(tested.passed), option=option,
    )  # fmt: skip
