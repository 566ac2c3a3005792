"""A search after a whole demo: no name, phone, address or ID number in the engine's file, its payloads, logs, metrics.

What is looked for: everybody of the imported roster, and persons planted in a staff note and in texts. A search that
finds nothing proves nothing by itself: the same search runs over an engine file into which a careless program wrote.
"""

from __future__ import annotations

import asyncio
import base64
import csv
import json
import shutil
from bisect import bisect_right
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import quote

import httpx
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message as Proto
from sqlalchemy import select
from temporalio.api.common.v1 import Header, Payload, WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.converter import DataConverter
from temporalio.service import RPCError

import demo.run
from adapters import sms_sandbox
from adapters.database import reading
from commands.acting import Counter
from decisions.id_number import check_character
from demo.processes import Processes
from demo.run import Plan
from demo.scenes import holder
from embedded import EmbeddedServer, free_port
from models.ids import case_stream
from models.messages import ReportVisit, RequestVisit
from models.tables import Note, table_of
from models.values import Channel, Role, Value
from post.gateway import COUNTY
from projections import read
from settings import Settings
from wiring import House

NOTES = table_of(Note)
SHORTEST = 6  # bytes of a pattern: shorter ones turn up in sealed bytes by chance
ENCODINGS = ("utf-8", "gbk", "utf-16-le", "utf-16-be")

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


# --- the search ------------------------------------------------------------------------------------------------------


class Place(NamedTuple):
    where: str
    said: bytes


class Hit(NamedTuple):
    what: str
    encoding: str
    where: str


def base64_forms(raw: bytes) -> Iterator[bytes]:
    """What of `raw` every base64 text around it must hold, at each of the three alignments."""
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + raw)
        first = (0, 2, 3)[shift]
        last = (0, 3, 2)[(shift + len(raw)) % 3]
        yield coded[first : len(coded) - last]


def patterns_of(text: str) -> Iterator[tuple[str, bytes]]:
    for encoding in ENCODINGS:
        raw = text.encode(encoding)
        yield encoding, raw
        for shift, form in enumerate(base64_forms(raw)):
            yield f"base64+{shift} of {encoding}", form
            yield f"url base64+{shift} of {encoding}", form.replace(b"+", b"-").replace(b"/", b"_")
    yield "json", json.dumps(text)[1:-1].encode()
    yield "percent", quote(text).encode()
    if text.isdigit() and len(text) == 11:
        yield "grouped", f"{text[:3]} {text[3:7]} {text[7:]}".encode()
        yield "dashed", f"{text[:3]}-{text[3:7]}-{text[7:]}".encode()


def search(wanted: dict[str, str], places: Iterable[Place]) -> list[Hit]:
    """Where any of the `wanted` texts (by what they are) stands, in any of the encodings."""
    known = list(places)
    starts, whole = [0], bytearray()
    for place in known:
        whole += place.said + b"\x00\xff\x00"
        starts.append(len(whole))
    haystack, hits = bytes(whole), list[Hit]()
    for what, text in wanted.items():
        seen = set[bytes]()
        for encoding, pattern in patterns_of(text):
            if pattern in seen or len(pattern) < SHORTEST:
                continue
            seen.add(pattern)
            at = haystack.find(pattern)
            while at >= 0:
                index = bisect_right(starts, at) - 1
                hits.append(Hit(what, encoding, known[index].where))
                at = haystack.find(pattern, starts[index + 1])
    return hits


def files(folder: Path, *patterns: str) -> list[Place]:
    return [Place(str(path), path.read_bytes()) for pattern in patterns for path in sorted(folder.glob(pattern))]


class Decoded:
    """Every payload of a message opened through our codec, and every text and byte string beside them."""

    def __init__(self, converter: DataConverter) -> None:
        self._converter = converter
        self.places: list[Place] = []
        self.payloads: Tally[str] = Tally()

    async def walk(self, where: str, message: Proto) -> None:
        if isinstance(message, Payload):
            await self._open(where, message)
            return
        for field, value in message.ListFields():
            here = f"{where}.{field.name}"
            for name, one in _each(field, value):
                if isinstance(one, Proto):
                    await self.walk(f"{here}{name}", one)
                elif isinstance(one, str | bytes):
                    self.places.append(Place(f"{here}{name}", one.encode() if isinstance(one, str) else one))
                if name:
                    self.places.append(Place(f"{here} key", name.encode()))

    async def _open(self, where: str, sealed: Payload) -> None:
        codec = self._converter.payload_codec
        payload = (await codec.decode([sealed]))[0] if codec else sealed
        self.payloads[where.partition(" ")[2].partition("[")[0]] += 1
        self.places.append(Place(where, payload.data))
        for name, value in payload.metadata.items():
            self.places.append(Place(f"{where} metadata {name}", value))
        with suppress(ValueError):
            plain = json.dumps(json.loads(payload.data), ensure_ascii=False)
            self.places.append(Place(f"{where} as json", plain.encode()))

    async def whole_engine(self, client: Client) -> int:
        """Every history, and what the engine shows of every run: memo, search attributes, pending failures."""
        runs = [listed async for listed in client.list_workflows()]
        for listed in runs:
            handle = client.get_workflow_handle(listed.id, run_id=listed.run_id)
            name = f"{listed.workflow_type}/{listed.id}"
            async for event in handle.fetch_history_events():
                await self.walk(f"{name} {EventType.Name(event.event_type)}", event)
            described = await handle.describe()
            await self.walk(f"{name} described", described.raw_description)
        return len(runs)


def _each(field: FieldDescriptor, value: Any) -> Iterator[tuple[str, Any]]:
    """The values of a field by name: of a map by key, of a list without one, or the one there is."""
    if not field.is_repeated:
        yield "", value
    elif field.message_type is not None and field.message_type.GetOptions().map_entry:
        yield from ((f"[{key}]", value[key]) for key in value)
    else:
        yield from (("", value[n]) for n in range(len(value)))


def roster(folder: Path) -> dict[str, str]:
    """Who was imported: names, phones, addresses, ID numbers, households."""
    personal = ("姓名", "公民身份号码", "联系电话", "现住址", "户籍地址", "紧急联系人", "紧急联系电话", "户号")
    wanted: dict[str, str] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for n, row in enumerate(csv.DictReader(file), start=2):
                for column in personal:
                    for part in (row.get(column) or "").split("；"):
                        if part:
                            wanted.setdefault(f"{path.name} {n} {column} {part}", part)
    return {what: text for text, what in {text: what for what, text in wanted.items()}.items()}


# --- the control: a careless program, searched in the same way -------------------------------------------------------


class Careless(Value):
    """What a program without a codec tells the engine."""

    said: str


LEAKS = {
    "argument": "赵示福",
    "memo": "钱例寿",
    "search attribute": "孙测康",
    "summary": "李样宁",
    "signal": "周示安",
    "header": "吴例平",
    "reason": "郑测和",
    "phone": "19200000077",
    "address": "示例一村1组7号",
    "argument in base64": "王样顺",
    "argument as GBK": "冯示春",
}


async def test_the_search_finds_what_a_careless_program_leaks(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server:
        client = await Client.connect(server.address)
        await _leak(client)
        raw = search(LEAKS, files(tmp_path, "temporal.sqlite*"))
        told = Decoded(client.data_converter)
        await told.whole_engine(client)
    decoded = search(LEAKS, told.places)
    # The engine keeps json/plain bytes as they are; the two binary ones show that the other encodings are found.
    assert {hit.what for hit in raw} == set(LEAKS), raw
    assert {hit.what for hit in decoded} == set(LEAKS), decoded
    encodings = {hit.what: {one.encoding.split("+")[0] for one in raw if one.what == hit.what} for hit in raw}
    assert "gbk" in encodings["argument as GBK"]
    assert "base64" in encodings["argument in base64"]
    for kind in ("memo", "search_attributes", "user_metadata", "input", "details"):
        assert any(kind in where for where in told.payloads), (kind, told.payloads)


async def _leak(client: Client) -> None:
    handle = await client.start_workflow(
        "Careless",
        args=[
            Careless(said=f"{LEAKS['argument']} +86{LEAKS['phone']} {LEAKS['address']}").model_dump(),
            base64.b64encode(f"x{LEAKS['argument in base64']}".encode()).decode(),
            LEAKS["argument as GBK"].encode("gbk"),
        ],
        id="careless/1",
        task_queue="nobody",
        memo={"who": LEAKS["memo"]},
        search_attributes=TypedSearchAttributes([SearchAttributePair(COUNTY, LEAKS["search attribute"])]),
        static_summary=LEAKS["summary"],
    )
    await handle.signal("heard", LEAKS["signal"])
    await _signal_with_header(client, LEAKS["header"])
    await handle.terminate({"of": LEAKS["reason"]}, reason=LEAKS["reason"])


async def _signal_with_header(client: Client, said: str) -> None:
    header = Header(fields={"who": (await client.data_converter.encode([said]))[0]})
    await client.workflow_service.signal_workflow_execution(
        SignalWorkflowExecutionRequest(
            namespace="default",
            workflow_execution=WorkflowExecution(workflow_id="careless/1"),
            signal_name="heard",
            header=header,
        )
    )


async def test_a_sealed_failure_is_opened_and_searched(tmp_path: Path) -> None:
    """The codec does not hide a leak from the search: a failure's sealed message is read like everything else."""
    converter = House(Settings(data_dir=tmp_path)).converter
    failure = Failure()
    await converter.encode_failure(ValueError(f"no such elder: {LEAKS['argument']}"), failure)
    assert search(LEAKS, [Place("sealed", failure.SerializeToString())]) == []
    told = Decoded(converter)
    await told.walk("planted", failure)
    assert {hit.what for hit in search(LEAKS, told.places)} == {"argument"}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("around", [b"", b"a", b"ab", b"abc"])
@pytest.mark.parametrize("wrap", [bytes, base64.b64encode, base64.urlsafe_b64encode])
def test_each_encoding_is_found_at_each_alignment(encoding: str, around: bytes, wrap: Callable[[bytes], bytes]) -> None:
    for text in ("诸葛例藏", "赵示福", "19200000077", "示例一村1组7号"):
        blob = wrap(around + text.encode(encoding) + around)
        assert search({"x": text}, [Place("before", b"..."), Place("blob", blob)])
        assert not search({"x": text}, [Place("blob", wrap(around + "没有人".encode(encoding) + around))])


# --- the demo --------------------------------------------------------------------------------------------------------


class Watched(Processes):
    """The demo's processes, watched: metrics as long as they are served, and the engine's files before it stops."""

    made: list[Watched]

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.metrics: dict[str, bytes] = {}
        Watched.made.append(self)

    async def look(self, http: httpx.AsyncClient, sdk_port: int) -> None:
        pages = {"web": f"{self.web_url}/metrics", "sdk": f"http://127.0.0.1:{sdk_port}/metrics"}
        for name, url in pages.items():
            with suppress(httpx.TransportError):
                self.metrics[name] = (await http.get(url)).content

    def stop(self) -> None:
        kept = self.folder / "kept"
        if not kept.exists():
            kept.mkdir()
            for path in self.folder.glob("temporal.sqlite*"):
                shutil.copy(path, kept / path.name)
        super().stop()


async def test_nobody_is_named_after_a_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_port = free_port()
    Watched.made = []
    monkeypatch.setattr(demo.run, "Processes", Watched)
    monkeypatch.setenv("TANFANG_METRICS_PORT", str(sdk_port))
    playing = asyncio.create_task(demo.run.run(Plan(16, 8, 2, 1, tmp_path), lambda _: None))
    beside = asyncio.create_task(_beside(playing, sdk_port))
    await asyncio.gather(playing, beside)
    (processes,) = Watched.made
    house = House(processes.settings)
    _stands_in_the_register(house)
    wanted = roster(tmp_path / "sample") | PLANTED
    assert len(wanted) > 100

    raw = files(tmp_path, "temporal.sqlite*", "kept/temporal.sqlite*")
    assert any(place.where.endswith("-wal") and place.said for place in raw)
    with reading(house.engine) as connection:
        elder = read.cases(connection)[0].elder_id
    assert search({"id": case_stream(elder)}, raw), "the engine's file is not searched as it is written"
    logs = files(tmp_path, "*.log")
    assert {Path(log.where).stem for log in logs} >= {"worker", "web", "temporal"}
    metrics = [Place(f"{name} metrics", page) for name, page in processes.metrics.items()]
    assert search({"web": "tanfang_inbound_texts_total", "sdk": "temporal_workflow_completed"}, metrics)
    store = files(tmp_path, "store.sqlite*")
    assert search(wanted, [*raw, *logs, *metrics, *store]) == []

    told = Decoded(house.converter)
    async with EmbeddedServer(tmp_path) as server:
        client = await Client.connect(server.address, plugins=[house.plugin])
        assert await told.whole_engine(client) > 16 * 3
    house.engine.dispose()
    assert told.payloads.total() > 1000
    assert search({"the kind of a fact": "VisitReported"}, told.places), "the payloads were not opened"
    assert search(wanted, told.places) == []


def _stands_in_the_register(house: House) -> None:
    with reading(house.engine) as connection:
        notes = [house.sealer.open(row.text_enc) for row in connection.execute(select(NOTES.c.text_enc))]
    for what in ("name in a note", "name in a text", "name in a danger text", "name of a stranger"):
        assert any(PLANTED[what] in note for note in notes), what


async def _beside(playing: asyncio.Task[Any], sdk_port: int) -> None:
    """While the demo plays: look at the metrics, and plant persons where people write what they like."""
    planted = False
    async with httpx.AsyncClient(timeout=20) as http:
        while not playing.done():
            if Watched.made:
                processes = Watched.made[0]
                await processes.look(http, sdk_port)
                if not planted and await asyncio.to_thread(_asked, processes):
                    planted = True
                    await _plant(processes, http)
            await asyncio.sleep(1)
    assert planted, "nobody was asked: there was no time to plant"


def _asked(processes: Watched) -> list[tuple[str, str, str]]:
    if not (processes.folder / "store.sqlite").exists():
        return []
    house = House(processes.settings)
    try:
        return house.providers.sandbox.since("")
    finally:
        house.engine.dispose()


async def _plant(processes: Watched, http: httpx.AsyncClient) -> None:
    house = House(processes.settings)
    try:
        await _plant_notes(house)
        await _plant_texts(house, processes.web_url, http)
    finally:
        house.engine.dispose()


async def _plant_notes(house: House) -> None:
    with reading(house.engine) as connection:
        elder = read.cases(connection)[-1].elder_id
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


async def _plant_texts(house: House, web_url: str, http: httpx.AsyncClient) -> None:
    volunteer = house.providers.sandbox.since("")[0][1]
    home = f"住{PLANTED['address']} 证号{PLANTED['id number']} 电话{PLANTED['phone']}"
    for n, (phone, body) in enumerate(
        (
            (volunteer, f"60{PLANTED['name in a text']}说再想想 {home}"),
            (volunteer, f"60{PLANTED['name in a danger text']}摔倒了叫不醒快来 {home}"),
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
