"""How many cases dispatch may begin: never more than so many in any second."""

from __future__ import annotations

from post.dispatch import Pace


def test_no_second_has_more_than_its_share() -> None:
    now = [0.0]
    pace = Pace(50, lambda: now[0])
    begun: list[float] = []
    for _ in range(400):
        taken = min(pace.left(), 7)
        pace.took(taken)
        begun += [now[0]] * taken
        now[0] += 0.03
    assert all(sum(at <= one < at + 1 for one in begun) <= 50 for at in begun)
    assert len(begun) >= 11 * 50
