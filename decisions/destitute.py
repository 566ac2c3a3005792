"""What care a 特困 person needs, by six indicators. A scale of its own: no level of ability comes in or out.

Source: 豫民〔2021〕7号 as a public mirror prints it: all met is 全自理, one to three unmet 半护理, four or more 全护理.
Not held against the ministry's own text.
"""

from __future__ import annotations

from models.scales import (
    DestituteCare,
    DestituteIncomplete,
    DestituteJudged,
    DestituteResult,
    SelfCare,
    SelfCareAnswers,
)

WORDS = {
    DestituteCare.SELF_RELIANT: "全自理",
    DestituteCare.HALF_CARE: "半护理",
    DestituteCare.FULL_CARE: "全护理",
}
INDICATORS = {
    SelfCare.EATING: "自主吃饭",
    SelfCare.DRESSING: "自主穿衣",
    SelfCare.BED: "自主上下床",
    SelfCare.TOILET: "自主如厕",
    SelfCare.WALKING: "室内自主行走",
    SelfCare.BATHING: "自主洗澡",
}

_FULL_FROM = 4  # unmet


def judge(answers: SelfCareAnswers) -> DestituteResult:
    """The proposed care, or what was not asked."""
    if missing := tuple(one for one in SelfCare if one not in answers.met):
        return DestituteIncomplete(missing=missing)
    unmet = tuple(one for one in SelfCare if not answers.met[one])
    care = DestituteCare.SELF_RELIANT
    if unmet:
        care = DestituteCare.FULL_CARE if len(unmet) >= _FULL_FROM else DestituteCare.HALF_CARE
    which = f"（{'、'.join(INDICATORS[one] for one in unmet)}）" if unmet else ""
    return DestituteJudged(care=care, unmet=unmet, words=f"6项中{len(unmet)}项不能{which}：{WORDS[care]}")
