"""Amounts, months and codes as people type them, at a terminal or into a form; read to the fen, and never guessed.

Each raises ValueError with the sentence that whoever typed it reads.
"""

from __future__ import annotations

import re
from datetime import date

from decisions.id_number import read_id_number

UNSTATED = "未定"  # how an amount is typed that nobody states
LEAST_OF_HASH = 8
OF_A_BENEFIT, OF_A_LIST = 7, 12  # digits before the point


def fen_of(text: str) -> int | None:
    """200.00 → 20000; 未定 → None."""
    if text == UNSTATED:
        return None
    fen = _fen(text, OF_A_BENEFIT)
    if fen is None:
        raise ValueError(f"{text!r} 不是金额，应照拟定的写到分，如 200.00；没有写明金额的写 {UNSTATED}")
    return fen


def sum_of(text: str) -> int:
    """1200.00 → 120000: what a list comes to."""
    fen = _fen(text, OF_A_LIST)
    if fen is None:
        raise ValueError(f"{text!r} 不是金额，应照名单写到分，如 1200.00，不写逗号")
    return fen


def _fen(text: str, digits: int) -> int | None:
    typed = re.fullmatch(rf"(0|[1-9]\d{{0,{digits - 1}}})\.\d{{2}}", text, re.ASCII)
    return int(text.replace(".", "")) if typed else None


def amount(fen: int) -> str:
    """As it is typed: 1200.00, -400.00."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def amount_of(fen: int | None) -> str:
    """As `fen_of` reads it."""
    return UNSTATED if fen is None else amount(fen)


def month_of(text: str) -> date:
    """2026-09 → its first day."""
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text, re.ASCII):
        raise ValueError(f"{text!r} 不是月份，应写成 2026-09")
    return date.fromisoformat(f"{text}-01")


def code_of(text: str) -> str:
    """Only a code, never words, goes into a message."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,99}", text):
        raise ValueError(f"{text!r} 不是代号，应如 care_allowance")
    return text


def hash_of(text: str) -> str:
    if not re.fullmatch(rf"[0-9a-f]{{{LEAST_OF_HASH},64}}", text):
        raise ValueError(f"校验码至少写前 {LEAST_OF_HASH} 位，小写")
    return text


def bill_of(text: str) -> str:
    """A number, which goes into facts: no words, and nothing that may be somebody's phone or ID number."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:/#+-]{0,59}", text, re.ASCII):
        raise ValueError("账单号只能是数字、字母和 . _ : / # + -")
    if re.fullmatch(r"(86)?1[3-9]\d{9}", text, re.ASCII) or _is_id_number(text):
        raise ValueError("这像是手机号或身份证号，不能作账单号")
    return text


def _is_id_number(text: str) -> bool:
    try:
        read_id_number(text)
    except ValueError:
        return False
    return True
