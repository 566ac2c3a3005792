"""Text letters → texts: each recipient's due lines gathered into as few texts as the rules allow.

What is no longer true is dropped when it is claimed; what may not go yet is put off; nothing is sent past its time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from decisions import digest, slots
from decisions.deadlines import SHANGHAI, civil_day, instant
from decisions.wording import FIRST_BY, OWNER_HEADING, TEMPLATES, TemplateId, parameters, segments
from models.letters import TextClass
from models.policy import TextRules
from models.reading import OpenTask
from models.values import Method
from post.ports import Built, DueText, Letterbox, Recipient

log = structlog.get_logger()
T = TemplateId
TASKS = (T.TASK_ONE, T.REASSIGNED_TO)
WHERE_TO = (T.URGENT, T.ASSESSMENT_ASKED)  # texts of one elder that say the village
AS_GIVEN = (T.SIGN_IN_CODE,)  # texts whose letter holds the words themselves
MOST_NAMED = 12  # elders in a question back
ABOUT_THE_SAME = timedelta(minutes=15)  # escalations that climb within this long are one text; 0时10分 is midnight
RESULT_WORDS = {
    "well": "平安",
    "not_seen": "没见到",
    "needs_help": "要帮忙",
    "cannot_go": "去不了",
    "reached_by_phone": "电话联系上",
}


def gather(box: Letterbox, now: datetime) -> int:
    """Build every text that may go now. Answers how many were built."""
    return sum(_carefully(box, recipient_id, now) for recipient_id in box.recipients_due(now))


def _carefully(box: Letterbox, recipient_id: str, now: datetime) -> int:
    """One recipient whose text cannot be built must not keep the others waiting: it is tried again a minute later."""
    try:
        return _for_one(box, recipient_id, box.text_rules(now, recipient_id), now)
    except (ValueError, LookupError, TypeError) as error:
        log.error("text_not_built", recipient_id=recipient_id, error=type(error).__name__)
        due = box.due_texts(recipient_id, now)
        for text in due:
            if _is_urgent(text) and text.alive:
                box.tell_unsent(text.id, now, "not built", urgent=True)
        box.postpone(tuple(text.id for text in due), now + timedelta(minutes=1))
        return 0


def _is_urgent(text: DueText) -> bool:
    return text.letter.text_class is TextClass.URGENT


def _tell_a_person(box: Letterbox, text: DueText, why: str, now: datetime) -> None:
    """Of an urgent text that does not go, at once; of an owner's, since the ladder counts on it."""
    if _is_urgent(text) or text.letter.template in OWNER_HEADING:
        box.tell_unsent(text.id, now, why, urgent=_is_urgent(text))


def _for_one(box: Letterbox, recipient_id: str, rules: TextRules, now: datetime) -> int:
    due = box.due_texts(recipient_id, now)
    to = box.recipient(recipient_id, now)
    ids = tuple(text.id for text in due)
    if to is None or not to.textable:
        for text in due:
            if text.alive:
                _tell_a_person(box, text, "no number to text", now)
        box.drop(ids, "cancelled", "no number to text", now)
        return 0
    ready = _ready(box, due, rules, now)
    if any(slots.in_burst(text.letter) for text in ready):
        ready += _of_the_burst(box, recipient_id, rules, now)
    # What may not wait comes first: what cannot be built beside it keeps it from nobody.
    codes = _post(box, to, _of_class(ready, TextClass.SIGN_IN), rules, now, already=0)
    built = _post(box, to, _of_class(ready, TextClass.URGENT), rules, now, already=0)
    return codes + built + _post(box, to, _of_class(ready, TextClass.ORDINARY), rules, now, already=built)


def _of_class(texts: Sequence[DueText], text_class: TextClass) -> list[DueText]:
    return [text for text in texts if text.letter.text_class is text_class]


def _post(
    box: Letterbox, to: Recipient, ready: Sequence[DueText], rules: TextRules, now: datetime, *, already: int
) -> int:
    """Write the texts that may go today. `already`: how many more than `to` counts have gone."""
    built = 0
    for text in _texts(box, to, ready, rules, now):
        letter = next(t.letter for t in ready if t.id == text.letter_ids[0])
        identical = box.same_text_today(to.phone_index, text.text, now)
        if slots.over_cap(to.sent_today + already + built, identical, letter, rules):
            if letter.is_confirmation:
                box.drop(text.letter_ids, "cancelled", "day's cap", now)
            else:
                box.postpone(text.letter_ids, slots.next_day(now, rules))
            continue
        box.post_digest(to, text, now)
        built += 1
    return built


def _ready(box: Letterbox, due: Sequence[DueText], rules: TextRules, now: datetime) -> list[DueText]:
    ready: list[DueText] = []
    for text in due:
        if not text.alive:
            box.drop((text.id,), "cancelled", "its cause has gone", now)
        elif _ends_at(text, rules) <= now:
            _tell_a_person(box, text, "its time has passed", now)
            box.drop((text.id,), "expired", "its time has passed", now)
        elif (goes_at := slots.goes_at(text.letter, text.created_at, rules)) > now:
            box.postpone((text.id,), goes_at)
        else:
            ready.append(text)
    return ready


def _of_the_burst(box: Letterbox, recipient_id: str, rules: TextRules, now: datetime) -> list[DueText]:
    """What has come since a burst's first letter goes with it. What a day's cap has put off stays where it was put."""
    return [
        text
        for text in box.waiting_texts(recipient_id, now)
        if text.alive and slots.in_burst(text.letter) and slots.goes_at(text.letter, text.created_at, rules) > now
    ]


def _ends_at(text: DueText, rules: TextRules) -> datetime:
    """A task may be asked until its visit is due, so that a day's cap only puts it off; the rest as the rules say."""
    if text.letter.template in TASKS and text.due_at is not None:
        return text.due_at
    return slots.expires_at(text.letter, text.created_at, rules)


def _texts(box: Letterbox, to: Recipient, ready: Sequence[DueText], rules: TextRules, now: datetime) -> list[Built]:
    tasks = [t for t in ready if t.letter.template in TASKS]
    reminders = [t for t in ready if t.letter.template == T.REMINDER_ONE]
    answers = [t for t in ready if t.letter.is_confirmation and not _is_urgent(t)]
    owned = [t for t in ready if t.letter.template in OWNER_HEADING]
    rest = [t for t in ready if t not in tasks and t not in reminders and t not in answers and t not in owned]
    out: list[Built] = []
    for group, reminder in ((tasks, False), (reminders, True)):
        for by, same_day in _by_due(group, now).items():
            out += _digest(box, to, same_day, by, rules, now, reminder=reminder)
    out += _answers(box, to, answers, rules, now)
    for together in _by_climb(owned):
        out += _owned(box, to, together, rules, now)
    out += [_single(box, to, text, rules, now) for text in rest]
    return out


def _by_due(texts: Sequence[DueText], now: datetime) -> dict[str, list[DueText]]:
    groups: dict[str, list[DueText]] = {}
    for text in texts:
        groups.setdefault(spoken(text.due_at or text.created_at, now), []).append(text)
    return groups


def _by_climb(texts: Sequence[DueText]) -> list[list[DueText]]:
    """Groups by when the ladder climbs, the first of each group the earliest."""
    groups: list[list[DueText]] = []
    for text in sorted(texts, key=_climbs_at):
        if groups and _climbs_at(text) - _climbs_at(groups[-1][0]) <= ABOUT_THE_SAME:
            groups[-1].append(text)
        else:
            groups.append([text])
    return groups


def _climbs_at(text: DueText) -> datetime:
    return datetime.fromisoformat(text.letter.params["by"])


def spoken(at: datetime, now: datetime) -> str:
    """12月20日(含) for the end of a day; for a moment within one 12月20日14时05分, today only 14时05分.

    A ladder that is to climb at midnight climbs a moment after it, and nobody is told of 0时00分.
    """
    local, midnight = at.astimezone(SHANGHAI), instant(civil_day(at))
    if now < midnight and at - midnight < ABOUT_THE_SAME:
        return digest.by_day(civil_day(midnight - ABOUT_THE_SAME))
    hour = f"{local.hour}时{local.minute:02d}分"
    return hour if civil_day(at) == civil_day(now) else f"{local.month}月{local.day}日{hour}"


def _digest(
    box: Letterbox, to: Recipient, texts: list[DueText], by: str, rules: TextRules, now: datetime, *, reminder: bool
) -> list[Built]:
    tasks = _tasks(box, to, texts, rules, now)
    made = digest.digest(tasks, by, rules.sender, reminder=reminder, counts_phone_calls=rules.counts_phone_calls)
    return [_built(one, texts, rules) for one in made]


def _owned(box: Letterbox, to: Recipient, texts: list[DueText], rules: TextRules, now: datetime) -> list[Built]:
    """One text for several escalations, by the earliest of their times."""
    owned = [
        digest.OwnedTask(
            task, digest.gravest([T(t.letter.template) for t in texts if t.letter.elder_id == task.elder_id])
        )
        for task in _tasks(box, to, texts, rules, now)
    ]
    return [
        _built(one.made, [t for t in texts if t.letter.elder_id in one.elders], rules)
        for one in digest.owner_texts(owned, spoken(_climbs_at(texts[0]), now), rules.sender)
    ]


def _tasks(box: Letterbox, to: Recipient, texts: Sequence[DueText], rules: TextRules, now: datetime) -> list[OpenTask]:
    """One task per elder, named so that this phone can tell two apart."""
    first = 60 if rules.counts_phone_calls else 50
    seen: dict[str, OpenTask] = {}
    how: dict[str, str] = {}
    for text in texts:
        elder_id = text.letter.elder_id
        if elder_id is not None and "method" in text.letter.params:
            how[elder_id] = FIRST_BY[Method(text.letter.params["method"])]
        if elder_id is not None and elder_id not in seen:
            seen[elder_id] = box.task_of(to.phone_index, elder_id, text.letter.cause_visit_id or elder_id, now, first)
    called = box.called(to.phone_index, list(seen))
    return [
        task.model_copy(update={"person": who + how.get(elder_id, "")})
        for (elder_id, task), who in zip(seen.items(), called, strict=True)
    ]


def _answers(box: Letterbox, to: Recipient, texts: list[DueText], rules: TextRules, now: datetime) -> list[Built]:
    """Answers of one burst are one text."""
    tasks = {task.elder_id: task for task in _tasks(box, to, texts, rules, now)}
    answers: list[digest.Answer] = []
    for text in texts:
        task, template = tasks[text.letter.elder_id or ""], T(text.letter.template)
        answers.append(digest.Answer(text.id, task.code, template, _params(template, task, text, now)))
    return [
        _built(one.made, [t for t in texts if t.id in one.answers], rules)
        for one in digest.answer_texts(answers, rules.sender)
    ]


def _said(task: OpenTask, text: DueText, now: datetime) -> str:
    """52王奶奶12月18日平安."""
    result = RESULT_WORDS.get(text.letter.params.get("result", ""), "")
    day = text.letter.params.get("day")
    on = datetime.fromisoformat(day).astimezone(SHANGHAI) if day else now.astimezone(SHANGHAI)
    return f"{task.code}{task.person}{on.month}月{on.day}日{result}"


def _single(box: Letterbox, to: Recipient, text: DueText, rules: TextRules, now: datetime) -> Built:
    template = T(text.letter.template)
    needed = parameters(TEMPLATES[template])
    params: dict[str, str] = {}
    tasks = _tasks(box, to, [text], rules, now)
    if template in AS_GIVEN:
        params = text.letter.params
    elif tasks:
        params = _params(template, tasks[0], text, now)
    elif needed:
        about = _about(box, to, text, needed, rules, now)
        params = {name: about[name] for name in needed}
    return _built(digest.worded(template, params, rules.sender), [text], rules)


def _params(template: TemplateId, task: OpenTask, text: DueText, now: datetime) -> dict[str, str]:
    """What the words need that are about one task."""
    needed = parameters(TEMPLATES[template])
    params = {
        "who": f"{task.village}{task.person}" if template in WHERE_TO else task.person,
        "code": str(task.code),
        "what": _said(task, text, now),
        "by": _by(text, now),
    }
    if "code" not in needed:  # a phone may know three of one surname: the code says which
        params["who"] = f"{task.code}{task.person}"
    return {name: params[name] for name in needed}


def _by(text: DueText, now: datetime) -> str:
    by = text.letter.params.get("by")
    return spoken(datetime.fromisoformat(by), now) if by else ""


def _about(
    box: Letterbox, to: Recipient, text: DueText, needed: Sequence[str], rules: TextRules, now: datetime
) -> dict[str, str]:
    """A question back names the elders it is about, or all that this person was asked for; a reminder, till when."""
    first = 60 if rules.counts_phone_calls else 50
    named = [elder for elder in text.letter.params.get("about", "").split(",") if elder]
    elders = (named or box.asked_of(to.id))[:MOST_NAMED]
    tasks = [box.task_of(to.phone_index, elder, elder, now, first) for elder in elders]
    called = sorted(zip((task.code for task in tasks), box.called(to.phone_index, elders), strict=True))
    code, who = called[0] if called else (first, "老人")
    coded = called and "code" not in needed  # as in `_params`
    return {
        "list": ";".join(f"{code}{who}" for code, who in called) or "没有",
        "who": f"{code}{who}" if coded else who,
        "code": str(code),
        "by": _by(text, now),
    }


def _built(made: digest.DigestText, texts: Sequence[DueText], rules: TextRules) -> Built:
    ids = tuple(text.id for text in texts)
    return Built(
        digest_id="D" + hashlib.sha256("|".join(ids).encode()).hexdigest()[:24],
        template=made.template_id,
        params=made.params,
        text=made.text,
        segments=segments(made.text),
        text_class=texts[0].letter.text_class,
        send_by=min(_ends_at(text, rules) for text in texts),
        letter_ids=ids,
    )
