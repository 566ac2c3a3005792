"""The web process: takes texts in, and says whether it is alive. No rule and no SQL of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, generate_latest
from starlette.responses import JSONResponse

from post.clock import CLOCK_BEHIND
from post.inbox import Inbox
from web import sms_webhook
from web.console import pages as console
from web.doors import ConsoleDoors
from web.openapi import answers
from web.sms_webhook import ProviderDoor, ReceiptHeard
from web.visitor import pages as visitor

INBOUND_TOTAL = Counter("tanfang_inbound_texts_total", "Texts received, by provider and answer", ["provider", "answer"])
TEXTS_HELD = Gauge("tanfang_texts_held", "1 while no text goes out because the provider does not know us")
BEHIND = Gauge(CLOCK_BEHIND, "How far this machine's clock is behind")


@dataclass(frozen=True)
class Doors:
    """What the web process is given. `ready` answers what is not ready, by name; empty = all is. `now`: our clock.

    `held`: no text goes out. `behind`: our machine's clock is, by so much. Neither is a reason to take no texts in, so
    `readyz` does not say it; metrics do. `console`: None where this process only takes texts in.
    """

    inbox: Inbox
    providers: tuple[ProviderDoor, ...]
    receipt: ReceiptHeard
    ready: Callable[[], Awaitable[list[str]]]
    held: Callable[[], bool]
    behind: Callable[[], timedelta]
    now: Callable[[], datetime]
    console: ConsoleDoors | None = None


def build_app(doors: Doors) -> FastAPI:
    app = FastAPI(title="Tanfang", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(sms_webhook.router(doors.inbox, doors.providers, doors.receipt, _count, doors.now))

    if doors.console is not None:
        console.mount(app, doors.console)
        app.include_router(visitor.router(doors.console))

    @app.get("/healthz", operation_id="get /healthz")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz", responses=answers(503), operation_id="get /readyz")
    async def readyz() -> Response:
        """Store and engine answer; 503 names what does not."""
        missing = await doors.ready()
        return JSONResponse({"missing": missing}, status_code=503 if missing else 200)

    @app.get("/metrics", operation_id="get /metrics")
    def metrics() -> Response:
        TEXTS_HELD.set(doors.held())
        BEHIND.set(doors.behind().total_seconds())
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


def _count(provider: str, answer: str) -> None:
    INBOUND_TOTAL.labels(provider=provider, answer=answer).inc()
