"""The rows of a figure's table. A month of a county has thousands of cells, and a template takes ten times as long for
each: here one is put together as it is read, and everything in it that is no word of ours is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from markupsafe import Markup, escape

from models.figures import Cell, Chart, Figure, FigureRow
from web.language import Say

SHADES = 5
LONG = 20  # characters, from which on words in a cell take more than one line


def lines(
    figure: Figure, rows: Iterable[FigureRow], ways: Mapping[str, str], county: str, volunteers: bool, say: Say
) -> Markup:
    """`ways`: where the names of areas lead, by id. `county`: whose lists the numbers open. `volunteers`: those of
    volunteers too."""
    shade = shades(figure) if figure.chart is Chart.HEAT else None
    of_county = escape(f"&county={county}")
    said: list[str] = []
    for row in rows:
        way = ways.get(row.key)
        head = escape(say(row.label)) if way is None else f'<a href="{escape(way)}">{escape(row.label)}</a>'
        said.append(f'<tr><th scope="row">{head}</th>')
        for number, cell in enumerate(row.cells):
            kind = ("words long" if len(cell.told) > LONG else "words") if number in figure.worded else "number"
            drawn = f" h{shade(cell)}" if shade is not None else ""
            opens = cell.behind is not None and (volunteers or not cell.of_volunteers)
            told = _opening(cell, of_county) if opens else escape(say(cell.told))
            of = f' data-n="{cell.number}"' if cell.number is not None else ""
            said.append(f'<td class="{kind}{drawn}"{of}>{told}</td>')
        said.append("</tr>\n")
    return Markup("".join(said))


def _opening(cell: Cell, of_county: str) -> str:
    path = "volunteers" if cell.of_volunteers else "elders"
    return f'<a href="/dashboard/{path}?{escape(cell.behind)}{of_county}">{escape(cell.told)}</a>'


def shades(figure: Figure) -> Callable[[Cell], int]:
    """0 to `SHADES`: how a cell of a heat map stands between the lowest and the highest of them."""
    numbers = [one.number for row in figure.rows for one in row.cells if one.number is not None]
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)

    def shade(cell: Cell) -> int:
        if cell.number is None or low == high:
            return 0
        return 1 + min(int(max((cell.number - low) / (high - low), 0) * SHADES), SHADES - 1)

    return shade
