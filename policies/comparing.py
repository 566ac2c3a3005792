"""What differs between two packs as rules: value by value under its dotted path, each with where it comes from.

A row is told whole where its words differ, else by the keys that do. That rows stand in another order is told of the
list, because exclusivities, groups and benefits go by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, TypeAdapter

from policies.pack import Pack
from policies.schema import parts, sourced
from policies.sourced import Sourced
from policies.telling import in_words, said

DATES = ("from_on", "to_on")
SOURCE = frozenset(("quote", "rule", "default"))
ORDER, DOCUMENT = "次序", "source.txt"
_PLAIN: TypeAdapter[Any] = TypeAdapter(Any)


class Told(NamedTuple):
    """One side of a difference. `source` is empty for what names none, such as the version."""

    words: str
    source: str


class Differs(NamedTuple):
    """`old` None: it is new; `new` None: it is gone."""

    where: str
    old: Told | None
    new: Told | None


class _Entry(NamedTuple):
    row: Sourced | None
    own: Mapping[str, object]  # what stands in it directly, without what has a source of its own
    source: str


def differences(old: Pack, new: Pack) -> list[Differs]:
    """In the order of the old pack; what is new comes after."""
    before, after = dict(_entries(old.file, "")), dict(_entries(new.file, ""))
    found = [differs for where in (before | after) if (differs := _differs(where, before.get(where), after.get(where)))]
    found += _orders(before, after)
    if old.source_text != new.source_text:
        found.append(Differs(DOCUMENT, Told(_letters(old), ""), Told(_letters(new), "")))
    return found


def orders(old: Pack, new: Pack) -> list[Differs]:
    """Only the lists whose rows stand in another order."""
    return list(_orders(dict(_entries(old.file, "")), dict(_entries(new.file, ""))))


def source_of(row: Sourced) -> str:
    return f"原文：{row.quote}" if row.quote else f"依据：{row.rule}" if row.rule else "文件未规定·系统默认"


def _letters(of: Pack) -> str:
    return f"原文{len(of.source_text)}字"


def _entries(at: object, where: str) -> Iterator[tuple[str, _Entry]]:
    own: dict[str, object] = {}
    below: list[tuple[str, object]] = []
    for name, part in parts(at):
        if _goes_on(at, part):
            below.append((name, part))
        elif part not in (None, (), {}) and not (isinstance(at, Sourced) and name in SOURCE):
            own[name] = part
    if isinstance(at, Sourced):
        yield where, _Entry(at, own, source_of(at))
    else:
        yield from ((_path(where, name), _Entry(None, {name: part}, "")) for name, part in own.items())
    for name, part in below:
        yield from _entries(part, _path(where, name))


def _goes_on(at: object, part: object) -> bool:
    return any(sourced(part)) or (not isinstance(at, Sourced) and isinstance(part, dict | BaseModel))


def _path(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _differs(where: str, old: _Entry | None, new: _Entry | None) -> Differs | None:
    if old is None or new is None:
        return Differs(where, old and _whole(old), new and _whole(new))
    if old.own == new.own:
        same = old.source == new.source
        return None if same else Differs(where, _whole(old), _whole(new))
    keys = [key for key in {**old.own, **new.own} if old.own.get(key) != new.own.get(key)]
    untold = [key for key in keys if not _is_told(old, new, key)]
    return Differs(where, _told(old, keys, untold), _told(new, keys, untold))


def _is_told(old: _Entry, new: _Entry, key: str) -> bool:
    """Whether the row's words say it."""
    if old.row is None:
        return False
    return in_words(old.row.model_copy(update={key: new.own.get(key)})) != in_words(old.row)


def _told(entry: _Entry, keys: list[str], untold: list[str]) -> Told:
    words = in_words(entry.row) if entry.row is not None and len(untold) < len(keys) else ""
    return Told("，".join(each for each in (words, _by_key(entry, untold)) if each), entry.source)


def _whole(entry: _Entry) -> Told:
    """In the words of `policy show`; of what has none there, key by key."""
    words = in_words(entry.row) if entry.row is not None else ""
    dates = [key for key in DATES if key in entry.own and str(entry.own[key]) not in words]
    said_besides = _by_key(entry, dates if words else list(entry.own))
    return Told("，".join(each for each in (words, said_besides) if each), entry.source)


def _by_key(entry: _Entry, keys: list[str]) -> str:
    named = [(key, _value(entry.own.get(key))) for key in keys]
    return "，".join(value if len(named) == 1 and entry.row is None else f"{key} {value}" for key, value in named)


def _value(of: object) -> str:
    match of:
        case None:
            return "无"
        case tuple() if "{" in (text := _PLAIN.dump_json(of).decode()):
            return text
        case _:
            return said(of)


def _orders(before: Mapping[str, _Entry], after: Mapping[str, _Entry]) -> Iterator[Differs]:
    """Of the lists whose rows that are in both stand in another order."""
    old, new = _lists(before), _lists(after)
    for where in old:
        one = [name for name in old[where] if name in new.get(where, ())]
        other = [name for name in new.get(where, ()) if name in one]
        if one != other:
            yield Differs(f"{where}（{ORDER}）", Told("、".join(one), ""), Told("、".join(other), ""))


def _lists(entries: Mapping[str, _Entry]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for where, entry in entries.items():
        of, _, name = where.rpartition(".")
        if entry.row is not None and of:
            found.setdefault(of, []).append(name)
    return found
