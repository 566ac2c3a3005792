"""What the packs of the five counties give: proposed by public rules, paid once the bureau states how much."""

from __future__ import annotations

from datetime import date

import pytest

from decisions.benefit import propose, ready
from decisions.benefit_together import combine
from models.benefits import BenefitKind, Combined, Outcome, Standing
from models.facts import FactValue
from policies.benefits import rules_of
from policies.pack import Pack, load
from policies.schema import sourced
from policies.sheet_words import AMOUNT, AMOUNT_BY, AMOUNT_WORDS
from tests.decisions.benefit_town import MARCH, sheet
from tests.decisions.clerk import Clerk

FIVE = ("dianjiang", "fengjie", "guangyuan", "litong", "qingshen")
IN_CHONGQING = ("dianjiang", "fengjie")
CARE = "经济困难高龄失能老年人养老服务补贴"
POOR: dict[str, FactValue] = {
    "born_on": date(1944, 5, 1), "economic": "低保", "rural": True, "lives_here": True, "gb_level": "重度失能",
    "disability_kind": "无", "bedridden": False,
}  # fmt: skip
TIERS = [("全自理", "self_caring"), ("半护理", "half_care"), ("全护理", "full_care")]
GRADE_1 = POOR | {"born_on": date(1950, 1, 1), "disability_kind": "肢体", "disability_grade": 1}
DESTITUTE = POOR | {"economic": "特困", "self_care": "半护理"}


def found(pack: Pack, month: date = MARCH, /, **facts: FactValue) -> dict[str, Combined]:
    rules = rules_of(pack, month)
    proposals = [propose(each, sheet(**facts)) for each in ready(rules)]
    return {each.proposal.benefit: each for each in combine(proposals, rules.exclusivity)}


@pytest.mark.parametrize("county", FIVE)
def test_no_amount_of_money_stands_in_a_pack_that_nobody_has_stated(county: str) -> None:
    held = load(county)
    coupons = {table.code for table in held.file.benefits if table.kind == BenefitKind.COUPON}
    stated = [where.split(".") for where, _ in sourced(held.file) if where.startswith("benefits.")]
    assert {where[1] for where in stated if where[-1] == "fen"} == coupons == {"service_coupon"}
    for facts in (POOR, DESTITUTE, GRADE_1):
        assert not any(each.proposal.payable for each in found(held, **facts).values())


@pytest.mark.parametrize("county", FIVE)
def test_the_countrys_coupon_is_in_every_county(county: str) -> None:
    coupon = found(load(county), **POOR)["service_coupon"]
    assert (coupon.standing, coupon.proposal.fen) == (Standing.STANDS, 80000)
    assert not coupon.proposal.payable
    destitute = found(load(county), **DESTITUTE)["service_coupon"].proposal
    assert (destitute.outcome, destitute.open) == (Outcome.CANNOT_DECIDE, ("destitute",))
    after = found(load(county), date(2027, 1, 1), **POOR)["service_coupon"].proposal
    assert (after.outcome, after.fen) == (Outcome.NOT_ELIGIBLE, None)


@pytest.mark.parametrize("county", FIVE)
@pytest.mark.parametrize(("self_care", "row"), TIERS)
def test_the_three_tiers_of_the_destitute_are_proposed_everywhere(county: str, self_care: str, row: str) -> None:
    code = "destitute_nursing" if county == "litong" else "destitute_care"
    told = found(load(county), **DESTITUTE | {"self_care": self_care})[code].proposal
    assert (told.outcome, told.row, told.fen, told.payable) == (Outcome.ELIGIBLE, row, None, False)


@pytest.mark.parametrize("county", IN_CHONGQING)
def test_in_chongqing_class_1_is_by_disability_and_class_2_by_age(county: str) -> None:
    first = found(load(county), **GRADE_1)
    assert first["care_allowance"].proposal.row == "class_1"
    assert first["severe_disability_care"].proposal.row == "grade_1"
    # The higher of two amounts nobody has stated is not known.
    assert first["care_allowance"].standing is first["severe_disability_care"].standing is Standing.CANNOT_DECIDE
    assert found(load(county), **POOR)["care_allowance"].proposal.row == "class_2"


def test_fengjie_asks_of_towns_what_its_document_does_not_say() -> None:
    told = found(load("fengjie"), **POOR | {"rural": False})["care_allowance"].proposal
    assert (told.outcome, told.open) == (Outcome.CANNOT_DECIDE, ("not_rural",))
    rich = found(load("fengjie"), **POOR | {"rural": False, "economic": "其他"})["care_allowance"].proposal
    assert rich.outcome is Outcome.NOT_ELIGIBLE


def test_the_bureau_states_an_amount_with_its_number_and_it_can_be_paid() -> None:
    held = load("dianjiang")
    before = found(held, **POOR)["care_allowance"]
    assert (before.standing, before.proposal.fen, before.proposal.payable) == (Standing.STANDS, None, False)
    clerk = Clerk(held)
    for code in ("class_1", "class_2"):
        clerk.put(CARE, "档次", code, AMOUNT, "200")
        clerk.put(CARE, "档次", code, AMOUNT_BY, "依据")
        clerk.put(CARE, "档次", code, AMOUNT_WORDS, "垫江民发〔2026〕12号")
    new = clerk.read().pack
    assert new is not None, clerk.told()
    after = found(new, **POOR)["care_allowance"]
    assert (after.standing, after.proposal.fen, after.proposal.payable) == (Standing.STANDS, 20000, True)
    rules = rules_of(new, MARCH)
    care = next(each for each in rules.benefits if each.code == "care_allowance")
    assert {row.fen_source for row in care.rows} == {"垫江民发〔2026〕12号"}


def test_an_amount_without_a_number_is_not_taken() -> None:
    clerk = Clerk(load("dianjiang"))
    row, column = clerk.put(CARE, "档次", "class_1", AMOUNT, "200")
    where = f"工作表 '{CARE}' 第 {row + 1} 行 {chr(ord('A') + column + 1)} 列（金额出处）"
    assert clerk.told() == [f"{where}：写了金额，没有写金额出处；县里定的选“依据”，后面写文号"]
    clerk.put(CARE, "档次", "class_1", AMOUNT_BY, "依据")
    assert [told.rsplit("：", 1)[1] for told in clerk.told()] == ["没有写原文或文号"]
