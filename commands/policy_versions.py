"""`starter.py policy propose|activate|withdraw|list`: a version of a county's rules is two persons' and has a date.

Who activates types the hash and the day they have seen; without them what waits is shown, nothing is decided, and it
ends as wrong input. Only while the county has no staff in the register may whoever sets it up activate alone.
"""

from __future__ import annotations

import json
import re
import uuid
from datetime import date, datetime
from typing import Annotated, Any, NoReturn

import typer

from commands.acting import As, Ends, FirstOrAs, Json, answered, of_the_county, plain, show, with_staff
from decisions.deadlines import civil_day
from models.errors import Refusal
from models.ids import county_area
from models.values import Actor
from policies import pack
from policies.check import check as problems_of
from policies.schema import PackUnreadable
from post.desk import Refused
from settings import load
from wiring import House, covers_of, stored

LEAST_OF_HASH = 8
NOT_YET = "什么也没有定：看清以后照写"
ALONE = "建县时一人启用"
STATES = {
    "in_force": "现在适用",
    "to_come": "到日适用",
    "past": "曾适用",
    "waits": "待第二人启用",
    "withdrawn": "已撤回",
}
COLUMNS = {
    "version": "版本", "hash": "哈希", "active_from": "自", "said": "状态", "proposed_by": "提出",
    "proposed_at": "提出时间", "activated_by": "启用", "activated_at": "启用时间",
}  # fmt: skip

County = Annotated[str, typer.Argument(help="县，如 fengjie")]
From = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="从哪天起生效")]
Hash = Annotated[str | None, typer.Option("--hash", help=f"看过的规则包哈希，至少前 {LEAST_OF_HASH} 位")]


def propose(
    county: County,
    from_: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="打算从哪天起生效")],
    staff: As,
    as_json: Json = False,
) -> None:
    """提出：规则包整个存入数据库，等另一人启用；启用以前什么都不照它办。"""
    house, held, since = House(load()), _sound(county), from_.date()
    with answered(as_json=as_json):
        by = _known(house, staff, "policy_propose", county, held.content)
        _rules_newer(held, house.pack_of(county))
        refusal = house.versions.propose(stored(held), since, by.id, house.now())
        _kept(house, by, "policy_propose", county, held.hash, refusal)
    told = {"county": county, "version": held.version, "hash": held.hash, "active_from": since, "proposed_by": by.id}
    words = f"{county} {held.version} {held.hash} 提出自 {since} 起启用，须由另一人启用"
    _say(told, f"{words}：{_typed(county, held.hash, since)}", as_json)


def activate(
    county: County, from_: From = None, hash_: Hash = None, staff: FirstOrAs = None, as_json: Json = False
) -> None:
    """启用：由提出的人以外的一人照写看过的哈希和日期；从那天起新开的周期适用。

    本县还没有工作人员在册时（建县），由建县的人一人启用文件夹里的规则包。
    """
    house, since = House(load()), from_.date() if from_ else None
    with answered(as_json=as_json):
        waits = house.versions.waiting(county)
        areas = _areas(county, waits.content if waits else _in_folder(county))
        if not with_staff(house, areas):
            _alone(house, county, since, hash_, staff, as_json)
            return
        by = of_the_county(house, staff, "policy_activate", areas)
        if hash_ is None or since is None:
            _show_first(house, county, as_json)
        seen = _digits(hash_)
        is_sound = waits is None or not problems_of(pack.from_content(waits.content, county))
        refusal = house.versions.activate(county, seen, since, by.id, house.now()) if is_sound else Refusal.NOT_CHECKED
        whole = _kept(house, by, "policy_activate", county, waits.hash if waits else seen, refusal)
        house.counties.begin(house.now())
    told = {"county": county, "hash": whole, "active_from": since, "activated_by": by.id}
    _say(told, f"{county} 自 {since} 起启用 {whole}", as_json)


def withdraw(
    county: County,
    hash_: Annotated[str, typer.Option("--hash", help=f"待启用的规则包哈希，至少前 {LEAST_OF_HASH} 位")],
    staff: As,
    as_json: Json = False,
) -> None:
    """撤回还没有启用的。已启用的不能撤回：提高 version，再提出、启用一版。"""
    house, seen = House(load()), _digits(hash_)
    with answered(as_json=as_json):
        waits = house.versions.waiting(county)
        by = _known(house, staff, "policy_withdraw", county, waits.content if waits else _in_folder(county))
        refusal = house.versions.withdraw(county, seen, by.id, house.now())
        _kept(house, by, "policy_withdraw", county, waits.hash if waits else seen, refusal)
    _say({"county": county, "hash": seen, "withdrawn_by": by.id}, f"{county} 已撤回 {seen}", as_json)


def list_(county: County, as_json: Json = False) -> None:
    """列出各版本：谁提出、谁启用、自哪天起、现在适用哪一版。"""
    house = House(load())
    today = civil_day(house.now())
    with answered(as_json=as_json):
        versions = house.versions.of_county(county, house.now())
    rows: list[dict[str, Any]] = []
    for each in versions:
        state = (
            "withdrawn" if each.withdrawn_by else "waits" if each.waits else "in_force" if each.in_force
            else "to_come" if each.active_from > today else "past"
        )  # fmt: skip
        said = STATES[state] + (f"（{each.withdrawn_by}）" if each.withdrawn_by else "")
        row = each._asdict() | {"state": state}
        rows.append(
            row if as_json
            else row | {"said": said, "hash": each.hash[:12], "proposed_by": each.proposed_by or ALONE}
        )  # fmt: skip
    show(rows, COLUMNS, as_json=as_json, title=f"{county} 规则包")


# --- alone, while there is nobody else -------------------------------------------------------------------------------


def _alone(house: House, county: str, since: date | None, hash_: str | None, staff: str | None, as_json: bool) -> None:
    held = _sound(county)
    if since is None:
        raise typer.BadParameter("须写 --from 从哪天起生效")
    if hash_ is not None and not held.hash.startswith(_digits(hash_)):
        raise typer.BadParameter(f"--hash 与 {pack.file_of(county)} 的不同：{held.hash}")
    by = of_the_county(house, staff, "policy_activate", _areas(county, held.content))
    taken = any(row.hash == held.hash for row in house.versions.of_county(county, house.now()))
    if not taken:
        house.activate_policy(county, since, by.id)
    _kept(house, by, "policy_install", county, held.hash, Refusal.ALREADY_ACTIVATED if taken else None)
    told = {"county": county, "hash": held.hash, "active_from": since, "activated_by": by.id}
    _say(told, f"{county} 自 {since} 起启用 {held.hash}（{ALONE}）", as_json)


# --- what is held against what ---------------------------------------------------------------------------------------


def _sound(county: str) -> pack.Pack:
    """The pack of the folder. Raises typer.BadParameter for one with a problem."""
    try:
        held = pack.load(county)
    except PackUnreadable:
        raise typer.BadParameter(f"{county} 的规则包读不了，先用 policy check 查看") from None
    if problems := problems_of(held):
        raise typer.BadParameter(f"{county} 的规则包有{len(problems)}处问题，先用 policy check 查看")
    return held


def _rules_newer(held: pack.Pack, now: pack.Pack) -> None:
    """A month goes by the version with the latest `effective_from`: an earlier one would be in force and rule none."""
    since, before = held.file.effective_from, now.file.effective_from
    if held.county == now.county and since < before:
        raise typer.BadParameter(f"effective_from {since} 早于现在适用的 {before}，待遇不会照它办")


def _in_folder(county: str) -> str | None:
    """The content of the folder's pack, which says whom it covers; None: there is none."""
    try:
        return pack.load(county).content
    except PackUnreadable:
        return None


def _areas(county: str, content: str | None) -> list[str]:
    return [county_area(each) for each in (county, *(covers_of(content) if content else ()))]


def _known(house: House, staff: str, action: str, county: str, content: str | None) -> Actor:
    """Somebody of the register: where two persons are asked for, nobody is taken at their word."""
    places = with_staff(house, _areas(county, content))
    return house.desk(None).actor_among(staff, action, places[0].county_id if places else county, places)


def _digits(hash_: str) -> str:
    if not re.fullmatch(rf"[0-9a-f]{{{LEAST_OF_HASH},64}}", hash_):
        raise typer.BadParameter(f"--hash 至少写前 {LEAST_OF_HASH} 位，小写")
    return hash_


def _kept(house: House, by: Actor, action: str, county: str, hash_: str, refusal: Refusal | None) -> str:
    """The step and what came of it; answers the hash. Raises Refused."""
    role = by.role.value if by.role else ""
    answer = refusal.value if refusal else hash_
    house.desk_store.log_step(
        f"policy-{uuid.uuid4().hex}", by.id, role, action, county, refusal is None, answer, house.now()
    )
    if refusal is not None:
        raise Refused(refusal)
    return hash_


def _show_first(house: House, county: str, as_json: bool) -> NoReturn:
    """Always ends the command: nothing has been decided."""
    waits = house.versions.waiting(county)
    if waits is None:
        raise Refused(Refusal.NO_PROPOSAL)
    typed = _typed(county, waits.hash, waits.active_from)
    columns = ("county", "version", "hash", "active_from", "proposed_by", "proposed_at")
    seen = {name: plain(getattr(waits, name)) for name in columns}
    if as_json:
        told = {"accepted": False, "refusal": "not_typed", "said": NOT_YET, "shown": seen, "type": typed}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(f"{county} {waits.version} {waits.hash}，自 {waits.active_from} 起，{waits.proposed_by} 提出")
        typer.echo(f"改了什么：starter.py policy diff {county} {waits.hash[:LEAST_OF_HASH]}（谁增谁减再加 --register）")
        typer.echo(f"{NOT_YET}：{typed}", err=True)
    raise typer.Exit(Ends.WRONG_INPUT)


def _typed(county: str, hash_: str, active_from: date) -> str:
    return f"starter.py policy activate {county} --from {active_from} --hash {hash_[:LEAST_OF_HASH]} --as 经办人编号"


def _say(told: dict[str, Any], words: str, as_json: bool) -> None:
    typer.echo(json.dumps(told, ensure_ascii=False, default=plain) if as_json else words)
