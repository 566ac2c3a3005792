"""The scripted people about benefits: who applies, checks, posts, objects, approves, refuses, and tells the family.

Each story happens to one elder, with what a certificate says of them; ages, 低保 and 特困 are else the register's own.
What the rules find besides is worked off as it stands on the worklist: checked, then approved or refused as proposed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, select

from adapters.database import reading
from adapters.sql_benefit_scan import SqlBenefitScan
from adapters.sql_facts import SqlFacts
from decisions.benefit_scanning import key_of, to_offer
from decisions.benefit_time import month_of
from decisions.fact_sheet import NAME_OF, Stated
from demo.counter import LOOK, Counter, holders
from models.benefits import Outcome, Standing
from models.claim_messages import (
    ApproveBenefit,
    AskPapers,
    CheckBenefit,
    ConfirmChange,
    DecideObjection,
    FactsChanged,
    HandInPapers,
    ObjectBenefit,
    PostNotice,
    RefuseBenefit,
    RequestBenefit,
    ReturnBenefit,
    TellDecision,
)
from models.claims import ClaimStage, ClaimTrigger, FactSource, Heard, ToldHow
from models.facts import LEVELS, FactValue
from models.ids import benefit_stream
from models.tables import LevelRow, table_of
from models.values import Role
from projections import read_benefits

LEVEL_ROWS = table_of(LevelRow)
CARE, DISABILITY, DESTITUTE = "care_allowance", "severe_disability_care", "destitute_care"
SCANNED = 10  # one in so many elders is offered what a scan finds; the rest is listed and waits
NEEDS_CARE = [level.value for level, name in NAME_OF.items() if LEVELS.index(name) >= LEVELS.index("中度失能")]
POOR_AND_DISABLED: dict[str, FactValue] = {"economic": "低保", "disability_kind": "肢体", "disability_grade": 1}
DISABLED: dict[str, FactValue] = {"economic": "其他", "disability_kind": "视力", "disability_grade": 2}
WITHOUT_MEANS: dict[str, FactValue] = {"economic": "特困", "self_care": "半护理"}


class Benefits:
    """`officer_of`: who holds the post of a township's officer where an elder lives; `assistant_of`: of a village's."""

    def __init__(self, counter: Counter, officer_of: Callable[[str], str], assistant_of: Callable[[str], str]) -> None:
        house = counter.house
        self._counter = counter
        self._house = house
        self._officer_of = officer_of
        self._assistant_of = assistant_of
        self._county = holders(house, Role.COUNTY_OFFICER)[0]
        self._approver = holders(house, Role.COUNTY_APPROVER)[0]
        self._facts = SqlFacts(house.engine, house.sealer)

    # --- stories ------------------------------------------------------------------------------------------------------

    async def paid_already(self, elders: Sequence[str], since: date) -> None:
        """Whose papers have lain since the first month that is listed: approved in time for its list."""
        for elder in elders:
            await self._applied(elder, DISABILITY, DISABLED | {"disability_grade": 1}, since)
            await self._step(elder, CheckBenefit, self._officer_of(elder), DISABILITY)
            await self._approved(elder, DISABILITY)
            await self._told(elder, DISABILITY)

    async def applied_only(self, elder: str, since: date) -> None:
        """Whose papers lie and wait for the township."""
        await self._applied(elder, DISABILITY, DISABLED, since)

    async def corrected(self, elder: str, since: date) -> None:
        """The grade has been another since that month: what was listed too high is taken back by the next list."""
        await self._stated(elder, "disability_grade", 2, since)
        await self._confirmed(elder, DISABILITY, since)

    async def approved_late(self, elder: str, since: date) -> None:
        """Applied for in that month, and a paper was missing: the months that were listed meanwhile are paid after."""
        await self._applied(elder, DISABILITY, DISABLED, since)
        officer = self._officer_of(elder)
        await self._step(elder, AskPapers, officer, DISABILITY, note=self._note("缺残疾人证复印件"))
        await self._step(elder, HandInPapers, officer, DISABILITY)
        await self._step(elder, CheckBenefit, officer, DISABILITY)
        await self._approved(elder, DISABILITY)
        await self._told(elder, DISABILITY)

    async def higher_of_two(self, elder: str) -> None:
        """Both would be given, and the higher is; the county has it looked into once more before."""
        await self._applied(elder, CARE, POOR_AND_DISABLED, self._counter.today)
        officer = self._officer_of(elder)
        await self._step(elder, CheckBenefit, officer, CARE)
        await self._step(elder, ReturnBenefit, self._approver, CARE, note=self._note("请再核对低保证"))
        await self._step(elder, CheckBenefit, officer, CARE)
        await self._approved(elder, CARE)
        await self._told(elder, CARE)

    async def not_eligible(self, elder: str) -> None:
        """Applied for, and no rule gives it: refused with its reason, and told."""
        await self._applied(elder, CARE, {"economic": "低保边缘"}, self._counter.today)
        await self._step(elder, CheckBenefit, self._officer_of(elder), CARE)
        await self._refused(elder, CARE, "不是低保、特困对象，不符合条件")
        await self._told(elder, CARE)

    async def objected(self, elder: str, *, upheld: bool) -> None:
        """Posted in the village, and a neighbour objects; another than who checked looks into it.

        Dismissed, the notice hangs on to its last day, long after the demo. Upheld, what was found is stated, and the
        county refuses.
        """
        await self._applied(elder, DESTITUTE, WITHOUT_MEANS, self._counter.today)
        assistant = self._assistant_of(elder)
        await self._step(elder, CheckBenefit, self._officer_of(elder), DESTITUTE)
        await self._posted(elder, DESTITUTE)
        await self._step(elder, ObjectBenefit, assistant, DESTITUTE, note=self._note("邻居反映：家里有人赡养"))
        if upheld:
            await self._stated(elder, "economic", "其他", self._counter.today)
        found = self._note("入户属实" if upheld else "入户不属实")
        await self._step(elder, DecideObjection, self._county, DESTITUTE, upheld=upheld, note=found)
        if upheld:
            await self._refused(elder, DESTITUTE, "有法定赡养人且有赡养能力，不符合特困条件")
            await self._told(elder, DESTITUTE)

    async def ended(self, elder: str) -> None:
        """A death holds all payment at once; that it stops is a person's word, and the family is told."""
        while True:
            row = await asyncio.to_thread(self._held, elder, DISABILITY)
            if row.waits == ClaimStage.CHANGING.value or row.end_cause is not None:  # or worked off with the others
                break
            await asyncio.sleep(LOOK)
        await self.work_off()

    # --- found, and worked off ----------------------------------------------------------------------------------------

    async def found_out(self, elders: Sequence[str]) -> None:
        """By a level (who lives here, is seen at the door), and of these some by a scan of the register."""
        for elder in await asyncio.to_thread(self._in_need_of_care):
            await self._stated(elder, "lives_here", True, self._counter.today, FactSource.VISIT)
        keys = await asyncio.to_thread(self._scan)
        for elder in [elder for elder in elders if elder in keys][: max(3, len(elders) // SCANNED)]:
            await self._counter.step(
                benefit_stream(elder), elder, FactsChanged, self._officer_of(elder), action="benefit_scan",
                key=keys[elder], heard=Heard.REGISTER,
            )  # fmt: skip
        await self.work_off()

    async def work_off(self) -> None:
        """All that stands on a worklist, step by step, until only notices hang."""
        while any(waiting := await asyncio.to_thread(self._waiting)):
            claims, held = waiting
            for row in held:
                await self._next_of_held(row)
            for row in claims:
                await self._next(row)

    async def _next_of_held(self, row: Row[Any]) -> None:
        if row.waits == ClaimStage.CHANGING.value:
            await self._confirmed(row.elder_id, row.code, None)
        else:
            await self._told(row.elder_id, row.code, ToldHow.AGENT)

    async def _next(self, row: Row[Any]) -> None:
        elder, code = row.elder_id, row.code
        given = (row.outcome, row.standing) == (Outcome.ELIGIBLE.value, Standing.STANDS.value)
        match ClaimStage(row.stage):
            case ClaimStage.CHECKING if row.outcome != Outcome.CANNOT_DECIDE.value:
                await self._step(elder, CheckBenefit, self._officer_of(elder), code)
            case ClaimStage.POSTING:
                await self._posted(elder, code)
            case ClaimStage.APPROVING if given:
                await self._approved(elder, code)
            case ClaimStage.CHECKING | ClaimStage.APPROVING:
                await self._refused(elder, code, "按现在查实的情况不符合条件")
            case ClaimStage.TELLING:
                await self._told(elder, code)
            case stage:
                raise RuntimeError(f"the script leaves {code} of {elder} in {stage}")

    # --- steps --------------------------------------------------------------------------------------------------------

    async def _applied(self, elder: str, code: str, facts: dict[str, FactValue], on: date) -> None:
        """On paper, dated that day; what a certificate says is of a day before, how poor they are is asked today."""
        who = {"trigger": ClaimTrigger.APPLICATION, "asked_on": on, "note": self._note("本人申请，纸质")}
        await self._step(elder, RequestBenefit, self._assistant_of(elder), code, **who)
        for fact, value in facts.items():
            since = self._counter.today if fact == "economic" else on - timedelta(days=1)
            await self._stated(elder, fact, value, since)

    async def _stated(
        self, elder: str, fact: str, value: FactValue, on: date, source: FactSource = FactSource.CERTIFICATE
    ) -> None:
        keep = partial(self._facts.keep, Stated(fact, value, source, on), self._note("示例证件第1号").id)
        await self._counter.step(
            benefit_stream(elder), elder, FactsChanged, self._officer_of(elder), action="state_fact", keep=keep,
            heard=Heard.FACT,
        )  # fmt: skip

    async def _posted(self, elder: str, code: str) -> None:
        said = {"posted_on": self._counter.today, "proof": self._note("照片：公示栏"), "note": self._note("村公示栏")}
        await self._step(elder, PostNotice, self._assistant_of(elder), code, **said)

    async def _approved(self, elder: str, code: str) -> None:
        """With the row and the amount as they are shown."""
        row = await asyncio.to_thread(self._claim, elder, code)
        await self._step(elder, ApproveBenefit, self._approver, code, row=row.row, fen=row.fen)

    async def _refused(self, elder: str, code: str, why: str) -> None:
        await self._step(elder, RefuseBenefit, self._approver, code, note=self._note(why))

    async def _confirmed(self, elder: str, code: str, month: date | None) -> None:
        """The stop that is proposed; or the change, from `month` on, which no rule says."""
        row = await asyncio.to_thread(self._held, elder, code)
        seen = {"row": None, "fen": None} if month is None else {"row": row.change, "fen": row.change_fen}
        await self._step(elder, ConfirmChange, self._approver, code, month=month, **seen)

    async def _told(self, elder: str, code: str, how: ToldHow = ToldHow.HANDED) -> None:
        await self._step(elder, TellDecision, self._assistant_of(elder), code, told_on=self._counter.today, how=how)

    async def _step(self, elder: str, kind: type[Any], staff: str, code: str, **said: Any) -> None:
        await self._counter.step(benefit_stream(elder), elder, kind, staff, code=code, **said)

    def _note(self, words: str) -> Any:
        return self._counter.note(words)

    # --- looking ------------------------------------------------------------------------------------------------------

    def _claim(self, elder: str, code: str) -> Row[Any]:
        with reading(self._house.engine) as connection:
            row = read_benefits.claim(connection, elder, code)
        assert row is not None
        return row

    def _held(self, elder: str, code: str) -> Row[Any]:
        """The amount of the latest months."""
        with reading(self._house.engine) as connection:
            rows = read_benefits.entitlements_of(connection, elder)
        return [row for row in rows if row.code == code][-1]

    def _waiting(self) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
        """Claims, and what is paid already."""
        areas, stages = [self._house.home], [stage for stage in ClaimStage if stage is not ClaimStage.POSTED]
        with reading(self._house.engine) as connection:
            return (
                read_benefits.open_claims(connection, areas, stages),
                read_benefits.waiting_entitlements(connection, areas, stages),
            )

    def _in_need_of_care(self) -> Sequence[str]:
        query = select(LEVEL_ROWS.c.elder_id).where(LEVEL_ROWS.c.level.in_(NEEDS_CARE))
        with reading(self._house.engine) as connection:
            return connection.execute(query.order_by(LEVEL_ROWS.c.elder_id)).scalars().all()

    def _scan(self) -> dict[str, str]:
        """By elder, under which key it is told what was found."""
        today = self._counter.today
        scan = SqlBenefitScan(self._house.engine, self._house.sealer, self._house.benefits.months)
        counties = scan.counties([self._house.home], month_of(today))
        return {one.elder_id: key_of(one, today) for of in counties for one in to_offer(of.rules, of.elders)}
