"""A pack as a person reads it: chapters in plain Chinese, each value with its source; and two packs side by side.

It is walked as it is built, so nothing of it can be forgotten: what has no label of its own goes by its key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import cast

from pydantic import BaseModel

from decisions.closed_words import LEVELS, ROLES
from decisions.words import WORDS
from models.shown_policy import PacksCompared, PackShown, RuleChange, RuleLine, RulePart, Source
from policies import assessing, benefit_terms, paying
from policies.benefit_tables import BenefitTable, ConditionRow, OpenTable
from policies.comparing import DOCUMENT, Told, orders
from policies.pack import Pack
from policies.programme import ContactRow, DutyRow, KpiRow, LocalHoliday, PerformerRow, ServiceRow, SubsidyRow
from policies.reading_words import CHAPTERS, DETAILS, EVERY, LABELS, SILENT_SAID, TERMS
from policies.schema import SILENT, GroupRow, RungRow, Tier, parts
from policies.sourced import Sourced
from policies.telling_whole import opened, said, told

NOT_SHOWN = ("default",)
"""What of a pack is not told: of a default of ours, its writer's remark why. That it is ours, is."""
SOURCES: tuple[Source, ...] = ("quote", "rule", "default")


class _Found(RuleLine):
    """`group`: the tier or benefit whose own part it belongs to."""

    group: str = ""


def read(pack: Pack, since: date | None = None) -> PackShown:
    questions = assessing.asked(pack) | benefit_terms.asked(pack) | paying.asked(pack)
    lines = {id_: list(_of_chapter(pack, keys, questions)) for id_, (_, keys) in CHAPTERS.items()}
    labels = {line.where: line.label for each in lines.values() for line in each}
    return PackShown(
        county=pack.county, version=pack.version, hash=pack.hash, since=since, title=pack.file.document.title,
        parts=tuple(_part(id_, title, lines[id_]) for id_, (title, _) in CHAPTERS.items() if lines[id_]),
        unknown=tuple(
            RuleLine(where=where, label=labels.get(where) or label(where), words=why)
            for where, why in questions.items()
        ),
        text=pack.source_text,
    )  # fmt: skip


def compared(a: Pack, b: Pack, since: tuple[date | None, date | None] = (None, None)) -> PacksCompared:
    """What was added, removed and changed, chapter by chapter in the order of `b`; what is gone after the rest."""
    old, new = read(a, since[0]), read(b, since[1])
    changes = (*_changes(old, new), *_orders(a, b), *_texts(a, b))
    return PacksCompared(a=old, b=new, changes=changes)


def label(where: str) -> str:
    """What a path is called that no line stands under: the name of its table, and what is left of it."""
    table, _, rest = where.partition(".")
    if where.startswith(SILENT):
        return SILENT_SAID
    title = next((title for title, keys in CHAPTERS.values() if table in keys), "")
    return f"{title} {rest}" if title else where


# --- chapters --------------------------------------------------------------------------------------------------------


def _of_chapter(pack: Pack, keys: tuple[str, ...], questions: Mapping[str, str]) -> Iterator[_Found]:
    for name in keys:
        yield from (_with(line, questions) for line in _lines({name: getattr(pack.file, name)}, "", ""))
    ours = {"assessment": assessing, "benefits": benefit_terms, "payment": paying}
    for name in keys:
        if name in ours:
            for where, row in ours[name].filled_in(pack):
                group = EVERY if name == "benefits" else ""
                yield _with(_line(where, _shape_of(where), row), questions).model_copy(update={"group": group})


def _with(line: _Found, questions: Mapping[str, str]) -> _Found:
    return line.model_copy(update={"question": questions.get(line.where, "")})


def _part(id_: str, title: str, lines: list[_Found]) -> RulePart:
    groups: dict[str, list[_Found]] = {}
    for line in lines:
        groups.setdefault(line.group, []).append(line)
    own = groups.pop("", [])
    return RulePart(
        id=id_, title=title, lines=_plain(own),
        parts=tuple(
            RulePart(id=f"{id_}-{n}", title=name, lines=_plain(each))
            for n, (name, each) in enumerate(groups.items(), start=1)
        ),
    )  # fmt: skip


def _plain(lines: list[_Found]) -> tuple[RuleLine, ...]:
    return tuple(RuleLine.model_validate(line.model_dump(exclude={"group"})) for line in lines)


# --- lines -----------------------------------------------------------------------------------------------------------


def _lines(at: object, where: str, shape: str, group: str = "") -> Iterator[_Found]:
    """Every value and row below `at`. `shape`: its path with `*` for names."""
    for name, part in parts(at):
        if part in (None, (), {}) or (isinstance(at, Sourced) and not _has_lines(part)):
            continue  # not there, or told by the words of its row
        is_key = isinstance(at, BaseModel) or not where
        own = part.code if isinstance(part, OpenTable) else name
        path, form = _path(where, own), _path(shape, name if is_key else "*")
        of = _group(name, part) or group
        match part:
            case Sourced() | OpenTable():
                yield _line(path, form, part).model_copy(update={"group": of})
                yield from _lines(part, path, form, of) if isinstance(part, Sourced) else ()
            case _ if isinstance(part, BaseModel | dict) or _has_lines(part):
                yield from _lines(cast("object", part), path, form, of)
            case _:
                yield _Found(where=path, label=LABELS.get(form, path), words=said(part, name), group=of)


def _has_lines(part: object) -> bool:
    """Whether it is, or holds, what has a line of its own."""
    if isinstance(part, tuple):
        return any(_has_lines(row) for _, row in parts(cast("object", part)))
    is_table = isinstance(part, BaseModel | dict) and not isinstance(part, ConditionRow)
    return is_table and _is_table(cast("object", part))


def _is_table(part: object) -> bool:
    return isinstance(part, Sourced | OpenTable | dict | Tier) or any(
        isinstance(below, BaseModel | dict | tuple) for _, below in parts(part)
    )


def _group(name: str, part: object) -> str:
    match part:
        case BenefitTable():
            return part.name
        case Tier():
            return name
        case _:
            return ""


def _line(where: str, shape: str, row: Sourced | OpenTable) -> _Found:
    table = where.partition(".")[0]
    key = table if table == "first_role" else shape.rsplit(".", 1)[-1]
    if isinstance(row, OpenTable):
        return _Found(where=where, label=LABELS.get(shape, where), words=opened(row))
    source: Source = next(each for each in SOURCES if getattr(row, each) is not None)
    cited = "" if source in NOT_SHOWN else (row.quote or row.rule or "")
    return _Found(where=where, label=_called(where, shape, row), words=told(row, key), source=source, cited=cited)


def _called(where: str, shape: str, row: Sourced) -> str:
    """A row by its own name, a value by what its key is called."""
    last = where.rsplit(".", 1)[-1]
    match row:
        case RungRow():
            urgent = "urgent_ladder" in where
            return f"{DETAILS['urgent_ladder' if urgent else 'ladder']}：{ROLES.get(row.role, row.role)}"
        case ContactRow():
            return ROLES.get(row.role, row.role)
        case GroupRow() | PerformerRow() | ServiceRow() | KpiRow() | SubsidyRow() | BenefitTable():
            return row.name
        case DutyRow():
            return DETAILS["duties"]
        case LocalHoliday():
            return f"{row.name}（{row.year}年）"
        case _:
            pass
    if shape == "first_role.*":
        return f"{WORDS.get(last, last)}，{DETAILS['first_role']}"
    if shape == "assessment.terms.*":
        return TERMS.get(last, last)
    if shape == "assessment.tiers.*":
        level = next((words for code, words in LEVELS.items() if code == last), last)
        return f"{level}的至少按哪种频次"
    return LABELS.get(shape, where)


def _shape_of(where: str) -> str:
    """Of a default of ours: `assessment.terms.naming`, `benefits.*.deadlines.papers`."""
    steps = where.split(".")
    named = {2} if steps[0] in ("assessment", "payment") else {1, 3}
    return ".".join("*" if n in named else step for n, step in enumerate(steps))


def _path(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


# --- two, side by side -----------------------------------------------------------------------------------------------


def _changes(old: PackShown, new: PackShown) -> Iterator[RuleChange]:
    before, after = _by_path(old), _by_path(new)
    for where in (*after, *(where for where in before if where not in after)):
        (chapter, one), (other_chapter, other) = before.get(where, ("", None)), after.get(where, ("", None))
        if one != other:
            same = one is not None and other is not None and (one.label, one.words) == (other.label, other.words)
            yield RuleChange(chapter=other_chapter or chapter, old=one, new=other, only_source=same)


def _by_path(shown: PackShown) -> dict[str, tuple[str, RuleLine]]:
    """Each line with its chapter; after them each question that no line stands under."""
    told = {line.where: (title, line) for part in shown.parts for title, line in _in_chapter(part)}
    return told | {line.where: ("", line) for line in shown.unknown if line.where not in told}


def _in_chapter(part: RulePart, above: str = "") -> Iterator[tuple[str, RuleLine]]:
    title = f"{above} · {part.title}" if above else part.title
    yield from ((title, line) for line in part.lines)
    for below in part.parts:
        yield from _in_chapter(below, title)


def lines_of(part: RulePart) -> Iterator[RuleLine]:
    yield from part.lines
    for below in part.parts:
        yield from lines_of(below)


def _orders(a: Pack, b: Pack) -> Iterator[RuleChange]:
    for one in orders(a, b):
        yield RuleChange(chapter="", old=_as_line(one.where, one.old), new=_as_line(one.where, one.new))


def _as_line(where: str, side: Told | None) -> RuleLine | None:
    return side and RuleLine(where=where, label=label(where), words=side.words)


def _texts(a: Pack, b: Pack) -> Iterator[RuleChange]:
    """That the document itself is another; what of it a value quotes, is told of the value."""
    if a.source_text != b.source_text:
        old, new = (RuleLine(where=DOCUMENT, label="文件原文", words=f"{len(each.source_text)}字") for each in (a, b))
        yield RuleChange(chapter="", old=old, new=new)
