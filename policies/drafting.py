"""A sixth county: a pack full of questions to begin with, and what a person still has to do before it can be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from policies import assessing, benefit_terms, paying
from policies.pack import COUNTY, FOLDER, Pack
from policies.schema import SILENT, sourced, unsaid

BLANK = FOLDER / "blank.toml"
CODE = "COUNTY"  # stands in the blank where the county's code is to stand

# What a pack may leave out and still be used, though the county's document most likely speaks of it.
LEFT_OUT = {
    "performers": "谁来探访（performers）", "service_types": "有哪些服务（service_types）",
    "kpis": "有哪些指标和期限（kpis）", "subsidies": "有哪些补贴（subsidies，原文没有金额就不写金额）",
    "benefits": "给老人的待遇发给谁、发多少（benefits，原文没有写就只写名称）",
    "duties": "谁在何时前要做什么（duties）", "contacts": "各级由哪个岗位承担（contacts）",
    "assessment": "能力评估结果作依据还是参考依据（assessment）",
}  # fmt: skip


def scaffold(county: str, folder: Path = FOLDER) -> Path:
    """Makes `<folder>/<county>` with the blank and an empty source.txt. Raises ValueError, and then makes nothing."""
    if not re.fullmatch(COUNTY, county):
        raise ValueError("县的代号只用小写字母、数字、- 和 _，如 kaizhou")
    made = folder / county
    if made.exists():
        raise ValueError(f"已有 {made}，没有改动")
    text = BLANK.read_text("utf-8").replace(CODE, county)
    made.mkdir(parents=True)
    (made / "policy.toml").write_text(text, "utf-8")
    (made / "source.txt").write_text("", "utf-8")
    return made


def still_to_do(pack: Pack) -> list[str]:
    """In Chinese, in the order in which it is best done. A pack that is in use has things to do, too."""
    return list(_steps(pack))


def _steps(pack: Pack) -> Iterator[str]:
    file = pack.file
    if not pack.source_text.strip():
        yield "把文件原文逐字存入 source.txt"
    if not file.document.title.strip():
        yield "在 [document] 写上文件标题；有文号、印发日期的也写上，并删去 [unknown] 里的对应行"
    if file.texts.sender is None or not file.texts.sender.value.strip():
        yield "在 [texts] 的 sender 写上短信签名"
    if not any(row.quote for row in file.groups):
        yield "按原文写出探访对象（groups），每项附 quote"
    missing = [
        words for field, words in LEFT_OUT.items() if not getattr(file, field) and SILENT + field not in file.unknown
    ]
    if missing:
        yield f"原文写到的，请补上：{'、'.join(missing)}；原文没有写的，在 [unknown] 里用 silent. 开头写明"
    filled_in = (*assessing.filled_in(pack), *benefit_terms.filled_in(pack), *paying.filled_in(pack))
    defaults = sum(value.default is not None for _, value in (*sourced(file), *filled_in))
    if defaults:
        yield f"有{defaults}个值文件未规定、用的是系统默认：请县里逐项确认，有文号的改写成 rule，并删去 unknown 的那行"
    without = len(list(unsaid(file)))
    if without:
        yield f"有{without}处还不知道（金额、标准、日期等），见 policy show 末尾；没有依据的不要填"
