"""What `starter.py roster import` stands on: the file kept sealed, its workflow run, its progress told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path

from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from adapters.roster_files import NotARoster
from commands.roster import RosterReport
from decisions.deadlines import civil_day
from models import ids
from models.roster import ImportRoster, RosterKind, RosterProgress, RosterShape
from models.values import Actor, ActorKind, Role
from settings import Settings
from wiring import House
from workflows.options import CASES
from workflows.roster_import import RosterImportWorkflow

LOOK = 0.3


class RosterCounter:
    """Fulfils `commands.roster.RosterDesk`."""

    def __init__(self, house: House | None = None) -> None:
        self._house = house or House(Settings())

    def import_file(
        self,
        file: Path,
        kind: RosterKind,
        staff: str | None,
        start_on: date | None,
        township: str | None,
        dry_run: bool,
        told: Callable[[RosterProgress], None],
    ) -> RosterReport:
        content = file.read_bytes()
        by = Actor(id=staff or "operator", kind=ActorKind.STAFF, role=Role.ADMIN)
        rosters, now = self._house.rosters, self._house.now()
        try:
            roster = rosters.check(content, kind, civil_day(now))
        except NotARoster as error:
            shape = RosterShape(unreadable=str(error))
            return RosterReport(
                file=file.name, dry_run=dry_run, progress=RosterProgress(kind=kind, sha256="-", shape=shape)
            )
        sha256 = rosters.keep(content)
        if dry_run:
            counts = self._house.register.import_rows(kind, roster.rows, by, now, start_on, township, dry_run=True)
            shape = RosterShape(
                rows=len(roster.rows) + roster.refused_lines, accepted=len(roster.rows), refused=roster.refused_lines
            )
            progress = RosterProgress(kind=kind, sha256=sha256, shape=shape, done=0, counts=counts)
        else:
            order = ImportRoster(sha256=sha256, kind=kind, by=by, start_on=start_on, township=township)
            progress = asyncio.run(self._run(order, told))
        return RosterReport(file=file.name, dry_run=dry_run, progress=progress, refusals=roster.refused)

    async def _run(self, order: ImportRoster, told: Callable[[RosterProgress], None]) -> RosterProgress:
        client = await self._house.connect()
        workflow_id = ids.roster_import_workflow(order.sha256)
        try:
            handle = await client.start_workflow(
                RosterImportWorkflow.run, order, id=workflow_id, task_queue=CASES,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            )  # fmt: skip
        except WorkflowAlreadyStartedError:
            handle = client.get_workflow_handle_for(RosterImportWorkflow.run, workflow_id)
        result = asyncio.ensure_future(handle.result())
        while not result.done():
            told(await handle.query(RosterImportWorkflow.progress))
            await asyncio.wait([result], timeout=LOOK)
        return await result
