"""The scale's file: what it holds, that it must agree with itself, and how a named person's word stands in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from decisions.ability import checked_words, items_of, score
from models.ability import AbilityAnswers, AbilityLevel, AbilityScale
from policies.scales import GBT42195, ScaleUnreadable, load
from starter import app
from tests.decisions.ability_cases import DAY, MAXIMA

TEXT = GBT42195.read_text("utf-8")


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        file = tmp_path / "scale.toml"
        file.write_text(text, "utf-8")
        return file

    return write


def after(place: str, old: str, new: str, text: str = TEXT) -> str:
    """The text with the first `old` after `place` changed to `new`."""
    at = text.index(old, text.index(place))
    return text[:at] + new + text[at + len(old) :]


def refused(file: Path) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ScaleUnreadable) as caught:
        load(file)
    assert str(file) in str(caught.value)
    return [(at.line, at.where, at.what) for at in caught.value.found]


def line(place: str, within: str = TEXT, key: str = "") -> int:
    """The line of `place`, or of the first `key` after it."""
    at = within.index(place)
    return within.count("\n", 0, within.index(key, at)) + 1


# --- what it holds ---------------------------------------------------------------------------------------------------


def test_the_scale_is_what_the_transcriptions_agree_on() -> None:
    scale = load()
    assert {item.code: item.max for item in items_of(scale)} == MAXIMA
    assert [(section.code, section.name, section.max, len(section.items)) for section in scale.sections] == [
        ("B.1", "自理能力", 32, 8), ("B.2", "基础运动能力", 15, 4), ("B.3", "精神状态", 28, 9),
        ("B.4", "感知觉与社会参与", 15, 5),
    ]  # fmt: skip
    assert [(band.level, band.name, band.low, band.high) for band in scale.bands] == [
        (AbilityLevel.INTACT, "能力完好", 90, 90),
        (AbilityLevel.MILD, "能力轻度受损（轻度失能）", 66, 89),
        (AbilityLevel.MODERATE, "能力中度受损（中度失能）", 46, 65),
        (AbilityLevel.SEVERE, "能力重度受损（重度失能）", 30, 45),
        (AbilityLevel.COMPLETE, "能力完全丧失（完全失能）", 0, 29),
    ]
    assert scale.max == 90


def test_the_items_have_the_forms_names() -> None:
    assert " ".join(item.name for item in items_of(load())) == (
        "进食 修饰 洗澡 穿/脱上衣 穿/脱裤子和鞋袜 小便控制 大便控制 如厕 床上体位转移 床椅转移 平地行走 上下楼梯 "
        "时间定向 空间定向 人物定向 记忆 理解能力 表达能力 攻击行为 抑郁症状 意识水平 "
        "视力 听力 执行日常事务 使用交通工具外出 社会交往能力"
    )


def test_nobody_has_checked_it_yet_and_it_says_so() -> None:
    standard = load().standard
    assert '"对照国标原文核对" = "否"' in TEXT
    assert (standard.checked_on, standard.official_words) == (None, False)
    assert checked_words(standard) == "对照国标原文核对: 否"


def test_the_loaded_scale_survives_the_wire() -> None:
    assert AbilityScale.model_validate_json(load().model_dump_json()) == load()


# --- a file that does not agree with itself --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "place", "key", "says"),
    [
        (after('name = "精神状态"', "max = 28", "max = 29"), 'name = "精神状态"', "max = 29", "its items have 28"),
        (after('code = "B.4.4"', "max = 3", "max = 2"), 'code = "B.4.4"', "options", "4 options for 2 to 0"),
        (after('number = "', "max = 90", "max = 100"), 'number = "', "max = 100", "says 100 points, the items have 90"),
        (after('number = "', "items = 26", "items = 22"), 'number = "', "items = 22", "there are 26"),
        (after('level = "intact"', "high = 90", "high = 100"), 'level = "intact"', "high = 100", "not at 90"),
        (after('level = "mild"', "low = 66", "low = 67"), 'level = "moderate"', "high = 65", "not at 66"),
        (after('level = "mild"', "low = 66", "low = 60"), 'level = "moderate"', "high = 65", "not at 59"),
        (after('level = "complete"', "low = 0", "low = 1"), 'level = "complete"', "low = 1", "does not begin at 0"),
        (
            after('level = "mild"', "low = 66", "low = 91", after('level = "moderate"', "high = 65", "high = 90")),
            'level = "mild"', "low = 91", "above its end",
        ),
        (after('code = "B.3.7"', "max = 1", "max = 0"), 'code = "B.3.7"', "max = 0", "is worth no point"),
        (after('level = "severe"', '"severe"', '"moderate"'), "[[bands]]", "[[bands]]", "each level has one band"),
        (after('code = "B.1.2"', '"assistance"', '"help"'), 'code = "B.1.2"', "options", "no list [options] help"),
        (after('code = "B.3.7"', '"未出现"', '" "'), 'code = "B.3.7"', "options", "blank"),
        (after('code = "B.1.3"', "B.1.3", "B.1.2"), "[[sections]]", "[[sections]]", "B.1.2 is there 2 times"),
        (after('code = "B.1.8"', "B.1.8", "B.2.8"), 'code = "B.2.8"', "code", "no code of section B.1"),
        (after('code = "dementia"', '"F03"', '"F04"'), 'code = "mental_disorder"', "low", "is dementia too"),
        (after('code = "dementia"', '"F00"', '"F09"'), 'code = "dementia"', "low", "F09 comes after F03"),
        (after("[changes.events]", "at_least = 2", "at_least = 0"), "[changes.events]", "at_least", "counts no event"),
        (after("[changes.events.kinds]", 'fall = "跌倒"\n', ""), "[changes.events.kinds]", "", "fall has no name"),
        (after("[changes.coma]", '"P15"', '"P16"'), "[changes.coma]", "from", "P16 is no entry of [sources]"),
    ],
)  # fmt: skip
def test_what_does_not_agree_is_refused_where_it_stands(
    written: Callable[[str], Path], changed: str, place: str, key: str, says: str
) -> None:
    found = refused(written(changed))
    assert any(at == line(place, changed, key) and says in what for at, _, what in found), found


@pytest.mark.parametrize(
    ("changed", "where", "key"),
    [
        (after('code = "B.1.1"', "max = 4", 'max = "4"'), "sections.0.items.0.max", 'max = "4"'),
        (after('code = "B.1.1"', "max = 4", "max = 4.0"), "sections.0.items.0.max", "max = 4.0"),
        (after('level = "mild"', "low = 66", "lov = 66"), "bands.1.lov", "lov"),
        (after('level = "mild"', '"mild"', '"轻度"'), "bands.1.level", 'level = "轻度"'),
        (after("[header]", '"否"', '"no"'), "header.对照国标原文核对", '"对照国标原文核对" = "no"'),
        (after("[changes.coma]", '"complete"', '"重度"'), "changes.coma.to", 'to = "重度"'),
        (after("[changes.events.kinds]", "fall", "falls"), "changes.events.kinds.falls", "falls"),
    ],
)  # fmt: skip
def test_what_is_no_scale_is_refused_where_it_stands(
    written: Callable[[str], Path], changed: str, where: str, key: str
) -> None:
    found = refused(written(changed))
    mine = [at for at, path, _ in found if path.startswith(where)]
    assert mine == [line(key, changed)], found


def test_another_scale_under_this_name_is_refused(written: Callable[[str], Path]) -> None:
    """22 items; or the four levels of 2013: both are met in public code as GB/T 42195-2022."""
    last_four = TEXT[TEXT.index('[[sections.items]]\ncode = "B.4.2"') : TEXT.index("# --- total")]
    found = [where for _, where, _ in refused(written(TEXT.replace(last_four, "")))]
    assert found == ["sections.B.4", "items", "max"]
    four = TEXT.replace(TEXT[TEXT.index('[[bands]]\nlevel = "complete"') : TEXT.index("# --- preliminary")], "")
    assert [where for _, where, _ in refused(written(four))] == ["bands"]


def test_a_file_that_is_not_there_or_no_toml_says_so(written: Callable[[str], Path], tmp_path: Path) -> None:
    assert [at for at, _, _ in refused(tmp_path / "none.toml")] == [None]
    assert [at for at, _, _ in refused(written("code = "))] == [None]


def test_everything_wrong_is_told_at_once(written: Callable[[str], Path]) -> None:
    changed = after('level = "complete"', "low = 0", "low = 1", after('name = "精神状态"', "max = 28", "max = 29"))
    assert len(refused(written(changed))) == 2


# --- a named person's word -------------------------------------------------------------------------------------------


def signed(content: str, text: str = TEXT) -> str:
    name_and_day = f'"是"\n"核对人" = "测试员甲"\n"核对日期" = 2026-12-01\n"核对内容" = "{content}"'
    return after("[header]", '"否"', name_and_day, text)


def test_a_named_person_sets_it(written: Callable[[str], Path]) -> None:
    scale = load(written(signed(load().standard.hash)))
    assert (scale.checked_by, scale.standard.checked_on) == ("测试员甲", date(2026, 12, 1))
    assert checked_words(scale.standard, scale.checked_by) == "对照国标原文核对: 是（测试员甲，2026-12-01）"
    assert scale.standard.hash == load().standard.hash, "who has checked it is no part of what was checked"


def test_the_name_of_who_checked_goes_into_nothing_that_is_scored(written: Callable[[str], Path]) -> None:
    scale = load(written(signed(load().standard.hash)))
    for answers in (
        AbilityAnswers(assessed_on=DAY, scores={}, coma=True),
        AbilityAnswers(assessed_on=DAY, scores={}),
        AbilityAnswers(assessed_on=DAY, scores={"B.9.9": 1}),
    ):
        got = score(scale, answers)
        assert "测试员甲" not in got.model_dump_json()
        assert checked_words(got.standard) == "对照国标原文核对: 是（2026-12-01）"


def test_the_official_wording_can_be_put_in(written: Callable[[str], Path]) -> None:
    text = after("[header]", '"缩写"', '"原文"', after('code = "B.3.9"', '"神志清醒"', '"神志清醒，原文"'))
    scale = load(written(text))
    assert scale.standard.official_words
    assert next(item for item in items_of(scale) if item.code == "B.3.9").options[0] == "神志清醒，原文"


@pytest.mark.parametrize("gone", ['"核对人" = "测试员甲"\n', '"核对日期" = 2026-12-01\n'])
def test_yes_without_a_name_or_a_day_is_refused(written: Callable[[str], Path], gone: str) -> None:
    text = signed(load().standard.hash).replace(gone, "")
    assert [(at, where) for at, where, _ in refused(written(text))] == [(line('"对照国标原文核对"', text), "header")]


def test_no_with_a_name_is_refused(written: Callable[[str], Path]) -> None:
    text = signed(load().standard.hash).replace('"是"', '"否"')
    assert [where for _, where, _ in refused(written(text))] == ["header"]


def test_a_change_after_the_check_makes_it_void(written: Callable[[str], Path]) -> None:
    text = after('code = "B.3.9"', "神志清醒", "清醒", signed(load().standard.hash))
    ((at, where, what),) = refused(written(text))
    assert (at, where) == (line('"核对内容"', text), "header")
    now = re.findall(r"[0-9a-f]{64}", what)
    assert load(written(text.replace(load().standard.hash, now[0]))).standard.checked_on is not None


def test_a_remark_is_no_change(written: Callable[[str], Path]) -> None:
    assert load(written(f"# read again\n{TEXT}")).standard.hash == load().standard.hash


# --- at the command line ---------------------------------------------------------------------------------------------


def test_a_person_can_read_it_whole() -> None:
    told = CliRunner().invoke(app, ["policy", "scale"])
    assert told.exit_code == 0
    for item in items_of(load()):
        assert f"{item.code} {item.name}" in told.output
        assert all(words in told.output for words in item.options)
    assert "对照国标原文核对: 否" in told.output and load().standard.hash in told.output
    assert "46–65分：能力中度受损（中度失能）" in told.output
    assert "昏迷：直接评定为能力完全丧失（完全失能）" in told.output


def test_what_is_wrong_is_told_by_file_and_line(written: Callable[[str], Path]) -> None:
    text = after('level = "complete"', "low = 0", "low = 1")
    file = written(text)
    told = CliRunner().invoke(app, ["policy", "scale", str(file)])
    assert told.exit_code == 1
    where = line('level = "complete"', text, "low")
    assert f"{file}:{where}: bands.complete：" in told.output.replace("\n", "")
