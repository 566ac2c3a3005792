"""QR codes, drawn where a page is made."""

from __future__ import annotations

import io
from urllib.parse import quote

import segno


def qr_svg(said: str, scale: int = 5) -> str:
    """An SVG element."""
    drawn = io.BytesIO()
    segno.make(said, error="m", micro=False).save(drawn, kind="svg", scale=scale, xmldecl=False)
    return drawn.getvalue().decode()


def qr_source(said: str) -> str:
    """For the `src` of an image."""
    return "data:image/svg+xml;utf8," + quote(qr_svg(said))
