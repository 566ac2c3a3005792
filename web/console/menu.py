"""The main menu: what of it is shown is what whoever is signed in may open."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from web.language import _


class Item(NamedTuple):
    path: str
    label: str
    action: str


ITEMS = (
    Item("/worklist", _("待办"), "worklist"),
    Item("/benefits", _("待遇"), "benefit_show"),
    Item("/notices", _("公示"), "post_notice"),
    Item("/pay", _("发放名单"), "pay_show"),
)


class Asks(Protocol):
    def may(self, action: str) -> bool: ...


def menu(ask: Asks) -> list[Item]:
    return [item for item in ITEMS if ask.may(item.action)]
