"""Phone numbers as people write them."""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType


def chinese(text: str) -> PhoneNumber | None:
    """None: no number of the mainland that could be somebody's."""
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        return None
    return number if number.country_code == 86 and phonenumbers.is_valid_number(number) else None


def textable(number: PhoneNumber) -> bool:
    return phonenumbers.number_type(number) == PhoneNumberType.MOBILE


def e164(number: PhoneNumber) -> str:
    """As the register keeps it."""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def mobile(text: str) -> str | None:
    """The same of a number that texts reach. None: it is none."""
    number = chinese(text)
    return e164(number) if number is not None and textable(number) else None
