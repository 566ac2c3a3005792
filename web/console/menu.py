"""The main menu: what of it is shown is what whoever is signed in may open, and what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from models.values import Role
from web.doors import ConsoleDoors
from web.language import _


class Asks(Protocol):
    @property
    def doors(self) -> ConsoleDoors: ...

    @property
    def roles(self) -> frozenset[Role]: ...

    def may(self, action: str) -> bool: ...


def _always(_doors: ConsoleDoors) -> bool:
    return True


class Item(NamedTuple):
    """`there`: whether this console has it at all."""

    path: str
    label: str
    action: str
    there: Callable[[ConsoleDoors], bool] = _always


def _has_phones(doors: ConsoleDoors) -> bool:
    return doors.phones is not None


ITEMS = (
    Item("/worklist", _("待办"), "worklist"),
    Item("/dashboard", _("看板"), "kpi"),
    Item("/elders", _("老人"), "find_elder"),
    Item("/assessments", _("评估"), "assessment_show"),
    Item("/benefits", _("待遇"), "benefit_show"),
    Item("/notices", _("公示"), "post_notice"),
    Item("/pay", _("发放名单"), "pay_show"),
    Item("/forms", _("纸质表"), "report_visit"),
    Item("/volunteers", _("志愿者"), "volunteer"),
    Item("/lists", _("名单"), "roster_list"),
    Item("/roster", _("导入名单"), "roster_import"),
    Item("/staff", _("岗位"), "staff"),
    Item("/areas", _("村（社区）"), "area"),
    Item("/accounts", _("账号"), "account"),
    Item("/messages", _("短信"), "messages"),
    Item("/policies", _("规则"), "policy_show"),
    Item("/phones", _("沙箱手机"), "phones", _has_phones),
    Item("/audit", _("审计"), "audit"),
)


WORK = "/worklist"
LANDING: Mapping[Role, str] = {Role.AUDITOR: "/audit", Role.ADMIN: "/accounts"}
"""Where the work of these begins; of everybody else it waits on the worklist."""


def menu(ask: Asks) -> list[Item]:
    return [item for item in ITEMS if ask.may(item.action) and item.there(ask.doors)]


def landing(ask: Asks) -> str | None:
    """The page that whoever signs in comes to; of several posts the one whose page the menu has first."""
    there = [item.path for item in menu(ask)]
    begins = {LANDING.get(role, WORK) for role in ask.roles}
    return next((path for path in there if path in begins), there[0] if there else None)
