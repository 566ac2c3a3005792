"""A Twilio of our own on loopback: it accepts, keeps, lists, signs, and misbehaves as it is told.

What it says is held against Twilio's published description (`tests/activities/test_twilio_contract.py`).
"""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from twilio.request_validator import RequestValidator

from tests.loopback import Handler, Loopback

SID, TOKEN = "AC" + "0a" * 16, "0123456789abcdef0123456789abcdef"
OUR_NUMBER = "+12025550100"
API = f"/2010-04-01/Accounts/{SID}"
PAGE_TOKEN = "PA" + "0b" * 16
NO_ANSWER = 0


class Behaviour(NamedTuple):
    """What becomes of one send. `status` NO_ANSWER: the line is cut. `keeps`: it is sent all the same."""

    status: int = 201
    code: int | None = None
    keeps: bool = True
    delay: float = 0.0


ACCEPTS = Behaviour()
TOO_MANY = Behaviour(429, 20429, keeps=False)
FAILS_BEFORE, FAILS_AFTER = Behaviour(500, keeps=False), Behaviour(500)
CUT_AFTER = Behaviour(NO_ANSWER)


def refuses(code: int) -> Behaviour:
    return Behaviour(401 if code in (20003, 401) else code if code in (403, 429) else 400, code, keeps=False)


class Asked(NamedTuple):
    """One request as it came, and what it was answered."""

    method: str
    path: str
    sent: dict[str, str]
    status: int
    answer: dict[str, Any]


class TwilioServer(Loopback):
    """`next`: how the next sends are met, in turn; after these it accepts. `knows_us`: whether credentials are good."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.next: list[Behaviour] = []
        self.knows_us = True
        self.down = False
        self.asked: list[Asked] = []
        self.messages: list[dict[str, Any]] = []
        self.callbacks: dict[str, str] = {}
        self.planted: dict[str, Any] = {}  # wrong fields, for the test that must find them
        self._lock = threading.Lock()
        super().__init__(self._handler())

    # --- what happens at Twilio ---------------------------------------------------------------------------------------

    def receives(self, phone: str, body: str, at: datetime) -> str:
        """A text to our number, that Twilio keeps. Answers its id."""
        return str(self._keep(phone, OUR_NUMBER, body, "inbound", "received", at)["sid"])

    def says(self, sid: str, status: str, code: int | None = None) -> tuple[str, dict[str, str], dict[str, str]]:
        """A status callback as Twilio posts it: its URL, its form, its headers."""
        message = next(one for one in self.messages if one["sid"] == sid)
        message["status"], message["error_code"] = status, code
        form = {
            "AccountSid": SID, "MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status,
            "To": message["to"], "From": message["from"], "ApiVersion": "2010-04-01",
        } | ({"ErrorCode": str(code)} if code is not None else {})  # fmt: skip
        return self.callbacks[sid], form, signature(self.callbacks[sid], form)

    def inbound(self, sid: str, url: str) -> tuple[dict[str, str], dict[str, str]]:
        """The webhook's form and headers for a text that was received."""
        message = next(one for one in self.messages if one["sid"] == sid)
        form = {
            "ToCountry": "US", "MessageSid": sid, "SmsMessageSid": sid, "SmsSid": sid, "SmsStatus": "received",
            "NumMedia": "0", "NumSegments": "1", "AccountSid": SID, "From": message["from"], "To": message["to"],
            "Body": message["body"], "ApiVersion": "2010-04-01",
        }  # fmt: skip
        return form, signature(url, form)

    def sent(self) -> list[str]:
        return [one["sid"] for one in self.messages if one["direction"] == "outbound-api"]

    def _keep(self, from_: str | None, to: str, body: str, direction: str, status: str, at: datetime) -> dict[str, Any]:
        with self._lock:
            sid = f"SM{len(self.messages) + 1:032x}"
            date = format_datetime(at.astimezone(UTC))
            own = f"{API}/Messages/{sid}"
            message = {
                "account_sid": SID, "api_version": "2010-04-01", "body": body, "date_created": date,
                "date_sent": date if direction == "inbound" else None, "date_updated": date, "direction": direction,
                "error_code": None, "error_message": None, "from": from_, "messaging_service_sid": None,
                "num_media": "0", "num_segments": "1", "price": None, "price_unit": "USD", "sid": sid,
                "status": status, "subresource_uris": {"media": f"{own}/Media.json"}, "to": to, "uri": f"{own}.json",
            }  # fmt: skip
            self.messages.append(message)
            return message

    # --- its API ------------------------------------------------------------------------------------------------------

    def _create(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        behaviour = self.next.pop(0) if self.next else ACCEPTS
        answer: dict[str, Any] = {}
        if behaviour.keeps:
            kept = self._keep(form.get("From"), form["To"], form["Body"], "outbound-api", "queued", self.now)
            kept["messaging_service_sid"] = form.get("MessagingServiceSid")
            self.callbacks[kept["sid"]] = form["StatusCallback"]
            answer = kept | self.planted
        time.sleep(behaviour.delay)
        if behaviour.status in (201, NO_ANSWER):
            return behaviour.status, answer
        return behaviour.status, _problem(behaviour.status, behaviour.code, form.get("To", ""))

    def _list(self, query: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Newest first, a page at a time; `DateSent>` knows days only."""
        size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
        found = [one for one in reversed(self.messages) if query.get("To") in (None, one["to"])]
        if (since := query.get("DateSent>")) is not None:
            day = datetime.fromisoformat(since).date()
            found = [one for one in found if one["date_sent"] and parsedate_to_datetime(one["date_sent"]).date() >= day]
        own = f"{API}/Messages.json"

        def uri(number: int) -> str:
            more = {"Page": str(number), "PageToken": PAGE_TOKEN} if number else {"Page": "0"}
            return f"{own}?{urlencode({**query, 'PageSize': str(size), **more})}"

        shown = found[page * size : (page + 1) * size]
        return 200, {
            "end": page * size + max(len(shown) - 1, 0), "first_page_uri": uri(0), "page": page, "page_size": size,
            "next_page_uri": uri(page + 1) if len(found) > (page + 1) * size else None,
            "previous_page_uri": uri(page - 1) if page else None, "start": page * size, "uri": uri(page),
            "messages": [one | self.planted for one in shown],
        }  # fmt: skip

    def answer(self, method: str, target: str, sent: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        good = "Basic " + b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if self.down:
            status, answer = 503, _problem(503, None, "")
        elif authorization != good or not self.knows_us:
            status, answer = 401, _problem(401, 20003, "")
        elif urlsplit(target).path != f"{API}/Messages.json":
            status, answer = 404, _problem(404, 20404, "")
        else:
            status, answer = self._create(sent) if method == "POST" else self._list(sent)
        self.asked.append(Asked(method, urlsplit(target).path, sent, status, answer))
        return status, answer

    def _handler(self) -> type[Handler]:
        twilio = self

        class Answers(Handler):
            def asked(self, method: str) -> None:
                said = self.sent().decode() if method == "POST" else urlsplit(self.path).query
                form = dict(parse_qsl(said, keep_blank_values=method == "POST"))
                status, answer = twilio.answer(method, self.path, form, self.headers.get("Authorization", ""))
                if status == NO_ANSWER:
                    self.close_connection = True
                    return
                self.give(status, json.dumps(answer).encode())

        return Answers


def signature(url: str, form: Mapping[str, str], token: str = TOKEN) -> dict[str, str]:
    signed: str = RequestValidator(token).compute_signature(url, dict(form))
    return {"X-Twilio-Signature": signed}


def _problem(status: int, code: int | None, to: str) -> dict[str, Any]:
    """Its words hold the number, as Twilio's do."""
    words = f"The 'To' number {to} could not be used"
    return {"code": code, "message": words, "more_info": "", "status": status}
