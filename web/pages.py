"""Templates, and how things are said in them: one environment per language, made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from decisions.closed_words import ROLES
from decisions.deadlines import SHANGHAI, civil_day
from decisions.words import dialled, word
from web.assets import url_for_asset
from web.console.menu import menu
from web.language import FIRST, LANGUAGES, Say, _, sayer
from web.page_policy import HTMX_CONFIG

TEMPLATES = Path(__file__).resolve().parent / "templates"
HOUR = timedelta(hours=1)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def render(template: str, language: str, values: Mapping[str, Any]) -> str:
    return environment(language).get_template(template).render(values)


@cache
def environment(language: str) -> Environment:
    say = sayer(language)
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    in_words: dict[str, Callable[..., str]] = {
        "_": say,
        "word": partial(_word, say),
        "role": partial(_role, say),
        "day": partial(said_day, language=language),
        "moment": partial(said_moment, language=language),
        "until": partial(said_until, language=language),
        "left": partial(said_left, language=language),
        "yuan": partial(said_yuan, say),
        "dialled": dialled,
    }
    held = cast(dict[str, Any], vars(made)["globals"])
    held |= in_words | {"language": language, "languages": LANGUAGES}
    held |= {"asset": url_for_asset, "menu": menu, "token": token, "htmx_config": HTMX_CONFIG}
    return made


def _word(say: Say, code: str | None) -> str:
    return say(word(code))


def _role(say: Say, code: str | None) -> str:
    return say(ROLES.get(code or "", code or ""))


@pass_context
def token(context: Context) -> Markup:
    """The hidden field that every form of ours begins with."""
    return Markup('<input type="hidden" name="form_token" value="{}">').format(context["form_token"])


def said_day(on: date | None, language: str) -> str:
    """2026年12月20日; 20 Dec 2026."""
    if on is None:
        return ""
    return f"{on.year}年{on.month}月{on.day}日" if language == FIRST else f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def said_moment(at: datetime | None, language: str) -> str:
    """2026年12月20日 08:30, on the clock of the wall."""
    if at is None:
        return ""
    return f"{said_day(civil_day(at), language)} {at.astimezone(SHANGHAI):%H:%M}"


def said_until(at: datetime | None, language: str) -> str:
    """As `said_moment`; midnight is the end of the day before: 2026年12月19日 24:00."""
    if at is None:
        return ""
    local = at.astimezone(SHANGHAI)
    if (local.hour, local.minute, local.second) != (0, 0, 0):
        return said_moment(at, language)
    return f"{said_day(local.date() - timedelta(days=1), language)} 24:00"


def said_yuan(say: Say, fen: int | None) -> str:
    """1,200.00 of 元; where nobody states the amount, that."""
    return say(_("金额未定")) if fen is None else f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def said_left(until: datetime | None, now: datetime, language: str) -> str:
    """还剩 6 小时; 已过 2 天. Minutes within the hour, hours within two days, else days; cut down."""
    if until is None:
        return ""
    here, gap = language == FIRST, abs(until - now)
    if gap < timedelta(minutes=1):
        number, unit = "<1", "分钟" if here else "min"
    elif gap < HOUR:
        number, unit = gap // timedelta(minutes=1), "分钟" if here else "min"
    elif gap < 48 * HOUR:
        number, unit = gap // HOUR, "小时" if here else "h"
    else:
        number, unit = gap // timedelta(days=1), "天" if here else "days"
    if until >= now:
        return f"还剩 {number} {unit}" if here else f"{number} {unit} left"
    return f"已过 {number} {unit}" if here else f"{number} {unit} over"
