"""Elders of a list into the register: the person, addresses, categories, household, standing, and the case's start."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, Table, select, update

from adapters.register_questions import CLOSED_ON_LIST, is_closed, known_cases, open_questions, settle
from adapters.register_work import Values, Work
from adapters.sql_letters import insert_letter
from adapters.sql_moved import tell_moved
from decisions.id_number import age_on
from models.ids import case_stream
from models.letters import StartCase
from models.policy import Category
from models.roster import Doubt, ElderFacts, ElderRow, NoticeGiven, Standing, Welfare
from models.tables import Elder, ElderAddress, ElderCategory, ElderNotice, LetterRow, Volunteer, table_of
from models.values import Channel

ELDER, ADDRESS, CATEGORY = table_of(Elder), table_of(ElderAddress), table_of(ElderCategory)
LETTER_ROW, VOLUNTEER, NOTICE = table_of(LetterRow), table_of(Volunteer), table_of(ElderNotice)
SHANGHAI = ZoneInfo("Asia/Shanghai")
FROM_A_LIST = "名单："  # the source of a category that a list has stated: only such a one can a list take back
A_DOOR = re.compile(r"\d\s*[号室]|[号室]\s*\d")  # without a door number an address names a hamlet, not a household


def elder_id(work: Work, id_number: str) -> str:
    return work.sealer.derive_id("E", id_number)


def tail_index(work: Work, name: str, last_four: str) -> str:
    return work.sealer.index("elder_tail", f"{name}/{last_four}")


def import_elders(work: Work, rows: list[ElderRow]) -> None:
    """Upserts by ID number. A blank cell keeps what is known; a category or a case is never taken away."""
    rows = work.ours(ELDER, rows, [elder_id(work, row.id_number) for row in rows])
    ids = [elder_id(work, row.id_number) for row in rows]
    known = {held["id"]: held for held in work.held(ELDER, "id", ids)}
    addresses, categories = _by_elder(work, ADDRESS, ids), _by_elder(work, CATEGORY, ids)
    notices = _by_elder(work, NOTICE, ids)
    questions, cases = open_questions(work, ids), known_cases(work, ids)
    moved: list[str] = []
    started = {held["elder_id"] for held in work.held(LETTER_ROW, "id", [f"start-{one}" for one in ids])}
    for one, row in zip(ids, rows, strict=True):
        held = known.get(one)
        current = {Category(c["category"]) for c in categories[one] if c["to_on"] is None}
        standing, reason = _standing(work, row, current, held)
        values = _values(work, row, one, held) | dict(standing=standing.value, standing_reason=reason)
        fresh = standing is Standing.CASE and one not in started
        starts = fresh and _starts_here(work, row)
        if starts:
            values |= dict(start_on=work.start_on)
        changed = _person(work, one, held, values)
        changed |= _addresses(work, one, row, addresses[one])
        changed |= _categories(work, one, row, categories[one])
        changed |= row.notice is not None and keep_notice(work, one, row.notice, notices[one])
        if starts:
            _start_case(work, one, str(values["township_id"]))
        if held is not None and held["standing"] == Standing.CASE:
            case = cases.get(one)
            if case is not None and is_closed(case):
                doubt = _closed_on_list(work, row, held, current, str(case["close_reason"]))
            else:
                doubt = _doubt(work, row, held, categories[one], questions[one])
            if held["village_id"] != values["village_id"]:
                moved.append(one)
            settle(work, one, str(values["township_id"]), questions[one], doubt)
        work.tally["not_started"] += fresh and not starts
        work.tally["created" if held is None else "updated" if changed or starts else "unchanged"] += 1
        if not is_closed(cases.get(one)):
            work.tally[{Standing.CASE: "cases"}.get(standing, standing.value)] += 1
    work.flush()
    tell_moved(work.connection, work.sealer, moved, work.by, Channel.IMPORT, work.at)
    _link_volunteers(work, rows)


def _by_elder(work: Work, table: Table, ids: list[str]) -> dict[str, list[RowMapping]]:
    found: dict[str, list[RowMapping]] = defaultdict(list)
    for held in work.held(table, "elder_id", ids):
        found[held["elder_id"]].append(held)
    return found


def _values(work: Work, row: ElderRow, one: str, held: RowMapping | None) -> dict[str, Any]:
    township_id, village_id = work.area(row.township, row.village, row.line)
    contact = " ".join(part for part in (row.contact_name, row.contact_phone) if part)
    values: dict[str, Any] = dict(
        county_id=work.county_id,
        township_id=township_id,
        village_id=village_id,
        household_id=_household(work, row, one, village_id),
        name_enc=row.name,
        id_number_enc=row.id_number,
        id_number_index=work.sealer.index("id_number", row.id_number),
        tail_index=tail_index(work, row.name, row.id_number[-4:]),
        born_on_enc=row.born_on.isoformat(),
        sex=row.sex,
        phone_enc=row.phone,
        phone_index=row.phone and work.sealer.index("phone", row.phone),
        phone_textable=row.textable if row.phone else None,
        contact_enc=contact or None,
        living=row.living and row.living.value,
        ability=row.ability and row.ability.value,
        disability=row.disability,
        welfare=row.welfare and row.welfare.value,
        remark_enc=row.remark,
    )
    if held is None:
        return values | dict(phone_textable=row.textable)
    if not row.residences and row.household is None:
        values["household_id"] = held["household_id"]
    return {name: value for name, value in values.items() if value is not None}


def _household(work: Work, row: ElderRow, one: str, village_id: str) -> str:
    """By 户号; else whoever lives behind the same door, whatever the surname; else alone."""
    if row.household is not None:
        return work.sealer.derive_id("H", f"number/{work.county_id}/{row.household}")
    if row.residences and A_DOOR.search(row.residences[0]):
        return work.sealer.derive_id("H", f"door/{village_id}/{_plain_address(row.residences[0])}")
    return work.sealer.derive_id("H", f"elder/{one}")


def _person(work: Work, one: str, held: RowMapping | None, values: Values) -> bool:
    if held is None:
        work.add(ELDER, {"id": one, "start_on": None, **values, "updated_at": work.at})
        return True
    changed = work.amend(ELDER, held, values)
    if changed:
        work.connection.execute(update(ELDER).where(ELDER.c.id == one).values(updated_at=work.at))
    return changed


def _addresses(work: Work, one: str, row: ElderRow, held: list[RowMapping]) -> bool:
    """Each kind that the list states becomes what it states; what is left out ends today, with its date."""
    changed = False
    for kind, texts in (("registered", (row.registered,) if row.registered else ()), ("residence", row.residences)):
        if not texts:
            continue
        stated = {work.sealer.index("address", _plain_address(text)): text for text in texts}
        current = {h["text_index"]: h for h in held if h["kind"] == kind and h["to_on"] is None}
        for index in sorted(current.keys() - stated.keys()):
            work.connection.execute(update(ADDRESS).where(ADDRESS.c.id == current[index]["id"]).values(to_on=work.on))
            work.record(one, f"{kind}_address", work.plain(current[index], "text_enc"), None)
            changed = True
        for index in [index for index in stated if index not in current]:
            _add_address(work, one, kind, index, stated[index], held)
            changed = True
    return changed


def _add_address(work: Work, one: str, kind: str, index: str, text: str, held: list[RowMapping]) -> None:
    """An address that ended earlier today and comes back is opened again: one row per from-date."""
    for row in held:
        if (row["kind"], row["text_index"], row["from_on"]) == (kind, index, work.on):
            work.connection.execute(update(ADDRESS).where(ADDRESS.c.id == row["id"]).values(to_on=None))
            return
    work.add(ADDRESS, dict(elder_id=one, kind=kind, text_enc=text, text_index=index, from_on=work.on))


def _categories(work: Work, one: str, row: ElderRow, held: list[RowMapping]) -> bool:
    """Adds what the list states and the register does not hold; one that a person ended today stays ended."""
    current = {h["category"] for h in held if h["to_on"] is None or h["from_on"] == work.on}
    new = [stated for stated in row.categories if stated.category.value not in current]
    for stated in new:
        values = dict(
            elder_id=one, category=stated.category.value, from_on=work.on, source=f"{FROM_A_LIST}{stated.source}"
        )
        work.add(CATEGORY, values)
    return bool(new)


def keep_notice(work: Work, one: str, given: NoticeGiven, held: list[RowMapping]) -> bool:
    """Each version once; said otherwise later, the old day and name are kept."""
    known = next((row for row in held if row["version"] == given.version), None)
    if known is None:
        told = dict(elder_id=one, version=given.version, given_on=given.given_on, given_by_enc=given.given_by)
        work.add(NOTICE, told)
        return True
    before = known["given_on"], work.plain(known, "given_by_enc")
    if before == (given.given_on, given.given_by):
        return False
    mine = (NOTICE.c.elder_id == one, NOTICE.c.version == given.version)
    values = dict(given_on=given.given_on, given_by_enc=work.sealer.seal(given.given_by))
    work.connection.execute(update(NOTICE).where(*mine).values(**values))
    old, new = (f"{given.version} {on} {by}" for on, by in (before, (given.given_on, given.given_by)))
    work.record(one, "notice", old, new)
    return True


def _standing(work: Work, row: ElderRow, current: set[Category], held: RowMapping | None) -> tuple[Standing, str]:
    """Decided on the list and what is known besides. A case stays one: to end it is a person's decision."""
    standing, reason = _by_rule(work, row, held, current | {stated.category for stated in row.categories})
    if held is not None and held["standing"] == Standing.CASE and standing is not Standing.CASE:
        return Standing.CASE, str(held["standing_reason"])
    return standing, reason


def _by_rule(work: Work, row: ElderRow, held: RowMapping | None, known: set[Category]) -> tuple[Standing, str]:
    """The group rule on these categories. A cell that is blank keeps what is known."""
    welfare = row.welfare or (held["welfare"] if held is not None else None)
    facts = ElderFacts(
        age=age_on(row.born_on, work.on),
        rural=_rural(row),
        poor=None if welfare is None else welfare != Welfare.NONE,
        categories=tuple(sorted(known)) if known or row.categories_stated else None,
    )
    standing, reason = work.standing_of(facts)
    if standing is Standing.REGISTER_ONLY and not row.categories_stated:
        return work.standing_of(facts.model_copy(update={"categories": None}))
    return standing, reason


def _doubt(
    work: Work, row: ElderRow, held: RowMapping, categories: list[RowMapping], asked: list[RowMapping]
) -> Doubt | None:
    """What this list says against a case: a category lost that counted for it, or facts that fall in no group now.

    A category that an earlier list took back, and nobody has decided on, stays in doubt until a list states it again.
    """
    listed = {Category(c["category"]): c["source"].startswith(FROM_A_LIST) for c in categories if c["to_on"] is None}
    stated = {one.category for one in row.categories}
    before = {lost for item in asked for lost in Doubt.of(item["item"], item["about"]).lost}
    gone = {c for c, by_list in listed.items() if by_list and c not in stated and (row.denies(c) or c in before)}
    none = _by_rule(work, row, held, set())
    counted = {c for c in gone if _by_rule(work, row, held, {c}) != none}
    lost = tuple(c for c in Category if c in counted)
    standing, reason = _by_rule(work, row, held, (set(listed) | stated) - counted)
    if standing is not Standing.CASE:
        return Doubt(item="out_of_group", reason=reason, lost=lost)
    return Doubt(item="category_lost", lost=lost) if lost else None


def _closed_on_list(
    work: Work, row: ElderRow, held: RowMapping, known: set[Category], closed_because: str
) -> Doubt | None:
    """This list would have them a case, and theirs is closed: whether it is opened again, a person decides."""
    stated = {one.category for one in row.categories}
    standing, _ = _by_rule(work, row, held, {c for c in known if not row.denies(c)} | stated)
    return Doubt(item=CLOSED_ON_LIST, reason=closed_because) if standing is Standing.CASE else None


def _rural(row: ElderRow) -> bool | None:
    if row.village.endswith("村"):
        return True
    return False if row.township.endswith("街道") else None


def _starts_here(work: Work, row: ElderRow) -> bool:
    return work.start_township is None or work.start_township == row.township


def _start_case(work: Work, one: str, township_id: str) -> None:
    letter = StartCase(workflow_id=case_stream(one), elder_id=one, county_id=work.county_id, township_id=township_id)
    begins = datetime.combine(work.start_on, time(0), SHANGHAI)
    insert_letter(work.connection, work.sealer, f"start-{one}", letter, work.at, not_before=max(begins, work.at))
    work.tally["letters"] += 1


def _link_volunteers(work: Work, rows: list[ElderRow]) -> None:
    """A volunteer with an elder's phone and name is that elder: they are never sent to their own door."""
    by_phone = {work.sealer.index("phone", row.phone): row for row in rows if row.phone is not None and row.textable}
    query = select(VOLUNTEER).where(VOLUNTEER.c.phone_index.in_(sorted(by_phone)), VOLUNTEER.c.elder_id.is_(None))
    volunteers = work.connection.execute(query).mappings().all()
    people = {(row.phone, row.name): elder_id(work, row.id_number) for row in rows}
    for held in volunteers:
        one = people.get((work.plain(held, "phone_enc"), work.plain(held, "name_enc")))
        if one is not None:
            work.connection.execute(update(VOLUNTEER).where(VOLUNTEER.c.id == held["id"]).values(elder_id=one))


def _plain_address(text: str) -> str:
    return re.sub(r"\s", "", text)
