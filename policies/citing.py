"""What the receipt of a decision cites of a pack: its document, and each rule with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator

from decisions.benefit_wording import OURS
from models.receipts import Cited, Law
from policies import assessing, benefit_terms
from policies.benefit_tables import BenefitTable
from policies.pack import Pack
from policies.sourced import Sourced
from policies.telling_benefits import benefit_in_words

OF_ASSESSMENTS = ("use", "valid_months", "endless", "object_within")


def law_of(pack: Pack, code: str | None = None) -> Law:
    """`code`: of one benefit its rules too."""
    file = pack.file
    tables = [table for table in file.benefits if table.code == code]
    return Law(
        version=file.version,
        hash=pack.hash,
        document=_document(pack),
        names={table.code: table.name for table in file.benefits},
        cited=dict([*_of_assessments(pack), *_of_benefits(tables)]),
        appeal=source_words(benefit_terms.defaults().benefits.appeal_days),
    )


def has_benefit(pack: Pack, code: str) -> bool:
    return any(table.code == code for table in pack.file.benefits)


def source_words(row: Sourced) -> str:
    return row.quote or row.rule or OURS


def _document(pack: Pack) -> str:
    """《…》（文号，日期）"""
    document = pack.file.document
    issued = document.issued_on
    more = (document.number, f"{issued.year}年{issued.month}月{issued.day}日" if issued else None)
    said = "，".join(part for part in more if part)
    return f"《{document.title}》{f'（{said}）' if said else ''}"


def _of_assessments(pack: Pack) -> Iterator[tuple[str, Cited]]:
    ours, own = assessing.defaults().assessment, pack.file.assessment
    for key in OF_ASSESSMENTS:
        row: Sourced | None = (getattr(own, key) if own else None) or getattr(ours, key)
        if row is not None:
            yield key, _cited(key, row)


def _of_benefits(tables: list[BenefitTable]) -> Iterator[tuple[str, Cited]]:
    for table in tables:
        if table.start is not None:
            yield "start", _cited("从哪个月起", table.start)
        if table.birthday is not None:
            yield "birthday", _cited("周岁怎样算", table.birthday)
        yield from ((f"stop.{row.code}", _cited("发到哪个月", row)) for row in table.stops)
        yield from ((f"offset.{row.code}", _cited("抵扣", row)) for row in table.offsets)


def _cited(what: str, row: Sourced) -> Cited:
    return Cited(what=what, words=benefit_in_words(row), source=source_words(row), ours=row.default is not None)
