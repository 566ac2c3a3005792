"""What a person may do with an elder's case, as forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from decisions.words import word
from models import messages as m
from models.ids import case_stream
from web.console.ask import Ask
from web.console.fields import Field, Kind
from web.console.steps import Fields, Handed, Path, Step, add
from web.language import _

__all__ = ["STEPS", "add"]

NOTE = Field("note", _("备注"), Kind.WORDS, help=_("存入登记簿，不进流程"))


def back(path: Path) -> str:
    return f"/elders/{path['elder_id']}"


def _of_case(kind: type[m.CaseMessage], *names: str) -> Callable[[Ask, Path, dict[str, Any]], Handed]:
    def handed(_ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
        return Handed(case_stream(path["elder_id"]), kind, {name: values[name] for name in names}, values["note"])

    return handed


def _fields(*fields: Field) -> Fields:
    def always(_ask: Ask, _path: Path) -> tuple[Field, ...]:
        return fields

    return always


CHANGES = {change: word(change) for change in get_args(m.Change)}

STEPS: tuple[Step, ...] = (
    Step(
        "/elders/{elder_id}/request-visit", "request_visit", _("请求加访"), _fields(NOTE), _of_case(m.RequestVisit),
        back,
    ),
    Step(
        "/elders/{elder_id}/change", "change_circumstances", _("记录重大变化"),
        _fields(Field("change", _("什么变化"), Kind.CHOICE, required=True, options=CHANGES), NOTE),
        _of_case(m.ChangeCircumstances, "change"), back,
    ),
)  # fmt: skip
