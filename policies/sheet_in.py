"""Sheets of benefits, read again: the pack as they would have it, or everything that is wrong with them by cell.

They pass the same checks as a pack that was written by hand (`policies.check`); what those find is told where it was
typed. The pack at hand gives the rest, and the order of benefits and of conditions, so that what nobody touched stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from policies.benefit_tables import BenefitTable, ExclusivityTable
from policies.check import check
from policies.locate import Steps, paths_to
from policies.pack import Pack, canonical, from_content
from policies.schema import PackUnreadable
from policies.sheet_cells import At, Line, Misfit, Page
from policies.sheet_lines import BenefitSheet, Table, in_order
from policies.sheet_out import COUNTY, HASH
from policies.sheet_said import in_chinese
from policies.sheet_words import BESIDE, BETWEEN, BY, CODE, FACT_OF, HEADINGS, HOW, HOW_WORDS, ITEM, WORDS, meant
from policies.sourced import Problem

Sheets = Sequence[tuple[str, Sequence[Line]]]
NOT_OURS = f"不是待遇的表：第一行应有“{ITEM}”“{CODE}”等标题。请删去这张表"


class Read(NamedTuple):
    """What sheets come to. `pack` None: refused, by `misfits` and by `others`, which are not the sheets' doing."""

    pack: Pack | None
    misfits: tuple[Misfit, ...] = ()
    others: tuple[Problem, ...] = ()


class _Book(NamedTuple):
    about: dict[str, str]
    benefits: list[tuple[Page, BenefitSheet]]
    beside: list[tuple[Page, list[Table], dict[Steps, At]]]
    misfits: list[Misfit]


def read(sheets: Sheets, held: Pack) -> Read:
    """`held`: the county's pack as it is."""
    policy: Table = json.loads(held.content)["policy"]
    book = _book(sheets)
    misfits = [*book.misfits, *_missing(book, policy, held)]
    misfits += [each for page, _ in book.benefits for each in page.misfits]
    misfits += [each for page, _, _ in book.beside for each in page.misfits]
    if misfits:
        return Read(None, tuple(misfits))
    places = _laid_in(book, policy)
    content = canonical({"policy": policy, "source": held.source_text})
    if content != held.content and book.about.get(HASH) != held.hash:
        told = "这份表格导出以后，规则包又改过。请重新导出，在新的表格里改"
        return Read(None, (Misfit(At(), told),))
    try:
        pack = from_content(content, held.county)
        problems, first = check(pack), 1
    except PackUnreadable as error:
        pack, problems, first = None, error.problems, 0
    return Read(pack if not problems else None, *_told(problems, first, policy, places))


def numbered(pack: Pack, version: str) -> Pack:
    """The pack under another version. Raises PackUnreadable for one that is no code."""
    policy: Table = json.loads(pack.content)["policy"] | {"version": version}
    return from_content(canonical({"policy": policy, "source": pack.source_text}), pack.county)


def _book(sheets: Sheets) -> _Book:
    book = _Book({}, [], [], [])
    for name, lines in sheets:
        first = next((line.values for line in lines if any(map(str.strip, line.values))), ())
        heading = [value.strip() for value in first]
        if ITEM in heading:
            page = Page(name, lines, HEADINGS, FACT_OF)
            book.benefits.append((page, BenefitSheet(page)))
        elif BETWEEN in heading:
            page = Page(name, lines, BESIDE, {})
            book.beside.append((page, *_between(page)))
        elif heading and heading[0] == COUNTY:
            book.about.update((line.values[0], line.values[1]) for line in lines if len(line.values) > 1)
        elif heading:
            book.misfits.append(Misfit(At(name), NOT_OURS))
    return book


def _between(page: Page) -> tuple[list[Table], dict[Steps, At]]:
    rows: list[Table] = []
    places: dict[Steps, At] = {}
    codes: dict[str, int] = {}
    for row in page.rows():
        at: Steps = ("exclusivity", len(rows))
        for heading in (CODE, BETWEEN, HOW):
            if not row[heading]:
                row.refuse(heading, f"没有写{heading}")
        if (before := codes.setdefault(row[CODE], row.number)) != row.number:
            row.refuse(CODE, f"代号“{row[CODE]}”在第 {before} 行已经有了")
        between = [each.strip() for each in row[BETWEEN].replace("，", "、").replace(",", "、").split("、")]
        source = row.source(BY, WORDS)
        how = row.read(HOW, lambda word: meant(HOW_WORDS, word))
        rows.append({"code": row[CODE], "between": between, "how": how, **source})
        places |= {at: row.at(CODE), (*at, "between"): row.at(BETWEEN), (*at, "how"): row.at(HOW)}
        places |= {(*at, key): row.at(WORDS) for key in source}
    return rows, places


def _missing(book: _Book, policy: Table, held: Pack) -> list[Misfit]:
    found: list[Misfit] = []
    if book.about.get(COUNTY) != held.county:
        of = f"是 {book.about[COUNTY]} 的" if COUNTY in book.about else "没有“说明”这张表"
        found.append(Misfit(At(), f"这份表格{of}，不能导入 {held.county}。请用 policy export 导出的表格"))
    first: dict[str, str] = {}
    for page, sheet in book.benefits:
        if sheet.code and first.setdefault(sheet.code, page.name) != page.name:
            told = f"待遇“{sheet.code}”在工作表 '{first[sheet.code]}' 已经有了"
            found.append(Misfit(sheet.places[()], told))
    for table in policy.get("benefits", ()):
        if table["code"] not in first and all(sheet.code for _, sheet in book.benefits):
            told = f"少了待遇“{table['name']}”（{table['code']}）的表。要取消一项待遇，请改 policy.toml"
            found.append(Misfit(At(), told))
    if len(book.beside) != 1 and (policy.get("exclusivity") or book.beside):
        found.append(Misfit(At(), f"有“{BETWEEN}”一列的表（待遇之间）要有一张，现在有 {len(book.beside)} 张"))
    return found


def _laid_in(book: _Book, policy: Table) -> dict[Steps, At]:
    """Puts what the sheets say into the pack's own words, and tells where each of it stands."""
    places: dict[Steps, At] = {}
    before: dict[str, Any] = {table["code"]: table for table in policy.get("benefits", ())}
    order = {code: n for n, code in enumerate(before)}
    sheets = sorted((sheet for _, sheet in book.benefits), key=lambda sheet: order.get(sheet.code, len(order)))
    unknown = {where: why for where, why in policy["unknown"].items() if not where.startswith("benefits.")}
    tables: list[Table] = []
    for n, sheet in enumerate(sheets):
        in_order(sheet.table, sheet.places, before.get(sheet.code, {}))
        tables.append(_kept(sheet.table, before.get(sheet.code), BenefitTable))
        places |= {("benefits", n, *path): at for path, at in sheet.places.items()}
        unknown |= {_joined(sheet.code, where): why for where, why in sheet.unknown.items()}
    _, rows, beside = book.beside[0] if book.beside else (None, list[Table](), dict[Steps, At]())
    was: dict[str, Any] = {row["code"]: row for row in policy.get("exclusivity", ())}
    held = [_kept(row, was.get(row["code"]), ExclusivityTable) for row in rows]
    for part, new in (("benefits", tables), ("exclusivity", held)):
        if new or policy.get(part):
            policy[part] = new
    policy["unknown"] = unknown
    return places | beside


def _joined(code: str, where: str) -> str:
    return f"benefits.{code}.{where}" if where else f"benefits.{code}"


def _kept(new: Table, old: Table | None, shape: type[BaseModel]) -> Table:
    """The table as it was written, if it says the same."""
    try:
        same = old is not None and _shaped(new, shape) == _shaped(old, shape)
    except ValidationError:
        return new
    return old if same and old is not None else new


def _shaped(table: Mapping[str, Any], shape: type[BaseModel]) -> BaseModel:
    return shape.model_validate_json(canonical(table))


def _told(
    problems: Sequence[Problem], first: int, policy: Table, places: Mapping[Steps, At]
) -> tuple[tuple[Misfit, ...], tuple[Problem, ...]]:
    misfits: list[Misfit] = []
    others: list[Problem] = []
    for problem in problems:
        at: At | None = None
        for path in paths_to(policy, f"{problem.where}.{problem.key}" if problem.key else problem.where, first):
            at = places.get(path, at)
        if at is None:
            others.append(problem)
        else:
            misfits.append(Misfit(at, in_chinese(problem.what)))
    return tuple(misfits), tuple(others)
