"""Every row of "Who writes" in `docs/sms.md`: what was recorded, what was answered to whom, and who has it to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest_asyncio

from tests.databases import Databases
from tests.sms_page import rows
from tests.stories.who_writes import Item, Lived, lived

Story = TypeVar("Story", bound=Callable[..., object])
_LIVED: dict[str, Lived] = {}
_STORIES: list[str] = []
DIGITS = "1平安2没见到3要帮忙4去不了"
GONE_BEFORE = "已有人去看望过,这次您可以不去。想去也欢迎,去后照常回短信。"


def row(who: str) -> Callable[[Story], Story]:
    """The test is a story of this row."""
    _STORIES.append(who)
    return lambda story: story


@pytest_asyncio.fixture
async def month(databases: Databases, dialect: str, tmp_path: Path) -> AsyncIterator[Lived]:
    """Lived once a process and dialect."""
    if dialect not in _LIVED:
        url = databases.migrated(tmp_path)
        _LIVED[dialect] = await lived(tmp_path, url)
        databases.drop(url)
    yield _LIVED[dialect]


def test_every_row_of_the_page_has_a_story() -> None:
    assert set(_STORIES) == {who for who, _ in rows("Who writes")}


async def test_every_promise_of_texts_holds_and_every_item_is_of_a_text_here(month: Lived) -> None:
    assert month.broken == []
    asked_of_a_person = {
        words for words, items in month.items.items() if items[0].item not in ("follow_up", "call_by_phone")
    }
    assert asked_of_a_person - {"hospital"} == {"991", "601", "612", "521", "示例二村何奶奶搬走了", "604"}


@row("phone known, code of another volunteer's elder")
async def test_who_goes_to_another_volunteers_elder_has_made_the_visit_and_both_are_told(month: Lived) -> None:
    assert month.facts["E-asked"] == ["03-16 10:00 VisitReported well on 03-16 by V-own"]
    assert month.told("V-own", "03-16") == ["03-16 10:10 已记:62李奶奶3月16日平安。记错了请回:62错"]
    assert month.told("V-other", "03-16") == [f"03-17 09:00 71李奶奶{GONE_BEFORE}"]


@row("phone known, code of another volunteer's elder")
async def test_an_elder_of_anothers_who_was_not_asked_for_yet_is_not_asked_for_any_more(month: Lived) -> None:
    assert month.facts["E-not-asked"] == [
        "03-01 10:00 VisitOpened unasked",
        "03-01 10:00 VisitReported well on 03-01 by V-own",
    ]
    assert month.told("V-own", "03-01")[0] == "03-01 10:10 已记:61张奶奶3月1日平安。记错了请回:61错"
    assert not any("张奶奶" in text for text in month.told("V-other", "03-01"))


@row("phone known, no open task")
async def test_who_was_not_asked_yet_has_made_the_visit_by_their_own_code(month: Lived) -> None:
    assert month.facts["E-early"] == [
        "03-01 10:00 VisitOpened unasked",
        "03-01 10:00 VisitReported well on 03-01 by V-early",
    ]
    assert month.told("V-early", "03-01") == ["03-01 10:10 已记:60刘奶奶3月1日平安。记错了请回:60错"]


@row("phone known, no open task")
async def test_who_has_no_code_is_told_that_nothing_is_asked_of_them(month: Lived) -> None:
    assert month.told("V-1", "03-01") == ["03-01 10:00 您现在没有待访任务"]


@row("code unknown")
async def test_a_code_of_nobodys_is_asked_back_with_the_list(month: Lived) -> None:
    assert (month.facts["E-lost-1"], month.facts["E-lost-2"]) == ([], [])
    assert month.told("V-lost", "03-16") == [
        f"03-16 10:00 没有找到您写的编号,还没有记。您这里有:60陈奶奶;61杨奶奶。请回编号加数字:{DIGITS},如601"
    ]
    a_day_later = [Item("unclear_reply", f"E-lost-{n}", "T1", "township_officer", "unanswered") for n in (1, 2)]
    assert month.items["991"] == a_day_later


@row("task already reported")
async def test_the_same_said_again_is_recorded_once_and_answered_with_its_day(month: Lived) -> None:
    assert month.facts["E-same"] == [
        "03-16 10:00 VisitReported well on 03-15 by V-same",
        "03-16 11:00 MessageRefused already_reported",
    ]
    assert month.told("V-same", "03-16") == [
        "03-16 10:10 已记:60赵奶奶3月15日平安。记错了请回:60错",
        "03-16 11:10 已记过:60赵奶奶3月15日平安。记错了请回:60错",
    ]


@row("task already reported")
async def test_another_result_the_next_day_corrects_the_first_and_keeps_its_day(month: Lived) -> None:
    assert month.facts["E-more"] == [
        "03-16 10:00 VisitReported well on 03-16 by V-more",
        "03-17 10:30 ReportCorrected needs_help on 03-16",
        "03-17 10:30 ServiceNeeded",
    ]
    assert month.told("V-more", "03-16") == [
        "03-16 10:10 已记:60黄奶奶3月16日平安。记错了请回:60错",
        "03-17 10:40 已改为:60黄奶奶3月16日要帮忙。再改请回:60错",
    ]


@row("task already reported")
async def test_not_seen_after_all_takes_the_visit_back_and_is_answered_once(month: Lived) -> None:
    assert month.facts["E-less"] == [
        "03-16 10:00 VisitReported well on 03-16 by V-less",
        "03-16 11:00 ReportCorrected nothing",
        "03-16 11:00 AttemptRecorded not_seen by V-less",
    ]
    assert month.told("V-less", "03-16") == [
        "03-16 10:10 已记:60周奶奶3月16日平安。记错了请回:60错",
        "03-16 11:10 周奶奶这次没见到。请打个电话,问问邻居,明天再去一次。见到平安请回601,还是没见到请回602",
    ]


@row("task already reported")
async def test_a_record_called_wrong_is_taken_back_and_what_is_right_is_asked_once(month: Lived) -> None:
    assert month.facts["E-wrong"] == [
        "03-16 10:00 VisitReported well on 03-16 by V-wrong",
        "03-16 11:00 ReportCorrected nothing",
        "03-16 12:00 VisitReported needs_help on 03-16 by V-wrong",
        "03-16 12:00 ServiceNeeded",
    ]
    assert month.told("V-wrong", "03-16") == [
        "03-16 10:10 已记:60吴奶奶3月16日平安。记错了请回:60错",
        "03-16 11:00 吴奶奶原来记的是什么不对?请重新回:平安回601,没见到回602,要帮忙回603,去不了回604。",
        "03-16 12:10 已记:60吴奶奶3月16日要帮忙。记错了请回:60错",
    ]


@row("task suspended or closed")
async def test_what_is_written_of_a_case_that_stands_still_is_kept_for_a_caseworker(month: Lived) -> None:
    assert (month.facts["E-suspended"], month.facts["E-closed"]) == ([], [])
    assert month.told("V-kept", "03-16") == [
        f"03-16 10:00 {who}的回复已收下,工作人员会看。现在不用再去。" for who in ("60徐奶奶", "61孙奶奶")
    ]
    assert month.items["601"] == [Item("unclear_reply", "E-suspended", "T1", "township_officer", "kept")]
    assert month.items["612"] == [Item("unclear_reply", "E-closed", "T1", "township_officer", "kept")]


@row("phone unknown")
async def test_a_stranger_is_named_nobody_and_the_text_waits_for_a_person(month: Lived) -> None:
    fixed = ["03-16 10:00 这个号码没有登记,短信已转给值班人员。"]
    assert month.told("stranger", "03-16") == month.told("neighbour", "03-16") == fixed
    assert month.items["521"] == [Item("unknown_phone", None, None, "county_officer", "unknown_phone")]
    at_the_township = Item("unknown_phone", None, "T1", "township_officer", "unknown_phone")
    assert month.items["示例二村何奶奶搬走了"] == [at_the_township]


@row("one phone, two volunteers")
async def test_of_two_with_one_phone_the_code_says_who_and_a_bare_digit_is_asked_back(month: Lived) -> None:
    assert month.facts["E-wife"] == [
        "03-16 11:00 VisitReported needs_help on 03-16 by V-wife",
        "03-16 11:00 ServiceNeeded",
    ]
    assert month.facts["E-husband"] == ["03-16 11:00 VisitReported well on 03-16 by V-husband"]
    assert month.told("V-wife", "03-16") == [
        f"03-16 10:00 不知道您说的是哪一位,还没有记。您这里有:60朱奶奶;61胡奶奶。请回编号加数字:{DIGITS},如601",
        "03-16 11:10 已记:60朱奶奶3月16日要帮忙。记错了请回:60错",
        "03-16 11:10 已记:61胡奶奶3月16日平安。记错了请回:61错",
    ]


@row("staff number with a volunteer's code")
async def test_an_officer_who_writes_a_volunteers_code_has_made_the_visit(month: Lived) -> None:
    assert month.facts["E-staff"] == ["03-16 10:00 VisitReported well on 03-16 by S-township_officer"]
    assert month.told("township_officer", "03-16") == ["03-16 10:10 已记:60郭奶奶3月16日平安。记错了请回:60错"]
    assert month.told("V-away", "03-16") == [f"03-17 09:00 81郭奶奶{GONE_BEFORE}"]


@row("grid worker, village assistant on an escalation")
async def test_a_grid_worker_takes_an_escalation_on_and_resolves_it(month: Lived) -> None:
    assert month.facts["E-grid"] == [
        "03-16 10:00 AttemptRecorded not_seen by V-hills",
        "03-16 10:00 EscalationOpened",
        "03-16 14:00 EscalationEnded visited by S-grid_worker-2",
        "03-16 14:00 VisitReported well on 03-16 by S-grid_worker-2",
        "03-16 10:00 EscalationStarted",
        "03-16 10:00 RungReached by S-grid_worker-2",
        "03-16 11:00 EscalationAcknowledged by S-grid_worker-2",
        "03-16 14:00 EscalationResolved visited by S-grid_worker-2",
    ]
    assert month.told("grid_worker", "03-16 11") == [
        "03-16 11:10 已记:61何奶奶由您处理,请在3月18日11时00分前办完。",
        "03-16 14:10 已记:61何奶奶3月16日平安。记错了请回:61错",
    ]


@row("grid worker, village assistant on an escalation")
async def test_an_owner_who_cannot_go_is_told_so_and_it_climbs_to_who_can(month: Lived) -> None:
    assert month.facts["E-village"] == [
        "03-15 10:00 AttemptRecorded not_seen by V-hills",
        "03-15 10:00 EscalationOpened",
        "03-16 15:00 EscalationEnded visited by S-village_assistant-2",
        "03-16 15:00 VisitReported well on 03-16 by S-village_assistant-2",
        "03-15 10:00 EscalationStarted",
        "03-15 10:00 RungReached by S-grid_worker-2",
        "03-16 10:00 RungReached by S-village_assistant-2",
        "03-16 14:00 EscalationAcknowledged by S-village_assistant-2",
        "03-16 15:00 EscalationResolved visited by S-village_assistant-2",
    ]
    assert month.told("grid_worker", "03-15 14")[:2] == [
        "03-15 14:00 还没有记林奶奶的结果。平安回601,没见到回602,要帮忙回603,去不了回604。",
        "03-15 15:00 60林奶奶的回复没有记上,工作人员会和您联系。",
    ]
    assert month.items["604"] == [Item("unclear_reply", "E-village", "T1", "township_officer", "not_recorded")]
    assert month.told("village_assistant", "03-16 14") == [
        "03-16 14:10 已记:60林奶奶由您处理,请在3月18日14时00分前办完。",
        "03-16 15:10 已记:60林奶奶3月16日平安。记错了请回:60错",
    ]
