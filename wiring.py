"""The one composition root: settings in, ready parts out. Worker, client, tests and replayer share what it builds."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from fastapi import FastAPI
from sqlalchemy import Engine, insert, inspect, select
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
from adapters import aliyun_callbacks, database, logs, sms_sandbox
from adapters.codec import data_converter
from adapters.roster_store import RosterStore
from adapters.runner import runner
from adapters.sealing import Keyring, Sealer
from adapters.sms_manual import ManualSms
from adapters.sms_sandbox import SandboxSms, load_or_create_secret
from adapters.sql_desk import SqlDesk
from adapters.sql_directory import SqlDirectory
from adapters.sql_inbox import SqlInbox
from adapters.sql_ledger import SqlLedger
from adapters.sql_post import SqlPost
from adapters.sql_register import DECIDE_WITHIN, SqlRegister
from adapters.texts import Provider, ProviderTexts
from adapters.together import DirectoryFront, LedgerFront
from decisions import slots
from decisions.assignment import Candidate, choose
from decisions.deadlines import civil_day, instant, next_workday
from models.errors import Fault, TanfangFault
from models.policy import PolicySlice, TextRules
from models.roster import ElderFacts, Standing
from models.tables import Elder, PolicyVersion, table_of
from models.templates import TemplateId
from models.texts import Receipt
from models.values import Method
from policies import pack
from policies.check import without_template
from post.desk import Desk
from post.dispatch import Dispatch
from post.gateway import Gateway
from post.inbox import Inbox
from settings import Settings
from web.app import Doors, build_app
from web.sms_webhook import ProviderDoor, ReceiptIn, TextIn
from workflows import options
from workflows.care_case import CareCaseWorkflow
from workflows.digest import DigestWorkflow
from workflows.escalation import EscalationWorkflow
from workflows.roster_import import RosterImportWorkflow

WORKFLOWS = [CareCaseWorkflow, EscalationWorkflow, DigestWorkflow, RosterImportWorkflow]
POLICIES, ELDERS = table_of(PolicyVersion), table_of(Elder)
ACTIVITY_SLOTS = 40
STORE_SLOTS = 64  # store calls under way at once: a batch on SQLite, threads within the pool on PostgreSQL
THREADS = 100
ADD_ALIYUN = f"{sys.executable} -m pip install --require-hashes -r requirements-aliyun.lock"
FESTIVALS = timedelta(days=30)  # longer than any run of days off


class NotSetUp(Exception):
    """Settings choose what is not there. The message says, in Chinese, what to do."""


@dataclass
class House:
    """Everything one process needs, built once. Nothing is opened before it is first used."""

    settings: Settings
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    on_commit: Callable[[], None] = field(default=lambda: None)
    busy_timeout_ms: int = database.PATIENT_TIMEOUT_MS

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

    @cached_property
    def directory(self) -> SqlDirectory:
        return SqlDirectory(self.engine, self.slice_of, choose, Candidate, civil_day)

    @cached_property
    def letterbox(self) -> SqlPost:
        def midnight(at: datetime) -> datetime:
            return instant(civil_day(at))

        return SqlPost(self.engine, self.sealer, rules_of, midnight, civil_day, slots.out_of_quiet)

    @cached_property
    def sandbox(self) -> SandboxSms:
        return SandboxSms(self.engine, self.sealer)

    @cached_property
    def texts(self) -> ProviderTexts:
        return ProviderTexts(self.engine, self.sealer, self.provider, self.now, self.letterbox.judge)

    @cached_property
    def provider(self) -> Provider:
        """As settings choose. Raises NotSetUp where what it needs is not there."""
        match self.settings.sms_provider:
            case "manual":
                return ManualSms(self.engine, self.sealer)
            case "aliyun":
                return self._aliyun()
            case "sandbox":
                return self.sandbox

    def _aliyun(self) -> Provider:
        s = self.settings
        if not s.aliyun_access_key_id or s.aliyun_access_key_secret is None or s.aliyun_callback_key is None:
            names = "TANFANG_ALIYUN_ACCESS_KEY_ID、TANFANG_ALIYUN_ACCESS_KEY_SECRET、TANFANG_ALIYUN_CALLBACK_KEY"
            raise NotSetUp(f"TANFANG_SMS_PROVIDER=aliyun 还需要设置 {names}")
        try:
            from adapters.sms_aliyun import Account, AliyunSms
        except ModuleNotFoundError as missing:
            raise NotSetUp(
                f"TANFANG_SMS_PROVIDER=aliyun 需要阿里云的客户端，用这一条命令装上：\n\n    {ADD_ALIYUN}"
            ) from missing
        account = Account(s.aliyun_access_key_id, s.aliyun_access_key_secret.get_secret_value(), s.aliyun_endpoint)
        return AliyunSms(account, self.letterbox.text_rules, self.now, civil_day)

    def templates_missing(self) -> tuple[TemplateId, ...]:
        """Where the provider sends only templates: the texts of the county's pack that it has none for."""
        if self.settings.sms_provider != "aliyun":
            return ()
        return without_template(rules_of(self.pack.content))

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(SqlInbox(self.engine, self.sealer), self.letterbox.text_rules)

    @cached_property
    def sms_secret(self) -> str:
        return load_or_create_secret(self.settings.sms_secret)

    def slice_of(self, content: str, around: date) -> PolicySlice:
        """The slice of the county's first tier; `every` and its anchor come from settings (demo and tests)."""
        held = pack.from_content(content)
        tier = next(iter(held.file.tiers))
        if self.settings.every is None:
            return pack.slice_of(held, tier, around)
        return pack.slice_of(held, tier, around, every=self.settings.every, anchor_at=self.settings.anchor_at)

    def activate_policy(self, county: str, active_from: date, by: str) -> str:
        """Store the county's pack whole under its hash, in force from a day. Answers the hash; twice is once."""
        held = pack.load(county)
        with database.writing(self.engine) as connection:
            if connection.execute(select(POLICIES.c.hash).where(POLICIES.c.hash == held.hash)).first() is None:
                connection.execute(
                    insert(POLICIES).values(
                        hash=held.hash, county=held.county, version=held.version, content=held.content,
                        active_from=active_from, activated_by=by, at=self.now(),
                    )
                )  # fmt: skip
        return held.hash

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
        ledger = LedgerActivities(LedgerFront(self.ledger), DirectoryFront(self.directory))
        messages = MessageActivities(self.texts)
        store = [ledger.record, ledger.events_after, ledger.brief, ledger.owner]
        cases = Worker(
            client,
            task_queue=options.CASES,
            workflows=WORKFLOWS,
            activities=[*store, messages.send, messages.settle, *self.roster_activities],
            activity_executor=threads,
            workflow_runner=runner(strict=self.settings.strict_sandbox),
            max_concurrent_activities=ACTIVITY_SLOTS,
            max_concurrent_local_activities=STORE_SLOTS,
            max_cached_workflows=5000,
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
        county_id = f"county-{self.settings.county}"
        return SqlRegister(self.engine, self.sealer, self.standing_of, county_id, self.decide_by)

    @cached_property
    def rosters(self) -> RosterStore:
        return RosterStore(self.settings.data_dir / "rosters", self.sealer, self.register)

    @cached_property
    def roster_activities(self) -> list[Callable[..., object]]:
        roster = RosterActivities(self.rosters)
        return [roster.open_roster, roster.import_chunk, roster.compare_roster, roster.close_roster]

    @cached_property
    def desk_store(self) -> SqlDesk:
        return SqlDesk(self.engine, self.sealer, civil_day)

    def desk(self, client: Client | None) -> Desk:
        return Desk(self.desk_store, self.gateway(client) if client else None, self.now)

    @cached_property
    def pack(self) -> pack.Pack:
        return pack.load(self.settings.county)

    def standing_of(self, facts: ElderFacts) -> tuple[Standing, str]:
        """The county's group rule: case, register only (with the reason), or cannot decide (with what is missing)."""
        known = pack.GroupFacts(
            age=facts.age, rural=facts.rural, poor=facts.poor,
            categories=None if facts.categories is None else tuple(facts.categories),
        )  # fmt: skip
        match pack.group_of(self.pack, known):
            case pack.InGroup(codes=codes):
                return Standing.CASE, ",".join(codes)
            case pack.RegisterOnly(reason=reason):
                return Standing.REGISTER_ONLY, reason
            case pack.CannotDecide(missing=missing):
                return Standing.CANNOT_DECIDE, ",".join(missing)

    def decide_by(self, at: datetime) -> datetime:
        """Till when a person decides what a list puts in doubt: an administrative deadline moves to a workday."""
        day = civil_day(at + DECIDE_WITHIN)
        calendar = pack.calendar_of(self.pack, day, day + FESTIVALS)
        return at + DECIDE_WITHIN + (next_workday(day, calendar) - day)

    def gateway(self, client: Client) -> Gateway:
        return Gateway(client, self.ledger.reply_under, self.ledger.closed_case)

    def dispatch(self, client: Client) -> Dispatch:
        return Dispatch(self.letterbox, self.inbox, self.gateway(client), self.now)

    # --- web -------------------------------------------------------------------------------------------------------

    def web(self, client: Client | None) -> FastAPI:
        """The web process. Without a client (the engine is away) texts are stored all the same."""

        async def heard(message_id: str, status: str, error: str | None, at: datetime) -> None:
            digest_id = await asyncio.to_thread(self.texts.receipt, message_id, status, error, at)
            if digest_id is not None and client is not None:
                word = "delivered" if status == "delivered" else "undelivered"
                receipt = Receipt(key=f"receipt-{message_id}-{word}", status=word, why=error)
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

        return build_app(Doors(self.inbox, self.doors(), heard, ready, self.now))

    def doors(self) -> tuple[ProviderDoor, ...]:
        """The sandbox's, and that of the provider in use: which must be set up before anything is taken in for it."""
        key = self.settings.aliyun_callback_key
        if self.provider.name != "aliyun" or key is None:
            return (self.sandbox_door(),)
        return (self.sandbox_door(), aliyun_door(key.get_secret_value()))

    def sandbox_door(self) -> ProviderDoor:
        def signed(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
            return sms_sandbox.signed_by(self.sms_secret, url, form, headers.get(sms_sandbox.SIGNATURE_HEADER, ""))

        return ProviderDoor(
            name="sandbox",
            inbound_path=sms_sandbox.INBOUND_PATH,
            receipt_path=sms_sandbox.RECEIPT_PATH,
            signed=signed,
            text=lambda form: TextIn(form["MessageSid"], form["From"], form["Body"]),
            receipt=lambda form: ReceiptIn(form["MessageSid"], form["MessageStatus"], form.get("ErrorCode")),
        )

    def configure_logs(self) -> None:
        logs.configure()


def aliyun_door(key: str) -> ProviderDoor:
    return ProviderDoor(
        name="aliyun",
        inbound_path=aliyun_callbacks.INBOUND_PATH,
        receipt_path=aliyun_callbacks.RECEIPT_PATH,
        signed=lambda url, _form, _headers: aliyun_callbacks.knows(key, url),
        text=lambda entry: TextIn(*aliyun_callbacks.reply_of(entry)),
        receipt=lambda entry: ReceiptIn(*aliyun_callbacks.receipt_of(entry)),
        entries=aliyun_callbacks.entries,
        taken=aliyun_callbacks.TAKEN,
    )


def rules_of(content: str) -> TextRules:
    held = pack.from_content(content)
    counts = any(Method.PHONE.value in tier.methods.value for tier in held.file.tiers.values())
    return held.texts.model_copy(update={"counts_phone_calls": counts})


def metrics_runtime(port: int | None) -> Runtime | None:
    """A runtime that serves the SDK's metrics for Prometheus on loopback, or the default one."""
    if port is None:
        return None
    return Runtime(telemetry=TelemetryConfig(metrics=PrometheusConfig(bind_address=f"127.0.0.1:{port}")))
