"""Task codes: the pair's own while it lasts, another's 60 days after; past two digits, three that hide none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, insert, select, update

from adapters.database import open_engine, writing
from adapters.sql_codes import code_for, retire
from decisions.reading import read
from models.reading import OpenTask, SenderContext, SenderKind
from models.tables import Area, CaseRow, Elder, Pairing, TaskCode, Volunteer, table_of
from models.values import VisitResult
from tests.activities.counties import AT

PHONE = "a" * 64
SINCE = date(2020, 1, 1)
OVER = AT + timedelta(days=61)


@pytest.fixture
def store(url: str) -> Iterator[Engine]:
    """One volunteer with one phone, and sixty elders, paired with nobody and never asked for."""
    engine = open_engine(url)
    with writing(engine) as c:
        for id_, kind, parent in (("C", "county", None), ("T", "township", "C"), ("W", "village", "T")):
            c.execute(insert(table_of(Area)).values(id=id_, kind=kind, name=id_, parent_id=parent, from_on=SINCE))
        c.execute(
            insert(table_of(Volunteer)).values(
                id="V-1", county_id="C", township_id="T", village_id="W", name_enc=b"x", sex="F", phone_enc=b"x",
                phone_index=PHONE, capacity=60, standing="",
            )
        )  # fmt: skip
        for n in range(60):
            c.execute(
                insert(table_of(Elder)).values(
                    id=f"E{n}", county_id="C", township_id="T", village_id="W", household_id=f"H{n}", name_enc=b"x",
                    id_number_enc=b"x", id_number_index=f"x{n}", phone_textable=False, born_on_enc=b"x", sex="F",
                    standing="case", standing_reason="", updated_at=AT,
                )
            )  # fmt: skip
    yield engine
    engine.dispose()


def test_a_code_is_another_elders_only_60_days_after_the_pair_has_ended(store: Engine) -> None:
    with writing(store) as c:
        assert code_for(c, PHONE, "E0", AT, 50) == 50
        assert code_for(c, PHONE, "E1", AT + timedelta(days=59), 50) == 51
        assert code_for(c, PHONE, "E2", AT + timedelta(days=60), 50) == 50
        assert code_for(c, PHONE, "E0", AT + timedelta(days=60), 50) == 52


def test_a_pair_that_stands_keeps_its_code_however_long_it_is_silent(store: Engine) -> None:
    with writing(store) as c:
        code_for(c, PHONE, "E0", AT, 50)
        c.execute(insert(table_of(Pairing)).values(volunteer_id="V-1", elder_id="E0", from_on=SINCE))
        assert (retire(c, OVER), code_for(c, PHONE, "E1", OVER, 50)) == (0, 51)
        c.execute(update(table_of(Pairing)).values(to_on=OVER.date()))
        assert retire(c, OVER + timedelta(days=59)) == 0
        assert retire(c, OVER + timedelta(days=121)) == 2
        assert c.execute(select(table_of(TaskCode).c.code)).all() == []


def test_with_the_case_the_pair_ends_even_if_nobody_ended_the_pairing(store: Engine) -> None:
    with writing(store) as c:
        code_for(c, PHONE, "E0", AT, 50)
        c.execute(insert(table_of(Pairing)).values(volunteer_id="V-1", elder_id="E0", from_on=SINCE))
        case = dict(
            elder_id="E0", county_id="C", township_id="T", village_id="W", status="closed", opened_at=AT, start_on=SINCE
        )
        c.execute(insert(table_of(CaseRow)).values(**case, closed_at=AT + timedelta(days=30), policy_hash="0" * 64))
        assert (retire(c, OVER), retire(c, AT + timedelta(days=90))) == (0, 1)


@pytest.mark.parametrize(("first", "two_digits"), [(50, 50), (60, 40)])
def test_past_the_range_three_digits_are_read_beside_all_the_two_digit_ones(
    store: Engine, first: int, two_digits: int
) -> None:
    with writing(store) as c:
        codes = [code_for(c, PHONE, f"E{n}", AT, first) for n in range(60)]
    assert codes[:two_digits] == list(range(first, 100))
    assert {len(str(code)) for code in codes[two_digits:]} == {3}
    tasks = tuple(
        OpenTask(code=code, elder_id=f"E{n}", person=f"王{chr(0x4E00 + n)}", visit_id=f"E{n}.2026-03", village="示例村")
        for n, code in enumerate(codes)
    )
    context = SenderContext(sender_kind=SenderKind.VOLUNTEER, open_tasks=tasks, counts_phone_calls=first == 60)
    for n, code in enumerate(codes):
        for text in (f"{code}1", f"{code} 1"):
            reading = read(text, context)
            assert reading.ask_back is None, (text, reading.ask_back)
            assert [(a.elder_id, a.result) for a in reading.answers] == [(f"E{n}", VisitResult.WELL)]
    both = read(f"{codes[0]}1{codes[-1]}1", context)
    assert [answer.elder_id for answer in both.answers] == ["E0", "E59"]
