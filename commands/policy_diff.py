"""`starter.py policy diff A B`: what differs between two versions of a county's rules, and over its register for whom.

A version is named as `fengjie` (what is in force there today), `fengjie@draft` (what is written in the folder), the
first digits of a hash in the store, or the path of a folder.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from adapters.database import reading
from adapters.roster_refused import write_for_owner
from adapters.sql_policies import InForce
from adapters.sql_policy_diff import living
from commands.acting import Counter, Json, answered, plain, run
from commands.benefit_steps import month_of
from commands.pay_show import of_county
from commands.policy_diff_show import in_words, sheets, told
from commands.policy_versions import LEAST_OF_HASH
from decisions.benefit_time import month_of as month_around
from decisions.deadlines import civil_day
from decisions.fact_sheet import asked_by
from decisions.policy_diff import Judged, Tally, compare
from decisions.versions import first_month
from models.ids import county_area
from policies import benefits, pack
from policies.check import check as problems_of
from policies.comparing import differences
from policies.schema import PackUnreadable
from projections import read_payments
from settings import load
from wiring import House, covers_of

DRAFT = "@draft"
AS_VERSION = "县（现在适用的）、县@draft（文件夹里的）、哈希前8位以上，或规则包文件夹的路径"
Version = Annotated[str, typer.Argument(help=AS_VERSION)]


class Named(NamedTuple):
    """A version as it was asked for. `since`: from when it is in force, or put forward for; None: nobody has said."""

    pack: pack.Pack
    since: date | None

    def told(self) -> dict[str, Any]:
        of = self.pack
        return {"county": of.county, "version": of.version, "hash": of.hash, "active_from": self.since}


def diff(
    a: Version,
    b: Version,
    register: Annotated[bool, typer.Option("--register", help="按名册逐人核算：谁增谁减，一个月多少钱")] = False,
    month: Annotated[str | None, typer.Option(help="按哪个月算，如 2026-12；不写是 B 起用的月，已起用的是本月")] = None,
    staff: Annotated[str | None, typer.Option("--as", help="经办人编号（--register 必填）")] = None,
    names: Annotated[bool, typer.Option("--names", help="名单带姓名")] = False,
    file: Annotated[Path | None, typer.Option(help="名单和合计另写成 .xlsx，不能已有；只有本人能读")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """比较两版规则：逐项列出不同和出处；加 --register 列出谁增谁减、按待遇和乡镇的合计。什么都不改动。"""
    if not register and (month or names or file):
        raise typer.BadParameter("--month、--names、--file 要和 --register 一起写")
    if register and staff is None:
        raise typer.BadParameter("--register 须写 --as 经办人编号")
    if file is not None and file.exists():
        raise typer.BadParameter(f"已有 {file}，没有改动")
    with answered(as_json=as_json):
        old, new = version_of(a), version_of(b)
    for text, of in ((a, old), (b, new)):
        if register and (problems := problems_of(of.pack)):
            raise typer.BadParameter(f"{text} 有{len(problems)}处问题，不能照它核算；先用 policy check 查看")
    found: dict[str, Any] = {"a": old.told(), "b": new.told(), "rules": _rules(old, new)}
    if staff is not None and register:
        of = month_of(month) if month else None

        async def life(counter: Counter) -> dict[str, Any]:
            return _over_register(counter, old, new, of, staff, names=names)

        found["register"] = run(life, as_json=as_json)
    if file is not None:
        write_for_owner(file, sheets(found))
        found["file"] = str(file)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=plain))
    else:
        in_words(found)


def version_of(text: str) -> Named:
    """Raises typer.BadParameter for what names none, or several."""
    try:
        if "/" in text:
            folder = Path(text)
            return Named(pack.load(folder.name, folder.resolve().parent), None)
        if text.endswith(DRAFT):
            return Named(pack.load(text.removesuffix(DRAFT)), None)
    except PackUnreadable as error:
        raise typer.BadParameter(f"{text} 读不了：{error}") from None
    house = House(load())
    if re.fullmatch(rf"[0-9a-f]{{{LEAST_OF_HASH},64}}", text):
        named = house.versions.named(text)
        if len(named) != 1:
            raise typer.BadParameter(f"登记簿里{'没有' if not named else '不止一个'}哈希以 {text} 开头的规则包")
        [(held, since)] = named
        return Named(pack.from_content(held.content, held.county), since)
    with reading(house.engine) as connection:
        in_force = InForce(covers_of)
        hash_ = in_force.hash_of(connection, county_area(text), civil_day(house.now()))
        if hash_ is None:
            raise typer.BadParameter(f"{text} 现在没有适用的规则包；要看文件夹里的，写 {text}{DRAFT}")
        return Named(pack.from_content(in_force.content_of(connection, hash_), text), None)


def _rules(old: Named, new: Named) -> list[dict[str, Any]]:
    return [
        {"where": where, "old": a and a._asdict(), "new": b and b._asdict()}
        for where, a, b in differences(old.pack, new.pack)
    ]


def _over_register(
    counter: Counter, old: Named, new: Named, month: date | None, staff: str, *, names: bool
) -> dict[str, Any]:
    house = counter.house
    today = civil_day(house.now())
    of = month or max(month_around(today), first_month(new.since) if new.since else date.min)
    subject = f"{old.pack.hash[:LEAST_OF_HASH]}-{new.pack.hash[:LEAST_OF_HASH]}"
    for action in ("policy_diff", *(("policy_diff_names",) if names else ())):
        counter.seen(of_county(counter, staff, action, subject), action, subject)
    a, b = (benefits.rules_of(each.pack, of) for each in (old, new))
    tally, changed = Tally(), list[Judged]()
    elders = living(house.engine, house.sealer, house.home, of, asked_by(a) | asked_by(b))
    for one in compare(a, b, elders):
        tally.add(one)
        if one.changed:
            changed.append(one._replace(lines=tuple(one.changed)))
    with reading(house.engine) as connection:
        places = read_payments.area_names(connection, {house.home, *tally.by_township})
        sealed = read_payments.sealed_names(connection, [one.elder_id for one in changed]) if names else {}
    called = {id_: house.sealer.open(name) for id_, name in sealed.items()}
    words = {each.code: each.name for side in (a, b) for each in side.benefits}
    head = {"month": f"{of:%Y-%m}", "county": house.home, "notes": _notes(house.home, of, old, new)}
    return head | told(tally, changed, words, places, called)


def _notes(home: str, month: date, old: Named, new: Named) -> list[str]:
    """What whoever reads the figures must know of them."""
    found: list[str] = []
    for side, file in (("A", old.pack.file), ("B", new.pack.file)):
        if home not in {county_area(each) for each in (file.county, *file.covers)}:
            found.append(f"{side} 是 {file.county} 的规则包，名册是 {home} 的")
        if not file.effective_from <= month <= (file.effective_to or date.max):
            until = f"至 {file.effective_to}" if file.effective_to else "起"
            found.append(f"{side} 写明的施行期（{file.effective_from}{until}）不含 {month:%Y-%m}")
    return found
