"""One sheet of a benefit, line by line: what it says as a table of a pack, and the cell where each of it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policies.locate import Steps
from policies.sheet_cells import At, Misfit, Page, Row, day_of, fen_of
from policies.sheet_words import (
    AMOUNT,
    AMOUNT_BY,
    AMOUNT_WORDS,
    ASKS,
    BENEFIT,
    BY,
    CODE,
    EITHER,
    FROM,
    ITEM,
    ITEMS,
    KINDS_OF_LINES,
    OPEN,
    OVER,
    ROW,
    SAYS,
    TO,
    UNSAID,
    WORDS,
    Item,
    conditions_in,
    meant,
    whole,
)  # fmt: skip

Table = dict[str, Any]
CONDITIONS = "条件"  # stands for all columns of facts

# What a line may say; a cell beside it is refused, so that nothing is written for nothing.
_SAYS: Mapping[str, tuple[str, ...]] = {
    BENEFIT: (CODE, SAYS, BY, WORDS, ASKS),
    OVER: (CONDITIONS,),
    ROW: (CODE, CONDITIONS, FROM, TO, AMOUNT, AMOUNT_BY, AMOUNT_WORDS, BY, WORDS, ASKS),
    EITHER: (CODE, CONDITIONS),
    OPEN: (CODE, CONDITIONS, ASKS),
    UNSAID: (ASKS,),
} | {
    name: (SAYS, *((CODE,) if item.coded else ()), *((BY, WORDS, ASKS) if item.first else ()))
    for name, item in ITEMS.items()
}  # fmt: skip


class BenefitSheet:
    """What a page says. `places`: by the path below the benefit; `unknown`: questions by the dotted path below it."""

    def __init__(self, page: Page) -> None:
        self.table: Table = {}
        self.places: dict[Steps, At] = {}
        self.unknown: dict[str, str] = {}
        self._page = page
        self._seen: dict[tuple[str, str], int] = {}
        self._rule: tuple[Steps, Table] | None = None  # the last one, for what follows with 或者
        for row in page.rows():
            self._line(row)
        self._whole()

    @property
    def code(self) -> str:
        return str(self.table.get("code", ""))

    @property
    def misfits(self) -> list[Misfit]:
        return self._page.misfits

    def _line(self, row: Row) -> None:
        name = row[ITEM]
        if name not in KINDS_OF_LINES:
            told = f"不认识“{name}”" if name else "没有写这一行是什么"
            return row.refuse(ITEM, f"{told}；可用：{'、'.join(KINDS_OF_LINES)}")
        for heading in row.filled:
            kind = CONDITIONS if heading in self._page.facts else heading
            if kind not in (ITEM, *_SAYS[name]):
                row.refuse(heading, f"“{name}”这一行不写这一列")
        if CODE in _SAYS[name] and not row[CODE]:
            return row.refuse(CODE, "没有写代号")
        if name != EITHER and not self._first_of_its_kind(row, name):
            return None
        of_its_own = {
            BENEFIT: self._benefit, OVER: self._over, ROW: self._row, EITHER: self._either, OPEN: self._open,
            UNSAID: self._unsaid,
        }  # fmt: skip
        return of_its_own[name](row) if name in of_its_own else self._item(row, ITEMS[name], name)

    def _first_of_its_kind(self, row: Row, name: str) -> bool:
        code = row[CODE] if name in (ROW, OPEN) or (name in ITEMS and ITEMS[name].coded) else ""
        before = self._seen.setdefault((name, code), row.number)
        if before != row.number:
            heading = CODE if code else ITEM
            row.refuse(heading, f"“{name}”{f'的代号“{code}”' if code else ''}在第 {before} 行已经有了")
        return before == row.number

    def _put(self, path: Steps, key: str, value: object, row: Row, heading: str) -> None:
        here: Any = self.table
        for step in path:
            here = here[step]
        here[key] = value
        self.places[*path, key] = row.at(heading)

    def _benefit(self, row: Row) -> None:
        self.places[()] = row.at(CODE)
        self._put((), "code", row[CODE], row, CODE)
        if not row[SAYS]:
            row.refuse(SAYS, "没有写待遇的名称")
        self._put((), "name", row[SAYS], row, SAYS)
        self._source(row, (), "")

    def _over(self, row: Row) -> None:
        self._put((), "over", self._conditions(row, ("over",)), row, ITEM)

    def _unsaid(self, row: Row) -> None:
        self.places["rows",] = row.at(ITEM)
        self._ask(row, "rows")

    def _source(self, row: Row, path: Steps, where: str) -> None:
        """`where`: under which name it is asked about, if it is only a default."""
        for key, words in row.source(BY, WORDS).items():
            self._put(path, key, words, row, WORDS)
            if key == "default":
                self._ask(row, where)

    def _ask(self, row: Row, where: str) -> None:
        if not row[ASKS]:
            return row.refuse(ASKS, "还不知道的，要在“待问”写明问县里什么")
        self.unknown[where] = row.text(ASKS)
        return None

    def _conditions(self, row: Row, path: Steps) -> list[Table]:
        found: list[Table] = []
        for heading, fact in self._page.facts.items():
            for each in row.read(heading, lambda cell, fact=fact: list(conditions_in(fact, cell))) or ():
                self.places[*path, len(found)] = row.at(heading)
                found.append(each)
        return found

    def _append(self, part: str, row: Row, code: str) -> tuple[str, int]:
        rows = self.table.setdefault(part, [])
        path = (part, len(rows))
        rows.append({})
        self.places[path] = row.at(CODE)
        self._put(path, "code", code, row, CODE)
        return path

    def _row(self, row: Row) -> None:
        path = self._append("rows", row, row[CODE])
        self._when(row, path)
        for heading, key in ((FROM, "from_on"), (TO, "to_on")):
            if (day := row.read(heading, day_of)) is not None:
                self._put(path, key, day, row, heading)
        if not row[AMOUNT]:
            if row[AMOUNT_BY] or row[AMOUNT_WORDS]:
                row.refuse(AMOUNT, "写了金额出处，没有写金额")
            self._ask(row, f"rows.{row[CODE]}.fen")
        elif not row[AMOUNT_BY]:
            row.refuse(AMOUNT_BY, "写了金额，没有写金额出处；县里定的选“依据”，后面写文号")
        elif (fen := row.read(AMOUNT, fen_of)) is not None:
            self._put(path, "fen", {"value": fen} | row.source(AMOUNT_BY, AMOUNT_WORDS), row, AMOUNT)
            self.places[*path, "fen", "quote"] = row.at(AMOUNT_WORDS)
        self._source(row, path, f"rows.{row[CODE]}")

    def _open(self, row: Row) -> None:
        self._when(row, self._append("open", row, row[CODE]))
        self._ask(row, f"open.{row[CODE]}")

    def _when(self, row: Row, path: tuple[str, int]) -> None:
        rule = self.table[path[0]][path[1]]
        self._rule = (path, rule)
        if when := self._conditions(row, (*path, "when")):
            rule["when"] = when

    def _either(self, row: Row) -> None:
        if self._rule is None or self._rule[1]["code"] != row[CODE]:
            return row.refuse(CODE, f"“{EITHER}”跟在同一代号的“{ROW}”或“{OPEN}”下面")
        path, rule = self._rule
        lists = rule.setdefault("any", [])
        at: Steps = (*path, "any", len(lists))
        self.places[at] = row.at(CODE)
        lists.append(self._conditions(row, at))
        return None

    def _item(self, row: Row, item: Item, name: str) -> None:
        value = row.read(SAYS, whole) if item.number else row.read(SAYS, lambda word: meant(item.words, word))
        code = row.read(CODE, lambda word: meant(item.codes, word)) if item.coded else ""
        if not row[SAYS]:
            row.refuse(SAYS, f"没有写{name}")
        if value is None or code is None:
            return None
        if not item.part:
            return self._put((), item.field, value, row, SAYS)
        path: Steps
        if item.coded:
            path, where = self._append(item.part, row, code), f"{item.part}.{code}"
        else:
            self.table.setdefault(item.part, {})
            path, where = (item.part,), item.part
            if item.first:
                self.places[path] = row.at(SAYS)
            self.places.setdefault(path, row.at(SAYS))
        self._put(path, item.field, value, row, SAYS)
        return self._source(row, path, where) if item.first else None

    def _whole(self) -> None:
        """What no line can tell of itself: that another is missing, or too many."""
        begins = At(self._page.name)
        if (BENEFIT, "") not in self._seen:
            self.misfits.append(Misfit(begins, f"没有“{BENEFIT}”这一行，不知道是哪项待遇"))
        elif "kind" not in self.table:
            self.misfits.append(Misfit(self.places.get((), begins), "没有“种类”这一行"))
        if not self.misfits:
            rows = bool(self.table.get("rows"))
            if rows == ("rows" in self.unknown):
                told = f"已经有“{ROW}”，请删去“{UNSAID}”这一行" if rows else f"没有“{ROW}”，也没有“{UNSAID}”这一行"
                self.misfits.append(Misfit(self.places.get(("rows",), self.places[()]), told))
        for name, item in ITEMS.items():
            part = self.table.get(item.part) if item.first and item.part and not item.coded else None
            if part is not None and item.field not in part and not self.misfits:
                self.misfits.append(Misfit(self.places[item.part,], f"没有“{name}”这一行，这一行就没有依据"))


def in_order(table: Table, places: dict[Steps, At], old: Mapping[str, Any]) -> None:
    """Sets the conditions of each rule in the order in which they stood, so that an unchanged rule is unchanged."""
    _sort(table.get("over"), old.get("over"), ("over",), places)
    for part in ("rows", "open"):
        before = {row["code"]: row for row in old.get(part, ())}
        for n, rule in enumerate(table.get(part, ())):
            was = before.get(rule["code"], {})
            _sort(rule.get("when"), was.get("when"), (part, n, "when"), places)
            for k, either in enumerate(rule.get("any", ())):
                lists = was.get("any", ())
                _sort(either, lists[k] if k < len(lists) else None, (part, n, "any", k), places)


def _sort(
    new: list[Table] | None, old: Sequence[Mapping[str, Any]] | None, path: Steps, places: dict[Steps, At]
) -> None:
    if not new or not old:
        return
    held = [(row, places[*path, n]) for n, row in enumerate(new)]
    held.sort(key=lambda each: _rank(each[0], old))
    new[:] = [row for row, _ in held]
    places |= {(*path, n): at for n, (_, at) in enumerate(held)}


def _rank(row: Table, old: Sequence[Mapping[str, Any]]) -> int:
    """Where the same condition stood, else one on the same fact with the same sign, else one on the fact."""
    for keys in (("fact", "op", "value"), ("fact", "op"), ("fact",)):
        for n, was in enumerate(old):
            if all(was[key] == row[key] for key in keys):
                return n
    return len(old)
