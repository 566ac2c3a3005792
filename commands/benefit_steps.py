"""Handing in one step of a benefit, and how amounts and months are typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

import typer

from commands.acting import Counter, run, tell
from decisions import as_typed
from models.claim_messages import BenefitMessage
from models.ids import benefit_stream
from models.messages import Reply
from models.values import Channel

Why = Annotated[str, typer.Option("--note", help="原因，必填（存入登记簿，不进流程）")]
T = TypeVar("T")


def step(
    elder: str, code: str, staff: str, kind: type[BenefitMessage], note: str | None, as_json: bool, **said: Any
) -> None:
    step_with(elder, code, staff, kind, note, as_json, {}, **said)


def step_with(
    elder: str, code: str, staff: str, kind: type[BenefitMessage], note: str | None, as_json: bool,
    words: Mapping[str, str], **said: Any,
) -> None:  # fmt: skip
    """One message to an elder's benefits. `words`: fields whose text is kept in the register, and carried by id."""
    must_be_codes(code)

    async def life(counter: Counter) -> Reply:
        head = counter.head(staff, kind.model_fields["kind"].default, elder, note, Channel.CONSOLE)
        kept = {field: counter.keep_note(text) for field, text in words.items()}
        return await counter.hand_in(benefit_stream(elder), elder, kind, **head, code=code, **kept, **said)

    tell(run(life, as_json=as_json), as_json=as_json)


def must_say(words: str, option: str = "--note") -> str:
    if not words.strip():
        raise typer.BadParameter(f"须写 {option}")
    return words


def must_be_codes(*typed: str) -> None:
    """Before anything is written."""
    for text in typed:
        as_typed_here(as_typed.code_of, text)


def fen_of(text: str) -> int | None:
    return as_typed_here(as_typed.fen_of, text)


def month_of(text: str) -> date:
    return as_typed_here(as_typed.month_of, text)


def as_typed_here(read: Callable[[str], T], text: str) -> T:
    """Raises typer.BadParameter for what cannot be read."""
    try:
        return read(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
