"""`starter.py sample`: writes a synthetic county as roster files. How to tell that it is one: `adapters/sample.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Protocol

import typer


class Written(Protocol):
    """How many rows went into the files."""

    elders: int
    register_only: int
    volunteers: int
    staff: int
    townships: int
    villages: int


WriteMessy = Callable[[Path], list[Path]]


class WriteSample(Protocol):
    def __call__(self, out: Path, elders: int, volunteers: int, seed: int, townships: int | None) -> Written: ...


def sample_command(write: WriteSample, write_messy: WriteMessy) -> Callable[..., None]:
    """The command, for `app.command("sample")`."""

    def sample(
        out: Annotated[Path, typer.Argument(help="写到哪个文件夹")],
        elders: Annotated[int, typer.Option(min=4, help="应建档的老人数")] = 60,
        volunteers: Annotated[int, typer.Option(min=1, help="志愿者数")] = 8,
        townships: Annotated[int | None, typer.Option(min=1, help="只用前几个乡镇；不填按老人数定")] = None,
        seed: Annotated[int, typer.Option(help="同一个数，同一个县")] = 1,
        messy: Annotated[bool, typer.Option("--messy", help="写三份杂乱的 .xlsx，试试哪些行会退回")] = False,
    ) -> None:
        """造一个示例县的名单：elders.csv、volunteers.csv、staff.csv。姓名、号码都不是真的。"""
        if messy:
            print("、".join(str(path) for path in write_messy(out)) + "：每行的“预期”写着会怎样。均为虚构。")
            return
        made = write(out, elders, volunteers, seed, townships)
        print(f"{out}：老人{made.elders}位（另有{made.register_only}位不在探访范围）、志愿者{made.volunteers}位、")
        print(f"岗位{made.staff}个；{made.townships}个乡镇（街道）、{made.villages}个村（社区）。均为虚构。")

    return sample
