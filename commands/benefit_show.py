"""`starter.py benefit show`: where an elder's benefits stand and why, and how to appeal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer
from sqlalchemy import Row

from adapters.database import reading
from commands.acting import As, Counter, Json, plain, run
from commands.benefit_trace import Packs, as_data, in_words
from commands.benefit_words import DECISIONS, ENDS, STAGES, TRIGGERS
from commands.coupon_show import coupon_data, coupon_in_words
from commands.receipts import decisions_in, decisions_in_words
from decisions.benefit_wording import a_month
from decisions.claim_state import Claim, Holding, State
from decisions.coupon import oldest
from decisions.deadlines import civil_day
from models.benefits import BenefitKind
from models.claims import Change, ClaimStage, ClaimTrigger, NoNotice, Proposed
from models.errors import Refusal
from models.events import DecisionTold, EntitlementStopped, Event, PapersAsked
from models.ids import benefit_stream
from post.desk import Refused
from projections import read_benefits
from projections.streams import load

ElderId = Annotated[str, typer.Argument(help="老人编号")]
Code = Annotated[str, typer.Argument(help="待遇的代号，如 care_allowance")]

NOTHING_PROPOSED: dict[str, Any] = {"proposed": None, "in_words": []}


# --- reading ---------------------------------------------------------------------------------------------------------


def state_of(counter: Counter, elder: str) -> State | None:
    """What the benefits know, as recorded. None: nobody has asked for one, and none was found."""
    with reading(counter.house.engine) as connection:
        sealed = read_benefits.sealed_state(connection, elder)
    state = load(benefit_stream(elder), counter.house.sealer.open(sealed)) if sealed is not None else None
    return state if isinstance(state, State) else None


def must_have(counter: Counter, elder: str) -> State:
    """Raises Refused where nobody has ever asked for a benefit: there is no step to take."""
    state = state_of(counter, elder)
    if state is None:
        raise Refused(Refusal.NO_BENEFITS)
    return state


def claim_at(counter: Counter, elder: str, code: str, *stages: ClaimStage) -> tuple[State, Claim]:
    """The claim in hand, for a step of these stages. Raises Refused where it is elsewhere."""
    state = must_have(counter, elder)
    if state.stage(code) is None:
        raise Refused(Refusal.NO_CLAIM)
    if state.stage(code) not in stages:
        raise Refused(Refusal.CLAIM_NOT_THERE)
    return state, state.claim(code)


# --- one elder -------------------------------------------------------------------------------------------------------


def show_one(elder: ElderId, staff: As, as_json: Json = False) -> None:
    """一位老人的待遇：每项申请到了哪一步、限期、拟定什么、每个条件和依据；正在享受的；怎样申诉、到哪天。"""

    async def life(counter: Counter) -> dict[str, Any]:
        counter.seen(counter.desk.actor(staff, "benefit_show", elder), "benefit_show", elder)
        state = state_of(counter, elder)
        return {"elder": elder, "known": state is not None, **(_standing(counter, state) if state else {})}

    found = run(life, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=plain))
        return
    for said in _told(found):
        typer.echo(said)


def _standing(counter: Counter, state: State) -> dict[str, Any]:
    packs = Packs(counter)
    facts = tuple(counter.recorded_in(benefit_stream(state.elder_id)))
    asked, told = _said(each.event for each in facts)
    today = civil_day(counter.house.now())
    with reading(counter.house.engine) as connection:
        rows = {(row.code, row.n): row for row in read_benefits.claims_of(connection, state.elder_id)}
        entitlements = read_benefits.entitlements_of(connection, state.elder_id)
        uses = read_benefits.coupon_uses_of(connection, state.elder_id, oldest(today))
    return {
        "held": state.held, "gone": state.gone, "looked": state.looked,
        "claims": [
            claim_data(packs, claim, rows.get((claim.code, claim.n))) | {"papers": asked.get((claim.code, claim.n))}
            for claim in state.claims.values()
        ],
        "entitlements": [
            holding_data(packs, state, holding) | told.get((holding.code, holding.n), {})
            | {"coupon": coupon_data(state, holding, uses, today)}
            for holding in state.holdings.values()
        ],
        "amounts": [
            {name: getattr(row, name) for name in ("code", "n", "row", "fen", "from_month", "through", "held")}
            for row in entitlements
        ],
        "decisions": decisions_in(facts),
    }  # fmt: skip


def _said(facts: Iterable[Event]) -> tuple[dict[tuple[str, int], Any], dict[tuple[str, int], dict[str, Any]]]:
    """What neither fold nor rows keep, by code and number of the claim: the papers asked for; that a stop was told."""
    asked: dict[tuple[str, int], Any] = {}
    told: dict[tuple[str, int], dict[str, Any]] = {}
    stopped: set[str] = set()
    for event in facts:
        match event:
            case PapersAsked():
                asked[event.code, event.n] = event.documents
            case EntitlementStopped():
                stopped.add(event.code)
            case DecisionTold() if event.code in stopped:
                stopped.remove(event.code)
                told[event.code, event.n] = {"told_on": event.told_on, "appeal_by": event.appeal_by}
            case _:
                pass
    return asked, told


def claim_data(packs: Packs, claim: Claim, row: Row[Any] | None) -> dict[str, Any]:
    """`row`: the same claim in the tables, which knows when it was told."""
    told = ("notice", "decided_by", "told_on", "appeal_by")
    return {
        **_step(claim), "n": claim.n, "trigger": claim.trigger.value, "asked_on": claim.asked_on, "papers": None,
        "checked_by": claim.checked_by, "rechecked_by": claim.recheckers[-1] if claim.recheckers else None,
        "posted_on": claim.posted_on, "until_on": claim.until_on, "decision": claim.decision,
        "decided_on": claim.decided_on, **{name: getattr(row, name, None) for name in told},
        "appeal_days": claim.terms.appeal_days, "documents": packs.documents(claim.code, claim.proposed.hash),
        **_proposal(packs, claim.code, claim.proposed),
    }  # fmt: skip


def holding_data(packs: Packs, state: State, holding: Holding) -> dict[str, Any]:
    by, change = state.claim(holding.code).proposed, holding.change
    return {
        **_step(holding), "n": holding.n, **holding.entitlement.model_dump(mode="json"), "runs": holding.runs,
        "kind": holding.terms.kind.value, "stopped_on": holding.stopped_on, "told_on": None,
        "appeal_days": holding.terms.appeal_days, "change": change and change.model_dump(mode="json"),
        **(_proposal(packs, holding.code, holding.changed) if holding.changed else NOTHING_PROPOSED),
        "name": packs.derive(holding.code, by).benefit.name,
    }  # fmt: skip


def _step(of: Claim | Holding) -> dict[str, Any]:
    step = of.step
    return {
        "code": of.code, "stage": step.stage.value if step else None, "due_at": step.due_at if step else None,
        "escalation": step.escalation_id if step else None,
    }  # fmt: skip


def _proposal(packs: Packs, code: str, proposed: Proposed) -> dict[str, Any]:
    derived = packs.derive(code, proposed)
    return {
        "name": derived.benefit.name, "proposed": as_data(derived, proposed),
        "in_words": list(in_words(derived, proposed)),
    }  # fmt: skip


# --- in words --------------------------------------------------------------------------------------------------------


def _told(found: dict[str, Any]) -> Iterator[str]:
    elder = found["elder"]
    if not found["known"]:
        yield f"{elder}：还没有人为老人办过待遇"
        return
    if found["held"]:
        yield f"{elder}：已报老人去世，核实以前不批、不发"
    if found["gone"]:
        yield f"{elder}：已去世或迁出"
    for claim in found["claims"]:
        yield from claim_in_words(claim)
    for holding in found["entitlements"]:
        yield from holding_in_words(holding)
        if holding["coupon"]:
            yield from (f"  {said}" for said in coupon_in_words(holding["coupon"]))
        kind, rows = BenefitKind(holding["kind"]), [row for row in found["amounts"] if row["code"] == holding["code"]]
        if len(rows) > 1:
            yield f"  历次：{'；'.join(_amount(row, kind) for row in rows)}"
    yield from decisions_in_words(found["decisions"])


def claim_in_words(claim: dict[str, Any]) -> Iterator[str]:
    asked = f"第{claim['n']}次申请，{TRIGGERS[ClaimTrigger(claim['trigger'])]}，{claim['asked_on']}"
    yield f"{claim['name']}（{claim['code']}）：{_where(claim)}；{asked}"
    if claim["papers"]:
        yield f"  已一次告知补正：{'、'.join(claim['documents'].get(code, code) for code in claim['papers'])}"
    elif claim["stage"] == ClaimStage.CHECKING.value and claim["documents"]:
        yield f"  可以要的材料：{'、'.join(f'{name}（{code}）' for code, name in claim['documents'].items())}"
    if claim["checked_by"]:
        again = f"；异议由 {claim['rechecked_by']} 复核" if claim["rechecked_by"] else ""
        yield f"  由 {claim['checked_by']} 核查{again}"
    if claim["posted_on"]:
        yield f"  公示 {claim['posted_on']} 至 {claim['until_on']}"
    elif claim["notice"] in set(NoNotice):
        yield f"  {claim['notice']}"
    if claim["decision"]:
        by = f"，由 {claim['decided_by']}" if claim["decided_by"] else ""
        yield f"  {DECISIONS[claim['decision']]}{by}（{plain(claim['decided_on'])}）"
        if claim["decision"] in ("approved", "refused"):
            yield _appeal(claim)
    yield from (f"  {said}" for said in claim["in_words"])


def _appeal(of: dict[str, Any]) -> str:
    """Of a claim's decision, or of a stop."""
    until = f"告知以后{of['appeal_days']}日内"
    if of["told_on"]:
        until = f"{of['told_on']}已告知，{of['appeal_by']}（含）前"
    return f"  不服的，{until}可以向县（区）人民政府申请行政复议，也可以依法起诉"


def holding_in_words(holding: dict[str, Any]) -> Iterator[str]:
    kind = BenefitKind(holding["kind"])
    month = str(holding["from_month"])[:7]
    until = f"至{str(holding['through'])[:7]}（已停发）" if holding["through"] else "起"
    given = f"{holding['row']} 档，{a_month(kind, holding['fen'])}，{month}{until}"
    by = f"由 {holding['approved_by']} 批准，{holding['review_on']}复核"
    yield f"享受 {holding['name']}（{holding['code']}）：{given}；{by}"
    if holding["stage"]:
        yield f"  {_where(holding)}"
    if holding["stopped_on"]:
        yield _appeal(holding)
    if holding["change"]:
        yield f"  {change_in_words(Change.model_validate(holding['change']), kind)}"
    yield from (f"  {said}" for said in holding["in_words"])


def _amount(row: dict[str, Any], kind: BenefitKind) -> str:
    until = f"至{row['through']:%Y-%m}" if row["through"] else "起"
    return f"{row['from_month']:%Y-%m}{until} {row['row']} 档，{a_month(kind, row['fen'])}"


def change_in_words(change: Change, kind: BenefitKind) -> str:
    """拟停发（老人去世，2026-09-03）：末月2026-10"""
    month = f"{change.month:%Y-%m}" if change.month else "规定没有写，由决定的人写明"
    on = f"，{change.on}" if change.on else ""
    if change.ends is not None:
        return f"拟停发（{ENDS[change.ends]}{on}）：末月{month}"
    return f"拟变更为 {change.row} 档，{a_month(kind, change.fen)}：自{month}"


def _where(of: dict[str, Any]) -> str:
    if of["stage"] is None:
        return "没有在办的"
    late = f"，已过期督办：{of['escalation']}" if of["escalation"] else ""
    return f"{STAGES[ClaimStage(of['stage'])]}，{plain(of['due_at'])}前{late}"
