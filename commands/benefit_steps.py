"""Handing in one step of a benefit, and how amounts and months are typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import typer

from commands.acting import Counter, run, tell
from models.claim_messages import BenefitMessage
from models.ids import benefit_stream
from models.messages import Reply
from models.values import Channel

Why = Annotated[str, typer.Option("--note", help="原因，必填（存入登记簿，不进流程）")]
UNSTATED = "未定"  # how an amount is typed that nobody states


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
    """Before anything is written: only a code, never words, goes into a message."""
    for text in typed:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,99}", text):
            raise typer.BadParameter(f"{text!r} 不是代号，应如 care_allowance")


def fen_of(text: str) -> int | None:
    """200.00 → 20000; 未定 → None. Raises typer.BadParameter for anything that is no such amount."""
    if text == UNSTATED:
        return None
    if not re.fullmatch(r"(0|[1-9]\d{0,6})\.\d{2}", text, re.ASCII):
        raise typer.BadParameter(f"{text!r} 不是金额，应照拟定的写到分，如 200.00；没有写明金额的写 {UNSTATED}")
    return int(text.replace(".", ""))


def amount_of(fen: int | None) -> str:
    """As `fen_of` reads it."""
    return UNSTATED if fen is None else f"{fen // 100}.{fen % 100:02d}"


def month_of(text: str) -> date:
    """2026-09 → its first day."""
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text, re.ASCII):
        raise typer.BadParameter(f"{text!r} 不是月份，应写成 2026-09")
    return date.fromisoformat(f"{text}-01")
