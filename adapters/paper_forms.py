"""A village's paper forms of a month, typed into one sheet: each row a visit; what cannot be taken comes back.

Columns: `COLUMNS`. 探访人 is a name, a name and the phone's last four where two share it, or an id; a row without one
was visited by whoever hands the sheet in, or by whom they name. The refused rows come back as .xlsx with 行号, 列, 原因
and the original beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from adapters.roster_guard import NotARoster
from adapters.roster_refused import workbook
from adapters.roster_sheets import lines_of
from models.values import Checks, Finding, Method, Need, VisitResult

COLUMNS = (
    "姓名", "身份证后四位", "探访日期", "方式", "结果", "探访人",
    "健康", "经济", "家庭", "安全", "服务", "需求", "备注",
)  # fmt: skip
REQUIRED = COLUMNS[:5]
METHODS = {"上门": Method.HOME, "电话": Method.PHONE, "视频": Method.VIDEO, "小组": Method.GROUP}
RESULTS = {"平安": VisitResult.WELL, "没见到": VisitResult.NOT_SEEN, "要帮忙": VisitResult.NEEDS_HELP}
CHECKS = {"健康": "health", "经济": "economy", "家庭": "family", "安全": "safety", "服务": "services"}
FINDINGS = {"": Finding.NOT_ASKED, "好": Finding.FINE, "有问题": Finding.CONCERN}
NEEDS = {
    "": None, "生活照料": Need.DAILY_CARE, "康复护理": Need.REHABILITATION, "精神慰藉": Need.COMPANY,
    "适老化改造": Need.HOME_ADAPTATION, "能力评估": Need.ASSESSMENT,
}  # fmt: skip


class Form(NamedTuple):
    """One row that can be handed in. `visited_on` is a civil day; `visitor` None: the sheet does not say."""

    line: int
    name: str
    last_four: str
    visited_on: date
    method: Method
    result: VisitResult
    visitor: str | None
    checks: Checks
    need: Need | None
    remark: str
    original: tuple[str, ...]


class RefusedForm(NamedTuple):
    line: int
    column: str
    reason: str
    original: tuple[str, ...]


def read_forms(content: bytes) -> tuple[list[Form], list[RefusedForm]]:
    """Rows in file order. Raises NotARoster when the sheet has not the columns."""
    lines = lines_of(content)
    nothing: list[str] = []
    heading = [name.strip() for name in next(lines, nothing)]
    missing = [name for name in REQUIRED if name not in heading]
    if missing:
        raise NotARoster(f"缺少列：{'、'.join(missing)}")
    forms: list[Form] = []
    refused: list[RefusedForm] = []
    for number, values in enumerate(lines, 2):
        if not any(value.strip() for value in values):
            continue
        given = dict(zip(heading, (value.strip() for value in values), strict=False))
        row = {name: given.get(name, "") for name in COLUMNS}
        problem = _problem(row)
        if problem is not None:
            refused.append(RefusedForm(number, *problem, tuple(row.values())))
        else:
            forms.append(_form(number, row))
    return forms, refused


def _problem(row: dict[str, str]) -> tuple[str, str] | None:
    """The first column that cannot be taken, and why."""
    for name in REQUIRED:
        if not row[name]:
            return name, "没有填写"
    if len(row["身份证后四位"]) != 4:
        return "身份证后四位", "须是四位"
    try:
        date.fromisoformat(row["探访日期"][:10])
    except ValueError:
        return "探访日期", "不是日期，应写成 2026-12-18"
    known = {"方式": METHODS, "结果": RESULTS, "需求": NEEDS} | dict.fromkeys(CHECKS, FINDINGS)
    for name, words in known.items():
        if row[name] not in words:
            return name, f"只能填：{'、'.join(word for word in words if word)}"
    return None


def _form(line: int, row: dict[str, str]) -> Form:
    checks = Checks.model_validate({field: FINDINGS[row[name]] for name, field in CHECKS.items()})
    return Form(
        line=line, name=row["姓名"], last_four=row["身份证后四位"].upper(),
        visited_on=date.fromisoformat(row["探访日期"][:10]), method=METHODS[row["方式"]], result=RESULTS[row["结果"]],
        visitor=row["探访人"] or None, checks=checks, need=NEEDS[row["需求"]], remark=row["备注"],
        original=tuple(row.values()),
    )  # fmt: skip


def back(refused: Iterable[RefusedForm]) -> bytes:
    """The refused rows as an .xlsx, each with its original beside it."""
    rows: list[Sequence[str]] = [("行号", "列", "原因", *COLUMNS)]
    rows += [(str(row.line), row.column, row.reason, *row.original) for row in refused]
    return workbook("退回", rows)
