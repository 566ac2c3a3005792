"""What travels and is kept, written down: each value of `models/` with its fields, each closed list with its words.

`.venv/bin/python -m tests.decisions.make_wire` writes the page anew; its diff is what a change does to the wire.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TypeVar

import models
from models.values import Value

PAGE = Path(__file__).with_name("wire.txt")
NOT_SENT = ("tables",)  # rows: tests/activities/schema.sql
K = TypeVar("K")


def wire() -> str:
    for module in iter_modules(models.__path__):
        if module.name not in NOT_SENT:
            import_module(f"models.{module.name}")
    return "\n".join([*_values(), *_lists()]) + "\n"


def _values() -> Iterator[str]:
    for kind in _named(Value):
        yield _name(kind)
        schema = kind.model_json_schema()
        for name, said in schema.get("properties", {}).items():
            field = {key: value for key, value in said.items() if key != "title"}
            if name not in schema.get("required", ()) and kind.model_fields[name].exclude_if:
                field["written"] = "only while it is not its default"
            yield f"    {name}: {json.dumps(field, ensure_ascii=False, sort_keys=True)}"


def _lists() -> Iterator[str]:
    for kind in _named(StrEnum):
        yield f"{_name(kind)}: {' '.join(member.value for member in kind)}"


def _name(kind: type) -> str:
    """With its file: two closed lists are called `Standing`."""
    return f"{kind.__module__.removeprefix('models.')}.{kind.__qualname__}"


def _named(base: type[K]) -> list[type[K]]:
    """All of our own below `base`, by name."""
    found: dict[str, type[K]] = {}
    waiting = [base]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.startswith("models."):
                found[_name(kind)] = kind
    return [found[name] for name in sorted(found)]


if __name__ == "__main__":
    PAGE.write_text(wire(), encoding="utf-8")
