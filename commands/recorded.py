"""What a step recorded, in a few words, for whoever took it. A fact that is not listed is told by its kind."""

from __future__ import annotations

from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "VisitReported": "探访已记", "AttemptRecorded": "未见到已记", "ReportCorrected": "更正已记",
    "VisitOpened": "探访已安排", "VisitReassigned": "已改派", "VisitCancelled": "本次探访已取消",
    "EscalationOpened": "已转督办", "EscalationWithdrawn": "督办已撤销", "EscalationEnded": "督办已结",
    "EscalationAcknowledged": "已接手", "EscalationExtended": "已延期", "EscalationResolved": "已办结",
    "RungReached": "已转交", "SuspensionProposed": "已提出暂停，待第二人确认", "CaseSuspended": "个案已暂停",
    "CaseResumed": "个案已恢复", "RefusalRecorded": "拒访已记", "DeathReported": "去世报告已记，待核实",
    "DeathConfirmed": "去世已确认", "DeathUndone": "去世报告已撤销", "CaseClosed": "个案已结案",
    "CaseReopened": "个案已重开", "CaseMoved": "所属已更新", "PolicyAdopted": "执行现行规则",
    "EditionAdopted": "执行现行程序规则", "PeriodSkipped": "本周期不探访",
    "CircumstancesChanged": "变化已记", "ServiceNeeded": "服务需求已记", "AssessmentDue": "评估需求已记",
    "AssessmentRulesAdopted": "执行现行评估规则", "AssessmentRequested": "已申请评估，待指派评估员",
    "TriggerNoted": "评估正在办理，已记下", "AssessorsNamed": "已指派评估员",
    "SheetSubmitted": "评估表已交，待第二名评估员核对",
    "SheetConfirmed": "已签字", "SheetSettled": "有争议的项已定", "LevelProposed": "等级已拟定，待工作人员确认",
    "SheetReturned": "已退回", "LevelConfirmed": "等级已确认", "AssessmentRefused": "老人不愿评估，已记",
    "LevelObjected": "异议已记",
    "BenefitsOpened": "待遇办理已建档", "BenefitPolicyAdopted": "执行现行待遇规则",
    "BenefitsLookedAt": "已按本月规定重算",
    "ClaimOpened": "已受理，待核查", "ClaimAsked": "申请正在办理，已记下", "PapersAsked": "已一次告知补正材料",
    "PapersHandedIn": "材料已收，待核查", "ClaimChecked": "核查已记", "NoticeDue": "待公示",
    "NoticeSkipped": "不用公示", "NoticePosted": "公示已贴出", "NoticeEnded": "公示期满",
    "ClaimObjected": "异议已记，待复核", "ObjectionDecided": "异议复核已记", "ApprovalDue": "报县里审批",
    "BenefitChosen": "本人选择已记", "ClaimReturned": "已退回重新核查", "ClaimApproved": "已批准，待告知本人",
    "ClaimRefused": "不予批准，待书面告知本人", "ClaimWithdrawn": "申请已撤回", "ClaimEnded": "申请已终止",
    "DecisionTold": "已告知，申诉期开始", "PaymentsHeld": "暂停发放", "PaymentsReleased": "恢复发放",
    "ChangeProposed": "已拟变更，待县里决定", "ChangeLapsed": "原拟变更已不成立", "ChangeDropped": "维持不变",
    "ChangeListed": "已随名单批准",
    "EntitlementChanged": "待遇已变更", "EntitlementStopped": "待遇已停发，待告知", "ReviewDue": "待复核",
    "EntitlementReviewed": "复核已记，继续享受", "ClaimReminded": "已提醒", "ClaimProlonged": "期限重新计算",
    "BenefitsEnded": "待遇办理已终止", "ElderPlaced": "老人的所属已更新",
}  # fmt: skip
