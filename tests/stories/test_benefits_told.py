"""Each fact of an elder's benefits is told in a plain sentence, with amounts, and with nothing of what is known of them
but what is missing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from audit.timeline_words import say
from models import claim_events
from models import events as e
from models.benefits import BenefitKind, Outcome, Standing
from models.claims import Change, ClaimStage, ClaimTerms, EndCause, Proposed
from models.facts import FactSheet
from models.policy import Delay, DelayUnit
from models.values import Actor, ActorKind, Channel, EscalationCause, Role, Urgency
from tests.decisions.slices import policy

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
STAFF = Actor(id="S-1", kind=ActorKind.STAFF, role=Role.TOWNSHIP_OFFICER)
NAMES = {"care": "养老服务补贴", "other": "护理补贴", "id_card": "身份证", "S-1": "吴示乙"}
GIVEN = Proposed(
    month=date(2026, 3, 1), version="1", hash="0" * 64, outcome=Outcome.ELIGIBLE, standing=Standing.STANDS,
    row="class_1", fen=123456, sheet=FactSheet(facts={}),
)  # fmt: skip
CHANGE = Change(ends=None, row="class_2", fen=10000, month=date(2027, 1, 1), on=None)
SAMPLES: dict[str, Any] = {
    "elder_id": "E1", "county_id": "C1", "township_id": "T1", "village_id": "W1", "has_case": True,
    "policy": policy(), "month": date(2026, 3, 1), "heard": "level", "idle": False, "code": "care", "n": 2,
    "trigger": "application", "asked_on": AT.date(), "proposed": GIVEN, "due_at": AT,
    "terms": ClaimTerms(
        kind=BenefitKind.NURSING, terms={ClaimStage.CHECKING: Delay(amount=5, unit=DelayUnit.WORKDAYS)},
        remind_days=1, review_months=12, appeal_days=60,
    ),
    "documents": ("id_card",), "days": 7, "unit": "workdays", "again": True, "why": "无依据不公示",
    "posted_on": AT.date(), "until_on": date(2026, 3, 9), "proof": {"id": "note", "sha256": "0" * 64},
    "upheld": True, "hangs": True, "over": ("other",), "from_month": date(2026, 4, 1),
    "review_on": date(2027, 3, 2), "instead_of": ("other",), "reason": "death_confirmed", "told_on": AT.date(),
    "how": "handed", "appeal_by": date(2026, 5, 1), "codes": ("care", "other"), "back": False,
    "change": CHANGE, "row": "class_2", "listed": date(2026, 3, 1),
    "fen": 10000, "on": date(2026, 3, 1), "through": date(2026, 3, 1), "missing": ("gb_level",),
    "stage": "approving", "owner": "S-1", "bill": "B-1", "at": "home_community", "percent": 50, "bill_fen": 60001,
    "paid_fen": 30000, "left_fen": 50000,
}  # fmt: skip
FACTS = sorted(
    (kind for kind in vars(claim_events).values() if isinstance(kind, type) and issubclass(kind, e.Event)),
    key=lambda kind: kind.__name__,
)
HEAD = {
    "happened_at": AT, "actor": STAFF, "channel": Channel.CONSOLE, "cause": "m-1", "policy_version": "1",
    "policy_hash": "0" * 64,
}  # fmt: skip


def told(kind: type[e.Event], **values: Any) -> str:
    asked = {name: SAMPLES[name] for name in kind.model_fields if name in SAMPLES}
    if kind is e.EntitlementStopped:
        asked["why"] = EndCause.DEATH
    fact = e.ANY_EVENT.validate_python(kind.model_validate({**HEAD, **asked, **values}))
    return say(fact, lambda id_: NAMES.get(id_, id_), AT)


@pytest.mark.parametrize("kind", [kind for kind in FACTS if kind is not e.Event], ids=lambda kind: kind.__name__)
def test_no_fact_is_without_a_sentence(kind: type[e.Event]) -> None:
    said = told(kind)
    assert said != kind.__name__ and said.isprintable()
    assert not any(code in said for code in ("care", "other", "id_card", "gb_level", "None"))
    if "code" in kind.model_fields or "codes" in kind.model_fields:
        assert "养老服务补贴" in said


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        (
            e.ClaimApproved, {"instead_of": ()},
            "批准养老服务补贴，4月起每月1,234.56元（class_1），3月2日09:00前告知本人",
        ),
        (
            e.ClaimChecked, {"proposed": GIVEN.model_copy(update={"row": None, "missing": ("gb_level", "age")})},
            "核查养老服务补贴：还缺能力等级（GB/T 42195）、周岁",
        ),
        (
            e.ClaimRefused,
            {"proposed": GIVEN.model_copy(update={"outcome": Outcome.NOT_ELIGIBLE, "row": None, "fen": None})},
            "不予批准养老服务补贴（按规定不符合），3月2日09:00前书面告知本人",
        ),
        (
            e.ClaimChecked,
            {"proposed": GIVEN.model_copy(update={"standing": Standing.GIVES_WAY, "to": ("other",)})},
            "核查养老服务补贴：按规定每月1,234.56元（class_1）（与护理补贴：让位）",
        ),
        (
            e.ClaimChecked,
            {"proposed": GIVEN.model_copy(update={"outcome": Outcome.CANNOT_DECIDE, "row": None, "open": ("x",)})},
            "核查养老服务补贴：没有规定说清，无法判定",
        ),
        (e.ChangeProposed, {}, "养老服务补贴拟从2027年1月起改为每月100.00元（class_2），3月2日09:00前由县审批"),
        (
            e.ChangeProposed, {"change": Change(ends=EndCause.DEATH, row=None, fen=None, month=None, on=None)},
            "养老服务补贴拟停发（老人去世），发到哪个月由审批人写明，3月2日09:00前由县审批",
        ),
        (e.EntitlementChanged, {"fen": None}, "确认养老服务补贴4月起金额待定（class_2）"),
        (e.PapersAsked, {"documents": ()}, "一次性告知养老服务补贴须补正：见附言，3月2日09:00前交来"),
        (e.ClaimReminded, {"owner": None}, "没有人可提醒：养老服务补贴还在等审批"),
        (e.NoticeSkipped, {}, "养老服务补贴无依据不公示"),
        (
            e.CouponRedeemed, {},
            "记下养老服务补贴的使用：3月1日的账单B-1（居家、社区服务，600.01元），按50%抵扣300.00元，当月还剩500.00元",
        ),
        (e.RedemptionTakenBack, {}, "撤销养老服务补贴的一次使用：3月1日的账单B-1，抵扣的300.00元不算"),
        (e.ReviewDue, {"missing": ()}, "养老服务补贴须复核，3月2日09:00前完成"),
        (e.ObjectionDecided, {"upheld": False, "proposed": None}, "复核：对养老服务补贴的异议不成立，公示继续"),
    ],
)  # fmt: skip
def test_what_is_told(kind: type[e.Event], values: dict[str, Any], said: str) -> None:
    assert told(kind, **values).removeprefix("乡镇专干吴示乙（工作台）") == said


def test_a_ladder_says_which_step_is_late() -> None:
    opened = {
        "escalation_id": "escalation/E1/x", "cause_of": EscalationCause.BENEFIT_LATE, "urgency": Urgency.ORDINARY,
        "visit_id": None, "first_role": None, "ends_at": None, "about": "care/approving",
    }  # fmt: skip
    assert told(e.EscalationOpened, **opened) == "提请督办：待遇手续没有按时办（养老服务补贴的审批）"
