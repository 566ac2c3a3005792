"""A reading → letters: what one inbound text makes happen. The letters' ids come from the text's own id.

Each answer is an update to its elder's case, under `sms-<id>-<task>`; the case answers the sender with what it
recorded. What no case is told is answered here: a question back, the menu, a danger call, an opt-out.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

from pydantic import Field

from decisions import asking
from decisions.asking import CALL_WITHIN, Asking, Question
from decisions.deadlines import civil_day
from decisions.opted_out import handed_on
from decisions.wording import ASK_BACK_TEMPLATE, TemplateId
from models.ids import case_stream, letter_of_answer, letter_of_inbound, letter_of_question
from models.letters import Letter, TextClass, TextLetter, UpdateLetter, WorkItem
from models.messages import Acknowledge, CorrectReport, ReportDanger, ReportDeath, ReportVisit, Resolve
from models.reading import Answer, AskBack, CodeState, NamedDay, Reading, SenderContext, SenderKind, Standing
from models.values import (
    Actor,
    ActorKind,
    Channel,
    Evidence,
    Id,
    Method,
    NoteRef,
    Outcome,
    Role,
    Sha256,
    Value,
    VisitResult,
)

CALL_NOW = timedelta(minutes=15)
AT_ONCE = timedelta()
T = TemplateId


class HeldVisit(Value):
    """An open visit of one of this phone's volunteers; of one elder there may be several."""

    visit_id: Id
    elder_id: Id
    volunteer_id: Id


class Inbound(Value):
    """What answering needs to know of a text besides its reading. `asked`: by task, what was asked back before.

    `county_id`: the sender's; whose counter answers, of a stranger.
    `staff`: the member of staff of this phone, whoever else it belongs to. `on_duty`: who is told of a danger that no
    case takes up; None: there is nobody, or each elder of this phone has an open case.
    """

    message_id: Id
    received_at: datetime
    note: NoteRef
    sender: Actor | None
    sender_role: Role | None = None
    township_id: Id | None = None
    county_id: Id | None = None
    phone_index: Sha256
    owners: dict[Id, Id] = Field(default_factory=dict)  # elder → whose of this phone's volunteers their last visit is
    holds: tuple[HeldVisit, ...] = ()
    asked: dict[Id, Question] = Field(default_factory=dict[Id, Question])
    staff: Actor | None = None
    on_duty: Id | None = None


def asking_of(reading: Reading, context: SenderContext, text: Inbound) -> Asking:
    """What it does to the questions of its sender; a stranger is asked nothing."""
    if text.sender is None or context.sender_kind is SenderKind.UNKNOWN:
        return Asking()
    return asking.ask(reading, context, text.sender.id, text.note.id, text.asked)


def letters_of(reading: Reading, context: SenderContext, text: Inbound, asked: Asking) -> list[tuple[str, Letter]]:
    """The letters, each with its id."""
    if text.sender is None or context.sender_kind is SenderKind.UNKNOWN:
        return _from_a_stranger(reading, text)
    out: list[tuple[str, Letter]] = []
    out += _danger(reading, context, text)
    for named in reading.death_reported:
        out.append(_to_case(text, named.elder_id, ReportDeath, f"death-{named.elder_id}"))
    for named in reading.correction_of:
        out.append(_to_case(text, named.elder_id, CorrectReport, f"wrong-{named.elder_id}"))
    for answer in reading.answers:
        said = _as_staff(text) if answer.standing is Standing.ESCALATION else text
        by = said.sender or text.sender
        if answer.standing is Standing.KEPT:
            out += _for_a_person(answer, text, T.KEPT)
        elif answer.standing is Standing.ESCALATION and answer.result is VisitResult.CANNOT_GO:
            out += _for_a_person(answer, said, T.NOT_RECORDED)
        else:
            out.append(_answered(answer, said, by))
    for escalation_id in reading.acknowledges:
        out.append(_acknowledged(escalation_id, text))
    return out + (_opted_out(text) if reading.opted_out else _said_back(reading, text, asked))


def _as_staff(text: Inbound) -> Inbound:
    """An escalation is answered by the member of staff who was told of it, whoever else has their phone."""
    return text if text.staff is None else text.model_copy(update={"sender": text.staff})


def _message(text: Inbound, task: str) -> dict[str, object]:
    return {
        "key": letter_of_inbound(text.message_id, task),
        "actor": text.sender,
        "channel": Channel.SMS,
        "received_at": text.received_at,
        "note": text.note,
    }


def _to_case(
    text: Inbound,
    elder_id: str,
    kind: type[ReportVisit | ReportDanger | ReportDeath | CorrectReport],
    task: str,
    **more: object,
) -> tuple[str, Letter]:
    head = _message(text, task) | {"actor": _writer(text, elder_id)}
    message = kind.model_validate({**head, **more})
    return message.key, UpdateLetter(workflow_id=case_stream(elder_id), elder_id=elder_id, message=message)


def _writer(text: Inbound, elder_id: str) -> Actor | None:
    """One phone, two volunteers: the task says who."""
    owner = text.owners.get(elder_id)
    if owner is None or text.sender is None or text.sender.kind is not ActorKind.VOLUNTEER:
        return text.sender
    return text.sender.model_copy(update={"id": owner})


def _answered(answer: Answer, text: Inbound, sender: Actor) -> tuple[str, Letter]:
    if answer.standing is Standing.ESCALATION and answer.escalation_id and answer.result is VisitResult.WELL:
        day = _day(answer, text)
        outcome = Outcome.REACHED_BY_PHONE if answer.method is Method.PHONE else Outcome.VISITED
        message = Resolve.model_validate({**_message(text, answer.elder_id), "outcome": outcome, "visited_on": day})
        return message.key, UpdateLetter(workflow_id=answer.escalation_id, elder_id=answer.elder_id, message=message)
    day = _day(answer, text)
    today = day == civil_day(text.received_at)
    visitor = _writer(text, answer.elder_id) or sender
    return _to_case(
        text,
        answer.elder_id,
        ReportVisit,
        answer.elder_id,
        visit_id=answer.visit_id,
        visitor_id=visitor.id,
        result=answer.result,
        visited_on=day,
        visited_at=text.received_at if today else None,
        method=answer.method,
        evidence=Evidence.SMS_DIGIT,
        escalation_id=answer.escalation_id,
    )


def _for_a_person(answer: Answer, text: Inbound, told: TemplateId) -> list[tuple[str, Letter]]:
    """Kept, and a caseworker reads it: suspended or closed; or an owner cannot go, which no ladder can record."""
    say_id, say = _say(text, told, about=answer.elder_id)
    item_id, item = _item(text, "unclear_reply", told.value, CALL_WITHIN, answer.elder_id)
    return [(f"{say_id}-{answer.elder_id}", say), (f"{item_id}-{answer.elder_id}", item)]


def _day(answer: Answer, text: Inbound) -> date:
    """The day said, or the day the text came. A day without a month is the last such day."""
    today = civil_day(text.received_at)
    if answer.visited_day_offset is not None:
        return today + timedelta(days=answer.visited_day_offset)
    return today if answer.visited_on is None else _last_such(answer.visited_on, today)


def _last_such(named: NamedDay, today: date) -> date:
    for back in range(366):
        day = today - timedelta(days=back)
        if day.day == named.day and named.month in (None, day.month):
            return day
    return today


def _acknowledged(escalation_id: str, text: Inbound) -> tuple[str, Letter]:
    short = hashlib.sha256(escalation_id.encode()).hexdigest()[:16]  # the key stays short whatever the id
    message = Acknowledge.model_validate(_message(_as_staff(text), f"ack-{short}"))
    elder_id = escalation_id.split("/")[1]
    return message.key, UpdateLetter(workflow_id=escalation_id, elder_id=elder_id, message=message)


def _danger(reading: Reading, context: SenderContext, text: Inbound) -> list[tuple[str, Letter]]:
    """Urgent at once. Whom it is about may be unclear: then every elder it may be about; a call too many costs less."""
    out: list[tuple[str, Letter]] = []
    if reading.urgent:
        about = [named.elder_id for named in reading.danger_about]
        about = about or [*(task.elder_id for task in context.open_tasks), *(held.elder_id for held in text.holds)]
        about = about or [code.elder_id for code in context.known_codes]
        out += [_to_case(text, elder_id, ReportDanger, f"danger-{elder_id}") for elder_id in dict.fromkeys(about)]
        out.append(_say(text, T.DANGER, urgent=True))
        closed = {code.elder_id for code in context.known_codes if code.state is CodeState.CLOSED}
        if set(about) <= closed:
            out += _to_a_person(text, "call_by_phone")
    elif reading.danger_unsure:
        out.append(_item(text, "unclear_reply", "danger_unsure", CALL_NOW))
    return out


def _to_a_person(text: Inbound, item: str) -> list[tuple[str, Letter]]:
    """A danger that no case can be told of: whoever is on duty reads of it at once, and it waits on the worklist."""
    out = [_item(text, item, "danger", AT_ONCE)]
    if text.on_duty is not None:
        told = TextLetter(
            recipient_id=text.on_duty, recipient_kind="staff", template=T.DANGER_UNNAMED, text_class=TextClass.URGENT,
            wait_for_slot=False,
        )  # fmt: skip
        out.append((f"sms-{text.message_id}-duty", told))
    return out


def _opted_out(text: Inbound) -> list[tuple[str, Letter]]:
    """Their visits go to others, and they are sent nothing further, not even that.

    Staff are told what their posts still send them: only a person can change it.
    """
    away: list[tuple[str, Letter]] = []
    for held in text.holds:
        head = _message(text, f"stop-{held.visit_id}") | {"actor": _writer(text, held.elder_id)}
        letter = handed_on(held.elder_id, held.volunteer_id, held.visit_id, head)
        away.append((letter.message.key, letter))
    said = [] if text.staff is None else [_say(_as_staff(text), T.OPTED_OUT_STAFF)]
    return [*away, *said, _item(text, "undeliverable", "opted_out", CALL_WITHIN)]


def _said_back(reading: Reading, text: Inbound, asked: Asking) -> list[tuple[str, Letter]]:
    """What the sender is told that no case answers: nothing beside what a case records, but a question."""
    out: list[tuple[str, Letter]] = []
    if reading.ask_back is not None:
        out += _asked_back(reading.ask_back, text, asked, beside=bool(reading.answers))
    elif reading.wants_menu:
        out.append(_say(text, T.MENU))
    elif reading.no_open_task:
        out.append(_say(text, T.NO_OPEN_TASK))
    elif reading.acknowledged and not (reading.acknowledges or reading.answers or reading.death_reported):
        out.append(_say(text, T.ACKNOWLEDGED))
    elif reading.danger_unsure and not reading.answers and not reading.death_reported:
        out.append(_say(text, T.ASK_BACK_UNCERTAIN))
    return out


def _asked_back(why: AskBack, text: Inbound, asked: Asking, *, beside: bool) -> list[tuple[str, Letter]]:
    """The question, if any task is asked about for the first time; the others are put before a person.

    `beside`: a case confirms a part of the text, and the question goes with that, not before it.
    """
    about = ",".join(task.elder_id for task in asked.put if task.elder_id is not None)
    template = ASK_BACK_TEMPLATE[why] if asked.put else T.PERSON_WILL_CALL
    said = _say(text, template, about=about, in_burst=beside)
    items = [
        (
            letter_of_question(first, task.id),
            asking.item(task.elder_id, text.township_id, text.county_id, why.value, text.note.id, text.received_at),
        )
        for task, first in asked.told
    ]
    return [said, *items]


def _from_a_stranger(reading: Reading, text: Inbound) -> list[tuple[str, Letter]]:
    """Who wants no texts is sent none, but whom to call in danger."""
    answer = [] if reading.opted_out else [_say(text, T.UNKNOWN_PHONE)]
    if reading.urgent:
        return [_say(text, T.DANGER, urgent=True), *_to_a_person(text, "unknown_phone"), *answer]
    within = CALL_NOW if reading.danger_unsure else CALL_WITHIN
    return [*answer, _item(text, "unknown_phone", "unknown_phone", within)]


def _say(
    text: Inbound, template: TemplateId, *, urgent: bool = False, about: str = "", in_burst: bool = False
) -> tuple[str, Letter]:
    """To a stranger the number itself is the address: `phone:<blind index>`."""
    staff = text.sender is not None and text.sender.kind is ActorKind.STAFF
    letter = TextLetter(
        recipient_id=text.sender.id if text.sender else f"phone:{text.phone_index}",
        recipient_kind="staff" if staff else "volunteer",
        template=template,
        params={"about": about} if about else {},
        text_class=TextClass.URGENT if urgent else TextClass.ORDINARY,
        wait_for_slot=False,
        in_burst=in_burst,
    )
    return letter_of_answer(text.message_id, template), letter


def _item(text: Inbound, item: str, about: str, within: timedelta, elder_id: Id | None = None) -> tuple[str, Letter]:
    letter = WorkItem.model_validate(
        {
            "item": item,
            "elder_id": elder_id,
            "township_id": text.township_id,
            "county_id": text.county_id,
            "role": Role.TOWNSHIP_OFFICER if text.township_id else Role.COUNTY_OFFICER,
            "due_at": text.received_at + within,
            "about": f"{about} {text.note.id}",
        }
    )
    return f"sms-{text.message_id}-item-{item}", letter
