"""The level of ability by GB/T 42195-2022, with every reason. Pure: the scale comes in as a value.

Refused before incomplete, incomplete before scored: a wrong answer is told at once, a missing one is never taken for 0
or for "no". What is not verified against the standard's own text: `docs/ability.md`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from models.ability import (
    AbilityAnswers,
    AbilityBand,
    AbilityIncomplete,
    AbilityItem,
    AbilityLevel,
    AbilityProblem,
    AbilityReason,
    AbilityRefused,
    AbilityResult,
    AbilityScale,
    AbilityScored,
    CareEvent,
    CareRisk,
    Diagnosis,
    DiagnosisRange,
    SectionScore,
    Standard,
    Unanswered,
)

LEVELS = tuple(AbilityLevel)  # mildest first

BAND, COMA, EVENTS, ONCE, CAPPED = "band", "coma", "care_risk_events", "once", "capped"


def score(scale: AbilityScale, answers: AbilityAnswers) -> AbilityResult:
    """The proposed level, or what is missing, or what is wrong: each named as on the form."""
    if problems := tuple(_problems(scale, answers)):
        return AbilityRefused(standard=scale.standard, problems=problems)
    if missing := tuple(_missing(scale, answers)):
        return AbilityIncomplete(standard=scale.standard, missing=missing)
    sections = _sections(scale, answers)
    total = sum(section.score for section in sections) if sections else None
    band = None if total is None else next(band for band in scale.bands if band.low <= total <= band.high)
    final, reasons = _final(scale, answers, band)
    return AbilityScored(
        standard=scale.standard,
        sections=sections,
        total=total,
        preliminary=None if band is None else band.level,
        final=final,
        reasons=(*([] if band is None else [_of_band(band, total)]), *reasons),
    )


def checked_words(standard: Standard, by: str | None = None) -> str:
    """For every sheet and receipt: whether anybody has held the scale against the standard. `by`: who, where known."""
    if standard.checked_on is None:
        return "对照国标原文核对: 否"
    return f"对照国标原文核对: 是（{f'{by}，' if by else ''}{standard.checked_on.isoformat()}）"


def items_of(scale: AbilityScale) -> tuple[AbilityItem, ...]:
    """Every item, in the form's order."""
    return tuple(item for section in scale.sections for item in section.items)


# --- wrong -----------------------------------------------------------------------------------------------------------


def _problems(scale: AbilityScale, answers: AbilityAnswers) -> Iterator[AbilityProblem]:
    items = {item.code: item for item in items_of(scale)}
    for item in items.values():
        if item.code in answers.scores and (why := _why_not(item, answers.scores[item.code])):
            yield AbilityProblem(at=item.code, why=f"{item.name}：{why}")
    for code in sorted(answers.scores.keys() - items.keys()):
        yield AbilityProblem(at=code, why=f"{scale.standard.number} 没有这一项")
    rules = scale.changes
    for code in sorted({diagnosis.code for diagnosis in answers.diagnoses or ()}):
        if why := _why_no_range(scale, code):
            yield AbilityProblem(at=rules.diagnosed.field, why=f"{code} {why}")
    for event in sorted(answers.events or (), key=_by_day):
        if event.on > answers.assessed_on:
            what = f"{rules.events.kinds[event.kind]} {event.on.isoformat()}"
            yield AbilityProblem(at=rules.events.field, why=f"{what} 在评估基准日期之后")


def _why_not(item: AbilityItem, points: float) -> str | None:
    if not isinstance(points, int):
        return f"须写成整数，不是{points}"
    if points < 0:
        return f"{points}分低于0分"
    return f"{points}分超过最高{item.max}分" if points > item.max else None


def _why_no_range(scale: AbilityScale, code: str) -> str | None:
    first, last = _categories(code)
    if first > last:
        return "起止颠倒"
    for row in scale.changes.diagnosed.ranges:
        overlaps = first <= row.high and row.low <= last
        if overlaps and not _within(code, row):
            return f"只有一部分属于 {row.low}-{row.high}，请分开写"
    return None


# --- missing ---------------------------------------------------------------------------------------------------------


def _missing(scale: AbilityScale, answers: AbilityAnswers) -> Iterator[Unanswered]:
    rules = scale.changes
    if answers.coma is None:
        yield Unanswered(at=rules.coma.field, name=rules.coma.name)
    if answers.coma:
        return  # it decides alone
    for item in items_of(scale):
        if item.code not in answers.scores:
            yield Unanswered(at=item.code, name=item.name)
    if answers.diagnoses is None:
        yield Unanswered(at=rules.diagnosed.field, name=rules.diagnosed.name)
    for code in sorted({diagnosis.code for diagnosis in answers.diagnoses or () if _by_whom(scale, diagnosis)}):
        yield Unanswered(at=rules.diagnosed.field, name=f"{code} 是否由精神科专科医生诊断")
    if answers.events is None:
        yield Unanswered(at=rules.events.field, name=rules.events.name)


def _by_whom(scale: AbilityScale, diagnosis: Diagnosis) -> bool:
    """Whether it depends on who made the diagnosis, and nobody said."""
    asks = any(row.by_psychiatrist and _within(diagnosis.code, row) for row in scale.changes.diagnosed.ranges)
    return asks and diagnosis.by_psychiatrist is None


# --- scored ----------------------------------------------------------------------------------------------------------


def _sections(scale: AbilityScale, answers: AbilityAnswers) -> tuple[SectionScore, ...]:
    """Empty if an item has no points, as may be in a coma."""
    if any(item.code not in answers.scores for item in items_of(scale)):
        return ()
    return tuple(
        SectionScore(
            code=section.code,
            name=section.name,
            score=sum(int(answers.scores[item.code]) for item in section.items),
            max=section.max,
        )
        for section in scale.sections
    )


def _of_band(band: AbilityBand, total: int | None) -> AbilityReason:
    between = f"{band.low}分" if band.low == band.high else f"{band.low}至{band.high}分"
    return AbilityReason(rule=BAND, clause=band.clause, words=f"总分{total}分（{between}）：{band.name}")


def _final(
    scale: AbilityScale, answers: AbilityAnswers, band: AbilityBand | None
) -> tuple[AbilityLevel, list[AbilityReason]]:
    rules = scale.changes
    if band is None or answers.coma:
        name = next(each.name for each in scale.bands if each.level == rules.coma.to)
        words = f"{rules.coma.name}：直接评定为{name}；意识改变后须重新评估"
        return rules.coma.to, [AbilityReason(rule=COMA, clause=rules.coma.clause, words=words)]
    raising = [*_diagnosed(scale, answers), *_happened(scale, answers)]
    if not raising:
        return band.level, []
    if len(raising) > 1:
        words = f"以上{len(raising)}项同时成立，只上调一级"
        raising.append(AbilityReason(rule=ONCE, clause=raising[-1].clause, words=words))
    if band.level is LEVELS[-1]:
        words = "初步等级已是最重一级，不再上调"
        return band.level, [*raising, AbilityReason(rule=CAPPED, clause=raising[-1].clause, words=words)]
    return LEVELS[LEVELS.index(band.level) + 1], raising


def _diagnosed(scale: AbilityScale, answers: AbilityAnswers) -> Iterator[AbilityReason]:
    rule = scale.changes.diagnosed
    for row in rule.ranges:
        codes = {
            diagnosis.code
            for diagnosis in answers.diagnoses or ()
            if _within(diagnosis.code, row) and (diagnosis.by_psychiatrist or not row.by_psychiatrist)
        }
        if codes:
            words = f"{row.name}（{'、'.join(sorted(codes))}）：上调一级"
            yield AbilityReason(rule=row.code, clause=rule.clause, words=words)


def _happened(scale: AbilityScale, answers: AbilityAnswers) -> Iterator[AbilityReason]:
    rule = scale.changes.events
    first_on = answers.assessed_on - timedelta(days=rule.within_days)
    counted = Counter(event.kind for event in answers.events or () if first_on <= event.on <= answers.assessed_on)
    if counted.total() >= rule.at_least:
        kinds = "、".join(f"{rule.kinds[kind]}{counted[kind]}次" for kind in CareRisk if counted[kind])
        words = f"{rule.name}{counted.total()}次（{kinds}）：上调一级"
        yield AbilityReason(rule=EVENTS, clause=rule.clause, words=words)


def _by_day(event: CareEvent) -> tuple[str, str]:
    return event.on.isoformat(), event.kind


def _categories(code: str) -> tuple[str, str]:
    """The first and last three-character category: "F00-F03" → F00, F03; "F32.1" → F32, F32."""
    first, _, last = code.partition("-")
    return first[:3], (last or first)[:3]


def _within(code: str, row: DiagnosisRange) -> bool:
    first, last = _categories(code)
    return row.low <= first and last <= row.high
