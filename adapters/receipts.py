"""The receipt of a decision, derived each time from the ledger and the stored pack.

Only names come from the register, and what a person typed. As text and as PDF too, for whoever has no page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, select

from adapters import receipt_pdf
from adapters.database import reading
from adapters.sealing import Sealer
from decisions.receipt import Place, home_of, place_of, why_not
from decisions.receipt_benefit import Ruling, benefit_receipt, ruling_of
from decisions.receipt_level import bodies_of, level_receipt, standard_at
from models.benefits import BenefitRules
from models.events import LevelConfirmed, Recorded
from models.ids import assessment_stream, elder_of
from models.receipts import Law, Names, NoReceipt, Receipt
from models.tables import Area, AssessingBody, Elder, Note, table_of
from models.values import NoteRef

AREAS, BODIES, ELDERS, NOTES = table_of(Area), table_of(AssessingBody), table_of(Elder), table_of(Note)
NOTHING_THERE = "台账里没有这一条"
GONE, CHANGED = "（理由不在登记簿里）", "（登记簿里的理由与台账所记不符，请报审计）"


class Packs(Protocol):
    """The stored packs by hash."""

    def rules(self, hash_: str, month: date) -> BenefitRules: ...

    def law(self, hash_: str, code: str | None = None) -> Law: ...

    def has(self, hash_: str, code: str) -> bool: ...


class Receipts:
    def __init__(
        self, engine: Engine, sealer: Sealer, packs: Packs, recorded_in: Callable[[str], Iterable[Recorded]],
        font_dir: Path | None,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._sealer = sealer
        self._packs = packs
        self._recorded_in = recorded_in
        self._font_dir = font_dir

    def of(self, stream: str, seq: int) -> Receipt:
        """Raises NoReceipt where there is no such fact, or it decides nothing."""
        place = place_of(tuple(self._recorded_in(stream)), seq)
        why = NOTHING_THERE if place is None else why_not(place.recorded.event)
        if place is None or why is not None:
            raise NoReceipt(why or NOTHING_THERE)
        if isinstance(place.recorded.event, LevelConfirmed):
            law = self._packs.law(place.recorded.event.policy_hash)
            return level_receipt(place, law, self._names(place, bodies_of(place)))
        return self._of_benefit(ruling_of(place))

    def pdf(self, receipt: Receipt) -> bytes:
        """Raises NoFont."""
        return receipt_pdf.receipt_pdf(receipt, self._font_dir)

    def _of_benefit(self, ruling: Ruling) -> Receipt:
        place, code = ruling.place, ruling.event.code
        hash_ = next((each for each in ruling.hashes if self._packs.has(each, code)), ruling.hashes[-1])
        levels = self._recorded_in(assessment_stream(elder_of(place.recorded.stream)))
        return benefit_receipt(
            ruling, self._packs.rules(hash_, ruling.month), self._packs.law(hash_, code), self._names(place, ()),
            self._typed(ruling.event.note) if ruling.has_reason else None, standard_at(levels, place.recorded.at),
        )  # fmt: skip

    def _names(self, place: Place, bodies: Sequence[str]) -> Names:
        """As the register has them today."""
        elder, (county, township) = elder_of(place.recorded.stream), home_of(place)
        with reading(self._engine) as connection:
            sealed = connection.execute(select(ELDERS.c.name_enc).where(ELDERS.c.id == elder)).scalar_one()
            areas, called = (
                {row.id: row.name for row in connection.execute(select(t.c.id, t.c.name).where(t.c.id.in_(wanted)))}
                for t, wanted in ((AREAS, (county, township)), (BODIES, sorted(bodies)))
            )
        return Names(
            elder=self._sealer.open(sealed), county=areas.get(county, county), township=areas.get(township, township),
            bodies=called,
        )  # fmt: skip

    def _typed(self, note: NoteRef | None) -> str | None:
        """What whoever decided wrote down, held against the hash that the fact has."""
        if note is None:
            return None
        with reading(self._engine) as connection:
            sealed = connection.execute(select(NOTES.c.text_enc).where(NOTES.c.id == note.id)).scalar()
        if sealed is None:
            return GONE
        text = self._sealer.open(sealed)
        return text if sha256(text.encode()).hexdigest() == note.sha256 else CHANGED
