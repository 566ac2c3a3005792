"""Packs that are kept, by hash: what a decision of long ago went by, whatever is in force today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from models.benefits import BenefitRules
from models.receipts import Law
from policies import benefits, citing
from policies.pack import Pack, from_content


class StoredPacks:
    """Each is read once: a pack of a hash never changes."""

    def __init__(self, content_of: Callable[[str], str]) -> None:
        self._content_of = content_of
        self._read: dict[str, Pack] = {}

    def of(self, hash_: str) -> Pack:
        if hash_ not in self._read:
            self._read[hash_] = from_content(self._content_of(hash_))
        return self._read[hash_]

    def rules(self, hash_: str, month: date) -> BenefitRules:
        return benefits.rules_of(self.of(hash_), month)

    def documents(self, code: str, hash_: str) -> dict[str, str]:
        """The papers that may be asked for, by code."""
        tables = (table for table in self.of(hash_).file.benefits if table.code == code)
        return {row.code: row.name for table in tables for row in table.documents}

    def places(self, code: str, hash_: str) -> tuple[str, ...]:
        """Where a service may be for a coupon to pay of its bill."""
        tables = (table for table in self.of(hash_).file.benefits if table.code == code)
        return tuple(dict.fromkeys(row.code for table in tables for row in table.offsets))

    def names(self, hash_: str) -> dict[str, str]:
        """What it calls its benefits."""
        return {table.code: table.name for table in self.of(hash_).file.benefits}

    def law(self, hash_: str, code: str | None = None) -> Law:
        return citing.law_of(self.of(hash_), code)

    def has(self, hash_: str, code: str) -> bool:
        return citing.has_benefit(self.of(hash_), code)
