"""The migrated schema is the one the models describe, on both databases, and the ledger cannot be rewritten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, Executable, MetaData, Table, delete, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from adapters.database import HOUSE, migrate, open_engine, patient, reading, writing
from models.tables import (
    APPEND_ONLY,
    METADATA,
    Area,
    CommandRow,
    Elder,
    LedgerRow,
    RegisterChange,
    SendAttempt,
    SendReceipt,
    SignInTry,
    Staff,
    table_of,
)

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
ROWS: dict[str, dict[str, Any]] = {
    str(LedgerRow.__tablename__): dict(
        stream="case/E1", seq=1, kind="CaseOpened", at=AT, key="k", prev="p", body_hash="b", hash="h", body_enc=b"x"
    ),
    str(SendAttempt.__tablename__): dict(digest_id="d", nth=1, step="intent", provider="sandbox", at=AT),
    str(SendReceipt.__tablename__): dict(provider_message_id="m", status="delivered", at=AT),
    str(RegisterChange.__tablename__): dict(subject_id="E1", field="phone", by="S1", at=AT),
    str(CommandRow.__tablename__): dict(
        id="c", staff_id="S1", role="admin", action="a", subject_id="E1", at=AT, accepted=True, answer="ok"
    ),
    str(SignInTry.__tablename__): dict(attempt="a", login_index="l", address_index="c", at=AT, outcome="tried"),
}


def checks(connection: Connection) -> dict[str, list[tuple[str | None, str]]]:
    look = inspect(connection)
    return {
        table: sorted((c["name"], " ".join(c["sqltext"].split())) for c in look.get_check_constraints(table))
        for table in look.get_table_names()
        if table != "alembic_version"
    }


def test_models_and_migrations_agree(engine: Engine) -> None:
    def is_here(of: Any, _name: str | None, kind: str, *_more: Any) -> bool:
        return kind != "index" or of.info.get("only") in (None, engine.dialect.name)

    with reading(engine) as connection:
        opts = {"compare_type": True, "include_object": is_here}
        found = compare_metadata(MigrationContext.configure(connection, opts=opts), METADATA)
    assert found == []


def test_the_check_constraints_agree_too(empty_url: str, url: str) -> None:
    made, created = open_engine(url), open_engine(empty_url)
    with writing(created) as connection:
        METADATA.create_all(connection)
    with reading(made) as migrated, reading(created) as modelled:
        assert checks(migrated) == checks(modelled)
        assert len([c for listed in checks(migrated).values() for c in listed]) >= 10
    made.dispose()
    created.dispose()


def test_migrating_again_changes_nothing_and_back_leaves_nothing(empty_url: str) -> None:
    migrate(empty_url)
    migrate(empty_url)
    engine = open_engine(empty_url)
    config = Config(str(HOUSE / "alembic.ini"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate(empty_url)
    engine.dispose()


def test_a_work_item_of_before_is_of_the_county_of_its_elder_or_of_its_township(empty_url: str) -> None:
    migrate(empty_url, "0008")
    engine = open_engine(empty_url)
    person = dict(household_id="H", name_enc=b"x", id_number_enc=b"x", id_number_index="i", born_on_enc=b"x", sex="F")
    lives = dict(county_id="C", township_id="T", village_id="T")
    due = AT.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    with writing(engine) as connection:
        for area, kind, parent in (("C", "county", None), ("T", "township", "C")):
            place = dict(id=area, kind=kind, name=area, parent_id=parent, from_on=AT.date())
            connection.execute(insert(table_of(Area)).values(**place))
        standing = dict(standing="case", standing_reason="", updated_at=AT, phone_textable=False)
        connection.execute(insert(table_of(Elder)).values(id="E1", **person, **lives, **standing))
        for item, elder, township in (("elders", "E1", None), ("townships", None, "T"), ("nobodys", None, None)):
            connection.execute(
                text(
                    "INSERT INTO work_item (id, item, elder_id, township_id, role, about, opened_at, due_at) "
                    "VALUES (:id, 'unclear_reply', :elder, :township, 'county_officer', '', :at, :at)"
                ),
                {"id": item, "elder": elder, "township": township, "at": due},
            )
    migrate(empty_url)
    with reading(engine) as connection:
        rows = connection.execute(text("SELECT id, county_id FROM work_item")).all()
    assert dict(tuple(row) for row in rows) == {"elders": "C", "townships": "C", "nobodys": None}
    config = Config(str(HOUSE / "alembic.ini"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0008")
    with reading(engine) as connection:
        assert "county_id" not in {column["name"] for column in inspect(connection).get_columns("work_item")}
        assert len(connection.execute(text("SELECT id FROM work_item")).all()) == 3
    engine.dispose()


def test_a_text_built_before_parameters_were_kept_stays_through_the_change_and_back(empty_url: str) -> None:
    engine = open_engine(empty_url)
    config = Config(str(HOUSE / "alembic.ini"))
    row = dict(
        id="D1", recipient_id="V1", recipient_kind="volunteer", phone_index="p", text_class="ordinary",
        template="task_one", body_enc=b"x", segments=1, body_index="b", state="built", built_at=AT,
    )  # fmt: skip
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
        digests = Table("digest", MetaData(), autoload_with=connection)
        connection.execute(insert(digests).values(**row | {"built_at": "2026-03-02T01:00:00.000000Z"}))
    seen: list[set[str]] = []
    for step, to in ((command.upgrade, "0009"), (command.downgrade, "0008"), (command.upgrade, "0009")):
        with writing(engine) as connection:
            config.attributes["connection"] = connection
            step(config, to)
        with reading(engine) as connection:
            [kept] = connection.execute(text("SELECT * FROM digest")).mappings()
            assert kept["id"] == "D1" and kept.get("params_enc") is None
            seen.append({name for name in kept if name == "params_enc"})
    assert seen == [{"params_enc"}, set(), {"params_enc"}]
    engine.dispose()


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_append_only_cannot_be_changed_or_deleted(engine: Engine, table: str) -> None:
    rows = METADATA.tables[table]
    with writing(engine) as connection:
        connection.execute(insert(rows).values(**ROWS[table]))
    column = next(name for name in ROWS[table] if name not in {c.name for c in rows.primary_key.columns})
    refused: list[Executable] = [update(rows).values({column: ROWS[table][column]}), delete(rows)]
    if engine.dialect.name == "postgresql":
        refused.append(text(f"TRUNCATE {table}"))
    else:
        held = "SELECT * FROM " + table
        refused.append(text(f"INSERT OR REPLACE INTO {table} {held}"))
    for statement in refused:
        with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
            connection.execute(statement)
    with reading(engine) as connection:
        assert len(connection.execute(select(rows)).all()) == 1


def test_planted_violations_are_refused_by_the_database(engine: Engine) -> None:
    county = dict(id="county", kind="county", name="示例县", from_on=AT.date())
    with writing(engine) as connection:
        connection.execute(insert(table_of(Area)).values(**county))
    person = dict(name_enc=b"x", phone_enc=b"x", phone_index="i")
    elder = dict(
        id="E1",
        county_id="county",
        township_id="county",
        village_id="county",
        household_id="H1",
        name_enc=b"x",
        id_number_enc=b"x",
        id_number_index="same",
        born_on_enc=b"x",
        sex="F",
        standing="case",
        standing_reason="",
        updated_at=AT,
    )
    with writing(engine) as connection:
        connection.execute(insert(table_of(Elder)).values(**elder))
    planted = [
        insert(table_of(Area)).values(**county | {"id": "other", "kind": "planet"}),
        insert(table_of(Staff)).values(id="S1", county_id="nowhere", **person),
        insert(table_of(Elder)).values(**elder | {"id": "E2"}),
        insert(table_of(Elder)).values(**elder | {"id": "E3", "id_number_index": "b", "sex": "X"}),
        insert(table_of(Elder)).values(**elder | {"id": "E4", "id_number_index": "c", "standing": "maybe"}),
        insert(table_of(LedgerRow)).values(**ROWS["ledger"] | {"seq": 2}),
        insert(table_of(LedgerRow)).values(**ROWS["ledger"] | {"key": "k2"}),
    ]
    with writing(engine) as connection:
        connection.execute(insert(table_of(LedgerRow)).values(**ROWS["ledger"]))
    for statement in planted:
        with pytest.raises(IntegrityError) as refusal, writing(engine) as connection:
            connection.execute(statement)
        assert "hide_parameters" in str(refusal.value)


def test_writers_wait_for_each_other_and_lose_nothing(engine: Engine) -> None:
    rows = table_of(SendAttempt)

    @patient
    def add_next() -> None:
        with writing(engine) as connection:
            count = len(connection.execute(select(rows.c.id)).all())
            connection.execute(insert(rows).values(digest_id="d", nth=count, step="s", provider="p", at=AT))

    def add() -> None:
        for _ in range(10):
            add_next()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(add) for _ in range(4)]:
            done.result()
    with reading(engine) as connection:
        assert sorted(connection.execute(select(rows.c.nth)).scalars()) == list(range(40))
