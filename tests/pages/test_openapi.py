"""The OpenAPI has every route, with all that each takes: what it reads of its address, and every field of its form."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.routing import Route

from tests.pages import fuzz
from tests.pages.fuzz_town import copied, made
from tests.pages.town import Town

FEW = 1  # of each operation: a fault that is easily met is met here, the others by `make fuzz`


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("fuzz")
    made(found)
    return found


@pytest.fixture
def town(folder: Path, tmp_path: Path) -> Iterator[Town]:
    found = copied(folder, tmp_path / "own")
    yield found
    found.house.engine.dispose()


def test_every_route_is_told_with_what_its_path_names(town: Town) -> None:
    told = town.app.openapi()["paths"]
    missing: list[str] = []
    for route in town.app.routes:
        if not isinstance(route, Route) or route.path.startswith("/static"):
            continue
        path = re.sub(r":\w+}", "}", route.path)
        for method in (route.methods or set()) - {"HEAD"}:
            named = {one["name"] for one in told.get(path, {}).get(method.lower(), {}).get("parameters", ())}
            if method.lower() not in told.get(path, {}) or not set(re.findall(r"{(\w+)}", path)) <= named:
                missing.append(f"{method} {path}")
    assert missing == []
    for path in ("/sms/sandbox/inbound", "/sms/twilio/receipt", "/sms/aliyun/{key}/inbound", "/sign-in/oidc/back",
                 "/sign-in", "/v/{token}", "/healthz", "/worklist"):  # fmt: skip
        assert path in told, path


async def test_it_is_for_whoever_is_signed_in_and_holds_no_secret(town: Town) -> None:
    for nobody in (None, "S-nobody"):
        answer = await town.as_(nobody).get("/openapi.json")
        assert (answer.status_code == 303) is (nobody is None)
    said = (await town.as_("S-auditor").get("/openapi.json")).text
    settings = town.house.settings
    for secret in (settings.aliyun_callback_key, settings.twilio_auth_token, settings.oidc_client_secret):
        assert secret is not None and secret.get_secret_value() not in said


class Reads:
    """What pages read of their addresses, by route."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: defaultdict[str, set[str]] = defaultdict(set)
        reads = self

        class Heard(QueryParams):
            of = ""

            def get(self, key: str, default: Any = None) -> Any:
                reads.names[self.of].add(key)
                return super().get(key, default)

            def __getitem__(self, key: str) -> str:
                reads.names[self.of].add(key)
                return super().__getitem__(key)

        def query_params(request: Request) -> QueryParams:
            heard = Heard(request.scope["query_string"])
            heard.of = f"{request.method} {getattr(request.scope.get('route'), 'path_format', '')}"
            return heard

        monkeypatch.setattr(Request, "query_params", property(query_params))


def test_a_few_of_each_are_answered_and_read_only_what_is_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = Reads(monkeypatch)
    town = copied(folder, tmp_path / "own")
    told = town.app.openapi()["paths"]
    asked, faults = 0, list[str]()
    with fuzz.Fuzz(town) as one:
        for operation in fuzz.operations(town):
            came = one.operation(operation, FEW, seeded=1)
            asked += came.statuses.total()
            faults += came.faults
        shown = one.shown
    assert faults == [], "\n".join(faults)
    assert asked >= FEW * sum(len(methods) for methods in told.values())
    unsaid = [f"{route}: {names}" for route, names in sorted(_unsaid(reads.names, told).items())]
    assert unsaid == [], "\n".join(unsaid)
    unknown = [f"{path}: {names}" for path, names in _unknown(shown, told)]
    assert unknown == [], "\n".join(unknown)


def _unsaid(read: Mapping[str, set[str]], told: Mapping[str, Any]) -> dict[str, set[str]]:
    """What a page reads of its address and nobody is told of."""
    found: dict[str, set[str]] = {}
    for route, names in read.items():
        method, _, path = route.partition(" ")
        parameters = told.get(path, {}).get(method.lower(), {}).get("parameters", ())
        unsaid = names - {one["name"] for one in parameters}
        found |= {route: unsaid} if unsaid else {}
    return found


def _unknown(shown: Mapping[str, set[str]], told: Mapping[str, Any]) -> Iterator[tuple[str, set[str]]]:
    """Fields of the forms that pages show, and nobody is told of."""
    for path, names in shown.items():
        [(_, content)] = told[path]["post"]["requestBody"]["content"].items()
        rows = tuple(content["schema"].get("patternProperties", ()))
        unknown = {
            name
            for name in names - content["schema"]["properties"].keys()
            if not any(re.match(begins, name) for begins in rows)
        }
        if unknown:
            yield path, unknown
