"""I8: Σ of the approved lists = Σ of what is given = Σ of the decisions, in fen.

What a list says is held against what had been decided when it was drawn, and the tables against what is decided now.
Held and unstated are counted apart: of these nothing is listed, and nothing is taken back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from adapters.sql_county import drawing_of
from audit.chain import walk
from audit.checks import Check, Tally
from audit.decided import Decided, months
from audit.store import ELDERS, ENTITLEMENTS, LINES, LISTS, Snapshot
from audit.verify import Name, Report
from decisions.benefit_time import next_month
from decisions.pay_list import Drawing, drawn
from models.events import ListApproved, ListDrawn, Recorded
from models.ids import BENEFIT, COUNTY, county_of, elder_of
from models.payments import Drawn
from projections.read_payments import lines_of

AROUND = timedelta(minutes=1)  # a decision this near to a drawing may have been seen by it, or not
Of = tuple[str, date]  # benefit, month


class Approved(NamedTuple):
    """A list that holds. `at`: when it was drawn."""

    month: date
    at: datetime
    drawn: Drawn


def money_is_decided(held: Snapshot, limit: datetime, report: Report) -> Check | None:
    """I8. None: nobody here is given anything, and no county has a list."""
    tally = Tally("I8", "", limit)
    lists = dict(_lists(held))
    looked: Counter[str] = Counter(决定=report.examined.get(Name.REDECIDED, 0))
    given = {elder_of(stream.name): walk(held, stream).events for stream in held.of_kind(BENEFIT)}
    if not lists and not given:
        return None
    adjusts = _adjustments(held, lists)
    homes = {row.id: row.county_id for row in held.connection.execute(select(ELDERS.c.id, ELDERS.c.county_id))}
    for elder, facts in given.items():
        county = homes.get(elder, "")
        _elder(held, tally, looked, elder, facts, lists.get(county, []), adjusts.get(county, {}))
    _undecided(held, tally, given)
    for county, approved in lists.items():
        looked["名单"] += 1 + len(approved)
        _kept(held, tally, county, approved)
    for finding in report.of(Name.REDECIDED):
        tally.offend(finding.told())
    tally.see(looked["名单行"] + looked["待遇"] + looked["名单"] + looked["决定"])
    said = "，".join(f"{what}{count}" for what, count in looked.items())
    return tally.close()._replace(promise=f"待遇的决定＝待遇表＝批准的名单，按当时的规则重算不变（{said}）")


def _lists(held: Snapshot) -> Iterator[tuple[str, list[Approved]]]:
    """Of each county that has months: what was approved, by month."""
    for stream in held.of_kind(COUNTY):
        drawn_at: dict[tuple[date, int], datetime] = {}
        approved: list[Approved] = []
        for recorded in walk(held, stream).events:
            match recorded.event:
                case ListDrawn() as event:
                    drawn_at[event.month, event.n] = recorded.at
                case ListApproved() as event:
                    approved.append(Approved(event.month, drawn_at[event.month, event.n], event.drawn))
                case _:
                    pass
        yield county_of(stream.name), approved


def _adjustments(
    held: Snapshot, lists: Mapping[str, Sequence[Approved]]
) -> dict[str, dict[tuple[str, str, date], int]]:
    """By county: what the next list would bring of the months that are frozen, by elder, benefit and month."""
    found: dict[str, dict[tuple[str, str, date], int]] = {}
    for county, approved in lists.items():
        if approved:
            last = approved[-1].month
            lines = drawing_of(held.connection, county, next_month(last)).lines
            found[county] = {(one.elder_id, one.code, one.month): one.fen for one in lines if one.month <= last}
    return found


# --- one elder -------------------------------------------------------------------------------------------------------


def _elder(
    held: Snapshot, tally: Tally, looked: Counter[str], elder: str, facts: Sequence[Recorded],
    lists: Sequence[Approved], adjusts: Mapping[tuple[str, str, date], int],
) -> None:  # fmt: skip
    decided = Decided()
    waiting = list(facts)
    listed: Counter[Of] = Counter()
    by_list = _lines_of(held, elder, [one.drawn.sha256 for one in lists])
    for one in lists:
        while waiting and waiting[0].at <= one.at - AROUND:
            decided.hear(waiting.pop(0).event)
        mine = by_list.get(one.drawn.sha256, {})
        listed.update(mine)
        looked["名单行"] += len(mine)
        what = _unlike(_around(decided, waiting, one.at), one.month, listed, mine)
        if what is not None:
            tally.offend(f"{one.month:%Y-%m}的名单：{elder} {what}", one.at)
    for recorded in waiting:
        decided.hear(recorded.event)
    _table(held, tally, looked, elder, decided)
    if lists:
        _next(tally, looked, elder, decided, lists[-1].month, listed, adjusts)


def _lines_of(held: Snapshot, elder: str, hashes: Sequence[str]) -> dict[str, dict[Of, int]]:
    found: defaultdict[str, dict[Of, int]] = defaultdict(dict)
    for row in held.rows(LINES, LINES.c.elder_id == elder, LINES.c.sha256.in_(hashes)):
        own = found[row.sha256]
        own[row.code, row.month] = own.get((row.code, row.month), 0) + row.fen
    return found


def _around(decided: Decided, waiting: Sequence[Recorded], at: datetime) -> Iterator[Decided]:
    """What may have been seen by a drawing: all that stood before, and of what came about then the one or the other."""
    seen = decided
    yield seen
    for recorded in waiting:
        if recorded.at > at + AROUND:
            return
        seen = seen.copy()
        seen.hear(recorded.event)
        yield seen


def _unlike(seen: Iterator[Decided], month: date, listed: Mapping[Of, int], mine: Mapping[Of, int]) -> str | None:
    """What the first of them says otherwise; None: one of them says the same."""
    first: str | None = None
    for decided in seen:
        what = _differs(decided, month, listed, mine)
        if what is None:
            return None
        first = first or what
    return first


def _differs(decided: Decided, month: date, listed: Mapping[Of, int], mine: Mapping[Of, int]) -> str | None:
    codes = {*decided.listed_codes(), *(code for code, _ in listed)}
    for code in sorted(codes):
        if decided.is_held(code):
            if any(of == code for of, _ in mine):
                return f"{code} 暂停发放，名单上有"
            continue
        if early := [of for of in mine if of[0] == code and of[1] > month]:
            return f"{code} {early[0][1]:%Y-%m} 还没有到，名单上有"
        for each in _months_of(decided, code, month, listed):
            due, known = decided.due(code, each, month), listed.get((code, each), 0)
            if due is None and (code, each) in mine:
                return f"{code} {each:%Y-%m} 没有规定金额，名单上有"
            if due is not None and due != known:
                return f"{code} {each:%Y-%m} 应发{due}分，名单共{known}分"
    return None


def _months_of(decided: Decided, code: str, last: date, listed: Mapping[Of, int]) -> Sequence[date]:
    own = set(months(decided.first(code), last)) if code in decided.given else set[date]()
    return sorted(own | {month for of, month in listed if of == code and month <= last})


def _table(held: Snapshot, tally: Tally, looked: Counter[str], elder: str, decided: Decided) -> None:
    """The rows that lists are drawn from."""
    rows = {(r.code, r.n, r.from_month): r for r in held.rows(ENTITLEMENTS, ENTITLEMENTS.c.elder_id == elder)}
    own = {(code, each.n, each.from_month): each for code, of in decided.given.items() for each in of}
    looked["待遇"] += len(rows.keys() | own.keys())
    for key in sorted(rows.keys() | own.keys()):
        row, each = rows.get(key), own.get(key)
        stands = row and (row.row, row.fen, row.through, row.kind)
        decides = each and (each.row, each.fen, each.through, decided.kinds[key[0]].value)
        if stands != decides:
            tally.offend(f"{elder} {key[0]} {key[2]:%Y-%m}起：决定是{_said(decides)}，待遇表是{_said(stands)}")
    for code in decided.given:
        if decided.is_held(code) != any(row.held for row in rows.values() if row.code == code):
            tally.offend(f"{elder} {code}：是否暂停，决定与待遇表不同")


def _said(of: tuple[object, ...] | None) -> str:
    return "没有" if of is None else "/".join("无" if each is None else str(each) for each in of)


def _next(
    tally: Tally, looked: Counter[str], elder: str, decided: Decided, last: date, listed: Mapping[Of, int],
    adjusts: Mapping[tuple[str, str, date], int],
) -> None:  # fmt: skip
    """Of the months that are frozen: what is due now is what is listed, after what the next list would bring."""
    for code in sorted({*decided.listed_codes(), *(of for of, _ in listed)}):
        if decided.is_held(code):
            looked["暂停"] += 1
            continue
        for each in _months_of(decided, code, last, listed):
            due = decided.due(code, each, next_month(last))
            if due is None:
                looked["金额未定"] += 1
                continue
            known = listed.get((code, each), 0) + adjusts.get((elder, code, each), 0)
            if due != known:
                tally.offend(f"{elder} {code} {each:%Y-%m}：应发{due}分，名单连同下次调整{known}分")


# --- the lists -------------------------------------------------------------------------------------------------------


def _undecided(held: Snapshot, tally: Tally, given: Mapping[str, object]) -> None:
    """Whoever stands on a list that holds, and about whom nothing was ever decided."""
    named = select(LINES.c.elder_id).join(LISTS, LISTS.c.sha256 == LINES.c.sha256).where(LISTS.c.state == "approved")
    for elder in sorted(set(held.connection.execute(named.distinct()).scalars()) - given.keys()):
        tally.offend(f"{elder}：名单上有，没有任何决定")


def _kept(held: Snapshot, tally: Tally, county: str, approved: Sequence[Approved]) -> None:
    """Totals and hash are those of the lines that are kept."""
    for one in approved:
        lines = lines_of(held.connection, one.drawn.sha256)
        if drawn(Drawing(lines, one.drawn.held, one.drawn.unstated)) != one.drawn:
            tally.offend(f"{county} {one.month:%Y-%m}的名单：所存的行与批准的合计或哈希不符", one.at)
