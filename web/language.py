"""Chinese first, English beside it. A sentence is its own key; a catalog gives it in another language.

`_` marks a sentence in Python for the catalog and gives it back as it is; it is translated where it is shown, because
only there is it known who reads. Catalogs are the `.po` files of `locale/<language>/`, read once at start; several of a
language are one. `tests/pages/test_language.py` finds what a catalog lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent / "locale"
LANGUAGES: Mapping[str, str] = {"zh-CN": "中文", "en": "English"}
FIRST = "zh-CN"
COOKIE = "tanfang_language"
Say = Callable[[str], str]


def _(sentence: str) -> str:
    return sentence


@cache
def catalog(language: str) -> Mapping[str, str]:
    """Sentence → translation. Empty for the language that sentences are written in. Raises ValueError: said twice."""
    said: dict[str, str] = {}
    for file in sorted((LOCALE / language).glob("*.po")):
        with file.open("rb") as text:
            for message in read_po(text, locale=language):
                sentence, means = message.id, message.string
                if not (isinstance(sentence, str) and isinstance(means, str) and sentence and means):
                    continue
                if said.setdefault(sentence, means) != means:
                    raise ValueError(f"{file.name}: {sentence!r} is translated differently elsewhere")
    return said


def sayer(language: str) -> Say:
    """How a sentence is said in a language; as it is written, where the catalog lacks it."""
    if language == FIRST:
        return _
    held = catalog(language)
    return lambda sentence: held.get(sentence, sentence)


def chosen(cookie: str | None) -> str:
    return cookie if cookie is not None and cookie in LANGUAGES else FIRST
