"""主动响应: whom the register itself gives a reason to assess, though nobody applied.

Pure: what the register knows of each elder comes in, who is to be asked for goes out. A fact is new when its day lies
within the days looked back on. Whoever has a level that holds, or a round under way, or refused lately is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from decisions.benefit_time import birthday_in
from decisions.deadlines import months_after
from models.assessment import Trigger
from models.benefits import LeapBirthday
from models.policy import Category
from models.values import Id, Value

AGE = 80
LEFT_ALONE_MONTHS = 12  # after a refusal
BY_CATEGORY: dict[Trigger, tuple[Category, ...]] = {
    Trigger.DISABLED: (Category.DISABLED_CARE, Category.DEMENTIA),
    Trigger.POOR: (Category.DESTITUTE, Category.MINIMUM_LIVING),
}
"""The gravest first: an elder is asked for once, by the first of these that is new, and last by age."""


class Scanned(Value):
    """One elder of the register on a day. `since`: from when each category that holds that day has held.

    `level_to`: the last day of the level that holds, `date.max` if it has none; None: no level. `refused_on`: last.
    """

    elder_id: Id
    born_on: date
    since: dict[Category, date]
    level_to: date | None = None
    under_way: bool = False
    refused_on: date | None = None


class ToAsk(Value):
    """`on`: the day of the fact. With elder and trigger it makes the key, so that a scan again asks nothing."""

    elder_id: Id
    trigger: Trigger
    on: date

    @property
    def key(self) -> str:
        return f"scan-{self.elder_id}-{self.trigger.value}-{self.on.isoformat()}"


def to_ask(elders: Iterable[Scanned], on: date, back_days: int) -> Iterator[ToAsk]:
    """Whose reason came up on `on` or in the `back_days` before it, in the order they come in."""
    for elder in elders:
        found = None if _left_alone(elder, on) else _new(elder, on - timedelta(days=back_days), on)
        if found is not None:
            yield found


def _left_alone(elder: Scanned, on: date) -> bool:
    holds = elder.level_to is not None and elder.level_to >= on
    refused = elder.refused_on is not None and months_after(elder.refused_on, LEFT_ALONE_MONTHS) > on
    return holds or elder.under_way or refused


def _new(elder: Scanned, after: date, on: date) -> ToAsk | None:
    for trigger, categories in BY_CATEGORY.items():
        days = [day for category in categories if (day := elder.since.get(category)) and after < day <= on]
        if days:
            return ToAsk(elder_id=elder.elder_id, trigger=trigger, on=max(days))
    turned = birthday_in(elder.born_on.year + AGE, elder.born_on, LeapBirthday.MARCH_1)
    return ToAsk(elder_id=elder.elder_id, trigger=Trigger.TURNED_80, on=turned) if after < turned <= on else None
