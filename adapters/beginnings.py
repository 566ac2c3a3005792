"""Ids that begin alike, asked for so that an index finds them: `models.tables.beginnings`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Begins(FunctionElement[bool]):
    """Whether an id begins so, asked so that an index answers it: on SQLite no LIKE is, on PostgreSQL no range, because
    there ids are sorted as a language sorts words."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, id_: ColumnElement[str], beginning: str) -> None:
        after = beginning[:-1] + chr(ord(beginning[-1]) + 1)
        super().__init__(and_(id_ >= beginning, id_ < after).self_group(), id_.startswith(beginning, autoescape=True))

    def self_group(self, against: Any = None) -> Begins:
        """Not `= 1`, which SQLite would be given otherwise, and then takes no index."""
        return self


@compiles(Begins)
def _by_range(element: Begins, compiler: SQLCompiler, **how: Any) -> str:
    by_range, _ = element.clauses
    return compiler.process(by_range, **how)


@compiles(Begins, "postgresql")
def _by_pattern(element: Begins, compiler: SQLCompiler, **how: Any) -> str:
    _, by_pattern = element.clauses
    return compiler.process(by_pattern, **how)
