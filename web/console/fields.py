"""Fields of a form: how each is asked, and how what was typed is read. What cannot be read is said beside its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from starlette.datastructures import FormData

from decisions.deadlines import SHANGHAI
from web.language import _

LONGEST_LINE = 200  # characters
LONGEST_WORDS = 4000
LARGEST = 10**12
YEARS = range(1900, 2200)


class Kind(StrEnum):
    LINE = "line"
    WORDS = "words"  # several lines
    DAY = "day"
    MONTH = "month"
    MOMENT = "moment"
    NUMBER = "number"
    CHOICE = "choice"
    CHOICES = "choices"
    FLAG = "flag"


class Field(NamedTuple):
    """`options`: value → what it is called. `first`: what stands there before anything is typed. `help`: a hint."""

    name: str
    label: str
    kind: Kind = Kind.LINE
    required: bool = False
    options: Mapping[str, str] = {}
    help: str = ""
    first: str = ""


class Filled(NamedTuple):
    """`values` are what could be read; `typed` is what stood in the form, to be shown again; `wrong`: field → why."""

    values: dict[str, Any]
    typed: dict[str, Any]
    wrong: dict[str, str]


MISSING = _("这一项必须填写")
READS = {
    Kind.DAY: _("不是日期，应写成 2026-12-18"),
    Kind.MONTH: _("不是月份，应写成 2026-12"),
    Kind.MOMENT: _("不是时间，应写成 2026-12-18 09:30"),
    Kind.NUMBER: _("不是整数"),
}
NOT_OFFERED = _("不是可选的一项")
TOO_LONG = _("太长了")


def whole(said: str, otherwise: int) -> int:
    """A number of an address, as far as a store can count; what is none is not heard."""
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else otherwise


def day_of(said: str) -> date:
    """Raises ValueError: no day, or of a year in which nobody who is spoken of here has lived or will."""
    day = date.fromisoformat(said)
    if day.year not in YEARS:
        raise ValueError(said)
    return day


def moment_of(said: str) -> datetime:
    """By the clock of the wall, unless it says another. Raises ValueError as `day_of`."""
    at = datetime.fromisoformat(said)
    if at.year not in YEARS:
        raise ValueError(said)
    return at if at.tzinfo is not None else at.replace(tzinfo=SHANGHAI)


def key_moment(said: str) -> datetime | None:
    """The moment in the key of a list's page. None: our pages made no such key."""
    try:
        at = datetime.fromisoformat(said)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def blank(fields: Sequence[Field], given: Mapping[str, str] = {}) -> Filled:
    """An empty form; `given` is what its link filled in."""
    typed: dict[str, Any] = {
        one.name: () if one.kind is Kind.CHOICES else given.get(one.name, one.first) for one in fields
    }
    return Filled({}, typed, {})


def read(fields: Sequence[Field], form: FormData) -> Filled:
    """What was typed into these fields. An empty field that need not be filled reads as None (a flag as False)."""
    filled = Filled({}, {}, {})
    for one in fields:
        said = [value.strip() for value in form.getlist(one.name) if isinstance(value, str) and value.strip()]
        filled.typed[one.name] = said if one.kind is Kind.CHOICES else (said[0] if said else "")
        try:
            filled.values[one.name] = _value(one, said)
        except ValueError as error:
            filled.wrong[one.name] = str(error)
    return filled


def _value(one: Field, said: list[str]) -> Any:
    """Raises ValueError with the sentence that stands beside the field."""
    if one.kind is Kind.FLAG:
        return bool(said)
    if not said:
        if one.required:
            raise ValueError(MISSING)
        return () if one.kind is Kind.CHOICES else None
    if one.options and any(value not in one.options for value in said):
        raise ValueError(NOT_OFFERED)
    if one.kind is Kind.CHOICES:
        return tuple(said)
    if len(said[0]) > (LONGEST_WORDS if one.kind is Kind.WORDS else LONGEST_LINE):
        raise ValueError(TOO_LONG)
    try:
        return _parsed(one.kind, said[0])
    except ValueError:
        raise ValueError(READS[one.kind]) from None


def _parsed(kind: Kind, said: str) -> Any:
    match kind:
        case Kind.DAY:
            return day_of(said)
        case Kind.MONTH:
            return day_of(f"{said}-01")
        case Kind.MOMENT:
            return moment_of(said)
        case Kind.NUMBER:
            return _held(int(said))
        case _:
            return said


def _held(number: int) -> int:
    """As far as a store counts. Raises ValueError."""
    if abs(number) > LARGEST:
        raise ValueError(number)
    return number


# --- what a form can ask for, for whoever reads of it before it is made ----------------------------------------------

Found = TypeVar("Found", bound=Callable[..., Sequence[Field]])


def asks(*fields: Field | str) -> Callable[[Found], Found]:
    """Says of a function that finds a form's fields all that it can find; where they depend on it, by name only."""

    def said(found: Found) -> Found:
        found.asks = fields  # type: ignore[attr-defined]
        return found

    return said


def asked_of(found: Callable[..., Sequence[Field]]) -> Sequence[Field | str]:
    """What `asks` said of it."""
    return getattr(found, "asks", ())


def always(*fields: Field) -> Callable[..., Sequence[Field]]:
    """Of a form that asks for the same, whatever is found."""

    @asks(*fields)
    def found(*_of: Any) -> Sequence[Field]:
        return fields

    return found
