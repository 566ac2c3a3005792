"""The closed words of claims and entitlements as the counter says them; the others are everybody's."""

from __future__ import annotations

from collections.abc import Mapping

from decisions.closed_words import CLAIMED_BECAUSE as TRIGGERS
from decisions.closed_words import END_CAUSES as ENDS
from decisions.closed_words import TOLD_HOW as HOW
from models.claims import ClaimStage

__all__ = ["DECISIONS", "ENDS", "HOW", "STAGES", "TRIGGERS"]

STAGES: Mapping[ClaimStage, str] = {
    ClaimStage.PAPERS: "待补正材料", ClaimStage.CHECKING: "待乡镇核查", ClaimStage.POSTING: "待公示",
    ClaimStage.POSTED: "公示中", ClaimStage.RECHECKING: "待复核异议", ClaimStage.APPROVING: "待县里审批",
    ClaimStage.TELLING: "待告知本人", ClaimStage.CHANGING: "拟变更，待县里决定", ClaimStage.REVIEWING: "待复核",
}  # fmt: skip
DECISIONS: Mapping[str, str] = {
    "approved": "已批准", "refused": "不予批准", "withdrawn": "已撤回", "ended": "已终止",
}  # fmt: skip
