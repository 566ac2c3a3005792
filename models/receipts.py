"""The receipt of a decision about one elder, as data: a page, a text and a PDF say the same.

Nothing here is stored: a receipt is derived from what is recorded, and from the pack that the decision names. It is the
elder's own paper: the name is masked, level and disability may be told, no number of a person stands in it.
"""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime, Field

from models.values import Id, Role, Sha256, Value


class NoReceipt(Exception):
    """There is none of this fact. `why` is a sentence for whoever asked."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NoFont(Exception):
    """No font of this machine has the characters of a receipt; the message says the one command that brings one."""


class Told(Value):
    """Something that is said under a word: 核查：乡镇专干 S-1，2026年3月2日."""

    label: str
    words: str


class Condition(Value):
    """`verdict` in words; `passed` None: it cannot be said, or it is no question of yes and no.

    `option`: of several lists of which one is enough, which; 0: it must hold in any case.
    """

    words: str
    value: str
    source: str
    passed: bool | None
    verdict: str
    option: int = 0


class Part(Value):
    """Conditions that are looked at together: a row of a benefit, the points of an assessment. `source`: its clause."""

    title: str
    passed: bool | None
    verdict: str
    source: str
    conditions: tuple[Condition, ...]


class Cited(Value):
    """A rule the decision went by. `ours`: no document says it, our default does."""

    what: str
    words: str
    source: str
    ours: bool = False


class Law(Value):
    """What a receipt may cite of a pack: its document, and by key its rules.

    Keys: of one benefit `start`, `birthday`, `stop.<cause>`, `offset.<place>`; of assessments `use`, `valid_months`,
    `endless`, `object_within`. `names`: of its benefits. `appeal`: the law by which a decision is appealed against.
    """

    version: Id
    hash: Sha256
    document: str
    names: dict[Id, str]
    cited: dict[str, Cited]
    appeal: str


class Names(Value):
    """As the register has them today. `elder` in full: only the mask sees it."""

    elder: str
    county: str
    township: str
    bodies: dict[Id, str] = Field(default_factory=dict[Id, str])


class Receipt(Value):
    """`number`: where the decision stands in the ledger. `decided` and `given` are what is said large.

    `object_by`: the last day to object or appeal, where it is known. `chained`: the hash of the decision's fact.
    """

    number: Id
    title: str
    county: str
    whom: str
    decided: str
    given: str
    reason: str | None
    told: tuple[Told, ...]
    parts: tuple[Part, ...]
    near: str | None
    cited: tuple[Cited, ...]
    objection: str
    object_by: date | None
    marks: tuple[str, ...]
    decided_at: AwareDatetime
    by: Id
    role: Role | None
    document: str
    version: Id
    hash: Sha256
    chained: Sha256
