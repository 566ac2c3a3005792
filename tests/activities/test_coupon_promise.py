"""I8, of coupons: bills are paid within the month's ceiling as it was approved then, and each is in the table."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, update

from audit.checks import Check
from audit.invariants_money import money_is_decided
from audit.store import Store as Audited
from audit.store import snapshot
from audit.verify import Report
from models import events as e
from tests.activities.test_benefit_rows import APRIL, AT, COUNTY, COUPON, COUPON_USES, MARCH, Kept, proposed, store
from tests.activities.test_benefit_rows import kept as begun

__all__ = ["begun", "store"]  # fixtures

CHEAPER = proposed("moderate_or_worse", 40_000, APRIL)


@pytest.fixture
def kept(begun: Kept) -> Kept:
    """800 元 of March used up, one bill taken back and another in its place; 400 元 from April on, and 300 used."""
    begun.coupon()
    begun.uses("B-1", MARCH, 50_000, 30_000)
    begun.uses("B-2", MARCH, 30_000, 0)
    begun.tell(e.RedemptionTakenBack, code=COUPON, bill="B-1", on=MARCH, paid_fen=50_000)
    begun.uses("B-3", MARCH, 50_000, 0)
    begun.uses("B-4", APRIL, 30_000, 50_000)
    begun.tell(
        e.EntitlementChanged, COUNTY, code=COUPON, row="moderate_or_worse", fen=40_000, from_month=APRIL,
        proposed=CHEAPER,
    )  # fmt: skip
    return begun


def money(kept: Kept) -> Check:
    with snapshot(Audited(kept.store.engine, kept.store.sealer)) as held:
        check = money_is_decided(held, kept.now, Report((), {}))
    assert check is not None
    return check


def test_bills_within_their_ceilings_are_as_they_should_be(kept: Kept) -> None:
    check = money(kept)
    assert (check.offending, check.kept) == ((), True)
    assert "账单4" in check.promise and check.examined == 6  # the bills, and two amounts


def test_what_was_decided_later_makes_no_bill_of_before_wrong(kept: Kept) -> None:
    kept.tell(
        e.EntitlementChanged, COUNTY, code=COUPON, row="moderate_or_worse", fen=100, from_month=MARCH,
        proposed=CHEAPER,
    )  # fmt: skip
    assert money(kept).offending == ()


@pytest.mark.parametrize(
    ("bill", "on", "paid", "told"),
    [
        ("B-5", MARCH, 1, "E1 service_coupon 2026-03：账单共抵扣80001分，额度80000分"),
        ("B-5", APRIL, 10_001, "E1 service_coupon 2026-04：账单共抵扣40001分，额度40000分"),
        ("B-5", date(2026, 2, 28), 1, "E1 service_coupon 2026-02：账单共抵扣1分，额度0分"),
    ],
)
def test_a_bill_beyond_the_ceiling_is_named(kept: Kept, bill: str, on: date, paid: int, told: str) -> None:
    kept.uses(bill, on, paid, 0)
    assert money(kept).offending == (told,)


def test_a_bill_that_was_paid_more_than_its_share_is_named(kept: Kept) -> None:
    said = {"on": APRIL, "at": "institution", "percent": 40, "bill_fen": 99, "left_fen": 9_960}
    kept.tell(e.CouponRedeemed, code=COUPON, bill="B-5", paid_fen=40, **said)
    assert money(kept).offending == ("E1 service_coupon 账单B-5：抵扣40分，多于99分的40%",)


def row(bill: str, fen: int = 50_000, month: str = "2026-03") -> str:
    return f"service_coupon/{bill}/{month}-01/{fen}"


@pytest.mark.parametrize(
    ("bill", "harm", "told"),
    [
        ("B-3", update(COUPON_USES).values(paid_fen=49_999), f"台账是{row('B-3')}，账单表是{row('B-3', 49_999)}"),
        ("B-3", update(COUPON_USES).values(month=APRIL), f"台账是{row('B-3')}，账单表是{row('B-3', month='2026-04')}"),
        ("B-3", update(COUPON_USES).values(taken_back_at=AT), f"台账是{row('B-3')}，账单表是{row('B-3')}（已撤销）"),
        ("B-1", update(COUPON_USES).values(taken_back_at=None), f"台账是{row('B-1')}（已撤销），账单表是{row('B-1')}"),
        ("B-3", delete(COUPON_USES), f"台账是{row('B-3')}，账单表是没有"),
    ],
)
def test_a_row_that_is_not_what_was_recorded_is_named(kept: Kept, bill: str, harm: Any, told: str) -> None:
    kept.store.write(harm.where(COUPON_USES.c.bill == bill))
    [offending] = money(kept).offending
    assert offending.endswith(f"的账单：{told}")
