"""Each kind of difference that I8 is to find, planted in the tables of a story and taken out again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from audit.checks import Check
from audit.invariants_money import money_is_decided
from audit.store import COUPON_USES, ENTITLEMENTS, LINES, LISTS, POLICIES, Snapshot, Store
from audit.verify import Report, verify


class Harm(NamedTuple):
    """`told`: what I8 must say of it."""

    done: Any
    told: str


def harms(march: date, june: date) -> Iterator[Harm]:
    """`june`: the list on which the change by age stood. E1 stands on each."""
    of = select(LISTS.c.sha256).where(LISTS.c.month == march, LISTS.c.state == "approved").scalar_subquery()
    line, given = LINES.c.sha256 == of, ENTITLEMENTS.c.elder_id == "E1"
    first, last = ENTITLEMENTS.c.row == "class_1", ENTITLEMENTS.c.row == "class_2"
    # A list whose lines are not what was decided when it was drawn, and whose hash they are not.
    yield Harm(
        update(LINES).where(line).values(fen=20001), f"{march:%Y-%m}的名单：E1 care_allowance {march:%Y-%m} 应发20000分"
    )
    yield Harm(update(LINES).where(line).values(fen=20001), f"{march:%Y-%m}的名单：所存的行与批准的合计或哈希不符")
    yield Harm(update(LINES).where(line).values(because="class_2"), "所存的行与批准的合计或哈希不符")
    yield Harm(delete(LINES).where(line), "应发20000分，名单共0分")
    yield Harm(update(LINES).where(line).values(elder_id="E9"), "E9：名单上有，没有任何决定")
    # A table that is not what was decided, and a next list that would not settle it.
    yield Harm(update(ENTITLEMENTS).where(given, first).values(fen=19999), "决定是class_1/20000/2038-05-01")
    yield Harm(
        update(ENTITLEMENTS).where(given, last).values(through=june), "E1 care_allowance 2038-06起：决定是class_2"
    )
    yield Harm(update(ENTITLEMENTS).where(given, last).values(through=june), "应发20000分，名单连同下次调整0分")
    yield Harm(delete(ENTITLEMENTS).where(given, first), "待遇表是没有")
    yield Harm(update(ENTITLEMENTS).where(given, last).values(held=True), "是否暂停，决定与待遇表不同")
    # A bill that no fact is about.
    bill = {
        "elder_id": "E1", "seq": 1, "code": "service_coupon", "bill": "B-1", "month": march, "on": march,
        "place": "home_community", "percent": 50, "bill_fen": 200, "paid_fen": 100, "left_fen": 79900,
        "recorded_by": "S-1", "recorded_at": datetime(2038, 3, 1, tzinfo=UTC),
    }  # fmt: skip
    yield Harm(insert(COUPON_USES).values(bill), "E1 第1条的账单：台账是没有，账单表是service_coupon/B-1/")
    # A list in force that nobody approved.
    yield Harm(update(LISTS).where(LISTS.c.month == march).values(state="approved"), "名单连同下次调整")


def told_of(store: Store, harm: Harm, report: Report, at: datetime) -> Check | None:
    """What I8 says while the harm is done."""
    with store.engine.connect() as connection:
        connection.execute(harm.done)
        return money_is_decided(Snapshot(connection, store.sealer), at, report)  # and nothing is committed


def redecided_otherwise(store: Store, at: datetime) -> list[str]:
    """What is told where the rules that a decision names say something else than they did."""
    with store.engine.begin() as connection:
        _class_1_gives_more(connection)
    report = verify(store, [], as_of=at)
    return [finding.told() for finding in report.findings if finding.check == "redecided"]


def _class_1_gives_more(connection: Connection) -> None:
    for row in connection.execute(select(POLICIES)).all():
        changed = row.content.replace("20000", "30000")
        connection.execute(update(POLICIES).where(POLICIES.c.hash == row.hash).values(content=changed))
