"""A volunteer's card as a file of its own, A5, which any browser prints; and what it shares with the console's page."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from web.language import FIRST
from web.pages import render
from web.pictures import qr_svg


def card_html(rows: Sequence[Sequence[str]], foot: Sequence[str], url: str | None) -> str:
    """`url`: where a code of it is typed in; None: nowhere, and no picture of it."""
    return render("card.html", FIRST, {"rows": rows, "foot": foot, "url": url, "picture": picture_of(url)})


def picture_of(url: str | None) -> Markup | None:
    """Its QR code, as an element of the page itself."""
    return Markup(qr_svg(url, scale=4)) if url else None
