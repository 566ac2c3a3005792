"""Closed words of cases, ladders, texts and work items as people read them, wherever they are told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from decisions.claim_letters import OF_A_CLAIM, OF_WHAT_IS_HELD
from models.letters import Item
from models.policy import CadenceUnit
from models.values import CaseStatus, Channel, VisitKind

MOBILE = re.compile(r"\+86(1\d\d)(\d{4})(\d{4})")
CHANNELS: Mapping[str, str] = {
    Channel.SMS: "短信", Channel.CONSOLE: "工作台", Channel.PAPER: "纸质表", Channel.PHONE: "电话",
    Channel.IMPORT: "导入", Channel.ENGINE: "系统", Channel.PAGE: "探访网页",
}  # fmt: skip
WORDS: Mapping[str, str] = {
    # what happened at the door, and how
    "well": "平安", "not_seen": "没见到", "needs_help": "要帮忙", "cannot_go": "去不了",
    "home": "上门", "video": "视频", "group": "小组", "phone": "电话",
    # what a visit is
    "done": "按时完成", "late": "逾期完成", "missed": "漏访", "open": "待访", "cancelled": "取消",
    # why
    "scheduled": "本期探访", "paired": "结对", "last_visitor": "上次去的人", "same_village": "同村",
    "lowest_load": "手上最少",
    "township": "同乡镇", "nobody": "无人可派", "unasked": "主动探访", "requested": "有人请求", "surge": "集中探访",
    "major_change": "情况有变", "declined": "志愿者去不了", "on_leave": "请假", "opted_out": "退订短信",
    "barred": "志愿者停用", "unreachable": "联系不上", "staff": "工作人员改派", "handover": "工作交接",
    "taken_back": "报告收回",
    "enrolled_late": "本周期建档太晚", "refused": "老人不愿意", "hospital": "住院", "away": "外出",
    "in_institution": "入住机构", "death_reported": "有去世报告", "death_confirmed": "已去世",
    "moved_out": "迁出", "not_eligible": "不再符合条件",
    "death_certificate": "死亡医学证明", "village_doctor": "村医证明", "cremation": "火化证明",
    "deregistered": "户口注销", "court": "法院宣告", "seen": "工作人员上门核实",
    "discharged": "出院", "bereaved": "丧偶", "injured": "受伤", "moved_home": "搬家",
    # the ladder
    "overdue": "到期没有人去", "no_volunteer": "没有志愿者", "risk": "有危险", "need": "有需要",
    "assessment_late": "评估没有按时办",
    "benefit_late": "待遇手续没有按时办",
    "death_to_confirm": "去世待核实", "visited": "已上门见到", "reached_by_phone": "电话联系上", "moved": "已搬走",
    "died": "去世", "emergency_called": "已打110/120", "reported_by_visitor": "探访人已报告", "withdrawn": "事由已消失",
    "opened": "刚开始督办", "not_acknowledged": "上一级没有接手", "not_resolved": "接手后没有办结",
    "reassigned": "改派", "extension_over": "延期已到",
    "review_day": "复核日到了", "death_undone": "去世报告撤销",
    # needs
    "unspecified": "需要待问清", "daily_care": "生活照料", "rehabilitation": "康复护理", "company": "精神慰藉",
    "home_adaptation": "适老化改造", "assessment": "能力评估", "other": "其他",
    # why a text was not sent (`post.gather`) or did not arrive (`Undelivered`)
    "its cause has gone": "事由已消失", "its time has passed": "时间已过", "day's cap": "当天条数已满",
    "no number to text": "没有可发的号码", "no number": "没有号码", "bad_number": "号码无效",
    "recipient_opted_out": "对方已退订", "its time has passed before it was sent": "没来得及发，时间已过",
    "its time has passed before it was known to be sent": "是否送出不明，时间已过",
    "unknown, and not found after a second try": "是否送出不明", "failed": "通道没有送出", "undelivered": "没有送达",
}  # fmt: skip


STEPS: Mapping[str, str] = {
    "report_visit": "探访报告", "report_danger": "危险报告", "correct_report": "更正", "request_visit": "加访请求",
    "change_circumstances": "情况变化", "suspend": "暂停", "confirm_suspension": "暂停的确认", "resume": "恢复",
    "record_refusal": "拒访记录", "report_death": "去世报告", "confirm_death": "去世核实",
    "undo_death": "去世报告的撤销",
    "close": "结案", "reopen": "重开", "place_changed": "搬迁的通知", "reassign": "改派",
    "escalation_closed": "督办了结的通知",
    "message_undeliverable": "短信送不到的通知", "acknowledge": "接手", "resolve": "办结", "extend": "延期",
    "reassign_owner": "转交", "withdraw": "督办的撤回",
    "request_assessment": "评估申请", "name_assessors": "评估员的指派", "submit_sheet": "评估表",
    "confirm_sheet": "评估表的签字", "settle_sheet": "争议项的商定", "record_result": "外来评估结果",
    "confirm_level": "等级的确认", "return_sheet": "退回", "refuse_assessment": "不愿评估的记录",
    "object_level": "异议", "end_assessment": "评估终止的通知", "care_level_decided": "能力等级的通知",
    "request_benefit": "待遇申请", "ask_papers": "补正材料的告知", "hand_in_papers": "补正材料",
    "check_benefit": "待遇的核查", "post_notice": "公示", "object_benefit": "对待遇的异议",
    "decide_objection": "异议的复核", "choose_benefit": "待遇的选择", "approve_benefit": "待遇的批准",
    "refuse_benefit": "不予批准", "return_benefit": "待遇的退回", "withdraw_benefit": "申请的撤回",
    "tell_decision": "决定的告知", "confirm_change": "变更的确认", "keep_benefit": "照旧发放的决定",
    "confirm_listed": "随名单批准的变更", "stop_benefit": "停发", "review_benefit": "待遇的复核",
    "redeem_coupon": "服务券的使用", "take_back_redemption": "服务券使用的撤销", "facts_changed": "情况有变的通知",
    "hold_benefits": "暂停发放的通知", "release_benefits": "恢复发放的通知", "end_benefits": "待遇终止的通知",
    "check_list": "名单的核对", "approve_list": "名单的批准", "return_list": "名单的退回",
    "draw_list": "名单的重新汇总",
}  # fmt: skip


def beside(label: str, said: str | None, note: str | None) -> str | None:
    """One note of what was typed: `label：said`, then the note itself. None: nothing was typed."""
    return "；".join(filter(None, [f"{label}：{said}" if said else None, note])) or None


def dialled(number: str | None) -> str:
    """192 0000 0201, as people write a mobile of the mainland; any other number as it is kept."""
    mobile = MOBILE.fullmatch(number or "")
    return " ".join(mobile.groups()) if mobile else number or ""


def word(code: str | None) -> str:
    return WORDS.get(code or "", code or "")


ITEMS: Mapping[Item, str] = {
    "call_by_phone": "打电话告知", "unclear_reply": "短信读不懂", "unknown_phone": "陌生号码来信",
    "undeliverable": "短信送不到", "confirm_suspension": "确认暂停", "follow_up": "跟进需求",
    "dead_letter": "信件办不成",
    "step_refused": "收下的一步没有办成", "off_list": "不在整份名单中", "category_lost": "名单不再列有类别",
    "out_of_group": "不再属于探访对象", "closed_on_list": "已结案又在名单上", "texts_held": "短信通道不认我们，停发",
    "name_assessors": "指派评估员", "confirm_level": "确认能力等级",
    "await_papers": "待遇：等补正材料", "check_benefit": "待遇：核查", "post_notice": "待遇：贴公示",
    "recheck_benefit": "待遇：复核异议", "approve_benefit": "待遇：审批", "tell_decision": "待遇：告知本人",
    "change_benefit": "待遇：决定变更或停发", "review_benefit": "待遇：复核",
    "pay_list": "发放名单",
}  # fmt: skip

OTHER_WORK: Mapping[str, str] = {
    "assessing": "评估：上门评估并交表", "signing": "评估：核对签字", "settling": "评估：商定有争议的项",
    "policy_proposal": "规则新版本：待第二人启用",
}  # fmt: skip
"""What stands on a worklist and is neither an escalation nor a work item: an assessor's step, rules put forward."""


LIST_STATES: Mapping[str, str] = {
    "checking": "待核对", "approving": "待批准", "returned": "已退回，待重新汇总", "approved": "已批准",
    "drawn_again": "已重新汇总",
}  # fmt: skip
"""The stages of a payment list, and the ends of a drawing of it (`models.tables.PayListRow.state`)."""

STATUSES: Mapping[CaseStatus, str] = {
    CaseStatus.OPEN: "在办", CaseStatus.SUSPENDED: "暂停", CaseStatus.DEATH_REPORTED: "有去世报告，待核实",
    CaseStatus.CLOSED: "已结案",
}  # fmt: skip
CADENCES: Mapping[CadenceUnit, str] = {
    CadenceUnit.MONTHLY: "每月一次", CadenceUnit.HALF_MONTHLY: "每半月一次", CadenceUnit.WEEKLY: "每周一次",
    CadenceUnit.EVERY: "按设定的间隔",
}  # fmt: skip
VISIT_KINDS: Mapping[VisitKind, str] = {VisitKind.SCHEDULED: "本期探访", VisitKind.AD_HOC: "额外探访"}
LADDER_STATES: Mapping[str, str] = {
    "asked": "刚提出", "opened": "待接手", "acknowledged": "已接手", "resolved": "已办结",
}  # fmt: skip
"""Where an escalation stands (`models.tables.EscalationRow.state`)."""

OF_BENEFITS = (*OF_A_CLAIM, *OF_WHAT_IS_HELD)
"""Of these `about` is a benefit's code."""


def in_words(row: Mapping[str, Any], benefits: Mapping[str, str]) -> dict[str, str]:
    """Cause and `about` of a work item, or the cause of an escalation. `benefits`: what each is called, by code."""
    if row["cause"] == "pay_list":
        month, _, stage = row["about"].partition(" ")
        return {"cause": ITEMS["pay_list"], "about": f"{month} {LIST_STATES.get(stage, stage)}"}
    items: dict[str, str] = {**ITEMS, **OTHER_WORK}
    said = {"cause": items.get(row["cause"]) or word(row["cause"])}
    return said | ({"about": benefits.get(row["about"], row["about"])} if row["cause"] in OF_BENEFITS else {})


# --- who is no case, and what a list puts in doubt -------------------------------------------------------------------
