"""A whole headless demo, played once for all tests that look at what it leaves, and persons planted while it plays.

They are planted with one elder who has no part of the script's own, so that the script's people do what they would.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import quote

import httpx
from sqlalchemy import select
from temporalio.service import RPCError

from adapters import sms_sandbox
from adapters.database import reading
from commands.acting import Counter
from decisions.id_number import check_character
from demo.run import Plan, cast_of
from demo.scenes import holder
from embedded import HOUSE, free_port
from models.ids import case_stream
from models.messages import ReportVisit, RequestVisit
from models.tables import TaskCode, table_of
from models.values import Channel, Role
from settings import Settings
from tests.system.kept_demo import SETTINGS
from wiring import House

CODES = table_of(TaskCode)
PLAN = Plan(elders=24, volunteers=6, periods=2, seed=3)
ASKED = (
    "--headless", "--elders", str(PLAN.elders), "--volunteers", str(PLAN.volunteers), "--periods", str(PLAN.periods),
    "--seed", str(PLAN.seed), "--json",
)  # fmt: skip

PLANTED = {
    "name in a note": "司徒样密",
    "name in a text": "欧阳测隐",
    "name in a danger text": "诸葛例藏",
    "name of a stranger": "上官示秘",
    "phone": "19209998887",
    "phone of a stranger": "19209998886",
    "address": "示例九村9组99号",
    "id number": "50023619390102999" + check_character("50023619390102999"),
}


@dataclass(frozen=True)
class Headless:
    """A demo that has ended. `metrics`: the last pages of web and worker. `elder`: with whom persons were planted."""

    folder: Path
    code: int
    out: str
    err: str
    metrics: dict[str, bytes]
    settings: Settings
    elder: str


class Somebody(NamedTuple):
    elder: str
    phone: str  # of the volunteer who was asked to go there
    number: int


async def play(folder: Path) -> Headless:
    sdk_port = free_port()
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.system.kept_demo", "demo", *ASKED, "--data-dir", str(folder),
        cwd=HOUSE, env={**os.environ, "TANFANG_METRICS_PORT": str(sdk_port)}, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    try:
        playing = asyncio.create_task(demo.communicate())
        beside = asyncio.create_task(_beside(playing, folder, sdk_port))
        (out, err), (elder, metrics) = await asyncio.gather(playing, beside)
    finally:
        if demo.returncode is None:
            demo.terminate()
            await demo.wait()
    return Headless(folder, demo.returncode or 0, out.decode(), err.decode(), metrics, _settings(folder), elder)


async def _beside(playing: asyncio.Task[Any], folder: Path, sdk_port: int) -> tuple[str, dict[str, bytes]]:
    """While the demo plays: look at the metrics, and plant persons where people write what they like."""
    metrics: dict[str, bytes] = {}
    planted = ""
    async with httpx.AsyncClient(timeout=20) as http:
        while not playing.done():
            if (folder / SETTINGS).exists():
                web_url = f"http://127.0.0.1:{_settings(folder).web_port}"
                for name, url in {"web": web_url, "sdk": f"http://127.0.0.1:{sdk_port}"}.items():
                    with suppress(httpx.TransportError):
                        metrics[name] = (await http.get(f"{url}/metrics")).content
                planted = planted or await _plant(House(_settings(folder)), web_url, http)
            await asyncio.sleep(1)
    assert planted, f"nobody was asked: there was no time to plant; the demo said {playing.result()}"
    return planted, metrics


def _settings(folder: Path) -> Settings:
    return Settings(**json.loads((folder / SETTINGS).read_text(encoding="utf-8")))


def _somebody(house: House) -> Somebody | None:
    """One of the many who are well and soon seen in each month, when a text has asked for it."""
    phones = {house.sealer.index("phone", phone): phone for _, phone, _ in house.providers.sandbox.since("")}
    if not phones:
        return None
    played = cast_of(house, PLAN)
    others = {elder for (elder, _), part in played.parts.items() if part.manner != "fast"}
    with reading(house.engine) as connection:
        rows = connection.execute(select(CODES).where(CODES.c.phone_index.in_(phones))).all()
    free = [row for row in rows if row.elder_id not in others]
    return Somebody(free[0].elder_id, phones[free[0].phone_index], free[0].code) if free else None


async def _plant(house: House, web_url: str, http: httpx.AsyncClient) -> str:
    """Answers with whom, or nothing yet."""
    try:
        somebody = await asyncio.to_thread(_somebody, house)
        if somebody is None:
            return ""
        await _plant_notes(house, somebody.elder)
        await _plant_texts(house, somebody, web_url, http)
        return somebody.elder
    finally:
        house.engine.dispose()


async def _plant_notes(house: House, elder: str) -> None:
    staff = holder(house, elder, Role.VILLAGE_ASSISTANT)
    counter = Counter(house, await house.connect())
    note = f"{PLANTED['name in a note']},电话{PLANTED['phone']},住{PLANTED['address']},证号{PLANTED['id number']}"
    head = counter.head(staff, "request_visit", elder, note, Channel.CONSOLE)
    requested = await counter.hand_in(case_stream(elder), elder, cast(Any, RequestVisit), **head)
    assert requested.accepted, requested
    head = counter.head(staff, "report_visit", elder, note, Channel.PHONE)
    now = datetime.now(UTC)
    told = await counter.hand_in(
        case_stream(elder), elder, cast(Any, ReportVisit), visitor_id=staff, result="well", visited_on=now.date(),
        evidence="staff", **head,
    )  # fmt: skip
    assert told.recorded, told


async def _plant_texts(house: House, whose: Somebody, web_url: str, http: httpx.AsyncClient) -> None:
    home = f"住{PLANTED['address']} 证号{PLANTED['id number']} 电话{PLANTED['phone']}"
    for n, (phone, body) in enumerate(
        (
            (whose.phone, f"{whose.number}{PLANTED['name in a text']}说再想想 {home}"),
            (whose.phone, f"{whose.number}{PLANTED['name in a danger text']}摔倒了叫不醒快来 {home}"),
            (f"+86{PLANTED['phone of a stranger']}", f"我是{PLANTED['name of a stranger']},找错人了 {home}"),
        )
    ):
        form = {"MessageSid": f"SMplanted{n}", "From": phone, "To": "10690000", "Body": body}
        assert await _post(house, web_url, http, form, house.providers.sandbox_secret) == 204
    form = {"MessageSid": "SMbad", "From": PLANTED["name in a text"], "To": "10690000", "Body": home}
    assert await _post(house, web_url, http, form, house.providers.sandbox_secret) == 400
    assert await _post(house, web_url, http, form, "a wrong secret") == 403
    url = f"{web_url}/nowhere/{quote(PLANTED['name in a text'])}?phone={PLANTED['phone']}"
    with suppress(RPCError):
        assert (await http.get(url)).status_code == 404


async def _post(house: House, web_url: str, http: httpx.AsyncClient, form: dict[str, str], secret: str) -> int:
    url = web_url + sms_sandbox.INBOUND_PATH
    headers = {sms_sandbox.SIGNATURE_HEADER: sms_sandbox.sign(secret, url, form)}
    return (await http.post(url, data=form, headers=headers)).status_code
