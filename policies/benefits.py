"""A month's rules of benefits, cut from a pack that `check` passes: what `decisions.benefit` proposes by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from models.benefits import (
    AgeCounts,
    Begins,
    Benefit,
    BenefitKind,
    BenefitRow,
    BenefitRules,
    Birthday,
    Condition,
    Ends,
    Exclusivity,
    How,
    LeapBirthday,
    Offset,
    OpenCase,
    PublicNotice,
    Start,
    Stop,
    StopCause,
)
from policies.benefit_tables import (
    BenefitRowTable,
    BenefitTable,
    BirthdayTable,
    ConditionRow,
    NoticeTable,
    StartTable,
    in_force,
)
from policies.pack import Pack
from policies.sourced import Sourced


def rules_of(pack: Pack, month: date) -> BenefitRules:
    """What the pack says for `month`, the date of its first day. Raises ValueError for another day of a month."""
    if month.day != 1:
        raise ValueError(f"a month is the date of its first day, not {month}")
    file = pack.file
    return BenefitRules(
        county=file.county,
        version=file.version,
        hash=pack.hash,
        month=month,
        benefits=tuple(_benefit(pack, table, month) for table in file.benefits),
        exclusivity=tuple(
            Exclusivity(code=row.code, between=row.between, how=How(row.how), source=source_of(row))
            for row in file.exclusivity
        ),
    )


def pack_for(versions: Iterable[Pack], month: date) -> Pack | None:
    """The version of a county's pack that a month goes by: of those in force on its first day the newest."""
    in_time = [pack for pack in versions if pack.file.effective_from <= month <= (pack.file.effective_to or date.max)]
    return max(in_time, key=lambda pack: pack.file.effective_from, default=None)


def source_of(row: Sourced) -> str:
    """The phrase or rule a row is by; empty for a default of ours."""
    return row.quote or row.rule or ""


def conditions(rows: Iterable[ConditionRow]) -> tuple[Condition, ...]:
    return tuple(Condition(fact=row.fact, op=row.op, wanted=row.value) for row in rows)


def row_of(row: BenefitRowTable) -> BenefitRow:
    return BenefitRow(
        code=row.code,
        when=conditions(row.when),
        any=tuple(conditions(each) for each in row.any),
        fen=None if row.fen is None else row.fen.value,
        source=source_of(row),
        fen_source="" if row.fen is None else source_of(row.fen),
    )


def _benefit(pack: Pack, table: BenefitTable, month: date) -> Benefit:
    unknown = pack.file.unknown
    return Benefit(
        code=table.code,
        name=table.name,
        kind=BenefitKind(table.kind),
        rows=tuple(row_of(row) for row in table.rows if in_force(row, month)),
        unsaid=not table.rows,
        open=tuple(
            OpenCase(
                code=case.code,
                when=conditions(case.when),
                any=tuple(conditions(each) for each in case.any),
                question=unknown[f"benefits.{table.code}.open.{case.code}"],
            )
            for case in table.open
        ),
        birthday=_birthday(table.birthday),
        start=_start(table.start),
        stops=tuple(Stop(cause=StopCause(row.code), ends=Ends(row.ends)) for row in table.stops),
        notice=notice_of(table.notice),
        deadlines=tuple((row.code, row.workdays) for row in table.deadlines),
        documents=tuple(row.name for row in table.documents),
        offsets=tuple(Offset(place=row.code, percent=row.percent) for row in table.offsets),
    )


def _birthday(table: BirthdayTable | None) -> Birthday | None:
    return table and Birthday(counts=AgeCounts(table.counts), leap=LeapBirthday(table.leap))


def _start(table: StartTable | None) -> Start | None:
    return table and Start(begins=Begins(table.begins), if_late=Begins(table.if_late) if table.if_late else None)


def notice_of(table: NoticeTable | None) -> PublicNotice | None:
    return table and PublicNotice(days=table.days, unit=table.unit, again_days=table.again_days, place=table.place)
