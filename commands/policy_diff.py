"""`starter.py policy diff A B`: what differs between two versions of a county's rules, and over its register for whom.

A version is named as `fengjie` (what is in force there today), `fengjie@draft` (what is written in the folder), the
first digits of a hash in the store, or the path of a folder.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.database import reading
from adapters.policy_diff_sheet import sheets
from adapters.roster_refused import write_for_owner
from adapters.sql_policy_diff import over_register
from commands.acting import Counter, Json, answered, plain, run
from commands.benefit_steps import month_of
from commands.pay_show import of_county
from commands.policy_diff_show import in_words, rule
from decisions.benefit_time import month_of as month_around
from decisions.deadlines import civil_day
from decisions.policy_diff_told import told
from decisions.versions import first_month
from models.shown_policy import NotOnShelf
from policies import benefits, pack
from policies.check import check as problems_of
from policies.comparing import differences
from policies.schema import PackUnreadable
from policies.shelf import LEAST_OF_HASH, Named, notes
from projections import read_payments
from settings import load
from wiring import House

AS_VERSION = "县（现在适用的）、县@draft（文件夹里的）、哈希前8位以上，或规则包文件夹的路径"
Version = Annotated[str, typer.Argument(help=AS_VERSION)]


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
    found: dict[str, Any] = {"a": _told(old), "b": _told(new), "rules": _rules(old, new)}
    if staff is not None and register:
        of = month_of(month) if month else None

        async def life(counter: Counter) -> dict[str, Any]:
            return _over_register(counter, old, new, of, staff, names=names)

        found["register"] = run(life, as_json=as_json)
    if file is not None:
        hashes = {side: found[side]["hash"] for side in ("a", "b")}
        rules = [(row["where"], rule(row["old"]), rule(row["new"])) for row in found["rules"]]
        write_for_owner(file, sheets(hashes, found["register"], rules))
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
        return House(load()).shelf.of(text)
    except PackUnreadable as error:
        raise typer.BadParameter(f"{text} 读不了：{error}") from None
    except NotOnShelf as none:
        raise typer.BadParameter(none.says) from None


def _told(version: Named) -> dict[str, Any]:
    of = version.pack
    return {"county": of.county, "version": of.version, "hash": of.hash, "active_from": version.since}


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
    tally, changed, words = over_register(house.engine, house.sealer, house.home, a, b)
    with reading(house.engine) as connection:
        places = read_payments.area_names(connection, {house.home, *tally.by_township})
        sealed = read_payments.sealed_names(connection, [one.elder_id for one in changed]) if names else {}
    called = {id_: house.sealer.open(name) for id_, name in sealed.items()}
    head = {"month": f"{of:%Y-%m}", "county": house.home, "notes": notes(house.home, of, old.pack, new.pack)}
    return head | told(tally, changed, words, places, called)
