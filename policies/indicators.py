"""The indicators of a pack, as the dashboard is told of them."""

from __future__ import annotations

from models.indicators import Goal, Indicator
from policies.pack import Pack
from policies.programme import UNITS
from policies.sourced import Val


def indicators_of(pack: Pack) -> tuple[Indicator, ...]:
    """In the order of the pack."""
    return tuple(
        Indicator(
            code=row.code, name=row.name, unit=UNITS[row.unit],
            goals=tuple(Goal.model_validate(target, from_attributes=True) for target in row.targets),
            attribute=row.attribute, who=row.who, computation=row.computation,
            ours=not isinstance(row.counted_as, Val) or row.counted_as.default is not None,
        )
        for row in pack.file.kpis
    )  # fmt: skip
