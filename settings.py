"""Settings, from environment variables that begin with `TANFANG_`. Read by `wiring.py` only."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

TWILIO_NEEDS = ("twilio_account_sid", "twilio_auth_token", "public_url")


class Settings(BaseSettings):
    """The embedded default needs none of these: everything lives in `data_dir`."""

    model_config = SettingsConfigDict(env_prefix="TANFANG_", extra="forbid", hide_input_in_errors=True)

    data_dir: Path = Path("data-dir")
    database_url: str | None = None
    key_file: Path | None = None
    county: str = "fengjie"
    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    temporal_api_key: SecretStr | None = None
    temporal_tls: bool = False
    sms_provider: Literal["sandbox", "manual", "twilio"] = "sandbox"
    sms_secret_file: Path | None = None
    public_url: str | None = None  # as providers reach the web process: https://host, nothing behind it
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_from: str | None = None  # our number, or else:
    twilio_messaging_service_sid: str | None = None
    twilio_api_base: str = "https://api.twilio.com"
    web_host: str = "127.0.0.1"
    web_port: int = 8080
    every: timedelta | None = None  # length of a period, for packs whose cadence is `every` (demo, tests)
    anchor_at: datetime | None = None
    metrics_port: int | None = None
    strict_sandbox: bool = False

    @model_validator(mode="after")
    def _can_send(self) -> Self:
        """A provider is chosen whole or not at all."""
        if self.sms_provider == "twilio" and (missing := self._missing_for_twilio()):
            raise ValueError(f"TANFANG_SMS_PROVIDER=twilio needs {missing}, and that is not set")
        return self

    def _missing_for_twilio(self) -> str:
        """The names of what is not set, as variables."""
        missing = [f"TANFANG_{name.upper()}" for name in TWILIO_NEEDS if not getattr(self, name)]
        if not self.twilio_from and not self.twilio_messaging_service_sid:
            missing.append("TANFANG_TWILIO_FROM or TANFANG_TWILIO_MESSAGING_SERVICE_SID")
        return ", ".join(missing)

    @property
    def has_twilio(self) -> bool:
        """Whether Twilio may hand texts to us, also on a day on which another way of sending is chosen."""
        return not self._missing_for_twilio()

    @property
    def store_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'store.sqlite'}"

    @property
    def keyring(self) -> Path:
        return self.key_file or self.data_dir / "county.key"

    @property
    def sms_secret(self) -> Path:
        return self.sms_secret_file or self.data_dir / "sms.secret"


def load() -> Settings:
    """From the environment; what is wrong or missing is said by its name, and the process ends as on wrong input."""
    try:
        return Settings()
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False, include_input=False, include_context=False):
            where = "".join(f"TANFANG_{str(name).upper()}: " for name in error["loc"])
            sys.stderr.write(f"{where}{error['msg'].removeprefix('Value error, ')}\n")
        raise SystemExit(2) from None
