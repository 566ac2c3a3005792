"""Writes a synthetic county as roster files in the clean layout: elders.csv, volunteers.csv, staff.csv.

How to recognise that nobody in them is real:

* every given name begins with 示, 例, 测 or 样 (示例测样: "sample, example, test, specimen");
* every village is 示例…村 or 示例…社区, every address is in one;
* ID numbers carry 奉节's division code 500236 and a right check character, but sequence codes 900–999 only;
* phones are 1920 and seven digits counted up from 0000001. China sets no numbers aside for examples, so a stranger may
  hold one: never connect a sample to a real SMS provider.

Each county holds couples behind one door with one phone, elders with two homes (轮流赡养), a volunteer who is an elder,
two volunteers with one phone, one of them with room for two households only, elders in no group, deputies, and an
officer with two posts.
The same arguments give the same bytes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, islice
from math import ceil
from pathlib import Path
from random import Random
from typing import NamedTuple

from adapters.areas import townships_of
from adapters.roster_files import COLUMNS, OPTIONAL
from decisions.id_number import check_character
from models.roster import RosterKind

SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭鲁韦马方任袁柳"
)
SYNTHETIC = "示例测样"
SECOND = "福寿康宁安平和顺春秋松柏梅兰竹菊山川江河星辰光明永长久远德仁义礼"
NUMERALS = "一二三四五六七八九"
DIVISION = "500236"
ELDERS_PER_TOWNSHIP = 30
VILLAGES_PER_TOWNSHIP = 3
GROUPED = ("独居", "空巢", "留守", "失能", "重残", "计划生育特殊家庭")
LIVING = {"独居": "独居", "空巢": "与配偶"}
UNGROUPED = ("无", "高龄", "低保")
NOTICE = {"告知书版本": "示例第1版", "告知日期": "2024-01-08", "告知人": "吴示知"}
PAIRED_EACH = 3
SPARE_CAPACITY = 1.5


class Place(NamedTuple):
    township: str
    village: str


class Person(NamedTuple):
    name: str
    female: bool
    phone: str


@dataclass
class Written:
    """How many rows each file has. `elders` stand in a group; `register_only` besides them in none."""

    elders: int
    register_only: int
    volunteers: int
    staff: int
    townships: int
    villages: int


@dataclass
class SampleCounty:
    """The draw: one source of chance, one counter of phones, no name or ID number twice."""

    chance: Random
    places: tuple[Place, ...]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    taken: set[str] = field(default_factory=set[str])

    def person(self, phone: str | None = None) -> Person:
        return Person(self._name(), self.chance.random() < 0.55, phone or self.phone())

    def phone(self) -> str:
        return f"1920{next(self.numbers):07}"

    def id_number(self, female: bool, first: date, last: date) -> str:
        while True:
            born_on = first + timedelta(days=self.chance.randrange((last - first).days))
            sequence = self.chance.randrange(900, 1000, 2) + (0 if female else 1)
            stem = f"{DIVISION}{born_on:%Y%m%d}{sequence}"
            if stem not in self.taken:
                self.taken.add(stem)
                return stem + check_character(stem)

    def _name(self) -> str:
        """Names repeat only when a county is larger than the names there are."""
        tries = [self._any_name() for _ in range(20)]
        name = next((name for name in tries if name not in self.taken), tries[0])
        self.taken.add(name)
        return name

    def _any_name(self) -> str:
        return "".join(self.chance.choice(part) for part in (SURNAMES, SYNTHETIC, SECOND))


def write_sample(
    out: Path,
    elders: int = 60,
    volunteers: int = 8,
    seed: int = 1,
    townships: int | None = None,
    county: str = "fengjie",
) -> Written:
    """Writes the three files into `out`. `townships`: only the first so many (None = one for each 30 elders).

    Raises ValueError for fewer than 4 elders or 1 volunteer.
    """
    if elders < 4 or volunteers < 1:
        raise ValueError("示例县至少要有4位老人和1位志愿者")
    names = townships_of(county)
    used = names[: min(len(names), townships or ceil(elders / ELDERS_PER_TOWNSHIP))]
    places = tuple(place for name in used for place in _villages(name))
    drawn = SampleCounty(Random(seed), places)
    elder_rows = list(islice(_elders(drawn), elders))
    others = [_ungrouped(drawn, n) for n in range(max(1, elders // 20))]
    volunteer_rows = _volunteers(drawn, elder_rows, volunteers)
    staff_rows = _staff(drawn, used)
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "elders.csv", (*COLUMNS[RosterKind.ELDERS], *OPTIONAL[RosterKind.ELDERS]), elder_rows + others)
    _write(out / "volunteers.csv", COLUMNS[RosterKind.VOLUNTEERS], volunteer_rows)
    _write(out / "staff.csv", COLUMNS[RosterKind.STAFF], staff_rows)
    return Written(len(elder_rows), len(others), len(volunteer_rows), len(staff_rows), len(used), len(places))


def _villages(township: str) -> Iterator[Place]:
    ending = "社区" if township.endswith("街道") else "村"
    for numeral in NUMERALS[:VILLAGES_PER_TOWNSHIP]:
        yield Place(township, f"示例{numeral}{ending}")


def _elders(drawn: SampleCounty) -> Iterator[dict[str, str]]:
    """Households without end: mostly one elder, every fourth a couple; every tenth elder has two homes."""
    for n in count():
        place = drawn.places[n % len(drawn.places)]
        door = f"{place.village}{n % 5 + 1}组{n + 1}号"
        household = f"示例户{n + 1:05}" if n % 2 else ""
        first = drawn.person()
        if n % 4 == 1:
            second = drawn.person(first.phone)
            for person, kin in ((first, second), (second, first)):
                row = _elder(drawn, person, place, door, "空巢")
                yield row | {
                    "居住情况": "与配偶",
                    "户号": household,
                    "紧急联系人": kin.name,
                    "紧急联系电话": kin.phone,
                }
            continue
        category = drawn.chance.choice(GROUPED)
        homes = f"{door}；示例路{n + 1}号" if n % 10 == 2 else door
        yield _elder(drawn, first, place, homes, category) | {"户号": household}


def _elder(drawn: SampleCounty, person: Person, place: Place, homes: str, category: str) -> dict[str, str]:
    listed = [category, *(["高风险"] if drawn.chance.random() < 0.1 else [])]
    return {
        "姓名": person.name,
        "性别": "女" if person.female else "男",
        "公民身份号码": drawn.id_number(person.female, date(1932, 1, 1), date(1958, 12, 31)),
        "联系电话": person.phone,
        "乡镇/街道": place.township,
        "村/社区": place.village,
        "现住址": homes,
        "户籍地址": homes.partition("；")[0] if drawn.chance.random() < 0.8 else f"{place.township}示例老屋",
        "人员类别": "、".join(listed),
        "居住情况": LIVING.get(category, "与子女"),
        "自理能力": "重度失能" if category == "失能" else "能力完好",
        "残疾等级": "二级" if category == "重残" else "无",
        "低保特困": drawn.chance.choice(("无", "无", "低保", "特困")),
        **NOTICE,
    }


def _ungrouped(drawn: SampleCounty, n: int) -> dict[str, str]:
    """In a 街道: a pack that takes every rural elder (奉节) takes none of these either."""
    streets = [place for place in drawn.places if place.township.endswith("街道")] or drawn.places
    place = streets[n % len(streets)]
    row = _elder(drawn, drawn.person(), place, f"{place.village}示例巷{n + 1}号", "无")
    return row | {"人员类别": UNGROUPED[n % len(UNGROUPED)], "居住情况": "与子女", "低保特困": "无"}


def _volunteers(drawn: SampleCounty, elders: Sequence[dict[str, str]], wanted: int) -> list[dict[str, str]]:
    """The first is the youngest elder in good health; the last has room for two households and shares a phone."""
    capacity = ceil(len(elders) * SPARE_CAPACITY / wanted)
    paired: set[str] = set()
    rows: list[dict[str, str]] = []
    for n in range(wanted):
        place, person = drawn.places[n % len(drawn.places)], drawn.person()
        if n == 0:
            own = max((e for e in elders if e["自理能力"] == "能力完好"), key=_born, default=elders[0])
            place = Place(own["乡镇/街道"], own["村/社区"])
            person = Person(own["姓名"], own["性别"] == "女", own["联系电话"])
        last = n == wanted - 1 and wanted > 2
        near = [
            elder
            for elder in elders
            if (elder["乡镇/街道"], elder["村/社区"]) == place
            and elder["公民身份号码"] not in paired
            and elder["姓名"] != person.name
        ][: 0 if last else PAIRED_EACH]
        paired |= {elder["公民身份号码"] for elder in near}
        rows.append(
            {
                "姓名": person.name,
                "性别": "女" if person.female else "男",
                "联系电话": rows[-1]["联系电话"] if last else person.phone,
                "乡镇/街道": place.township,
                "村/社区": place.village,
                "身份": drawn.chance.choice(("党员", "邻里", "社工")),
                "可探访户数": "2" if last else str(capacity),
                "结对老人(姓名+身份证后四位)": "、".join(e["姓名"] + e["公民身份号码"][-4:] for e in near),
            }
        )
    return rows


def _born(elder: dict[str, str]) -> str:
    return elder["公民身份号码"][6:14]


ASSESSORS = 5  # the least a body has (民政部答问，2025-07-23)


def _staff(drawn: SampleCounty, townships: Sequence[str]) -> list[dict[str, str]]:
    """Every rung of every territory used, with deputies; the first grid worker holds the next village's post too."""
    county = {role: drawn.person() for role in ("县级专干", "县级审批", "审计", "管理员")}
    officers = {name: drawn.person() for name in townships}
    rows: list[dict[str, str]] = []
    grid_worker = drawn.person()
    for n, place in enumerate(drawn.places):
        grid_worker = grid_worker if n == 1 else drawn.person()
        assistant = drawn.person()
        rows.append(_post(grid_worker, "网格员", assistant, place.township, place.village))
        rows.append(_post(assistant, "村级助理", officers[place.township], place.township, place.village))
    for n, name in enumerate(townships):
        deputy = officers[townships[(n + 1) % len(townships)]] if len(townships) > 1 else county["县级审批"]
        rows.append(_post(officers[name], "乡镇专干", deputy, name))
    rows.extend(_post(person, role, county["县级审批"]) for role, person in county.items() if role == "县级专干")
    rows.extend(_post(person, role, None) for role, person in county.items() if role != "县级专干")
    rows.extend(_post(drawn.person(), "评估员", None) for _ in range(ASSESSORS))
    return rows


def _post(holder: Person, role: str, deputy: Person | None, township: str = "", village: str = "") -> dict[str, str]:
    stands_in = deputy.name + deputy.phone[-4:] if deputy else ""
    where = {"乡镇/街道": township, "村/社区": village}
    return {"姓名": holder.name, "岗位": role, **where, "联系电话": holder.phone, "代理人": stands_in}


def _write(path: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
