"""The command line. `python starter.py --help`; every command is a small file in `commands/`."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import sys
from collections.abc import Coroutine
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import uvicorn
from rich.console import Console

from adapters import areas, database
from adapters.sample import write_sample
from adapters.sample_messy import write_messy
from commands import (
    accounts,
    assessment,
    audit,
    benefit,
    bodies,
    case,
    cases,
    escalation,
    facts,
    forms,
    kpi,
    lists,
    pay,
    people,
    policy,
    receipts,
    visit_link,
)
from commands.auditing import Auditing
from commands.roster import roster_app
from commands.rosters import RosterCounter
from commands.sample import sample_command
from console_doors import console_doors
from demo.run import Plan
from demo.run import run as run_demo
from demo.script import LEAST_ELDERS, LEAST_VOLUNTEERS
from settings import load
from wiring import House

T = TypeVar("T")
ENDS = "退出码：0 办好；1 不能办理，或核验不符；2 输入有误，什么也没有写；3 已收下，稍后自动办理，办不成会列入待办。"
app = typer.Typer(
    help="探访：特殊困难老年人探访关爱", epilog=ENDS, no_args_is_help=True, pretty_exceptions_enable=False
)
app.command("sample")(sample_command(write_sample, write_messy))
app.command("worklist")(escalation.worklist)
app.command("done")(escalation.done)
app.command("surge")(people.surge)
app.command("kpi")(kpi.kpi)
app.command("receipt")(receipts.receipt)
roster = roster_app(RosterCounter)
roster.command("list")(lists.list_)
roster.command("end-category")(lists.end_category)
roster.command("notice")(lists.notice)
app.add_typer(roster, name="roster")
app.add_typer(case.case_app, name="case")
case.visit_app.command("forms")(forms.forms)
case.visit_app.command("link")(visit_link.link)
app.add_typer(cases.app, name="cases")
app.add_typer(case.visit_app, name="visit")
app.add_typer(escalation.item_app, name="item")
app.add_typer(escalation.app, name="escalation")
app.add_typer(people.volunteer_app, name="volunteer")
app.add_typer(people.staff_app, name="staff")
app.add_typer(people.area_app, name="area")
app.add_typer(accounts.app, name="account")
app.add_typer(bodies.app, name="body")
app.add_typer(assessment.app, name="assessment")
app.add_typer(benefit.app, name="benefit")
app.add_typer(pay.app, name="pay")
app.add_typer(facts.app, name="fact")
app.add_typer(audit.app, name="audit")
app.add_typer(policy.app, name="policy")


@app.command()
def found(
    name: Annotated[str, typer.Argument(help="县名")],
    townships: Annotated[str | None, typer.Option(help="乡镇名单取自哪个县的附表，默认本县")] = None,
    city: Annotated[str | None, typer.Option(help="县以上的市（直辖市）")] = None,
) -> None:
    """建县：市、县、乡镇（街道）入册。"""
    house = House(load())
    whose = townships or house.settings.county
    try:
        names = areas.townships_of(whose)
    except FileNotFoundError:
        raise typer.BadParameter(f"没有 {whose} 的乡镇名单，请先放入 data/areas/{whose}_townships.csv") from None
    house.register.found_county(name, names, date(2020, 1, 1), city)
    print(f"{name}已入册")


@app.command()
def migrate() -> None:
    """建立或升级数据库。"""
    settings = load()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database.migrate(settings.store_url)
    print("数据库已是最新")


@app.command()
def web() -> None:
    """网页：短信入口、工作台、状态页。"""

    async def serve() -> None:
        house = House(load())
        house.configure_logs()
        accounts.at_first_start(house, sys.stdout)
        client = await house.connect()
        app_ = house.web(client, console_doors(house, client, Auditing(house, client)))
        config = uvicorn.Config(app_, host=house.settings.web_host, port=house.settings.web_port, log_config=None)
        _settle_memory()
        async with house.clock_kept(client):
            await uvicorn.Server(config).serve()

    asyncio.run(serve())


def _settle_memory() -> None:
    """Looking through all that is held for cycles nobody refers to made everybody wait half a second, now and then.

    What has been loaded by now stays and is looked through no more; figures and names that are held later are, but
    seldom: they have no cycles, and go when they are replaced.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 10, 1_000)


@app.command()
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="不显示画面，跑完就结束")] = False,
    elders: Annotated[int, typer.Option(min=LEAST_ELDERS)] = 60,
    volunteers: Annotated[int, typer.Option(min=LEAST_VOLUNTEERS)] = 8,
    periods: Annotated[int, typer.Option(min=1)] = 3,
    seed: int = 1,
    data_dir: Annotated[Path | None, typer.Option(help="数据留在这个文件夹")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="最后一行是一个 JSON 对象")] = False,
) -> None:
    """一个虚构的县，四十秒一个月：建档、派短信、回复、漏访、逐级督办、结案、核验。"""
    console = None if headless or as_json else Console()
    plan = Plan(elders, volunteers, periods, seed, data_dir, console)
    result = asyncio.run(_until_told(run_demo(plan, lambda line: print(line, file=sys.stderr, flush=True))))
    if result is None:
        return
    print(json.dumps(result, ensure_ascii=False, indent=None if as_json else 2))
    if any(result["invariants"].values()):
        raise typer.Exit(1)


async def _until_told(life: Coroutine[Any, Any, T]) -> T | None:
    """Ctrl-C and SIGTERM end it in order: what it started is stopped. None: it was told to end."""
    task = asyncio.ensure_future(life)
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return None


if __name__ == "__main__":
    app()
