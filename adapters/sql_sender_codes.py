"""What each code stands for that a phone may write: an elder of theirs, another phone's, or an escalation's.

Used by `sql_inbox`. A label is what our texts call an elder, their village and their household.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from adapters.sealing import Sealer
from decisions.wording import ElderName, persons
from models.reading import CodeState, EscalationCode, KnownCode, OtherCode
from models.tables import Area, CaseRow, Elder, EscalationRow, TaskCode, VisitRow, table_of
from models.values import VisitResult

CODES, VISITS, CASES = table_of(TaskCode), table_of(VisitRow), table_of(CaseRow)
ELDERS, AREAS, ESCALATIONS = table_of(Elder), table_of(Area), table_of(EscalationRow)
Label = tuple[str, str, str]


def labels_of(connection: Connection, sealer: Sealer, elder_ids: list[str]) -> dict[str, Label]:
    rows = connection.execute(
        select(ELDERS.c.id, ELDERS.c.name_enc, ELDERS.c.sex, ELDERS.c.household_id, AREAS.c.name)
        .join(AREAS, AREAS.c.id == ELDERS.c.village_id)
        .where(ELDERS.c.id.in_(elder_ids))
        .order_by(ELDERS.c.id)
    ).all()
    called = persons([elder_name(row.id, sealer.open(row.name_enc), row.sex) for row in rows])
    return {row.id: (who, row.name, row.household_id) for row, who in zip(rows, called, strict=True)}


def known_code(connection: Connection, code: int, elder_id: str, label: Label) -> KnownCode:
    status = connection.execute(select(CASES.c.status).where(CASES.c.elder_id == elder_id)).scalar()
    last = connection.execute(
        select(VISITS.c.id, VISITS.c.state, VISITS.c.result)
        .where(VISITS.c.elder_id == elder_id)
        .order_by(VISITS.c.opened_at.desc())
        .limit(1)
    ).first()
    reported = last is not None and last.state in ("done", "late")
    if status in ("closed", "death_reported"):
        state = CodeState.CLOSED
    elif status == "suspended":
        state = CodeState.SUSPENDED
    else:
        state = CodeState.REPORTED if reported else CodeState.IDLE
    return KnownCode(
        code=code, elder_id=elder_id, person=label[0], village=label[1], household_id=label[2], state=state,
        visit_id=last.id if reported and last else None,
        last_result=VisitResult(last.result) if reported and last and last.result else None,
    )  # fmt: skip


def others_codes(connection: Connection, sealer: Sealer, phone: str, townships: list[str]) -> tuple[OtherCode, ...]:
    """The codes and names of other phones of these townships: a text may mean an elder who is not the sender's.

    A code two of them use means nobody.
    """
    if not townships:
        return ()
    rows = connection.execute(
        select(CODES.c.code, CODES.c.elder_id, CODES.c.phone_index)
        .join(ELDERS, ELDERS.c.id == CODES.c.elder_id)
        .where(ELDERS.c.township_id.in_(townships), CODES.c.phone_index != phone)
        .order_by(CODES.c.code)
    ).all()
    by_code: dict[int, set[str]] = {}
    for row in rows:
        by_code.setdefault(row.code, set()).add(row.elder_id)
    single = {code: next(iter(elders)) for code, elders in by_code.items() if len(elders) == 1}
    labels = labels_of(connection, sealer, list(single.values()))
    return tuple(
        OtherCode(code=code, elder_id=elder_id, person=labels[elder_id][0]) for code, elder_id in single.items()
    )


def escalation_codes(
    connection: Connection,
    staff_ids: list[str],
    codes: dict[str, int],
    labels: dict[str, Label],
) -> tuple[EscalationCode, ...]:
    """Open escalations this phone was told of: whoever was asked on any rung may still take it on or end it."""
    if not staff_ids:
        return ()
    query = select(ESCALATIONS).where(ESCALATIONS.c.elder_id.in_(codes), ESCALATIONS.c.state != "resolved")
    return tuple(
        EscalationCode(
            code=codes[row.elder_id], elder_id=row.elder_id, person=labels[row.elder_id][0],
            escalation_id=row.id, visit_id=row.visit_id,
        )
        for row in connection.execute(query.order_by(ESCALATIONS.c.asked_at))
    )  # fmt: skip


def elder_name(elder_id: str, name: str, sex: str) -> ElderName:
    """A register name cut into surname and given name; two-character surnames are known by the length of the name."""
    surname = name[:2] if len(name) > 3 else name[:1]
    return ElderName(
        elder_id=elder_id, surname=surname, given=name[len(surname) :], sex="female" if sex == "F" else "male"
    )
