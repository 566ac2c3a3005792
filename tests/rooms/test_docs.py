"""What the documents name is there: functions, commands, links, a page per fault. A page that names nothing fails."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

from models.errors import FAULTS

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.zh-CN.md")
PAGES = sorted(str(path.relative_to(ROOT)) for path in (*(ROOT / name for name in READMES), *ROOT.glob("docs/**/*.md")))

NAMED = re.compile(r"`([\w/.-]+\.py)::([A-Za-z_][\w.]*)`")
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#{1,6}) +(.+)$", re.MULTILINE)
MADE = re.compile(r"^make ([a-z]+)", re.MULTILINE)
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)


def test_the_flow_names_functions() -> None:
    files = {path for path, _ in named("docs/flow.md")}
    rooms = {path.split("/")[0] for path in files}
    assert len(named("docs/flow.md")) >= 40
    assert rooms >= {"web", "post", "decisions", "workflows", "activities", "adapters", "projections"}


@pytest.mark.parametrize(("path", "name"), sorted(set(re.findall(NAMED, (ROOT / "docs/flow.md").read_text()))))
def test_each_function_of_the_flow_exists(path: str, name: str) -> None:
    assert (ROOT / path).is_file(), path
    assert name in functions(path), f"{path} has no function {name}"


@pytest.mark.parametrize("page", PAGES)
def test_whatever_else_a_page_names_exists(page: str) -> None:
    missing = [
        f"{path}::{name}" for path, name in named(page) if not (ROOT / path).is_file() or name not in anything(path)
    ]
    assert missing == []


def test_the_glossary_says_where() -> None:
    assert len(named("docs/glossary.md")) >= 20


@pytest.mark.parametrize("readme", READMES)
def test_the_two_commands_are_targets(readme: str) -> None:
    fences = "\n".join(FENCE.findall((ROOT / readme).read_text()))
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))
    told = set(MADE.findall(fences))
    assert told >= {"demo", "test"}
    assert told <= targets


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_resolves(page: str) -> None:
    here = ROOT / page
    broken: list[str] = []
    for link in links(here):
        path, _, anchor = link.partition("#")
        target = (here.parent / path).resolve() if path else here
        there = target.exists() and target.is_relative_to(ROOT)
        if not there or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("readme", READMES)
def test_a_readme_has_links_to_follow(readme: str) -> None:
    assert len(links(ROOT / readme)) >= 5


def test_both_readmes_have_the_same_shape() -> None:
    english, chinese = ([len(level) for level, _ in headings(ROOT / name)] for name in READMES)
    assert english == chinese
    assert len(english) > 5


def test_the_run_book_has_a_page_for_each_fault() -> None:
    pages = [title for level, title in headings(ROOT / "docs/runbook.md") if level == "##"]
    missing = [fault.name for fault in FAULTS if sum(title.startswith(fault.name) for title in pages) != 1]
    assert missing == []
    assert FAULTS


def named(page: str) -> list[tuple[str, str]]:
    return NAMED.findall((ROOT / page).read_text())


def headings(page: Path) -> list[tuple[str, str]]:
    return HEADING.findall(FENCE.sub("", page.read_text()))


def links(page: Path) -> list[str]:
    found: list[str] = LINK.findall(FENCE.sub("", page.read_text()))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """As GitHub makes them: lower case, punctuation gone, spaces to hyphens."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for _, title in headings(page)}


def functions(path: str) -> set[str]:
    return {name for name, is_function in defined(path) if is_function}


def anything(path: str) -> set[str]:
    return {name for name, _ in defined(path)}


@functools.cache
def defined(path: str) -> frozenset[tuple[str, bool]]:
    """Every name a file defines, dotted from the top of the file, and whether it is a function."""
    found: set[tuple[str, bool]] = set()

    def walk(node: ast.AST, within: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add((within + child.name, not isinstance(child, ast.ClassDef)))
                walk(child, f"{within}{child.name}.")
            elif isinstance(child, ast.Assign | ast.AnnAssign):
                targets = child.targets if isinstance(child, ast.Assign) else [child.target]
                found.update((within + target.id, False) for target in targets if isinstance(target, ast.Name))

    walk(ast.parse((ROOT / path).read_text(), path), "")
    return frozenset(found)
