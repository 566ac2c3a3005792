"""The county of `twilio_town`, sending by our own Alibaba Cloud: by template and parameters, receipts are pushed."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import httpx
from pydantic import SecretStr
from sqlalchemy import update

from adapters.database import writing
from adapters.sms_aliyun import Account, AliyunSms
from decisions.deadlines import civil_day
from decisions.digest import worded
from decisions.wording import TemplateId
from models.policy import TextRules
from tests.activities.twilio_town import DIGESTS, NOW, PHONE, Town, settings
from tests.aliyun_server import KEY_ID, KEY_SECRET, AliyunServer, Sent
from wiring import House

CALLBACK_KEY = "0123456789abcdef0123456789abcdef"
READ_MS = 250  # the client's patience is short, so that a test of it is
BARE = PHONE.removeprefix("+86")
MADE = worded(TemplateId.TASK_ONE, {"by": "3月20日(含)", "who": "示例一村王奶奶", "code": "52"}, "奉节民政")


class AliyunTown(Town):
    def __init__(self, folder: Path, theirs: AliyunServer) -> None:
        self.theirs = theirs
        self.now = NOW
        self.house = House(
            settings(
                folder, "", sms_provider="aliyun", twilio_auth_token=None, aliyun_access_key_id=KEY_ID,
                aliyun_access_key_secret=SecretStr(KEY_SECRET), aliyun_callback_key=SecretStr(CALLBACK_KEY),
            ),
            now=lambda: self.now,
        )  # fmt: skip
        self.know(KEY_SECRET)

    def know(self, secret: str) -> None:
        """Their client, with this secret of the account."""
        account = Account(KEY_ID, secret, self.theirs.url, READ_MS)
        self.house.providers.aliyun = AliyunSms(account, self._rules, lambda: self.now, civil_day)
        self.house.providers.__dict__.pop("chosen", None)
        for made in ("texts", "poll_backs"):
            self.house.__dict__.pop(made, None)

    def _rules(self, at: datetime, recipient_id: str | None) -> TextRules:
        """The county's own, and an id for the one template that goes out here."""
        own = self.house.letterbox.text_rules(at, recipient_id)
        return own.model_copy(update={"templates": {"task_one": "SMS_101"}})

    def written(self) -> None:
        """The text that waits, as gathering writes it."""
        seal = self.house.sealer.seal
        made = {"body_enc": seal(MADE.text), "params_enc": seal(json.dumps(MADE.params))}
        with writing(self.house.engine) as c:
            c.execute(update(DIGESTS).values(made))

    async def reported(self, sent: Sent, err_code: str = "DELIVERED") -> int:
        """Their word on a text, as they push it."""
        async with self._web() as http:
            path = f"/sms/aliyun/{CALLBACK_KEY}/receipt"
            answer: httpx.Response = await http.post(path, json=[self.theirs.report(sent, err_code)])
            return answer.status_code
