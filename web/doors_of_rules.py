"""What pages of rules and of texts are given, beside `web.doors`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from models.shown_messages import TextOpened, TextsShown, TextsWanted
from models.shown_policy import PackOffered, PacksCompared, PackShown, SheetRead
from post.background import Background
from post.policies import PolicySteps


class PolicyShelf(Protocol):
    """Packs by how a person names them: a county, `<county>@draft`, a hash. Each raises NotOnShelf."""

    def shown(self, text: str) -> PackShown: ...

    def compared(self, a: str, b: str) -> PacksCompared: ...

    def offered(self, county: str) -> PackOffered | None: ...


class PolicyVersions(Protocol):
    """What is, was or is to be in force in a county: `adapters.sql_versions`."""

    def of_county(self, county: str, now: datetime) -> Sequence[Any]: ...

    def waiting(self, county: str) -> Any | None: ...


class PolicyBooks(Protocol):
    """A pack's benefits as a workbook, and read again. `read`: never raises for what was uploaded."""

    def book(self, text: str) -> bytes: ...

    def read(self, text: str, content: bytes, version: str) -> SheetRead: ...


class PolicyGains(Protocol):
    """Two packs over the register of a county, as `policy diff` tells it. `month` None: the first that B rules."""

    def sound(self, text: str) -> bool: ...

    def how_many(self, county_id: str) -> int: ...

    def told(
        self, a: str, b: str, county_id: str, month: date | None, done: Callable[[int], None]
    ) -> Mapping[str, Any]: ...

    def sheet(self, found: Mapping[str, Any]) -> bytes: ...


class Messages(Protocol):
    """Texts in both directions. Whoever asks has recorded who reads them. `areas`: a scope."""

    def page(self, asked: TextsWanted) -> TextsShown: ...

    def text(self, text_id: str, areas: Collection[str]) -> TextOpened | None: ...


@dataclass(frozen=True)
class PolicyDoors:
    steps: PolicySteps
    shelf: PolicyShelf
    versions: PolicyVersions
    books: PolicyBooks
    gains: PolicyGains
    background: Background
