"""One escalation: where it stands, who has it, when it climbs, its own story, and dealing with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from decisions.words import LADDER_STATES
from models import messages as m
from models.ids import escalation_stream
from models.values import Outcome
from projections import read, read_elder
from web.console import persons, steps, work
from web.console.ask import Ask, TurnedAway
from web.console.case_steps import NOTE, past, today, words
from web.console.fields import MISSING, Field, Kind, always, asks
from web.console.need import About, Need
from web.console.router import Console
from web.console.steps import Handed, Path, Step, Wrong
from web.language import _
from web.openapi import Takes

AT = "/elders/{elder_id}/escalations/{cause_id}"
SEEN = (Outcome.VISITED, Outcome.REACHED_BY_PHONE)
OF_PEOPLE = tuple(one for one in Outcome if one not in (Outcome.REPORTED_BY_VISITOR, Outcome.WITHDRAWN, Outcome.DONE))
"""How a person may end it; the others the system records."""


def back(path: Path) -> str:
    return work.escalation_path(path["elder_id"], escalation_stream(path["elder_id"], path["cause_id"]))


def _row(ask: Ask, path: Path) -> Any:
    """Raises TurnedAway: this elder has none of this id."""
    with ask.doors.reading() as connection:
        row = read_elder.escalation_of(connection, path["elder_id"], path["cause_id"])
    if row is None:
        raise TurnedAway(404, "not_here")
    return row


def _handed(
    kind: type[m.EscalationMessage], values: dict[str, Any], path: Path, note: str | None, **more: Any
) -> Handed:  # fmt: skip
    return Handed(escalation_stream(path["elder_id"], path["cause_id"]), kind, values, note, **more)


def _acknowledged(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    _row(ask, path)
    return _handed(m.Acknowledge, {}, path, values["note"])


@asks("outcome", "visited_on", NOTE)
def _resolve_fields(ask: Ask, path: Path) -> tuple[Field, ...]:
    _row(ask, path)
    return (
        Field("outcome", _("结果"), Kind.CHOICE, required=True, options=words(OF_PEOPLE)),
        Field("visited_on", _("哪天见到或联系上的"), Kind.DAY, first=today(ask).isoformat(),
              help=_("只在见到了老人或电话联系上时用")),
        Field("note", _("说明"), Kind.WORDS, help=_("结果是“其他”时必须写；存入登记簿，不进流程")),
    )  # fmt: skip


def _resolved(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    if values["outcome"] == Outcome.OTHER and not values["note"]:
        raise Wrong("note", MISSING)
    seen = values["outcome"] in SEEN
    if seen:
        past(ask, "visited_on", values["visited_on"])
    message = {"outcome": values["outcome"], "visited_on": values["visited_on"] if seen else None}
    return _handed(m.Resolve, message, path, values["note"])


@asks("until", NOTE)
def _extend_fields(ask: Ask, path: Path) -> tuple[Field, ...]:
    _row(ask, path)
    return (
        Field("until", _("延到何时"), Kind.MOMENT, required=True, help=_("最多延两次，不超过本期结束后3天")),
        Field("note", _("为什么延期"), Kind.WORDS, required=True, help=_("存入登记簿，不进流程")),
    )


def _extended(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    if values["until"] <= ask.now:
        raise Wrong("until", _("要晚于现在"))
    return _handed(m.Extend, {"until": values["until"]}, path, values["note"])


@asks("staff_id", NOTE)
def _owner_fields(ask: Ask, path: Path) -> tuple[Field, ...]:
    row = _row(ask, path)
    near = {id_: name for id_, name in persons.staff(ask, path["elder_id"]).items() if id_ != row.owner_id}
    return Field("staff_id", _("转交给谁"), Kind.CHOICE, required=True, options=near), NOTE


def _handed_on(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    to = values["staff_id"]
    return _handed(m.ReassignOwner, {"staff_id": to}, path, values["note"], named={to: ask.doors.fitness.as_owner(to)})


STEPS: tuple[Step, ...] = (
    Step(f"{AT}/resolve", "resolve", _("办结督办"), _resolve_fields, _resolved, back),
    Step(f"{AT}/acknowledge", "acknowledge", _("接手督办"), always(NOTE), _acknowledged, back,
         warns=_("写明由您负责；到限期前不再升级。")),
    Step(f"{AT}/extend", "extend", _("延长限期"), _extend_fields, _extended, back),
    Step(f"{AT}/hand-on", "reassign_owner", _("转交督办"), _owner_fields, _handed_on, back),
)  # fmt: skip


def _offered(ask: Ask, row: Any, state: Any) -> list[Step]:
    """Neither what its workflow would refuse whatever is said, nor what this person may not."""
    if row.state == "resolved":
        return []
    not_now: dict[str, Callable[[], bool]] = {
        "acknowledge": lambda: row.state == "acknowledged" and row.owner_id == ask.staff_id,
        "extend": lambda: row.urgency == "urgent" or (state is not None and row.extensions >= state.policy.extend_max),
    }
    return [step for step in STEPS if ask.may_here(step.action) and not not_now.get(step.action, lambda: False)()]


def add(console: Console) -> None:
    @console.get(AT, Need("case_show", About.ELDER, reason=True), Takes(query=("done",)))
    def escalation(ask: Ask, elder_id: str, cause_id: str) -> Response:
        path = {"elder_id": elder_id, "cause_id": cause_id}
        row = _row(ask, path)
        with ask.doors.reading() as connection:
            others = [one for one in read.open_escalations_of(connection, elder_id) if one.id != row.id]
        ask.seen("escalation_show", elder_id)
        stream = escalation_stream(elder_id, cause_id)
        state = ask.doors.state_of(stream)
        story = ask.doors.auditing.timeline(elder_id, None)
        named = {row.resolved_by, elder_id, *(one.owner_id for one in (row, *others))} - {None}
        return ask.page(
            "escalation.html", row=row, state=state, elder_id=elder_id, at=back(path),
            people=ask.doors.people.names(named), done=ask.request.query_params.get("done"),
            ladder=[(n, rung.role) for n, rung in enumerate(state.ladder)] if state is not None else [],
            steps=_offered(ask, row, state), states=LADDER_STATES,
            others=[(one, work.escalation_path(elder_id, one.id)) for one in others],
            lines=[line for line in story[::-1] if line.evidence.startswith(f"{stream}#")],
        )  # fmt: skip

    for step in STEPS:
        steps.add(console, step)
