"""What `policy diff` found, as an .xlsx: 名单, 按待遇, 按乡镇, 规则, 说明; amounts are numbers in 元."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from adapters.pay_sheet import Count, workbook
from decisions.policy_diff import Kind
from decisions.policy_diff_told import ABOUT, COUPON, KINDS, said, why

SUMS = ("A（项）", "A每月", "B（项）", "B每月", "增减", "今天在发（项）", "今天在发")
LIST = ("老人编号", "乡镇（街道）", "待遇", "变化", "A", "B", "说明")
RULES = ("哪一项", "A", "B")


def sheets(hashes: Mapping[str, str], of: Mapping[str, Any], rules: Iterable[Sequence[str]]) -> bytes:
    """`hashes`: of `a` and `b`; `of`: as `policy_diff_told.told` with month, county, notes; `rules`: under RULES."""
    about = [
        ("月份", of["month"]), ("县", of["county"]), ("金额", "单位元，每月"),
        *((side.upper(), hashes[side]) for side in ("a", "b")),
        ("说明", ABOUT), ("服务券", COUPON), *(("注意", note) for note in of["notes"]),
    ]  # fmt: skip
    return workbook(
        {
            "名单": (LIST, *list_of(of["each"])),
            "按待遇": _rows("待遇", of, "by_benefit"),
            "按乡镇": _rows("乡镇（街道）", of, "by_township"),
            "规则": (RULES, *rules),
            "说明": about,
        }
    )


def _rows(title: str, of: Mapping[str, Any], key: str) -> Iterator[Sequence[str | int]]:
    ceilings = ("服务券上限A", "服务券上限B")
    yield (
        title,
        *SUMS,
        *ceilings,
        "无法判定A（项）",
        "无法判定B（项）",
        *(f"{words}（项）" for words in KINDS.values()),
    )
    for row in with_total(of, key):
        a, b = row["a"], row["b"]
        counts = (Count(row["kinds"].get(kind.value, 0)) for kind in KINDS)
        cannot = (Count(a["cannot_decide"]), Count(b["cannot_decide"]))
        yield (row["name"], *sums(row), a["ceiling_fen"], b["ceiling_fen"], *cannot, *counts)


def with_total(of: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return [*of[key], {"name": "合计"} | of["total"]]


def sums(row: Mapping[str, Any]) -> tuple[int, ...]:
    """Under `SUMS`; an int is fen of money."""
    a, b, today = row["a"], row["b"], row["today"]
    return (
        Count(a["given"]), a["fen"], Count(b["given"]), b["fen"], row["change"]["fen"], Count(today["given"]),
        today["fen"],
    )  # fmt: skip


def list_of(each: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Under `LIST`, the name beside the id if it is there."""
    for line in each:
        yield (
            line["elder_id"] + (f" {line['name']}" if "name" in line else ""), line["township"], line["benefit"],
            KINDS[Kind(line["kind"])], said(line["a"], line), said(line["b"], line), why(line["b"]),
        )  # fmt: skip
