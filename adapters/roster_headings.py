"""Finds the list in a file: which sheet, which line is the heading, which column is which, and what is no person.

The heading is looked for in the first lines of each sheet, by the spellings of `SPELLINGS`; columns stand in any order,
and those nobody knows are named and left. A title, a unit line, a total and whoever filled it in are no persons.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from adapters.roster_guard import NotARoster
from adapters.roster_sheets import Line, Sheet, sheets_of
from models.roster import RosterKind

COLUMNS: dict[RosterKind, tuple[str, ...]] = {
    RosterKind.ELDERS: (
        "姓名", "性别", "公民身份号码", "联系电话", "乡镇/街道", "村/社区", "现住址", "户籍地址", "人员类别",
        "居住情况", "自理能力", "残疾等级", "低保特困", "紧急联系人", "紧急联系电话", "备注",
    ),
    RosterKind.VOLUNTEERS: (
        "姓名", "性别", "联系电话", "乡镇/街道", "村/社区", "身份", "可探访户数", "结对老人(姓名+身份证后四位)",
        "备注",
    ),
    RosterKind.STAFF: ("姓名", "岗位", "乡镇/街道", "村/社区", "联系电话", "代理人"),
}  # fmt: skip
NOTICE = ("告知书版本", "告知日期", "告知人")
OPTIONAL: dict[RosterKind, tuple[str, ...]] = {
    RosterKind.ELDERS: ("户号", *NOTICE), RosterKind.VOLUNTEERS: (), RosterKind.STAFF: (),
}  # fmt: skip
NEEDED: dict[RosterKind, tuple[str, ...]] = {
    RosterKind.ELDERS: ("姓名", "性别", "公民身份号码", "乡镇/街道", "村/社区", "人员类别"),
    RosterKind.VOLUNTEERS: ("姓名", "性别", "联系电话", "乡镇/街道", "村/社区", "可探访户数"),
    RosterKind.STAFF: ("姓名", "岗位", "乡镇/街道", "村/社区", "联系电话"),
}
"""Without these no row can be taken, or nobody can be placed in a group. What else a list lacks is not known."""

ANY_LIST = {
    "姓名": ("名字", "人员姓名"),
    "性别": (),
    "联系电话": ("电话", "手机", "手机号", "手机号码", "联系方式", "电话号码", "联系手机", "本人电话",
            "本人联系电话"),
    "乡镇/街道": ("乡镇", "街道", "镇街", "乡镇街道名称", "所属乡镇", "所属街道", "所属乡镇街道", "所在乡镇",
            "所在乡镇街道", "乡镇名称", "镇乡", "镇乡街道", "街镇", "乡镇街办"),
    "村/社区": ("村", "社区", "村居", "村名", "行政村", "行政村社区", "所属村", "所属村社区", "所属社区", "所在村",
            "所在村社区", "村社区名称", "村居名称", "村委会", "村居委会", "村社"),
    "备注": ("说明", "其他", "备注说明"),
}  # fmt: skip
SPELLINGS: dict[RosterKind, dict[str, tuple[str, ...]]] = {
    RosterKind.ELDERS: ANY_LIST
    | {
        "姓名": (*ANY_LIST["姓名"], "老人姓名", "老年人姓名", "对象姓名"),
        "公民身份号码": ("身份证号码", "身份证号", "身份证", "身份号码", "居民身份证号", "居民身份证号码",
            "公民身份证号码", "公民身份证号", "证件号码", "证件号"),
        "联系电话": (*ANY_LIST["联系电话"], "老人电话", "老人联系电话"),
        "现住址": ("现居住地址", "居住地址", "现居住地", "现住地址", "家庭住址", "家庭地址", "住址", "常住地址",
            "居住地", "现居地址"),
        "户籍地址": ("户籍地", "户籍所在地", "户籍住址", "户口所在地", "户口地址"),
        "人员类别": ("类别", "人员类型", "老人类别", "老人类型", "老年人类别", "老年人类型", "对象类别", "对象类型",
            "探访对象类别", "特殊困难类别", "特殊困难类型", "困难类型", "困难类别"),
        "居住情况": ("居住状况", "居住类型", "居住形式", "居住方式"),
        "自理能力": ("自理情况", "自理状况", "生活自理能力", "失能等级", "能力等级", "失能程度"),
        "残疾等级": ("残疾级别", "残疾情况", "残疾程度", "伤残等级"),
        "低保特困": ("低保特困情况", "是否低保特困", "低保或特困", "社会救助情况", "救助类别", "救助类型",
            "经济状况", "困难身份"),
        "紧急联系人": ("紧急联系人姓名", "联系人", "联系人姓名", "家属姓名", "亲属姓名", "监护人", "监护人姓名"),
        "紧急联系电话": ("紧急联系人电话", "紧急联系人联系电话", "紧急联系人联系方式", "紧急联系人手机",
            "紧急联系人手机号", "紧急电话", "联系人电话", "家属电话", "家属联系电话", "亲属电话", "监护人电话"),
        "户号": ("户编号", "家庭编号"),
        "告知书版本": (), "告知日期": ("告知时间",), "告知人": (),
    },
    RosterKind.VOLUNTEERS: ANY_LIST
    | {
        "姓名": (*ANY_LIST["姓名"], "志愿者姓名", "探访人姓名", "探访员姓名"),
        "身份": ("人员身份", "志愿者身份", "身份类别", "政治面貌", "人员类别"),
        "可探访户数": ("可探访户", "探访户数", "可结对户数", "最多探访户数", "可承担户数", "承接户数"),
        "结对老人(姓名+身份证后四位)": ("结对老人", "结对对象", "结对老年人", "帮扶老人", "帮扶对象", "探访对象",
            "结对帮扶对象"),
    },
    RosterKind.STAFF: ANY_LIST
    | {
        "姓名": (*ANY_LIST["姓名"], "工作人员姓名"),
        "岗位": ("职务", "职位", "岗位名称", "岗位职务", "工作岗位"),
        "代理人": ("代理人姓名", "代班人", "替岗人", "AB岗", "B岗", "B角"),
    },
}  # fmt: skip

LOOKED_AT = 20  # lines of a sheet in which its heading may stand
LEAST = 2  # needed columns: a line that names fewer is no heading
TOTAL = re.compile(r"(本页|全[县镇乡村])?(总?合计|总计|小计|共计)[:：]?(\d+(人|户|名)?)?")
SIGNED = re.compile(
    r"(填表|制表|填报|报送|审核|审批|复核|经办|负责|单位负责|分管领导|联系|日期|注|备注|说明|填表说明)(人|单位|日期|时间|签字)?[:：].*"
)
NO_WORD = re.compile(r"[\W_]+")
BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")


class Table(NamedTuple):
    """A list as found. `columns`: place in a line → our name. `others`: another sheet has such a heading too."""

    columns: dict[int, str]
    headings: tuple[str, ...]
    lines: Iterator[Line]
    said: list[str]
    others: bool


class _Heading(NamedTuple):
    line: Line
    columns: dict[int, str]


def find_table(content: bytes, kind: RosterKind) -> Table:
    """Raises NotARoster: no sheet has the heading, columns are lacking, or two stand for the same."""
    sheets = sheets_of(content)
    found = [(sheet, heading) for sheet in sheets if (heading := _heading_of(sheet, kind)) is not None]
    if not found:
        needed = "、".join(NEEDED[kind])
        raise NotARoster(f"前 {LOOKED_AT} 行里没有找到表头。缺少列：{needed}。请按样表的表头填写，并核对名单的种类")
    whole = [one for one in found if set(NEEDED[kind]) <= set(one[1].columns.values())]
    sheet, heading = (whole or found)[0]
    _refuse_heading(heading, kind)
    names = {other.name for other, _ in whole[1:]} - {sheet.name}
    said = list(_told(heading, kind))
    said += [f"工作表“{one}”也像名单，没有读；请合成一张表，或分开导入" for one in sorted(names)]
    read = {"", sheet.name, *names}
    said += [f"工作表“{one.name}”没有这份名单的表头，没有读" for one in sheets if one.name not in read]
    lines = _people(sheet, heading, said)
    return Table(heading.columns, _texts(heading.line), lines, said, bool(names))


def _heading_of(sheet: Sheet, kind: RosterKind) -> _Heading | None:
    """The line that names the most columns, the first of them; None where none names two of what is needed."""
    best: _Heading | None = None
    for line in islice(sheet.lines(), LOOKED_AT):
        columns = {place: name for place, text in enumerate(line.values) if (name := our_name(text, kind)) is not None}
        needed = sum(name in set(columns.values()) for name in NEEDED[kind])
        if needed < LEAST:
            continue
        if best is None or len(set(columns.values())) > len(set(best.columns.values())):
            best = _Heading(line, columns)
    return best


def our_name(text: str, kind: RosterKind) -> str | None:
    """Which of our columns a heading means. What stands in brackets counts only where the whole is not known."""
    whole = NO_WORD.sub("", unicodedata.normalize("NFKC", text))
    without = NO_WORD.sub("", BRACKETS.sub("", unicodedata.normalize("NFKC", text)))
    known = _KNOWN[kind]
    return known.get(whole) or known.get(without)


def _known(kind: RosterKind) -> dict[str, str]:
    names = (*COLUMNS[kind], *OPTIONAL[kind])
    spelled = {spelling: name for name in names for spelling in SPELLINGS[kind].get(name, ())}
    return spelled | {NO_WORD.sub("", name): name for name in names}


_KNOWN = {kind: _known(kind) for kind in RosterKind}


def _refuse_heading(heading: _Heading, kind: RosterKind) -> None:
    named = list(heading.columns.values())
    missing = [name for name in NEEDED[kind] if name not in named]
    if missing:
        raise NotARoster(f"缺少列：{'、'.join(missing)}。请按样表的表头填写")
    for name in sorted({name for name in named if named.count(name) > 1}):
        texts = _texts(heading.line)
        alike = "、".join(f"“{texts[place]}”" for place, ours in heading.columns.items() if ours == name)
        raise NotARoster(f"列名重复：{name}（{alike}）。请只留一列，其余改名")


def _told(heading: _Heading, kind: RosterKind) -> Iterator[str]:
    if heading.line.number > 1:
        yield f"表头在第 {heading.line.number} 行，以上的没有读"
    lacking = [name for name in COLUMNS[kind] if name not in heading.columns.values()]
    if lacking:
        yield f"没有这些列，按“不知道”处理：{'、'.join(lacking)}"
    unknown = [text for place, text in enumerate(_texts(heading.line)) if text and place not in heading.columns]
    if unknown:
        yield f"这些列没有用到：{'、'.join(unknown)}"


def _people(sheet: Sheet, heading: _Heading, said: list[str]) -> Iterator[Line]:
    """The lines below the heading that stand for somebody; what else stands there is told once the lines are read."""
    texts, skipped = _texts(heading.line), list[str]()
    for line in sheet.lines():
        if line.number <= heading.line.number or not line.own:
            continue
        first = re.sub(r"\s", "", next((value for value in line.values if value.strip()), ""))
        if TOTAL.fullmatch(first) or SIGNED.fullmatch(first) or _texts(line) == texts:
            skipped.append(str(line.number))
            continue
        yield line
    if skipped:
        said.append(f"第 {'、'.join(skipped[:10])} 行是合计、落款或重复的表头，没有读")


def _texts(line: Line) -> tuple[str, ...]:
    return tuple(re.sub(r"\s", "", value) for value in line.values)
