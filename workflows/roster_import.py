"""RosterImportWorkflow — one roster file into the register, chunk by chunk. Id `roster-import/<sha256>`.

Starts no case: each chunk writes the start letters in its own transaction. When a full list is all in, whoever is not
on it is put before a person. Query: progress. Result: RosterProgress.
Cancelled or killed, it leaves whole chunks; run again, it finds them unchanged.

It may fail, as a case may not (`loop.never_fails`). Nobody's visits hang on it, a person stands beside it, and a wrong
list must be stoppable. A store that is away is tried again without limit; what ends it, a cancellation or an error that
calls itself final, is told to its starter, who brings the same file again: the register enters it (`close_roster`) only
when all of it is in.
"""

from __future__ import annotations

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.roster import RosterActivities
    from decisions.deadlines import civil_day
    from models.roster import (
        ChunkCounts,
        CloseRoster,
        CompareRoster,
        ImportChunk,
        ImportRoster,
        OpenRoster,
        RosterProgress,
        RosterShape,
    )
    from workflows import options


@workflow.defn
class RosterImportWorkflow:
    @workflow.init
    def __init__(self, start: ImportRoster) -> None:
        self._order = start
        self._at = start.at or workflow.now()
        self._shape = start.shape
        self._done = start.done
        self._counts = start.counts
        self._finished = False

    @workflow.run
    async def run(self, start: ImportRoster) -> RosterProgress:
        shape = self._shape = self._shape or await self._open(self._at)
        while self._done < shape.accepted:
            self._counts = self._counts.plus(await self._import_chunk())
            self._done = min(self._done + options.ROSTER_CHUNK_ROWS, shape.accepted)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(self._carried())
        if shape.unreadable is None:
            if start.full:
                self._counts = self._counts.plus(await self._compare())
            await self._close(shape)
        self._finished = True
        return self.progress()

    @workflow.query
    def progress(self) -> RosterProgress:
        return RosterProgress(
            kind=self._order.kind,
            sha256=self._order.sha256,
            shape=self._shape,
            done=self._done,
            counts=self._counts,
            finished=self._finished,
        )

    async def _open(self, at: datetime) -> RosterShape:
        order = self._order
        return await workflow.execute_activity_method(
            RosterActivities.open_roster,
            OpenRoster(
                sha256=order.sha256,
                kind=order.kind,
                on=civil_day(at),
                township=order.township,
                full=order.full,
                county=order.county,
            ),
            start_to_close_timeout=options.ROSTER_START_TO_CLOSE,
            heartbeat_timeout=options.ROSTER_HEARTBEAT,
            retry_policy=options.ROSTER_RETRY,
            summary="read the file",
        )

    async def _import_chunk(self) -> ChunkCounts:
        order = self._order
        return await workflow.execute_activity_method(
            RosterActivities.import_chunk,
            ImportChunk(
                sha256=order.sha256,
                kind=order.kind,
                offset=self._done,
                limit=options.ROSTER_CHUNK_ROWS,
                by=order.by,
                at=self._at,
                on=civil_day(self._at),
                start_on=order.start_on,
                township=order.township,
                county=order.county,
            ),
            start_to_close_timeout=options.ROSTER_START_TO_CLOSE,
            heartbeat_timeout=options.ROSTER_HEARTBEAT,
            retry_policy=options.ROSTER_RETRY,
            summary=f"rows from {self._done + 1}",
        )

    async def _compare(self) -> ChunkCounts:
        order = self._order
        return await workflow.execute_activity_method(
            RosterActivities.compare_roster,
            CompareRoster(
                sha256=order.sha256,
                kind=order.kind,
                by=order.by,
                at=self._at,
                on=civil_day(self._at),
                township=order.township,
                county=order.county,
            ),
            start_to_close_timeout=options.ROSTER_START_TO_CLOSE,
            retry_policy=options.ROSTER_RETRY,
            summary="look for who is not on it",
        )

    async def _close(self, shape: RosterShape) -> None:
        order = self._order
        await workflow.execute_activity_method(
            RosterActivities.close_roster,
            CloseRoster(
                sha256=order.sha256,
                kind=order.kind,
                by=order.by,
                at=self._at,
                shape=shape,
                unchanged=self._counts.unchanged,
            ),
            start_to_close_timeout=options.ROSTER_START_TO_CLOSE,
            retry_policy=options.ROSTER_RETRY,
            summary="enter the file",
        )

    def _carried(self) -> ImportRoster:
        carried = dict(at=self._at, shape=self._shape, done=self._done, counts=self._counts)
        return self._order.model_copy(update=carried)
