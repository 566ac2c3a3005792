"""A pack's benefits as sheets: one for each, one for what holds between them, and before them what to know.

What a sheet says is what `sheet_in` reads: exported and read again, a pack is the same to the byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from models.facts import ASKED, FactDef, FactType
from policies.pack import Pack
from policies.sheet_words import (
    ABOUT,
    AMOUNT,
    AMOUNT_BY,
    AMOUNT_WORDS,
    ASKS,
    BENEFIT,
    BESIDE,
    BETWEEN,
    BETWEEN_VALUES,
    BY,
    CODE,
    EITHER,
    EXCLUSIVITY,
    FIRST,
    FROM,
    HOW,
    HOW_WORDS,
    ITEM,
    ITEMS,
    KINDS_OF_LINES,
    LAST,
    OPEN,
    OVER,
    ROW,
    SAYS,
    SOURCES,
    TO,
    UNSAID,
    WORDS,
    Cells,
    Item,
    cell_of,
    heading_of,
    said,
)  # fmt: skip

Row = Mapping[str, Any]
COUNTY, VERSION, HASH = "县", "版本", "哈希"
LONGEST_NAME = 31  # of a sheet
NOT_IN_A_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", "·"))

HOW_TO_EDIT = (
    "每张表是一项待遇，每行是一条规定；改好后用 policy import 导入，先加 --check 只看会改什么",
    "表名可以改，待遇认“待遇”那一行的代号。不要删表；要取消一项待遇，请改 policy.toml",
    f"“{ROW}”是发给谁：一行里的条件全部满足。下面跟着“{EITHER}”的（代号相同），还要至少满足其中一行",
    f"“范围”是谁必须落在某一档里；“{OPEN}”是哪些人没有规定，结果是无法判定",
    "条件写成 >= 60；<= 79、等于 2、属于 特困、低保、不属于 无、含有 …、不含 …、是、否。符号和数字用半角",
    "要用新的条件，加一列，标题写“条件：”加下面列出的名称",
    "金额单位是元，最多两位小数，每月。写了金额，就要写金额出处和原文或文号；金额从来没有默认",
    "县里定了金额：填金额，金额出处选“依据”，后面写文号。“待问”里的问题留着也不要紧，填了就不再问",
    "出处选“原文”的，原文里要一字不差；选“依据”的写文件名和文号；“系统默认”只有县里没有规定时才用，并写“待问”",
    "日期写成 2026-01-01；起始日是某月1日，截止日是某月最后一日",
)


class Sheet(NamedTuple):
    """`rows`: the heading first. `choices`: what a column offers, by its heading."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    choices: Mapping[str, Sequence[str]]


def sheets_of(pack: Pack) -> list[Sheet]:
    policy: Row = json.loads(pack.content)["policy"]
    taken: dict[str, int] = {}
    benefits = [_benefit(table, policy["unknown"], taken) for table in policy.get("benefits", ())]
    beside = [tuple(_between(row)[heading] for heading in BESIDE) for row in policy.get("exclusivity", ())]
    choices = {HOW: tuple(HOW_WORDS.values()), BY: tuple(SOURCES.values())[:2]}
    return [
        Sheet(ABOUT, tuple(_about(pack, policy)), {}),
        *benefits,
        Sheet(EXCLUSIVITY, (BESIDE, *beside), choices),
    ]


def _about(pack: Pack, policy: Row) -> Iterator[tuple[str, ...]]:
    yield from ((COUNTY, pack.county), (VERSION, pack.version), (HASH, pack.hash), ("文件", pack.file.document.title))
    yield from (("怎么改", line) for line in HOW_TO_EDIT)
    for fact in ASKED.values():
        yield (f"条件：{fact.name}", _values_of(fact))
    for where, why in policy["unknown"].items():
        if where.startswith(("benefits.", "silent.benefits", "silent.exclusivity")):
            yield ("还不知道", why)


def _values_of(fact: FactDef) -> str:
    match fact.type:
        case FactType.NUMBER:
            return f"{fact.least} 到 {fact.most}{fact.unit}"
        case FactType.YES_NO:
            return "是、否"
        case FactType.CODES:
            return "长期护理保险待遇等，或本县待遇的代号"
        case _:
            return f"{BETWEEN_VALUES.join(fact.options)}{'（从轻到重）' if fact.type is FactType.ORDERED else ''}"


def _benefit(table: Row, unknown: Mapping[str, str], taken: dict[str, int]) -> Sheet:
    lines = list(_lines(table, unknown))
    used = dict.fromkeys(heading for line in lines for heading in line if heading not in (*FIRST, *LAST))
    headings = (*FIRST, *used, *LAST)
    choices = {
        ITEM: KINDS_OF_LINES, BY: tuple(SOURCES.values()), AMOUNT_BY: tuple(SOURCES.values())[:2],
    }  # fmt: skip
    rows = tuple(tuple(line.get(heading, "") for heading in headings) for line in lines)
    return Sheet(_name(str(table["name"]), taken), (headings, *rows), choices)


def _name(name: str, taken: dict[str, int]) -> str:
    """What Excel takes for a name, and no other sheet has."""
    short = name.translate(NOT_IN_A_NAME)[: LONGEST_NAME - 3].strip() or BENEFIT
    short = f"{short}·" if short in (ABOUT, EXCLUSIVITY) else short
    taken[short.lower()] = taken.get(short.lower(), 0) + 1
    return short if taken[short.lower()] == 1 else f"{short} {taken[short.lower()]}"


def _lines(table: Row, unknown: Mapping[str, str]) -> Iterator[Cells]:
    at = f"benefits.{table['code']}"
    yield {ITEM: BENEFIT, CODE: table["code"], SAYS: table["name"], ASKS: unknown.get(at, ""), **_source(table)}
    kind = ITEMS["种类"]
    yield {ITEM: "种类", SAYS: said(kind.words, table["kind"])}
    if table.get("over"):
        yield {ITEM: OVER, **_conditions(table["over"])}
    for row in table.get("rows", ()):
        yield from _rule(ROW, row, unknown.get(f"{at}.rows.{row['code']}.fen", ""))
    if not table.get("rows"):
        yield {ITEM: UNSAID, ASKS: unknown.get(f"{at}.rows", "")}
    for row in table.get("open", ()):
        yield from _rule(OPEN, row, unknown.get(f"{at}.open.{row['code']}", ""))
    for name, item in ITEMS.items():
        if item is not kind:
            yield from _item(name, item, table, at, unknown)


def _rule(name: str, row: Row, asks: str) -> Iterator[Cells]:
    cells = {ITEM: name, CODE: row["code"], ASKS: asks, **_conditions(row.get("when", ())), **_source(row)}
    cells |= {FROM: row.get("from_on", ""), TO: row.get("to_on", "")}
    if "fen" in row:
        source = _source(row["fen"])
        cells |= {AMOUNT: f"{Decimal(row['fen']['value']) / 100:.2f}"}
        cells |= {AMOUNT_BY: source[BY], AMOUNT_WORDS: source[WORDS]}
    yield cells
    for either in row.get("any", ()):
        yield {ITEM: EITHER, CODE: row["code"], **_conditions(either)}


def _item(name: str, item: Item, table: Row, at: str, unknown: Mapping[str, str]) -> Iterator[Cells]:
    part = table.get(item.part)
    if part is None:
        return
    for row in part if item.coded else (part,):
        if row.get(item.field) is None:
            continue
        where = f"{at}.{item.part}.{row['code']}" if item.coded else f"{at}.{item.part}"
        cells = {ITEM: name, SAYS: said(item.words, row[item.field])}
        if item.coded:
            cells |= {CODE: said(item.codes, row["code"])}
        if item.first:
            cells |= {ASKS: unknown.get(where, ""), **_source(row)}
        yield cells


def _conditions(rows: Iterable[Row]) -> Cells:
    """By the column of their fact, which are in the order they are first asked about."""
    order = list(dict.fromkeys(row["fact"] for row in rows))
    by_fact = groupby(sorted(rows, key=lambda row: order.index(row["fact"])), lambda row: str(row["fact"]))
    return {heading_of(fact): cell_of(fact, each) for fact, each in by_fact}


def _source(row: Row) -> Cells:
    key = next((key for key in SOURCES if row.get(key) is not None), None)
    return {BY: SOURCES[key], WORDS: row[key]} if key else {}  # who is left open has none


def _between(row: Row) -> Cells:
    return {
        CODE: row["code"], BETWEEN: BETWEEN_VALUES.join(row["between"]), HOW: said(HOW_WORDS, row["how"]),
        **_source(row),
    }  # fmt: skip
