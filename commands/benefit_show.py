"""`starter.py benefit show`: where an elder's benefits stand and why, and how to appeal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from commands.acting import As, Counter, Json, plain, run
from commands.coupon_show import coupon_in_words
from commands.receipts import decisions_in_words
from decisions.benefit_told import change_in_words
from decisions.benefit_wording import a_month
from decisions.claim_state import Claim, State
from decisions.closed_words import CLAIM_DECISIONS as DECISIONS
from decisions.closed_words import CLAIM_STAGES as STAGES
from decisions.closed_words import CLAIMED_BECAUSE as TRIGGERS
from models.benefits import BenefitKind
from models.claims import Change, ClaimStage, ClaimTrigger, NoNotice
from models.errors import Refusal
from models.ids import benefit_stream
from post.desk import Refused

ElderId = Annotated[str, typer.Argument(help="老人编号")]
Code = Annotated[str, typer.Argument(help="待遇的代号，如 care_allowance")]


# --- reading ---------------------------------------------------------------------------------------------------------


def state_of(counter: Counter, elder: str) -> State | None:
    """What the benefits know, as recorded. None: nobody has asked for one, and none was found."""
    state = counter.house.state_of(benefit_stream(elder))
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
        told = counter.house.benefits_told(elder)
        for each in (*told["claims"], *told["entitlements"]) if told else ():
            for_people(each)
        return {"elder": elder, "known": told is not None, **(told or {})}

    found = run(life, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=plain))
        return
    for said in _told(found):
        typer.echo(said)


def for_people(each: dict[str, Any]) -> dict[str, Any]:
    """A terminal has its trace in lines: without what only a page shows."""
    del each["parts"], each["in_short"]
    return each


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


def _where(of: dict[str, Any]) -> str:
    if of["stage"] is None:
        return "没有在办的"
    late = f"，已过期督办：{of['escalation']}" if of["escalation"] else ""
    return f"{STAGES[ClaimStage(of['stage'])]}，{plain(of['due_at'])}前{late}"
