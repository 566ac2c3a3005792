"""The rows of a figure's table: put together by hand, so that nothing of what they say is read as markup."""

from __future__ import annotations

from datetime import UTC, datetime

from markupsafe import Markup

from models.figures import Cell, Chart, Figure, FigureRow
from web.console.figure_rows import SHADES, lines, shades

EVIL = '<b onclick="x">&'
SAFE = "&lt;b onclick=&#34;x&#34;&gt;&amp;"
NOW = datetime(2026, 12, 8, 2, tzinfo=UTC)


def figure(*rows: FigureRow, chart: Chart | None = None, worded: tuple[int, ...] = ()) -> Figure:
    return Figure(
        code="f", title="f", columns=("", "f"), rows=rows, how="", known_at=NOW, chart=chart, worded=worded
    )  # fmt: skip


def told(one: Figure, volunteers: bool = True, **ways: str) -> str:
    made = lines(one, one.rows, ways, EVIL, volunteers, lambda said: {"村": "Village"}.get(said, said))
    assert isinstance(made, Markup)
    return made


def test_names_numbers_and_ways_are_escaped() -> None:
    cells = (Cell(told=EVIL, number=1), Cell(told=EVIL, behind=EVIL), Cell(told=EVIL, behind=EVIL, of_volunteers=True))
    made = told(figure(FigureRow(key="a", label=EVIL, cells=cells), FigureRow(key="b", label=EVIL, cells=())), a=EVIL)
    assert "<b" not in made and made.count(SAFE) == 10
    assert f'<th scope="row"><a href="{SAFE}">{SAFE}</a></th>' in made and f'<th scope="row">{SAFE}</th>' in made
    assert f'href="/dashboard/elders?{SAFE}&amp;county={SAFE}"' in made
    assert f'href="/dashboard/volunteers?{SAFE}&amp;county={SAFE}"' in made


def test_volunteers_are_listed_only_to_whom_they_may_be() -> None:
    row = FigureRow(key="a", label="a", cells=(Cell(told="3", number=3, behind="x=1", of_volunteers=True),))
    assert "href" in told(figure(row)) and "href" not in told(figure(row), volunteers=False)


def test_words_are_told_in_the_language_and_numbers_drawn() -> None:
    cells = (Cell(told="村"), Cell(told="长" * 21), Cell(told="7", number=7))
    made = told(figure(FigureRow(key="a", label="村", cells=cells), worded=(0, 1)))
    assert made.count("Village") == 2
    assert '<td class="words">' in made and '<td class="words long">' in made
    assert '<td class="number" data-n="7.0">7</td>' in made


def test_a_heat_map_is_shaded_from_its_lowest_to_its_highest() -> None:
    cells = *(Cell(told=str(number), number=number) for number in (10, 55, 100)), Cell(told="-")
    one = figure(FigureRow(key="a", label="a", cells=cells), chart=Chart.HEAT)
    assert [shades(one)(cell) for cell in cells] == [1, 3, SHADES, 0]
    assert [f'number h{n}"' in told(one) for n in (0, 1, 3, SHADES)] == [True] * 4
    alike = figure(FigureRow(key="a", label="a", cells=cells[:1] * 2), chart=Chart.HEAT)
    assert shades(alike)(cells[0]) == 0 and shades(figure())(cells[0]) == 0
