"""What two versions of rules would change over a register, as data and in words, whoever tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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


# --- in words --------------------------------------------------------------------------------------------------------


def said(says: Mapping[str, Any], line: Mapping[str, Any]) -> str:
    """What one of them says of a benefit of an elder; empty where it gives nothing that has a word."""
    given = Given(says["given"])
    if given is not Given.GIVEN:
        return GIVEN[given]
    return f"{'上限' if line['is_coupon'] else ''}{amount(says['fen'])}"


def why(says: Mapping[str, Any]) -> str:
    missing = "、".join(FACTS[code].name if code in FACTS else code for code in says["missing"])
    way = "、".join(says["gives_way_to"])
    return "；".join(part for part in (missing and f"缺：{missing}", way and f"对 {way}") if part)
