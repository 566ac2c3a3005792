"""`starter.py receipt`: a decision about an elder as the paper they get: text, data or PDF; or which there are.

Derived each time from the ledger and the stored pack; only names come from the register, and what a person typed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.receipt_text import receipt_text
from adapters.roster_refused import write_for_owner
from commands.acting import As, Counter, Ends, Json, plain, run
from decisions.receipt_list import decisions_in
from models.ids import ASSESSMENT, BENEFIT, assessment_stream, benefit_stream, elder_of
from models.receipts import NoFont, NoReceipt, Receipt

A_DECISION = re.compile(rf"((?:{ASSESSMENT}|{BENEFIT})/[^/#]+)#([1-9]\d*)", re.ASCII)


def receipt(
    decision: Annotated[str, typer.Argument(help="决定的编号，如 benefit/E1#12；只写老人编号，列出有哪些决定")],
    staff: As,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="写成 PDF，不能已有；只有写的人自己能读")] = None,
    as_json: Json = False,
) -> None:
    """等级、待遇的决定告知书：决定了什么、谁确认、从何时起、按哪条、每个条件、还差多少、怎样申诉。姓名遮住中间。"""
    if pdf is not None and pdf.exists():
        raise typer.BadParameter(f"已有 {pdf}，没有改动")
    named = A_DECISION.fullmatch(decision)
    if named is None:
        _list(decision, staff, pdf, as_json)
        return
    stream, seq = named[1], int(named[2])

    async def life(counter: Counter) -> Receipt:
        elder = elder_of(stream)
        counter.seen(counter.desk.actor(staff, "receipt", elder), "receipt", elder)
        try:
            found = counter.house.receipts.of(stream, seq)
        except NoReceipt as none:
            raise typer.BadParameter(f"{stream}#{seq} 没有告知书：{none.why}") from None
        if pdf is not None:
            write_for_owner(pdf, counter.house.receipts.pdf(found))
        return found

    try:
        found = run(life, as_json=as_json)
    except NoFont as missing:
        typer.echo(str(missing), err=True)
        raise typer.Exit(Ends.REFUSED) from None
    if pdf is None:
        typer.echo(found.model_dump_json() if as_json else receipt_text(found))
        return
    said = {"file": str(pdf), "number": found.number, "title": found.title}
    typer.echo(json.dumps(said, ensure_ascii=False) if as_json else f"已写 {pdf}：{found.title} {found.number}")


def decisions_in_words(decisions: Sequence[dict[str, Any]]) -> Iterator[str]:
    for each in decisions:
        of = f"（{each['code']}）" if each["code"] else ""
        yield f"{each['title']}{of} {each['number']}：由 {each['by']} 于{plain(each['at'])}决定"


# --- which there are -------------------------------------------------------------------------------------------------


def _list(elder: str, staff: str, pdf: Path | None, as_json: bool) -> None:
    if "#" in elder or "/" in elder or pdf is not None:
        raise typer.BadParameter(f"{elder!r} 不是决定的编号，应如 benefit/E1#12 或 assessment/E1#7")

    async def life(counter: Counter) -> list[dict[str, Any]]:
        counter.seen(counter.desk.actor(staff, "receipt", elder), "receipt_list", elder)
        streams = (assessment_stream(elder), benefit_stream(elder))
        found = [each for stream in streams for each in decisions_in(tuple(counter.recorded_in(stream)))]
        return sorted(found, key=lambda each: each["at"])

    found = run(life, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=plain))
        return
    for line in decisions_in_words(found) if found else (f"{elder}：还没有作过决定",):
        typer.echo(line)
