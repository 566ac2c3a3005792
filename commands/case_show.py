"""`starter.py case show`: where one elder's case stands, who has its open escalations, and every visit."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from adapters.database import reading
from commands.acting import As, Counter, Json, pick, plain, run, show
from decisions import case_shown, case_state
from decisions.days_said import moment
from decisions.deadlines import civil_day
from decisions.words import STATUSES, word
from models.ids import case_stream
from models.tables import StreamState, table_of
from models.values import CaseStatus
from projections import read

STREAMS = table_of(StreamState)
ElderId = Annotated[str, typer.Argument(help="老人编号")]
VISITS = {
    "id": "探访", "kind": "种类", "state": "状态", "volunteer_id": "志愿者", "due_at": "到期", "visited_on": "探访日",
    "method": "方式", "recorded_late": "补录", "cancel_reason": "取消原因",
}  # fmt: skip
ESCALATIONS = {
    "id": "编号", "cause": "事由", "urgency": "缓急", "role": "岗位", "owner_id": "责任人", "state": "状态",
    "due_at": "限期",
}  # fmt: skip


def state_of(counter: Counter, elder: str) -> case_state.State | None:
    """What the case knows, as recorded. None: it has not begun."""
    state = counter.house.state_of(case_stream(elder))
    return state if isinstance(state, case_state.State) else None


def show_case(elder: ElderId, staff: As, as_json: Json = False) -> None:
    """个案现状（在办、暂停、去世待核实、结案）、未结督办和历次探访。"""

    async def life(counter: Counter) -> dict[str, Any]:
        counter.seen(counter.desk.actor(staff, "case_show", elder), "case_show", elder)
        found = _standing(state_of(counter, elder))
        with reading(counter.house.engine) as connection:
            case = read.case(connection, elder)
            found["close_reason"] = case.close_reason if case else None
            found["escalations"] = [
                pick(row, ESCALATIONS) | {"due_at": row.climbs_at}
                for row in read.open_escalations_of(connection, elder)
            ]
            found["visits"] = [pick(row, VISITS) for row in read.visits_of(connection, elder)]
        return {"elder": elder, **found}

    found = run(life, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=plain))
        return
    typer.echo(f"{elder}：{_said(found)}")
    show(found["escalations"], ESCALATIONS, as_json=False, title="未结督办")
    show(found["visits"], VISITS, as_json=False, title=f"{elder} 的探访")


def _standing(state: case_state.State | None) -> dict[str, Any]:
    if state is None:
        return {"status": None, "suspension": None, "proposed": None, "died_on": None, "next": None}
    return {
        "status": state.status.value, "suspension": _suspension(state.suspension),
        "proposed": _suspension(state.proposed), "died_on": state.died_on, "next": _next(state),
    }  # fmt: skip


def _next(state: case_state.State) -> dict[str, Any] | None:
    """The visit that opens next."""
    found = case_shown.coming(state)
    return found.model_dump() if found else None


def _suspension(held: case_state.Suspension | None) -> dict[str, Any] | None:
    if held is None:
        return None
    return {"reason": held.reason.value, "review_on": held.review_on, "proposed_by": held.proposed_by.id}


def _said(found: dict[str, Any]) -> str:
    parts = [STATUSES[CaseStatus(found["status"])] if found["status"] else "还没有开始"]
    for key, label in (("suspension", "暂停"), ("proposed", "已提出暂停，待第二人确认")):
        if held := found[key]:
            parts.append(f"{label}：{word(held['reason'])}，{held['review_on']}复核（{held['proposed_by']}提出）")
    if coming := found["next"]:
        year = civil_day(coming["opens_at"]).year
        opens, due = (moment(coming[name], year) for name in ("opens_at", "due_at"))
        doubt = "（暂定：这一年的节假日安排还没有公布）" if coming["provisional"] else ""
        parts.append(f"下次探访{opens}起，{due}前完成{doubt}")
    if found["died_on"]:
        parts.append(f"{found['died_on']}去世")
    if found["close_reason"]:
        parts.append(f"结案原因：{word(found['close_reason'])}")
    return "；".join(parts)
