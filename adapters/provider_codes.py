"""What a provider's error code means and what follows from it: one table a provider, whichever way the code came.

A code comes as the answer to a send, or in a receipt. `docs/sms.md` has the same rows with the action in words. A
mainland carrier's own codes, several thousand, come in Alibaba Cloud's receipts and have no row: a person calls.

Source of Alibaba Cloud's: help.aliyun.com/document_detail/101346 (codes of the SMS API), and those of its gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from models.errors import Fault


class Code(NamedTuple):
    """`reason`: what is true of the other side, as attempts keep it. `fault`: what is done about it (`FAULTS`)."""

    reason: str
    fault: Fault


TWILIO: Mapping[str, Code] = {
    "429": Code("too many requests", Fault.PROVIDER_AWAY),
    "20429": Code("too many requests", Fault.PROVIDER_AWAY),
    "401": Code("not authenticated", Fault.PROVIDER_SHUT),
    "403": Code("forbidden", Fault.PROVIDER_SHUT),
    "20003": Code("not authenticated", Fault.PROVIDER_SHUT),
    "21211": Code("no such number", Fault.BAD_NUMBER),
    "21614": Code("not a mobile number", Fault.BAD_NUMBER),
    "30005": Code("unknown number", Fault.BAD_NUMBER),
    "30006": Code("landline or unreachable carrier", Fault.BAD_NUMBER),
    "21610": Code("opted out at the provider", Fault.RECIPIENT_OPTED_OUT),
    "30003": Code("phone off or out of reach", Fault.RECIPIENT_UNREACHABLE),
    "30008": Code("not delivered, cause unknown", Fault.RECIPIENT_UNREACHABLE),
    "30004": Code("blocked", Fault.TEXT_REFUSED),
    "30007": Code("filtered", Fault.TEXT_REFUSED),
}
ALIYUN: Mapping[str, Code] = {
    # the number
    "isv.MOBILE_NUMBER_ILLEGAL": Code("no mobile number", Fault.BAD_NUMBER),
    "isv.CUSTOMER_REFUSED": Code("its holder has opted out at the provider", Fault.RECIPIENT_OPTED_OUT),
    # not now: nothing was sent
    "isv.BUSINESS_LIMIT_CONTROL": Code("too many to this number in a minute, hour or day", Fault.PROVIDER_AWAY),
    "Throttling": Code("too many calls", Fault.PROVIDER_AWAY),
    "Throttling.User": Code("too many calls of this account", Fault.PROVIDER_AWAY),
    "Throttling.Api": Code("too many calls of this API", Fault.PROVIDER_AWAY),
    # perhaps: it is looked up before it is sent again
    "isp.SYSTEM_ERROR": Code("an error of theirs", Fault.SEND_UNKNOWN),
    "isp.GATEWAY_ERROR": Code("an error on the way to the carrier", Fault.SEND_UNKNOWN),
    "InternalError": Code("an error of their gateway", Fault.SEND_UNKNOWN),
    "ServiceUnavailable": Code("their gateway is away", Fault.SEND_UNKNOWN),
    "SignatureNonceUsed": Code("this very call has arrived before", Fault.SEND_UNKNOWN),
    # the account: every text waits until somebody mends it
    "InvalidAccessKeyId.NotFound": Code("the AccessKey does not exist", Fault.PROVIDER_SHUT),
    "InvalidAccessKeyId.Inactive": Code("the AccessKey is switched off", Fault.PROVIDER_SHUT),
    "SignatureDoesNotMatch": Code("the AccessKey's secret is wrong", Fault.PROVIDER_SHUT),
    "IncompleteSignature": Code("the AccessKey's secret is wrong", Fault.PROVIDER_SHUT),
    "InvalidTimeStamp.Expired": Code("our clock is over fifteen minutes off", Fault.PROVIDER_SHUT),
    "Forbidden.RAM": Code("the user of this AccessKey may not call the API", Fault.PROVIDER_SHUT),
    "isp.RAM_PERMISSION_DENY": Code("the user of this AccessKey may not send texts", Fault.PROVIDER_SHUT),
    "isv.OUT_OF_SERVICE": Code("the service is stopped for want of money", Fault.PROVIDER_SHUT),
    "isv.AMOUNT_NOT_ENOUGH": Code("no money left", Fault.PROVIDER_SHUT),
    "isv.PRODUCT_UN_SUBSCRIPT": Code("the account has not opened the service", Fault.PROVIDER_SHUT),
    "isv.PRODUCT_UNSUBSCRIBE": Code("the account has not opened this product", Fault.PROVIDER_SHUT),
    "isv.ACCOUNT_NOT_EXISTS": Code("there is no such account", Fault.PROVIDER_SHUT),
    "isv.ACCOUNT_ABNORMAL": Code("something is wrong with the account", Fault.PROVIDER_SHUT),
    "isv.DENY_IP_RANGE": Code("our address is not of the mainland", Fault.PROVIDER_SHUT),
    "isv.DAY_LIMIT_CONTROL": Code("the day's limit that the console sets is reached", Fault.PROVIDER_SHUT),
    "isv.MONTH_LIMIT_CONTROL": Code("the month's limit that the console sets is reached", Fault.PROVIDER_SHUT),
    # the signature: of every text too
    "isv.SMS_SIGNATURE_ILLEGAL": Code("the signature does not exist or is not approved", Fault.PROVIDER_SHUT),
    "isv.SMS_SIGN_ILLEGAL": Code("the signature may not be used", Fault.PROVIDER_SHUT),
    "isv.SIGN_STATE_ILLEGAL": Code("the signature is not usable now", Fault.PROVIDER_SHUT),
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": Code("the signature is of another kind of text", Fault.PROVIDER_SHUT),
    # this text: trying again changes nothing
    "isv.SMS_TEMPLATE_ILLEGAL": Code("the template does not exist or is not approved", Fault.TEXT_REFUSED),
    "isv.TEMPLATE_MISSING_PARAMETERS": Code("the template there has a parameter more", Fault.TEXT_REFUSED),
    "isv.TEMPLATE_PARAMS_ILLEGAL": Code("a parameter is not of the kind the template says", Fault.TEXT_REFUSED),
    "isv.PARAM_LENGTH_LIMIT": Code("a parameter is longer than the template allows", Fault.TEXT_REFUSED),
    "isv.PARAM_NOT_SUPPORT_URL": Code("a parameter looks like an address on the web", Fault.TEXT_REFUSED),
    "isv.BLACK_KEY_CONTROL_LIMIT": Code("a parameter holds a forbidden word", Fault.TEXT_REFUSED),
    "isv.SMS_CONTENT_ILLEGAL": Code("the words are forbidden", Fault.TEXT_REFUSED),
    "isv.INVALID_PARAMETERS": Code("a parameter is malformed", Fault.TEXT_REFUSED),
    "isv.INVALID_JSON_PARAM": Code("the parameters are no JSON", Fault.TEXT_REFUSED),
    "isv.MOBILE_COUNT_OVER_LIMIT": Code("too many numbers in one call", Fault.TEXT_REFUSED),
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": Code("the template is for numbers abroad", Fault.TEXT_REFUSED),
    "isv.EXTEND_CODE_ERROR": Code("an extension code of another signature", Fault.TEXT_REFUSED),
}
TABLES: Mapping[str, Mapping[str, Code]] = {"twilio": TWILIO, "aliyun": ALIYUN}


def code_of(provider: str, code: str | None) -> Code | None:
    """The row of a code; None where the provider has no table, said no code, or one that stands in no row."""
    return TABLES.get(provider, {}).get(code or "")
