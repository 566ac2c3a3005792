"""What is asked back, and what becomes of the question: put once for each task, then it is for a person.

A task is a visit in its period, or an escalation. A text that is about neither is about its elder, else about its
sender: no period ends these, so they are asked about again once the question before is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from models.letters import WorkItem
from models.reading import AskBack, Reading, SenderContext
from models.values import Id, Role, Value

CALL_WITHIN = timedelta(hours=24)
UNANSWERED = "unanswered"


class Phase(StrEnum):
    WAITING = "waiting"  # asked, and no certain answer yet
    TOLD = "told"  # a person has it
    OVER = "over"  # answered, or a person has dealt with it


class Question(Value):
    """What was asked back before. `note_id`: the text that was not clear."""

    phase: Phase
    note_id: Id
    elder_id: Id | None = None


class Task(Value):
    """What an unclear text may be about. `once`: it is a visit or an escalation."""

    id: Id
    elder_id: Id | None = None
    once: bool = True


class Asking(Value):
    """What one text does to its sender's questions: these are put, those go to a person.

    `certain`: elders of whom it says something certain, which ends what was asked about them. `told` names with each
    task the text that was asked about first.
    """

    put: tuple[Task, ...] = ()
    told: tuple[tuple[Task, Id], ...] = ()
    certain: tuple[Id, ...] = ()


def ask(
    reading: Reading, context: SenderContext, sender_id: Id, note_id: Id, asked: Mapping[Id, Question]
) -> Asking:  # fmt: skip
    """`asked`: by task, what this phone was asked back before; `note_id`: the text in hand."""
    certain = _certain(reading, context)
    if reading.ask_back is None:
        return Asking(certain=certain)
    put: list[Task] = []
    told: list[tuple[Task, Id]] = []
    for task in _tasks(reading, context, sender_id, certain):
        before = asked.get(task.id)
        if before is None or (before.phase is Phase.OVER and _may_be_asked_again(task, reading.ask_back)):
            put.append(task)
        elif before.phase is not Phase.TOLD:
            told.append((task, before.note_id if before.phase is Phase.WAITING else note_id))
    return Asking(put=tuple(put), told=tuple(told), certain=certain)


def after(asked: Mapping[Id, Question], asking: Asking, note_id: Id) -> dict[Id, Question]:
    """What stands asked once this text is written down: the next one of the same phone is read against it."""
    left = {
        id_: question.model_copy(update={"phase": Phase.OVER}) if _ends(question, asking.certain) else question
        for id_, question in asked.items()
    }
    put = {task.id: Question(phase=Phase.WAITING, note_id=note_id, elder_id=task.elder_id) for task in asking.put}
    told = {
        task.id: Question(phase=Phase.TOLD, note_id=first, elder_id=task.elder_id) for task, first in asking.told
    }  # fmt: skip
    return {**left, **put, **told}


def item(
    elder_id: Id | None, township_id: Id | None, county_id: Id | None, why: str, note_id: Id, at: datetime
) -> WorkItem:
    """A person reads the text and calls whoever wrote it."""
    somewhere = elder_id is not None or township_id is not None
    return WorkItem(
        item="unclear_reply", elder_id=elder_id, township_id=township_id, county_id=county_id,
        role=Role.TOWNSHIP_OFFICER if somewhere else Role.COUNTY_OFFICER, due_at=at + CALL_WITHIN,
        about=f"{why} {note_id}"[:120],
    )  # fmt: skip


def _may_be_asked_again(task: Task, why: AskBack) -> bool:
    """Our own confirmation says 记错了请回:52错: whoever does is asked what is right."""
    return not task.once or why is AskBack.CORRECTION


def _ends(question: Question, certain: tuple[Id, ...]) -> bool:
    """A question about nobody ends with any certain answer."""
    of_it = question.elder_id in certain if question.elder_id is not None else bool(certain)
    return question.phase is Phase.WAITING and of_it


def _certain(reading: Reading, context: SenderContext) -> tuple[Id, ...]:
    """An acknowledgement is one only of an escalation; who opts out is asked nothing more."""
    taken = [code.elder_id for code in context.escalation_codes if code.escalation_id in reading.acknowledges]
    left = [task.elder_id for task in context.open_tasks] if reading.opted_out else []
    said = [answer.elder_id for answer in reading.answers] + [named.elder_id for named in reading.death_reported]
    return tuple(dict.fromkeys([*said, *taken, *left]))


def _tasks(reading: Reading, context: SenderContext, sender_id: Id, certain: tuple[Id, ...]) -> tuple[Task, ...]:
    """Of the elders it is asked about; a text that names none may be about every open task it does not answer."""
    own = [Task(id=task.visit_id, elder_id=task.elder_id) for task in context.open_tasks]
    own += [Task(id=code.escalation_id, elder_id=code.elder_id) for code in context.escalation_codes]
    if not reading.ask_about:
        open_ = tuple(task for task in own if task.elder_id not in certain)
        return open_ or (Task(id=sender_id, once=False),)
    visits = {code.elder_id: code.visit_id for code in (*context.others_codes, *context.known_codes) if code.visit_id}
    out: list[Task] = []
    for named in reading.ask_about:
        visit_id = visits.get(named.elder_id)
        other = Task(id=visit_id or named.elder_id, elder_id=named.elder_id, once=visit_id is not None)
        out += [task for task in own if task.elder_id == named.elder_id] or [other]
    return tuple(out)
