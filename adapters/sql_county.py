"""What a county's months ask of the store: its rules, a month of visits, a list of payments. It writes a list's lines.

A list is drawn elder by elder in order of their ids, so many at a time: what is kept in memory is the list and a chunk
of what it comes of, however many months have been listed. Its lines are stored under their own hash, so whoever draws
the same once more (a repeated look-up, a replay of the engine) finds them there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Row, func, or_, select

from adapters.database import patient, reading, writing
from adapters.sql_duty import at_post, away_on
from adapters.sql_letters import insert_new
from adapters.sql_policies import SliceOf, Slices, covers_none
from decisions import edition
from decisions.deadlines import months_after
from decisions.pay_list import Drawing, Key, Paid, draw, drawn, sha256_of, unlike, unsettled
from models.benefits import BenefitKind
from models.county_messages import CountyBriefing, CountyQuestion
from models.errors import Fault, TanfangFault
from models.payments import AgeChange, CountyRules, Drawn, Listed, MonthSnapshot, PayLine, Span, TownshipRate
from models.policy import PolicySlice
from models.tables import Elder, EntitlementRow, PayLineRow, PayListRow, table_of
from models.values import Role
from projections.rates import month_visit_rate

ELDERS, ENTITLEMENTS = table_of(Elder), table_of(EntitlementRow)
LINES, LISTS = table_of(PayLineRow), table_of(PayListRow)
OF_LIST = LISTS.c.sha256 == LINES.c.sha256
AT_ONCE = 1000  # elders read, and lines written
T = TypeVar("T")


class SqlCounty:
    def __init__(
        self,
        engine: Engine,
        slice_of: SliceOf,
        rules_of: Callable[[str], CountyRules],
        civil_day: Callable[[datetime], date],
        covers: Callable[[str], Collection[str]] = covers_none,
    ) -> None:
        """`rules_of(pack content)`; the rest as for `sql_policies.Slices`."""
        self._engine = engine
        self._slices = Slices(slice_of, covers)
        self._rules_of = rules_of
        self._civil_day = civil_day
        self._rules: dict[str, CountyRules] = {}

    def brief(self, question: CountyQuestion) -> CountyBriefing:
        """Raises TanfangFault: POLICY_NOT_IN_STORE when no pack is active; LINES_MISSING as `list_of`."""
        day = self._civil_day(question.at)
        with reading(self._engine) as connection:
            policy, rules = self._law(connection, question, day)
            snapshot = _snapshot(connection, question) if question.close else None
            drawing = list_of(connection, question.county_id, question.draw) if question.draw else None
            changes, unlike = _stands(connection, question)
            owner = _owner(connection, question.remind, question.county_id, day) if question.remind else None
        return CountyBriefing(
            policy=policy, rules=rules, snapshot=snapshot, drawn=self.keep(drawing) if drawing else None,
            changes=changes, unlike=unlike, owner=owner, edition=edition.newest(),
        )  # fmt: skip

    def _law(
        self, connection: Connection, question: CountyQuestion, day: date
    ) -> tuple[PolicySlice | None, CountyRules | None]:
        """Slice and rules of one pack; neither where the slice is known to who asks."""
        if not question.law:
            return None, None
        hash_ = self._slices.pack_of(connection, question.county_id, day)
        policy, digest = self._slices.of(connection, hash_, day.year, "")
        if digest == question.known_policy:
            return None, None
        if hash_ not in self._rules:
            self._rules[hash_] = self._rules_of(self._slices.content_of(connection, hash_))
        return policy, self._rules[hash_]

    def keep(self, drawing: Drawing) -> Drawn:
        """Store its lines under their hash; what is there already stays."""
        total = drawn(drawing)
        for lines in _many(tuple(enumerate(drawing.lines))):
            self._keep(total.sha256, lines)
        return total

    @patient
    def _keep(self, sha256: str, lines: Sequence[tuple[int, PayLine]]) -> None:
        rows = [{"sha256": sha256, "seq": seq, **line.model_dump()} for seq, line in lines]
        with writing(self._engine) as connection:
            insert_new(connection, LINES, rows)


def _snapshot(connection: Connection, question: CountyQuestion) -> MonthSnapshot:
    assert question.close is not None
    rate = month_visit_rate(connection, connection, question.county_id, question.close, question.at)
    townships = tuple(
        TownshipRate(township_id=one.township_id, listed=one.listed, seen=one.seen, excused=one.excused)
        for one in rate.townships
        if one.township_id is not None
    )
    return MonthSnapshot(month=question.close, known_at=question.at, townships=townships)


def _stands(connection: Connection, question: CountyQuestion) -> tuple[tuple[AgeChange, ...], int]:
    """The changes by age that are still proposed as they stand on the list; and how many lines are not due so today."""
    if question.stands is None or question.of_month is None:
        return (), 0
    kept = select(LINES).where(LINES.c.sha256 == question.stands).order_by(LINES.c.seq)
    lines = [PayLine.model_validate(row, from_attributes=True) for row in connection.execute(kept)]
    today = list_of(connection, question.county_id, question.of_month)
    aged = {(line.elder_id, line.code, line.row) for line in lines if line.by_age}
    changes = tuple(one for one in _proposed(connection, lines) if (one.elder_id, one.code, one.row) in aged)
    return changes, unlike(lines, today.lines) + (sha256_of(lines) != question.stands)


def _proposed(connection: Connection, lines: Sequence[PayLine]) -> Iterator[AgeChange]:
    """The changes by age that wait, of whom a line says so."""
    for some in _many(sorted({line.elder_id for line in lines if line.by_age})):
        own = (ENTITLEMENTS.c.elder_id.in_(some), ENTITLEMENTS.c.change_by_age.is_(True))
        for row in connection.execute(select(ENTITLEMENTS).where(*own).order_by(ENTITLEMENTS.c.elder_id)):
            yield AgeChange(
                elder_id=row.elder_id, code=row.code, row=row.change, fen=row.change_fen, month=row.change_month
            )


def _owner(connection: Connection, role: Role, county_id: str, day: date) -> str | None:
    """Where nobody holds it, the county officer."""
    away = away_on(connection, day)
    found = (at_post(connection, each, county_id, away) for each in (role, Role.COUNTY_OFFICER))
    return next((stands.staff_id for stands in found if stands is not None), None)


# --- drawing ---------------------------------------------------------------------------------------------------------


def list_of(connection: Connection, county_id: str, month: date) -> Drawing:
    """Raises TanfangFault(LINES_MISSING) where an approved list has not all its lines: they would be paid again."""
    if (lacking := _without_its_lines(connection, county_id)) is not None:
        raise TanfangFault(Fault.LINES_MISSING, f"{county_id} {lacking:%Y-%m}")
    return drawing_of(connection, county_id, month)


def drawing_of(connection: Connection, county_id: str, month: date, elders: Sequence[str] | None = None) -> Drawing:
    """Of these elders, else all of the county, in the order of `pay_list.draw`, which each is drawn by on their own."""
    whose = _elders(connection, county_id) if elders is None else elders
    parts = [_part(connection, county_id, some, month) for some in _many(whose)]
    return Drawing(
        lines=tuple(line for part in parts for line in part.lines),
        held=sum(part.held for part in parts),
        unstated=sum(part.unstated for part in parts),
    )


def due_in_all(connection: Connection, county_id: str, month: date) -> Drawing:
    """What is due in all, of every month up to this one, by what is known now: as if nothing had been listed yet."""
    spans = (span for elders in _many(_elders(connection, county_id)) for span in _spans(connection, elders, month))
    return draw(month, spans, ())


def _part(connection: Connection, county_id: str, elders: Sequence[str], month: date) -> Drawing:
    """Only of whom it makes a difference is every listed line read: years of lists cost little more than the first."""
    given: defaultdict[Key, list[Span]] = defaultdict(list)
    for span in _spans(connection, elders, month):
        given[span.elder_id, span.code].append(span)
    open_: set[Key] = set()
    for key, paid in _paid(connection, county_id, elders):
        left = unsettled(given[key], paid, month)
        if left is None:
            open_.add(key)
        else:
            given[key] = list(left)
    listed = _listed(connection, county_id, sorted({elder for elder, _ in open_}))
    spans = (span for own in given.values() for span in own)
    return draw(month, spans, (one for one in listed if (one.elder_id, one.code) in open_))


def _without_its_lines(connection: Connection, county_id: str) -> date | None:
    """The month of the first approved list whose lines are not those that were counted."""
    kept = select(LINES.c.sha256, func.count().label("lines"), func.sum(LINES.c.fen).label("fen"))
    lines = kept.group_by(LINES.c.sha256).subquery()
    differs = or_(
        func.coalesce(lines.c.lines, 0) != LISTS.c.lines,
        func.coalesce(lines.c.fen, 0) != LISTS.c.fen + LISTS.c.claw_back_fen,
    )
    query = select(func.min(LISTS.c.month)).select_from(LISTS.outerjoin(lines, lines.c.sha256 == LISTS.c.sha256))
    return connection.execute(query.where(*_approved(county_id), differs)).scalar()


def _elders(connection: Connection, county_id: str) -> list[str]:
    """Whom something was ever given to; sorted here, because a database sorts as its language does."""
    query = select(ENTITLEMENTS.c.elder_id).distinct().join(ELDERS, ELDERS.c.id == ENTITLEMENTS.c.elder_id)
    return sorted(connection.execute(query.where(ELDERS.c.county_id == county_id)).scalars())


def _spans(connection: Connection, elders: Sequence[str], month: date) -> Iterator[Span]:
    """In the order in which they were given, so that of two for one month the later one holds."""
    own = ENTITLEMENTS.c.elder_id.in_(elders)
    order = (ENTITLEMENTS.c.elder_id, ENTITLEMENTS.c.code, ENTITLEMENTS.c.n, ENTITLEMENTS.c.from_month)
    for row in connection.execute(select(ENTITLEMENTS).where(own).order_by(*order)):
        yield from _of_row(row, month)


def _of_row(row: Row[Any], month: date) -> Iterator[Span]:
    """The amount as it was approved; from the month of a change by age on, as it is proposed."""
    span = Span(
        elder_id=row.elder_id, code=row.code, n=row.n, kind=BenefitKind(row.kind), row=row.row, fen=row.fen,
        from_month=row.from_month, through=row.through, held=row.held, ended=row.end_cause,
        township_id=row.township_id, village_id=row.village_id,
    )  # fmt: skip
    if not row.change_by_age or row.change_month > month:
        yield span
        return
    yield span.model_copy(update={"through": months_after(row.change_month, -1)})
    changed = {"row": row.change, "fen": row.change_fen, "from_month": row.change_month, "by_age": True}
    yield span.model_copy(update=changed)


def _paid(connection: Connection, county_id: str, elders: Sequence[str]) -> Iterator[tuple[Key, Paid]]:
    """What approved lists hold, in short, of each benefit of each.

    By the elders' own lines, each as often as its list stands: going through every list would take longer each month.
    """
    times = select(func.count()).where(OF_LIST, *_approved(county_id)).correlate(LINES).scalar_subquery()
    key = (LINES.c.elder_id, LINES.c.code)
    own = select(*key, LINES.c.month, (LINES.c.fen * times).label("fen"), times.label("times"))
    line = own.where(LINES.c.elder_id.in_(elders)).subquery().c
    month = (
        select(line.elder_id, line.code, line.month, func.sum(line.fen).label("fen"))
        .where(line.times > 0)
        .group_by(line.elder_id, line.code, line.month)
        .subquery()
        .c
    )
    of = (month.elder_id, month.code)
    short = (func.min(month.month), func.max(month.month), func.count(), func.min(month.fen), func.max(month.fen))
    for row in connection.execute(select(*of, *short).group_by(*of)):
        yield (row[0], row[1]), Paid(row[2], row[3], row[4], row[5], row[6])


def _listed(connection: Connection, county_id: str, elders: Sequence[str]) -> Iterator[Listed]:
    """The same line by line: of one month those of the list that was approved last come last.

    A list that stands twice, with the same lines, holds them twice.
    """
    stand: defaultdict[str, list[date]] = defaultdict(list)
    for row in connection.execute(select(LISTS.c.sha256, LISTS.c.month).where(*_approved(county_id))):
        stand[row.sha256].append(row.month)
    rows = connection.execute(select(LINES).where(LINES.c.elder_id.in_(elders))).all()
    held = [(month, row) for row in rows for month in stand.get(row.sha256, ())]
    held.sort(key=lambda each: (each[1].elder_id, each[1].code, each[1].month, each[0], each[1].seq))
    yield from (Listed.model_validate(row, from_attributes=True) for _, row in held)


def _approved(county_id: str) -> tuple[ColumnElement[bool], ...]:
    """A list that holds."""
    return LISTS.c.county_id == county_id, LISTS.c.state == "approved"


def _many(all_: Sequence[T]) -> Iterator[Sequence[T]]:
    return (all_[first : first + AT_ONCE] for first in range(0, len(all_), AT_ONCE))
