"""A receipt as PDF: A4, tagged (PDF/UA-1), its font embedded as far as it is used. The same receipt, the same bytes.

Set by Typst (`receipt.typ`). What stands in a receipt reaches it as JSON, never as markup, so no word of it is obeyed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import typst

from models.receipts import NoFont, Receipt

TEMPLATE = Path(__file__).with_name("receipt.typ")
FAMILIES = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Zen Hei")
"""Fonts that have the characters of a receipt, in the order they are taken."""

INSTALL = "sudo apt-get install -y fonts-wqy-zenhei"
NO_FONT = f"这台机器没有中文字体，不能做 PDF。安装一种：\n\n    {INSTALL}\n\n或者用 TANFANG_FONT_DIR 指明放字体的文件夹"


def receipt_pdf(receipt: Receipt, font_dir: Path | None = None) -> bytes:
    """`font_dir`: where fonts lie beside those the system knows. Raises NoFont."""
    (pdf,) = _set(receipt, font_dir, "pdf")
    return pdf


def receipt_pictures(receipt: Receipt, font_dir: Path | None = None) -> list[bytes]:
    """The same pages as PNG, to look at."""
    return _set(receipt, font_dir, "png")


def family(font_dir: Path | None = None) -> str:
    """The font that is taken. Raises NoFont."""
    return _family(_fonts(font_dir))


def _fonts(font_dir: Path | None) -> typst.Fonts:
    return typst.Fonts(include_embedded_fonts=False, font_paths=[str(font_dir)] if font_dir else [])


def _family(fonts: typst.Fonts) -> str:
    held = fonts.families()
    for name in FAMILIES:
        if name in held:
            return name
    raise NoFont(NO_FONT)


def _set(receipt: Receipt, font_dir: Path | None, form: Literal["pdf", "png"]) -> list[bytes]:
    fonts = _fonts(font_dir)
    compiler = typst.Compiler(
        TEMPLATE, root=TEMPLATE.parent, font_paths=fonts,
        sys_inputs={"receipt": json.dumps(receipt.model_dump(mode="json")), "font": _family(fonts)},
    )  # fmt: skip
    standards: list[typst.PDFStandard] = ["ua-1"] if form == "pdf" else []
    decided_at = receipt.decided_at.replace(microsecond=0)  # typst takes none
    made = compiler.compile(format=form, pdf_standards=standards, timestamp=decided_at)
    if made is None:
        raise RuntimeError("typst wrote to no file and gave nothing back")
    return made if isinstance(made, list) else [made]
