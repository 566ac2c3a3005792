"""`starter.py pay …`: a month's payment list, as whoever checks and approves it holds it at the counter.

Who checks or approves types the hash and the amounts they have seen; without them the list is shown, nothing is
decided, and it ends as wrong input. What is typed goes with the message and is held against the list in hand.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from adapters.database import reading
from commands import pay_export
from commands.acting import As, Counter, Ends, Json, NoteText, plain, run, tell
from commands.benefit_steps import Why, as_typed_here, month_of, must_say
from commands.pay_show import MonthText, in_words, of_county, seen_of, show
from decisions.as_typed import LEAST_OF_HASH, amount, hash_of, sum_of
from models import county_messages as m
from models.errors import Refusal
from models.ids import county_stream
from models.messages import Reply
from models.values import Channel
from post.desk import Refused
from projections import read_payments

app = typer.Typer(help="每月发放名单：查看、核对、批准、退回、重新汇总、导出、核验", no_args_is_help=True)
NOT_YET = "什么也没有定：看清名单，再照写确认"

Hash = Annotated[str | None, typer.Option("--sha256", help=f"看过的名单的校验码，至少前 {LEAST_OF_HASH} 位")]
Total = Annotated[str | None, typer.Option("--amount", help="看过的应发合计（含补发），单位元，写到分，如 1200.00")]
ClawBack = Annotated[str, typer.Option("--claw-back", help="看过的追回合计，单位元，写到分；没有追回的不用写")]


@app.command()
def check(
    month: MonthText, staff: As, sha256: Hash = None, total: Total = None, claw_back: ClawBack = "0.00",
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """核对过了，交另一人批准。先看名单（不写 --sha256、--amount 就只列出来），再照写确认。"""
    _seen(m.CheckList, month, staff, sha256, total, claw_back, note, as_json)


@app.command()
def approve(
    month: MonthText, staff: As, sha256: Hash = None, total: Total = None, claw_back: ClawBack = "0.00",
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """批准，由您负责；核对的人不能批。满龄变更随名单生效，这个月从此不再改动。先看名单，再照写确认。"""
    _seen(m.ApproveList, month, staff, sha256, total, claw_back, note, as_json)


@app.command("return")
def return_(month: MonthText, staff: As, note: Why, as_json: Json = False) -> None:
    """退回，写明原因；改好以后用 draw 重新汇总。"""
    _step(m.ReturnList, month, staff, must_say(note), as_json)


@app.command()
def draw(month: MonthText, staff: As, note: NoteText = None, as_json: Json = False) -> None:
    """退回的名单按现在登记的情况重新汇总。"""
    _step(m.DrawList, month, staff, note, as_json)


app.command("show")(show)
app.command("export")(pay_export.export)
app.command("verify")(pay_export.verify)


def _step(kind: type[m.OfList], month: str, staff: str, note: str | None, as_json: bool) -> None:
    of = month_of(month)

    async def life(counter: Counter) -> Reply:
        actor = of_county(counter, staff, kind.model_fields["kind"].default, month)
        head = counter.begun(actor, note, Channel.CONSOLE)
        return await counter.hand_in(county_stream(counter.house.home), None, kind, **head, month=of)  # pyright: ignore[reportArgumentType]

    tell(run(life, as_json=as_json), as_json=as_json)


def _seen(
    kind: type[m.CheckList | m.ApproveList], month: str, staff: str, sha256: str | None, total: str | None,
    claw_back: str, note: str | None, as_json: bool,
) -> None:  # fmt: skip
    """One message about a list somebody has looked at; or the list, to look at."""
    of, action = month_of(month), kind.model_fields["kind"].default
    if (sha256 is None) != (total is None):
        raise typer.BadParameter("--sha256 和 --amount 要一起写")
    if sha256 is None or total is None:
        _show_first(action, month, staff, as_json)
        return
    as_typed_here(hash_of, sha256)
    amounts = {"fen": as_typed_here(sum_of, total), "claw_back_fen": -as_typed_here(sum_of, claw_back)}

    async def life(counter: Counter) -> Reply:
        actor = of_county(counter, staff, action, month)
        with reading(counter.house.engine) as connection:
            row = read_payments.list_of(connection, counter.house.home, of)
        if row is None:
            raise Refused(Refusal.NO_SUCH_LIST)
        if not row.sha256.startswith(sha256):
            raise Refused(Refusal.OTHER_LIST)
        head = counter.begun(actor, note, Channel.CONSOLE)
        stream = county_stream(counter.house.home)
        return await counter.hand_in(stream, None, kind, **head, month=of, sha256=row.sha256, **amounts)

    tell(run(life, as_json=as_json), as_json=as_json)


def _show_first(action: str, month: str, staff: str, as_json: bool) -> None:
    """Always ends the command: nothing has been decided."""

    async def life(counter: Counter) -> dict[str, Any]:
        counter.seen(of_county(counter, staff, action, month), "pay_show", month)
        return seen_of(counter, month_of(month), None, with_lines=False)

    found = run(life, as_json=as_json)
    typed = f"--sha256 {found['sha256'][:LEAST_OF_HASH]} --amount {amount(found['fen'])}"
    if found["claw_back_fen"]:
        typed += f" --claw-back {amount(-found['claw_back_fen'])}"
    if as_json:
        told = {"accepted": False, "refusal": "not_typed", "said": NOT_YET, "shown": found, "type": typed}
        typer.echo(json.dumps(told, ensure_ascii=False, default=plain))
    else:
        in_words(found)
        typer.echo(f"{NOT_YET}：{typed}", err=True)
    raise typer.Exit(Ends.WRONG_INPUT)
