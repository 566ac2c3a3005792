"""`starter.py cases …`: what is done with all cases at once."""

from __future__ import annotations

import json

import typer

from adapters.sql_resume import resume
from commands.acting import Counter, Json, run

app = typer.Typer(help="全部个案", no_args_is_help=True)


@app.callback()
def _of_cases() -> None:
    """A group with one command is a group still."""


@app.command("resume")
def resume_command(as_json: Json = False) -> None:
    """流程引擎丢失之后：台账上在办的个案、督办、评估、待遇、县的月份和没有发完的短信全部重新启动（可重复；在运行的不受影响）。"""

    async def life(counter: Counter) -> None:
        again = resume(counter.house.engine, counter.house.sealer, counter.house.now())
        if as_json:
            typer.echo(json.dumps(again._asdict()))
        else:
            typer.echo(
                f"待启动：个案{again.cases}个、督办{again.escalations}个、评估{again.assessments}个、待遇{again.benefits}个、"
                f"县的月份{again.counties}个、短信{again.texts}条，由后台程序逐个启动"
            )

    run(life, as_json=as_json)
