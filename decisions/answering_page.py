"""What is ticked on a visitor's page → messages to the case, as a text with the same answer would make.

The note is read for danger and death as every text is: whoever writes 摔倒了 into it has told us, whatever they tick.
A danger is a message of its own, so that it is heard whatever becomes of the report.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pydantic import AwareDatetime

from decisions.deadlines import civil_day
from decisions.reading import read
from models.messages import ReportDanger, ReportDeath, ReportVisit
from models.reading import OpenTask, SenderContext, SenderKind
from models.values import (
    Actor,
    ActorKind,
    Channel,
    Checks,
    Enclosed,
    Evidence,
    Method,
    NoteRef,
    Role,
    VisitResult,
)
from models.visiting import NOTHING, Beside, Enclosure, EnclosureKind, Left, TaskShown, Ticked, VisitTask

NOT_THERE = (VisitResult.NOT_SEEN, VisitResult.CANNOT_GO)
ANY_CODE = 50
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
AnyReport = ReportVisit | ReportDanger | ReportDeath


def contradicts(ticked: Ticked) -> bool:
    """Who saw nobody has found nothing: asked back, never guessed."""
    return ticked.result in NOT_THERE and (ticked.checks != Checks() or bool(ticked.needs))


def not_kept(ticked: Ticked, beside: Beside) -> Left | None:
    """Why neither photo nor position may be kept: it needs the elder, and the elder's yes. None: both may."""
    if not (beside.photo or beside.too_large or beside.position):
        return None
    if ticked.result in NOT_THERE or ticked.method is not Method.HOME:
        return Left.NOT_SEEN
    return None if beside.agreed else Left.NOT_AGREED


def is_heic(photo: bytes) -> bool:
    """By how such a file begins (ISO/IEC 14496-12, `ftyp` and its brand), whatever it is called."""
    return photo[4:8] == b"ftyp" and photo[8:12] in HEIC_BRANDS


def left_of(beside: Beside, kept: Sequence[EnclosureKind]) -> Left | None:
    """Why the photo of what might be kept is not among what is."""
    if beside.too_large:
        return Left.TOO_LARGE
    if not beside.photo or EnclosureKind.PHOTO in kept:
        return None
    return Left.HEIC if is_heic(beside.photo) else Left.NO_PHOTO


def enclosed_of(kept: Sequence[Enclosure]) -> Enclosed | None:
    return Enclosed.model_validate({one.kind.value: one.ref for one in kept}) if kept else None


def key_of(task: VisitTask, form_id: str, ticked: Ticked, words: str, beside: Beside = NOTHING) -> str:
    """The same form sent twice is one message; the same form with another answer, or photo, is another one."""
    said = f"{task.visit_id}\n{task.volunteer_id}\n{form_id}\n{ticked.model_dump_json()}\n{words}"
    if beside.position:
        said += f"\n{beside.position.model_dump_json()}"
    if beside.photo:
        said += f"\n{hashlib.sha256(beside.photo).hexdigest()}"
    return f"page-{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def danger_key(key: str) -> str:
    return f"{key}-danger"


def messages_of(
    task: VisitTask, shown: TaskShown | None, ticked: Ticked, key: str, note: NoteRef | None, words: str,
    received_at: AwareDatetime, enclosed: Enclosed | None = None,
) -> list[AnyReport]:  # fmt: skip
    """The report first, then danger and death. `shown` None: the visit was given to others since."""
    heard = read(words, _context(task, shown)) if words else None
    head = {
        "actor": Actor(id=task.volunteer_id, kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER),
        "channel": Channel.PAGE, "received_at": received_at, "note": note,
    }  # fmt: skip
    today = ticked.visited_on == civil_day(received_at)
    report = ReportVisit.model_validate(
        head | {
            "key": key, "visit_id": task.visit_id, "visitor_id": task.volunteer_id, "result": ticked.result,
            "visited_on": ticked.visited_on, "visited_at": received_at if today else None, "method": ticked.method,
            "evidence": Evidence.PAGE, "checks": ticked.checks, "needs": ticked.needs,
            "risk": heard is not None and heard.danger_unsure, "enclosed": enclosed,
        }
    )  # fmt: skip
    more: list[AnyReport] = []
    if ticked.danger or (heard is not None and heard.urgent):
        more.append(ReportDanger.model_validate(head | {"key": danger_key(key), "visit_id": task.visit_id}))
    if heard is not None and heard.death_reported:
        more.append(ReportDeath.model_validate(head | {"key": f"{key}-death"}))
    return [report, *more]


def _context(task: VisitTask, shown: TaskShown | None) -> SenderContext:
    """As if it were a text about this one task, whose code nobody writes there."""
    open_task = OpenTask(
        code=ANY_CODE, elder_id=task.elder_id, person=shown.who if shown else "老人",
        village=shown.village if shown else "", visit_id=task.visit_id,
    )  # fmt: skip
    return SenderContext(sender_kind=SenderKind.VOLUNTEER, open_tasks=(open_task,))
