"""One text for all the visits asked of one phone.

Shapes by number of tasks (one, two, list), at most three parts; what does not fit is on the volunteer's card.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from decisions.wording import EACH_PART, OWNER_HEADING, RECORDED_HEADING, TemplateId, filled, render, segments
from models.reading import OpenTask

MOST_PARTS = 3
_GRAVITY = tuple(OWNER_HEADING)


class DigestText(NamedTuple):
    """A text and what it was rendered from: some providers are given the parameters instead of the words."""

    template_id: TemplateId
    params: dict[str, str]
    text: str


def worded(template_id: TemplateId, params: dict[str, str], sender: str) -> DigestText:
    """The one place where a text that goes out is rendered."""
    return DigestText(template_id, params, render(template_id, params, sender))


def by_day(due_on: date) -> str:
    """12月20日(含)."""
    return f"{due_on.month}月{due_on.day}日(含)"


def lines(tasks: Sequence[OpenTask]) -> tuple[str, ...]:
    """One line per household, in the order its first task comes: 52三河村王奶奶和53李爷爷."""
    households: dict[str, list[OpenTask]] = {}
    for task in tasks:
        households.setdefault(task.household_id or f"visit {task.visit_id}", []).append(task)
    return tuple(
        f"{first.code}{first.village}{first.person}" + "".join(f"和{other.code}{other.person}" for other in others)
        for first, *others in households.values()
    )


def digest(
    tasks: Sequence[OpenTask],
    due_on: date | str,
    sender: str,
    *,
    reminder: bool = False,
    counts_phone_calls: bool = False,
) -> list[DigestText]:
    """The text for these tasks, all due at `due_on` (a string is used as it stands: cadences shorter than a day).

    At most one text of at most three parts; empty when there are no tasks. Tasks come in order of code.
    """
    ordered = sorted(tasks, key=lambda task: task.code)
    if not ordered:
        return []
    kind, suffix = "reminder" if reminder else "task", "_calls" if counts_phone_calls else ""
    one, two, many, more = (TemplateId(f"{kind}_{shape}{suffix}") for shape in ("one", "two", "list", "list_more"))
    by = due_on if isinstance(due_on, str) else by_day(due_on)
    code = str(ordered[0].code)
    entries = lines(ordered)
    if len(ordered) == 1:
        task = ordered[0]
        return [worded(one, {"by": by, "who": f"{task.village}{task.person}", "code": code}, sender)]
    if len(ordered) == len(entries) == 2:
        return [worded(two, {"by": by, "first": entries[0], "second": entries[1], "code": code}, sender)]
    whole = worded(many, {"by": by, "list": ";".join(entries), "code": code}, sender)
    if segments(whole.text) <= MOST_PARTS:
        return [whole]
    for kept in range(len(entries) - 1, 0, -1):
        params = {"by": by, "count": str(len(ordered)), "list": ";".join(entries[:kept]), "code": code}
        shortened = worded(more, params, sender)
        if segments(shortened.text) <= MOST_PARTS:
            return [shortened]
    raise ValueError(f"a line of the digest does not fit {MOST_PARTS} parts of {EACH_PART}")


class OwnedTask(NamedTuple):
    """An escalation on its way into a text: the elder, and the words of its cause."""

    task: OpenTask
    words: TemplateId


class OwnerText(NamedTuple):
    """`elders`: whom it names, by id."""

    made: DigestText
    elders: frozenset[str]


def gravest(words: Sequence[TemplateId]) -> TemplateId:
    """Of the words of several causes those that are said."""
    return min(words, key=_GRAVITY.index)


def owner_texts(owned: Sequence[OwnedTask], by: str, sender: str) -> list[OwnerText]:
    """The texts for these escalations of one owner: each elder is named in one of them, at most three parts each.

    An owner has no card that holds the rest. One task per elder, in any order; the gravest come first.
    """
    ordered = sorted(owned, key=lambda one: (_GRAVITY.index(one.words), one.task.code))
    out: list[OwnerText] = []
    while ordered:
        made = next(
            made
            for kept in range(len(ordered), 0, -1)
            if segments((made := _owner_text(ordered[:kept], by, sender)).made.text) <= MOST_PARTS or kept == 1
        )
        out.append(made)
        ordered = ordered[len(made.elders) :]
    return out


def _owner_text(owned: Sequence[OwnedTask], by: str, sender: str) -> OwnerText:
    elders, first = frozenset(one.task.elder_id for one in owned), owned[0].task
    if len(owned) == 1:
        template_id = owned[0].words
        params = {"who": f"{first.village}{first.person}", "by": by, "code": str(first.code)}
    else:
        template_id = TemplateId.ESCALATION_OWNER_LIST
        params = {"list": _by_cause(owned), "by": by, "code": str(first.code)}
    return OwnerText(worded(template_id, params, sender), elders)


def _by_cause(owned: Sequence[OwnedTask]) -> str:
    """还没有人见到:52三河村王奶奶;53东坪村李爷爷。有事要帮忙:54东坪村赵奶奶."""
    groups: dict[TemplateId, list[OpenTask]] = {}
    for one in owned:
        groups.setdefault(one.words, []).append(one.task)
    return "。".join(f"{OWNER_HEADING[words]}:{';'.join(lines(tasks))}" for words, tasks in groups.items())


class Answer(NamedTuple):
    """What is answered about one task, in the words it has alone. `of`: the id of its letter."""

    of: str
    code: int
    template_id: TemplateId
    params: dict[str, str]

    @property
    def sentence(self) -> str:
        """52王奶奶12月18日平安, or all that it says."""
        recorded = self.template_id in RECORDED_HEADING
        return self.params["what"] if recorded else filled(self.template_id, self.params).removesuffix("。")


class AnswerText(NamedTuple):
    """`answers`: the ids of the letters it carries."""

    made: DigestText
    answers: tuple[str, ...]


def answer_texts(answers: Sequence[Answer], sender: str) -> list[AnswerText]:
    """The answers of one burst in order of code: one text, or as few of at most three parts as hold them."""
    ordered = sorted(answers, key=lambda answer: answer.code)
    out: list[AnswerText] = []
    while ordered:
        made = next(
            made
            for kept in range(len(ordered), 0, -1)
            if segments((made := _answer_text(ordered[:kept], sender)).made.text) <= MOST_PARTS or kept == 1
        )
        out.append(made)
        ordered = ordered[len(made.answers) :]
    return out


def _answer_text(answers: Sequence[Answer], sender: str) -> AnswerText:
    """What case and escalation both answer is said once."""
    said: dict[tuple[TemplateId, str], Answer] = {}
    for answer in answers:
        said.setdefault((answer.template_id, answer.sentence), answer)
    told = list(said.values())
    recorded = [answer for answer in told if answer.template_id in RECORDED_HEADING]
    if len(told) == 1:
        template_id, params = told[0].template_id, told[0].params
    elif all(answer.template_id is TemplateId.CONFIRMED for answer in told):
        template_id = TemplateId.CONFIRMED_LIST
        params = {"list": ";".join(answer.sentence for answer in told), "code": str(told[0].code)}
    elif recorded:
        template_id = TemplateId.ANSWERED_LIST
        params = {"list": _by_kind(told), "code": str(recorded[0].code)}
    else:
        template_id, params = TemplateId.NOTED_LIST, {"list": _by_kind(told)}
    return AnswerText(worded(template_id, params, sender), tuple(answer.of for answer in answers))


def _by_kind(answers: Sequence[Answer]) -> str:
    """已记:52王奶奶12月18日平安;54赵奶奶12月18日平安。已改为:53李爷爷12月18日没见到。55孙奶奶的回复已收下."""
    of = {kind: [one.sentence for one in answers if one.template_id is kind] for kind in RECORDED_HEADING}
    parts = [f"{RECORDED_HEADING[kind]}:{';'.join(said)}" for kind, said in of.items() if said]
    return "。".join([*parts, *(one.sentence for one in answers if one.template_id not in RECORDED_HEADING)])
