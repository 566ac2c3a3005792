"""The county's months as its scripted officials take them: the list returned, drawn again, checked, approved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from adapters.database import reading
from adapters.sql_county import due_in_all
from decisions import county
from decisions.benefit_time import next_month
from decisions.benefit_wording import yuan
from decisions.pay_list import Drawing
from demo.counter import LOOK, Counter, holders
from models.claims import ClaimTrigger
from models.county_messages import ApproveList, CheckList, DrawList, ReturnList
from models.ids import county_stream
from models.tables import StreamState, table_of
from models.values import Role
from projections import read_benefits, read_payments

STREAMS = table_of(StreamState)


class PayLists:
    """What is due when the demo begins is listed in it, month after month; the last once all has been decided."""

    def __init__(self, counter: Counter, say: Callable[[str], None]) -> None:
        house = counter.house
        self._counter = counter
        self._say = say
        self._checks = holders(house, Role.COUNTY_OFFICER)[0]
        self._approves = holders(house, Role.COUNTY_APPROVER)[0]
        self._last = date.min

    async def begun(self) -> date:
        """The first month, as soon as its list is drawn."""
        state = await self._in_hand()
        assert state.next is not None
        self._last = _last_due(state, self._counter.house.now())
        return state.next

    async def until_the_last(self) -> None:
        """The first was drawn before anything had been decided: it is returned, and drawn with what has been since."""
        await self._again("申请还没有录完")
        await self._pay()
        while (await self._in_hand()).next != self._last:
            await self._pay()

    async def the_last(self) -> None:
        """It was drawn when the one before it was approved, and lacks what has been decided since."""
        await self._in_hand()
        await self._again("近日的决定还没有进名单")
        await self._pay()
        with reading(self._counter.house.engine) as connection:
            self._say(in_words(connection, self._counter.house.home))

    async def _pay(self) -> None:
        """As it was seen: checked by one, approved by another."""
        for kind, who in ((CheckList, self._checks), (ApproveList, self._approves)):
            row = await asyncio.to_thread(self._row)
            seen = {"sha256": row.sha256, "fen": row.fen, "claw_back_fen": row.claw_back_fen}
            await self._counter.of_county(kind, who, month=row.month, **seen)
        self._say(told(row))

    async def _again(self, why: str) -> None:
        row = await asyncio.to_thread(self._row)
        await self._counter.of_county(ReturnList, self._checks, month=row.month, note=self._counter.note(why))
        await self._counter.of_county(DrawList, self._checks, month=row.month)

    async def _in_hand(self) -> county.State:
        """The county's months, once a list of them waits for somebody."""
        while True:
            state = await asyncio.to_thread(self._state)
            if state is not None and state.in_hand is not None:
                return state
            await asyncio.sleep(LOOK)

    def _state(self) -> county.State | None:
        house = self._counter.house
        query = select(STREAMS.c.state_enc).where(STREAMS.c.stream == county_stream(house.home))
        with reading(house.engine) as connection:
            sealed = connection.execute(query).scalar()
        return None if sealed is None else county.State.model_validate_json(house.sealer.open_bytes(sealed))

    def _row(self) -> Row[Any]:
        with reading(self._counter.house.engine) as connection:
            row = read_payments.list_of(connection, self._counter.house.home)
        assert row is not None
        return row


def _last_due(state: county.State, now: datetime) -> date:
    assert state.next is not None
    month = state.next
    while county.drawn_at(state, next_month(month)) <= now:
        month = next_month(month)
    return month


def told(row: Row[Any]) -> str:
    """An approved list in plain words."""
    return f"{row.month:%Y年%m月}发放名单：{row.lines}笔，{_sums(row)}，一人核对、另一人批准"


def _sums(row: Row[Any]) -> str:
    return f"发放{yuan(row.fen - row.back_pay_fen)}，补发{yuan(row.back_pay_fen)}，追回{yuan(-row.claw_back_fen)}"


# --- what it came to -------------------------------------------------------------------------------------------------


class Money(NamedTuple):
    """As the store has it: what is due up to the last approved list, and what approved lists hold, in fen.

    `claw_back_fen` is below 0 or 0. Due = listed + back pay + claw-back. `entitlements_held`: left out of both sides,
    because a death is reported.
    """

    benefits_approved: int
    benefits_refused: int
    entitlement_fen: int
    payment_list_fen: int
    back_pay_fen: int
    claw_back_fen: int
    entitlements_held: int


def money(connection: Connection, county_id: str) -> Money:
    claims = read_benefits.claims_by_state(connection)
    lists = [row for row in read_payments.lists_of(connection, county_id) if row.state == "approved"]
    due = due_in_all(connection, county_id, lists[-1].month) if lists else Drawing((), 0, 0)
    return Money(
        benefits_approved=claims.get("approved", 0), benefits_refused=claims.get("refused", 0),
        entitlement_fen=sum(line.fen for line in due.lines),
        payment_list_fen=sum(row.fen - row.back_pay_fen for row in lists),
        back_pay_fen=sum(row.back_pay_fen for row in lists),
        claw_back_fen=sum(row.claw_back_fen for row in lists), entitlements_held=due.held,
    )  # fmt: skip


def in_words(connection: Connection, county_id: str) -> str:
    found, by = money(connection, county_id), read_benefits.claims_by_trigger(connection)
    return (
        f"待遇：申请{by.get(ClaimTrigger.APPLICATION, 0)}件，主动发现{by.get(ClaimTrigger.DISCOVERED, 0)}件；"
        f"批准{found.benefits_approved}件，不予批准{found.benefits_refused}件；"
        f"应发合计{yuan(found.entitlement_fen)}＝名单发放{yuan(found.payment_list_fen)}"
        f"＋补发{yuan(found.back_pay_fen)}－追回{yuan(-found.claw_back_fen)}"
    )
