"""What differs between two packs as rules: each value under its path, with where it comes from on both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from policies.comparing import differences
from policies.pack import load
from tests.decisions.planting import Toml, both, drop, planted, put

EXAMPLE = load("example-cq")
BY = "示例〔2026〕9号"
GONE = (None, None)
OURS = "文件未规定·系统默认"
POOR = "原文：80至89周岁每人每月25元，其中低保、特困对象每人每月100元"
SECOND = "原文：残疾二级每人每月70元"
OLD_AGE = "原文：高龄津贴（大渡口区，2025年1月1日起）"


def swapped(toml: Toml) -> None:
    rows: list[Any] = toml["exclusivity"]
    rows.reverse()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (put("version", "2026.4"), ("version", "2026.3", "", "2026.4", "")),
        (
            put("benefits.1.rows.0.fen", {"value": 3000, "rule": BY}),
            ("benefits.old_age.rows.from_80.fen", "每月25.00元", POOR, "每月30.00元", f"依据：{BY}"),
        ),
        (
            put("benefits.1.rows.0.when.0.value", 79),
            (
                "benefits.old_age.rows.from_80", "周岁不低于80岁；周岁不超过89岁；经济状况不属于特困、低保", POOR,
                "周岁不低于79岁；周岁不超过89岁；经济状况不属于特困、低保", POOR,
            ),
        ),
        (  # what the words of a row do not say is told by its key
            put("benefits.1.rows.0.to_on", "2026-12-31"),
            ("benefits.old_age.rows.from_80", "to_on 无", POOR, "to_on 2026-12-31", POOR),
        ),
        (
            put("limits.extend_max", {"value": 2, "rule": BY}),  # the same value, confirmed
            ("limits.extend_max", "2", OURS, "2", f"依据：{BY}"),
        ),
        (put("ladder.1.after.amount", 3), ("ladder.village_assistant", "after 1天", OURS, "after 3天", OURS)),
        (
            drop("benefits.1.over"),
            (
                "benefits.old_age", 'over [{"fact":"age","op":">=","value":80}]', OLD_AGE, "over 无", OLD_AGE,
            ),
        ),
        (put("covers", ["a", "b"]), ("covers", None, None, "a、b", "")),
        (drop("unknown.high_risk"), ("unknown.high_risk", "哪些标签算高风险，第一次没见到就转网格员？", "", *GONE)),
        (
            swapped,
            (
                "exclusivity（次序）",
                "care_or_disability_care、disability_care_or_destitute_care、care_and_disability_living", "",
                "care_and_disability_living、disability_care_or_destitute_care、care_or_disability_care", "",
            ),
        ),
    ],
)  # fmt: skip
def test_a_difference_is_told_with_both_sources(
    change: Callable[[Toml], object], told: tuple[str, str | None, str | None, str | None, str | None]
) -> None:
    (found,) = differences(EXAMPLE, planted(change, "example-cq"))
    old, new = found.old or (None, None), found.new or (None, None)
    assert (found.where, *old, *new) == told


def test_a_row_that_is_gone_is_told_with_its_amount_and_its_dates() -> None:
    gone = planted(drop("benefits.2.rows.1"), "example-cq")
    assert [(each.where, each.old, each.new) for each in differences(EXAMPLE, gone)] == [
        ("benefits.severe_disability_care.rows.grade_2", ("残疾类别不属于无；残疾等级为2级", SECOND), None),
        ("benefits.severe_disability_care.rows.grade_2.fen", ("每月70.00元", SECOND), None),
    ]
    back = {each.where: each.new for each in differences(planted(drop("benefits.1.rows.0"), "example-cq"), EXAMPLE)}
    words = back["benefits.old_age.rows.from_80"]
    assert words is not None
    assert words.words.endswith("，from_on 2025-01-01")


def test_a_pack_does_not_differ_from_itself_and_another_county_does_everywhere() -> None:
    assert differences(EXAMPLE, EXAMPLE) == []
    two = planted(both(put("version", "2"), put("min_age.value", 65)), "example-cq")
    assert [each.where for each in differences(EXAMPLE, two)] == ["version", "min_age"]
    other = {each.where for each in differences(EXAMPLE, load("litong"))}
    assert {"county", "benefits.old_age", "source.txt"} <= other
