"""Rows by a die: what the check passes is a table, what it refuses is none."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from decisions.benefit import propose, ready
from models.benefits import BenefitRules
from policies.benefits import row_of
from policies.check import check
from policies.check_rows import MOST_CELLS
from tests.decisions.benefit_town import EXAMPLE, MARCH, benefit, sheet
from tests.decisions.planting import Toml, planted

B = "benefits"

BANDS = st.lists(st.tuples(st.integers(60, 100), st.integers(60, 100), st.booleans()), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(BANDS)
def test_the_check_passes_rows_exactly_where_nobody_is_hit_twice_and_no_age_between_is_left_out(
    bands: list[tuple[int, int, bool]],
) -> None:
    def table(toml: Toml) -> None:
        toml[B][0]["rows"] = [
            {
                "code": f"r{n}",
                "when": [
                    {"fact": "age", "op": ">=", "value": low},
                    {"fact": "age", "op": "<=", "value": high},
                    {"fact": "rural", "op": "=", "value": rural},
                ],
                "rule": "r",
                "fen": {"value": 100, "rule": "r"},
            }
            for n, (low, high, rural) in enumerate(bands)
        ]

    def hits(age: int, rural: bool) -> int:
        return sum(low <= age <= high and rural == own for low, high, own in bands)

    is_table = all(low <= high for low, high, _ in bands)
    for rural in (True, False):
        ages = [age for age in range(151) if hits(age, rural)]
        is_table &= all(hits(age, rural) == 1 for age in range(min(ages), max(ages) + 1)) if ages else True
    held = planted(table, EXAMPLE)
    problems = [problem for problem in check(held) if problem.where.startswith("benefits.care_allowance")]
    assert (problems == []) == is_table, problems
    if is_table:
        care = benefit(*map(row_of, held.file.benefits[0].rows))
        rules = BenefitRules(county="town", version="1", hash="0" * 64, month=MARCH, benefits=(care,))
        asked = ready(rules)[0]
        for low, high, rural in bands:
            for age in (low, high):
                born_on = date(MARCH.year - age, 1, 1)
                told = propose(asked, sheet(born_on=born_on, rural=rural))
                assert [trace.passed for trace in told.rows].count(True) == 1


def test_a_row_that_asks_too_much_at_once_is_refused_and_not_waited_for() -> None:
    def much(toml: Toml) -> None:
        facts = [("gb_score", n) for n in range(1, 90, 4)] + [("insurance_level", n) for n in range(1, 6)]
        facts += [("age", n) for n in range(61, 100, 2)] + [("bedridden_months", n) for n in range(1, 60, 3)]
        toml[B][0]["rows"][1]["any"] = [[{"fact": fact, "op": ">=", "value": n}] for fact, n in facts]

    problems = check(planted(much, EXAMPLE))
    assert [problem.where for problem in problems] == ["benefits.care_allowance"]
    assert "asks too much at once" in problems[0].what
    assert MOST_CELLS == 200_000
