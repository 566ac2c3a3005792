"""February 2026, Spring Festival (15–23 off, the 14th and 28th worked) in the middle: every hour, every text.

Asked, silent, reminded, overdue, grid worker, the village assistant acknowledges and forgets, it climbs again, the
township officer resolves late. Calendar: State Council notice for 2026, as `chinesecalendar` has it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from decisions import slots
from decisions.deadlines import SHANGHAI
from decisions.digest import digest
from decisions.wording import TemplateId, render
from models import events as e
from models import messages as m
from models.letters import TextClass, TextLetter
from models.reading import OpenTask
from models.values import Outcome, VisitState
from policies import pack
from post.gather import spoken
from tests.decisions.case_player import OFFICER, CasePlayer, at
from tests.decisions.test_escalation import LadderPlayer

RULES = pack.load("fengjie").texts
TASK = OpenTask(code=60, elder_id="E1", person="王奶奶", visit_id="E1.2026-02", village="示例一村")


def said(when: datetime) -> str:
    return when.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def letter(template: TemplateId, *, slot: bool, send_by: datetime | None = None) -> TextLetter:
    return TextLetter(
        recipient_id="V-1", recipient_kind="volunteer", template=template, wait_for_slot=slot, send_by=send_by,
        text_class=TextClass.ORDINARY,
    )  # fmt: skip


def test_february_2026_hour_by_hour() -> None:
    case = CasePlayer(at("2026-02-01 00:00"))
    case.until(at("2026-02-15 00:00"))
    assert [(type(event).__name__, said(when)) for event, when in case.said[2:]] == [
        ("VisitOpened", "02-03 08:32"),
        ("VisitorReminded", "02-09 09:00"),
        ("VisitorReminded", "02-13 09:00"),
        ("VisitOverdue", "02-15 00:00"),  # due on Saturday the 14th: the 20th is a holiday, and the 14th is worked
        ("EscalationOpened", "02-15 00:00"),
    ]
    ladder = LadderPlayer(at("2026-02-15 00:00"))
    ladder.until(at("2026-02-16 10:00"))
    assert ladder.tell(m.Acknowledge) == "EscalationAcknowledged"
    ladder.until(at("2026-02-19 12:00"))
    assert [
        (event.role.value, said(when), event.because) for event, when in ladder.said if isinstance(event, e.RungReached)
    ] == [
        ("grid_worker", "02-15 00:00", "opened"),
        ("village_assistant", "02-16 00:00", "not_acknowledged"),
        ("township_officer", "02-18 10:00", "not_resolved"),  # acknowledged on the 16th at 10, forgotten for two days
    ]
    ladder.tell(m.Resolve, actor=OFFICER, outcome=Outcome.VISITED, visited_on=date(2026, 2, 19))
    assert ladder.state.ended and ladder.state.resolved_by == OFFICER
    case.until(at("2026-02-19 12:00"))
    case.tell(
        m.EscalationClosed, escalation_id=case.last(e.EscalationOpened).escalation_id, visit_id="E1.2026-02",
        outcome=Outcome.VISITED, visited_on=date(2026, 2, 19), resolved_by=OFFICER,
    )  # fmt: skip
    assert case.visit("2026-02").state is VisitState.LATE
    assert case.until(at("2026-03-01 00:00")) == []


def test_the_texts_of_february_2026_word_by_word_at_their_hours() -> None:
    case = CasePlayer(at("2026-02-01 00:00"))
    case.until(at("2026-02-15 00:00"))
    opened = next(when for event, when in case.said if isinstance(event, e.VisitOpened))
    due_at = case.visit("2026-02").period.due_at
    asked = letter(TemplateId.TASK_ONE, slot=True)
    assert said(slots.goes_at(asked, opened, RULES)) == "02-03 09:00"
    (task,) = digest([TASK], spoken(due_at, opened), RULES.sender, counts_phone_calls=True)
    assert task.text == (
        "【奉节民政】请在2月14日(含)前看望示例一村王奶奶,编号60。平安回601,没见到回602,要帮忙回603,去不了回604,电话联系上回605。"
    )
    reminded = letter(TemplateId.REMINDER_ONE, slot=True, send_by=due_at)
    assert said(slots.goes_at(reminded, at("2026-02-13 09:00"), RULES)) == "02-13 09:00"
    (reminder,) = digest([TASK], spoken(due_at, opened), RULES.sender, reminder=True, counts_phone_calls=True)
    assert reminder.text.startswith("【奉节民政】还没收到回复。请在2月14日(含)前看望示例一村王奶奶")
    owner = letter(TemplateId.ESCALATION_OWNER, slot=False, send_by=at("2026-02-16 00:00"))
    assert said(slots.goes_at(owner, at("2026-02-15 00:00"), RULES)) == "02-15 08:00"  # quiet until eight
    words = render(
        TemplateId.ESCALATION_OWNER,
        {"who": "示例一村王奶奶", "by": spoken(at("2026-02-16 00:00"), at("2026-02-15 00:00")), "code": "60"},
        RULES.sender,
    )
    assert words.startswith("【奉节民政】示例一村王奶奶本次还没有人见到,请您在2月15日(含)前处理。接手请回:60收到。")
    danger = TextLetter(recipient_id="S-1", recipient_kind="staff", template="urgent", text_class=TextClass.URGENT)
    assert slots.goes_at(danger, datetime(2026, 2, 16, 19, 0, tzinfo=UTC), RULES) == datetime(
        2026, 2, 16, 19, tzinfo=UTC
    )
