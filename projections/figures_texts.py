"""A month's texts for the dashboard, by the village of the volunteer they went to or came from.

Staff have no village of theirs: their texts are the county's. Of a number that nobody has nobody knows the county.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, null, select, union_all

from decisions.benefit_time import next_month
from decisions.deadlines import instant
from decisions.figure_words import OTHERS, REPLIES, TEXT_STATES
from decisions.words import word
from models.figures import Chart, Counted, Cut, Figure, FigureRow
from models.tables import DigestRow, Inbound, Staff, Volunteer, table_of
from projections import figure_cells as cells
from projections.figure_cells import figure, within

DIGESTS, INBOUND = table_of(DigestRow), table_of(Inbound)
VOLUNTEERS, STAFF = table_of(Volunteer), table_of(Staff)
UNCLEAR, OPTED_OUT, UNDERSTOOD, UNREAD = "unclear", "opted_out", "understood", "unread"
LOST = ("undelivered", "failed", "expired", "cancelled")
NAME = "texts"


class TextCount(NamedTuple):
    """Texts built in the month, and how they ended. `why`: of what did not arrive."""

    township_id: str | None
    village_id: str | None
    state: str
    why: str | None
    texts: int


class ReplyCount(NamedTuple):
    """Texts received in the month. `read`: as what: `understood`, `unclear`, `opted_out`, or not yet."""

    township_id: str | None
    village_id: str | None
    read: str
    texts: int


def text_counts(connection: Connection, county_id: str, first: date) -> Sequence[TextCount]:
    built = and_(DIGESTS.c.built_at >= instant(first), DIGESTS.c.built_at < instant(next_month(first)))
    columns = (DIGESTS.c.state, DIGESTS.c.why)
    theirs = union_all(
        select(VOLUNTEERS.c.township_id, VOLUNTEERS.c.village_id, *columns)
        .join(VOLUNTEERS, VOLUNTEERS.c.id == DIGESTS.c.recipient_id)
        .where(built, VOLUNTEERS.c.county_id == county_id),
        select(null(), null(), *columns)
        .join(STAFF, STAFF.c.id == DIGESTS.c.recipient_id)
        .where(built, STAFF.c.county_id == county_id),
    ).subquery()
    by = (theirs.c.township_id, theirs.c.village_id, theirs.c.state, theirs.c.why)
    return [TextCount(*row) for row in connection.execute(select(*by, func.count()).group_by(*by))]


def reply_counts(connection: Connection, county_id: str, first: date) -> Sequence[ReplyCount]:
    came = and_(INBOUND.c.received_at >= instant(first), INBOUND.c.received_at < instant(next_month(first)))
    read = case(
        (INBOUND.c.read_at.is_(None), UNREAD), (INBOUND.c.reading.is_(None), UNCLEAR),
        (_says('"opted_out":true'), OPTED_OUT), (_says('"ask_back":"'), UNCLEAR), else_=UNDERSTOOD,
    )  # fmt: skip
    # One phone may be two volunteers', or a volunteer's and an officer's: it is the first volunteer's.
    of_phone, of_officer = (
        select(people.c.phone_index, func.min(people.c.id).label("id")).group_by(people.c.phone_index).subquery()
        for people in (VOLUNTEERS, STAFF)
    )
    theirs = union_all(
        select(VOLUNTEERS.c.township_id, VOLUNTEERS.c.village_id, read.label("read"))
        .join(of_phone, of_phone.c.phone_index == INBOUND.c.phone_index)
        .join(VOLUNTEERS, VOLUNTEERS.c.id == of_phone.c.id)
        .where(came, VOLUNTEERS.c.county_id == county_id),
        select(null(), null(), read.label("read"))
        .join(of_officer, of_officer.c.phone_index == INBOUND.c.phone_index)
        .join(STAFF, STAFF.c.id == of_officer.c.id)
        .outerjoin(of_phone, of_phone.c.phone_index == INBOUND.c.phone_index)
        .where(came, STAFF.c.county_id == county_id, of_phone.c.id.is_(None)),
    ).subquery()
    by = (theirs.c.township_id, theirs.c.village_id, theirs.c.read)
    return [ReplyCount(*row) for row in connection.execute(select(*by, func.count()).group_by(*by))]


def _says(part: str) -> ColumnElement[bool]:
    """A reading is kept as it was written: JSON without blanks."""
    return INBOUND.c.reading.contains(literal(part), autoescape=False)


# --- as figures ------------------------------------------------------------------------------------------------------


class TextsOfMonth(NamedTuple):
    texts: Sequence[TextCount]
    replies: Sequence[ReplyCount]


def count(connection: Connection, county_id: str, first: date, now: datetime) -> TextsOfMonth:
    return TextsOfMonth(text_counts(connection, county_id, first), reply_counts(connection, county_id, first))


def figures(counted: Sequence[Counted], cut: Cut) -> Sequence[Figure]:
    at, held = counted[-1].at, cast(TextsOfMonth, counted[-1].value)
    texts, replies = within(held.texts, cut), within(held.replies, cut)
    ended = Counter({state: sum(one.texts for one in texts if one.state == state) for state in TEXT_STATES})
    read = Counter({how: sum(one.texts for one in replies if one.read == how) for how in REPLIES})
    return (
        _shares("texts", at, TEXT_STATES, ended), _lost(at, texts), _shares("replies", at, REPLIES, read),
    )  # fmt: skip


def _shares(code: str, at: datetime, labels: Mapping[str, str], of: Counter[str]) -> Figure:
    """The whole closed list, also what is 0."""
    whole = of.total()
    rows = [
        FigureRow(key=key, label=label, cells=(cells.count(of[key]), cells.share(of[key], whole)))
        for key, label in labels.items()
    ]
    total = (cells.count(whole), cells.share(whole, whole))
    return figure(code, at, rows, total, chart=Chart.BARS, drawn=(0,), unit="texts")


def _lost(at: datetime, texts: Sequence[TextCount]) -> Figure:
    """Reasons in words of ours, and of what a provider's receipt said its code; the most frequent first."""
    of: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in texts:
        if one.state in LOST:
            of[one.why or ""][one.state] += one.texts
    rows = [
        FigureRow(
            key=why or "-", label=word(why) or OTHERS["no_reason"],
            cells=tuple(cells.count(ends[state]) for state in LOST),
        )
        for why, ends in sorted(of.items(), key=lambda one: (-one[1].total(), one[0]))
    ]  # fmt: skip
    total = [cells.count(sum(ends[state] for ends in of.values())) for state in LOST]
    return figure("texts_lost", at, rows, total)
