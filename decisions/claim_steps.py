"""The steps of a claim: papers, check, notice, objection, the county's word, and that the person knows of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from decisions import deadlines
from decisions.benefit_time import month_before, starts_in
from decisions.claim_rules import Found, first_month, look, missing, reached_by, rivals_of
from decisions.claim_state import Claim, State
from decisions.claim_terms import calendar_of, due, in_time, notice_until
from decisions.deadlines import civil_day, instant
from decisions.draft import Draft
from decisions.placing import take_place
from models.benefits import How, Standing
from models.benefits import Outcome as Answer
from models.claim_messages import (
    ApproveBenefit,
    AskPapers,
    BenefitBriefing,
    CheckBenefit,
    ChooseBenefit,
    ClaimMessage,
    DecideObjection,
    ObjectBenefit,
    PostNotice,
    RefuseBenefit,
    RequestBenefit,
    TellDecision,
)
from models.claims import ClaimStage, ClaimTrigger, EndCause, NoNotice
from models.errors import Refusal, StateContradicted
from models.events import (
    ApprovalDue,
    BenefitChosen,
    BenefitPolicyAdopted,
    ClaimApproved,
    ClaimAsked,
    ClaimChecked,
    ClaimObjected,
    ClaimOpened,
    ClaimRefused,
    ClaimReturned,
    ClaimWithdrawn,
    DecisionTold,
    EditionAdopted,
    EntitlementStopped,
    NoticeDue,
    NoticePosted,
    NoticeSkipped,
    ObjectionDecided,
    PapersAsked,
    PapersHandedIn,
)
from models.values import Outcome

ADULT = 18


# --- a claim begins --------------------------------------------------------------------------------------------------


def request(draft: Draft[State], message: RequestBenefit, briefing: BenefitBriefing) -> None:
    state, code = draft.state, message.code
    found = look(state, briefing, claiming=code).get(code)
    asked_on = message.asked_on or civil_day(message.received_at)
    held = state.holdings.get(code)
    claim, stage = state.claims.get(code), state.stage(code)
    if found is None:
        draft.refuse(_nobody_says(briefing))
    elif held is not None and held.runs:
        draft.refuse(Refusal.ALREADY_HELD)
    elif stage is ClaimStage.TELLING or (held is not None and held.step is not None):
        draft.refuse(Refusal.TELL_FIRST)
    elif asked_on > civil_day(message.received_at):
        draft.refuse(Refusal.IN_THE_FUTURE)
    elif claim is not None and stage is not None:
        draft.add(ClaimAsked, code=code, n=claim.n, trigger=message.trigger)
    else:
        open_claim(draft, found, message.trigger, asked_on, briefing)


def open_claim(
    draft: Draft[State], found: Found, trigger: ClaimTrigger, asked_on: date, briefing: BenefitBriefing
) -> None:
    """Under the pack in force now."""
    state, code = draft.state, found.benefit.code
    if briefing.policy is not None:
        draft.policy = briefing.policy
        draft.add(BenefitPolicyAdopted, policy=briefing.policy)
    if briefing.edition != state.edition:
        draft.add(EditionAdopted, edition=briefing.edition)
    take_place(draft, briefing)
    terms = briefing.terms[code]
    due_at = deadlines.after(terms.terms[ClaimStage.CHECKING], draft.now, calendar_of(draft))
    n = state.claims[code].n + 1 if code in state.claims else 1
    draft.add(
        ClaimOpened, code=code, n=n, trigger=trigger, asked_on=asked_on, terms=terms, proposed=found.proposed,
        due_at=due_at,
    )  # fmt: skip


def ask_papers(draft: Draft[State], message: AskPapers, briefing: BenefitBriefing) -> None:
    claim = draft.state.claim(message.code)
    if claim.papers_asked:
        draft.refuse(Refusal.PAPERS_ASKED_BEFORE)
    elif any(code not in claim.terms.documents for code in message.documents):
        draft.refuse(Refusal.UNKNOWN_PAPER)
    else:
        _goes_on(draft, claim, briefing)
        draft.add(
            PapersAsked, code=claim.code, n=claim.n, documents=message.documents,
            due_at=due(draft, claim, ClaimStage.PAPERS),
        )  # fmt: skip


def hand_in_papers(draft: Draft[State], message: ClaimMessage, briefing: BenefitBriefing) -> None:
    claim = draft.state.claim(message.code)
    _goes_on(draft, claim, briefing)
    draft.add(PapersHandedIn, code=claim.code, n=claim.n, due_at=due(draft, claim, ClaimStage.CHECKING))


# --- checked ---------------------------------------------------------------------------------------------------------


def check(draft: Draft[State], message: CheckBenefit, briefing: BenefitBriefing) -> None:
    claim, found = draft.state.claim(message.code), look(draft.state, briefing)
    mine = found.get(claim.code)
    if mine is None:
        draft.refuse(_nobody_says(briefing))
    elif missing(found, claim.code):
        draft.refuse(Refusal.FACTS_MISSING)
    else:
        _goes_on(draft, claim, briefing)
        draft.add(ClaimChecked, code=claim.code, n=claim.n, proposed=mine.proposed)
        _to_notice(draft, claim, mine, again=False)


def _to_notice(draft: Draft[State], claim: Claim, found: Found, *, again: bool) -> None:
    """公示 only where the pack has a rule for it, and only of what is to be given."""
    notice, why = claim.terms.notice, None
    if found.proposed.outcome is Answer.CANNOT_DECIDE:
        why = NoNotice.UNDECIDED
    elif not found.may_be:
        why = NoNotice.NOT_PROPOSED
    elif notice is None:
        why = NoNotice.NO_BASIS
    elif _is_minor(found, civil_day(draft.now)):
        why = NoNotice.MINOR
    if notice is None or why is not None:
        draft.add(NoticeSkipped, code=claim.code, n=claim.n, why=why or NoNotice.NO_BASIS)
        _to_county(draft, claim)
        return
    days = notice.again_days if again and notice.again_days is not None else notice.days
    draft.add(
        NoticeDue, code=claim.code, n=claim.n, days=days, unit=notice.unit, again=again,
        due_at=due(draft, claim, ClaimStage.POSTING),
    )  # fmt: skip


def _nobody_says(briefing: BenefitBriefing) -> Refusal:
    return Refusal.UNKNOWN_BENEFIT if briefing.rules else Refusal.NO_RULES


def _is_minor(found: Found, today: date) -> bool:
    born = found.proposed.sheet.facts.get("born_on")
    if born is None or not isinstance(born.value, date):
        return False
    day = born.value
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day)) < ADULT


def _to_county(draft: Draft[State], claim: Claim) -> None:
    draft.add(ApprovalDue, code=claim.code, n=claim.n, due_at=due(draft, claim, ClaimStage.APPROVING))


# --- posted, objected ------------------------------------------------------------------------------------------------


def post_notice(draft: Draft[State], message: PostNotice, briefing: BenefitBriefing) -> None:
    claim = draft.state.claim(message.code)
    if claim.step is None or claim.days is None or claim.unit is None:
        raise StateContradicted(f"{claim.code} is to be posted, and nothing says how long")
    if message.posted_on > civil_day(message.received_at):
        draft.refuse(Refusal.IN_THE_FUTURE)
    elif message.posted_on < civil_day(claim.step.since):
        draft.refuse(Refusal.TOLD_TOO_EARLY)
    else:
        _goes_on(draft, claim, briefing)
        until_on = notice_until(message.posted_on, claim.days, claim.unit, calendar_of(draft))
        draft.add(
            NoticePosted, code=claim.code, n=claim.n, posted_on=message.posted_on, until_on=until_on,
            proof=message.proof,
        )  # fmt: skip


def object_(draft: Draft[State], message: ObjectBenefit, briefing: BenefitBriefing) -> None:
    """Heard before the notice's last day was over, whenever it is decided; one more is looked into with the first."""
    claim = draft.state.claim(message.code)
    step, stage = claim.step, draft.state.stage(message.code)
    if stage is not ClaimStage.POSTING and not _hangs(claim, message.received_at):
        draft.refuse(Refusal.OBJECTION_TOO_LATE)
    elif stage is ClaimStage.RECHECKING and step is not None:
        draft.add(ClaimObjected, code=claim.code, n=claim.n, due_at=step.due_at)
    else:
        _goes_on(draft, claim, briefing)
        draft.add(ClaimObjected, code=claim.code, n=claim.n, due_at=due(draft, claim, ClaimStage.RECHECKING))


def decide_objection(draft: Draft[State], message: DecideObjection, briefing: BenefitBriefing) -> None:
    """By another than who checked. Upheld, what is known now decides, and it is posted again."""
    claim, found = draft.state.claim(message.code), look(draft.state, briefing)
    mine = found.get(claim.code)
    if draft.actor.id in claim.checkers:
        draft.refuse(Refusal.SAME_PERSON)
    elif mine is None:
        draft.refuse(_nobody_says(briefing))
    elif message.upheld and missing(found, claim.code):
        draft.refuse(Refusal.FACTS_MISSING)
    else:
        _goes_on(draft, claim, briefing)
        hangs = not message.upheld and _hangs(claim, draft.now)
        draft.add(
            ObjectionDecided, code=claim.code, n=claim.n, upheld=message.upheld,
            proposed=mine.proposed if message.upheld else None, hangs=hangs,
        )  # fmt: skip
        if message.upheld or claim.posted_on is None:
            _to_notice(draft, claim, mine, again=message.upheld)
        elif not hangs:
            _to_county(draft, claim)


def _hangs(claim: Claim, at: datetime) -> bool:
    return claim.until_on is not None and at < instant(claim.until_on + timedelta(days=1))


def choose(draft: Draft[State], message: ChooseBenefit, briefing: BenefitBriefing) -> None:
    """Of benefits of which the pack says that one only may be had."""
    found = look(draft.state, briefing).get(message.code)
    rules = briefing.rules.exclusivity if briefing.rules else ()
    one_only = [rule.code for rule in rules if rule.how is How.EXCLUSIVE]
    if found is None or found.combined.by not in one_only or not found.combined.to:
        draft.refuse(Refusal.NOTHING_TO_CHOOSE)
    else:
        draft.add(BenefitChosen, code=message.code, over=found.combined.to)


# --- the county's word -----------------------------------------------------------------------------------------------


def approve(draft: Draft[State], message: ApproveBenefit, briefing: BenefitBriefing) -> None:
    state, claim = draft.state, draft.state.claim(message.code)
    found = look(state, briefing)
    mine = found.get(claim.code)
    refusal = _why_not(draft, message, claim, mine, briefing)
    if refusal is not None or mine is None or briefing.rules is None:
        draft.refuse(refusal or _nobody_says(briefing))
        return
    today = civil_day(draft.now)
    from_month = first_month(state, mine, briefing.rules, _ruled_start(claim, mine, today))
    gives_way = [
        code for code, other in found.items()
        if code in state.holdings and state.holdings[code].runs
        and other.proposed.standing is Standing.GIVES_WAY and claim.code in other.proposed.to
    ]  # fmt: skip
    beside = [code for code in rivals_of(claim.code, briefing.rules) if code not in gives_way]
    if any(code in state.holdings and state.holdings[code].runs for code in beside):
        draft.refuse(Refusal.OTHER_RUNS)
        return
    _goes_on(draft, claim, briefing)
    draft.add(
        ClaimApproved, code=claim.code, n=claim.n, proposed=mine.proposed, from_month=from_month,
        review_on=deadlines.months_after(today, claim.terms.review_months), instead_of=tuple(gives_way),
        due_at=due(draft, claim, ClaimStage.TELLING),
    )  # fmt: skip
    for code in gives_way:
        holding = draft.state.holding(code)
        for of in (holding, draft.state.claim(code)):
            in_time(draft, of)
        draft.add(
            EntitlementStopped, code=code, why=EndCause.OTHER_BENEFIT, on=today, through=month_before(from_month),
            proposed=found[code].proposed, due_at=due(draft, holding, ClaimStage.TELLING),
        )  # fmt: skip


def _why_not(
    draft: Draft[State], message: ApproveBenefit, claim: Claim, found: Found | None, briefing: BenefitBriefing
) -> Refusal | None:
    """What whoever approves has seen is what was checked, and what is so now."""
    if draft.actor.id in _looked(claim):
        return Refusal.SAME_PERSON
    if briefing.reported:
        return Refusal.PAYMENT_HELD
    if found is None:
        return _nobody_says(briefing)
    proposed = found.proposed
    if found.may_be and not found.given:
        return Refusal.TO_CHOOSE_FIRST
    if not found.given or found.benefit.start is None:
        return Refusal.NOT_PROPOSED
    if (proposed.row, proposed.fen) != (claim.proposed.row, claim.proposed.fen):
        return Refusal.CHANGED_SINCE
    return None if (message.row, message.fen) == (proposed.row, proposed.fen) else Refusal.OTHER_AMOUNT


def _looked(claim: Claim) -> tuple[str, ...]:
    """Whoever has checked it, or looked into an objection, in any round."""
    return (*claim.checkers, *claim.recheckers)


def _ruled_start(claim: Claim, found: Found, today: date) -> date:
    benefit = found.benefit
    row = next(row for row in benefit.rows if row.code == found.proposed.row)
    if benefit.start is None:
        raise StateContradicted(f"no rule says when {benefit.code} begins")
    reached = reached_by(row, benefit, found.proposed.sheet)
    return starts_in(benefit.start, asked_on=claim.asked_on, approved_on=today, reached=reached)


def refuse(draft: Draft[State], message: RefuseBenefit, briefing: BenefitBriefing) -> None:
    claim = draft.state.claim(message.code)
    if draft.actor.id in _looked(claim):
        draft.refuse(Refusal.SAME_PERSON)
        return
    found = look(draft.state, briefing).get(claim.code)
    _goes_on(draft, claim, briefing)
    draft.add(
        ClaimRefused, code=claim.code, n=claim.n, proposed=found.proposed if found else claim.proposed,
        due_at=due(draft, claim, ClaimStage.TELLING),
    )  # fmt: skip


def return_(draft: Draft[State], message: ClaimMessage, briefing: BenefitBriefing) -> None:
    claim = draft.state.claim(message.code)
    _goes_on(draft, claim, briefing)
    draft.add(ClaimReturned, code=claim.code, n=claim.n, due_at=due(draft, claim, ClaimStage.CHECKING))


def withdraw(draft: Draft[State], code: str) -> None:
    claim = draft.state.claim(code)
    in_time(draft, claim)
    draft.add(ClaimWithdrawn, code=code, n=claim.n)


# --- the person knows ------------------------------------------------------------------------------------------------


def tell(draft: Draft[State], message: TellDecision) -> None:
    """Of a claim's decision, or of a stop. From that day the time to appeal runs."""
    state, code = draft.state, message.code
    claim, holding = state.claims.get(code), state.holdings.get(code)
    waits = [of for of in (claim, holding) if of and of.step and of.step.stage is ClaimStage.TELLING]
    if not waits:
        draft.refuse(Refusal.CLAIM_NOT_THERE if claim else Refusal.NO_CLAIM)
        return
    of = waits[0]
    decided_on = of.decided_on if isinstance(of, Claim) else of.stopped_on
    if message.told_on > civil_day(message.received_at):
        draft.refuse(Refusal.IN_THE_FUTURE)
    elif decided_on is not None and message.told_on < decided_on:
        draft.refuse(Refusal.TOLD_TOO_EARLY)
    else:
        in_time(draft, of)
        ends_on = message.told_on + timedelta(days=of.terms.appeal_days)
        draft.add(
            DecisionTold, code=code, n=of.n, told_on=message.told_on, how=message.how,
            appeal_by=deadlines.next_workday(ends_on, calendar_of(draft)),
        )  # fmt: skip


def _goes_on(draft: Draft[State], claim: Claim, briefing: BenefitBriefing) -> None:
    """Where the elder lives now, and that a ladder about the step before has nothing left to do."""
    take_place(draft, briefing)
    in_time(draft, claim, Outcome.DONE)
