"""`make fuzz`: every operation of the OpenAPI, asked what nobody would ask; none may be answered with a fault of ours.

python -m tests.pages.fuzz [--cases 200] [--only WORD] [--seed N]

Schemathesis draws each request from the document: half of them as it says, half of them not. On top of that, so that
handlers are reached and not only their doors: most go with a session whose post may ask it (the others in rotation),
with ids that are there, and most that fill in a form fill in the one its page shows, as a browser would.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import quote, urlencode

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from adapters.sms_sandbox import SIGNATURE_HEADER, sign
from bench.report import machine
from decisions.permits import MAY
from tests.pages import fuzz_town
from tests.pages.fuzz_forms import HOSTILE, RAW, Form, json_of, quoted, spelled, with_files
from tests.pages.town import Town, token_of
from tests.twilio_server import signature
from web.console.router import Console
from web.security import form_token

HOUSE = Path(__file__).resolve().parents[2]
PAGE = HOUSE / "docs" / "fuzzing.md"
SAYS = "http://console.test"
IDS: Mapping[str, tuple[str, ...]] = {
    "elder_id": ("E1", "E1", "E2", "E3", "E9"), "volunteer_id": ("V1", "V2", "V3", "V9"),
    "staff_id": ("S-grid_worker", "S-township_officer", "S-admin", "S-auditor-X"),
    "area_id": ("W1", "W2", "T1", "W9", "county-fengjie"), "post_id": ("P-S-grid_worker", "P-S-admin", "P-S-auditor-X"),
    "person_id": ("V1", "S-grid_worker", "V9"), "county": ("fengjie", "guangyuan"), "item_id": ("item-E1", "item-E2"),
    "cause_id": ("ladder",), "code": ("care_allowance", "severe_disability_care", "old_age"),
    "of": ("benefit", "assessment"), "seq": ("1", "2", "3", "4", "6"), "month": ("2026-03", "2026-04", "2026-12"),
    "sha256": ("0" * 64,), "session_id": ("0" * 64,), "key": (fuzz_town.ALIYUN_KEY,),
}  # fmt: skip
UNHEALTHY = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


class Came(NamedTuple):
    """What an operation answered, and each fault as it can be asked for again."""

    operation: str
    statuses: Counter[int]
    faults: list[str]

    def share(self, *hundreds: int) -> str:
        of = sum(many for status, many in self.statuses.items() if status // 100 in hundreds)
        return f"{of / max(1, self.statuses.total()):.0%}" if of else "–"


class Fuzz:
    """Asks one town. The same seed asks the same."""

    def __init__(self, town: Town) -> None:
        self._town = town
        console: Console = town.app.state.console
        self._needs = {(one.method, re.sub(r":path}", "}", one.path)): one.need for one in console.declared}
        self._half = fuzz_town.half_signed_in(town)
        self._links = fuzz_town.links(town)
        self._runner = asyncio.Runner()
        self._said_why: set[tuple[str, str]] = set()
        self._shown: dict[tuple[str, str], Form] = {}
        self.shown: defaultdict[str, set[str]] = defaultdict(set)  # by operation's path: the fields its page has

    def __enter__(self) -> Fuzz:
        return self

    def __exit__(self, *_of: object) -> None:
        self._runner.close()
        self._town.house.engine.dispose()

    def operation(self, operation: Any, cases: int, seeded: int) -> Came:
        came = Came(operation.label, Counter(), [])
        drawn = st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        )

        @seed(seeded)
        @settings(max_examples=cases, database=None, deadline=None, phases=[Phase.generate], print_blob=False,
                  suppress_health_check=UNHEALTHY)  # fmt: skip
        @given(drawn)
        def asked(case: Any) -> None:
            self._count(came, operation, case, seeded)

        asked()
        while (
            came.statuses.total() < cases
        ):  # the document leaves nothing to choose: it is asked all the same, by others
            self._count(came, operation, None, seeded)
        return came

    def _count(self, came: Came, operation: Any, case: Any, seeded: int) -> None:
        dice = random.Random(f"{seeded} {operation.label} {came.statuses.total()}")
        status, fault = self._ask(operation, case, dice)
        came.statuses[int(status)] += 1
        came.faults.extend([fault] if fault else [])

    # --- one request -----------------------------------------------------------------------------------------------

    def _ask(self, operation: Any, case: Any, dice: random.Random) -> tuple[int, str]:
        path, method = self._path(operation.path, case, dice), operation.method.upper()
        staff_id, token = self._who(method, operation.path, dice)
        if staff_id and (need := self._needs.get((method, operation.path))) and need.reason:
            self._say_why(staff_id, token, path)
        url = path + self._query(operation, case, dice)
        headers, content = {"Sec-Fetch-Site": "same-origin"}, b""
        if dice.random() < 0.1:
            headers["HX-Request"] = "true"
        if method == "POST":
            kind, content = self._body(operation, case, path, staff_id, token, dice)
            headers |= {"Content-Type": kind, **self._signed(operation.path, url, content, dice)}
        return self._sent(method, url, headers, content, token, dice)

    def _sent(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes, token: str, dice: random.Random
    ) -> tuple[int, str]:
        """From an address of its own, so that no guess of before makes it wait."""
        client = (f"10.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(256)}", 1)

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._town.app, client=client)
            cookies = {"tanfang": token, "tanfang_form": "form"} if token else {"tanfang_form": "form"}
            async with httpx.AsyncClient(transport=transport, base_url=SAYS, cookies=cookies, trust_env=False) as http:
                return await http.request(method, url, headers=headers, content=content)

        said = f"{method} {url} as {token[:40]!r} {dict(headers)} {content[:1500]!r}"
        try:
            answer = self._runner.run(ask())
        except httpx.InvalidURL:
            return 400, ""  # no client of ours can even send it
        except Exception:  # noqa: BLE001 — whatever comes out of the app is what is looked for
            return 500, f"{said}\n{traceback.format_exc(limit=-6)}"
        return answer.status_code, "" if answer.status_code < 500 or _means_it(url, answer) else said

    def _who(self, method: str, path: str, dice: random.Random) -> tuple[str, str]:
        """Whose post may ask it, mostly; else anybody in turn, or nobody."""
        if path in self._half and dice.random() < 0.8:
            return "", self._half[path]
        need = self._needs.get((method, path))
        if need is None or dice.random() < 0.04:
            return "", ""
        roles = MAY.get(need.action or "", ())
        able = [one for one in fuzz_town.EVERYBODY if one.removeprefix("S-") in roles]
        if "assessor" in roles:
            able += ["A-1", "A-2", "A-1", "A-2"]
        staff_id = dice.choice(able) if able and dice.random() < 0.85 else dice.choice(fuzz_town.EVERYBODY)
        return staff_id, token_of(staff_id)

    def _say_why(self, staff_id: str, token: str, path: str) -> None:
        elder = path.split("/")[2]
        if (staff_id, elder) not in self._said_why and elder in IDS["elder_id"]:
            self._said_why.add((staff_id, elder))
            form = urlencode({"form_token": form_token(token), "why": "routine"}).encode()
            headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
            self._sent("POST", f"/elders/{elder}/reason", headers, form, token, random.Random(1))

    def _path(self, path: str, case: Any, dice: random.Random) -> str:
        for name in re.findall(r"{(\w+)}", path):
            there = self._links if name == "token" else IDS.get(name, ())
            if there and dice.random() < 0.85:
                said = quote(dice.choice(there), safe="")
            elif dice.random() < 0.5 and case is not None:
                said = str((case.path_parameters or {}).get(name, "x"))
            else:
                said = quoted(dice.choice(HOSTILE)) or "x"
            path = path.replace(f"{{{name}}}", said)
        return path

    def _query(self, operation: Any, case: Any, dice: random.Random) -> str:
        given = dict(case.query or {}) if case is not None and dice.random() < 0.5 else {}
        for parameter in operation.query:
            if dice.random() < 0.4:
                given[parameter.name] = dice.choice((*HOSTILE, *(dice.choice(ids) for ids in IDS.values())))
        return f"?{spelled(given)}" if given else ""

    # --- what is sent ----------------------------------------------------------------------------------------------

    def _body(
        self, operation: Any, case: Any, path: str, staff_id: str, token: str, dice: random.Random
    ) -> tuple[str, bytes]:
        """As drawn, as the page's own form with one or two things changed, or as no form is."""
        form = "application/x-www-form-urlencoded"
        if dice.random() < 0.06:
            return dice.choice(RAW)
        media = str(getattr(case, "media_type", None) or form)
        drawn = getattr(case, "body", None)
        if "json" in media:
            entry = {"sequence_id": dice.choice(HOSTILE), "phone_number": "19200000201", "content": "521",
                     "out_id": dice.choice(HOSTILE), "success": dice.choice((True, "true", 1, None))}  # fmt: skip
            return media, json_of(drawn if dice.random() < 0.4 else [entry, {}])
        typed = dict(drawn) if isinstance(drawn, dict) else {}
        if dice.random() < 0.6:
            shown = self._form(path, token).fields
            self.shown[operation.path] |= shown.keys()
            typed = {name: dice.choice(values or HOSTILE) for name, values in shown.items() if dice.random() < 0.97}
            names = [*typed, *(typed if isinstance(drawn, dict) and drawn else ())]
            for name in names:
                if not typed[name] or dice.random() < 0.08:
                    typed[name] = dice.choice((*HOSTILE, "示例", "2026-12-07", "300.00"))
        if dice.random() < 0.96:
            typed["form_token"] = form_token(token or "form")
        if "multipart" in media:
            return with_files(typed, dice)
        return form, spelled(typed).encode()

    def _form(self, path: str, token: str) -> Form:
        """What the page at this path, or the one above it, offers whoever asks; looked at once."""
        if (token, path) not in self._shown:
            found = Form("", path)
            for page in (path, path.rpartition("/")[0]):
                if page and not found.fields:
                    found = Form(self._page(page, token), path)
            self._shown[token, path] = found
        return self._shown[token, path]

    def _page(self, path: str, token: str) -> str:
        async def ask() -> str:
            transport = httpx.ASGITransport(self._town.app, raise_app_exceptions=False)
            cookies = {"tanfang": token, "tanfang_form": "form"}
            async with httpx.AsyncClient(transport=transport, base_url=SAYS, cookies=cookies, trust_env=False) as http:
                return (await http.get(path)).text

        try:
            return self._runner.run(ask())
        except httpx.InvalidURL:
            return ""

    def _signed(self, path: str, url: str, content: bytes, dice: random.Random) -> Mapping[str, str]:
        if not path.startswith("/sms/") or dice.random() < 0.3:
            return {}
        form = dict(httpx.QueryParams(content.decode("utf-8", "replace")))
        if "sandbox" in path:
            return {SIGNATURE_HEADER: sign(self._town.house.providers.sandbox_secret, SAYS + url, form)}
        return signature(SAYS + url, form)


def _means_it(url: str, answer: httpx.Response) -> bool:
    """A fault that is none: without an engine a process is not ready, and a list is not begun, and both say so."""
    return answer.status_code == 503 and url.startswith(("/readyz", "/roster/import", "/sign-in/oidc"))


# --- all of them -----------------------------------------------------------------------------------------------------


def operations(town: Town) -> list[Any]:
    found = schemathesis.openapi.from_dict(town.app.openapi()).get_all_operations()
    return [one.ok() for one in cast("Any", found)]


@cache
def _named(folder: Path) -> Mapping[str, Any]:
    """The operations by name, once in a process."""
    own = Path(tempfile.mkdtemp(dir=folder))
    town = fuzz_town.copied(folder, own / "told")
    found = {one.label: one for one in operations(town)}
    town.house.engine.dispose()
    return found


def _one(folder: Path, name: str, cases: int, seeded: int) -> Came:
    """In a town that nothing else has changed."""
    own = Path(tempfile.mkdtemp(dir=folder))
    with Fuzz(fuzz_town.copied(folder, own / "town")) as fuzz:
        came = fuzz.operation(_named(folder)[name], cases, seeded)
    shutil.rmtree(own)
    return came


def main(given_: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args(given_)
    began, came = time.monotonic(), dict[str, Came]()
    with tempfile.TemporaryDirectory(prefix="tanfang-fuzz-") as held, ProcessPoolExecutor(asked.processes) as pool:
        folder = Path(held)
        fuzz_town.made(folder)
        names = [name for name in _named(folder) if asked.only in name]
        running = [pool.submit(_one, folder, name, asked.cases, asked.seed) for name in names]
        for done in as_completed(running):
            one = done.result()
            came[one.operation] = one
            sys.stdout.write(f"{one.operation}: {dict(sorted(one.statuses.items()))}\n")
            sys.stdout.writelines(f"  {fault}\n" for fault in one.faults[:2])
            sys.stdout.flush()
    told = [came[name] for name in names]
    faults = sum(len(one.faults) for one in told)
    sys.stdout.write(f"{len(told)} operations, {sum(one.statuses.total() for one in told)} requests, {faults} faults\n")
    if faults or asked.only:
        return 1 if faults else 0
    PAGE.write_text(page(told, asked.cases, asked.seed, time.monotonic() - began), encoding="utf-8")
    return 0


def page(came: list[Came], cases: int, seeded: int, seconds: float) -> str:
    rows = [
        f"| `{one.operation}` | {one.statuses.total()} | {one.share(2)} | {one.share(3)} | {one.share(4)} |"
        for one in came
    ]
    sizes = [f"| {name} | {value} |" for name, value in machine().items()]
    total = sum(one.statuses.total() for one in came)
    return HEAD.format(
        at=datetime.now(UTC), operations=len(came), total=total, cases=cases, seed=seeded, minutes=seconds / 60
    ) + "\n".join(rows) + "\n\n## Machine\n\n| | |\n|---|---|\n" + "\n".join(sizes) + "\n"  # fmt: skip


HEAD = """# What pages answer to what nobody would ask

Written by `make fuzz` on {at:%Y-%m-%d %H:%M} UTC: {operations} operations of the OpenAPI, {total} requests (at least
{cases} for each, seed {seed}) in {minutes:.0f} minutes, and **no answer was a fault of ours** (5xx). `make test` asks a
few of each (`tests/pages/test_openapi.py`).

Schemathesis draws the requests from the document the process itself gives (`/openapi.json`, for whoever is signed
in): half as the document says, half not. So that handlers are reached and not only their doors, most go with a session
whose post may ask it and the rest with the other posts in rotation, with ids that are there, and three of five forms
are the one the page shows, with a thing or two changed. Each operation asks a copy of the town, so nothing has to be
put back. The town has no engine: a step is kept and answered *later*. 4xx is a form sent back with what is wrong (422),
what cannot be done as things stand (409), not theirs (403, 404), or no form of ours (400).

| Operation | Requests | 2xx | 3xx | 4xx |
|---|--:|--:|--:|--:|
"""

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
