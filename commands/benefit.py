"""`starter.py benefit …`: each step of a benefit, as whoever takes it holds it at the counter."""

from __future__ import annotations

from typing import Annotated

import typer

from commands import benefit_change, benefit_coupon, benefit_list, benefit_notice, benefit_scan, benefit_show
from commands.acting import As, Json, NoteText, past_day
from commands.benefit_show import Code, ElderId
from commands.benefit_steps import Why, must_be_codes, must_say, step, step_with
from decisions.closed_words import TOLD_HOW as HOW
from models import claim_messages as m
from models.claims import ClaimTrigger, ToldHow

app = typer.Typer(help="待遇：申请、核查、公示、审批、变更、停发，服务券的使用", no_args_is_help=True)

HOWS_TOLD = "；".join(f"{how.value} {said}" for how, said in HOW.items())


@app.command()
def request(
    elder: ElderId, code: Code, staff: As,
    application: Annotated[bool, typer.Option("--application", help="本人或代理人申请（谁申请的写在 --note）")] = False,
    on: Annotated[str | None, typer.Option("--on", help="申请日期，不写是今天；纸质申请写纸上的日期")] = None,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """申请一项待遇。正在办理的，记在那一次里。"""
    if application and not (note or "").strip():
        raise typer.BadParameter("--application 须用 --note 写明谁申请的")
    trigger = ClaimTrigger.APPLICATION if application else ClaimTrigger.STAFF
    step(elder, code, staff, m.RequestBenefit, note, as_json, trigger=trigger, asked_on=past_day(on) if on else None)


@app.command()
def papers(
    elder: ElderId, code: Code,
    staff: As,
    documents: Annotated[
        list[str] | None, typer.Argument(help="缺的材料的代号，一次写全；有哪些见 benefit show，没有列的写在 --note")
    ] = None,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """一次性告知要补正的材料。只能告知一次。"""
    documents = documents or []
    if not documents and not (note or "").strip():
        raise typer.BadParameter("须写明缺哪些材料：代号，或 --note")
    if len(set(documents)) != len(documents):
        raise typer.BadParameter("同一份材料写了两次")
    must_be_codes(*documents)
    step(elder, code, staff, m.AskPapers, note, as_json, documents=documents)


@app.command("papers-in")
def papers_in(elder: ElderId, code: Code, staff: As, note: NoteText = None, as_json: Json = False) -> None:
    """补正的材料收到了。"""
    step(elder, code, staff, m.HandInPapers, note, as_json)


@app.command()
def check(elder: ElderId, code: Code, staff: As, note: NoteText = None, as_json: Json = False) -> None:
    """核查完了：登记的情况属实。按规定和现在登记的情况拟定。缺的先用 fact 登记。"""
    step(elder, code, staff, m.CheckBenefit, note, as_json)


@app.command()
def post(
    elder: ElderId, code: Code, staff: As, on: Annotated[str, typer.Option(help="哪天贴出的")],
    proof: Annotated[str, typer.Option(help="照片存放处，或谁看见的（存入登记簿）")],
    note: Annotated[str | None, typer.Option("--note", help="贴在哪里（存入登记簿，不进流程）")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """公示已贴出。要贴的内容用 notice 打印。"""
    posted_on, words = past_day(on), must_say(proof, "--proof")
    step_with(elder, code, staff, m.PostNotice, note, as_json, {"proof": words}, posted_on=posted_on)


@app.command("object")
def object_(elder: ElderId, code: Code, staff: As, note: Why, as_json: Json = False) -> None:
    """公示期间有人提出异议：谁提的、为什么写在 --note。"""
    step(elder, code, staff, m.ObjectBenefit, must_say(note), as_json)


@app.command()
def objection(
    elder: ElderId, code: Code, staff: As, note: Why,
    upheld: Annotated[bool | None, typer.Option("--upheld/--dismissed", help="异议成立，还是不成立")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """异议复核完了，由原核查人以外的人。成立的按现在登记的情况重新拟定，须再公示的再公示。"""
    if upheld is None:
        raise typer.BadParameter("须写 --upheld 或 --dismissed")
    step(elder, code, staff, m.DecideObjection, must_say(note), as_json, upheld=upheld)


@app.command()
def choose(elder: ElderId, code: Code, staff: As, note: NoteText = None, as_json: Json = False) -> None:
    """几项只能享受一项的，本人选定这一项。"""
    step(elder, code, staff, m.ChooseBenefit, note, as_json)


@app.command()
def refuse(elder: ElderId, code: Code, staff: As, note: Why, as_json: Json = False) -> None:
    """不予批准，写明理由；随后由乡镇书面告知本人和申诉的办法。"""
    step(elder, code, staff, m.RefuseBenefit, must_say(note), as_json)


@app.command("return")
def return_(elder: ElderId, code: Code, staff: As, note: Why, as_json: Json = False) -> None:
    """退回乡镇重新核查，写明原因。"""
    step(elder, code, staff, m.ReturnBenefit, must_say(note), as_json)


@app.command()
def withdraw(elder: ElderId, code: Code, staff: As, note: Why, as_json: Json = False) -> None:
    """本人不要了：申请了结。已经在享受的用 stop。"""
    step(elder, code, staff, m.WithdrawBenefit, must_say(note), as_json)


@app.command("tell")
def tell_(
    elder: ElderId, code: Code, staff: As, on: Annotated[str, typer.Option(help="哪天告知的")],
    how: Annotated[ToldHow, typer.Option(help=f"怎样送达：{HOWS_TOLD}")],
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """批准、不予批准或停发已告知本人（家属）；申诉的期限从这天起算。"""
    step(elder, code, staff, m.TellDecision, note, as_json, told_on=past_day(on), how=how)


@app.command()
def review(elder: ElderId, code: Code, staff: As, note: NoteText = None, as_json: Json = False) -> None:
    """复核过了：按规定和现在登记的情况，继续享受或拟定变更。"""
    step(elder, code, staff, m.ReviewBenefit, note, as_json)


app.command("approve")(benefit_change.approve)
app.command("change")(benefit_change.change)
app.command("keep")(benefit_change.keep)
app.command("stop")(benefit_change.stop)
app.command("redeem")(benefit_coupon.redeem)
app.command("take-back")(benefit_coupon.take_back)
app.command("show")(benefit_show.show_one)
app.command("list")(benefit_list.list_)
app.command("scan")(benefit_scan.scan)
app.command("notice")(benefit_notice.notice)
