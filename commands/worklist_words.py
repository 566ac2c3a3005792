"""What waits for a person, in their words: the work items, and the causes of ladders."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from audit.timeline_words import word
from commands.acting import Counter
from decisions.claim_letters import OF_A_CLAIM, OF_WHAT_IS_HELD
from models.ids import county_code
from models.letters import Item

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


LIST_STATES: Mapping[str, str] = {
    "checking": "待核对", "approving": "待批准", "returned": "已退回，待重新汇总", "approved": "已批准",
    "drawn_again": "已重新汇总",
}  # fmt: skip
"""The stages of a payment list, and the ends of a drawing of it (`models.tables.PayListRow.state`)."""
OF_BENEFITS = (*OF_A_CLAIM, *OF_WHAT_IS_HELD)
"""Of these `about` is a benefit's code."""


def in_words(row: Mapping[str, Any], benefits: Mapping[str, str]) -> dict[str, str]:
    """Cause and `about` of a work item, or the cause of an escalation. `benefits`: what each is called, by code."""
    if row["cause"] == "pay_list":
        month, _, stage = row["about"].partition(" ")
        return {"cause": ITEMS["pay_list"], "about": f"{month} {LIST_STATES.get(stage, stage)}"}
    said = {"cause": next((said for item, said in ITEMS.items() if item == row["cause"]), word(row["cause"]))}
    return said | ({"about": benefits.get(row["about"], row["about"])} if row["cause"] in OF_BENEFITS else {})


def benefit_names(counter: Counter, counties: Collection[str]) -> dict[str, str]:
    """What the packs in force in these counties call their benefits."""
    packs = [counter.house.pack_of(county_code(county)) for county in sorted(counties)]
    return {benefit.code: benefit.name for pack in packs for benefit in pack.file.benefits}
