"""A benefit at the counter, from the request to its end: each step as its person types it, and each slip."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from adapters.database import reading
from decisions.deadlines import civil_day
from models.tables import WorkItemRow, table_of
from starter import app
from tests.stories import test_steps
from tests.stories.benefits import AGE, APPROVER, CARD, CARE, COUPON, DESTITUTE, amounts, claims, settle_in, state_facts
from tests.stories.test_assessment_counter import nothing_in_words
from tests.stories.test_steps import ASSISTANT, COUNTY_OFFICER, GRID, TOWNSHIP
from tests.stories.world import World, county


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with county(tmp_path, elders=2) as made:
        monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
        monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", made.house.settings.temporal_address)
        settle_in(made)
        yield made


SECRETS = ("女儿来申请", "照片存档案盒9", "邻居说有房", "查过没有房", "本人不要了", "账单已退款")


class Counter(test_steps.Counter):
    """The counter of benefits. `step` answers what was recorded, or why not."""

    async def step(self, *words: str, staff: str) -> str:
        code, said = await self("benefit", *words, staff=staff)
        assert isinstance(said, dict), said
        assert code == {True: 0, False: 1}[said["accepted"]], said
        return said["refusal"] or " ".join(said["recorded"])

    async def fact(self, elder: str, code: str, said: str, staff: str) -> str:
        """What the benefits recorded of a fact that holds from today on, by a certificate."""
        on = civil_day(self.world.clock).isoformat()
        stated = ("fact", "state", elder, code, said, "--source", "certificate", "--on", on)
        exit_code, answer = await self(*stated, staff=staff)
        assert exit_code == 0, answer
        return answer["benefits"]["refusal"] or " ".join(answer["benefits"]["recorded"])

    async def ends(self, *words: str, staff: str) -> int:
        """The exit code."""
        return (await self("benefit", *words, staff=staff))[0]

    async def show(self, elder: str = "E1") -> dict[str, Any]:
        code, said = await self("benefit", "show", elder, staff=TOWNSHIP)
        assert code == 0, said
        return said

    async def told(self, *words: str, staff: str = TOWNSHIP, code: int = 0) -> str:
        result = await asyncio.to_thread(
            CliRunner().invoke, app, ["benefit", *words, "--as", staff], env={"COLUMNS": "300"}
        )
        assert result.exit_code == code, result.output
        return result.output


async def test_a_benefit_from_the_request_through_notice_and_objection_to_its_end(world: World) -> None:
    do, today = Counter(world), civil_day(world.clock)
    assert (await do.show()) == {"elder": "E1", "known": False}
    assert await do.step("check", "E1", CARE, staff=TOWNSHIP) == "no_benefits"
    assert await do.ends("request", "E1", CARE, "--application", staff=GRID) == 2
    assert await do.ends("request", "E1", "养老服务补贴", staff=GRID) == 2
    assert "ClaimOpened" in await do.step("request", "E1", CARE, "--application", "--note", "女儿来申请", staff=GRID)
    assert await do.step("request", "E1", CARE, staff=GRID) == "ClaimAsked"
    assert await do.step("request", "E1", "nothing", staff=GRID) == "unknown_benefit"
    assert [(row["code"], row["stage"]) for row in await waiting(do)] == [(CARE, "checking")]
    assert items(world) == {(CARE, "check_benefit", "township_officer")}
    result = await asyncio.to_thread(CliRunner().invoke, app, ["worklist", "--as", TOWNSHIP], env={"COLUMNS": "300"})
    assert "待遇：核查" in result.stdout and "经济困难的高龄失能老年人养老服务补贴" in result.stdout

    # What is missing is told once; what must be known first keeps the check waiting.
    assert await do.ends("papers", "E1", CARE, staff=TOWNSHIP) == 2
    assert await do.step("papers", "E1", CARE, "photo", staff=TOWNSHIP) == "unknown_paper"
    assert await do.step("papers", "E1", CARE, "application_form", staff=TOWNSHIP) == "PapersAsked"
    assert "已一次告知补正：申请表" in await do.told("show", "E1")
    assert await do.step("papers-in", "E1", CARE, staff=GRID) == "PapersHandedIn"
    assert await do.step("papers", "E1", CARE, "application_form", staff=TOWNSHIP) == "papers_asked_before"
    assert await do.step("check", "E1", CARE, staff=TOWNSHIP) == "facts_missing"
    assert "缺少：残疾类别、残疾等级、因病卧床" in await do.told("show", "E1")
    for fact, said in (("disability_kind", "肢体"), ("disability_grade", "1")):
        assert await do.fact("E1", fact, said, staff=TOWNSHIP) == "BenefitsLookedAt"
    assert await do.step("check", "E1", CARE, staff=GRID) == "wrong_role"
    assert await do.ends("notice", "E1", CARE, staff=TOWNSHIP) == 1
    assert await do.step("check", "E1", CARE, staff=TOWNSHIP) == "ClaimChecked NoticeDue"

    # The sheet to put up has these fields and no other.
    until = today + timedelta(days=7)
    sheet = await do.told("notice", "E1", CARE, staff=ASSISTANT)
    assert sheet == (
        "公示\n姓名：王*丁\n村（社区）：示例一村\n待遇：经济困难的高龄失能老年人养老服务补贴\n拟定结果：拟享受\n"
        f"公示期：{in_words(today)}至{in_words(until)}（含）\n有异议的，请在公示期内向白帝镇提出。\n"
    )
    tomorrow = (today + timedelta(days=1)).isoformat()
    posted = ("post", "E1", CARE, "--proof", "照片存档案盒9")
    assert await do.ends(*posted, "--on", tomorrow, staff=ASSISTANT) == 2
    assert await do.step(*posted, "--on", today.isoformat(), staff=ASSISTANT) == "NoticePosted"
    assert await do.told("notice", "E1", CARE, "--on", tomorrow, staff=ASSISTANT) == sheet, "as it was put up"

    # Somebody objects; who checked does not recheck; dismissed, it goes on hanging.
    assert await do.ends("object", "E1", CARE, "--note", " ", staff=GRID) == 2
    assert await do.step("object", "E1", CARE, "--note", "邻居说有房", staff=GRID) == "ClaimObjected"
    decided = ("objection", "E1", CARE, "--note", "查过没有房")
    assert await do.ends(*decided, staff=COUNTY_OFFICER) == 2
    assert await do.step(*decided, "--dismissed", staff=TOWNSHIP) == "same_person"
    assert await do.step(*decided, "--dismissed", staff=COUNTY_OFFICER) == "ObjectionDecided"
    assert await do.ends("approve", "E1", CARE, staff=APPROVER) == 1, "it hangs"
    await world.until(world.clock + timedelta(days=10))
    assert claims(world)[CARE].stage == "approving"

    # Whoever approves has seen the amount: shown first, then typed.
    seen = await do.told("approve", "E1", CARE, staff=APPROVER, code=2)
    for line in (
        "拟定：护理类，class_1 档，每月200.00元",
        "残疾等级不超过2级：1级，通过（证件，",
        "--row class_1 --amount 200.00",
    ):
        assert line in seen, (line, seen)
    code, said = await do("benefit", "approve", "E1", CARE, staff=APPROVER)
    assert (code, said["refusal"], said["shown"]["proposed"]["fen"]) == (2, "not_typed", 20000)
    assert claims(world)[CARE].decision is None
    assert await do.ends("approve", "E1", CARE, "--row", "class_1", staff=APPROVER) == 2
    assert await do.ends("approve", "E1", CARE, "--row", "class_1", "--amount", "200", staff=APPROVER) == 2
    wrong = ("approve", "E1", CARE, "--row", "class_1", "--amount", "2000.00")
    assert await do.step(*wrong, staff=APPROVER) == "other_amount"
    right = ("approve", "E1", CARE, "--row", "class_1", "--amount", "200.00")
    assert await do.step(*right, staff=COUNTY_OFFICER) == "same_person"
    assert await do.step(*right, staff=TOWNSHIP) == "wrong_role"
    assert await do.step(*right, staff=APPROVER) == "ClaimApproved"
    assert "告知以后60日内可以向县（区）人民政府申请行政复议" in await do.told("show", "E1")
    told_on = civil_day(world.clock).isoformat()
    assert await do.step("tell", "E1", CARE, "--on", told_on, "--how", "handed", staff=GRID) == "DecisionTold"
    (claim,) = (await do.show())["claims"]
    assert (claim["decision"], claim["decided_by"], claim["told_on"]) == ("approved", APPROVER, told_on)
    assert f"{told_on}已告知，{claim['appeal_by']}（含）前可以向" in await do.told("show", "E1")
    assert await waiting(do) == []

    # In the month of 80 another class is proposed, and an allowance nobody applied for is found.
    await world.until(world.clock + timedelta(days=25))
    assert {(row["code"], row["stage"]) for row in await waiting(do)} == {(CARE, "changing"), (AGE, "checking")}
    listed = await do.told("list", staff=COUNTY_OFFICER)
    assert "改为 class_2 200.00元" in listed and "from_80_poor 100.00元" in listed and "过期0件" in listed
    seen = await do.told("change", "E1", CARE, staff=APPROVER, code=2)
    assert "拟变更为 class_2 档，每月200.00元：自2038-01" in seen and "--row class_2 --amount 200.00" in seen
    assert await do.step("change", "E1", CARE, "--stop", staff=APPROVER) == "other_amount"
    changed = ("change", "E1", CARE, "--row", "class_2", "--amount", "200.00")
    assert await do.step(*changed, staff=APPROVER) == "EntitlementChanged"
    assert "历次：2037-12至2037-12 class_1 档" in await do.told("show", "E1")

    # Stopped by a person: no rule says until when, so a month is named; then the family is told.
    stop = ("stop", "E1", CARE, "--why", "given_up", "--on", civil_day(world.clock).isoformat(), "--note", "本人不要了")
    assert await do.step(*stop, staff=APPROVER) == "month_needed"
    assert await do.ends(*stop, "--month", "2038-01-01", staff=APPROVER) == 2
    given_up = await do.step(*stop, "--month", "2038-01", staff=APPROVER)
    assert given_up == "EntitlementStopped ClaimOpened"  # what gave way to it is due now
    (care,) = [row for row in await waiting(do) if row["code"] == CARE]
    assert (care["what"], care["stage"]) == ("entitlement", "telling")
    told_on = civil_day(world.clock).isoformat()
    assert await do.step("tell", "E1", CARE, "--on", told_on, "--how", "agent", staff=GRID) == "DecisionTold"
    (held,) = (await do.show())["entitlements"]
    assert (held["through"], held["told_on"]) == ("2038-01-01", told_on)
    assert f"{told_on}已告知，{held['appeal_by']}（含）前可以向" in (await do.told("show", "E1")).split("享受 ")[1]
    for code in (AGE, CARD):
        assert await do.step("withdraw", "E1", code, "--note", "本人不要了", staff=GRID) == "ClaimWithdrawn"
    first, second = date(2037, 12, 1), date(2038, 1, 1)
    assert amounts(world) == [
        (CARE, "class_1", 20000, first, first), (CARE, "class_2", 20000, second, second),
    ]  # fmt: skip
    assert items(world) == set()
    await a_coupon_is_used(world, do)
    nothing_in_words(world, SECRETS)


async def a_coupon_is_used(world: World, do: Counter) -> None:
    """Approved like any benefit; then each bill comes in as it was paid."""
    today = civil_day(world.clock)
    state_facts(world, "E1", today, lives_here=True, gb_level="重度失能")
    assert "ClaimOpened" in await do.step("request", "E1", COUPON, staff=GRID)
    assert "ApprovalDue" in await do.step("check", "E1", COUPON, staff=TOWNSHIP)
    seen = ("--row", "moderate_or_worse", "--amount", "800.00")
    assert await do.step("approve", "E1", COUPON, *seen, staff=APPROVER) == "ClaimApproved"

    day, month = today.isoformat(), f"{today:%Y-%m}"
    home = ("redeem", "E1", COUPON, "--on", day, "--at", "home_community")
    for wrong in (
        ("--bill", "张三", "--amount", "1.00"), ("--bill", "13912345678", "--amount", "1.00"),
        ("--bill", "11010519491231002X", "--amount", "1.00"), ("--bill", "B-1", "--amount", "600"),
        ("--bill", "B-1", "--amount", "0.00"), ("--bill", "B-1", "--amount", "未定"),
    ):  # fmt: skip
        assert await do.ends(*home, *wrong, staff=GRID) == 2, wrong
    assert await do.step(*home, "--bill", "B-1", "--amount", "600.00", staff=TOWNSHIP) == "CouponRedeemed"
    code, said = await do("benefit", *home, "--bill", "25327000000012345678", "--amount", "1200.01", staff=GRID)
    assert (code, said["use"]["paid_fen"], said["use"]["left_fen"]) == (0, 50_000, 0)
    ages_ago = ("redeem", "E1", COUPON, "--on", "0001-01-01", "--at", "institution", "--bill", "B-2")
    assert await do.step(*ages_ago, "--amount", "1.00", staff=GRID) == "bill_too_old"
    assert await do.ends("take-back", "E1", COUPON, "--bill", "B-1", "--note", " ", staff=GRID) == 2
    taken = ("take-back", "E1", COUPON, "--bill", "B-1", "--note", "账单已退款")
    assert await do.step(*taken, staff=GRID) == "RedemptionTakenBack"
    told = await do.told(*home, "--bill", "B-3", "--amount", "900.00", staff=GRID)
    share = f"按50%应抵扣450.00元，{month}的额度只剩300.00元，抵扣300.00元，本人付600.00元；{month}还剩0.00元"
    assert "服务券的使用已记" in told and share in told

    told = await do.told("show", "E1")
    for line in (
        f"{month}额度800.00元，已用800.00元，还剩0.00元",
        f"{day} 账单 B-1（居家、社区服务，600.00元）抵扣300.00元，由 {TOWNSHIP} 登记，已撤销",
        f"{day} 账单 25327000000012345678（居家、社区服务，1,200.01元）抵扣500.00元，由 {GRID} 登记\n",
    ):
        assert line in told, (line, told)

    # Stopped with the month before: what was used stays, and is said to be beyond.
    ago = f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
    stop = ("stop", "E1", COUPON, "--why", "given_up", "--on", day, "--month", ago, "--note", "本人不要了")
    assert await do.step(*stop, staff=APPROVER) == "EntitlementStopped"
    told = await do.told("show", "E1")
    assert f"{month}没有额度" in told and told.count("登记，超出资格期使用") == 2
    (coupon,) = [of["coupon"] for of in (await do.show())["entitlements"] if of["coupon"]]
    assert (coupon["ceiling_fen"], coupon["used_fen"], coupon["left_fen"]) == (None, 80_000, None)
    assert [use["beyond"] for use in coupon["uses"]] == [False, True, True]


async def test_one_of_two_is_chosen_without_an_amount_and_the_other_refused(world: World) -> None:
    do, today = Counter(world), civil_day(world.clock)
    known = {"economic": "特困", "self_care": "半护理", "disability_kind": "听力", "disability_grade": 1}
    state_facts(world, "E2", today, **known, bedridden=False)
    for code in (CARD, DESTITUTE):
        assert "ClaimOpened" in await do.step("request", "E2", code, staff=GRID)
        assert await do.step("check", "E2", code, staff=TOWNSHIP) == "ClaimChecked NoticeSkipped ApprovalDue"
        assert await do.ends("notice", "E2", code, staff=TOWNSHIP) == 1
    told = await do.told("show", "E2")
    for line in ("无依据不公示", "与重度残疾人护理补贴只能选一项，请本人选择", "half_care 档，每月金额未定"):
        assert line in told, (line, told)

    # It must be chosen first; what nobody states is typed as that.
    seen = await do.told("approve", "E2", DESTITUTE, staff=COUNTY_OFFICER, code=2)
    assert "须本人先选的用 choose" in seen and "--amount" not in seen
    approved = ("approve", "E2", DESTITUTE, "--row", "half_care", "--amount", "未定")
    assert await do.step(*approved, staff=COUNTY_OFFICER) == "to_choose_first"
    assert await do.step("choose", "E2", CARE, staff=GRID) == "no_claim"
    assert await do.step("choose", "E2", DESTITUTE, staff=GRID) == "BenefitChosen"
    assert "--row half_care --amount 未定" in await do.told("approve", "E2", DESTITUTE, staff=COUNTY_OFFICER, code=2)
    assert await do.step(*approved, staff=COUNTY_OFFICER) == "ClaimApproved"
    assert amounts(world, "E2") == [(DESTITUTE, "half_care", None, date(2037, 12, 1), None)]

    # The other gives way now: sent back, checked again, refused in writing.
    assert await do.ends("return", "E2", CARD, "--note", "", staff=COUNTY_OFFICER) == 2
    assert await do.step("return", "E2", CARD, "--note", "本人选了另一项", staff=COUNTY_OFFICER) == "ClaimReturned"
    assert await do.step("check", "E2", CARD, staff=TOWNSHIP) == "ClaimChecked NoticeSkipped ApprovalDue"
    assert "拟不予批准，不公示" in await do.told("show", "E2")
    assert "让位于特困人员照料护理补贴；只能享受一项" in await do.told("show", "E2")
    typed = ("approve", "E2", CARD, "--row", "grade_1", "--amount", "80.00")
    assert await do.step(*typed, staff=COUNTY_OFFICER) == "not_proposed"
    assert await do.step("refuse", "E2", CARD, "--note", "只能一项", staff=COUNTY_OFFICER) == "ClaimRefused"
    assert await do.step("request", "E2", CARD, staff=GRID) == "tell_first"
    assert await do.step("tell", "E2", CARD, "--on", today.isoformat(), "--how", "left", staff=GRID) == "DecisionTold"
    assert (await do.show("E2"))["claims"][0]["decision"] == "refused"

    # What is known changes: another row is proposed, and a person says that it does not hold.
    await world.until(world.clock + timedelta(days=1))
    assert await do.fact("E2", "self_care", "全护理", staff=TOWNSHIP) == "BenefitsLookedAt ChangeProposed"
    assert [row["change"] for row in await waiting(do) if row["stage"] == "changing"] == ["full_care"]
    assert await do.ends("keep", "E2", DESTITUTE, "--note", " ", staff=APPROVER) == 2
    assert await do.step("keep", "E2", DESTITUTE, "--note", "评估有误", staff=APPROVER) == "ChangeDropped"
    assert await do.step("review", "E2", DESTITUTE, staff=TOWNSHIP) == "not_paid"
    assert [row["stage"] for row in await waiting(do)] == ["telling"]


async def waiting(do: Counter) -> list[dict[str, Any]]:
    code, said = await do("benefit", "list", staff=TOWNSHIP)
    assert code == 0, said
    return said["open"]


def items(world: World) -> set[tuple[str, str, str]]:
    """(benefit, item, role) of what waits on a worklist."""
    rows = table_of(WorkItemRow)
    with reading(world.house.engine) as c:
        open_ = c.execute(select(rows).where(rows.c.closed_at.is_(None), rows.c.elder_id == "E1"))
        return {(row.about, row.item, row.role) for row in open_}


def in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
