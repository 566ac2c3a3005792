"""Every figure of the dashboard equals what plain Python counts over the same rows, whole and cut to a scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Connection, event

from adapters.database import open_engine, reading
from decisions.deadlines import instant
from decisions.figure_words import COMPUTED
from models.ability import AbilityLevel
from models.figures import Asked as AskedOf
from models.figures import Behind, Cell, Counted, Cut, Figure, OneBehind
from models.indicators import Goal, Indicator
from models.values import AreaKind, EscalationCause
from policies.check_programme import COUNTED
from projections import (
    figures_annex,
    figures_benefits,
    figures_ladder,
    figures_levels,
    figures_rate,
    figures_texts,
    figures_visits,
)
from projections.rates import MonthRate, Rate, percent
from projections.read_levels import month_levels
from tests.activities.figured_town import COUNTIES, COUNTY, MONTH, NEXT, NOW, VILLAGES, FiguredTown, Row
from tests.databases import Databases

SEEDS = (1, 2)
CUTS = {
    "the county by township": Cut(),
    "the county by village": Cut(by=AreaKind.VILLAGE),
    "a township by village": Cut(areas=frozenset({"T1"}), by=AreaKind.VILLAGE),
    "a village of each": Cut(areas=frozenset({"W2", "W3"})),
    "somewhere else": Cut(areas=frozenset({"T9"})),
}
BEGINS, ENDS = instant(MONTH), instant(NEXT)
Count = Callable[[Connection, str, date, datetime], Any]
Make = Callable[[Sequence[Counted], Cut], Sequence[Figure]]


@pytest.fixture(scope="module", params=SEEDS)
def town(
    databases: Databases, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FiguredTown]:
    """One for all: nothing here writes."""
    url = databases.migrated(tmp_path_factory.mktemp("figures"))
    engine = open_engine(url)
    yield FiguredTown(engine, request.param)
    engine.dispose()
    databases.drop(url)


class Asked:
    """A supplier's figures of the month, with how many statements they took."""

    def __init__(self, town: FiguredTown, count: Count, make: Make) -> None:
        seen: list[str] = []
        with reading(town.engine) as connection:
            event.listen(connection, "before_cursor_execute", lambda *said: seen.append(said[2]))
            self.counted = Counted(MONTH, NOW, count(connection, COUNTY, MONTH, NOW))
        self.statements = len(seen)
        self._make = make

    def cut(self, cut: Cut) -> dict[str, Figure]:
        return {one.code: one for one in self._make([self.counted], cut)}


def told(figure: Figure) -> dict[str, tuple[str, ...]]:
    """Each row's cells as they are read, by key, and the total's."""
    rows = (*figure.rows, *((figure.total,) if figure.total else ()))
    assert all(len(row.cells) == len(figure.columns) - 1 for row in rows)
    return {row.key: tuple(cell.told for cell in row.cells) for row in rows}


def seen(rows: Iterable[Row], cut: Cut) -> list[Row]:
    """Of the county, and in the scope."""
    ours = [row for row in rows if COUNTIES[row["township_id"]] == COUNTY]
    return [row for row in ours if cut.areas is None or {row["township_id"], row["village_id"]} & cut.areas]


def placed(rows: Sequence[Row], cut: Cut) -> dict[str, list[Row]]:
    """By row of the figure, and all of them as its total."""
    by = "village_id" if cut.by is AreaKind.VILLAGE else "township_id"
    return {place: [row for row in rows if row[by] == place] for place in {row[by] for row in rows}} | {
        "total": [*rows]
    }


def due(row: Row) -> bool:
    return BEGINS < row["due_at"] <= ENDS


# --- visits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_visits_end_as_their_rows_say(town: FiguredTown, cut: Cut) -> None:
    asked = Asked(town, figures_visits.count, figures_visits.figures)
    rows = [row for row in seen(town.visits, cut) if due(row) and row["kind"] == "scheduled"]
    truth = {place: _ended(mine) for place, mine in placed(rows, cut).items()}
    assert told(asked.cut(cut)["on_time"]) == truth
    gone = Counter(row["cancel_reason"] or "-" for row in rows if row["state"] == "cancelled")
    whole = gone.total()
    assert told(asked.cut(cut)["cancelled"]) == {
        reason: (str(number), percent(number, whole)) for reason, number in gone.items()
    } | {"total": (str(whole), percent(whole, whole))}
    assert asked.statements <= 3


def _ended(rows: Sequence[Row]) -> tuple[str, ...]:
    state = Counter(row["state"] for row in rows)
    overdue = sum(row["state"] == "open" and row["due_at"] <= NOW for row in rows)
    expected = state["done"] + state["late"] + state["missed"] + overdue
    numbers = (state["done"], expected, state["late"], state["missed"], overdue, state["cancelled"])
    return percent(state["done"], expected), *map(str, (*numbers, state["open"] - overdue))


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_volunteers_load_is_what_is_open_with_them_and_what_they_made(town: FiguredTown, cut: Cut) -> None:
    load: dict[str, list[str]] = {}
    for row in town.visits:
        who = row["volunteer_id"] if row["state"] == "open" else row["visitor_id"]
        if who and due(row) and row["state"] in ("open", "done", "late"):
            load.setdefault(who, []).append(row["elder_id"])
    rows = [
        row | {"visits": len(load.get(row["id"], ())), "over": len(set(load.get(row["id"], ()))) > row["capacity"]}
        for row in seen(town.volunteers, cut)
        if row["id"] in load or (row["consented_on"] and not row["barred"] and not row["opted_out_at"])
    ]
    truth = {place: _spread(mine) for place, mine in placed(rows, cut).items()}
    asked = Asked(town, figures_visits.count, figures_visits.figures)
    assert told(asked.cut(cut)["load"]) == truth
    (each,) = figures_visits.each([asked.counted], cut)
    assert {row.key: row.cells[1].number for row in each.rows} == {row["id"]: row["visits"] for row in rows}
    visits = [row.cells[1].number or 0 for row in each.rows]
    assert visits == sorted(visits, reverse=True)


def _spread(rows: Sequence[Row]) -> tuple[str, ...]:
    visits, over = sorted(row["visits"] for row in rows), sum(row["over"] for row in rows)
    spread = (visits[0], _within(visits, 0.5), visits[-1]) if visits else ("-",) * 3
    return tuple(map(str, (len(rows), sum(visits), *spread, over, percent(over, len(rows)))))


def _within(values: Sequence[Any], share: float) -> Any:
    """The least of them within which so many are."""
    return min(one for one in values if sum(other <= one for other in values) >= share * len(values))


# --- the ladder ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_escalations_take_as_long_as_half_and_nine_tenths_of_them_took(town: FiguredTown, cut: Cut) -> None:
    asked = Asked(town, figures_ladder.count, figures_ladder.figures)
    found = told(asked.cut(cut)["resolve_time"])
    rows = seen(town.escalations, cut)
    for key, cells in found.items():
        mine = rows if key == "total" else [row for row in rows if f"{row['urgency']}/{row['role'] or '-'}" == key]
        ended = [row for row in mine if row["resolved_at"] and BEGINS <= row["resolved_at"] < ENDS]
        took = [row["resolved_at"] - row["asked_at"] for row in ended if row["outcome"] != "withdrawn"]
        still = sum(row["resolved_at"] is None and row["asked_at"] < ENDS for row in mine)
        times = (_hours(_within(took, share)) if took else "-" for share in (0.5, 0.9))
        assert cells == (str(len(took)), *times, str(still)), key
    assert asked.statements <= 2


def _hours(time: timedelta) -> str:
    tenths = int(time / timedelta(minutes=6))
    return f"{tenths // 10}.{tenths % 10}"


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_escalations_are_counted_by_cause(town: FiguredTown, cut: Cut) -> None:
    rows = seen(town.escalations, cut)
    of = {cause.value: [row for row in rows if row["cause"] == cause] for cause in EscalationCause} | {"total": rows}
    asked = Asked(town, figures_ladder.count, figures_ladder.figures)
    assert told(asked.cut(cut)["causes"]) == {cause: _caused(mine) for cause, mine in of.items()}


def _caused(rows: Sequence[Row]) -> tuple[str, ...]:
    ended = [row for row in rows if row["resolved_at"] and BEGINS <= row["resolved_at"] < ENDS]
    by_itself = sum(row["outcome"] == "withdrawn" for row in ended)
    opened = sum(BEGINS <= row["asked_at"] < ENDS for row in rows)
    still = sum(row["resolved_at"] is None and row["asked_at"] < ENDS for row in rows)
    return tuple(map(str, (opened, len(ended) - by_itself, by_itself, still)))


# --- texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_texts_end_as_their_rows_say(town: FiguredTown, cut: Cut) -> None:
    asked = Asked(town, figures_texts.count, figures_texts.figures)
    homes = {row["id"]: row for row in town.volunteers}
    texts = [row for row in town.digests if BEGINS <= row["built_at"] < ENDS]
    theirs = [row for row in texts if row["recipient_id"] in homes and seen([homes[row["recipient_id"]]], cut)]
    rows = theirs + [row for row in texts if row["recipient_id"] == "S1" and cut.areas is None]
    _shares_are(asked.cut(cut)["texts"], Counter(row["state"] for row in rows))
    lost = {"undelivered", "failed", "expired", "cancelled"}
    reasons = Counter((row["why"] or "-", row["state"]) for row in rows if row["state"] in lost)
    found = told(asked.cut(cut)["texts_lost"])
    order = ("undelivered", "failed", "expired", "cancelled")
    assert found.pop("total") == tuple(str(sum(row["state"] == state for row in rows)) for state in order)
    assert found == {why: tuple(str(reasons[why, state]) for state in order) for why, _ in reasons}
    assert asked.statements <= 2


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_replies_are_counted_as_they_were_read(town: FiguredTown, cut: Cut) -> None:
    asked = Asked(town, figures_texts.count, figures_texts.figures)
    owner = {row["phone_index"]: row for row in sorted(town.volunteers, key=lambda row: row["id"], reverse=True)}
    rows = [
        row
        for row in town.inbound
        if BEGINS <= row["received_at"] < ENDS
        and (
            seen([owner[row["phone_index"]]], cut)
            if row["phone_index"] in owner
            else row["phone_index"] == "s1" and cut.areas is None
        )
    ]
    _shares_are(asked.cut(cut)["replies"], Counter(_read(row) for row in rows))


def _read(row: Row) -> str:
    if row["read_at"] is None or row["reading"] is None:
        return "unread" if row["read_at"] is None else "unclear"
    if '"opted_out":true' in row["reading"]:
        return "opted_out"
    return "understood" if '"ask_back":null' in row["reading"] else "unclear"


def _shares_are(figure: Figure, truth: Counter[str]) -> None:
    whole = truth.total()
    found = told(figure)
    assert found.pop("total") == (str(whole), percent(whole, whole))
    assert found == {key: (str(truth[key]), percent(truth[key], whole)) for key in found}
    assert truth.keys() <= found.keys()


# --- levels and benefits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_levels_are_counted_where_the_round_was_and_where_the_elder_lives(town: FiguredTown, cut: Cut) -> None:
    asked = Asked(town, figures_levels.count, figures_levels.figures)
    rounds = [
        row | {"what": row["level"] or ("refused" if row["ended_at"] else "under_way")}
        for row in seen(town.rounds, cut)
        if row["ended_at"] is None or (BEGINS <= row["ended_at"] < ENDS and row["outcome"] in ("confirmed", "refused"))
    ]
    each = tuple(level.value for level in AbilityLevel)
    assert told(asked.cut(cut)["levels_confirmed"]) == _levels(rounds, cut, (*each, "refused", "under_way"))
    held = [town.homes[row["elder_id"]] | {"what": row["level"]} for row in town.levels if not row["expired"]]
    assert told(asked.cut(cut)["levels_valid"]) == _levels(seen(held, cut), cut, each)
    assert asked.statements <= 3


def _levels(rows: Sequence[Row], cut: Cut, columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    of = {place: Counter(row["what"] for row in mine) for place, mine in placed(rows, cut).items()}
    return {place: tuple(str(levels[what]) for what in columns) for place, levels in of.items()}


def test_the_levels_are_those_that_the_command_line_tells(town: FiguredTown) -> None:
    asked = Asked(town, figures_levels.count, figures_levels.figures)
    with reading(town.engine) as connection:
        total = month_levels(connection, COUNTY, MONTH).total
    assert told(asked.cut(Cut())["levels_valid"])["total"] == tuple(map(str, total.valid.values()))
    confirmed = (*total.confirmed.values(), total.refused, total.under_way)
    assert told(asked.cut(Cut())["levels_confirmed"])["total"] == tuple(map(str, confirmed))


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_benefits_cost_what_the_approved_lists_of_twelve_months_come_to(town: FiguredTown, cut: Cut) -> None:
    names = {"nursing": "护理补贴"}
    asked = Asked(
        town, lambda c, county, first, _now: figures_benefits.costs(c, county, first, names),
        figures_benefits.figures,
    )  # fmt: skip
    figure = asked.cut(cut)["benefit_cost"]
    ours = [row for row in town.lists if row["county_id"] == COUNTY and row["state"] == "approved"]
    within = sorted((row for row in ours if date(2025, 12, 1) <= row["month"] <= MONTH), key=lambda row: row["month"])
    assert len(within) == 11, "the list of the month itself is not approved"
    lines = {row["month"]: [one for one in seen(town.lines, cut) if one["sha256"] == row["sha256"]] for row in within}
    codes = sorted({one["code"] for mine in lines.values() for one in mine})
    assert figure.columns == ("月份", "合计", *(names.get(code, code) for code in codes))
    truth = {f"{month:%Y-%m}": _yuan(mine, codes) for month, mine in lines.items()}
    assert told(figure) == truth | {"total": _yuan([one for mine in lines.values() for one in mine], codes)}
    assert asked.statements <= 2


def _yuan(lines: Sequence[Row], codes: Sequence[str]) -> tuple[str, ...]:
    each = [sum(one["fen"] for one in lines if one["code"] == code) for code in codes]
    return tuple(f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02}" for fen in (sum(each), *each))


# --- indicators ------------------------------------------------------------------------------------------------------

UNTIL, FROM = date(2025, 12, 31), date(2022, 1, 1)
INDICATORS = (
    Indicator(
        code="beds", name="床位", unit="%", who="县民政局",
        goals=(Goal(op=">", value=Decimal(70), to_on=UNTIL),),
    ),
    Indicator(
        code="rate", name="月探访率", unit="%", computation="month_visit_rate", attribute="预期性",
        goals=(
            Goal(op="=", value=Decimal(90), to_on=FROM - timedelta(1)),
            Goal(op="=", value=Decimal(100), from_on=FROM),
        ),
    ),
    Indicator(
        code="scheme", name="覆盖率", unit="%", computation="visit_scheme_coverage", ours=False,
        goals=(Goal(op=">=", value=Decimal(1), to_on=UNTIL),),
    ),
)  # fmt: skip


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_an_indicator_is_counted_where_we_can_and_says_what_is_lacking(town: FiguredTown, cut: Cut) -> None:
    mine, others = (told(figure) for figure in annexed(town, INDICATORS, cut))
    assert others == {"beds": ("本系统不能计算", ">70%", "2025-12-31", "-", "县民政局")}
    part, whole = (int(number) for number in mine["rate"][1].split("/"))
    homes = _homes(town)
    listed = {elder for elder, home in homes.items() if seen([home], cut)}
    made = {row["elder_id"] for row in town.visits if row["visited_on"] and MONTH <= row["visited_on"] < NEXT}
    assert (part, whole) == (len(listed & made), len(listed))
    lacking = f"{100 - part * 1000 // whole / 10:.1f}" if whole else "-"
    assert mine["rate"][:5] == (percent(part, whole), f"{part}/{whole}", "100%", "-", lacking)
    assert mine["rate"][5].endswith("（文件未规定·系统默认）")
    villages = {homes[elder]["village_id"] for elder in listed}
    given = {
        row["village_id"]
        for row in town.visits
        if due(row) and row["kind"] == "scheduled" and (row["volunteer_id"] or row["visitor_id"])
    }
    assert mine["scheme"][1] == f"{len(villages & given)}/{len(villages)}"
    assert mine["scheme"][4] == ("已达到" if villages & given else "1.0" if villages else "-")
    assert "系统默认" not in mine["scheme"][5]


def annexed(town: FiguredTown, indicators: Sequence[Indicator], cut: Cut) -> Sequence[Figure]:
    rate, visits = (Asked(town, one.count, one.figures).counted for one in (figures_rate, figures_visits))
    return figures_annex.figures([rate, visits, Counted(MONTH, NOW, indicators)], cut)


def _homes(town: FiguredTown) -> dict[str, Row]:
    """Where each elder belonged in the month: at their last scheduled visit that began before its end, else at home."""
    began = sorted(
        (row for row in town.visits if row["kind"] == "scheduled" and row["starts_at"] < ENDS),
        key=lambda row: (row["starts_at"], row["id"]),
    )
    return town.homes | {row["elder_id"]: row for row in began}


def test_a_county_whose_rules_name_no_indicator_has_none(town: FiguredTown) -> None:
    (figure,) = annexed(town, (), Cut())
    assert figure.rows == ()


def test_what_a_pack_may_name_is_what_can_be_counted_and_told() -> None:
    assert set(COUNTED) == figures_annex.COMPUTATIONS.keys() == COMPUTED.keys()


@pytest.mark.parametrize(
    ("op", "value", "part", "whole", "lacking"),
    [
        ("=", "100", 9996, 10000, "0.1"), ("=", "100", 9999, 10000, "0.1"), ("=", "100", 7, 7, "已达到"),
        (">", "70", 7, 10, "0.0"), (">=", "70", 7, 10, "已达到"), ("<=", "5", 6, 100, "1.0"), ("<", "5", 5, 100, "0.0"),
        ("=", "99.95", 9994, 10000, "0.05"), ("=", "60", 61, 100, "已达到"), ("=", "100", 0, 0, "-"),
    ],
)  # fmt: skip
def test_what_is_lacking_is_never_told_smaller_than_it_is(
    op: str, value: str, part: int, whole: int, lacking: str
) -> None:
    one = Indicator(
        code="i", name="i", unit="%", computation="month_visit_rate", goals=(Goal(op=op, value=Decimal(value)),)
    )
    villages = (rate_of("T1", "W1", whole, part),)
    month = MonthRate(month="2026-11", known_at=NOW, townships=(), total=villages[0], villages=villages)
    beside = (figures_rate.MonthCounted(month, None), figures_visits.VisitsOfMonth({}, (), ()))
    (figure,) = figures_annex.figures([Counted(MONTH, NOW, value) for value in (*beside, (one,))], Cut())
    assert told(figure)["i"][4] == lacking


def rate_of(township: str, village: str, listed: int, seen: int) -> Rate:
    return Rate(township_id=township, village_id=village, name=village, listed=listed, seen=seen, reasons=())


# --- the lists behind ------------------------------------------------------------------------------------------------

Lists = Callable[[Connection, AskedOf], Behind | None]
MONEY = {"nursing": "护理补贴"}
SUPPLIED: dict[str, tuple[Count, Make, Lists]] = {
    figures_rate.NAME: (figures_rate.count, figures_rate.figures, figures_rate.behind),
    figures_visits.NAME: (figures_visits.count, figures_visits.figures, figures_visits.behind),
    figures_ladder.NAME: (figures_ladder.count, figures_ladder.figures, figures_ladder.behind),
    figures_texts.NAME: (figures_texts.count, figures_texts.figures, figures_texts.behind),
    figures_levels.NAME: (figures_levels.count, figures_levels.figures, figures_levels.behind),
    figures_benefits.NAME: (
        lambda c, county, first, _now: figures_benefits.costs(c, county, first, MONEY), figures_benefits.figures,
        lambda c, asked: figures_benefits.behind(c, asked, MONEY),
    ),
}  # fmt: skip
NUMBERS = {
    "rate": {1, 2, 4, 5, 6}, "left_out": set(range(9)), "on_time": set(range(1, 8)), "cancelled": {0}, "load": {1},
    "resolve_time": {0, 3}, "causes": {0, 1, 2, 3}, "texts": {0}, "texts_lost": {0, 1, 2, 3}, "replies": {0},
    "levels_confirmed": set(range(7)), "levels_valid": set(range(5)), "indicators": set[int](),
}  # fmt: skip
"""Of each figure the cells that count elders, visits, escalations, texts, rounds or levels; of what costs, no count."""
MADE_OF = {"load": {2: 1, 3: 1, 4: 1}, "resolve_time": {1: 0, 2: 0}}
"""The cells whose list is of what they are made of: which cell counts that."""


def narrowed(cut: Cut, area: str | None) -> Cut:
    """What of an area is in the cut: where somebody sees villages of it only, these."""
    if area is None:
        return cut
    whole = cut.areas is None or cut.areas & {area, VILLAGES.get(area)}
    theirs = {area} if whole else {one for one in cut.areas or () if VILLAGES.get(one) == area}
    return Cut(areas=frozenset(theirs))


def listed_behind(connection: Connection, cell: Cell, cut: Cut) -> list[OneBehind]:
    """All of a list, page after page, as the page asks for it: of the area that the number is of, if it is of one."""
    said = dict(parse_qsl(cell.behind or ""))
    within = narrowed(cut, said.get("area"))
    found: list[OneBehind] = []
    while True:
        after = found[-1].key if found else ""
        asked = AskedOf(COUNTY, date.fromisoformat(f"{said['month']}-01"), NOW, within, said["which"], after, 7)
        page = SUPPLIED[said["of"]][2](connection, asked)
        assert page is not None and page.titles and len(page.rows) <= 7
        if not page.rows:
            return found
        assert {one.key for one in page.rows}.isdisjoint(one.key for one in found)
        found += page.rows


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_behind_every_number_are_so_many(town: FiguredTown, cut: Cut) -> None:
    opened = Counter[str]()
    with reading(town.engine) as connection:
        counted = {name: Counted(MONTH, NOW, of[0](connection, COUNTY, MONTH, NOW)) for name, of in SUPPLIED.items()}
        figures = [one for name, of in SUPPLIED.items() for one in of[1]([counted[name]], cut)]
        beside = [counted[name] for name in figures_annex.BESIDE]
        figures += figures_annex.figures([*beside, Counted(MONTH, NOW, INDICATORS)], cut)[:1]
        for figure in figures:
            for row in (*figure.rows, *((figure.total,) if figure.total else ())):
                of = MADE_OF.get(figure.code, {})
                for number, cell in enumerate(row.cells):
                    where = (figure.code, row.key, number)
                    if number in NUMBERS.get(figure.code, ()):
                        assert (cell.behind is not None) == (cell.told != "0"), where
                    if cell.behind is None or cell.of_volunteers:
                        continue
                    found = listed_behind(connection, cell, cut)
                    opened[figure.code] += 1
                    if figure.code == figures_benefits.NAME or figure.code == "benefit_cost":
                        fen = sum(_fen(one.told[0]) for one in found)
                        assert _fen(cell.told) == fen and found, where
                    elif figure.code == "indicators":
                        part, whole = (int(told) for told in row.cells[1].told.split("/"))
                        assert len(found) == (whole - part, whole)[number], where
                    else:
                        assert len(found) == int(row.cells[of.get(number, number)].told), where
    assert opened.keys() == set() if cut.areas == {"T9"} else len(opened) >= 11, opened


def _fen(told: str) -> int:
    return int(told.replace(",", "").replace(".", ""))


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_behind_a_number_of_volunteers_are_so_many(town: FiguredTown, cut: Cut) -> None:
    asked = Asked(town, figures_visits.count, figures_visits.figures)
    load = asked.cut(cut)["load"]
    for row in (*load.rows, *((load.total,) if load.total else ())):
        for cell in (cell for cell in row.cells if cell.of_volunteers):
            said = dict(parse_qsl(cell.behind or ""))
            (each,) = figures_visits.each([asked.counted], narrowed(cut, said.get("area")))
            over = [one for one in each.rows if (one.cells[4].number or 0) > (one.cells[5].number or 0)]
            assert len(over if "over" in said else each.rows) == int(cell.told)


@pytest.mark.parametrize("name", SUPPLIED)
@pytest.mark.parametrize("which", ["", "nobody", "texts:gone", "open:danger/x", "cancelled:x:y", "levels_valid:x"])
def test_what_is_no_number_has_no_list_or_an_empty_one(town: FiguredTown, name: str, which: str) -> None:
    with reading(town.engine) as connection:
        found = SUPPLIED[name][2](connection, AskedOf(COUNTY, MONTH, NOW, Cut(), which, "", 7))
    assert found is None or found.rows == ()
