"""Shows that the ledger tells on whoever touches it: one byte of a copy is changed, and `verify` names the event."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from adapters import database
from adapters.sealing import Sealer
from audit.replay import Witness
from audit.store import Store
from audit.verify import Finding, verify


@contextmanager
def copied(store_file: Path) -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="tanfang-copy-") as folder:
        copy = Path(folder) / "store.sqlite"
        with closing(sqlite3.connect(store_file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        yield copy


def change_one_byte(
    copy: Path, sealer: Sealer, witnesses: Sequence[Witness], at: datetime
) -> tuple[str, list[Finding]]:
    """Change one byte of one row in the middle, verify the copy. Answers the row and what was found."""
    with closing(sqlite3.connect(copy)) as touched:
        row = _touch(touched)
    engine = database.open_engine(f"sqlite:///{copy}")
    try:
        report = verify(Store(engine, sealer), witnesses, as_of=at)
    finally:
        engine.dispose()
    return row, [finding for finding in report.findings if finding.stream == row.rpartition("#")[0]]


def _touch(copy: sqlite3.Connection) -> str:
    """The copy's guard is taken down first: in the store itself a trigger refuses any change."""
    triggers = copy.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger'").fetchall()
    for (name,) in triggers:
        copy.execute(f'DROP TRIGGER "{name}"')
    middle = "SELECT stream, seq, body_enc FROM ledger WHERE kind = 'VisitReported' ORDER BY stream, seq LIMIT 1"
    stream, seq, body = copy.execute(middle).fetchone()
    changed = bytes([*body[:-1], body[-1] ^ 1])
    copy.execute("UPDATE ledger SET body_enc = ? WHERE stream = ? AND seq = ?", (changed, stream, seq))
    copy.commit()
    return f"{stream}#{seq}"
