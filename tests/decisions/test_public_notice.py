"""What a public notice says of an elder, and that nothing else can come onto it."""

from __future__ import annotations

import inspect
import re
from datetime import date

import pytest

from decisions.public_notice import masked, notice_text

TEXT = """公示
姓名：王*英
村（社区）：示例一村
待遇：养老服务补贴
拟定结果：拟享受
公示期：2026年9月1日至2026年9月7日（含）
有异议的，请在公示期内向示例镇提出。"""


@pytest.mark.parametrize(
    ("name", "shown"),
    [("王英", "王*"), ("王示英", "王*英"), ("欧阳示英", "欧**英"), ("王", "王"), ("阿卜杜·示例", "阿****例"), ("", "")],
)
def test_a_name_is_shown_by_its_first_and_last_character(name: str, shown: str) -> None:
    assert masked(name) == shown


def test_the_sheet_has_these_fields_and_no_other() -> None:
    text = notice_text(
        name="王示英", village="示例一村", benefit="养老服务补贴", from_on=date(2026, 9, 1),
        until_on=date(2026, 9, 7), township="示例镇",
    )  # fmt: skip
    assert text == TEXT
    assert re.findall(r"\d+", text) == ["2026", "9", "1", "2026", "9", "7"], "no number but the days"


def test_nothing_about_health_money_or_identity_can_be_given_to_it() -> None:
    assert set(inspect.signature(notice_text).parameters) == {
        "name", "village", "benefit", "from_on", "until_on", "township",
    }  # fmt: skip
