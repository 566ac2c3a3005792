"""`starter.py benefit approve|change|keep|stop`: what a person of the county decides, having seen the amount.

Who approves types the row and the amount that are proposed, in 元 as they are shown; without them the proposal is shown
with its whole trace, nothing is decided, and it ends as wrong input. There is no "as proposed": a word that agrees with
any amount would have been read by nobody. What is typed goes with the message and is held against what the rules give.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple, NoReturn

import typer

from commands.acting import As, Counter, Ends, Json, NoteText, past_day, plain, run
from commands.benefit_show import (
    Code,
    ElderId,
    claim_at,
    claim_in_words,
    for_people,
    holding_in_words,
    must_have,
)
from commands.benefit_steps import Why, fen_of, month_of, must_be_codes, must_say, step
from decisions.as_typed import amount_of
from decisions.benefit_told import claim_data, holding_data
from decisions.closed_words import END_CAUSES as ENDS
from models import claim_messages as m
from models.benefits import Standing
from models.claims import ClaimStage, EndCause
from models.errors import Refusal
from post.desk import Refused

ENDED_BY = "；".join(f"{why.value} {said}" for why, said in ENDS.items())
NOT_YET = "什么也没有定：看清拟定的，再照写确认"
CANNOT = "什么也没有定：现在不能批，原因见上；可以 refuse、return，须本人先选的用 choose"

Row = Annotated[str | None, typer.Option("--row", help="看过的档次，照拟定的写")]
Amount = Annotated[
    str | None, typer.Option("--amount", help="看过的金额，单位元，写到分，如 200.00；没有写明的写 未定")
]
Month = Annotated[str | None, typer.Option("--month", help="月份，如 2026-09；规定没有写的才须写明")]


def approve(
    elder: ElderId, code: Code, staff: As, row: Row = None, amount: Amount = None,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """批准，由您负责；核查的人不能批。先看拟定的（不写 --row、--amount 就只列出来），再照写确认。"""
    if row is None and amount is None:
        _show_first(elder, code, staff, "approve_benefit", _claimed, as_json)
    seen, fen = _typed(row, amount)
    step(elder, code, staff, m.ApproveBenefit, note, as_json, row=seen, fen=fen)


def change(
    elder: ElderId, code: Code, staff: As, row: Row = None, amount: Amount = None,
    stop_: Annotated[bool, typer.Option("--stop", help="看过：拟定的是停发")] = False,
    month: Month = None, note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """确认拟定的变更或停发。先看拟定的，再照写：变更写 --row、--amount，停发写 --stop。不成立的用 keep。"""
    if row is None and amount is None and not stop_:
        _show_first(elder, code, staff, "confirm_change", _changing, as_json)
    if stop_ and (row is not None or amount is not None):
        raise typer.BadParameter("停发只写 --stop，变更写 --row 和 --amount")
    seen, fen = (None, None) if stop_ else _typed(row, amount)
    from_month = month_of(month) if month else None
    step(elder, code, staff, m.ConfirmChange, note, as_json, row=seen, fen=fen, month=from_month)


def keep(elder: ElderId, code: Code, staff: As, note: Why, as_json: Json = False) -> None:
    """拟定的变更或停发不成立，照旧发，写明理由。"""
    step(elder, code, staff, m.KeepBenefit, must_say(note), as_json)


def stop(
    elder: ElderId, code: Code, staff: As,
    why: Annotated[EndCause, typer.Option(help=f"因为什么：{ENDED_BY}")],
    on: Annotated[str, typer.Option(help="那件事发生在哪天")], note: Why,
    month: Annotated[
        str | None, typer.Option("--month", help="发到哪个月（含），如 2026-09；规定没有写的才须写明")
    ] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """停发一项正在享受的待遇，写明理由；随后由乡镇告知本人或家属。"""
    last = month_of(month) if month else None
    step(elder, code, staff, m.StopBenefit, must_say(note), as_json, why=why, on=past_day(on), month=last)


def _typed(row: str | None, amount: str | None) -> tuple[str, int | None]:
    if row is None or amount is None:
        raise typer.BadParameter("--row 和 --amount 要一起写")
    must_be_codes(row)
    return row, fen_of(amount)


# --- shown before it is decided --------------------------------------------------------------------------------------


class Shown(NamedTuple):
    """What is proposed: as data, as lines, and what confirms it when it is typed."""

    data: dict[str, Any]
    lines: list[str]
    typed: str


def _show_first(
    elder: str, code: str, staff: str, action: str, look: Callable[[Counter, str, str], Shown], as_json: bool
) -> NoReturn:
    """Always ends the command: nothing has been decided."""

    async def life(counter: Counter) -> Shown:
        counter.seen(counter.desk.actor(staff, action, elder), "benefit_show", elder)
        return look(counter, elder, code)

    shown = run(life, as_json=as_json)
    if as_json:
        said = NOT_YET if shown.typed else CANNOT
        told = {"accepted": False, "refusal": "not_typed", "said": said, "shown": shown.data, "type": shown.typed}
        typer.echo(json.dumps(told, ensure_ascii=False, default=plain))
    else:
        for line in shown.lines:
            typer.echo(line)
        typer.echo(f"{NOT_YET}：{shown.typed}" if shown.typed else CANNOT, err=True)
    raise typer.Exit(Ends.WRONG_INPUT)


def _claimed(counter: Counter, elder: str, code: str) -> Shown:
    state, claim = claim_at(counter, elder, code, ClaimStage.APPROVING)
    data, proposed = for_people(claim_data(counter.house.packs, claim, None)), claim.proposed
    may = proposed.standing is Standing.STANDS or (proposed.standing is Standing.TO_CHOOSE and code in state.chosen)
    typed = f"--row {proposed.row} --amount {amount_of(proposed.fen)}" if may else ""
    return Shown(data, list(claim_in_words(data)), typed)


def _changing(counter: Counter, elder: str, code: str) -> Shown:
    state = must_have(counter, elder)
    holding = state.holdings.get(code)
    if holding is None or holding.change is None:
        raise Refused(Refusal.NOT_PAID)
    data, change_ = for_people(holding_data(counter.house.packs, state, holding)), holding.change
    typed = "--stop" if change_.ends else f"--row {change_.row} --amount {amount_of(change_.fen)}"
    asked = "" if change_.month else " --month " + ("末月" if change_.ends else "起始月")
    return Shown(data, list(holding_in_words(data)), typed + asked)
