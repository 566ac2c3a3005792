"""The receipt of a confirmed level: by which points and changes it came about, how near the next level was.

Sections, as the standard's own report form has them, and not the 26 items: what an item is called stands in a file that
may be corrected, a receipt is the same for good. Of diagnoses only those are named that raised the level.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from decisions.ability import BAND as BAND_RULE
from decisions.ability import CAPPED, COMA, EVENTS, LEVELS, ONCE, checked_words
from decisions.assessment_state import State, begin, evolve
from decisions.closed_words import ASSESSED_BECAUSE
from decisions.closed_words import LEVELS as LEVEL_WORDS
from decisions.deadlines import SHANGHAI, civil_day
from decisions.public_notice import masked
from decisions.receipt import Place, day, name_of, who_when
from models.ability import AbilityScored, Standard
from models.assessment import AbilitySheet, ResultElsewhere
from models.errors import StateContradicted
from models.events import (
    AssessmentOpened,
    AssessmentRequested,
    LevelConfirmed,
    LevelProposed,
    Recorded,
    SheetSubmitted,
)
from models.facts import LEVEL_AT_MOST
from models.receipts import Cited, Condition, Law, Names, Part, Receipt, Told

TITLE = "老年人能力等级告知书"
NOT_BY_US = "由其他机构评定，没有用这里的量表打分"
FOUND = "评估表"
RAISED, RAISES = "：上调一级", "属于上调的情形"  # as a reason ends; what is said instead


def bodies_of(place: Place) -> tuple[str, ...]:
    """Whose names it needs."""
    proposed, state = _proposed(place), _state(place)
    found = (proposed.elsewhere.body_id if proposed.elsewhere else None, state.round and state.round.body_id)
    return tuple(body for body in found if body)


def level_receipt(place: Place, law: Law, names: Names) -> Receipt:
    recorded, event = place.recorded, place.recorded.event
    if not isinstance(event, LevelConfirmed):
        raise StateContradicted(f"{name_of(recorded)} confirms no level")
    proposed, state, sheet = _proposed(place), _state(place), _sheet(place, event.round)
    scored = proposed.scored
    until = f"有效至{day(event.valid_to)}（含）" if event.valid_to else "到重新评估为止"
    return Receipt(
        number=name_of(recorded), title=TITLE, county=names.county, whom=masked(names.elder),
        decided=LEVEL_WORDS[event.level], given=f"自{day(civil_day(recorded.at))}起，{until}", reason=None,
        told=tuple(_told(place, event, proposed, state, names)),
        parts=tuple(_parts(scored, sheet)) if scored else (), near=_near(scored) if scored else None,
        cited=(*(_reasons(scored) if scored else ()), *_law(event, law)),
        objection=_objection(event.object_by, names), object_by=_last_day(event.object_by),
        marks=(checked_words(scored.standard) if scored else NOT_BY_US,),
        decided_at=recorded.at, by=event.actor.id, role=event.actor.role, document=law.document,
        version=law.version, hash=law.hash, chained=recorded.hash,
    )  # fmt: skip


def standard_at(facts: Iterable[Recorded], at: datetime) -> Standard | None:
    """By which scale, exactly, the level was found that held at that moment; None: by none of ours."""
    proposed: dict[int, Standard | None] = {}
    held: Standard | None = None
    for each in facts:
        if each.at > at:
            break
        if isinstance(each.event, LevelProposed):
            proposed[each.event.round] = each.event.scored.standard if each.event.scored else None
        elif isinstance(each.event, LevelConfirmed):
            held = proposed.get(each.event.round)
    return held


# --- what came before ------------------------------------------------------------------------------------------------


def _state(place: Place) -> State:
    first = place.before[0].event
    if not isinstance(first, AssessmentOpened):
        raise StateContradicted(f"{place.recorded.stream} does not begin with its opening")
    state = begin(first)
    for each in place.before:
        state = evolve(state, each.event, each.at)
    return state


def _proposed(place: Place) -> LevelProposed:
    return next(each.event for each in reversed(place.before) if isinstance(each.event, LevelProposed))


def _sheet(place: Place, round_: int) -> AbilitySheet | None:
    sheets = (each.event for each in reversed(place.before) if isinstance(each.event, SheetSubmitted))
    return next((event.sheet for event in sheets if event.round == round_), None)


def _told(place: Place, event: LevelConfirmed, proposed: LevelProposed, state: State, names: Names) -> Iterator[Told]:
    asked = next(
        each.event for each in reversed(place.before)
        if isinstance(each.event, AssessmentRequested) and each.event.round == event.round
    )  # fmt: skip
    yield Told(label="缘由", words=f"{ASSESSED_BECAUSE[asked.trigger]}（第{event.round}次评估）")
    yield Told(label="评估", words=_assessed(event, proposed.elsewhere, state, names))
    yield Told(label="确认", words=who_when(place.recorded))
    use = state.rules.use if state.rules else None
    yield Told(label="用途", words=f"作为{use.value}" if use else "本县没有规定是依据还是参考依据")


def _assessed(event: LevelConfirmed, elsewhere: ResultElsewhere | None, state: State, names: Names) -> str:
    on = day(event.assessed_on)
    if elsewhere is not None:
        points = f"，总分{elsewhere.total}分" if elsewhere.total is not None else ""
        by = names.bodies.get(elsewhere.body_id, elsewhere.body_id)
        return f"{on}，{by}按 {elsewhere.standard} 评定{points}"
    if state.round is None:
        return on
    body = state.round.body_id or ""
    return f"{on}，评估员 {'、'.join(state.round.assessors)}（{names.bodies.get(body, body)}）"


# --- how it came about -----------------------------------------------------------------------------------------------


def _parts(scored: AbilityScored, sheet: AbilitySheet | None) -> Iterator[Part]:
    on = f"{FOUND}，{day(sheet.answers.assessed_on)}" if sheet else FOUND
    clause = f"{scored.standard.number}；{on}"
    sections = [
        Condition(
            words=f"{section.code} {section.name}", value=f"{section.score}分（满分{section.max}分）", source="",
            passed=None, verdict="",
        )
        for section in scored.sections
    ]  # fmt: skip
    if scored.total is not None and scored.preliminary is not None:
        most = sum(section.max for section in scored.sections)
        level = LEVEL_WORDS[scored.preliminary]
        total = f"{scored.total}分（满分{most}分）"
        sections.append(Condition(words="总分", value=total, source="", passed=None, verdict=f"初步等级：{level}"))
    if sections:
        yield Part(title="得分", passed=None, verdict="", source=clause, conditions=tuple(sections))
    raised = scored.final != scored.preliminary
    said = f"{'' if raised else '不改变，'}{LEVEL_WORDS[scored.final]}"
    yield Part(title="等级变化", passed=raised, verdict=said, source=clause, conditions=tuple(_changes(scored, sheet)))


def _changes(scored: AbilityScored, sheet: AbilitySheet | None) -> Iterator[Condition]:
    rules = {reason.rule: reason.words for reason in scored.reasons}
    diagnosed = [rules[rule] for rule in rules if rule not in (BAND_RULE, COMA, EVENTS, ONCE, CAPPED)]
    events = len(sheet.answers.events or ()) if sheet else 0
    for words, value, holds, said in (
        ("昏迷（A.5.11）", rules.get(COMA, "否"), COMA in rules, "直接评定"),
        ("疾病诊断（A.4）", "；".join(diagnosed) or "没有使等级上调的诊断", bool(diagnosed), RAISES),
        ("照护风险事件（A.2.14）", rules.get(EVENTS, f"评估表记有{events}次"), EVENTS in rules, RAISES),
    ):
        yield Condition(
            words=words, value=value.replace(RAISED, ""), source="", passed=holds,
            verdict=said if holds else "不上调",
        )  # fmt: skip


def _reasons(scored: AbilityScored) -> Iterator[Cited]:
    for reason in scored.reasons:
        yield Cited(what="等级", words=reason.words, source=f"{scored.standard.number} {reason.clause}")


def _near(scored: AbilityScored) -> str | None:
    """How many points less would have been the next, graver level; a level that was raised keeps its step up."""
    if scored.total is None or scored.preliminary is None or scored.final is LEVELS[-1]:
        return None
    further = LEVELS[LEVELS.index(scored.preliminary) + 1]
    graver = LEVELS[LEVELS.index(scored.final) + 1]
    points = scored.total - LEVEL_AT_MOST[LEVEL_WORDS[further]]
    return f"总分再低{points}分，为{LEVEL_WORDS[graver]}"


def _law(event: LevelConfirmed, law: Law) -> Iterator[Cited]:
    endless = event.valid_to is None
    valid = "到重新评估为止" if event.valid_to is None else f"到{day(event.valid_to)}"
    for key, what, words in (
        ("use", "用途", f"作为{event.use.value}" if event.use else ""),
        ("endless" if endless else "valid_months", "有效期", valid),
        ("object_within", "异议期", f"到{day(_last_day(event.object_by))}"),
    ):
        if words and key in law.cited:
            yield law.cited[key].model_copy(update={"what": what, "words": words})


def _last_day(before: datetime) -> date:
    return civil_day(before - timedelta(microseconds=1))


def _objection(object_by: datetime, names: Names) -> str:
    local = object_by.astimezone(SHANGHAI)
    until = f"{day(local.date())}{local:%H:%M}前"
    return (
        f"对结果有疑问的，{until}可以向{names.township}提出异议，由另外两名评估员复评；新的等级确认以前，这个等级有效"
    )
