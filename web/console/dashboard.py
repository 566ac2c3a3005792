"""The dashboard: a county's or township's month in figures, each with its table, its chart, its date and its sheet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from decisions.deadlines import civil_day, months_after
from decisions.permits import Territory
from models.figures import Cell, Cut, Figure
from models.values import AreaKind
from projections import read_elder, read_people, read_worklist
from web.console.ask import Ask, TurnedAway
from web.console.elders import moment_in
from web.console.messages import path_of
from web.console.need import Need
from web.console.pay_steps import county_of, month_in
from web.console.router import Console
from web.openapi import Takes

ACTION, EXPORT, PAY, VOLUNTEER = "kpi", "kpi_export", "pay_show", "volunteer"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RATE, CLOSED = "rate", "rate_frozen"
"""The one number a month: as known now, and as it was when the month was closed."""
A_PAGE = 50
ASKED = ("month", "county", "area")
BACK = 24  # months that are offered
SHADES = 5
AS_NOW: Mapping[str, Any] = {"said": "", "wrong": False, "at": None, "folding": None}
"""A page of what is known now."""


class Wanted(NamedTuple):
    """What is looked at. `area`: narrowed to a township or a village; else all that they may see of the county.

    `volunteers`: they may see those of all of it. `as_of`: the day as of which it is looked at; else now.
    """

    county: str
    month: date
    area: str
    cut: Cut
    running: date
    may: frozenset[str]
    volunteers: bool
    as_of: str = ""

    @property
    def whose(self) -> str:
        """The one area that all of it is; else the county."""
        areas = self.cut.areas or ()
        return next(iter(areas)) if len(areas) == 1 else self.county

    def address(self, path: str = "/dashboard", **more: str) -> str:
        said = {"month": f"{self.month:%Y-%m}", "county": self.county, "area": self.area, "as_of": self.as_of} | more
        return f"{path}?{urlencode({name: value for name, value in said.items() if value})}"


def add(console: Console) -> None:
    @console.get("/dashboard", Need(ACTION), Takes((*ASKED, "as_of")))
    def dashboard(ask: Ask) -> Response:
        asked, at, said, wrong = _as_of(ask)
        if at is not None:
            return _then(ask, asked, at)
        ask.seen(ACTION, f"{asked.month:%Y-%m}")
        figures = ask.doors.figures.figures(asked.county, asked.month, asked.cut, asked.may)
        anybody = any(figure.rows for figure in figures if figure.code == RATE)
        if "month" not in ask.request.query_params and not anybody:
            asked = asked._replace(month=asked.running)  # a county in its first month
            figures = ask.doors.figures.figures(asked.county, asked.month, asked.cut, asked.may)
        return _page(ask, asked, figures, said=said, wrong=wrong, status=422 if wrong else 200)

    @console.post("/dashboard/again", Need(ACTION), Takes(ASKED))
    def again(ask: Ask) -> Response:
        asked = wanted(ask)
        ask.doors.figures.again(asked.county, asked.month)
        return ask.go(asked.address())

    @console.get("/dashboard/elders", Need(ACTION), Takes((*ASKED, "of", "which", "after")))
    def elders(ask: Ask) -> Response:
        return _elders(ask)

    @console.get("/dashboard/{figure}.xlsx", Need(EXPORT), Takes((*ASKED, "as_of")))
    def sheet(ask: Ask, figure: str) -> Response:
        return _leaves(ask, figure, "xlsx", _sheet)

    @console.get("/dashboard/{figure}/print", Need(EXPORT), Takes((*ASKED, "as_of")))
    def paper(ask: Ask, figure: str) -> Response:
        return _leaves(ask, figure, "print", _paper)


def _sheet(ask: Ask, asked: Wanted, found: Figure) -> Response:
    month = f"{asked.month:%Y-%m}"
    day = f"-as-of-{asked.as_of}" if asked.as_of else ""
    named = f'attachment; filename="{found.code}-{month}{day}.xlsx"'
    made = ask.doors.figure_sheet(found, month, ask.say)
    return Response(made, media_type=XLSX, headers={"Content-Disposition": named})


def _paper(ask: Ask, asked: Wanted, found: Figure) -> Response:
    return _page(ask, asked, [found], "dashboard_print.html")


def wanted(ask: Ask, action: str = ACTION) -> Wanted:
    """By the address. Raises TurnedAway: no such month yet, or no area of theirs."""
    said = ask.request.query_params
    county, within = county_of(ask, action)
    running = civil_day(ask.now).replace(day=1)
    month = month_in(said["month"]) if said.get("month") else months_after(running, -1)
    if month > running:
        raise TurnedAway(404, "not_here")
    area = said.get("area", "")
    if area:
        places = ask.doors.places.place_of_area(area)
        theirs = area != county and any(
            place.county_id == county and (within is None or {area, place.township_id} & set(within))
            for place in places
        )  # fmt: skip
        if not theirs:
            raise TurnedAway(404, "not_here")
    inside = [area] if area else within
    by = AreaKind.TOWNSHIP if inside is None or len(inside) > 1 else AreaKind.VILLAGE
    areas = None if inside is None else frozenset(inside)
    covered = _covered(ask, (ACTION, PAY, VOLUNTEER), areas or {county})
    may, volunteers = frozenset(covered - {VOLUNTEER}), VOLUNTEER in covered
    return Wanted(county, month, area, Cut(areas=areas, by=by), running, may, volunteers)


def _covered(ask: Ask, actions: Collection[str], areas: Collection[str]) -> set[str]:
    """Those of the actions that they may ask of all that lies in these areas."""
    lies = [[{area, *_above(place)} for place in ask.doors.places.place_of_area(area)] for area in areas]
    scopes = {action: set(ask.scope(action)) for action in actions}
    return {action for action, scope in scopes.items() if all(any(scope & place for place in each) for each in lies)}


def _above(place: Territory) -> set[str | None]:
    return {place.township_id, place.county_id}


def _as_of(ask: Ask) -> tuple[Wanted, datetime | None, str, bool]:
    """What is looked at and as of when, what was said of it, and whether that is no day. One not over yet is now."""
    said = ask.request.query_params.get("as_of", "").strip()
    at, wrong = moment_in(said, ask.now)
    return wanted(ask)._replace(as_of=said if at else ""), at, said if at or wrong else "", wrong


def _leaves(ask: Ask, code: str, as_what: str, made: Callable[[Ask, Wanted, Figure], Response]) -> Response:
    """A figure that leaves the house: kept as an export. What is still being folded is to be waited for on its page."""
    asked, at, _said, wrong = _as_of(ask)
    if wrong:
        raise TurnedAway(404, "not_here")
    if at is None:
        figures = ask.doors.figures.figures(asked.county, asked.month, asked.cut, asked.may)
    else:
        figures = ask.doors.figures_then.figures(asked.county, asked.month, at, asked.cut, asked.may).figures
    if figures is None:
        return ask.go(asked.address())
    found = next((figure for figure in figures if figure.code == code), None)
    if found is None:
        raise TurnedAway(404, "not_here")
    told = f"export {code} {as_what} {asked.area or asked.county}" + (f" as of {at.isoformat()}" if at else "")
    ask.seen(EXPORT, f"{asked.month:%Y-%m}", told)
    return made(ask, asked, found)


def _page(
    ask: Ask, asked: Wanted, figures: Sequence[Figure], template: str = "dashboard.html", status: int = 200,
    **more: Any,
) -> Response:  # fmt: skip
    with ask.doors.reading() as connection:
        below = read_worklist.places_below(connection, ask.scope(ACTION))
    by_code = {figure.code: figure for figure in figures if figure.rows}
    now, closed = by_code.get(RATE), by_code.get(CLOSED)
    by_place = asked.cut.by is AreaKind.TOWNSHIP
    differs = now and closed and _counts(now, by_place) != _counts(closed, by_place)
    return ask.page(
        template, status, **{**AS_NOW, **more}, asked=asked, figures=figures,
        areas=below, shade=shade, townships={area.id for area in below if area.kind == AreaKind.TOWNSHIP},
        narrows=by_place, months=[months_after(asked.running, -back) for back in range(BACK)],
        place=_place(ask, asked), number=closed or now, beside=now if differs else None,
        counting=ask.doors.figures.counting,
    )  # fmt: skip


def _place(ask: Ask, asked: Wanted) -> str:
    return ask.doors.people.areas([asked.whose]).get(asked.whose, "")


def _counts(figure: Figure, by_place: bool) -> list[list[str]]:
    """What is compared with a closed month, which was closed by township."""
    rows = (*(figure.rows if by_place else ()), *((figure.total,) if figure.total else ()))
    return [[cell.told for cell in row.cells] for row in rows]


def _then(ask: Ask, asked: Wanted, at: datetime) -> Response:
    """As known then: folded behind the page, which says how far it is and asks again by itself."""
    folding = ask.doors.figures_then.figures(asked.county, asked.month, at, asked.cut, asked.may)
    if folding.figures is not None:
        ask.seen(ACTION, f"{asked.month:%Y-%m}", f"read as of {at.isoformat()}")
    waits = folding if folding.figures is None else None
    return _page(ask, asked, folding.figures or (), at=at, said=asked.as_of, folding=waits)


def _elders(ask: Ask) -> Response:
    """Those whom a number counts, as known now; by name who may be seen by it today."""
    asked, said = wanted(ask), ask.request.query_params
    of, which, after = said.get("of", ""), said.get("which", ""), said.get("after", "")
    if not of:
        return ask.go(asked.address())
    found = ask.doors.figures.behind(of, asked.county, asked.month, asked.cut, which, after, A_PAGE + 1, asked.may)
    if found is None:
        raise TurnedAway(404, "not_here")
    page = found.rows[:A_PAGE]
    ids = list(dict.fromkeys(one.elder_id or one.person_id or one.key for one in page))
    ask.seen("kpi_elders", f"{asked.month:%Y-%m} {of} {which} {asked.area}".strip(), f"read {' '.join(ids)}".strip())
    with ask.doors.reading() as connection:
        named = read_elder.living_within(connection, ids, ask.scope("find_elder"))
        if found.texts:
            named |= read_people.people_within(connection, ids, ask.scope("messages"))
    last = asked.address("/dashboard/elders", of=of, which=which, after=page[-1].key) if page != found.rows else None
    return ask.page(
        "dashboard_elders.html", asked=asked, found=found, rows=page, later=last, first=not after,
        begin=asked.address("/dashboard/elders", of=of, which=which), people=ask.doors.people.names(named),
        place=_place(ask, asked), shown=_shown(ask, asked, of, which), may_open=ask.may("case_show"), text_path=path_of,
    )  # fmt: skip


def _shown(ask: Ask, asked: Wanted, of: str, which: str) -> tuple[str, datetime] | None:
    """The number that opens this list, and as known when."""
    areas = {asked.area} if asked.area else {"", asked.whose}
    opens = {"of": of, "which": which, "month": f"{asked.month:%Y-%m}"}
    for figure in ask.doors.figures.figures(asked.county, asked.month, asked.cut, asked.may):
        for row in (*figure.rows, *((figure.total,) if figure.total else ())):
            for cell in row.cells:
                behind = dict(parse_qsl(cell.behind or ""))
                if behind.pop("area", "") in areas and behind == opens and cell.told == f"{cell.number or 0:.0f}":
                    return cell.told, figure.known_at
    return None


def shade(figure: Figure, cell: Cell) -> int:
    """0 to `SHADES`: how a cell of a heat map stands between the lowest and the highest of them."""
    numbers = [one.number for row in figure.rows for one in row.cells if one.number is not None]
    if cell.number is None or not numbers or min(numbers) == max(numbers):
        return 0
    share = (cell.number - min(numbers)) / (max(numbers) - min(numbers))
    return 1 + min(int(max(share, 0) * SHADES), SHADES - 1)
