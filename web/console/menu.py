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
    Item("/forms", _("纸质表"), "report_visit"),
    Item("/volunteers", _("志愿者"), "volunteer"),
    Item("/lists", _("名单"), "roster_list"),
    Item("/roster", _("导入名单"), "roster_import"),
    Item("/staff", _("岗位"), "staff"),
    Item("/areas", _("村（社区）"), "area"),
    Item("/accounts", _("账号"), "account"),
)


class Asks(Protocol):
    def may(self, action: str) -> bool: ...


def menu(ask: Asks) -> list[Item]:
    return [item for item in ITEMS if ask.may(item.action)]
