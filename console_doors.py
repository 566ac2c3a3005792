"""What the console's pages are given, put together: the part of the composition that only a web process needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from temporalio.client import Client

from adapters import database
from adapters.assessing_desk import AssessingDesk
from adapters.figure_sheet import figure_sheet
from adapters.figures_held import AGE, FiguresHeld, Supplier
from adapters.figures_known import FiguresKnown
from adapters.messages_shown import MessagesShown
from adapters.names_held import NamesHeld
from adapters.policy_diff_sheet import sheets
from adapters.policy_sheet import read_sheets, workbook
from adapters.roster_guard import NotARoster
from adapters.sql_enclosures import SqlEnclosures
from adapters.sql_facts import SqlFacts
from adapters.sql_find import SqlFind
from adapters.sql_lists import SqlLists
from adapters.sql_policies import InForce
from adapters.sql_policy_diff import how_many, over_register
from adapters.sql_shown import SqlShown
from adapters.sql_visitors import SqlVisitors
from decisions import case_shown
from decisions.benefit_time import last_day, month_of
from decisions.deadlines import civil_day
from decisions.policy_diff_told import told
from decisions.versions import first_month
from models.county_messages import CountyQuestion
from models.figures import Asked, Behind
from models.indicators import Indicator
from models.shown_policy import Finding, SheetRead
from policies import benefits, scales
from policies.check import check
from policies.comparing import differences
from policies.indicators import indicators_of
from policies.shelf import notes
from post.background import Background
from post.counter import Counter
from post.rosters import Rosters
from post.visitor import VisitorDesk
from projections import (
    figures_annex,
    figures_benefits,
    figures_ladder,
    figures_levels,
    figures_rate,
    figures_texts,
    figures_visits,
    read_payments,
)
from web.doors import Auditing, BenefitDoors, ConsoleDoors
from web.doors_of_rules import PolicyDoors
from wiring import House, covers_of


def console_doors(
    house: House, client: Client | None, auditing: Auditing, figures_age: timedelta = AGE
) -> ConsoleDoors:
    """`client` None: the engine is away; steps are kept and delivered later. `auditing` comes from the entry point.

    `figures_age`: how old a figure of the dashboard may be before it is counted again.
    """
    counter = Counter(house.desk(client), house.desk_store, house.now)
    suppliers = _suppliers(house)
    return ConsoleDoors(
        counter=counter,
        accounts=house.accounts,
        phone_codes=house.phone_codes,
        sign_in_links=house.sign_in_links,
        places=house.desk_store,
        people=SqlShown(house.engine, house.sealer, lambda: civil_day(house.now())),
        fitness=SqlVisitors(house.engine, house.sealer),
        reading=lambda: database.reading(house.engine),
        state_of=house.state_of,
        recorded_in=house.recorded_in,
        auditing=auditing,
        items=house.items,
        find=SqlFind(house.engine, house.sealer, NamesHeld(house.engine, house.sealer, house.now)),
        benefit_names=house.benefit_names,
        assessing=AssessingDesk(house.engine, house.sealer, house.assessing, scales.load(), civil_day),
        benefits=_benefits(house),
        now=house.now,
        visitor=VisitorDesk(house.visit_links, house.desk(client), house.desk_store, house.now),
        public_url=house.public_url,
        phones=house.providers.phones,
        single_sign_on=house.single_sign_on,
        case_shown=case_shown.shown,
        facts=SqlFacts(house.engine, house.sealer),
        people_steps=house.people_steps(counter),
        card=house.card,
        rosters=Rosters(
            house.roster_trial, house.gateway(client) if client else None, house.settings.county, house.now
        ),
        lists=SqlLists(house.engine, house.sealer),
        account_book=house.account_book,
        policies=_policies(house),
        messages=MessagesShown(house.engine, house.sealer, house.home),
        home=house.home,
        figures=FiguresHeld(house.engine, suppliers, house.now, figures_age),
        figures_then=FiguresKnown(auditing.known_by, suppliers),
        figure_sheet=figure_sheet,
        enclosures=SqlEnclosures(house.engine, house.sealer),
        scans=house.scans(counter),
        bodies=house.bodies(counter),
        secure=(house.settings.public_url or "").startswith("https://"),
    )  # fmt: skip


def _suppliers(house: House) -> tuple[Supplier, ...]:
    """What the dashboard counts, in the order in which it is shown."""
    in_force = InForce(covers_of)

    def costs(connection: Any, county_id: str, first: date, now: datetime) -> figures_benefits.CostsOfYear:
        return figures_benefits.costs(connection, county_id, first, house.benefit_names([county_id]))

    def indicators(connection: Any, county_id: str, first: date, now: datetime) -> Sequence[Indicator]:
        """Of the rules in force on the month's last day, or today while it runs."""
        hash_ = in_force.hash_of(connection, county_id, min(last_day(first), civil_day(now)))
        return indicators_of(house.packs.of(hash_)) if hash_ is not None else ()

    def paid(connection: Any, asked: Asked) -> Behind | None:
        return figures_benefits.behind(connection, asked, house.benefit_names([asked.county_id]))

    rate, pay, annex = figures_rate, figures_benefits, figures_annex
    return (
        Supplier(rate.NAME, rate.count, rate.figures, rate.MONTHS, rate.behind),
        *(
            Supplier(each.NAME, each.count, each.figures, behind=each.behind)
            for each in (figures_visits, figures_ladder, figures_texts, figures_levels)
        ),
        Supplier(
            figures_visits.NAME_OF_EACH,
            figures_visits.nothing,
            figures_visits.each,
            beside=(figures_visits.NAME,),
            action=figures_visits.ACTION_OF_EACH,
        ),
        Supplier(pay.NAME, costs, pay.figures, behind=paid, action=pay.ACTION),
        Supplier(annex.NAME, indicators, annex.figures, beside=annex.BESIDE),
    )


def _benefits(house: House) -> BenefitDoors:
    def unlike(county_id: str, sha256: str, month: date) -> int:
        question = CountyQuestion(county_id=county_id, at=house.now(), stands=sha256, of_month=month)
        return house.county.brief(question).unlike

    return BenefitDoors(
        told=house.benefits_told,
        packs=house.packs,
        receipts=house.receipts,
        states_of=house.states_of,
        pay_words=house.pay_words,
        sheets=house.pay_sheets,
        unlike=unlike,
    )


# --- rules ----------------------------------------------------------------------------------------------------------


def _policies(house: House) -> PolicyDoors:
    return PolicyDoors(
        steps=house.policy_steps, shelf=house.shelf, versions=house.versions, books=PolicyBooks(house),
        gains=PolicyGains(house), background=Background(),
    )  # fmt: skip


class PolicyBooks:
    def __init__(self, house: House) -> None:
        self._house = house

    def book(self, text: str) -> bytes:
        return workbook(self._house.shelf.book(text))

    def read(self, text: str, content: bytes, version: str) -> SheetRead:
        try:
            return self._house.shelf.read_book(text, read_sheets(content), version)
        except NotARoster as error:
            return SheetRead(offered=None, findings=(Finding(at="", where="", what=str(error)),))


class PolicyGains:
    def __init__(self, house: House) -> None:
        self._house = house

    def sound(self, text: str) -> bool:
        return not check(self._house.shelf.of(text).pack)

    def how_many(self, county_id: str) -> int:
        return how_many(self._house.engine, county_id)

    def told(
        self, a: str, b: str, county_id: str, month: date | None, done: Callable[[int], None]
    ) -> Mapping[str, Any]:
        house = self._house
        old, new = house.shelf.of(a), house.shelf.of(b)
        today = civil_day(house.now())
        of = month or max(month_of(today), first_month(new.since) if new.since else date.min)
        rules = [benefits.rules_of(each.pack, of) for each in (old, new)]
        found = over_register(house.engine, house.sealer, county_id, rules[0], rules[1], done)
        with database.reading(house.engine) as connection:
            places = read_payments.area_names(connection, {county_id, *found.tally.by_township})
        head = {"month": f"{of:%Y-%m}", "county": county_id, "notes": notes(county_id, of, old.pack, new.pack)}
        lines = [
            (one.where, one.old.words if one.old else "", one.new.words if one.new else "")
            for one in differences(old.pack, new.pack)
        ]
        packs = {"hashes": {"a": old.pack.hash, "b": new.pack.hash}, "rules": lines}
        return head | packs | told(found.tally, found.changed, found.words, places, {})

    def sheet(self, found: Mapping[str, Any]) -> bytes:
        return sheets(found["hashes"], found, found["rules"])
