"""Every level that was proposed by a sheet is scored again, by the scale it names: its standard by hash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from decisions.assessment_sheet import scored
from decisions.assessment_state import State, begin, evolve
from models.ability import AbilityScale
from models.errors import StateContradicted
from models.events import AssessmentOpened, LevelProposed, Recorded


def rescored(facts: Sequence[Recorded], scale: AbilityScale) -> Iterator[tuple[int, str | None]]:
    """Of one elder's assessments: the fact, and what is otherwise today, or None.

    A level by another scale than the one at hand, or of another body, is not looked at.
    """
    state: State | None = None
    for fact in facts:
        event = fact.event
        if isinstance(event, AssessmentOpened):
            state = begin(event)
        if state is None:
            continue
        if isinstance(event, LevelProposed) and _is_by(scale, event):
            yield fact.seq, _unlike(state, event, scale)
        state = evolve(state, event, fact.at)


def _is_by(scale: AbilityScale, event: LevelProposed) -> bool:
    return event.scored is not None and event.scored.standard.hash == scale.standard.hash


def _unlike(state: State, event: LevelProposed, scale: AbilityScale) -> str | None:
    try:
        again = scored(state.in_hand, scale)
    except StateContradicted:
        return "等级：评估表现在得不出等级"
    if (again, again.final) == (event.scored, event.level):
        return None
    return f"等级：记的是{event.level.value}，按当时的量表重算是{again.final.value}"
