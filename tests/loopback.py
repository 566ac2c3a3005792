"""A server of our own on loopback, as long as its block lasts: it answers as it is told, and prints nothing."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Handler(BaseHTTPRequestHandler):
    """`asked` is what a server of ours does with a request."""

    def asked(self, method: str) -> None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self.asked("GET")

    def do_POST(self) -> None:
        self.asked("POST")

    def give(self, status: int, body: bytes, kind: str = "application/json") -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # whoever asked has gone

    def sent(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Silent: the line would hold the number."""


class Loopback:
    def __init__(self, handler: type[Handler]) -> None:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self._serving = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def begin(self) -> None:
        self._serving.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._serving.join()

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
