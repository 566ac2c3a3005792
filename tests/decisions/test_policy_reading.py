"""A pack as a person reads it leaves nothing out: whatever is changed in it, what is read changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest

from policies import pack
from policies.pack import Pack, canonical, counties, from_content, load
from policies.reading import NOT_SHOWN, SOURCES, compared, lines_of, read
from policies.reading_words import CHAPTERS
from policies.schema import PackFile, PackUnreadable

Way = tuple[str | int, ...]


def leaves(at: Any, way: Way = ()) -> Iterator[tuple[Way, Any]]:
    each = at.items() if isinstance(at, dict) else enumerate(at) if isinstance(at, list) else None
    if each is None:
        yield way, at
        return
    for name, below in each:
        yield from leaves(below, (*way, name))


def forms(*held: str) -> dict[tuple[str, ...], tuple[str, Way]]:
    """One leaf of each form: rows of a list are alike, and so are sources, wherever they stand."""
    found: dict[tuple[str, ...], tuple[str, Way]] = {}
    for county in held:
        for way, value in leaves(json.loads(load(county).content)["policy"]):
            form = ("" if isinstance(step, int) else str(step) for step in way)
            source = way[-1] in SOURCES
            found.setdefault(("", str(way[-1])) if source else (*form, type(value).__name__), (county, way))
    return found


def others(value: Any) -> Iterator[Any]:
    """What else might stand there; the first that is still a pack is taken."""
    match value:
        case bool():
            yield not value
        case int() | float():
            yield value + 1
        case _:
            with suppress(ValueError):
                yield (date.fromisoformat(str(value)) + timedelta(days=1)).isoformat()
            yield from ("07:35:00", "P9DT1H", "2031-02-03T04:05:06+08:00", f"{value}x", "calendar_days", "hours")


def changed(held: Pack, way: Way) -> Pack | None:
    content = json.loads(held.content)
    *above, last = way
    at = content["policy"]
    for step in above:
        at = at[step]
    was = at[last]
    for other in others(was):
        at[last] = other
        try:
            made = from_content(canonical(content))
        except PackUnreadable:
            continue
        if made.file != held.file:
            return made
    return None


def all_of(held: Pack) -> str:
    shown = read(held)
    return repr((shown.title, shown.version, shown.county, shown.parts, shown.unknown, shown.text))


def test_whatever_is_changed_is_read() -> None:
    silent, stuck = list[Way](), list[Way]()
    before = {county: all_of(load(county)) for county in ("dianjiang", "example-cq")}
    for county, way in forms(*before).values():
        made = changed(load(county), way)
        if made is None:
            stuck.append(way)
        elif all_of(made) == before[county]:
            silent.append(way)
    assert {way[-1] for way in silent} <= set(NOT_SHOWN), silent
    assert stuck == []


def test_every_key_of_a_pack_is_in_a_chapter() -> None:
    told = [key for _, keys in CHAPTERS.values() for key in keys]
    assert sorted([*told, "unknown"]) == sorted(PackFile.model_fields)


@pytest.mark.parametrize("county", counties())
def test_every_line_has_a_name_and_every_question_stands(county: str) -> None:
    held = load(county)
    shown = read(held)
    lines = [line for part in shown.parts for line in lines_of(part)]
    assert [line.where for line in lines if line.label == line.where] == []
    assert held.file.unknown.keys() <= {line.where for line in shown.unknown}
    assert shown.text == held.source_text
    quoted = {line.cited for line in lines if line.source == "quote"}
    assert quoted and all(quote in held.source_text for quote in quoted)


def test_two_are_told_side_by_side() -> None:
    a = load("fengjie")
    policy = json.loads(a.content)["policy"]
    policy["min_age"] = {"value": 65, "rule": "某文件"}
    policy["limits"]["extend_max"] = {"value": 2, "rule": "某文件"}
    policy["groups"] = list(reversed(policy["groups"]))
    del policy["kpis"][0]
    policy["covers"] = ["fengnan"]
    found = compared(a, from_content(canonical({"policy": policy, "source": f"{a.source_text}。"})))
    by_path = {line.where: change for change in found.changes if (line := change.new or change.old)}
    age, extend = by_path["min_age"], by_path["limits.extend_max"]
    assert age.old and age.new and (age.old.words, age.new.words, age.new.cited) == ("60", "65", "某文件")
    assert extend.only_source and extend.new and extend.new.source == "rule" and not age.only_source
    assert by_path["kpis.month_visit_rate"].new is None and by_path["covers"].old is None
    assert "source.txt" in by_path and any("次序" in where for where in by_path)
    assert len(by_path) == 6


def test_the_same_twice_has_no_difference() -> None:
    assert compared(pack.load("guangyuan"), pack.load("guangyuan")).changes == ()
