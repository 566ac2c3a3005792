"""Speaks the table "Sent" of `docs/sms.md`: what waits for one phone, the moment, what `post.gather` makes of it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import cast

from decisions.deadlines import SHANGHAI
from decisions.wording import ElderName, Sex, persons
from models.letters import TextClass, TextLetter
from models.policy import TextRules
from models.reading import OpenTask
from policies import pack
from post.gather import gather
from post.ports import Built, DueText, Letterbox, Recipient
from tests.decisions.case_player import at

Person = tuple[str, str, Sex, str]
WAITS = "waits until "
RULES = pack.load("fengjie").texts
DAY, DUE = "2026-12-18", at("2026-12-21 00:00")
_MANY = "赵钱孙李周吴郑冯陈褚卫蒋沈韩杨朱秦尤许何"
_PEOPLE: dict[int, Person] = {
    52: ("三河村", "王秀芳", "female", "h52"),
    53: ("东坪村", "李大山", "male", "h53"),
    54: ("三河村", "王桂兰", "female", "h54"),
    55: ("三河村", "孙玉英", "female", "h55"),
    56: ("三河村", "周有才", "male", "h55"),
    **{60 + n: ("三河村", f"{surname}玉英", "female", f"h{60 + n}") for n, surname in enumerate(_MANY)},
}
_WAITING = re.compile(r"(gone )?(\w+)(?: (\d\d)(?:-(\d\d))?)?(?: by ([\d: -]+?))?(?: @([\d: -]+))?")
_KINDS: dict[str, dict[str, object]] = {
    "task": {"template": "task_one"},
    "reminder": {"template": "reminder_one"},
    "well": {"template": "confirmed", "is_confirmation": True, "wait_for_slot": False, "params": {"result": "well"}},
    "help": {
        "template": "confirmed", "is_confirmation": True, "wait_for_slot": False, "params": {"result": "needs_help"},
    },
    "question": {"template": "ask_back_no_result", "wait_for_slot": False},
    "beside": {"template": "ask_back_no_result", "wait_for_slot": False, "in_burst": True},
    "menu": {"template": "menu", "wait_for_slot": False},
    "urgent": {"template": "urgent", "text_class": TextClass.URGENT, "wait_for_slot": False},
    "sign_in": {
        "template": "sign_in_code", "text_class": TextClass.SIGN_IN, "wait_for_slot": False,
        "params": {"digits": "654321"},
    },
}  # fmt: skip


def moment(said: str) -> datetime:
    """`09:00` is of the day of the table, `12-19 09:00` of another."""
    return at(f"{DAY} {said}" if len(said) == len("09:00") else f"2026-{said}")


class OnePhone:
    """The letters of one phone in memory, and what has become of each, by id."""

    def __init__(self, waiting: str, now: datetime, sent: int, same: int) -> None:
        self._sent, self._same, self.became = sent, same, dict[str, str]()
        self.texts = [text for said in waiting.split(" + ") for text in _letters(said, now)]

    def recipients_due(self, now: datetime) -> list[str]:
        return ["V-1"]

    def text_rules(self, now: datetime, recipient_id: str | None) -> TextRules:
        return RULES

    def due_texts(self, recipient_id: str, now: datetime) -> list[DueText]:
        return [text for text in self.texts if text.created_at <= now]

    def waiting_texts(self, recipient_id: str, now: datetime) -> list[DueText]:
        return [text for text in self.texts if self.became.get(text.id, "").startswith(WAITS)]

    def recipient(self, recipient_id: str, now: datetime) -> Recipient:
        return Recipient("V-1", "volunteer", "p", True, self._sent)

    def same_text_today(self, phone_index: str, text: str, now: datetime) -> int:
        return self._same

    def task_of(self, phone_index: str, elder_id: str, visit_id: str, now: datetime, first_code: int) -> OpenTask:
        village, _, _, household = _PEOPLE[int(elder_id)]
        return OpenTask(
            code=int(elder_id), elder_id=elder_id, person="老人", visit_id=visit_id, village=village,
            household_id=household,
        )  # fmt: skip

    def asked_of(self, recipient_id: str) -> list[str]:
        return [text.letter.elder_id for text in self.texts if text.letter.elder_id is not None]

    def called(self, phone_index: str, elder_ids: list[str]) -> list[str]:
        people = [(elder, *_PEOPLE[int(elder)]) for elder in elder_ids]
        return list(
            persons(
                [ElderName(elder_id=id_, surname=name[0], given=name[1:], sex=sex) for id_, _, name, sex, _ in people]
            )
        )

    def post_digest(self, recipient: Recipient, built: Built, now: datetime) -> None:
        self.became |= dict.fromkeys(built.letter_ids, built.text)

    def postpone(self, letter_ids: tuple[str, ...], until: datetime) -> None:
        local = until.astimezone(SHANGHAI)
        said = f"{WAITS}{local:%m-%d %H:%M}".replace(f"{DAY[5:]} ", "")
        self.became |= dict.fromkeys(letter_ids, said)

    def drop(self, letter_ids: tuple[str, ...], state: str, why: str, now: datetime) -> None:
        self.became |= dict.fromkeys(letter_ids, f"{state}: {why}")


def goes(waiting: str, when: str, sent: int, same: int) -> str:
    """What becomes of it all at that moment, joined by ` / `."""
    phone = OnePhone(waiting, moment(when), sent, same)
    gather(cast(Letterbox, phone), moment(when))
    return " / ".join(dict.fromkeys(phone.became[text.id] for text in phone.texts))


def _letters(said: str, now: datetime) -> list[DueText]:
    """`gone task 52-54 by 12:00 @08:32`: one letter for each of these codes, made at that time."""
    found = _WAITING.fullmatch(said)
    assert found is not None, said
    gone, kind, first, last, by, made = found.groups()
    created = moment(made) if made else now
    head = {"recipient_id": "V-1", "recipient_kind": "volunteer", "send_by": moment(by) if by else None}
    out: list[DueText] = []
    for code in range(int(first or 0), int(last or first or 0) + 1):
        asks = kind in ("question", "beside")  # these name their elder in `about`
        elder = {"params": {"about": str(code)}} if asks else {"elder_id": str(code)} if first else {}
        letter = TextLetter.model_validate({**head, **_KINDS[kind], **elder})
        out.append(DueText(f"{kind}-{code}", letter, created, gone is None, DUE if first else None))
    return out
