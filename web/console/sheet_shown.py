"""The sheet in hand as it is read: each item with its option and points, what was disputed and how it was settled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from decisions.assessment_words import CONSENTS, HOW, PLACES, RELATIONS
from decisions.closed_words import LEVELS
from models.ability import AbilityItem, AbilityScale
from models.events import LevelProposed
from models.ids import assessment_stream
from web.console import assessing
from web.console.ask import Ask

WORDS = {"places": PLACES, "relations": RELATIONS, "consents": CONSENTS, "how": HOW, "levels": LEVELS}


def items(scale: AbilityScale) -> Iterator[tuple[AbilityItem, dict[str, str]]]:
    """Every item with its options by points, best first."""
    for section in scale.sections:
        for item in section.items:
            yield item, options(item)


def options(item: AbilityItem) -> dict[str, str]:
    points = range(item.max, -1, -1)
    return {str(n): said for n, said in zip(points, item.options, strict=True)}


def values(ask: Ask, elder_id: str) -> dict[str, Any]:
    """For `sheet_parts.html`. `proposed`: by which points and reasons a level was proposed; None: none is."""
    held = assessing.of(ask, elder_id).round
    facts = ask.doors.recorded_in(assessment_stream(elder_id)) if held.proposed else ()
    proposed = [each.event for each in facts if isinstance(each.event, LevelProposed)]
    found = proposed[-1] if proposed else None
    return {
        "held": held, "sheet": held.sheet, "scale": ask.doors.assessing.scale, "words": WORDS,
        "disputed": {one.item: one for one in held.disputed}, "proposed": found,
        "people": ask.doors.people.names(held.assessors),
        "checked": ask.doors.assessing.checked(
            found.scored.standard if found and found.scored else ask.doors.assessing.scale.standard
        ),
    }  # fmt: skip
