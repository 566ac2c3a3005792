"""The lines of a payment list: what is due less what is listed, to the fen."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.pay_list import Paid, draw, drawn, sha256_of, unlike, unsettled
from models.benefits import BenefitKind
from models.payments import LineKind, Listed, PayLine, Span


def month(number: int, year: int = 2026) -> date:
    return date(year, number, 1)


def span(first: date, through: date | None = None, fen: int | None = 20000, **more: Any) -> Span:
    values = {
        "elder_id": "E1", "code": "care", "n": 1, "kind": BenefitKind.NURSING, "row": "class_1", "fen": fen,
        "from_month": first, "through": through, "held": False, "ended": None, "township_id": "T1",
        "village_id": "W1", **more,
    }  # fmt: skip
    return Span.model_validate(values)


def listed(*lines: PayLine) -> list[Listed]:
    """What stands on these lines, as an approved list."""
    sums: defaultdict[tuple[str, str, date], list[PayLine]] = defaultdict(list)
    for line in lines:
        sums[line.elder_id, line.code, line.month].append(line)
    return [
        Listed(
            elder_id=elder, code=code, n=held[0].n, month=of, fen=sum(line.fen for line in held), row=held[-1].row,
            township_id="T1", village_id="W1",
        )
        for (elder, code, of), held in sums.items()
    ]  # fmt: skip


def told(lines: tuple[PayLine, ...]) -> list[tuple[str, date, int]]:
    return [(line.kind.value, line.month, line.fen) for line in lines]


def test_a_month_is_listed_once() -> None:
    spans = [span(month(3))]
    first = draw(month(3), spans, [])
    assert told(first.lines) == [("pay", month(3), 20000)]
    assert draw(month(3), spans, listed(*first.lines)).lines == ()
    assert told(draw(month(4), spans, listed(*first.lines)).lines) == [("pay", month(4), 20000)]


def test_what_was_approved_late_is_back_pay() -> None:
    lines = draw(month(5), [span(month(3))], []).lines
    assert told(lines) == [("back_pay", month(3), 20000), ("back_pay", month(4), 20000), ("pay", month(5), 20000)]
    total = drawn(draw(month(5), [span(month(3))], []))
    assert (total.fen, total.back_pay_fen, total.claw_back_fen, total.lines) == (60000, 40000, 0, 3)


def test_a_death_told_in_the_third_month_after_comes_back_to_the_fen() -> None:
    paid = [line for m in range(3, 12) for line in draw(month(m), [span(month(m), month(m))], []).lines]
    stopped = [span(month(3), month(9), ended="death")]
    lines = draw(month(12), stopped, listed(*paid)).lines
    assert told(lines) == [("claw_back", month(10), -20000), ("claw_back", month(11), -20000)]
    assert {line.because for line in lines} == {"death"}
    assert drawn(draw(month(12), stopped, listed(*paid))).fen == 0


def test_another_amount_from_an_earlier_month_is_the_difference() -> None:
    paid = [line for m in (3, 4) for line in draw(month(m), [span(month(m), month(m))], []).lines]
    raised = [span(month(3), month(3)), span(month(4), None, 22000, row="class_2")]
    assert told(draw(month(5), raised, listed(*paid)).lines) == [
        ("back_pay", month(4), 2000), ("pay", month(5), 22000),
    ]  # fmt: skip


def test_what_was_never_due_at_all_comes_back_whole() -> None:
    paid = draw(month(3), [span(month(3))], []).lines
    lines = draw(month(4), [span(month(3), month(2), ended="false_papers")], listed(*paid)).lines
    assert told(lines) == [("claw_back", month(3), -20000)]


def test_what_is_held_is_neither_paid_nor_taken_back_until_it_is_clear() -> None:
    paid = draw(month(9), [span(month(9))], []).lines
    held = draw(month(10), [span(month(9), held=True)], listed(*paid))
    assert (held.lines, held.held) == ((), 1)
    undone = draw(month(11), [span(month(9))], listed(*paid)).lines
    assert told(undone) == [("back_pay", month(10), 20000), ("pay", month(11), 20000)]


def test_an_amount_nobody_states_is_not_paid_and_counted() -> None:
    drawing = draw(month(3), [span(month(3), fen=None)], [])
    assert (drawing.lines, drawing.unstated) == ((), 1)


def test_a_coupon_is_on_no_list() -> None:
    assert draw(month(3), [span(month(3), kind=BenefitKind.COUPON, fen=80000)], []).lines == ()


def test_what_an_age_brings_stands_on_the_list_and_is_approved_with_it() -> None:
    rolls = [span(month(3), month(5)), span(month(6), None, 20000, row="class_2", by_age=True)]
    lines = draw(month(6), rolls, listed(*draw(month(5), [span(month(3), month(5))], []).lines)).lines
    assert [(line.row, line.by_age, line.fen) for line in lines] == [("class_2", True, 20000)]


def test_a_list_stands_while_each_of_its_lines_would_be_drawn_so_today() -> None:
    both = draw(month(3), [span(month(3)), span(month(3), elder_id="E2")], []).lines
    one, less = both[:1], draw(month(3), [span(month(3), None, 19000)], []).lines
    assert unlike(both, both) == unlike(one, both) == unlike((), both) == 0
    assert (unlike(both, one), unlike(one, less), unlike(both, ())) == (1, 1, 2)


def test_the_hash_is_of_every_line_in_its_order() -> None:
    one, two = (draw(month(3), [span(month(3), elder_id=elder)], []).lines for elder in ("E1", "E2"))
    both = draw(month(3), [span(month(3), elder_id="E2"), span(month(3))], []).lines
    assert both == (*one, *two)
    hashes = {sha256_of(lines) for lines in (one, two, both, tuple(reversed(both)), ())}
    assert len(hashes) == 5


SPANS = st.lists(
    st.builds(
        lambda first, length, fen: span(month(first), month(first + length) if length < 4 else None, fen * 100),
        st.integers(1, 6), st.integers(0, 4), st.integers(0, 500),
    ),
    max_size=3,
)  # fmt: skip


@given(st.lists(SPANS, min_size=1, max_size=6))
def test_whatever_becomes_known_all_lists_together_are_what_is_due_at_the_end(knowledge: list[list[Span]]) -> None:
    lines: list[PayLine] = []
    for number, spans in enumerate(knowledge, 1):
        lines += draw(month(number), spans, listed(*lines)).lines
    last = month(len(knowledge))
    due: defaultdict[date, int] = defaultdict(int)
    for number in range(1, len(knowledge) + 1):
        own = [each for each in knowledge[-1] if each.from_month <= month(number) <= (each.through or last)]
        if own:
            due[month(number)] = own[-1].fen or 0
    sums: defaultdict[date, int] = defaultdict(int)
    for line in lines:
        sums[line.month] += line.fen
    assert {of: fen for of, fen in sums.items() if fen} == {of: fen for of, fen in due.items() if fen}


@pytest.mark.parametrize("kind", LineKind)
def test_only_what_is_taken_back_is_below_nothing(kind: LineKind) -> None:
    paid = [line for m in (3, 4) for line in draw(month(m), [span(month(m), month(m))], []).lines]
    spans = [span(month(2), month(3), 21000), span(month(5))]
    lines = [line for line in draw(month(5), spans, listed(*paid)).lines if line.kind is kind]
    assert lines and all((line.fen < 0) is (kind is LineKind.CLAW_BACK) for line in lines)


# --- what is plain is drawn without looking at every line that was listed ---------------------------------------------

MONTHS = st.integers(1, 9).map(month)


@given(
    first=MONTHS, through=st.none() | MONTHS, fen=st.sampled_from([None, 10000, 20000]), held=st.booleans(),
    paid=st.dictionaries(MONTHS, st.sampled_from([0, 10000, 20000])), to=MONTHS, settle=st.booleans(),
)  # fmt: skip
def test_in_short_the_same_lines_are_drawn(
    first: date, through: date | None, fen: int | None, held: bool, paid: dict[date, int], to: date, settle: bool
) -> None:
    own = [span(first, through, fen, held=held, ended="death" if through else None)]
    if settle:  # a random history is hardly ever in order
        until = min(through or to, to)
        paid = {month(n): fen or 0 for n in range(first.month, until.month + 1) if month(n) < to}
    before = [
        Listed(
            elder_id="E1", code="care", n=1, month=of, fen=amount, row="class_1", township_id="T1", village_id="W1"
        )
        for of, amount in paid.items()
    ]  # fmt: skip
    if not paid:
        return
    amounts = paid.values()
    left = unsettled(own, Paid(min(paid), max(paid), len(paid), min(amounts), max(amounts)), to)
    if left is not None:
        assert draw(to, left, []) == draw(to, own, before)


def test_an_amount_that_was_listed_for_every_month_is_plain_and_one_with_a_gap_or_a_difference_is_not() -> None:
    own = [span(month(3))]
    plain = Paid(month(3), month(5), 3, 20000, 20000)
    assert unsettled(own, plain, month(6)) == (span(month(6)),)
    assert unsettled([span(month(3), month(5))], plain, month(8)) == ()
    for other in (
        plain._replace(months=2), plain._replace(least_fen=0), plain._replace(most_fen=30000),
        plain._replace(first=month(2), months=4), plain._replace(last=month(6), months=4),
    ):  # fmt: skip
        assert unsettled(own, other, month(6)) is None
    assert unsettled([], plain, month(6)) is None
    assert unsettled([*own, span(month(5))], plain, month(6)) is None
    assert unsettled([span(month(3), held=True)], plain, month(6)) is None
