"""A value and where it comes from: a county's words, another public rule, or our default."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from pydantic import model_validator

from models.values import Value

T = TypeVar("T")


class Problem(NamedTuple):
    """Why a pack is refused. `where`: dotted path in policy.toml; `what`: one sentence for who writes the pack.

    `key`: which key of the row at `where` is meant, where it is one of several.
    """

    where: str
    what: str
    key: str = ""


class Sourced(Value):
    """A value with exactly one source.

    `quote`: an exact piece of source.txt. `rule`: another public rule, by name and number (a county's own confirmation
    of a default too). `default`: ours, with the reason; it must also stand under `unknown`.
    """

    quote: str | None = None
    rule: str | None = None
    default: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Sourced:
        given = [source for source in (self.quote, self.rule, self.default) if source is not None and source.strip()]
        if len(given) != 1:
            raise ValueError("a value names exactly one source: quote, rule or default")
        return self


class Val(Sourced, Generic[T]):
    value: T
