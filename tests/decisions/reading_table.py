"""The labelled replies in four numbers: `.venv/bin/python -m tests.decisions.reading_table`."""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path

from decisions.reading import read
from tests.decisions.sms_contexts import CONTEXTS, summary

REPLIES = Path(__file__).with_name("replies.csv")
DONE = re.compile(r"(\d+) (?:well|needs_help|reached_by_phone)")


def table() -> dict[str, int]:
    """`asked_back` are right ones too. `wrong_done`: a visit read as done that the label does not call done."""
    found = {"replies": 0, "right": 0, "asked_back": 0, "wrong": 0, "wrong_done": 0}
    with REPLIES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            said = summary(read(row["text"], CONTEXTS[row["context"]]))
            found["replies"] += 1
            found["right" if said == row["expected"] else "wrong"] += 1
            found["asked_back"] += said == row["expected"] and "ask " in said
            found["wrong_done"] += bool(set(DONE.findall(said)) - set(DONE.findall(row["expected"])))
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(table()) + "\n")
