"""In every demo, of whatever size and seed, everything happens that a demo must show."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from adapters.sample import write_sample
from demo.run import Plan
from demo.script import LEAST_ELDERS, LEAST_VOLUNTEERS, PLACED, Cast, cast

SEEDS = (0, 1, 7)
ASKED = ("climbs", "danger", "garbled")  # a volunteer must have been asked, or these cannot be shown


def played(elders: int, paired: int, periods: int, seed: int) -> tuple[Cast, list[str]]:
    names = [f"E{n:03}" for n in range(elders)]
    return cast(names, names[:paired], periods, seed), names


@pytest.mark.parametrize("periods", range(1, 7))
def test_every_manner_is_played_by_an_elder_of_its_own(periods: int) -> None:
    for elders in range(LEAST_ELDERS, 121):
        for seed in SEEDS:
            made, _ = played(elders, elders // 3, periods, seed)
            manners = [part.manner for part in made.parts.values()]
            assert {*PLACED} <= {*manners}, (elders, seed)
            assert manners.count("unanswered") == len(set(made.ending)) == 3
            assert set(made.ending) == {who for (who, _), part in made.parts.items() if part.manner == "unanswered"}
            assert made.parts[made.paper].manner == "paper" and made.paper[1] == 0
            assert made.parts[made.hero, 0].manner == "climbs"
            assert len(made.parts) == elders * periods


def test_a_visit_is_missed_besides_the_heros_who_is_seen_in_the_end() -> None:
    for periods in range(1, 7):
        for seed in SEEDS:
            made, _ = played(LEAST_ELDERS, 4, periods, seed)
            silent = {who for (who, _), part in made.parts.items() if part.manner == "silent"}
            assert silent - {made.hero, made.paper[0]}


def test_what_a_volunteer_must_be_asked_for_falls_to_elders_who_are_sure_to_have_one() -> None:
    for elders in range(LEAST_ELDERS, 121):
        for seed in SEEDS:
            made, names = played(elders, len(ASKED), 3, seed)
            placed = {part.manner: who for (who, _), part in made.parts.items() if who in names[: len(ASKED)]}
            assert {*ASKED} <= {*placed}, (elders, seed)


def test_the_same_seed_plays_the_same_and_another_does_not() -> None:
    assert played(60, 18, 3, 1) == played(60, 18, 3, 1)
    assert played(60, 18, 3, 1) != played(60, 18, 3, 2)


@pytest.mark.parametrize("volunteers", [LEAST_VOLUNTEERS, 4, 5, 8, 20])
def test_the_sample_of_every_size_has_a_shared_phone_and_pairs_enough(tmp_path: Path, volunteers: int) -> None:
    for elders in (*range(LEAST_ELDERS, 36), 60, 61, 120):
        for seed in SEEDS[1:]:
            write_sample(tmp_path, elders, volunteers, seed)
            with (tmp_path / "volunteers.csv").open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            phones = [row["联系电话"] for row in rows]
            assert len(set(phones)) == len(phones) - 1, (elders, seed)
            paired = [one for row in rows for one in row["结对老人(姓名+身份证后四位)"].split("、") if one]
            assert len(paired) >= len(ASKED), (elders, seed)


@pytest.mark.parametrize(
    ("sizes", "least"),
    [((LEAST_ELDERS - 1, 8, 3), "12位老人"), ((60, LEAST_VOLUNTEERS - 1, 3), "3位志愿者"), ((60, 8, 0), "1期")],
)
def test_a_county_too_small_for_all_parts_is_refused_and_the_least_is_named(
    sizes: tuple[int, int, int], least: str
) -> None:
    with pytest.raises(ValueError, match=least):
        Plan(*sizes)
    with pytest.raises(ValueError, match=f"{LEAST_ELDERS}位老人"):
        cast([f"E{n}" for n in range(LEAST_ELDERS - 1)], (), 3, 1)
