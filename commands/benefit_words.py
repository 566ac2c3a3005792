"""The closed words of claims and entitlements as the counter says them."""

from __future__ import annotations

from collections.abc import Mapping

from decisions.benefit_wording import CAUSES
from models.benefits import StopCause
from models.claims import ClaimStage, ClaimTrigger, EndCause, ToldHow

STAGES: Mapping[ClaimStage, str] = {
    ClaimStage.PAPERS: "待补正材料", ClaimStage.CHECKING: "待乡镇核查", ClaimStage.POSTING: "待公示",
    ClaimStage.POSTED: "公示中", ClaimStage.RECHECKING: "待复核异议", ClaimStage.APPROVING: "待县里审批",
    ClaimStage.TELLING: "待告知本人", ClaimStage.CHANGING: "拟变更，待县里决定", ClaimStage.REVIEWING: "待复核",
}  # fmt: skip
TRIGGERS: Mapping[ClaimTrigger, str] = {
    ClaimTrigger.APPLICATION: "本人或代理人申请", ClaimTrigger.STAFF: "工作人员提出",
    ClaimTrigger.DISCOVERED: "主动发现",
}  # fmt: skip
DECISIONS: Mapping[str, str] = {
    "approved": "已批准", "refused": "不予批准", "withdrawn": "已撤回", "ended": "已终止",
}  # fmt: skip
ENDINGS: Mapping[EndCause, str] = {
    **{EndCause(cause.value): CAUSES[cause] for cause in StopCause},
    EndCause.RULE_ENDED: "规定到期", EndCause.NOT_ELIGIBLE: "不再符合规定", EndCause.GIVEN_UP: "本人放弃",
    EndCause.FALSE_PAPERS: "材料不实",
}  # fmt: skip
HOW_TOLD: Mapping[ToldHow, str] = {
    ToldHow.HANDED: "当面送达", ToldHow.POSTED: "邮寄送达", ToldHow.LEFT: "留置送达", ToldHow.AGENT: "代理人或家属签收",
}  # fmt: skip
