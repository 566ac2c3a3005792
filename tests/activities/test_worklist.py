"""The worklist as SQL shows it is the rule of `decisions.permits`, row by row, over random work and random posts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest
from sqlalchemy import insert, select

from adapters.database import reading, writing
from decisions import assessment_time
from decisions.assessment_state import Round
from decisions.permits import HeldPost, Territory, permit, shown_to, waits_for
from models import tables as t
from models.assessment import Stage, Trigger
from models.errors import Refusal
from models.letters import Item
from models.values import Role
from projections import read_worklist
from projections.read_worklist import KINDS, MINE, Key, Wanted, Who, counts, key_of, rows
from settings import Settings
from tests.pages.town import AREAS, COUNTY, LIVES, found
from wiring import House

NOW = datetime(2026, 12, 8, 2, tzinfo=UTC)
ME = "S-me"
ESCALATIONS, ITEMS = t.table_of(t.EscalationRow), t.table_of(t.WorkItemRow)
ROUNDS, PROPOSALS = t.table_of(t.AssessmentRow), t.table_of(t.PolicyProposal)


@pytest.fixture
def house(url: str, tmp_path: Path) -> House:
    made = House(Settings(data_dir=tmp_path, database_url=url, county="fengjie"), lambda: NOW)
    found(made)
    work(made, Random(7))
    return made


def work(house: House, dice: Random) -> None:
    """Of each item several, in every kind of place; escalations, rounds of assessors, versions put forward."""
    elders = [*LIVES, None, "E-gone"]
    with writing(house.engine) as c:
        for n in range(150):
            row = {
                "id": f"item-{n}", "item": dice.choice(get_args(Item)), "role": dice.choice(list(Role)).value,
                "elder_id": dice.choice(elders), "township_id": dice.choice(["T1", "T2", "T9", "T-none", None]),
                "county_id": dice.choice([COUNTY, "county-guangyuan", None]), "about": "", "opened_at": NOW,
                "due_at": NOW + timedelta(hours=dice.randrange(-5, 6)),
                "closed_at": dice.choice([None, None, None, NOW]), "owner_id": dice.choice([None, None, ME, "S-other"]),
            }  # fmt: skip
            c.execute(insert(ITEMS).values(row))
        for n in range(60):
            elder = dice.choice([*LIVES, "E-gone"])
            lived = LIVES.get(elder, ("W1", "T1", COUNTY))
            row = {
                "id": f"escalation/{elder}/{n}", "elder_id": elder, "village_id": lived[0], "township_id": lived[1],
                "cause": "overdue", "urgency": dice.choice(["ordinary", "ordinary", "urgent"]),
                "state": dice.choice(["asked", "opened", "acknowledged", "resolved"]), "asked_at": NOW,
                "role": dice.choice([None, "grid_worker", "township_officer"]),
                "owner_id": dice.choice([None, ME, "S-other"]),
                "climbs_at": dice.choice([None, NOW + timedelta(hours=dice.randrange(-5, 6))]),
            }  # fmt: skip
            c.execute(insert(ESCALATIONS).values(row))
        for n in range(40):
            stage = dice.choice(list(Stage))
            two = dice.choice([(None, None), (ME, "S-other"), ("S-other", ME), ("S-other", "S-third")])
            row = {
                "elder_id": dice.choice(list(LIVES)), "round": n, "township_id": "T1", "village_id": "W1",
                "stage": stage.value, "trigger": "visit", "reason": "first", "requested_at": NOW, "due_at": NOW,
                "first_id": two[0], "second_id": two[1],
                "ended_at": NOW if stage is Stage.RESTING else None,
            }  # fmt: skip
            c.execute(insert(ROUNDS).values(row))
        for n, (county, by, outcome) in enumerate(
            (("fengjie", "S-other", None), ("guangyuan", ME, None), ("fengjie", "S-other", "withdrawn"))
        ):
            row = {
                "id": f"policy-{n}", "county": county, "hash": "h", "version": "2", "content": "",
                "active_from": date(2026, 12, 8 + n), "proposed_by": by, "proposed_at": NOW, "outcome": outcome,
            }  # fmt: skip
            c.execute(insert(PROPOSALS).values(row))


def some_posts(dice: Random) -> tuple[HeldPost, ...]:
    areas = [id_ for id_, *_ in AREAS]
    roles = list(Role)
    return tuple(
        HeldPost(role=dice.choice(roles), area_id=dice.choice(areas)) for _ in range(dice.choice([0, 1, 1, 1, 2, 3]))
    )


class Truth:
    """Each row by itself, by the pure rules and where the desk says that it lies."""

    def __init__(self, house: House) -> None:
        desk = house.desk_store
        with reading(house.engine) as c:
            items, rounds = c.execute(select(ITEMS)).all(), c.execute(select(ROUNDS)).all()
            self.escalations = [row for row in c.execute(select(ESCALATIONS)).all() if row.state != "resolved"]
            self.proposals = [row for row in c.execute(select(PROPOSALS)).all() if row.outcome is None]
        self.items = [(row, next(iter(desk.places_of_item(row)), None)) for row in items if row.closed_at is None]
        self.rounds = [row for row in rounds if row.stage != Stage.RESTING]
        self.lives = {elder: desk.territory_of(elder) for elder in [*LIVES, "E-gone"]}

    def shown(self, posts: tuple[HeldPost, ...]) -> set[str]:
        as_told = Territory(village_id="W1", township_id="T1", county_id=COUNTY)
        return {
            *(
                row.id for row, at in self.items
                if waits_for(posts, at, shown_to(row.item, row.elder_id, Role(row.role)))
            ),
            *(
                row.id for row in self.escalations
                if row.owner_id == ME or waits_for(posts, self.lives[row.elder_id] or as_told, None)
            ),
            *(
                f"assessment/{row.elder_id}/{row.round}" for row in self.rounds
                if ME in _asked(row) and _may("submit_sheet", posts, self.lives[row.elder_id])
            ),
            *(
                row.id for row in self.proposals
                if row.proposed_by != ME
                and _may("policy_activate", posts, Territory(county_id=f"county-{row.county}"))
            ),
        }  # fmt: skip


def _asked(row: Any) -> tuple[str, ...]:
    return assessment_time.waits_for(
        Round(
            n=row.round, trigger=Trigger.VISIT, asked_on=NOW.date(), stage=Stage(row.stage), since=NOW, due_at=NOW,
            first=row.first_id, second=row.second_id,
        )
    )  # fmt: skip


def _may(action: str, posts: tuple[HeldPost, ...], at: Territory | None) -> bool:
    return at is not None and not isinstance(permit(action, posts, at), Refusal)


def test_the_list_is_the_rule(house: House) -> None:
    dice, truth, sizes = Random(11), Truth(house), set[int]()
    alone = [(HeldPost(role=role, area_id=area),) for role in Role for area, *_ in AREAS]
    for posts in [*alone, *(some_posts(dice) for _ in range(40))]:
        with reading(house.engine) as c:
            listed = [row.id for row in rows(c, Who(ME, posts), NOW)]
        assert len(listed) == len(set(listed))
        assert set(listed) == truth.shown(posts), posts
        sizes.add(len(listed))
    assert len(sizes) > 10  # posts do differ in what they see


WANTED = (
    Wanted(), Wanted(kind="escalation"), Wanted(kind="approval"), Wanted(overdue=True), Wanted(urgent=True),
    Wanted(whose=MINE), Wanted(whose="township_officer"), Wanted(area="W1"), Wanted(area="T1", overdue=True),
)  # fmt: skip


def test_pages_forth_and_back_are_the_whole_list_and_counts_are_its_own(house: House) -> None:
    who = Who(ME, tuple(HeldPost(role=role, area_id=COUNTY) for role in Role))
    for wanted in WANTED:
        with reading(house.engine) as c:
            whole: list[Any] = list(rows(c, who, NOW, wanted))
            counted = counts(c, who, NOW, wanted)
            pages, after = list[Any](), None
            while page := rows(c, who, NOW, wanted, after=after, limit=7):
                pages, after = [*pages, *page], key_of(page[-1])
            assert pages == whole
            assert list(rows(c, who, NOW, wanted, before=key_of(whole[-1]), limit=7)) == whole[:-1][-7:]
        assert [key_of(row) for row in whole] == sorted(key_of(row) for row in whole)
        assert (counted.kinds[wanted.kind] if wanted.kind else counted.all) == len(whole) > 0
        assert counted.urgent >= sum(row.urgency == "urgent" for row in whole)
        if not wanted.kind:
            assert counted.overdue == sum(row.due_at is not None and row.due_at < NOW for row in whole)
        for row in whole:
            assert not wanted.kind or row.kind == wanted.kind
            assert not wanted.area or wanted.area in (row.village_id, row.township_id)
            assert not wanted.overdue or (row.due_at is not None and row.due_at < NOW)
            assert not wanted.urgent or row.urgency == "urgent"


def test_every_item_stands_under_one_heading() -> None:
    held = [item for items in KINDS.values() for item in items]
    assert sorted([*held, "pay_list"]) == sorted(get_args(Item))


def test_what_has_no_deadline_is_last_and_urgent_first(house: House) -> None:
    who = Who(ME, (HeldPost(role=Role.COUNTY_OFFICER, area_id=COUNTY),))
    with reading(house.engine) as c:
        listed = rows(c, who, NOW)
    urgent = [row.urgency == "urgent" for row in listed]
    assert urgent == sorted(urgent, reverse=True) and any(urgent)
    rest = [row.due_at is None for row in listed if row.urgency != "urgent"]
    assert rest == sorted(rest) and any(rest)
    assert key_of(listed[-1]) == Key(1, read_worklist.LAST, listed[-1].id)
