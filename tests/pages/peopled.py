"""What a town's people have to do with each other: cases, pairs, codes, visits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, event, insert

from adapters.database import writing
from models.tables import CaseRow, Elder, Pairing, TaskCode, VisitRow, Volunteer, table_of
from tests.pages.town import LIVES, NOW, SINCE, Town

HASH = "0" * 64


def cases(town: Town) -> None:
    """A case for each elder, each paired with the volunteer of their number, code 51 and on."""
    with writing(town.house.engine) as c:
        for n, (elder, (village, township, county)) in enumerate(LIVES.items(), 51):
            volunteer = elder.replace("E", "V")
            lives = {"county_id": county, "township_id": township, "village_id": village}
            c.execute(
                insert(table_of(CaseRow)).values(
                    elder_id=elder, **lives, status="open", opened_at=NOW, start_on=SINCE, policy_hash=HASH
                )
            )
            c.execute(insert(table_of(Pairing)).values(volunteer_id=volunteer, elder_id=elder, from_on=SINCE))
            phone = f"+86192000002{n - 50:02}"
            c.execute(
                insert(table_of(TaskCode)).values(
                    phone_index=town.house.sealer.index("phone", phone), elder_id=elder, code=n, given_at=NOW,
                    last_used_at=NOW,
                )
            )  # fmt: skip


def more_elders(town: Town, many: int, village: str = "W1") -> None:
    """`many` more with a case in a village, `E1-01` and on."""
    seal = town.house.sealer.seal
    with writing(town.house.engine) as c:
        for n in range(1, many + 1):
            id_ = f"E1-{n:03}"
            lives = {"county_id": LIVES["E1"][2], "township_id": "T1", "village_id": village}
            c.execute(
                insert(table_of(Elder)).values(
                    id=id_, **lives, household_id=f"H-{id_}", name_enc=seal(f"李示{n}"), id_number_enc=seal("0"),
                    id_number_index=f"i-{id_}", born_on_enc=seal("1950-02-03"), sex="M", standing="case",
                    updated_at=NOW,
                )
            )  # fmt: skip
            c.execute(
                insert(table_of(CaseRow)).values(
                    elder_id=id_, **lives, status="open", opened_at=NOW, start_on=SINCE, policy_hash=HASH
                )
            )


def visit(town: Town, elder: str, state: str, volunteer: str | None = None, **more: Any) -> None:
    village, township, _ = LIVES[elder]
    at = datetime(2026, 12, 1, 1, tzinfo=NOW.tzinfo)
    row = {
        "id": f"{elder}/{state}/{len(more)}/{more.get('visited_on', '')}", "elder_id": elder, "township_id": township,
        "village_id": village, "period_id": "2026-12", "kind": "scheduled", "reason": "paired", "state": state,
        "volunteer_id": volunteer, "opened_at": at, "starts_at": at,
        "due_at": datetime(2026, 12, 20, tzinfo=NOW.tzinfo), "ends_at": datetime(2027, 1, 1, tzinfo=NOW.tzinfo),
    }  # fmt: skip
    with writing(town.house.engine) as c:
        c.execute(insert(table_of(VisitRow)).values(row | more))


def set_volunteer(town: Town, volunteer: str, **values: Any) -> None:
    table = table_of(Volunteer)
    with writing(town.house.engine) as c:
        c.execute(table.update().where(table.c.id == volunteer).values(**values))


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that the store is asked meanwhile."""
    asked: list[str] = []

    def heard(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", heard)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", heard)


DECEMBER_8 = date(2026, 12, 8)
