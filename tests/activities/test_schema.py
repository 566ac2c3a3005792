"""A change of the schema is seen in review: the page `schema.sql` beside this file is what the migrations make.

That tables and columns are those of the models is `test_migrations`; here are indexes and triggers, which a comparison
of columns does not see.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from adapters.database import open_engine, reading, writing
from models.tables import APPEND_ONLY, METADATA
from tests.activities.make_schema import PAGE, schema

TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}
GUARDED = {"sqlite": ("update", "delete"), "postgresql": ("row", "statement")}


def test_the_migrations_make_what_the_page_says(tmp_path: Path) -> None:
    assert schema(tmp_path).splitlines() == PAGE.read_text().splitlines(), (
        "another schema: if that is meant, run `.venv/bin/python -m tests.activities.make_schema` and commit the page"
    )


def test_the_page_sees_an_index_go(tmp_path: Path) -> None:
    folder = tmp_path / "again"
    folder.mkdir()
    before = schema(folder)
    opened = open_engine(f"sqlite:///{folder / 'store.sqlite'}")
    with writing(opened) as connection:
        connection.execute(text("DROP INDEX ix_letter_due"))
    opened.dispose()
    assert schema(folder) != before


def test_every_index_of_the_models_is_there_and_no_other(engine: Engine) -> None:
    meant = {
        (table.name, str(index.name), tuple(column.name for column in index.columns), bool(index.unique))
        for table in METADATA.tables.values()
        for index in table.indexes
        if index.info.get("only") in (None, engine.dialect.name)
    }
    with reading(engine) as connection:
        assert indexes(connection) == meant
    assert len(meant) > 40


def indexes(connection: Connection) -> set[tuple[str, str, tuple[str | None, ...], bool]]:
    """Those made by name; what stands for a UNIQUE constraint is compared as a constraint."""
    look = inspect(connection)
    return {
        (table, str(index["name"]), tuple(index["column_names"]), bool(index["unique"]))
        for table in look.get_table_names()
        for index in look.get_indexes(table)
        if "duplicates_constraint" not in index
    }


def test_every_append_only_table_has_its_triggers_and_no_other_has_one(engine: Engine) -> None:
    dialect = engine.dialect.name
    with reading(engine) as connection:
        found = sorted(connection.execute(text(TRIGGERS[dialect])).scalars())
    assert found == sorted(f"{table}_{what}" for table in APPEND_ONLY for what in GUARDED[dialect])
