"""Benefits and a county's months, told whatever people may tell them in whatever order: to the fen, at every list."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel

from adapters.database import open_engine
from adapters.sealing import Keyring, Sealer
from decisions.benefit_time import month_of, next_month
from models.claim_messages import (
    EndBenefits,
    FactsChanged,
    KeepBenefit,
    RefuseBenefit,
    ReviewBenefit,
    StopBenefit,
    WithdrawBenefit,
)
from models.claims import ClaimStage, EndCause, Heard
from models.county_messages import CheckList, DrawList, ReturnList
from models.events import ListApproved
from models.values import CloseReason
from tests.activities.pay_town import Elder, Town
from tests.activities.register import Register
from tests.decisions.claim_player import CARE, COUNTY, COUPON, NOTE, OLD_AGE, SEVERE

FACTS = (
    {"disability_grade": 1}, {"disability_grade": 2}, {"disability_grade": 4}, {"economic": "低保"},
    {"economic": "其他"}, {"gb_level": "重度失能"},
)  # fmt: skip
ENDS = (EndCause.GIVEN_UP, EndCause.FALSE_PAPERS)
TO_CHECK = (ClaimStage.CHECKING, ClaimStage.APPROVING)
DIED, MOVED = CloseReason.DEATH_CONFIRMED, CloseReason.MOVED_OUT


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(f"sqlite:///{tmp_path / 'town.sqlite'}")
    SQLModel.metadata.create_all(made)
    yield made
    made.dispose()


class Walk:
    """What people may do, each at any time."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.pick = town, random.Random(seed)
        self._anything: tuple[tuple[int, Callable[[], object]], ...] = (
            (5, self._time), (5, self._list), (2, town.deliver), (10, self._elder),
        )  # fmt: skip
        self._of_an_elder: tuple[tuple[int, Callable[[Elder], object]], ...] = (
            (6, self._approves), (2, self._told), (3, self._confirms), (1, self._keeps), (2, self._fact),
            (1, self._birthday), (1, self._death), (1, self._moves), (1, self._stops), (1, self._reviews),
            (1, self._refuses), (3, self._is_back),
        )  # fmt: skip

    def step(self) -> None:
        weights, acts = zip(*self._anything, strict=True)
        self.pick.choices(acts, weights)[0]()

    def _time(self) -> None:
        self.town.until(self.town.now + timedelta(days=self.pick.choice((1, 2, 4, 7, 20))))

    def _list(self) -> None:
        office = self.town.office
        mine, well = office.state.in_hand, self.pick.random() < 0.85
        if mine is None:
            return
        if mine.stage == "returned":
            office.tell(DrawList, month=mine.month)
        elif not well:
            office.tell(ReturnList, month=mine.month, note=NOTE)
        elif mine.stage == "checking":
            office.of_list(CheckList)
        else:
            office.approve()

    def _elder(self) -> None:
        elder = self.pick.choice(list(self.town.elders.values()))
        weights, acts = zip(*self._of_an_elder, strict=True)
        self.pick.choices(acts, weights)[0](elder)

    # --- of one elder ------------------------------------------------------------------------------------------------

    def _code(self, elder: Elder) -> str:
        return self.pick.choice([*elder.state.holdings, CARE, SEVERE, OLD_AGE, COUPON])

    def _approves(self, elder: Elder) -> None:
        if elder.gone is None:
            open_ = [code for code in elder.state.claims if elder.state.stage(code) in TO_CHECK]
            elder.approved(self.pick.choice(open_ or [self._code(elder)]))

    def _told(self, elder: Elder) -> None:
        elder.told(self._code(elder))

    def _confirms(self, elder: Elder) -> None:
        changing = {code: held for code, held in elder.state.holdings.items() if held.change}
        if changing:
            code = self.pick.choice(list(changing))
            change, first = changing[code].change, changing[code].first
            months = (month_of(elder.today), first, next_month(first))
            elder.confirmed(code, None if change is None or change.month else self.pick.choice(months))

    def _keeps(self, elder: Elder) -> None:
        elder.tell(KeepBenefit, COUNTY, code=self._code(elder), note=NOTE)

    def _fact(self, elder: Elder) -> None:
        elder.knows(**self.pick.choice(FACTS))

    def _birthday(self, elder: Elder) -> None:
        born = elder.facts["born_on"][0]
        assert isinstance(born, date)
        elder.facts["born_on"] = (born + timedelta(days=self.pick.choice((-200, -60, 60, 200))), elder.today)
        elder.tell(FactsChanged, heard=Heard.REGISTER)

    def _death(self, elder: Elder) -> None:
        if elder.gone is None and not elder.reported:
            elder.death(reported=True)
        elif elder.reported and self.pick.random() < 0.5:
            elder.death(reported=False)
        elif elder.reported:
            elder.reported, elder.gone = False, DIED
            died_on = elder.today - timedelta(days=self.pick.choice((0, 5, 40, 100)))
            elder.tell(EndBenefits, reason=DIED, on=died_on)

    def _moves(self, elder: Elder) -> None:
        if elder.gone is None and not elder.reported and self.pick.random() < 0.5:
            elder.gone = MOVED
            elder.tell(EndBenefits, reason=MOVED, on=None)

    def _is_back(self, elder: Elder) -> None:
        if elder.gone is not None:
            elder.gone = None
            elder.tell(FactsChanged, heard=Heard.REGISTER)

    def _stops(self, elder: Elder) -> None:
        """Not while a death is known or said: see `test_pay_faults`."""
        code = self._code(elder)
        held = elder.state.holdings.get(code)
        if held is not None and elder.gone is None:
            on = elder.today - timedelta(days=self.pick.choice((0, 30, 70)))
            months = (month_of(elder.today), held.first, next_month(held.first))
            said = {"why": self.pick.choice(ENDS), "on": on, "month": self.pick.choice(months)}
            elder.tell(StopBenefit, COUNTY, code=code, note=NOTE, **said)

    def _reviews(self, elder: Elder) -> None:
        elder.tell(ReviewBenefit, code=self._code(elder), note=NOTE)

    def _refuses(self, elder: Elder) -> None:
        kind = self.pick.choice((WithdrawBenefit, RefuseBenefit))
        elder.tell(kind, COUNTY, code=self._code(elder), note=NOTE)


@pytest.mark.parametrize("seed", range(3))
def test_at_every_list_what_is_due_is_listed(engine: Engine, tmp_path: Path, seed: int) -> None:
    register = Register(engine, Sealer(Keyring.load_or_create(tmp_path / "keys.json")))
    town = Town(
        register,
        {"born_on": date(1946, 5, 20)}, {"born_on": date(1936, 7, 3)},
        {"born_on": date(1936, 4, 1), "economic": "其他"},
    )  # fmt: skip
    walk = Walk(town, seed)
    for _ in range(140):
        walk.step()
        assert town.broken == []
    approved = [event for event in town.office.said if isinstance(event, ListApproved)]
    assert len(approved) > 3
    assert sum(town.office.paid.values()) == sum(event.drawn.fen + event.drawn.claw_back_fen for event in approved)
