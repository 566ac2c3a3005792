"""Bringing a list in: what it would do, row by row; then its progress; and the rows it refused, given back."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.responses import Response

from decisions.register_words import KINDS, LISTS, why
from models.ids import roster_import_workflow
from models.roster import RegisterList, RosterKind
from models.roster_lists import Tried, Wanted
from models.values import Actor
from projections import read_people
from web.console.ask import Ask, TurnedAway
from web.console.fields import Field, Filled, Kind, blank, read
from web.console.need import Need
from web.console.router import Console
from web.language import _
from web.openapi import Takes

MOST_BYTES = 20_000_000
SHOWN = 200
REFUSED_ROWS = _("退回的行")
TOWNSHIP_HELP = _("写乡镇名；不写就是全县。整份名单只有一个乡镇的也写在这里")
FILES = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_FILE = _("还没有选文件")
TOO_LARGE = _("文件超过 20 MB，没有收下。请按乡镇分成几份，再导")
AWAY = _("流程引擎暂时没有应答，名单还没有开始导入；文件已封存，稍后再按一次“导入”。")
NO_SUCH = _("没有这份名单，或它不是这一类名单。请核对后从“导入名单”重新上传。")
FULL_OF_ELDERS = _("只有老人名单可以作为整份名单")
FIELDS = (
    Field("kind", _("哪一类名单"), Kind.CHOICE, required=True, options={k.value: said for k, said in KINDS.items()}),
    Field("full", _("这是整份名单：列出不在其中的建档老人"), Kind.FLAG),
    Field("township", _("只在这个乡镇（街道）开始个案"), help=TOWNSHIP_HELP),
    Field("start_on", _("个案从哪天开始"), Kind.DAY, help=_("不写就是今天")),
)  # fmt: skip


def add(console: Console) -> None:
    @console.get("/roster", Need("roster_import"))
    def roster(ask: Ask) -> Response:
        _at_home(ask)
        return _form(ask, blank(FIELDS), None, 200)

    @console.post("/roster", Need("roster_import"), Takes(fields=FIELDS, files=("file",)))
    async def tried(ask: Ask) -> Response:
        _at_home(ask)
        return await _try(ask)

    @console.post("/roster/import", Need("roster_import"), Takes(fields=(*FIELDS, "sha256")))
    async def begun(ask: Ask) -> Response:
        _at_home(ask)
        return await _begin(ask)

    @console.get("/roster/files/{sha256}", Need("roster_import"))
    async def progress(ask: Ask, sha256: str) -> Response:
        _at_home(ask)
        return await _progress(ask, sha256)

    @console.get("/roster/files/{sha256}/refused", Need("roster_refused"), Takes(query=("kind",)))
    def refused(ask: Ask, sha256: str) -> Response:
        _at_home(ask, "roster_refused")
        return _refused(ask, sha256)


def _at_home(ask: Ask, action: str = "roster_import") -> None:
    """This process brings in the lists of one county. Raises TurnedAway for whoever is another's."""
    if not _may_at_home(ask, action):
        raise TurnedAway(404, "not_here")


def _may_at_home(ask: Ask, action: str) -> bool:
    return ask.doors.home in ask.scope(action)


def _by(ask: Ask) -> Actor:
    """Under a role that is held in this county."""
    return ask.acting("roster_import", ask.doors.home)


def _form(ask: Ask, filled: Filled, said: str | None, status: int) -> Response:
    with ask.doors.reading() as connection:
        files = read_people.files(connection, ask.doors.home, FILES)
    people = ask.doors.people.names({row.imported_by for row in files})
    return ask.page(
        "roster.html", status, fields=FIELDS, filled=filled, said=said, files=files, kinds=KINDS, people=people,
        starts=ask.doors.rosters.starts(), may_refused=_may_at_home(ask, "roster_refused"),
    )  # fmt: skip


async def _try(ask: Ask) -> Response:
    filled = read(FIELDS, ask.form)
    file = ask.form.get("file")
    said = None
    if not isinstance(file, UploadFile) or not file.filename:
        said = NO_FILE
    elif (file.size or 0) > MOST_BYTES:
        said = TOO_LARGE
    if filled.values.get("full") and filled.values.get("kind") not in (None, RosterKind.ELDERS.value):
        filled.wrong["full"] = FULL_OF_ELDERS
    if said or filled.wrong or not isinstance(file, UploadFile):
        return await asyncio.to_thread(_form, ask, filled, said, 422)
    wanted, content = Wanted.model_validate(filled.values), await file.read()
    by = await asyncio.to_thread(_by, ask)
    result = await asyncio.to_thread(ask.doors.rosters.tried, content, wanted, by, ask.now)
    if result.unreadable is not None:
        return await asyncio.to_thread(_form, ask, filled, result.unreadable, 422)
    ask.seen("roster_import", result.progress.sha256, "tried")
    return await asyncio.to_thread(_tried, ask, wanted, result, None, 200)


def _tried(ask: Ask, wanted: Wanted, result: Tried, said: str | None, status: int) -> Response:
    shape = result.progress.shape
    assert shape is not None
    by_name = _may_at_home(ask, "roster_list")
    lists = {
        which: [(row.name if by_name else row.elder_id, row.village, why(row, ask.say))
                for held, row in result.listed if held is which]
        for which in RegisterList
    }  # fmt: skip
    return ask.page(
        "roster_tried.html", status, wanted=wanted, result=result, shape=shape, counts=result.progress.counts,
        refusals=result.refusals[:SHOWN], notes=(*result.notes, *result.progress.counts.notes)[:SHOWN], shown=SHOWN,
        lists=lists, list_words=LISTS, kinds=KINDS, said=said, may_refused=_may_at_home(ask, "roster_refused"),
    )  # fmt: skip


async def _begin(ask: Ask) -> Response:
    given: dict[str, Any] = {name: ask.form.get(name) or None for name in ("kind", "township", "start_on")}
    sha256 = str(ask.form.get("sha256", ""))
    try:
        wanted = Wanted.model_validate(given | {"full": bool(ask.form.get("full"))})
        roster_import_workflow(sha256)
    except (ValidationError, ValueError):
        return await asyncio.to_thread(_form, ask, blank(FIELDS), NO_SUCH, 422)
    if await asyncio.to_thread(ask.doors.rosters.refused, sha256, wanted.kind) is None:
        return await asyncio.to_thread(_form, ask, blank(FIELDS), NO_SUCH, 422)
    by = await asyncio.to_thread(_by, ask)
    begun = await ask.doors.rosters.begin(sha256, wanted, by)
    ask.doors.counter.done(by, "roster_import", sha256, "asked" if begun else "engine_away", accepted=begun)
    if not begun:
        return await asyncio.to_thread(_form, ask, blank(FIELDS), AWAY, 503)
    return ask.go(f"/roster/files/{sha256}?kind={quote(wanted.kind.value)}")


async def _progress(ask: Ask, sha256: str) -> Response:
    progress = await ask.doors.rosters.progress(sha256)
    starts = await asyncio.to_thread(ask.doors.rosters.starts)
    return ask.page(
        "roster_progress.html", sha256=sha256, progress=progress, starts=starts, kinds=KINDS,
        going=progress is not None and not progress.finished, may_refused=_may_at_home(ask, "roster_refused"),
    )  # fmt: skip


def _refused(ask: Ask, sha256: str) -> Response:
    try:
        kind = RosterKind(ask.request.query_params.get("kind", ""))
    except ValueError:
        kind = RosterKind.ELDERS
    ask.seen("roster_refused", sha256)
    found = ask.doors.rosters.refused(sha256, kind)
    if found is None:
        return ask.page("roster_none.html", 422, said=NO_SUCH)
    name = quote(f"{ask.say(REFUSED_ROWS)}.xlsx")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    return Response(found[1], media_type=XLSX, headers=headers)
