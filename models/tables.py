"""The SQL tables, in five groups: register, ledger, projections, post, accounts. The only file with sqlmodel.

Personal data (names, phones, addresses, ID numbers, notes, raw texts) is in columns named `*_enc`: bytes sealed by
`adapters.sealing` with a versioned key. `*_index` columns are keyed blind indexes for look-up. A phone is not unique.
Instants are stored as UTC ISO-8601 text of fixed width (`Instant`), so SQLite and PostgreSQL compare them alike.
"""

# `__tablename__ = "name"` is how sqlmodel says to name a table; its annotation (a declared_attr) knows no plain string.
# pyright: reportAssignmentType=false

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, Table, TypeDecorator, UniqueConstraint, text
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel

from models.accounts import How, Outcome, Step
from models.values import AreaKind, Role


class Instant(TypeDecorator[datetime]):
    """An aware datetime as `YYYY-MM-DDTHH:MM:SS.ffffffZ`; a naive one is refused."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a time zone: {value!r}")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


def instant(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(default=None, sa_type=Instant, nullable=nullable, index=index)


def sealed(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_type=LargeBinary, nullable=nullable)


def table_of(model: type[SQLModel]) -> Table:
    """The Core table of a model: what the hot paths write their statements against."""
    return SQLModel.metadata.tables[vars(model)["__tablename__"]]


def one_of(column: str, allowed: list[str]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in allowed)
    return CheckConstraint(f"{column} IN ({listed})", name=f"ck_{column}")


def beginnings(name: str, column: str) -> Index:
    """Of ids that begin alike. Not on SQLite, whose keys are sorted by their bytes, and find them by themselves."""
    return Index(name, column, postgresql_ops={column: "text_pattern_ops"}, info={"only": "postgresql"})


STARTS_A_CASE = text("kind = 'start_case'")


def open_index(name: str, by: str, where: str) -> Index:
    """Over what is open only: what was closed in all the years before costs nothing."""
    return Index(name, by, "id", sqlite_where=text(where), postgresql_where=text(where))


# --- register --------------------------------------------------------------------------------------------------------


class Area(SQLModel, table=True):
    """A city, county, township or village. Renamed = a new name from a date; merged = `merged_into` from a date."""

    __tablename__ = "area"
    __table_args__ = (one_of("kind", [k.value for k in AreaKind]), Index("ix_area_parent", "parent_id"))
    id: str = Field(primary_key=True)
    kind: str
    name: str
    parent_id: str | None = Field(default=None, foreign_key="area.id")
    from_on: date
    to_on: date | None = None
    merged_into: str | None = Field(default=None, foreign_key="area.id")


class AreaName(SQLModel, table=True):
    """A name an area had from a date, which past months keep; or, from a date to come, will have."""

    __tablename__ = "area_name"
    area_id: str = Field(primary_key=True, foreign_key="area.id")
    from_on: date = Field(primary_key=True)
    name: str


class Elder(SQLModel, table=True):
    __tablename__ = "elder"
    __table_args__ = (
        one_of("sex", ["F", "M"]),
        one_of("standing", ["case", "register_only", "cannot_decide"]),
        Index("ix_elder_by_village", "village_id", "id"),
        Index("ix_elder_lives", "id", "village_id", "township_id", "county_id"),
        Index("ix_elder_standing", "standing", "start_on"),
    )
    id: str = Field(primary_key=True)
    county_id: str = Field(foreign_key="area.id")
    township_id: str = Field(foreign_key="area.id", index=True)
    village_id: str = Field(foreign_key="area.id", index=True)
    household_id: str = Field(index=True)
    name_enc: bytes = sealed()
    id_number_enc: bytes = sealed()
    id_number_index: str = Field(unique=True)
    phone_enc: bytes | None = sealed(nullable=True)
    phone_index: str | None = Field(default=None, index=True)
    phone_textable: bool = False
    tail_index: str | None = Field(
        default=None, index=True
    )  # name and last four of the ID number: how a pairing names an elder
    contact_enc: bytes | None = sealed(nullable=True)
    born_on_enc: bytes = sealed()
    sex: str
    living: str | None = None
    ability: str | None = None  # as the list states it, not an assessment
    disability: int | None = None  # 0 none, 1 (most severe) to 4
    welfare: str | None = None
    standing: str
    standing_reason: str = ""
    start_on: date | None = None
    remark_enc: bytes | None = sealed(nullable=True)
    updated_at: datetime = instant(index=True)


class ElderAddress(SQLModel, table=True):
    """户籍地 and 现居住地, each with from-dates; more than one at a time is allowed (轮流赡养)."""

    __tablename__ = "elder_address"
    __table_args__ = (
        one_of("kind", ["registered", "residence"]),
        UniqueConstraint("elder_id", "kind", "text_index", "from_on"),
    )
    id: int | None = Field(default=None, primary_key=True)
    elder_id: str = Field(foreign_key="elder.id", index=True)
    kind: str
    text_enc: bytes = sealed()
    text_index: str
    from_on: date
    to_on: date | None = None


class ElderCategory(SQLModel, table=True):
    """A category with its source and date. Lost = `to_on` set by a person; an import never sets it."""

    __tablename__ = "elder_category"
    elder_id: str = Field(primary_key=True, foreign_key="elder.id")
    category: str = Field(primary_key=True)
    from_on: date = Field(primary_key=True)
    source: str
    to_on: date | None = None


class ElderNotice(SQLModel, table=True):
    """The notice of what is done with their data: version, date, by whom."""

    __tablename__ = "elder_notice"
    elder_id: str = Field(primary_key=True, foreign_key="elder.id")
    version: str = Field(primary_key=True)
    given_on: date
    given_by_enc: bytes = sealed()


class Volunteer(SQLModel, table=True):
    __tablename__ = "volunteer"
    __table_args__ = (CheckConstraint("capacity >= 0", name="ck_capacity"),)
    id: str = Field(primary_key=True)
    county_id: str = Field(foreign_key="area.id")
    township_id: str = Field(foreign_key="area.id", index=True)
    village_id: str = Field(foreign_key="area.id")
    name_enc: bytes = sealed()
    phone_enc: bytes = sealed()
    phone_index: str = Field(index=True)
    sex: str
    standing: str = ""  # 身份: 党员, 邻里, 社工 …
    capacity: int
    consented_on: date | None = None
    opted_out_at: datetime | None = instant(nullable=True)
    barred: bool = False
    elder_id: str | None = Field(default=None, foreign_key="elder.id")  # the volunteer is an elder on the list too


class VolunteerLeave(SQLModel, table=True):
    __tablename__ = "volunteer_leave"
    __table_args__ = (CheckConstraint("to_on >= from_on", name="ck_leave_order"),)
    id: int | None = Field(default=None, primary_key=True)
    volunteer_id: str = Field(foreign_key="volunteer.id", index=True)
    from_on: date
    to_on: date


class Pairing(SQLModel, table=True):
    """结对: this volunteer visits this elder."""

    __tablename__ = "pairing"
    id: int | None = Field(default=None, primary_key=True)
    volunteer_id: str = Field(foreign_key="volunteer.id", index=True)
    elder_id: str = Field(foreign_key="elder.id", index=True)
    from_on: date
    to_on: date | None = None


class Staff(SQLModel, table=True):
    __tablename__ = "staff"
    id: str = Field(primary_key=True)
    county_id: str = Field(foreign_key="area.id")
    name_enc: bytes = sealed()
    phone_enc: bytes = sealed()
    phone_index: str = Field(index=True)


class Post(SQLModel, table=True):
    """A post: a role in a territory, its holder and deputy. One officer may hold two posts."""

    __tablename__ = "post"
    __table_args__ = (one_of("role", [r.value for r in Role]), Index("ix_post_area_role", "area_id", "role"))
    id: str = Field(primary_key=True)
    role: str
    area_id: str = Field(foreign_key="area.id")
    holder_id: str | None = Field(default=None, foreign_key="staff.id")
    deputy_id: str | None = Field(default=None, foreign_key="staff.id")


class AssessingBody(SQLModel, table=True):
    """评估机构: registered by law to assess; `registered_as` is its registration number. It is no person."""

    __tablename__ = "assessing_body"
    id: str = Field(primary_key=True)
    county_id: str = Field(foreign_key="area.id", index=True)
    name: str
    registered_as: str
    from_on: date
    to_on: date | None = None


class BodyAssessor(SQLModel, table=True):
    """This staff member assesses for this body, from a day on. That they hold the post of an assessor is in `post`."""

    __tablename__ = "body_assessor"
    staff_id: str = Field(primary_key=True, foreign_key="staff.id")
    body_id: str = Field(primary_key=True, foreign_key="assessing_body.id")
    from_on: date = Field(primary_key=True)
    to_on: date | None = None


class StaffLeave(SQLModel, table=True):
    __tablename__ = "staff_leave"
    __table_args__ = (CheckConstraint("to_on >= from_on", name="ck_staff_leave_order"),)
    id: int | None = Field(default=None, primary_key=True)
    staff_id: str = Field(foreign_key="staff.id", index=True)
    from_on: date
    to_on: date


class RegisterChange(SQLModel, table=True):
    """Append-only: an old value kept with its date, and who changed it (an import, a command)."""

    __tablename__ = "register_change"
    id: int | None = Field(default=None, primary_key=True)
    subject_id: str = Field(index=True)
    field: str
    old_enc: bytes | None = sealed(nullable=True)
    new_enc: bytes | None = sealed(nullable=True)
    by: str
    by_role: str | None = None  # under which they acted; none is known of what was kept before 0012
    at: datetime = instant()


class Note(SQLModel, table=True):
    """A free text (a note, a raw inbound text); facts hold its id and hash only."""

    __tablename__ = "note"
    id: str = Field(primary_key=True)
    sha256: str
    text_enc: bytes = sealed()
    written_at: datetime = instant()


class TaskCode(SQLModel, table=True):
    """A code belongs to the pair (phone, elder) and stays the same every month; retired 60 days after the pair ends."""

    __tablename__ = "task_code"
    __table_args__ = (UniqueConstraint("phone_index", "code"),)
    phone_index: str = Field(primary_key=True)
    elder_id: str = Field(primary_key=True, foreign_key="elder.id")
    code: int
    given_at: datetime = instant()
    last_used_at: datetime = instant()


class RosterFile(SQLModel, table=True):
    """One imported file: its hash is its id, so the same file twice changes nothing."""

    __tablename__ = "roster_file"
    sha256: str = Field(primary_key=True)
    kind: str
    rows: int
    accepted: int
    refused: int
    unchanged: int
    imported_by: str
    at: datetime = instant()


class PolicyVersion(SQLModel, table=True):
    """An activated pack, whole, immutable, never deleted: events name it by hash.

    `proposed_by` None: one person set the county up with it, before there was staff, or before two were asked for.
    """

    __tablename__ = "policy_version"
    hash: str = Field(primary_key=True)
    county: str
    version: str
    content: str
    active_from: date
    activated_by: str
    at: datetime = instant()
    proposed_by: str | None = None


class PolicyProposal(SQLModel, table=True):
    """A pack that somebody put forward, whole, for a day, and what became of it. Nothing goes by it.

    Of a county at most one is open: `outcome` None.
    """

    __tablename__ = "policy_proposal"
    id: str = Field(primary_key=True)
    county: str = Field(index=True)
    hash: str
    version: str
    content: str
    active_from: date
    proposed_by: str
    proposed_at: datetime = instant()
    outcome: str | None = None  # activated, withdrawn
    ended_by: str | None = None
    ended_at: datetime | None = instant(nullable=True)


# --- ledger ----------------------------------------------------------------------------------------------------------


class LedgerRow(SQLModel, table=True):
    """Append-only, by trigger. `body_enc` seals salt and canonical body; the chain is over `body_hash`."""

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("stream", "key", name="uq_ledger_key"), Index("ix_ledger_at", "at"),
        beginnings("ix_ledger_stream", "stream"),
    )  # fmt: skip
    stream: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    kind: str
    at: datetime = instant()
    key: str
    prev: str
    body_hash: str
    hash: str
    body_enc: bytes = sealed()


# --- projections -----------------------------------------------------------------------------------------------------


class StreamState(SQLModel, table=True):
    """The fold of a stream up to `seq`, sealed: what the next event is applied to."""

    __tablename__ = "stream_state"
    __table_args__ = (beginnings("ix_stream_state_stream", "stream"),)
    stream: str = Field(primary_key=True)
    seq: int
    head: str
    state_enc: bytes = sealed()


class CaseRow(SQLModel, table=True):
    __tablename__ = "case_row"
    elder_id: str = Field(primary_key=True)
    county_id: str
    township_id: str = Field(index=True)
    village_id: str = Field(index=True)
    status: str
    opened_at: datetime = instant()
    start_on: date
    closed_at: datetime | None = instant(nullable=True)
    close_reason: str | None = None
    policy_hash: str


class VisitRow(SQLModel, table=True):
    __tablename__ = "visit_row"
    __table_args__ = (one_of("state", ["open", "done", "late", "missed", "cancelled"]),)
    id: str = Field(primary_key=True)
    elder_id: str = Field(index=True)
    township_id: str = Field(index=True)
    village_id: str
    period_id: str = Field(index=True)
    kind: str
    reason: str
    state: str = Field(index=True)
    volunteer_id: str | None = Field(default=None, index=True)
    opened_at: datetime = instant()
    starts_at: datetime = instant()
    due_at: datetime = instant(index=True)
    ends_at: datetime = instant()
    visitor_id: str | None = None
    method: str | None = None
    result: str | None = None
    visited_on: date | None = None
    visited_at: datetime | None = instant(nullable=True)
    reported_at: datetime | None = instant(nullable=True)
    recorded_late: bool = False
    attempts: int = 0
    overdue_at: datetime | None = instant(nullable=True)
    cancel_reason: str | None = None
    cancelled_by: str | None = None
    escalation_id: str | None = None


class PeriodReason(SQLModel, table=True):
    """Why a period has no scheduled visit, and who gave the reason."""

    __tablename__ = "period_reason"
    elder_id: str = Field(primary_key=True)
    period_id: str = Field(primary_key=True)
    reason: str
    given_by: str
    starts_at: datetime = instant()
    ends_at: datetime = instant()


class EscalationRow(SQLModel, table=True):
    __tablename__ = "escalation_row"
    __table_args__ = (open_index("ix_escalation_open", "climbs_at", "state != 'resolved'"),)
    id: str = Field(primary_key=True)
    elder_id: str = Field(index=True)
    township_id: str = Field(index=True)
    village_id: str
    visit_id: str | None = Field(default=None, index=True)
    cause: str
    urgency: str
    state: str = Field(index=True)  # asked, opened → acknowledged → resolved
    rung: int = 0
    role: str | None = None
    owner_id: str | None = Field(default=None, index=True)
    as_deputy: bool = False
    asked_at: datetime = instant()
    rung_at: datetime | None = instant(nullable=True)
    climbs_at: datetime | None = instant(nullable=True)
    acknowledged_at: datetime | None = instant(nullable=True)
    extensions: int = 0
    resolved_at: datetime | None = instant(nullable=True)
    resolved_by: str | None = None
    outcome: str | None = None


class AssessmentRow(SQLModel, table=True):
    """One round of an elder's assessment, from its request to its recorded end."""

    __tablename__ = "assessment_row"
    elder_id: str = Field(primary_key=True)
    round: int = Field(primary_key=True)
    township_id: str = Field(index=True)
    village_id: str
    stage: str = Field(index=True)  # models.assessment.Stage; `resting`: this round has ended
    trigger: str
    reason: str
    requested_at: datetime = instant()
    due_at: datetime | None = instant(nullable=True)
    first_id: str | None = Field(default=None, index=True)
    second_id: str | None = Field(default=None, index=True)
    body_id: str | None = None
    proposed: str | None = None
    total: int | None = None
    level: str | None = None
    assessed_on: date | None = None
    confirmed_by: str | None = None
    escalation_id: str | None = None
    ended_at: datetime | None = instant(nullable=True)
    outcome: str | None = None  # confirmed, refused, or why it ended


class LevelRow(SQLModel, table=True):
    """The confirmed level that holds now. `valid_to`: its last day; null: until the elder is assessed anew."""

    __tablename__ = "level_row"
    elder_id: str = Field(primary_key=True)
    level: str = Field(index=True)
    round: int
    assessed_on: date
    valid_to: date | None = None
    object_by: datetime = instant()
    confirmed_by: str
    confirmed_at: datetime = instant()
    expired: bool = False


class StatedFact(SQLModel, table=True):
    """A fact about an elder as staff stated it: only added, so what was known when stays readable.

    Of a code the row holds whose `on` is latest and, of one day, which was stated last; `taken_back` says that nothing
    is known of it from that day on.
    """

    __tablename__ = "stated_fact"
    id: str = Field(primary_key=True)
    elder_id: str = Field(index=True)
    n: int  # the elder's n-th: two may have been stated in one instant
    code: str  # of models.facts.FACTS
    value_enc: bytes = sealed()  # canonical JSON; of what was taken back: null
    source: str  # models.claims.FactSource
    document_note_id: str | None = None
    on: date
    taken_back: bool = False
    stated_by: str
    stated_at: datetime = instant()


class ClaimRow(SQLModel, table=True):
    """One claim to one benefit, from its opening to a decision the person knows of."""

    __tablename__ = "claim_row"
    elder_id: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    township_id: str = Field(index=True)
    village_id: str
    stage: str = Field(index=True)  # models.claims.ClaimStage; `ended`: nothing is waited for
    trigger: str
    asked_on: date
    opened_at: datetime = instant()
    due_at: datetime | None = instant(nullable=True)
    outcome: str  # what is proposed: models.benefits.Outcome
    standing: str  # models.benefits.Standing
    row: str | None = None
    fen: int | None = None
    month: date  # whose rules
    policy_version: str
    policy_hash: str
    checked_by: str | None = None
    notice: str | None = None  # models.claims.NoNotice, or `posted`
    posted_on: date | None = None
    until_on: date | None = None
    escalation_id: str | None = None
    decision: str | None = Field(default=None, index=True)  # approved, refused, withdrawn, ended
    decided_by: str | None = None
    decided_at: datetime | None = instant(nullable=True)
    told_on: date | None = None
    appeal_by: date | None = None


class EntitlementRow(SQLModel, table=True):
    """What an approved claim gives, one row for each amount: `fen` for every month from `from_month` to `through`.

    `fen` null: nobody states the amount. `held`: a death is reported, nothing is paid for now.
    """

    __tablename__ = "entitlement_row"
    elder_id: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    from_month: date = Field(primary_key=True)
    township_id: str = Field(index=True)
    village_id: str
    kind: str  # models.benefits.BenefitKind
    row: str
    fen: int | None = None
    through: date | None = None
    policy_version: str
    policy_hash: str
    approved_by: str
    approved_at: datetime = instant()
    held: bool = False
    review_on: date
    waits: str | None = None  # the stage it waits in: changing, reviewing, telling
    waits_until: datetime | None = instant(nullable=True)
    change: str | None = None  # what is proposed: a row, or models.claims.EndCause
    change_fen: int | None = None
    change_month: date | None = None
    change_by_age: bool = False
    end_cause: str | None = None
    ended_by: str | None = None


class CouponUseRow(SQLModel, table=True):
    """A bill on which a service coupon was used. `seq`: of the fact, for a bill that was taken back may come again."""

    __tablename__ = "coupon_use"
    elder_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    code: str
    bill: str
    month: date
    on: date
    place: str  # where the service was: a pack's `offsets`
    percent: int
    bill_fen: int
    paid_fen: int
    left_fen: int  # of the month, after it
    recorded_by: str
    recorded_at: datetime = instant()
    taken_back_by: str | None = None
    taken_back_at: datetime | None = instant(nullable=True)


class PayLineRow(SQLModel, table=True):
    """A line of a payment list, kept under the hash of all its lines: written once, whoever draws the same again."""

    __tablename__ = "pay_line"
    sha256: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    elder_id: str = Field(index=True)
    code: str
    n: int
    month: date
    kind: str  # models.payments.LineKind
    fen: int
    due_fen: int
    row: str
    because: str
    township_id: str
    village_id: str
    by_age: bool = False


class PayListRow(SQLModel, table=True):
    """A drawing of a county's list of a month. `approved`: its month is frozen, and its lines count as listed."""

    __tablename__ = "pay_list"
    county_id: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    n: int = Field(primary_key=True)
    state: str  # checking, approving, returned, approved, or drawn_again
    sha256: str = Field(index=True)
    lines: int
    fen: int
    back_pay_fen: int
    claw_back_fen: int
    held: int
    unstated: int
    drawn_at: datetime = instant()
    checked_by: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = instant(nullable=True)


class FrozenRateRow(SQLModel, table=True):
    """月探访率 of a month and township as it was known when the month was closed."""

    __tablename__ = "frozen_rate"
    county_id: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    township_id: str = Field(primary_key=True)
    listed: int
    seen: int
    excused: int
    known_at: datetime = instant()


class FollowUp(SQLModel, table=True):
    """A recorded need that later issues pick up: an assessment, a service."""

    __tablename__ = "follow_up"
    id: str = Field(primary_key=True)
    elder_id: str = Field(index=True)
    visit_id: str
    kind: str
    need: str
    at: datetime = instant()


class WorkItemRow(SQLModel, table=True):
    __tablename__ = "work_item"
    __table_args__ = (open_index("ix_work_item_open", "due_at", "closed_at IS NULL"),)
    id: str = Field(primary_key=True)
    item: str
    elder_id: str | None = Field(default=None, index=True)
    township_id: str | None = Field(default=None, index=True)
    county_id: str | None = None  # None: written before anybody said, and nobody can tell
    role: str
    owner_id: str | None = None
    about: str
    opened_at: datetime = instant()
    due_at: datetime = instant()
    closed_at: datetime | None = instant(nullable=True)
    closed_by: str | None = None
    close_reason: str | None = None


# --- post ------------------------------------------------------------------------------------------------------------


class LetterRow(SQLModel, table=True):
    """A letter and where it stands: due → leased → delivered, or cancelled, expired, dead (after too many tries)."""

    __tablename__ = "letter"
    __table_args__ = (
        one_of("state", ["due", "gathered", "delivered", "cancelled", "expired", "dead"]),
        Index("ix_letter_due", "state", "send_not_before"),
        Index("ix_letter_recipient", "recipient_id", "state"),
        beginnings("ix_letter_id", "id"),
        open_index("ix_letter_unbuilt", "created_at", "kind = 'text' AND state != 'gathered'"),
        Index(
            "ix_letter_start_case",
            "state",
            "send_not_before",
            sqlite_where=STARTS_A_CASE,
            postgresql_where=STARTS_A_CASE,
        ),
    )
    id: str = Field(primary_key=True)
    kind: str
    workflow_id: str | None = Field(default=None, index=True)
    elder_id: str | None = Field(default=None, index=True)
    recipient_id: str | None = None
    body_enc: bytes = sealed()
    state: str = "due"
    send_not_before: datetime = instant()
    send_by: datetime | None = instant(nullable=True)
    received_at: datetime | None = instant(nullable=True)
    created_at: datetime = instant()
    settled_at: datetime | None = instant(nullable=True)
    lease_owner: str | None = None
    lease_until: datetime | None = instant(nullable=True)
    tries: int = 0
    next_try_at: datetime | None = instant(nullable=True)
    why: str | None = None
    reply: str | None = None
    digest_id: str | None = Field(default=None, index=True)


class DigestRow(SQLModel, table=True):
    """One text to one recipient, as built: its words (sealed), what they were made from, how it ended.

    `params_enc`: the parameters of its template as JSON; null where it was built before they were kept.
    """

    __tablename__ = "digest"
    __table_args__ = (
        one_of("state", ["built", "accepted", "delivered", "undelivered", "failed", "unknown", "expired", "cancelled"]),
        Index("ix_digest_built", "built_at", "id"),
        Index("ix_digest_to", "recipient_id", "built_at", "id"),
        Index("ix_digest_state", "state", "built_at", "id", "recipient_id"),
    )
    id: str = Field(primary_key=True)
    recipient_id: str = Field(index=True)
    recipient_kind: str
    phone_index: str = Field(index=True)
    text_class: str
    template: str
    params_enc: bytes | None = sealed(nullable=True)
    body_enc: bytes = sealed()
    segments: int
    body_index: str
    state: str = "built"
    built_at: datetime = instant(index=True)
    send_by: datetime | None = instant(nullable=True)
    accepted_at: datetime | None = instant(nullable=True)
    delivered_at: datetime | None = instant(nullable=True)
    why: str | None = None


class SendAttempt(SQLModel, table=True):
    """Append-only. Written before the provider is called (`intent`: when it was decided) and after (`accepted`,
    `refused`, `unknown`); `withheld`: not called, its time had run out."""

    __tablename__ = "send_attempt"
    id: int | None = Field(default=None, primary_key=True)
    digest_id: str = Field(index=True)
    nth: int
    step: str
    provider: str
    provider_message_id: str | None = Field(default=None, index=True)
    error: str | None = None
    at: datetime = instant()


class SendReceipt(SQLModel, table=True):
    """Append-only. The provider's word on one message; unique by (message, status)."""

    __tablename__ = "send_receipt"
    provider_message_id: str = Field(primary_key=True)
    status: str = Field(primary_key=True)
    error: str | None = None
    at: datetime = instant()


class Inbound(SQLModel, table=True):
    """One text received. Stored before anything else is done with it; `read_at` when its letters were written."""

    __tablename__ = "inbound"
    __table_args__ = (
        Index("ix_inbound_received", "received_at", "note_id"),
        Index("ix_inbound_from", "phone_index", "received_at", "note_id"),
        Index("ix_inbound_note", "note_id"),
    )
    provider: str = Field(primary_key=True)
    provider_message_id: str = Field(primary_key=True)
    phone_index: str = Field(index=True)
    phone_enc: bytes = sealed()
    note_id: str = Field(index=True)
    received_at: datetime = instant(index=True)
    read_at: datetime | None = instant(nullable=True, index=True)
    sender_id: str | None = None
    reading: str | None = None
    tries: int = 0


class PollBack(SQLModel, table=True):
    """Up to when a provider was asked for texts that it could not hand to us."""

    __tablename__ = "poll_back"
    provider: str = Field(primary_key=True)
    polled_until: datetime = instant()


class AskedBack(SQLModel, table=True):
    """A question back about one task of one phone: waiting for a certain answer, answered, or told to a person.

    `note_id`: the text that was not clear. `item_id`: the work item, once a person is told.
    """

    __tablename__ = "asked_back"
    __table_args__ = (
        one_of("phase", ["waiting", "answered", "told"]),
        Index("ix_asked_back_due", "phase", "answer_by"),
    )
    task_id: str = Field(primary_key=True)
    phone_index: str = Field(primary_key=True)
    elder_id: str | None = Field(default=None, index=True)
    township_id: str | None = None
    note_id: str
    asked_at: datetime = instant()
    answer_by: datetime = instant()
    phase: str = "waiting"
    item_id: str | None = None


class SandboxText(SQLModel, table=True):
    """What the sandbox provider has delivered to a phone: the phones on the page, and the demo's volunteers."""

    __tablename__ = "sandbox_text"
    id: str = Field(primary_key=True)
    client_ref: str = Field(unique=True)
    phone_index: str = Field(index=True)
    phone_enc: bytes = sealed()
    body_enc: bytes = sealed()
    sent_at: datetime = instant()


class ArchivedRun(SQLModel, table=True):
    """A closed run's history, sealed, kept past the engine's retention."""

    __tablename__ = "archived_run"
    workflow_id: str = Field(primary_key=True)
    run_id: str = Field(primary_key=True)
    workflow_type: str
    events: int
    history_enc: bytes = sealed()
    archived_at: datetime = instant()


class StartsTaken(SQLModel, table=True):
    """How many starts of cases a worker took up at once. Counts until a second later, against what all may take up."""

    __tablename__ = "starts_taken"
    id: int | None = Field(default=None, primary_key=True)
    starts: int
    until: datetime = instant()


class Reservation(SQLModel, table=True):
    """A volunteer's place taken by a visit; capacity is counted over these under the write lock."""

    __tablename__ = "reservation"
    visit_id: str = Field(primary_key=True)
    volunteer_id: str | None = Field(default=None, index=True)
    elder_id: str
    reason: str
    ends_at: datetime = instant()
    released_at: datetime | None = instant(nullable=True)


class CommandRow(SQLModel, table=True):
    """Append-only: what a staff member asked through the command line or console, or a visitor by their page."""

    __tablename__ = "command"
    __table_args__ = (
        Index("ix_command_subject", "subject_id", "at"),
        Index("ix_command_at", "at", "id"),
        Index("ix_command_staff", "staff_id", "at"),
        Index("ix_command_action", "action", "at"),
    )
    id: str = Field(primary_key=True)
    staff_id: str
    role: str
    action: str
    subject_id: str
    at: datetime = instant()
    accepted: bool
    answer: str


# --- accounts --------------------------------------------------------------------------------------------------------


class Account(SQLModel, table=True):
    """Who of the staff signs in by password. `totp_step`: the last that was taken, so that none is taken twice.

    Without a password nobody signs in by one; disabled, by nothing.
    """

    __tablename__ = "account"
    staff_id: str = Field(primary_key=True, foreign_key="staff.id")
    password_hash: str | None = None
    must_change: bool = False
    totp_enc: bytes | None = sealed(nullable=True)
    totp_pending_enc: bytes | None = sealed(nullable=True)  # shown, and not yet confirmed by a code
    totp_step: int | None = None
    disabled_at: datetime | None = instant(nullable=True)
    made_at: datetime = instant()
    made_by: str


class AccountSubject(SQLModel, table=True):
    """Whom somebody at the OpenID Connect provider is here. A keyed index of what names them there; one for each."""

    __tablename__ = "account_subject"
    subject_index: str = Field(primary_key=True)
    staff_id: str = Field(foreign_key="staff.id", unique=True)
    bound_at: datetime = instant()
    bound_by: str


class OidcWay(SQLModel, table=True):
    """A way to the provider that has led back; a keyed index of its state. Taken once, and gone when it is over."""

    __tablename__ = "oidc_way"
    __table_args__ = (Index("ix_oidc_way_ends_at", "ends_at"),)
    state_index: str = Field(primary_key=True)
    ends_at: datetime = instant()


class AccountRecovery(SQLModel, table=True):
    """A code that opens once in place of the second factor; its keyed hash."""

    __tablename__ = "account_recovery"
    staff_id: str = Field(primary_key=True, foreign_key="staff.id")
    code_hash: str = Field(primary_key=True)
    used_at: datetime | None = instant(nullable=True)


class SessionRow(SQLModel, table=True):
    """Somebody signed in. The token is in their cookie only: here is its hash, another one after each step."""

    __tablename__ = "session"
    __table_args__ = (one_of("step", [s.value for s in Step]), one_of("how", [h.value for h in How]))
    token_hash: str = Field(primary_key=True)
    staff_id: str = Field(foreign_key="staff.id", index=True)
    step: str
    how: str
    made_at: datetime = instant()
    seen_at: datetime = instant()
    ends_at: datetime = instant()
    revoked_at: datetime | None = instant(nullable=True)


class SignInTry(SQLModel, table=True):
    """Append-only: who tried to sign in, as keyed blind indexes of what was typed and of the address it came from."""

    __tablename__ = "sign_in_try"
    __table_args__ = (
        one_of("outcome", [o.value for o in Outcome]),
        Index("ix_sign_in_try_login", "login_index", "at"),
        Index("ix_sign_in_try_address", "address_index", "at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    attempt: str
    login_index: str
    address_index: str
    at: datetime = instant()
    outcome: str


class PhoneCode(SQLModel, table=True):
    """A sign-in code sent to a phone, as a keyed hash; asked for a phone nobody has, the same row and no text."""

    __tablename__ = "phone_code"
    __table_args__ = (
        Index("ix_phone_code_phone", "phone_index", "made_at"),
        Index("ix_phone_code_address", "address_index", "made_at"),
    )
    id: str = Field(primary_key=True)
    phone_index: str
    address_index: str
    code_hash: str
    made_at: datetime = instant()
    ends_at: datetime = instant()
    tries: int = 0
    used_at: datetime | None = instant(nullable=True)


class VisitCode(SQLModel, table=True):
    """A code that opens the page of one visit for one volunteer, as a keyed hash; gone some time after it has ended."""

    __tablename__ = "visit_code"
    code_hash: str = Field(primary_key=True)
    visit_id: str
    volunteer_id: str
    ends_at: datetime = instant(index=True)


class AuditCheck(SQLModel, table=True):
    """A check of one case or of the whole county: asked, at work, ended. One of a subject is open at a time.

    `subject_id`: the elder or the county. `result`: `models.checks.CheckResult` as JSON, ids only. `failure`: why it
    ended without one.
    """

    __tablename__ = "audit_check"
    __table_args__ = (
        Index(
            "ix_audit_check_open", "subject_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_audit_check_begun", "subject_id", "begun_at"),
    )  # fmt: skip
    id: str = Field(primary_key=True)
    subject_id: str
    county_id: str
    elder_id: str | None = None
    asked_by: str
    begun_at: datetime = instant()
    beat_at: datetime = instant()
    phase: str = "begun"
    done: int = 0
    total: int = 0
    ended_at: datetime | None = instant(nullable=True)
    failure: str | None = None
    clean: bool | None = None
    result: str | None = None


class VisitEnclosure(SQLModel, table=True):
    """A photo or a position that came with a visit, by the elder's consent. In no export; `kept_at`: for its term."""

    __tablename__ = "visit_enclosure"
    id: str = Field(primary_key=True)
    kind: str
    elder_id: str = Field(index=True)
    visit_id: str
    volunteer_id: str
    sha256: str
    content_enc: bytes = sealed()
    kept_at: datetime = instant(index=True)


APPEND_ONLY = ("ledger", "send_attempt", "send_receipt", "register_change", "command", "sign_in_try")
METADATA = SQLModel.metadata
