"""The numbers as a table for the screen, and as `docs/performance.md`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.measure import BARE_EVENTS, KINDS, NAIVE_EVENTS, Measured
from bench.processes import machine
from bench.record import RecordPath

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
NAMES = {"case": "our case", "texts": "its texts", "bare": "bare month", "naive": "naive month"}
BUSY = 0.10


def rows(measured: Measured) -> list[tuple[str, ...]]:
    weights = [measured.histories[kind] for kind in KINDS]
    head = ("", *(NAMES[kind] for kind in KINDS))
    return [
        head,
        ("elder-months/s", *(f"{measured.rate(kind):.1f}" for kind in KINDS)),
        ("lowest and highest round", *(f"{min(measured.rates(k)):.1f}–{max(measured.rates(k)):.1f}" for k in KINDS)),
        ("history events", *(f"{one.events:.1f}" for one in weights)),
        ("workflow tasks", *(f"{one.tasks:.1f}" for one in weights)),
        ("history bytes", *(f"{one.size:.0f}" for one in weights)),
        ("store bytes", f"{measured.store_bytes:.0f}, with its texts", "", "–", "–"),
        ("worker CPU ms", *(f"{measured.cpu_ms(kind, 'worker'):.1f}" for kind in KINDS)),
        ("server CPU ms", *(f"{measured.cpu_ms(kind, 'server'):.1f}" for kind in KINDS)),
        ("driver CPU ms", *(f"{measured.cpu_ms(kind, 'driver'):.1f}" for kind in KINDS)),
    ]


def ratios(measured: Measured) -> list[tuple[str, float, float | None]]:
    """Each with what is wanted of it, if anything is."""
    case, whole, bare, naive = measured.rate("case"), measured.whole_rate, measured.rate("bare"), measured.rate("naive")
    return [
        ("our case / bare month", case / bare, 0.7),
        ("our case / naive month", case / naive, 1.3),
        ("our case with all its texts / bare month", whole / bare, None),
        ("our case with all its texts / naive month", whole / naive, None),
    ]


def _verdict(value: float, wanted: float | None) -> tuple[str, str]:
    if wanted is None:
        return "", ""
    return f"≥ {wanted}", "held" if value >= wanted else "NOT held"


def plain(measured: Measured, record: RecordPath) -> str:
    table = rows(measured)
    widths = [max(len(row[n]) for row in table) for n in range(len(table[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    judged = [(name, value, *_verdict(value, wanted)) for name, value, wanted in ratios(measured)]
    lines += ["", *(f"{name}: {value:.2f} {' '.join(words)}".rstrip() for name, value, *words in judged)]
    lines += [_record_line(record), _locked(measured), _busy(measured)]
    return "\n".join(lines)


def _record_line(record: RecordPath) -> str:
    return (
        f"record path alone: {record.events / record.seconds:.0f} events/s, "
        f"{record.commits / record.seconds:.0f} commits/s ({record.events} events, one thread, synchronous=FULL)"
    )


def _locked(measured: Measured) -> str:
    return f"posts that found the store locked for longer than its busy time-out: {measured.store_locked}"


def _busy(measured: Measured) -> str:
    share = measured.other_share
    word = "the machine was busy with other work" if share > BUSY else "the machine was otherwise quiet"
    return f"{word}: others used {share:.0%} of its CPU; load before the run {measured.load_before:.1f}"


def page(measured: Measured, record: RecordPath) -> str:
    plan = measured.plan
    sizes = [f"| {name} | {value} |" for name, value in machine().items()]
    verdicts = [
        f"| {name} | {value:.2f} | {' | '.join(_verdict(value, wanted))} |" for name, value, wanted in ratios(measured)
    ]
    return "\n".join(
        [
            "# What an elder-month costs",
            "",
            f"Written by `make bench` on {measured.began_at:%Y-%m-%d %H:%M} UTC; run it again and this page is new.",
            "",
            "## Machine",
            "",
            "| | |",
            "|---|---|",
            *sizes,
            "",
            f"{_busy(measured)[0].upper()}{_busy(measured)[1:]}. Server, worker and driver share the cores.",
            "",
            "## Numbers, per elder-month",
            "",
            *_markdown(rows(measured)),
            "",
            "| ratio of rates | measured | wanted | |",
            "|---|---|---|---|",
            *verdicts,
            "",
            f"{_record_line(record)[0].upper()}{_record_line(record)[1:]}.",
            f"{_locked(measured)[0].upper()}{_locked(measured)[1:]}.",
            "",
            "## Method",
            "",
            f"One embedded server (WAL, synchronous=NORMAL), one worker process, {plan.elders} elders of each kind,",
            f"{plan.rounds} rounds of {plan.every.total_seconds():.0f} s after one that is not counted. In each round",
            "our cases, their texts, the bare months and the naive months run one after the other, all in the same",
            "worker, queue and codec. All elders of a kind are due at once and are answered as soon as they ask, so a",
            "round is work, not waiting; its clock runs from the first being due until the last is finished.",
            "",
            f"* **Bare month**: one signal, continue-as-new, no side effect: {BARE_EVENTS} events, asserted.",
            "* **Naive month**: three activities that do nothing, a wait for a signal with its time-out, the month's",
            f"  timer, continue-as-new: {NAIVE_EVENTS} events, asserted. Nothing is stored, which flatters it.",
            "* **Our case**, in two stretches, between which its texts go out. The period opens: pack rules, a visitor",
            "  chosen and reserved, the visit recorded, the task letter written. The reply comes in: stored as the",
            "  webhook stores it, read, made a letter, delivered as an update; the report recorded, the confirmation",
            "  letter written, the inbound letter settled. The store is SQLite with synchronous=FULL; every fact,",
            f"  projection and letter is committed. One volunteer visits {plan.elders_each} elders and answers",
            "  for each in a text of its own.",
            "* **Its texts**: task texts, then confirmations, gathered, sent through the sandbox and received, each a",
            "  workflow of its own, shared among the elders it names, with the provider's receipt. In a county they go",
            "  at their slot, hours away from the case's own work, so they are timed apart; the last two ratios have",
            "  both in one clock. Two settings differ from the demo's pack: visits open without spread, and a",
            "  confirmation waits 0.3 s for its neighbours instead of 2 s.",
            "* Dispatch looks for what another process wrote every quarter of a second: inside the clock of our case.",
            "* The driver plays phones, webhook and provider. Its CPU is shown, and competes for the same cores.",
            "* CPU is user plus system time of `/proc/PID/stat` over the round. Events, tasks and bytes are counted",
            "  from the histories; store bytes are the growth of the file.",
            "* Record path: the run's whole ledger recorded once more in an empty store, message by message.",
            "",
        ]
    )


def _markdown(table: Sequence[tuple[str, ...]]) -> list[str]:
    head, *body = (f"| {' | '.join(row)} |" for row in table)
    return [head, f"|{'---|' * len(table[0])}", *body]
