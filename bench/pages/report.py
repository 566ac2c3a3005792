"""The numbers as a table for the screen, and as `docs/performance-pages.md`, whose end is written by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.pages.load import CONCURRENCY, Measured
from bench.processes import HOUSE, machine

PAGE = HOUSE / "docs" / "performance-pages.md"
FOUND = "<!-- from here on by hand -->"
WANTED = 150  # ms, the p95 of every page on PostgreSQL
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def rows(measured: Measured) -> list[dict[str, Any]]:
    """As it is kept beside the store, so that one dialect can be measured without the other."""
    return [
        {
            "page": page.name, "who": page.who, "statements": told.number, "sql_ms": round(told.sql_ms, 1),
            "cpu_ms": round(answers[CONCURRENCY[0]].cpu_ms, 1), "first_ms": round(answers[CONCURRENCY[0]].first_ms),
            "bad": sum(one.bad for one in answers.values()),
            "at": {
                many: {"p50": round(one.p50_ms, 1), "p95": round(one.p95_ms, 1), "rate": round(one.rate, 1)}
                for many, one in answers.items()
            },
        }
        for page, answers, told in measured.pages
    ]  # fmt: skip


def kept(measured: Measured) -> str:
    said = {
        "began_at": measured.began_at.isoformat(), "plan": measured.made["plan"], "rows": measured.made["rows"],
        "size": measured.size, "load": measured.load, "pages": rows(measured),
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False, indent=1)


def table(pages: Sequence[dict[str, Any]]) -> list[list[str]]:
    head = ["page", "as", "statements", "SQL ms", "CPU ms", "first"]
    for many in CONCURRENCY:
        head += [f"p50 ×{many}", f"p95 ×{many}", f"/s ×{many}"]
    lines = [head]
    for page in pages:
        line = [page["page"], page["who"], str(page["statements"]), f"{page['sql_ms']:.1f}", f"{page['cpu_ms']:.1f}"]
        line.append(f"{page['first_ms']:.0f}")
        for at in page["at"].values():
            line += [f"{at['p50']:.0f}", f"{at['p95']:.0f}", f"{at['rate']:.0f}"]
        lines.append(line)
    return lines


def verdict(pages: Sequence[dict[str, Any]]) -> str:
    """How many of them hold what is wanted, at each concurrency; the slowest by name."""
    said: list[str] = []
    for n, many in enumerate(CONCURRENCY):
        p95 = {f"{page['page']} ({page['who']})": list(page["at"].values())[n]["p95"] for page in pages}
        over = {name: value for name, value in p95.items() if value >= WANTED}
        told = "; ".join(f"{name} {value:.0f} ms" for name, value in sorted(over.items(), key=lambda one: -one[1]))
        said.append(
            f"p95 under {WANTED} ms with {many} at once: {len(p95) - len(over)} of {len(p95)} pages. {told}".strip()
        )
    bad = sum(page["bad"] for page in pages)
    return "\n".join([*said, *([f"{bad} requests were not answered by 200"] if bad else [])])


def plain(pages: Sequence[dict[str, Any]]) -> str:
    lines = table(pages)
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    told = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*told, "", verdict(pages)])


def write(folder: Path) -> None:
    """From whatever has been measured in the folder. The hand-written end of the page stays."""
    _, _, by_hand = PAGE.read_text(encoding="utf-8").partition(FOUND) if PAGE.exists() else ("", "", "\n")
    said = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*/measured.json"), reverse=True)
    ]
    names = [path.parent.name for path in sorted(folder.glob("*/measured.json"), reverse=True)]
    lines = [
        "# What the console's pages cost",
        "",
        "Down to its last table written by `python -m bench.pages measure`; what is below is written by hand.",
        "",
        "## Machine",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in machine().items()),
    ]
    for name, one in zip(names, said, strict=True):
        head, *body = (f"| {' | '.join(line)} |" for line in table(one["pages"]))
        plan = one["plan"]
        lines += [
            "",
            f"## {NAMES[name]}",
            "",
            f"{plan['elders']:,} elders in {plan['villages']} villages of {plan['townships']} townships, with a year",
            f"to {plan['until']} behind them: {one['rows']:,} rows, {one['size'] / 1e9:.1f} GB.",
            f"Measured on {datetime.fromisoformat(one['began_at']):%Y-%m-%d %H:%M} UTC.",
            f"Load of the machine just before: {one['load']:.1f}.",
            "`first`: the first time that a process answers it; the first search by name opens every name.",
            "",
            head,
            f"|{'---|' * len(table(one['pages'])[0])}",
            *body,
            "",
            *(f"* {line}" for line in verdict(one["pages"]).splitlines()),
        ]
    PAGE.write_text("\n".join([*lines, "", FOUND]) + by_hand.rstrip() + "\n", encoding="utf-8")
