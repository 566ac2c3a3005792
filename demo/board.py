"""The demo on screen, in Chinese: what stands where, and one elder followed by name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.columns import Columns
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from sqlalchemy import Row

from adapters.database import reading
from audit.store import Store
from audit.timeline import timeline
from decisions.benefit_wording import yuan
from decisions.deadlines import SHANGHAI, civil_day
from demo.pay_lists import in_words
from models.ids import county_area
from projections import rates, read, read_benefits, read_payments
from wiring import House

REFRESH = 1.0
STATES = {"open": "待访", "done": "按时", "late": "迟访", "missed": "漏访", "cancelled": "取消"}
ROLES = {
    "grid_worker": "网格员",
    "village_assistant": "养老助理",
    "township_officer": "乡镇专干",
    "county_officer": "县民政",
}
CLAIMS = {"posted": "公示中", "approved": "已批准", "refused": "不予批准"}
LISTS = {"checking": "待核对", "approving": "待批准", "returned": "已退回", "approved": "已批准"}
TOLD = 14  # lines of the followed elder's, or all that is new since the last look, where that is more


class Board:
    """Looks at the store once a second; `stop` ends it. `hero` is the elder who is followed."""

    def __init__(self, house: House, console: Console, hero: str) -> None:
        self._house = house
        self._console = console
        self._hero = hero
        self._looked_at = 0
        self.stopped = False

    async def live(self) -> None:
        with Live(console=self._console, refresh_per_second=4, transient=True) as screen:
            while not self.stopped:
                screen.update(await asyncio.to_thread(self._draw), refresh=True)
                await asyncio.sleep(REFRESH)

    def _draw(self) -> Group:
        with reading(self._house.engine) as connection:
            periods = read.periods(connection)[-3:]
            states = {period: read.scheduled_by_state(connection, [period]) for period in periods}
            open_ = read.open_escalations(connection)
            sent, received = read.count_of(connection, "sent"), read.count_of(connection, "received")
            claims = read_benefits.claims_by_state(connection)
            lists = read_payments.lists_of(connection, self._house.home)
            resolved, urgent = read.count_of(connection, "resolved"), read.count_of(connection, "urgent")
        visits = Table("期", *STATES.values(), title="探访")
        for period, found in states.items():
            visits.add_row(f"第{int(period[1:]) + 1}期", *(str(found.get(state, 0)) for state in STATES))
        ladder = Table("责任岗位", "在办", title="督办")
        for role, words in ROLES.items():
            ladder.add_row(words, str(sum(1 for row in open_ if row.role == role)))
        ladder.add_row("已办结", str(resolved))
        texts = Table("短信", "条", title="短信")
        texts.add_row("发出", str(sent))
        texts.add_row("收到", str(received))
        texts.add_row("紧急督办", str(urgent))
        return Group(Columns([visits, ladder, texts, _claims(claims), _lists(lists)]), self._story())

    def _story(self) -> Panel:
        lines = timeline(Store(self._house.engine, self._house.sealer), self._hero)
        shown = lines[-max(TOLD, len(lines) - self._looked_at) :]
        self._looked_at = len(lines)
        told = "\n".join(f"{line.at.astimezone(SHANGHAI):%H:%M:%S}  {line.text}" for line in shown)
        return Panel(told or "还没有记录", title=f"跟着看：{self._house.register.person_name(self._hero)}")


def _claims(states: Mapping[str, int]) -> Table:
    table = Table("待遇", "件", title="待遇")
    table.add_row(
        "在办", str(sum(states.values()) - sum(states.get(state, 0) for state in (*CLAIMS, "withdrawn", "ended")))
    )
    for state, words in CLAIMS.items():
        table.add_row(words, str(states.get(state, 0)))
    return table


def _lists(rows: Sequence[Row[Any]]) -> Table:
    table = Table("月份", "笔", "发放和补发", "追回", "现在", title="发放名单")
    for row in rows:
        sums = yuan(row.fen), yuan(-row.claw_back_fen)
        table.add_row(f"{row.month:%Y-%m}", str(row.lines), *sums, LISTS.get(row.state, row.state))
    return table


def payments(house: House, console: Console) -> None:
    """What was approved, what was listed month by month, and that both are the same money."""
    with reading(house.engine) as connection:
        lists, said = read_payments.lists_of(connection, house.home), in_words(connection, house.home)
    console.print(_lists(lists))
    console.print(said)


def month_rates(house: House, console: Console) -> None:
    """月探访率 by township and for the county: both numbers beside each percent, who is left out by reason."""
    now = datetime.now(UTC)
    with reading(house.engine) as connection:
        found = rates.month_visit_rate(
            connection, connection, county_area(house.settings.county), civil_day(now).replace(day=1), now
        )
    table = Table(*rates.COLUMNS, title=f"{found.month} 月探访率")
    for row in (*found.townships, found.total):
        table.add_row(*row.told())
    console.print(table)


def story(house: House, console: Console, elder_id: str) -> None:
    """The whole story of one elder: what happened, and who was told what, when."""
    console.rule(f"{house.register.person_name(elder_id)} 的全过程")
    for line in timeline(Store(house.engine, house.sealer), elder_id):
        console.print(Text(f"{line.at.astimezone(SHANGHAI):%H:%M:%S}  {line.text}  〔{line.evidence}〕"))
