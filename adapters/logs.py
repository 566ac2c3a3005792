"""Logs as JSON lines: static event names, opaque ids and counts as fields. A value that looks personal is masked.

The libraries' lines (temporalio, asyncio, uvicorn, by way of `logging`) too, with the tracebacks in them.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO, cast

import structlog

# A number with its country, a mainland mobile number, an 18-digit ID number, Chinese text: none of these belongs in a
# log line. %2B is how a URL says +.
PERSONAL = re.compile(
    r"(?:\+|%2[Bb])\d{7,15}(?!\d)|(?<!\d)(\+?86)?1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx]|[\u4e00-\u9fff]+"
)
PLAIN = (bool, int, float, type(None))


def configure(level: int = logging.INFO) -> None:
    stream = cast("TextIO", Unfailing(sys.stderr))
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Masked())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)  # force: no other handler beside ours
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )


class Unfailing:
    """A stream that never raises: a line that a full disk does not take must not end whoever has something to say."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


class Masked(logging.Formatter):
    """A record of the standard library as one line: its message, and whole traceback, masked."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {"event": _said(record), "logger": record.name, "level": record.levelname.lower()}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = record.stack_info
        line["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat()
        return json.dumps({name: masked(value) for name, value in line.items()})


def _said(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # arguments that do not fit: `logging` would print them as they are
        return str(record.msg)


def mask(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last wall, not the first: what should not have come this far is written as `[masked]`."""
    for name, value in event.items():
        event[name] = masked(value)
    return event


def masked(value: object) -> object:
    """The value for a line: numbers as they are, anything else as masked text, however deep it lies."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Mapping):
        held = cast("Mapping[object, object]", value)
        return {str(masked(str(name))): masked(inner) for name, inner in held.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(inner) for inner in cast("list[object]", value)]
    return PERSONAL.sub("[masked]", str(value))
