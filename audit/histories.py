"""What the engine remembers: each run's history, from the engine or from the archive, and what it says was recorded.

A run is read once and then works without the engine. A history knows its stream by the answers of `record` (local
activity markers, or completed activities while the store was away) and by the pages it read when it began.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Row, select
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import History, HistoryEvent
from temporalio.client import Client, WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.service import RPCError, RPCStatusCode

from adapters.codec import data_converter
from adapters.database import patient, writing
from adapters.sql_letters import insert_once
from audit.store import ARCHIVED, Store, of_case, snapshot, streams_of, texts_and_imports_of
from models.county_messages import CountyStart
from models.events import RecordReply, StreamPage
from models.ids import ESCALATION, OF_ELDERS, elder_of, kind_of, own_streams
from models.messages import CaseStart

# One id, run after run: each with what a run is begun by.
LONG_LIVED: dict[str, type[CaseStart | CountyStart]] = {
    "CareCaseWorkflow": CaseStart, "AssessmentWorkflow": CaseStart, "BenefitWorkflow": CaseStart,
    "CountyWorkflow": CountyStart,
}  # fmt: skip
KEPT = (*LONG_LIVED, "EscalationWorkflow", "RosterImportWorkflow")  # archived before the engine deletes them
TYPES = (*KEPT, "DigestWorkflow")  # read and replayed; of a text all that happened stands in tables that only grow
AT_ONCE = 16
LOCAL = "core_local_activity"
ANSWERS: dict[str, type[RecordReply | StreamPage]] = {"record": RecordReply, "events_after": StreamPage}

E = EventType.ValueType
CLOSING = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
    }
)


@dataclass(frozen=True)
class Run:
    """One run of one workflow."""

    workflow_id: str
    run_id: str
    workflow_type: str
    events: Sequence[HistoryEvent]
    archived: bool = False

    @property
    def open(self) -> bool:
        return self.events[-1].event_type not in CLOSING

    @property
    def history(self) -> WorkflowHistory:
        return WorkflowHistory(self.workflow_id, self.events)

    def to_json(self) -> str:
        return self.history.to_json()


def run_of(workflow_id: str, run_id: str, events: Sequence[HistoryEvent], *, archived: bool = False) -> Run:
    started = events[0].workflow_execution_started_event_attributes
    return Run(workflow_id, run_id, started.workflow_type.name, events, archived)


# --- fetching --------------------------------------------------------------------------------------------------------


async def collect(client: Client, store: Store, case: str | None = None, types: Sequence[str] = TYPES) -> list[Run]:
    """Every run the engine still has, then the archived ones it has no more. Read this before the store."""
    live = await fetch(client, store, case, types)
    known = {(run.workflow_id, run.run_id) for run in live}
    kept = await asyncio.to_thread(archived, store, case)
    return sorted(
        [*live, *(run for run in kept if (run.workflow_id, run.run_id) not in known)],
        key=lambda run: (run.workflow_id, run.events[0].event_time.ToNanoseconds()),
    )


async def fetch(client: Client, store: Store, case: str | None = None, types: Sequence[str] = TYPES) -> list[Run]:
    """Runs by the engine's own list, and, because a list may lag, the chain of each id that must have a history.

    Texts and imports are as many as the list says; only where there is no list are they looked up by their rows.
    """
    listing = await _listed(client, _query(types, case))
    found = listing or set()
    runs = await _all(client, found)
    workflow_ids = await asyncio.to_thread(streams_of, store, case)
    if listing is None and case is None:
        workflow_ids += await asyncio.to_thread(texts_and_imports_of, store)
    listed = {run.workflow_id for run in runs if run.open or run.workflow_type not in LONG_LIVED}
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(workflow_id: str) -> list[Run]:
        async with gate:
            return await _chain(client, workflow_id, found)

    for chain in await asyncio.gather(*(one(id_) for id_ in workflow_ids if id_ not in listed)):
        runs += chain
    return [run for run in runs if run.workflow_type in types]


def _query(types: Sequence[str], case: str | None) -> str:
    if case is not None:
        own = " OR ".join(f"WorkflowId = '{stream}'" for stream in own_streams(case))
        return f"{own} OR WorkflowId STARTS_WITH '{ESCALATION}/{case}/'"
    return " OR ".join(f"WorkflowType = '{name}'" for name in types)


async def _listed(client: Client, query: str) -> set[tuple[str, str]] | None:
    """Workflow and run ids, or None from an engine that has no list (the time-skipping test server)."""
    try:
        return {(listed.id, listed.run_id) async for listed in client.list_workflows(query)}
    except RPCError as error:
        if error.status is RPCStatusCode.UNIMPLEMENTED:
            return None
        raise


async def _all(client: Client, found: Iterable[tuple[str, str]]) -> list[Run]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(workflow_id: str, run_id: str) -> Run | None:
        async with gate:
            return await _run(client, workflow_id, run_id)

    fetched = await asyncio.gather(*(one(*key) for key in sorted(found)))
    return [run for run in fetched if run is not None]


async def _chain(client: Client, workflow_id: str, known: set[tuple[str, str]]) -> list[Run]:
    """The newest run of an id and those it continues, back to where retention has cut."""
    try:
        description = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return []
        raise
    runs: list[Run] = []
    run_id = description.run_id
    while run_id and (workflow_id, run_id) not in known:
        run = await _run(client, workflow_id, run_id)
        if run is None:
            break
        runs.append(run)
        run_id = run.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    return runs


async def _run(client: Client, workflow_id: str, run_id: str) -> Run | None:
    try:
        history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return run_of(workflow_id, run_id, history.events) if history.events else None


# --- the archive -----------------------------------------------------------------------------------------------------


def archived(store: Store, case: str | None = None) -> list[Run]:
    """The runs put away before retention ended. Raises SealBroken for one that was changed."""
    with snapshot(store) as held:
        rows = held.rows(ARCHIVED, *of_case(ARCHIVED.c.workflow_id, case))
    return [_unsealed(store, row) for row in rows]


def _unsealed(store: Store, row: Row[Any]) -> Run:
    history = History.FromString(store.sealer.open_bytes(row.history_enc))
    return run_of(row.workflow_id, row.run_id, tuple(history.events), archived=True)


def is_of(workflow_id: str, case: str) -> bool:
    """Whether a workflow writes one of this elder's streams."""
    return kind_of(workflow_id) in OF_ELDERS and elder_of(workflow_id) == case


async def archive_closed(
    client: Client, store: Store, *, types: Sequence[str] = KEPT, now: datetime | None = None
) -> int:
    """Put every closed run's history away, sealed, but those of texts. Answers how many were new; again, nothing."""
    with snapshot(store) as held:
        keys = held.connection.execute(select(ARCHIVED.c.workflow_id, ARCHIVED.c.run_id))
        known = {(row.workflow_id, row.run_id) for row in keys}
    found = await _listed(client, f"({_query(types, None)}) AND ExecutionStatus != 'Running'")
    if found is None:
        runs = [run for run in await fetch(client, store, types=types) if (run.workflow_id, run.run_id) not in known]
    else:
        runs = await _all(client, found - known)
    closed = [run for run in runs if not run.open]
    return await asyncio.to_thread(_keep, store, closed, now or datetime.now(UTC))


def _keep(store: Store, runs: Sequence[Run], at: datetime) -> int:
    kept = 0
    for run in runs:
        row: dict[str, object] = {
            "workflow_id": run.workflow_id, "run_id": run.run_id, "workflow_type": run.workflow_type,
            "events": len(run.events), "archived_at": at,
            "history_enc": store.sealer.seal(History(events=run.events).SerializeToString()),
        }  # fmt: skip
        kept += _keep_one(store, row)
    return kept


@patient
def _keep_one(store: Store, row: dict[str, object]) -> bool:
    with writing(store.engine) as connection:
        return insert_once(connection, ARCHIVED, row)


async def found_at(client: Client | None, store: Store, stream: str, seq: int) -> tuple[str, int] | None:
    """Run id and event id in the history that says a fact was recorded. None: no history that is left says it."""
    converter = client.data_converter if client is not None else data_converter(store.sealer)
    for run in await runs_of(client, store, stream):
        for position in await positions_of(run, await calls_of(run, converter), converter):
            if position.from_seq <= seq <= position.seq and position.event_id > 1:
                return run.run_id, position.event_id
    return None


async def runs_of(client: Client | None, store: Store, stream: str) -> list[Run]:
    """The runs of one workflow that are left: the engine's, the newest first, then those only the archive has."""
    live = await _chain(client, stream, set()) if client is not None else []
    known = {run.run_id for run in live}
    kept = await asyncio.to_thread(_archived_of, store, stream)
    return [*live, *(run for run in kept if run.run_id not in known)]


def _archived_of(store: Store, stream: str) -> list[Run]:
    with snapshot(store) as held:
        rows = held.rows(ARCHIVED, ARCHIVED.c.workflow_id == stream)
    return [_unsealed(store, row) for row in rows]


# --- what a history says was recorded --------------------------------------------------------------------------------


class Call(NamedTuple):
    """One answer of the store as the history keeps it."""

    event_id: int
    name: str
    answer: RecordReply | StreamPage


class Position(NamedTuple):
    """At `event_id` the history learned that the fact at `seq` has this `hash`; its commit began at `from_seq`."""

    event_id: int
    from_seq: int
    seq: int
    hash: str


async def calls_of(run: Run, converter: DataConverter) -> list[Call]:
    """Every answer of the store, in the order of the history."""
    calls: list[Call] = []
    scheduled: dict[int, str] = {}
    for event in run.events:
        match event.event_type:
            case EventType.EVENT_TYPE_MARKER_RECORDED:
                name, payloads = await _marker(event, converter)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                scheduled[event.event_id] = event.activity_task_scheduled_event_attributes.activity_type.name
                continue
            case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                done = event.activity_task_completed_event_attributes
                name, payloads = scheduled.get(done.scheduled_event_id, ""), list(done.result.payloads)
            case _:
                continue
        if name in ANSWERS and payloads:
            (answer,) = await converter.decode(payloads, [ANSWERS[name]])
            calls.append(Call(event.event_id, name, answer))
    return calls


async def _marker(event: HistoryEvent, converter: DataConverter) -> tuple[str, list[Payload]]:
    said = await _said(event, converter)
    details = event.marker_recorded_event_attributes.details
    return str(said.get("activity_type", "")), list(details["result"].payloads) if "result" in details else []


async def _said(event: HistoryEvent, converter: DataConverter) -> dict[str, Any]:
    """What the engine's core notes beside a local activity: its type, and its number in the run (`seq`)."""
    marker = event.marker_recorded_event_attributes
    if marker.marker_name != LOCAL or "data" not in marker.details:
        return {}
    (data,) = marker.details["data"].payloads
    if converter.payload_codec is not None:
        (data,) = await converter.payload_codec.decode([data])
    return cast("dict[str, Any]", json.loads(data.data))


async def markers_of(run: Run, converter: DataConverter) -> dict[int, int]:
    """Number of each local activity in its run → history event id; a replay that does not fit speaks of the number."""
    marked = [event for event in run.events if event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED]
    return {int(said["seq"]): event.event_id for event in marked if (said := await _said(event, converter))}


async def positions_of(run: Run, calls: Sequence[Call], converter: DataConverter) -> list[Position]:
    """What the run knows of its stream: what it began with, what it read, what it was told it had written."""
    found: list[Position] = []
    started = run.events[0].workflow_execution_started_event_attributes
    if run.workflow_type in LONG_LIVED and started.input.payloads:
        (start,) = await converter.decode(list(started.input.payloads), [LONG_LIVED[run.workflow_type]])
        if start.head is not None:
            found.append(Position(1, start.seq, start.seq, start.head))
    for call in calls:
        answer = call.answer
        if isinstance(answer, RecordReply) and answer.status == "appended" and answer.head is not None:
            found.append(Position(call.event_id, answer.from_seq, answer.to_seq, answer.head))
        else:
            found += [Position(call.event_id, known.seq, known.seq, known.hash) for known in answer.events]
    return found
