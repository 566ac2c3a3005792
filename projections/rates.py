"""月探访率 as the county counts it. A percent is cut down, never up; nothing out of nothing is `-`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import AwareDatetime, computed_field
from sqlalchemy import Connection, Subquery, column, func, select, text

from decisions.deadlines import instant
from models.tables import Area, AreaName, FrozenRateRow, table_of
from models.values import Id, Value

AREAS, NAMES, FROZEN = table_of(Area), table_of(AreaName), table_of(FrozenRateRow)
SQL = Path(__file__).resolve().parent / "kpis" / "0001_month_visit_rate.sql"
ALL_AT_ONCE, ONE_BY_ONE = "AS MATERIALIZED (", "AS NOT MATERIALIZED ("


def _view(how: str) -> Subquery:
    """A row for everybody on the list of a month."""
    said = text(SQL.read_text(encoding="utf-8").replace(ALL_AT_ONCE, how))
    named = ("elder_id", "township_id", "village_id", "seen", "reason")
    return said.columns(*map(column, named)).subquery("elder")


OF_MONTH = _view(ALL_AT_ONCE)
ELDERS_OF_MONTH = _view(ONE_BY_ONE)
"""The same for a page of a list, which ends when it is full."""
BY = (OF_MONTH.c.township_id, OF_MONTH.c.village_id, OF_MONTH.c.reason)
COUNTS = select(*BY, func.count().label("listed"), func.sum(OF_MONTH.c.seen).label("seen")).group_by(*BY)
Place = tuple[Id, Id]  # township, village
TOTAL = "合计"
COLUMNS = ("乡镇（街道）", "严格口径", "已访/在册", "扣除口径", "已访/应访", "扣除事由及人数")


class Reason(StrEnum):
    """The closed list of what leaves an elder out of the adjusted rate. The view says which codes are which."""

    HOSPITAL = "hospital"
    AWAY = "away"
    IN_INSTITUTION = "in_institution"
    REFUSED = "refused"
    ENROLLED_LATE = "enrolled_late"
    DEATH = "death"
    MOVED = "moved"
    NOT_ELIGIBLE = "not_eligible"
    EMERGENCY_CALLED = "emergency_called"


WORDS: Mapping[Reason, str] = {
    Reason.HOSPITAL: "住院", Reason.AWAY: "外出", Reason.IN_INSTITUTION: "入住机构", Reason.REFUSED: "拒访",
    Reason.ENROLLED_LATE: "建档太晚", Reason.DEATH: "去世（含待核实）", Reason.MOVED: "迁出",
    Reason.NOT_ELIGIBLE: "不再符合条件", Reason.EMERGENCY_CALLED: "已打110/120",
}  # fmt: skip


class LeftOut(Value):
    reason: Reason
    word: str
    elders: int


class Rate(Value):
    """A month of one village or township, or, without an id, of more. `reasons` is the whole list, also what is 0."""

    township_id: Id | None
    village_id: Id | None = None
    name: str
    listed: int
    seen: int
    reasons: tuple[LeftOut, ...]

    @computed_field
    @property
    def excused(self) -> int:
        return sum(left_out.elders for left_out in self.reasons)

    @computed_field
    @property
    def expected(self) -> int:
        return self.listed - self.excused

    @computed_field
    @property
    def strict(self) -> str:
        return percent(self.seen, self.listed)

    @computed_field
    @property
    def adjusted(self) -> str:
        return percent(self.seen, self.expected)

    def told(self) -> tuple[str, ...]:
        """What stands under `COLUMNS`: both numbers beside each percent, each reason that occurs with its count."""
        named = "、".join(f"{left_out.word}{left_out.elders}" for left_out in self.reasons if left_out.elders)
        fractions = (self.strict, f"{self.seen}/{self.listed}", self.adjusted, f"{self.seen}/{self.expected}")
        return (self.name, *fractions, named or "无")


class MonthRate(Value):
    """`known_at`: what was recorded later is not in it."""

    month: str
    known_at: AwareDatetime
    townships: tuple[Rate, ...]
    total: Rate
    villages: tuple[Rate, ...] = ()


class FrozenRate(Value):
    """The same as it was when the month was closed; why somebody was excused was counted then, and is not kept."""

    township_id: Id | None
    name: str
    listed: int
    seen: int
    excused: int

    @computed_field
    @property
    def strict(self) -> str:
        return percent(self.seen, self.listed)

    @computed_field
    @property
    def adjusted(self) -> str:
        return percent(self.seen, self.listed - self.excused)

    def told(self) -> tuple[str, ...]:
        """What stands under `COLUMNS`, but for the last."""
        expected = self.listed - self.excused
        return (self.name, self.strict, f"{self.seen}/{self.listed}", self.adjusted, f"{self.seen}/{expected}")


class FrozenMonth(Value):
    """A closed month: a snapshot with its time. What was entered later stands beside it, never in it."""

    month: str
    known_at: AwareDatetime
    townships: tuple[FrozenRate, ...]
    total: FrozenRate

    def is_still(self, today: MonthRate) -> bool:
        """Nothing that was entered since makes a difference to a number."""
        now = {rate.township_id: (rate.listed, rate.seen, rate.excused) for rate in today.townships}
        return now == {rate.township_id: (rate.listed, rate.seen, rate.excused) for rate in self.townships}


def frozen_month(connection: Connection, county_id: Id, first: date) -> FrozenMonth | None:
    """None: it is not closed, or nobody was listed in it."""
    own = (FROZEN.c.county_id == county_id, FROZEN.c.month == first)
    rows = connection.execute(select(FROZEN).where(*own).order_by(FROZEN.c.township_id)).all()
    if not rows:
        return None
    names = names_on(connection, over(first) - timedelta(days=1))
    townships = tuple(
        FrozenRate(
            township_id=row.township_id, name=names.get(row.township_id) or row.township_id, listed=row.listed,
            seen=row.seen, excused=row.excused,
        )
        for row in rows
    )  # fmt: skip
    sums = {field: sum(getattr(rate, field) for rate in townships) for field in ("listed", "seen", "excused")}
    total = FrozenRate(township_id=None, name=TOTAL, **sums)
    return FrozenMonth(month=f"{first:%Y-%m}", known_at=rows[0].known_at, townships=townships, total=total)


def month_visit_rate(
    register: Connection, known: Connection, county_id: Id, first: date, known_at: datetime
) -> MonthRate:
    """A county's month that begins on `first`, by township and by village as they were that month and were called.

    `known` has the tables that the view reads as they were known at `known_at`: the store's own for now, else
    `audit.known.known_by`.
    """
    names = names_on(register, over(first) - timedelta(days=1))
    counted: defaultdict[Place, dict[str | None, tuple[int, int]]] = defaultdict(dict)
    for row in known.execute(COUNTS, month_of(county_id, first)):
        counted[row.township_id, row.village_id][row.reason] = (row.listed, row.seen)
    villages = tuple(_rate(place, names, counted[place]) for place in sorted(counted))
    townships = tuple(
        summed(names.get(id_) or id_, [rate for rate in villages if rate.township_id == id_], id_)
        for id_ in sorted({rate.township_id for rate in villages if rate.township_id is not None})
    )
    return MonthRate(
        month=f"{first:%Y-%m}", known_at=known_at, townships=townships, total=summed(TOTAL, townships),
        villages=villages,
    )  # fmt: skip


def over(first: date) -> date:
    """The first day of the month after."""
    return (first + timedelta(days=32)).replace(day=1)


def month_of(county_id: Id, first: date) -> dict[str, str]:
    """What the view asks for."""
    return {
        "starts_at": _stored(instant(first)), "ends_at": _stored(instant(over(first))), "first_on": first.isoformat(),
        "last_on": (over(first) - timedelta(days=1)).isoformat(), "county_id": county_id,
    }  # fmt: skip


def _rate(place: Place, names: Mapping[str, str], counted: Mapping[str | None, tuple[int, int]]) -> Rate:
    township_id, village_id = place
    return Rate(
        township_id=township_id, village_id=village_id, name=names.get(village_id) or village_id,
        listed=sum(listed for listed, _ in counted.values()), seen=sum(seen for _, seen in counted.values()),
        reasons=_reasons({reason: counted.get(reason.value, (0, 0))[0] for reason in Reason}),
    )  # fmt: skip


def summed(name: str, rates: Sequence[Rate], township_id: Id | None = None) -> Rate:
    left_out = [one for rate in rates for one in rate.reasons]
    return Rate(
        township_id=township_id, name=name, listed=sum(rate.listed for rate in rates),
        seen=sum(rate.seen for rate in rates),
        reasons=_reasons({reason: sum(one.elders for one in left_out if one.reason is reason) for reason in Reason}),
    )  # fmt: skip


def _reasons(elders: Mapping[Reason, int]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(reason=reason, word=WORDS[reason], elders=elders[reason]) for reason in Reason)


def names_on(connection: Connection, day: date) -> dict[str, str]:
    """What each area was called on a day: the last name it took by then, or the first it is known to have had."""
    present = select(AREAS.c.id, AREAS.c.from_on, AREAS.c.name)
    named = connection.execute(present.union_all(select(NAMES.c.area_id, NAMES.c.from_on, NAMES.c.name))).all()
    in_order = sorted(named, key=lambda row: row.from_on)
    first = {row.id: row.name for row in reversed(in_order)}
    return first | {row.id: row.name for row in in_order if row.from_on <= day}


def percent(part: int, whole: int) -> str:
    """`99.96%` shown with one place is 99.9 %, never 100."""
    if whole <= 0:
        return "-"
    return f"{part * 1000 // whole / 10:.1f}%"


def _stored(at: datetime) -> str:
    """As `models.tables.Instant` stores it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
