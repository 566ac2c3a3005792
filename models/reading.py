"""What a text message was understood to say, and what must be known about its sender to understand it.

A `Reading` is coded: it carries ids, codes and enums, never a word of the text. Rules and examples: `docs/sms.md`.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from models.values import Id, Method, Value, VisitResult


class Rule(StrEnum):
    """The rules of `docs/sms.md`, one id each, in the order they are tried."""

    QUOTE_CUT = "quote_cut"
    DANGER = "danger"
    DANGER_DENIED = "danger_denied"
    DANGER_PAST = "danger_past"
    DANGER_FEARED = "danger_feared"
    STOP = "stop"
    MENU = "menu"
    HELP_IS_NEED = "help_is_need"
    UNKNOWN_PHONE = "unknown_phone"
    NO_WORDS = "no_words"
    CODE_RESULT = "code_result"
    SEVERAL = "several"
    ONE_OPEN = "one_open"
    NAME_AS_CODE = "name_as_code"
    NO_SUCH_NUMBER = "no_such_number"
    UNKNOWN_CODE = "unknown_code"
    NO_CODE = "no_code"
    NO_RESULT = "no_result"
    CONTRADICTION = "contradiction"
    WELL_WORDS = "well_words"
    NOT_SEEN_WORDS = "not_seen_words"
    CANNOT_GO_WORDS = "cannot_go_words"
    ACKNOWLEDGED = "acknowledged"
    DEATH = "death"
    DEATH_UNSURE = "death_unsure"
    ALL_ONE_HOUSEHOLD = "all_one_household"
    ALL_SEVERAL_HOUSEHOLDS = "all_several_households"
    NEGATION = "negation"
    INTENTION = "intention"
    QUESTION = "question"
    HEARSAY = "hearsay"
    UNCERTAIN = "uncertain"
    DAY_SAID = "day_said"
    DAY_UNCLEAR = "day_unclear"
    OTHERS_ELDER = "others_elder"
    OWN_UNASKED = "own_unasked"
    NO_OPEN_TASK = "no_open_task"
    ALREADY_RECORDED = "already_recorded"
    CORRECTION = "correction"
    WRONG = "wrong"
    KEPT = "kept"
    STAFF_VISIT = "staff_visit"
    ESCALATION_ACKNOWLEDGED = "escalation_acknowledged"
    ESCALATION_ANSWERED = "escalation_answered"


class SenderKind(StrEnum):
    VOLUNTEER = "volunteer"
    STAFF = "staff"
    UNKNOWN = "unknown"


class CodeState(StrEnum):
    """Why a code of this phone has no open task."""

    REPORTED = "reported"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    IDLE = "idle"


class Coded(Value):
    """An elder as a code stands for them; `person` is what our texts call them, e.g. 王奶奶 or 王奶奶(芳)."""

    code: int = Field(ge=50, le=999)
    elder_id: Id
    person: str


class OpenTask(Coded):
    """A visit this phone was asked for. `last_result`: an attempt already recorded for it, e.g. not seen."""

    visit_id: Id
    village: str
    household_id: Id | None = None
    last_result: VisitResult | None = None


class KnownCode(Coded):
    """A code of this phone without an open task. `visit_id`, `last_result`: of the last report, if any."""

    village: str
    state: CodeState
    household_id: Id | None = None
    visit_id: Id | None = None
    last_result: VisitResult | None = None


class OtherCode(Coded):
    """A code of another phone of the township that stands for exactly one elder there; `visit_id` if one is open."""

    visit_id: Id | None = None


class EscalationCode(Coded):
    """A code under which a staff member was told of an escalation."""

    escalation_id: Id
    visit_id: Id | None = None


class SenderContext(Value):
    """What the inbox looked up about the sender before reading.

    `counts_phone_calls`: the pack counts 电话, so the digit 5 is in use and new codes start at 60.
    `others_codes` leaves out every code that two phones of the township use.
    """

    sender_kind: SenderKind
    open_tasks: tuple[OpenTask, ...] = ()
    known_codes: tuple[KnownCode, ...] = ()
    others_codes: tuple[OtherCode, ...] = ()
    escalation_codes: tuple[EscalationCode, ...] = ()
    counts_phone_calls: bool = False


class Standing(StrEnum):
    """What an answer is to the task its code stands for."""

    ASKED = "asked"  # the open task of this phone
    UNASKED = "unasked"  # the code is theirs, nothing is open
    OTHERS = "others"  # another volunteer's elder: both are told
    ALREADY = "already"  # the same result is recorded
    CORRECTION = "correction"  # another result is recorded: history keeps both
    KEPT = "kept"  # suspended or closed: to a caseworker
    STAFF_VISIT = "staff_visit"  # a staff member used a volunteer's code
    ESCALATION = "escalation"  # a staff member answers an escalation


class NamedDay(Value):
    """A day as written: 12月18日, or 18号 without a month. Whoever knows today's date makes a date of it."""

    day: int = Field(ge=1, le=31)
    month: int | None = Field(default=None, ge=1, le=12)


class Answer(Value):
    """One certain result for one elder.

    `visited_day_offset`: 0 今天, -1 昨天, down to -3; None when no relative day was written.
    `visited_on`: a day written as a date; at most one of the two is set. Neither: the day it was received.
    """

    code: int
    elder_id: Id
    result: VisitResult
    by_rule: Rule
    standing: Standing
    visit_id: Id | None = None
    escalation_id: Id | None = None
    method: Method = Method.HOME
    visited_day_offset: int | None = Field(default=None, ge=-3, le=0)
    visited_on: NamedDay | None = None

    @property
    def correction(self) -> bool:
        return self.standing is Standing.CORRECTION


class AskBack(StrEnum):
    """Why something is asked back; `decisions/wording.py` has one template for each."""

    UNKNOWN_CODE = "unknown_code"
    NO_CODE = "no_code"  # a result, but for whom
    NO_RESULT = "no_result"  # an elder, but which result
    CONTRADICTION = "contradiction"
    WHICH_DAY = "which_day"
    CORRECTION = "correction"  # 52错: what is right instead
    UNCERTAIN = "uncertain"
    WORDS_PLEASE = "words_please"  # picture, empty, emoji


class Named(Value):
    """One elder a text is about."""

    code: int
    elder_id: Id


class Reading(Value):
    """Everything one text was understood to say. What is not certain is in no field but `ask_back`.

    `danger_unsure`: a danger or a death was written but denied, past, feared or asked about; a caseworker reads it.
    `danger_about`: whom the danger or the doubt is about, empty when the text does not tell.
    `acknowledges`: ids of the escalations a staff member took on.
    `correction_of`: codes whose record was called wrong without saying what is right.
    `no_open_task`: the sender is told so; nothing was asked of them.
    `ask_about`: the elders the question is about, empty when it is about the whole text.
    `rules`: which rows of `docs/sms.md` fired, in order.
    """

    urgent: bool = False
    danger_unsure: bool = False
    danger_about: tuple[Named, ...] = ()
    opted_out: bool = False
    wants_menu: bool = False
    acknowledged: bool = False
    acknowledges: tuple[Id, ...] = ()
    answers: tuple[Answer, ...] = ()
    correction_of: tuple[Named, ...] = ()
    death_reported: tuple[Named, ...] = ()
    no_open_task: bool = False
    ask_back: AskBack | None = None
    ask_about: tuple[Named, ...] = ()
    rules: tuple[Rule, ...] = ()
