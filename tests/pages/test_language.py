"""Every sentence of the console is marked for the catalogs, and the English one has them all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file

from decisions import (
    assessment_words,
    benefit_wording,
    closed_words,
    figure_words,
    logged_words,
    policy_diff_told,
    register_words,
    typed_sheet,
    words,
)
from models.accounts import WHY_WORDS
from models.errors import REFUSAL_WORDS, UNFIT_WORDS
from models.facts import FACTS, HELD_ELSEWHERE
from models.policy import Category
from projections import figures_rate
from web.language import LOCALE, catalog

WEB = LOCALE.parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SOURCES = sorted(WEB.rglob("*.py"))
CHINESE = re.compile(r"[㐀-鿿]")
SAID_IN_BOTH = {
    "web/language.py": {"中文"},
    "web/pages.py": {"年", "月", "日", "分钟", "小时", "天", "还剩 ", "已过 ", " "},
}
"""What is Chinese only in Chinese: the name of the language, and dates, which `web/pages.py` says in both itself."""
CATEGORIES = {one: one.value for one in Category}
LISTS = (
    REFUSAL_WORDS, UNFIT_WORDS, WHY_WORDS, words.WORDS, words.CHANNELS, words.ITEMS, words.LIST_STATES,
    words.OTHER_WORK, words.STEPS, CATEGORIES, closed_words.ROLES, closed_words.LEVELS,
    closed_words.ASSESSED_BECAUSE, assessment_words.PLACES, assessment_words.RELATIONS, assessment_words.CONSENTS,
    assessment_words.HOW, assessment_words.STAGES, typed_sheet.SAID,
    closed_words.LIVING, closed_words.SEXES, words.STATUSES, words.CADENCES,
    words.VISIT_KINDS, words.LADDER_STATES, benefit_wording.SOURCES, HELD_ELSEWHERE,
    {code: fact.name for code, fact in FACTS.items()},
    {option: option for fact in FACTS.values() for option in fact.options},
    closed_words.CLAIM_STAGES, closed_words.CLAIM_DECISIONS, closed_words.LINE_KINDS, closed_words.SERVICE_PLACES,
    closed_words.CLAIMED_BECAUSE, closed_words.TOLD_HOW, closed_words.END_CAUSES,
    register_words.LISTS, register_words.KINDS, register_words.REASONS, register_words.FACTS,
    register_words.PARTS, register_words.AGREED, closed_words.ACCOUNT_STATES, logged_words.LOGGED,
    policy_diff_told.KINDS, policy_diff_told.GIVEN,
    {said: said for said in figures_rate.SENTENCES},
    {said: said for one in figure_words.FIGURES.values() for said in (one.title, one.how, one.empty, *one.columns)},
    figure_words.TEXT_STATES, figure_words.REPLIES, figure_words.URGENT_LEVELS, figure_words.OTHERS,
    figure_words.COMPUTED, figure_words.COMPUTED_OURS, figure_words.THEN,
)  # fmt: skip


def marked() -> set[str]:
    found: set[str] = set()
    for path in TEMPLATES:
        said = extract_from_file("jinja2.ext.babel_extract", path, keywords=KEYWORDS)
        found |= {str(message) for _, message, _, _ in said}
    for path in SOURCES:
        found |= {str(message) for _, message, _, _ in extract_from_file("python", path, keywords=KEYWORDS)}
    return found


KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None}


def shown() -> set[str]:
    return marked() | {said for held in LISTS for said in held.values()}


def test_english_is_complete() -> None:
    lacking = sorted(sentence for sentence in shown() if CHINESE.search(sentence) and sentence not in catalog("en"))
    assert not lacking, "\n".join(lacking)


def test_the_catalog_holds_nothing_that_nobody_says() -> None:
    idle = sorted(set(catalog("en")) - shown())
    assert not idle, "\n".join(idle)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_sentence_in_a_template_is_left_out(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    text = re.sub(r"\b_\((\"[^\"]*\"|'[^']*')", "", text)
    assert [line.strip() for line in text.splitlines() if CHINESE.search(line)] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_no_sentence_in_python_is_left_out(path: Path) -> None:
    allowed = SAID_IN_BOTH.get(path.relative_to(WEB.parent).as_posix(), set())
    assert [text for text in unmarked(ast.parse(path.read_text())) if text not in allowed] == []


def unmarked(tree: ast.AST) -> Iterator[str]:
    """Chinese literals outside `_( )` and outside docstrings."""
    inside = {
        id(part)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_"
        for part in ast.walk(call)
    }
    said = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for one in ast.walk(tree):
        if id(one) in inside | said or not isinstance(one, ast.Constant):
            continue
        if isinstance(one.value, str) and CHINESE.search(one.value):
            yield one.value
