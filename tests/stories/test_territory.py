"""What a person may do with people, posts and work items ends at the border of their territory, before any write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from adapters.database import reading, writing
from adapters.sms_manual import ManualSms
from adapters.sql_desk import COUNTER_TIME
from adapters.texts import ProviderTexts
from decisions.deadlines import civil_day
from decisions.permits import BY_HAND, HeldPost, Territory, waits_for
from models import tables as t
from models.letters import Item, UpdateLetter
from models.messages import Resume
from models.policy import TextRules
from models.texts import SendOrder
from models.values import Channel, Role
from settings import Settings
from starter import app
from wiring import House

COUNTY = "county-fengjie"
SINCE = date(2020, 1, 1)
NOW = datetime.now(UTC)
TODAY = civil_day(NOW).isoformat()
LEAVE = ("--from", TODAY, "--to", (civil_day(NOW) + timedelta(days=9)).isoformat())
WRITTEN = (t.VolunteerLeave, t.Pairing, t.StaffLeave, t.Post, t.RegisterChange, t.WorkItemRow, t.LetterRow, t.Note)
REFUSED = (1, {"accepted": False, "refusal": "other_territory", "said": "不在您的辖区"})
WRONG_ROLE = (1, {"accepted": False, "refusal": "wrong_role", "said": "岗位无此权限"})

OUTSIDE: dict[str, tuple[str, ...]] = {
    "a volunteer's leave": ("volunteer", "leave", "V2", *LEAVE),
    "a leave that moves a visit of another township": ("volunteer", "leave", "V1", *LEAVE),
    "a pair with their volunteer": ("volunteer", "pair", "V2", "E1", "--from", TODAY),
    "a pair with their elder": ("volunteer", "pair", "V1", "E2", "--from", TODAY),
    "the end of a pair": ("volunteer", "pair", "V2", "E2", "--from", TODAY, "--end"),
    "a card": ("volunteer", "card", "V2"),
    "an officer's leave": ("staff", "leave", "S-township-2", *LEAVE),
    "the leave of one who has a post in both": ("staff", "leave", "S-both", *LEAVE),
    "the leave of one without a post": ("staff", "leave", "S-idle", *LEAVE),
    "a post's deputy": ("staff", "deputy", "P-township-2", "--to", "S-grid-1"),
    "a county post's deputy": ("staff", "deputy", "P-county", "--to", "S-grid-1"),
    "a handover": ("staff", "handover", "S-township-2", "S-grid-1"),
    "a handover of one who has a post in both": ("staff", "handover", "S-both", "S-grid-1"),
    "a handover of one who stands in there": ("staff", "handover", "S-stands-in", "S-grid-1"),
    "a handover of one who owns an escalation there": ("staff", "handover", "S-owner", "S-grid-1"),
    "an elder's item": ("done", "item-elder-2", "--what", "已办"),
    "a township's item": ("done", "item-township-2", "--what", "已办"),
}
NOBODY: dict[str, tuple[str, ...]] = {
    "没有这个志愿者：V9": ("volunteer", "leave", "V9", *LEAVE),
    "没有这位老人：E9": ("volunteer", "pair", "V1", "E9", "--from", TODAY),
    "没有这个岗位：P9": ("staff", "deputy", "P9", "--to", "S-grid-1"),
    "没有这个人员：S9": ("staff", "handover", "S9", "S-grid-1"),
}
BACKWARDS = ("--from", TODAY, "--to", (civil_day(NOW) - timedelta(days=1)).isoformat())
WITHIN: dict[str, tuple[str, ...]] = {
    "a leave": ("volunteer", "leave", "V3", *LEAVE),
    "a pair": ("volunteer", "pair", "V3", "E1", "--from", TODAY),
    "an officer's leave": ("staff", "leave", "S-grid-1", *LEAVE),
    "a post's deputy": ("staff", "deputy", "P-grid-1", "--to", "S-idle"),
    "a handover": ("staff", "handover", "S-grid-1", "S-idle"),
    "an elder's item": ("done", "item-elder-1", "--what", "已办"),
    "a township's item": ("done", "item-township-1", "--what", "已办"),
    "an item of no place": ("done", "item-nowhere", "--what", "已办"),
}
READINGS: dict[str, tuple[str, ...]] = {
    "worklist": ("worklist",),
    "case_show": ("case", "show", "E1"),
    "escalation_show": ("escalation", "show", "escalation/E1/x"),
    "volunteer_card": ("volunteer", "card", "V3"),
    "kpi": ("kpi", "fengjie", "2026-11"),
}
SUBJECTS = {
    "worklist": "", "case_show": "E1", "escalation_show": "E1", "volunteer_card": "V3", "kpi": "2026-11",
}  # fmt: skip
MINE, COUNTYS = "S-township-1", "S-county"


@pytest.fixture
def house(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Two townships of one village each. No engine answers: nothing here asks a case."""
    monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TANFANG_DATABASE_URL", url)
    monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
    monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", "127.0.0.1:1")
    made = House(Settings())
    settle(made)
    yield made
    made.engine.dispose()


def settle(house: House) -> None:
    seal = house.sealer.seal
    house.activate_policy("fengjie", SINCE, "test")
    areas = [(COUNTY, "county", None)]
    areas += [(f"T{n}", "township", COUNTY) for n in (1, 2)] + [(f"W{n}", "village", f"T{n}") for n in (1, 2)]
    staff = {
        "S-county": [(Role.COUNTY_OFFICER, COUNTY, "P-county")],
        "S-township-1": [(Role.TOWNSHIP_OFFICER, "T1", "P-township-1")],
        "S-township-2": [(Role.TOWNSHIP_OFFICER, "T2", "P-township-2")],
        "S-grid-1": [(Role.GRID_WORKER, "W1", "P-grid-1")],
        "S-both": [(Role.GRID_WORKER, "W1", "P-both-1"), (Role.GRID_WORKER, "W2", "P-both-2")],
        "S-stands-in": [(Role.GRID_WORKER, "W1", "P-stands-in")],
        "S-owner": [(Role.GRID_WORKER, "W1", "P-owner")],
        "S-auditor": [(Role.AUDITOR, COUNTY, "P-auditor")],
        "S-admin": [(Role.ADMIN, COUNTY, "P-admin")],
        "S-idle": [],
    }
    with writing(house.engine) as c:

        def add(model: Any, **values: Any) -> None:
            c.execute(insert(t.table_of(model)).values(**values))

        for id_, kind, parent in areas:
            add(t.Area, id=id_, kind=kind, name=f"示例{id_}", parent_id=parent, from_on=SINCE)
        for person, posts in staff.items():
            add(t.Staff, id=person, county_id=COUNTY, name_enc=seal("吴示乙"), phone_enc=seal("1"), phone_index=person)
            for role, area, post in posts:
                add(t.Post, id=post, role=role.value, area_id=area, holder_id=person)
        c.execute(
            t.table_of(t.Post).update().where(t.table_of(t.Post).c.id == "P-both-2").values(deputy_id="S-stands-in")
        )
        for n in (1, 2):
            add(
                t.Elder, id=f"E{n}", county_id=COUNTY, township_id=f"T{n}", village_id=f"W{n}", household_id=f"H{n}",
                name_enc=seal("王示丁"), id_number_enc=seal("0"), id_number_index=f"x{n}",
                born_on_enc=seal("1940-01-01"), sex="F", standing="case", start_on=SINCE, updated_at=NOW,
            )  # fmt: skip
            add(t.WorkItemRow, **item(f"item-elder-{n}"), elder_id=f"E{n}", township_id=f"T{n}")
            add(t.WorkItemRow, **item(f"item-township-{n}"), township_id=f"T{n}")
            add(
                t.EscalationRow, id=f"escalation/E{n}/x", elder_id=f"E{n}", township_id=f"T{n}", village_id=f"W{n}",
                cause="missed", urgency="normal", state="opened", asked_at=NOW,
                owner_id={1: None, 2: "S-owner"}[n],
            )  # fmt: skip
        add(t.WorkItemRow, **item("item-nowhere"))
        for volunteer, n in {"V1": 1, "V2": 2, "V3": 1}.items():
            add(
                t.Volunteer, id=volunteer, county_id=COUNTY, township_id=f"T{n}", village_id=f"W{n}", capacity=5,
                name_enc=seal("周示甲"), phone_enc=seal("1"), phone_index=volunteer, sex="F", consented_on=SINCE,
            )  # fmt: skip
        add(t.Pairing, volunteer_id="V2", elder_id="E2", from_on=SINCE)
        add(
            t.VisitRow, id="E2.2026-11", elder_id="E2", township_id="T2", village_id="W2", period_id="2026-11",
            kind="scheduled", reason="cadence", state="open", volunteer_id="V1", opened_at=NOW, starts_at=NOW,
            due_at=NOW, ends_at=NOW,
        )  # fmt: skip


def item(id_: str) -> dict[str, Any]:
    return {
        "id": id_,
        "item": "dead_letter",
        "role": "township_officer",
        "about": "call",
        "opened_at": NOW,
        "due_at": NOW,
    }


def typed(*words: str, staff: str) -> tuple[int, Any]:
    """Exit code, and the JSON said (or the words, when it is none)."""
    result = CliRunner().invoke(app, [*words, "--as", staff, "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    try:
        return result.exit_code, json.loads(result.stdout)
    except ValueError:
        return result.exit_code, result.output


def rows(house: House, model: Any) -> list[tuple[Any, ...]]:
    with reading(house.engine) as connection:
        return sorted((tuple(row) for row in connection.execute(select(t.table_of(model)))), key=repr)


def written(house: House) -> list[list[tuple[Any, ...]]]:
    return [rows(house, model) for model in WRITTEN]


def steps(house: House) -> list[tuple[str, str, str, bool, str]]:
    with reading(house.engine) as connection:
        found = connection.execute(select(t.table_of(t.CommandRow)).order_by(t.table_of(t.CommandRow).c.at))
        return [(row.staff_id, row.action, row.subject_id, row.accepted, row.answer) for row in found]


@pytest.mark.parametrize("words", OUTSIDE.values(), ids=OUTSIDE)
def test_outside_it_a_step_is_refused_logged_and_nothing_is_written(house: House, words: tuple[str, ...]) -> None:
    before = written(house)
    assert typed(*words, staff=MINE) == REFUSED
    assert written(house) == before
    action = "item_done" if words[0] == "done" else words[0]
    subject = {"item-elder-2": "E2", "item-township-2": "T2"}[words[1]] if words[0] == "done" else words[2]
    assert steps(house) == [(MINE, action, subject, False, "other_territory")]


@pytest.mark.parametrize("words", NOBODY.values(), ids=NOBODY)
def test_an_id_that_names_nobody_is_a_slip_and_said_so(house: House, words: tuple[str, ...]) -> None:
    before = written(house)
    said = next(said for said, typed_words in NOBODY.items() if typed_words == words)
    assert typed(*words, staff=MINE) == (2, {"accepted": False, "refusal": "unknown", "said": said})
    assert written(house) == before
    assert steps(house) == [(MINE, words[0], words[2], False, "unknown")]


def test_whoever_acts_must_be_known_first(house: House) -> None:
    code, said = typed(*NOBODY["没有这个志愿者：V9"], staff="S9")
    assert (code, said["said"]) == (2, "没有这个人员：S9")
    assert typed(*NOBODY["没有这个志愿者：V9"], staff="S-idle") == WRONG_ROLE


@pytest.mark.parametrize("who", [("staff", "leave", "S-grid-1"), ("volunteer", "leave", "V3")])
def test_a_leave_that_ends_before_it_begins_is_not_entered(house: House, who: tuple[str, ...]) -> None:
    before = written(house)
    code, said = typed(*who, *BACKWARDS, staff=MINE)
    assert code == 2 and "晚于 --to" in said
    assert written(house) == before


def test_the_store_takes_no_leave_that_ends_before_it_begins(house: House) -> None:
    backwards = {"staff_id": "S-grid-1", "from_on": date(2026, 12, 5), "to_on": date(2026, 12, 1)}
    leave = insert(t.table_of(t.StaffLeave)).values(**backwards)
    with writing(house.engine) as c, pytest.raises(IntegrityError, match="ck_staff_leave_order"):
        c.execute(leave)


@pytest.mark.parametrize("words", WITHIN.values(), ids=WITHIN)
def test_within_it_the_step_is_taken(house: House, words: tuple[str, ...]) -> None:
    before = written(house)
    code, said = typed(*words, staff=MINE)
    assert code == 0, said
    assert written(house) != before


@pytest.mark.parametrize(
    "words", [words for words in OUTSIDE.values() if words[1] != "card"],
)  # fmt: skip
def test_the_county_may_in_every_township(house: House, words: tuple[str, ...]) -> None:
    before = written(house)
    code, said = typed(*words, staff=COUNTYS)
    moves = words[:3] == ("volunteer", "leave", "V1") or words[:3] == ("staff", "handover", "S-owner")
    assert (code, moves) in ((0, False), (3, True)), said
    if moves:
        assert said["later"] == 1
    assert written(house) != before


def test_the_wrong_role_is_told_so_wherever_it_is(house: House) -> None:
    before = written(house)
    assert typed(*OUTSIDE["a handover"], staff="S-grid-1") == WRONG_ROLE
    assert typed(*WITHIN["a leave"], staff="S-grid-1") == WRONG_ROLE
    assert written(house) == before


@pytest.mark.parametrize("action", READINGS)
def test_a_reading_is_kept_as_a_step(house: House, action: str) -> None:
    code, said = typed(*READINGS[action], staff=MINE)
    assert code == 0 and isinstance(said, list if action in ("worklist", "escalation_show") else dict)
    assert steps(house) == [(MINE, action, SUBJECTS[action], True, "read")]


@pytest.mark.parametrize("staff", [MINE, COUNTYS, "S-auditor", "S-admin"])
def test_who_may_read_the_month(house: House, staff: str) -> None:
    assert typed(*READINGS["kpi"], staff=staff)[0] == 0


def test_who_may_not_read_the_month(house: House) -> None:
    assert typed(*READINGS["kpi"], staff="S-grid-1") == WRONG_ROLE
    assert steps(house) == [("S-grid-1", "kpi", "2026-11", False, "wrong_role")]
    assert CliRunner().invoke(app, list(READINGS["kpi"])).exit_code == 2


def test_the_card_has_codes_doors_digits_and_who_is_on_duty(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    seal = house.sealer.seal
    with writing(house.engine) as c:
        for n, (kind, door, to_on) in enumerate(
            [("registered", "T2镇老街1号", None), ("residence", "示例二村7号", None), ("residence", "旧屋3号", SINCE)]
        ):
            c.execute(
                insert(t.table_of(t.ElderAddress)).values(
                    elder_id="E2", kind=kind, text_enc=seal(door), text_index=f"a{n}", from_on=SINCE, to_on=to_on
                )
            )
        code = {"phone_index": "V2", "elder_id": "E2", "code": 61, "given_at": NOW, "last_used_at": NOW}
        c.execute(insert(t.table_of(t.TaskCode)).values(**code))
        staff = t.table_of(t.Staff)
        c.execute(staff.update().where(staff.c.id == "S-both").values(phone_enc=seal("+8619200000009")))
    card = {
        "elders": [{"code": 61, "elder": "王示丁", "village": "示例W2", "doors": ["示例二村7号"], "page_code": None}],
        "duty": ["+8619200000009"], "counts_calls": True,
    }  # fmt: skip
    assert typed("volunteer", "card", "V2", staff=COUNTYS) == (0, card)
    shown = CliRunner().invoke(app, ["volunteer", "card", "V2", "--as", COUNTYS]).stdout
    assert "61  王示丁  示例W2  示例二村7号" in shown and "5电话联系上" in shown and "值班电话：192 0000 0009" in shown
    page = house.settings.data_dir / "card.html"
    CliRunner().invoke(app, ["volunteer", "card", "V2", "--as", COUNTYS, "--page", str(page)])
    printed = page.read_text(encoding="utf-8")
    assert "size: A5" in printed and "192 0000 0009" in printed
    assert "<td>61<td>王示丁<td>示例W2<td>示例二村7号" in printed
    calls_count = type(house.letterbox).text_rules

    def no_calls(self: Any, now: datetime, recipient: str | None) -> TextRules:
        return calls_count(self, now, recipient).model_copy(update={"counts_phone_calls": False})

    monkeypatch.setattr(type(house.letterbox), "text_rules", no_calls)
    assert "5电话联系上" not in CliRunner().invoke(app, ["volunteer", "card", "V2", "--as", COUNTYS]).stdout
    with writing(house.engine) as c:
        closed = {"elder_id": "E2", "county_id": "C1", "township_id": "T2", "village_id": "W2", "status": "closed"}
        closed |= {"opened_at": NOW, "start_on": SINCE, "policy_hash": "p"}
        c.execute(insert(t.table_of(t.CaseRow)).values(**closed))
    assert typed("volunteer", "card", "V2", staff=COUNTYS)[1]["elders"] == []


def test_dispatch_leaves_a_step_to_the_counter_until_it_gives_up_or_does_not_come_back(house: House) -> None:
    def claimed(at: datetime) -> list[str]:
        return [letter.id for letter in house.letterbox.claim(at, 10, "dispatch", 10)]

    for key in ("step-1", "step-2"):
        actor = house.desk(None).actor(MINE, "resume", "E1")
        message = Resume(key=key, actor=actor, channel=Channel.CONSOLE, received_at=NOW)
        letter = UpdateLetter(workflow_id="case/E1", elder_id="E1", message=message)
        house.desk_store.hand_in(key, letter, NOW)
    assert claimed(NOW) == []
    house.desk_store.leave("step-1")
    assert claimed(NOW) == ["step-1"]
    assert claimed(NOW + COUNTER_TIME) == ["step-2"]
    house.desk_store.leave("step-2")  # too late: it is dispatch's now
    assert claimed(NOW + COUNTER_TIME) == []


@pytest.mark.parametrize("staff", [MINE, COUNTYS, "S-grid-1", "S-auditor", "S-admin"])
def test_who_may_have_a_case_told_and_it_is_kept_as_a_step(house: House, staff: str) -> None:
    assert typed("audit", "timeline", "E1", staff=staff)[0] == 0
    assert steps(house) == [(staff, "timeline", "E1", True, "read")]


@pytest.mark.parametrize(("staff", "why"), [(MINE, REFUSED), ("S-idle", WRONG_ROLE)])
def test_who_may_not_have_a_case_told_or_handed_out(
    house: House, tmp_path: Path, staff: str, why: tuple[int, dict[str, Any]]
) -> None:
    assert typed("audit", "timeline", "E2", staff=staff) == why
    bundle = tmp_path / "bundle"
    handed = CliRunner().invoke(app, ["audit", "export", "E2", str(bundle), "--as", staff])
    assert (handed.exit_code, handed.stderr) == (1, f"不能办理：{why[1]['said']}\n")
    assert not bundle.exists()
    answer = why[1]["refusal"]
    assert steps(house) == [(staff, action, "E2", False, answer) for action in ("timeline", "export")]
    for words in (["timeline", "E1"], ["export", "E1", str(bundle)]):
        assert CliRunner().invoke(app, ["audit", *words]).exit_code == 2


STRANGER = "+8619200000077"


def test_what_a_stranger_wrote_and_their_number_are_shown_where_it_is_on_the_list(house: House) -> None:
    house.inbox.accept("sandbox", "SM1", STRANGER, "老李家煤气漏了", NOW)
    house.inbox.read_all(NOW)
    shown = ("item", "show", "sms-SM1-item-unknown_phone")
    code, said = typed(*shown, staff=COUNTYS)
    assert code == 0
    [one] = said
    assert (one["way"], one["name"], one["phone"]) == ("received", "未登记的号码", STRANGER)
    assert one["words"] == "老李家煤气漏了"
    assert typed(*shown, staff=MINE) == REFUSED
    assert typed("item", "show", "no-such-item", staff=COUNTYS) == REFUSED
    subject = f"item:{shown[-1]}"
    assert steps(house)[:2] == [
        (COUNTYS, "item_show", subject, True, "read"), (MINE, "item_show", subject, False, "other_territory"),
    ]  # fmt: skip
    assert typed(*shown, staff="S-auditor") == WRONG_ROLE


def test_an_item_may_be_shown_to_whoever_has_it_on_their_list_and_to_nobody_else(house: House) -> None:
    for n, staff in ((1, MINE), (2, "S-township-2")):
        for id_ in (f"item-elder-{n}", f"item-township-{n}"):
            assert typed("item", "show", id_, staff=staff) == (0, [])
            assert typed("item", "show", id_, staff={1: "S-township-2", 2: MINE}[n]) == REFUSED


def test_a_text_read_out_by_phone_is_told_when_its_call_is_done(house: House) -> None:
    texts = ProviderTexts(house.engine, house.sealer, ManualSms(house.engine, house.sealer, house.home), lambda: NOW)
    digests = t.table_of(t.DigestRow)
    with writing(house.engine) as c:
        for n in (1, 2):
            c.execute(
                insert(digests).values(
                    id=f"D{n}", recipient_id="V3", recipient_kind="volunteer", phone_index="V3", text_class="ordinary",
                    template="task_one", body_enc=house.sealer.seal("请看望"), segments=1, body_index="b",
                    state="built", built_at=NOW,
                )
            )  # fmt: skip
    for n in (1, 2):
        texts.send(SendOrder(digest_id=f"D{n}"))
    _, said = typed("item", "show", "read-out-D1", staff=MINE)
    assert [(one["way"], one["name"], one["phone"], one["words"]) for one in said] == [
        ("call", "周示甲", "1", "请看望")
    ]  # fmt: skip
    assert typed("done", "read-out-D1", "--what", "已读给她听", staff=MINE)[0] == 0
    assert typed("done", "read-out-D2", "--what", "没人接", "--not-reached", staff=MINE)[0] == 0
    with reading(house.engine) as c:
        found = c.execute(select(digests.c.id, digests.c.state, digests.c.delivered_at).order_by(digests.c.id)).all()
    assert [(row.id, row.state, row.delivered_at is not None) for row in found] == [
        ("D1", "delivered", True), ("D2", "undelivered", False),
    ]  # fmt: skip
    assert "call-D2" in listed(MINE) and "call-D1" not in listed(MINE)
    assert typed("done", "item-township-1", "--what", "已办", "--not-reached", staff=MINE)[0] == 2


# --- the worklist ----------------------------------------------------------------------------------------------------


def listed(staff: str) -> list[str]:
    code, said = typed("worklist", staff=staff)
    assert code == 0, said
    return [row["id"] for row in said]


@pytest.fixture
def waiting(house: House) -> House:
    """And an item of E1, in village W1, for each role; an assistant there, and one in W3 of the same township."""
    with writing(house.engine) as c:
        c.execute(
            insert(t.table_of(t.Area)).values(id="W3", kind="village", name="示例", parent_id="T1", from_on=SINCE)
        )
        for person, area in (("S-help-1", "W1"), ("S-help-3", "W3")):
            role = Role.VILLAGE_ASSISTANT
            c.execute(
                insert(t.table_of(t.Staff)).values(
                    id=person, county_id=COUNTY, name_enc=house.sealer.seal("吴示乙"),
                    phone_enc=house.sealer.seal("1"), phone_index=person,
                )
            )  # fmt: skip
            c.execute(
                insert(t.table_of(t.Post)).values(id=f"P-{person}", role=role.value, area_id=area, holder_id=person)
            )
        for n, role in enumerate(("county_officer", "township_officer", "village_assistant", "grid_worker")):
            due = NOW - timedelta(days=n)  # the county's own is due last
            row = item(f"for-{role}") | {"role": role, "elder_id": "E1", "township_id": "T1", "due_at": due}
            c.execute(insert(t.table_of(t.WorkItemRow)).values(**row))
    return house


def test_a_village_sees_the_items_of_its_elders_that_ask_for_it_or_below(waiting: House) -> None:
    assert listed("S-help-1") == ["for-village_assistant", "for-grid_worker", "escalation/E1/x"]
    assert listed("S-grid-1") == ["for-grid_worker", "escalation/E1/x"]
    assert listed("S-help-3") == []


@pytest.mark.parametrize("kind", ["call_by_phone", "unclear_reply", "undeliverable", "follow_up"])
def test_a_village_sees_what_whoever_is_nearest_may_deal_with_and_may_close_it(waiting: House, kind: str) -> None:
    with writing(waiting.engine) as c:
        for name, elder in (("near", "E1"), ("elsewhere", "E2"), ("of-no-elder", None)):
            c.execute(insert(t.table_of(t.WorkItemRow)).values(**item(name) | {"item": kind}, elder_id=elder))
    for staff in ("S-help-1", "S-grid-1"):
        assert {"near", "elsewhere", "of-no-elder"} & set(listed(staff)) == {"near"}
    assert {"near", "of-no-elder"} <= set(listed(MINE))
    assert typed("done", "near", "--what", "已办", staff="S-grid-1")[0] == 0
    assert "near" not in listed("S-help-1")


@pytest.mark.parametrize("kind", ["confirm_suspension", "dead_letter"])
def test_what_officers_alone_may_do_is_not_shown_to_a_village(waiting: House, kind: str) -> None:
    with writing(waiting.engine) as c:
        c.execute(insert(t.table_of(t.WorkItemRow)).values(**item("theirs") | {"item": kind}, elder_id="E1"))
    assert "theirs" not in listed("S-help-1") and "theirs" in listed(MINE)


def test_what_is_not_on_ones_list_is_not_closed_either(waiting: House) -> None:
    for staff in ("S-help-1", "S-grid-1"):
        assert typed("done", "for-township_officer", "--what", "已办", staff=staff) == REFUSED
    assert typed("done", "for-county_officer", "--what", "已办", staff=MINE) == REFUSED
    assert {"for-township_officer", "for-county_officer"} <= set(listed(COUNTYS))
    assert {(staff, answer) for staff, action, _, _, answer in steps(waiting) if action == "item_done"} == {
        ("S-help-1", "other_territory"), ("S-grid-1", "other_territory"), (MINE, "other_territory"),
    }  # fmt: skip


@pytest.mark.parametrize("kind", sorted({*get_args(Item)} - {*BY_HAND}))
def test_what_a_step_ends_is_not_closed_by_hand(waiting: House, kind: str) -> None:
    with writing(waiting.engine) as c:
        c.execute(insert(t.table_of(t.WorkItemRow)).values(**item("theirs") | {"item": kind}, elder_id="E1"))
    code, said = typed("done", "theirs", "--what", "已办", staff=COUNTYS)
    assert code == 2 and "那一步" in said and "theirs" in listed(COUNTYS)


def test_a_township_sees_its_own_and_what_lies_nowhere(waiting: House) -> None:
    everything = listed(MINE)
    assert set(everything) == {
        "for-township_officer", "for-village_assistant", "for-grid_worker", "item-elder-1", "item-township-1",
        "item-nowhere", "escalation/E1/x",
    }  # fmt: skip
    assert everything[-3:] == ["for-grid_worker", "for-village_assistant", "escalation/E1/x"]


def test_the_county_sees_all_of_it_its_own_first(waiting: House) -> None:
    everything = listed(COUNTYS)
    assert everything[0] == "for-county_officer"
    assert set(everything) >= {
        "for-grid_worker", "item-elder-1", "item-elder-2", "item-township-2", "item-nowhere", "escalation/E1/x",
        "escalation/E2/x",
    }  # fmt: skip


def test_an_item_is_where_its_elder_lives_today_and_an_owner_sees_theirs_anywhere(waiting: House) -> None:
    elders = t.table_of(t.Elder)
    with writing(waiting.engine) as connection:
        connection.execute(elders.update().where(elders.c.id == "E1").values(village_id="W3"))
    assert listed("S-help-1") == []
    assert listed("S-help-3") == ["for-village_assistant", "for-grid_worker", "escalation/E1/x"]
    assert listed("S-owner") == ["escalation/E2/x"]


W1 = Territory(village_id="W1", township_id="T1", county_id=COUNTY)


@pytest.mark.parametrize(
    ("held", "area", "at", "role", "shown"),
    [
        (Role.GRID_WORKER, "W1", W1, Role.GRID_WORKER, True),
        (Role.GRID_WORKER, "W1", W1, Role.VILLAGE_ASSISTANT, False),
        (Role.GRID_WORKER, "W1", W1, None, True),
        (Role.GRID_WORKER, "W2", W1, None, False),
        (Role.COUNTY_OFFICER, COUNTY, W1, Role.GRID_WORKER, True),
        (Role.AUDITOR, COUNTY, W1, None, False),
        (Role.COUNTY_OFFICER, COUNTY, W1, Role.ASSESSOR, True),
        (Role.TOWNSHIP_OFFICER, "T1", W1, Role.ASSESSOR, False),
        (Role.TOWNSHIP_OFFICER, "T2", None, Role.TOWNSHIP_OFFICER, True),
        (Role.GRID_WORKER, "W1", None, Role.COUNTY_OFFICER, False),
        (Role.GRID_WORKER, "W1", Territory(township_id="T1", county_id=COUNTY), Role.GRID_WORKER, False),
    ],
)
def test_whom_something_waits_for(held: Role, area: str, at: Territory | None, role: Role | None, shown: bool) -> None:
    assert waits_for((HeldPost(role=held, area_id=area),), at, role) is shown


def test_a_role_held_in_one_village_does_not_open_the_items_of_another() -> None:
    posts = (HeldPost(role=Role.VILLAGE_ASSISTANT, area_id="W2"), HeldPost(role=Role.GRID_WORKER, area_id="W1"))
    assert not waits_for(posts, W1, Role.VILLAGE_ASSISTANT)
    assert waits_for(posts, W1, Role.GRID_WORKER)
