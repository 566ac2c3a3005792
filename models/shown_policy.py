"""A county's rules as pages show them: a pack read as a person would, two side by side, and what keeps one back."""

from __future__ import annotations

from datetime import date
from typing import Literal

from models.values import Id, Value

Source = Literal["quote", "rule", "default", ""]
"""Where a value comes from; empty for what names no source, such as the version."""


class NotOnShelf(Exception):
    """Nothing, or several, are named so. `says` it in Chinese."""

    def __init__(self, says: str) -> None:
        super().__init__(says)
        self.says = says


class RuleLine(Value):
    """One value, or one row, of a pack. `where`: its dotted path in the file. `question`: to the county, if open."""

    where: str
    label: str
    words: str
    source: Source = ""
    cited: str = ""
    question: str = ""


class RulePart(Value):
    """A chapter. `parts`: what it is divided into: a tier, a benefit."""

    id: Id
    title: str
    lines: tuple[RuleLine, ...] = ()
    parts: tuple[RulePart, ...] = ()


class PackShown(Value):
    """A whole pack. `since`: from when it is in force, or put forward for; None: nobody has said."""

    county: Id
    version: str
    hash: str
    since: date | None
    title: str
    parts: tuple[RulePart, ...]
    unknown: tuple[RuleLine, ...]
    text: str


class RuleChange(Value):
    """`old` None: it is new; `new` None: it is gone. `only_source`: the value is the same, its source is another."""

    chapter: str
    old: RuleLine | None
    new: RuleLine | None
    only_source: bool = False


class PacksCompared(Value):
    a: PackShown
    b: PackShown
    changes: tuple[RuleChange, ...]


class Finding(Value):
    """Why a pack may not be put forward. `at`: file and line, or sheet and cell; `where`: dotted path in the pack."""

    at: str
    where: str
    what: str


class PackOffered(Value):
    """A pack that somebody would put forward. `findings`: what its check refuses; empty: it is sound."""

    county: Id
    version: str
    hash: str
    content: str
    effective_from: date
    findings: tuple[Finding, ...] = ()


class SheetRead(Value):
    """What an uploaded workbook comes to. `changes`: in its words; `offered` None: refused, by `findings`."""

    offered: PackOffered | None
    changes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
