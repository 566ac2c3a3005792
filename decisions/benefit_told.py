"""Where an elder's benefits stand, as data: what `benefit show` and the benefits page tell, each in its way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from decisions import coupon
from decisions.benefit_time import month_of
from decisions.benefit_trace import Packs, as_data, every_row, in_short, in_words, why
from decisions.benefit_wording import OUTCOMES, STANDINGS, a_month, yuan
from decisions.claim_state import Claim, Holding, State
from decisions.closed_words import CLAIM_DECISIONS, END_CAUSES
from decisions.receipt_list import decisions_in
from models.benefits import BenefitKind, Outcome, Standing
from models.claims import Change, EndCause, Proposed
from models.events import DecisionTold, EntitlementStopped, Event, PapersAsked, Recorded

NOTHING_PROPOSED: dict[str, Any] = {"proposed": None, "in_words": [], "in_short": [], "parts": ()}
AMOUNTS = ("code", "n", "row", "fen", "from_month", "through", "held")


def standing(
    state: State, facts: Sequence[Recorded], packs: Packs, rows: Sequence[Any], entitlements: Sequence[Any],
    uses: Sequence[Any], today: date,
) -> dict[str, Any]:  # fmt: skip
    """`facts`: the whole stream. `rows`, `entitlements`, `uses`: the elder's in the tables."""
    asked, told = _said(each.event for each in facts)
    by_claim = {(row.code, row.n): row for row in rows}
    return {
        "held": state.held, "gone": state.gone, "looked": state.looked,
        "claims": [
            claim_data(packs, claim, by_claim.get((claim.code, claim.n))) | {"papers": asked.get((claim.code, claim.n))}
            for claim in state.claims.values()
        ],
        "entitlements": [
            holding_data(packs, state, holding) | told.get((holding.code, holding.n), {})
            | {"coupon": coupon_data(state, holding, uses, today)}
            for holding in state.holdings.values()
        ],
        "amounts": [{name: getattr(row, name) for name in AMOUNTS} for row in entitlements],
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


def claim_data(packs: Packs, claim: Claim, row: Any | None) -> dict[str, Any]:
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
        "appeal_days": holding.terms.appeal_days, "places": tuple(packs.places(holding.code, by.hash)),
        "change": change and change.model_dump(mode="json"),
        **(_proposal(packs, holding.code, holding.changed) if holding.changed else NOTHING_PROPOSED),
        "name": why(packs, holding.code, by).benefit.name,
    }  # fmt: skip


def _step(of: Claim | Holding) -> dict[str, Any]:
    step = of.step
    return {
        "code": of.code, "stage": step.stage.value if step else None, "due_at": step.due_at if step else None,
        "escalation": step.escalation_id if step else None,
    }  # fmt: skip


def _proposal(packs: Packs, code: str, proposed: Proposed) -> dict[str, Any]:
    derived = why(packs, code, proposed)
    return {
        "name": derived.benefit.name, "proposed": as_data(derived, proposed),
        "in_words": list(in_words(derived, proposed)), "in_short": list(in_short(derived, proposed)),
        "parts": every_row(derived),
    }  # fmt: skip


# --- a service coupon ------------------------------------------------------------------------------------------------


def coupon_data(state: State, holding: Holding, rows: Sequence[Any], today: date) -> dict[str, Any] | None:
    """`rows`: all bills of the elder. None: it is money. `beyond`: of a month or day it is not given for any more."""
    if holding.terms.kind is not BenefitKind.COUPON:
        return None
    month = month_of(today)
    given = holding.gives(month)
    ceiling = given.fen if given else None
    return {
        "month": month, "given": given is not None, "ceiling_fen": ceiling,
        "used_fen": sum(each.paid_fen for each in holding.used if month_of(each.on) == month),
        "left_fen": None if ceiling is None else coupon.left(ceiling, month, holding.used),
        "uses": [
            use_data(row) | {"beyond": row.taken_back_at is None and _is_beyond(state, holding, row)}
            for row in rows if row.code == holding.code
        ],
    }  # fmt: skip


def use_data(row: Any) -> dict[str, Any]:
    columns = ("bill", "month", "on", "place", "percent", "bill_fen", "paid_fen", "left_fen", "recorded_by")
    return {name: getattr(row, name) for name in columns} | {"taken_back_by": row.taken_back_by}


def _is_beyond(state: State, holding: Holding, row: Any) -> bool:
    return holding.gives(row.month) is None or (state.died_on is not None and row.on > state.died_on)


# --- in one line -----------------------------------------------------------------------------------------------------


def waits_in_short(row: dict[str, Any]) -> str:
    """What is proposed of a claim, or of what is held, that waits."""
    if row["what"] == "claim":
        return _claim_in_short(row)
    if row["change"] is None:
        return f"{row['row']} {yuan(row['fen'])}"
    if row["change"] in set(EndCause):
        return f"停发（{END_CAUSES[EndCause(row['change'])]}）"
    return f"改为 {row['change']} {yuan(row['change_fen'])}"


def _claim_in_short(row: dict[str, Any]) -> str:
    if row["decision"]:
        return CLAIM_DECISIONS[row["decision"]]
    if row["outcome"] != Outcome.ELIGIBLE.value:
        return OUTCOMES[Outcome(row["outcome"])]
    beside = "" if row["standing"] == Standing.STANDS.value else f"（{STANDINGS[Standing(row['standing'])]}）"
    return f"{row['row']} {yuan(row['fen'])}{beside}"


def change_in_words(change: Change, kind: BenefitKind) -> str:
    """拟停发（老人去世，2026-09-03）：末月2026-10"""
    month = f"{change.month:%Y-%m}" if change.month else "规定没有写，由决定的人写明"
    on = f"，{change.on}" if change.on else ""
    if change.ends is not None:
        return f"拟停发（{END_CAUSES[change.ends]}{on}）：末月{month}"
    return f"拟变更为 {change.row} 档，{a_month(kind, change.fen)}：自{month}"
