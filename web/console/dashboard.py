"""The dashboard: a county's or township's month in figures, each with its table, its chart, its date and its sheet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from decisions.deadlines import civil_day, months_after
from models.figures import Cell, Cut, Figure
from models.values import AreaKind
from projections import read_worklist
from web.console.ask import Ask, TurnedAway
from web.console.need import Need
from web.console.pay_steps import county_of, month_in
from web.console.router import Console

ACTION, EXPORT, PAY = "kpi", "kpi_export", "pay_show"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BACK = 24  # months that are offered
SHADES = 5


class Wanted(NamedTuple):
    """What is looked at. `area`: narrowed to a township or a village; else all that they may see of the county."""

    county: str
    month: date
    area: str
    cut: Cut
    running: date
    may: frozenset[str]

    def address(self, path: str = "/dashboard", **more: str) -> str:
        said = {"month": f"{self.month:%Y-%m}", "county": self.county, "area": self.area} | more
        return f"{path}?{urlencode({name: value for name, value in said.items() if value})}"


def add(console: Console) -> None:
    @console.get("/dashboard", Need(ACTION))
    def dashboard(ask: Ask) -> Response:
        asked = wanted(ask)
        ask.seen(ACTION, f"{asked.month:%Y-%m}")
        figures = ask.doors.figures.figures(asked.county, asked.month, asked.cut, asked.may)
        return _page(ask, asked, figures)

    @console.post("/dashboard/again", Need(ACTION))
    def again(ask: Ask) -> Response:
        asked = wanted(ask)
        ask.doors.figures.again(asked.county, asked.month)
        return ask.go(asked.address())

    @console.get("/dashboard/{figure}.xlsx", Need(EXPORT))
    def sheet(ask: Ask, figure: str) -> Response:
        asked, found = _one(ask, figure, "xlsx")
        named = f'attachment; filename="{figure}-{asked.month:%Y-%m}.xlsx"'
        made = ask.doors.figure_sheet(found, f"{asked.month:%Y-%m}", ask.say)
        return Response(made, media_type=XLSX, headers={"Content-Disposition": named})

    @console.get("/dashboard/{figure}/print", Need(EXPORT))
    def paper(ask: Ask, figure: str) -> Response:
        asked, found = _one(ask, figure, "print")
        return _page(ask, asked, [found], template="dashboard_print.html")


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
    may = frozenset(action for action in (ACTION, PAY) if _covers(ask, action, areas or {county}))
    return Wanted(county, month, area, Cut(areas=areas, by=by), running, may)


def _covers(ask: Ask, action: str, areas: Collection[str]) -> bool:
    """Whether they may ask it of all that lies in these areas."""
    scope = set(ask.scope(action))
    return all(
        any(scope & {area, place.township_id, place.county_id} for place in ask.doors.places.place_of_area(area))
        for area in areas
    )


def _one(ask: Ask, code: str, as_what: str) -> tuple[Wanted, Figure]:
    """A figure that leaves the house: kept as an export."""
    asked = wanted(ask)
    figures = ask.doors.figures.figures(asked.county, asked.month, asked.cut, asked.may)
    found = next((figure for figure in figures if figure.code == code), None)
    if found is None:
        raise TurnedAway(404, "not_here")
    ask.seen(EXPORT, f"{asked.month:%Y-%m}", f"export {code} {as_what} {asked.area or asked.county}")
    return asked, found


def _page(ask: Ask, asked: Wanted, figures: Sequence[Figure], template: str = "dashboard.html") -> Response:
    with ask.doors.reading() as connection:
        below = read_worklist.places_below(connection, ask.scope(ACTION))
    return ask.page(
        template, asked=asked, figures=figures, areas=below, shade=shade,
        townships={area.id for area in below if area.kind == AreaKind.TOWNSHIP},
        narrows=asked.cut.by is AreaKind.TOWNSHIP, months=[months_after(asked.running, -back) for back in range(BACK)],
    )  # fmt: skip


def shade(figure: Figure, cell: Cell) -> int:
    """0 to `SHADES`: how a cell of a heat map stands between the lowest and the highest of them."""
    numbers = [one.number for row in figure.rows for one in row.cells if one.number is not None]
    if cell.number is None or not numbers or min(numbers) == max(numbers):
        return 0
    share = (cell.number - min(numbers)) / (max(numbers) - min(numbers))
    return 1 + min(int(max(share, 0) * SHADES), SHADES - 1)
