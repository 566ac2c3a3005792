"""The words a cell of a roster may hold, the ways they are written, and how a cell is made plain before it is read.

Sources of the words: `models.policy.Category` (人员类别; 无 = none of them), GB/T 42195-2022 A.2 (居住情况)
and its five levels (自理能力), GB/T 26341 (残疾等级 一至四级; 重度 = 一、二级). A word that could mean two of
ours (半失能, 半自理) is not guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Literal, TypeVar

from models.policy import Category
from models.roster import Ability, Living, Welfare
from models.values import Role

T = TypeVar("T")

SEXES: dict[str, Literal["F", "M"]] = {"女": "F", "男": "M"}
CATEGORIES = {category.value: category for category in Category}
NO_CATEGORY = "无"
LIVINGS = {
    "独居": Living.ALONE,
    "与配偶": Living.SPOUSE,
    "与子女": Living.CHILDREN,
    "与父母": Living.PARENTS,
    "与兄弟姐妹": Living.SIBLINGS,
    "与其他亲属": Living.RELATIVES,
    "与非亲属": Living.OTHERS,
    "养老机构": Living.INSTITUTION,
}
ABILITIES = {
    "能力完好": Ability.INTACT,
    "轻度失能": Ability.MILD,
    "中度失能": Ability.MODERATE,
    "重度失能": Ability.SEVERE,
    "完全失能": Ability.TOTAL,
}
DISABILITIES = {"无": 0, "一级": 1, "二级": 2, "三级": 3, "四级": 4}
WELFARES = {
    "无": Welfare.NONE,
    "特困": Welfare.DESTITUTE,
    "低保": Welfare.MINIMUM_INCOME,
    "低保边缘": Welfare.NEAR_MINIMUM_INCOME,
}
ROLES = {
    "网格员": Role.GRID_WORKER,
    "村级助理": Role.VILLAGE_ASSISTANT,
    "乡镇专干": Role.TOWNSHIP_OFFICER,
    "县级专干": Role.COUNTY_OFFICER,
    "县级审批": Role.COUNTY_APPROVER,
    "评估员": Role.ASSESSOR,
    "审计": Role.AUDITOR,
    "管理员": Role.ADMIN,
}
IMPLIED: tuple[tuple[str, frozenset[str], Category], ...] = (
    ("居住情况", frozenset({"独居"}), Category.LIVING_ALONE),
    ("自理能力", frozenset({"中度失能", "重度失能", "完全失能"}), Category.DISABLED_CARE),
    ("残疾等级", frozenset({"一级", "二级"}), Category.SEVERE_DISABILITY),
    ("残疾等级", frozenset({"一级", "二级", "三级", "四级"}), Category.DISABILITY),
    ("低保特困", frozenset({"特困"}), Category.DESTITUTE),
    ("低保特困", frozenset({"低保"}), Category.MINIMUM_LIVING),
    ("低保特困", frozenset({"低保边缘"}), Category.LOW_INCOME),
)

ALSO: dict[str, dict[str, str]] = {
    "性别": {"女性": "女", "男性": "男"},
    "人员类别": {
        "独居老人": "独居", "空巢老人": "空巢", "留守老人": "留守", "孤寡老人": "孤寡", "失独老人": "失独",
        "失独家庭": "失独",
        "失能老人": "失能", "失智老人": "失智", "重度残疾": "重残", "重残老人": "重残", "重度残疾人": "重残",
        "残疾人": "残疾",
        "残疾老人": "残疾", "计生特殊家庭": "计划生育特殊家庭", "计划生育特殊家庭老人": "计划生育特殊家庭",
        "高龄老人": "高龄",
        "特困人员": "特困", "特困老人": "特困", "五保": "特困", "五保户": "特困", "低保户": "低保",
        "低保对象": "低保",
        "低保老人": "低保", "低收入家庭": "低收入", "重点监测": "重点监测人员", "重点监测对象": "重点监测人员",
        "没有": "无",
    },
    "居住情况": {
        "一人居住": "独居", "独自居住": "独居", "与配偶伴侣": "与配偶", "与老伴": "与配偶",
        "与非亲属关系的人": "与非亲属",
        "机构": "养老机构", "敬老院": "养老机构", "养老院": "养老机构",
    },
    "自理能力": {
        "自理": "能力完好", "完全自理": "能力完好", "能自理": "能力完好", "生活自理": "能力完好",
        "能够自理": "能力完好",
        "完好": "能力完好", "全失能": "完全失能",
    },
    "残疾等级": {
        "1级": "一级", "2级": "二级", "3级": "三级", "4级": "四级", "1": "一级", "2": "二级", "3": "三级",
        "4": "四级",
        "I级": "一级", "II级": "二级", "III级": "三级", "IV级": "四级", "无残疾": "无", "否": "无", "没有": "无",
    },
    "低保特困": {
        "特困人员": "特困", "特困供养": "特困", "五保": "特困", "五保户": "特困", "低保户": "低保",
        "低保对象": "低保",
        "最低生活保障": "低保", "低保边缘户": "低保边缘", "低保边缘家庭": "低保边缘", "低边": "低保边缘",
        "低边户": "低保边缘",
        "否": "无", "不是": "无", "没有": "无", "均不是": "无",
    },
    "岗位": {
        "村级养老助理": "村级助理", "养老助理": "村级助理", "乡镇民政专干": "乡镇专干", "乡镇街道专干": "乡镇专干",
        "县级民政专干": "县级专干", "审计员": "审计", "系统管理员": "管理员",
    },
}  # fmt: skip
"""Other ways to write one of our words, by column."""
LEFT_OFF = {
    "居住情况": re.compile(r"(共同)?(同住|居住|生活|一起住|一起)$"),
    "残疾等级": re.compile(r"^(视力|听力|言语|肢体|智力|精神|多重)(残疾)?"),
}
"""What may stand before or behind our word and says no more."""

HALF_WIDTH = {
    code: code - 0xFEE0 for span in ("０９", "ＡＺ", "ａｚ") for code in range(ord(span[0]), ord(span[1]) + 1)
}
UNSEEN = dict.fromkeys((*range(9), *range(14, 32), 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
PLAIN = HALF_WIDTH | UNSEEN | {0x3000: 0x20, 0xA0: 0x20}
NOTHING = re.compile(r"[-/\\—–－_]+")
A_DOT = re.compile(r"[·•・･‧∙⋅・．.。﹒]")
LOST_CHARACTER = re.compile("[?？□■\ufffd*＊]")
LETTERS = ("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Co")  # Co: private use, how old programs wrote rare characters
SPACE_IN_HAN = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")


def plain(text: str) -> str:
    """Full-width digits and letters made half-width, odd spaces made spaces or nothing; a dash alone is a blank.

    Characters are left as they are: a rare one that looks like another is another in somebody's name.
    """
    made = text.translate(PLAIN).strip()
    return "" if NOTHING.fullmatch(made) else made


def word_in(column: str, held: str, words: Mapping[str, T]) -> str | None:
    """Which of `words` a cell means, however it is written; None for none of them."""
    made = re.sub(r"[\s/、]|[(（].*?[)）]", "", unicodedata.normalize("NFKC", held))
    also = ALSO.get(column, {})
    for text in (made, LEFT_OFF[column].sub("", made)) if column in LEFT_OFF else (made,):
        if (ours := also.get(text, text)) in words:
            return ours
    return None


_WRITTEN = {**{word: word for word in CATEGORIES}, **ALSO["人员类别"]}
_NONE = frozenset({NO_CATEGORY, *(written for written, word in _WRITTEN.items() if word == NO_CATEGORY)})
_CATEGORY = re.compile("|".join(sorted(_WRITTEN.keys() - _NONE, key=len, reverse=True)))
_NUMBERED = re.compile(r"[①-⒛㈠-㈩]|(?<![^\W_])(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2})[、.．:：)）]")
_BETWEEN = re.compile(r"[\W_]+|以及|并且|而且|同时|[和及且兼与加并]|等(?=[\W_]*$)")


def categories_in(held: str) -> tuple[list[str], list[str]]:
    """The categories a cell of 人员类别 names, however they are parted, and what is left over: then it is none of it.

    What denies (非, 不是, 无 beside a category) is left over like any word that is not ours.
    """
    made = unicodedata.normalize("NFKC", _NUMBERED.sub(" ", held))
    found = [_WRITTEN[word] for word in _CATEGORY.findall(made)]
    left = [part for part in _BETWEEN.split(_CATEGORY.sub(" ", made)) if part]
    return found, [part for part in left if found or part not in _NONE]


def name_of(held: str) -> str:
    """A name without the spaces that align it, its dot always ·; a name in Latin letters keeps its spaces."""
    return A_DOT.sub("·", SPACE_IN_HAN.sub("", held))


def odd_name(name: str) -> str | None:
    """Why it is no name; None for one. Letters of any script and characters made by hand (private use) are."""
    if LOST_CHARACTER.search(name):
        return "姓名中有问号、星号或方框，像是丢失的生僻字或遮住的字，请补上"
    if all(letter in "· '-" or unicodedata.category(letter) in LETTERS for letter in name):
        return None
    return "姓名里只能有文字和间隔号"
