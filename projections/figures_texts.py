"""A month's texts for the dashboard, by the village of the volunteer they went to or came from.

Staff have no village of theirs: their texts are the county's. Of a number that nobody has nobody knows the county.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, func, literal, null, select, union_all

from decisions.benefit_time import last_day, next_month
from decisions.deadlines import SHANGHAI, instant
from decisions.figure_words import OTHERS, REPLIES, TEXT_STATES
from decisions.words import word
from models.figures import Asked, Behind, Chart, Counted, Cut, Figure, FigureRow, OneBehind
from models.tables import DigestRow, Inbound, Staff, Volunteer, table_of
from projections import figure_cells as cells
from projections.figure_cells import NO_CODE, Opens, figure, part_of, titles, within
from projections.rates import names_on

DIGESTS, INBOUND = table_of(DigestRow), table_of(Inbound)
VOLUNTEERS, STAFF = table_of(Volunteer), table_of(Staff)
UNCLEAR, OPTED_OUT, UNDERSTOOD, UNREAD = "unclear", "opted_out", "understood", "unread"
LOST = ("undelivered", "failed", "expired", "cancelled")
NAME = "texts"
SENT, NOT_ARRIVED, REPLY = "texts", "texts_lost", "replies"
"""The lists behind them, by the figures that open them."""


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


def texts_of(county_id: str, first: date) -> Subquery:
    """A row for each text built in the month, with whose it is and where they live."""
    built = and_(DIGESTS.c.built_at >= instant(first), DIGESTS.c.built_at < instant(next_month(first)))
    columns = (DIGESTS.c.id, DIGESTS.c.recipient_id.label("who"), DIGESTS.c.built_at.label("at"))
    columns = (*columns, DIGESTS.c.state, DIGESTS.c.why)
    return union_all(
        select(VOLUNTEERS.c.township_id, VOLUNTEERS.c.village_id, *columns)
        .join(VOLUNTEERS, VOLUNTEERS.c.id == DIGESTS.c.recipient_id)
        .where(built, VOLUNTEERS.c.county_id == county_id),
        select(null(), null(), *columns)
        .join(STAFF, STAFF.c.id == DIGESTS.c.recipient_id)
        .where(built, STAFF.c.county_id == county_id),
    ).subquery()


def text_counts(connection: Connection, county_id: str, first: date) -> Sequence[TextCount]:
    of = texts_of(county_id, first).c
    by = (of.township_id, of.village_id, of.state, of.why)
    return [TextCount(*row) for row in connection.execute(select(*by, func.count()).group_by(*by))]


def replies_of(county_id: str, first: date) -> Subquery:
    """A row for each text received in the month, with whose it is, where they live, and as what it was read."""
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
    columns = (INBOUND.c.note_id.label("id"), INBOUND.c.received_at.label("at"), read.label("read"))
    return union_all(
        select(VOLUNTEERS.c.township_id, VOLUNTEERS.c.village_id, VOLUNTEERS.c.id.label("who"), *columns)
        .join(of_phone, of_phone.c.phone_index == INBOUND.c.phone_index)
        .join(VOLUNTEERS, VOLUNTEERS.c.id == of_phone.c.id)
        .where(came, VOLUNTEERS.c.county_id == county_id),
        select(null(), null(), STAFF.c.id, *columns)
        .join(of_officer, of_officer.c.phone_index == INBOUND.c.phone_index)
        .join(STAFF, STAFF.c.id == of_officer.c.id)
        .outerjoin(of_phone, of_phone.c.phone_index == INBOUND.c.phone_index)
        .where(came, STAFF.c.county_id == county_id, of_phone.c.id.is_(None)),
    ).subquery()


def reply_counts(connection: Connection, county_id: str, first: date) -> Sequence[ReplyCount]:
    of = replies_of(county_id, first).c
    by = (of.township_id, of.village_id, of.read)
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
    texts, replies, opens = within(held.texts, cut), within(held.replies, cut), Opens(NAME, counted[-1].month, cut)
    ended = Counter({state: sum(one.texts for one in texts if one.state == state) for state in TEXT_STATES})
    read = Counter({how: sum(one.texts for one in replies if one.read == how) for how in REPLIES})
    return (
        _shares(SENT, at, TEXT_STATES, ended, opens), _lost(at, texts, opens),
        _shares(REPLY, at, REPLIES, read, opens),
    )  # fmt: skip


def _shares(code: str, at: datetime, labels: Mapping[str, str], of: Counter[str], opens: Opens) -> Figure:
    """The whole closed list, also what is 0."""
    whole = of.total()
    rows = [
        FigureRow(key=key, label=label, cells=(opens.count(f"{code}:{key}", of[key]), cells.share(of[key], whole)))
        for key, label in labels.items()
    ]
    total = (opens.count(code, whole), cells.share(whole, whole))
    return figure(code, at, rows, total, chart=Chart.BARS, drawn=(0,), unit="texts")


def _lost(at: datetime, texts: Sequence[TextCount], opens: Opens) -> Figure:
    """Reasons in words of ours, and of what a provider's receipt said its code; the most frequent first."""
    of: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in texts:
        if one.state in LOST:
            of[one.why or ""][one.state] += one.texts
    rows = [
        FigureRow(
            key=why or NO_CODE, label=word(why) or OTHERS["no_reason"],
            cells=tuple(opens.count(f"{NOT_ARRIVED}:{state}:{why or NO_CODE}", ends[state]) for state in LOST),
        )
        for why, ends in sorted(of.items(), key=lambda one: (-one[1].total(), one[0]))
    ]  # fmt: skip
    total = [opens.count(f"{SENT}:{state}", sum(ends[state] for ends in of.values())) for state in LOST]
    return figure(NOT_ARRIVED, at, rows, total)


# --- the lists behind ------------------------------------------------------------------------------------------------


def behind(connection: Connection, asked: Asked) -> Behind | None:
    """A page of the texts that a number counts, by whom each went to or came from."""
    column, rest = part_of(asked)
    row, _, why = rest.partition(":")
    labels = REPLIES if column == REPLY else TEXT_STATES
    if column not in (SENT, NOT_ARRIVED, REPLY) or (row and row not in labels) or bool(why) != (column == NOT_ARRIVED):
        return None
    each = (replies_of if column == REPLY else texts_of)(asked.county_id, asked.month)
    of = each.c
    ended = of.read if column == REPLY else of.state
    query = select(each).where(of.id > asked.after, cells.within_cut(of.township_id, of.village_id, asked.cut))
    if row:
        query = query.where(ended == row)
    if why:
        query = query.where(func.coalesce(of.why, "") == ("" if why == NO_CODE else why))
    more = (labels[row],) if row else ()
    more += (word("" if why == NO_CODE else why) or OTHERS["no_reason"],) if why else ()
    names = names_on(connection, last_day(asked.month))
    return Behind(
        titles=(*titles(column, 1)[:1], *more), texts="received~" if column == REPLY else "sent~",
        rows=tuple(
            OneBehind(
                key=one.id, person_id=one.who, place=one.village_id and (names.get(one.village_id) or one.village_id),
                told=(labels[getattr(one, ended.name)], word(getattr(one, "why", None)), _hour(one.at)),
            )
            for one in connection.execute(query.order_by(of.id).limit(asked.limit))
        ),
    )  # fmt: skip


def _hour(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
