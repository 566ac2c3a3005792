"""Alibaba Cloud SMS on loopback: it checks signatures, keeps what it took, answers look-ups, and pushes as theirs does.

Written from their documents (V3 signature ACS3-HMAC-SHA256, SendSms, QuerySendDetails, QuerySendStatistics, SmsReport,
SmsUp), not from the client it serves. Its troubles are told to it, one for each call.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

from decisions.deadlines import SHANGHAI
from tests.loopback import Handler, Loopback

KEY_ID, KEY_SECRET = "LTAI-test", "a secret of the test"
OLDEST = timedelta(minutes=15)
HOLE = re.compile(r"\$\{(\w+)\}")
AUTHORIZATION = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})")


class Sent(NamedTuple):
    biz_id: str
    out_id: str
    phone: str
    text: str
    at: datetime


class Trouble(NamedTuple):
    """What comes of a call: `code` in a body with `status`, or `raw`, or late. `accepts`: it is taken all the same."""

    code: str = ""
    status: int = 200
    accepts: bool = False
    late: bool = False
    raw: bytes = b""


class AliyunServer(Loopback):
    """`templates`: id there → approved words with `${parameter}`; `signs`: approved signatures."""

    def __init__(self, templates: dict[str, str], signs: set[str], now: Callable[[], datetime]) -> None:
        self.templates = templates
        self.signs = signs
        self.now = now
        self.sent: list[Sent] = []
        self.calls: list[str] = []
        self.troubles: list[Trouble | None] = []  # of the calls to come, in order; None: it works
        self.release = threading.Event()  # a late answer is given when the test is over
        self._nonces: set[str] = set()
        house = self

        class Answers(Handler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer in one piece: two would wait for each other

            def asked(self, method: str) -> None:
                headers = {name.lower(): value.strip() for name, value in self.headers.items()}
                status, answer, late = house.called(self.path, headers, self.sent())
                if late:
                    house.release.wait(10)
                    self.close_connection = True
                    return
                self.give(status, answer, "application/json;charset=utf-8")

        super().__init__(Answers)
        self.begin()

    def close(self) -> None:
        self.release.set()
        super().close()

    # --- the API ---------------------------------------------------------------------------------------------------

    def called(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, bool]:
        query = dict(parse_qsl(urlsplit(path).query, keep_blank_values=True, strict_parsing=True))
        self.calls.append(headers.get("x-acs-action", ""))
        refused = self._refused(query, headers, body)
        if refused is not None:
            return 400, _body(Code=refused, Message=f"refused {query}"), False
        action = {"SendSms": self._send, "QuerySendDetails": self._details, "QuerySendStatistics": self._statistics}[
            headers["x-acs-action"]
        ]
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is None:
            return 200, action(query), False
        if trouble.accepts:
            action(query)
        told = trouble.raw or _body(Code=trouble.code, Message=f"{trouble.code} for {query}")
        return trouble.status, told, trouble.late

    def _refused(self, query: dict[str, str], headers: dict[str, str], body: bytes) -> str | None:
        """The code of a call that is not signed as documented, is stale, or has been made before."""
        signed = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if signed is None:
            return "IncompleteSignature"
        key_id, names, signature = signed.groups()
        if key_id != KEY_ID:
            return "InvalidAccessKeyId.NotFound"
        payload = hashlib.sha256(body).hexdigest()
        must = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}
        if not must <= set(names.split(";")) or headers["x-acs-content-sha256"] != payload:
            return "IncompleteSignature"
        canonical = "\n".join(
            (
                "POST",
                "/",
                "&".join(f"{quote(name, safe='-_.~')}={quote(query[name], safe='-_.~')}" for name in sorted(query)),
                "".join(f"{name}:{headers[name]}\n" for name in sorted(names.split(";"))),
                names,
                payload,
            )
        )
        to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        right = hmac.new(KEY_SECRET.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        if signature != right:
            return "SignatureDoesNotMatch"
        signed_at = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs(datetime.now(UTC) - signed_at) > OLDEST:
            return "InvalidTimeStamp.Expired"
        nonce = headers["x-acs-signature-nonce"]
        if nonce in self._nonces:
            return "SignatureNonceUsed"
        self._nonces.add(nonce)
        return None

    def _send(self, query: dict[str, str]) -> bytes:
        words = self.templates.get(query["TemplateCode"])
        params: dict[str, str] = json.loads(query.get("TemplateParam", "{}"))
        if not re.fullmatch(r"1[3-9]\d{9}", query["PhoneNumbers"]):
            return _body(Code="isv.MOBILE_NUMBER_ILLEGAL", Message=query["PhoneNumbers"])
        if query["SignName"] not in self.signs:
            return _body(Code="isv.SMS_SIGNATURE_ILLEGAL", Message=query["SignName"])
        if words is None:
            return _body(Code="isv.SMS_TEMPLATE_ILLEGAL", Message=query["TemplateCode"])
        if set(HOLE.findall(words)) - set(params):
            return _body(Code="isv.TEMPLATE_MISSING_PARAMETERS", Message="")
        text = f"【{query['SignName']}】" + HOLE.sub(lambda hole: params[hole.group(1)], words)
        biz_id = f"{len(self.sent) + 1:018}^0"
        self.sent.append(Sent(biz_id, query["OutId"], query["PhoneNumbers"], text, self.now()))
        return _body(Code="OK", Message="OK", BizId=biz_id)

    def _details(self, query: dict[str, str]) -> bytes:
        day = [
            one
            for one in self.sent
            if one.phone == query["PhoneNumber"] and f"{one.at.astimezone(SHANGHAI):%Y%m%d}" == query["SendDate"]
        ]
        size, page = int(query["PageSize"]), int(query["CurrentPage"])
        rows = [
            {
                "PhoneNum": one.phone, "OutId": one.out_id, "Content": one.text, "SendStatus": 3,
                "ErrCode": "DELIVERED", "TemplateCode": "SMS", "SendDate": _local(one.at),
            }
            for one in day[(page - 1) * size : page * size]
        ]  # fmt: skip
        return _body(Code="OK", Message="OK", TotalCount=len(day), SmsSendDetailDTOs={"SmsSendDetailDTO": rows})

    def _statistics(self, query: dict[str, str]) -> bytes:
        assert query["IsGlobe"] == "1" and re.fullmatch(r"\d{8}", query["StartDate"]) and query["EndDate"]
        assert query["PageIndex"] and query["PageSize"]
        return _body(Code="OK", Message="OK", Data={"TotalSize": 0, "TargetList": []})

    # --- what it pushes --------------------------------------------------------------------------------------------

    def report(self, sent: Sent, err_code: str = "DELIVERED") -> dict[str, object]:
        """SmsReport: one receipt."""
        return {
            "phone_number": sent.phone, "send_time": _local(sent.at), "report_time": _local(sent.at),
            "success": err_code == "DELIVERED", "err_code": err_code, "err_msg": "用户接收成功", "sms_size": "1",
            "biz_id": sent.biz_id, "out_id": sent.out_id,
        }  # fmt: skip

    def up(self, sequence_id: int, phone: str, content: str) -> dict[str, object]:
        """SmsUp: one reply."""
        return {
            "phone_number": phone, "send_time": _local(self.now()), "content": content, "sign_name": "示范民政",
            "dest_code": "1234", "sequence_id": sequence_id,
        }  # fmt: skip


def _body(**fields: object) -> bytes:
    return json.dumps({"RequestId": "819BE656-D2E0-4858-8B21-B2E477085AAF", **fields}, ensure_ascii=False).encode()


def _local(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
