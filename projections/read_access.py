"""The log of commands as the audit reads it: who read or did what, of whom, when and why. Reads only; ids out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, literal, or_, select, tuple_

from models.ids import ESCALATION, own_streams
from models.tables import CommandRow, Elder, Staff, Volunteer, table_of

COMMANDS, ELDERS = table_of(CommandRow), table_of(Elder)
STAFF, VOLUNTEERS = table_of(Staff), table_of(Volunteer)
LISTED = "find_elder"
"""Of these readings the answer names whom it showed: `read E1 E2`."""


class Wanted(NamedTuple):
    """`counties`: the scope. `staff`, `elders` None: whoever. `until` is not in it."""

    counties: tuple[str, ...]
    staff: tuple[str, ...] | None = None
    elders: tuple[str, ...] | None = None
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


def lines(connection: Connection, wanted: Wanted, after: tuple[datetime, str] | None, limit: int) -> Sequence[Row[Any]]:
    """The newest first; `after`: the key of the last that was shown."""
    query = select(COMMANDS).where(*_where(wanted))
    if after is not None:
        query = query.where(
            tuple_(COMMANDS.c.at, COMMANDS.c.id) < tuple_(literal(after[0], COMMANDS.c.at.type), after[1])
        )
    return connection.execute(query.order_by(COMMANDS.c.at.desc(), COMMANDS.c.id.desc()).limit(limit)).all()


def count(connection: Connection, wanted: Wanted) -> int:
    return connection.execute(select(func.count()).select_from(COMMANDS).where(*_where(wanted))).scalar_one()


def staff_of(connection: Connection, counties: Collection[str]) -> list[str]:
    query = select(STAFF.c.id).where(STAFF.c.county_id.in_(sorted(counties))).order_by(STAFF.c.id)
    return list(connection.execute(query).scalars())


def elders_among(connection: Connection, ids: Collection[str], areas: Collection[str]) -> frozenset[str]:
    """Which of these are elders who live within these areas."""
    lives = (ELDERS.c.village_id, ELDERS.c.township_id, ELDERS.c.county_id)
    within = or_(*(column.in_(sorted(areas)) for column in lives))
    query = select(ELDERS.c.id).where(ELDERS.c.id.in_(sorted(ids)), within)
    return frozenset(connection.execute(query).scalars())


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    held = [_of_counties(wanted.counties)]
    if wanted.staff is not None:
        held.append(COMMANDS.c.staff_id.in_(wanted.staff))
    if wanted.elders is not None:
        held.append(
            or_(*(part for elder in wanted.elders for part in _about(elder))) if wanted.elders else literal(False)
        )
    if wanted.action:
        held.append(COMMANDS.c.action == wanted.action)
    if wanted.since is not None:
        held.append(COMMANDS.c.at >= wanted.since)
    if wanted.until is not None:
        held.append(COMMANDS.c.at < wanted.until)
    return held


def _of_counties(counties: tuple[str, ...]) -> ColumnElement[bool]:
    """Done by their people, or about their elders or themselves."""
    people = (select(table.c.id).where(table.c.county_id.in_(counties)) for table in (STAFF, VOLUNTEERS))
    elders = select(ELDERS.c.id).where(ELDERS.c.county_id.in_(counties))
    return or_(
        *(COMMANDS.c.staff_id.in_(ids) for ids in people), COMMANDS.c.subject_id.in_(elders),
        COMMANDS.c.subject_id.in_(counties),
    )  # fmt: skip


def _about(elder_id: str) -> tuple[ColumnElement[bool], ...]:
    """By its id or one of its streams; or the elder was on a list that was shown."""
    shown = literal(" ") + COMMANDS.c.answer + literal(" ")
    return (
        COMMANDS.c.subject_id.in_((elder_id, *own_streams(elder_id))),
        COMMANDS.c.subject_id.startswith(f"{ESCALATION}/{elder_id}/", autoescape=True),
        (COMMANDS.c.action == LISTED) & shown.contains(f" {elder_id} ", autoescape=True),
    )
