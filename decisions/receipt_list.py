"""Which decisions have been made about an elder, each by the name its receipt is asked by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from decisions.receipt import decisions_of, name_of
from decisions.receipt_benefit import TITLES
from decisions.receipt_level import TITLE
from models.events import Event, Recorded


def decisions_in(facts: Sequence[Recorded]) -> list[dict[str, Any]]:
    """The decisions among them, as what shows an elder's benefits or assessments lists them."""
    return [
        {
            "number": name_of(each), "title": title_of(each.event), "code": getattr(each.event, "code", None),
            "at": each.at, "by": each.event.actor.id,
        }
        for each in decisions_of(facts)
    ]  # fmt: skip


def title_of(event: Event) -> str:
    return next((title for kind, title in TITLES.items() if isinstance(event, kind)), TITLE)
