"""What the console's pages are given, put together: the part of the composition that only a web process needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from temporalio.client import Client

from adapters import database
from adapters.assessing_desk import AssessingDesk
from adapters.figure_sheet import figure_sheet
from adapters.figures_held import AGE, FiguresHeld, Supplier
from adapters.figures_known import FiguresKnown
from adapters.names_held import NamesHeld
from adapters.sql_facts import SqlFacts
from adapters.sql_find import SqlFind
from adapters.sql_lists import SqlLists
from adapters.sql_policies import InForce
from adapters.sql_shown import SqlShown
from adapters.sql_visitors import SqlVisitors
from decisions import case_shown
from decisions.benefit_time import last_day
from decisions.deadlines import civil_day
from models.county_messages import CountyQuestion
from models.indicators import Indicator
from policies import scales
from policies.indicators import indicators_of
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
)
from web.doors import Auditing, BenefitDoors, ConsoleDoors
from wiring import House, covers_of


def console_doors(
    house: House, client: Client | None, auditing: Auditing, figures_age: timedelta = AGE
) -> ConsoleDoors:
    """`client` None: the engine is away; steps are kept and delivered later. `auditing` comes from the entry point.

    `figures_age`: how old a figure of the dashboard may be before it is counted again.
    """
    counter = Counter(house.desk(client), house.desk_store, house.now)
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
        case_shown=case_shown.shown,
        facts=SqlFacts(house.engine, house.sealer),
        people_steps=house.people_steps(counter),
        card=house.card,
        rosters=Rosters(
            house.roster_trial, house.gateway(client) if client else None, house.settings.county, house.now
        ),
        lists=SqlLists(house.engine, house.sealer),
        account_book=house.account_book,
        home=house.home,
        figures=FiguresHeld(house.engine, _suppliers(house), house.now, figures_age),
        figures_then=FiguresKnown(
            house.engine, auditing.known_by, figures_rate.count_known, figures_rate.figures, figures_rate.MONTHS
        ),
        figure_sheet=figure_sheet,
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

    rate, pay, annex = figures_rate, figures_benefits, figures_annex
    return (
        Supplier(rate.NAME, rate.count, rate.figures, rate.MONTHS, rate.behind),
        *(
            Supplier(each.NAME, each.count, each.figures)
            for each in (figures_visits, figures_ladder, figures_texts, figures_levels)
        ),
        Supplier(
            figures_visits.NAME_OF_EACH,
            figures_visits.nothing,
            figures_visits.each,
            beside=(figures_visits.NAME,),
            action=figures_visits.ACTION_OF_EACH,
        ),
        Supplier(pay.NAME, costs, pay.figures, action=pay.ACTION),
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
