"""How long the steps of a county's benefits may take: as its pack says, and of what it leaves out by our default.

The defaults stand in one file beside the blank, in the shape of a pack's own table and with their sources. The terms
stand whole in what is recorded (`ClaimOpened`), so a later default changes no claim that is under way. There is none
for a notice, for papers or for money.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache

from models.benefits import BenefitKind
from models.claims import ClaimStage, ClaimTerms
from models.policy import Delay, DelayUnit
from models.values import Value
from policies.benefit_tables import BenefitTable, DeadlineTable
from policies.benefits import notice_of
from policies.pack import FOLDER, Pack, canonical
from policies.schema import sourced
from policies.sourced import Sourced, Val

DEFAULTS = FOLDER / "benefit_terms.toml"
EVERY = "benefits.*"  # the path of what holds of every benefit that does not say it

STAGE_OF = {
    "papers": ClaimStage.PAPERS, "check": ClaimStage.CHECKING, "post": ClaimStage.POSTING,
    "check_again": ClaimStage.RECHECKING, "approve": ClaimStage.APPROVING, "tell": ClaimStage.TELLING,
    "change": ClaimStage.CHANGING, "review": ClaimStage.REVIEWING,
}  # fmt: skip
"""A step of `benefit_tables.STEPS` → the stage it is the term of.

Nothing waits for the others: a claim is accepted when it is opened, a refusal is told like any decision, what is paid
is the month's list, and a changed level has the assessment's own terms. `policy show` tells them as they stand.
"""


class TermsTable(Value):
    """`appeal_days` is a law's and has no place in a pack; the rest each benefit may say for itself."""

    deadlines: tuple[DeadlineTable, ...]
    review_months: Val[int]
    remind_days: Val[int]
    appeal_days: Val[int]


class DefaultsFile(Value):
    """`benefit_terms.toml`, and the question behind each default."""

    benefits: TermsTable
    unknown: dict[str, str]


@cache
def defaults() -> DefaultsFile:
    return DefaultsFile.model_validate_json(canonical(tomllib.loads(DEFAULTS.read_text("utf-8"))))


def terms_of(pack: Pack) -> dict[str, ClaimTerms]:
    """Of each benefit of the pack, by its code."""
    return {table.code: _terms(table) for table in pack.file.benefits}


def filled_in(pack: Pack) -> Iterator[tuple[str, Sourced]]:
    """What holds of some benefit of the pack though nobody says it: dotted path, and the value with its source."""
    said = [_said(table) for table in pack.file.benefits]
    for where, row in sourced(defaults().benefits, EVERY):
        if any(where not in of_one for of_one in said):
            yield where, row


def asked(pack: Pack) -> dict[str, str]:
    """The questions behind what is filled in, by dotted path."""
    open_ = {where for where, row in filled_in(pack) if row.default is not None}
    return {where: why for where, why in defaults().unknown.items() if where in open_}


def _said(table: BenefitTable) -> set[str]:
    """What this benefit says itself, as the paths of the defaults it does without."""
    own = {f"{EVERY}.deadlines.{row.code}" for row in table.deadlines}
    return own | {f"{EVERY}.{field}" for field in ("review_months", "remind_days") if getattr(table, field)}


def _terms(table: BenefitTable) -> ClaimTerms:
    ours = defaults().benefits
    workdays = {row.code: row.workdays for row in (*ours.deadlines, *table.deadlines)}
    return ClaimTerms(
        kind=BenefitKind(table.kind),
        terms={
            stage: Delay(amount=workdays[step], unit=DelayUnit.WORKDAYS) for step, stage in STAGE_OF.items()
        },
        remind_days=(table.remind_days or ours.remind_days).value,
        review_months=(table.review_months or ours.review_months).value,
        appeal_days=ours.appeal_days.value,
        notice=notice_of(table.notice),
        documents=tuple(row.code for row in table.documents),
    )  # fmt: skip
