"""Closed lists as people read them, where more than one room tells them: timeline, counter and receipts."""

from __future__ import annotations

from collections.abc import Mapping

from models.ability import AbilityLevel
from models.accounts import AccountState
from models.assessment import Trigger
from models.claims import ClaimStage, ClaimTrigger, EndCause, ToldHow
from models.payments import LineKind
from models.roster import Living
from models.values import Role

ROLES: Mapping[str, str] = {
    Role.VOLUNTEER: "志愿者", Role.GRID_WORKER: "网格员", Role.VILLAGE_ASSISTANT: "养老助理",
    Role.TOWNSHIP_OFFICER: "乡镇专干", Role.COUNTY_OFFICER: "县民政专员", Role.COUNTY_APPROVER: "县审批人",
    Role.ASSESSOR: "评估员", Role.AUDITOR: "审计员", Role.ADMIN: "管理员",
}  # fmt: skip
LEVELS: Mapping[AbilityLevel, str] = {
    AbilityLevel.INTACT: "能力完好", AbilityLevel.MILD: "轻度失能", AbilityLevel.MODERATE: "中度失能",
    AbilityLevel.SEVERE: "重度失能", AbilityLevel.COMPLETE: "完全失能",
}  # fmt: skip
ASSESSED_BECAUSE: Mapping[Trigger, str] = {
    Trigger.VISIT: "探访发现", Trigger.STAFF: "工作人员提出", Trigger.APPLICATION: "本人或代理人申请",
    Trigger.TURNED_80: "年满80岁", Trigger.POOR: "列入低保或特困", Trigger.DISABLED: "登记为失能",
    Trigger.EXPIRY: "等级将到期", Trigger.CHANGE: "情况有变", Trigger.OBJECTION: "对结果有异议",
}  # fmt: skip
CLAIMED_BECAUSE: Mapping[ClaimTrigger, str] = {
    ClaimTrigger.APPLICATION: "本人或代理人申请", ClaimTrigger.STAFF: "工作人员提出",
    ClaimTrigger.DISCOVERED: "主动发现",
}  # fmt: skip
END_CAUSES: Mapping[EndCause, str] = {
    EndCause.DEATH: "老人去世", EndCause.MOVED_OUT: "迁出", EndCause.LEVEL_CHANGED: "能力等级变化",
    EndCause.INSTITUTION: "入住机构", EndCause.OTHER_BENEFIT: "享受其他待遇", EndCause.RULE_ENDED: "规定不再有这一项",
    EndCause.NOT_ELIGIBLE: "不再符合条件", EndCause.GIVEN_UP: "本人放弃", EndCause.FALSE_PAPERS: "材料不实",
}  # fmt: skip
TOLD_HOW: Mapping[ToldHow, str] = {
    ToldHow.HANDED: "当面送达", ToldHow.POSTED: "邮寄送达", ToldHow.LEFT: "留置送达",
    ToldHow.AGENT: "代理人或家属签收",
}  # fmt: skip
LIVING: Mapping[Living, str] = {
    Living.ALONE: "独居", Living.SPOUSE: "与配偶", Living.CHILDREN: "与子女", Living.PARENTS: "与父母",
    Living.SIBLINGS: "与兄弟姐妹", Living.RELATIVES: "与其他亲属", Living.OTHERS: "与非亲属",
    Living.INSTITUTION: "养老机构",
}  # fmt: skip
SEXES: Mapping[str, str] = {"F": "女", "M": "男"}
CLAIM_STAGES: Mapping[ClaimStage, str] = {
    ClaimStage.PAPERS: "待补正材料", ClaimStage.CHECKING: "待乡镇核查", ClaimStage.POSTING: "待公示",
    ClaimStage.POSTED: "公示中", ClaimStage.RECHECKING: "待复核异议", ClaimStage.APPROVING: "待县里审批",
    ClaimStage.TELLING: "待告知本人", ClaimStage.CHANGING: "拟变更，待县里决定", ClaimStage.REVIEWING: "待复核",
}  # fmt: skip
CLAIM_DECISIONS: Mapping[str, str] = {
    "approved": "已批准", "refused": "不予批准", "withdrawn": "已撤回", "ended": "已终止",
}  # fmt: skip
LINE_KINDS: Mapping[LineKind, str] = {
    LineKind.PAY: "发放", LineKind.BACK_PAY: "补发", LineKind.CLAW_BACK: "追回",
}  # fmt: skip
SERVICE_PLACES: Mapping[str, str] = {"home_community": "居家、社区服务", "institution": "机构养老服务"}
"""Where a service was, of the bill of a coupon: the codes of a pack's `offsets`."""
ACCOUNT_STATES: Mapping[str, str] = {
    AccountState.NONE: "没有账号", AccountState.FIRST_PASSWORD: "还没有改一次性密码",
    AccountState.NO_SECOND_FACTOR: "还没有绑定验证器", AccountState.READY: "可以登录",
    AccountState.DISABLED: "已停用",
}  # fmt: skip
