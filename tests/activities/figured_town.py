"""A random town's rows for the figures: two counties, a year's end, everything that counts and much that must not.

The rows are kept as they were put into the store, so that a test counts them again in plain Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine, insert

from adapters.database import writing
from decisions.deadlines import civil_day, instant, months_after
from models.ability import AbilityLevel
from models.reading import AskBack, Reading
from models.tables import (
    Area,
    AssessmentRow,
    CaseRow,
    DigestRow,
    Elder,
    EscalationRow,
    Inbound,
    LevelRow,
    PayLineRow,
    PayListRow,
    Staff,
    VisitRow,
    Volunteer,
    table_of,
)
from models.values import EscalationCause, Outcome, Role

Row = dict[str, Any]
SINCE, MONTH, NEXT = date(2020, 1, 1), date(2026, 11, 1), date(2026, 12, 1)
NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
COUNTY, OTHER = "county-a", "county-b"
VILLAGES = {"W1": "T1", "W2": "T1", "W3": "T2", "W4": "T2", "W9": "T9"}
COUNTIES = {"T1": COUNTY, "T2": COUNTY, "T9": OTHER}
BODY = b"x"
INSTANT_BEFORE = timedelta(microseconds=-1)
EDGES = (instant(MONTH), instant(NEXT), instant(MONTH) + INSTANT_BEFORE, instant(NEXT) + INSTANT_BEFORE)
READINGS = (
    Reading(acknowledged=True), Reading(ask_back=AskBack.NO_CODE), Reading(opted_out=True),
    Reading(opted_out=True, ask_back=AskBack.UNCERTAIN),
)  # fmt: skip


class FiguredTown:
    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine = engine
        self._random = Random(seed)
        self.homes = {f"E{n}": self._place() for n in range(60)}
        self.visits = list(self._visits())
        self.volunteers = list(self._volunteers())
        self.escalations = list(self._escalations())
        self.digests = list(self._digests())
        self.inbound = list(self._inbound())
        self.rounds, self.levels = list(self._rounds()), list(self._levels())
        self.lists = list(self._lists())
        self.lines = list(self._lines())
        self._put()

    def _place(self, county: str | None = None) -> Row:
        """Of this county, or of either."""
        villages = [village for village, township in VILLAGES.items() if county in (None, COUNTIES[township])]
        village = self._random.choice(villages)
        return {"village_id": village, "township_id": VILLAGES[village]}

    def _when(self) -> datetime:
        """Around the month, one time in eight exactly at one of its ends."""
        if self._random.random() < 0.125:
            return self._random.choice(EDGES)
        return instant(MONTH) + timedelta(seconds=self._random.randrange(-10 * 86400, 40 * 86400))

    def _visits(self) -> Iterator[Row]:
        for n in range(240):
            due, state = self._when(), self._random.choice(("open", "done", "late", "missed", "cancelled"))
            made = state in ("done", "late")
            lives = COUNTIES[self.homes[f"E{n % 60}"]["township_id"]]
            yield {
                "id": f"E{n}.1", "elder_id": f"E{n % 60}", **self._place(lives), "period_id": "p", "reason": "paired",
                "kind": self._random.choice(("scheduled", "scheduled", "scheduled", "ad_hoc")), "state": state,
                "volunteer_id": self._random.choice((None, *(f"V{k}" for k in range(12)))),
                "visitor_id": self._random.choice(("S1", *(f"V{k}" for k in range(12)))) if made else None,
                "opened_at": due, "starts_at": due, "due_at": due, "ends_at": due, "attempts": 0,
                "visited_on": civil_day(due) if made else None,
                "recorded_late": False,
                "cancel_reason": self._random.choice(("hospital", "away", None)) if state == "cancelled" else None,
            }  # fmt: skip

    def _volunteers(self) -> Iterator[Row]:
        for n in range(15):
            place = self._place()
            yield {
                "id": f"V{n}", "county_id": COUNTIES[place["township_id"]], **place, "name_enc": BODY,
                "phone_enc": BODY, "phone_index": f"p{n // 2}", "sex": "F", "standing": "",
                "capacity": self._random.randrange(4), "barred": self._random.random() < 0.2,
                "consented_on": SINCE if self._random.random() < 0.8 else None,
                "opted_out_at": NOW if self._random.random() < 0.2 else None,
            }  # fmt: skip

    def _escalations(self) -> Iterator[Row]:
        for n in range(160):
            asked = self._when()
            resolved = max(asked, self._when()) if self._random.random() < 0.7 else None
            yield {
                "id": f"escalation/E{n}/c", "elder_id": f"E{n}", **self._place(), "rung": 0, "as_deputy": False,
                "cause": self._random.choice(list(EscalationCause)).value, "extensions": 0, "asked_at": asked,
                "urgency": self._random.choice(("ordinary", "ordinary", "urgent")), "resolved_at": resolved,
                "role": self._random.choice((None, Role.GRID_WORKER.value, Role.COUNTY_OFFICER.value)),
                "state": "resolved" if resolved else self._random.choice(("asked", "opened", "acknowledged")),
                "outcome": self._random.choice(list(Outcome)).value if resolved else None,
            }  # fmt: skip

    def _digests(self) -> Iterator[Row]:
        states = ("built", "accepted", "delivered", "undelivered", "failed", "unknown", "expired", "cancelled")
        for n in range(160):
            state = self._random.choice(states)
            lost = state in states[3:5] + states[6:]
            yield {
                "id": f"D{n}", "recipient_id": self._random.choice((*(f"V{k}" for k in range(15)), "S1", "S9")),
                "recipient_kind": "volunteer", "phone_index": "p", "text_class": "ordinary", "template": "one",
                "body_enc": BODY, "segments": 1, "body_index": "b", "state": state, "built_at": self._when(),
                "why": self._random.choice(("bad_number", "30005", None)) if lost else None,
            }  # fmt: skip

    def _inbound(self) -> Iterator[Row]:
        for n in range(160):
            came = self._when()
            read = self._random.random() < 0.9
            meant = self._random.choice(READINGS).model_dump_json() if self._random.random() < 0.95 else None
            yield {
                "provider": "sandbox", "provider_message_id": f"m{n}", "phone_enc": BODY, "note_id": f"n{n}",
                "phone_index": self._random.choice((*(f"p{k}" for k in range(8)), "s1", "s9", "nobody")),
                "received_at": came, "read_at": came if read else None, "reading": meant if read else None, "tries": 0,
            }  # fmt: skip

    def _rounds(self) -> Iterator[Row]:
        for n in range(80):
            ended = self._when() if self._random.random() < 0.7 else None
            outcome = self._random.choice(("confirmed", "confirmed", "refused", "case_closed")) if ended else None
            yield {
                "elder_id": f"E{n}", "round": 1, **self._place(), "stage": "resting" if ended else "assessing",
                "trigger": "staff", "reason": "", "requested_at": instant(SINCE), "ended_at": ended,
                "outcome": outcome,
                "level": self._random.choice(list(AbilityLevel)).value if outcome == "confirmed" else None,
            }  # fmt: skip

    def _levels(self) -> Iterator[Row]:
        for n in range(60):
            yield {
                "elder_id": f"E{n}", "level": self._random.choice(list(AbilityLevel)).value, "round": 1,
                "assessed_on": MONTH, "object_by": NOW, "confirmed_by": "S1", "confirmed_at": NOW,
                "expired": self._random.random() < 0.3,
            }  # fmt: skip

    def _lists(self) -> Iterator[Row]:
        """A year and more of them, one drawn twice, one not approved."""
        none = {"lines": 0, "fen": 0, "back_pay_fen": 0, "claw_back_fen": 0, "held": 0, "unstated": 0}
        for back in range(15):
            month = months_after(MONTH, -back)
            state = "checking" if back == 0 else "approved"
            of = {"county_id": COUNTY, "month": month, "drawn_at": NOW, **none}
            yield of | {"n": 1, "sha256": f"{back:064}", "state": "drawn_again" if back == 2 else state}
            if back == 2:
                yield of | {"n": 2, "sha256": f"2{back:063}", "state": state}
        yield {"county_id": OTHER, "month": date(2026, 10, 1), "n": 1, "drawn_at": NOW, "state": "approved", **none} | {
            "sha256": "f" * 64
        }

    def _lines(self) -> Iterator[Row]:
        for held in self.lists:
            for seq in range(self._random.randrange(9)):
                place = self._place()
                if COUNTIES[place["township_id"]] == held["county_id"]:
                    yield {
                        "sha256": held["sha256"], "seq": seq, "elder_id": f"E{seq}", "n": 1, "month": held["month"],
                        "code": self._random.choice(("nursing", "old_age")), "kind": "pay", "due_fen": 0,
                        "fen": self._random.randrange(-30000, 90000), "row": "r", "because": "r", "by_age": False,
                        **place,
                    }  # fmt: skip

    def _put(self) -> None:
        areas = [(COUNTY, "county", None), (OTHER, "county", None)]
        areas += [(township, "township", county) for township, county in COUNTIES.items()]
        areas += [(village, "village", township) for village, township in VILLAGES.items()]
        staff = {"name_enc": BODY, "phone_enc": BODY}
        with writing(self.engine) as c:
            for id_, kind, parent in areas:
                c.execute(insert(table_of(Area)).values(id=id_, kind=kind, name=id_, parent_id=parent, from_on=SINCE))
            for id_, county in (("S1", COUNTY), ("S9", OTHER)):
                own = {"id": id_, "county_id": county, "phone_index": id_.lower()}
                c.execute(insert(table_of(Staff)).values(**own, **staff))
            for id_, place in self.homes.items():
                of = {"county_id": COUNTIES[place["township_id"]], **place}
                elder = {"household_id": "h", "name_enc": BODY, "id_number_enc": BODY, "id_number_index": id_}
                more = {"born_on_enc": BODY, "sex": "F", "standing": "case", "updated_at": NOW}
                c.execute(insert(table_of(Elder)).values(id=id_, **of, **elder, **more))
                case = {"status": "open", "opened_at": instant(SINCE), "start_on": SINCE, "policy_hash": "0" * 64}
                c.execute(insert(table_of(CaseRow)).values(elder_id=id_, **of, **case))
            for model, rows in (
                (Volunteer, self.volunteers), (VisitRow, self.visits), (EscalationRow, self.escalations),
                (DigestRow, self.digests), (Inbound, self.inbound), (AssessmentRow, self.rounds),
                (LevelRow, self.levels), (PayListRow, self.lists), (PayLineRow, self.lines),
            ):  # fmt: skip
                c.execute(insert(table_of(model)), rows)
