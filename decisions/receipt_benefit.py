"""The receipt of a decision about a benefit: what the rules gave by what was known then, and what a person decided.

Of what is given the row it is given by is told; of what is not, every row, because any of them could have given it. The
whole trace of either is `benefit show`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from decisions.ability import checked_words
from decisions.benefit import NO_ROWS
from decisions.benefit_time import month_of, paid_through
from decisions.benefit_wording import OUTCOMES, a_month, yuan
from decisions.claim_fold import evolve
from decisions.claim_state import Claim, Holding, State, begin
from decisions.closed_words import CLAIMED_BECAUSE, END_CAUSES, TOLD_HOW
from decisions.deadlines import civil_day
from decisions.derived import GAVE_OTHERWISE, Derived, beside, derive, named
from decisions.public_notice import masked
from decisions.receipt import OF_BENEFITS, Place, day, month, name_of, who_when, without_numbers
from decisions.receipt_rows import asked, near, parts, shown
from models.ability import Standard
from models.benefits import Benefit, BenefitKind, BenefitRules, StopCause
from models.claims import EndCause, Proposed
from models.errors import StateContradicted
from models.events import (
    BenefitsOpened,
    ChangeDropped,
    ClaimApproved,
    ClaimChecked,
    ClaimRefused,
    DecisionTold,
    EntitlementChanged,
    EntitlementReviewed,
    EntitlementStopped,
    NoticePosted,
    NoticeSkipped,
    ObjectionDecided,
    Recorded,
)
from models.facts import FACTS
from models.receipts import Cited, Law, Names, Receipt, Told

Ruled = (
    ClaimApproved | ClaimRefused | ObjectionDecided | EntitlementChanged | ChangeDropped | EntitlementStopped
    | EntitlementReviewed
)  # fmt: skip
TITLES: dict[type[Ruled], str] = {
    ClaimApproved: "待遇批准告知书",
    ClaimRefused: "待遇不予批准告知书",
    ObjectionDecided: "公示异议复核告知书",
    EntitlementChanged: "待遇变更告知书",
    ChangeDropped: "待遇不作变更告知书",
    EntitlementStopped: "待遇停发告知书",
    EntitlementReviewed: "待遇复核告知书",
}
DECIDED: dict[type[Ruled], str] = {
    ClaimApproved: "批准", ClaimRefused: "不予批准", ObjectionDecided: "复核", EntitlementChanged: "决定",
    ChangeDropped: "决定", EntitlementStopped: "决定", EntitlementReviewed: "复核",
}  # fmt: skip
TOLD_IN_WRITING = (ClaimApproved, ClaimRefused, EntitlementStopped)
NO_AMOUNT = "没有文件写明金额：县里写明金额和文号以前不发放"
NO_MONEY = "服务券是每月抵扣服务费的上限，不发现金"
NOT_BY_RULE = "没有逐项判断条件"
NOT_YET_FINAL = "这是公示期间对异议的处理；批准或不予批准时另有告知书，写明怎样申诉"


class Ruling(NamedTuple):
    """A decision with what was known before it. `claim`: to that benefit, the last. `told`: that the person knows."""

    place: Place
    event: Ruled
    claim: Claim
    holding: Holding | None
    proposed: Proposed | None
    told: DecisionTold | None

    @property
    def month(self) -> date:
        """By whose rules it was proposed, or, where nothing was, decided."""
        return self.proposed.month if self.proposed else month_of(civil_day(self.place.recorded.at))

    @property
    def hashes(self) -> tuple[str, ...]:
        """The packs it may have been decided by: the first that has the benefit."""
        return (self.proposed.hash,) if self.proposed else (self.event.policy_hash, self.claim.proposed.hash)

    @property
    def has_reason(self) -> bool:
        """What was typed with it is a reason for the elder; else it is a remark, or may name whoever objected."""
        stopped = isinstance(self.event, EntitlementStopped) and self.event.why is not EndCause.OTHER_BENEFIT
        return stopped or isinstance(self.event, ClaimRefused | ChangeDropped)


def ruling_of(place: Place) -> Ruling:
    event = place.recorded.event
    if not isinstance(event, OF_BENEFITS):
        raise StateContradicted(f"{name_of(place.recorded)} decides about no benefit")
    state = _state(place)
    claim, holding = state.claim(event.code), state.holdings.get(event.code)
    told = (each.event for each in place.after if isinstance(each.event, DecisionTold))
    first = next((each for each in told if each.code == event.code), None)
    return Ruling(
        place, event, claim, holding, _proposed(event, claim, holding),
        first if isinstance(event, TOLD_IN_WRITING) else None,
    )  # fmt: skip


def benefit_receipt(
    ruling: Ruling, rules: BenefitRules, law: Law, names: Names, reason: str | None, scale: Standard | None
) -> Receipt:
    """`rules` and `law`: of the pack and month the ruling names. `reason`: as it was typed. `scale`: by which the level
    was found that held then.
    """
    recorded, event, proposed = ruling.place.recorded, ruling.event, ruling.proposed
    derived = derive(rules, event.code, proposed) if proposed else None
    benefit = next((each for each in rules.benefits if each.code == event.code), None)
    decided, given = _said(ruling, law.names.get(event.code, event.code))
    return Receipt(
        number=name_of(recorded), title=TITLES[type(event)], county=names.county, whom=masked(names.elder),
        decided=decided, given=given, reason=without_numbers(reason, names.elder) if reason else None,
        told=tuple(_told(ruling, derived, law)), parts=tuple(parts(derived)) if derived else (),
        near=near(derived) if derived else None,
        cited=tuple(_cited(ruling, derived, benefit, law)), objection=_objection(ruling, names),
        object_by=ruling.told.appeal_by if ruling.told else None, marks=tuple(_marks(ruling, derived, scale)),
        decided_at=recorded.at, by=event.actor.id, role=event.actor.role, document=law.document,
        version=law.version, hash=law.hash, chained=recorded.hash,
    )  # fmt: skip


# --- what came before ------------------------------------------------------------------------------------------------


def _state(place: Place) -> State:
    first = place.before[0].event
    if not isinstance(first, BenefitsOpened):
        raise StateContradicted(f"{place.recorded.stream} does not begin with its opening")
    state = begin(first)
    for each in place.before:
        state = evolve(state, each.event, each.at)
    return state


def _proposed(event: Ruled, claim: Claim, holding: Holding | None) -> Proposed | None:
    match event:
        case ChangeDropped():
            return holding.changed if holding else None
        case ObjectionDecided():
            return event.proposed or claim.proposed
        case _:
            return event.proposed


# --- what was decided ------------------------------------------------------------------------------------------------


def _said(ruling: Ruling, name: str) -> tuple[str, str]:
    """The decision, and what follows from it."""
    event, kind = ruling.event, ruling.claim.terms.kind
    on = day(civil_day(ruling.place.recorded.at))
    match event:
        case ClaimApproved():
            return f"批准：{name}", f"自{month(event.from_month)}起，{a_month(kind, event.proposed.fen)}"
        case ClaimRefused():
            return f"不予批准：{name}", f"{on}决定"
        case ObjectionDecided():
            return f"异议{'' if event.upheld else '不'}成立：{name}", _after_objection(event)
        case EntitlementChanged():
            return f"变更：{name}", f"自{month(event.from_month)}起，{a_month(kind, event.fen)}"
        case ChangeDropped():
            return f"不作变更：{name}", _goes_on(ruling, kind)
        case EntitlementStopped():
            first = ruling.holding.first if ruling.holding else event.through
            last = "一个月也不发" if event.through < first else f"发到{month(event.through)}（含）"
            return f"停发：{name}", f"{last}；原因：{_cause(event)}"
        case EntitlementReviewed():
            return f"复核后继续享受：{name}", f"{_goes_on(ruling, kind)}；{day(event.review_on)}再复核"


def _after_objection(event: ObjectionDecided) -> str:
    if event.upheld:
        return "按现在知道的情况重新拟定"
    return "维持原来拟定的结果，公示继续" if event.hangs else "维持原来拟定的结果"


def _goes_on(ruling: Ruling, kind: BenefitKind) -> str:
    return f"照旧：{a_month(kind, ruling.holding.entitlement.fen)}" if ruling.holding else "照旧"


def _cause(event: EntitlementStopped) -> str:
    return f"{END_CAUSES[event.why]}{f'（{day(event.on)}）' if event.on else ''}"


# --- how it came about -----------------------------------------------------------------------------------------------


def _told(ruling: Ruling, derived: Derived | None, law: Law) -> Iterator[Told]:
    event, claim, place = ruling.event, ruling.claim, ruling.place
    if isinstance(event, ClaimApproved | ClaimRefused | ObjectionDecided):
        because = f"{CLAIMED_BECAUSE[claim.trigger]}，{day(claim.asked_on)}（第{claim.n}次）"
        yield Told(label="受理", words=because)
        yield from _of_the_claim(place, claim)
    yield Told(label=DECIDED[type(event)], words=who_when(place.recorded))
    if isinstance(event, ClaimApproved) and event.instead_of:
        yield Told(label="代替", words=f"{named(event.instead_of, law.names)}，另有停发告知书")
    if derived is not None and ruling.proposed is not None:
        yield from _by_rule(derived, ruling.proposed)
    else:
        why = f"：{_cause(event)}" if isinstance(event, EntitlementStopped) else ""
        yield Told(label="按规定", words=f"{NOT_BY_RULE}{why}")
    if ruling.told is not None:
        yield Told(label="告知", words=f"{day(ruling.told.told_on)}，{TOLD_HOW[ruling.told.how]}")


def _of_the_claim(place: Place, claim: Claim) -> Iterator[Told]:
    def last(*kinds: type) -> Recorded | None:
        mine = (each for each in reversed(place.before) if isinstance(each.event, kinds))
        return next((each for each in mine if _key(each) == (claim.code, claim.n)), None)

    checked, notice = last(ClaimChecked), last(NoticePosted, NoticeSkipped)
    yield Told(label="核查", words=who_when(checked) if checked else "没有核查就作了决定")
    match notice.event if notice else None:
        case NoticePosted() as posted:
            yield Told(label="公示", words=f"{day(posted.posted_on)}至{day(posted.until_on)}（含）")
        case NoticeSkipped() as skipped:
            yield Told(label="公示", words=skipped.why.value)
        case _:
            pass


def _key(recorded: Recorded) -> tuple[str, int]:
    return getattr(recorded.event, "code", ""), getattr(recorded.event, "n", 0)


def _by_rule(derived: Derived, proposed: Proposed) -> Iterator[Told]:
    kind, found = derived.benefit.kind, OUTCOMES[proposed.outcome]
    gives = f"，{a_month(kind, proposed.fen)}" if proposed.row else ""
    yield Told(label="按规定", words=f"{month(proposed.month)}的规定：{found}{gives}")
    for said in beside(derived.rules, proposed):
        yield Told(label="与其他待遇", words=said.removeprefix("与其他待遇："))
    if proposed.missing:
        yield Told(label="缺少", words="、".join(FACTS[code].name for code in proposed.missing))
    questions = {case.code: case.question for case in derived.benefit.open}
    for code in proposed.open:
        no_rows = "没有一份文件写明发给谁" if code == NO_ROWS else code
        yield Told(label="没有规定", words=questions.get(code, no_rows))


# --- by which rules, and what against it -----------------------------------------------------------------------------


def _cited(ruling: Ruling, derived: Derived | None, benefit: Benefit | None, law: Law) -> Iterator[Cited]:
    event, proposed = ruling.event, ruling.proposed
    row = next((row for row in benefit.rows if row.code == proposed.row), None) if benefit and proposed else None
    if row is not None and row.fen_source:
        yield Cited(what="金额", words=yuan(row.fen), source=row.fen_source)
    if isinstance(event, ClaimApproved) and "start" in law.cited:
        yield law.cited["start"]
    if isinstance(event, ClaimApproved | EntitlementChanged):
        yield from (cited for key, cited in law.cited.items() if key.startswith("offset."))
    if isinstance(event, EntitlementStopped) and (stop := _stop(event, benefit, law)) is not None:
        yield stop
    if derived is not None and any("age" in asked(trace) for trace in shown(derived)) and "birthday" in law.cited:
        yield law.cited["birthday"]
    if not isinstance(event, ObjectionDecided):
        yield Cited(what="申诉", words=f"{ruling.claim.terms.appeal_days}日", source=law.appeal)


def _stop(event: EntitlementStopped, benefit: Benefit | None, law: Law) -> Cited | None:
    """The pack's rule of the last month, where it gives the month that was decided."""
    if benefit is None or event.on is None or event.why.value not in set(StopCause):
        return None
    by_rule = paid_through(benefit, StopCause(event.why.value), event.on)
    return law.cited.get(f"stop.{event.why.value}") if by_rule == event.through else None


def _objection(ruling: Ruling, names: Names) -> str:
    if isinstance(ruling.event, ObjectionDecided):
        return NOT_YET_FINAL
    days = (ruling.holding or ruling.claim).terms.appeal_days
    until = f"自知道这项决定之日起{days}日内"
    if ruling.told is not None:
        until = f"{day(ruling.told.appeal_by)}（含）以前"
    return f"不服的，{until}可以向{names.county}人民政府申请行政复议，也可以依法向人民法院起诉"


def _marks(ruling: Ruling, derived: Derived | None, scale: Standard | None) -> Iterator[str]:
    event, kind = ruling.event, ruling.claim.terms.kind
    gives = isinstance(event, ClaimApproved | EntitlementChanged)
    fen = event.proposed.fen if gives else 0
    if gives and kind is BenefitKind.COUPON:
        yield NO_MONEY
    elif gives and fen is None:
        yield NO_AMOUNT
    facts = {fact for trace in shown(derived) for fact in asked(trace)} if derived else set[str]()
    if scale is not None and facts & {"gb_level", "gb_score"}:
        yield f"能力等级（{scale.number}）{checked_words(scale)}"
    if derived is not None and not derived.same:
        yield GAVE_OTHERWISE
