"""How a check is told: what each part of it looks at, how, in what it counts, and why one ended without a result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from models.checks import Check, CheckFailure, CheckPhase, Differs
from models.ids import ASSESSMENT, BENEFIT, CASE, COUNTY, ESCALATION, OF_ELDERS, elder_of, kind_of
from web.language import _


class Part(NamedTuple):
    name: str
    how: str
    unit: str


PARTS: Mapping[str, Part] = {
    "chain": Part(
        _("链条"), _("台账每一条的哈希都由它的内容和上一条算出；逐条重算，看接不接得上"), _("条台账")
    ),
    "receipts": Part(
        _("回执"), _("流程引擎的历史记着当时写下了哪一条、哈希是什么；逐条与台账对"), _("条回执")
    ),
    "replay": Part(
        _("重放"), _("把引擎里的流程历史交给现在的程序从头走一遍，看走不走得通"), _("份流程历史")
    ),
    "rederived": Part(
        _("重演"), _("重放时程序得出的每一条，与台账里的逐字对"), _("条重演出的记录")
    ),
    "fold": Part(
        _("汇总"), _("由台账从头折算出各张表，与页面所用的表逐行对"), _("行")
    ),
    "redecided": Part(
        _("重算"), _("每一项待遇、等级的决定，按它所写的规则重算一遍"), _("项决定")
    ),
}  # fmt: skip
"""By the names of `audit.verify.Name`, in the order in which they are told."""
PHASES: Mapping[str, str] = {
    CheckPhase.BEGUN: _("正在开始"), CheckPhase.COLLECT: _("正在从流程引擎取历史"),
    CheckPhase.REPLAY: _("正在重放"), CheckPhase.COMPARE: _("正在与台账和各表逐条对"),
}  # fmt: skip
FAILURES: Mapping[str, str] = {
    CheckFailure.ENGINE_AWAY: _(
        "流程引擎没有应答，历史取不到，所以没有核验；已有的记录不受影响。"
        "请让管理员确认流程引擎在运行（/readyz 会说缺什么），再按一次。"
    ),
    CheckFailure.BROKE: _("核验中途出了差错，没有结果。请再按一次；仍不行时，请管理员看日志里的 check_broke。"),
    CheckFailure.LOST: _("核验中途断了（程序重启过，或被停下），没有结果。请再按一次。"),
    CheckFailure.NOTHING: _("还没有任何记录，没有可导出的证据。"),
    CheckFailure.DIFFERS: _("链条接不上，不能当作完好的证据导出。请先核验，看是哪一条。"),
}  # fmt: skip
AT_WORK = _("同样的核验正在进行，没有另起一次；结果出来后会显示在这里。")
STREAMS: Mapping[str, str] = {
    CASE: _("个案"), ESCALATION: _("督办"), ASSESSMENT: _("评估"), BENEFIT: _("待遇"), COUNTY: _("县的逐月结算"),
}  # fmt: skip
WORKFLOWS: Mapping[str, str] = {
    "CareCaseWorkflow": _("个案"), "EscalationWorkflow": _("督办"), "AssessmentWorkflow": _("评估"),
    "BenefitWorkflow": _("待遇"), "CountyWorkflow": _("县的逐月结算"), "DigestWorkflow": _("短信"),
    "RosterImportWorkflow": _("名单导入"),
}  # fmt: skip


class Told(NamedTuple):
    """One part of a check: how much it looked at (None: there was nothing of its kind to look at), what differs."""

    part: Part
    examined: int | None
    differ: list[Differs]


def told(check: Check) -> list[Told]:
    if check.result is None:
        return []
    examined, differ = check.result.examined, check.result.differ
    return [
        Told(part, examined.get(name), [one for one in differ if one.check == name]) for name, part in PARTS.items()
    ]


def sort_of(stream: str) -> str:
    return STREAMS.get(kind_of(stream), stream)


def case_of(stream: str) -> str | None:
    """The elder whose case a stream belongs to."""
    return elder_of(stream) if kind_of(stream) in OF_ELDERS else None


def evidence_of(differs: Differs) -> str | None:
    """The page of the fact that differs, where it can be opened: not one whose chain is broken."""
    elder = case_of(differs.stream)
    if elder is None or differs.seq is None or differs.check == "chain":
        return None
    return f"/elders/{quote(elder, safe='')}/evidence?of={quote(f'{differs.stream}#{differs.seq}', safe='')}"


WORDS: Mapping[str, Any] = {
    "parts": PARTS, "phases": PHASES, "failures": FAILURES, "workflows": WORKFLOWS, "told": told, "sort_of": sort_of,
    "case_of": case_of, "evidence_of": evidence_of,
}  # fmt: skip
