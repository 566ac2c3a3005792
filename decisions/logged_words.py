"""What a line in the log of commands says was read or done, where it is not a step of a workflow (`words.STEPS`)."""

from __future__ import annotations

from collections.abc import Mapping

LOGGED: Mapping[str, str] = {
    "case_show": "看个案", "timeline": "看经过", "evidence_show": "看依据", "escalation_show": "看督办",
    "reveal": "看完整号码", "reason": "写明查阅原因", "find_elder": "查找老人", "worklist": "看待办",
    "item_show": "看待办事项", "item_done": "办结待办事项",
    "visit_link": "看探访链接", "visit_page": "志愿者打开探访页",
    "volunteer": "看志愿者", "volunteer_card": "看志愿者卡片", "phones": "看沙箱手机",
    "assessment_show": "看评估", "assessment_list": "看评估列表", "assessment_scan": "扫描应评估的人",
    "body": "登记评估机构", "body_list": "看评估机构",
    "benefit_show": "看待遇", "benefit_list": "看待遇列表",
    "benefit_notice": "看公示", "benefit_scan": "扫描可享的待遇",
    "receipt": "看决定书", "receipt_list": "看决定书列表", "state_fact": "登记事实", "fact_list": "看登记的事实",
    "pay_show": "看发放名单", "pay_export": "导出发放名单", "pay_verify": "核对发放名单文件", "kpi": "看月探访率",
    "roster_list": "看名单", "roster_import": "导入名单",
    "roster_refused": "下载退回的行", "end_category": "止一个类别",
    "notice": "记一次告知", "surge": "集中探访", "staff": "看或改岗位", "area": "改村（社区）",
    "account": "管账号", "account_list": "看账号", "account_make": "开账号", "account_reset": "重置账号",
    "account_disable": "停用账号", "account_first": "第一个管理员账号",
    "policy_propose": "提出规则新版本", "policy_activate": "启用规则", "policy_withdraw": "撤回规则新版本",
    "policy_install": "装入规则", "policy_diff": "比较规则版本", "policy_diff_names": "看规则影响到谁",
    "export": "导出证据", "audit": "核验全县", "audit_case": "重放核验个案", "access_log": "看查阅记录",
    "access_reasons": "看封存的查阅原因",
    "policy_show": "看规则", "messages": "看短信", "kpi_export": "导出看板", "kpi_elders": "看数字后面的名单",
    "bar_volunteer": "停用志愿者", "enclosure_show": "看随访照片或位置",
    "enclosure_erase": "删除随访照片和位置",
}  # fmt: skip
