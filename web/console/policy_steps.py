"""Putting rules forward, in force, or aside: by the steps of `policy propose`, `activate` and `withdraw`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from models.errors import REFUSAL_WORDS, Refusal
from models.shown_policy import NotOnShelf, PackOffered, SheetRead
from models.values import Actor
from post.desk import Refused, Unknown
from post.policies import NotSound, Older
from web.console.ask import Ask, TurnedAway
from web.console.fields import Field, Filled, Kind, blank, read
from web.console.need import Need
from web.console.policies import chosen, counties
from web.console.router import Console
from web.language import _
from web.openapi import Takes
from web.pages import said_day

MOST_BYTES = 8 * 1024 * 1024
LEAST_OF_HASH = 8
FROM_DAY = Field(
    "from_on", _("从哪天起生效"), Kind.DAY, required=True, help=_("不早于本月，也不能改动发放名单已经汇总的月份")
)  # fmt: skip
VERSION = Field("version", _("新的版本号"), required=True, help=_("如 2026.7，要和以前的都不同"))
HASH = Field(
    "hash", _("看过的哈希，至少前 8 位"), required=True, help=_("照上面写的填，说明看过的正是这一份")
)  # fmt: skip
SHEET_FROM = FROM_DAY._replace(name="sheet_from_on")  # both forms stand on one page
OF_FOLDER, OF_SHEET, ON = (FROM_DAY,), (VERSION, SHEET_FROM), (HASH, FROM_DAY._replace(help=_("照上面写的填")))
NO_FILE = _("请选一份改好的 .xlsx 表格")
TOO_BIG = _("文件太大，不是从这里导出的表格")
NO_DRAFT = _("文件夹里没有这个县的规则包。")
SHORT = _("至少写前 8 位，小写")
OLDER = _("这一版写明的施行日早于现在适用的那一版，待遇不会照它办：")
NOT_SOUND = _("规则包有问题，没有提出。逐条改好以后再提。")
SAME = _("表格与现在适用的完全一样，没有提出。")
TRIED = _("检查没有问题，还没有提出。要提出，再选一次文件，按“提出”。")

PROPOSES = Takes(("county",), ("how", *OF_FOLDER, *OF_SHEET, "check"), files=("file",))


def add(console: Console) -> None:
    @console.get("/policies/propose", Need("policy_propose"), Takes(("county",)))
    def propose(ask: Ask) -> Response:
        return _form(ask, {}, 200)

    @console.post("/policies/propose", Need("policy_propose"), PROPOSES)
    async def proposed(ask: Ask) -> Response:
        if ask.form.get("how") == "sheet":
            return await _of_sheet(ask)
        return await asyncio.to_thread(_of_folder, ask)

    @console.get("/policies/activate", Need("policy_activate"), Takes(("county",)))
    def activate(ask: Ask) -> Response:
        return _waiting(ask, blank(ON), "", 200)

    @console.post("/policies/activate", Need("policy_activate"), Takes(("county",), ON))
    def activated(ask: Ask) -> Response:
        return _decide(ask, "policy_activate")

    @console.post("/policies/withdraw", Need("policy_withdraw"), Takes(("county",), (HASH,)))
    def withdrawn(ask: Ask) -> Response:
        return _decide(ask, "policy_withdraw")


# --- putting forward -------------------------------------------------------------------------------------------------


def _form(ask: Ask, came: Mapping[str, Any], status: int) -> Response:
    county = chosen(ask, counties(ask, "policy_propose"))
    policies = ask.doors.policies
    held = policies.versions.of_county(county, ask.now)
    now = next((one for one in held if one.in_force), None)
    draft = policies.shelf.offered(county)
    told: dict[str, Any] = {"said": "", "findings": (), "changes": (), "tried": False}
    told |= {"filled": blank((*OF_FOLDER, *OF_SHEET)), **came}
    return ask.page(
        "policy_propose.html", status, county=county, draft=draft, of_folder=OF_FOLDER, of_sheet=OF_SHEET,
        in_force=now, is_new=draft is not None and draft.hash not in {one.hash for one in held if not one.withdrawn_by},
        waits=policies.versions.waiting(county), **told,
    )  # fmt: skip


def _of_folder(ask: Ask) -> Response:
    county = chosen(ask, counties(ask, "policy_propose"))
    filled = read(OF_FOLDER, ask.form)
    draft = ask.doors.policies.shelf.offered(county)
    if draft is None:
        return _form(ask, {"said": NO_DRAFT, "filled": filled}, 422)
    if filled.wrong:
        return _form(ask, {"filled": filled}, 422)
    return _put_forward(ask, draft, filled, FROM_DAY)


async def _of_sheet(ask: Ask) -> Response:
    filled, file = read(OF_SHEET, ask.form), ask.form.get("file")
    said = ""
    if not isinstance(file, UploadFile) or not file.filename:
        said = NO_FILE
    elif (file.size or 0) > MOST_BYTES:
        said = TOO_BIG
    if said or not isinstance(file, UploadFile) or (filled.wrong and not ask.form.get("check")):
        return await asyncio.to_thread(_form, ask, {"said": said, "filled": filled}, 422)
    content = await file.read()
    return await asyncio.to_thread(_sheet_read, ask, content, filled)


def _sheet_read(ask: Ask, content: bytes, filled: Filled) -> Response:
    county = chosen(ask, counties(ask, "policy_propose"))
    only_check = bool(ask.form.get("check"))
    try:
        came: SheetRead = ask.doors.policies.books.read(county, content, filled.values.get("version") or "0")
    except NotOnShelf:
        raise TurnedAway(404, "not_here") from None
    findings = came.findings or (came.offered.findings if came.offered else ())
    shown = {"filled": filled, "changes": came.changes}
    if findings:
        return _form(ask, {**shown, "said": NOT_SOUND, "findings": findings}, 422)
    if only_check or came.offered is None:
        return _form(ask, {**shown, "tried": True, "said": TRIED if came.changes else SAME}, 200)
    if not came.changes:
        return _form(ask, {**shown, "said": SAME}, 422)
    return _put_forward(ask, came.offered, filled, SHEET_FROM)


def _put_forward(ask: Ask, offered: PackOffered, filled: Filled, day: Field) -> Response:
    came: dict[str, Any] = {"filled": filled}
    try:
        ask.doors.policies.steps.propose(offered, filled.values[day.name], ask.staff_id)
    except NotSound as unsound:
        return _form(ask, {**came, "said": NOT_SOUND, "findings": unsound.offered.findings}, 422)
    except Older as older:
        return _form(ask, {**came, "said": f"{ask.say(OLDER)}{_said(ask, older)}"}, 422)
    except Refused as refused:
        _not_theirs(refused)
        return _form(ask, {**came, "said": REFUSAL_WORDS[refused.refusal]}, 422)
    return ask.go(f"/policies?county={offered.county}&done=proposed")


def _said(ask: Ask, older: Older) -> str:
    return " < ".join(said_day(each, ask.language) for each in (older.since, older.before))


# --- in force, or aside ----------------------------------------------------------------------------------------------


def _waiting(ask: Ask, filled: Filled, said: str, status: int) -> Response:
    county = chosen(ask, counties(ask, "policy_activate"))
    waits = ask.doors.policies.versions.waiting(county)
    held = ask.doors.policies.versions.of_county(county, ask.now)
    return ask.page(
        "policy_activate.html", status, county=county, waits=waits, fields=ON, filled=filled, said=said,
        in_force=next((one for one in held if one.in_force), None),
        people=ask.doors.people.names([waits.proposed_by]) if waits else {},
        own=waits is not None and waits.proposed_by == ask.staff_id,
    )  # fmt: skip


def _decide(ask: Ask, action: str) -> Response:
    county, steps = chosen(ask, counties(ask, action)), ask.doors.policies.steps
    fields = ON if action == "policy_activate" else (HASH,)
    filled = read(fields, ask.form)
    if not filled.wrong and not _is_hash(filled.values["hash"]):
        filled.wrong["hash"] = SHORT
    if filled.wrong:
        return _waiting(ask, filled, "", 422)
    try:
        by: Actor = steps.actor(ask.staff_id, action, county)
        if action == "policy_activate":
            since: date = filled.values["from_on"]
            steps.activate(county, filled.values["hash"], since, by)
        else:
            steps.withdraw(county, filled.values["hash"], by)
    except Refused as refused:
        _not_theirs(refused)
        return _waiting(ask, filled, REFUSAL_WORDS[refused.refusal], 422)
    except Unknown:
        raise TurnedAway(404, "not_here") from None
    done = "activated" if action == "policy_activate" else "withdrawn"
    return ask.go(f"/policies?county={county}&done={done}")


def _is_hash(said: str) -> bool:
    return LEAST_OF_HASH <= len(said) <= 64 and set(said) <= set("0123456789abcdef")


def _not_theirs(refused: Refused) -> None:
    """Raises TurnedAway: nobody is told what is another county's."""
    if refused.refusal in (Refusal.OTHER_TERRITORY, Refusal.WRONG_ROLE):
        raise TurnedAway(404, "not_here") from None
