"""`starter.py audit …`: check that everything stands, tell a case as a person would, hand a case out as a bundle."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from temporalio.client import Client

from adapters.sql_checks import SqlChecks
from audit.bundle import check_bundle, check_packed
from audit.bundle import export as write_bundle
from audit.bundle import export_county as write_county
from audit.heads import heads, told
from audit.heads import of_county as of_our_county
from audit.histories import archive_closed, collect, runs_of
from audit.invariants import run_all
from audit.rehearse import rehearse
from audit.replay import Witness, replay
from audit.restore import append, gaps
from audit.restore_lists import lost_lists, write_lines
from audit.store import Store, streams_of
from audit.timeline import Line, county_timeline
from audit.timeline import timeline as tell_case
from audit.verify import WORDS
from commands.acting import OPERATOR, As, Counter, Ends, Json, run
from commands.checking import GRACE, look, result_of
from commands.pay_show import of_county
from decisions.deadlines import SHANGHAI
from models.ids import county_stream
from post.desk import Sort, Unknown

app = typer.Typer(help="审计", no_args_is_help=True)
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d %H:%M", "%Y-%m-%d"], help="截至何时所知")]
MaybeAs = Annotated[str | None, typer.Option("--as", help="经办人编号；不写就记为运维人员")]
CaseId = Annotated[str | None, typer.Option("--case", help="只查这位老人的个案")]


def _store(counter: Counter) -> Store:
    return Store(counter.house.engine, counter.house.sealer)


def _must_know(counter: Counter, elder: str | None) -> None:
    """An elder of the register, or of the ledger alone. Raises Unknown."""
    if elder is None or counter.house.desk_store.territory_of(elder) is not None:
        return
    if not streams_of(_store(counter), elder):
        raise Unknown(Sort.ELDER, elder)


async def _witnesses(counter: Counter, case: str | None, *, ended: bool = True) -> list[Witness]:
    """Histories first, the store second: the store may be ahead by what is in flight, never behind."""
    client = _engine(counter)
    runs = [run for run in await collect(client, _store(counter), case) if ended or run.open]
    return await replay(runs, counter.house.converter, plugins=[counter.house.plugin])


def _engine(counter: Counter) -> Client:
    if counter.client is None:
        typer.echo("流程引擎没有应答：不能核对流程历史", err=True)
        raise typer.Exit(Ends.REFUSED)
    return counter.client


def _asked_by(counter: Counter, staff: str | None, case: str | None) -> str:
    """Who wants to know, as far as they say. Raises Refused, Unknown."""
    if staff is None:
        return OPERATOR
    home = counter.house.home
    actor = counter.desk.actor(staff, "audit_case", case) if case else of_county(counter, staff, "audit", home)
    return actor.id


@app.command("verify")
def verify_command(case: CaseId = None, staff: MaybeAs = None, as_json: Json = False) -> None:
    """核验：链条、汇总、回执、重演、重放、待遇重算，结果留在台账旁，工作台可看。有任何不符，说出第一条，退出码为1。"""

    async def life(counter: Counter) -> bool:
        _must_know(counter, case)
        house = counter.house
        by = _asked_by(counter, staff, case)
        at = house.now()
        report, witnesses = await look(house, _engine(counter), case, at)
        ours = await asyncio.to_thread(of_our_county, _store(counter), house.home)
        kept = result_of(report, witnesses, case, ours)
        checks = SqlChecks(house.engine)
        await asyncio.to_thread(checks.keep, house.home, case, by, at, house.now(), *kept)
        if as_json:
            body = {
                "clean": report.clean,
                "examined": {name.value: count for name, count in report.examined.items()},
                "findings": [finding._asdict() for finding in report.findings],
            }
            typer.echo(json.dumps(body, ensure_ascii=False))
            return report.clean
        for name, count in report.examined.items():
            typer.echo(f"{WORDS[name]}：查了{count}项")
        for finding in report.findings:
            typer.echo(f"不符 {finding.told()}")
        typer.echo("全部相符" if report.clean else "有不符，见上")
        return report.clean

    if not run(life, as_json=as_json):
        raise typer.Exit(Ends.REFUSED)


@app.command("rehearse")
def rehearse_command(
    case: CaseId = None,
    archived: Annotated[bool, typer.Option("--archived", help="已结束、已封存的流程也重放")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """部署之前的演练：用本版程序重放在运行的流程，并说明各规则版次还有谁需要。有一个会停下，退出码为1。"""

    async def life(counter: Counter) -> bool:
        _must_know(counter, case)
        witnesses = await _witnesses(counter, case, ended=archived)
        result = await asyncio.to_thread(rehearse, _store(counter), witnesses, case)
        if as_json:
            body = {
                "fits": result.fits,
                "replayed": result.replayed,
                "editions": [need._asdict() for need in result.needs],
                "removable": result.removable,
                "findings": [finding._asdict() for finding in result.findings],
            }
            typer.echo(json.dumps(body, ensure_ascii=False))
            return result.fits
        typer.echo(f"重放：{result.replayed}个流程")
        for need in result.needs:
            ended = f"，已结束的{need.ended}个" if archived else ""
            may_go = "；可以删去这一版次" if need.number in result.removable else ""
            typer.echo(
                f"规则第{need.number}版次（{need.changed or '本版程序不认识'}）："
                f"在运行的个案{need.cases}个、督办{need.escalations}个、评估{need.assessments}个、待遇{need.benefits}个、"
                f"县的月份{need.counties}个需要{ended}{may_go}"
            )
        for finding in result.findings:
            typer.echo(f"会停下 {finding.told()}")
        said = "没有可重放的流程，什么也没有证明" if result.replayed == 0 else "不能部署，见上"
        typer.echo("可以部署" if result.fits else said)
        return result.fits

    if not run(life, as_json=as_json):
        raise typer.Exit(Ends.REFUSED)


@app.command("restore")
def restore_command(
    case: CaseId = None,
    append_: Annotated[bool, typer.Option("--append", help="真的补写；不加此项只列出会补什么")] = False,
    as_json: Json = False,
) -> None:
    """台账比流程旧（恢复了旧备份）：从流程历史重演出缺少的事实，逐条对上链条和回执的才补写。"""

    async def life(counter: Counter) -> bool:
        _must_know(counter, case)
        witnesses = await _witnesses(counter, case)
        found = await asyncio.to_thread(gaps, _store(counter), witnesses, case)
        done = await asyncio.to_thread(append, found, counter.house.ledger.restore) if append_ else 0
        lacking = found if not append_ else await asyncio.to_thread(gaps, _store(counter), witnesses, case)
        short = {gap.stream for gap in lacking}
        lost = await asyncio.to_thread(lost_lists, _store(counter)) if case is None else []
        kept = await asyncio.to_thread(write_lines, lost, counter.house.county.keep) if append_ else 0
        fits = not short and kept == len(lost) if append_ else all(gap.refused is None for gap in found)
        if as_json:
            streams = [
                {"stream": gap.stream, "from": gap.seq + 1, "to": gap.to_seq, "refused": gap.refused} for gap in found
            ]
            lists = [
                {"county": one.county, "month": f"{one.month:%Y-%m}", "n": one.n, "told_again": one.drawing is not None}
                for one in lost
            ]
            body = {"streams": streams, "appended": done, "lists": lists, "lists_kept": kept}
            typer.echo(json.dumps(body, ensure_ascii=False))
            return fits
        for gap in found:
            verdict = f"不能补：{gap.refused}" if gap.refused else "可以补" if gap.stream in short else "已补"
            typer.echo(f"{gap.stream} 第{gap.seq + 1}—{gap.to_seq}条 {verdict}")
        for one in lost:
            told = "已补" if append_ else "可以补"
            verdict = told if one.drawing else "不能补：重新汇总的与记下的哈希不符"
            typer.echo(f"{one.county} {one.month:%Y-%m}的名单（第{one.n}次）缺了行 {verdict}")
        listed = "什么也没有写；核对后加 --append 补写" if found or lost else "没有缺少的"
        typer.echo(f"补写了{done}条" + (f"，{kept}份名单的行" if lost else "") if append_ else listed)
        return fits

    if not run(life, as_json=as_json):
        raise typer.Exit(Ends.REFUSED)


@app.command()
def promises(as_json: Json = False) -> None:
    """逐条检查各项承诺（I0–I9）。"""

    async def life(counter: Counter) -> bool:
        at = counter.house.now()
        witnesses = await _witnesses(counter, None)
        checks = await asyncio.to_thread(run_all, _store(counter), witnesses, as_of=at, grace=GRACE)
        if as_json:
            typer.echo(json.dumps([check._asdict() for check in checks], ensure_ascii=False))
        else:
            for check in checks:
                typer.echo(
                    f"{check.name} {check.promise}：查{check.examined}项，不符{check.violations}，在途{check.in_flight}"
                )
                for what in check.offending[:10]:
                    typer.echo(f"    {what}")
        return all(check.kept for check in checks)

    if not run(life, as_json=as_json):
        raise typer.Exit(Ends.REFUSED)


@app.command()
def timeline(
    elder: Annotated[str, typer.Argument(help="老人编号")], staff: As, as_of: AsOf = None, as_json: Json = False
) -> None:  # fmt: skip
    """用人话讲一个个案：发生了什么、谁在什么时候知道了什么。"""

    async def life(counter: Counter) -> None:
        counter.seen(counter.desk.actor(staff, "timeline", elder), "timeline", elder)
        _say(tell_case(_store(counter), elder, _moment(as_of)), as_json)

    run(life, as_json=as_json)


@app.command()
def months(staff: As, as_of: AsOf = None, as_json: Json = False) -> None:
    """用人话讲本县的逐月结算和发放名单：何时汇总、谁核对、谁批准、退回过没有。"""

    async def life(counter: Counter) -> None:
        home = counter.house.home
        counter.seen(of_county(counter, staff, "timeline", home), "timeline", home)
        _say(county_timeline(_store(counter), home, _moment(as_of)), as_json)

    run(life, as_json=as_json)


def _moment(as_of: datetime | None) -> datetime | None:
    return as_of.replace(tzinfo=SHANGHAI) if as_of else None


def _say(lines: Iterable[Line], as_json: bool) -> None:
    for line in lines:
        if as_json:
            typer.echo(json.dumps(line._asdict(), ensure_ascii=False, default=str))
        else:
            typer.echo(f"{line.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}  {line.text}  〔{line.evidence}〕")


@app.command()
def export(
    elder: Annotated[str, typer.Argument(help="老人编号")],
    folder: Annotated[Path, typer.Argument(help="写到哪个文件夹")],
    staff: As,
) -> None:
    """导出一个个案的全部证据：台账、流程历史、规则包，附清单和校验值。"""

    async def life(counter: Counter) -> None:
        counter.seen(counter.desk.actor(staff, "export", elder), "export", elder)
        witnesses = await _witnesses(counter, elder)
        await asyncio.to_thread(write_bundle, _store(counter), elder, folder, witnesses)
        typer.echo(f"{elder} 的全部证据已写到 {folder}")

    run(life)


@app.command("export-county")
def export_county_command(
    folder: Annotated[Path, typer.Argument(help="写到哪个文件夹")], staff: As
) -> None:  # fmt: skip
    """导出本县的逐月结算和名单的证据，以及每个个案此刻的末端，附清单和校验值。"""

    async def life(counter: Counter) -> None:
        home = counter.house.home
        counter.seen(of_county(counter, staff, "audit", home), "export", home)
        runs, until = await runs_of(_engine(counter), _store(counter), county_stream(home)), counter.house.now()
        await asyncio.to_thread(write_county, _store(counter), home, folder, until, runs)
        typer.echo(f"{home} 的证据已写到 {folder}")

    run(life)


@app.command("heads")
def heads_command(as_of: AsOf = None, as_json: Json = False) -> None:
    """链头：本县每一流截至某时的最后一条，合成一个值，可以印出来，日后再算一次来比。"""

    async def life(counter: Counter) -> None:
        store, until = _store(counter), _moment(as_of) or counter.house.now()
        ours = await asyncio.to_thread(of_our_county, store, counter.house.home)
        stood = told(await asyncio.to_thread(heads, store, until, ours), until)
        if as_json:
            typer.echo(stood.model_dump_json())
            return
        typer.echo(f"截至 {until.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}：{stood.streams}流，{stood.facts}条")
        typer.echo(stood.digest)

    run(life, as_json=as_json)


@app.command()
def check(folder: Annotated[Path, typer.Argument(exists=True, help="导出的文件夹，或从工作台下载的 .zip")]) -> None:
    """核验导出的证据：不需要数据库，也不需要流程引擎。"""
    findings = check_bundle(folder) if folder.is_dir() else check_packed(folder)
    for finding in findings:
        typer.echo(f"不符 {finding.told()}")
    typer.echo("有不符，见上" if findings else "全部相符")
    if findings:
        raise typer.Exit(Ends.REFUSED)


@app.command()
def archive() -> None:
    """把已结束的流程历史封存（引擎到期删除之前）。"""

    async def life(counter: Counter) -> None:
        if counter.client is None:
            raise typer.Exit(Ends.REFUSED)
        kept = await archive_closed(counter.client, _store(counter))
        typer.echo(f"新封存{kept}份")

    run(life)
