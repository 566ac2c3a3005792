"""Whose a code is: the table "Who writes" of `docs/sms.md` as a look-up."""

from __future__ import annotations

from collections.abc import Sequence

from models.reading import (
    Answer,
    Coded,
    CodeState,
    EscalationCode,
    KnownCode,
    Named,
    OpenTask,
    OtherCode,
    Rule,
    SenderContext,
    SenderKind,
    Standing,
)
from models.values import Id, VisitResult

STANDING_RULE = {
    Standing.UNASKED: Rule.OWN_UNASKED,
    Standing.OTHERS: Rule.OTHERS_ELDER,
    Standing.ALREADY: Rule.ALREADY_RECORDED,
    Standing.CORRECTION: Rule.CORRECTION,
    Standing.KEPT: Rule.KEPT,
    Standing.STAFF_VISIT: Rule.STAFF_VISIT,
    Standing.ESCALATION: Rule.ESCALATION_ANSWERED,
}


class Codes:
    """Every code this sender may write, each as the nearest thing it can mean: their own before anyone else's."""

    def __init__(self, context: SenderContext) -> None:
        self.context = context
        own = (*context.open_tasks, *context.escalation_codes, *context.known_codes)
        self.own = {entry.code: entry for entry in reversed(own)}
        self._all: dict[int, Coded] = {entry.code: entry for entry in reversed((*own, *context.others_codes))}
        self.numbers = frozenset(self._all)
        self.entries: tuple[Coded, ...] = tuple(self._all[code] for code in sorted(self._all))

    def named(self, codes: Sequence[int]) -> tuple[Named, ...]:
        """These elders, each once; codes nobody has are left out."""
        known = (self._all[code] for code in dict.fromkeys(codes) if code in self._all)
        return tuple(Named(code=entry.code, elder_id=entry.elder_id) for entry in known)

    def recorded(self, code: int) -> VisitResult | None:
        """What was last recorded for the present task of this code."""
        match self._all.get(code):
            case OpenTask(last_result=last):
                return last
            case KnownCode(state=CodeState.REPORTED, last_result=last):
                return last
            case _:
                return None

    def escalation(self, code: int) -> Id | None:
        entry = self._all.get(code)
        return entry.escalation_id if isinstance(entry, EscalationCode) else None

    def only_one(self) -> int | None:
        """The elder a text without a code must be about: the one open task, or with none the one reported."""
        context = self.context
        if context.open_tasks:
            return context.open_tasks[0].code if len(context.open_tasks) == 1 else None
        if context.escalation_codes:
            return context.escalation_codes[0].code if len(context.escalation_codes) == 1 else None
        known = context.known_codes
        return known[0].code if len(known) == 1 and known[0].state is CodeState.REPORTED else None

    def answer(self, code: int, result: VisitResult, rule: Rule, *, wrong: bool = False) -> Answer:
        """`wrong`: the text called the record wrong, so an attempt of an open task is corrected, not added to."""
        entry = self._all[code]
        recorded = self.recorded(code)
        visit_id: Id | None = None
        match entry:
            case OpenTask():
                corrected = wrong and recorded not in (None, result)
                standing, visit_id = Standing.CORRECTION if corrected else Standing.ASKED, entry.visit_id
            case KnownCode(state=CodeState.SUSPENDED | CodeState.CLOSED):
                standing, visit_id = Standing.KEPT, entry.visit_id
            case KnownCode():
                visit_id = entry.visit_id if recorded else None
                same = Standing.ALREADY if recorded is result else Standing.CORRECTION
                standing = same if recorded else Standing.UNASKED
            case EscalationCode():
                standing, visit_id = Standing.ESCALATION, entry.visit_id
            case OtherCode():
                staff = self.context.sender_kind is SenderKind.STAFF
                standing, visit_id = Standing.STAFF_VISIT if staff else Standing.OTHERS, entry.visit_id
            case _:
                raise TypeError(f"no standing for {type(entry).__name__}")
        return Answer(
            code=code,
            elder_id=entry.elder_id,
            result=result,
            by_rule=rule,
            standing=standing,
            visit_id=visit_id,
            escalation_id=self.escalation(code),
        )
