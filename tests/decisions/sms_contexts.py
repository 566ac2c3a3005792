"""Senders the reading tests speak as, and one line that says everything a reading holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from decisions.answering import Inbound
from decisions.asking import Question
from models.reading import (
    Answer,
    CodeState,
    EscalationCode,
    KnownCode,
    Named,
    OpenTask,
    OtherCode,
    Reading,
    SenderContext,
    SenderKind,
    Standing,
)
from models.values import Actor, ActorKind, Method, NoteRef, Role, VisitResult


def open_task(
    code: int, person: str, village: str = "三河村", household: str | None = None, last: VisitResult | None = None
) -> OpenTask:
    return OpenTask(
        code=code,
        elder_id=f"elder-{code}",
        visit_id=f"visit-{code}",
        person=person,
        village=village,
        household_id=household,
        last_result=last,
    )


def known(code: int, person: str, state: CodeState, last: VisitResult | None = None) -> KnownCode:
    return KnownCode(
        code=code,
        elder_id=f"elder-{code}",
        person=person,
        village="三河村",
        state=state,
        visit_id=f"visit-{code}" if last else None,
        last_result=last,
    )


def volunteer(*tasks: OpenTask, knows: Sequence[KnownCode] = (), calls: bool = False) -> SenderContext:
    return SenderContext(
        sender_kind=SenderKind.VOLUNTEER,
        open_tasks=tasks,
        known_codes=tuple(knows),
        others_codes=(OtherCode(code=71, elder_id="elder-71", person="郑奶奶", visit_id="visit-71"),),
        counts_phone_calls=calls,
    )


_WANG = open_task(52, "王奶奶", household="h1")
_LI = open_task(53, "李爷爷", "东坪村", household="h2")
_ESCALATED = EscalationCode(
    code=61, elder_id="elder-61", person="王奶奶", escalation_id="escalation-61", visit_id="visit-61"
)
_ESCALATED_TOO = EscalationCode(code=62, elder_id="elder-62", person="李爷爷", escalation_id="escalation-62")

CONTEXTS: dict[str, SenderContext] = {
    "one": volunteer(_WANG),
    "two": volunteer(_WANG, _LI),
    "couple": volunteer(_WANG, open_task(53, "赵爷爷", household="h1")),
    "couple_and_one": volunteer(
        _WANG, open_task(53, "赵爷爷", household="h1"), open_task(54, "孙奶奶", household="h4")
    ),
    "same_name": volunteer(open_task(52, "王奶奶(芳)"), open_task(53, "王奶奶(兰)")),
    "village_names": volunteer(open_task(52, "王奶奶", "平安村"), open_task(53, "李爷爷", "五一村")),
    "three_digits": volunteer(open_task(512, "王奶奶"), open_task(53, "李爷爷")),
    "hidden_code": volunteer(open_task(52, "王奶奶"), open_task(521, "李爷爷")),
    "fifty": volunteer(open_task(50, "王奶奶"), open_task(60, "李爷爷")),
    "retry": volunteer(open_task(52, "王奶奶", last=VisitResult.NOT_SEEN)),
    "idle": volunteer(knows=[known(54, "孙奶奶", CodeState.IDLE), known(55, "钱爷爷", CodeState.IDLE)]),
    "reported": volunteer(knows=[known(52, "王奶奶", CodeState.REPORTED, VisitResult.WELL)]),
    "mixed": volunteer(
        _LI,
        knows=[
            known(52, "王奶奶", CodeState.REPORTED, VisitResult.WELL),
            known(54, "孙奶奶", CodeState.IDLE),
            known(55, "周爷爷", CodeState.SUSPENDED),
            known(56, "吴奶奶", CodeState.CLOSED),
        ],
    ),
    "calls": volunteer(open_task(62, "王奶奶"), calls=True),
    "calls_two": volunteer(open_task(62, "王奶奶"), open_task(63, "李爷爷"), calls=True),
    "calls_old": volunteer(_WANG, _LI, calls=True),
    "staff": SenderContext(
        sender_kind=SenderKind.STAFF,
        others_codes=(OtherCode(code=52, elder_id="elder-52", person="王奶奶", visit_id="visit-52"),),
    ),
    "grid": SenderContext(sender_kind=SenderKind.STAFF, escalation_codes=(_ESCALATED,)),
    "grid_two": SenderContext(sender_kind=SenderKind.STAFF, escalation_codes=(_ESCALATED, _ESCALATED_TOO)),
    "unknown": SenderContext(sender_kind=SenderKind.UNKNOWN),
}


def arrived(n: int, asked: Mapping[str, Question], *, known: bool = True) -> Inbound:
    """The n-th text of volunteer V-1, or of a phone nobody knows; `asked`: by task, what they were asked back."""
    sender = Actor(id="V-1", kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER) if known else None
    return Inbound(
        message_id=f"SM{n}", received_at=datetime(2026, 12, 18, 2, tzinfo=UTC), sender=sender,
        note=NoteRef(id=f"note-{n}", sha256="a" * 64), township_id="T1", phone_index="b" * 64, asked=dict(asked),
    )  # fmt: skip


def summary(reading: Reading) -> str:
    """Everything but ids and rules, in a fixed order, joined by `; `. Nothing at all is `nothing`."""
    parts = [
        "urgent" if reading.urgent else "",
        "unsure" if reading.danger_unsure else "",
        _codes("about", reading.danger_about),
        "stop" if reading.opted_out else "",
        "menu" if reading.wants_menu else "",
        "ack" if reading.acknowledged else "",
        " ".join(("takes", *reading.acknowledges)) if reading.acknowledges else "",
        *(_answer(answer) for answer in reading.answers),
        _codes("wrong", reading.correction_of),
        _codes("death", reading.death_reported),
        "no task" if reading.no_open_task else "",
        " ".join(("ask", reading.ask_back, *(str(one.code) for one in reading.ask_about))) if reading.ask_back else "",
    ]
    return "; ".join(part for part in parts if part) or "nothing"


def _codes(word: str, named: Sequence[Named]) -> str:
    return " ".join((word, *(str(one.code) for one in named))) if named else ""


def _answer(answer: Answer) -> str:
    words = [str(answer.code), answer.result.value]
    if answer.method is not Method.HOME:
        words.append(answer.method.value)
    if answer.visited_day_offset is not None:
        words.append(f"day{answer.visited_day_offset:+d}")
    if answer.visited_on:
        words.append(f"on {answer.visited_on.month or '?'}-{answer.visited_on.day}")
    if answer.standing is not Standing.ASKED:
        words.append(answer.standing.value)
    return " ".join(words)
