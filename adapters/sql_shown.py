"""People as pages show them: sealed words opened, numbers masked. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import Engine, Table, not_, or_, select

from adapters.database import reading
from adapters.sealing import Sealer
from models.shown import CategoryShown, ElderShown, PersonShown, Revealed, TextShown
from models.tables import Area, DigestRow, Elder, ElderAddress, ElderCategory, LetterRow, Staff, Volunteer, table_of

AREAS, ELDERS, VOLUNTEERS, STAFF = table_of(Area), table_of(Elder), table_of(Volunteer), table_of(Staff)
ADDRESSES, CATEGORIES = table_of(ElderAddress), table_of(ElderCategory)
DIGESTS, LETTERS = table_of(DigestRow), table_of(LetterRow)
MASK = "****"


def masked(number: str | None) -> str | None:
    """The last four, and that there is more. None: there is no number."""
    return MASK + number[-4:] if number else None


class SqlShown:
    def __init__(self, engine: Engine, sealer: Sealer, today: Callable[[], date]) -> None:
        self._engine = engine
        self._sealer = sealer
        self._today = today

    def names(self, ids: Collection[str]) -> Mapping[str, PersonShown]:
        """Elders, volunteers and staff by id; whoever is not there is left out."""
        wanted, found = sorted(ids), dict[str, PersonShown]()
        tables: tuple[Table, ...] = (ELDERS, VOLUNTEERS, STAFF)
        with reading(self._engine) as connection:
            for table in tables:
                for row in connection.execute(
                    select(table.c.id, table.c.name_enc, table.c.phone_enc).where(table.c.id.in_(wanted))
                ):
                    phone = masked(self._open(row.phone_enc))
                    found[row.id] = PersonShown(id=row.id, name=self._sealer.open(row.name_enc), phone=phone)
        return found

    def areas(self, ids: Collection[str]) -> Mapping[str, str]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(AREAS.c.id, AREAS.c.name).where(AREAS.c.id.in_(sorted(ids))))
            return {row.id: row.name for row in rows}

    def texts_to(self, recipient_id: str, limit: int, areas: Collection[str]) -> Sequence[TextShown]:
        """The last texts to somebody, newest first, but for those that tell of an elder outside these areas.

        Whoever calls this has recorded who reads them.
        """
        lives = (ELDERS.c.village_id, ELDERS.c.township_id, ELDERS.c.county_id)
        within = or_(*(column.in_(sorted(areas)) for column in lives))
        told = select(LETTERS.c.id).join(ELDERS, ELDERS.c.id == LETTERS.c.elder_id)
        elsewhere = told.where(LETTERS.c.digest_id == DIGESTS.c.id, not_(within)).exists()
        query = select(DIGESTS).where(DIGESTS.c.recipient_id == recipient_id, not_(elsewhere))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(DIGESTS.c.built_at.desc(), DIGESTS.c.id).limit(limit)).all()
        return [
            TextShown(body=self._sealer.open(row.body_enc), state=row.state, built_at=row.built_at, why=row.why)
            for row in rows
        ]

    def elder(self, elder_id: str) -> ElderShown | None:
        """None: nobody of this id."""
        village, township = AREAS.alias("village"), AREAS.alias("township")
        query = select(ELDERS, village.c.name.label("village"), township.c.name.label("township"))
        query = query.join(village, village.c.id == ELDERS.c.village_id)
        query = query.join(township, township.c.id == ELDERS.c.township_id).where(ELDERS.c.id == elder_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            of_them = ADDRESSES.c.elder_id == elder_id, ADDRESSES.c.to_on.is_(None)
            lives = connection.execute(select(ADDRESSES.c.text_enc).where(*of_them).order_by(ADDRESSES.c.id)).scalars()
            addresses = tuple(dict.fromkeys(self._sealer.open(text) for text in lives))
            held = select(CATEGORIES).where(CATEGORIES.c.elder_id == elder_id).order_by(CATEGORIES.c.from_on)
            categories = tuple(
                CategoryShown(category=one.category, source=one.source, from_on=one.from_on, to_on=one.to_on)
                for one in connection.execute(held)
            )
        born = date.fromisoformat(self._sealer.open(row.born_on_enc))
        whole = self._revealed(row)
        return ElderShown(
            id=row.id, name=self._sealer.open(row.name_enc), sex=row.sex, age=_age(born, self._today()),
            village_id=row.village_id, village=row.village, township_id=row.township_id, township=row.township,
            county_id=row.county_id, phone=masked(whole.phone), id_number=masked(whole.id_number) or "",
            contact=masked(whole.contact), addresses=addresses, living=row.living, household_id=row.household_id,
            categories=categories,
        )  # fmt: skip

    def revealed(self, elder_id: str) -> Revealed | None:
        """Numbers whole. Whoever calls this has recorded who sees them. None: nobody of this id."""
        with reading(self._engine) as connection:
            row = connection.execute(select(ELDERS).where(ELDERS.c.id == elder_id)).one_or_none()
        return None if row is None else self._revealed(row)

    def _revealed(self, row: object) -> Revealed:
        opened = {name: self._open(getattr(row, f"{name}_enc")) for name in ("phone", "id_number", "contact")}
        return Revealed.model_validate(opened)

    def _open(self, sealed: bytes | None) -> str | None:
        return None if sealed is None else self._sealer.open(sealed)


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
