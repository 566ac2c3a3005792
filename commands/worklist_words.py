"""What the packs in force call their benefits."""

from __future__ import annotations

from collections.abc import Collection

from commands.acting import Counter
from models.ids import county_code


def benefit_names(counter: Counter, counties: Collection[str]) -> dict[str, str]:
    """What the packs in force in these counties call their benefits."""
    packs = [counter.house.pack_of(county_code(county)) for county in sorted(counties)]
    return {benefit.code: benefit.name for pack in packs for benefit in pack.file.benefits}
