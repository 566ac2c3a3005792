"""When a county's month is closed, its payment list drawn, checked and approved: as its pack says, else by our default.

The defaults stand in one file beside the blank, in the shape of a pack's own table and with their sources. The rules
stand whole in what is recorded (`CountyOpened`, `CountyRulesAdopted`). There is none here for money.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from typing import TypeVar

from models.payments import CountyRules
from models.values import Value
from policies.pack import FOLDER, Pack, canonical
from policies.programme import PaymentTable
from policies.schema import sourced
from policies.sourced import Sourced, Val

T = TypeVar("T")
DEFAULTS = FOLDER / "paying.toml"
AT = "payment"


class DefaultsFile(Value):
    """`paying.toml`: each field of the table, and the question behind each default."""

    payment: PaymentTable
    unknown: dict[str, str]


@cache
def defaults() -> DefaultsFile:
    return DefaultsFile.model_validate_json(canonical(tomllib.loads(DEFAULTS.read_text("utf-8"))))


def county_rules(pack: Pack) -> CountyRules:
    """What the county's months go by."""
    ours, own = defaults().payment, _own(pack)
    return CountyRules(
        day=_must(own.day or ours.day),
        checking=_must(own.checking or ours.checking),
        approving=_must(own.approving or ours.approving),
        remind_days=_must(own.remind_days or ours.remind_days),
    )


def filled_in(pack: Pack) -> Iterator[tuple[str, Sourced]]:
    """What holds in the county though its pack does not say it: dotted path, and the value with its source."""
    own = dict(sourced(_own(pack), AT))
    yield from ((where, row) for where, row in sourced(defaults().payment, AT) if where not in own)


def asked(pack: Pack) -> dict[str, str]:
    """The questions behind what is filled in, by dotted path."""
    open_ = {where for where, row in filled_in(pack) if row.default is not None}
    return {where: why for where, why in defaults().unknown.items() if where in open_}


def _own(pack: Pack) -> PaymentTable:
    return pack.file.payment or PaymentTable()


def _must(row: Val[T] | None) -> T:
    if row is None:
        raise ValueError(f"{DEFAULTS.name} leaves a rule of payment out")
    return row.value
