"""Volunteers and staff of a list into the register: the person, pairings, posts with holder and deputy."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import RowMapping, select, update

from adapters.register_elders import ELDER, VOLUNTEER, tail_index
from adapters.register_work import Work
from models.roster import StaffRow, VolunteerRow
from models.tables import Pairing, Post, Staff, table_of
from models.values import Role

PAIRING, POST, STAFF = table_of(Pairing), table_of(Post), table_of(Staff)
NUMBER = ("phone_enc", "phone_index")
PAIRED_COLUMN = "结对老人(姓名+身份证后四位)"


def person_id(work: Work, prefix: str, name: str, phone: str) -> str:
    """A volunteer or staff member is a name with a phone; with another phone they count as another person."""
    return work.sealer.derive_id(prefix, f"{phone}/{name}")


def import_volunteers(work: Work, rows: list[VolunteerRow]) -> None:
    """Upserts by phone and name. Standing on the county's list counts as consent from that day."""
    rows = work.ours(VOLUNTEER, rows, _volunteer_ids(work, rows))
    ids = _volunteer_ids(work, rows)
    known = {held["id"]: held for held in work.held(VOLUNTEER, "id", ids)}
    elders = _elders_by_phone(work, rows)
    changed: dict[str, bool] = {}
    for one, row in zip(ids, rows, strict=True):
        township_id, village_id = work.area(row.township, row.village, row.line)
        values: dict[str, Any] = dict(
            county_id=work.county_id,
            township_id=township_id,
            village_id=village_id,
            name_enc=row.name,
            phone_enc=row.phone,
            phone_index=work.sealer.index("phone", row.phone),
            sex=row.sex,
            standing=row.standing,
            capacity=row.capacity,
        )
        held = known.get(one)
        own = elders.get((row.phone, row.name)) or (held and held["elder_id"])
        if held is None:
            work.add(VOLUNTEER, {"id": one, **values, "consented_on": work.on, "elder_id": own})
            changed[one] = True
        else:
            if work.plain(held, "phone_enc") != row.phone:
                values = {name: value for name, value in values.items() if name not in NUMBER}
                work.note(row.line, "联系电话", "登记簿里已换了号码，名单上的旧号码没有用")
            changed[one] = work.amend(VOLUNTEER, held, values | dict(elder_id=own))
    work.flush()
    _pair(work, ids, rows, changed)
    for one in ids:
        work.tally["created" if one not in known else "updated" if changed[one] else "unchanged"] += 1
    work.flush()


def _volunteer_ids(work: Work, rows: list[VolunteerRow]) -> list[str]:
    """Who was given another number in the register is known by it too, as a later list names them."""
    held = work.held(VOLUNTEER, "phone_index", {work.sealer.index("phone", row.phone) for row in rows})
    known = {(work.plain(one, "name_enc"), work.plain(one, "phone_enc")): one["id"] for one in held}
    return [known.get((row.name, row.phone)) or person_id(work, "V", row.name, row.phone) for row in rows]


def _elders_by_phone(work: Work, rows: list[VolunteerRow]) -> dict[tuple[str, str], str]:
    held = work.held(ELDER, "phone_index", [work.sealer.index("phone", row.phone) for row in rows])
    return {(work.plain(elder, "phone_enc"), work.plain(elder, "name_enc")): elder["id"] for elder in held}


def _pair(work: Work, ids: list[str], rows: list[VolunteerRow], changed: dict[str, bool]) -> None:
    """A filled-in cell says whom the volunteer is paired with from today; a blank one says nothing."""
    tails = {paired: tail_index(work, paired.name, paired.last_four) for row in rows for paired in row.paired}
    elders: dict[str, list[str]] = defaultdict(list)
    for elder in work.held(ELDER, "tail_index", tails.values()):
        if elder["county_id"] == work.county_id:
            elders[elder["tail_index"]].append(elder["id"])
    themselves = {held["id"]: held["elder_id"] for held in work.held(VOLUNTEER, "id", ids)}
    current: dict[str, dict[str, RowMapping]] = defaultdict(dict)
    for held in work.held(PAIRING, "volunteer_id", ids):
        if held["to_on"] is None:
            current[held["volunteer_id"]][held["elder_id"]] = held
    for one, row in zip(ids, rows, strict=True):
        matches = [elders[tails[paired]] for paired in row.paired]
        stated = {found[0] for found in matches if _usable(work, row, found, themselves[one])}
        # One name that could not be read may be somebody already paired, so then nobody's pairing ends.
        gone = current[one].keys() - stated if len(stated) == len(row.paired) > 0 else set[str]()
        new = stated - current[one].keys()
        for elder_id in sorted(gone):
            where = PAIRING.c.id == current[one][elder_id]["id"]
            work.connection.execute(update(PAIRING).where(where).values(to_on=work.on))
            work.record(one, "paired_elder", elder_id, None)
        for elder_id in sorted(new):
            work.add(PAIRING, dict(volunteer_id=one, elder_id=elder_id, from_on=work.on))
        work.tally["pairings"] += len(new)
        changed[one] |= bool(gone or new)


def _usable(work: Work, row: VolunteerRow, found: list[str], themselves: str | None) -> bool:
    reason = None
    if len(found) != 1:
        reason = "名单中有多位老人相符，请人工结对" if found else "名单中没有这位老人，未结对"
    elif found[0] == themselves:
        reason = "不能与本人结对"
    if reason is not None:
        work.note(row.line, PAIRED_COLUMN, reason)
    return reason is None


def import_staff(work: Work, rows: list[StaffRow]) -> None:
    """Upserts people by phone and name, posts by role and territory, those of assessors by person too: a body has many.

    A blank 代理人 keeps the deputy there is.
    """
    people = {(row.name, row.phone) for row in rows}
    people |= {(row.deputy_name, row.deputy_phone) for row in rows if row.deputy_name and row.deputy_phone}
    ids = {person: person_id(work, "S", *person) for person in people}
    _add_staff(work, ids)
    places = [_place(work, row) for row in rows]
    posts = [
        work.sealer.derive_id("P", _post(place, row.role, ids[row.name, row.phone]))
        for place, row in zip(places, rows, strict=True)
    ]
    known = {held["id"]: held for held in work.held(POST, "id", posts)}
    for post, place, row in zip(posts, places, rows, strict=True):
        values = dict(holder_id=ids[row.name, row.phone])
        if row.deputy_name and row.deputy_phone:
            values |= dict(deputy_id=ids[row.deputy_name, row.deputy_phone])
        held = known.get(post)
        if held is None:
            work.add(POST, {"id": post, "role": row.role.value, "area_id": place, "deputy_id": None, **values})
            work.tally["created"] += 1
        else:
            work.tally["updated" if work.amend(POST, held, values) else "unchanged"] += 1
    work.flush()


def _post(place: str, role: Role, holder: str) -> str:
    return f"{place}/{role.value}" + (f"/{holder}" if role is Role.ASSESSOR else "")


def _place(work: Work, row: StaffRow) -> str:
    township_id, village_id = work.area(row.township, row.village, row.line)
    return township_id if row.village is None else village_id


def _add_staff(work: Work, ids: dict[tuple[str, str], str]) -> None:
    known = set(work.connection.execute(select(STAFF.c.id).where(STAFF.c.id.in_(sorted(ids.values())))).scalars())
    for (name, phone), one in sorted(ids.items()):
        if one not in known:
            index = work.sealer.index("phone", phone)
            values = dict(id=one, county_id=work.county_id, name_enc=name, phone_enc=phone, phone_index=index)
            work.add(STAFF, values)
    work.flush()
