"""Who a newcomer may be in the console: one of each whose work it is, with a link that opens once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from rich.console import Console

from demo.counter import holders
from models.values import Role
from wiring import House

SHOWN: Mapping[Role, str] = {
    Role.COUNTY_OFFICER: "县民政专员：办待办、看个案",
    Role.COUNTY_APPROVER: "县审批人：批待遇、批名单",
    Role.AUDITOR: "审计员：打开一位老人，按“重放核验”",
}


class Login(NamedTuple):
    who: str
    url: str


def tell(house: House, web_url: str, console: Console) -> None:
    """Where the console is, and a way in for each."""
    console.rule(f"工作台：{web_url}")
    for login in logins(house, web_url):
        console.print(login.who, style="bold")
        console.print(login.url, soft_wrap=True, highlight=False)


def logins(house: House, web_url: str) -> list[Login]:
    """A link for each; a county without anybody in that post gets none for it."""
    return [
        Login(who, f"{web_url}/sign-in/link?token={_token(house, role)}")
        for role, who in SHOWN.items()
        if holders(house, role)
    ]


def _token(house: House, role: Role) -> str:
    return house.sign_in_links.make(holders(house, role)[0], datetime.now(UTC)).get_secret_value()
