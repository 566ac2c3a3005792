"""Twilio: texts sent and looked up by its own client, its signatures judged, what it could not hand to us fetched.

For demonstrations outside the mainland. Whatever its client raises becomes one of our faults, by code and never by its
words: its exceptions and log lines hold numbers.
"""

# The client ships its types in line and says so nowhere.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnnecessaryComparison=false

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import takewhile
from typing import NamedTuple, TypeVar
from urllib.parse import quote

import requests
from sqlalchemy import Engine
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance
from urllib3.exceptions import MaxRetryError, NewConnectionError

from adapters import sql_attempts
from adapters.database import reading
from adapters.provider_codes import TWILIO
from adapters.texts import Outgoing
from models.errors import Fault, TanfangFault
from models.texts import CLIENT_REF
from post.ports import Came

NAME = "twilio"
SIGNATURE_HEADER = "X-Twilio-Signature"
INBOUND_PATH = "/sms/twilio/inbound"
RECEIPT_PATH = "/sms/twilio/receipt"
TIMEOUT = 8.0  # seconds; a look-up and a send fit the 20 s of one activity
CLOCKS = timedelta(minutes=2)  # how far Twilio's clock may be from ours
PAGE = 100
NEVER_SENT = ("failed", "canceled")
T = TypeVar("T")

# The client logs each request with its parameters, and urllib3 its path: both hold numbers.
SILENT = logging.getLogger("twilio.silent")
SILENT.disabled = True


class Account(NamedTuple):
    """As settings have it. One of `number` and `service`. `public_url`: where Twilio reaches our web process."""

    sid: str
    token: str
    number: str | None
    service: str | None
    public_url: str
    api_base: str


class TwilioSms:
    """Fulfils `adapters.texts.Provider` and `post.ports.Collector`."""

    name = NAME

    def __init__(self, engine: Engine, account: Account, timeout: float = TIMEOUT) -> None:
        self._engine = engine
        self._account = account
        http = TwilioHttpClient(timeout=timeout, logger=SILENT)
        self._client = Client(account.sid, account.token, http_client=http)
        self._client.api.base_url = account.api_base

    def send(self, out: Outgoing) -> str:
        account = self._account
        sender = {"messaging_service_sid": account.service} if account.service else {"from_": account.number}
        message = _called(
            lambda: self._client.messages.create(
                to=out.phone, body=out.text, status_callback=self._callback(out.client_ref), **sender
            ),
            unheard=Fault.SEND_UNKNOWN,
        )
        if not message.sid:
            raise TanfangFault(Fault.SEND_UNKNOWN, f"{NAME} no sid")
        return message.sid

    def look_up(self, out: Outgoing) -> str | None:
        """By number, time and words; what another text of ours was accepted as is not this one."""
        return _called(lambda: self._find(out), unheard=Fault.PROVIDER_AWAY)

    def collect(self, since: datetime) -> list[Came]:
        """Texts to our number since then, oldest first, whether they reached us or not."""
        return _called(lambda: self._collect(since), unheard=Fault.PROVIDER_AWAY)

    def _callback(self, client_ref: str) -> str:
        return f"{self._account.public_url}{RECEIPT_PATH}?{CLIENT_REF}={quote(client_ref, safe='')}"

    def _find(self, out: Outgoing) -> str | None:
        sent = self._client.messages.stream(to=out.phone, page_size=PAGE)
        recent = _until(sent, out.at - CLOCKS)
        found = [message for message in recent if message.body == out.text and message.status not in NEVER_SENT]
        with reading(self._engine) as connection:
            for message in reversed(found):  # the first one first
                if message.sid and sql_attempts.digest_of(connection, message.sid) in (None, out.client_ref):
                    return message.sid
        return None

    def _collect(self, since: datetime) -> list[Came]:
        """Days are all that the list can be asked for; the rest is cut off here."""
        account = self._account
        day = since.astimezone(UTC).strftime("%Y-%m-%d")
        ours = {"to": account.number} if account.number else {}
        listed = self._client.messages.stream(date_sent_after=day, page_size=PAGE, **ours)  # type: ignore[arg-type]
        return [
            Came(message.sid, message.from_, message.body or "", message.date_sent)
            for message in reversed(list(listed))
            if message.direction == "inbound" and message.sid and message.from_
            and message.date_sent and message.date_sent >= since
        ]  # fmt: skip


def signed(account: Account, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Whether Twilio signed exactly this. None and what is no ASCII make its validator raise: neither is signed."""
    signature = headers.get(SIGNATURE_HEADER)
    if not signature or not signature.isascii():
        return False
    valid: object = RequestValidator(account.token).validate(url, dict(form), signature)
    return valid is True


def _until(messages: Iterator[MessageInstance], earliest: datetime) -> list[MessageInstance]:
    """The list is newest first: it is read as far back as it needs to be."""
    return list(takewhile(lambda one: one.date_created is None or one.date_created >= earliest, messages))


def _called(call: Callable[[], T], unheard: Fault) -> T:
    """The answer of one call, or a fault of ours, raised with nothing of the client's exception behind it.

    `unheard`: what it is when the request may have been heard and its answer was not.
    """
    try:
        return call()
    except TwilioRestException as error:
        fault = _fault_of(error.status, error.code, unheard)
    except TwilioException as error:
        fault = _listed_badly(error, unheard)
    except requests.ConnectTimeout:
        fault = TanfangFault(Fault.PROVIDER_AWAY, f"{NAME} not connected")
    except requests.ConnectionError as error:
        connected = not _never_connected(error)
        fault = TanfangFault(unheard if connected else Fault.PROVIDER_AWAY, f"{NAME} connection")
    except (requests.RequestException, ValueError, TypeError, KeyError) as error:
        fault = TanfangFault(unheard, f"{NAME} {type(error).__name__}")
    raise fault


def _fault_of(status: int, code: int | None, unheard: Fault) -> TanfangFault:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TanfangFault(unheard, f"{NAME} {status}")
    for said in (code, status):
        if (row := TWILIO.get(str(said))) is not None:
            return TanfangFault(row.fault, f"{NAME} {said}")
    return TanfangFault(Fault.TEXT_REFUSED, f"{NAME} {code or status}")


def _listed_badly(error: TwilioException, unheard: Fault) -> TanfangFault:
    """A list is refused with the whole response in the exception, and no code of its own."""
    response = error.args[1] if len(error.args) > 1 else None
    if isinstance(response, Response):
        return _fault_of(response.status_code, None, unheard)
    return TanfangFault(unheard, f"{NAME} list")


def _never_connected(error: requests.ConnectionError) -> bool:
    """Refused, or no such host: nothing of the request was sent."""
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
