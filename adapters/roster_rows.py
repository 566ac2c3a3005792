"""One line of a roster into a typed row: the words a cell may hold, and what is refused about it.

Sources of the words: `models.policy.Category` (人员类别; 无 = none of them), GB/T 42195-2022 A.2 (居住情况)
and its five levels (自理能力), GB/T 26341 (残疾等级 一至四级; 重度 = 一、二级).
A blank cell means "not known" everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Literal, TypeVar

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from decisions.id_number import age_on, read_id_number
from models.policy import Category
from models.roster import (
    Ability,
    ElderRow,
    Living,
    NoticeGiven,
    PairedElder,
    RefusedRow,
    Sourced,
    StaffRow,
    VolunteerRow,
    Welfare,
)
from models.values import Role

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
VILLAGE_ROLES = (Role.GRID_WORKER, Role.VILLAGE_ASSISTANT)
IMPLIED: tuple[tuple[str, frozenset[str], Category], ...] = (
    ("居住情况", frozenset({"独居"}), Category.LIVING_ALONE),
    ("自理能力", frozenset({"中度失能", "重度失能", "完全失能"}), Category.DISABLED_CARE),
    ("残疾等级", frozenset({"一级", "二级"}), Category.SEVERE_DISABILITY),
    ("残疾等级", frozenset({"一级", "二级", "三级", "四级"}), Category.DISABILITY),
    ("低保特困", frozenset({"特困"}), Category.DESTITUTE),
    ("低保特困", frozenset({"低保"}), Category.MINIMUM_LIVING),
    ("低保特困", frozenset({"低保边缘"}), Category.LOW_INCOME),
)
NOTICE = ("告知书版本", "告知日期", "告知人")
A_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?")  # the last: how a sheet gives a date
OLD_AGE = 60  # 老年人权益保障法 art. 2
MOST_HOUSEHOLDS = 200
SEPARATORS = re.compile(r"[、，,；;]")
PAIRED = re.compile(r"(\D+)(\d{3}[\dXx])", re.ASCII)


T = TypeVar("T")


class Cells:
    """One line being read. A bad cell is noted in `refused` and answered with a stand-in, so that all are named."""

    def __init__(self, line: int, given: Mapping[str, str], townships: frozenset[str], on: date) -> None:
        self.line = line
        self.on = on
        self.refused: list[RefusedRow] = []
        self._given = given
        self._townships = townships

    def refuse(self, column: str, reason: str) -> None:
        self.refused.append(RefusedRow(line=self.line, column=column, reason=reason))

    def optional(self, column: str) -> str | None:
        return self._given.get(column) or None

    def text(self, column: str) -> str:
        """A cell that may not be blank."""
        held = self._given[column]
        if not held:
            self.refuse(column, "不能为空")
        return held

    def many(self, column: str, pattern: re.Pattern[str] = SEPARATORS) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.strip() for part in pattern.split(self._given[column]) if part.strip()))

    def word(self, column: str, words: Mapping[str, T]) -> T | None:
        """The meaning of one of the allowed words; blank = not known."""
        held = self._given[column]
        if held and held not in words:
            self.refuse(column, f"只能填：{'、'.join(words)}")
        return words.get(held)

    def township(self, column: str = "乡镇/街道") -> str:
        held = self.text(column)
        if held and held not in self._townships:
            self.refuse(column, "本县没有这个乡镇（街道）")
        return held

    def phone(self, column: str, *, mobile: bool) -> tuple[str | None, bool]:
        """E.164 and whether it can be texted. `mobile`: required, and nothing else is taken."""
        held = self._given[column]
        if not held:
            if mobile:
                self.refuse(column, "不能为空")
            return None, False
        try:
            number = phonenumbers.parse(held, "CN")
        except phonenumbers.NumberParseException:
            number = None
        if number is None or number.country_code != 86 or not phonenumbers.is_valid_number(number):
            self.refuse(column, "电话号码无效")
            return None, False
        textable = phonenumbers.number_type(number) == PhoneNumberType.MOBILE
        if mobile and not textable:
            self.refuse(column, "须为手机号码")
        return phonenumbers.format_number(number, PhoneNumberFormat.E164), textable

    def day(self, column: str) -> date | None:
        """A civil day, not after the import's."""
        found = A_DAY.fullmatch(self._given[column])
        try:
            held = date(*(int(part) for part in found.groups())) if found else None
        except ValueError:
            held = None
        if held is None:
            self.refuse(column, "应写日期，如 2026-03-02")
        elif held > self.on:
            self.refuse(column, "不能晚于今天")
        return held

    def sex(self) -> Literal["F", "M"] | None:
        self.text("性别")
        return self.word("性别", SEXES)


def read_elder(cells: Cells) -> ElderRow:
    sex = cells.sex()
    id_number, born_on = _identity(cells, sex)
    phone, textable = cells.phone("联系电话", mobile=False)
    contact_phone, _ = cells.phone("紧急联系电话", mobile=False)
    return ElderRow(
        line=cells.line,
        name=cells.text("姓名"),
        sex=sex or "F",
        id_number=id_number,
        born_on=born_on,
        phone=phone,
        textable=textable,
        township=cells.township(),
        village=cells.text("村/社区"),
        residences=cells.many("现住址", re.compile("[；;]")),
        registered=cells.optional("户籍地址"),
        categories=_categories(cells),
        categories_stated=cells.optional("人员类别") is not None,
        living=cells.word("居住情况", LIVINGS),
        ability=cells.word("自理能力", ABILITIES),
        disability=cells.word("残疾等级", DISABILITIES),
        welfare=cells.word("低保特困", WELFARES),
        contact_name=cells.optional("紧急联系人"),
        contact_phone=contact_phone,
        remark=cells.optional("备注"),
        household=cells.optional("户号"),
        notice=_notice(cells),
    )


def read_volunteer(cells: Cells) -> VolunteerRow:
    phone, _ = cells.phone("联系电话", mobile=True)
    paired: list[PairedElder] = []
    for entry in cells.many("结对老人(姓名+身份证后四位)"):
        found = PAIRED.fullmatch(entry)
        if found is None:
            cells.refuse("结对老人(姓名+身份证后四位)", "应写姓名和身份证后四位，多人用顿号隔开")
        else:
            paired.append(PairedElder(name=found[1].strip(), last_four=found[2].upper()))
    return VolunteerRow(
        line=cells.line,
        name=cells.text("姓名"),
        sex=cells.sex() or "F",
        phone=phone or "",
        township=cells.township(),
        village=cells.text("村/社区"),
        standing=cells.optional("身份") or "",
        capacity=_capacity(cells),
        paired=tuple(paired),
    )


def read_staff(cells: Cells) -> StaffRow:
    """A village post needs its village, a township post its township; county posts need neither."""
    cells.text("岗位")
    role = cells.word("岗位", ROLES) or Role.COUNTY_OFFICER
    village = cells.text("村/社区") if role in VILLAGE_ROLES else None
    below_county = role in VILLAGE_ROLES or role is Role.TOWNSHIP_OFFICER
    check: Callable[[], str | None] = cells.township if below_county else lambda: None
    phone, _ = cells.phone("联系电话", mobile=True)
    return StaffRow(
        line=cells.line,
        name=cells.text("姓名"),
        role=role,
        township=check(),
        village=village,
        phone=phone or "",
        deputy_name=cells.optional("代理人"),
    )


def _identity(cells: Cells, sex: str | None) -> tuple[str, date]:
    column = "公民身份号码"
    held = cells.text(column)
    if not held:
        return "", cells.on
    try:
        read = read_id_number(held)
    except ValueError as error:
        cells.refuse(column, str(error))
        return "", cells.on
    if read.born_on > cells.on:
        cells.refuse(column, "身份号码中的出生日期晚于今天")
    elif age_on(read.born_on, cells.on) < OLD_AGE:
        cells.refuse(column, f"未满{OLD_AGE}周岁")
    if sex is not None and read.sex != sex:
        cells.refuse("性别", "与身份号码不符")
    return read.text, read.born_on


def _notice(cells: Cells) -> NoticeGiven | None:
    """All three cells or none; blank = not known, which takes no earlier notice away."""
    version, on, by = (cells.optional(column) for column in NOTICE)
    if version is None and on is None and by is None:
        return None
    for column, held in zip(NOTICE, (version, on, by), strict=True):
        if held is None:
            cells.refuse(column, "告知书版本、告知日期、告知人须一起填")
    given_on = cells.day(NOTICE[1]) if on else None
    return NoticeGiven(version=version, given_on=given_on, given_by=by) if version and given_on and by else None


def _categories(cells: Cells) -> tuple[Sourced, ...]:
    """人员类别 as listed, then what other columns state; each category once, with the column it came from."""
    found: dict[Category, str] = {}
    for word in cells.many("人员类别"):
        if word == NO_CATEGORY:
            continue
        if word in CATEGORIES:
            found.setdefault(CATEGORIES[word], "人员类别")
        else:
            cells.refuse("人员类别", f"没有这一类，只能填：{'、'.join(CATEGORIES)}")
    for column, words, category in IMPLIED:
        if cells.optional(column) in words:
            found.setdefault(category, column)
    return tuple(Sourced(category=category, source=found[category]) for category in sorted(found))


def _capacity(cells: Cells) -> int:
    held = cells.text("可探访户数")
    if held and not (held.isascii() and held.isdigit() and int(held) <= MOST_HOUSEHOLDS):
        cells.refuse("可探访户数", f"应为0到{MOST_HOUSEHOLDS}的整数")
        return 0
    return int(held or 0)
