"""What a case or an escalation can be told. Each is the one argument of an update of the same name.

`key` is the update id and the idempotency key: told twice, it happens once. `received_at` is stamped when the message
reached us (the inbox, a command), so lateness is judged by it and never by when a workflow woke.

No message carries words that a person typed: they stand sealed in the register, and `note` names them. What else could
hold words is a closed list.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BeforeValidator, model_validator

from models.ability import AbilityLevel
from models.policy import PolicySlice
from models.values import (
    Actor,
    Channel,
    Checks,
    CloseReason,
    DeathSource,
    Enclosed,
    Evidence,
    Id,
    Method,
    Need,
    NoteRef,
    Outcome,
    Role,
    Sha256,
    SuspendReason,
    Undelivered,
    Value,
    VisitResult,
    added,
)


class Message(Value):
    """What every message carries. `note` is whatever the sender wrote or typed, by reference."""

    key: Id
    actor: Actor
    channel: Channel
    received_at: AwareDatetime
    note: NoteRef | None = None

    def _in_the_note(self) -> Self:
        """Raises ValueError when there is no note to hold what this message says it holds."""
        if self.note is None:
            raise ValueError("what must be said in words goes to the register, and its note is missing")
        return self


# --- to a case -------------------------------------------------------------------------------------------------------


class ReportVisit(Message):
    """A report of a visit or an attempt. `visit_id` None = whatever is open, or an unasked visit.

    `visited_on` is the civil day claimed; `visited_at` the instant, where the channel knows it. Why staff enter it late
    is in the note; `reason` is for old histories, which hold nothing or this one constant.
    """

    kind: Literal["report_visit"] = "report_visit"
    visit_id: Id | None = None
    visitor_id: Id
    result: VisitResult
    visited_on: date
    visited_at: AwareDatetime | None = None
    method: Method = Method.HOME
    evidence: Evidence
    checks: Checks = Checks()
    needs: tuple[Need, ...] = ()
    risk: bool = False
    urgent: bool = False
    reason: Literal["纸质登记表补录"] | None = None
    escalation_id: Id | None = None
    enclosed: Enclosed | None = added(None)


class ReportDanger(Message):
    """A danger word was read. It touches no visit: a person is told at once, and finds out the rest."""

    kind: Literal["report_danger"] = "report_danger"
    visit_id: Id | None = None


class CorrectReport(Message):
    """A reporter takes their report back (`result` None) or replaces it."""

    kind: Literal["correct_report"] = "correct_report"
    visit_id: Id | None = None
    result: VisitResult | None = None
    visited_on: date | None = None
    visited_at: AwareDatetime | None = None


class RequestVisit(Message):
    kind: Literal["request_visit"] = "request_visit"
    reason: Literal["requested", "surge", "major_change"] = "requested"


Change = Literal["discharged", "bereaved", "injured", "moved_home", "other"]


class ChangeCircumstances(Message):
    """A major change (hospital discharge, a spouse's death, a fall): an ad-hoc visit follows within 24 hours."""

    kind: Literal["change_circumstances"] = "change_circumstances"
    change: Change


class Suspend(Message):
    kind: Literal["suspend"] = "suspend"
    reason: SuspendReason
    review_on: date


class ConfirmSuspension(Message):
    """The second person's word; without it the suspension does not hold."""

    kind: Literal["confirm_suspension"] = "confirm_suspension"


class Resume(Message):
    kind: Literal["resume"] = "resume"


class RecordRefusal(Message):
    """The elder does not want this period's visit; valid only from staff who spoke to the elder."""

    kind: Literal["record_refusal"] = "record_refusal"


class ReportDeath(Message):
    kind: Literal["report_death"] = "report_death"


class ConfirmDeath(Message):
    """`source` `other` is named in the note. `村医证明` is how old histories write `village_doctor`."""

    kind: Literal["confirm_death"] = "confirm_death"
    died_on: date
    source: DeathSource | Literal["村医证明"]

    @model_validator(mode="after")
    def _another_source_is_named(self) -> Self:
        return self._in_the_note() if self.source is DeathSource.OTHER else self


class UndoDeath(Message):
    kind: Literal["undo_death"] = "undo_death"


class CloseCase(Message):
    """`receiving_place` says that the note names it."""

    kind: Literal["close"] = "close"
    reason: CloseReason
    receiving_place: Literal["in_note"] | None = None

    @model_validator(mode="after")
    def _the_place_is_named(self) -> Self:
        return self._in_the_note() if self.receiving_place else self


class ReopenCase(Message):
    """A closed case goes on: the elder is back, or was closed by mistake."""

    kind: Literal["reopen"] = "reopen"


class PlaceChanged(Message):
    """The register has the elder in another village now; which, the case looks up."""

    kind: Literal["place_changed"] = "place_changed"


class Reassign(Message):
    """Give the open visits to another volunteer; None = let assignment choose, but not the present one."""

    kind: Literal["reassign"] = "reassign"
    volunteer_id: Id | None = None
    from_id: Id | None = None  # only what this person holds
    visit_id: Id | None = None  # only this visit
    reason: Literal["on_leave", "opted_out", "unreachable", "staff", "handover", "declined", "barred"] = "staff"


class EscalationClosed(Message):
    """From an escalation that a named person resolved."""

    kind: Literal["escalation_closed"] = "escalation_closed"
    escalation_id: Id
    visit_id: Id | None = None
    outcome: Outcome
    visited_on: date | None = None
    visited_at: AwareDatetime | None = None
    resolved_by: Actor


def _our_word(why: object) -> object:
    """What a provider said of it stays with the provider's receipt."""
    return why if why in set(Undelivered) else Undelivered.OTHER


class CareLevelDecided(Message):
    """From the elder's assessment: a named person confirmed this level."""

    kind: Literal["care_level_decided"] = "care_level_decided"
    level: AbilityLevel
    assessed_on: date
    valid_to: date | None
    confirmed_by: Actor


class MessageUndeliverable(Message):
    """A text about this elder could not be delivered to `recipient_id`."""

    kind: Literal["message_undeliverable"] = "message_undeliverable"
    recipient_id: Id
    visit_id: Id | None = None
    why: Annotated[Undelivered, BeforeValidator(_our_word)]


CaseMessage = (
    ReportVisit
    | ReportDanger
    | CorrectReport
    | RequestVisit
    | ChangeCircumstances
    | Suspend
    | ConfirmSuspension
    | Resume
    | RecordRefusal
    | ReportDeath
    | ConfirmDeath
    | UndoDeath
    | CloseCase
    | ReopenCase
    | PlaceChanged
    | Reassign
    | EscalationClosed
    | CareLevelDecided
    | MessageUndeliverable
)


# --- to an escalation ------------------------------------------------------------------------------------------------


class Acknowledge(Message):
    kind: Literal["acknowledge"] = "acknowledge"


class Resolve(Message):
    """`outcome` `other` is told in the note. `text` is for old histories, where it is always null."""

    kind: Literal["resolve"] = "resolve"
    outcome: Outcome
    visited_on: date | None = None
    visited_at: AwareDatetime | None = None
    text: None = None

    @model_validator(mode="after")
    def _another_outcome_is_told(self) -> Self:
        return self._in_the_note() if self.outcome is Outcome.OTHER else self


class Extend(Message):
    """Why is in the note, always. `见备注` is how old histories write `in_note`."""

    kind: Literal["extend"] = "extend"
    until: AwareDatetime
    reason: Literal["in_note", "见备注"] = "in_note"

    @model_validator(mode="after")
    def _why_is_told(self) -> Self:
        return self._in_the_note()


class ReassignOwner(Message):
    kind: Literal["reassign_owner"] = "reassign_owner"
    staff_id: Id


class Withdraw(Message):
    """The cause has gone: a later valid report, a death, a closing. `resolved_by` is the named one."""

    kind: Literal["withdraw"] = "withdraw"
    outcome: Outcome
    resolved_by: Actor


EscalationMessage = Acknowledge | Resolve | Extend | ReassignOwner | Withdraw


# --- what a look-up brings in (recorded in history, so a replay needs no store) ---------------------------------------


class Assignment(Value):
    """Who visits, and why this person. `volunteer_id` None = nobody is left, or `not_free`: who was named cannot."""

    visit_id: Id
    volunteer_id: Id | None
    reason: Literal["paired", "last_visitor", "same_village", "lowest_load", "township", "nobody", "not_free"]


class PeriodBriefing(Value):
    """What a case needs to open a period or place an ad-hoc visit. `edition`: the newest the answering worker knows."""

    start_on: date
    policy: PolicySlice | None = None  # set when another version is active than the one the case names
    assignment: Assignment | None = None
    village_id: Id
    township_id: Id
    spread_key: str
    tags: tuple[str, ...] = ()
    edition: int = added(1)


class Wanted(Value):
    """A look-up: the briefing, and a visitor for `visit_id` (None: no visitor is needed yet) other than `not_these`."""

    visit_id: Id | None = None
    prefer: Id | None = None
    not_these: tuple[Id, ...] = ()


class BriefingQuestion(Value):
    """`known_policy` is the slice's own hash (`policy_digest`), so an unchanged policy is not sent again."""

    elder_id: Id
    at: AwareDatetime
    known_policy: Sha256 | None
    wanted: Wanted


class OwnerQuestion(Value):
    """Who answers at `rung` of these roles, or, where that post is vacant or away, at the next one that is not."""

    township_id: Id
    village_id: Id
    roles: tuple[Role, ...]
    rung: int
    at: AwareDatetime


class StreamQuestion(Value):
    stream: Id
    after_seq: int


class Owner(Value):
    """Who answers for an escalation at a rung. `skipped` says which posts were vacant or on leave."""

    rung: int
    role: Role
    staff_id: Id
    as_deputy: bool = False
    skipped: tuple[str, ...] = ()


class Tick(Value):
    """Time has come. `key` is derived from the state's position, so a repeated tick happens once."""

    kind: Literal["tick"] = "tick"
    key: Id
    briefing: PeriodBriefing | None = None
    owner: Owner | None = None


# --- what the sender hears -------------------------------------------------------------------------------------------


class Reply(Value):
    """The answer to a message: what was recorded, or why it was refused (`refusal`, a code of `models.errors`).

    `about_on`: the day that stands against it, where there is one.
    """

    key: Id
    accepted: bool
    refusal: str | None = None
    recorded: tuple[str, ...] = ()
    about_on: date | None = added(None)


class CaseStart(Value):
    """Argument of a new run. A first run folds its stream; `head` None = start from the ledger."""

    elder_id: Id
    county_id: Id
    township_id: Id
    carried: str | None = None  # the state of the previous run, canonical JSON
    seq: int = 0
    head: Sha256 | None = None
