"""Backup and restore of the store while it is in use, as the run-book says; what comes back goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from adapters.database import migrate, writing
from models.tables import LetterRow, StreamState, VisitRow
from tests.activities.ledgers import ENROLLED, Store, begun, refused
from tests.databases import Databases


def test_what_is_restored_is_what_stood_and_goes_on(url: str, databases: Databases, tmp_path: Path) -> None:
    store = Store(url, tmp_path)
    writer = begun(store)
    with writing(store.engine) as connection:  # in use: a transaction that is not committed is in no backup
        connection.execute(text("UPDATE letter SET why = 'half'"))
        databases.backup(url, tmp_path / "backup")
    stood = {model: store.rows(model) for model in (VisitRow, LetterRow, StreamState)}
    facts = store.rows()
    later = writer.request("m-1", refused("m-1"), ENROLLED)
    assert store.record(later).status == "appended"

    back = Store(databases.restored(tmp_path / "backup", tmp_path), tmp_path)
    assert back.rows() == facts
    assert [row.why for row in back.rows(LetterRow)] == [None]
    assert {model: back.rows(model) for model in (VisitRow, StreamState)} == {
        model: stood[model] for model in (VisitRow, StreamState)
    }
    migrate(str(back.engine.url.render_as_string(hide_password=False)))  # its schema is the one it was
    with pytest.raises(DBAPIError, match="append-only"):
        back.write(text("DELETE FROM ledger"))
    assert back.record(later).status == "appended"
    assert [row.hash for row in back.rows()] == [row.hash for row in store.rows()]
    for one in (store, back):
        one.engine.dispose()


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")
def test_vacuum_into_is_a_backup_too_and_the_file_alone_is_none(url: str, tmp_path: Path) -> None:
    store = Store(url, tmp_path)
    begun(store)
    file, whole, alone = (tmp_path / name for name in ("store.sqlite", "whole.sqlite", "alone.sqlite"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("VACUUM INTO ?", (str(whole),))
    alone.write_bytes(file.read_bytes())  # what was committed stands in `store.sqlite-wal`
    back, less = Store(f"sqlite:///{whole}", tmp_path), Store(f"sqlite:///{alone}", tmp_path)
    assert back.rows() == store.rows()
    assert less.rows() == []
    for one in (store, back, less):
        one.engine.dispose()
