"""`starter.py visit forms FILE`: a village's paper forms at once; what cannot be taken comes back as a sheet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from adapters.paper_forms import Form, RefusedForm, back, read_forms
from adapters.roster_guard import NotARoster, read_bytes
from adapters.sql_people import SqlPeople
from commands.acting import As, Counter, Json, Reason, end_later, must_be_fit, run
from decisions.deadlines import civil_day, is_long_ago
from decisions.words import beside
from models.errors import REFUSAL_WORDS, UNFIT_WORDS, Refusal, Unfit
from models.ids import case_stream
from models.messages import Reply, ReportVisit
from models.values import Channel, Evidence
from post.desk import LATER, Refused


def forms(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=".xlsx 或 .csv")],
    staff: As,
    visitor: Annotated[
        str | None, typer.Option(help="没有填写探访人的行是谁去的（志愿者或工作人员编号）；不填为经办人")
    ] = None,
    refused_to: Annotated[Path, typer.Option("--refused", help="退回的行写到哪个 .xlsx")] = Path("退回.xlsx"),
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """录入一个村的纸质登记表：每行一次探访；不能录入的行退回，写明行号、列、原因。

    探访人可填姓名、姓名加手机后四位，或编号。三天以前的探访须在备注里写原因，或用 --reason 说明整张表。
    """
    try:
        read, refused = read_forms(read_bytes(file))
    except NotARoster as error:
        raise typer.BadParameter(str(error)) from None

    async def life(counter: Counter) -> tuple[int, int]:
        if visitor is not None:
            must_be_fit(visitor, counter.visitors.as_visitor(visitor))
        persons, taken, later = counter.visitors.named(), 0, 0
        for form in read:
            went = persons.get(form.visitor, []) if form.visitor else [visitor or staff]
            told = beside("补录的原因", reason, form.remark)
            problem = _why_not(counter, form, went, told) or await _hand_in(counter, staff, form, went[0], told)
            if isinstance(problem, tuple):
                refused.append(RefusedForm(form.line, *problem, form.original))
            else:
                taken, later = taken + 1, later + (problem == LATER)
        return taken, later

    taken, later = run(life, as_json=as_json)
    refused.sort(key=lambda row: row.line)
    if refused:
        refused_to.write_bytes(back(refused))
    if as_json:
        rows = [{"line": row.line, "column": row.column, "reason": row.reason} for row in refused]
        typer.echo(json.dumps({"taken": taken, "later": later, "refused": rows}, ensure_ascii=False))
    else:
        waiting = f"（其中{later}次稍后办理）" if later else ""
        typer.echo(f"录入{taken}次{waiting}，退回{len(refused)}行" + (f"，见 {refused_to}" if refused else ""))
    end_later(later)


def _why_not(counter: Counter, form: Form, went: list[str], told: str | None) -> tuple[str, str] | None:
    """The column and why, unless it was one person, who can have gone, on a day that has come; `told` if long ago."""
    today = civil_day(counter.house.now())
    if form.visited_on > today:
        return "探访日期", REFUSAL_WORDS[Refusal.IN_THE_FUTURE]
    if is_long_ago(form.visited_on, today) and not told:
        return "备注", "三天以前的探访须写原因"
    if len(went) > 1:
        return "探访人", "有重名，请在姓名后加手机后四位，或填编号"
    unfit = counter.visitors.as_visitor(went[0]) if went else Unfit.UNKNOWN
    return None if unfit is None else ("探访人", UNFIT_WORDS[unfit])


async def _hand_in(
    counter: Counter, staff: str, form: Form, visitor: str, told: str | None
) -> tuple[str, str] | str | None:
    """Hand one row in. Answers the column and why, when it could not be taken; `later` when it is kept."""
    people = SqlPeople(counter.house.engine, counter.house.sealer)
    found = people.elder_by_tail(form.name, form.last_four)
    if len(found) != 1:
        return "姓名", "登记簿里没有这位老人" if not found else "有不止一位，请用老人编号录入"
    elder = found[0]
    try:
        head = counter.head(staff, "report_visit", elder, told, Channel.PAPER, visitor)
        # The same sheet twice is one visit; where it names who went, so is each person's.
        went = f"-{visitor}" if form.visitor else ""
        head["key"] = f"form-{elder}-{form.visited_on}-{form.result.value}{went}"
        reply: Reply = await counter.hand_in(
            case_stream(elder), elder, ReportVisit, **head, visitor_id=visitor, result=form.result,
            visited_on=form.visited_on, method=form.method, evidence=Evidence.PAPER_FORM, checks=form.checks,
            needs=(form.need,) if form.need else (),
        )  # fmt: skip
    except Refused as error:
        return "姓名", REFUSAL_WORDS[error.refusal]
    if reply.accepted or reply.refusal == LATER:
        return reply.refusal
    return "探访日期", REFUSAL_WORDS[Refusal(reply.refusal)]
