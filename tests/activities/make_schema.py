"""Writes `schema.sql` anew: `.venv/bin/python -m tests.activities.make_schema`, after a change of the schema was meant.

The page is SQLite's, of the migrated store: every table, index and trigger, by kind and name.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from sqlalchemy import text

from adapters.database import migrate, open_engine, reading

PAGE = Path(__file__).with_name("schema.sql")
QUERY = """
SELECT sql FROM sqlite_master
WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name != 'alembic_version'
ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, name
"""


def schema(folder: Path) -> str:
    """What the migrations make of an empty store, as statements; blanks at the ends of lines are the dialect's."""
    url = f"sqlite:///{folder / 'store.sqlite'}"
    migrate(url)
    engine = open_engine(url)
    with reading(engine) as connection:
        statements = list(connection.execute(text(QUERY)).scalars())
    engine.dispose()
    lines = "\n\n".join(f"{statement.strip()};" for statement in statements).expandtabs(4).splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tanfang-schema-") as folder:
        PAGE.write_text(schema(Path(folder)))


if __name__ == "__main__":
    main()
