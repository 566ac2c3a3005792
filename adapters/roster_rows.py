"""One line of a roster into a typed row, and what is refused about it. The words a cell may hold: `roster_words`.

A blank cell means "not known" everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Literal

from adapters.phones import chinese, e164, textable
from adapters.roster_headings import NOTICE
from adapters.roster_sheets import DIGITS_LOST
from adapters.roster_words import (
    ABILITIES,
    CATEGORIES,
    DISABILITIES,
    IMPLIED,
    LIVINGS,
    NO_CATEGORY,
    ROLES,
    SEXES,
    WELFARES,
    T,
    categories_in,
    name_of,
    odd_name,
    plain,
    word_in,
)
from decisions.id_number import age_on, read_id_number
from models.roster import (
    ElderRow,
    NoticeGiven,
    PairedElder,
    RefusedRow,
    Sourced,
    StaffRow,
    VolunteerRow,
)
from models.values import Role

ID, PHONE, TOWNSHIP, VILLAGE = "公民身份号码", "联系电话", "乡镇/街道", "村/社区"
PAIRED_COLUMN, CAPACITY = "结对老人(姓名+身份证后四位)", "可探访户数"
NAMES = ("姓名", "紧急联系人", "代理人", "告知人")
VILLAGE_ROLES = (Role.GRID_WORKER, Role.VILLAGE_ASSISTANT)
A_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?")  # the last: how a sheet gives a date
DIGITS_ZEROED = "校验位不对，后三位是 000：像是被 Excel 改过，后几位已经丢失；请把该列设为文本，重新填写"
ID_LENGTH = 18
OLD_AGE = 60  # 老年人权益保障法 art. 2
MOST_HOUSEHOLDS = 200
LONGEST = 500  # characters of a cell
ADDRESSES = re.compile(r"[；;]")
HOUSEHOLDS = re.compile(r"([0-9]{1,4})(?:\.0)?\s*[户家个]?")
PAIR = re.compile(r"([^\W\d_](?:[^\d,，、;；/|\n]*[^\W\d_])?)\W*([0-9]{3}[0-9Xx])(?![0-9Xx])")
MARKS_OF_TEXT = "'‘’`"
X_LOOKALIKES = str.maketrans("×хХ✕", "XXXX")
NO_PHONE = frozenset({"无", "无电话", "没有", "没有电话", "无手机"})
PHONES = re.compile(r"[,，、;；/／|｜\n]+")
NOT_AN_ID: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\d(\.\d+)?[eE]\+?\d+"), DIGITS_LOST),
    (re.compile(r"\d+\.0*"), DIGITS_LOST),
    (re.compile(r"\d{15}"), "是15位的旧号码，请换成18位"),
)


class Cells:
    """One line being read. A bad cell is noted in `refused` and answered with a stand-in, so that all are named.

    `wrong`: cells that hold no value to be read, and why. `notes`: what of the row was left out, though it was taken.
    """

    def __init__(
        self, line: int, given: Mapping[str, str], wrong: Mapping[str, str], townships: frozenset[str], on: date
    ) -> None:
        self.line = line
        self.on = on
        self.refused: list[RefusedRow] = []
        self.notes: list[RefusedRow] = []
        self._given = {name: name_of(plain(text)) if name in NAMES else plain(text) for name, text in given.items()}
        self._townships = townships
        for column, reason in wrong.items():
            self.refuse(column, reason)
        for column, text in self._given.items():
            if len(text) > LONGEST:
                self.refuse(column, f"超过{LONGEST}字")

    def refuse(self, column: str, reason: str) -> None:
        """The first reason of a cell is the one to tell."""
        if all(column != row.column for row in self.refused):
            self.refused.append(RefusedRow(line=self.line, column=column, reason=reason))

    def optional(self, column: str) -> str | None:
        return self._given.get(column) or None

    def text(self, column: str) -> str:
        """A cell that may not be blank."""
        held = self._given.get(column, "")
        if not held:
            self.refuse(column, "不能为空")
        return held

    def name(self) -> str:
        held = self.text("姓名")
        if held and (why := odd_name(held)):
            self.refuse("姓名", why)
        return held

    def many(self, column: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
        held = self._given.get(column, "")
        return tuple(dict.fromkeys(part.strip() for part in pattern.split(held) if part.strip()))

    def said(self, column: str, words: Mapping[str, T]) -> str | None:
        """Which of the allowed words a cell means; blank = not known."""
        held = self._given.get(column, "")
        found = word_in(column, held, words) if held else None
        if held and found is None:
            self.refuse(column, f"只能填：{'、'.join(words)}")
        return found

    def word(self, column: str, words: Mapping[str, T]) -> T | None:
        """The meaning of that word."""
        found = self.said(column, words)
        return None if found is None else words[found]

    def township(self) -> str:
        """A name of the register's, also where the county is written before it or 办事处 after it."""
        held = re.sub(r"\s", "", self.text(TOWNSHIP)).removesuffix("办事处")
        found = [name for name in self._townships if held == name or held.endswith(name)]
        if held and not found:
            near = get_close_matches(held, sorted(self._townships), 1, cutoff=0.3)
            self.refuse(TOWNSHIP, "本县没有这个乡镇（街道）" + (f"，最接近的是“{near[0]}”" if near else ""))
        return max(found, key=len, default=held)

    def village(self) -> str:
        return re.sub(r"\s", "", self.text(VILLAGE))

    def phone(self, column: str, *, mobile: bool) -> tuple[str | None, bool]:
        """E.164 and whether it can be texted. `mobile`: required, and nothing else is taken. Of several the first."""
        held = self._given.get(column, "").strip(MARKS_OF_TEXT).removesuffix(".0")
        if not held or held in NO_PHONE:
            if mobile:
                self.refuse(column, "不能为空")
            return None, False
        written = [part for part in PHONES.split(held) if part.strip()]
        numbers = [number for part in written if (number := chinese(part)) is not None]
        if not numbers or len(numbers) < len(written):
            self.refuse(column, "电话号码无效")
            return None, False
        chosen = next((number for number in numbers if textable(number)), numbers[0])
        if mobile and not textable(chosen):
            self.refuse(column, "须为手机号码")
        if len(numbers) > 1:
            self.notes.append(
                RefusedRow(line=self.line, column=column, reason="有不止一个号码，只用了一个（手机优先）")
            )
        return e164(chosen), textable(chosen)

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


STATES_TOO: dict[str, Mapping[str, object]] = {
    "居住情况": LIVINGS, "自理能力": ABILITIES, "残疾等级": DISABILITIES, "低保特困": WELFARES,
}  # fmt: skip


def read_elder(cells: Cells) -> ElderRow:
    sex = cells.sex()
    id_number, born_on = _identity(cells, sex)
    phone, textable = cells.phone("联系电话", mobile=False)
    contact_phone, _ = cells.phone("紧急联系电话", mobile=False)
    return ElderRow(
        line=cells.line,
        name=cells.name(),
        sex=sex or "F",
        id_number=id_number,
        born_on=born_on,
        phone=phone,
        textable=textable,
        township=cells.township(),
        village=cells.village(),
        residences=cells.many("现住址", ADDRESSES),
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
    return VolunteerRow(
        line=cells.line,
        name=cells.name(),
        sex=cells.sex() or "F",
        phone=phone or "",
        township=cells.township(),
        village=cells.village(),
        standing=cells.optional("身份") or "",
        capacity=_capacity(cells),
        paired=_paired(cells),
    )


def read_staff(cells: Cells) -> StaffRow:
    """A village post needs its village, a township post its township; county posts need neither.

    An assessor is of the township that stands there, and without one of the county.
    """
    cells.text("岗位")
    role = cells.word("岗位", ROLES) or Role.COUNTY_OFFICER
    village = cells.village() if role in VILLAGE_ROLES else None
    of_township = role is Role.TOWNSHIP_OFFICER or (role is Role.ASSESSOR and cells.optional(TOWNSHIP) is not None)
    below_county = role in VILLAGE_ROLES or of_township
    check: Callable[[], str | None] = cells.township if below_county else lambda: None
    phone, _ = cells.phone("联系电话", mobile=True)
    return StaffRow(
        line=cells.line,
        name=cells.name(),
        role=role,
        township=check(),
        village=village,
        phone=phone or "",
        deputy_name=cells.optional("代理人"),
    )


def _identity(cells: Cells, sex: str | None) -> tuple[str, date]:
    held = re.sub(r"\s", "", cells.text(ID)).strip(MARKS_OF_TEXT).translate(X_LOOKALIKES)
    if not held:
        return "", cells.on
    try:
        read = read_id_number(held)
    except ValueError as error:
        known = next((reason for shape, reason in NOT_AN_ID if shape.fullmatch(held)), str(error))
        cells.refuse(ID, DIGITS_ZEROED if held.endswith("000") and len(held) == ID_LENGTH else known)
        return "", cells.on
    if read.born_on > cells.on:
        cells.refuse(ID, "身份号码中的出生日期晚于今天")
    elif age_on(read.born_on, cells.on) < OLD_AGE:
        cells.refuse(ID, f"未满{OLD_AGE}周岁")
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
    words, left = categories_in(cells.optional("人员类别") or "")
    if left:
        cells.refuse("人员类别", f"没有这一类，只能填：{'、'.join((NO_CATEGORY, *CATEGORIES))}")
    found = dict.fromkeys((CATEGORIES[word] for word in words), "人员类别")
    stated = {column: cells.said(column, words) for column, words in STATES_TOO.items()}
    for column, of_ours, category in IMPLIED:
        if stated[column] in of_ours:
            found.setdefault(category, column)
    return tuple(Sourced(category=category, source=found[category]) for category in sorted(found))


def _capacity(cells: Cells) -> int:
    held = HOUSEHOLDS.fullmatch(cells.text(CAPACITY))
    if held is None or int(held[1]) > MOST_HOUSEHOLDS:
        cells.refuse(CAPACITY, f"应为0到{MOST_HOUSEHOLDS}的整数")
        return 0
    return int(held[1])


def _paired(cells: Cells) -> tuple[PairedElder, ...]:
    """Names each with four characters behind, parted by anything; whatever is left over makes the cell a bad one."""
    held = cells.optional(PAIRED_COLUMN) or ""
    if re.search(r"\w", PAIR.sub("", held)):
        cells.refuse(PAIRED_COLUMN, "应写姓名和身份证后四位，多人用顿号隔开")
    found = dict.fromkeys((name_of(name), tail.upper()) for name, tail in PAIR.findall(held))
    return tuple(PairedElder(name=name, last_four=tail) for name, tail in found)
