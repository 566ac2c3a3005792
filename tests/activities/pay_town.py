"""Benefits of several elders and their county's months over one store, without an engine: every fact goes to the tables
as the ledger would write it, lists are drawn by SQL, and what an approved list changes comes to the elders as letters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select

from adapters.database import reading, writing
from adapters.sql_county import _listed as listed_of
from adapters.sql_county import _spans as spans_of
from adapters.sql_county import _stands as stands_of
from adapters.sql_county import list_of
from audit.decided import Decided, months
from decisions import county
from decisions.pay_list import Drawing, draw, drawn, sha256_of
from models import tables as t
from models.claims import ClaimStage
from models.county_messages import ApproveList, CheckList, CountyBriefing, CountyQuestion
from models.events import Event, ListApproved, Recorded
from models.letters import UpdateLetter
from models.payments import PayLine
from models.tables import table_of
from projections.claims import apply_benefits
from projections.county import apply_county
from tests.activities.register import Register
from tests.decisions.claim_player import BEGINS, ClaimPlayer
from tests.decisions.test_county import APPROVER, CountyPlayer

HOME = "county-fengjie"
ENTITLEMENTS, LINES = table_of(t.EntitlementRow), table_of(t.PayLineRow)
Of = tuple[str, str, date]  # elder, benefit, month
BLANK = "0" * 64


def recorded(stream: str, seq: int, at: datetime, event: Event) -> Recorded:
    return Recorded.model_construct(
        stream=stream, seq=seq, key=event.cause, at=at, prev=BLANK, salt="", body_hash=BLANK, hash=BLANK, event=event
    )


class Elder(ClaimPlayer):
    """`decided`: what the auditor makes of the same facts."""

    def __init__(self, engine: Engine, id_: str, **facts: Any) -> None:
        self.engine, self.id, self.decided = engine, id_, Decided()
        super().__init__(BEGINS, **facts)

    def approved(self, code: str) -> list[str]:
        """Nothing where the rules do not give it."""
        if self.state.stage(code) is not ClaimStage.APPROVING:
            self.checked(code)
        given = self.state.stage(code) is ClaimStage.APPROVING and self.state.claim(code).proposed.row is not None
        return super().approved(code) if given else []

    def _record(self, events: tuple[Event, ...]) -> None:
        for event in events:
            super()._record((event,))
            self.decided.hear(event)
            state = self.state.model_copy(update={"elder_id": self.id})
            with writing(self.engine) as connection:
                apply_benefits(connection, recorded(f"benefit/{self.id}", len(self.said), self.now, event), state)


class Office(CountyPlayer):
    """`drawing`: the last that was drawn, and of which month. `paid`: what approved lists hold."""

    def __init__(self, engine: Engine, drew: Callable[[date, Drawing], None]) -> None:
        self.engine, self._drew = engine, drew
        self.drawing: tuple[date, Drawing] = (date.min, Drawing((), 0, 0))
        self.paid: Counter[Of] = Counter()
        super().__init__(BEGINS)

    def until(self, at: datetime) -> None:
        while (wakeup := county.next_wakeup(self.state)) is not None and wakeup <= at:
            self.now = max(self.now, wakeup)
            if not self._tick():
                raise AssertionError(f"woken at {wakeup} and nothing to do")
        self.now = at

    def approve(self) -> list[str]:
        """Checked before, if it is not."""
        mine = self.state.in_hand
        if mine is not None and mine.stage == "checking":
            self.of_list(CheckList)
        return self.of_list(ApproveList, APPROVER)

    def told(self) -> list[tuple[str, date, int]]:
        return [(line.kind.value, line.month, line.fen) for line in self.drawing[1].lines]

    def _record(self, events: tuple[Event, ...]) -> None:
        for event in events:
            super()._record((event,))
            state = self.state.model_copy(update={"county_id": HOME})
            with writing(self.engine) as connection:
                apply_county(connection, recorded(f"county/{HOME}", len(self.said), self.now, event), state)
            if isinstance(event, ListApproved):
                self.paid.update(sums(self.drawing[1].lines))

    def _brief(self, asked: CountyQuestion | None) -> CountyBriefing | None:
        found = super()._brief(asked and asked.model_copy(update={"draw": None}))
        if asked is None or found is None:
            return found
        if asked.draw is not None:
            with reading(self.engine) as connection:
                self.drawing = asked.draw, list_of(connection, HOME, asked.draw)
            with writing(self.engine) as connection:
                _keep(connection, self.drawing[1].lines)
            self._drew(*self.drawing)
            found = found.model_copy(update={"drawn": drawn(self.drawing[1])})
        if asked.stands is not None:
            with reading(self.engine) as connection:
                changes, unlike = stands_of(connection, asked.model_copy(update={"county_id": HOME}))
            found = found.model_copy(update={"changes": changes, "unlike": unlike})
        return found


class Town:
    """`refused`: what the elders' benefits said to the letters of an approved list. `broken`: laws, at each drawing."""

    def __init__(self, register: Register, *elders: dict[str, Any]) -> None:
        self.engine = register.engine
        self.elders: dict[str, Elder] = {}
        for n, facts in enumerate(elders, start=1):
            if n > 1:
                register.elder(f"E{n}", f"H{n}", None)
            self.elders[f"E{n}"] = Elder(self.engine, f"E{n}", **facts)
        self.broken: list[str] = []
        self.office = Office(self.engine, self._look)
        self.now = BEGINS
        self.refused: list[str] = []
        self._delivered = 0

    def until(self, at: datetime) -> None:
        """Day by day, the elders' benefits first."""
        while self.now < at:
            self.now = min(at, self.now + timedelta(days=1))
            for elder in self.elders.values():
                elder.until(self.now)
            self.office.until(self.now)

    def until_day(self, month: int, day: int) -> None:
        """Of 2026, nine in the morning."""
        self.until(datetime(2026, month, day, 1, tzinfo=BEGINS.tzinfo))

    def listed(self, *months_: int) -> None:
        """The list of each of these months is drawn, checked and approved on its day."""
        for month in months_:
            self.until_day(month, 10)
            self.office.approve()
            self.deliver()

    def deliver(self) -> None:
        """The letters of approved lists come to the elders."""
        letters = [letter for letter in self.office.letters if isinstance(letter, UpdateLetter)]
        for letter in letters[self._delivered :]:
            assert letter.elder_id is not None
            told = self.elders[letter.elder_id].hand(letter.message)  # pyright: ignore[reportArgumentType]
            self.refused += [one for one in told if one.startswith("MessageRefused")]
        self._delivered = len(letters)

    # --- laws --------------------------------------------------------------------------------------------------------

    def _look(self, month: date, drawing: Drawing) -> None:
        """A list that was drawn just now: what is drawn from everything, what was decided, and what is due."""
        with reading(self.engine) as connection:
            given = spans_of(connection, sorted(self.elders), month)
            before = listed_of(connection, HOME, sorted(self.elders))
            if draw(month, given, before) != drawing:
                self.broken.append(f"{month:%Y-%m}: not what is drawn from everything")
            rows = connection.execute(select(ENTITLEMENTS)).all()
        known = Counter(self.office.paid)
        known.update(sums(drawing.lines))
        for elder in self.elders.values():
            own = [row for row in rows if row.elder_id == elder.id]
            held = {row.code for row in own if row.held}
            self.broken += [f"{month:%Y-%m}: {told}" for told in _unlike(elder, own)]
            self.broken += [
                f"{month:%Y-%m}: {elder.id} {code} {each:%Y-%m}: due {due}, listed {known[elder.id, code, each]}"
                for code in elder.decided.listed_codes() if code not in held
                for each in months(elder.decided.first(code), month)
                if (due := elder.decided.due(code, each, month)) is not None
                and due != known[elder.id, code, each]
            ]  # fmt: skip


def sums(lines: Sequence[PayLine]) -> Counter[Of]:
    found: Counter[Of] = Counter()
    for line in lines:
        found[line.elder_id, line.code, line.month] += line.fen
    return found


def _unlike(elder: Elder, rows: Sequence[Row[Any]]) -> Iterator[str]:
    """Where the table says something else than the facts."""
    decided = elder.decided
    facts = {
        (code, one.n, one.from_month, one.row, one.fen, one.through) for code, of in decided.given.items() for one in of
    }
    table = {(row.code, row.n, row.from_month, row.row, row.fen, row.through) for row in rows}
    yield from (f"{elder.id} {one}: in one only" for one in sorted(facts ^ table, key=str))
    for code in decided.given:
        if decided.is_held(code) != any(row.held for row in rows if row.code == code):
            yield f"{elder.id} {code}: held in one only"


def _keep(connection: Connection, lines: Sequence[PayLine]) -> None:
    """Under their hash, once."""
    sha256 = sha256_of(lines)
    connection.execute(delete(LINES).where(LINES.c.sha256 == sha256))
    if lines:
        rows = [{"sha256": sha256, "seq": seq, **line.model_dump()} for seq, line in enumerate(lines)]
        connection.execute(insert(LINES), rows)
