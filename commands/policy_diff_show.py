"""What `policy diff` found, as data, as text and as sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from adapters.pay_sheet import Count, workbook
from decisions.as_typed import amount
from decisions.policy_diff import Given, Judged, Kind, Line, Says, Side, Sum, Tally
from models.facts import FACTS

KINDS = {
    Kind.GAINS: "新增", Kind.LOSES: "不再给", Kind.UP: "提高", Kind.DOWN: "降低", Kind.AMOUNT: "金额由定变未定或相反",
    Kind.CHOICE: "本人选择变化", Kind.NEWLY_CANNOT: "变为无法判定", Kind.DECIDED: "由无法判定变为能判定",
    Kind.ASIDE: "曾不予批准或不要，按B符合",
}  # fmt: skip
GIVEN = {
    Given.GIVEN: "", Given.UNSTATED: "给，金额未定", Given.TO_CHOOSE: "只能选一项", Given.CANNOT: "无法判定",
    Given.NOT: "不给",
}  # fmt: skip
ABOUT = "按规定和已知情况算出，不是决定；谁也没有因此开始或停止享受"
COUPON = "服务券是抵扣上限，不是钱，不计入合计"
SUMS = ("A（项）", "A每月", "B（项）", "B每月", "增减", "今天在发（项）", "今天在发")
LIST = ("老人编号", "乡镇（街道）", "待遇", "变化", "A", "B", "说明")


# --- as data ---------------------------------------------------------------------------------------------------------


def told(
    tally: Tally, changed: Sequence[Judged], words: Mapping[str, str], places: Mapping[str, str],
    called: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    return {
        "elders": tally.elders, "more": tally.more, "less": tally.less, "other": tally.other,
        "total": _sum(tally.total),
        "by_benefit": [{"id": id_, "name": words.get(id_, id_)} | _sum(of) for id_, of in tally.by_benefit.items()],
        "by_township": [
            {"id": id_, "name": places.get(id_, id_)} | _sum(of) for id_, of in sorted(tally.by_township.items())
        ],
        "each": [
            _line(one, line, words) | {"township": places.get(one.township_id, one.township_id)}
            | ({"name": called[one.elder_id]} if one.elder_id in called else {})
            for one in changed
            for line in one.lines
        ],
    }  # fmt: skip


def _sum(of: Sum) -> dict[str, Any]:
    """`fen` is money of a month; `ceiling_fen` a coupon's."""
    change = {"fen": of.b.fen - of.a.fen, "ceiling_fen": of.b.ceiling_fen - of.a.ceiling_fen}
    paid = {"given": of.paid, "fen": of.paid_fen, "ceiling_fen": of.paid_ceiling_fen}
    kinds = {kind.value: of.kinds[kind] for kind in Kind if of.kinds[kind]}
    return {"a": _side(of.a), "b": _side(of.b), "change": change, "kinds": kinds, "today": paid}


def _side(of: Side) -> dict[str, int]:
    return {
        "given": of.given, "fen": of.fen, "ceiling_fen": of.ceiling_fen, "unstated": of.unstated,
        "to_choose": of.to_choose, "cannot_decide": of.cannot,
    }  # fmt: skip


def _line(one: Judged, line: Line, words: Mapping[str, str]) -> dict[str, Any]:
    return {
        "elder_id": one.elder_id, "township_id": one.township_id, "code": line.code,
        "benefit": words.get(line.code, line.code), "kind": line.kind, "is_coupon": line.is_coupon,
        "a": _says(line.a), "b": _says(line.b), "today": line.is_paid, "today_fen": line.paid,
    }  # fmt: skip


def _says(of: Says) -> dict[str, Any]:
    return {
        "given": of.given.value, "row": of.row, "fen": of.fen, "missing": list(of.missing), "gives_way_to": list(of.to),
    }  # fmt: skip


# --- for people ------------------------------------------------------------------------------------------------------


def in_words(found: dict[str, Any]) -> None:
    for side in ("a", "b"):
        of = found[side]
        since = f"，自 {of['active_from']} 起" if of["active_from"] else ""
        typer.echo(f"{side.upper()} {of['county']} {of['version']} {of['hash'][:12]}{since}")
    typer.echo(f"规则{len(found['rules'])}处不同")
    for row in found["rules"]:
        typer.echo(f"  {row['where']}：{_rule(row['old'])} → {_rule(row['new'])}")
    if "register" in found:
        _register_in_words(found["register"])
    if "file" in found:
        typer.echo(f"已写 {found['file']}，用完请删")


def _rule(told: dict[str, str] | None) -> str:
    if told is None:
        return "（没有）"
    return told["words"] + (f"〔{' '.join(told['source'].split())}〕" if told["source"] else "")


def _register_in_words(of: dict[str, Any]) -> None:
    same = of["elders"] - of["more"] - of["less"] - of["other"]
    moved = f"每月合计增加的{of['more']}人，减少的{of['less']}人，金额不变而别的有变的{of['other']}人"
    typer.echo(f"{of['month']}，名册{of['elders']}人：{moved}，没有变化的{same}人。{ABOUT}")
    for note in of["notes"]:
        typer.echo(f"注意：{note}")
    for title, key in (("待遇", "by_benefit"), ("乡镇（街道）", "by_township")):
        table = Table(title, *SUMS, "变化（项）", "无法判定")
        for row in _with_total(of, key):
            sums = (amount(cell) if not isinstance(cell, Count) else str(cell) for cell in _sums(row))
            cannot = f"{row['a']['cannot_decide']} → {row['b']['cannot_decide']}"
            table.add_row(row["name"], *sums, _kinds(row["kinds"]), cannot)
        Console().print(table)
    total = of["total"]
    ceilings = " → ".join(amount(total[side]["ceiling_fen"]) for side in ("a", "b"))
    typer.echo(f"服务券上限每月 {ceilings}（{COUPON}）")
    for cells in _list(of["each"]):
        typer.echo("  ".join(cell for cell in cells if cell))


def _with_total(of: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [*of[key], {"name": "合计"} | of["total"]]


def _kinds(kinds: Mapping[str, int]) -> str:
    return "，".join(f"{KINDS[Kind(kind)]}{n}" for kind, n in kinds.items())


def _sums(row: dict[str, Any]) -> tuple[int, ...]:
    """Under `SUMS`; an int is fen of money."""
    a, b, today = row["a"], row["b"], row["today"]
    return (
        Count(a["given"]), a["fen"], Count(b["given"]), b["fen"], row["change"]["fen"], Count(today["given"]),
        today["fen"],
    )  # fmt: skip


def _list(each: Sequence[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Under `LIST`, the name beside the id if it is there."""
    for line in each:
        yield (
            line["elder_id"] + (f" {line['name']}" if "name" in line else ""), line["township"], line["benefit"],
            KINDS[Kind(line["kind"])], _said(line["a"], line), _said(line["b"], line), _why(line["b"]),
        )  # fmt: skip


def _said(says: dict[str, Any], line: dict[str, Any]) -> str:
    given = Given(says["given"])
    if given is not Given.GIVEN:
        return GIVEN[given]
    return f"{'上限' if line['is_coupon'] else ''}{amount(says['fen'])}"


def _why(says: dict[str, Any]) -> str:
    missing = "、".join(FACTS[code].name if code in FACTS else code for code in says["missing"])
    way = "、".join(says["gives_way_to"])
    return "；".join(part for part in (missing and f"缺：{missing}", way and f"对 {way}") if part)


# --- as sheets -------------------------------------------------------------------------------------------------------


def sheets(found: dict[str, Any]) -> bytes:
    """名单, 按待遇, 按乡镇, 规则, 说明; amounts are numbers in 元."""
    of = found["register"]
    about = [
        ("月份", of["month"]), ("县", of["county"]), ("金额", "单位元，每月"),
        *((side.upper(), found[side]["hash"]) for side in ("a", "b")),
        ("说明", ABOUT), ("服务券", COUPON), *(("注意", note) for note in of["notes"]),
    ]  # fmt: skip
    return workbook(
        {
            "名单": (LIST, *_list(of["each"])),
            "按待遇": _rows("待遇", of, "by_benefit"),
            "按乡镇": _rows("乡镇（街道）", of, "by_township"),
            "规则": (
                ("哪一项", "A", "B"),
                *((row["where"], _rule(row["old"]), _rule(row["new"])) for row in found["rules"]),
            ),
            "说明": about,
        }
    )


def _rows(title: str, of: dict[str, Any], key: str) -> Iterator[Sequence[str | int]]:
    ceilings = ("服务券上限A", "服务券上限B")
    yield (
        title,
        *SUMS,
        *ceilings,
        "无法判定A（项）",
        "无法判定B（项）",
        *(f"{words}（项）" for words in KINDS.values()),
    )
    for row in _with_total(of, key):
        a, b = row["a"], row["b"]
        counts = (Count(row["kinds"].get(kind.value, 0)) for kind in KINDS)
        cannot = (Count(a["cannot_decide"]), Count(b["cannot_decide"]))
        yield (row["name"], *_sums(row), a["ceiling_fen"], b["ceiling_fen"], *cannot, *counts)
