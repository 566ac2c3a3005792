"""What can happen to an escalation: the ladder is climbed until a named person ends it. Import from `models.events`."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from models.case_events import Event
from models.policy import PolicySlice
from models.values import (
    Actor,
    EscalationCause,
    Id,
    Outcome,
    Role,
    Urgency,
    added,
)


class EscalationStarted(Event):
    """`edition` is the case's when it opened the escalation, which ends under it."""

    kind: Literal["EscalationStarted"] = "EscalationStarted"
    first_role: Role | None
    elder_id: Id
    cause_of: EscalationCause
    urgency: Urgency
    visit_id: Id | None
    ends_at: AwareDatetime | None
    township_id: Id
    village_id: Id
    policy: PolicySlice
    edition: int = added(1)


class RungReached(Event):
    """The ladder stands at this rung; its owner must acknowledge by `climbs_at` or the next is asked."""

    kind: Literal["RungReached"] = "RungReached"
    rung: int
    role: Role
    staff_id: Id
    as_deputy: bool
    skipped: tuple[str, ...]
    climbs_at: AwareDatetime
    because: Literal["opened", "not_acknowledged", "not_resolved", "reassigned", "extension_over"]


class EscalationAcknowledged(Event):
    kind: Literal["EscalationAcknowledged"] = "EscalationAcknowledged"
    staff_id: Id
    resolve_by: AwareDatetime


class EscalationExtended(Event):
    """Why is in the note. `见备注` is how old facts write `in_note`."""

    kind: Literal["EscalationExtended"] = "EscalationExtended"
    until: AwareDatetime
    reason: Literal["in_note", "见备注"]


class EscalationResolved(Event):
    """What was found is `outcome`, and the note. `text` is for old facts, where it is always null."""

    kind: Literal["EscalationResolved"] = "EscalationResolved"
    outcome: Outcome
    visited_on: date | None
    visited_at: AwareDatetime | None
    text: None = None
    resolved_by: Actor
    rung: int
    tell_case: bool
