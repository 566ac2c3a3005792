"""A county's months, one after the other: on a day the month before is frozen and the payment list is drawn; a person
checks it, a second approves it, and what becomes known later comes onto the next. Pure. State and fold: `county_state`.

A list that is not approved keeps the next from being drawn: each is what is due less what approved lists hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from decisions import deadlines
from decisions.benefit_time import last_day, month_of, next_month
from decisions.county_state import PayList, State, begin, evolve, initial
from decisions.deadlines import civil_day, instant
from decisions.draft import Draft
from decisions.hearing import heard
from models.county_messages import (
    ApproveList,
    CheckList,
    CountyBriefing,
    CountyMessage,
    CountyQuestion,
    DrawList,
    ReturnList,
    SeenList,
)
from models.digests import policy_digest
from models.errors import Refusal, StateContradicted
from models.events import (
    CountyOpened,
    CountyRulesAdopted,
    EditionAdopted,
    Event,
    ListApproved,
    ListChecked,
    ListDrawn,
    ListReminded,
    ListReturned,
    MonthClosed,
)
from models.messages import Tick
from models.policy import Delay
from models.values import Role

__all__ = ["State", "begin", "decide", "evolve", "initial", "next_wakeup", "wants"]

DRAWN_AT = time(6)  # before anybody is at work
AGAIN_AFTER = timedelta(days=7)
LIST_ROLE = {"checking": Role.COUNTY_OFFICER, "approving": Role.COUNTY_APPROVER, "returned": Role.COUNTY_OFFICER}
"""On whose worklist a list stands, and who is reminded of it."""


# --- when to look again ----------------------------------------------------------------------------------------------


def next_wakeup(state: State) -> datetime | None:
    """When to look again. None: at once, before anything has been recorded; a county's months never end."""
    return min(_moments(state), default=None)


def _moments(state: State) -> Iterator[datetime]:
    if state.closes is None or state.next is None:
        return
    yield drawn_at(state, next_month(state.closes))
    if state.in_hand is None:
        yield drawn_at(state, state.next)
    else:
        yield _reminds_at(state, state.in_hand)


def _reminds_at(state: State, mine: PayList) -> datetime:
    """Before the term ends, when it ends, and then week by week."""
    remind_at = mine.due_at - timedelta(days=state.law.remind_days)
    if mine.looked_at is None and remind_at > mine.since:
        return remind_at
    return mine.due_at if mine.looked_at is None or mine.looked_at < mine.due_at else mine.looked_at + AGAIN_AFTER


def drawn_at(state: State, month: date) -> datetime:
    day = min(state.law.day, last_day(month).day)
    return instant(month.replace(day=day), DRAWN_AT)


def is_due(state: State, now: datetime) -> bool:
    wakeup = next_wakeup(state)
    return wakeup is not None and wakeup <= now


# --- look-ups --------------------------------------------------------------------------------------------------------


def wants(state: State, message: CountyMessage | Tick, now: datetime) -> CountyQuestion | None:
    """What must be looked up before `decide` can answer, or None."""
    asked = CountyQuestion(county_id=state.county_id, at=now, known_policy=policy_digest(state.policy))
    match message:
        case Tick() if not state.opened:
            return asked.model_copy(update={"law": True})
        case Tick() if is_due(state, now):
            mine = state.in_hand
            return asked.model_copy(
                update={
                    "law": True, "close": _to_close(state, now), "draw": _to_draw(state, now),
                    "remind": LIST_ROLE[mine.stage] if mine else None,
                }
            )  # fmt: skip
        case DrawList():
            return asked.model_copy(update={"law": True, "draw": message.month})
        case ApproveList():
            return asked.model_copy(update={"stands": message.sha256, "of_month": message.month})
        case _:
            return None


def _to_close(state: State, now: datetime) -> date | None:
    due = state.closes is not None and drawn_at(state, next_month(state.closes)) <= now
    return state.closes if due else None


def _to_draw(state: State, now: datetime) -> date | None:
    due = state.next is not None and state.in_hand is None and drawn_at(state, state.next) <= now
    return state.next if due else None


# --- deciding --------------------------------------------------------------------------------------------------------


def decide(
    state: State, message: CountyMessage | Tick, now: datetime, briefing: CountyBriefing | None = None
) -> tuple[Event, ...]:
    """The facts that follow from `message` at `now`. Empty only for a tick with nothing due."""
    if not state.opened:
        return _open(state, message, now, _looked_up(briefing))
    message = heard(message, now, state.edition)
    draft = Draft(state, message, now, state.policy, evolve)
    mine = state.in_hand
    match message:
        case Tick():
            _pass_time(draft, briefing)
        case _ if mine is None or mine.month != message.month:
            draft.refuse(Refusal.NO_SUCH_LIST)
        case CheckList() if mine.stage != "checking":
            draft.refuse(Refusal.LIST_NOT_THERE)
        case ApproveList() if mine.stage != "approving":
            draft.refuse(Refusal.LIST_NOT_THERE)
        case DrawList() if mine.stage != "returned":
            draft.refuse(Refusal.LIST_NOT_THERE)
        case ReturnList() if mine.stage == "returned":
            draft.refuse(Refusal.LIST_NOT_THERE)
        case CheckList() | ApproveList() if not _is_seen(message, mine):
            draft.refuse(Refusal.OTHER_LIST)
        case ApproveList() if draft.actor.id == mine.checked_by:
            draft.refuse(Refusal.SAME_PERSON)
        case ApproveList() if _looked_up(briefing).unlike:
            draft.refuse(Refusal.LIST_OUTDATED)
        case CheckList():
            draft.add(
                ListChecked, month=mine.month, n=mine.n, sha256=mine.drawn.sha256,
                due_at=_due(draft, state.law.approving),
            )  # fmt: skip
        case ApproveList():
            draft.add(
                ListApproved, month=mine.month, n=mine.n, drawn=mine.drawn, checked_by=mine.checked_by,
                changes=_looked_up(briefing).changes,
            )  # fmt: skip
        case ReturnList():
            draft.add(
                ListReturned, month=mine.month, n=mine.n, sha256=mine.drawn.sha256,
                due_at=_due(draft, state.law.checking),
            )  # fmt: skip
        case DrawList():
            _take_law(draft, _looked_up(briefing))
            _draw(draft, mine.month, _looked_up(briefing), mine.n + 1)
    return tuple(draft.events)


def _is_seen(message: SeenList, mine: PayList) -> bool:
    drawn = mine.drawn
    seen = (message.sha256, message.fen, message.claw_back_fen)
    return seen == (drawn.sha256, drawn.fen, drawn.claw_back_fen)


def _pass_time(draft: Draft[State], briefing: CountyBriefing | None) -> None:
    if not is_due(draft.state, draft.now):
        return
    known = _looked_up(briefing)
    _take_law(draft, known)
    if known.snapshot is not None and _to_close(draft.state, draft.now) == known.snapshot.month:
        draft.add(MonthClosed, snapshot=known.snapshot)
    month = _to_draw(draft.state, draft.now)
    if month is not None and known.drawn is not None:
        _draw(draft, month, known, 1)
        return
    mine = draft.state.in_hand
    if mine is not None and _reminds_at(draft.state, mine) <= draft.now:
        draft.add(ListReminded, month=mine.month, stage=mine.stage, owner=known.owner)


def _draw(draft: Draft[State], month: date, known: CountyBriefing, n: int) -> None:
    if known.drawn is None:
        raise StateContradicted(f"the list of {month} was not drawn")
    draft.add(ListDrawn, month=month, n=n, drawn=known.drawn, due_at=_due(draft, draft.state.law.checking))


def _take_law(draft: Draft[State], known: CountyBriefing) -> None:
    if known.policy is not None and known.rules is not None:
        draft.policy = known.policy
        draft.add(CountyRulesAdopted, policy=known.policy, rules=known.rules)
    if known.edition != draft.state.edition:
        draft.add(EditionAdopted, edition=known.edition)


def _due(draft: Draft[State], term: Delay) -> datetime:
    if draft.policy is None:
        raise StateContradicted("a term is counted by the county's calendar")
    return deadlines.after(term, draft.now, draft.policy.calendar)


def _looked_up(briefing: CountyBriefing | None) -> CountyBriefing:
    if briefing is None:
        raise StateContradicted("what this step needs was not looked up")
    return briefing


def _open(state: State, message: CountyMessage | Tick, now: datetime, known: CountyBriefing) -> tuple[Event, ...]:
    """From this month on, unless the rules name another: what was due before is back pay on its list."""
    if known.policy is None or known.rules is None:
        raise StateContradicted(f"{state.county_id} cannot begin without rules")
    draft = Draft(state, message, now, known.policy, evolve)
    draft.add(
        CountyOpened, county_id=state.county_id, first=known.rules.since or month_of(civil_day(now)),
        policy=known.policy, rules=known.rules, edition=known.edition,
    )  # fmt: skip
    return tuple(draft.events)
