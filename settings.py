"""Settings, from environment variables that begin with `TANFANG_`. Read by `wiring.py` and `providers.py` only."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# What sending through a provider needs; where several stand together, one of them.
NEEDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "twilio": (
        ("twilio_account_sid",), ("twilio_auth_token",), ("public_url",),
        ("twilio_from", "twilio_messaging_service_sid"),
    ),
    "aliyun": (("aliyun_access_key_id",), ("aliyun_access_key_secret",), ("aliyun_callback_key",)),
}  # fmt: skip
# Packages that only one provider needs, and the command that brings them.
EXTRA: Mapping[str, str] = {"aliyun": "alibabacloud_dysmsapi20170525"}
ADD_EXTRA = f"{sys.executable} -m pip install --require-hashes -r requirements-%s.lock"


class Settings(BaseSettings):
    """The embedded default needs none of these: everything lives in `data_dir`."""

    # An empty variable is one that is not set: so a deployment can name all of them and give some.
    model_config = SettingsConfigDict(
        env_prefix="TANFANG_", env_ignore_empty=True, extra="forbid", hide_input_in_errors=True
    )

    data_dir: Path = Path("data-dir")
    database_url: str | None = None
    key_file: Path | None = None
    county: str = "fengjie"
    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    temporal_api_key: SecretStr | None = None
    temporal_tls: bool = False
    sms_provider: Literal["sandbox", "manual", "twilio", "aliyun"] = "sandbox"
    sms_secret_file: Path | None = None
    public_url: str | None = None  # as providers reach the web process: https://host, nothing behind it
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_from: str | None = None  # our number, or else:
    twilio_messaging_service_sid: str | None = None
    twilio_api_base: str = "https://api.twilio.com"
    aliyun_access_key_id: str | None = None
    aliyun_access_key_secret: SecretStr | None = None
    aliyun_callback_key: SecretStr | None = Field(default=None, min_length=32)  # in the path that pushes come by
    aliyun_endpoint: str = "https://dysmsapi.aliyuncs.com"
    # Exactly as the provider names itself; without TLS on this very machine only.
    oidc_issuer: str | None = Field(default=None, pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])")
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_claim: str = "sub"  # whose value names a person there
    oidc_second_factor: str = ""  # values of `amr` or `acr` that count as one, with commas
    oidc_name: str = "统一认证"  # what people call it
    web_host: str = "127.0.0.1"
    web_port: int = 8080
    every: timedelta | None = None  # length of a period, for packs whose cadence is `every` (demo, tests)
    anchor_at: datetime | None = None
    lists_since: date | None = None  # the first month of payment lists, for what begins late (demo, tests)
    metrics_port: int | None = None
    font_dir: Path | None = None  # where a Chinese font lies that the system does not know
    strict_sandbox: bool = False

    @model_validator(mode="after")
    def _can_send(self) -> Self:
        """A provider is chosen whole or not at all."""
        provider = self.sms_provider
        if missing := self._missing(provider):
            raise ValueError(f"TANFANG_SMS_PROVIDER={provider} needs {missing}, and that is not set")
        if provider in EXTRA and find_spec(EXTRA[provider]) is None:
            raise ValueError(f"TANFANG_SMS_PROVIDER={provider} needs a package more: {ADD_EXTRA % provider}")
        return self

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        """A provider to sign in at is chosen whole or not at all."""
        names = ("oidc_issuer", "oidc_client_id", "oidc_client_secret")
        missing = [f"TANFANG_{name.upper()}" for name in (*names, "public_url") if not getattr(self, name)]
        if missing and any(getattr(self, name) for name in names):
            raise ValueError(f"signing in by OIDC needs {', '.join(missing)}, and that is not set")
        return self

    def _missing(self, provider: str) -> str:
        """The names of what is not set, as variables."""
        missing = [names for names in NEEDS.get(provider, ()) if not any(getattr(self, name) for name in names)]
        return ", ".join(" or ".join(f"TANFANG_{name.upper()}" for name in names) for names in missing)

    def has(self, provider: str) -> bool:
        """Whether a provider may hand texts to us, also on a day on which another way of sending is chosen."""
        return not self._missing(provider)

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
