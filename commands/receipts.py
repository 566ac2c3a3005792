"""`starter.py receipt`: a decision about an elder as the paper they get: text, data or PDF; or which there are.

Derived each time from the ledger and the stored pack; only names come from the register, and what a person typed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.database import reading
from adapters.receipt_pdf import NoFont, receipt_pdf
from adapters.receipt_text import receipt_text
from adapters.roster_refused import write_for_owner
from commands.acting import As, Counter, Ends, Json, plain, run
from commands.benefit_trace import Packs
from decisions.receipt import Place, decisions_of, home_of, name_of, place_of, why_not
from decisions.receipt_benefit import TITLES, Ruling, benefit_receipt, ruling_of
from decisions.receipt_level import TITLE, bodies_of, level_receipt, standard_at
from models.events import Event, LevelConfirmed, Recorded
from models.ids import ASSESSMENT, BENEFIT, assessment_stream, benefit_stream, elder_of
from models.receipts import Names, Receipt
from models.values import NoteRef
from policies.benefits import rules_of
from policies.citing import has_benefit, law_of
from projections import read_payments, read_receipts

A_DECISION = re.compile(rf"((?:{ASSESSMENT}|{BENEFIT})/[^/#]+)#([1-9]\d*)", re.ASCII)
GONE, CHANGED = "（理由不在登记簿里）", "（登记簿里的理由与台账所记不符，请报审计）"


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
        found = _receipt(counter, stream, seq)
        if pdf is not None:
            write_for_owner(pdf, receipt_pdf(found, counter.house.settings.font_dir))
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


def decisions_in(facts: Sequence[Recorded]) -> list[dict[str, Any]]:
    """The decisions among them, as what shows an elder's benefits or assessments lists them."""
    return [
        {
            "number": name_of(each), "title": title_of(each.event), "code": getattr(each.event, "code", None),
            "at": each.at, "by": each.event.actor.id,
        }
        for each in decisions_of(facts)
    ]  # fmt: skip


def decisions_in_words(decisions: Sequence[dict[str, Any]]) -> Iterator[str]:
    for each in decisions:
        of = f"（{each['code']}）" if each["code"] else ""
        yield f"{each['title']}{of} {each['number']}：由 {each['by']} 于{plain(each['at'])}决定"


def title_of(event: Event) -> str:
    return next((title for kind, title in TITLES.items() if isinstance(event, kind)), TITLE)


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


# --- one of them -----------------------------------------------------------------------------------------------------


def _receipt(counter: Counter, stream: str, seq: int) -> Receipt:
    """Raises typer.BadParameter where there is no such fact, or it decides nothing."""
    place = place_of(tuple(counter.recorded_in(stream)), seq)
    why = "台账里没有这一条" if place is None else why_not(place.recorded.event)
    if place is None or why is not None:
        raise typer.BadParameter(f"{stream}#{seq} 没有告知书：{why}")
    packs = Packs(counter)
    if isinstance(place.recorded.event, LevelConfirmed):
        law = law_of(packs.of(place.recorded.event.policy_hash))
        return level_receipt(place, law, _names(counter, place, bodies_of(place)))
    return _of_benefit(counter, packs, ruling_of(place))


def _of_benefit(counter: Counter, packs: Packs, ruling: Ruling) -> Receipt:
    place, code = ruling.place, ruling.event.code
    held = [packs.of(hash_) for hash_ in ruling.hashes]
    pack = next((each for each in held if has_benefit(each, code)), held[-1])
    levels = counter.recorded_in(assessment_stream(elder_of(place.recorded.stream)))
    return benefit_receipt(
        ruling, rules_of(pack, ruling.month), law_of(pack, code), _names(counter, place, ()),
        _typed(counter, ruling.event.note) if ruling.has_reason else None, standard_at(levels, place.recorded.at),
    )  # fmt: skip


def _names(counter: Counter, place: Place, bodies: Sequence[str]) -> Names:
    elder, (county, township) = elder_of(place.recorded.stream), home_of(place)
    with reading(counter.house.engine) as connection:
        areas = read_payments.area_names(connection, (county, township))
        sealed = read_payments.sealed_names(connection, (elder,))[elder]
        called = read_receipts.body_names(connection, bodies)
    return Names(
        elder=counter.house.sealer.open(sealed), county=areas.get(county, county),
        township=areas.get(township, township), bodies=called,
    )  # fmt: skip


def _typed(counter: Counter, note: NoteRef | None) -> str | None:
    """What whoever decided wrote down, held against the hash that the fact has."""
    if note is None:
        return None
    with reading(counter.house.engine) as connection:
        row = read_receipts.sealed_note(connection, note.id)
    if row is None:
        return GONE
    text = counter.house.sealer.open(row.text_enc)
    return text if sha256(text.encode()).hexdigest() == note.sha256 else CHANGED
