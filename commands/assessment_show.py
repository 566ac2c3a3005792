"""`starter.py assessment show|list`: where an elder's assessment stands and why, and which are under way."""

from __future__ import annotations

import json
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer
from sqlalchemy import Row

from adapters.database import reading
from commands.acting import As, Counter, Json, pick, plain, run, show
from commands.receipts import decisions_in_words
from decisions.ability import checked_words
from decisions.assessment_state import State
from decisions.assessment_words import CONSENTS, HOW, PLACES, RELATIONS, STAGES
from decisions.closed_words import LEVELS
from decisions.permits import areas_where
from decisions.receipt_list import decisions_in
from models.ability import AbilityLevel, AbilityScored
from models.assessment import AbilitySheet, ResultElsewhere, Stage, Trigger
from models.errors import Refusal
from models.events import LevelProposed, Recorded
from models.ids import assessment_stream
from models.values import Role
from policies import scales
from post.desk import Refused
from projections import read_assessments

ElderId = Annotated[str, typer.Argument(help="老人编号")]

TRIGGERS = {
    Trigger.VISIT: "探访发现", Trigger.STAFF: "工作人员提出", Trigger.APPLICATION: "本人或代理人申请",
    Trigger.TURNED_80: "满80周岁", Trigger.POOR: "新列低保、特困", Trigger.DISABLED: "新列失能、失智",
    Trigger.EXPIRY: "有效期将满", Trigger.CHANGE: "情况有变", Trigger.OBJECTION: "异议复评",
}  # fmt: skip
OPEN = {
    "elder_id": "老人", "village": "村（社区）", "stage": "现在", "due_at": "限期", "trigger": "缘由",
    "first_id": "评估员一", "second_id": "评估员二", "late": "过期",
}  # fmt: skip


# --- reading ---------------------------------------------------------------------------------------------------------


def state_of(counter: Counter, elder: str) -> State | None:
    """What the assessments know, as recorded. None: nobody has asked for one."""
    state = counter.house.state_of(assessment_stream(elder))
    return state if isinstance(state, State) else None


def row_of(counter: Counter, elder: str, n: int) -> Row[Any]:
    with reading(counter.house.engine) as connection:
        return read_assessments.round_of(connection, elder, n)


def _proposed(facts: Iterable[Recorded]) -> dict[int, LevelProposed]:
    """What was last proposed in each round."""
    return {each.event.round: each.event for each in facts if isinstance(each.event, LevelProposed)}


# --- one elder -------------------------------------------------------------------------------------------------------


def show_one(
    elder: ElderId, staff: As,
    sheet: Annotated[bool, typer.Option("--sheet", help="列出在办的评估表各项")] = False, as_json: Json = False,
) -> None:  # fmt: skip
    """一位老人的评估：到了哪一步、限期、由谁办；得分、等级和理由；现在有效的等级。"""

    async def life(counter: Counter) -> dict[str, Any]:
        actor = counter.desk.actor(staff, "assessment_show", elder)
        counter.seen(actor, "assessment_show", elder)
        state = state_of(counter, elder)
        if state is None:
            return {"elder": elder, "stage": None}
        if sheet and actor.role is Role.ASSESSOR and (state.round is None or staff not in state.round.assessors):
            raise Refused(Refusal.NOT_THE_ASSESSOR)
        if sheet and state.is_blind(staff):
            raise Refused(Refusal.OWN_SHEET)
        return {"elder": elder, **_standing(counter, state, whole=sheet)}

    found = run(life, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=plain))
        return
    for line in _told(found):
        typer.echo(line)


def _standing(counter: Counter, state: State, *, whole: bool) -> dict[str, Any]:
    """`whole`: with the answers of the sheet in hand, for who is to sign it."""
    found: dict[str, Any] = {"stage": state.stage.value, "rounds": state.rounds, "round": None, "level": None}
    facts = tuple(counter.recorded_in(assessment_stream(state.elder_id)))
    proposed = _proposed(facts)
    if (held := state.round) is not None:
        row = row_of(counter, state.elder_id, held.n)
        found["round"] = {
            "n": held.n, "trigger": held.trigger.value, "reason": row.reason, "due_at": held.due_at,
            "first": held.first, "second": held.second, "body": held.body_id, "not_these": held.not_these,
            "escalation": held.escalation_id, "proposed": held.proposed.value if held.proposed else None,
            "disputed": [one.model_dump(mode="json", include={"item", "first", "second"}) for one in held.disputed],
            **_found(proposed.get(held.n) if held.proposed else None),
        }  # fmt: skip
        if whole and held.sheet is not None:
            found["round"]["sheet"] = held.sheet.model_dump(mode="json")
    with reading(counter.house.engine) as connection:
        row = read_assessments.level_of(connection, state.elder_id)
    if row is not None:
        found["level"] = {
            "level": row.level, "round": row.round, "assessed_on": row.assessed_on, "valid_to": row.valid_to,
            "object_by": row.object_by, "confirmed_by": row.confirmed_by, "confirmed_at": row.confirmed_at,
            "expired": row.expired, **_found(proposed.get(row.round)),
        }  # fmt: skip
    found |= {"use": state.rules.use if state.rules else None, "decisions": decisions_in(facts)}
    return found


def _found(proposed: LevelProposed | None) -> dict[str, Any]:
    """By which it was proposed: `scored` with sections and reasons, or `elsewhere`."""
    scored = proposed.scored if proposed else None
    return {
        "scored": scored.model_dump(mode="json") if scored else None,
        "elsewhere": proposed.elsewhere.model_dump(mode="json") if proposed and proposed.elsewhere else None,
        "checked": checked_words(scored.standard) if scored else None,
    }


# --- in words --------------------------------------------------------------------------------------------------------


def _told(found: dict[str, Any]) -> Iterator[str]:
    elder = found["elder"]
    if found["stage"] is None:
        yield f"{elder}：还没有人申请过评估"
        return
    yield f"{elder}：{STAGES[Stage(found['stage'])]}"
    if held := found["round"]:
        who = "、".join(filter(None, (held["first"], held["second"])))
        yield f"第{held['n']}次评估，{TRIGGERS[Trigger(held['trigger'])]}，{plain(held['due_at'])}前" + (
            f"；评估员 {who}（机构 {held['body']}）" if who else ""
        )
        if held["not_these"]:
            yield f"复评须换人，不能再由 {'、'.join(held['not_these'])} 评估"
        if held["escalation"]:
            yield f"已过期督办：{held['escalation']}"
        for one in held["disputed"]:
            yield f"有争议：{one['item']} 第一名评{one['first']}分，第二名评{one['second']}分"
        if held["proposed"]:
            yield f"拟定等级：{LEVELS[AbilityLevel(held['proposed'])]}"
            yield from _found_in_words(held)
        if "sheet" in held:
            yield from _sheet_in_words(AbilitySheet.model_validate(held["sheet"]))
    if level := found["level"]:
        until = f"至{level['valid_to']}" if level["valid_to"] else "至下次评估"
        over = "，已过有效期" if level["expired"] else ""
        held = LEVELS[AbilityLevel(level["level"])]
        yield f"等级：{held}（第{level['round']}次，{level['assessed_on']}评估，有效{until}{over}）"
        confirmed_at, object_by = plain(level["confirmed_at"]), plain(level["object_by"])
        yield f"由 {level['confirmed_by']} 于{confirmed_at}确认；{object_by}前可以提出异议"
        yield from _found_in_words(level)
    yield f"结果的用途：{found['use'] or '本县没有规定'}"
    yield from decisions_in_words(found["decisions"])


def _found_in_words(found: dict[str, Any]) -> Iterator[str]:
    if found["scored"]:
        scored = AbilityScored.model_validate(found["scored"])
        for section in scored.sections:
            yield f"  {section.code} {section.name} {section.score}/{section.max}"
        yield f"  {summed_up(scored)}"
        for reason in scored.reasons:
            yield f"  {reason.words}〔{reason.clause}〕"
        yield f"  {scored.standard.number}  {found['checked']}"
    elif found["elsewhere"]:
        there = ResultElsewhere.model_validate(found["elsewhere"])
        points = f"，总分{there.total}" if there.total is not None else ""
        yield f"  由 {there.body_id} 于{there.assessed_on}按 {there.standard} 评出{points}"


def summed_up(scored: AbilityScored) -> str:
    """总分46，初步等级中度失能，等级重度失能."""
    total = f"总分{scored.total}，" if scored.total is not None else ""
    first = f"初步等级{LEVELS[scored.preliminary]}，" if scored.preliminary else ""
    return f"{total}{first}等级{LEVELS[scored.final]}"


def _sheet_in_words(sheet: AbilitySheet) -> Iterator[str]:
    """What is in words on it stays sealed: the second was there."""
    scale, answers, consent = scales.load(), sheet.answers, sheet.consent
    where, who_told = PLACES[sheet.place.kind], RELATIONS[sheet.provider.relation]
    yield f"  评估基准日期{answers.assessed_on}，{where}；信息提供者：{who_told}"
    yield f"  {consent.given_on}{CONSENTS[consent.by]}同意（{HOW[consent.how]}），告知书 {consent.notice_version}"
    changes = scale.changes
    for section in scale.sections:
        for item in section.items:
            points = answers.scores.get(item.code)
            said = "没有填" if points is None else f"{points}分 {item.options[item.max - int(points)]}"
            yield f"  {item.code} {item.name}：{said}"
    yield f"  {changes.coma.field} {changes.coma.name}：{'是' if answers.coma else '否'}"
    by_whom = {True: "（精神科医生诊断）", False: "（不是精神科医生诊断）", None: ""}
    codes = [f"{one.code}{by_whom[one.by_psychiatrist]}" for one in answers.diagnoses or ()]
    yield f"  {changes.diagnosed.field} {changes.diagnosed.name}：{'、'.join(codes) or '无'}"
    events = [f"{changes.events.kinds[one.kind]} {one.on}" for one in answers.events or ()]
    yield f"  {changes.events.field} {changes.events.name}：{'、'.join(events) or '无'}"


# --- all that are under way ------------------------------------------------------------------------------------------


def list_(staff: As, as_json: Json = False) -> None:
    """本人辖区内在办的评估，按限期排列；各步几件，过期几件。评估员只看自己的。"""

    async def life(counter: Counter) -> list[dict[str, Any]]:
        counter.seen(counter.desk.actor(staff, "assessment_show", None), "assessment_list", "")
        now = counter.house.now()
        posts = counter.house.desk_store.posts_of(staff, now)
        areas = areas_where("assessment_show", tuple(post for post in posts if post.role is not Role.ASSESSOR))
        with reading(counter.house.engine) as connection:
            named = read_assessments.Named(staff, areas_where("submit_sheet", posts))
            open_ = read_assessments.open_rounds(connection, areas, named)
        return [pick(row, OPEN) | {"late": row.due_at is not None and row.due_at <= now} for row in open_]

    rows = run(life, as_json=as_json)
    stages = Tally(row["stage"] for row in rows)
    late = sum(row["late"] for row in rows)
    if as_json:
        told = {"open": rows, "stages": {stage.value: stages[stage.value] for stage in STAGES}, "late": late}
        typer.echo(json.dumps(told, ensure_ascii=False, default=plain))
        return
    said = [
        row | {
            "stage": STAGES[Stage(row["stage"])], "trigger": TRIGGERS[Trigger(row["trigger"])],
            "late": "过期" if row["late"] else "",
        }
        for row in rows
    ]  # fmt: skip
    show(said, OPEN, as_json=False, title="在办的评估")
    counts = [f"{STAGES[stage]}{stages[stage.value]}件" for stage in STAGES if stages[stage.value]]
    typer.echo("；".join([*counts, f"过期{late}件"]))
