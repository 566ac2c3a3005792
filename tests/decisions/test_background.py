"""Work beside the requests: once while it goes on, told to whoever began it, and a failure said."""

from __future__ import annotations

from threading import Event

from post.background import Background, Piece, Told

WAIT = 10


def ended(of: Background, piece: Piece) -> None:
    """One piece at a time: what is begun after it is done after it."""
    last = Event()
    of.begin("somebody else", {"after": piece.id}, 0, lambda _told: last.set())
    assert last.wait(WAIT)


def test_asked_for_once_more_while_it_goes_on_it_is_the_same_piece() -> None:
    goes_on, begun, held = Event(), Event(), Background()

    def work(told: Told) -> str:
        told(3)
        begun.set()
        assert goes_on.wait(WAIT)
        return "found"

    piece = held.begin("S-1", {"a": "1"}, 9, work)
    assert begun.wait(WAIT) and piece.going and (piece.done, piece.total) == (3, 9)
    assert held.begin("S-1", {"a": "1"}, 9, work) is piece
    goes_on.set()
    ended(held, piece)
    assert (piece.found, piece.going) == ("found", False)
    assert held.of(piece.id, "S-1") is piece and held.of(piece.id, "S-2") is None
    assert held.begin("S-1", {"a": "1"}, 9, lambda _told: "again") is not piece


def test_a_failure_is_said_and_the_next_goes_on() -> None:
    held = Background()

    def fails(_told: Told) -> str:
        raise ValueError("no such month")

    piece = held.begin("S-1", {}, 1, fails)
    ended(held, piece)
    assert piece.failed and not piece.going and piece.found is None


def test_the_oldest_make_room() -> None:
    held = Background(most=2)
    pieces = [held.begin("S-1", {"n": str(n)}, 0, lambda _told: "found") for n in range(2)]
    ended(held, pieces[-1])
    assert held.of(pieces[0].id, "S-1") is None
