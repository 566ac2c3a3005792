"""What an elder's benefits ask of the store: place, the month's rules and terms, what is known. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from adapters.database import reading
from adapters.sealing import Sealer
from adapters.sql_duty import area_of, at_post, away_on
from adapters.sql_known import registered, stated
from adapters.sql_placed import Placed, placed
from adapters.sql_policies import SliceOf, Slices, covers_none
from decisions import edition
from decisions.benefit_time import last_day
from decisions.fact_sheet import asked_by, sheet_for
from models.benefits import BenefitRules
from models.claim_messages import BenefitBriefing, BenefitQuestion
from models.claims import ClaimTerms
from models.facts import FactSheet
from models.values import Role

RulesOf = Callable[[Sequence[str], date], BenefitRules | None]
TermsOf = Callable[[str], Mapping[str, ClaimTerms]]


class OfMonth(NamedTuple):
    """What a month goes by; no rules where no version of the pack is in force in it. `asked`: of which facts."""

    rules: BenefitRules | None
    terms: Mapping[str, ClaimTerms]
    asked: frozenset[str]


class Months:
    """What a county's months go by, read once of the same versions."""

    def __init__(self, slices: Slices, rules_of: RulesOf, terms_of: TermsOf) -> None:
        """`rules_of(contents of packs, the newest first, month)`: of the one in force on its first day.

        `terms_of(pack content)`: of each benefit, by code.
        """
        self._slices = slices
        self._rules_of = rules_of
        self._terms_of = terms_of
        self._read: dict[tuple[tuple[str, ...], date], OfMonth] = {}

    def of(self, connection: Connection, county_id: str, month: date) -> OfMonth:
        hashes = self._versions(connection, county_id, month)
        if (hashes, month) not in self._read:
            contents = {hash_: self._slices.content_of(connection, hash_) for hash_ in hashes}
            rules = self._rules_of(tuple(contents.values()), month)
            self._read[hashes, month] = (
                OfMonth(None, {}, frozenset())
                if rules is None
                else OfMonth(rules, self._terms_of(contents[rules.hash]), asked_by(rules))
            )
        return self._read[hashes, month]

    def _versions(self, connection: Connection, county_id: str, month: date) -> tuple[str, ...]:
        """Those active on its first day; of a county that begins within the month the one it begins with."""
        then = self._slices.versions(connection, county_id, month)
        return then or self._slices.versions(connection, county_id, last_day(month))[-1:]


class SqlBenefits:
    def __init__(
        self,
        engine: Engine,
        sealer: Sealer,
        slice_of: SliceOf,
        rules_of: RulesOf,
        terms_of: TermsOf,
        civil_day: Callable[[datetime], date],
        covers: Callable[[str], Collection[str]] = covers_none,
    ) -> None:
        """`rules_of`, `terms_of`: as for `Months`; the rest as for `sql_policies.Slices`."""
        self._engine = engine
        self._sealer = sealer
        self._slices = Slices(slice_of, covers)
        self.months = Months(self._slices, rules_of, terms_of)
        self._civil_day = civil_day

    def brief(self, question: BenefitQuestion) -> BenefitBriefing:
        """Raises TanfangFault(POLICY_NOT_IN_STORE) when no pack is active; LookupError for an unknown elder."""
        day = self._civil_day(question.at)
        with reading(self._engine) as connection:
            of = placed(connection, question.elder_id)
            policy = None
            if question.law:
                _, policy = self._slices.unless_known(connection, of.elder, day, question.known_policy)
            month, sheet = OfMonth(None, {}, frozenset()), FactSheet(facts={})
            if question.month is not None:
                month = self.months.of(connection, of.elder.county_id, question.month)
                sheet = self._sheet(connection, question.elder_id, question.month, month.asked)
            return BenefitBriefing(
                county_id=of.elder.county_id, township_id=of.elder.township_id, village_id=of.elder.village_id,
                has_case=of.has_case, gone=of.gone, reported=of.reported, policy=policy, rules=month.rules,
                terms=dict(month.terms),
                sheet=sheet, owners=_owners(connection, of, question.remind, day), edition=edition.newest(),
            )  # fmt: skip

    def _sheet(self, connection: Connection, elder_id: str, month: date, asked: Collection[str]) -> FactSheet:
        if not asked:
            return FactSheet(facts={})
        known = registered(connection, self._sealer, [elder_id])[elder_id]
        return sheet_for(month, asked, known, stated(connection, self._sealer, [elder_id]).get(elder_id, ()))


def _owners(connection: Connection, of: Placed, roles: Sequence[Role], day: date) -> dict[Role, str]:
    """Who holds these posts that day, or stands in; none for a post that nobody answers for."""
    if not roles:
        return {}
    away = away_on(connection, day)
    found = {
        role: at_post(connection, role, area_of(connection, role, of.elder.village_id, of.elder.township_id), away)
        for role in roles
    }
    return {role: stands.staff_id for role, stands in found.items() if stands is not None}
