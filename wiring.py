"""The one composition root: settings in, ready parts out. Worker, client, tests and replayer share what it builds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.plugin import SimplePlugin
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.ledger import LedgerActivities
from activities.messages import MessageActivities
from activities.roster import RosterActivities
from adapters import circuit, database, logs
from adapters.codec import data_converter
from adapters.passwords import Passwords
from adapters.pay_sheets import PaySheets
from adapters.receipts import Receipts
from adapters.roster_store import RosterStore
from adapters.roster_trial import RosterTrial
from adapters.runner import runner
from adapters.sealing import Keyring, Sealer
from adapters.sms_manual import message_of
from adapters.sql_account_book import SqlAccountBook
from adapters.sql_accounts import SqlAccounts
from adapters.sql_areas import SqlAreas
from adapters.sql_assessing import SqlAssessing
from adapters.sql_benefit_scan import SqlBenefitScan
from adapters.sql_benefits import SqlBenefits
from adapters.sql_bodies import SqlBodies
from adapters.sql_counties import SqlCounties
from adapters.sql_county import SqlCounty
from adapters.sql_desk import SqlDesk
from adapters.sql_directory import SqlDirectory
from adapters.sql_inbox import SqlInbox
from adapters.sql_items import SqlItems
from adapters.sql_ledger import SqlLedger
from adapters.sql_people import SqlPeople
from adapters.sql_phone_codes import SqlPhoneCodes
from adapters.sql_policies import InForce
from adapters.sql_polled import SqlPolled
from adapters.sql_post import SqlPost
from adapters.sql_recipients import county_of
from adapters.sql_register import DECIDE_WITHIN, SqlRegister
from adapters.sql_scan import SqlScan
from adapters.sql_shown import SqlShown
from adapters.sql_sign_in_links import SqlSignInLinks
from adapters.sql_versions import PackText, SqlVersions
from adapters.sql_visit_links import SqlVisitLinks
from adapters.sql_volunteers import SqlVolunteers
from adapters.texts import ProviderTexts
from adapters.together import DirectoryFront, LedgerFront
from decisions import benefit_told, claim_state, coupon, slots
from decisions.assignment import Candidate, choose
from decisions.deadlines import civil_day, instant, next_workday
from decisions.pay_told import PayWords
from models.assessment import AssessmentRules
from models.benefits import BenefitRules
from models.claims import ClaimTerms
from models.errors import Fault, TanfangFault
from models.events import Recorded
from models.ids import benefit_stream, county_area, county_code
from models.messages import OwnerQuestion, StreamQuestion
from models.payments import CountyRules
from models.policy import PolicySlice, TextRules
from models.roster import ElderFacts, Standing
from models.shown import CardShown
from models.tables import Elder, StreamState, table_of
from models.templates import TemplateId
from models.texts import FATES, Receipt
from models.values import Method, Role
from policies import benefits, pack, scales
from policies.assessing import assessment_rules
from policies.benefit_terms import terms_of
from policies.check import without_template
from policies.paying import county_rules
from policies.shelf import OfferedPacks, Shelf
from policies.stored import StoredPacks
from policies.telling_benefits import benefit_in_words
from post.bodies import Bodies
from post.clock import CLOCK_BEHIND, Clock, kept
from post.counter import Counter
from post.desk import Desk
from post.dispatch import Dispatch
from post.gateway import Gateway
from post.inbox import Inbox
from post.items import Items
from post.people import PeopleSteps
from post.policies import PolicySteps
from post.poll_back import PollBack
from post.scans import Register, Scans
from projections import read_benefits, streams
from providers import Providers
from settings import Settings
from web.app import Doors, build_app

if TYPE_CHECKING:
    from adapters.sql_single_sign_on import SqlSingleSignOn
from web.card import card_html
from web.doors import ConsoleDoors
from web.sms_webhook import ReceiptIn
from workflows import options
from workflows.assessment import AssessmentWorkflow
from workflows.benefit import BenefitWorkflow
from workflows.care_case import CareCaseWorkflow
from workflows.county import CountyWorkflow
from workflows.digest import DigestWorkflow
from workflows.escalation import EscalationWorkflow
from workflows.roster_import import RosterImportWorkflow

WORKFLOWS = [
    CareCaseWorkflow, EscalationWorkflow, AssessmentWorkflow, BenefitWorkflow, CountyWorkflow, DigestWorkflow,
    RosterImportWorkflow,
]  # fmt: skip
ELDERS, STREAMS = table_of(Elder), table_of(StreamState)
ACTIVITY_SLOTS = 40
TASK_SLOTS = 20  # workflow tasks begun at once share one interpreter, and each has 10 s
CACHED_RUNS = 5000
STORE_SLOTS = 64  # store calls under way at once: a batch on SQLite, threads within the pool on PostgreSQL
THREADS = 100
FESTIVALS = timedelta(days=30)  # longer than any run of days off


def now() -> datetime:
    """What hour it is. Entry points ask here, whether or not they have a house yet, so that none has another clock."""
    return datetime.now(UTC)


@dataclass
class House:
    """Everything one process needs, built once. Nothing is opened before it is first used."""

    settings: Settings
    now: Callable[[], datetime] = field(default_factory=lambda: now)
    on_commit: Callable[[], None] = field(default=lambda: None)
    busy_timeout_ms: int = database.PATIENT_TIMEOUT_MS
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(self.now)
        self.now = self.clock.now

    @cached_property
    def engine(self) -> Engine:
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        return database.open_engine(self.settings.store_url, self.busy_timeout_ms)

    @cached_property
    def sealer(self) -> Sealer:
        """The county's key. Made on first start; a store that holds people already is never given a new one."""
        if not self.settings.keyring.exists() and self._has_people():
            raise TanfangFault(Fault.KEY_UNKNOWN, f"the store is sealed, and {self.settings.keyring} is missing")
        return Sealer(Keyring.load_or_create(self.settings.keyring))

    def _has_people(self) -> bool:
        with database.reading(self.engine) as connection:
            if not inspect(connection).has_table("elder"):
                return False
            return connection.execute(select(ELDERS.c.id).limit(1)).first() is not None

    @cached_property
    def converter(self) -> DataConverter:
        return data_converter(self.sealer)

    @cached_property
    def plugin(self) -> SimplePlugin:
        """Converter and codec, shared by client, worker and replayer so that they cannot differ."""
        return SimplePlugin("tanfang", data_converter=self.converter)

    @cached_property
    def ledger(self) -> SqlLedger:
        return SqlLedger(self.engine, self.sealer, self._committed)

    def _committed(self) -> None:
        """Looked up at each commit, because the worker sets `on_commit` when the ledger may be built already."""
        self.on_commit()

    @property
    def home(self) -> str:
        """The county whose counter this process is. Cases, texts and lists go by their own, whichever this is."""
        return county_area(self.settings.county)

    @cached_property
    def directory(self) -> SqlDirectory:
        return SqlDirectory(self.engine, self.slice_of, choose, Candidate, civil_day, covers_of)

    @cached_property
    def assessing(self) -> SqlAssessing:
        return SqlAssessing(
            self.engine, self.sealer, self.slice_of, assessment_rules_of, scales.load(), civil_day, covers_of
        )  # fmt: skip

    @cached_property
    def benefits(self) -> SqlBenefits:
        return SqlBenefits(
            self.engine, self.sealer, self.slice_of, benefit_rules_of, benefit_terms_of, civil_day, covers_of
        )  # fmt: skip

    @cached_property
    def county(self) -> SqlCounty:
        return SqlCounty(self.engine, self.slice_of, self.county_rules, civil_day, covers_of)

    @cached_property
    def counties(self) -> SqlCounties:
        return SqlCounties(self.engine, self.sealer, civil_day, covers_of)

    @cached_property
    def letterbox(self) -> SqlPost:
        def midnight(at: datetime) -> datetime:
            return instant(civil_day(at))

        return SqlPost(
            self.engine, self.sealer, rules_of, midnight, civil_day, slots.out_of_quiet, self.home, covers_of
        )  # fmt: skip

    @cached_property
    def providers(self) -> Providers:
        return Providers(self.settings, self.engine, self.sealer, self.letterbox.text_rules, self.now, self.home)

    @cached_property
    def texts(self) -> ProviderTexts:
        return ProviderTexts(
            self.engine,
            self.sealer,
            self.providers.chosen,
            self.now,
            self.letterbox.judge,
            self.next_workday_slot,
            self.home,
        )

    def next_workday_slot(self, at: datetime, recipient_id: str) -> datetime:
        """The recipient's slot of the workday after the day of `at`; workdays are their county's too."""
        tomorrow = civil_day(at) + timedelta(days=1)
        with database.reading(self.engine) as connection:
            county = county_of(connection, recipient_id) or self.home
        held = self.pack_of(county_code(county))
        day = next_workday(tomorrow, pack.calendar_of(held, tomorrow, tomorrow + FESTIVALS))
        return slots.next_day(instant(day - timedelta(days=1)), self.letterbox.text_rules(at, recipient_id))

    @cached_property
    def poll_backs(self) -> list[PollBack]:
        polled = SqlPolled(self.engine, self.sealer, self.home)
        return [PollBack(one, polled, self.inbox, self.now) for one in self.providers.collectors()]

    def templates_missing(self) -> dict[str, tuple[TemplateId, ...]]:
        """Where the provider sends only templates: by county, the texts of its pack that it has none for."""
        if self.settings.sms_provider != "aliyun":
            return {}
        with database.reading(self.engine) as connection:
            held = InForce(covers_of).of_each(connection, civil_day(self.now()))
        held.setdefault(self.settings.county, self.pack_of(self.settings.county).content)
        missing = {county: without_template(rules_of(content)) for county, content in sorted(held.items())}
        return {county: texts for county, texts in missing.items() if texts}

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(SqlInbox(self.engine, self.sealer, self.home), self.letterbox.text_rules)

    def slice_of(self, content: str, around: date, groups: str, level: str | None) -> PolicySlice:
        """The slice of an elder in these groups, with this level; `every` and its anchor are settings (demo, tests)."""
        held = pack.from_content(content)
        tier = pack.tier_of(held, groups.split(","), level)
        if self.settings.every is None:
            return pack.slice_of(held, tier, around)
        return pack.slice_of(held, tier, around, every=self.settings.every, anchor_at=self.settings.anchor_at)

    @cached_property
    def versions(self) -> SqlVersions:
        return SqlVersions(self.engine, civil_day, covers_of)

    @cached_property
    def shelf(self) -> Shelf:
        return Shelf(self.versions.named, lambda county: self.versions.in_force(county, self.now()))

    @cached_property
    def policy_steps(self) -> PolicySteps:
        packs = OfferedPacks(self.shelf, self.pack_of)
        return PolicySteps(
            self.desk(None), self.desk_store, self.versions, packs, self.counties.begin, self.now
        )  # fmt: skip

    def county_rules(self, content: str) -> CountyRules:
        """As the pack has them; the first month, where it is not the one a county begins in, is a setting."""
        return county_rules_of(content).model_copy(update={"since": self.settings.lists_since})

    def activate_policy(self, county: str, active_from: date, by: str) -> str:
        """The county's pack in force from a day by whoever sets it up, alone. Answers the hash; twice is once.

        Where it is in force today, the county's months begin.
        """
        held = pack.load(county)
        self.versions.install(stored(held), active_from, by, self.now())
        self.counties.begin(self.now())
        return held.hash

    # --- accounts --------------------------------------------------------------------------------------------------

    @cached_property
    def passwords(self) -> Passwords:
        return Passwords()

    @cached_property
    def accounts(self) -> SqlAccounts:
        return SqlAccounts(self.engine, self.sealer, self.passwords)

    @cached_property
    def phone_codes(self) -> SqlPhoneCodes:
        return SqlPhoneCodes(self.engine, self.sealer)

    @cached_property
    def sign_in_links(self) -> SqlSignInLinks:
        return SqlSignInLinks(self.engine)

    @cached_property
    def single_sign_on(self) -> SqlSingleSignOn | None:
        """None: nobody signs in by an OpenID Connect provider. What that takes is loaded where somebody does."""
        s = self.settings
        if s.oidc_issuer is None:
            return None
        from adapters.oidc import OidcProvider, Registered
        from adapters.sql_single_sign_on import SqlSingleSignOn
        from web.console.oidc import BACK

        assert s.oidc_client_id and s.oidc_client_secret and s.public_url  # checked by the settings
        trusted = frozenset(filter(None, (one.strip() for one in s.oidc_second_factor.split(","))))
        back = f"{s.public_url.rstrip('/')}{BACK}"
        ours = Registered(s.oidc_issuer, s.oidc_client_id, s.oidc_client_secret, back, s.oidc_claim, trusted)
        return SqlSingleSignOn(self.engine, self.sealer, OidcProvider(ours), s.oidc_name)

    @cached_property
    def account_book(self) -> SqlAccountBook:
        return SqlAccountBook(self.engine, self.sealer, self.passwords)

    # --- engine ----------------------------------------------------------------------------------------------------

    async def connect(self, runtime: Runtime | None = None) -> Client:
        s = self.settings
        key = s.temporal_api_key.get_secret_value() if s.temporal_api_key else None
        return await Client.connect(
            s.temporal_address,
            namespace=s.temporal_namespace,
            plugins=[self.plugin],
            tls=s.temporal_tls,
            api_key=key,
            runtime=runtime,
        )

    def workers(self, client: Client, threads: ThreadPoolExecutor) -> list[Worker]:
        """One worker for cases and their ordinary activities, one for store calls that wait for the store."""
        ledger = LedgerActivities(
            LedgerFront(self.ledger), DirectoryFront(self.directory, self.assessing, self.benefits, self.county)
        )
        messages = MessageActivities(self.texts)
        store = [
            ledger.record, ledger.events_after, ledger.brief, ledger.owner, ledger.assess, ledger.benefits,
            ledger.county,
        ]  # fmt: skip
        cases = Worker(
            client,
            task_queue=options.CASES,
            workflows=WORKFLOWS,
            activities=[*store, messages.send, messages.settle, *self.roster_activities],
            activity_executor=threads,
            workflow_runner=runner(strict=self.settings.strict_sandbox),
            max_concurrent_activities=ACTIVITY_SLOTS,
            max_concurrent_workflow_tasks=TASK_SLOTS,
            max_concurrent_local_activities=STORE_SLOTS,
            max_cached_workflows=CACHED_RUNS,
            graceful_shutdown_timeout=timedelta(seconds=5),
        )
        waiting = Worker(
            client,
            task_queue=options.LEDGER,
            activities=store,
            activity_executor=threads,
            max_concurrent_activities=ACTIVITY_SLOTS // 2,
            graceful_shutdown_timeout=timedelta(seconds=5),
        )
        return [cases, waiting]

    def importer(self, client: Client, threads: ThreadPoolExecutor) -> Worker:
        """Only roster imports: no letter is carried and no case begins."""
        return Worker(
            client,
            task_queue=options.CASES,
            workflows=[RosterImportWorkflow],
            activities=self.roster_activities,
            activity_executor=threads,
            workflow_runner=runner(strict=self.settings.strict_sandbox),
            max_concurrent_activities=1,
        )

    @cached_property
    def register(self) -> SqlRegister:
        return self.register_of(self.settings.county)

    def register_of(self, county: str) -> SqlRegister:
        """A county's register, which goes by the pack that is in force there when it is first asked."""

        @cache
        def held() -> pack.Pack:
            return self.pack_of(county)

        return SqlRegister(
            self.engine, self.sealer, lambda facts: standing_of(held(), facts), county_area(county),
            lambda at: decide_by(held(), at),
        )  # fmt: skip

    @cached_property
    def rosters(self) -> RosterStore:
        return RosterStore(self.settings.data_dir / "rosters", self.sealer, self.register_of, self.settings.county)

    @cached_property
    def roster_trial(self) -> RosterTrial:
        return RosterTrial(self.rosters, lambda: self.register_of(self.settings.county), self.settings.county)

    @cached_property
    def roster_activities(self) -> list[Callable[..., object]]:
        roster = RosterActivities(self.rosters)
        return [roster.open_roster, roster.import_chunk, roster.compare_roster, roster.close_roster]

    @cached_property
    def desk_store(self) -> SqlDesk:
        return SqlDesk(self.engine, self.sealer, civil_day)

    @cached_property
    def items(self) -> Items:
        words = SqlItems(self.engine, self.sealer)
        return Items(self.desk_store, words.said, message_of, self.texts.receipt, self.now, words.dealt)

    @cached_property
    def visit_links(self) -> SqlVisitLinks:
        def counts_calls(at: datetime, volunteer_id: str) -> bool:
            return self.letterbox.text_rules(at, volunteer_id).counts_phone_calls

        return SqlVisitLinks(self.engine, self.sealer, civil_day, counts_calls)

    def desk(self, client: Client | None) -> Desk:
        return Desk(self.desk_store, self.gateway(client) if client else None, self.now)

    def people_steps(self, counter: Counter) -> PeopleSteps:
        people, areas = SqlPeople(self.engine, self.sealer), SqlAreas(self.engine, self.sealer)
        volunteers = SqlVolunteers(self.engine, self.sealer)
        return PeopleSteps(counter, self.desk_store, people, areas, self.register, self.now, volunteers)

    def scans(self, counter: Counter) -> Scans:
        to_assess = SqlScan(self.engine, self.sealer).elders
        to_give = SqlBenefitScan(self.engine, self.sealer, self.benefits.months).counties
        return Scans(counter, Register(to_assess, to_give, self.desk_store.posts_of), self.now)

    def bodies(self, counter: Counter) -> Bodies:
        return Bodies(counter, self.desk_store, SqlBodies(self.engine, self.sealer), self.now)

    def card(self, volunteer_id: str) -> CardShown:
        """A volunteer's card. Raises NotFound."""
        now, people = self.now(), SqlPeople(self.engine, self.sealer)
        lines = people.card(volunteer_id, civil_day(now))
        county = county_code(self.desk_store.places_of_volunteer(volunteer_id)[0].county_id)
        roles = tuple(Role(rung.role) for rung in self.pack_of(county).file.urgent_ladder)
        villages = {(line.township_id, line.village_id): None for line in lines}
        asked = [
            OwnerQuestion(township_id=township, village_id=village, roles=roles, rung=0, at=now)
            for township, village in villages
        ]
        duty = {owner.staff_id: None for owner in map(self.directory.owner, asked) if owner is not None}
        ways = self.visit_links.of_volunteer(volunteer_id, now) if self.public_url else []
        return CardShown(
            lines=tuple(lines), duty=tuple(people.phone_of(person) for person in duty),
            counts_calls=self.letterbox.text_rules(now, volunteer_id).counts_phone_calls,
            codes={way.task.elder_id: way.code for way in reversed(ways)},
        )  # fmt: skip

    def pack_of(self, county: str) -> pack.Pack:
        """The pack in force in a county today; before one has been activated, the one that is written for it."""
        in_force = InForce(covers_of)
        with database.reading(self.engine) as connection:
            hash_ = in_force.hash_of(connection, county_area(county), civil_day(self.now()))
            if hash_ is not None:
                return pack.from_content(in_force.content_of(connection, hash_), county)
        return pack.load(pack.written_for(county))

    def gateway(self, client: Client) -> Gateway:
        return Gateway(client, self.ledger.reply_under, self.ledger.sleeping)

    def dispatch(self, client: Client) -> Dispatch:
        return Dispatch(self.letterbox, self.inbox, self.gateway(client), self.now)

    def clock_kept(self, client: Client) -> AbstractAsyncContextManager[None]:
        """While inside, the hour is compared with the engine's, and it is said where it is behind."""
        runtime = client.service_client.config.runtime or Runtime.default()
        gauge = runtime.metric_meter.create_gauge_float(CLOCK_BEHIND, "How far this machine's clock is behind")
        return kept(self.clock, self.gateway(client).engine_at, self.ledger.newest_at, gauge.set)

    # --- web -------------------------------------------------------------------------------------------------------

    def web(self, client: Client | None, console: ConsoleDoors | None = None) -> FastAPI:
        """The web process. Without a client (the engine is away) texts are stored all the same."""

        async def heard(said: ReceiptIn, at: datetime) -> None:
            digest_id = await asyncio.to_thread(
                self.texts.receipt, said.message_id, said.status, said.error, at, said.client_ref
            )
            word = FATES.get(said.status)
            if digest_id is not None and word is not None and client is not None:
                receipt = Receipt(key=f"receipt-{said.message_id}-{word}", status=word, why=said.error)
                await self.gateway(client).receipt(digest_id, receipt)

        async def ready() -> list[str]:
            missing: list[str] = []
            try:
                await asyncio.to_thread(self.letterbox.in_flight, self.now())
            except SQLAlchemyError:
                missing.append("store")
            try:
                if client is None or not await client.service_client.check_health():
                    missing.append("engine")
            except RPCError:
                missing.append("engine")
            return missing

        def held() -> bool:
            with database.reading(self.engine) as connection:
                return circuit.is_open(connection, self.providers.chosen.name)

        return build_app(
            Doors(self.inbox, self.providers.doors(), heard, ready, held, lambda: self.clock.behind, self.now, console)
        )

    @property
    def public_url(self) -> str | None:
        """As people reach our pages, nothing behind it."""
        return self.settings.public_url.rstrip("/") if self.settings.public_url else None

    def card_html(self, rows: Sequence[Sequence[str]], foot: Sequence[str], *, with_codes: bool) -> str:
        """Without a code there is nothing to open, and so no picture."""
        return card_html(rows, foot, f"{self.public_url}/v" if self.public_url and with_codes else None)

    def state_of(self, stream: str) -> streams.State | None:
        """What a stream knows, as recorded. None: it has not begun."""
        with database.reading(self.engine) as connection:
            sealed = connection.execute(select(STREAMS.c.state_enc).where(STREAMS.c.stream == stream)).scalar()
        return streams.load(stream, self.sealer.open(sealed)) if sealed is not None else None

    def states_of(self, kept: Collection[str]) -> dict[str, streams.State]:
        """The same of several streams in one look; those that have not begun are left out."""
        with database.reading(self.engine) as connection:
            rows = connection.execute(
                select(STREAMS.c.stream, STREAMS.c.state_enc).where(STREAMS.c.stream.in_(sorted(kept)))
            )
            return {row.stream: streams.load(row.stream, self.sealer.open(row.state_enc)) for row in rows}

    def recorded_in(self, stream: str) -> Iterator[Recorded]:
        """All that was recorded in a stream, from its beginning, each with its place."""
        after = 0
        while True:
            page = self.ledger.events_after(StreamQuestion(stream=stream, after_seq=after))
            yield from page.events
            if not page.more:
                return
            after = page.events[-1].seq

    def benefit_names(self, counties: Collection[str]) -> dict[str, str]:
        """What the packs in force in these counties call their benefits, by code."""
        packs = [self.pack_of(county_code(county)) for county in sorted(counties)]
        return {benefit.code: benefit.name for held in packs for benefit in held.file.benefits}

    @cached_property
    def packs(self) -> StoredPacks:
        def content_of(hash_: str) -> str:
            with database.reading(self.engine) as connection:
                return InForce().content_of(connection, hash_)

        return StoredPacks(content_of)

    def benefits_told(self, elder_id: str) -> dict[str, Any] | None:
        """Where an elder's benefits stand. None: nobody has asked for one, and none was found."""
        state, today = self.state_of(benefit_stream(elder_id)), civil_day(self.now())
        if not isinstance(state, claim_state.State):
            return None
        with database.reading(self.engine) as connection:
            rows = read_benefits.claims_of(connection, elder_id)
            entitlements = read_benefits.entitlements_of(connection, elder_id)
            uses = read_benefits.coupon_uses_of(connection, elder_id, coupon.oldest(today))
        facts = tuple(self.recorded_in(benefit_stream(elder_id)))
        return benefit_told.standing(state, facts, self.packs, rows, entitlements, uses, today)

    @cached_property
    def receipts(self) -> Receipts:
        return Receipts(self.engine, self.sealer, self.packs, self.recorded_in, self.settings.font_dir)

    @cached_property
    def pay_sheets(self) -> PaySheets:
        return PaySheets(SqlShown(self.engine, self.sealer, lambda: civil_day(self.now())), self.pay_words)

    def pay_words(self, county_id: str) -> PayWords:
        """By the pack in force there."""
        held = self.pack_of(county_code(county_id)).file.benefits
        rows = {(table.code, row.code): benefit_in_words(row) for table in held for row in table.rows}
        return PayWords({table.code: table.name for table in held}, rows)

    def configure_logs(self) -> None:
        logs.configure()


def covers_of(content: str) -> tuple[str, ...]:
    return pack.from_content(content).file.covers


def stored(held: pack.Pack) -> PackText:
    return PackText(held.county, held.version, held.hash, held.content)


def standing_of(held: pack.Pack, facts: ElderFacts) -> tuple[Standing, str]:
    """The county's group rule: case, register only (with the reason), or cannot decide (with what is missing)."""
    known = pack.GroupFacts(
        age=facts.age, rural=facts.rural, poor=facts.poor,
        categories=None if facts.categories is None else tuple(facts.categories),
    )  # fmt: skip
    match pack.group_of(held, known):
        case pack.InGroup(codes=codes):
            return Standing.CASE, ",".join(codes)
        case pack.RegisterOnly(reason=reason):
            return Standing.REGISTER_ONLY, reason
        case pack.CannotDecide(missing=missing):
            return Standing.CANNOT_DECIDE, ",".join(missing)


def decide_by(held: pack.Pack, at: datetime) -> datetime:
    """Till when a person decides what a list puts in doubt: an administrative deadline moves to a workday."""
    day = civil_day(at + DECIDE_WITHIN)
    calendar = pack.calendar_of(held, day, day + FESTIVALS)
    return at + DECIDE_WITHIN + (next_workday(day, calendar) - day)


def assessment_rules_of(content: str) -> AssessmentRules:
    return assessment_rules(pack.from_content(content))


def benefit_rules_of(contents: Sequence[str], month: date) -> BenefitRules | None:
    """The rules of a month by the version in force on its first day; of those that begin alike the first named."""
    held = benefits.pack_for([pack.from_content(content) for content in contents], month)
    return None if held is None else benefits.rules_of(held, month)


def county_rules_of(content: str) -> CountyRules:
    return county_rules(pack.from_content(content))


def benefit_terms_of(content: str) -> dict[str, ClaimTerms]:
    return terms_of(pack.from_content(content))


def rules_of(content: str) -> TextRules:
    held = pack.from_content(content)
    counts = any(Method.PHONE.value in tier.methods.value for tier in held.file.tiers.values())
    return held.texts.model_copy(update={"counts_phone_calls": counts})


def metrics_runtime(port: int | None) -> Runtime | None:
    """A runtime that serves the SDK's metrics for Prometheus on loopback, or the default one."""
    if port is None:
        return None
    return Runtime(telemetry=TelemetryConfig(metrics=PrometheusConfig(bind_address=f"127.0.0.1:{port}")))
