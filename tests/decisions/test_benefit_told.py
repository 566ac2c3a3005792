"""How the counter tells a proposal: every condition with value and source, what is wanting, what it stands beside."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest
import typer

from commands.benefit_steps import fen_of, month_of, must_be_codes
from commands.recorded import KINDS
from decisions import words
from decisions.as_typed import amount_of
from decisions.benefit import propose, ready
from decisions.benefit_together import combine
from decisions.benefit_told import change_in_words
from decisions.benefit_trace import GAVE_OTHERWISE, Derived, as_data, in_words
from decisions.benefit_wording import SOURCES, a_month, line, yuan
from decisions.claim_state import Decision
from decisions.closed_words import CLAIM_DECISIONS as DECISIONS
from decisions.closed_words import CLAIM_STAGES as STAGES
from decisions.closed_words import CLAIMED_BECAUSE as TRIGGERS
from decisions.closed_words import END_CAUSES as ENDS
from decisions.closed_words import TOLD_HOW as HOW
from decisions.words import ITEMS
from models import benefits, claim_events
from models.benefits import BenefitKind
from models.case_events import Event
from models.claims import Change, ClaimStage, ClaimTrigger, EndCause, FactSource, Proposed, ToldHow
from models.facts import FactValue
from models.letters import Item
from tests.decisions.benefit_town import MARCH, rules, sheet

ELDER: dict[str, FactValue] = {
    "born_on": date(1946, 6, 15), "economic": "低保", "lives_here": True, "gb_level": "重度失能", "gb_score": 40,
    "disability_kind": "肢体", "disability_grade": 1, "self_care": "全自理",
}  # fmt: skip


def derived(code: str, **facts: FactValue) -> tuple[Derived, Proposed]:
    """What the example proposes of `code`, as it is recorded, and as it is derived again."""
    known = sheet(**facts)
    proposals = [propose(each, known) for each in ready(rules())]
    found = next(each for each in combine(proposals, rules().exclusivity) if each.proposal.benefit == code)
    mine = found.proposal
    recorded = Proposed(
        month=MARCH, version=mine.version, hash=mine.hash, outcome=mine.outcome, standing=found.standing, row=mine.row,
        fen=mine.fen, missing=mine.missing, open=mine.open, by=found.by, to=found.to, sheet=known,
    )  # fmt: skip
    benefit = next(each for each in rules().benefits if each.code == code)
    return Derived(rules(), benefit, mine, same=True), recorded


def told(code: str, **facts: FactValue) -> str:
    return "\n".join(in_words(*derived(code, **facts)))


def test_what_is_given_is_told_with_its_row_its_amount_and_every_condition() -> None:
    text = told("care_allowance", **ELDER)
    for said in (
        "按2026-03的规定（example-cq ", "）：符合", "拟定：护理类，class_1 档，每月200.00元",
        "class_1 档（200.00元）：符合", "经济状况属于特困、低保：低保，通过（登记簿，2026-01-05）",
        "或者（1）残疾类别属于肢体、智力、精神、视力：肢体，通过（登记簿，2026-01-05）",
        "或者（2）因病卧床不低于6个月：缺少这一项", "class_2 档（200.00元）：不符合",
        "周岁不低于80岁：79岁，不通过（登记簿，2026-01-05）", "依据：60周岁至79周岁",
        "金额依据：补贴标准为每人每月200元",
    ):  # fmt: skip
        assert said in text, (said, text)
    assert "差在哪里" not in text and "缺少：" not in text and GAVE_OTHERWISE not in text


def test_what_gives_way_says_to_which_and_by_which_rule() -> None:
    text = told("severe_disability_care", **ELDER)
    assert "单看这一项：护理类，grade_1 档，每月80.00元" in text
    assert "与其他待遇：让位于经济困难的高龄失能老年人养老服务补贴；就高享受一项（" in text
    assert "就高享受一项（与重度残疾人护理补贴按就高不就低的原则享受一项）" in text
    choice = told("destitute_care", **ELDER | {"economic": "特困", "born_on": date(1980, 1, 1)})
    assert "与重度残疾人护理补贴只能选一项，请本人选择；只能享受一项（" in choice
    assert "half_care 档（金额未定）" in choice and "self_caring 档，每月金额未定" in choice
    unsaid = told("severe_disability_care", **{code: ELDER[code] for code in ("disability_kind", "disability_grade")})
    assert "与经济困难的高龄失能老年人养老服务补贴哪一项在先，还无法判定" in unsaid


def test_what_is_wanting_is_told_by_the_nearest_row_the_missing_fact_and_the_open_question() -> None:
    assert "差在哪里（from_80_poor 档）：还差1岁：周岁79岁，须不低于80岁" in told("old_age", **ELDER)
    missing = told("service_coupon", **ELDER | {"gb_level": "中度失能"} | {"economic": "其他"})
    assert "每月最高抵扣800.00元" in missing, "a ceiling, not money"
    nothing = told("care_allowance")
    assert "缺少：经济状况、周岁、残疾类别、残疾等级、因病卧床" in nothing
    assert "查实以后可能：class_1 档，每月200.00元" in nothing
    assert "没有规定（destitute）：特困人员能否领取养老服务消费补贴？未查到规定" in told(
        "service_coupon", **ELDER | {"economic": "特困"}
    )
    assert "没有规定（rows）：没有一份文件写明发给谁" in told("disability_living", **ELDER)


def test_a_derivation_that_gives_something_else_says_so() -> None:
    found, recorded = derived("care_allowance", **ELDER)
    assert list(in_words(found._replace(same=False), recorded))[-1] == GAVE_OTHERWISE


def test_as_data_it_has_the_same_trace_by_names_and_no_sheet() -> None:
    found = as_data(*derived("care_allowance", **ELDER))
    first = found["rows"][0]
    assert (found["row"], found["fen"], found["same"], found["standing"]) == ("class_1", 20000, True, "stands")
    assert first["when"][0] == {
        "fact": "economic", "op": "in", "wanted": ["特困", "低保"], "value": "低保", "source": "登记簿",
        "on": date(2026, 1, 5), "passed": True,
    }  # fmt: skip
    assert [len(each) for each in first["any"]] == [2, 1] and "sheet" not in found


def test_what_says_that_a_fact_is_so_is_told_in_words() -> None:
    tested = benefits.Tested("rural", "=", True, True, FactSource.VISIT.value, date(2026, 3, 2), True)
    assert line(tested) == "农村户籍：是：是，通过（入户核查，2026-03-02）"


# --- amounts, months, codes as they are typed ------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "fen"), [("200.00", 20000), ("0.05", 5), ("1234.50", 123450), ("未定", None)])
def test_an_amount_is_typed_as_it_is_shown(text: str, fen: int | None) -> None:
    assert fen_of(text) == fen
    assert amount_of(fen) == text


@pytest.mark.parametrize("text", ["200", "200.0", "20000", "２００.00", "1,234.50", "-1.00", "02.00", "200.00元", ""])
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="写到分"):
        fen_of(text)


def test_money_is_shown_in_yuan_with_two_decimals() -> None:
    shown = {None: "金额未定", 0: "0.00元", 5: "0.05元", 20000: "200.00元", 1234567: "12,345.67元"}
    assert {fen: yuan(fen) for fen in shown} == shown
    assert a_month(BenefitKind.ALLOWANCE, 2500) == "每月25.00元"


def test_a_month_is_typed_by_year_and_month() -> None:
    assert month_of("2026-09") == date(2026, 9, 1)
    for text in ("2026-13", "2026-9", "2026-09-01", "九月", "0000-01"):
        with pytest.raises(typer.BadParameter, match="不是月份"):
            month_of(text)


def test_words_are_no_code() -> None:
    must_be_codes("care_allowance", "class_1")
    for text in ("王示英", "", "Care", "a b", "../x"):
        with pytest.raises(typer.BadParameter, match="不是代号"):
            must_be_codes("care_allowance", text)


# --- closed lists have words -----------------------------------------------------------------------------------------


def test_every_word_of_the_closed_lists_is_said() -> None:
    assert set(STAGES) == set(ClaimStage) and set(TRIGGERS) == set(ClaimTrigger)
    assert set(ENDS) == set(EndCause) and set(HOW) == set(ToldHow)
    assert set(SOURCES) == set(FactSource)
    assert set(DECISIONS) == set(get_args(Decision)) and set(ITEMS) == set(get_args(Item))


def test_every_fact_of_benefits_is_told_when_it_is_recorded() -> None:
    kinds = {
        name for name, held in vars(claim_events).items()
        if isinstance(held, type) and issubclass(held, Event) and held is not Event
    }  # fmt: skip
    assert len(kinds) == 37 and kinds <= set(KINDS)


def test_an_item_and_the_cause_of_a_ladder_are_told_in_words() -> None:
    row = {"cause": "approve_benefit", "about": "old_age"}
    assert words.in_words(row, {"old_age": "高龄津贴"}) == {"cause": "待遇：审批", "about": "高龄津贴"}
    assert words.in_words({"cause": "benefit_late"}, {}) == {"cause": "待遇手续没有按时办"}
    assert words.in_words({"cause": "follow_up", "about": "died"}, {}) == {"cause": "跟进需求"}


def test_a_proposed_change_says_from_or_until_when() -> None:
    change = Change(ends=EndCause.DEATH, row=None, fen=None, month=date(2026, 9, 1), on=date(2026, 9, 3))
    assert change_in_words(change, BenefitKind.LIVING) == "拟停发（老人去世，2026-09-03）：末月2026-09"
    more = Change(ends=None, row="class_2", fen=20000, month=None, on=None)
    said = "拟变更为 class_2 档，每月200.00元：自规定没有写，由决定的人写明"
    assert change_in_words(more, BenefitKind.LIVING) == said
