"""Packs with one thing changed, to see what the check says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies import drafting, pack
from policies.pack import Pack, from_content, load

Toml = dict[str, Any]
FENGJIE = load("fengjie")


def planted(change: Callable[[Toml], object], county: str = "fengjie") -> Pack:
    """The pack of `county` with one thing changed in its policy.toml."""
    content = json.loads(load(county).content)
    change(content["policy"])
    return from_content(json.dumps(content, ensure_ascii=False))


def put(path: str, value: object) -> Callable[[Toml], object]:
    """Sets `value` at a dotted path; numbers are places in a list, what follows `unknown.` is one key."""

    def change(toml: Toml) -> None:
        table, last = _find(toml, path)
        table[last] = value

    return change


def drop(path: str) -> Callable[[Toml], object]:
    def change(toml: Toml) -> None:
        table, last = _find(toml, path)
        del table[last]

    return change


def _find(toml: Toml, path: str) -> tuple[Any, Any]:
    if path.startswith("unknown."):
        return toml["unknown"], path.removeprefix("unknown.")
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    here: Any = toml
    for step in steps:
        here = here[step]
    return here, last


def both(*changes: Callable[[Toml], object]) -> Callable[[Toml], object]:
    return lambda toml: [change(toml) for change in changes]


def closely(toml: Toml) -> None:
    """Beside the county's tier one of weeks, with a due day and a ladder that fit a week, for the second group."""
    close = json.loads(json.dumps(toml["tiers"]["general"]).replace('"default"', '"rule"'))
    close["cadence"] = {"value": "weekly", "rule": "r"}
    del close["due"]["day_of_month"]
    close["due"]["after"] = {"value": "P3D", "rule": "r"}
    close["ladder"] = [
        {"role": role, "after": {"amount": hours, "unit": "hours"}, "resolve_by": hour, "rule": "r"}
        for role, hours in (("grid_worker", 0), ("township_officer", 24), ("county_officer", 24))
        for hour in ({"amount": 1, "unit": "hours"},)
    ]
    toml["tiers"]["close"] = close
    toml["groups"][1]["tier"] = "close"


def in_a_folder(county: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """The county's pack in a folder of its own, and what writes it there with one piece of its text replaced."""
    own = pack.file_of(county).parent
    (folder / county).mkdir()
    (folder / county / "source.txt").write_bytes((own / "source.txt").read_bytes())
    for reads in (pack.load, pack.file_of, pack.counties, drafting.scaffold):
        monkeypatch.setattr(reads, "__defaults__", (folder,))

    def write(old: str, new: str) -> Path:
        text = (own / "policy.toml").read_text("utf-8")
        assert text.count(old) == 1
        made = folder / county / "policy.toml"
        made.write_text(text.replace(old, new), "utf-8")
        return made

    return write


def line_after(made: Path, new: str) -> int:
    """The line on which the piece that was put in ends."""
    text = made.read_text("utf-8")
    return text[: text.index(new) + len(new)].count("\n") + 1
