"""The embedded server's door: a port that nobody else is given, and what is said when somebody has it all the same."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from embedded import EmbeddedServer, free_port


def at(port: int, *, reuse: bool) -> socket.socket:
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
    door.bind(("127.0.0.1", port))
    return door


def test_a_free_port_is_kept_for_whoever_asked_and_a_server_may_listen_there() -> None:
    port = free_port()
    with pytest.raises(OSError, match="Address already in use"):
        at(port, reuse=False)
    with at(port, reuse=True) as door:
        door.listen()
        assert door.getsockname()[1] == port


def test_many_who_ask_at_once_are_given_a_port_each() -> None:
    assert len({free_port() for _ in range(500)}) == 500


async def test_whoever_cannot_start_says_why_and_where(tmp_path: Path) -> None:
    with at(0, reuse=False) as taken:
        server = EmbeddedServer(tmp_path, taken.getsockname()[1])
        with pytest.raises(RuntimeError, match=r"address already in use \(.*temporal\.log\)"):
            await server.start()
