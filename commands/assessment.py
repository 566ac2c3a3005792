"""`starter.py assessment …`: each step of an assessment, as whoever takes it holds it at the counter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from commands import assessment_scan, assessment_show
from commands.acting import As, Counter, Ends, Json, NoteText, past_day, run, tell
from commands.assessment_sheet import form, read
from commands.assessment_show import row_of, state_of
from decisions.assessment_state import Round
from decisions.closed_words import LEVELS
from decisions.deadlines import civil_day
from models import assessment_messages as m
from models.ability import AbilityLevel, AbilityScored
from models.assessment import AssessmentReason, Disputed, ResultElsewhere, Stage, Trigger
from models.errors import Refusal
from models.ids import assessment_stream
from models.messages import Reply
from models.typed_sheet import SheetWrong, TypedSheet
from models.values import Channel
from policies import scales
from post.desk import Refused

app = typer.Typer(help="能力评估", no_args_is_help=True)
app.command("show")(assessment_show.show_one)
app.command("list")(assessment_show.list_)
app.command("scan")(assessment_scan.scan)

ElderId = Annotated[str, typer.Argument(help="老人编号")]
Why = Annotated[str, typer.Option("--note", help="原因，必填（存入登记簿，不进流程）")]
LEVEL_WORDS = "；".join(f"{level.value} {said}" for level, said in LEVELS.items())


def step(elder: str, staff: str, kind: type[m.AssessmentMessage], note: str | None, as_json: bool, **said: Any) -> None:
    """One message to one elder's assessments."""

    async def life(counter: Counter) -> Reply:
        return await hand_in(counter, elder, staff, kind, note, **said)

    tell(run(life, as_json=as_json), as_json=as_json)


async def hand_in(
    counter: Counter, elder: str, staff: str, kind: type[m.AssessmentMessage], note: str | None, **said: Any
) -> Reply:
    head = counter.head(staff, kind.model_fields["kind"].default, elder, note, Channel.CONSOLE)
    return await counter.hand_in(assessment_stream(elder), elder, kind, **head, **said)


def round_at(counter: Counter, elder: str, staff: str, kind: type[m.AssessmentMessage], stage: Stage) -> Round:
    """The round in hand, for a step whose message names what the round holds. Raises Refused where it is elsewhere."""
    counter.desk.actor(staff, kind.model_fields["kind"].default, elder)
    state = state_of(counter, elder)
    if state is None:
        raise Refused(Refusal.NOT_ASSESSED)
    if state.round is None or state.stage is not stage:
        raise Refused(Refusal.NOT_THIS_STEP)
    return state.round


def must_say(note: str) -> str:
    if not note.strip():
        raise typer.BadParameter("须写 --note")
    return note


@app.command()
def request(
    elder: ElderId, staff: As,
    application: Annotated[bool, typer.Option("--application", help="本人或代理人申请（谁申请的写在 --note）")] = False,
    change: Annotated[bool, typer.Option("--change", help="情况有变，即时评估")] = False,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """申请一次评估。正在办理的，记在那一次里。"""
    if application and change:
        raise typer.BadParameter("--application 和 --change 只写一个")
    if application and not note:
        raise typer.BadParameter("--application 须用 --note 写明谁申请的")
    trigger = Trigger.APPLICATION if application else Trigger.CHANGE if change else Trigger.STAFF
    step(elder, staff, m.RequestAssessment, note, as_json, trigger=trigger)


@app.command()
def name(
    elder: ElderId, first: Annotated[str, typer.Argument(help="第一名评估员，由其填表")],
    second: Annotated[str, typer.Argument(help="第二名评估员，由其核对")], staff: As,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """指派同一机构的两名评估员；交表以前可以改派。"""
    step(elder, staff, m.NameAssessors, note, as_json, first=first, second=second)


@app.command("form")
def form_() -> None:
    """打印一份空的评估表，26项附选项和分值；存成文件，填好后用 submit 交。"""
    typer.echo(form(scales.load()), nl=False)


@app.command()
def submit(
    elder: ElderId, file: Annotated[Path, typer.Argument(help="填好的评估表（TOML，或同样各栏的 .json）")], staff: As,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """交评估表（第一名评估员；县里要各填一张的，第二名也交）。填错、漏填的各项一次列出，有一项就什么也不写。"""

    async def life(counter: Counter) -> tuple[Reply, AbilityScored]:
        is_own, held = _whose(counter, elder, staff)
        sheet, comes_to = read(file, scales.load(), civil_day(counter.house.now()))
        row = row_of(counter, elder, held.n)
        said = _of_round(counter, sheet, held, AssessmentReason(row.reason), staff)
        if is_own:
            return await hand_in(counter, elder, staff, m.ConfirmSheet, note, own=said), comes_to
        return await hand_in(counter, elder, staff, m.SubmitSheet, note, sheet=said), comes_to

    try:
        reply, comes_to = run(life, as_json=as_json)
    except SheetWrong as wrong:
        _tell_wrong(file, wrong, as_json)
        raise typer.Exit(Ends.WRONG_INPUT) from None
    if reply.accepted and not as_json:
        typer.echo(f"按表试算：{assessment_show.summed_up(comes_to)}。第二名评估员核对后才拟定。")
    tell(reply, as_json=as_json)


def _whose(counter: Counter, elder: str, staff: str) -> tuple[bool, Round]:
    """Whether the sheet is the second's own, where the county wants two; and the round."""
    state = state_of(counter, elder)
    if state is not None and state.stage is Stage.SIGNING and state.law.independent:
        return True, round_at(counter, elder, staff, m.ConfirmSheet, Stage.SIGNING)
    return False, round_at(counter, elder, staff, m.SubmitSheet, Stage.ASSESSING)


def _of_round(counter: Counter, sheet: TypedSheet, held: Round, reason: AssessmentReason, signs: str) -> Any:
    if held.first is None or held.second is None or held.body_id is None:
        raise Refused(Refusal.NOT_THIS_STEP)
    return sheet.with_notes(counter.keep_note, reason, held.first, held.second, held.body_id, signs=signs)


def _tell_wrong(file: Path, wrong: SheetWrong, as_json: bool) -> None:
    if as_json:
        found = [{"at": at.at, "why": at.why, "line": at.line} for at in wrong.found]
        typer.echo(json.dumps({"accepted": False, "refusal": wrong.refusal, "found": found}, ensure_ascii=False))
        return
    for at in wrong.found:
        typer.echo(f"{file}{f':{at.line}' if at.line else ''}: {at.at}：{at.why}", err=True)
    typer.echo(f"没有交：{len(wrong.found)}处要改", err=True)


@app.command()
def confirm(
    elder: ElderId, staff: As,
    disputed: Annotated[
        list[str] | None, typer.Option(help="意见不同的项和您的分值，如 B.1.1=2；可以写多次")
    ] = None,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """核对签字（第二名评估员）；意见不同的项标出，由两人一起定。"""
    points = _points(disputed or [])

    async def life(counter: Counter) -> Reply:
        held = round_at(counter, elder, staff, m.ConfirmSheet, Stage.SIGNING)
        told = held.sheet.answers.scores if held.sheet else {}
        if strange := [item for item in points if item not in told]:
            raise typer.BadParameter(f"评估表没有填 {'、'.join(strange)}")
        differ = tuple(Disputed(item=item, first=int(told[item]), second=mine) for item, mine in points.items())
        return await hand_in(counter, elder, staff, m.ConfirmSheet, note, disputed=differ)

    tell(run(life, as_json=as_json), as_json=as_json)


@app.command()
def settle(
    elder: ElderId, items: Annotated[list[str], typer.Argument(help="定下的分值，如 B.1.1=3；可以写多项")], staff: As,
    reason: Annotated[
        list[str] | None, typer.Option(help="为什么这样定：每项一个，按同样的次序；只写一个的，各项共用")
    ] = None,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """把有争议的各项一次定下（两名评估员之一），每项写明理由。"""
    points = _points(items)
    reasons = _reasons(reason or [], len(points))

    async def life(counter: Counter) -> Reply:
        held = round_at(counter, elder, staff, m.SettleSheet, Stage.SETTLING)
        open_ = {one.item: one for one in held.disputed}
        if not points.keys() <= open_.keys():
            raise Refused(Refusal.NOT_DISPUTED)
        agreed = tuple(
            open_[item].model_copy(update={"settled": to, "reason": counter.keep_note(why)})
            for (item, to), why in zip(points.items(), reasons, strict=True)
        )
        return await hand_in(counter, elder, staff, m.SettleSheet, note, settled=agreed)

    tell(run(life, as_json=as_json), as_json=as_json)


def _points(texts: Sequence[str]) -> dict[str, int]:
    """Points by item. Raises typer.BadParameter that says which was not read."""
    found: dict[str, int] = {}
    for text in texts:
        item, _, points = text.partition("=")
        if not item or not points.isdecimal() or item in found:
            raise typer.BadParameter(f"{text!r} 应写成 B.1.1=2，每项一次")
        found[item] = int(points)
    return found


def _reasons(given: Sequence[str], items: int) -> list[str]:
    reasons = [text for text in given if text.strip()]
    if len(reasons) == 1:
        return reasons * items
    if len(reasons) != items:
        raise typer.BadParameter(f"{items}项须写{items}个 --reason，或只写一个各项共用")
    return reasons


@app.command()
def result(
    elder: ElderId, staff: As,
    level_: Annotated[AbilityLevel, typer.Option("--level", help=f"等级：{LEVEL_WORDS}")],
    standard: Annotated[str, typer.Option(help="标准的代号：gbt42195-2022；与国标衔接的地方标准 aligned-local")],
    on: Annotated[str, typer.Option(help="评估日期")],
    body: Annotated[str, typer.Option(help="评估机构的编号，或其统一社会信用代码")],
    document: Annotated[str, typer.Option(help="报告的文号或存放处（存入登记簿）")],
    total: Annotated[int | None, typer.Option(help="总分，报告上有的才写")] = None,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """记录别的机构已评出的等级，不再重复评估；同样须由另一名工作人员确认。"""
    assessed_on = past_day(on)
    if not document.strip():
        raise typer.BadParameter("须写 --document")

    async def life(counter: Counter) -> Reply:
        counter.desk.actor(staff, "record_result", elder)
        found = _elsewhere(counter, level_, standard, assessed_on, body, document, total)
        return await hand_in(counter, elder, staff, m.RecordResult, note, result=found)

    tell(run(life, as_json=as_json), as_json=as_json)


def _elsewhere(
    counter: Counter, level_: AbilityLevel, standard: str, on: date, body: str, document: str, total: int | None
) -> ResultElsewhere:
    values = {"body_id": body, "standard": standard, "assessed_on": on, "level": level_, "total": total}
    probe = {"id": "note", "sha256": "0" * 64}  # first all the rest, so that no note is kept for what is refused
    try:
        ResultElsewhere.model_validate({**values, "document": probe})
    except ValidationError:
        raise typer.BadParameter("--body、--standard 只能写编号：字母、数字和 . - /") from None
    return ResultElsewhere.model_validate({**values, "document": counter.keep_note(document)})


@app.command()
def level(
    elder: ElderId, to: Annotated[AbilityLevel, typer.Argument(help=f"拟定的等级：{LEVEL_WORDS}")], staff: As,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """确认拟定的等级，由您负责。不同意的用 return 退回。"""
    step(elder, staff, m.ConfirmLevel, note, as_json, level=to)


@app.command("return")
def return_(elder: ElderId, staff: As, note: Why, as_json: Json = False) -> None:
    """退回拟定的等级，写明原因；评估员重新评估。"""
    step(elder, staff, m.ReturnSheet, must_say(note), as_json)


@app.command()
def refuse(elder: ElderId, staff: As, note: Why, as_json: Json = False) -> None:
    """老人不愿意评估：记下原话，本次了结。"""
    step(elder, staff, m.RefuseAssessment, must_say(note), as_json)


@app.command("object")
def object_(elder: ElderId, staff: As, note: Why, as_json: Json = False) -> None:
    """本人或代理人对等级有异议：由别的评估员复评，原等级在此期间仍然有效。"""
    step(elder, staff, m.ObjectLevel, must_say(note), as_json)
