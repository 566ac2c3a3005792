"""Why somebody is in the register and no case, or what a list speaks against, in words. `say`: in which language."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from decisions.words import word
from models.roster import NOT_STARTED, Doubt, RegisterList, RosterKind
from models.roster_lists import Listed
from models.values import AgreedHow

LISTS: Mapping[RegisterList, str] = {
    RegisterList.NO_CASE: "在册但没有个案",
    RegisterList.CANNOT_DECIDE: "无法判断",
    RegisterList.TO_DECIDE: "已建档、待人决定",
}
KINDS: Mapping[RosterKind, str] = {
    RosterKind.ELDERS: "老人名单", RosterKind.VOLUNTEERS: "志愿者名单", RosterKind.STAFF: "工作人员名单",
}  # fmt: skip
REASONS: Mapping[str, str] = {
    "under_age": "未到规定的年龄",
    "in_no_group": "不属于规定的任何一类探访对象",
    NOT_STARTED: "属于探访对象，本乡镇（街道）的个案还没有开始",
}
AGREED: Mapping[AgreedHow, str] = {
    AgreedHow.IN_PERSON: "当面说的", AgreedHow.BY_PHONE: "电话里说的", AgreedHow.SIGNED: "书面签字",
    AgreedHow.BY_TEXT: "本人发来短信",
}  # fmt: skip
FACTS: Mapping[str, str] = {
    "age": "年龄", "categories": "人员类别", "poor": "低保特困", "rural": "所在是村还是社区",
}  # fmt: skip
PARTS: Mapping[str, str] = {
    "off_list": "不在新的整份名单中", "missing": "无法判断，缺：{}", "lost": "名单不再列有：{}", "and": "、",
    "then": "；", "still": "仍属探访对象", "by_list": "按名单{}", "closed": "个案已结案（{}），又在名单上",
}  # fmt: skip


def as_it_is(sentence: str) -> str:
    return sentence


def why(row: Listed, say: Callable[[str], str] = as_it_is) -> str:
    """The reason in a sentence."""
    if row.item_id is None:
        return _rule(row.why, say)
    doubt = Doubt.of(row.why, row.about)
    lost = say(PARTS["lost"]).format(say(PARTS["and"]).join(map(say, doubt.lost))) if doubt.lost else ""
    match doubt.item:
        case "off_list":
            return say(PARTS["off_list"])
        case "closed_on_list":
            return say(PARTS["closed"]).format(say(word(doubt.reason)))
        case "category_lost":
            return say(PARTS["then"]).join((lost, say(PARTS["still"])))
        case "out_of_group":
            by_list = say(PARTS["by_list"]).format(_rule(doubt.reason, say))
            return say(PARTS["then"]).join(part for part in (lost, by_list) if part)


def _rule(reason: str, say: Callable[[str], str]) -> str:
    """A word of the group rule, or the facts it misses."""
    if reason in REASONS:
        return say(REASONS[reason])
    facts = say(PARTS["and"]).join(say(FACTS.get(fact, fact)) for fact in reason.split(","))
    return say(PARTS["missing"]).format(facts)
