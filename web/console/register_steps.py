"""What is stated of an elder, or changed in the register by hand: facts for benefits, categories, notices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from decisions.benefit_wording import SOURCES, value
from models.claim_messages import FactsChanged
from models.claims import FactSource, Heard
from models.facts import FACTS, HELD_ELSEWHERE, FactDef, FactType, FactValue, refused
from models.ids import benefit_stream
from web.console.ask import Ask
from web.console.case_steps import back, past, today
from web.console.fields import NOT_OFFERED, Field, Kind, asks
from web.console.steps import Handed, Path, Step, Wrong
from web.language import _

AT = "/elders/{elder_id}"
STATED = tuple(
    code for code, fact in FACTS.items() if not fact.comes_of and code not in ("born_on", "gb_level", "gb_score")
)
"""What staff can state: all but what the register has, what an assessment finds, and what is reckoned for a month."""
SAID_BY = (FactSource.CERTIFICATE, FactSource.DEPARTMENT, FactSource.VISIT, FactSource.STATEMENT)
YES_NO = {"yes": _("是"), "no": _("否")}
BY_DAY = {FactType.DAY: Kind.DAY, FactType.NUMBER: Kind.NUMBER}


class Known(NamedTuple):
    """A fact on its form: what holds now, if anything is known."""

    code: str
    name: str
    said: str
    source: str
    on: Any


def _code(ask: Ask) -> str:
    """The fact a form is about: the one its link names, kept as a field of the form."""
    said = ask.form.get("code") or ask.request.query_params.get("code") or ""
    return said if isinstance(said, str) and said in STATED else ""


def _value_field(ask: Ask, path: Path, fact: FactDef) -> Field:
    label = fact.name + (f"（{fact.unit}）" if fact.unit else "")
    match fact.type:
        case FactType.YES_NO:
            return Field("value", label, Kind.CHOICE, required=True, options=YES_NO)
        case FactType.CODES:
            return Field("value", label, Kind.CHOICES, options=_held(ask, path), help=_("都没有就一项也不选"))
        case FactType.ORDERED | FactType.CHOICE:
            return Field("value", label, Kind.CHOICE, required=True, options={one: one for one in fact.options})
        case _:
            return Field("value", label, BY_DAY[fact.type], required=True)


def _held(ask: Ask, path: Path) -> dict[str, str]:
    at = ask.doors.places.territory_of(path["elder_id"])
    own = ask.doors.benefit_names([at.county_id]) if at else dict[str, str]()
    return dict(HELD_ELSEWHERE) | dict(own)


@asks("code", Field("value", "value", Kind.CHOICES), "source", "on", "document")
def _fact_fields(ask: Ask, path: Path) -> tuple[Field, ...]:
    code = _code(ask)
    names = {one: FACTS[one].name for one in STATED}
    which = Field("code", _("哪一项情况"), Kind.CHOICE, required=True, first=code, options=names)
    if not code:
        return (which,)
    return (
        which._replace(options={code: names[code]}),
        _value_field(ask, path, FACTS[code]),
        Field("source", _("依据"), Kind.CHOICE, required=True, options={one: SOURCES[one] for one in SAID_BY}),
        Field("on", _("哪天起是这样"), Kind.DAY, required=True, first=today(ask).isoformat()),
        Field("document", _("证件名称和号码"), help=_("存入登记簿，不进流程")),
    )


def _read(code: str, said: Any) -> FactValue:
    """Raises Wrong."""
    found = said == "yes" if FACTS[code].type is FactType.YES_NO else said
    if refused(code, found):
        fact = FACTS[code]
        raise Wrong("value", f"{fact.least}–{fact.most}" if fact.type is FactType.NUMBER else NOT_OFFERED)
    return found


def _stated(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    code = values["code"]
    past(ask, "on", values["on"])
    found = _read(code, values["value"])
    return _keeping(ask, path, code, found, FactSource(values["source"]), values["on"], values["document"])


def _keeping(
    ask: Ask, path: Path, code: str, found: FactValue | None, source: FactSource, on: Any, said: str | None
) -> Handed:  # fmt: skip
    """The paper, or why, is sealed before, as notes are."""
    note = ask.doors.counter.keep_note(said) if said else None
    keep = ask.doors.facts.keeper(code, found, source, on, note.id if note else None)
    message = {"heard": Heard.FACT}
    return Handed(benefit_stream(path["elder_id"]), FactsChanged, message, keep=keep)


def known(ask: Ask, path: Path) -> Mapping[str, Any]:
    """What is stated of the elder and holds now."""
    held = ask.doors.facts.holding(path["elder_id"], today(ask))
    rows = [
        Known(code, FACTS[code].name, value(code, one.value), SOURCES[one.source], one.on)
        for code, one in held.items()
        if one.value is not None
    ]
    return {"known": rows, "offered": [(code, FACTS[code].name) for code in STATED], "code": _code(ask)}


@asks("code", "on", "why")
def _taken_fields(ask: Ask, path: Path) -> tuple[Field, ...]:
    held = {row.code: f"{row.name}：{row.said}" for row in known(ask, path)["known"]}
    return (
        Field("code", _("收回哪一项"), Kind.CHOICE, required=True, options=held),
        Field("on", _("从哪天起不作数"), Kind.DAY, help=_("不写就从登记的那天起")),
        Field("why", _("为什么收回"), Kind.WORDS, help=_("存入登记簿，不进流程")),
    )


def _taken_back(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    past(ask, "on", values["on"])
    held = ask.doors.facts.holding(path["elder_id"], values["on"] or today(ask)).get(values["code"])
    if held is None or held.value is None:
        raise Wrong("code", _("那天没有登记过这一项，或已经收回"))
    return _keeping(ask, path, held.code, None, held.source, values["on"] or held.on, values["why"])


# --- at once in the register -----------------------------------------------------------------------------------------


@asks("category", "to_on")
def _category_fields(ask: Ask, path: Path) -> tuple[Field, ...]:
    elder = ask.doors.people.elder(path["elder_id"])
    held = {one.category: one.category for one in elder.categories if one.to_on is None} if elder else {}
    return (
        Field("category", _("哪一类"), Kind.CHOICE, required=True, options=held),
        Field("to_on", _("从哪天起不再是"), Kind.DAY, required=True, first=today(ask).isoformat()),
    )


async def _category_ended(ask: Ask, path: Path, values: dict[str, Any]) -> str | None:
    past(ask, "to_on", values["to_on"])
    steps, elder = ask.doors.people_steps, path["elder_id"]
    ended = await steps.end_category(ask.staff_id, elder, values["category"], values["to_on"])
    return None if ended else _("那天没有在册的这一类")


@asks("version", "given_on", "given_by")
def _notice_fields(ask: Ask, _path: Path) -> tuple[Field, ...]:
    own = ask.doors.people.names([ask.staff_id])
    return (
        Field("version", _("告知书版本"), required=True),
        Field("given_on", _("哪天告知的"), Kind.DAY, required=True, first=today(ask).isoformat()),
        Field("given_by", _("告知人姓名"), required=True, first=own[ask.staff_id].name if ask.staff_id in own else ""),
    )


async def _notice_given(ask: Ask, path: Path, values: dict[str, Any]) -> str | None:
    past(ask, "given_on", values["given_on"])
    new = await ask.doors.people_steps.notice(
        ask.staff_id, path["elder_id"], values["version"], values["given_on"], values["given_by"]
    )
    return None if new else _("这一版已经记过，没有变化")


STEPS: tuple[Step, ...] = (
    Step(f"{AT}/state-fact", "state_fact", _("登记查实的情况"), _fact_fields, _stated, back, "fact.html", known,
         warns=_("老人的待遇随即重新核算。"), query=("code",)),
    Step(f"{AT}/take-back-fact", "state_fact", _("收回登记的情况"), _taken_fields, _taken_back, back,
         warns=_("从那天起算作不知道，不算“否”。登记过的仍看得到。")),
    Step(f"{AT}/end-category", "end_category", _("人员类别终止"), _category_fields, None, back,
         warns=_("由人决定；个案不因此结案。"), done=_category_ended),
    Step(f"{AT}/notice", "notice", _("记一次告知"), _notice_fields, None, back,
         done=_notice_given),
)  # fmt: skip
