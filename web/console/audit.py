"""The audit of a county: where all streams stand, the last check of all of it, and its bundle."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import IO, Any

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from decisions.deadlines import SHANGHAI
from models.checks import CheckFailure, NoBundle
from web.console.ask import Ask
from web.console.check_words import AT_WORK, FAILURES, WORDS
from web.console.fields import MISSING, Filled, blank, moment_of, read
from web.console.need import Need
from web.console.reasons import Why
from web.console.router import Console
from web.console.why import FIELDS
from web.openapi import Takes

FEW = 10
CHUNK = 1 << 16
SETTLED = timedelta(minutes=1)  # what is being written now is not covered yet
HERE = "/audit"


def add(console: Console) -> None:
    @console.get(HERE, Need("audit"), Takes(("not",)))
    def audit(ask: Ask) -> Response:
        county = county_of(ask, "audit")
        if not ask.is_part:
            ask.seen("audit", county)
        return shown(ask, "audit.html", county, may_open=county in ask.scope("case_show"))

    @console.get("/audit/verify", Need("audit"))
    def again(ask: Ask) -> Response:
        """Nothing is begun by a link."""
        return ask.go(HERE)

    @console.post("/audit/verify", Need("audit"))
    def verify(ask: Ask) -> Response:
        return begun(ask, county_of(ask, "audit"), None, HERE)

    @console.get("/audit/heads", Need("audit"))
    def heads(ask: Ask) -> Response:
        return _heads(ask)

    @console.get("/audit/export", Need("audit"))
    def asked(ask: Ask) -> Response:
        return _export(ask, blank(FIELDS), 200)

    @console.post("/audit/export", Need("audit"), Takes(fields=FIELDS))
    async def export(ask: Ask) -> Response:
        filled = read(FIELDS, ask.form)
        why, words = filled.values.get("why"), filled.values.get("words") or ""
        if why == Why.OTHER and not words:
            filled.wrong["words"] = MISSING
        if filled.wrong:
            return _export(ask, filled, 422)
        county = county_of(ask, "audit")
        await asyncio.to_thread(_recorded, ask, county, str(why), words)
        try:
            packed = await ask.doors.auditing.county_bundle(county, ask.now)
        except NoBundle as no:
            return no_bundle(ask, no, HERE)
        return download(packed, f"{county}-{ask.now.astimezone(SHANGHAI):%Y%m%d-%H%M}.zip")


def county_of(ask: Ask, action: str) -> str:
    """The county they audit; of several, that of this process."""
    scope = ask.scope(action)
    return ask.doors.home if ask.doors.home in scope else scope[0]


def shown(ask: Ask, template: str, subject: str, *, may_open: bool, **values: Any) -> Response:
    """A page with the checks of a subject: the last in whole, those before in a line each.

    `may_open`: whoever reads may open the cases it tells of.
    """
    checks = ask.doors.auditing.checks(subject, FEW)
    people = ask.doors.people.names({check.asked_by for check in checks})
    return ask.page(
        template, checks=checks, people=people, words=WORDS, said=_not(ask), newest=next(iter(checks), None),
        may_open=may_open, **values,
    )  # fmt: skip


def _not(ask: Ask) -> str | None:
    """Why nothing was begun by the step before."""
    why = ask.request.query_params.get("not", "")
    return AT_WORK if why == "at_work" else FAILURES.get(why)


def begun(ask: Ask, county: str, elder_id: str | None, back: str) -> Response:
    began = ask.doors.auditing.begin(county, elder_id, ask.staff_id)
    why = "at_work" if began is None else began.value if isinstance(began, CheckFailure) else None
    action = "audit_case" if elder_id else "audit"
    ask.doors.counter.done(ask.actor, action, elder_id or county, why or "begun", accepted=why is None)
    return ask.go(f"{back}?not={why}" if why else back)


def _heads(ask: Ask) -> Response:
    """By default the last full minute, which is over; a value to compare is looked for in the address."""
    asked, value = ask.request.query_params.get("as_of", "").strip(), ask.request.query_params.get("value", "")
    latest = (ask.now - SETTLED).replace(second=0, microsecond=0)
    until = _moment(asked) if asked else latest
    wrong = until is None or until > ask.now
    found = ask.doors.auditing.heads(county_of(ask, "audit"), latest if wrong or until is None else until)
    value = "".join(value.split()).lower()
    return ask.page(
        "audit_heads.html", 422 if wrong else 200, heads=found, wrong=wrong, asked=asked, value=value,
        at=f"{found.until.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}", same=value == found.digest,
    )  # fmt: skip


def _moment(said: str) -> datetime | None:
    try:
        return moment_of(said)
    except ValueError:
        return None


# --- bundles ---------------------------------------------------------------------------------------------------------


def _export(ask: Ask, filled: Filled, status: int) -> Response:
    return ask.page("audit_export.html", status, fields=FIELDS, filled=filled)


def _recorded(ask: Ask, county: str, why: str, words: str) -> None:
    ask.seen("export", county, ask.doors.counter.keep_note(words).id if why == Why.OTHER else why)


def no_bundle(ask: Ask, no: NoBundle, back: str) -> Response:
    return ask.page("audit_no_bundle.html", 409, said=FAILURES[no.failure], differs=no.differs, back=back, words=WORDS)


def download(packed: IO[bytes], name: str) -> Response:
    """A file that is gone when it is closed, sent piece by piece."""

    def pieces() -> Iterator[bytes]:
        with packed:
            while piece := packed.read(CHUNK):
                yield piece

    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(
        pieces(), media_type="application/zip", headers=headers, background=BackgroundTask(packed.close)
    )  # fmt: skip
