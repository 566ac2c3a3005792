"""Assets are named files, each under its own hash for a year; nothing else is served."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from web import assets
from web.assets import ASSETS, TYPES, AssetMissing, url_for_asset


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(assets.router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        yield client


@pytest.mark.parametrize("name", ASSETS)
async def test_an_asset_is_served_as_it_is_under_its_hash(http: httpx.AsyncClient, name: str) -> None:
    body = ASSETS[name].read_bytes()
    address = url_for_asset(name)
    stem, suffix = name.rsplit(".", 1)
    assert address == f"/static/{stem}.{hashlib.sha256(body).hexdigest()[:10]}.{suffix}"
    for accepts in ("identity", "gzip"):
        answer = await http.get(address, headers={"Accept-Encoding": accepts})
        assert (answer.status_code, answer.content == body) == (200, True)
        assert answer.headers["Content-Type"] == TYPES[f".{suffix}"]
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Vary"] == "Accept-Encoding"


async def test_a_script_travels_shrunk_to_whom_can_read_it(http: httpx.AsyncClient) -> None:
    address, whole = url_for_asset("htmx.min.js"), ASSETS["htmx.min.js"].read_bytes()
    async with http.stream("GET", address, headers={"Accept-Encoding": "br, gzip"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(raw) == whole and len(raw) < len(whole) / 2


@pytest.mark.parametrize(
    "path",
    [
        "/static/", "/static/htmx.min.js", "/static/htmx.min.0000000000.js", "/static/../web/assets.py",
        "/static/..%2fassets.py", "/static/%2e%2e/assets.py", "/static//etc/passwd", "/static/htmx.min.js.map",
        "/node_modules/htmx.org/dist/htmx.min.js",
    ],
)  # fmt: skip
async def test_what_is_no_asset_is_404(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 404


def test_a_name_that_is_none_is_a_mistake_of_the_template() -> None:
    with pytest.raises(KeyError):
        url_for_asset("htmx.js")


def test_where_npm_brought_nothing_the_one_command_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "ASSETS", {"htmx.min.js": tmp_path / "htmx.min.js"})
    monkeypatch.setattr(assets, "_read", assets._read.__wrapped__)
    with pytest.raises(AssetMissing) as raised:
        assets.router()
    assert re.findall(r"^    (\S.*)$", str(raised.value), re.MULTILINE) == ["make setup"]
