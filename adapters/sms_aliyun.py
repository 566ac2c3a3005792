"""Alibaba Cloud SMS (阿里云短信): a template of theirs and its parameters go out, never words.

Needs the extra `aliyun`; nothing imports this file unless settings choose it. A text is sent with our id (`OutId`),
which comes back in its receipt and in the look-up, and is what we call it by. Their client puts number and parameters
into the URL, and its errors and logs repeat that: nothing of theirs leaves this file but a reason.
"""

# pyright: reportMissingTypeStubs=false
from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from alibabacloud_dysmsapi20170525 import models as api
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import ConnectTimeout
from Tea.exceptions import TeaException
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from adapters.aliyun_callbacks import NAME
from adapters.provider_codes import code_of
from adapters.texts import Outgoing
from decisions.wording import TEMPLATES, parameters
from models.errors import Fault, TanfangFault
from models.policy import TextRules
from post.ports import Came

CONNECT_MS, READ_MS = 3000, 8000  # together below the 20 s that an activity has
PAGE = 50  # the most one look-up answers
LONGEST_BACK = timedelta(days=29)  # they answer for thirty days


class Account(NamedTuple):
    """`endpoint`: the URL of their service, which a test may serve itself."""

    key_id: str
    key_secret: str
    endpoint: str
    read_ms: int = READ_MS


class AliyunSms:
    """Fulfils `adapters.texts.Provider` and `post.ports.Collector`."""

    name = NAME

    def __init__(
        self,
        account: Account,
        rules: Callable[[datetime, str | None], TextRules],
        now: Callable[[], datetime],
        civil_day: Callable[[datetime], date],
    ) -> None:
        """`rules(at, recipient id)`: their county's signature and the ids its templates have there."""
        _hush()
        at = urlsplit(account.endpoint)
        self._client = Client(
            Config(
                access_key_id=account.key_id, access_key_secret=account.key_secret, protocol=at.scheme,
                endpoint=at.netloc, connect_timeout=CONNECT_MS, read_timeout=account.read_ms,
            )
        )  # fmt: skip
        self._rules = rules
        self._now = now
        self._civil_day = civil_day

    def send(self, out: Outgoing) -> str:
        rules = self._rules(out.at, out.recipient_id)
        asked = api.SendSmsRequest(
            phone_numbers=_number(out.phone), sign_name=rules.sender, template_code=_template(out, rules),
            out_id=out.client_ref,
        )  # fmt: skip
        if out.params:
            asked.template_param = json.dumps(dict(out.params), ensure_ascii=False)
        _heard(lambda: self._client.send_sms_with_options(asked, RuntimeOptions()), unheard=Fault.SEND_UNKNOWN)
        return out.client_ref

    def look_up(self, out: Outgoing) -> str | None:
        """Among what went to this number since the day it was handed over."""
        return out.client_ref if any(out.client_ref == ref for ref in self._sent(out)) else None

    def collect(self, since: datetime) -> list[Came]:
        """Nothing: what came they push, and have no list of it. But whether they answer shows whether they know us."""
        day = f"{self._civil_day(self._now()):%Y%m%d}"
        asked = api.QuerySendStatisticsRequest(is_globe=1, start_date=day, end_date=day, page_index=1, page_size=1)
        call = self._client.query_send_statistics_with_options
        _heard(lambda: call(asked, RuntimeOptions()), unheard=Fault.PROVIDER_AWAY)
        return []

    def _sent(self, out: Outgoing) -> Iterator[str]:
        """Our ids of the texts to a number, from the first try until now."""
        day, last = self._civil_day(out.at), self._civil_day(self._now())
        day = max(day, last - LONGEST_BACK)
        while day <= last:
            page = 1
            while True:
                rows = self._page(out, day, page)
                yield from (str(row.get("OutId")) for row in rows)
                if len(rows) < PAGE:
                    break
                page += 1
            day += timedelta(days=1)

    def _page(self, out: Outgoing, day: date, page: int) -> list[dict[str, Any]]:
        asked = api.QuerySendDetailsRequest(
            phone_number=_number(out.phone), send_date=f"{day:%Y%m%d}", page_size=PAGE, current_page=page
        )
        call = self._client.query_send_details_with_options
        answer = _heard(lambda: call(asked, RuntimeOptions()), unheard=Fault.PROVIDER_AWAY)
        return cast("list[dict[str, Any]]", answer.get("SmsSendDetailDTOs", {}).get("SmsSendDetailDTO", []))


def _template(out: Outgoing, rules: TextRules) -> str:
    """Their id of the template, given that its parameters are all here: else nothing is sent."""
    held = {template.value: words for template, words in TEMPLATES.items()}.get(out.template)
    code = rules.templates.get(out.template, "").strip()
    if held is None or not code or set(parameters(held)) != set(out.params):
        raise TanfangFault(Fault.NO_TEMPLATE, f"{NAME} no template {out.template}")
    return code


def _number(phone: str) -> str:
    """As they write it: eleven digits on the mainland, country code and number elsewhere."""
    return phone.removeprefix("+86").removeprefix("+")


def _heard(call: Callable[[], Any], unheard: Fault) -> dict[str, Any]:
    """What they answered, if it was yes. Raised outside the handler: no context of our exception may hold theirs.

    `unheard`: what it is when the request may have been heard and its answer was not.
    """
    try:
        answer: dict[str, Any] = call().body.to_map()
        if answer.get("Code") == "OK":
            return answer
        fault = _fault_of(answer.get("Code"), None, unheard)
    except AlibabaCloudException as answered:
        fault = _fault_of(answered.code, cast("int | None", answered.status_code), unheard)
    except (TeaException, OSError, ValueError, TypeError, AttributeError) as broken:  # an answer may be no JSON, or any
        away = _never_left(broken)
        fault = TanfangFault(Fault.PROVIDER_AWAY if away else unheard, f"{NAME} {type(broken).__name__}")
    raise fault


def _fault_of(code: object, status: int | None, unheard: Fault) -> TanfangFault:
    """Without a row: from their side (`isp.`, 5xx), or no code at all, it may have been heard; else it is refused.

    Their client says `None` in words where an answer has no code.
    """
    if not isinstance(code, str) or code in ("", "None"):
        return TanfangFault(unheard, f"{NAME} no code")
    said = f"{NAME} {code if _CODE.fullmatch(code) else 'another code'}"
    row = code_of(NAME, code) or code_of(NAME, code.partition(".")[0])
    if row is not None:
        return TanfangFault(unheard if row.fault is Fault.SEND_UNKNOWN else row.fault, said)
    theirs = code.startswith("isp.") or (status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR
    return TanfangFault(unheard if theirs else Fault.TEXT_REFUSED, said)


def _never_left(broken: BaseException) -> bool:
    """No connection was made, so nothing can have been sent. All else, a time-out first of all, is unknown."""
    cause: BaseException | None = getattr(broken, "inner_exception", broken)
    while cause is not None:
        if isinstance(cause, ConnectTimeout):
            return True
        if isinstance(cause, NotConnected) and cause.args and isinstance(cause.args[0], MaxRetryError):
            return isinstance(cause.args[0].reason, NewConnectionError | ConnectTimeoutError)
        cause = cause.__context__
    return False


_CODE = re.compile(r"[A-Za-z][A-Za-z._]{0,63}")  # no digits: it is kept with the attempt
_QUERY = re.compile(r"\?[^\s\"']*")


def _hush() -> None:
    """Their client logs whole requests through a handler of its own, and the one below it each URL."""
    logging.getLogger("darabonba-core").disabled = True
    below = logging.getLogger("urllib3.connectionpool")
    if _without_query not in below.filters:
        below.addFilter(_without_query)


def _without_query(record: logging.LogRecord) -> bool:
    record.msg, record.args = _QUERY.sub("?…", record.getMessage()), ()
    return True
