"""The 18-character citizen identity number: check digit, birth date, sex (GB 11643-1999).

Six digits of division, eight of birth date, three of sequence (odd = male), one check character by ISO 7064 MOD 11-2.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, NamedTuple

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)


class IdNumber(NamedTuple):
    text: str
    division: str
    born_on: date
    sex: Literal["F", "M"]


def check_character(first_seventeen: str) -> str:
    """The eighteenth character of seventeen digits."""
    return CHECK_CHARACTERS[sum(int(d) * w for d, w in zip(first_seventeen, WEIGHTS, strict=True)) % 11]


def read_id_number(text: str) -> IdNumber:
    """The number's parts. Raises ValueError with a Chinese reason that does not repeat the number."""
    number = text.strip().upper()
    if not SHAPE.fullmatch(number):
        raise ValueError("身份号码应为18位")
    if check_character(number[:17]) != number[17]:
        raise ValueError("身份号码校验位不对")
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise ValueError("身份号码中的出生日期不存在") from None
    return IdNumber(number, number[:6], born_on, "M" if int(number[16]) % 2 else "F")


def age_on(born_on: date, day: date) -> int:
    """Full years on a civil day; born on 29 February, a year is full on 1 March of common years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))
