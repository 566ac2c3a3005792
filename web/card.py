"""A volunteer's card as a file of its own, A5, which any browser prints."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from web.language import FIRST
from web.pages import render
from web.pictures import qr_svg


def card_html(rows: Sequence[Sequence[str]], foot: Sequence[str], url: str | None) -> str:
    """`url`: where a code of it is typed in; None: nowhere, and no picture of it."""
    picture = Markup(qr_svg(url, scale=4)) if url else None
    return render("card.html", FIRST, {"rows": rows, "foot": foot, "url": url, "picture": picture})
