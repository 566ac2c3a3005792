"""What the decisions say is due, told again from the facts alone: no table and no state of the workflow is asked.

An amount holds from its month on, until another was approved or a person stopped it; a month is due what was approved
last of those that cover it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from decisions.benefit_time import next_month
from decisions.deadlines import months_after
from models.benefits import BenefitKind
from models.claims import Change, EndCause
from models.events import (
    BenefitsEnded,
    ChangeDropped,
    ChangeLapsed,
    ChangeProposed,
    ClaimApproved,
    ClaimOpened,
    EntitlementChanged,
    EntitlementStopped,
    Event,
    PaymentsHeld,
    PaymentsReleased,
)


class Given(NamedTuple):
    """`fen` a month from `from_month` to `through`, by the `n`th claim. `fen` None: nobody states how much."""

    n: int
    row: str
    fen: int | None
    from_month: date
    through: date | None = None
    ended: EndCause | None = None

    def covers(self, month: date) -> bool:
        return self.from_month <= month and (self.through is None or month <= self.through)

    def until(self, month: date) -> Given:
        return self._replace(through=month) if self.through is None or self.through > month else self


@dataclass
class Decided:
    """What stands of one elder's benefits. `held`: of these nothing is paid for now, because a death is reported."""

    given: defaultdict[str, list[Given]] = field(default_factory=lambda: defaultdict[str, list[Given]](list))
    pending: dict[str, Change] = field(default_factory=dict[str, Change])
    kinds: dict[str, BenefitKind] = field(default_factory=dict[str, BenefitKind])
    held: set[str] = field(default_factory=set[str])
    gone: bool = False

    def copy(self) -> Decided:
        given = defaultdict[str, list[Given]](list, {code: list(own) for code, own in self.given.items()})
        return Decided(given, dict(self.pending), dict(self.kinds), set(self.held), self.gone)

    def hear(self, event: Event) -> None:
        match event:
            case ClaimOpened():
                self.kinds[event.code] = event.terms.kind
            case ClaimApproved(proposed=by) if by.row is not None:
                self.given[event.code].append(Given(event.n, by.row, by.fen, event.from_month))
                self.pending.pop(event.code, None)
            case EntitlementChanged():
                self._changed(event)
            case EntitlementStopped():
                self._stopped(event)
            case ChangeProposed():
                self.pending[event.code] = event.change
            case ChangeDropped() | ChangeLapsed():
                self.pending.pop(event.code, None)
            case PaymentsHeld():
                self.held |= {code for code in event.codes if code in self.given}
            case BenefitsEnded():
                self.gone = True
                self.held -= {code for code in self.held if self._is_over(code)}
            case PaymentsReleased():
                self.held.clear()
                self.gone = self.gone and not event.back
            case _:
                pass

    def _changed(self, event: EntitlementChanged) -> None:
        own = self.given[event.code]
        last = own[-1]
        before = months_after(event.from_month, -1)
        kept = [
            each if each.n != last.n else each.until(before)
            for each in own if not _is_later(each, last.n, event.from_month)
        ]  # fmt: skip
        changed = last._replace(row=event.row, fen=event.fen, from_month=event.from_month)
        self.given[event.code] = [*kept, changed]
        self.pending.pop(event.code, None)

    def _stopped(self, event: EntitlementStopped) -> None:
        """Each amount until the next one began, and none after the end."""
        own = self.given[event.code]
        n, later = own[-1].n, event.through
        for at in reversed([at for at, each in enumerate(own) if each.n == n]):
            own[at] = own[at]._replace(through=min(later, event.through))
            later = months_after(own[at].from_month, -1)
        own[-1] = own[-1]._replace(ended=event.why)
        self.pending.pop(event.code, None)
        if self.gone or event.why is EndCause.DEATH:
            self.held.discard(event.code)

    def _is_over(self, code: str) -> bool:
        return self.given[code][-1].through is not None and code not in self.pending

    # --- asked -------------------------------------------------------------------------------------------------------

    def is_held(self, code: str) -> bool:
        return code in self.held

    def listed_codes(self) -> list[str]:
        """Those that are money: a coupon stands on no list."""
        return sorted(code for code in self.given if self.kinds.get(code) is not BenefitKind.COUPON)

    def due(self, code: str, month: date, listing: date) -> int | None:
        """For `month`, on the list of `listing`, which brings the changes by age until then. None: nobody says."""
        own = self._with_age(code, listing)
        given = next((each for each in reversed(own) if each.covers(month)), None)
        return given.fen if given is not None else 0

    def first(self, code: str) -> date:
        return min(each.from_month for each in self.given[code])

    def _with_age(self, code: str, listing: date) -> list[Given]:
        own, change = self.given.get(code, []), self.pending.get(code)
        if change is None or not change.by_age or change.row is None or change.month is None or change.month > listing:
            return own
        last = own[-1]
        after = Given(last.n, change.row, change.fen, change.month, last.through)
        return [*own[:-1], last.until(months_after(change.month, -1)), after]


def _is_later(each: Given, n: int, month: date) -> bool:
    return each.n == n and each.from_month >= month


def months(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first = next_month(first)
