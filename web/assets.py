"""What pages load from our origin: the scripts npm brought, and every file of `web/static/`. Named files, not folders.

An asset's address holds its own hash, so a browser keeps it for a year and a changed one is another address. A template
asks `url_for_asset("htmx.min.js")`; nothing in an asset may name another one, whose address it cannot know.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "web" / "static"
MODULES = ROOT / "node_modules"

FROM_NPM = {
    "htmx.min.js": MODULES / "htmx.org/dist/htmx.min.js",
    "echarts.min.js": MODULES / "echarts/dist/echarts.min.js",
}

ASSETS: Mapping[str, Path] = {
    **{path.relative_to(STATIC).as_posix(): path for path in sorted(STATIC.rglob("*")) if path.is_file()},
    **FROM_NPM,
}
"""Public name → file. `url_for_asset` takes the public name."""

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
SHRINKS = {".css", ".js", ".svg", ".webmanifest"}
DIGITS = 10
PREFIX = "/static"
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


class AssetMissing(Exception):
    """A file that pages load is not there; the message says what brings it."""


class Asset(NamedTuple):
    address: str
    media_type: str
    body: bytes
    shrunk: bytes | None
    """As gzip, where that is worth the while."""


def url_for_asset(name: str) -> str:
    """The path of an asset, hash and all. KeyError for a name that is none: a template's mistake."""
    return _read()[name].address


def router() -> APIRouter:
    """Serves every asset under `/static/`; all are read here, once. Raises AssetMissing."""
    served = {asset.address: asset for asset in _read().values()}
    made = APIRouter(prefix=PREFIX)

    @made.get("/{path:path}", include_in_schema=False)
    async def asset(path: str, request: Request) -> Response:
        found = served.get(f"{PREFIX}/{path}")
        if found is None:
            raise HTTPException(404)
        if found.shrunk is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            return Response(found.shrunk, media_type=found.media_type, headers={**HEADERS, "Content-Encoding": "gzip"})
        return Response(found.body, media_type=found.media_type, headers=HEADERS)

    return made


@functools.cache
def _read() -> Mapping[str, Asset]:
    return {name: _asset(name, path) for name, path in ASSETS.items()}


def _asset(name: str, path: Path) -> Asset:
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        raise AssetMissing(f"{path} is missing, which pages load. Bring it:\n\n    make setup") from None
    mark = hashlib.sha256(body).hexdigest()[:DIGITS]
    stem, suffix = name.removesuffix(path.suffix), path.suffix
    shrunk = gzip.compress(body, mtime=0) if suffix in SHRINKS else None
    return Asset(f"{PREFIX}/{stem}.{mark}{suffix}", TYPES[suffix], body, shrunk)
