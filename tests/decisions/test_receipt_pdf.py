"""A receipt as PDF, read back: every word of the data, the font in it, the pages counted, the same bytes again."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from pypdf import PdfReader

from adapters import receipt_pdf as pdf
from models.receipts import Receipt
from settings import Settings
from tests.decisions.assessment_player import AssessmentPlayer
from tests.decisions.receipt_town import NAMES, of_levels, receipts
from tests.decisions.test_receipts import FALLS, NOT_SHOWN, a_life, words_of
from tools.run_tests import ASKS_FOR_FONT, font_missing

FONTS = Settings().font_dir


def level() -> Receipt:
    play = AssessmentPlayer()
    play.confirmed(46, events=FALLS)
    (of,) = receipts(of_levels(play))
    return of


def close(text: str) -> str:
    """Without what a line's end or a change of script puts between."""
    return re.sub(r"\s", "", text)


def test_every_word_of_the_data_stands_in_it_and_no_name_or_number() -> None:
    for of in (level(), *receipts(a_life())):
        pages = PdfReader(io.BytesIO(pdf.receipt_pdf(of, FONTS))).pages
        text = close("".join(page.extract_text() for page in pages))
        words = words_of(of.model_dump(mode="json", exclude=NOT_SHOWN))
        assert [word for word in words if close(word) not in text] == []
        assert all(f"第{n}页，共{len(pages)}页" in text for n in range(1, len(pages) + 1))
        assert NAMES.elder not in text and "19200000001" not in text and "500236194606150011" not in text


def test_its_fonts_are_embedded_and_it_is_tagged_in_chinese() -> None:
    reader = PdfReader(io.BytesIO(pdf.receipt_pdf(level(), FONTS)))
    fonts = [font for page in reader.pages for font in fonts_of(page["/Resources"])]
    assert fonts and all(embedded(font) for font in fonts)
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/StructTreeRoot"] and str(root["/Lang"]).startswith("zh")
    assert reader.metadata is not None and reader.metadata.title == level().title


def fonts_of(resources: Any) -> list[Any]:
    return [font.get_object() for font in resources["/Font"].values()]


def embedded(font: Any) -> bool:
    held = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
    return any(name in held for name in ("/FontFile2", "/FontFile3"))


def test_the_same_receipt_is_the_same_bytes_at_whatever_moment_it_was_decided() -> None:
    of = level()
    later = of.model_copy(update={"decided_at": of.decided_at.replace(microsecond=123_456)})
    assert pdf.receipt_pdf(of, FONTS) == pdf.receipt_pdf(of, FONTS) == pdf.receipt_pdf(later, FONTS)


def test_what_stands_in_a_receipt_is_never_markup() -> None:
    hostile = '#panic("x") $x^2$ *星* `码` \\ #include "/etc/passwd" // 注'
    of = level().model_copy(update={"reason": hostile})
    text = close("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.receipt_pdf(of, FONTS))).pages))
    assert close(hostile) in text


def test_it_can_be_looked_at() -> None:
    pictures = pdf.receipt_pictures(level(), FONTS)
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_without_a_chinese_font_one_command_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "FAMILIES", ("No Such Font",))
    with pytest.raises(pdf.NoFont, match="sudo apt-get install -y fonts-wqy-zenhei"):
        pdf.receipt_pdf(level(), FONTS)
    assert font_missing(f"from adapters import receipt_pdf as r; r.FAMILIES = ()\n{ASKS_FOR_FONT}") == pdf.INSTALL
