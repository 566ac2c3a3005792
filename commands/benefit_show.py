"""`starter.py benefit show|list`: where an elder's benefits stand and why, and what waits for a person."""

from __future__ import annotations

import json
from collections import Counter as Tally
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from sqlalchemy import Row

from adapters.database import reading
from commands.acting import As, Counter, Json, plain, run, show
from commands.benefit_trace import Packs, as_data, in_words
from commands.benefit_words import DECISIONS, ENDS, STAGES, TRIGGERS
from decisions.benefit_wording import OUTCOMES, STANDINGS, a_month, yuan
from decisions.claim_state import Claim, Holding, State
from decisions.permits import areas_where
from models.benefits import BenefitKind, Outcome, Standing
from models.claims import Change, ClaimStage, ClaimTrigger, EndCause, NoNotice, Proposed
from models.errors import Refusal
from models.events import PapersAsked
from models.ids import benefit_stream
from post.desk import Refused
from projections import read_benefits
from projections.streams import load

ElderId = Annotated[str, typer.Argument(help="老人编号")]
Code = Annotated[str, typer.Argument(help="待遇的代号，如 care_allowance")]

WAITING = {
    "elder_id": "老人", "village": "村（社区）", "code": "待遇", "stage": "现在", "due_at": "限期", "what": "拟定",
    "late": "过期",
}  # fmt: skip
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
    packs, facts = Packs(counter), counter.facts_of(benefit_stream(state.elder_id))
    asked = {(event.code, event.n): event.documents for event in facts if isinstance(event, PapersAsked)}
    with reading(counter.house.engine) as connection:
        rows = {(row.code, row.n): row for row in read_benefits.claims_of(connection, state.elder_id)}
        entitlements = read_benefits.entitlements_of(connection, state.elder_id)
    return {
        "held": state.held, "gone": state.gone, "looked": state.looked,
        "claims": [
            claim_data(packs, claim, rows.get((claim.code, claim.n))) | {"papers": asked.get((claim.code, claim.n))}
            for claim in state.claims.values()
        ],
        "entitlements": [holding_data(packs, state, holding) for holding in state.holdings.values()],
        "amounts": [
            {name: getattr(row, name) for name in ("code", "n", "row", "fen", "from_month", "through", "held")}
            for row in entitlements
        ],
    }  # fmt: skip


def claim_data(packs: Packs, claim: Claim, row: Row[Any] | None) -> dict[str, Any]:
    """`row`: the same claim in the tables, which knows when it was told."""
    told = ("notice", "decided_by", "told_on", "appeal_by")
    return {
        **_step(claim), "n": claim.n, "trigger": claim.trigger.value, "asked_on": claim.asked_on, "papers": None,
        "checked_by": claim.checked_by, "rechecked_by": claim.rechecked_by,
        "posted_on": claim.posted_on, "until_on": claim.until_on, "decision": claim.decision,
        "decided_on": claim.decided_on, **{name: getattr(row, name, None) for name in told},
        "appeal_days": claim.terms.appeal_days, "documents": packs.documents(claim.code, claim.proposed.hash),
        **_proposal(packs, claim.code, claim.proposed),
    }  # fmt: skip


def holding_data(packs: Packs, state: State, holding: Holding) -> dict[str, Any]:
    by, change = state.claim(holding.code).proposed, holding.change
    return {
        **_step(holding), "n": holding.n, **holding.entitlement.model_dump(mode="json"), "runs": holding.runs,
        "kind": holding.terms.kind.value, "stopped_on": holding.stopped_on,
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
        kind, rows = BenefitKind(holding["kind"]), [row for row in found["amounts"] if row["code"] == holding["code"]]
        if len(rows) > 1:
            yield f"  历次：{'；'.join(_amount(row, kind) for row in rows)}"


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
        yield from _appeal(claim)
    yield from (f"  {said}" for said in claim["in_words"])


def _appeal(claim: dict[str, Any]) -> Iterator[str]:
    if claim["decision"] not in ("approved", "refused"):
        return
    if claim["told_on"]:
        until = f"{claim['told_on']}已告知，{claim['appeal_by']}（含）前"
    else:
        until = f"告知以后{claim['appeal_days']}日内"
    yield f"  不服的，{until}可以向县（区）人民政府申请行政复议，也可以依法起诉"


def holding_in_words(holding: dict[str, Any]) -> Iterator[str]:
    kind = BenefitKind(holding["kind"])
    month = str(holding["from_month"])[:7]
    until = f"至{str(holding['through'])[:7]}（已停发）" if holding["through"] else "起"
    given = f"{holding['row']} 档，{a_month(kind, holding['fen'])}，{month}{until}"
    by = f"由 {holding['approved_by']} 批准，{holding['review_on']}复核"
    yield f"享受 {holding['name']}（{holding['code']}）：{given}；{by}"
    if holding["stage"]:
        yield f"  {_where(holding)}"
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


# --- all that wait ---------------------------------------------------------------------------------------------------


def list_(staff: As, as_json: Json = False) -> None:
    """本人辖区内在办的申请和拟定的变更，按限期排列；各步几件，过期几件。"""

    async def life(counter: Counter) -> list[dict[str, Any]]:
        counter.seen(counter.desk.actor(staff, "benefit_show", None), "benefit_list", "")
        now = counter.house.now()
        areas = areas_where("benefit_show", counter.house.desk_store.posts_of(staff, now))
        with reading(counter.house.engine) as connection:
            claims = read_benefits.open_claims(connection, areas)
            waiting = read_benefits.waiting_entitlements(connection, areas)
        rows = [*map(_of_claim, claims), *map(_of_entitlement, waiting)]
        late = (row | {"late": row["due_at"] is not None and row["due_at"] <= now} for row in rows)
        return sorted(late, key=lambda row: (row["due_at"] is None, row["due_at"], row["elder_id"], row["code"]))

    rows = run(life, as_json=as_json)
    stages = Tally(row["stage"] for row in rows)
    late = sum(row["late"] for row in rows)
    if as_json:
        told = {"open": rows, "stages": {stage.value: stages[stage.value] for stage in STAGES}, "late": late}
        typer.echo(json.dumps(told, ensure_ascii=False, default=plain))
        return
    show([_line(row) for row in rows], WAITING, as_json=False, title="在办的待遇")
    counts = [f"{said}{stages[stage.value]}件" for stage, said in STAGES.items() if stages[stage.value]]
    typer.echo("；".join([*counts, f"过期{late}件"]))


def _of_claim(row: Row[Any]) -> dict[str, Any]:
    names = ("elder_id", "village", "code", "stage", "due_at", "outcome", "standing", "row", "fen", "decision")
    return {"what": "claim"} | {name: getattr(row, name) for name in names}


def _of_entitlement(row: Row[Any]) -> dict[str, Any]:
    names = ("elder_id", "village", "code", "row", "fen", "change", "change_fen", "change_month")
    told = {name: getattr(row, name) for name in names}
    return {"what": "entitlement", "stage": row.waits, "due_at": row.waits_until} | told


def _line(row: dict[str, Any]) -> dict[str, Any]:
    if row["what"] == "claim":
        proposed = _in_short(row)
    elif row["change"] is None:
        proposed = f"{row['row']} {yuan(row['fen'])}"
    elif row["change"] in set(EndCause):
        proposed = f"停发（{ENDS[EndCause(row['change'])]}）"
    else:
        proposed = f"改为 {row['change']} {yuan(row['change_fen'])}"
    stage, late = STAGES[ClaimStage(row["stage"])], "过期" if row["late"] else ""
    return row | {"what": proposed, "stage": stage, "late": late}


def _in_short(row: dict[str, Any]) -> str:
    if row["decision"]:
        return DECISIONS[row["decision"]]
    if row["outcome"] != Outcome.ELIGIBLE.value:
        return OUTCOMES[Outcome(row["outcome"])]
    beside = "" if row["standing"] == Standing.STANDS.value else f"（{STANDINGS[Standing(row['standing'])]}）"
    return f"{row['row']} {yuan(row['fen'])}{beside}"
