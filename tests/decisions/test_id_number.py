"""GB 11643: the check character, what is refused and why, ages at birthdays."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.id_number import age_on, check_character, read_id_number


def test_the_example_of_the_standard() -> None:
    """GB 11643-1999, clause 6: 110105 19491231 002 has the check character X."""
    read = read_id_number(" 11010519491231002x ")
    assert read == ("11010519491231002X", "110105", date(1949, 12, 31), "F")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "身份号码应为18位"),
        ("110105491231002", "身份号码应为18位"),
        ("1101051949123100２X", "身份号码应为18位"),
        ("110105194912310021", "身份号码校验位不对"),
        ("110105194902300020", "身份号码中的出生日期不存在"),
    ],
)
def test_what_is_refused_is_named(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refusal:
        read_id_number(text)
    assert not text or text not in str(refusal.value)


@given(st.dates(date(1900, 1, 1), date(1966, 12, 31)), st.integers(0, 999))
def test_every_made_number_reads_back_and_is_congruent_to_one(born_on: date, sequence: int) -> None:
    stem = f"500236{born_on:%Y%m%d}{sequence:03}"
    read = read_id_number(stem + check_character(stem))
    assert (read.born_on, read.sex) == (born_on, "M" if sequence % 2 else "F")
    values = [10 if character == "X" else int(character) for character in read.text]
    assert sum(value * pow(2, 17 - place) for place, value in enumerate(values)) % 11 == 1  # ISO 7064, MOD 11-2


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(place: int, shift: int) -> None:
    right = "11010519491231002X"
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    with pytest.raises(ValueError, match="身份号码"):
        read_id_number(wrong)


def test_ages_turn_on_the_birthday() -> None:
    assert [age_on(date(1966, 3, 2), date(2026, 3, day)) for day in (1, 2)] == [59, 60]
    assert [age_on(date(1964, 2, 29), date(2025, *day)) for day in ((2, 28), (3, 1))] == [60, 61]
