"""The text of a public notice (公示): the fields a rule about relief asks for, and not one more.

What a neighbour may read is who, from where, is to get which benefit, until when it hangs and where to object. Nothing
of level, disability, illness or amount, no number and no age: there is no parameter for them.
"""

from __future__ import annotations

from datetime import date

from decisions.claim_state import Claim, State
from decisions.claim_terms import notice_until
from models.claims import ClaimStage

TO_GET = "拟享受"


def masked(name: str) -> str:
    """王*英: the first character and the last; of two only the first."""
    if len(name) <= 2:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def notice_text(*, name: str, village: str, benefit: str, from_on: date, until_on: date, township: str) -> str:
    """`name` in full; it is masked here."""
    return "\n".join(
        (
            "公示",
            f"姓名：{masked(name)}",
            f"村（社区）：{village}",
            f"待遇：{benefit}",
            f"拟定结果：{TO_GET}",
            f"公示期：{_day(from_on)}至{_day(until_on)}（含）",
            f"有异议的，请在公示期内向{township}提出。",
        )
    )


def hangs(state: State, claim: Claim, up_on: date) -> tuple[date, date] | None:
    """From and to which day: as recorded, once it is up; before that, as it would be. None: there is none to put up."""
    if state.stage(claim.code) is ClaimStage.POSTED and claim.posted_on and claim.until_on:
        return claim.posted_on, claim.until_on
    if claim.days is None or claim.unit is None or state.policy is None:
        return None
    return up_on, notice_until(up_on, claim.days, claim.unit, state.policy.calendar)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
