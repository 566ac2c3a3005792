"""The receipt of a decision: what it says of a level, an approval, a refusal, a change, a stop; what none ever says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.receipt_text import receipt_text
from decisions.receipt import A_STEP, DECISIONS, NOT_DECIDED, decisions_of, place_of, why_not, without_numbers
from decisions.receipt_benefit import TITLES
from decisions.receipt_level import NOT_BY_US
from models.ability import AbilityLevel, CareEvent, CareRisk, Diagnosis
from models.assessment import ResultElsewhere
from models.assessment_messages import ConfirmLevel, RecordResult
from models.claim_messages import (
    DecideObjection,
    EndBenefits,
    KeepBenefit,
    ObjectBenefit,
    PostNotice,
    RefuseBenefit,
    ReviewBenefit,
    StopBenefit,
    WithdrawBenefit,
)
from models.claims import EndCause
from models.events import (
    AnyEvent,
    ClaimApproved,
    ClaimRefused,
    EntitlementStopped,
    Recorded,
)
from models.receipts import Receipt
from models.values import CloseReason
from tests.decisions.assessment_player import AssessmentPlayer
from tests.decisions.case_player import SECOND
from tests.decisions.claim_player import CARE, CHECKER, COUNTY, COUPON, NOTE, OLD_AGE, OTHER, SEVERE, ClaimPlayer
from tests.decisions.receipt_town import EXAMPLE, NAMES, of_claims, of_levels, receipt, receipts
from tests.decisions.test_claims import SEVEN_DAYS

FALLS = (CareEvent(kind=CareRisk.FALL, on=date(2026, 2, 20)), CareEvent(kind=CareRisk.FALL, on=date(2026, 2, 25)))
UNCHECKED = "对照国标原文核对: 否"


def last(play: ClaimPlayer, levels: Sequence[Recorded] = ()) -> Receipt:
    return receipts(of_claims(play), levels=levels)[-1]


def refused(play: ClaimPlayer, code: str) -> Receipt:
    play.checked(code)
    play.tell(RefuseBenefit, COUNTY, code=code, note=NOTE)
    return last(play)


def said(of: Receipt, label: str) -> list[str]:
    return [told.words for told in of.told if told.label == label]


def cited(of: Receipt) -> dict[str, tuple[str, str]]:
    return {each.what: (each.words, each.source) for each in of.cited}


# --- a level ---------------------------------------------------------------------------------------------------------


def test_a_level_says_its_points_what_raised_it_and_how_near_the_next_is() -> None:
    play = AssessmentPlayer()
    play.confirmed(46, diagnoses=(Diagnosis(code="F00.1"), Diagnosis(code="I10")), events=FALLS)
    (of,) = receipts(of_levels(play))
    assert (of.number, of.whom, of.decided) == ("assessment/E1#7", "王*英", "重度失能")
    assert of.given == "自2026年3月2日起，有效至2027年3月2日（含）"
    points, changes = of.parts
    assert [each.words for each in points.conditions][-1] == "总分" and points.conditions[-1].value.startswith("46分")
    assert points.conditions[-1].verdict == "初步等级：中度失能"
    assert [each.passed for each in changes.conditions] == [False, True, True] and changes.verdict == "重度失能"
    assert of.near == "总分再低1分，为完全失能"  # one of preliminary 重度, raised by one
    assert "I10" not in of.model_dump_json()  # a diagnosis that raised nothing
    assert any(each.source == "GB/T 42195-2022 C.4" for each in of.cited)
    assert of.marks == (UNCHECKED,)
    assert cited(of)["异议期"] == ("到2026年4月1日", "文件未规定·系统默认")
    assert "2026年4月1日09:00前可以向永安街道提出异议" in of.objection and of.object_by == date(2026, 4, 1)
    assert said(of, "确认") == ["县民政专员 S-2，2026年3月2日"]


@pytest.mark.parametrize(
    ("total", "near"), [(90, "总分再低1分，为轻度失能"), (67, "总分再低2分，为中度失能"), (0, None), (29, None)]
)
def test_a_level_is_as_far_from_the_next_as_its_points_are(total: int, near: str | None) -> None:
    play = AssessmentPlayer()
    play.confirmed(total)
    (of,) = receipts(of_levels(play))
    assert of.near == near
    assert said(of, "评估") == ["2026年3月2日，评估员 A-1、A-2（示例评估机构）"]


def test_a_level_without_an_end_and_in_a_coma() -> None:
    play = AssessmentPlayer()
    play.confirmed(50, coma=True)
    (of,) = receipts(of_levels(play))
    assert of.decided == "完全失能" and of.given.endswith("到重新评估为止") and of.near is None
    assert of.parts[-1].conditions[0].verdict == "直接评定"


def test_a_level_that_another_body_found_says_by_whom_and_that_it_was_not_scored_here() -> None:
    play = AssessmentPlayer()
    play.asked()
    result = ResultElsewhere(
        body_id="B1", standard="GB/T-42195-2022", assessed_on=date(2026, 2, 1), level=AbilityLevel.SEVERE,
        document=NOTE, total=40,
    )  # fmt: skip
    play.tell(RecordResult, result=result)
    play.tell(ConfirmLevel, SECOND, level=AbilityLevel.SEVERE)
    (of,) = receipts(of_levels(play))
    assert of.decided == "重度失能" and of.parts == () and of.near is None and of.marks == (NOT_BY_US,)
    assert said(of, "评估") == ["2026年2月1日，示例评估机构按 GB/T-42195-2022 评定，总分40分"]


# --- a benefit -------------------------------------------------------------------------------------------------------


def test_an_approval_says_the_row_it_is_given_by_and_until_when_to_appeal() -> None:
    play = ClaimPlayer()
    play.approved(CARE)
    before = last(play)
    assert before.decided == "批准：经济困难的高龄失能老年人养老服务补贴"
    assert before.given == "自2026年3月起，每月200.00元"
    assert (
        before.objection.startswith("不服的，自知道这项决定之日起60日内可以向奉节县人民政府")
        and before.object_by is None
    )
    (row,) = before.parts  # of two
    assert row.passed and row.source.startswith("60周岁至79周岁，肢体、智力、精神、视力残疾")
    economic = row.conditions[0]
    assert (economic.words, economic.value, economic.verdict) == ("经济状况属于特困、低保", "低保", "符合")
    assert economic.source == "登记簿，2025年1月1日"
    assert [each.option for each in row.conditions] == [0, 0, 0, 1, 1, 2]
    assert cited(before)["金额"] == ("200.00元", "补贴标准为每人每月200元")
    assert cited(before)["从哪个月起"] == ("批准当月", "文件未规定·系统默认")
    assert before.hash == EXAMPLE.hash and "示例，不是任何一个区县的文件" in before.document
    assert said(before, "核查") == ["乡镇专干 S-1，2026年3月2日"] and said(before, "公示") == ["无依据不公示"]
    play.told(CARE)
    after = last(play)
    assert after.object_by == date(2026, 5, 6) and "2026年5月6日（含）以前" in after.objection
    assert said(after, "告知") == ["2026年3月2日，当面送达"]


def test_a_coupon_is_a_ceiling_and_its_level_is_marked() -> None:
    levels = AssessmentPlayer()
    levels.confirmed(40)
    play = ClaimPlayer(gb_level="重度失能", gb_score=40)
    play.approved(COUPON)
    of = last(play, of_levels(levels))
    assert of.given.endswith("每月最高抵扣800.00元") and "不发现金" in of.marks[0]
    assert of.marks[1] == f"能力等级（GB/T 42195-2022）{UNCHECKED}"
    assert [each.words for each in of.cited if each.what == "抵扣"] == [
        "居家、社区服务：抵扣50%", "机构养老服务：抵扣40%",
    ]  # fmt: skip
    assert len(last(play).marks) == 1  # the level was found by none of ours


def test_a_refusal_says_why_and_how_much_was_wanting() -> None:
    of = refused(ClaimPlayer(gb_level="轻度失能", gb_score=67), COUPON)
    assert of.decided.startswith("不予批准：") and of.near == "还差2分到中度失能"
    assert of.reason == "核实后不符合，王*英本人电话（号码略），身份证（号码略）"
    assert said(of, "按规定") == ["2026年3月的规定：不符合"]
    (row,) = of.parts
    assert [each.passed for each in row.conditions] == [True, True, False]


def test_of_what_is_not_given_every_row_is_told() -> None:
    of = refused(ClaimPlayer(economic="其他"), CARE)
    assert [part.title for part in of.parts] == [
        "规定的第1种情形（class_1），每月200.00元", "规定的第2种情形（class_2），每月200.00元",
    ]  # fmt: skip
    assert of.near == "须经济状况属于特困、低保（规定的第1种情形）"


def test_a_refusal_beside_another_benefit_says_to_which_it_gives_way_and_by_which_phrase() -> None:
    play = ClaimPlayer()
    play.given(CARE)
    of = refused(play, SEVERE)
    (beside,) = said(of, "与其他待遇")
    assert beside.startswith("让位于经济困难的高龄失能老年人养老服务补贴；就高享受一项") and "就高不就低" in beside


def test_what_cannot_be_decided_says_which_fact_is_missing_and_what_no_rule_says() -> None:
    play = ClaimPlayer()
    del play.facts["economic"]
    play.asked(CARE)
    play.tell(RefuseBenefit, COUNTY, code=CARE, note=NOTE)
    of = last(play)
    assert said(of, "缺少") == ["经济状况"] and said(of, "核查") == ["没有核查就作了决定"]
    assert of.parts[0].conditions[0].value == "不知道"
    destitute = refused(ClaimPlayer(economic="特困", self_care="半护理", gb_level="重度失能"), COUPON)
    assert said(destitute, "没有规定") == [EXAMPLE.file.unknown["benefits.service_coupon.open.destitute"]]


def test_a_change_and_one_that_is_put_aside() -> None:
    play = ClaimPlayer()
    play.given(CARE)
    play.until_day(2026, 6, 8)
    play.tell(KeepBenefit, COUNTY, code=CARE, note=NOTE)
    kept = last(play)
    assert kept.title == "待遇不作变更告知书" and kept.given == "照旧：每月200.00元" and kept.reason is not None
    assert said(kept, "按规定") == ["2026年6月的规定：符合，每月200.00元"]
    other = ClaimPlayer()
    other.given(CARE)
    other.until_day(2026, 6, 8)
    other.confirmed(CARE)
    changed = last(other)
    assert (changed.title, changed.given) == ("待遇变更告知书", "自2026年6月起，每月200.00元")
    assert changed.parts[0].title.startswith("规定的第2种情形") and changed.object_by is None
    assert "自知道这项决定之日起60日内" in changed.objection


def dead(on: date = date(2026, 4, 3)) -> ClaimPlayer:
    play = ClaimPlayer()
    play.given(CARE)
    play.until_day(2026, 5, 7)
    play.gone = CloseReason.DEATH_CONFIRMED
    play.tell(EndBenefits, reason=play.gone, on=on)
    play.confirmed(CARE)
    return play


def test_a_stop_by_a_death_says_until_which_month_by_which_rule_where_that_gives_it() -> None:
    of = last(dead())
    assert of.given == "发到2026年4月（含）；原因：老人去世（2026年4月3日）" and of.parts == ()
    assert cited(of)["发到哪个月"] == ("去世：次月停发", "文件未规定·系统默认")
    facts = of_claims(dead())
    later = facts[-1].event.model_copy(update={"through": date(2026, 5, 1)})  # as by another version's rule
    facts = (*facts[:-1], facts[-1].model_copy(update={"event": later}))
    assert "发到哪个月" not in cited(receipts(facts)[-1])
    never = last(dead(on=date(2026, 2, 3)))
    assert never.given.startswith("一个月也不发")


def test_a_stop_that_no_rule_speaks_of_cites_none() -> None:
    play = ClaimPlayer()
    play.given(CARE)
    play.until_day(2026, 5, 20)
    play.tell(
        StopBenefit, COUNTY, code=CARE, why=EndCause.GIVEN_UP, on=date(2026, 5, 12), month=date(2026, 5, 1), note=NOTE
    )
    of = last(play)
    assert "发到哪个月" not in cited(of) and "本人放弃（2026年5月12日）" in of.given and of.reason is not None
    play.told(CARE)
    assert last(play).object_by is not None


def test_what_takes_the_place_of_another_names_it_and_a_remark_is_no_reason() -> None:
    play = ClaimPlayer(economic="其他")
    play.given(SEVERE)
    play.until_day(2026, 4, 7)
    play.knows(economic="低保")
    play.approved(CARE)
    approved, stopped = receipts(of_claims(play))[-2:]
    assert said(approved, "代替") == ["重度残疾人护理补贴，另有停发告知书"]
    assert "享受其他待遇" in stopped.given and stopped.reason is None and "就高" in said(stopped, "与其他待遇")[0]


@pytest.mark.parametrize(("upheld", "decided"), [(True, "异议成立"), (False, "异议不成立")])
def test_an_objection_is_told_without_who_objected(upheld: bool, decided: str) -> None:
    play = ClaimPlayer()
    play.notice = SEVEN_DAYS
    play.checked(CARE)
    play.tell(PostNotice, code=CARE, posted_on=play.today, proof=NOTE)
    play.tell(ObjectBenefit, OTHER, code=CARE, note=NOTE)
    play.tell(DecideObjection, OTHER, code=CARE, upheld=upheld, note=NOTE)
    of = last(play)
    assert of.decided.startswith(decided) and of.reason is None and "另有告知书" in of.objection
    assert said(of, "公示") == ["2026年3月2日至2026年3月9日（含）"]


def test_a_review_says_that_it_goes_on() -> None:
    play = ClaimPlayer(born_on=date(1940, 1, 1))
    play.given(CARE)
    play.until_day(2027, 3, 3)
    play.tell(ReviewBenefit, code=CARE)
    of = last(play)
    assert of.title == "待遇复核告知书" and of.given.startswith("照旧：每月200.00元；2028年") and of.parts


def test_who_decides_by_a_pack_that_has_not_the_benefit_is_told_by_the_one_it_was_given_by() -> None:
    facts = of_claims(dead())
    newest = facts[-1].event.model_copy(update={"policy_hash": "f" * 64})
    facts = (*facts[:-1], facts[-1].model_copy(update={"event": newest}))
    assert receipts(facts)[-1].hash == EXAMPLE.hash


def test_what_the_rules_would_give_otherwise_is_marked() -> None:
    play = ClaimPlayer()
    play.approved(CARE)
    facts = of_claims(play)
    event = facts[-1].event
    assert isinstance(event, ClaimApproved)
    other = event.model_copy(update={"proposed": event.proposed.model_copy(update={"fen": 30000})})
    of = receipt((*facts[:-1], facts[-1].model_copy(update={"event": other})), facts[-1].seq)
    assert "请报审计" in of.marks[-1]


# --- all of them -----------------------------------------------------------------------------------------------------


@cache
def a_life() -> tuple[Recorded, ...]:
    """Refused, objected, approved, given up, put aside, changed, replaced, reviewed, stopped by a death."""
    play = ClaimPlayer(economic="其他", gb_level="轻度失能", gb_score=67)
    refused(play, COUPON)
    play.told(COUPON)
    play.notice = SEVEN_DAYS
    play.checked(SEVERE)
    play.tell(PostNotice, code=SEVERE, posted_on=play.today, proof=NOTE)
    play.tell(ObjectBenefit, OTHER, code=SEVERE, note=NOTE)
    play.tell(DecideObjection, OTHER, code=SEVERE, upheld=False, note=NOTE)
    play.days_pass(8)
    play.given(SEVERE)
    play.notice = None
    play.until_day(2026, 4, 7)
    play.knows(economic="低保")
    play.given(CARE)
    play.told(SEVERE)
    play.until_day(2026, 6, 8)
    play.tell(KeepBenefit, COUNTY, code=CARE, note=NOTE)
    play.knows(born_on=date(1946, 5, 1))
    play.confirmed(CARE)  # the age was reached in May
    play.given(OLD_AGE)
    play.until_day(2027, 4, 9)
    play.tell(ReviewBenefit, code=CARE)
    play.gone = CloseReason.DEATH_CONFIRMED
    play.tell(EndBenefits, reason=play.gone, on=date(2027, 4, 3))
    for code in (CARE, OLD_AGE):
        play.confirmed(code)
    return of_claims(play)


def test_a_life_has_a_receipt_of_each_decision_and_a_named_reason_for_each_other_fact() -> None:
    found = receipts(a_life())
    assert {each.title for each in found} >= set(TITLES.values()) - {"待遇变更告知书"}
    assert [each.number for each in found] == [f"{of.stream}#{of.seq}" for of in decisions_of(a_life())]
    assert all(why_not(each.event) for each in a_life() if each not in decisions_of(a_life()))


def test_of_every_kind_of_fact_it_is_said_whether_it_is_a_decision() -> None:
    kinds = set(get_args(get_args(AnyEvent)[0]))
    assert set(DECISIONS) <= kinds and set(NOT_DECIDED) <= kinds
    assert not set(DECISIONS) & set(NOT_DECIDED)
    assert {why_not(kind.model_construct()) for kind in kinds - set(DECISIONS) - set(NOT_DECIDED)} == {A_STEP}


def test_the_same_decision_has_the_same_receipt_whatever_came_later() -> None:
    """But for what the telling adds."""
    told = {"told", "objection", "object_by"}
    assert len(decisions_of(a_life())) >= 10
    for each in decisions_of(a_life()):
        then = receipt([of for of in a_life() if of.seq <= each.seq], each.seq)
        now = receipt(a_life(), each.seq)
        assert then.model_dump(exclude=told) == now.model_dump(exclude=told)
        if not isinstance(each.event, ClaimApproved | ClaimRefused | EntitlementStopped):
            assert then == now


def test_no_receipt_has_a_name_or_a_number_of_a_person() -> None:
    assert len(receipts(a_life())) >= 10
    for of in receipts(a_life()):
        for text in (of.model_dump_json(), receipt_text(of)):
            assert NAMES.elder not in text and "王*英" in text
            assert "19200000001" not in text and "500236194606150011" not in text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("电话13800001111", "电话（号码略）"), ("138 0000 1111", "（号码略）"), ("50023619460615001X", "（号码略）"),
        ("６２２２０２１２３４５６７８９０１２３", "（号码略）"), ("渝民发〔2025〕12号", "渝民发〔2025〕12号"),
        ("2026-03-02核实，每月200.00元", "2026-03-02核实，每月200.00元"), ("王示英不符合", "王*英不符合"),
    ],
)  # fmt: skip
def test_a_typed_reason_loses_numbers_and_keeps_dates_amounts_and_documents(typed: str, shown: str) -> None:
    assert without_numbers(typed, NAMES.elder) == shown


def test_the_text_says_all_that_the_data_says() -> None:
    for of in receipts(a_life()):
        text = receipt_text(of)
        assert [word for word in words_of(of.model_dump(mode="json", exclude=NOT_SHOWN)) if word not in text] == []


NOT_SHOWN = {"decided_at", "object_by", "by", "role"}  # said in words


def words_of(data: Any) -> list[str]:
    """Every text in it."""
    if isinstance(data, str):
        return [data]
    below = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return [word for each in below for word in words_of(each)]


# --- whatever is done ------------------------------------------------------------------------------------------------

STEPS: dict[str, Callable[[ClaimPlayer, str], object]] = {
    "asked": lambda play, code: play.asked(code),
    "checked": lambda play, code: play.checked(code),
    "approved": lambda play, code: code in play.state.claims and play.approved(code),
    "refused": lambda play, code: play.tell(RefuseBenefit, COUNTY, code=code, note=NOTE),
    "withdrawn": lambda play, code: play.tell(WithdrawBenefit, code=code, note=NOTE),
    "told": lambda play, code: play.told(code),
    "confirmed": lambda play, code: has_change(play, code) and play.confirmed(code, play.today.replace(day=1)),
    "kept": lambda play, code: play.tell(KeepBenefit, COUNTY, code=code, note=NOTE),
    "reviewed": lambda play, code: play.tell(ReviewBenefit, CHECKER, code=code),
    "stopped": lambda play, code: play.tell(
        StopBenefit, COUNTY, code=code, why=EndCause.FALSE_PAPERS, on=play.today, month=play.today.replace(day=1),
        note=NOTE,
    ),
    "poorer": lambda play, _: play.knows(economic="低保"),
    "richer": lambda play, _: play.knows(economic="其他", gb_level="中度失能"),
    "forty days": lambda play, _: play.days_pass(40),
}  # fmt: skip


def has_change(play: ClaimPlayer, code: str) -> bool:
    return code in play.state.holdings and play.state.holding(code).change is not None


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.sampled_from((CARE, SEVERE, COUPON))), max_size=14))
def test_whatever_is_done_every_decision_has_a_receipt(steps: list[tuple[str, str]]) -> None:
    play = ClaimPlayer(gb_level="重度失能")
    play.approved(CARE)
    for step, code in steps:
        STEPS[step](play, code)
    facts = of_claims(play)
    found = receipts(facts)
    assert found and len(found) == len(decisions_of(facts))
    assert all(of.decided and of.given and of.objection and of.cited is not None for of in found)


def test_a_fact_that_is_not_there_has_no_place() -> None:
    assert place_of(a_life(), 999) is None
