"""Which SMS provider sends, as settings choose; whose doors are open; who is asked for what we did not hear.

A part of the composition root. What a provider needs is checked by the settings, and nothing of it is loaded before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from adapters import aliyun_callbacks, sms_sandbox, sms_twilio
from adapters.sandbox_phones import SandboxPhones
from adapters.sealing import Sealer
from adapters.sms_manual import ManualSms
from adapters.sms_sandbox import SandboxSms, load_or_create_secret
from adapters.sms_twilio import TwilioSms
from adapters.texts import Provider
from decisions.deadlines import civil_day
from models.policy import TextRules
from post.ports import Collector
from settings import Settings
from web.sms_webhook import ProviderDoor, ReceiptIn, TextIn

if TYPE_CHECKING:
    from adapters.sms_aliyun import AliyunSms


@dataclass
class Providers:
    """Each is built when it is first used. `rules(at, recipient id)`: those of the recipient's county."""

    settings: Settings
    engine: Engine
    sealer: Sealer
    rules: Callable[[datetime, str | None], TextRules]
    now: Callable[[], datetime]
    home: str  # the county of this process, whose officers are told of what is nobody's

    @cached_property
    def chosen(self) -> Provider:
        match self.settings.sms_provider:
            case "sandbox":
                return self.sandbox
            case "manual":
                return ManualSms(self.engine, self.sealer, self.home)
            case "twilio":
                return self.twilio
            case "aliyun":
                return self.aliyun

    @cached_property
    def sandbox(self) -> SandboxSms:
        return SandboxSms(self.engine, self.sealer)

    @cached_property
    def sandbox_secret(self) -> str:
        return load_or_create_secret(self.settings.sms_secret)

    @property
    def phones(self) -> SandboxPhones | None:
        """On screen only where texts go to the sandbox."""
        if self.settings.sms_provider != "sandbox":
            return None
        return SandboxPhones(self.engine, self.sealer, self.sandbox_secret)

    @cached_property
    def twilio(self) -> TwilioSms:
        return TwilioSms(self.engine, self.twilio_account)

    @cached_property
    def twilio_account(self) -> sms_twilio.Account:
        s = self.settings
        assert s.twilio_account_sid and s.twilio_auth_token and s.public_url  # checked by the settings
        return sms_twilio.Account(
            sid=s.twilio_account_sid, token=s.twilio_auth_token.get_secret_value(), number=s.twilio_from,
            service=s.twilio_messaging_service_sid, public_url=s.public_url.rstrip("/"), api_base=s.twilio_api_base,
        )  # fmt: skip

    @cached_property
    def aliyun(self) -> AliyunSms:
        """Imported here: its client is an extra, which nobody else needs."""
        from adapters.sms_aliyun import Account, AliyunSms

        s = self.settings
        assert s.aliyun_access_key_id and s.aliyun_access_key_secret  # checked by the settings
        account = Account(s.aliyun_access_key_id, s.aliyun_access_key_secret.get_secret_value(), s.aliyun_endpoint)
        return AliyunSms(account, self.rules, self.now, civil_day)

    def collectors(self) -> list[Collector]:
        """Twilio wherever it is set up, because its texts come whoever sends; Alibaba Cloud while it sends."""
        found: list[Collector] = [self.twilio] if self.settings.has("twilio") else []
        return [*found, self.aliyun] if self.settings.sms_provider == "aliyun" else found

    # --- doors -----------------------------------------------------------------------------------------------------

    def doors(self) -> tuple[ProviderDoor, ...]:
        """The sandbox's is shut where real texts go; any other is open wherever its provider is set up."""
        real = {"twilio": self.twilio_door, "aliyun": self.aliyun_door}
        sandbox = () if self.settings.sms_provider in real else (self.sandbox_door(),)
        return (*sandbox, *(door() for name, door in real.items() if self.settings.has(name)))

    def sandbox_door(self) -> ProviderDoor:
        def signed(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
            return sms_sandbox.signed_by(
                self.sandbox_secret, url, form, headers.get(sms_sandbox.SIGNATURE_HEADER, "")
            )  # fmt: skip

        return ProviderDoor(
            name="sandbox",
            inbound_path=sms_sandbox.INBOUND_PATH,
            receipt_path=sms_sandbox.RECEIPT_PATH,
            signed=signed,
        )

    def twilio_door(self) -> ProviderDoor:
        def signed(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
            return sms_twilio.signed(self.twilio_account, url, form, headers)

        return ProviderDoor(
            name=sms_twilio.NAME,
            inbound_path=sms_twilio.INBOUND_PATH,
            receipt_path=sms_twilio.RECEIPT_PATH,
            signed=signed,
            public_url=self.twilio_account.public_url,
        )

    def aliyun_door(self) -> ProviderDoor:
        assert self.settings.aliyun_callback_key  # checked by the settings
        key = self.settings.aliyun_callback_key.get_secret_value()
        return ProviderDoor(
            name=aliyun_callbacks.NAME,
            inbound_path=aliyun_callbacks.INBOUND_PATH,
            receipt_path=aliyun_callbacks.RECEIPT_PATH,
            signed=lambda url, _form, _headers: aliyun_callbacks.knows(key, url),
            text=lambda entry: TextIn(*aliyun_callbacks.reply_of(entry)),
            receipt=lambda entry: ReceiptIn(*aliyun_callbacks.receipt_of(entry)),
            entries=aliyun_callbacks.entries,
            taken=aliyun_callbacks.TAKEN,
        )
