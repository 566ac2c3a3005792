"""What `starter.py roster import` stands on: the file kept sealed, its workflow run, its progress told."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from adapters.roster_files import NotARoster, read_bytes
from adapters.roster_refused import refused_workbook, write_for_owner
from commands.acting import OPERATOR, of_the_county
from commands.roster import RosterReport, Told, WouldBeListed
from decisions.deadlines import civil_day
from decisions.register_words import why
from models import ids
from models.roster import CaseStarts, ImportRoster, RegisterList, RosterKind, RosterProgress, RosterShape
from models.roster_lists import Listed, Tried, Wanted
from models.values import Actor, ActorKind, Role
from settings import load
from wiring import House
from workflows.options import CASES
from workflows.roster_import import RosterImportWorkflow

LOOK = 0.3
TRIES = Actor(id=OPERATOR, kind=ActorKind.STAFF, role=Role.ADMIN)  # a list is tried: nothing of theirs is kept


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
        by = TRIES if dry_run else of_the_county(self._house, staff, "roster_import", [self._house.home])
        wanted = Wanted(kind=kind, full=full, township=township, start_on=start_on)
        content, now = self._content(file), self._house.now()
        if isinstance(content, str):
            shape = RosterShape(unreadable=content)
            tried = Tried(progress=RosterProgress(kind=kind, sha256="-", shape=shape))
        elif dry_run:
            tried = self._house.roster_trial.tried(content, wanted, by, now)
        else:
            tried = self._house.roster_trial.read(content, wanted, now)
        progress = tried.progress
        if tried.unreadable is not None and progress.sha256 == "-":
            return RosterReport(file=file.name, dry_run=dry_run, progress=progress)
        if not dry_run:
            order = ImportRoster(
                sha256=progress.sha256, kind=kind, by=by, start_on=start_on, township=township, full=full,
                county=self._house.settings.county,
            )  # fmt: skip
            self._log(by, "roster_import", progress.sha256, "asked")
            progress = asyncio.run(self._run(order, told))
        if refused_to is not None and tried.refusals and isinstance(content, bytes):
            write_for_owner(refused_to, refused_workbook(content, kind, tried.refusals))
        return RosterReport(
            file=file.name, dry_run=dry_run, progress=progress, refusals=tried.refusals,
            listed=_without_names(tried.listed), notes=tried.notes, said=tried.said, starts=self.starts(),
            refused_to=refused_to,
        )  # fmt: skip

    def _content(self, file: Path) -> bytes | str:
        """What is in it, or why it is not even read."""
        try:
            return read_bytes(file)
        except NotARoster as error:
            return str(error)

    def starts(self) -> CaseStarts:
        return self._house.register.starts(self._house.now())

    def refused(self, sha256: str, kind: RosterKind, staff: str) -> tuple[int, bytes]:
        """The refused rows of a file that was brought in, for an officer of the county; that they read it is kept."""
        house, desk = self._house, self._house.desk(None)
        actor = desk.actor(staff, "roster_refused", None)
        found = house.rosters.kept(sha256)
        if len(found) != 1:
            raise LookupError("没有这份名单" if not found else "不止一份名单的编号这样开头，请多写几位")
        self._log(actor, "roster_refused", found[0], "read")
        on = house.register.imported_on(found[0]) or civil_day(house.now())
        return house.rosters.refused(found[0], kind, on)

    def _log(self, actor: Actor, action: str, sha256: str, answer: str) -> None:
        role = actor.role.value if actor.role else ""
        step = f"{answer}-{uuid.uuid4().hex}"
        self._house.desk_store.log_step(step, actor.id, role, action, sha256, True, answer, self._house.now())

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


def _without_names(listed: Sequence[tuple[RegisterList, Listed]]) -> tuple[WouldBeListed, ...]:
    """Whoever tries an import is not asked who they are, so they are shown ids."""
    return tuple(WouldBeListed(list=which, elder_id=row.elder_id, why=why(row)) for which, row in listed)
