"""The small words every room shares: roles, states, methods, who acted, when a period runs.

Everything here is frozen and carries no rule; rules are in `decisions`. Instants end in `_at` and are
timezone-aware UTC; dates end in `_on` and are Asia/Shanghai civil dates.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Id = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9._:/#+-]+$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Value(BaseModel):
    """A frozen value: equal by content, refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def added(default: Any) -> Any:
    """A field that came later: not written while it holds its default.

    So a fact of before keeps its bytes, and with them its hash, and a worker of before still reads what is written.
    """
    return Field(default=default, exclude_if=lambda value: value == default)


class Role(StrEnum):
    """The closed list of roles. "Caseworker" is whoever of the middle four owns an item."""

    VOLUNTEER = "volunteer"
    GRID_WORKER = "grid_worker"
    VILLAGE_ASSISTANT = "village_assistant"
    TOWNSHIP_OFFICER = "township_officer"
    COUNTY_OFFICER = "county_officer"
    COUNTY_APPROVER = "county_approver"
    ASSESSOR = "assessor"
    AUDITOR = "auditor"
    ADMIN = "admin"


class ActorKind(StrEnum):
    VOLUNTEER = "volunteer"
    STAFF = "staff"
    SYSTEM = "system"


class Channel(StrEnum):
    SMS = "sms"
    CONSOLE = "console"
    PAPER = "paper"
    PHONE = "phone"
    IMPORT = "import"
    ENGINE = "engine"
    PAGE = "page"


BY_VISITORS = (Channel.SMS, Channel.PAGE)
"""By which visitors speak for themselves: how far back, what corrects what, and who reads what was refused."""


class Actor(Value):
    """Who did it. `id` is opaque; `role` is the role under which they acted; an event without one is refused."""

    id: Id
    kind: ActorKind
    role: Role | None = None
    on_behalf_of: Id | None = None


ENGINE = Actor(id="engine", kind=ActorKind.SYSTEM)


class AreaKind(StrEnum):
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"


class Method(StrEnum):
    """How the elder was met. A pack says which of these count as a visit."""

    HOME = "home"  # 上门
    PHONE = "phone"  # 电话
    VIDEO = "video"  # 视频
    GROUP = "group"  # 小组


class Evidence(StrEnum):
    SMS_DIGIT = "sms_digit"
    PAGE = "page"
    STAFF = "staff"
    PAPER_FORM = "paper_form"


class Finding(StrEnum):
    """One check's answer. What an SMS digit does not say is `not_asked`, never `fine`."""

    NOT_ASKED = "not_asked"
    FINE = "fine"
    CONCERN = "concern"


class AgreedHow(StrEnum):
    """How a volunteer said that they agree to be asked and texted."""

    IN_PERSON = "in_person"
    BY_PHONE = "by_phone"
    SIGNED = "signed"
    BY_TEXT = "by_text"


class Checks(Value):
    """The five checks of a visit: health, means, family, safety of the home, needs.

    Source: 民发〔2022〕73号, as 唐山 follows it.
    """

    health: Finding = Finding.NOT_ASKED
    economy: Finding = Finding.NOT_ASKED
    family: Finding = Finding.NOT_ASKED
    safety: Finding = Finding.NOT_ASKED
    services: Finding = Finding.NOT_ASKED


class Need(StrEnum):
    """A need a visitor reports. `UNSPECIFIED` is the SMS digit 3: somebody must ask what is needed."""

    UNSPECIFIED = "unspecified"
    DAILY_CARE = "daily_care"  # 生活照料
    REHABILITATION = "rehabilitation"  # 康复护理
    COMPANY = "company"  # 精神慰藉
    HOME_ADAPTATION = "home_adaptation"  # 适老化改造
    ASSESSMENT = "assessment"  # 能力评估


class VisitResult(StrEnum):
    """What a report says happened at the door."""

    WELL = "well"  # 平安
    NOT_SEEN = "not_seen"  # 没见到
    NEEDS_HELP = "needs_help"  # 要帮忙: the elder was seen and needs something
    CANNOT_GO = "cannot_go"  # 去不了: the visitor gives the task back


class VisitKind(StrEnum):
    SCHEDULED = "scheduled"
    AD_HOC = "ad_hoc"


class VisitState(StrEnum):
    """Exactly one of these; *overdue* is the ladder's trigger, not a fifth state."""

    OPEN = "open"
    DONE = "done"
    LATE = "late"
    MISSED = "missed"
    CANCELLED = "cancelled"


class CaseStatus(StrEnum):
    OPEN = "open"
    SUSPENDED = "suspended"
    DEATH_REPORTED = "death_reported"
    CLOSED = "closed"


class SuspendReason(StrEnum):
    HOSPITAL = "hospital"
    AWAY = "away"
    IN_INSTITUTION = "in_institution"


class CloseReason(StrEnum):
    DEATH_CONFIRMED = "death_confirmed"
    MOVED_OUT = "moved_out"
    NOT_ELIGIBLE = "not_eligible"


class DeathSource(StrEnum):
    """What a death was confirmed by. `OTHER` is named in the note."""

    DEATH_CERTIFICATE = "death_certificate"  # 死亡医学证明
    VILLAGE_DOCTOR = "village_doctor"  # 村医证明
    CREMATION = "cremation"  # 火化证明
    DEREGISTERED = "deregistered"  # 户口注销
    COURT = "court"  # 法院宣告
    SEEN = "seen"  # 工作人员上门核实
    OTHER = "other"


class EscalationCause(StrEnum):
    OVERDUE = "overdue"
    NO_VOLUNTEER = "no_volunteer"
    NOT_SEEN = "not_seen"
    RISK = "risk"
    NEED = "need"
    DEATH_TO_CONFIRM = "death_to_confirm"
    ASSESSMENT_LATE = "assessment_late"  # a step of an assessment was not done in time
    BENEFIT_LATE = "benefit_late"  # a step of a benefit was not done in time


class Urgency(StrEnum):
    ORDINARY = "ordinary"
    URGENT = "urgent"  # danger to life


class Outcome(StrEnum):
    """How a named person ended an escalation."""

    VISITED = "visited"
    REACHED_BY_PHONE = "reached_by_phone"
    HOSPITAL = "hospital"
    MOVED = "moved"
    DIED = "died"
    REFUSED = "refused"
    EMERGENCY_CALLED = "emergency_called"  # 110/120
    REPORTED_BY_VISITOR = "reported_by_visitor"  # a later valid report resolved it
    WITHDRAWN = "withdrawn"  # the cause itself went (closed, undone)
    DONE = "done"  # what it was about has been done since
    OTHER = "other"


class Undelivered(StrEnum):
    """Why a text did not arrive, in our words. A provider's own stay in `send_receipt`: to a case they are `OTHER`.

    Values are spelled as the first facts spelled them, so that these still follow from each other.
    """

    NO_NUMBER = "no number"
    BAD_NUMBER = "bad_number"
    OPTED_OUT = "recipient_opted_out"
    TOO_LATE = "its time has passed before it was sent"
    PERHAPS_TOO_LATE = "its time has passed before it was known to be sent"
    UNKNOWN = "unknown, and not found after a second try"
    FAILED = "failed"  # so the provider's receipt
    UNDELIVERED = "undelivered"  # so the provider's receipt
    OTHER = "other"


class NoteRef(Value):
    """A free text kept in the register; facts carry its id and hash only."""

    id: Id
    sha256: Sha256


class EnclosedRef(Value):
    """A photo or a position in the table of its own; facts carry its id and the hash of what is kept."""

    id: Id
    sha256: Sha256


class Enclosed(Value):
    """What came with a report because the elder, asked then and there, agreed: without that nothing is kept."""

    photo: EnclosedRef | None = None
    position: EnclosedRef | None = None


class Period(Value):
    """One period of one elder.

    `starts_at ≤ asks_at ≤ due_at ≤ ends_at`; half-open, `ends_at` is the next period's `starts_at`.
    `due_on` is the last civil day to be on time; None for cadences shorter than a day, where `due_at` decides.
    """

    id: Id
    starts_at: AwareDatetime
    asks_at: AwareDatetime
    remind_at: tuple[AwareDatetime, ...]
    due_at: AwareDatetime
    ends_at: AwareDatetime
    due_on: date | None = None
