"""Every proposal that a fact holds is made again by the rules it names: the pack by its hash, what was known, what was
held and what was left aside. The same code is asked, so a difference is one of the rules, of the code, or of the fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from audit.store import POLICIES, Snapshot
from decisions.benefit import Ready, ready
from decisions.claim_rules import weighed
from models.benefits import BenefitRules
from models.claims import Proposed
from models.events import Event
from policies import pack
from policies.benefits import rules_of


class _Rules(NamedTuple):
    rules: BenefitRules
    made: tuple[Ready, ...]


class Redeciding:
    """Packs are read once, and the rules of each month are made ready once."""

    def __init__(self, held: Snapshot) -> None:
        self._contents: Mapping[str, str] = {row.hash: row.content for row in held.rows(POLICIES)}
        self._made: dict[tuple[str, date], _Rules | None] = {}

    def unlike(self, event: Event) -> str | None:
        """What is otherwise today, or None; None too where the fact holds no proposal: ask `proposal_of` first."""
        stored, code = proposal_of(event), getattr(event, "code", "")
        if stored is None:
            return None
        of = self._of(stored.hash, stored.month)
        if of is None:
            return f"{code}：当时的规则{stored.hash[:8]}不在库里"
        beside = weighed(of.rules, of.made, stored.sheet, stored.held, stored.aside)
        if code not in beside:
            return f"{code}：当时的规则没有这一项"
        again = beside[code]
        now = (again.proposal.outcome, again.proposal.row, again.proposal.fen, again.standing)
        then = (stored.outcome, stored.row, stored.fen, stored.standing)
        return None if now == then else f"{code}：记的是{_said(then)}，按当时的规则重算是{_said(now)}"

    def _of(self, hash_: str, month: date) -> _Rules | None:
        if (hash_, month) not in self._made:
            content = self._contents.get(hash_)
            self._made[hash_, month] = None if content is None else _made(content, month)
        return self._made[hash_, month]


def _made(content: str, month: date) -> _Rules:
    rules = rules_of(pack.from_content(content), month)
    return _Rules(rules, tuple(ready(rules)))


def proposal_of(event: Event) -> Proposed | None:
    found = getattr(event, "proposed", None)
    return found if isinstance(found, Proposed) else None


def _said(of: Iterable[object]) -> str:
    return "/".join("无" if each is None else str(each) for each in of)
