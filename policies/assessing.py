"""A county's rules of assessment: what its pack says, and of what it leaves out our default.

The defaults stand in one file beside the blank, in the shape of a pack's own table and with their sources, so that a
person can read them in `policy show`. A pack of before there was room for them goes by them, too: the rules stand whole
in what is recorded (`AssessmentOpened`), so a later default changes nothing of that.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from typing import TypeVar

from models.ability import AbilityLevel
from models.assessment import AssessmentRules, ResultUse, Stage
from models.values import Value
from policies.pack import FOLDER, Pack, canonical
from policies.programme import AssessmentTable
from policies.schema import sourced
from policies.sourced import Sourced, Val

T = TypeVar("T")
DEFAULTS = FOLDER / "assessing.toml"
AT = "assessment"


class DefaultsFile(Value):
    """`assessing.toml`: each field of the table but `use` and `standard`, and the question behind each default."""

    assessment: AssessmentTable
    unknown: dict[str, str]


@cache
def defaults() -> DefaultsFile:
    return DefaultsFile.model_validate_json(canonical(tomllib.loads(DEFAULTS.read_text("utf-8"))))


def assessment_rules(pack: Pack) -> AssessmentRules:
    """What assessments in the county go by."""
    table = _whole(pack)
    return AssessmentRules(
        use=ResultUse(table.use.value) if table.use else None,
        valid_months=_must(table.valid_months),
        endless=tuple(AbilityLevel(level) for level in _must(table.endless)),
        terms={Stage(stage): term.value for stage, term in table.terms.items()},
        remind_days=_must(table.remind_days),
        object_within=_must(table.object_within),
        renew_days=_must(table.renew_days),
        elsewhere=_must(table.elsewhere),
        elsewhere_from=_must(table.elsewhere_from),
        independent=_must(table.independent),
    )


def filled_in(pack: Pack) -> Iterator[tuple[str, Sourced]]:
    """What holds in the county though its pack does not say it: dotted path, and the value with its source."""
    own = _own(pack)
    given = {field for field in AssessmentTable.model_fields if getattr(own, field)}
    for where, row in sourced(defaults().assessment, AT):
        if where.split(".")[1] not in given:
            yield where, row


def asked(pack: Pack) -> dict[str, str]:
    """What is unknown in the county, by dotted path: the pack's own questions, then those behind what is filled in."""
    open_ = {where for where, row in filled_in(pack) if row.default is not None}
    return pack.file.unknown | {
        where: why for where, why in defaults().unknown.items() if where in open_ and where not in pack.file.unknown
    }


def _own(pack: Pack) -> AssessmentTable:
    return pack.file.assessment or AssessmentTable()


def _whole(pack: Pack) -> AssessmentTable:
    ours, own = defaults().assessment, _own(pack)
    filled = {field: getattr(own, field) or getattr(ours, field) for field in AssessmentTable.model_fields}
    return AssessmentTable.model_construct(**filled)


def _must(row: Val[T] | None) -> T:
    if row is None:
        raise ValueError(f"{DEFAULTS.name} leaves a rule of assessment out")
    return row.value
