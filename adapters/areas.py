"""The townships of a county, from `data/areas/<county>_townships.csv` (provenance: data/README.md)."""

from __future__ import annotations

import csv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "data" / "areas"


def townships_of(county: str, folder: Path = FOLDER) -> tuple[str, ...]:
    """The names in the document's order. Raises FileNotFoundError for a county without a list."""
    with (folder / f"{county}_townships.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row["乡镇（街道）"] for row in csv.DictReader(file) if row["row_type"] == "township")
