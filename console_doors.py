"""What the console's pages are given, put together: the part of the composition that only a web process needs."""

from __future__ import annotations

from datetime import date, timedelta

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
from adapters.sql_shown import SqlShown
from adapters.sql_visitors import SqlVisitors
from decisions import case_shown
from decisions.deadlines import civil_day
from models.county_messages import CountyQuestion
from policies import scales
from post.counter import Counter
from post.rosters import Rosters
from post.visitor import VisitorDesk
from projections import figures_rate
from web.doors import Auditing, BenefitDoors, ConsoleDoors
from wiring import House


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
    return (
        Supplier(
            figures_rate.NAME, figures_rate.count, figures_rate.figures, figures_rate.MONTHS, figures_rate.behind
        ),
    )  # fmt: skip


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
