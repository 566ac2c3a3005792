"""A county's lists as read: rows of elders, volunteers and staff, what was refused, and the facts a group rule sees.

Rows hold personal data and stay inside activities and adapters. What travels through a workflow (`OpenRoster` …
`RosterResult`) names the file by its hash and rows by line number only.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from models.policy import Category
from models.values import Actor, Id, Role, Sha256, Value, added

MOST_NOTES = 50  # refusals and notes that travel with the numbers: a payload stays small


class RosterKind(StrEnum):
    ELDERS = "elders"
    VOLUNTEERS = "volunteers"
    STAFF = "staff"


class Living(StrEnum):
    """居住情况, the answers of GB/T 42195-2022 A.2."""

    ALONE = "alone"
    SPOUSE = "spouse"
    CHILDREN = "children"
    PARENTS = "parents"
    SIBLINGS = "siblings"
    RELATIVES = "relatives"
    OTHERS = "others"
    INSTITUTION = "institution"


class Ability(StrEnum):
    """自理能力 as the list states it (GB/T 42195-2022 levels); no assessment of ours."""

    INTACT = "intact"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    TOTAL = "total"


class Welfare(StrEnum):
    """低保特困. `NONE` is a statement; a blank cell is None: not known."""

    NONE = "none"
    DESTITUTE = "destitute"
    MINIMUM_INCOME = "minimum_income"
    NEAR_MINIMUM_INCOME = "near_minimum_income"


class Standing(StrEnum):
    """Who becomes a case: in a group → case; in none → register only; a fact missing → cannot decide."""

    CASE = "case"
    REGISTER_ONLY = "register_only"
    CANNOT_DECIDE = "cannot_decide"


class RegisterList(StrEnum):
    """What a caseworker may list: in the register and no case; a fact missing; a case that a list speaks against."""

    NO_CASE = "no-case"
    CANNOT_DECIDE = "cannot-decide"
    TO_DECIDE = "to-decide"


NOT_STARTED = "not_started"  # a case by the rule, in a township where cases have not begun


class ElderFacts(Value):
    """What a group rule may look at. None = the list did not say, which is never "no".

    `age` in full years on the day of the import. `rural`: the village is a 村 (True), a 社区 of a 街道 (False).
    `poor`: 低保特困 names one (True) or says 无 (False). `categories`: sorted, from every column that states one.
    """

    age: int
    rural: bool | None = None
    poor: bool | None = None
    categories: tuple[Category, ...] | None = None


# --- rows, personal --------------------------------------------------------------------------------------------------


class Sourced(Value):
    """A category and the column it was read from."""

    category: Category
    source: str


FOLLOWS_FROM = {
    Category.LIVING_ALONE: "living",
    Category.DISABLED_CARE: "ability",
    Category.SEVERE_DISABILITY: "disability",
    Category.DISABILITY: "disability",
    Category.DESTITUTE: "welfare",
    Category.MINIMUM_LIVING: "welfare",
    Category.LOW_INCOME: "welfare",
}
"""Which other cell of a row states a category."""


class NoticeGiven(Value):
    """告知书: that the elder was told what is done with their data; which version, when, and the name of who told."""

    version: str
    given_on: date
    given_by: str


class ElderRow(Value):
    """Phones in E.164; `textable` is False for a landline. `residences`: more than one for 轮流赡养.

    `categories_stated`: the 人员类别 cell is filled in (无 counts), so a category not in it is truly not theirs.
    """

    line: int
    name: str
    sex: Literal["F", "M"]
    id_number: str
    born_on: date
    phone: str | None = None
    textable: bool = False
    township: str
    village: str
    residences: tuple[str, ...] = ()
    registered: str | None = None
    categories: tuple[Sourced, ...] = ()
    categories_stated: bool = False
    living: Living | None = None
    ability: Ability | None = None
    disability: int | None = None
    welfare: Welfare | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    remark: str | None = None
    household: str | None = None
    notice: NoticeGiven | None = None

    def denies(self, category: Category) -> bool:
        """The list says it is not theirs: a cell that would name it is filled in and does not. A blank says nothing."""
        if any(stated.category is category for stated in self.categories):
            return False
        told_in = FOLLOWS_FROM.get(category)
        return self.categories_stated or (told_in is not None and getattr(self, told_in) is not None)


class PairedElder(Value):
    """结对老人 as written: a name and the last four of the ID number."""

    name: str
    last_four: str


class VolunteerRow(Value):
    line: int
    name: str
    sex: Literal["F", "M"]
    phone: str
    township: str
    village: str
    standing: str = ""
    capacity: int
    paired: tuple[PairedElder, ...] = ()


class StaffRow(Value):
    """One post and its holder; `village` None = the township's post, `township` None too = the county's."""

    line: int
    name: str
    role: Role
    township: str | None = None
    village: str | None = None
    phone: str
    deputy_name: str | None = None
    deputy_phone: str | None = None


AnyRow = ElderRow | VolunteerRow | StaffRow


class Doubt(Value):
    """Why a list speaks against a case; what its work item says. `off_list` needs no more words.

    `lost`: categories the list no longer states. `reason`: of `out_of_group`, as the group rule gives it; of
    `closed_on_list`, why the case was closed.
    """

    item: Literal["off_list", "category_lost", "out_of_group", "closed_on_list"]
    reason: str = ""
    lost: tuple[Category, ...] = ()

    @property
    def about(self) -> str:
        return f"{self.reason}:{','.join(self.lost)}" if self.reason or self.lost else ""

    def asks_as(self, other: Doubt) -> bool:
        """The same question: for what reason they are in no group now is only how it is said."""
        return (self.item, self.lost) == (other.item, other.lost)

    @classmethod
    def of(cls, item: str, about: str) -> Doubt:
        """Read back from a work item."""
        reason, _, lost = about.partition(":")
        return cls.model_validate({"item": item, "reason": reason, "lost": tuple(lost.split(",")) if lost else ()})


# --- what is told about a file, not personal -------------------------------------------------------------------------


class RefusedRow(Value):
    """A row that was not taken (or, among `notes`, a cell): where and why, in Chinese; never what the cell held."""

    line: int
    column: str
    reason: str


class NewVillage(Value):
    """A village that a list names and the register did not have. `near`: the known one of its township most like it."""

    line: int
    township: str
    name: str
    near: str | None = None


class OpenRoster(Value):
    """`on`: the civil day ages are counted on. `township`: where alone cases begin; refused here if unknown.

    `full`: everybody of the county, or of `township`, is said to stand in it; refused here if that cannot be.
    `county`: whose list it is, here and in all that follows; None: the worker's own.
    """

    sha256: Sha256
    kind: RosterKind
    on: date
    township: str | None = None
    full: bool = False
    county: Id | None = added(None)


class RosterShape(Value):
    """`accepted` + `refused` = `rows`; `refusals` are the first ones only. `unknown`: refused, and not known whose.

    `unreadable`: why the file (or the order to import it) as a whole is refused; then nothing is imported.
    """

    rows: int = 0
    accepted: int = 0
    refused: int = 0
    unknown: int = 0
    unreadable: str | None = None
    refusals: tuple[RefusedRow, ...] = ()


class ImportChunk(Value):
    """Rows `offset` … `offset + limit` of the accepted ones. The same chunk again writes nothing.

    Cases begin on `start_on` (None = the day of `at`); with `township` (a name) only there.
    """

    sha256: Sha256
    kind: RosterKind
    offset: int
    limit: int
    by: Actor
    at: AwareDatetime
    on: date
    start_on: date | None = None
    township: str | None = None
    county: Id | None = added(None)


class CompareRoster(Value):
    """Once all chunks of a full list are in: which cases of the county, or of `township` (a name), are not on it."""

    sha256: Sha256
    kind: RosterKind
    by: Actor
    at: AwareDatetime
    on: date
    township: str | None = None
    county: Id | None = added(None)


class ChunkCounts(Value):
    """What a chunk did. `created` + `updated` + `unchanged` = rows.

    `not_started`: a case by the rule that has not begun. `to_decide`: already a case, and this list takes away what
    made them one; `off_list`: already a case, and not on this full list; `closed_on_list`: a case by the rule whose
    case is closed, which no list opens again. All three are for a person: `asked` = work items newly made for it,
    `ended` = older ones this list answers. `notes`: cells that could not be used, the first ones; so are `villages`.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    cases: int = 0
    register_only: int = 0
    cannot_decide: int = 0
    not_started: int = 0
    letters: int = 0
    pairings: int = 0
    new_villages: int = 0
    to_decide: int = 0
    off_list: int = 0
    closed_on_list: int = 0
    asked: int = 0
    ended: int = 0
    notes: tuple[RefusedRow, ...] = ()
    villages: tuple[NewVillage, ...] = added(())

    def plus(self, other: ChunkCounts) -> ChunkCounts:
        """Both together; of the notes and new villages the first only."""
        numbers = {name: getattr(self, name) + getattr(other, name) for name in ChunkCounts.model_fields}
        return ChunkCounts(**numbers | {name: numbers[name][:MOST_NOTES] for name in ("notes", "villages")})


class CaseStarts(Value):
    """How far dispatch is with starting cases: begun, due now, due on a later day, and those that cannot be begun."""

    started: int = 0
    due: int = 0
    later: int = 0
    dead: int = 0


class CloseRoster(Value):
    """Writes the file's line in the register of files, once."""

    sha256: Sha256
    kind: RosterKind
    by: Actor
    at: AwareDatetime
    shape: RosterShape
    unchanged: int


class ImportRoster(Value):
    """Argument of `RosterImportWorkflow`. The file lies sealed in the data directory under its hash.

    `shape`, `done` and `counts` are carried when a long import continues as new.
    """

    sha256: Sha256
    kind: RosterKind
    by: Actor
    start_on: date | None = None
    township: str | None = None
    full: bool = False
    at: AwareDatetime | None = None
    shape: RosterShape | None = None
    done: int = 0
    counts: ChunkCounts = ChunkCounts()
    county: Id | None = added(None)


class RosterProgress(Value):
    """Answer of the query `progress`, and the workflow's result."""

    kind: RosterKind
    sha256: Id
    shape: RosterShape | None = None
    done: int = 0
    counts: ChunkCounts = ChunkCounts()
    finished: bool = False
