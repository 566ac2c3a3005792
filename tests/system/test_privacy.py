"""A search after a whole demo: no name, phone, address or ID number in the engine's file, its payloads, logs, metrics.

What is looked for: everybody of the imported roster, and persons planted in a staff note and in texts. A search that
finds nothing proves nothing by itself: the same search runs over an engine file into which a careless program wrote.
"""

from __future__ import annotations

import base64
import csv
import json
import sys
from bisect import bisect_right
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

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

from adapters.database import reading
from embedded import EmbeddedServer
from models.ids import case_stream
from models.tables import Note, table_of
from models.values import Value
from post.gateway import COUNTY
from projections import read
from settings import Settings
from tests.system.headless import PLAN, PLANTED, Headless
from tests.system.kept_demo import ENGINE
from wiring import House

NOTES = table_of(Note)
SHORTEST = 6  # bytes of a pattern: shorter ones turn up in sealed bytes by chance
ENCODINGS = ("utf-8", "gbk", "utf-16-le", "utf-16-be")


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
    forms = [
        (what, encoding, pattern)
        for what, text in wanted.items()
        for pattern, encoding in {pattern: encoding for encoding, pattern in reversed([*patterns_of(text)])}.items()
        if len(pattern) >= SHORTEST
    ]
    begun = _begun({pattern for _, _, pattern in forms}, haystack)
    for what, encoding, pattern in forms:
        at = haystack.find(pattern) if pattern in begun else -1
        while at >= 0:
            index = bisect_right(starts, at) - 1
            hits.append(Hit(what, encoding, known[index].where))
            at = haystack.find(pattern, starts[index + 1])
    return hits


def _begun(patterns: set[bytes], haystack: bytes) -> set[bytes]:
    """Those whose first word stands anywhere. Few do, and a look for each of them by itself would take a minute."""
    long = {pattern for pattern in patterns if len(pattern) >= 8}
    return _begun_by(8, "Q", long, haystack) | _begun_by(4, "I", patterns - long, haystack)


def _begun_by(size: int, word: Literal["Q", "I"], patterns: set[bytes], haystack: bytes) -> set[bytes]:
    first = {pattern: int.from_bytes(pattern[:size], sys.byteorder) for pattern in patterns}
    words, met = set(first.values()), set[int]()
    for shift in range(size):
        end = len(haystack) - (len(haystack) - shift) % size
        met |= words.intersection(memoryview(haystack)[shift:end].cast(word))
    return {pattern for pattern, begins in first.items() if begins in met}


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


async def test_nobody_is_named_after_a_demo(headless: Headless) -> None:
    folder = headless.folder
    house = House(headless.settings)
    _stands_in_the_register(house)
    wanted = roster(folder / "sample") | PLANTED
    assert len(wanted) > 100

    raw = files(folder, "temporal.sqlite*", f"{ENGINE}/temporal.sqlite*")
    assert any(place.where.endswith("-wal") and place.said for place in raw)
    with reading(house.engine) as connection:
        elder = read.cases(connection)[0].elder_id
    assert search({"id": case_stream(elder)}, raw), "the engine's file is not searched as it is written"
    logs = files(folder, "*.log")
    assert {Path(log.where).stem for log in logs} >= {"worker", "web", "temporal"}
    metrics = [Place(f"{name} metrics", page) for name, page in headless.metrics.items()]
    assert search({"web": "tanfang_inbound_texts_total", "sdk": "temporal_workflow_completed"}, metrics)
    store = files(folder, "store.sqlite*")
    assert search(wanted, [*raw, *logs, *metrics, *store]) == []

    told = Decoded(house.converter)
    async with EmbeddedServer(folder) as server:
        client = await Client.connect(server.address, plugins=[house.plugin])
        assert await told.whole_engine(client) > PLAN.elders * 3
    house.engine.dispose()
    assert told.payloads.total() > 1000
    assert search({"the kind of a fact": "VisitReported"}, told.places), "the payloads were not opened"
    assert search(wanted, told.places) == []


def _stands_in_the_register(house: House) -> None:
    with reading(house.engine) as connection:
        notes = [house.sealer.open(row.text_enc) for row in connection.execute(select(NOTES.c.text_enc))]
    for what in ("name in a note", "name in a text", "name in a danger text", "name of a stranger"):
        assert any(PLANTED[what] in note for note in notes), what
