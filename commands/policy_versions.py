"""`starter.py policy propose|activate|withdraw|list`: a version of a county's rules is two persons' and has a date.

Who activates types the hash and the day they have seen; without them what waits is shown, nothing is decided, and it
ends as wrong input. Only while the county has no staff in the register may whoever sets it up activate alone.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Annotated, Any, NoReturn

import typer

from commands.acting import As, Ends, FirstOrAs, Json, answered, of_the_county, plain, show, with_staff
from decisions.deadlines import civil_day
from models.errors import Refusal
from models.shown_policy import PackOffered
from policies import pack
from policies.shelf import LEAST_OF_HASH
from post.desk import Refused
from post.policies import Older
from settings import load
from wiring import House

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
    house, since = House(load()), from_.date()
    held = _sound(house, county)
    with answered(as_json=as_json):
        try:
            by = house.policy_steps.propose(held, since, staff)
        except Older as older:
            words = f"effective_from {older.since} 早于现在适用的 {older.before}，待遇不会照它办"
            raise typer.BadParameter(words) from None
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
        steps = house.policy_steps
        areas = steps.areas(county)
        if not with_staff(house, areas):
            _alone(house, county, since, hash_, staff, as_json)
            return
        by = of_the_county(house, staff, "policy_activate", areas)
        if hash_ is None or since is None:
            _show_first(house, county, as_json)
        whole = steps.activate(county, _digits(hash_), since, by)
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
        by = house.policy_steps.actor(staff, "policy_withdraw", county)
        house.policy_steps.withdraw(county, seen, by)
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
    held = _sound(house, county)
    if since is None:
        raise typer.BadParameter("须写 --from 从哪天起生效")
    if hash_ is not None and not held.hash.startswith(_digits(hash_)):
        raise typer.BadParameter(f"--hash 与 {pack.file_of(county)} 的不同：{held.hash}")
    by = of_the_county(house, staff, "policy_activate", house.policy_steps.areas(county))
    taken = any(row.hash == held.hash for row in house.versions.of_county(county, house.now()))
    if not taken:
        house.activate_policy(county, since, by.id)
    house.policy_steps.kept(by, "policy_install", county, held.hash, Refusal.ALREADY_ACTIVATED if taken else None)
    told = {"county": county, "hash": held.hash, "active_from": since, "activated_by": by.id}
    _say(told, f"{county} 自 {since} 起启用 {held.hash}（{ALONE}）", as_json)


# --- what is held against what ---------------------------------------------------------------------------------------


def _sound(house: House, county: str) -> PackOffered:
    """The pack of the folder. Raises typer.BadParameter for one with a problem."""
    held = house.shelf.offered(county)
    if held is None or not held.content:
        raise typer.BadParameter(f"{county} 的规则包读不了，先用 policy check 查看")
    if held.findings:
        raise typer.BadParameter(f"{county} 的规则包有{len(held.findings)}处问题，先用 policy check 查看")
    return held


def _digits(hash_: str) -> str:
    if not re.fullmatch(rf"[0-9a-f]{{{LEAST_OF_HASH},64}}", hash_):
        raise typer.BadParameter(f"--hash 至少写前 {LEAST_OF_HASH} 位，小写")
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
