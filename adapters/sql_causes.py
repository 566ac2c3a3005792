"""Whether what a text says is still so: asked when a line is gathered, and again when its text is to go."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, or_, select

from adapters.sql_asked import still_asked
from adapters.sql_visitors import DIED
from decisions.wording import ALWAYS_SAID
from models.letters import TextLetter
from models.tables import (
    AssessmentRow,
    CaseRow,
    ClaimRow,
    EntitlementRow,
    EscalationRow,
    PayListRow,
    Staff,
    VisitRow,
    Volunteer,
    table_of,
)
from post.ports import DueText

VISITS, CASES, ESCALATIONS = table_of(VisitRow), table_of(CaseRow), table_of(EscalationRow)
VOLUNTEERS, STAFF, ROUNDS = table_of(Volunteer), table_of(Staff), table_of(AssessmentRow)
CLAIMS, ENTITLEMENTS, LISTS = table_of(ClaimRow), table_of(EntitlementRow), table_of(PayListRow)


class Verdict(NamedTuple):
    """May a built text go `now`, only `later`, or is it `cancelled`? `living`: its lines that then go in another."""

    word: str
    living: tuple[str, ...] = ()


def due_text(connection: Connection, row: Row[Any], letter: TextLetter) -> DueText:
    visit = None
    if letter.cause_visit_id is not None:
        visit = connection.execute(select(VISITS).where(VISITS.c.id == letter.cause_visit_id)).one_or_none()
    return DueText(
        id=row.id, letter=letter, created_at=row.created_at, alive=_alive(connection, letter, visit),
        due_at=visit.due_at if visit is not None else None,
    )  # fmt: skip


def _alive(connection: Connection, letter: TextLetter, visit: Row[Any] | None) -> bool:
    """Is it still so? An escalation: not resolved. A visit: open, with this visitor, of a case that stands open.

    A question back: not answered yet. A stage of an assessment, of a benefit, or of a payment list: not over.
    """
    if letter.cause_escalation_id is not None:
        state = connection.execute(
            select(ESCALATIONS.c.state).where(ESCALATIONS.c.id == letter.cause_escalation_id)
        ).scalar()
        return state != "resolved"
    about = letter.params.get("about")
    if about and letter.template not in ALWAYS_SAID:
        phone, _, _ = phone_of(connection, letter.recipient_id)
        return phone is None or still_asked(connection, phone, about.split(","))
    if letter.cause_stage is not None:
        return _is_asked(connection, letter)
    if letter.cause_claim is not None:
        return _is_waited_for(connection, letter)
    if letter.cause_list is not None:
        return _is_in_hand(connection, letter.cause_list)
    if letter.template in ALWAYS_SAID or letter.elder_id is None or letter.recipient_kind == "staff":
        return True
    status = connection.execute(select(CASES.c.status).where(CASES.c.elder_id == letter.elder_id)).scalar()
    if letter.cause_visit_id is None:
        return status not in ("death_reported", "closed")
    return (
        visit is not None
        and visit.state == "open"
        and letter.cause_volunteer_id in (None, visit.volunteer_id)
        and status == "open"
    )


def _is_asked(connection: Connection, letter: TextLetter) -> bool:
    """Of an assessor: the round is still at this stage, and theirs; nobody goes to a door where a death is reported."""
    round_, _, stage = (letter.cause_stage or "").partition("/")
    theirs = select(ROUNDS.c.round).where(
        ROUNDS.c.elder_id == letter.elder_id, ROUNDS.c.round == int(round_), ROUNDS.c.stage == stage,
        or_(ROUNDS.c.first_id == letter.recipient_id, ROUNDS.c.second_id == letter.recipient_id),
    )  # fmt: skip
    status = connection.execute(select(CASES.c.status).where(CASES.c.elder_id == letter.elder_id)).scalar()
    return status != "death_reported" and connection.execute(theirs).first() is not None


def _is_waited_for(connection: Connection, letter: TextLetter) -> bool:
    """Of a benefit: its claim, or what came of it, is still in this stage. Who is texted does not go to a door."""
    code, _, stage = (letter.cause_claim or "").partition("/")
    queries = (
        select(of.c.code).where(of.c.elder_id == letter.elder_id, of.c.code == code, in_stage == stage)
        for of, in_stage in ((CLAIMS, CLAIMS.c.stage), (ENTITLEMENTS, ENTITLEMENTS.c.waits))
    )
    return any(connection.execute(query).first() is not None for query in queries)


def _is_in_hand(connection: Connection, cause: str) -> bool:
    """Of a payment list: it still waits in this stage, however often it has been drawn."""
    county, month, stage = cause.split("/")
    own = (LISTS.c.county_id == county, LISTS.c.month == date.fromisoformat(f"{month}-01"), LISTS.c.state == stage)
    return connection.execute(select(LISTS.c.n).where(*own)).first() is not None


def phone_of(connection: Connection, recipient_id: str) -> tuple[str | None, str, bool]:
    """Their number (its blind index), who they are, and whether they may be texted."""
    if recipient_id.startswith("phone:"):
        return recipient_id.removeprefix("phone:"), "unknown", True
    query = select(VOLUNTEERS, DIED.label("died")).where(VOLUNTEERS.c.id == recipient_id)
    row = connection.execute(query).one_or_none()
    if row is not None:
        return row.phone_index, "volunteer", row.opted_out_at is None and not row.died
    row = connection.execute(select(STAFF).where(STAFF.c.id == recipient_id)).one_or_none()
    return (row.phone_index, "staff", True) if row is not None else (None, "", False)
