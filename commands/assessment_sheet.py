"""The assessment sheet as a file: an empty one to fill in, and one that was filled in, read with all that is wrong.

The file stays with its writer: what is words in it reaches the message as notes by reference (`models.typed_sheet`).
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from decisions import typed_sheet
from decisions.ability import checked_words
from decisions.assessment_words import CONSENTS, HOW, PLACES, RELATIONS
from models.ability import AbilityScale, AbilityScored, CareRisk
from models.typed_sheet import SheetWrong, TypedSheet, Wrong
from policies.locate import line_of

EXAMPLE_DIAGNOSES = '[{ code = "F00" }, { code = "F32.1", by_psychiatrist = true }]'
EXAMPLE_EVENTS = '[{ kind = "fall", on = 2026-12-18 }]'


def read(file: Path, scale: AbilityScale, today: date) -> tuple[TypedSheet, AbilityScored]:
    """The sheet, and what its answers come to. Raises SheetWrong with all that is wrong at once, each with its line."""
    text, raw = _opened(file)
    try:
        return typed_sheet.read(raw, scale, today)
    except SheetWrong as wrong:
        lines = [at._replace(line=line_of(text, at.where, first=0) if text else None) for at in wrong.found]
        raise SheetWrong(wrong.refusal, lines) from None


def _opened(file: Path) -> tuple[str, object]:
    """Its text, where a line can be told in it, and what it holds."""
    is_json = file.suffix.lower() == ".json"
    try:
        text = file.read_text("utf-8-sig")
        return ("", json.loads(text)) if is_json else (text, tomllib.loads(text))
    except OSError as error:
        raise SheetWrong("unreadable", [Wrong(file.name, f"打不开：{error.strerror}")]) from None
    except ValueError as error:
        raise SheetWrong("unreadable", [Wrong(file.name, f"不是 TOML 或 .json 文件：{error}")]) from None


# --- the empty sheet -------------------------------------------------------------------------------------------------


def form(scale: AbilityScale) -> str:
    """An empty sheet as TOML: what may be written stands beside each line, the items with their options and points."""
    changes = scale.changes
    kinds = "；".join(f'"{kind.value}" {changes.events.kinds[kind]}' for kind in CareRisk)
    head = f"""\
# 老年人能力评估表（{scale.standard.number}）  {checked_words(scale.standard)}
# 填好后：starter.py assessment submit 老人编号 本文件 --as 第一名评估员
# 填在等号后面：日期写成 2026-12-18，分值写数字，都不加引号；文字写在引号里。
# 文件里有姓名、地址，交上以后请妥善保管或删除：交上的文字加密存入登记簿，不进流程。

signed_on = ""   # 第一名评估员哪天签字

[place]
kind = ""   # 评估地点：{_options(PLACES)}
where = ""   # 具体地点，可不填

[provider]
relation = ""   # 信息提供者：{_options(RELATIONS)}
person = ""   # 姓名和电话；本人则不填
signed_on = ""   # 信息提供者哪天签字

[consent]   # 健康信息须单独同意（个人信息保护法第二十九条）
by = ""   # 谁同意：{_options(CONSENTS)}
how = ""   # 怎样同意：{_options(HOW)}
given_on = ""   # 哪天同意，不晚于评估
notice_version = ""   # 告知的是哪一版，只用字母、数字，如 2026-1
document = ""   # 同意书或录音存放在哪里
person = ""   # 监护人姓名；本人同意则不填

[answers]
assessed_on = ""   # 评估基准日期
coma = ""   # {changes.coma.field} {changes.coma.name}：true 是，false 不是；是的话以下各项可以不填
diagnoses = ""   # {changes.diagnosed.field} {changes.diagnosed.name}：没有写 []，有的如 {EXAMPLE_DIAGNOSES}
events = ""   # {changes.events.field} {changes.events.name}：没有写 []，有的如 {EXAMPLE_EVENTS}，种类：{kinds}

[answers.scores]
"""
    return head + "".join(_items(scale))


def _items(scale: AbilityScale) -> Iterator[str]:
    for section in scale.sections:
        yield f"\n# {section.code} {section.name}，满分{section.max}\n"
        for item in section.items:
            yield f"\n# {item.code} {item.name}\n"
            for points, words in zip(range(item.max, -1, -1), item.options, strict=True):
                yield f"#   {points}  {words}\n"
            yield f'"{item.code}" = ""\n'


def _options(words: Mapping[Any, str]) -> str:
    return "、".join(f'"{code.value}" {said}' for code, said in words.items())
