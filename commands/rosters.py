"""What `starter.py roster import` stands on: the file kept sealed, its workflow run, its progress told."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from adapters.roster_files import NotARoster, read_bytes
from adapters.roster_refused import refused_workbook, write_for_owner
from adapters.sql_lists import Listed
from commands.lists import why
from commands.roster import RosterReport, Told, WouldBeListed
from decisions.deadlines import civil_day
from models import ids
from models.roster import CaseStarts, ImportRoster, OpenRoster, RegisterList, RosterKind, RosterProgress, RosterShape
from models.values import Actor, ActorKind, Role
from settings import load
from wiring import House
from workflows.options import CASES
from workflows.roster_import import RosterImportWorkflow

LOOK = 0.3


class RosterCounter:
    """Fulfils `commands.roster.RosterDesk`."""

    def __init__(self, house: House | None = None) -> None:
        self._house = house or House(load())

    def import_file(
        self,
        file: Path,
        kind: RosterKind,
        staff: str | None,
        start_on: date | None,
        township: str | None,
        full: bool,
        dry_run: bool,
        told: Told,
        refused_to: Path | None = None,
    ) -> RosterReport:
        by = Actor(id=staff or "operator", kind=ActorKind.STAFF, role=Role.ADMIN)
        rosters, now = self._house.rosters, self._house.now()
        try:
            content = read_bytes(file)
            roster = rosters.check(content, kind, civil_day(now))
        except NotARoster as error:
            shape = RosterShape(unreadable=str(error))
            return RosterReport(
                file=file.name, dry_run=dry_run, progress=RosterProgress(kind=kind, sha256="-", shape=shape)
            )
        sha256 = rosters.keep(content)
        listed: tuple[WouldBeListed, ...] = ()
        if dry_run:
            wanted = OpenRoster(
                sha256=sha256, kind=kind, on=civil_day(now), township=township, full=full,
                county=self._house.settings.county,
            )  # fmt: skip
            shape = rosters.open_roster(wanted, lambda _: None)
            progress = RosterProgress(kind=kind, sha256=sha256, shape=shape)
            if shape.unreadable is None:
                counts, lists = self._house.register.rehearse(
                    kind, roster.rows, by, now, start_on, township, sha256=sha256, full=roster.numbers if full else None
                )
                progress = progress.model_copy(update={"counts": counts})
                listed = _without_names(lists) if kind is RosterKind.ELDERS else ()
        else:
            order = ImportRoster(
                sha256=sha256, kind=kind, by=by, start_on=start_on, township=township, full=full,
                county=self._house.settings.county,
            )  # fmt: skip
            progress = asyncio.run(self._run(order, told))
        if refused_to is not None and roster.refused:
            write_for_owner(refused_to, refused_workbook(content, kind, roster.refused))
        return RosterReport(
            file=file.name, dry_run=dry_run, progress=progress, refusals=roster.refused, listed=listed,
            notes=roster.notes, said=roster.said, starts=self.starts(), refused_to=refused_to,
        )  # fmt: skip

    def starts(self) -> CaseStarts:
        return self._house.register.starts(self._house.now())

    def refused(self, sha256: str, kind: RosterKind, staff: str) -> tuple[int, bytes]:
        """The refused rows of a file that was brought in, for an officer of the county; that they read it is kept."""
        house, desk = self._house, self._house.desk(None)
        actor = desk.actor(staff, "roster_refused", None)
        found = house.rosters.kept(sha256)
        if len(found) != 1:
            raise LookupError("没有这份名单" if not found else "不止一份名单的编号这样开头，请多写几位")
        now, role = house.now(), actor.role.value if actor.role else ""
        house.desk_store.log_step(
            f"read-{uuid.uuid4().hex}", staff, role, "roster_refused", found[0], True, "read", now
        )
        return house.rosters.refused(found[0], kind, house.register.imported_on(found[0]) or civil_day(now))

    async def _run(self, order: ImportRoster, told: Told) -> RosterProgress:
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
            told(await handle.query(RosterImportWorkflow.progress), await asyncio.to_thread(self.starts))
            await asyncio.wait([result], timeout=LOOK)
        return await result


def _without_names(lists: Mapping[RegisterList, Sequence[Listed]]) -> tuple[WouldBeListed, ...]:
    """Whoever tries an import is not asked who they are, so they are shown ids."""
    return tuple(
        WouldBeListed(list=which, elder_id=row.elder_id, why=why(row)) for which, rows in lists.items() for row in rows
    )
