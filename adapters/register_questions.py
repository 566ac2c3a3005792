"""What a list says against a case, put before the township officer: a list never ends a case, a person does.

An elder is asked about once while the question is open; the same file again asks nothing. Whatever a later list answers
is ended here: an elder who is on it again, a category stated again. A new file that says the same after a person has
dealt with it is a new statement, and asks again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import RowMapping, Select, select, update

from adapters.register_work import Work
from adapters.sql_letters import insert_letter
from models.letters import WorkItem
from models.roster import Doubt, Standing
from models.tables import CaseRow, Elder, WorkItemRow, table_of
from models.values import CaseStatus, Role

ELDER, CASE, ITEM = table_of(Elder), table_of(CaseRow), table_of(WorkItemRow)
OFF_LIST = Doubt(item="off_list")
CLOSED_ON_LIST = "closed_on_list"
QUESTIONS = ("off_list", "category_lost", "out_of_group", CLOSED_ON_LIST)
OPEN = (ITEM.c.item.in_(QUESTIONS), ITEM.c.closed_at.is_(None))
ON_LIST, OTHERWISE, CLOSED = "on_list_again", "list_says_otherwise", "case_closed"


def open_questions(work: Work, elders: Iterable[str] | None = None) -> dict[str, list[RowMapping]]:
    """The open ones by elder; of these elders, or of all."""
    query = select(ITEM).where(*OPEN).order_by(ITEM.c.id)
    if elders is not None:
        query = query.where(ITEM.c.elder_id.in_(sorted(elders)))
    found: dict[str, list[RowMapping]] = defaultdict(list)
    for row in work.connection.execute(query).mappings():
        found[row["elder_id"]].append(row)
    return found


def known_cases(work: Work, elders: Iterable[str] | None = None) -> dict[str, RowMapping]:
    """The case of each that has begun; of these elders, or of all who are asked about."""
    which = CASE.c.elder_id.in_(select(ITEM.c.elder_id).where(*OPEN) if elders is None else sorted(elders))
    rows = work.connection.execute(select(CASE).where(which).order_by(CASE.c.elder_id)).mappings()
    return {row["elder_id"]: row for row in rows}


def is_closed(case: RowMapping | None) -> bool:
    return case is not None and case["status"] == CaseStatus.CLOSED


def settle(work: Work, one: str, township_id: str, held: Iterable[RowMapping], doubt: Doubt | None) -> None:
    """An elder on the list: of the open questions only what this list asks too stays open, and it is asked once."""
    asked = False
    for row in held:
        same = doubt is not None and doubt.asks_as(Doubt.of(row["item"], row["about"]))
        asked |= same
        if not same:
            end(work, row, ON_LIST if row["item"] == OFF_LIST.item else OTHERWISE)
    if doubt is not None:
        work.tally[CLOSED_ON_LIST if doubt.item == CLOSED_ON_LIST else "to_decide"] += 1
        if not asked:
            _ask(work, one, township_id, doubt)


def end(work: Work, row: RowMapping, why: str) -> None:
    values = dict(closed_at=work.at, closed_by=work.by.id, close_reason=why)
    work.connection.execute(update(ITEM).where(ITEM.c.id == row["id"]).values(values))
    work.tally["ended"] += 1


def find_missing(work: Work, on_list: Collection[str], township: str | None) -> None:
    """Asks about each open case that a full list of the county, or of `township` (a name), does not have."""
    asked, cases = open_questions(work), known_cases(work)
    within, place = ELDER.c.county_id == work.county_id, None
    if township is not None:
        place = work.area(township, None)[0]
        within = ELDER.c.township_id == place
    for one, rows in sorted(asked.items()):
        for row in rows:
            if row["item"] == CLOSED_ON_LIST:
                if one not in on_list and place in (None, row["township_id"]):
                    end(work, row, OTHERWISE)
            elif is_closed(cases.get(one)):
                end(work, row, CLOSED)
            elif one in on_list and row["item"] == OFF_LIST.item:
                end(work, row, ON_LIST)
    for row in work.connection.execute(open_cases().where(within).order_by(ELDER.c.id)):
        if row.id in on_list:
            continue
        work.tally["off_list"] += 1
        if not any(held["item"] == OFF_LIST.item for held in asked.get(row.id, ())):
            _ask(work, row.id, row.township_id, OFF_LIST)


def open_cases() -> Select[Any, Any]:
    """Elders whose case has been begun by a list (its start may lie ahead) and is not closed."""
    started = (ELDER.c.standing == Standing.CASE.value, ELDER.c.start_on.is_not(None))
    going_on = CASE.c.status.is_(None) | (CASE.c.status != CaseStatus.CLOSED.value)
    joined = ELDER.outerjoin(CASE, CASE.c.elder_id == ELDER.c.id)
    return select(ELDER.c.id, ELDER.c.township_id).select_from(joined).where(*started, going_on)


def _ask(work: Work, one: str, township_id: str, doubt: Doubt) -> None:
    item = WorkItem(
        item=doubt.item, elder_id=one, township_id=township_id, county_id=work.county_id, role=Role.TOWNSHIP_OFFICER,
        due_at=work.decide_by(work.at), about=doubt.about,
    )  # fmt: skip
    work.tally["asked"] += insert_letter(
        work.connection, work.sealer, f"{doubt.item}-{one}-{work.sha256[:12]}", item, work.at
    )
