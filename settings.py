"""Settings, from environment variables that begin with `TANFANG_`. Read by `wiring.py` only."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The embedded default needs none of these: everything lives in `data_dir`."""

    model_config = SettingsConfigDict(env_prefix="TANFANG_", extra="forbid")

    data_dir: Path = Path("data-dir")
    database_url: str | None = None
    key_file: Path | None = None
    county: str = "fengjie"
    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    temporal_api_key: SecretStr | None = None
    temporal_tls: bool = False
    sms_provider: Literal["sandbox", "manual", "aliyun"] = "sandbox"
    sms_secret_file: Path | None = None
    aliyun_access_key_id: str | None = None
    aliyun_access_key_secret: SecretStr | None = None
    aliyun_callback_key: SecretStr | None = Field(default=None, min_length=32)  # in the path that pushes come by
    aliyun_endpoint: str = "https://dysmsapi.aliyuncs.com"
    web_host: str = "127.0.0.1"
    web_port: int = 8080
    every: timedelta | None = None  # length of a period, for packs whose cadence is `every` (demo, tests)
    anchor_at: datetime | None = None
    metrics_port: int | None = None
    strict_sandbox: bool = False

    @property
    def store_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'store.sqlite'}"

    @property
    def keyring(self) -> Path:
        return self.key_file or self.data_dir / "county.key"

    @property
    def sms_secret(self) -> Path:
        return self.sms_secret_file or self.data_dir / "sms.secret"
