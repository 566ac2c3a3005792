"""A claim to a benefit on its way, and what is paid because of it: stages, terms, what was proposed, what was approved.

Values only. The rules of benefits are `models/benefits.py`, facts about an elder `models/facts.py`. No name, phone or
free text stands here: people are ids, documents are notes sealed in the register. Money is integer fen a month.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import StrictInt

from models.benefits import BenefitKind, Outcome, PublicNotice, Standing
from models.facts import FactSheet
from models.policy import Delay
from models.values import Id, Role, Sha256, Value


class ClaimStage(StrEnum):
    """What a claim, or the entitlement that came of it, waits for. Each stage has its own term and ladder."""

    PAPERS = "papers"  # 补正: papers that were asked for
    CHECKING = "checking"  # 核查, by the township
    POSTING = "posting"  # the notice is to be put up
    POSTED = "posted"  # 公示: it hangs; only time passes
    RECHECKING = "rechecking"  # 异议复核
    APPROVING = "approving"  # 审批, by the county
    TELLING = "telling"  # 告知: approved, refused or stopped, and the person does not know yet
    CHANGING = "changing"  # another amount, or a stop, is proposed
    REVIEWING = "reviewing"  # 复核


STAGE_ROLE: dict[ClaimStage, Role] = {
    ClaimStage.PAPERS: Role.TOWNSHIP_OFFICER,
    ClaimStage.CHECKING: Role.TOWNSHIP_OFFICER,
    ClaimStage.POSTING: Role.TOWNSHIP_OFFICER,
    ClaimStage.RECHECKING: Role.TOWNSHIP_OFFICER,
    ClaimStage.APPROVING: Role.COUNTY_OFFICER,
    ClaimStage.TELLING: Role.TOWNSHIP_OFFICER,
    ClaimStage.CHANGING: Role.COUNTY_OFFICER,
    ClaimStage.REVIEWING: Role.TOWNSHIP_OFFICER,
}
"""On whose worklist a stage stands, and who is reminded of it. Who else may take it: `decisions.permits`."""


class ClaimTrigger(StrEnum):
    """Why a claim was opened."""

    APPLICATION = "application"  # 本人或代理人申请
    STAFF = "staff"  # a caseworker
    DISCOVERED = "discovered"  # 主动发现: what is known fulfils the rules, nobody applied


class Heard(StrEnum):
    """What may have changed an elder's benefits."""

    LEVEL = "level"  # a level was confirmed, or has lost its validity
    FACT = "fact"  # staff stated one
    REGISTER = "register"  # a scan of the register
    RULES = "rules"  # another version of the pack


class FactSource(StrEnum):
    """What says that a fact is so. Which paper, with its number, is in the register."""

    REGISTER = "register"  # 登记簿
    ASSESSMENT = "assessment"  # 能力评估，已确认
    CERTIFICATE = "certificate"  # 证件：残疾人证、低保证、户口簿
    DEPARTMENT = "department"  # 部门数据：残联、医保、公安
    VISIT = "visit"  # 入户核查
    STATEMENT = "statement"  # 本人或代理人陈述


class EndCause(StrEnum):
    """Why an entitlement ends. The first five are a pack's `stops`; for the others a person names the month."""

    DEATH = "death"
    MOVED_OUT = "moved_out"
    LEVEL_CHANGED = "level_changed"
    INSTITUTION = "institution"
    OTHER_BENEFIT = "other_benefit"
    RULE_ENDED = "rule_ended"  # no row gives it any more
    NOT_ELIGIBLE = "not_eligible"  # the rows do not give it to this elder any more
    GIVEN_UP = "given_up"
    FALSE_PAPERS = "false_papers"


class NoNotice(StrEnum):
    """Why no notice is put up."""

    NO_BASIS = "无依据不公示"
    MINOR = "未成年人不公示"
    NOT_PROPOSED = "拟不予批准，不公示"
    UNDECIDED = "按现有规定不能判定，不公示"


class ToldHow(StrEnum):
    HANDED = "handed"  # 当面送达
    POSTED = "posted"  # 邮寄送达
    LEFT = "left"  # 留置送达
    AGENT = "agent"  # 代理人或家属签收


class Proposed(Value):
    """What the rules of `month` gave by what was known: enough to decide it again and find the same.

    `held`, `aside`: the codes that were held, and those left out because they had been refused or given up. `to`: what
    it gives way to, or must be chosen against, by the exclusivity `by`.
    """

    month: date
    version: Id
    hash: Sha256
    outcome: Outcome
    standing: Standing
    row: Id | None
    fen: StrictInt | None
    missing: tuple[Id, ...] = ()
    open: tuple[Id, ...] = ()
    by: Id | None = None
    to: tuple[Id, ...] = ()
    held: tuple[Id, ...] = ()
    aside: tuple[Id, ...] = ()
    sheet: FactSheet


class ClaimTerms(Value):
    """How long the steps of a benefit may take, and what its notice is; as its pack says, or by our default.

    `terms`: of each stage but `POSTED`. Whoever holds the post is told once more `remind_days` before a term ends.
    `review_months` after the approval it is looked at again. `appeal_days`: from the day the person was told.
    `documents`: the papers that may be asked for.
    """

    kind: BenefitKind
    terms: dict[ClaimStage, Delay]
    remind_days: int
    review_months: int
    appeal_days: int
    notice: PublicNotice | None = None
    documents: tuple[Id, ...] = ()


class Entitlement(Value):
    """Approved: `fen` a month from `from_month` on; None: nobody states the amount, so nothing is paid.

    `through`: its last month, once a person has stopped it.
    """

    row: Id
    fen: StrictInt | None
    from_month: date
    approved_by: Id
    review_on: date
    through: date | None = None


class Amount(Value):
    """What an entitlement gave in the months before another amount, or another claim: by the `n`th claim."""

    n: int
    row: Id
    fen: StrictInt | None
    from_month: date
    through: date | None


class Redemption(Value):
    """A bill on which a service coupon was used: the bill's number and day, and what the coupon paid of it."""

    bill: Id
    on: date
    bill_fen: StrictInt
    paid_fen: StrictInt


class Change(Value):
    """What is proposed of a running entitlement: `row` and `fen` from `month` on, or an end with `month` as its last.

    `ends` None: it goes on, otherwise. `month` None: no rule says it, the person who decides names it. `on`: the day of
    what brought it about. `by_age`: nothing but an age did; it stands on the month's list and is approved with it.
    """

    ends: EndCause | None
    row: Id | None
    fen: StrictInt | None
    month: date | None
    on: date | None
    by_age: bool = False
