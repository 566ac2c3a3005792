"""The facts of an elder's assessments → their rows: one for each round, and one for the level that holds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, update

from decisions.assessment_state import Round, State
from models.assessment import Stage
from models.events import (
    AssessmentEnded,
    AssessmentRefused,
    AssessmentRequested,
    ElderPlaced,
    LevelConfirmed,
    LevelExpired,
    LevelProposed,
    MessageRefused,
    Recorded,
    SheetReturned,
)
from models.tables import AssessmentRow, LevelRow, table_of

ROUNDS, LEVELS = table_of(AssessmentRow), table_of(LevelRow)
CONFIRMED, REFUSED = "confirmed", "refused"


def apply_assessment(connection: Connection, recorded: Recorded, state: State) -> None:
    """`state` is the stream's state after it: what the round in hand holds is what its row says."""
    event = recorded.event
    match event:
        case MessageRefused():
            return
        case AssessmentRequested():
            row = dict(
                elder_id=state.elder_id, round=event.round, township_id=event.township_id, village_id=event.village_id,
                stage=state.stage.value, trigger=event.trigger.value, reason=event.reason.value,
                requested_at=recorded.at, due_at=event.due_at,
            )  # fmt: skip
            connection.execute(insert(ROUNDS), row)
        case LevelConfirmed():
            _end(
                connection, recorded, state, CONFIRMED, level=event.level.value, assessed_on=event.assessed_on,
                confirmed_by=event.actor.id,
            )  # fmt: skip
            _holds(connection, recorded, event, state)
        case AssessmentRefused():
            _end(connection, recorded, state, REFUSED)
        case AssessmentEnded():
            _end(connection, recorded, state, event.reason.value)
        case LevelExpired():
            own = LEVELS.c.elder_id == state.elder_id
            connection.execute(update(LEVELS).where(own).values(expired=True))
        case LevelProposed():
            found = event.scored or event.elsewhere
            _goes_on(connection, state, total=found.total if found else None)
        case ElderPlaced():
            _goes_on(connection, state, township_id=event.township_id, village_id=event.village_id)
        case SheetReturned():
            _goes_on(connection, state, total=None)
        case _:
            _goes_on(connection, state)


def _goes_on(connection: Connection, state: State, **more: Any) -> None:
    if state.round is not None:
        _set(connection, state, state.round.n, **_of(state.round), **more)


def _of(round_: Round) -> dict[str, Any]:
    return dict(
        stage=round_.stage.value, due_at=round_.due_at, first_id=round_.first, second_id=round_.second,
        body_id=round_.body_id, proposed=round_.proposed.value if round_.proposed else None,
        assessed_on=round_.assessed_on, escalation_id=round_.escalation_id,
    )  # fmt: skip


def _set(connection: Connection, state: State, n: int, **values: Any) -> None:
    own = (ROUNDS.c.elder_id == bindparam("whose"), ROUNDS.c.round == bindparam("which"))
    connection.execute(update(ROUNDS).where(*own), {"whose": state.elder_id, "which": n} | values)


def _end(connection: Connection, recorded: Recorded, state: State, outcome: str, **values: Any) -> None:
    """The round in hand, which is the last; where none is, there is nothing to end."""
    ended = dict(stage=Stage.RESTING.value, due_at=None, ended_at=recorded.at, outcome=outcome, **values)
    own = (ROUNDS.c.elder_id == state.elder_id, ROUNDS.c.ended_at.is_(None))
    connection.execute(update(ROUNDS).where(*own).values(**ended))


def _holds(connection: Connection, recorded: Recorded, event: LevelConfirmed, state: State) -> None:
    connection.execute(delete(LEVELS).where(LEVELS.c.elder_id == state.elder_id))
    row = dict(
        elder_id=state.elder_id, level=event.level.value, round=event.round, assessed_on=event.assessed_on,
        valid_to=event.valid_to, object_by=event.object_by, confirmed_by=event.actor.id, confirmed_at=recorded.at,
        expired=False,
    )  # fmt: skip
    connection.execute(insert(LEVELS), row)
