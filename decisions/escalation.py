"""The ladder: one escalation, from the rung it starts on to the named person who ends it.

A rung's delay counts from when the rung before was recorded. An acknowledgement holds the climb only until that rung's
resolve-by. The top rung never lets go: it is told again each time its own time is over.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime

from decisions import deadlines
from decisions.draft import Draft
from decisions.hearing import heard
from decisions.memory import Memory, remember
from models.errors import Refusal
from models.events import (
    EscalationAcknowledged,
    EscalationExtended,
    EscalationResolved,
    EscalationStarted,
    Event,
    RungReached,
)
from models.ids import elder_of
from models.letters import StartEscalation
from models.messages import (
    Acknowledge,
    EscalationMessage,
    Extend,
    Owner,
    ReassignOwner,
    Resolve,
    Tick,
    Withdraw,
)
from models.policy import PolicySlice, Rung
from models.values import Actor, ActorKind, EscalationCause, Id, Outcome, Role, Urgency, added


class State(Memory):
    """`owner_id` None: the first rung has not been asked yet. `due_at`: when the ladder climbs if nobody speaks.

    `held`: this rung has been acknowledged, by this owner or by one before them, so its time is given.
    """

    escalation_id: Id
    elder_id: Id
    cause_of: EscalationCause
    urgency: Urgency
    visit_id: Id | None
    ends_at: AwareDatetime | None
    township_id: Id
    village_id: Id
    first_role: Role | None = None
    policy: PolicySlice
    started: bool = False
    rung: int = 0
    role: Role | None = None
    owner_id: Id | None = None
    acknowledged: bool = False
    held: bool = added(False)
    extensions: int = 0
    due_at: AwareDatetime | None = None
    outcome: Outcome | None = None
    resolved_by: Actor | None = None

    @property
    def ladder(self) -> tuple[Rung, ...]:
        return self.policy.urgent_ladder if self.urgency is Urgency.URGENT else self.policy.ladder

    @property
    def ended(self) -> bool:
        return self.outcome is not None


def initial(said: StartEscalation | EscalationStarted, escalation_id: str) -> State:
    """Before the first rung: from the letter that starts the workflow, or from the ledger's first event."""
    opened = said.opened if isinstance(said, StartEscalation) else said
    return State(
        escalation_id=escalation_id, elder_id=elder_of(escalation_id), cause_of=opened.cause_of,
        urgency=opened.urgency, visit_id=opened.visit_id, ends_at=opened.ends_at, township_id=opened.township_id,
        village_id=opened.village_id, first_role=opened.first_role, policy=said.policy,
        edition=said.edition,
    )  # fmt: skip


def evolve(state: State, event: Event, at: datetime) -> State:
    return remember(_apply(state, event), event)


def _apply(state: State, event: Event) -> State:
    match event:
        case EscalationStarted():
            return initial(event, state.escalation_id).model_copy(update={"started": True})
        case RungReached():
            return state.model_copy(
                update={
                    "rung": event.rung,
                    "role": event.role,
                    "owner_id": event.staff_id,
                    "due_at": event.climbs_at,
                    "acknowledged": False,
                    "held": state.held and event.because == "reassigned",
                }
            )
        case EscalationAcknowledged():
            return state.model_copy(
                update={"acknowledged": True, "held": True, "due_at": event.resolve_by, "owner_id": event.staff_id}
            )
        case EscalationExtended():
            return state.model_copy(update={"extensions": state.extensions + 1, "due_at": event.until})
        case EscalationResolved():
            return state.model_copy(update={"outcome": event.outcome, "resolved_by": event.resolved_by, "due_at": None})
        case _:
            return state


def next_wakeup(state: State) -> datetime | None:
    """When the ladder climbs. None: at once before the first rung, never after the end."""
    return state.due_at


def first_rung(state: State) -> int:
    roles = [rung.role for rung in state.ladder]
    first = state.first_role
    return roles.index(first) if first is not None and first in roles else 0


def wanted_rung(state: State, now: datetime) -> int | None:
    """The rung whose owner must be looked up now, or None when nothing is due. The top rung is asked again."""
    if state.ended:
        return None
    if state.owner_id is None:
        return first_rung(state)
    if state.due_at is not None and state.due_at <= now:
        return min(state.rung + 1, len(state.ladder) - 1)
    return None


def decide(state: State, message: EscalationMessage | Tick, now: datetime) -> tuple[Event, ...]:
    message = heard(message, now, state.edition)
    draft = Draft(state, message, now, state.policy, evolve)
    if isinstance(message, Tick):
        _climb(draft, message.owner)
    elif state.ended:
        draft.refuse(Refusal.ALREADY_CLOSED)
    elif not isinstance(message, Withdraw) and message.actor.kind is ActorKind.VOLUNTEER:
        draft.refuse(Refusal.STAFF_ONLY)
    else:
        _told(draft, message)
    return tuple(draft.events)


def _climb(draft: Draft[State], owner: Owner | None) -> None:
    state = draft.state
    if wanted_rung(state, draft.now) is None or owner is None:
        return
    if not state.started:
        draft.add(
            EscalationStarted, elder_id=state.elder_id, cause_of=state.cause_of, urgency=state.urgency,
            first_role=state.first_role, visit_id=state.visit_id, ends_at=state.ends_at,
            township_id=state.township_id, village_id=state.village_id, policy=state.policy,
            edition=state.edition,
        )  # fmt: skip
        because = "opened"
    elif state.acknowledged:
        because = "extension_over" if state.extensions else "not_resolved"
    else:
        because = "not_acknowledged"
    draft.add(
        RungReached, rung=owner.rung, role=owner.role, staff_id=owner.staff_id, as_deputy=owner.as_deputy,
        skipped=owner.skipped, climbs_at=climbs_at(state, owner.rung, draft.now), because=because,
    )  # fmt: skip


def climbs_at(state: State, rung: int, now: datetime) -> datetime:
    """The next rung's delay from now; at the top, its own resolve-by."""
    ladder = state.ladder
    delay = ladder[rung + 1].after if rung + 1 < len(ladder) else ladder[rung].resolve_by
    return deadlines.after(delay, now, state.policy.calendar)


def _stands_until(state: State, now: datetime) -> datetime:
    """Handing on buys no time: the rung's own stands. One that is over asks nobody; then it counts from now."""
    return state.due_at if state.due_at is not None and state.due_at > now else climbs_at(state, state.rung, now)


def _told(draft: Draft[State], message: EscalationMessage) -> None:
    state = draft.state
    match message:
        case Acknowledge():
            rung = state.ladder[state.rung]
            resolve_by = deadlines.after(rung.resolve_by, draft.now, state.policy.calendar)
            if state.held and state.due_at is not None:
                resolve_by = state.due_at  # saying it again, or after another owner, does not buy time
            draft.add(EscalationAcknowledged, staff_id=message.actor.id, resolve_by=resolve_by)
        case Extend():
            refusal = _why_not_extend(state, message, draft.now)
            if refusal:
                draft.refuse(refusal)
            else:
                draft.add(EscalationExtended, until=message.until, reason=message.reason)
        case ReassignOwner():
            draft.add(
                RungReached, rung=state.rung, role=state.role or state.ladder[state.rung].role,
                staff_id=message.staff_id, as_deputy=False, skipped=(),
                climbs_at=_stands_until(state, draft.now), because="reassigned",
            )  # fmt: skip
        case Resolve() if _is_yet_to_come(message):
            draft.refuse(Refusal.IN_THE_FUTURE)
        case Resolve():
            _resolve(draft, message, message.outcome, message.actor, tell_case=True)
        case Withdraw():
            _resolve(draft, message, message.outcome, message.resolved_by, tell_case=False)


def _resolve(draft: Draft[State], message: Resolve | Withdraw, outcome: Outcome, by: Actor, *, tell_case: bool) -> None:
    said = message if isinstance(message, Resolve) else None
    draft.add(
        EscalationResolved, outcome=outcome, visited_on=said.visited_on if said else None,
        visited_at=said.visited_at if said else None, resolved_by=by, rung=draft.state.rung, tell_case=tell_case,
    )  # fmt: skip


def _is_yet_to_come(said: Resolve) -> bool:
    """The one thing about the day that is known here; the case judges the rest."""
    day = said.visited_on or deadlines.civil_day(said.received_at)
    return deadlines.is_yet_to_come(day, said.visited_at, said.received_at)


def _why_not_extend(state: State, message: Extend, now: datetime) -> Refusal | None:
    if state.urgency is Urgency.URGENT:
        return Refusal.URGENT_NOT_EXTENDED
    if state.extensions >= state.policy.extend_max:
        return Refusal.TOO_MANY_EXTENSIONS
    if message.until <= now or message.until > _longest(state, now):
        return Refusal.EXTENSION_TOO_LONG
    return None


def _longest(state: State, now: datetime) -> datetime:
    """Past the period's end; what belongs to no visit has none: past the rung's resolve-by, were it taken now."""
    rung = state.ladder[state.rung]
    ends_at = state.ends_at or deadlines.after(rung.resolve_by, now, state.policy.calendar)
    return ends_at + state.policy.extend_past_period
