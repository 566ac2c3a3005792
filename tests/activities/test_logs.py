"""What libraries log goes the same way as our own lines: as JSON, with nothing personal in it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.database import HOUSE

PHONE, ID_NUMBER, NAME = "+8613800001234", "50023619390102999X", "王示福"
CARELESS = f'''
import asyncio, logging
import structlog
from adapters import logs

PLANTED = "{PHONE} {ID_NUMBER} {NAME}"


def careless():
    raise ValueError("no such person: " + PLANTED)


async def forgotten():
    asyncio.get_running_loop().create_task(fails())
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def fails():
    careless()


logs.configure()
try:
    careless()
except ValueError as error:
    logging.getLogger("temporalio").exception("Failing activity of %s", "{NAME}")
    logging.getLogger("uvicorn.error").error("told %s and %s", PLANTED, stack_info=True)
    structlog.get_logger().warning("own_line", held=[{{"{NAME}": PLANTED}}], error=error, count=3)
    structlog.get_logger().exception("own_traceback")
asyncio.run(forgotten())
'''


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """By logger, or by event for our own."""
    script = tmp_path_factory.mktemp("logs") / "careless.py"
    script.write_text(CARELESS)
    ran = subprocess.run(
        [sys.executable, str(script)], env={"PYTHONPATH": str(HOUSE)}, capture_output=True, text=True, check=True
    )
    read = [json.loads(line) for line in (ran.stdout + ran.stderr).splitlines()]
    return {line.get("logger", line["event"]): line for line in read}


def test_nothing_planted_comes_out(lines: dict[str, dict[str, Any]]) -> None:
    assert set(lines) == {"temporalio", "uvicorn.error", "asyncio", "own_line", "own_traceback"}
    said = json.dumps(lines, ensure_ascii=False)
    assert [planted for planted in (PHONE, PHONE[3:], ID_NUMBER, ID_NUMBER[:17], NAME) if planted in said] == []


@pytest.mark.parametrize("who", ["temporalio", "asyncio", "own_traceback"])
def test_what_and_where_stay(lines: dict[str, dict[str, Any]], who: str) -> None:
    told = lines[who]["exception"]
    assert "ValueError: no such person: [masked] [masked] [masked]" in told
    place = next(n for n, line in enumerate(CARELESS.splitlines(), 1) if "raise ValueError" in line)
    assert f'careless.py", line {place}, in careless' in told


def test_the_rest_of_a_line_stays(lines: dict[str, dict[str, Any]]) -> None:
    assert lines["temporalio"]["event"] == "Failing activity of [masked]"
    assert (lines["temporalio"]["level"], lines["own_line"]["count"]) == ("error", 3)
    assert lines["uvicorn.error"]["event"] == "told %s and %s"  # its arguments did not fit
    assert "careless.py" in lines["uvicorn.error"]["stack"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
def test_a_full_disk_ends_nobody_who_has_something_to_say() -> None:
    script = "import structlog; from adapters import logs; logs.configure(); structlog.get_logger().error('lost')"
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-c", f"{script}; print('goes on', flush=True)"], env={"PYTHONPATH": str(HOUSE)},
            stderr=full, stdout=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert ran.stdout == b"goes on\n"
