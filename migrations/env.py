"""Runs the migrations on the connection `adapters.database.migrate` passes, or on TANFANG_DATABASE_URL."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import Connection

from adapters.database import open_engine, writing
from models.tables import METADATA


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with writing(open_engine(os.environ["TANFANG_DATABASE_URL"])) as opened:
        run(opened)
